//! Why a run failed.

use jiff::civil::Date;

use super::copy_errors::CopyError;
use super::snapshot_error::SnapshotError;
use super::sql_error::SqlError;
use crate::aws::{self, ErrorKind};

/// What went wrong; [`Error::hint`] says what to do. No message holds values of rows.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Aws(#[from] aws::Error),
    #[error("{what} does not exist")]
    NotDeployed { what: String },
    #[error("{what} is {state}, not {wanted}")]
    NotReady {
        what: String,
        state: String,
        wanted: &'static str,
    },
    #[error("the Glue job {job} has no default argument {argument}")]
    NoArgument { job: String, argument: &'static str },
    #[error("the Glue job {job}: its default argument {argument} is not the S3 URI of {what}")]
    BadArgument {
        job: String,
        argument: &'static str,
        what: &'static str,
    },
    #[error("there is no partition dt={date} below s3://{bucket}/{prefix}")]
    UnknownDate {
        date: Date,
        bucket: String,
        prefix: String,
        known: Vec<Date>,
    },
    #[error("none of the {objects} objects below s3://{bucket}/{prefix} is in a folder dt=YYYY-MM-DD (like {example})")]
    NoPartitions {
        objects: usize,
        bucket: String,
        prefix: String,
        example: String,
    },
    #[error("{place} cannot be understood: {reason}")]
    Unreadable { place: String, reason: String },
    #[error("{0}")]
    Job(Box<JobFailure>),
    #[error("another run of the Glue job {job} keeps it busy, and none shows up in its list of runs")]
    JobBusy { job: String },
    #[error("the job run {run} SUCCEEDED but {what}")]
    Report { run: String, what: String },
    #[error("{file}, line {line}: {message}")]
    Script { file: String, line: usize, message: String },
    #[error("{table} of {date} has no object to load, and other tables of that date have")]
    EmptyTable { table: String, date: Date },
    #[error("{0}")]
    Sql(Box<SqlError>),
    #[error("loading {date} failed, and nothing of it was kept: {error}")]
    Load {
        date: Date,
        /// The load script.
        file: String,
        error: Box<SqlError>,
        /// What the warehouse noted about the rows that COPY could not take.
        rows: Vec<CopyError>,
    },
    #[error("{0}")]
    Ingestion(Box<IngestionFailure>),
    #[error("{0}")]
    Snapshot(Box<SnapshotError>),
    #[error("{date} is loaded, but the load script {file} does not end as it must: {reason}")]
    Counts { date: Date, file: String, reason: String },
    #[error("{date} has not been processed: there is no report of it")]
    NotProcessed { date: Date, known: Vec<Date> },
    #[error("the ledger cannot be read: {0}")]
    Ledger(Box<SqlError>),
    /// The person interrupted; what became of what was under way.
    #[error("interrupted: {0}")]
    Interrupted(String),
}

impl Error {
    /// What to do about it, in plain words.
    pub fn hint(&self) -> Option<String> {
        const AGAIN: &str = "run the same command again: it goes on from where this one ended";
        let text = match self {
            Self::Aws(error) => return error.hint().map(str::to_owned),
            Self::Sql(error) => return error.hint(),
            Self::NotDeployed { .. } => "run pipectl deploy first",
            Self::NotReady { .. } => "wait until it is, or look at it with pipectl status",
            Self::NoArgument { .. } => {
                "add it to DefaultArguments of the job in configs/processing, then run pipectl deploy"
            }
            Self::BadArgument { .. } => "correct DefaultArguments of the job in configs/processing, then deploy",
            Self::UnknownDate { known, .. } => return Some(known_dates(known, "run pipectl ingest first")),
            Self::NotProcessed { known, .. } => return Some(known_dates(known, "run pipectl run process first")),
            Self::NoPartitions { .. } => {
                "set Prefix of the delivery stream to raw/<record>/dt=!{timestamp:yyyy-MM-dd}/, deploy and ingest again"
            }
            Self::Unreadable { .. } => {
                "something else wrote it: remove it, and run pipectl run again, which makes it anew"
            }
            Self::Job(failure) => return failure.hint(),
            Self::JobBusy { .. } => "look at its runs in the Glue console, or raise MaxConcurrentRuns",
            Self::Report { .. } => {
                "does the job's script write the report that pipectl reads? See its --reports argument"
            }
            Self::Script { .. } => "correct the script, then run the same command again",
            Self::EmptyTable { .. } => {
                "COPY takes no empty manifest: the job must write one Parquet file at least for every table"
            }
            Self::Load { file, error, rows, .. } => return load_hint(file, error, rows),
            Self::Counts { .. } => {
                "its last statement must return one row with rows_staged, rows_inserted, rows_updated and rows_unchanged"
            }
            Self::Ingestion(failure) => return Some(failure.hint()),
            Self::Snapshot(error) => return Some(error.hint()),
            Self::Ledger(error) if error.message.contains("does not exist") => {
                "flow.ledger of configs/pipeline.json names a table that a script of sql/schema makes: is it, and is that deployed?"
            }
            Self::Ledger(error) => return error.hint(),
            Self::Interrupted(_) => AGAIN,
        };
        Some(text.to_owned())
    }
}

