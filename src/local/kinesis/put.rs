//! PutRecord and PutRecords: the hot path.
//!
//! A request is parsed with strings borrowed from its body, the data is decoded straight into the frames that go
//! to disk, and each shard gets one write. Nothing is stored but the records themselves.

use std::borrow::Cow;
use std::io::Write;
use std::time::Instant;

use base64_simd::{Out, STANDARD};
use md5::{Digest, Md5};
use serde::{Deserialize, Deserializer};

use super::Kinesis;
use super::errors::invalid_argument;
use super::input::StreamRef;
use super::live::{Live, View};
use super::metrics::Written;
use super::model::{Status, shard_id};
use crate::local::constraints::Constraints;
use crate::local::env::Limits;
use crate::local::error::AwsError;
use crate::local::journal::{AppendError, Batch, Meta};
use crate::local::json;

/// Records of one request. Source: PutRecords' API reference, as the next two.
const MAX_RECORDS: usize = 500;
/// Bytes of one request: data and partition keys.
const MAX_REQUEST: usize = 10 << 20;
/// Bytes of one record's data in the API's model; a stream's own limit is lower or equal.
const MAX_DATA: usize = 10 << 20;

/// A string of the request's body, copied only if it holds escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRecords<'a> {
    #[serde(borrow)]
    records: Option<Vec<Entry<'a>>>,
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    stream_id: Option<String>,
    dry_run: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Entry<'a> {
    #[serde(borrow)]
    data: Option<Text<'a>>,
    #[serde(borrow)]
    explicit_hash_key: Option<Text<'a>>,
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutRecord<'a> {
    stream_name: Option<String>,
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    stream_id: Option<String>,
    #[serde(borrow)]
    data: Option<Text<'a>>,
    #[serde(borrow)]
    explicit_hash_key: Option<Text<'a>>,
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
    // Every put is in order here, so there is nothing to ask for.
    #[serde(rename = "SequenceNumberForOrdering")]
    _sequence_number_for_ordering: Option<String>,
    dry_run: Option<bool>,
}

/// A checked record.
struct Record<'a> {
    data: &'a [u8],
    /// Bytes of the decoded data.
    size: usize,
    key: &'a str,
    hash: u128,
}

/// What became of a record.
#[derive(Clone, Copy)]
enum Fate {
    Waiting,
    Stored { shard: u32, position: u64 },
    Throttled { shard: u32 },
}

/// The records of one request that go to one shard.
struct ShardBatch {
    shard: u32,
    batch: Batch,
    /// Places of the records in the request.
    places: Vec<u32>,
}

/// Checks an explicit hash key or a shard's starting hash key against the model.
pub(super) fn constrain_hash(member: impl std::fmt::Display, key: &str, constraints: &mut Constraints) {
    let digits = !key.is_empty() && key.len() <= 39 && key.bytes().all(|b| b.is_ascii_digit());
    let matches = digits && (key == "0" || !key.starts_with('0'));
    constraints.pattern(member, key, r"0|([1-9]\d{0,38})", matches);
}

impl Entry<'_> {
    /// Only looks for what is wrong; writes nothing if all is well.
    fn constrain(&self, place: Option<usize>, constraints: &mut Constraints) {
        let member = |name: &str| match place {
            Some(place) => format!("records.{}.member.{name}", place + 1),
            None => name.to_owned(),
        };
        match &self.partition_key {
            Some(key) if key.0.len() <= 256 && !key.0.is_empty() => {}
            Some(key) => constraints.length(member("partitionKey"), &key.0, 1, 256),
            None => constraints.required(&member("partitionKey"), &None::<()>),
        }
        match &self.data {
            // Four characters for three bytes.
            Some(data) if data.0.len() <= MAX_DATA / 3 * 4 => {}
            Some(data) if data.0.len() / 4 * 3 <= MAX_DATA + 2 => {}
            Some(data) => constraints.count(member("data"), data.0.len() / 4 * 3, 0, MAX_DATA),
            None => constraints.required(&member("data"), &None::<()>),
        }
        if let Some(key) = &self.explicit_hash_key {
            constrain_hash(member("explicitHashKey"), &key.0, constraints);
        }
    }

    fn record(&self) -> Result<Record<'_>, AwsError> {
        let data = self.data.as_ref().map_or("", |data| &data.0).as_bytes();
        let key = self.partition_key.as_ref().map_or("", |key| &key.0);
        let size = STANDARD.decoded_length(data).map_err(|_| not_base64())?;
        let explicit = self.explicit_hash_key.as_ref().map(|key| explicit_hash(&key.0));
        Ok(Record {
            data,
            size,
            key,
            hash: explicit.transpose()?.unwrap_or_else(|| hash(key)),
        })
    }
}

/// The hash key of a partition key. Source: PutRecord's API reference: MD5, as a 128-bit number.
pub(super) fn hash(partition_key: &str) -> u128 {
    u128::from_be_bytes(Md5::digest(partition_key.as_bytes()).into())
}

