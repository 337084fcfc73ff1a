//! What runs SQL, as the Data API sees it.

use crate::local::error::AwsError;

/// All databases of the account. Calls block.
pub(crate) trait Engine: Send + Sync {
    fn databases(&self, warehouse: &str) -> Result<Vec<String>, AwsError>;

    fn connect(&self, login: Login) -> Result<Box<dyn Session>, SqlError>;
}

/// One connection to a database. Calls block, which is why each statement has a thread.
pub(crate) trait Session: Send {
    /// Runs exactly one statement, with named parameters (`:name`).
    fn execute(&mut self, sql: &str, parameters: &[(String, Option<String>)]) -> Result<Answer, SqlError>;

    fn begin(&mut self) -> Result<(), SqlError>;

    fn commit(&mut self) -> Result<(), SqlError>;

    fn rollback(&mut self) -> Result<(), SqlError>;

    /// What interrupts the session's statement from another thread.
    fn canceller(&self) -> Box<dyn Cancel>;
}

pub(crate) trait Cancel: Send + Sync {
    /// Interrupts the running statement; nothing happens if none runs.
    fn cancel(&self);
}

/// Who connects where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub warehouse: String,
    pub database: String,
    pub user: String,
    /// ARNs of the IAM roles that COPY and UNLOAD may use.
    pub roles: Vec<String>,
    pub default_role: Option<String>,
}

/// What a statement brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    pub has_result_set: bool,
    /// Rows returned or affected; -1 where Redshift does not say.
    pub affected: i64,
}

/// A value in the form the Data API gives it; decimals, dates and SUPER are text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// A column of a result, as `ColumnMetadata` has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Column {
    pub name: String,
    pub label: String,
    pub schema_name: String,
    pub table_name: String,
    /// `int4`, `varchar`, `numeric`
    pub type_name: String,
    pub length: i64,
    pub precision: i32,
    pub scale: i32,
    /// 1: may be null; 0: may not; 2: not known.
    pub nullable: i32,
    pub is_signed: bool,
    pub is_case_sensitive: bool,
    pub is_currency: bool,
}

/// A statement failed. The message is as Redshift words it, with `ERROR: ` in front.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SqlError {
    pub message: String,
}
