//! GetShardIterator and GetRecords.

use std::io::Write;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use base64_simd::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Kinesis;
use super::errors::invalid_argument;
use super::input::stream_input;
use super::iterator::{LIFETIME, ShardIterator};
use super::live::{Live, ShardLog, View};
use super::model::{Status, shard_id, shard_number};
use super::sequence::Sequence;
use super::shards::HashKeyRange;
use crate::local::constraints::Constraints;
use crate::local::env::Limits;
use crate::local::error::AwsError;
use crate::local::journal::Frame;

/// Most records and data bytes of one GetRecords. Source: its API reference.
const MAX_RECORDS: usize = 10_000;
const MAX_BYTES: usize = 10 << 20;

stream_input!(GetShardIterator {
    shard_id: Option<String>,
    shard_iterator_type: Option<String>,
    starting_sequence_number: Option<String>,
    timestamp: Option<f64>,
    dry_run: Option<bool>,
});

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IssuedIterator {
    shard_iterator: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetRecords {
    shard_iterator: Option<String>,
    limit: Option<i64>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "StreamId")]
    _stream_id: Option<String>,
    dry_run: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChildShard {
    shard_id: String,
    parent_shards: Vec<String>,
    hash_key_range: HashKeyRange,
}

/// A stream, the look at it that a read takes, and the shard.
type Iterated = (Arc<Live>, Arc<View>, Arc<ShardLog>);

/// Records of one answer, already written as JSON.
#[derive(Default)]
struct Page {
    records: Vec<u8>,
    count: usize,
    bytes: usize,
    position: u64,
    /// Position after the log's last record.
    end: u64,
    /// Arrival of the first record that did not fit, or of the last that did.
    last_arrival: Option<i64>,
}

const TYPES: [&str; 5] = [
    "AFTER_SEQUENCE_NUMBER",
    "LATEST",
    "AT_TIMESTAMP",
    "AT_SEQUENCE_NUMBER",
    "TRIM_HORIZON",
];

impl GetShardIterator {
    fn check(&self) -> Constraints {
        let mut constraints = Constraints::default();
        constraints.required("shardId", &self.shard_id);
        constraints.required("shardIteratorType", &self.shard_iterator_type);
        if let Some(shard) = &self.shard_id {
            constraints.name("shardId", shard, 128);
        }
        if let Some(kind) = &self.shard_iterator_type {
            constraints.one_of("shardIteratorType", kind, &TYPES);
        }
        if let Some(number) = &self.starting_sequence_number {
            let digits = !number.is_empty() && number.len() <= 129 && number.bytes().all(|b| b.is_ascii_digit());
            let matches = digits && (number == "0" || !number.starts_with('0'));
            constraints.pattern("startingSequenceNumber", number, r"0|([1-9]\d{0,128})", matches);
        }
        constraints
    }
}

impl Kinesis {
    pub(super) fn get_shard_iterator(&self, input: GetShardIterator) -> Result<IssuedIterator, AwsError> {
        if input.dry_run == Some(true) {
            return Err(AwsError::not_implemented("DryRun of Kinesis operations"));
        }
        let live = self.find(input.stream(), input.check())?;
        let view = live.view();
        let name = &view.stream.name;
        if matches!(view.stream.status(self.env.now()), Status::Creating | Status::Deleting) {
            return Err(self.stream_not_found(name));
        }
        let id = input.shard_id.as_deref().unwrap_or_default();
        let shard = shard_number(id).ok_or_else(|| self.shard_not_found(id, name))?;
        let log = view.log(shard).ok_or_else(|| self.shard_gone(&shard_id(shard), name))?;
        let iterator = ShardIterator {
            stream: name.clone(),
            stream_id: view.stream.id.clone(),
            shard,
            position: self.starting_position(&input, &view, shard, log)?,
            issued: self.env.now().as_millisecond(),
        };
        Ok(IssuedIterator {
            shard_iterator: iterator.seal(),
        })
    }

    fn starting_position(
        &self,
        input: &GetShardIterator,
        view: &View,
        shard: u32,
        log: &ShardLog,
    ) -> Result<u64, AwsError> {
        let kind = input.shard_iterator_type.as_deref().unwrap_or_default();
        let with_number = matches!(kind, "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER");
        match &input.starting_sequence_number {
            Some(number) if with_number => {
                self.numbered_position(number, kind == "AFTER_SEQUENCE_NUMBER", view, shard, log)
            }
            Some(_) => Err(wrong_combination(kind, "also a")),
            None if with_number => Err(wrong_combination(kind, "no")),
            None if kind == "AT_TIMESTAMP" => self.timed_position(input.timestamp, log),
            None if kind == "LATEST" => Ok(log.journal.end()?),
            None => Ok(log.journal.horizon()?),
        }
    }