fn explicit_hash(key: &str) -> Result<u128, AwsError> {
    key.parse().map_err(|_| {
        invalid_argument(format!(
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was {key}"
        ))
    })
}

fn not_base64() -> AwsError {
    AwsError::bad_request("SerializationException", "Data is not base64.")
}

impl Kinesis {
    pub(super) fn put_records(&self, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        let input: PutRecords<'_> = parse(body)?;
        refuse_dry_run(input.dry_run)?;
        let mut constraints = Constraints::default();
        constraints.required("records", &input.records);
        let entries = input.records.unwrap_or_default();
        if entries.is_empty() || entries.len() > MAX_RECORDS {
            constraints.count("records", entries.len(), 1, MAX_RECORDS);
        }
        for (place, entry) in entries.iter().enumerate() {
            entry.constrain(Some(place), &mut constraints);
        }
        let reference = StreamRef {
            name: input.stream_name.as_deref(),
            arn: input.stream_arn.as_deref(),
            id: input.stream_id.as_deref(),
        };
        let live = self.find(reference, constraints)?;
        let (view, fates) = self.put(&live, &entries, true)?;
        Ok(self.put_output(&view, &fates))
    }

    pub(super) fn put_record(&self, body: &[u8]) -> Result<Vec<u8>, AwsError> {
        let input: PutRecord<'_> = parse(body)?;
        refuse_dry_run(input.dry_run)?;
        let entry = Entry {
            data: input.data,
            explicit_hash_key: input.explicit_hash_key,
            partition_key: input.partition_key,
        };
        let mut constraints = Constraints::default();
        entry.constrain(None, &mut constraints);
        let reference = StreamRef {
            name: input.stream_name.as_deref(),
            arn: input.stream_arn.as_deref(),
            id: input.stream_id.as_deref(),
        };
        let live = self.find(reference, constraints)?;
        let (view, fates) = self.put(&live, &[entry], false)?;
        match fates[0] {
            Fate::Stored { shard, position } => {
                let mut output = serde_json::json!({
                    "ShardId": shard_id(shard),
                    "SequenceNumber": view.stream.sequence(shard, position).to_string(),
                });
                if view.stream.key_id.is_some() {
                    output["EncryptionType"] = "KMS".into();
                }
                json::output(&output)
            }
            Fate::Throttled { shard } => Err(AwsError::bad_request(
                "ProvisionedThroughputExceededException",
                self.rate_exceeded(&view, shard),
            )),
            Fate::Waiting => Err(AwsError::internal("the record was not stored")),
        }
    }

