//! SplitShard, MergeShards, UpdateShardCount.
//!
//! The new shards take records at once; the stream shows UPDATING for as long as the environment's timing says.

use std::sync::Arc;

use serde::Serialize;

use super::Kinesis;
use super::errors::{invalid_argument, limit_exceeded};
use super::input::stream_input;
use super::live::{Live, ShardLog, View};
use super::model::{Closed, Shard, Status, Stream, shard_id, shard_number};
use super::streams::{SHARD_LIMIT, even_ranges};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

/// Calls of UpdateShardCount a stream may get in 24 hours. Source: its API reference, as the three rules below.
const SCALINGS_A_DAY: usize = 10;
/// Shards a stream may be scaled to.
const TARGET_LIMIT: u32 = 10_000;

stream_input!(SplitShard {
    shard_to_split: Option<String>,
    new_starting_hash_key: Option<String>,
});

stream_input!(MergeShards {
    shard_to_merge: Option<String>,
    adjacent_shard_to_merge: Option<String>,
});

stream_input!(UpdateShardCount {
    target_shard_count: Option<i64>,
    scaling_type: Option<String>,
});

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Scaled {
    stream_name: String,
    current_shard_count: u32,
    target_shard_count: u32,
    #[serde(rename = "StreamARN")]
    stream_arn: String,
}

fn shard_member(constraints: &mut Constraints, member: &str, value: &Option<String>) {
    constraints.required(member, value);
    if let Some(value) = value {
        constraints.name(member, value, 128);
    }
}

/// A change of shards in the making. It closes logs as it goes.
struct Reshard<'a> {
    view: Arc<View>,
    stream: &'a mut Stream,
    now: jiff::Timestamp,
    closed: Vec<Arc<ShardLog>>,
}

impl Reshard<'_> {
    /// Closes a shard; one that was made in this change has no records yet.
    fn close(&mut self, number: u32) -> Result<(), AwsError> {
        let end = match self.view.log(number) {
            Some(log) => {
                self.closed.push(log.clone());
                log.journal.close()?
            }
            None => crate::local::journal::FIRST,
        };
        self.stream.shards[number as usize].closed = Some(Closed { at: self.now, end });
        Ok(())
    }

    fn open(&mut self, hashes: (u128, u128), parents: (Option<u32>, Option<u32>)) -> u32 {
        self.stream.shards.push(Shard::new(hashes, parents, self.now));
        (self.stream.shards.len() - 1) as u32
    }

    /// Splits before hash key `at`; returns the two children.
    fn split(&mut self, number: u32, at: u128) -> Result<(u32, u32), AwsError> {
        let (first, last) = self.range(number);
        self.close(number)?;
        let low = self.open((first, at - 1), (Some(number), None));
        let high = self.open((at, last), (Some(number), None));
        Ok((low, high))
    }

    fn merge(&mut self, low: u32, high: u32) -> Result<u32, AwsError> {
        let (first, last) = (self.range(low).0, self.range(high).1);
        self.close(low)?;
        self.close(high)?;
        Ok(self.open((first, last), (Some(low), Some(high))))
    }

    fn range(&self, number: u32) -> (u128, u128) {
        let shard = &self.stream.shards[number as usize];
        (shard.first_hash, shard.last_hash)
    }

    fn open_shards(&self) -> Vec<u32> {
        let mut open: Vec<_> = self.stream.open_shards().map(|(n, s)| (s.first_hash, n)).collect();
        open.sort_unstable();
        open.into_iter().map(|(_, n)| n).collect()
    }

    /// Splits at every border of `count` even parts, then merges what lies in one part.
    fn scale(&mut self, count: u32) -> Result<(), AwsError> {
        let targets: Vec<_> = even_ranges(count).collect();
        for mut number in self.open_shards() {
            for (border, _) in &targets {
                let (first, last) = self.range(number);
                if first < *border && *border <= last {
                    number = self.split(number, *border)?.1;
                }
            }
        }
        let mut open = self.open_shards().into_iter().peekable();
        for (_, target_last) in targets {
            let Some(mut merged) = open.next() else { break };
            while let Some(next) = open.next_if(|next| self.stream.shards[*next as usize].last_hash <= target_last) {
                merged = self.merge(merged, next)?;
            }
        }
        Ok(())
    }
}

