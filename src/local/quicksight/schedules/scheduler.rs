//! Fires refresh schedules when they are due, while the embedded AWS is served. What fell due while it was not is not
//! made up for.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::frequency::{Frequency, NAP};
use crate::local::error::AwsError;
use crate::local::quicksight::QuickSight;
use crate::local::quicksight::ingestions::Request;
use crate::local::quicksight::model::{DATA_SETS, SCHEDULES};

/// The task that watches the clock.
pub(in crate::local::quicksight) struct Scheduler {
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

    /// A schedule was created, changed or deleted.
    pub fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }

    /// Begins to watch, from now on. Needs a tokio runtime.
    pub fn start(&self, service: Weak<QuickSight>, now: Timestamp) {
        let cancel = CancellationToken::new();
        let watching = watch_clock(service, now, self.changes.subscribe(), cancel.clone());
        let task = tokio::spawn(watching);
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

async fn watch_clock(
    service: Weak<QuickSight>,
    mut last: Timestamp,
    mut changes: watch::Receiver<u64>,
    cancel: CancellationToken,
) {
    loop {
        let Some(now) = service.upgrade().map(|service| service.env.now()) else {
            return;
        };
        changes.mark_unchanged();
        let next = match service.upgrade().map(|service| service.fire_due(last, now)) {
            Some(Ok(next)) => next,
            Some(Err(error)) => {
                tracing::warn!(%error, "refresh schedules could not be read");
                None
            }
            None => return,
        };
        // A little more, so that one sleep is enough; no longer than a nap, in case the clock is changed.
        let wait = next.map_or(NAP, |at| at.duration_since(now).min(NAP));
        let wait = Duration::try_from(wait).unwrap_or_default() + Duration::from_millis(1);
        last = now;
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = changes.changed() => {}
            () = cancel.cancelled() => return,
        }
    }
}

impl QuickSight {
    /// Starts the ingestions that fell due after `last`, up to `now`, one a schedule. The answer is when the next is due.
    pub(in crate::local::quicksight) fn fire_due(
        &self,
        last: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, AwsError> {
        let tx = self.env.store.read()?;
        let mut next: Option<Timestamp> = None;
        for (_, schedule) in SCHEDULES.all(&tx, "")? {
            let Ok(frequency) = Frequency::read(&schedule.given) else {
                continue;
            };
            let due = frequency.next(last.max(schedule.since), schedule.since);
            if due.is_some_and(|due| due <= now)
                && let Some(set) = DATA_SETS.get(&tx, &schedule.data_set)?.filter(|set| set.spice)
                && let Err(error) = self.start_ingestion(&set, Request::scheduled())
            {
                tracing::warn!(schedule = schedule.id, %error, "a refresh schedule could not start an ingestion");
            }
            let due = frequency.next(now.max(schedule.since), schedule.since);
            next = [next, due].into_iter().flatten().min();
        }
        Ok(next)
    }
}