    fn timed_position(&self, timestamp: Option<f64>, log: &ShardLog) -> Result<u64, AwsError> {
        let Some(seconds) = timestamp else {
            return Err(invalid_argument(
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request has no \
                 timestamp parameter.",
            ));
        };
        let (millis, now) = ((seconds * 1000.0).round() as i64, self.env.now().as_millisecond());
        if millis > now {
            return Err(invalid_argument(format!(
                "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. \
                 timestampInMillis: {millis}, currentTimestampInMillis: {now}"
            )));
        }
        Ok(log.journal.at_time(millis)?)
    }

    fn numbered_position(
        &self,
        number: &str,
        after: bool,
        view: &View,
        shard: u32,
        log: &ShardLog,
    ) -> Result<u64, AwsError> {
        let invalid = |why: &str| {
            invalid_argument(format!(
                "StartingSequenceNumber {number} used in GetShardIterator on shard {} in stream {} under account {} is \
                 invalid{why}.",
                shard_id(shard),
                view.stream.name,
                self.env.account()
            ))
        };
        let sequence = Sequence::parse(number).ok_or_else(|| invalid(""))?;
        if sequence.stream != view.stream.salt() {
            return Err(invalid(" because it did not come from this stream"));
        }
        if sequence.shard != shard {
            return Err(invalid_argument(format!(
                "Invalid StartingSequenceNumber. It encodes {}, while it was used in a call to a shard with {}",
                shard_id(sequence.shard),
                shard_id(shard)
            )));
        }
        let (position, end) = (sequence.position, log.journal.end()?);
        // The shard's starting number, a number past retention, a closed shard's ending number.
        if position < log.journal.horizon()? || position == end {
            return Ok(position);
        }
        match log.journal.at(position)? {
            Some(frame) if after => Ok(frame.next),
            Some(frame) => Ok(frame.position),
            None => Err(invalid("")),
        }
    }

