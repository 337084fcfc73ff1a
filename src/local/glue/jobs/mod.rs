//! Jobs: what is run, with what, as whom. Their runs are in `runs`.

mod capacity;
mod definition;
mod model;
mod operations;

pub(super) use capacity::units;
pub(super) use definition::{check_timeout, overrides};
pub(super) use model::{Definition, JOBS, Job, NotificationProperty, job};

use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::input;
use crate::local::json;

impl Glue {
    /// Answers an operation on jobs, or `None` if it is none.
    pub(super) fn jobs(&self, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, AwsError>> {
        let run = || match operation {
            "CreateJob" => json::output(&self.create_job(input(body)?)?),
            "GetJob" => json::output(&self.get_job(&input(body)?)?),
            "GetJobs" => json::output(&self.get_jobs(&input(body)?)?),
            "ListJobs" => json::output(&self.list_jobs(&input(body)?)?),
            "BatchGetJobs" => json::output(&self.batch_get_jobs(&input(body)?)?),
            "UpdateJob" => json::output(&self.update_job(input(body)?)?),
            _ => json::output(&self.delete_job(input(body)?)?),
        };
        matches!(
            operation,
            "CreateJob" | "GetJob" | "GetJobs" | "ListJobs" | "BatchGetJobs" | "UpdateJob" | "DeleteJob"
        )
        .then(run)
    }
}
