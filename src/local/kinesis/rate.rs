//! Throughput of a shard, where the environment asks for AWS's limits.
//! Source: Kinesis developer guide, "Quotas and limits": 1 MiB/s and 1,000 records/s written, 5 reads/s and 2 MiB/s.

use std::time::Instant;

/// Tokens that refill with time. May go below zero by one request, as a record larger than a second's share must pass.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    per_second: f64,
    seen: Option<Instant>,
}

impl Bucket {
    const fn new(per_second: f64) -> Self {
        Self {
            tokens: per_second,
            per_second,
            seen: None,
        }
    }

    fn refill(&mut self, now: Instant) {
        if let Some(seen) = self.seen {
            let gained = now.saturating_duration_since(seen).as_secs_f64() * self.per_second;
            self.tokens = (self.tokens + gained).min(self.per_second);
        }
        self.seen = Some(now);
    }

    fn affords(&self, amount: f64) -> bool {
        self.tokens >= amount.min(self.per_second)
    }
}

/// What one shard takes and gives.
#[derive(Debug)]
pub(super) struct Rates {
    written_bytes: Bucket,
    written_records: Bucket,
    read_calls: Bucket,
    read_bytes: Bucket,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            written_bytes: Bucket::new(1024.0 * 1024.0),
            written_records: Bucket::new(1000.0),
            read_calls: Bucket::new(5.0),
            read_bytes: Bucket::new(2.0 * 1024.0 * 1024.0),
        }
    }
}

impl Rates {
    /// Whether the shard takes a record of so many bytes now, partition key included.
    pub fn write(&mut self, bytes: usize, now: Instant) -> bool {
        self.written_bytes.refill(now);
        self.written_records.refill(now);
        let taken = self.written_bytes.affords(bytes as f64) && self.written_records.affords(1.0);
        if taken {
            self.written_bytes.tokens -= bytes as f64;
            self.written_records.tokens -= 1.0;
        }
        taken
    }

    /// Whether the shard may be read now; the bytes are charged afterwards.
    pub fn read(&mut self, now: Instant) -> bool {
        self.read_calls.refill(now);
        self.read_bytes.refill(now);
        let taken = self.read_calls.affords(1.0) && self.read_bytes.tokens > 0.0;
        if taken {
            self.read_calls.tokens -= 1.0;
        }
        taken
    }

    pub fn charge_read(&mut self, bytes: usize) {
        self.read_bytes.tokens -= bytes as f64;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_shard_takes_a_second_s_share_and_then_refills() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        assert_eq!((0..2000).filter(|_| rates.write(10, start)).count(), 1000);
        assert_eq!(
            (0..2000)
                .filter(|_| rates.write(10, start + Duration::from_millis(100)))
                .count(),
            100
        );
        let mut rates = Rates::default();
        assert!(rates.write(1 << 20, start));
        assert!(!rates.write(1, start));
    }

    #[test]
    fn reading_much_at_once_delays_the_next_read() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        assert!(rates.read(start));
        rates.charge_read(10 << 20);
        assert!(!rates.read(start + Duration::from_secs(3)));
        assert!(rates.read(start + Duration::from_secs(5)));
    }
}
