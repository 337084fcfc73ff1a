//! What a delivery stream reads a stream through: shards and positions, without iterators, limits or base64.

use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use super::Kinesis;
use super::live::{Live, View};
use super::model::Status;
use crate::local::error::AwsError;
use crate::local::journal::{Chunk, Journal};
use crate::local::meters::Meters;

/// A stream to read from.
#[derive(Clone)]
pub(crate) struct Source {
    live: Arc<Live>,
}

/// A shard as a reader needs to know it.
#[derive(Clone, Debug)]
pub(crate) struct SourceShard {
    pub number: u32,
    /// The shards that must be read to their ends before this one.
    pub parents: Vec<u32>,
    /// Position after the last record of a shard that takes no more.
    pub closed_at: Option<u64>,
}

impl Kinesis {
    /// Changes whenever a stream is created.
    pub fn population(&self) -> watch::Receiver<u64> {
        self.population.subscribe()
    }

    /// The stream of an ARN. `ResourceNotFoundException` if it is not there or being deleted.
    pub fn source(&self, arn: &str) -> Result<Source, AwsError> {
        let name = self.name_in(arn)?;
        let live = self.by_name(name)?;
        match live.view().stream.status(self.env.now()) {
            Status::Deleting | Status::Gone => Err(self.stream_not_found(name)),
            _ => Ok(Source { live }),
        }
    }
}

impl Source {
    /// Tells a stream from an older one of the same name.
    pub fn id(&self) -> String {
        self.live.view().stream.id.clone()
    }

    /// Changes whenever records arrive or shards change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.live.changes.subscribe()
    }

    /// Counts a read, as the GetRecords calls of Firehose count on AWS. `last`: arrival of the last record read,
    /// milliseconds since 1970.
    pub fn count_read(&self, meters: &Meters, now: Timestamp, records: usize, bytes: usize, last: Option<i64>) {
        self.live.meters(meters).read(now, records, bytes, last);
    }

    /// All shards, in the order of their numbers: parents come before children.
    pub fn shards(&self) -> Vec<SourceShard> {
        let view = self.live.view();
        let shard = |(number, shard): (u32, &super::model::Shard)| SourceShard {
            number,
            parents: [shard.parent, shard.adjacent_parent].into_iter().flatten().collect(),
            closed_at: shard.closed.map(|closed| closed.end),
        };
        view.stream.numbered().map(shard).collect()
    }

    /// Position after the last record of a shard.
    pub fn end(&self, shard: u32) -> io::Result<u64> {
        self.on(shard, Journal::end)
    }

    /// Whole records from a position on, about `max_bytes` and at least one if there is one.
    pub fn read(&self, shard: u32, from: u64, max_bytes: usize) -> io::Result<Chunk> {
        self.on(shard, |journal| journal.read(from, max_bytes))
    }

    fn on<T>(&self, shard: u32, run: impl FnOnce(&Journal) -> io::Result<T>) -> io::Result<T> {
        let view: Arc<View> = self.live.view();
        let log = view.log(shard);
        run(&log
            .ok_or_else(|| io::Error::other(format!("shard {shard} is not there")))?
            .journal)
    }
}
