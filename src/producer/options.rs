//! How to ingest.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

const KIB: usize = 1024;

/// Most records in one PutRecords request (Kinesis API, PutRecords).
pub(super) const REQUEST_RECORDS: usize = 500;
/// Most bytes of data and partition keys in one PutRecords request (Kinesis API, PutRecords).
pub(super) const REQUEST_BYTES: usize = 10 * KIB * KIB;

/// Settings of one ingest. Sizes are in bytes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Pack rows into records in the KPL aggregation format. Without it each row is a record.
    pub aggregate: bool,
    /// Size an aggregated record is filled up to, partition key included.
    ///
    /// 50 KiB by default: exactly two of the 25 KB payload units a provisioned stream bills and ten of the 5 KB units
    /// Firehose bills, so almost nothing is lost to rounding. Larger records save nothing more and make pacing coarse:
    /// a shard takes 1 MiB/s, and what it refuses is sent again whole. Firehose takes records of up to 1,000 KiB.
    pub aggregate_bytes: usize,
    /// Largest record the stream takes, data and partition key: 1 MiB unless the stream's MaxRecordSizeInKiB is raised.
    pub max_record_bytes: usize,
    /// Size a PutRecords request is filled up to; Kinesis takes 10 MiB.
    ///
    /// 1 MiB by default: the cost of a request is small beside its bytes by then, and memory is this times
    /// `max_in_flight` times about five (the data, a copy for the request, and its base64 text).
    pub request_bytes: usize,
    /// Most requests in flight.
    pub max_in_flight: usize,
    /// Longest wait before a failed record is first sent again; it doubles with each failure, up to 50 times this.
    pub backoff: Duration,
    /// How long to go on without a single record being taken before giving up.
    pub patience: Duration,
    /// How long to go on if nothing ever was taken and no request was answered: the endpoint is likely wrong.
    pub first_contact: Duration,
    /// How long rows may wait for more of a slow input (a pipe) before a record is closed.
    pub linger: Duration,
    /// Where rows that break the contract are kept; by default beside the first input, `<input>.rejects.jsonl`.
    pub rejects_file: Option<PathBuf>,
    /// What every row says as its `ingested_at`; by default the time the ingest starts.
    pub ingested_at: Option<Timestamp>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            aggregate: true,
            aggregate_bytes: 50 * KIB,
            max_record_bytes: KIB * KIB,
            request_bytes: KIB * KIB,
            max_in_flight: 16,
            backoff: Duration::from_millis(100),
            patience: Duration::from_secs(120),
            first_contact: Duration::from_secs(10),
            linger: Duration::from_secs(1),
            rejects_file: None,
            ingested_at: None,
        }
    }
}
