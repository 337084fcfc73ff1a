//! Where a delivery stream's records come from: a Kinesis stream, shard by shard and parents before children, or
//! the log of what was put directly.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;

use super::model::Checkpoint;
use crate::local::journal::{Chunk, FIRST, Journal};
use crate::local::kinesis::Source;
use crate::local::meters::Meters;

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

pub(super) enum Origin {
    Stream(Source),
    Direct(Arc<Journal>),
}

impl Origin {
    /// Tells streams of the same name apart.
    pub fn id(&self) -> String {
        match self {
            Self::Stream(source) => source.id(),
            Self::Direct(_) => String::new(),
        }
    }
}

/// A reader with its position in every shard.
pub(super) struct Feed {
    origin: Origin,
    positions: BTreeMap<u32, u64>,
    /// Shard read last, so that all get their turn.
    last: u32,
}

/// Positions to read up to.
pub(super) type Targets = BTreeMap<u32, u64>;

impl Feed {
    pub fn new(origin: Origin, positions: BTreeMap<u32, u64>) -> Self {
        Self {
            origin,
            positions,
            last: u32::MAX,
        }
    }

    /// Everything before `position` of the shard is in the buffer.
    pub fn advance(&mut self, shard: u32, position: u64) {
        self.positions.insert(shard, position);
    }

    fn position(&self, shard: u32) -> u64 {
        self.positions.get(&shard).copied().unwrap_or(0)
    }

    /// Records of the next shard that has some. `None` once all that can be read now has been.
    pub fn next(&mut self) -> io::Result<Option<(u32, Chunk)>> {
        match &self.origin {
            Origin::Direct(journal) => {
                let chunk = journal.read(self.position(0), CHUNK)?;
                Ok((chunk.next > self.position(0) && chunk.next > chunk.start()).then_some((0, chunk)))
            }
            Origin::Stream(source) => {
                let source = source.clone();
                let readable = self.readable(&source)?;
                let after = readable.iter().find(|shard| **shard > self.last);
                let Some(shard) = after.or(readable.first()).copied() else {
                    return Ok(None);
                };
                self.last = shard;
                let chunk = source.read(shard, self.position(shard), CHUNK)?;
                Ok(Some((shard, chunk)))
            }
        }
    }

    /// Shards that have records to read and whose parents have none left.
    fn readable(&self, source: &Source) -> io::Result<Vec<u32>> {
        let mut done = BTreeMap::new();
        let mut readable = Vec::new();
        for shard in source.shards() {
            let ready = shard
                .parents
                .iter()
                .all(|parent| done.get(parent).copied().unwrap_or(true));
            let position = self.position(shard.number);
            let left = match shard.closed_at {
                // A shard without records ends where it begins, at a position nobody has to reach.
                Some(end) => end > position.max(FIRST),
                None => source.end(shard.number)? > position.max(FIRST),
            };
            done.insert(shard.number, shard.closed_at.is_some() && !left && ready);
            if ready && left {
                readable.push(shard.number);
            }
        }
        Ok(readable)
    }

    /// Counts what was read of a stream, as its own consumers count.
    pub fn count_read(&self, meters: &Meters, now: Timestamp, records: usize, bytes: usize, last: Option<i64>) {
        if let Origin::Stream(source) = &self.origin {
            source.count_read(meters, now, records, bytes, last);
        }
    }

    /// Where all shards end now.
    pub fn ends(&self) -> io::Result<Targets> {
        match &self.origin {
            Origin::Direct(journal) => Ok([(0, journal.end()?)].into()),
            Origin::Stream(source) => {
                let shards = source.shards();
                shards.iter().map(|s| Ok((s.number, source.end(s.number)?))).collect()
            }
        }
    }

    pub fn reached(&self, targets: &Targets) -> bool {
        targets
            .iter()
            .all(|(shard, end)| *end <= FIRST || self.position(*shard) >= *end)
    }

    /// The checkpoint that says all that was read is delivered.
    pub fn checkpoint(&self, delivery: &str) -> Checkpoint {
        Checkpoint {
            delivery: delivery.to_owned(),
            source: self.source_id(),
            positions: self.positions.clone(),
        }
    }

    pub fn source_id(&self) -> String {
        self.origin.id()
    }

    /// Lets go of records that are delivered, where nobody else reads them.
    pub fn release(&self) -> io::Result<()> {
        match &self.origin {
            Origin::Direct(journal) => journal.drop_before(self.position(0)),
            Origin::Stream(_) => Ok(()),
        }
    }
}