    pub(super) fn get_records(&self, input: GetRecords) -> Result<Vec<u8>, AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("shardIterator", &input.shard_iterator);
        if let Some(iterator) = &input.shard_iterator {
            constraints.length("shardIterator", iterator, 1, 512);
        }
        if let Some(limit) = input.limit {
            constraints.range("limit", limit, 1, MAX_RECORDS as i64);
        }
        constraints.check()?;
        if input.dry_run == Some(true) {
            return Err(AwsError::not_implemented("DryRun of Kinesis operations"));
        }
        let token = input.shard_iterator.as_deref().unwrap_or_default();
        let iterator = ShardIterator::open(token).ok_or_else(|| invalid_argument("Invalid ShardIterator."))?;
        if input.stream_arn.is_some_and(|arn| arn != self.arn(&iterator.stream)) {
            return Err(invalid_argument("The ShardIterator is not one of the given stream."));
        }
        self.check_age(&iterator)?;
        let (live, view, log) = self.iterated(&iterator)?;
        let meters = live.meters(&self.env.meters);
        let limited = self.env.options.limits == Limits::Aws;
        if limited && !lock(&log).read(Instant::now()) {
            meters.refused(self.env.now());
            return Err(AwsError::bad_request(
                "ProvisionedThroughputExceededException",
                format!(
                    "Rate exceeded for shard {} in stream {} under account {}.",
                    shard_id(iterator.shard),
                    iterator.stream,
                    self.env.account()
                ),
            ));
        }
        let limit = input.limit.map_or(MAX_RECORDS, |limit| limit as usize);
        let page = self.page(&view, &iterator, &log, limit)?;
        if limited {
            lock(&log).charge_read(page.bytes);
        }
        let last = page.last_arrival.filter(|_| page.count > 0);
        meters.read(self.env.now(), page.count, page.bytes, last);
        self.get_output(&view, iterator, page)
    }

    fn check_age(&self, iterator: &ShardIterator) -> Result<(), AwsError> {
        let now = self.env.now();
        if now.as_millisecond() - iterator.issued <= LIFETIME {
            return Ok(());
        }
        let words = |at: Timestamp| at.strftime("%a %b %d %H:%M:%S UTC %Y").to_string();
        let issued = Timestamp::from_millisecond(iterator.issued).unwrap_or(Timestamp::UNIX_EPOCH);
        Err(AwsError::bad_request(
            "ExpiredIteratorException",
            format!(
                "Iterator expired. The iterator was created at time {} while right now it is {} which is further in \
                 the future than the tolerated delay of {LIFETIME} milliseconds.",
                words(issued),
                words(now)
            ),
        ))
    }

    /// The shard an iterator is of, if that stream is still there.
    fn iterated(&self, iterator: &ShardIterator) -> Result<Iterated, AwsError> {
        let gone = || self.shard_gone(&shard_id(iterator.shard), &iterator.stream);
        let live = self.by_name(&iterator.stream).map_err(|_| gone())?;
        let view = live.view();
        let status = view.stream.status(self.env.now());
        if view.stream.id != iterator.stream_id || matches!(status, Status::Creating | Status::Deleting) {
            return Err(gone());
        }
        let log = view.log(iterator.shard).cloned().ok_or_else(gone)?;
        Ok((live, view, log))
    }

    fn page(&self, view: &View, iterator: &ShardIterator, log: &ShardLog, limit: usize) -> Result<Page, AwsError> {
        let horizon = view.stream.horizon(self.env.now()).as_millisecond();
        let mut page = Page {
            position: iterator.position,
            ..Page::default()
        };
        loop {
            let chunk = log.journal.read(page.position, 1 << 20)?;
            page.end = chunk.end;
            let mut full = false;
            for frame in chunk.frames() {
                if frame.arrival >= horizon {
                    full = page.count == limit || page.count > 0 && page.bytes + frame.data.len() > MAX_BYTES;
                    page.last_arrival = Some(frame.arrival);
                    if full {
                        break;
                    }
                    page.push(&frame, view.stream.sequence(iterator.shard, frame.position));
                }
                page.position = frame.next;
            }
            if full || page.position < chunk.next || page.position >= chunk.end {
                // Behind a damaged record there is nothing to go on with.
                page.position = page.position.max(iterator.position);
                return Ok(page);
            }
        }
    }

    fn get_output(&self, view: &View, mut iterator: ShardIterator, page: Page) -> Result<Vec<u8>, AwsError> {
        let now = self.env.now().as_millisecond();
        let shard = &view.stream.shards[iterator.shard as usize];
        let at_end = page.position >= page.end;
        let behind = page.last_arrival.filter(|_| !at_end).map_or(0, |at| (now - at).max(0));
        let mut out = Vec::with_capacity(page.records.len() + 512);
        let _ = write!(out, r#"{{"MillisBehindLatest":{behind},"Records":["#);
        out.extend_from_slice(&page.records);
        out.push(b']');
        if shard.closed.is_some() && at_end {
            let children: Vec<_> = view.stream.children(iterator.shard).collect();
            let children = children.into_iter().map(|(number, child)| ChildShard {
                shard_id: shard_id(number),
                parent_shards: [child.parent, child.adjacent_parent]
                    .into_iter()
                    .flatten()
                    .map(shard_id)
                    .collect(),
                hash_key_range: HashKeyRange::of(child),
            });
            let children: Vec<_> = children.collect();
            out.extend_from_slice(br#","ChildShards":"#);
            serde_json::to_writer(&mut out, &children).map_err(AwsError::internal)?;
        } else {
            iterator.position = page.position;
            iterator.issued = now;
            let _ = write!(out, r#","NextShardIterator":"{}""#, iterator.seal());
        }
        out.push(b'}');
        Ok(out)
    }
}

impl Page {
    fn push(&mut self, frame: &Frame, sequence: Sequence) {
        let out = &mut self.records;
        if self.count > 0 {
            out.push(b',');
        }
        let arrival = frame.arrival as f64 / 1000.0;
        let _ = write!(
            out,
            r#"{{"SequenceNumber":"{sequence}","ApproximateArrivalTimestamp":{arrival},"Data":""#
        );
        STANDARD.encode_append(&frame.data, out);
        out.extend_from_slice(br#"","PartitionKey":"#);
        // Writing a string to memory cannot fail.
        let _ = serde_json::to_writer(&mut *out, frame.partition_key());
        if frame.encrypted {
            out.extend_from_slice(br#","EncryptionType":"KMS""#);
        }
        out.push(b'}');
        self.count += 1;
        self.bytes += frame.data.len();
    }
}

fn lock(log: &ShardLog) -> std::sync::MutexGuard<'_, super::rate::Rates> {
    log.rates.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wrong_combination(kind: &str, how: &str) -> AwsError {
    invalid_argument(format!(
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or \
         (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {how} \
         StartingSequenceNumber."
    ))
}
