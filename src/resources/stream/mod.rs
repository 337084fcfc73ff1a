//! `AWS::Kinesis::Stream`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesis-stream.html>

mod changes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_kinesis::types as kinesis;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::handler::{Handler, Observed, Scope, found, system_time};
use super::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use super::properties::Tag;
use crate::aws::{self, Backoff, Status, Wait, failure, wait_until};
use crate::engine::{Condition, Cx};

/// Defaults of CreateStream: a day of retention, records of up to 1 MiB
/// (<https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html>).
const DEFAULT_RETENTION_HOURS: i32 = 24;
const DEFAULT_RECORD_KIB: i32 = 1_024;

/// What `ALL` stands for (botocore kinesis: MetricsName).
const METRICS: [&str; 7] = [
    "IncomingBytes",
    "IncomingRecords",
    "IteratorAgeMilliseconds",
    "OutgoingBytes",
    "OutgoingRecords",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
];

const LIMIT: Duration = Duration::from_secs(15 * 60);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    name: Option<String>,
    shard_count: Option<i32>,
    stream_mode_details: Option<StreamModeDetails>,
    retention_period_hours: Option<i32>,
    stream_encryption: Option<StreamEncryption>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size_in_kib: Option<i32>,
    desired_shard_level_metrics: Vec<String>,
    tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct StreamModeDetails {
    stream_mode: String,
}

/// `EncryptionType` is `NONE` where there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct StreamEncryption {
    encryption_type: String,
    key_id: Option<String>,
}

impl StreamEncryption {
    fn none() -> Self {
        Self {
            encryption_type: "NONE".into(),
            key_id: None,
        }
    }
}

impl Properties {
    fn mode(&self) -> &str {
        self.stream_mode_details
            .as_ref()
            .map_or("PROVISIONED", |details| &details.stream_mode)
    }

    fn on_demand(&self) -> bool {
        self.mode() == "ON_DEMAND"
    }
}

pub(super) struct Stream;

#[async_trait]
impl Handler for Stream {
    type Properties = Properties;

    /// Without a mode, a stream with a `ShardCount` is provisioned and one without is on-demand. An on-demand stream
    /// sets its number of shards itself.
    fn normalise(&self, _: &Scope, stream: &mut Properties) -> Result<(), Error> {
        let mode = if stream.shard_count.is_some() {
            "PROVISIONED"
        } else {
            "ON_DEMAND"
        };
        stream.stream_mode_details.get_or_insert_with(|| StreamModeDetails {
            stream_mode: mode.into(),
        });
        if stream.on_demand() {
            stream.shard_count = None;
        }
        stream.retention_period_hours.get_or_insert(DEFAULT_RETENTION_HOURS);
        stream.max_record_size_in_kib.get_or_insert(DEFAULT_RECORD_KIB);
        stream.stream_encryption.get_or_insert_with(StreamEncryption::none);
        if stream.desired_shard_level_metrics.iter().any(|metric| metric == "ALL") {
            stream.desired_shard_level_metrics = METRICS.map(str::to_owned).to_vec();
        }
        stream.desired_shard_level_metrics.sort();
        Ok(())
    }

    fn condition(&self, state: &str) -> Condition {
        match state {
            "CREATING" | "UPDATING" => Condition::Settling,
            "DELETING" => Condition::Lost,
            _ => Condition::Steady,
        }
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.name else { return Ok(None) };
        let Some(summary) = describe(scope, name).await? else {
            return Ok(None);
        };
        let tags = found(tags(scope, name).await)?.unwrap_or_default();
        let mut attributes = BTreeMap::from([("Arn".to_owned(), summary.stream_arn.clone())]);
        attributes.extend(summary.stream_id.clone().map(|id| ("StreamId".to_owned(), id)));
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: summary.stream_status.as_str().to_owned(),
            attributes,
            owner: owner(scope, &tags),
            created_at: system_time(&summary.stream_creation_timestamp),
            properties: live_properties(&summary, &tags),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &wanted.name)?;
        let shards = if wanted.on_demand() {
            None
        } else {
            Some(*scope.required("ShardCount", &wanted.shard_count)?)
        };
        let size = wanted.max_record_size_in_kib.filter(|size| *size != DEFAULT_RECORD_KIB);
        let request = scope
            .clients
            .kinesis
            .create_stream()
            .stream_name(name)
            .set_shard_count(shards)
            .stream_mode_details(mode(scope, wanted)?)
            .set_max_record_size_in_kib(size)
            .set_tags(Some(all_tags(scope, &wanted.tags).into_iter().collect()));
        scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("kinesis", "CreateStream", name, e))
            })
            .await?;
        self.update(scope, wanted, cx).await
    }

    /// One change after another: the stream takes none while it is UPDATING.
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &wanted.name)?;
        let summary = active(scope, name, cx).await?;
        let live_tags = tags(scope, name).await?;
        let mut live = live_properties(&summary, &live_tags);
        self.normalise(scope, &mut live)?;
        changes::apply(scope, name, &summary.stream_arn, &live, wanted, cx).await?;
        let missing = missing_tags(scope, &wanted.tags, &live_tags);
        if !missing.is_empty() {
            let request = scope.clients.kinesis.add_tags_to_stream().stream_name(name);
            let request = request.set_tags(Some(missing.into_iter().collect()));
            scope
                .retrying(cx, async || {
                    let answer = request.clone().send().await;
                    answer.map_err(|e| failure("kinesis", "AddTagsToStream", name, e))
                })
                .await?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &live.name)?;
        let request = scope
            .clients
            .kinesis
            .delete_stream()
            .stream_name(name)
            .enforce_consumer_deletion(true);
        if describe(scope, name)
            .await?
            .is_none_or(|summary| summary.stream_status != kinesis::StreamStatus::Deleting)
        {
            scope
                .retrying(cx, async || {
                    found(
                        request
                            .clone()
                            .send()
                            .await
                            .map_err(|e| failure("kinesis", "DeleteStream", name, e)),
                    )
                })
                .await?;
        }
        // A stream just deleted can read as it did before for a moment.
        let wait = Wait {
            pending: &["DELETING", "ACTIVE", "UPDATING", "CREATING"],
            target: &["GONE"],
            ..waiting(name)
        };
        wait_until(wait, &|state| cx.report(state), async || {
            let state = describe(scope, name)
                .await?
                .map(|summary| summary.stream_status.as_str().to_owned());
            Ok(Status::new(state.unwrap_or_else(|| "GONE".into()), ()))
        })
        .await?;
        Ok(())
    }
}

