//! Where records go: the boundary between the producer and a stream.

use async_trait::async_trait;
use bytes::Bytes;

/// One Kinesis record to put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 1 to 256 characters.
    pub partition_key: String,
    /// Decimal 128-bit hash that chooses the shard instead of the partition key's MD5.
    pub explicit_hash_key: Option<String>,
    pub data: Bytes,
    /// Rows inside `data`; more than one if they are aggregated.
    pub rows: u32,
}

impl Entry {
    /// What the record counts against Kinesis' limits: data and partition key, in bytes.
    pub fn size(&self) -> usize {
        self.data.len() + self.partition_key.len()
    }
}

/// Why a stream did not take one record of a request it otherwise answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// `ErrorCode` of the PutRecords result entry.
    pub code: String,
    pub message: String,
}

impl Rejection {
    /// True for the codes that mean "later": the shard's rate is used up, or the service failed inside.
    ///
    /// The PutRecords model names ProvisionedThroughputExceededException and InternalFailure; an encrypted stream can
    /// also be held up by KMS.
    pub fn is_temporary(&self) -> bool {
        self.is_throttle()
            || matches!(
                self.code.as_str(),
                "InternalFailure" | "InternalFailureException" | "ServiceUnavailable"
            )
    }

    /// True if the stream asks to be sent less.
    pub fn is_throttle(&self) -> bool {
        matches!(
            self.code.as_str(),
            "ProvisionedThroughputExceededException" | "KMSThrottlingException" | "ThrottlingException"
        )
    }
}

/// How to go on after a request that failed as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkErrorKind {
    /// The stream asks to be sent less: slow down and resend.
    Throttled,
    /// No answer, or the service failed: resend.
    Transient,
    /// Resending cannot help (no such stream, no permission, expired credentials, anything unknown).
    Fatal,
}

/// A request that failed as a whole: none of its records can be counted as delivered.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SinkError {
    pub kind: SinkErrorKind,
    /// What failed, why, and what to do, for a person.
    pub message: String,
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Something that takes records.
#[async_trait]
pub trait Sink: Send + Sync {
    /// Puts up to 500 records of together at most 10 MiB in one request.
    ///
    /// Answers one result per entry, in order. A sink does not retry: resending and pacing are the caller's.
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError>;
}

/// Takes everything and keeps nothing: for `--dry-run` and for measuring the producer alone.
#[derive(Debug, Default)]
pub struct NullSink;

#[async_trait]
impl Sink for NullSink {
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        Ok(entries.iter().map(|_| Ok(())).collect())
    }
}
