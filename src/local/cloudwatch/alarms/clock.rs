//! Evaluates alarms once a minute, while the embedded AWS is served, and removes what is too old once an hour.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::local::cloudwatch::CloudWatch;
use crate::local::meters::minute;

const HOUR: i64 = 60;

/// The task that watches the clock.
pub(in crate::local::cloudwatch) struct Clock(Mutex<Option<(CancellationToken, JoinHandle<()>)>>);

impl Clock {
    pub fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Needs a tokio runtime.
    pub fn start(&self, service: Weak<CloudWatch>) {
        let cancel = CancellationToken::new();
        let task = tokio::spawn(watch(service, cancel.clone()));
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((earlier, _)) = slot.replace((cancel, task)) {
            earlier.cancel();
        }
    }

    pub async fn stop(&self) {
        let task = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((cancel, task)) = task {
            cancel.cancel();
            // A task that panicked has ended too.
            let _ = task.await;
        }
    }
}

async fn watch(service: Weak<CloudWatch>, cancel: CancellationToken) {
    let mut expired = i64::MIN;
    loop {
        let Some(service) = service.upgrade() else { return };
        let now = service.env.now();
        let expires = minute(now).saturating_sub(expired) >= HOUR;
        if expires {
            expired = minute(now);
        }
        let wait = until_next(now);
        let ran = tokio::task::spawn_blocking(move || round(&service, expires)).await;
        if ran.is_err() {
            tracing::warn!("the evaluation of alarms panicked; this is a bug of pipectl");
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = cancel.cancelled() => return,
        }
    }
}

fn round(service: &CloudWatch, expires: bool) {
    if let Err(fault) = service.evaluate_alarms() {
        tracing::warn!(error = %fault.error, "alarms could not be evaluated");
    }
    if expires && let Err(error) = service.expire().and_then(|()| service.expire_history()) {
        tracing::warn!(%error, "old metric data could not be removed");
    }
}

/// Until the next minute begins, and a little more, so that one sleep is enough.
fn until_next(now: Timestamp) -> Duration {
    let millis = now.as_millisecond().rem_euclid(60_000);
    Duration::from_millis(u64::try_from(60_000 - millis).unwrap_or(60_000) + 5)
}
