//! Errors of the warehouse, as Redshift words them.

use std::fmt::Display;

use super::dialect::SyntaxError;
use super::translate;

/// What a client of Redshift is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SqlError {
    /// `ERROR: relation "x" does not exist`, with further lines (`  Detail: ...`, `  Position: 8`) where there are any.
    pub message: String,
    pub sqlstate: Option<&'static str>,
}

impl SqlError {
    /// `ERROR: <what>`
    pub(super) fn new(sqlstate: &'static str, what: impl Display) -> Self {
        Self {
            message: format!("ERROR: {what}"),
            sqlstate: Some(sqlstate),
        }
    }

    /// With a hint in a line of its own.
    pub(super) fn hint(mut self, hint: impl Display) -> Self {
        self.message.push_str(&format!("\n  Hint: {hint}"));
        self
    }

    /// With the block in which Redshift's compute nodes say more.
    pub(super) fn detail(mut self, code: u32, context: impl Display, query: i64) -> Self {
        let error = self.message.trim_start_matches("ERROR: ").to_owned();
        let rule = "-".repeat(47);
        self.message.push_str(&format!(
            "\n  Detail: \n  {rule}\n  error:  {error}\n  code:      {code}\n  context:   {context}\n  \
             query:     {query}\n  {rule}"
        ));
        self
    }

    /// Redshift has it, the embedded warehouse does not.
    pub(super) fn unsupported(what: impl Display) -> Self {
        Self::new("0A000", format!("the embedded warehouse does not have {what}"))
    }

    /// Something on this machine failed.
    pub(super) fn io(error: impl Display) -> Self {
        Self::new("58030", error)
    }
}

impl From<std::io::Error> for SqlError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::new("53100", "Disk Full");
        }
        Self::io(error)
    }
}

/// Why a statement failed, before the client is told: DuckDB's own errors are needed to decide on another try.
#[derive(Debug)]
pub(super) enum Failure {
    Duck(duckdb::Error),
    Sql(SqlError),
}

pub(super) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// DuckDB's message, empty for errors that are not its.
    pub fn duck_message(&self) -> String {
        match self {
            Self::Duck(duckdb::Error::DuckDBFailure(_, Some(message))) => message.clone(),
            Self::Duck(other) => other.to_string(),
            Self::Sql(_) => String::new(),
        }
    }

    /// A message of DuckDB, or `ERROR: ...` in Redshift's words.
    pub fn of_message(message: String) -> Self {
        if message.starts_with("ERROR: ") {
            return Self::Sql(SqlError {
                message,
                sqlstate: Some("42000"),
            });
        }
        Self::Duck(duckdb::Error::DuckDBFailure(duckdb::ffi::Error::new(1), Some(message)))
    }

    /// Another transaction changed the same rows or definitions meanwhile.
    pub fn is_conflict(&self) -> bool {
        translate::is_conflict(&self.duck_message())
    }

    pub fn into_sql(self) -> SqlError {
        match self {
            Self::Sql(error) => error,
            duck => translate::translate(&duck.duck_message()),
        }
    }
}

impl From<duckdb::Error> for Failure {
    fn from(error: duckdb::Error) -> Self {
        Self::Duck(error)
    }
}

impl From<SqlError> for Failure {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Sql(error.into())
    }
}

impl From<SyntaxError> for SqlError {
    fn from(error: SyntaxError) -> Self {
        Self {
            message: format!("{}\n  Position: {}", error.message, error.position),
            sqlstate: Some("42601"),
        }
    }
}
