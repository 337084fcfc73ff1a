//! Fires scheduled triggers when they are due, while the embedded AWS is served. What fell due while it was not is
//! not made up for.

use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::model::{Kind, State, TRIGGERS, Trigger};
use super::schedule::Schedule;
use crate::local::error::AwsError;
use crate::local::glue::Glue;

/// Longest sleep, so that a changed clock or a machine that slept costs no more.
const NAP: Duration = Duration::from_secs(30);

/// The task that watches the clock.
pub(in crate::local::glue) struct Scheduler {
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

    /// A trigger was created, changed or deleted.
    pub fn changed(&self) {
        self.changes.send_modify(|n| *n += 1);
    }

    /// Begins to watch, from now on. Needs a tokio runtime.
    pub fn start(&self, glue: Weak<Glue>, now: Timestamp) {
        let cancel = CancellationToken::new();
        let watching = watch_clock(glue, now, self.changes.subscribe(), cancel.clone());
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
    glue: Weak<Glue>,
    mut last: Timestamp,
    mut changes: watch::Receiver<u64>,
    cancel: CancellationToken,
) {
    loop {
        let Some(now) = glue.upgrade().map(|glue| glue.env.now()) else {
            return;
        };
        changes.mark_unchanged();
        let wait = match glue.upgrade().map(|glue| glue.fire_due(last, now)) {
            Some(Ok(next)) => next.map_or(NAP, |at| until(now, at)),
            Some(Err(error)) => {
                tracing::warn!(%error, "scheduled triggers could not be read");
                NAP
            }
            None => return,
        };
        last = now;
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = changes.changed() => {}
            () = cancel.cancelled() => return,
        }
    }
}

/// From `now` to `at`, and a little more, so that one sleep is enough; [`NAP`] at most.
fn until(now: Timestamp, at: Timestamp) -> Duration {
    let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
    (left + Duration::from_millis(1)).min(NAP)
}

impl Glue {
    /// Fires what fell due after `last`, up to `now`: each trigger once. The answer is when the next one is due.
    pub(in crate::local::glue) fn fire_due(
        &self,
        last: Timestamp,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, AwsError> {
        let mut next: Option<Timestamp> = None;
        for (_, trigger) in TRIGGERS.all(&self.env.store.read()?, "")? {
            let Some(schedule) = schedule(&trigger) else { continue };
            let from = last.max(trigger.since);
            if schedule.next(from).is_some_and(|due| due <= now) {
                self.fire_unattended(&trigger, &[]);
            }
            let due = schedule.next(now.max(trigger.since));
            next = [next, due].into_iter().flatten().min();
        }
        Ok(next)
    }
}

/// When an active trigger is due; `None` for those that wait for something else.
fn schedule(trigger: &Trigger) -> Option<Schedule> {
    if trigger.kind != Kind::Scheduled || trigger.state != State::Activated {
        return None;
    }
    let text = trigger.definition.schedule.as_deref()?;
    // It was parsed when the trigger was created.
    Schedule::parse(text).ok()
}