fn live_properties(summary: &kinesis::StreamDescriptionSummary, tags: &Tags) -> Properties {
    let mode = summary
        .stream_mode_details
        .as_ref()
        .map_or("PROVISIONED", |details| details.stream_mode.as_str());
    let encryption = summary
        .encryption_type
        .as_ref()
        .filter(|kind| **kind != kinesis::EncryptionType::None);
    let metrics = summary
        .enhanced_monitoring
        .iter()
        .flat_map(|monitoring| monitoring.shard_level_metrics());
    Properties {
        name: Some(summary.stream_name.clone()),
        shard_count: (mode == "PROVISIONED").then_some(summary.open_shard_count),
        stream_mode_details: Some(StreamModeDetails {
            stream_mode: mode.to_owned(),
        }),
        retention_period_hours: Some(summary.retention_period_hours),
        stream_encryption: encryption.map(|kind| StreamEncryption {
            encryption_type: kind.as_str().to_owned(),
            key_id: summary.key_id.clone(),
        }),
        max_record_size_in_kib: summary.max_record_size_in_kib,
        desired_shard_level_metrics: metrics.map(|metric| metric.as_str().to_owned()).collect(),
        tags: config_tags(tags),
    }
}

fn mode(scope: &Scope, wanted: &Properties) -> Result<kinesis::StreamModeDetails, Error> {
    scope.built(
        kinesis::StreamModeDetails::builder()
            .stream_mode(wanted.mode().into())
            .build(),
    )
}

async fn describe(scope: &Scope, name: &str) -> Result<Option<kinesis::StreamDescriptionSummary>, aws::Error> {
    let answer = scope
        .clients
        .kinesis
        .describe_stream_summary()
        .stream_name(name)
        .send()
        .await;
    let answer = found(answer.map_err(|e| failure("kinesis", "DescribeStreamSummary", name, e)))?;
    Ok(answer.and_then(|answer| answer.stream_description_summary))
}

/// At most 50 tags, 10 a page by default.
async fn tags(scope: &Scope, name: &str) -> Result<Tags, aws::Error> {
    let mut tags = Tags::new();
    loop {
        let request = scope.clients.kinesis.list_tags_for_stream().stream_name(name).limit(50);
        let request = request.set_exclusive_start_tag_key(tags.keys().next_back().cloned());
        let answer = request
            .send()
            .await
            .map_err(|e| failure("kinesis", "ListTagsForStream", name, e))?;
        let known = tags.len();
        tags.extend(
            answer
                .tags
                .into_iter()
                .map(|tag| (tag.key, tag.value.unwrap_or_default())),
        );
        if !answer.has_more_tags || tags.len() == known {
            return Ok(tags);
        }
    }
}

fn waiting(name: &str) -> Wait<'_> {
    Wait {
        service: "kinesis",
        operation: "DescribeStreamSummary",
        resource: name,
        pending: &["CREATING", "UPDATING", "NOT VISIBLE YET"],
        target: &["ACTIVE"],
        pace: Backoff::POLL,
        limit: LIMIT,
    }
}

async fn active(scope: &Scope, name: &str, cx: &Cx) -> Result<kinesis::StreamDescriptionSummary, Error> {
    let summary = wait_until(waiting(name), &|state| cx.report(state), async || {
        Ok(match describe(scope, name).await? {
            Some(summary) => Status::new(summary.stream_status.as_str().to_owned(), Some(summary)),
            None => Status::new("NOT VISIBLE YET", None),
        })
    })
    .await?;
    summary.ok_or_else(|| Error::Missing {
        id: scope.id.clone(),
        property: "Name",
    })
}
