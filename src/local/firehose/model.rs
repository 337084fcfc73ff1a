//! State of a delivery stream, as stored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::settings::S3Settings;
use crate::local::store::Table;

/// By name.
pub(super) const DELIVERY_STREAMS: Table<DeliveryStream> = Table::new("firehose.streams");
/// How far each delivery stream has delivered, by name. Changes together with the object that holds the records.
pub(super) const CHECKPOINTS: Table<Checkpoint> = Table::new("firehose.checkpoints");

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DeliveryStream {
    pub name: String,
    /// Tells delivery streams of the same name apart.
    pub id: String,
    pub created: Timestamp,
    pub updated: Option<Timestamp>,
    /// CREATING before.
    pub active_from: Timestamp,
    /// DELETING before, gone after.
    pub gone_from: Option<Timestamp>,
    pub version: u64,
    /// `None` for DirectPut.
    pub source: Option<StreamSource>,
    pub throughput_hint: Option<i64>,
    pub destination: S3Settings,
    /// Whether the destination was given in the extended form.
    pub extended: bool,
    pub encryption: Encryption,
    pub tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StreamSource {
    pub stream_arn: String,
    pub role_arn: String,
}

/// Server-side encryption of a DirectPut delivery stream: a setting that is kept and shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Encryption {
    pub enabled: bool,
    pub key_type: Option<String>,
    pub key_arn: Option<String>,
    /// ENABLING or DISABLING before.
    pub settled_from: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The delivery stream's id: a late delivery of a deleted one must not count for its successor.
    pub delivery: String,
    /// The source stream's id: one of the same name that came later is read from its start.
    pub source: String,
    /// Position of the first record not yet delivered, by shard; a DirectPut's log is shard 0.
    /// Shards that are not here are read from their start.
    pub positions: BTreeMap<u32, u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Creating,
    Active,
    Deleting,
    Gone,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Deleting | Self::Gone => "DELETING",
        }
    }
}

impl DeliveryStream {
    pub fn status(&self, now: Timestamp) -> Status {
        match self.gone_from {
            Some(gone) if now >= gone => Status::Gone,
            Some(_) => Status::Deleting,
            None if now < self.active_from => Status::Creating,
            None => Status::Active,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self.source {
            Some(_) => "KinesisStreamAsSource",
            None => "DirectPut",
        }
    }
}

impl Encryption {
    pub fn status(&self, now: Timestamp) -> &'static str {
        let settled = self.settled_from.is_none_or(|from| now >= from);
        match (self.enabled, settled) {
            (true, true) => "ENABLED",
            (true, false) => "ENABLING",
            (false, true) => "DISABLED",
            (false, false) => "DISABLING",
        }
    }
}
