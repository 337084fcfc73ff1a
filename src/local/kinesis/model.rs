//! Control-plane state of a stream, as stored and as computed from the clock.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::sequence::Sequence;
use crate::local::store::Table;

/// By stream name.
pub(super) const STREAMS: Table<Stream> = Table::new("kinesis.streams");

/// The last hash key.
pub(super) const MAX_HASH: u128 = u128::MAX;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Stream {
    pub name: String,
    /// `StreamId` of the API: tells streams of the same name apart.
    pub id: String,
    pub created: Timestamp,
    pub transition: Option<Transition>,
    pub on_demand: bool,
    pub retention_hours: u32,
    pub max_record_kib: u32,
    /// The KMS key of server-side encryption.
    pub key_id: Option<String>,
    /// Enhanced shard-level metrics, in the API's order.
    pub metrics: Vec<String>,
    pub tags: BTreeMap<String, String>,
    /// By number; never removed, so that a shard's number is its place here.
    pub shards: Vec<Shard>,
    pub consumers: Vec<Consumer>,
    /// When UpdateShardCount was called, of the last 24 hours.
    pub scalings: Vec<Timestamp>,
    /// When the mode was changed, of the last 24 hours.
    pub mode_changes: Vec<Timestamp>,
}

/// A state that ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Transition {
    pub to: Status,
    pub until: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Creating,
    Active,
    Updating,
    Deleting,
    /// Nobody sees it any more.
    Gone,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Deleting | Self::Gone => "DELETING",
        }
    }
}

impl Transition {
    pub fn new(to: Status, now: Timestamp, lasts: Duration) -> Self {
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        Self { to, until }
    }
}

/// The state at `now` of something that is ACTIVE once its transition is over.
pub(super) fn status(transition: Option<Transition>, now: Timestamp) -> Status {
    match transition {
        Some(transition) if now < transition.until => transition.to,
        Some(Transition {
            to: Status::Deleting, ..
        }) => Status::Gone,
        _ => Status::Active,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Shard {
    pub parent: Option<u32>,
    pub adjacent_parent: Option<u32>,
    #[serde(with = "decimal")]
    pub first_hash: u128,
    #[serde(with = "decimal")]
    pub last_hash: u128,
    pub created: Timestamp,
    pub closed: Option<Closed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Closed {
    pub at: Timestamp,
    /// Position after the last record.
    pub end: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Consumer {
    pub name: String,
    pub created: Timestamp,
    pub transition: Option<Transition>,
    pub tags: BTreeMap<String, String>,
}

impl Stream {
    pub fn status(&self, now: Timestamp) -> Status {
        status(self.transition, now)
    }

    /// The stream's bits in sequence numbers.
    pub fn salt(&self) -> u32 {
        crc32fast::hash(self.id.as_bytes()) & 0xff_ffff
    }

    pub fn sequence(&self, shard: u32, position: u64) -> Sequence {
        Sequence {
            shard,
            position,
            stream: self.salt(),
        }
    }

    pub fn open_shards(&self) -> impl Iterator<Item = (u32, &Shard)> {
        self.numbered().filter(|(_, shard)| shard.closed.is_none())
    }

    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Shard)> {
        (0u32..).zip(&self.shards)
    }

    /// Oldest moment whose records can still be read.
    pub fn horizon(&self, now: Timestamp) -> Timestamp {
        let retention = Duration::from_secs(u64::from(self.retention_hours) * 3600);
        now.checked_sub(retention).unwrap_or(Timestamp::MIN)
    }

    /// Whether the shard is closed and all its records are past retention: nobody lists it any more.
    pub fn expired(&self, shard: &Shard, now: Timestamp) -> bool {
        shard.closed.is_some_and(|closed| closed.at < self.horizon(now))
    }

    /// Child shards that `shard` is a parent of.
    pub fn children(&self, shard: u32) -> impl Iterator<Item = (u32, &Shard)> {
        self.numbered()
            .filter(move |(_, s)| s.parent == Some(shard) || s.adjacent_parent == Some(shard))
    }
}

impl Shard {
    pub fn new(hashes: (u128, u128), parents: (Option<u32>, Option<u32>), created: Timestamp) -> Self {
        Self {
            parent: parents.0,
            adjacent_parent: parents.1,
            first_hash: hashes.0,
            last_hash: hashes.1,
            created,
            closed: None,
        }
    }
}

/// `shardId-000000000003`
pub(super) fn shard_id(number: u32) -> String {
    format!("shardId-{number:012}")
}

/// The number in `shardId-000000000003`; AWS takes `3` and `shard-3` too.
pub(super) fn shard_number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix("shardId-").or(id.strip_prefix("shard-")).unwrap_or(id);
    (digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// 128-bit numbers as text, which every JSON reader keeps exact.
mod decimal {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
