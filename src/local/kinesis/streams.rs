//! CreateStream, DeleteStream, ListStreams.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::Kinesis;
use super::errors::{in_use, invalid_argument, limit_exceeded};
use super::input::stream_input;
use super::live::Live;
use super::model::{MAX_HASH, STREAMS, Shard, Status, Stream, Transition};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::json;

/// Streams that may be CREATING at once. Source: CreateStream's API reference.
const CREATING_LIMIT: usize = 5;
/// Shards of provisioned streams an account may have. Source: "Quotas and limits", the largest regions.
pub(super) const SHARD_LIMIT: usize = 20_000;
/// On-demand streams an account may have.
pub(super) const ON_DEMAND_LIMIT: usize = 50;
/// Shards a new on-demand stream has: 4 MiB/s. Source: developer guide, "On-demand mode".
const ON_DEMAND_SHARDS: u32 = 4;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateStream {
    stream_name: Option<String>,
    shard_count: Option<i64>,
    stream_mode_details: Option<ModeDetails>,
    tags: Option<BTreeMap<String, String>>,
    #[serde(rename = "WarmThroughputMiBps")]
    warm_throughput: Option<i64>,
    #[serde(rename = "MaxRecordSizeInKiB")]
    max_record_size: Option<i64>,
    record_distribution_strategy: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ModeDetails {
    pub stream_mode: String,
}

impl ModeDetails {
    pub fn of(stream: &Stream) -> Self {
        let mode = if stream.on_demand { "ON_DEMAND" } else { "PROVISIONED" };
        Self {
            stream_mode: mode.to_owned(),
        }
    }

    pub fn constrain(&self, constraints: &mut Constraints) {
        constraints.one_of(
            "streamModeDetails.streamMode",
            &self.stream_mode,
            &["PROVISIONED", "ON_DEMAND"],
        );
    }

    pub fn on_demand(&self) -> bool {
        self.stream_mode == "ON_DEMAND"
    }
}

stream_input!(DeleteStream {
    enforce_consumer_deletion: Option<bool>,
});

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListStreams {
    limit: Option<i64>,
    exclusive_start_stream_name: Option<String>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StreamList {
    stream_names: Vec<String>,
    has_more_streams: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
    stream_summaries: Vec<StreamSummary>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StreamSummary {
    stream_name: String,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
    stream_status: &'static str,
    stream_mode_details: ModeDetails,
    #[serde(with = "json::epoch")]
    stream_creation_timestamp: jiff::Timestamp,
}

impl CreateStream {
    fn check(&self) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("streamName", &self.stream_name);
        if let Some(name) = &self.stream_name {
            constraints.name("streamName", name, 128);
        }
        if let Some(count) = self.shard_count {
            constraints.range("shardCount", count, 1, i64::from(i32::MAX));
        }
        if let Some(mode) = &self.stream_mode_details {
            mode.constrain(&mut constraints);
        }
        if let Some(size) = self.max_record_size {
            constraints.range("maxRecordSizeInKiB", size, 1024, 10_240);
        }
        if let Some(tags) = &self.tags {
            super::tags::constrain(tags, &mut constraints);
        }
        constraints.check()?;
        if self.warm_throughput.is_some() {
            return Err(AwsError::not_implemented("Kinesis warm throughput"));
        }
        if self
            .record_distribution_strategy
            .as_deref()
            .is_some_and(|s| s != "USER_PARTITION_KEY")
        {
            return Err(AwsError::not_implemented("Kinesis RecordDistributionStrategy AUTO"));
        }
        Ok(())
    }

    /// On demand or not, and the number of shards.
    fn capacity(&self) -> Result<(bool, u32), AwsError> {
        let on_demand = self.stream_mode_details.as_ref().is_some_and(ModeDetails::on_demand);
        match (on_demand, self.shard_count) {
            (true, None) => Ok((true, ON_DEMAND_SHARDS)),
            (true, Some(_)) => Err(invalid_argument(
                "ShardCount cannot be specified for streams in ON_DEMAND mode.",
            )),
            (false, Some(count)) => Ok((false, u32::try_from(count).unwrap_or(u32::MAX))),
            (false, None) => Err(invalid_argument(
                "ShardCount is required for streams in PROVISIONED mode.",
            )),
        }
    }
}

impl Kinesis {
    pub(super) fn create_stream(&self, input: CreateStream) -> Result<(), AwsError> {
        input.check()?;
        let name = input.stream_name.clone().unwrap_or_default();
        let (on_demand, shard_count) = input.capacity()?;
        let tags = input.tags.unwrap_or_default();
        super::tags::check(&name, self.env.account(), &tags, tags.len())?;

        let mut streams = self.streams.write().unwrap_or_else(PoisonError::into_inner);
        let now = self.env.now();
        streams.retain(|_, live| live.view().stream.status(now) != Status::Gone);
        if streams.contains_key(&name) {
            return Err(in_use(format!(
                "Stream {name} under account {} already exists.",
                self.env.account()
            )));
        }
        let views: Vec<_> = streams.values().map(|live| live.view()).collect();
        let creating = views.iter().filter(|v| v.stream.status(now) == Status::Creating);
        if creating.count() >= CREATING_LIMIT {
            return Err(limit_exceeded(format!(
                "Rate exceeded for account {}: {CREATING_LIMIT} streams are in state CREATING.",
                self.env.account()
            )));
        }
        let same_mode = views.iter().filter(|view| view.stream.on_demand == on_demand);
        if on_demand && same_mode.clone().count() >= ON_DEMAND_LIMIT {
            return Err(limit_exceeded(format!(
                "This request would exceed the limit of {ON_DEMAND_LIMIT} on-demand streams for the account {}.",
                self.env.account()
            )));
        }
        let open: usize = same_mode.map(|view| view.stream.open_shards().count()).sum();
        if !on_demand && open + shard_count as usize > SHARD_LIMIT {
            return Err(self.shard_limit(SHARD_LIMIT, shard_count as usize));
        }
        let stream = Stream {
            id: new_id(),
            created: now,
            transition: Some(Transition::new(Status::Creating, now, self.env.options.timing.stream)),
            on_demand,
            retention_hours: 24,
            max_record_kib: input.max_record_size.unwrap_or(1024) as u32,
            key_id: None,
            metrics: Vec::new(),
            tags,
            shards: even_shards(shard_count, now),
            consumers: Vec::new(),
            scalings: Vec::new(),
            mode_changes: Vec::new(),
            name: name.clone(),
        };
        self.env
            .store
            .write(|tx| STREAMS.put(tx, &name, &stream).map_err(AwsError::from))?;
        streams.insert(name, Arc::new(Live::new(self.dir(&stream), stream)));
        drop(streams);
        self.population.send_modify(|n| *n += 1);
        Ok(())
    }

    pub(super) fn delete_stream(&self, input: DeleteStream) -> Result<(), AwsError> {
        let live = self.find(input.stream(), Constraints::default())?;
        let enforce = input.enforce_consumer_deletion == Some(true);
        self.change(&live, |stream| {
            let now = self.env.now();
            if stream.status(now) == Status::Deleting {
                return Ok(());
            }
            let consumers = stream
                .consumers
                .iter()
                .filter(|c| super::model::status(c.transition, now) != Status::Gone);
            if !enforce && consumers.count() > 0 {
                return Err(in_use(format!(
                    "Stream {} under account {} has registered consumers. Deregister them or set \
                     EnforceConsumerDeletion.",
                    stream.name,
                    self.env.account()
                )));
            }
            stream.transition = Some(Transition::new(Status::Deleting, now, self.env.options.timing.stream));
            Ok(())
        })?;
        // Nobody reads or writes a stream that is DELETING, so its records can go at once.
        for log in &live.view().logs {
            log.journal.close()?;
        }
        super::remove_dir(&live.dir)?;
        Ok(())
    }

    pub(super) fn list_streams(&self, input: ListStreams) -> Result<StreamList, AwsError> {
        let mut constraints = Constraints::default();
        if let Some(limit) = input.limit {
            constraints.range("limit", limit, 1, 10_000);
        }
        if let Some(name) = &input.exclusive_start_stream_name {
            constraints.name("exclusiveStartStreamName", name, 128);
        }
        constraints.check()?;
        // The token is the last name of the page before.
        let after = input.next_token.or(input.exclusive_start_stream_name);
        let limit = input.limit.unwrap_or(100) as usize;
        let now = self.env.now();
        let mut listed = Vec::new();
        let mut more = false;
        for (name, live) in self.streams() {
            let view = live.view();
            if after.as_ref().is_some_and(|after| name <= *after) || view.stream.status(now) == Status::Gone {
                continue;
            }
            if listed.len() == limit {
                more = true;
                break;
            }
            listed.push(StreamSummary {
                stream_arn: self.arn(&name),
                stream_name: name,
                stream_status: view.stream.status(now).name(),
                stream_mode_details: ModeDetails::of(&view.stream),
                stream_creation_timestamp: view.stream.created,
            });
        }
        let stream_names: Vec<_> = listed.iter().map(|s| s.stream_name.clone()).collect();
        Ok(StreamList {
            next_token: stream_names.last().cloned().filter(|_| more),
            stream_names,
            has_more_streams: more,
            stream_summaries: listed,
        })
    }
}

/// Shards that share the hash keys evenly, the last one taking the rest.
fn even_shards(count: u32, now: jiff::Timestamp) -> Vec<Shard> {
    even_ranges(count)
        .map(|range| Shard::new(range, (None, None), now))
        .collect()
}

/// First and last hash keys of `count` even parts.
pub(super) fn even_ranges(count: u32) -> impl Iterator<Item = (u128, u128)> {
    // 2^128 / count, without 2^128.
    let count = u128::from(count);
    let width = (MAX_HASH / count).saturating_add(u128::from(MAX_HASH % count == count - 1));
    (0..count).map(move |n| {
        let last = if n + 1 == count { MAX_HASH } else { (n + 1) * width - 1 };
        (n * width, last)
    })
}

/// A `StreamId`: `[a-z0-9]{20}-[a-z0-9]{3}`.
fn new_id() -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..24)
        .map(|n| match n {
            20 => '-',
            _ => char::from(LETTERS[rng.random_range(0..LETTERS.len())]),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_ranges_cover_all_hash_keys_without_gaps() {
        for count in [1, 2, 3, 4, 7, 64, 1000] {
            let ranges: Vec<_> = even_ranges(count).collect();
            assert_eq!(ranges[0].0, 0);
            assert_eq!(ranges.last().unwrap().1, MAX_HASH);
            assert!(ranges.windows(2).all(|w| w[0].1 + 1 == w[1].0), "{count}");
        }
        // As AWS splits two shards.
        let half: Vec<_> = even_ranges(2).collect();
        assert_eq!(half[1].0.to_string(), "170141183460469231731687303715884105728");
    }

    #[test]
    fn ids_have_the_api_s_form() {
        let id = new_id();
        assert_eq!((id.len(), &id[20..21]), (24, "-"));
    }
}
