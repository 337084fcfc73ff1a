//! AWS Glue: the Data Catalog, jobs, job runs, triggers.
//!
//! Jobs run in this process's keeping (`runner`): a run ends with the process, which on AWS it would outlive.
//! [`Glue::stop`] stops what is going and says so in the run's ErrorMessage; what a kill leaves behind is FAILED at
//! the next start. Scheduled triggers fire while the embedded AWS is served, and only then.

mod catalog;
mod constraints;
mod errors;
mod jobs;
mod operations;
pub(crate) mod runner;
mod runs;
mod shape;
mod tags;
mod triggers;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use self::constraints::input;
use self::runner::Runner;
use self::runs::Going;
use super::env::Env;
use super::error::AwsError;
use super::json::{self, JsonService};
use super::ports::{LogSink, RoleCheck};
use super::scheduler::Scheduler;

/// Who assumes a job's role.
const PRINCIPAL: &str = "glue.amazonaws.com";

/// The service.
pub(crate) struct Glue {
    env: Arc<Env>,
    roles: Arc<dyn RoleCheck>,
    logs: Arc<dyn LogSink>,
    runner: Arc<dyn Runner>,
    going: Going,
    scheduler: Scheduler,
    /// The unit of timeouts; tests shorten it.
    minute: Duration,
    me: Weak<Self>,
}

impl Glue {
    /// Takes up what the store knows. Runs that an earlier process left behind are FAILED.
    pub fn new(
        env: Arc<Env>,
        roles: Arc<dyn RoleCheck>,
        logs: Arc<dyn LogSink>,
        runner: Arc<dyn Runner>,
    ) -> Result<Arc<Self>, AwsError> {
        Self::with_minute(env, roles, logs, runner, Duration::from_secs(60))
    }

    fn with_minute(
        env: Arc<Env>,
        roles: Arc<dyn RoleCheck>,
        logs: Arc<dyn LogSink>,
        runner: Arc<dyn Runner>,
        minute: Duration,
    ) -> Result<Arc<Self>, AwsError> {
        let glue = Arc::new_cyclic(|me| Self {
            env,
            roles,
            logs,
            runner,
            going: Going::default(),
            scheduler: Scheduler::new(),
            minute,
            me: me.clone(),
        });
        glue.recover_runs()?;
        runs::clear(&glue.scratch())?;
        Ok(glue)
    }

    /// Fires scheduled triggers from now on, until [`Self::stop`]. Needs a tokio runtime.
    pub fn start_schedule(&self) {
        self.scheduler.start(self.me.clone());
    }

    /// Ends the schedule, stops the runs that are going, and waits for them.
    pub async fn stop(&self) {
        self.scheduler.stop().await;
        self.close_runs().await;
    }

    fn tagging(&self, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, AwsError>> {
        let run = || match operation {
            "TagResource" => json::output(&self.tag_resource(&input(body)?)?),
            "UntagResource" => json::output(&self.untag_resource(&input(body)?)?),
            _ => json::output(&self.get_tags(&input(body)?)?),
        };
        matches!(operation, "TagResource" | "UntagResource" | "GetTags").then(run)
    }
}

#[async_trait]
impl JsonService for Glue {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        if operations::NOT_HERE.binary_search(&operation).is_ok() {
            return Err(AwsError::not_implemented(format_args!("Glue's {operation}")));
        }
        self.job_runs(operation, &body)
            .or_else(|| self.jobs(operation, &body))
            .or_else(|| self.triggers(operation, &body))
            .or_else(|| self.catalog(operation, &body))
            .or_else(|| self.tagging(operation, &body))
            .unwrap_or_else(|| Err(json::unknown_operation(operation)))
    }
}
