//! Records waiting to be sent again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tokio::time::Instant;

use super::batch::RequestLimits;
use super::sink::Entry;

/// The longest wait, as a multiple of the first.
const LONGEST: u32 = 50;

/// A record and how often it was sent.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub entry: Entry,
    pub tries: u32,
}

/// How long to wait after a record's `tries`-th failure: exponential, with full jitter so that the records of one
/// throttled shard do not come back together.
pub(super) fn backoff(first: Duration, tries: u32) -> Duration {
    let longest = first.saturating_mul((1 << tries.saturating_sub(1).min(16)).min(LONGEST));
    longest.mul_f64(rand::random_range(0.1..=1.0))
}

/// Failed records by the time they are due.
#[derive(Default)]
pub(super) struct RetryQueue {
    due: BinaryHeap<Waiting>,
    bytes: usize,
    pushed: u64,
}

struct Waiting {
    at: Instant,
    /// Keeps records that are due together in the order they failed.
    sequence: u64,
    attempt: Attempt,
}

impl RetryQueue {
    pub fn push(&mut self, at: Instant, attempt: Attempt) {
        self.bytes += attempt.entry.size();
        self.pushed += 1;
        self.due.push(Waiting {
            at,
            sequence: self.pushed,
            attempt,
        });
    }

    /// As many due records as one request may hold; empty if none is due.
    pub fn take_due(&mut self, now: Instant, limits: RequestLimits) -> Vec<Attempt> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while let Some(next) = self.due.peek() {
            let size = next.attempt.entry.size();
            if next.at > now || !limits.has_room(taken.len(), bytes, size) {
                break;
            }
            let Some(waiting) = self.due.pop() else { break };
            bytes += size;
            taken.push(waiting.attempt);
        }
        self.bytes -= bytes;
        taken
    }

    /// When the next record is due.
    pub fn next(&self) -> Option<Instant> {
        self.due.peek().map(|waiting| waiting.at)
    }

    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        Reverse((self.at, self.sequence)).cmp(&Reverse((other.at, other.sequence)))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}
