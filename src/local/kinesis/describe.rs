//! DescribeStream, DescribeStreamSummary, DescribeLimits, DescribeAccountSettings.

use serde::Serialize;
use serde_json::{Value, json};

use super::Kinesis;
use super::input::stream_input;
use super::live::View;
use super::model::{self, Status, Stream};
use super::shards::ShardDescription;
use super::streams::{ModeDetails, ON_DEMAND_LIMIT, SHARD_LIMIT};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::json;

stream_input!(DescribeStream {
    limit: Option<i64>,
    exclusive_start_shard_id: Option<String>,
});

stream_input!(DescribeStreamSummary {});

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Described {
    stream_description: Description,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Summarized {
    stream_description_summary: Summary,
}

/// What both descriptions hold.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Basics {
    stream_name: String,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    stream_status: &'static str,
    stream_mode_details: ModeDetails,
    retention_period_hours: u32,
    #[serde(with = "json::epoch")]
    stream_creation_timestamp: jiff::Timestamp,
    enhanced_monitoring: [Metrics; 1],
    encryption_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metrics {
    shard_level_metrics: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Description {
    #[serde(flatten)]
    basics: Basics,
    shards: Vec<ShardDescription>,
    has_more_shards: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Summary {
    #[serde(flatten)]
    basics: Basics,
    stream_id: String,
    open_shard_count: usize,
    consumer_count: usize,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size: u32,
}

impl Kinesis {
    fn basics(&self, stream: &Stream) -> Basics {
        Basics {
            stream_name: stream.name.clone(),
            stream_arn: self.arn(&stream.name),
            stream_status: stream.status(self.env.now()).name(),
            stream_mode_details: ModeDetails::of(stream),
            retention_period_hours: stream.retention_hours,
            stream_creation_timestamp: stream.created,
            enhanced_monitoring: [Metrics {
                shard_level_metrics: stream.metrics.clone(),
            }],
            encryption_type: if stream.key_id.is_some() { "KMS" } else { "NONE" },
            key_id: stream.key_id.clone(),
        }
    }

    pub(super) fn describe_stream(&self, input: DescribeStream) -> Result<Described, AwsError> {
        let mut constraints = Constraints::default();
        if let Some(limit) = input.limit {
            constraints.range("limit", limit, 1, 10_000);
        }
        if let Some(shard) = &input.exclusive_start_shard_id {
            constraints.name("exclusiveStartShardId", shard, 128);
        }
        let live = self.find(input.stream(), constraints)?;
        let view = live.view();
        let limit = input.limit.unwrap_or(100) as usize;
        let mut shards = self.listed(&view, input.exclusive_start_shard_id.as_deref());
        let more = shards.len() > limit;
        shards.truncate(limit);
        Ok(Described {
            stream_description: Description {
                basics: self.basics(&view.stream),
                shards,
                has_more_shards: more,
            },
        })
    }

    /// The stream's shards from after `start` on. A stream that is CREATING shows none.
    fn listed(&self, view: &View, start: Option<&str>) -> Vec<ShardDescription> {
        let now = self.env.now();
        if matches!(view.stream.status(now), Status::Creating | Status::Deleting) {
            return Vec::new();
        }
        let after = start.and_then(model::shard_number);
        let numbered = view.stream.numbered();
        numbered
            .filter(|(number, shard)| after.is_none_or(|a| *number > a) && !view.stream.expired(shard, now))
            .map(|(number, _)| ShardDescription::of(&view.stream, number))
            .collect()
    }

    pub(super) fn describe_stream_summary(&self, input: DescribeStreamSummary) -> Result<Summarized, AwsError> {
        let live = self.find(input.stream(), Constraints::default())?;
        let view = live.view();
        let now = self.env.now();
        let stream = &view.stream;
        let open = match stream.status(now) {
            Status::Creating | Status::Deleting => 0,
            _ => stream.open_shards().count(),
        };
        let consumers = stream
            .consumers
            .iter()
            .filter(|c| model::status(c.transition, now) != Status::Gone);
        Ok(Summarized {
            stream_description_summary: Summary {
                basics: self.basics(stream),
                stream_id: stream.id.clone(),
                open_shard_count: open,
                consumer_count: consumers.count(),
                max_record_size: stream.max_record_kib,
            },
        })
    }

    pub(super) fn describe_limits(&self) -> Value {
        let now = self.env.now();
        let streams = self.streams();
        let views: Vec<_> = streams.values().map(|live| live.view()).collect();
        let alive = views.iter().filter(|view| view.stream.status(now) != Status::Gone);
        let (on_demand, provisioned): (Vec<_>, Vec<_>) = alive.partition(|view| view.stream.on_demand);
        json!({
            "ShardLimit": SHARD_LIMIT,
            "OpenShardCount": provisioned.iter().map(|view| view.stream.open_shards().count()).sum::<usize>(),
            "OnDemandStreamCount": on_demand.len(),
            "OnDemandStreamCountLimit": ON_DEMAND_LIMIT,
        })
    }

    pub(super) fn describe_account_settings(&self) -> Value {
        json!({"MinimumThroughputBillingCommitment": {"Status": "DISABLED"}})
    }
}
