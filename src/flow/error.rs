//! Why a run failed.

use jiff::civil::Date;

use super::copy_errors::CopyError;
use super::sql_error::SqlError;
use crate::aws;

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
        error: Box<SqlError>,
        /// What the warehouse noted about the rows that COPY could not take.
        rows: Vec<CopyError>,
    },
    #[error("the load script {file} does not end as it must: {reason}")]
    Counts { file: String, reason: String },
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
            Self::UnknownDate { known, .. } => return Some(known_dates(known)),
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
            Self::Load { error, rows, .. } => return load_hint(error, rows),
            Self::Counts { .. } => {
                "its last statement must return one row with rows_staged, rows_inserted, rows_updated and rows_unchanged"
            }
            Self::Interrupted(_) => AGAIN,
        };
        Some(text.to_owned())
    }
}

fn known_dates(known: &[Date]) -> String {
    if known.is_empty() {
        return "there is none at all yet: run pipectl ingest first".to_owned();
    }
    const MOST: usize = 5;
    let last: Vec<_> = known.iter().rev().take(MOST).map(Date::to_string).collect();
    let more = if known.len() > MOST { ", ..." } else { "" };
    format!("there are: {}{more}", last.join(", "))
}

fn load_hint(error: &SqlError, rows: &[CopyError]) -> Option<String> {
    let message = error.message.to_ascii_lowercase();
    if message.contains("manifest") || message.contains("content_length") || message.contains("mandatory") {
        let text =
            "a curated file is not as the report says: run pipectl run process --all for this date, then load again";
        return Some(text.to_owned());
    }
    if rows.is_empty() {
        return error.hint();
    }
    let text = "the curated files and the warehouse's columns differ: pipectl validate compares them";
    Some(text.to_owned())
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
    /// The end of its error log: the traceback, where there is one.
    pub trace: Vec<String>,
    /// Where the whole log is.
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
