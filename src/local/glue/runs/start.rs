//! StartJobRun, and how triggers and retries start runs.

use std::collections::BTreeMap;

use rand::RngExt;

use super::model::{JobRun, KEYS, Predecessor, Run, State, active, key, put, run};
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{constrain, name, optional_name};
use crate::local::glue::errors::{invalid, not_found};
use crate::local::glue::jobs::{Definition, JOBS, Job, NotificationProperty, check_timeout, overrides, units};
use crate::local::glue::shape::{input, output};
use crate::local::store::Write;

input! {
    StartJobRun {
        job_name: String,
        job_run_queuing_enabled: Option<bool>,
        job_run_id: Option<String>,
        arguments: Option<BTreeMap<String, String>>,
        allocated_capacity: Option<i64>,
        timeout: Option<i64>,
        max_capacity: Option<f64>,
        security_configuration: Option<String>,
        notification_property: Option<NotificationProperty>,
        worker_type: Option<String>,
        number_of_workers: Option<i64>,
        execution_class: Option<String>,
        execution_role_session_policy: Option<String>,
    }
}

output! {
    Started {
        job_run_id: String,
    }
}

/// A run to start.
#[derive(Default)]
pub(in crate::local::glue) struct Launch {
    pub job: String,
    pub overrides: Overrides,
    pub trigger: Option<String>,
    pub predecessors: Vec<Predecessor>,
    /// Id of the run that this one repeats.
    pub previous: Option<String>,
}

/// What a run may say otherwise than its job.
#[derive(Default)]
pub(in crate::local::glue) struct Overrides {
    pub arguments: BTreeMap<String, String>,
    pub timeout: Option<i64>,
    pub security_configuration: Option<String>,
    pub notification_property: Option<NotificationProperty>,
    pub workers: Option<(String, i64)>,
    pub max_capacity: Option<f64>,
    pub execution_class: Option<String>,
    pub queuing: Option<bool>,
}

impl StartJobRun {
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            name(constraints, "jobName", &self.job_name);
            optional_name(constraints, "jobRunId", self.job_run_id.as_deref());
            let notification = self.notification_property.as_ref();
            overrides(
                constraints,
                self.timeout,
                self.worker_type.as_deref(),
                self.execution_class.as_deref(),
                notification.and_then(|property| property.notify_delay_after),
            );
        })?;
        check_timeout(self.timeout)?;
        if self.execution_role_session_policy.is_some() {
            return Err(AwsError::not_implemented(
                "session policies of runs (ExecutionRoleSessionPolicy)",
            ));
        }
        let workers = self.worker_type.is_some() || self.number_of_workers.is_some();
        if workers && (self.max_capacity.is_some() || self.allocated_capacity.is_some()) {
            return Err(invalid(
                "Please do not set Max Capacity if using Worker Type and Number of Workers.",
            ));
        }
        match self.number_of_workers {
            Some(workers) if workers < 1 => Err(invalid("Number of Workers must be at least 1.")),
            _ => Ok(()),
        }
    }

    /// The job's own type or number of workers where only the other is given.
    fn workers(&self, job: &Definition) -> Option<(String, i64)> {
        if self.worker_type.is_none() && self.number_of_workers.is_none() {
            return None;
        }
        let kind = self.worker_type.clone().or_else(|| job.worker_type.clone())?;
        Some((kind, self.number_of_workers.or(job.number_of_workers)?))
    }
}

impl Glue {
    pub(super) fn start_job_run(&self, input: StartJobRun) -> Result<Started, AwsError> {
        input.check()?;
        let tx = self.env.store.read()?;
        let job = JOBS.get(&tx, &input.job_name)?.ok_or_else(missing_metadata)?;
        let mut arguments = input.arguments.clone();
        if let Some(previous) = &input.job_run_id {
            let (_, previous) = run(&tx, &input.job_name, previous)?;
            if !previous.state.ended() {
                return Err(invalid(format!(
                    "Job run {} has not ended and cannot be retried.",
                    previous.id
                )));
            }
            arguments = arguments.or(previous.fixed.arguments);
        }
        drop(tx);
        let workers = input.workers(&job.definition);
        let job_run_id = self.launch(Launch {
            job: input.job_name,
            overrides: Overrides {
                arguments: arguments.unwrap_or_default(),
                timeout: input.timeout,
                security_configuration: input.security_configuration,
                notification_property: input.notification_property,
                workers,
                max_capacity: input
                    .max_capacity
                    .or(input.allocated_capacity.map(|units| units as f64)),
                execution_class: input.execution_class,
                queuing: input.job_run_queuing_enabled,
            },
            previous: input.job_run_id,
            ..Launch::default()
        })?;
        Ok(Started { job_run_id })
    }

