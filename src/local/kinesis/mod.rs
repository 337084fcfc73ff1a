//! Kinesis Data Streams.
//!
//! Settings live in the store and, since they are small, in memory; records live in one append-only log a shard
//! under `<dir>/kinesis/<stream>.<stream id>/<shard>/` and never in memory. The stream's id in the folder's name
//! keeps a stream's records apart from those of an older one of the same name.

mod consumers;
mod describe;
mod errors;
mod input;
mod iterator;
mod live;
mod metrics;
mod model;
mod put;
mod rate;
mod read;
mod reshard;
mod sequence;
mod settings;
mod shards;
mod source;
mod streams;
mod tags;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use self::live::Live;
use self::model::{STREAMS, Status, Stream};
pub(crate) use self::source::Source;
use super::env::Env;
use super::error::AwsError;
use super::json::{self, JsonService};

/// ARN and tags of resources.
type Tagged = Vec<(String, BTreeMap<String, String>)>;

/// The service.
pub(crate) struct Kinesis {
    env: Arc<Env>,
    streams: RwLock<BTreeMap<String, Arc<Live>>>,
    /// Counts creations, for readers that wait for a stream.
    population: watch::Sender<u64>,
}

impl Kinesis {
    /// Takes up the streams that the store knows, and removes the records of those it does not know any more.
    pub fn new(env: Arc<Env>) -> Result<Arc<Self>, AwsError> {
        let service = Self {
            env,
            streams: RwLock::default(),
            population: watch::Sender::new(0),
        };
        let now = service.env.now();
        let stored = STREAMS.all(&service.env.store.read()?, "")?;
        {
            let mut streams = service.streams.write().unwrap_or_else(PoisonError::into_inner);
            for (name, stream) in stored {
                if stream.status(now) != Status::Gone {
                    let live = Live::new(service.dir(&stream), stream);
                    streams.insert(name, Arc::new(live));
                }
            }
        }
        service.remove_leftovers()?;
        Ok(Arc::new(service))
    }

    fn root(&self) -> PathBuf {
        self.env.dir.join("kinesis")
    }

    fn dir(&self, stream: &Stream) -> PathBuf {
        self.root().join(format!("{}.{}", stream.name, stream.id))
    }

    /// Removes the folders of streams that are deleted, for when the process died in between.
    fn remove_leftovers(&self) -> Result<(), AwsError> {
        let entries = match fs::read_dir(self.root()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let path = entry?.path();
            let now = self.env.now();
            let kept = |live: &Arc<Live>| live.dir == path && live.view().stream.status(now) != Status::Deleting;
            if !streams.values().any(kept) {
                remove_dir(&path)?;
            }
        }
        Ok(())
    }

    fn streams(&self) -> BTreeMap<String, Arc<Live>> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// ARN and tags of every stream, for the Resource Groups Tagging API.
    pub fn tagged(&self) -> Result<Tagged, AwsError> {
        let now = self.env.now();
        let streams = self.streams();
        let views = streams.values().map(|live| live.view());
        Ok(views
            .filter(|view| !matches!(view.stream.status(now), Status::Gone | Status::Deleting))
            .map(|view| (self.arn(&view.stream.name), view.stream.tags.clone()))
            .collect())
    }

    fn arn(&self, name: &str) -> String {
        self.env.arn("kinesis", &format!("stream/{name}"))
    }
}

fn remove_dir(path: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[async_trait]
impl JsonService for Kinesis {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        match operation {
            "PutRecords" => self.put_records(&body),
            "PutRecord" => self.put_record(&body),
            "GetRecords" => self.get_records(json::input(&body)?),
            "GetShardIterator" => json::output(&self.get_shard_iterator(json::input(&body)?)?),
            _ => self.control(operation, &body),
        }
    }
}

impl Kinesis {
    fn control(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        let none = |result: Result<(), AwsError>| result.map(|()| Vec::new());
        match operation {
            "CreateStream" => none(self.create_stream(json::input(body)?)),
            "DeleteStream" => none(self.delete_stream(json::input(body)?)),
            "DescribeStream" => json::output(&self.describe_stream(json::input(body)?)?),
            "DescribeStreamSummary" => json::output(&self.describe_stream_summary(json::input(body)?)?),
            "ListStreams" => json::output(&self.list_streams(json::input(body)?)?),
            "ListShards" => json::output(&self.list_shards(json::input(body)?)?),
            "SplitShard" => none(self.split_shard(json::input(body)?)),
            "MergeShards" => none(self.merge_shards(json::input(body)?)),
            "UpdateShardCount" => json::output(&self.update_shard_count(json::input(body)?)?),
            "UpdateStreamMode" => none(self.update_stream_mode(json::input(body)?)),
            "UpdateMaxRecordSize" => none(self.update_max_record_size(json::input(body)?)),
            "IncreaseStreamRetentionPeriod" => none(self.increase_retention(json::input(body)?)),
            "DecreaseStreamRetentionPeriod" => none(self.decrease_retention(json::input(body)?)),
            "StartStreamEncryption" => none(self.start_encryption(json::input(body)?)),
            "StopStreamEncryption" => none(self.stop_encryption(json::input(body)?)),
            "EnableEnhancedMonitoring" => json::output(&self.enable_monitoring(json::input(body)?)?),
            "DisableEnhancedMonitoring" => json::output(&self.disable_monitoring(json::input(body)?)?),
            "AddTagsToStream" => none(self.add_tags(json::input(body)?)),
            "RemoveTagsFromStream" => none(self.remove_tags(json::input(body)?)),
            "ListTagsForStream" => json::output(&self.list_tags(json::input(body)?)?),
            "TagResource" => none(self.tag_resource(json::input(body)?)),
            "UntagResource" => none(self.untag_resource(json::input(body)?)),
            "ListTagsForResource" => json::output(&self.list_resource_tags(json::input(body)?)?),
            "RegisterStreamConsumer" => json::output(&self.register_consumer(json::input(body)?)?),
            "DeregisterStreamConsumer" => none(self.deregister_consumer(json::input(body)?)),
            "DescribeStreamConsumer" => json::output(&self.describe_consumer(json::input(body)?)?),
            "ListStreamConsumers" => json::output(&self.list_consumers(json::input(body)?)?),
            "DescribeLimits" => json::output(&self.describe_limits()),
            "DescribeAccountSettings" => json::output(&self.describe_account_settings()),
            "SubscribeToShard"
            | "UpdateAccountSettings"
            | "UpdateStreamWarmThroughput"
            | "UpdateStreamRecordDistributionStrategy"
            | "PutResourcePolicy"
            | "GetResourcePolicy"
            | "DeleteResourcePolicy" => Err(AwsError::not_implemented(format_args!("Kinesis {operation}"))),
            _ => Err(json::unknown_operation(operation)),
        }
    }
}

#[cfg(test)]
mod tests;
