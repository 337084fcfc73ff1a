//! A run from STARTING to its end.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::log::RunLog;
use super::model::{KEYS, RUNS, Run, State, active, put};
use super::{Attempt, End};
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::jobs::{JOBS, Job};
use crate::local::glue::runner::{RunError, Stream, Task};
use crate::local::store::Write;

/// How often lines go to the log.
const TICK: Duration = Duration::from_millis(250);

/// What `ErrorMessage` says of runs that the end of the process stopped.
const CLOSED: &str = "The embedded AWS was closed while this job run was going, and stopped it; start the job again.";

type Outcome = Result<(), RunError>;

impl Glue {
    /// Sets a run in STARTING to work.
    pub(super) fn begin(&self, run: &Run) {
        let Some(glue) = self.me.upgrade() else { return };
        let stop = CancellationToken::new();
        let attempt = Attempt {
            job: run.job.clone(),
            stop: stop.clone(),
            end: None,
        };
        self.going.runs().insert(run.id.clone(), attempt);
        if self.going.tasks.is_closed() {
            self.going.end(&run.id, End::Closed);
        }
        let id = run.id.clone();
        self.going.tasks.spawn(async move { glue.supervise(&id, stop).await });
    }

    async fn supervise(self: Arc<Self>, id: &str, stop: CancellationToken) {
        tokio::select! {
            () = sleep(self.env.options.timing.job_start) => {}
            () = stop.cancelled() => {}
        }
        let outcome = match self.set_running(id) {
            Ok(Some(run)) if !stop.is_cancelled() => self.execute(&run, &stop).await,
            Ok(Some(_)) => Ok(Err(RunError::Stopped)),
            // It was stopped before it began, or its job was deleted.
            Ok(None) => {
                self.going.runs().remove(id);
                return;
            }
            Err(error) => Err(error),
        };
        let why = self.going.runs().remove(id).and_then(|attempt| attempt.end);
        match self.conclude(id, outcome, why) {
            Ok(Some(run)) => self.ended(&run),
            Ok(None) => {}
            Err(error) => tracing::error!(run = id, %error, "the end of a job run could not be stored"),
        }
    }

    fn set_running(&self, id: &str) -> Result<Option<Run>, AwsError> {
        let now = self.env.now();
        self.change(id, |run| {
            let starting = run.state == State::Starting;
            if starting {
                run.set(State::Running, now);
                run.running_since = Some(now);
            }
            starting
        })
    }

    /// Changes a run if `change` says that it did; `None` if it did not, or there is no such run any more.
    fn change(&self, id: &str, change: impl FnOnce(&mut Run) -> bool) -> Result<Option<Run>, AwsError> {
        self.env.store.write(|tx| {
            let key = KEYS.get(tx, id)?.unwrap_or_default();
            let Some(mut run) = RUNS.get(tx, &key)? else {
                return Ok(None);
            };
            if !change(&mut run) {
                return Ok(None);
            }
            put(tx, &key, &run)?;
            Ok(Some(run))
        })
    }

    /// Runs the script on a blocking thread, keeps its time, and writes its log.
    async fn execute(&self, run: &Run, stop: &CancellationToken) -> Result<Outcome, AwsError> {
        let scratch = self.scratch().join(&run.id);
        clear(&scratch)?;
        fs::create_dir_all(&scratch)?;
        let version = run.fixed.glue_version.as_deref().unwrap_or_default();
        let log = Arc::new(RunLog::open(Arc::clone(&self.logs), &run.id, version)?);
        let task = Task {
            job: run.job.clone(),
            run_id: run.id.clone(),
            script: run.script.clone(),
            arguments: run.effective.clone(),
            role: run.role.clone(),
            scratch: scratch.clone(),
        };
        tracing::debug!(run = task.run_id, role = task.role, "a job run begins");
        let (runner, lines, token) = (Arc::clone(&self.runner), Arc::clone(&log), stop.clone());
        let mut work = tokio::task::spawn_blocking(move || {
            let line = |stream: Stream, line: &str| lines.line(stream, line);
            let outcome = runner.run(&task, &line, &token);
            if let Err(RunError::Failed { message, trace }) = &outcome
                && trace.is_empty()
            {
                line(Stream::Error, message);
            }
            lines.flush();
            outcome
        });
        let minutes = u32::try_from(run.fixed.timeout.unwrap_or(480)).unwrap_or(u32::MAX);
        let timeout = sleep(self.minute.saturating_mul(minutes));
        tokio::pin!(timeout);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let outcome = loop {
            tokio::select! {
                outcome = &mut work => break outcome,
                () = &mut timeout, if !stop.is_cancelled() => self.going.end(&run.id, End::TimedOut),
                _ = tick.tick() => {
                    let log = Arc::clone(&log);
                    // It only fails if it panicked, and then there is nothing to lose.
                    let _ = tokio::task::spawn_blocking(move || log.flush()).await;
                }
            }
        };
        if let Err(error) = clear(&scratch) {
            tracing::warn!(folder = %scratch.display(), %error, "the files of a job run could not be removed");
        }
        outcome.map_err(|_| AwsError::internal("the runner panicked; this is a bug of pipectl"))
    }

