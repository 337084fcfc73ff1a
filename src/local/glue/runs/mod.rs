//! Job runs: started, followed, stopped, repeated.
//!
//! A run that is going lives in this process. One that the process leaves behind is FAILED at the next start, with
//! a message that says so, and is not repeated: whoever started it decides.

mod log;
mod model;
mod read;
mod recover;
mod start;
mod stop;
mod supervise;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(super) use model::{Predecessor, State};
pub(super) use start::{Launch, Overrides};
pub(super) use supervise::clear;

use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::input;
use crate::local::json;

/// The runs of this process.
#[derive(Default)]
pub(super) struct Going {
    runs: Mutex<BTreeMap<String, Attempt>>,
    tasks: TaskTracker,
}

/// A run at work.
struct Attempt {
    job: String,
    stop: CancellationToken,
    /// Why it was told to stop.
    end: Option<End>,
}

/// Why a run is ended before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// By BatchStopJobRun, or because its job was deleted.
    Stopped,
    TimedOut,
    /// The embedded AWS closes.
    Closed,
}

impl Going {
    fn runs(&self) -> MutexGuard<'_, BTreeMap<String, Attempt>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells a run to stop; the first reason holds.
    fn end(&self, id: &str, why: End) {
        if let Some(attempt) = self.runs().get_mut(id) {
            attempt.end.get_or_insert(why);
            attempt.stop.cancel();
        }
    }

    fn end_all(&self, why: End, which: impl Fn(&Attempt) -> bool) {
        for attempt in self.runs().values_mut().filter(|attempt| which(attempt)) {
            attempt.end.get_or_insert(why);
            attempt.stop.cancel();
        }
    }
}

impl Glue {
    /// Answers an operation on runs, or `None` if it is none.
    pub(super) fn job_runs(&self, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, AwsError>> {
        let run = || match operation {
            "StartJobRun" => json::output(&self.start_job_run(input(body)?)?),
            "GetJobRun" => json::output(&self.get_job_run(&input(body)?)?),
            "GetJobRuns" => json::output(&self.get_job_runs(&input(body)?)?),
            _ => json::output(&self.batch_stop_job_run(input(body)?)?),
        };
        matches!(
            operation,
            "StartJobRun" | "GetJobRun" | "GetJobRuns" | "BatchStopJobRun"
        )
        .then(run)
    }

    /// Stops the runs of a job that is no more.
    pub(super) fn end_runs_of(&self, job: &str) {
        self.going.end_all(End::Stopped, |attempt| attempt.job == job);
    }

    /// Stops all runs and waits until they have ended.
    pub(super) async fn close_runs(&self) {
        self.going.tasks.close();
        self.going.end_all(End::Closed, |_| true);
        self.going.tasks.wait().await;
    }
}
