//! `2026-11-25T08:30:00.000Z` in JSON: times as the producer writes them, always with milliseconds.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// For a member that is always there: `#[serde(with = "moment")]`.
pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    text(*time).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::deserialize(deserializer)
}

pub(super) fn text(time: Timestamp) -> String {
    format!("{time:.3}")
}
