//! Waits for a resource to reach a state.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::error::{Error, ErrorKind};

/// What one poll found.
#[derive(Clone, Debug)]
pub struct Status<T> {
    /// The service's word for it, or one of the caller's own for absence (`"GONE"`).
    pub state: String,
    /// Why, where the service says (`FailureDescription`).
    pub reason: Option<String>,
    pub value: T,
}

impl<T> Status<T> {
    pub fn new(state: impl Into<String>, value: T) -> Self {
        Self {
            state: state.into(),
            reason: None,
            value,
        }
    }
}

/// What is waited for. A state that is neither pending nor a target ends the wait with [`ErrorKind::FailedState`].
#[derive(Clone, Copy, Debug)]
pub struct Wait<'a> {
    pub service: &'static str,
    /// Operation polled.
    pub operation: &'static str,
    /// Physical name.
    pub resource: &'a str,
    pub pending: &'a [&'a str],
    pub target: &'a [&'a str],
    pub pace: Backoff,
    /// After this the wait ends with [`ErrorKind::WaitTimedOut`].
    pub limit: Duration,
}

/// How often a state that does not change is told again.
const REMIND: Duration = Duration::from_secs(5);

/// Polls until a target state, and returns that poll's value.
///
/// `report` hears every change of state, and the state again every few seconds. A poll that is throttled counts as
/// no news; any other error ends the wait.
pub async fn wait_until<T, F>(
    wait: Wait<'_>,
    report: &(dyn Fn(&str) + Send + Sync),
    mut poll: impl FnMut() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<Status<T>, Error>>,
{
    let started = Instant::now();
    let mut delays = wait.pace.delays();
    let mut told: Option<(String, Instant)> = None;
    loop {
        match poll().await {
            Ok(status) if wait.target.contains(&status.state.as_str()) => return Ok(status.value),
            Ok(status) if !wait.pending.contains(&status.state.as_str()) => return Err(failed(&wait, status)),
            Ok(status) => {
                if told
                    .as_ref()
                    .is_none_or(|(state, at)| *state != status.state || at.elapsed() >= REMIND)
                {
                    report(&status.state);
                    told = Some((status.state, Instant::now()));
                }
            }
            Err(error) if error.is(ErrorKind::Throttled) => {}
            Err(error) => return Err(error),
        }
        let delay = delays.next().unwrap_or(wait.pace.cap);
        if started.elapsed() + delay > wait.limit {
            return Err(timed_out(&wait, told.map(|(state, _)| state)));
        }
        sleep(delay).await;
    }
}

fn failed<T>(wait: &Wait<'_>, status: Status<T>) -> Error {
    let reason = status.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    let message = format!("it is {}, which it does not leave by itself{reason}", status.state);
    let mut error = Error::new(
        wait.service,
        wait.operation,
        wait.resource,
        ErrorKind::FailedState,
        message,
    );
    error.code = status.state;
    error
}

fn timed_out(wait: &Wait<'_>, state: Option<String>) -> Error {
    let state = state.unwrap_or_else(|| "of unknown state".into());
    let target = wait.target.join(" or ");
    let message = format!("still {state} after {} s, waiting for {target}", wait.limit.as_secs());
    Error::new(
        wait.service,
        wait.operation,
        wait.resource,
        ErrorKind::WaitTimedOut,
        message,
    )
    .with_hint("it may still get there: run the command again, which goes on from where it is")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const WAIT: Wait<'_> = Wait {
        service: "kinesis",
        operation: "DescribeStreamSummary",
        resource: "s",
        pending: &["CREATING"],
        target: &["ACTIVE"],
        pace: Backoff::new(Duration::from_micros(100), Duration::from_micros(500)),
        limit: Duration::from_millis(30),
    };

    async fn run(states: &[&str]) -> (Result<usize, Error>, Vec<String>) {
        let told = Mutex::new(Vec::new());
        let mut polls = 0;
        let result = wait_until(WAIT, &|state| told.lock().unwrap().push(state.to_owned()), || {
            let state = states[polls.min(states.len() - 1)];
            polls += 1;
            std::future::ready(Ok(Status::new(state, polls)))
        })
        .await;
        (result, told.into_inner().unwrap())
    }

    #[tokio::test]
    async fn reports_each_state_once_and_ends_at_the_target() {
        let (result, told) = run(&["CREATING", "CREATING", "CREATING", "ACTIVE"]).await;
        assert_eq!(result.unwrap(), 4);
        assert_eq!(told, ["CREATING"]);
    }

    #[tokio::test]
    async fn a_state_that_is_not_expected_ends_the_wait() {
        let error = run(&["CREATING", "CREATING_FAILED"]).await.0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::FailedState);
        assert_eq!(error.code, "CREATING_FAILED");
    }

    #[tokio::test]
    async fn the_limit_ends_the_wait_and_says_where_it_was() {
        let error = run(&["CREATING"]).await.0.unwrap_err();
        assert_eq!(error.kind, ErrorKind::WaitTimedOut);
        assert!(error.to_string().contains("still CREATING"), "{error}");
    }
}
