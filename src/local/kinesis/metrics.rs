//! What a stream counts of its work.
//! Source: Kinesis developer guide, "Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch", basic
//! stream-level metrics. Latencies are left out: they would be this machine's.

use std::sync::Arc;

use jiff::Timestamp;

use crate::local::meters::{Meter, Meters, Series, Statistics};

/// Looked up once a stream, so that a put costs some additions.
pub(super) struct StreamMeters {
    incoming_records: Arc<Meter>,
    incoming_bytes: Arc<Meter>,
    write_exceeded: Arc<Meter>,
    put_record_success: Arc<Meter>,
    put_record_bytes: Arc<Meter>,
    put_records_success: Arc<Meter>,
    put_records_bytes: Arc<Meter>,
    put_records_total: Arc<Meter>,
    put_records_successful: Arc<Meter>,
    put_records_throttled: Arc<Meter>,
    get_success: Arc<Meter>,
    get_records: Arc<Meter>,
    get_bytes: Arc<Meter>,
    read_exceeded: Arc<Meter>,
    iterator_age: Arc<Meter>,
}

/// What became of the records of one put.
pub(super) struct Written {
    /// Bytes of the stored records, data and partition key.
    sizes: Statistics,
    pub throttled: usize,
}

impl Written {
    pub fn new() -> Self {
        Self {
            sizes: Statistics::NONE,
            throttled: 0,
        }
    }

    pub fn stored(&mut self, bytes: usize) {
        self.sizes.add(&Statistics::of(bytes as f64));
    }
}

impl StreamMeters {
    pub fn new(meters: &Meters, stream: &str) -> Self {
        let meter = |name, unit| {
            meters.meter(Series {
                namespace: "AWS/Kinesis",
                name,
                dimensions: vec![("StreamName", stream.to_owned())],
                unit,
            })
        };
        Self {
            incoming_records: meter("IncomingRecords", "Count"),
            incoming_bytes: meter("IncomingBytes", "Bytes"),
            write_exceeded: meter("WriteProvisionedThroughputExceeded", "Count"),
            put_record_success: meter("PutRecord.Success", "Count"),
            put_record_bytes: meter("PutRecord.Bytes", "Bytes"),
            put_records_success: meter("PutRecords.Success", "Count"),
            put_records_bytes: meter("PutRecords.Bytes", "Bytes"),
            put_records_total: meter("PutRecords.TotalRecords", "Count"),
            put_records_successful: meter("PutRecords.SuccessfulRecords", "Count"),
            put_records_throttled: meter("PutRecords.ThrottledRecords", "Count"),
            get_success: meter("GetRecords.Success", "Count"),
            get_records: meter("GetRecords.Records", "Count"),
            get_bytes: meter("GetRecords.Bytes", "Bytes"),
            read_exceeded: meter("ReadProvisionedThroughputExceeded", "Count"),
            iterator_age: meter("GetRecords.IteratorAgeMilliseconds", "Milliseconds"),
        }
    }

    /// `batch`: by PutRecords, else by PutRecord.
    pub fn written(&self, now: Timestamp, written: &Written, batch: bool) {
        let (records, bytes) = (written.sizes.count, written.sizes.sum);
        let throttled = written.throttled as f64;
        if records > 0.0 {
            self.incoming_records.add_all(now, &Statistics::repeated(1.0, records));
            self.incoming_bytes.add_all(now, &written.sizes);
        }
        self.write_exceeded.add(now, throttled);
        let success = f64::from(u8::from(records > 0.0));
        if batch {
            self.put_records_success.add(now, success);
            self.put_records_bytes.add(now, bytes);
            self.put_records_total.add(now, records + throttled);
            self.put_records_successful.add(now, records);
            self.put_records_throttled.add(now, throttled);
        } else {
            self.put_record_success.add(now, success);
            self.put_record_bytes.add(now, bytes);
        }
    }

    /// `last`: arrival of the last record read, milliseconds since 1970; a read that finds none is up to date.
    pub fn read(&self, now: Timestamp, records: usize, bytes: usize, last: Option<i64>) {
        let age = last.map_or(0, |last| (now.as_millisecond() - last).max(0));
        self.get_success.add(now, 1.0);
        self.get_records.add(now, records as f64);
        self.get_bytes.add(now, bytes as f64);
        self.iterator_age.add(now, age as f64);
    }

    /// A read over the shard's limits.
    pub fn refused(&self, now: Timestamp) {
        self.get_success.add(now, 0.0);
        self.read_exceeded.add(now, 1.0);
    }
}
