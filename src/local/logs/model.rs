//! What CloudWatch Logs keeps, and the keys under which it keeps it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::local::store::Table;

/// Key: name.
pub(super) const GROUPS: Table<Group> = Table::new("logs.groups");
/// Key: group, stream.
pub(super) const STREAMS: Table<Stream> = Table::new("logs.streams");
/// Key: group, stream, time (20 digits), serial number in the stream (20 digits).
pub(super) const EVENTS: Table<Event> = Table::new("logs.events");

/// What an event counts beside its message, in bytes (API_PutLogEvents).
pub(super) const EVENT_OVERHEAD: u64 = 26;

/// Times are milliseconds since 1970, as in the service's API.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Group {
    pub name: String,
    pub created: i64,
    pub retention_days: Option<u32>,
    pub kms_key: Option<String>,
    pub class: String,
    pub tags: BTreeMap<String, String>,
    pub protected: bool,
    pub stored_bytes: u64,
    /// Streams created so far; numbers them.
    pub streams: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stream {
    pub name: String,
    pub number: u64,
    pub created: i64,
    pub first_event: Option<i64>,
    pub last_event: Option<i64>,
    pub last_ingestion: Option<i64>,
    pub stored_bytes: u64,
    /// Events put so far; numbers them.
    pub events: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub message: String,
    pub ingested: i64,
}

/// Where an event stands in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub time: i64,
    pub serial: u64,
}

impl Position {
    /// Before all events of this time and later.
    pub const fn at(time: i64) -> Self {
        Self { time, serial: 0 }
    }
}

pub(super) fn stream_key(group: &str, stream: &str) -> String {
    format!("{group}\0{stream}")
}

/// Prefix of the keys of a stream's events.
pub(super) fn events_prefix(group: &str, stream: &str) -> String {
    format!("{group}\0{stream}\0")
}

pub(super) fn event_key(prefix: &str, at: Position) -> String {
    format!("{prefix}{:020}\0{:020}", at.time.max(0), at.serial)
}

/// The greatest key below `event_key(prefix, at)` that any event can have, to scan from.
pub(super) fn key_before(prefix: &str, at: Position) -> String {
    match at.serial.checked_sub(1) {
        Some(serial) => event_key(prefix, Position { serial, ..at }),
        None => format!("{prefix}{:020}", at.time.max(0)),
    }
}

/// Reads the position out of an event's key.
pub(super) fn position(prefix: &str, key: &str) -> Option<Position> {
    let (time, serial) = key.strip_prefix(prefix)?.split_once('\0')?;
    Some(Position {
        time: time.parse().ok()?,
        serial: serial.parse().ok()?,
    })
}