    /// Starts a run, or queues it where the job or the run says so and MaxConcurrentRuns are going.
    /// ConcurrentRunsExceededException if it may not be queued.
    pub(in crate::local::glue) fn launch(&self, launch: Launch) -> Result<String, AwsError> {
        let job = JOBS
            .get(&self.env.store.read()?, &launch.job)?
            .ok_or_else(missing_metadata)?;
        self.require_role(job.definition.role.as_deref().unwrap_or_default())?;
        let run = self.env.store.write(|tx| {
            let mut job = JOBS.get(tx, &launch.job)?.ok_or_else(missing_metadata)?;
            let mut run = self.new_run(&job, launch);
            let most = job
                .definition
                .execution_property
                .as_ref()
                .and_then(|p| p.max_concurrent_runs);
            let going = active(tx, &job.name)?
                .iter()
                .filter(|(_, run)| run.state.going())
                .count();
            if going as i64 >= most.unwrap_or(1) {
                if run.fixed.job_run_queuing_enabled != Some(true) {
                    return Err(AwsError::bad_request(
                        "ConcurrentRunsExceededException",
                        format!("Concurrent runs exceeded for {}", job.name),
                    ));
                }
                run.state = State::Waiting;
                run.detail = Some("Job run is queued: the job's maximum of concurrent runs are going.".into());
            }
            insert(tx, &mut job, &run)?;
            Ok(run)
        })?;
        if run.state == State::Starting {
            self.begin(&run);
        }
        Ok(run.id)
    }

    fn new_run(&self, job: &Job, launch: Launch) -> Run {
        let now = self.env.now();
        let definition = &job.definition;
        let overrides = launch.overrides;
        let mut effective = definition.default_arguments.clone().unwrap_or_default();
        effective.extend(overrides.arguments.clone());
        effective.extend(definition.non_overridable_arguments.clone().unwrap_or_default());
        let (worker_type, number_of_workers, max_capacity) = match (overrides.workers, overrides.max_capacity) {
            (Some((kind, workers)), _) => (Some(kind.clone()), Some(workers), Some(units(&kind, workers))),
            (None, Some(capacity)) => (None, None, Some(capacity)),
            _ => (
                definition.worker_type.clone(),
                definition.number_of_workers,
                definition.max_capacity,
            ),
        };
        let predecessors = Some(launch.predecessors).filter(|list| !list.is_empty());
        Run {
            id: new_id(),
            job: job.name.clone(),
            state: State::Starting,
            attempt: 0,
            max_retries: definition.max_retries.unwrap_or(0),
            started: now,
            modified: now,
            completed: None,
            running_since: None,
            error: None,
            detail: None,
            trigger: launch.trigger,
            script: definition
                .command
                .as_ref()
                .and_then(|c| c.script_location.clone())
                .unwrap_or_default(),
            role: self.role_arn(definition.role.as_deref().unwrap_or_default()),
            effective,
            fixed: JobRun {
                previous_run_id: launch.previous,
                job_mode: definition.job_mode.clone(),
                job_run_queuing_enabled: overrides.queuing.or(definition.job_run_queuing_enabled),
                arguments: Some(overrides.arguments).filter(|arguments| !arguments.is_empty()),
                predecessor_runs: predecessors,
                timeout: overrides.timeout.or(definition.timeout),
                allocated_capacity: max_capacity.map(|units| units as i64),
                max_capacity,
                worker_type,
                number_of_workers,
                security_configuration: overrides
                    .security_configuration
                    .or_else(|| definition.security_configuration.clone()),
                log_group_name: Some("/aws-glue/jobs".into()),
                notification_property: overrides
                    .notification_property
                    .or_else(|| definition.notification_property.clone()),
                glue_version: definition.glue_version.clone(),
                execution_class: overrides.execution_class.or_else(|| definition.execution_class.clone()),
                ..JobRun::default()
            },
        }
    }

    /// Repeats a failed run as a new one, whatever else of the job is going. `None` if its job is gone.
    pub(super) fn retry(&self, failed: &Run) -> Result<Option<String>, AwsError> {
        let attempt = failed.attempt + 1;
        let first = failed.id.split("_attempt_").next().unwrap_or(&failed.id);
        let now = self.env.now();
        let mut next = Run {
            id: format!("{first}_attempt_{attempt}"),
            state: State::Starting,
            attempt,
            started: now,
            modified: now,
            completed: None,
            running_since: None,
            error: None,
            ..failed.clone()
        };
        next.fixed.previous_run_id = Some(failed.id.clone());
        let started = self.env.store.write(|tx| {
            let Some(mut job) = JOBS.get(tx, &next.job)? else {
                return Ok(false);
            };
            insert(tx, &mut job, &next)?;
            Ok::<_, AwsError>(true)
        })?;
        if started {
            self.begin(&next);
        }
        Ok(started.then_some(next.id))
    }
}

/// Numbers and stores a new run.
fn insert(tx: &Write, job: &mut Job, run: &Run) -> Result<(), AwsError> {
    let key = key(&job.name, job.runs);
    job.runs += 1;
    JOBS.put(tx, &job.name, job)?;
    KEYS.put(tx, &run.id, &key)?;
    put(tx, &key, run)
}

/// What AWS answers to StartJobRun for a job that it does not have.
fn missing_metadata() -> AwsError {
    not_found("Failed to start job run due to missing metadata")
}

/// `jr_` and 64 hexadecimal digits.
fn new_id() -> String {
    let bytes: [u8; 32] = rand::rng().random();
    bytes
        .iter()
        .fold("jr_".to_owned(), |id, byte| format!("{id}{byte:02x}"))
}
