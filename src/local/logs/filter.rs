//! FilterLogEvents: the events of several streams of a group, merged by time.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;
use crate::local::paging::{self, BadToken};
use crate::local::store::Read;

use super::constraints::{self, bad_token, invalid};
use super::model::{EVENTS, Event, Position, STREAMS, Stream, events_prefix, key_before, position, stream_key};
use super::pattern::Pattern;
use super::read::{PAGE_BYTES, PAGE_EVENTS};
use super::{Logs, group, stream};

/// Events looked at for one page. What is left is for the next: pages may be short, or empty.
const MAX_EXAMINED: usize = 100_000;
/// Events that all cursors together read ahead.
const READ_AHEAD: usize = 4_096;
/// Bytes that one cursor reads ahead.
const READ_AHEAD_BYTES: usize = 256 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FilterLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<BTreeSet<String>>,
    log_stream_name_prefix: Option<String>,
    /// Inclusive.
    start_time: Option<i64>,
    /// Inclusive: "events with a timestamp later than this time are not returned".
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
    start_from_head: Option<bool>,
    /// "This parameter is ignored and the value is assumed to be true."
    #[serde(rename = "interleaved")]
    _interleaved: Option<bool>,
    /// Nothing is ever masked here.
    #[serde(rename = "unmask")]
    _unmask: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FilteredEvents {
    events: Vec<FilteredEvent>,
    /// "This list is always empty": the service stopped to fill it in 2020.
    searched_log_streams: [(); 0],
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilteredEvent {
    log_stream_name: String,
    timestamp: i64,
    message: String,
    ingestion_time: i64,
    event_id: String,
}

/// Order of the answer: by time, then by stream, then as they were put.
type Place = (i64, u64, u64);

impl Logs {
    pub(super) fn filter_log_events(&self, input: &FilterLogEvents) -> Result<FilteredEvents, AwsError> {
        let limit = constraints::limit(input.limit, PAGE_EVENTS)?;
        if input.start_from_head == Some(false) {
            return Err(AwsError::not_implemented("FilterLogEvents from the newest event on"));
        }
        let pattern = Pattern::parse(input.filter_pattern.as_deref().unwrap_or_default())?;
        let group_name = self.identified(input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let tx = self.env.store.read()?;
        let group = group(&tx, &group_name)?;
        let first = input.start_time.unwrap_or(0).max(self.expired_before(&group));
        let last = input.end_time.unwrap_or(i64::MAX);
        let after = input.next_token.as_deref().map(parse_token).transpose()?;
        let streams = chosen(&tx, &group_name, input)?;
        let mut merge = Merge::new(&tx, &group_name, streams, first, after)?;

        let mut events = Vec::new();
        let (mut examined, mut bytes, mut shown) = (0, 0, None);
        while let Some((place, name, event)) = merge.next(&tx)? {
            if place.0 > last {
                break;
            }
            examined += 1;
            let matches = pattern.matches(&event.message);
            bytes += if matches { event.message.len() } else { 0 };
            let full = events.len() == limit || (bytes > PAGE_BYTES && !events.is_empty());
            if (matches && full) || examined > MAX_EXAMINED {
                return Ok(FilteredEvents::new(events, shown.map(token)));
            }
            shown = Some(place);
            if matches {
                events.push(FilteredEvent::new(place, name, event));
            }
        }
        Ok(FilteredEvents::new(events, None))
    }
}

/// The streams to search: those named, those with the prefix, or all.
fn chosen(tx: &Read, group_name: &str, input: &FilterLogEvents) -> Result<Vec<Stream>, AwsError> {
    match (&input.log_stream_names, &input.log_stream_name_prefix) {
        (Some(_), Some(_)) => Err(invalid(
            "logStreamNamePrefix and logStreamNames are mutually exclusive parameters.",
        )),
        (Some(names), None) if !(1..=100).contains(&names.len()) => {
            Err(invalid("logStreamNames must have 1 to 100 items."))
        }
        (Some(names), None) => names.iter().map(|name| stream(tx, group_name, name)).collect(),
        (None, prefix) => {
            let prefix = stream_key(group_name, prefix.as_deref().unwrap_or_default());
            let streams = STREAMS.all(tx, &prefix)?;
            Ok(streams.into_iter().map(|(_, stream)| stream).collect())
        }
    }
}

/// Reads one stream in pieces.
struct Cursor {
    prefix: String,
    name: String,
    number: u64,
    /// Where the next piece starts.
    next: Position,
    ahead: VecDeque<(Position, Event)>,
}

impl Cursor {
    /// Takes the next event; reads a piece when none is ahead.
    fn take(&mut self, tx: &Read, piece: usize) -> Result<Option<(Position, Event)>, AwsError> {
        if self.ahead.is_empty() {
            let after = key_before(&self.prefix, self.next);
            let (prefix, ahead, mut bytes) = (&self.prefix, &mut self.ahead, 0);
            EVENTS.scan(tx, prefix, Some(&after), |key, event| {
                bytes += event.message.len();
                ahead.extend(position(prefix, key).map(|at| (at, event)));
                ahead.len() < piece && bytes < READ_AHEAD_BYTES
            })?;
        }
        let taken = self.ahead.pop_front();
        if let Some((at, _)) = &taken {
            self.next = Position {
                serial: at.serial + 1,
                ..*at
            };
        }
        Ok(taken)
    }
}

/// Several cursors as one, in the order of `Place`.
struct Merge {
    cursors: Vec<Cursor>,
    /// The event that each cursor that is not at its end offers.
    heads: Vec<Option<Event>>,
    order: BinaryHeap<Reverse<(Place, usize)>>,
    piece: usize,
}

impl Merge {
    /// Starts at the time `first`, and after the place `after`.
    fn new(tx: &Read, group: &str, streams: Vec<Stream>, first: i64, after: Option<Place>) -> Result<Self, AwsError> {
        let piece = (READ_AHEAD / streams.len().max(1)).max(1);
        let cursor = |stream: Stream| Cursor {
            prefix: events_prefix(group, &stream.name),
            next: start(stream.number, after).max(Position::at(first)),
            name: stream.name,
            number: stream.number,
            ahead: VecDeque::new(),
        };
        let cursors: Vec<_> = streams.into_iter().map(cursor).collect();
        let mut merge = Self {
            heads: cursors.iter().map(|_| None).collect(),
            cursors,
            order: BinaryHeap::new(),
            piece,
        };
        for n in 0..merge.cursors.len() {
            merge.advance(tx, n)?;
        }
        Ok(merge)
    }

    fn next(&mut self, tx: &Read) -> Result<Option<(Place, String, Event)>, AwsError> {
        let Some(Reverse((place, n))) = self.order.pop() else {
            return Ok(None);
        };
        let event = self.heads[n].take();
        self.advance(tx, n)?;
        Ok(event.map(|event| (place, self.cursors[n].name.clone(), event)))
    }

    fn advance(&mut self, tx: &Read, n: usize) -> Result<(), AwsError> {
        if let Some((at, event)) = self.cursors[n].take(tx, self.piece)? {
            let place = (at.time, self.cursors[n].number, at.serial);
            self.order.push(Reverse((place, n)));
            self.heads[n] = Some(event);
        }
        Ok(())
    }
}

/// Where a stream goes on after a place that may be in another stream.
fn start(stream: u64, after: Option<Place>) -> Position {
    match after {
        None => Position::at(0),
        Some((time, shown, _)) if stream < shown => Position::at(time.saturating_add(1)),
        Some((time, shown, serial)) if stream == shown => Position {
            time,
            serial: serial + 1,
        },
        Some((time, ..)) => Position::at(time),
    }
}

fn token((time, stream, serial): Place) -> String {
    paging::token_of(&format!("{time} {stream} {serial}"))
}

fn parse_token(token: &str) -> Result<Place, AwsError> {
    let text = paging::key(token).map_err(|BadToken| bad_token())?;
    let mut parts = text.split(' ');
    let place = (|| {
        Some((
            parts.next()?.parse().ok()?,
            parts.next()?.parse().ok()?,
            parts.next()?.parse().ok()?,
        ))
    })();
    place.ok_or_else(bad_token)
}

impl FilteredEvents {
    fn new(events: Vec<FilteredEvent>, next_token: Option<String>) -> Self {
        Self {
            events,
            searched_log_streams: [],
            next_token,
        }
    }
}

impl FilteredEvent {
    fn new((time, stream, serial): Place, log_stream_name: String, event: Event) -> Self {
        Self {
            log_stream_name,
            timestamp: time,
            message: event.message,
            ingestion_time: event.ingested,
            event_id: format!("{time:020}{stream:016}{serial:020}"),
        }
    }
}
