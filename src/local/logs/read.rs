//! GetLogEvents: one stream's events, a page at a time in either direction.

use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;

use super::constraints::{self, bad_token};
use super::model::{EVENTS, Event, Position, event_key, events_prefix, key_before, position};
use super::{Logs, group, stream};

/// "Each page returned can contain up to 1 MB of log events or up to 10,000 log events."
pub(super) const PAGE_BYTES: usize = 1_048_576;
pub(super) const PAGE_EVENTS: usize = 10_000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GetLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    /// Inclusive.
    start_time: Option<i64>,
    /// Exclusive.
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    start_from_head: bool,
    /// Nothing is ever masked here.
    #[serde(rename = "unmask")]
    _unmask: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogEvents {
    /// In ascending order.
    events: Vec<OutputEvent>,
    next_forward_token: String,
    next_backward_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OutputEvent {
    timestamp: i64,
    message: String,
    ingestion_time: i64,
}

/// A gap between two events, and the side of it to read.
#[derive(Clone, Copy)]
enum From {
    Forward(Position),
    Backward(Position),
}

impl Logs {
    pub(super) fn get_log_events(&self, input: &GetLogEvents) -> Result<LogEvents, AwsError> {
        let limit = constraints::limit(input.limit, PAGE_EVENTS)?;
        let group_name = self.identified(input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        constraints::stream_name(&input.log_stream_name)?;
        let tx = self.env.store.read()?;
        let group = group(&tx, &group_name)?;
        stream(&tx, &group_name, &input.log_stream_name)?;
        let first = input.start_time.unwrap_or(0).max(self.expired_before(&group));
        let (first, end) = (Position::at(first), Position::at(input.end_time.unwrap_or(i64::MAX)));
        let from = match &input.next_token {
            Some(token) => From::parse(token)?,
            None if input.start_from_head => From::Forward(first),
            None => From::Backward(end),
        };

        let prefix = events_prefix(&group_name, &input.log_stream_name);
        let mut page: Vec<(Position, Event)> = Vec::new();
        let mut bytes = 0;
        let mut take = |key: &str, event: Event| {
            let Some(at) = position(&prefix, key).filter(|at| *at >= first && *at < end) else {
                return false;
            };
            bytes += event.message.len();
            if page.len() == limit || (bytes > PAGE_BYTES && !page.is_empty()) {
                return false;
            }
            page.push((at, event));
            true
        };
        match from {
            From::Forward(gap) => {
                let after = key_before(&prefix, gap.max(first));
                EVENTS.scan(&tx, &prefix, Some(&after), &mut take)?;
            }
            From::Backward(gap) => {
                let before = event_key(&prefix, gap.min(end));
                EVENTS.scan_back(&tx, &event_key(&prefix, first), &before, &mut take)?;
                page.reverse();
            }
        }
        Ok(answer(page, from))
    }
}

/// The tokens stand for the gaps at both ends of the page: going on from them shows no event twice and skips none.
/// "If you have reached the end of the stream, it returns the same token you passed in."
fn answer(page: Vec<(Position, Event)>, from: From) -> LogEvents {
    let gap = match from {
        From::Forward(gap) | From::Backward(gap) => gap,
    };
    let start = page.first().map_or(gap, |(at, _)| *at);
    let end = page.last().map_or(gap, |(at, _)| Position {
        serial: at.serial + 1,
        ..*at
    });
    let event = |(at, event): (Position, Event)| OutputEvent {
        timestamp: at.time,
        message: event.message,
        ingestion_time: event.ingested,
    };
    LogEvents {
        events: page.into_iter().map(event).collect(),
        next_forward_token: format!("f/{:020}{:020}/s", end.time, end.serial),
        next_backward_token: format!("b/{:020}{:020}/s", start.time, start.serial),
    }
}

impl From {
    fn parse(token: &str) -> Result<Self, AwsError> {
        let (direction, gap) = token.split_once('/').ok_or_else(bad_token)?;
        let digits = gap
            .strip_suffix("/s")
            .filter(|digits| digits.len() == 40 && digits.is_ascii());
        let (time, serial) = digits.ok_or_else(bad_token)?.split_at(20);
        let gap = Position {
            time: time.parse().map_err(|_| bad_token())?,
            serial: serial.parse().map_err(|_| bad_token())?,
        };
        match direction {
            "f" => Ok(Self::Forward(gap)),
            "b" => Ok(Self::Backward(gap)),
            _ => Err(bad_token()),
        }
    }
}
