//! Adapts the sending rate to what the stream takes: additive increase, multiplicative decrease.

use std::time::Duration;

use tokio::time::Instant;

/// Throttles closer together than this count as one: their requests were sent at the same rate.
const REACTION: Duration = Duration::from_millis(200);
/// The rate never falls below this, in bytes/s: a throttled shard recovers within a second.
const SLOWEST: f64 = 64.0 * 1024.0;
/// What one shard takes: no stream takes less (Kinesis Data Streams quotas).
const ONE_SHARD: f64 = 1024.0 * 1024.0;
/// A throttled rate falls at least to this share of itself, at most to the other.
const GENTLEST: f64 = 0.85;
const STEEPEST: f64 = 0.5;
/// Share of what the stream was seen to take that a throttled rate aims at.
const MARGIN: f64 = 0.9;
/// Growth of the rate in a second without throttling.
const INCREASE: f64 = 0.04;

/// When the next request may be sent. Unlimited until the stream first throttles.
#[derive(Debug)]
pub(super) struct Pacer {
    /// Bytes/s.
    rate: Option<f64>,
    next: Instant,
    changed: Instant,
    /// Bytes taken by the stream since `window`, when it last throttled.
    taken: u64,
    window: Instant,
}

impl Pacer {
    pub fn new(now: Instant) -> Self {
        Self {
            rate: None,
            next: now,
            changed: now,
            taken: 0,
            window: now,
        }
    }

    /// When a request may be sent: in the past if at once.
    pub fn next(&self) -> Instant {
        self.next
    }

    /// Accounts for a request of `bytes` sent at `now`.
    pub fn sent(&mut self, now: Instant, bytes: usize) {
        if let Some(rate) = self.rate {
            self.next = self.next.max(now) + Duration::from_secs_f64(bytes as f64 / rate);
        }
    }

    /// The stream answered a request: it took `bytes` and perhaps throttled the rest. Returns the new rate in bytes/s
    /// when it was lowered.
    pub fn answered(&mut self, now: Instant, bytes: usize, throttled: bool) -> Option<u64> {
        self.taken += bytes as u64;
        let since_change = now.duration_since(self.changed);
        if throttled {
            if self.rate.is_some() && since_change < REACTION {
                return None;
            }
            let goodput = self.taken as f64 / now.duration_since(self.window).as_secs_f64().max(0.1);
            let rate = match self.rate {
                None => goodput.max(ONE_SHARD) * MARGIN,
                Some(rate) => (goodput * MARGIN).clamp(rate * STEEPEST, rate * GENTLEST),
            };
            let rate = rate.max(SLOWEST);
            self.rate = Some(rate);
            (self.changed, self.window, self.taken) = (now, now, 0);
            return Some(rate as u64);
        }
        if let Some(rate) = self.rate.filter(|_| since_change >= REACTION) {
            self.rate = Some(rate * (1.0 + INCREASE * since_change.as_secs_f64().min(1.0)));
            self.changed = now;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes a stream of `capacity` bytes/s takes in 60 s, and the share of requests that it throttled.
    fn run(capacity: f64) -> (f64, f64) {
        const REQUEST: usize = 100_000;
        let start = Instant::now();
        let mut pacer = Pacer::new(start);
        let (mut now, mut refilled, mut allowance, mut taken) = (start, start, capacity, 0.0);
        let (mut throttles, mut requests) = (0.0, 0.0);
        while now < start + Duration::from_secs(60) {
            now = pacer.next().max(now + Duration::from_millis(5));
            allowance = (allowance + capacity * now.duration_since(refilled).as_secs_f64()).min(capacity);
            refilled = now;
            pacer.sent(now, REQUEST);
            requests += 1.0;
            if allowance >= REQUEST as f64 {
                allowance -= REQUEST as f64;
                taken += REQUEST as f64;
                pacer.answered(now, REQUEST, false);
            } else {
                throttles += 1.0;
                pacer.answered(now, 0, true);
            }
        }
        (taken, throttles / requests)
    }

    #[test]
    fn most_of_a_streams_capacity_is_used_with_few_throttled_requests() {
        for capacity in [1e6, 4e6, 10e6] {
            let (taken, throttled) = run(capacity);
            assert!(taken > 0.95 * 60.0 * capacity, "{capacity}: took {taken}");
            assert!(throttled < 0.12, "{capacity}: throttled {throttled}");
        }
    }

    #[test]
    fn nothing_is_held_back_before_the_first_throttle() {
        let now = Instant::now();
        let mut pacer = Pacer::new(now);
        pacer.sent(now, 1 << 30);
        assert!(pacer.next() <= now);
    }
}
