//! A task that fires what is due by the clock of the embedded AWS, while it is served. What fell due while it was not is
//! not made up for.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::error::AwsError;

/// Longest sleep, so that a changed clock or a machine that slept costs no more.
const NAP: Duration = Duration::from_secs(30);

/// A service with a timetable.
pub(crate) trait Timetable: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Fires what fell due after `last`, up to `now`, each thing once. The answer is when the next is due.
    fn fire_due(&self, last: Timestamp, now: Timestamp) -> Result<Option<Timestamp>, AwsError>;
}

/// The task that watches the clock.
pub(crate) struct Scheduler {
    changes: watch::Sender<u64>,
    task: Mutex<Option<(CancellationToken, JoinHandle<()>)>>,
}

impl Scheduler {
    pub fn new() -> Self {
        Self {
            changes: watch::Sender::new(0),
            task: Mutex::new(None),
        }
    }

    /// The timetable was changed.
    pub fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }

    /// Begins to watch, from now on. Needs a tokio runtime.
    pub fn start<T: Timetable>(&self, service: Weak<T>) {
        let Some(now) = service.upgrade().map(|service| service.now()) else {
            return;
        };
        let cancel = CancellationToken::new();
        let task = tokio::spawn(watch_clock(service, now, self.changes.subscribe(), cancel.clone()));
        let mut slot = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((earlier, _)) = slot.replace((cancel, task)) {
            earlier.cancel();
        }
    }

    pub async fn stop(&self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((cancel, task)) = task {
            cancel.cancel();
            // A task that panicked has ended too.
            let _ = task.await;
        }
    }
}

async fn watch_clock<T: Timetable>(
    service: Weak<T>,
    mut last: Timestamp,
    mut changes: watch::Receiver<u64>,
    cancel: CancellationToken,
) {
    // Between two looks the service is not held, so that it can be dropped.
    while let Some(wait) = service
        .upgrade()
        .map(|service| look(&*service, &mut last, &mut changes))
    {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = changes.changed() => {}
            () = cancel.cancelled() => return,
        }
    }
}

/// Fires what is due since the last look; answers how long to sleep.
fn look(service: &dyn Timetable, last: &mut Timestamp, changes: &mut watch::Receiver<u64>) -> Duration {
    let now = service.now();
    changes.mark_unchanged();
    let next = service.fire_due(*last, now);
    *last = now;
    match next {
        Ok(next) => next.map_or(NAP, |at| until(now, at)),
        Err(error) => {
            tracing::warn!(%error, "a timetable could not be read");
            NAP
        }
    }
}

/// From `now` to `at`, and a little more, so that one sleep is enough; [`NAP`] at most.
fn until(now: Timestamp, at: Timestamp) -> Duration {
    let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    (left + Duration::from_millis(1)).min(NAP)
}
