//! PutLogEvents: the rules a batch must keep, and which of its events are rejected.
//! Source: botocore `logs/2014-03-28`, documentation of PutLogEvents.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;

use super::constraints::{self, constrain, invalid};
use super::model::{EVENT_OVERHEAD, EVENTS, Event, GROUPS, Position, STREAMS, event_key, events_prefix, stream_key};
use super::{Logs, group, stream};

const MAX_EVENTS: usize = 10_000;
/// Bytes of a batch: messages in UTF-8 and 26 an event. Also the largest event.
const MAX_BYTES: u64 = 1_048_576;
const HOUR_MS: i64 = 3_600_000;
const TOO_NEW_MS: i64 = 2 * HOUR_MS;
const TOO_OLD_MS: i64 = 14 * 24 * HOUR_MS;
const MAX_SPAN_MS: i64 = 24 * HOUR_MS;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PutLogEvents {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<InputEvent>,
    /// "The sequence token is now ignored."
    #[serde(rename = "sequenceToken")]
    _sequence_token: Option<String>,
    entity: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InputEvent {
    timestamp: i64,
    message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PutResult {
    next_sequence_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_log_events_info: Option<Rejected>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rejected {
    /// Inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    too_new_log_event_start_index: Option<usize>,
    /// Exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    too_old_log_event_end_index: Option<usize>,
    /// Exclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    expired_log_event_end_index: Option<usize>,
}

impl Logs {
    pub(super) fn put_log_events(&self, input: &PutLogEvents) -> Result<PutResult, AwsError> {
        constraints::group_name(&input.log_group_name)?;
        constraints::stream_name(&input.log_stream_name)?;
        if input.entity.is_some() {
            return Err(AwsError::not_implemented("entities of log events"));
        }
        check_batch(&input.log_events)?;
        let now = self.now();
        let group = group(&self.env.store.read()?, &input.log_group_name)?;
        let (accepted, rejected) = sift(&input.log_events, now, self.expired_before(&group));
        let events = &input.log_events[accepted];
        if let (Some(first), Some(last)) = (events.first(), events.last())
            && last.timestamp - first.timestamp > MAX_SPAN_MS
        {
            return Err(invalid(
                "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
            ));
        }
        let events = events.iter().map(|event| (event.timestamp, event.message.as_str()));
        let next = self.store_events(&input.log_group_name, &input.log_stream_name, events, now)?;
        Ok(PutResult {
            next_sequence_token: format!("{next:056}"),
            rejected_log_events_info: Some(rejected).filter(|rejected| *rejected != Rejected::default()),
        })
    }

    /// Writes messages that a service of the embedded AWS logs, all at the present time.
    /// ResourceNotFoundException if the group or the stream does not exist.
    pub fn append(&self, group: &str, stream: &str, messages: &[String]) -> Result<(), AwsError> {
        let now = self.now();
        let events = messages.iter().map(|message| (now, message.as_str()));
        self.store_events(group, stream, events, now).map(|_| ())
    }

    /// Stores events in one transaction; returns how many the stream has ever had.
    fn store_events<'a>(
        &self,
        group_name: &str,
        stream_name: &str,
        events: impl Iterator<Item = (i64, &'a str)>,
        now: i64,
    ) -> Result<u64, AwsError> {
        let prefix = events_prefix(group_name, stream_name);
        self.env.store.write(|tx| {
            let mut group = group(tx, group_name)?;
            let mut stream = stream(tx, group_name, stream_name)?;
            for (time, message) in events {
                let at = Position {
                    time,
                    serial: stream.events,
                };
                let event = Event {
                    message: message.to_owned(),
                    ingested: now,
                };
                EVENTS.put(tx, &event_key(&prefix, at), &event)?;
                let bytes = message.len() as u64 + EVENT_OVERHEAD;
                stream.events += 1;
                stream.stored_bytes += bytes;
                group.stored_bytes += bytes;
                stream.first_event = Some(stream.first_event.map_or(time, |first| first.min(time)));
                stream.last_event = Some(stream.last_event.map_or(time, |last| last.max(time)));
                stream.last_ingestion = Some(now);
            }
            GROUPS.put(tx, group_name, &group)?;
            STREAMS.put(tx, &stream_key(group_name, stream_name), &stream)?;
            Ok(stream.events)
        })
    }
}

fn check_batch(events: &[InputEvent]) -> Result<(), AwsError> {
    constrain(|constraints| {
        constraints.count("logEvents", events.len(), 1, MAX_EVENTS);
        for (event, n) in events.iter().zip(1..) {
            if event.timestamp < 0 {
                let member = format!("logEvents.{n}.member.timestamp");
                constraints.range(&member, event.timestamp, 0, i64::MAX);
            }
            if event.message.is_empty() {
                constraints.length(format_args!("logEvents.{n}.member.message"), "", 1, MAX_BYTES as usize);
            }
        }
    })?;
    let mut bytes = 0;
    for event in events {
        let size = event.message.len() as u64 + EVENT_OVERHEAD;
        if size > MAX_BYTES {
            return Err(invalid(format!(
                "Log event too large: {size} bytes exceeds limit of {MAX_BYTES}"
            )));
        }
        bytes += size;
    }
    if bytes > MAX_BYTES {
        return Err(invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MAX_BYTES}"
        )));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    Ok(())
}

/// Which events of a sorted batch are kept: not over 2 hours ahead, nor over 14 days old, nor expired.
fn sift(events: &[InputEvent], now: i64, expired_before: i64) -> (Range<usize>, Rejected) {
    let older_than = |time: i64| events.partition_point(|event| event.timestamp < time);
    let too_old = older_than(now - TOO_OLD_MS);
    let expired = older_than(expired_before);
    let end = older_than(now + TOO_NEW_MS + 1);
    let rejected = Rejected {
        too_new_log_event_start_index: Some(end).filter(|end| *end < events.len()),
        too_old_log_event_end_index: Some(too_old).filter(|end| *end > 0),
        expired_log_event_end_index: Some(expired).filter(|end| *end > too_old),
    };
    (too_old.max(expired).min(end)..end, rejected)
}