    /// Stores how a run ended.
    fn conclude(
        &self,
        id: &str,
        outcome: Result<Outcome, AwsError>,
        why: Option<End>,
    ) -> Result<Option<Run>, AwsError> {
        let now = self.env.now();
        self.change(id, |run| {
            let minutes = run.fixed.timeout.unwrap_or_default();
            let (state, error) = match (outcome, why) {
                (Err(error), _) => (State::Error, Some(error.message)),
                (Ok(Ok(())), _) => (State::Succeeded, None),
                (Ok(Err(_)), Some(End::TimedOut)) => (
                    State::Timeout,
                    Some(format!("Job run exceeded its timeout of {minutes} minutes.")),
                ),
                (Ok(Err(_)), Some(End::Closed)) => (State::Stopped, Some(CLOSED.to_owned())),
                (Ok(Err(_)), Some(End::Stopped)) | (Ok(Err(RunError::Stopped)), None) => (State::Stopped, None),
                (Ok(Err(RunError::Failed { message, .. })), None) => (State::Failed, Some(message)),
            };
            run.set(state, now);
            run.error = error;
            // Before anybody can see the end.
            super::metrics::count(&self.env.meters, run, now);
            true
        })
    }

    /// What the end of a run sets off: its retry, or else the triggers that wait for it; and queued runs.
    pub(super) fn ended(&self, run: &Run) {
        if self.going.tasks.is_closed() {
            return;
        }
        let followed = match run.state {
            State::Failed if run.attempt < run.max_retries => self.retry(run).map(|_| ()),
            _ => self.notify_triggers(run.trigger.is_some(), &run.job, &run.id, run.state),
        };
        if let Err(error) = followed.and_then(|()| self.start_waiting(&run.job)) {
            tracing::warn!(run = run.id, %error, "what follows a job run could not be started");
        }
    }

    /// Starts queued runs, oldest first, as many as the job allows.
    fn start_waiting(&self, job: &str) -> Result<(), AwsError> {
        let started = self.env.store.write(|tx| {
            let Some(most) = self.most_runs(tx, job)? else {
                return Ok(Vec::new());
            };
            let (waiting, going): (Vec<_>, Vec<_>) = active(tx, job)?
                .into_iter()
                .partition(|(_, run)| run.state == State::Waiting);
            let mut started = Vec::new();
            for (key, mut run) in waiting.into_iter().take(most.saturating_sub(going.len())) {
                run.set(State::Starting, self.env.now());
                run.detail = None;
                put(tx, &key, &run)?;
                started.push(run);
            }
            Ok::<_, AwsError>(started)
        })?;
        started.iter().for_each(|run| self.begin(run));
        Ok(())
    }

    fn most_runs(&self, tx: &Write, job: &str) -> Result<Option<usize>, AwsError> {
        let most = |job: Job| job.definition.execution_property.and_then(|p| p.max_concurrent_runs);
        let job = JOBS.get(tx, job)?;
        Ok(job.map(|job| usize::try_from(most(job).unwrap_or(1)).unwrap_or(1)))
    }

    /// Folder of the runs' own files.
    pub(in crate::local::glue) fn scratch(&self) -> PathBuf {
        self.env.dir.join("glue").join("runs")
    }
}

/// Removes a folder that may not be there.
pub(in crate::local::glue) fn clear(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