/// Lets logs take records again unless the change that closed them was stored.
struct Reopen(Vec<Arc<ShardLog>>);

impl Drop for Reopen {
    fn drop(&mut self) {
        self.0.iter().for_each(|log| log.journal.reopen());
    }
}

impl Kinesis {
    /// Runs a change of shards and stores it. If any of it fails the stream is as before.
    fn reshard<T>(
        &self,
        live: &Live,
        change: impl FnOnce(&mut Reshard<'_>) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let mut reopen = Reopen(Vec::new());
        let value = self.update(live, |stream| {
            let before = stream.open_shards().count();
            let on_demand = stream.on_demand;
            let mut reshard = Reshard {
                view: live.view(),
                stream,
                now: self.env.now(),
                closed: Vec::new(),
            };
            let result = change(&mut reshard);
            reopen.0 = std::mem::take(&mut reshard.closed);
            let value = result?;
            let after = stream.open_shards().count();
            if !on_demand && after > before {
                self.check_shard_limit(after - before)?;
            }
            Ok(value)
        })?;
        reopen.0.clear();
        Ok(value)
    }

    fn check_shard_limit(&self, additional: usize) -> Result<(), AwsError> {
        let now = self.env.now();
        let streams = self.streams();
        let open: usize = streams
            .values()
            .map(|live| live.view())
            .filter(|view| !view.stream.on_demand && view.stream.status(now) != Status::Gone)
            .map(|view| view.stream.open_shards().count())
            .sum();
        match open + additional {
            total if total > SHARD_LIMIT => Err(self.shard_limit(SHARD_LIMIT, additional)),
            _ => Ok(()),
        }
    }

    /// The number of an open shard of the stream.
    fn open_shard(&self, stream: &Stream, id: &str) -> Result<u32, AwsError> {
        let number = shard_number(id).ok_or_else(|| self.shard_not_found(id, &stream.name))?;
        match stream.shards.get(number as usize) {
            None => Err(self.shard_not_found(&shard_id(number), &stream.name)),
            Some(shard) if shard.closed.is_some() => Err(invalid_argument(format!(
                "Shard {} in stream {} under account {} is closed and cannot be split or merged.",
                shard_id(number),
                stream.name,
                self.env.account()
            ))),
            Some(_) => Ok(number),
        }
    }

    pub(super) fn split_shard(&self, input: SplitShard) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        shard_member(&mut constraints, "shardToSplit", &input.shard_to_split);
        constraints.required("newStartingHashKey", &input.new_starting_hash_key);
        if let Some(key) = &input.new_starting_hash_key {
            super::put::constrain_hash("newStartingHashKey", key, &mut constraints);
        }
        let live = self.find(input.stream(), constraints)?;
        let id = input.shard_to_split.as_deref().unwrap_or_default();
        let key = input.new_starting_hash_key.as_deref().unwrap_or_default();
        self.reshard(&live, |reshard| {
            provisioned(reshard.stream)?;
            let number = self.open_shard(reshard.stream, id)?;
            let (first, last) = reshard.range(number);
            let at = key.parse::<u128>().ok().filter(|at| *at > first + 1 && *at <= last);
            let at = at.ok_or_else(|| {
                invalid_argument(format!(
                    "NewStartingHashKey {key} used in SplitShard() on shard {} in stream {} under account {} is not \
                     both greater than one plus the shard's StartingHashKey {first} and less than the shard's \
                     EndingHashKey {last}.",
                    shard_id(number),
                    reshard.stream.name,
                    self.env.account(),
                ))
            })?;
            reshard.split(number, at).map(|_| ())
        })
    }

