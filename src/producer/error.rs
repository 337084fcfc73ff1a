//! Why an ingest failed.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::check::ContractError;
use super::report::Summary;
use super::sink::{Rejection, SinkError};

/// What went wrong. Messages name the file and never show a row's values.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Contract(#[from] ContractError),
    #[error("there is nothing to ingest: name a file, or - for standard input")]
    NoInput,
    #[error("standard input is named more than once, and can be read only once")]
    StdinTwice,
    #[error("{file}: cannot be opened: {source}")]
    Open { file: String, source: io::Error },
    #[error("{file}: is a directory; name the files in it ({file}/*.csv)")]
    Directory { file: String },
    #[error("{file}: is empty")]
    Empty { file: String },
    #[error("{file}: has a header but no rows")]
    HeaderOnly { file: String },
    #[error("{file}: is {format}, which cannot be read; {advice}")]
    Format {
        file: String,
        format: &'static str,
        advice: &'static str,
    },
    #[error("{file}, line {line}: the header is not valid UTF-8; convert the file to UTF-8")]
    HeaderEncoding { file: String, line: u64 },
    #[error("{file}, line {line}: the header is longer than {limit} bytes; is the delimiter or a quote wrong?")]
    HeaderTooLong { file: String, line: u64, limit: usize },
    #[error("{file}, line {line}: {}", missing_columns(columns, *delimiter))]
    MissingColumns {
        file: String,
        line: u64,
        columns: Vec<MissingColumn>,
        delimiter: Option<char>,
    },
    #[error(
        "{file}, line {line}: the header {header:?} stands in columns {first} and {second}; rename or remove one of them"
    )]
    DuplicateHeader {
        file: String,
        line: u64,
        header: String,
        first: usize,
        second: usize,
    },
    #[error("{file}: cannot be read past row {row} ({offset} bytes{}): {source}{}",
        if *compressed { " after decompression" } else { "" },
        if *compressed { "; the gzip data is damaged or cut off" } else { "" })]
    Read {
        file: String,
        row: u64,
        offset: u64,
        compressed: bool,
        source: io::Error,
    },
    #[error("the rejects file {path} cannot be written: {source}; name another with --rejects", path = path.display())]
    RejectsFile { path: PathBuf, source: io::Error },
    #[error("the rejects file {path} is one of the inputs; choose another", path = path.display())]
    RejectsFileIsInput { path: PathBuf },
    #[error("the stream refused: {0}")]
    Refused(#[source] SinkError),
    #[error("the stream refused a record: {code}: {message}", code = .0.code, message = .0.message)]
    RecordRefused(Rejection),
    #[error("the stream answered {answered} results for {sent} records: its answer cannot be trusted")]
    BadAnswer { sent: usize, answered: usize },
    #[error(
        "the stream took nothing for {seconds} s; last answer: {reason}. If it is throttling, add shards (or wait: an \
         on-demand stream grows within minutes), then ingest again"
    )]
    Stalled { seconds: u64, reason: String },
    #[error("a thread of the producer ended before its work was done; please report this as a bug")]
    ThreadLost,
}

/// A header that the contract names and the file lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    pub header: String,
    /// Headers of the file that look most like it.
    pub nearest: Vec<String>,
}

fn missing_columns(columns: &[MissingColumn], delimiter: Option<char>) -> String {
    let describe = |column: &MissingColumn| match column.nearest.as_slice() {
        [] => format!("{:?}", column.header),
        nearest => format!("{:?} (nearest: {})", column.header, nearest.join(", ")),
    };
    let list: Vec<String> = columns.iter().map(describe).collect();
    let mut text = format!(
        "the header lacks {}; rename the header, or set \"header\" in source.json",
        list.join(", ")
    );
    if let Some(delimiter) = delimiter {
        // The whole header came out as one name, which is like nothing.
        let names: Vec<String> = columns.iter().map(|column| format!("{:?}", column.header)).collect();
        text = format!(
            "the header lacks {}: it looks delimited by {delimiter:?}; set \"delimiter\" in source.json",
            names.join(", ")
        );
    }
    text
}

/// A failed ingest: what went wrong, and what had been done by then.
#[derive(Debug)]
pub struct IngestError {
    pub error: Error,
    /// What was read, delivered and rejected before the failure.
    pub summary: Summary,
    /// Rows whose request was still unanswered: the stream may or may not have them.
    pub rows_unknown: u64,
}

impl fmt::Display for IngestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.error)?;
        let summary = &self.summary;
        if summary.rows_read == 0 {
            return write!(formatter, " (no row was sent)");
        }
        write!(
            formatter,
            " ({} rows read: {} sent, {} rejected, {} not sent",
            summary.rows_read,
            summary.rows_sent,
            summary.rows_rejected,
            summary.rows_unsent()
        )?;
        if self.rows_unknown > 0 {
            write!(
                formatter,
                ", of which {} unanswered and possibly delivered",
                self.rows_unknown
            )?;
        }
        if let Some(file) = &summary.rejects_file {
            write!(formatter, "; rejected rows are in {}", file.display())?;
        }
        write!(
            formatter,
            "; ingesting the same input again sends all its rows again, and the key tells them apart)"
        )
    }
}

impl std::error::Error for IngestError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
