//! Packs rows into Kinesis records, in the KPL aggregation format.
//!
//! ```text
//! F3 89 9A C2 | protobuf AggregatedRecord | MD5 of the protobuf
//! ```
//!
//! ```proto
//! message AggregatedRecord { repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2;
//!                            repeated Record records = 3; }
//! message Record { required uint64 partition_key_index = 1; optional uint64 explicit_hash_key_index = 2;
//!                  required bytes data = 3; }
//! ```
//!
//! Source: aggregation-format.md of awslabs/amazon-kinesis-producer. Firehose, the KCL and AWS Lambda's
//! de-aggregation modules unpack it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use bytes::Bytes;
use md5::{Digest, Md5};
use prost::encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len};

use super::options::Options;
use super::shards::{ShardMap, hash_key};
use super::sink::Entry;

const MAGIC: [u8; 4] = [0xf3, 0x89, 0x9a, 0xc2];
const CHECKSUM: usize = 16;
const PARTITION_KEY_TABLE: u32 = 1;
const RECORDS: u32 = 3;
const PARTITION_KEY_INDEX: u32 = 1;
const DATA: u32 = 3;

/// Open records of all shards together are closed at this size, so that thousands of shards do not mean gigabytes.
const OPEN_BYTES: usize = 32 * 1024 * 1024;

/// Packs rows into records, a record being open for each shard.
///
/// Each row goes to the shard its own partition key hashes to. A consumer such as the KCL drops rows of an aggregated
/// record that belong to another shard, so rows of different shards never share one.
pub(super) struct Packer {
    shards: ShardMap,
    open: Vec<Aggregate>,
    open_bytes: usize,
    /// Size a record is filled up to; `None` sends each row as its own record.
    target: Option<usize>,
}

impl Packer {
    pub fn new(shards: ShardMap, options: &Options) -> Self {
        let target = options
            .aggregate
            .then(|| options.aggregate_bytes.min(options.max_record_bytes));
        let open = (0..shards.len()).map(|_| Aggregate::default()).collect();
        Self {
            shards,
            open,
            open_bytes: 0,
            target,
        }
    }

    /// Adds a row; `emit` gets each record that is complete by that.
    pub fn add<E>(&mut self, key: &str, row: &[u8], mut emit: impl FnMut(Entry) -> Result<(), E>) -> Result<(), E> {
        let Some(target) = self.target else {
            return emit(plain(key, row));
        };
        let hash = hash_key(key.as_bytes());
        let aggregate = &mut self.open[self.shards.index_of(hash)];
        if aggregate.rows > 0 && aggregate.size_with(key, row) > target {
            self.open_bytes -= aggregate.size();
            emit(aggregate.close())?;
        }
        let before = aggregate.size();
        aggregate.add(hash, key, row);
        self.open_bytes += aggregate.size() - before;
        if self.open_bytes > OPEN_BYTES {
            self.flush(emit)
        } else {
            Ok(())
        }
    }

    /// Closes every open record.
    pub fn flush<E>(&mut self, mut emit: impl FnMut(Entry) -> Result<(), E>) -> Result<(), E> {
        self.open_bytes = 0;
        for aggregate in self.open.iter_mut().filter(|aggregate| aggregate.rows > 0) {
            emit(aggregate.close())?;
        }
        Ok(())
    }
}

fn plain(key: &str, row: &[u8]) -> Entry {
    Entry {
        partition_key: key.to_owned(),
        explicit_hash_key: None,
        data: Bytes::copy_from_slice(row),
        rows: 1,
    }
}

/// An open record.
#[derive(Default)]
struct Aggregate {
    /// The partition key table, encoded.
    keys: Vec<u8>,
    /// The records, encoded.
    records: Vec<u8>,
    /// Position in the table by hash of the partition key.
    index: HashMap<u128, u32, BuildHasherDefault<HashKeyHasher>>,
    rows: u32,
    first_key: String,
    first_hash: u128,
    /// Where the first row stands in `records`.
    first_row: std::ops::Range<usize>,
}

impl Aggregate {
    /// What the record will count against limits: its data and the partition key sent with it.
    fn size(&self) -> usize {
        match self.rows {
            0 => 0,
            _ => MAGIC.len() + self.keys.len() + self.records.len() + CHECKSUM + self.first_key.len(),
        }
    }

    /// The most it will count with one more row.
    fn size_with(&self, key: &str, row: &[u8]) -> usize {
        let key_size = key_len(PARTITION_KEY_TABLE) + encoded_len_varint(key.len() as u64) + key.len();
        let body = record_len(self.index.len() as u64, row.len());
        self.size() + key_size + key_len(RECORDS) + encoded_len_varint(body as u64) + body
    }

    fn add(&mut self, hash: u128, key: &str, row: &[u8]) {
        let next = self.index.len() as u32;
        let position = *self.index.entry(hash).or_insert_with(|| {
            encode_key(PARTITION_KEY_TABLE, WireType::LengthDelimited, &mut self.keys);
            encode_varint(key.len() as u64, &mut self.keys);
            self.keys.extend_from_slice(key.as_bytes());
            next
        });
        encode_key(RECORDS, WireType::LengthDelimited, &mut self.records);
        encode_varint(record_len(u64::from(position), row.len()) as u64, &mut self.records);
        encode_key(PARTITION_KEY_INDEX, WireType::Varint, &mut self.records);
        encode_varint(u64::from(position), &mut self.records);
        encode_key(DATA, WireType::LengthDelimited, &mut self.records);
        encode_varint(row.len() as u64, &mut self.records);
        let start = self.records.len();
        self.records.extend_from_slice(row);
        if self.rows == 0 {
            self.first_key.push_str(key);
            self.first_hash = hash;
            self.first_row = start..start + row.len();
        }
        self.rows += 1;
    }

    /// The finished record; the aggregate is empty afterwards. A single row is sent as it is.
    fn close(&mut self) -> Entry {
        let entry = if self.rows == 1 {
            plain(&self.first_key, &self.records[self.first_row.clone()])
        } else {
            let mut data = Vec::with_capacity(MAGIC.len() + self.keys.len() + self.records.len() + CHECKSUM);
            data.extend_from_slice(&MAGIC);
            data.extend_from_slice(&self.keys);
            data.extend_from_slice(&self.records);
            let checksum = Md5::digest(&data[MAGIC.len()..]);
            data.extend_from_slice(&checksum);
            Entry {
                partition_key: self.first_key.clone(),
                explicit_hash_key: Some(self.first_hash.to_string()),
                data: data.into(),
                rows: self.rows,
            }
        };
        self.keys.clear();
        self.records.clear();
        self.index.clear();
        self.first_key.clear();
        self.rows = 0;
        entry
    }
}

/// Hashes a hash key: it is an MD5, so any part of it is as good as a hash of it.
#[derive(Default)]
struct HashKeyHasher(u64);

impl Hasher for HashKeyHasher {
    fn write_u128(&mut self, hash_key: u128) {
        self.0 = hash_key as u64;
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Encoded length of a Record message's fields.
fn record_len(key_index: u64, data: usize) -> usize {
    key_len(PARTITION_KEY_INDEX)
        + encoded_len_varint(key_index)
        + key_len(DATA)
        + encoded_len_varint(data as u64)
        + data
}