    pub(super) fn merge_shards(&self, input: MergeShards) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        shard_member(&mut constraints, "shardToMerge", &input.shard_to_merge);
        shard_member(&mut constraints, "adjacentShardToMerge", &input.adjacent_shard_to_merge);
        let live = self.find(input.stream(), constraints)?;
        let ids = [&input.shard_to_merge, &input.adjacent_shard_to_merge];
        let [one, other] = ids.map(|id| id.as_deref().unwrap_or_default());
        self.reshard(&live, |reshard| {
            provisioned(reshard.stream)?;
            let one = self.open_shard(reshard.stream, one)?;
            let other = self.open_shard(reshard.stream, other)?;
            let touch = |low: u32, high: u32| reshard.range(low).1.checked_add(1) == Some(reshard.range(high).0);
            let (low, high) = match (touch(one, other), touch(other, one)) {
                (true, _) => (one, other),
                (_, true) => (other, one),
                _ => {
                    return Err(invalid_argument(format!(
                        "Shards {} and {} in stream {} under account {} are not an adjacent pair of shards eligible \
                         for merging",
                        shard_id(one),
                        shard_id(other),
                        reshard.stream.name,
                        self.env.account()
                    )));
                }
            };
            reshard.merge(low, high).map(|_| ())
        })
    }

    pub(super) fn update_shard_count(&self, input: UpdateShardCount) -> Result<Scaled, AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("targetShardCount", &input.target_shard_count);
        constraints.required("scalingType", &input.scaling_type);
        if let Some(count) = input.target_shard_count {
            constraints.range("targetShardCount", count, 1, i64::from(i32::MAX));
        }
        if let Some(scaling) = &input.scaling_type {
            constraints.one_of("scalingType", scaling, &["UNIFORM_SCALING"]);
        }
        let live = self.find(input.stream(), constraints)?;
        let target = u32::try_from(input.target_shard_count.unwrap_or_default()).unwrap_or(u32::MAX);
        let current = self.reshard(&live, |reshard| {
            provisioned(reshard.stream)?;
            let current = reshard.stream.open_shards().count() as u32;
            check_target(current, target)?;
            let day_ago = reshard.now.checked_sub(jiff::SignedDuration::from_hours(24));
            let recent = |at: &jiff::Timestamp| day_ago.as_ref().is_ok_and(|day_ago| at > day_ago);
            reshard.stream.scalings.retain(recent);
            if reshard.stream.scalings.len() >= SCALINGS_A_DAY {
                return Err(limit_exceeded(format!(
                    "UpdateShardCount can be called at most {SCALINGS_A_DAY} times in 24 hours for stream {}.",
                    reshard.stream.name
                )));
            }
            reshard.stream.scalings.push(reshard.now);
            reshard.scale(target)?;
            Ok(current)
        })?;
        let name = live.view().stream.name.clone();
        Ok(Scaled {
            stream_arn: self.arn(&name),
            stream_name: name,
            current_shard_count: current,
            target_shard_count: target,
        })
    }
}

fn provisioned(stream: &Stream) -> Result<(), AwsError> {
    if stream.on_demand {
        return Err(AwsError::validation(format!(
            "Stream {} is in ON_DEMAND mode, in which shards cannot be changed.",
            stream.name
        )));
    }
    Ok(())
}

fn check_target(current: u32, target: u32) -> Result<(), AwsError> {
    let counts = format!("Current open shard count: {current} Target shard count: {target}");
    if target > TARGET_LIMIT {
        return Err(limit_exceeded(format!(
            "UpdateShardCount cannot scale up over {TARGET_LIMIT} shards. {counts}"
        )));
    }
    if target > current * 2 {
        return Err(invalid_argument(format!(
            "UpdateShardCount cannot scale up over double your current open shard count. {counts}"
        )));
    }
    if target < current.div_ceil(2) {
        return Err(invalid_argument(format!(
            "UpdateShardCount cannot scale down below half your current open shard count. {counts}"
        )));
    }
    Ok(())
}
