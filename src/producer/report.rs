//! What an ingest tells while it runs and when it ends.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::rule::Rule;

/// Receives events; called from several threads and often: throttle before drawing.
pub type ProgressSink = Arc<dyn Fn(Event) + Send + Sync>;

/// Something worth telling while an ingest runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// After each answered request.
    Progress(Progress),
    /// Headers (or JSON keys) that the contract does not know; their values are not sent.
    UnknownColumns { file: String, columns: Vec<String> },
    /// The stream takes less than is sent: from now on at most this many bytes/s.
    Throttled { bytes_per_second: u64 },
    /// A request failed and its records will be sent again.
    Retrying { records: usize, reason: String },
    /// A row ran to the end of the file while growing over every limit: likely a quote that is never closed.
    UnclosedQuote { file: String, line: u64 },
}

/// Where an ingest stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub rows_read: u64,
    pub rows_sent: u64,
    pub rows_rejected: u64,
    /// Bytes read of the inputs as they are stored (compressed, if they are).
    pub bytes_read: u64,
    /// Size of all inputs together; `None` if one is a pipe.
    pub total_bytes: Option<u64>,
    /// Kinesis records delivered.
    pub records: u64,
    /// Bytes of data delivered.
    pub bytes: u64,
    /// Records sent again.
    pub retries: u64,
}

/// How an ingest ended. On success `rows_sent + rows_rejected == rows_read`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// What its rows say as their `ingested_at`; `None` if it never started.
    pub ingested_at: Option<String>,
    pub rows_read: u64,
    /// Rows in records that the stream confirmed.
    pub rows_sent: u64,
    pub rows_rejected: u64,
    /// Kinesis records delivered.
    pub records: u64,
    /// Bytes of data delivered.
    pub bytes: u64,
    /// Records sent again after a failure, each time counted.
    pub retries: u64,
    pub seconds: f64,
    /// Where the rejected rows are, if there are any.
    pub rejects_file: Option<PathBuf>,
    /// Rejected rows by the first rule each broke, most first.
    pub rejected_by: Vec<RejectCount>,
    /// True if the ingest was cancelled: the inputs were not read to their end.
    pub interrupted: bool,
}

impl Summary {
    /// Rows that were read and accepted but not confirmed by the stream.
    pub fn rows_unsent(&self) -> u64 {
        self.rows_read.saturating_sub(self.rows_sent + self.rows_rejected)
    }
}

/// How many rows broke a rule first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RejectCount {
    /// `None` for rules about the row as a whole.
    pub column: Option<String>,
    pub rule: Rule,
    pub rows: u64,
}

/// Running totals shared by the threads of one ingest.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub rows_read: AtomicU64,
    pub rows_rejected: AtomicU64,
    pub bytes_read: AtomicU64,
    pub rows_sent: AtomicU64,
    pub records: AtomicU64,
    pub bytes: AtomicU64,
    pub retries: AtomicU64,
}

impl Tally {
    pub fn progress(&self, total_bytes: Option<u64>) -> Progress {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Progress {
            rows_read: get(&self.rows_read),
            rows_sent: get(&self.rows_sent),
            rows_rejected: get(&self.rows_rejected),
            bytes_read: get(&self.bytes_read),
            total_bytes,
            records: get(&self.records),
            bytes: get(&self.bytes),
            retries: get(&self.retries),
        }
    }

    pub fn summary(&self) -> Summary {
        let progress = self.progress(None);
        Summary {
            rows_read: progress.rows_read,
            rows_sent: progress.rows_sent,
            rows_rejected: progress.rows_rejected,
            records: progress.records,
            bytes: progress.bytes,
            retries: progress.retries,
            ..Summary::default()
        }
    }
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}