fn known_dates(known: &[Date], first: &str) -> String {
    if known.is_empty() {
        return format!("there is none at all yet: {first}");
    }
    const MOST: usize = 5;
    let last: Vec<_> = known.iter().rev().take(MOST).map(Date::to_string).collect();
    let more = if known.len() > MOST { ", ..." } else { "" };
    format!("there are: {}{more}", last.join(", "))
}

fn load_hint(file: &str, error: &SqlError, rows: &[CopyError]) -> Option<String> {
    let message = error.message.to_ascii_lowercase();
    if message.contains("manifest") || message.contains("content_length") || message.contains("mandatory") {
        let text =
            "a curated file is not as the report says: run pipectl run process --all for this date, then load again";
        return Some(text.to_owned());
    }
    if !rows.is_empty() {
        let text = "the curated files and the warehouse's columns differ: pipectl validate compares the project's, \
                    pipectl query \"SELECT * FROM svv_columns\" shows the warehouse's";
        return Some(text.to_owned());
    }
    match error.hint() {
        Some(hint) if error.error.is(ErrorKind::FailedState) && !hint.contains("deploy") => {
            Some(format!("correct {file}, then run the same command again"))
        }
        hint => hint,
    }
}

/// A job run that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the Glue job {job} ended {state} (run {run}){}", reason(.message.as_deref()))]
pub struct JobFailure {
    pub job: String,
    pub run: String,
    /// `FAILED`, `TIMEOUT`, `STOPPED`, `ERROR`, `EXPIRED`.
    pub state: String,
    /// Glue's ErrorMessage.
    pub message: Option<String>,
    /// The end of its log: the traceback, where there is one.
    pub trace: Vec<String>,
    /// Where the whole log is; of a run that raised.
    pub log: String,
}

fn reason(message: Option<&str>) -> String {
    message.map(|message| format!(": {message}")).unwrap_or_default()
}

impl JobFailure {
    fn hint(&self) -> Option<String> {
        let text = match self.state.as_str() {
            "STOPPED" | "STOPPING" => {
                "somebody stopped it; nothing of it counts: run the same command again".to_owned()
            }
            "TIMEOUT" => "raise Timeout of the job, or give it more or larger workers, then run again".to_owned(),
            "EXPIRED" => "it waited too long for capacity: run the same command again".to_owned(),
            _ => format!("its whole log is in {} of CloudWatch Logs", self.log),
        };
        Some(text)
    }
}

/// An ingestion into SPICE that did not complete.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the refresh of data set {data_set} ended {state} (ingestion {ingestion}){}", why(.kind.as_deref(), .message.as_deref()))]
pub struct IngestionFailure {
    /// Logical id.
    pub data_set: String,
    pub ingestion: String,
    /// `FAILED` or `CANCELLED`.
    pub state: String,
    /// QuickSight's IngestionErrorType.
    pub kind: Option<String>,
    pub message: Option<String>,
}

pub(super) fn why(kind: Option<&str>, message: Option<&str>) -> String {
    match (kind, message) {
        (None, None) => String::new(),
        (Some(one), None) | (None, Some(one)) => format!(": {one}"),
        (Some(kind), Some(message)) => format!(": {kind}: {message}"),
    }
}

impl IngestionFailure {
    fn hint(&self) -> String {
        if self.state == "CANCELLED" {
            return "somebody cancelled it: run pipectl run refresh again".to_owned();
        }
        let advice = self.kind.as_deref().and_then(aws::ingestion_advice);
        advice
            .unwrap_or("look at the data set's refresh history in QuickSight, then run pipectl run refresh again")
            .to_owned()
    }
}
