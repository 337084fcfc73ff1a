//! Growing delays between attempts, with jitter.

use std::time::Duration;

/// The delays between polls or attempts: dense at first, then growing up to a cap.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub first: Duration,
    /// Each delay is the one before times this.
    pub factor: f64,
    pub cap: Duration,
    /// Each delay is moved at random by up to this fraction of itself, so that concurrent callers spread out.
    pub jitter: f64,
}

impl Backoff {
    /// For status polls of a service that allows many calls: 50 ms, half as much again each time, at most 5 s.
    pub const POLL: Self = Self::new(Duration::from_millis(50), Duration::from_secs(5));

    /// For status polls of Firehose, whose control plane takes 5 calls a second for the whole account, Describe
    /// included (<https://docs.aws.amazon.com/firehose/latest/dev/limits.html>).
    pub const POLL_SCARCE: Self = Self::new(Duration::from_millis(400), Duration::from_secs(5));

    /// For repeating a refused call: IAM settles in seconds, so start well below one.
    pub const RETRY: Self = Self::new(Duration::from_millis(250), Duration::from_secs(5));

    pub const fn new(first: Duration, cap: Duration) -> Self {
        Self {
            first,
            factor: 1.5,
            cap,
            jitter: 0.2,
        }
    }

    /// The delays in order, without end.
    pub fn delays(self) -> impl Iterator<Item = Duration> + Send {
        let mut next = self.first.min(self.cap);
        std::iter::from_fn(move || {
            let delay = next;
            next = next.mul_f64(self.factor).min(self.cap);
            Some(if self.jitter > 0.0 {
                delay.mul_f64(1.0 + rand::random_range(-self.jitter..self.jitter))
            } else {
                delay
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_the_cap_and_stays() {
        let backoff = Backoff {
            jitter: 0.0,
            ..Backoff::new(Duration::from_millis(100), Duration::from_millis(300))
        };
        let delays: Vec<_> = backoff.delays().take(5).map(|d| d.as_millis()).collect();
        assert_eq!(delays, [100, 150, 225, 300, 300]);
    }

    #[test]
    fn jitter_stays_within_its_fraction() {
        for delay in Backoff::RETRY.delays().take(1_000).skip(20) {
            assert!((4.0..=6.0).contains(&delay.as_secs_f64()), "{delay:?}");
        }
    }
}
