//! Repeats calls that AWS refuses for a reason that passes.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::error::Error;

/// Calls until it succeeds, fails for a reason that does not pass, or the time its error allows is over.
///
/// Which errors are repeated and for how long is the classification's business ([`Error::retry`]);
/// `upstream_fresh` says whether something this call depends on was made or changed moments ago, without which an
/// "unable to assume role" is taken at its word. The last error is returned. Each repetition is told to `report`.
pub async fn retrying<T, F>(
    upstream_fresh: bool,
    report: &(dyn Fn(&str) + Send + Sync),
    call: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    retrying_at(Backoff::RETRY, |limit| limit, upstream_fresh, report, call).await
}

async fn retrying_at<T, F>(
    backoff: Backoff,
    limited: impl Fn(Duration) -> Duration,
    upstream_fresh: bool,
    report: &(dyn Fn(&str) + Send + Sync),
    mut call: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let started = Instant::now();
    let mut delays = backoff.delays();
    loop {
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let Some(limit) = error.retry.limit(upstream_fresh).map(&limited) else {
            return Err(error);
        };
        let delay = delays.next().unwrap_or(backoff.cap);
        if started.elapsed() + delay > limit {
            return Err(error);
        }
        tracing::debug!(%error, ?delay, "repeating");
        report(&format!("{} answered {}, trying again", error.operation, error.code));
        sleep(delay).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::error::{ErrorKind, Retry};

    fn refused(retry: Retry) -> Error {
        let mut error = Error::new(
            "firehose",
            "CreateDeliveryStream",
            "d",
            ErrorKind::Propagating,
            "no".into(),
        );
        error.retry = retry;
        error
    }

    async fn attempts(retry: Retry, fresh: bool, succeed_after: usize) -> (usize, Result<(), Error>) {
        let backoff = Backoff::new(Duration::from_micros(100), Duration::from_micros(200));
        let mut calls = 0;
        // A minute of the table is a hundredth of a second here.
        let short = |limit: Duration| limit / 6_000;
        let result = retrying_at(backoff, short, fresh, &|_| (), || {
            calls += 1;
            std::future::ready(if calls > succeed_after {
                Ok(())
            } else {
                Err(refused(retry))
            })
        });
        let result = result.await;
        (calls, result)
    }

    #[tokio::test]
    async fn propagation_is_retried_only_when_something_upstream_is_fresh() {
        let retry = Retry::WhenUpstreamFresh(Duration::from_secs(120));
        assert!(matches!(attempts(retry, true, 3).await, (4, Ok(()))));
        assert!(matches!(attempts(retry, false, 3).await, (1, Err(_))));
    }

    #[tokio::test]
    async fn retries_end_at_the_limit_with_the_last_error() {
        let (calls, result) = attempts(Retry::Always(Duration::from_secs(120)), false, usize::MAX).await;
        assert!(calls > 2, "{calls}");
        assert!(result.is_err());
    }

    #[tokio::test]
    async fn an_unknown_error_is_never_retried() {
        assert!(matches!(attempts(Retry::Never, true, 1).await, (1, Err(_))));
    }
}
