//! Pieces of answers.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::local::rest::Reply;

/// Seconds since 1970, as restJson1 writes timestamps.
pub(super) fn seconds(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// An answer with a status of its own: 201 for what exists now, 202 for what has begun.
pub(super) fn reply(status: StatusCode, body: Value) -> Reply {
    let body = match body {
        Value::Object(members) => without_nulls(members),
        _ => Map::new(),
    };
    Reply { status, body }
}

/// An answer with status 200.
pub(super) fn ok(body: Value) -> Reply {
    reply(StatusCode::OK, body)
}

/// Absent members are left out rather than null.
fn without_nulls(members: Map<String, Value>) -> Map<String, Value> {
    let present = members.into_iter().filter(|(_, value)| !value.is_null());
    present
        .map(|(name, value)| match value {
            Value::Object(inner) => (name, Value::Object(without_nulls(inner))),
            Value::Array(items) => (name, Value::Array(items.into_iter().map(trimmed).collect())),
            value => (name, value),
        })
        .collect()
}

fn trimmed(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(without_nulls(members)),
        value => value,
    }
}
