//! What a delivery stream counts of its work.
//! Source: Firehose developer guide, "Monitor Amazon Data Firehose with CloudWatch metrics": data delivery to S3, data
//! ingestion by direct PUT and from Kinesis Data Streams.

use std::sync::Arc;

use jiff::Timestamp;

use crate::local::meters::{Meter, Meters, Series, Statistics};

pub(super) struct DeliveryMeters {
    incoming_records: Arc<Meter>,
    incoming_bytes: Arc<Meter>,
    incoming_requests: Arc<Meter>,
    read_records: Arc<Meter>,
    read_bytes: Arc<Meter>,
    delivered_records: Arc<Meter>,
    delivered_bytes: Arc<Meter>,
    success: Arc<Meter>,
    freshness: Arc<Meter>,
}

impl DeliveryMeters {
    pub fn new(meters: &Meters, delivery: &str) -> Self {
        let meter = |name, unit| {
            meters.meter(Series {
                namespace: "AWS/Firehose",
                name,
                dimensions: vec![("DeliveryStreamName", delivery.to_owned())],
                unit,
            })
        };
        Self {
            incoming_records: meter("IncomingRecords", "Count"),
            incoming_bytes: meter("IncomingBytes", "Bytes"),
            incoming_requests: meter("IncomingPutRequests", "Count"),
            read_records: meter("DataReadFromKinesisStream.Records", "Count"),
            read_bytes: meter("DataReadFromKinesisStream.Bytes", "Bytes"),
            delivered_records: meter("DeliveryToS3.Records", "Count"),
            delivered_bytes: meter("DeliveryToS3.Bytes", "Bytes"),
            success: meter("DeliveryToS3.Success", "Count"),
            freshness: meter("DeliveryToS3.DataFreshness", "Seconds"),
        }
    }

    /// Records put directly.
    pub fn put(&self, now: Timestamp, records: usize, bytes: usize) {
        self.incoming_requests.add(now, 1.0);
        self.incoming_records
            .add_all(now, &Statistics::repeated(1.0, records as f64));
        self.incoming_bytes.add(now, bytes as f64);
    }

    /// Records read of the source stream.
    pub fn read(&self, now: Timestamp, records: usize, bytes: usize) {
        self.read_records.add(now, records as f64);
        self.read_bytes.add(now, bytes as f64);
    }

    pub fn delivered(&self, now: Timestamp, rows: u64, bytes: u64) {
        self.success.add(now, 1.0);
        self.delivered_records.add(now, rows as f64);
        self.delivered_bytes.add(now, bytes as f64);
    }

    pub fn failed(&self, now: Timestamp) {
        self.success.add(now, 0.0);
    }

    /// Age of the oldest record at a delivery, or where one fails. `oldest`: its arrival, milliseconds since 1970.
    pub fn age(&self, now: Timestamp, oldest: i64) {
        let millis = (now.as_millisecond() - oldest).max(0);
        self.freshness.add(now, millis as f64 / 1000.0);
    }
}
