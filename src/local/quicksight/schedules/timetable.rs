//! Starts the ingestions of refresh schedules when they are due.

use jiff::Timestamp;

use super::frequency::Frequency;
use crate::local::error::AwsError;
use crate::local::quicksight::QuickSight;
use crate::local::quicksight::ingestions::Request;
use crate::local::quicksight::model::{DATA_SETS, SCHEDULES};
use crate::local::scheduler::Timetable;

impl Timetable for QuickSight {
    fn now(&self) -> Timestamp {
        self.env.now()
    }

    fn fire_due(&self, last: Timestamp, now: Timestamp) -> Result<Option<Timestamp>, AwsError> {
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