    /// Stores records, each in the shard of its hash key, and says what became of each.
    /// `batch`: it is a PutRecords and not a PutRecord.
    fn put(
        &self,
        live: &Live,
        entries: &[Entry<'_>],
        batch: bool,
    ) -> Result<(std::sync::Arc<View>, Vec<Fate>), AwsError> {
        let mut view = self.writable(live)?;
        let limit = view.stream.max_record_kib as usize * 1024;
        let records = entries.iter().map(Entry::record).collect::<Result<Vec<_>, _>>()?;
        check_sizes(&records, limit)?;
        let mut fates = vec![Fate::Waiting; records.len()];
        // A shard that closes meanwhile sends its records to its children, found in the next round.
        for round in 0.. {
            let batches = self.batches(&view, &records, &mut fates)?;
            let mut closed = false;
            for mut shard in batches {
                match self.append(&view, &mut shard, &mut fates) {
                    Err(AppendError::Closed) if round < 100 => closed = true,
                    Err(AppendError::Io(error)) => return Err(error.into()),
                    Err(error) => return Err(AwsError::internal(error)),
                    Ok(()) => {}
                }
            }
            if !closed {
                break;
            }
            // Whoever closed the shard is about to put the new view in place.
            drop(live.changing.lock());
            view = self.writable(live)?;
        }
        live.changed();
        let mut written = Written::new();
        for (record, fate) in records.iter().zip(&fates) {
            match fate {
                Fate::Stored { .. } => written.stored(record.size + record.key.len()),
                Fate::Throttled { .. } => written.throttled += 1,
                Fate::Waiting => {}
            }
        }
        live.meters(&self.env.meters).written(self.env.now(), &written, batch);
        Ok((view, fates))
    }

    /// The stream's current view, if it takes records.
    fn writable(&self, live: &Live) -> Result<std::sync::Arc<View>, AwsError> {
        let view = live.view();
        match view.stream.status(self.env.now()) {
            Status::Active | Status::Updating => Ok(view),
            _ => Err(self.stream_not_found(&view.stream.name)),
        }
    }

    /// Frames the waiting records, by shard. Records over a shard's rate are left out and marked.
    fn batches(&self, view: &View, records: &[Record<'_>], fates: &mut [Fate]) -> Result<Vec<ShardBatch>, AwsError> {
        let arrival = self.env.now().as_millisecond();
        let limited = self.env.options.limits == Limits::Aws;
        let started = Instant::now();
        let mut batches: Vec<ShardBatch> = Vec::new();
        let mut slots = vec![usize::MAX; view.logs.len()];
        for (place, record) in records.iter().enumerate() {
            if !matches!(fates[place], Fate::Waiting) {
                continue;
            }
            let shard = view
                .route(record.hash)
                .ok_or_else(|| AwsError::internal("no shard takes this hash key"))?;
            if limited && !self.within_rate(view, shard, record.size + record.key.len(), started) {
                fates[place] = Fate::Throttled { shard };
                continue;
            }
            let slot = &mut slots[shard as usize];
            if *slot == usize::MAX {
                *slot = batches.len();
                batches.push(ShardBatch {
                    shard,
                    batch: Batch::new(arrival),
                    places: Vec::new(),
                });
            }
            let into = &mut batches[*slot];
            let meta = Meta {
                partition_key: record.key,
                encrypted: view.stream.key_id.is_some(),
            };
            into.batch.push(meta, record.size, |to| {
                let decoded = STANDARD.decode(record.data, Out::from_slice(to));
                decoded.map(|_| ()).map_err(|_| not_base64())
            })?;
            into.places.push(place as u32);
        }
        Ok(batches)
    }

    fn within_rate(&self, view: &View, shard: u32, bytes: usize, now: Instant) -> bool {
        view.log(shard).is_none_or(|log| {
            let mut rates = log.rates.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            rates.write(bytes, now)
        })
    }

    fn append(&self, view: &View, batch: &mut ShardBatch, fates: &mut [Fate]) -> Result<(), AppendError> {
        let Some(log) = view.log(batch.shard) else {
            return Err(AppendError::Closed);
        };
        let appended = log.journal.append(&mut batch.batch)?;
        if appended.rolled {
            log.journal
                .drop_older(view.stream.horizon(self.env.now()).as_millisecond())?;
        }
        for (place, start) in batch.places.iter().zip(batch.batch.starts()) {
            fates[*place as usize] = Fate::Stored {
                shard: batch.shard,
                position: appended.first + *start as u64,
            };
        }
        Ok(())
    }

    fn rate_exceeded(&self, view: &View, shard: u32) -> String {
        format!(
            "Rate exceeded for shard {} in stream {} under account {}.",
            shard_id(shard),
            view.stream.name,
            self.env.account()
        )
    }

    /// The answer of PutRecords, written by hand as it has a line a record.
    fn put_output(&self, view: &View, fates: &[Fate]) -> Vec<u8> {
        let failed = fates.iter().filter(|fate| !matches!(fate, Fate::Stored { .. })).count();
        let salt = view.stream.salt();
        let mut out = Vec::with_capacity(64 + fates.len() * 104);
        // Writing to memory cannot fail.
        let _ = write!(out, r#"{{"FailedRecordCount":{failed},"Records":["#);
        for (place, fate) in fates.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            let _ = match fate {
                Fate::Stored { shard, position } => {
                    let sequence = super::sequence::Sequence {
                        shard: *shard,
                        position: *position,
                        stream: salt,
                    };
                    write!(
                        out,
                        r#"{{"SequenceNumber":"{sequence}","ShardId":"shardId-{shard:012}"}}"#
                    )
                }
                Fate::Throttled { shard } => {
                    // Names of streams hold nothing that JSON escapes.
                    let message = self.rate_exceeded(view, *shard);
                    write!(
                        out,
                        r#"{{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"{message}"}}"#
                    )
                }
                Fate::Waiting => write!(
                    out,
                    r#"{{"ErrorCode":"InternalFailure","ErrorMessage":"the record was not stored"}}"#
                ),
            };
        }
        let encryption = if view.stream.key_id.is_some() {
            r#","EncryptionType":"KMS""#
        } else {
            ""
        };
        let _ = write!(out, "]{encryption}}}");
        out
    }
}

/// Parses an input that borrows from the request's body.
fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, AwsError> {
    serde_json::from_slice(body).map_err(|error| AwsError::bad_request("SerializationException", error.to_string()))
}

fn refuse_dry_run(dry_run: Option<bool>) -> Result<(), AwsError> {
    match dry_run {
        Some(true) => Err(AwsError::not_implemented("DryRun of Kinesis operations")),
        _ => Ok(()),
    }
}

/// `limit`: bytes of one record with its partition key.
fn check_sizes(records: &[Record<'_>], limit: usize) -> Result<(), AwsError> {
    let mut total = 0;
    for (place, record) in records.iter().enumerate() {
        let size = record.size + record.key.len();
        if size > limit {
            return Err(invalid_argument(format!(
                "Record {} has {size} bytes with its partition key; the stream's maximum record size is {} KiB.",
                place + 1,
                limit / 1024
            )));
        }
        total += size;
    }
    if total > MAX_REQUEST {
        return Err(invalid_argument("Records size exceeds 10 MB limit"));
    }
    Ok(())
}
