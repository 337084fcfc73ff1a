//! GetJobRun, GetJobRuns.

use super::model::{JobRun, RUNS, run};
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{constrain, name, page, page_size};
use crate::local::glue::jobs::job;
use crate::local::glue::shape::{input, output};

input! {
    GetJobRun {
        job_name: String,
        run_id: String,
        predecessors_included: Option<bool>,
    }

    GetJobRuns {
        job_name: String,
        next_token: Option<String>,
        max_results: Option<i64>,
    }
}

output! {
    OneRun {
        job_run: JobRun,
    }

    JobRuns {
        job_runs: Vec<JobRun>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
}

impl Glue {
    pub(super) fn get_job_run(&self, input: &GetJobRun) -> Result<OneRun, AwsError> {
        constrain(|constraints| {
            name(constraints, "jobName", &input.job_name);
            name(constraints, "runId", &input.run_id);
        })?;
        let (_, run) = run(&self.env.store.read()?, &input.job_name, &input.run_id)?;
        let mut job_run = run.shown(self.env.now());
        if input.predecessors_included != Some(true) {
            job_run.predecessor_runs = None;
        }
        Ok(OneRun { job_run })
    }

    /// Newest first.
    pub(super) fn get_job_runs(&self, input: &GetJobRuns) -> Result<JobRuns, AwsError> {
        constrain(|constraints| name(constraints, "jobName", &input.job_name))?;
        let limit = page_size(input.max_results, 200)?;
        let tx = self.env.store.read()?;
        job(&tx, &input.job_name)?;
        let mut all = RUNS.all(&tx, &format!("{}\0", input.job_name))?;
        all.reverse();
        let (page, next_token) = page(all, true, input.next_token.as_deref(), limit)?;
        let now = self.env.now();
        Ok(JobRuns {
            job_runs: page.into_iter().map(|run| run.shown(now)).collect(),
            next_token,
        })
    }
}
