//! Fires scheduled triggers when they are due.

use jiff::Timestamp;

use super::model::{Kind, State, TRIGGERS, Trigger};
use super::schedule::Schedule;
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::scheduler::Timetable;

impl Timetable for Glue {
    fn now(&self) -> Timestamp {
        self.env.now()
    }

    fn fire_due(&self, last: Timestamp, now: Timestamp) -> Result<Option<Timestamp>, AwsError> {
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
