//! What runs a job: the script itself under PySpark, or its transformation in process under DuckDB.

mod duckdb;
mod engines;
mod spark;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

pub(crate) use duckdb::{DuckDbRunner, Refusal, functions_of_spark};
pub(crate) use engines::Engines;
pub(crate) use spark::SparkRunner;

/// One attempt of a job run.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub job: String,
    /// `jr_...`
    pub run_id: String,
    /// `s3://bucket/key` of the job's script.
    pub script: String,
    /// By name with the leading `--`; the run's arguments laid over the job's defaults.
    pub arguments: BTreeMap<String, String>,
    /// ARN.
    pub role: String,
    /// An empty folder of this run in the embedded AWS's data folder. It is removed afterwards.
    pub scratch: PathBuf,
}

/// Where a line of a run comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// The script's stdout.
    Output,
    /// Its stderr.
    Error,
}

/// Why a run did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunError {
    /// It was told to stop, and stopped.
    Stopped,
    Failed {
        /// `JobRun.ErrorMessage`: one line, without values of rows.
        message: String,
        /// The script's traceback, line by line, which the runner has logged; empty where there is none.
        trace: Vec<String>,
    },
}

impl RunError {
    /// A failure that has no traceback.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed {
            message: message.into(),
            trace: Vec::new(),
        }
    }
}

impl From<crate::local::error::AwsError> for RunError {
    fn from(error: crate::local::error::AwsError) -> Self {
        Self::failed(error.to_string())
    }
}

/// Takes the lines that a run writes, in their order, without the line break.
pub(crate) type Log<'a> = &'a (dyn Fn(Stream, &str) + Sync);

/// Something that runs jobs.
pub(crate) trait Runner: Send + Sync {
    /// Blocks until the job is done. `stop` is cancelled when the run is stopped or has timed out; what the run
    /// wrote to S3 up to then stays, as it does on AWS.
    fn run(&self, task: &Task, log: Log<'_>, stop: &CancellationToken) -> Result<(), RunError>;
}
