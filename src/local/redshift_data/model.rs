//! Statements, as stored and as shown.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::local::store::Table;

/// By id.
pub(super) const STATEMENTS: Table<Statement> = Table::new("redshift-data.statements");

/// Source: Redshift management guide, "Considerations when calling the Amazon Redshift Data API": statements and
/// their results are there for 24 hours.
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(24);

/// One call of ExecuteStatement or BatchExecuteStatement.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Statement {
    pub id: String,
    pub batch: bool,
    /// The SQL statements: one unless it is a batch.
    pub parts: Vec<Part>,
    pub parameters: Vec<Parameter>,
    pub place: Place,
    pub name: Option<String>,
    pub format: Format,
    pub mode: Mode,
    pub session: Option<String>,
    pub token: Option<String>,
    /// Digest of the request, to tell whether a token comes with the same one.
    pub fingerprint: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub status: Status,
    /// Process id of the connection; 0 until there is one.
    pub pid: i64,
    pub error: Option<String>,
    /// Nanoseconds.
    pub duration: i64,
}

/// Where a statement runs and as whom, as requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    pub cluster: Option<String>,
    pub workgroup: Option<String>,
    pub database: String,
    pub user: String,
    pub secret: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub sql: String,
    pub status: Status,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// Nanoseconds; -1 before it ran.
    pub duration: i64,
    pub error: Option<String>,
    /// Rows returned or affected; -1 if not known.
    pub rows: i64,
    /// Bytes of the result; -1 if there is none.
    pub size: i64,
    pub has_result: bool,
    /// 0 before it ran.
    pub query_id: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parameter {
    pub name: String,
    pub value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Format {
    Json,
    Csv,
}

/// How the statements of a batch commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Mode {
    Transaction,
    AutoCommit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Submitted,
    Picked,
    Started,
    Finished,
    Aborted,
    Failed,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Picked => "PICKED",
            Self::Started => "STARTED",
            Self::Finished => "FINISHED",
            Self::Aborted => "ABORTED",
            Self::Failed => "FAILED",
        }
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Finished | Self::Aborted | Self::Failed)
    }
}

impl Format {
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Csv => "CSV",
        }
    }
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Transaction => "TRANSACTION",
            Self::AutoCommit => "AUTO_COMMIT",
        }
    }
}

impl Part {
    pub fn new(sql: String, now: Timestamp) -> Self {
        Self {
            sql,
            status: Status::Submitted,
            created: now,
            updated: now,
            duration: -1,
            error: None,
            rows: -1,
            size: -1,
            has_result: false,
            query_id: 0,
        }
    }
}

impl Statement {
    /// What lists are ordered by: time of creation and id.
    pub fn named(&self) -> (Timestamp, &str) {
        (self.created, &self.id)
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.created.checked_add(RETENTION).is_ok_and(|end| end <= now)
    }

    pub fn has_result(&self) -> bool {
        self.parts.iter().any(|part| part.has_result)
    }

    /// Ends the statement and what of it has not ended.
    pub fn end(&mut self, status: Status, error: Option<String>, now: Timestamp) {
        (self.status, self.updated) = (status, now);
        for part in self.parts.iter_mut().filter(|part| !part.status.is_final()) {
            (part.status, part.updated) = (Status::Aborted, now);
            if status == Status::Failed {
                part.error = Some("Connection or an prior query failed.".to_owned());
            }
        }
        // What fails without having run fails as its only statement does.
        if let ([part], false) = (&mut self.parts[..], self.batch) {
            (part.status, part.error) = (status, error.clone());
        }
        self.error = error;
    }
}
