//! Ingestions: what fills SPICE from a data set's source.
//!
//! An ingestion that is going lives in this process. One that a kill leaves behind is FAILED at the next start with a
//! message that says so; it is not run again, for whoever started it decides. One after the other for each data set.

mod api;
mod cells;
mod read;
mod run;
mod start;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(super) use start::Request;

use super::QuickSight;

/// How long ingestions may go on once the embedded AWS closes: a command that made data sets in its own process ends
/// with their first ingestions done.
const GRACE: Duration = Duration::from_secs(60);

/// The ingestions of this process.
#[derive(Default)]
pub(super) struct Going {
    runs: Mutex<BTreeMap<String, Attempt>>,
    tasks: TaskTracker,
}

/// An ingestion at work.
struct Attempt {
    data_set: String,
    id: String,
    /// Which came first.
    order: u64,
    stop: CancellationToken,
    done: CancellationToken,
    /// Why it was told to stop.
    end: Option<End>,
}

/// Why an ingestion is ended before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Cancelled,
    DataSetDeleted,
    /// The embedded AWS closes.
    Closed,
}

impl Going {
    fn runs(&self) -> MutexGuard<'_, BTreeMap<String, Attempt>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells ingestions to stop; the first reason holds. Answers whether there were any.
    fn end(&self, why: End, which: impl Fn(&Attempt) -> bool) -> bool {
        let mut found = false;
        for attempt in self.runs().values_mut().filter(|attempt| which(attempt)) {
            attempt.end.get_or_insert(why);
            attempt.stop.cancel();
            found = true;
        }
        found
    }
}

impl QuickSight {
    /// Ends the ingestions of a data set that is no more.
    pub(super) fn forget_ingestions(&self, data_set: &str) {
        self.going
            .end(End::DataSetDeleted, |attempt| attempt.data_set == data_set);
    }

    /// Waits for the ingestions that are going; those that take too long are ended.
    pub(super) async fn close_ingestions(&self) {
        self.going.tasks.close();
        if tokio::time::timeout(GRACE, self.going.tasks.wait()).await.is_err() {
            self.going.end(End::Closed, |_| true);
            self.going.tasks.wait().await;
        }
    }
}
