//! What is kept of a job.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;
use crate::local::glue::errors::not_found;
use crate::local::glue::shape::shape;
use crate::local::store::{Reads, Table};

/// Key: name.
pub(in crate::local::glue) const JOBS: Table<Job> = Table::new("glue.jobs");

shape! {
    ExecutionProperty {
        max_concurrent_runs: i64,
    }

    Command {
        name: String,
        /// `s3://bucket/key`
        script_location: String,
        python_version: String,
        runtime: String,
    }

    ConnectionsList {
        connections: Vec<String>,
    }

    NotificationProperty {
        notify_delay_after: i64,
    }

    /// `JobUpdate`: everything of a job that can change.
    Definition {
        job_mode: String,
        job_run_queuing_enabled: bool,
        description: String,
        log_uri: String,
        /// Name or ARN, as it was given.
        role: String,
        execution_property: ExecutionProperty,
        command: Command,
        default_arguments: BTreeMap<String, String>,
        non_overridable_arguments: BTreeMap<String, String>,
        /// Kept and shown; there are no connections to check it with.
        connections: ConnectionsList,
        max_retries: i64,
        allocated_capacity: i64,
        /// Minutes.
        timeout: i64,
        max_capacity: f64,
        worker_type: String,
        number_of_workers: i64,
        /// Kept and shown, as connections are.
        security_configuration: String,
        notification_property: NotificationProperty,
        glue_version: String,
        code_gen_configuration_nodes: serde_json::Value,
        execution_class: String,
        source_control_details: serde_json::Value,
        maintenance_window: String,
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::local::glue) struct Job {
    pub name: String,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// With AWS's defaults filled in.
    pub definition: Definition,
    pub tags: BTreeMap<String, String>,
    /// Runs started so far; numbers them.
    pub runs: u64,
}

pub(in crate::local::glue) fn job(tx: &impl Reads, name: &str) -> Result<Job, AwsError> {
    JOBS.get(tx, name)?
        .ok_or_else(|| not_found(format!("Job with name: {name} not found.")))
}
