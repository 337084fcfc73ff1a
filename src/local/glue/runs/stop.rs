//! BatchStopJobRun.

use super::End;
use super::model::{ACTIVE, KEYS, RUNS, Run, State, active, put, run};
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{constrain, name};
use crate::local::glue::errors::invalid;
use crate::local::glue::shape::{input, output};
use crate::local::store::Write;

input! {
    BatchStopJobRun {
        job_name: String,
        job_run_ids: Vec<String>,
    }
}

output! {
    Stopping {
        successful_submissions: Vec<Submission>,
        errors: Vec<Refusal>,
    }

    Submission {
        job_name: String,
        job_run_id: String,
    }

    Refusal {
        job_name: String,
        job_run_id: String,
        error_detail: Detail,
    }

    Detail {
        error_code: String,
        error_message: String,
    }
}

impl Glue {
    /// Runs that are going become STOPPING, and STOPPED once they have let go; queued ones are STOPPED at once.
    pub(super) fn batch_stop_job_run(&self, input: BatchStopJobRun) -> Result<Stopping, AwsError> {
        let job = input.job_name;
        constrain(|constraints| {
            name(constraints, "jobName", &job);
            constraints.count("jobRunIds", input.job_run_ids.len(), 1, 25);
        })?;
        let (mut successful_submissions, mut errors) = (Vec::new(), Vec::new());
        for id in input.job_run_ids {
            match self.stop_run(&job, &id) {
                Ok(()) => successful_submissions.push(Submission {
                    job_name: job.clone(),
                    job_run_id: id,
                }),
                Err(error) if error.status.is_client_error() => errors.push(Refusal {
                    job_name: job.clone(),
                    job_run_id: id,
                    error_detail: Detail {
                        error_code: error.code.into_owned(),
                        error_message: error.message,
                    },
                }),
                Err(error) => return Err(error),
            }
        }
        Ok(Stopping {
            successful_submissions,
            errors,
        })
    }

    fn stop_run(&self, job: &str, id: &str) -> Result<(), AwsError> {
        let run = self.env.store.write(|tx| {
            let (key, mut run) = run(tx, job, id)?;
            let next = match run.state {
                State::Waiting | State::Starting => State::Stopped,
                State::Running | State::Stopping => State::Stopping,
                ended => {
                    return Err(invalid(format!(
                        "Job run {id} is in state {} and cannot be stopped.",
                        ended.name()
                    )));
                }
            };
            run.set(next, self.env.now());
            put(tx, &key, &run)?;
            Ok(run)
        })?;
        self.going.end(id, End::Stopped);
        if run.state.ended() {
            self.ended(&run);
        }
        Ok(())
    }

    /// Removes all that is kept of a job's runs.
    pub(in crate::local::glue) fn forget_runs(&self, tx: &Write, job: &str) -> Result<(), AwsError> {
        for (_, run) in active(tx, job)? {
            ACTIVE.remove(tx, &run.id)?;
        }
        let prefix = format!("{job}\0");
        let mut ids = Vec::new();
        RUNS.scan(tx, &prefix, None, |_, run: Run| {
            ids.push(run.id);
            true
        })?;
        for id in ids {
            KEYS.remove(tx, &id)?;
        }
        Ok(RUNS.remove_range(tx, &prefix, &format!("{job}\u{1}"))?)
    }
}
