//! Collects records into PutRecords requests.

use super::options::{Options, REQUEST_BYTES, REQUEST_RECORDS};
use super::sink::Entry;

/// How much one request may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestLimits {
    pub records: usize,
    pub bytes: usize,
}

impl RequestLimits {
    pub fn new(options: &Options) -> Self {
        Self {
            records: REQUEST_RECORDS,
            bytes: options.request_bytes.min(REQUEST_BYTES),
        }
    }

    /// True if a request of `records` and `bytes` has room for a record of `size` bytes. An empty one always has:
    /// a record larger than the target goes alone.
    pub fn has_room(&self, records: usize, bytes: usize, size: usize) -> bool {
        records == 0 || (records < self.records && bytes + size <= self.bytes)
    }
}

/// The request being filled.
pub(super) struct Batch {
    limits: RequestLimits,
    entries: Vec<Entry>,
    bytes: usize,
}

impl Batch {
    pub fn new(limits: RequestLimits) -> Self {
        Self {
            limits,
            entries: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a record. Returns the records before it if it has no room beside them.
    pub fn push(&mut self, entry: Entry) -> Option<Vec<Entry>> {
        let size = entry.size();
        let full = (!self.limits.has_room(self.entries.len(), self.bytes, size)).then(|| self.take());
        self.bytes += size;
        self.entries.push(entry);
        full
    }

    /// What has been collected; empty afterwards.
    pub fn take(&mut self) -> Vec<Entry> {
        self.bytes = 0;
        std::mem::take(&mut self.entries)
    }
}
