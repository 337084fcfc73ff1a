//! What is kept of a run.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;
use crate::local::glue::errors::not_found;
use crate::local::glue::jobs::NotificationProperty;
use crate::local::glue::shape::{Epoch, shape};
use crate::local::store::{Reads, Table, Write};

/// Key: job, number of the run (20 digits).
pub(super) const RUNS: Table<Run> = Table::new("glue.job-runs");
/// Run id to its key in `RUNS`.
pub(super) const KEYS: Table<String> = Table::new("glue.job-run-ids");
/// As `KEYS`, of the runs that have not ended.
pub(super) const ACTIVE: Table<String> = Table::new("glue.job-runs-active");

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::local::glue) enum State {
    /// Queued, since as many runs as the job allows are going.
    Waiting,
    Starting,
    Running,
    Stopping,
    Stopped,
    Succeeded,
    Failed,
    Timeout,
    /// The embedded AWS itself failed.
    Error,
}

impl State {
    pub fn ended(self) -> bool {
        matches!(
            self,
            Self::Stopped | Self::Succeeded | Self::Failed | Self::Timeout | Self::Error
        )
    }

    /// Whether it counts against the job's MaxConcurrentRuns.
    pub fn going(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Stopping => "STOPPING",
            Self::Stopped => "STOPPED",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Timeout => "TIMEOUT",
            Self::Error => "ERROR",
        }
    }
}

shape! {
    Predecessor {
        job_name: String,
        run_id: String,
    }

    JobRun {
        id: String,
        attempt: i64,
        previous_run_id: String,
        trigger_name: String,
        job_name: String,
        job_mode: String,
        job_run_queuing_enabled: bool,
        started_on: Epoch,
        last_modified_on: Epoch,
        completed_on: Epoch,
        job_run_state: String,
        /// Those of the run alone.
        arguments: BTreeMap<String, String>,
        error_message: String,
        predecessor_runs: Vec<Predecessor>,
        allocated_capacity: i64,
        /// Seconds.
        execution_time: i64,
        /// Minutes.
        timeout: i64,
        max_capacity: f64,
        worker_type: String,
        number_of_workers: i64,
        security_configuration: String,
        log_group_name: String,
        notification_property: NotificationProperty,
        glue_version: String,
        execution_class: String,
        state_detail: String,
    }
}

/// A run, with what it was started from: a change of its job does not touch it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::local::glue) struct Run {
    pub id: String,
    pub job: String,
    pub state: State,
    pub attempt: i64,
    pub max_retries: i64,
    pub started: Timestamp,
    pub modified: Timestamp,
    pub completed: Option<Timestamp>,
    /// When its script began.
    pub running_since: Option<Timestamp>,
    pub error: Option<String>,
    /// Why it waits.
    pub detail: Option<String>,
    /// Whoever started it, for conditional triggers.
    pub trigger: Option<String>,
    /// `s3://bucket/key`
    pub script: String,
    /// ARN.
    pub role: String,
    /// The run's arguments laid over the job's.
    pub effective: BTreeMap<String, String>,
    /// Members that do not change.
    pub fixed: JobRun,
}

impl Run {
    pub fn set(&mut self, state: State, now: Timestamp) {
        self.state = state;
        self.modified = now;
        if state.ended() {
            self.completed = Some(now);
        }
    }

    /// As the API gives it.
    pub fn shown(self, now: Timestamp) -> JobRun {
        let until = self.completed.unwrap_or(now);
        let seconds = self
            .running_since
            .map_or(0, |since| until.duration_since(since).as_secs().max(0));
        JobRun {
            id: Some(self.id),
            attempt: Some(self.attempt),
            job_name: Some(self.job),
            trigger_name: self.trigger,
            started_on: Some(Epoch(self.started)),
            last_modified_on: Some(Epoch(self.modified)),
            completed_on: self.completed.map(Epoch),
            job_run_state: Some(self.state.name().to_owned()),
            error_message: self.error,
            state_detail: self.detail,
            execution_time: Some(seconds),
            ..self.fixed
        }
    }
}

pub(super) fn key(job: &str, number: u64) -> String {
    format!("{job}\0{number:020}")
}

/// The key and the run of this id, if it is the job's.
pub(super) fn run(tx: &impl Reads, job: &str, id: &str) -> Result<(String, Run), AwsError> {
    let missing = || not_found(format!("Job run with id {id} of job {job} not found."));
    let key = KEYS.get(tx, id)?.ok_or_else(missing)?;
    let run = RUNS.get(tx, &key)?.filter(|run| run.job == job);
    run.map(|run| (key, run)).ok_or_else(missing)
}

/// Stores a run under its key, and whether it has ended.
pub(super) fn put(tx: &Write, key: &String, run: &Run) -> Result<(), AwsError> {
    RUNS.put(tx, key, run)?;
    match run.state.ended() {
        true => drop(ACTIVE.remove(tx, &run.id)?),
        false => ACTIVE.put(tx, &run.id, key)?,
    }
    Ok(())
}

/// The runs of a job that have not ended, oldest first.
pub(super) fn active(tx: &impl Reads, job: &str) -> Result<Vec<(String, Run)>, AwsError> {
    let prefix = format!("{job}\0");
    let mut keys = ACTIVE.all(tx, "")?;
    keys.retain(|(_, key)| key.starts_with(&prefix));
    keys.sort_by(|a, b| a.1.cmp(&b.1));
    let mut runs = Vec::new();
    for (_, key) in keys {
        runs.extend(RUNS.get(tx, &key)?.map(|run| (key, run)));
    }
    Ok(runs)
}
