//! Statements that have run, for `sys_query_history`.

use jiff::Timestamp;

use super::dialect::Kind;

/// A statement that has run.
pub(super) struct Entry {
    pub query: i64,
    pub session: i64,
    pub user: String,
    /// `SELECT`, `INSERT`, `COPY`, ...
    pub kind: &'static str,
    /// `success`, `failed` or `canceled`.
    pub status: &'static str,
    pub start: Timestamp,
    pub end: Timestamp,
    pub rows: i64,
    pub text: String,
    pub error: Option<String>,
}

/// `query_type` of <https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html>.
pub(super) fn kind(kind: &Kind, text: &str) -> &'static str {
    let starts = |word: &str| {
        text.trim_start()
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    match kind {
        Kind::Query(_) => "SELECT",
        Kind::Change(_) if starts("insert") => "INSERT",
        Kind::Change(_) if starts("update") => "UPDATE",
        Kind::Change(_) => "DELETE",
        Kind::Merge(_) => "MERGE",
        Kind::CreateTable(create) if create.query.is_some() => "CTAS",
        Kind::CreateTable(_) | Kind::CreateView(_) | Kind::Define(_) => "DDL",
        Kind::Copy(_) => "COPY",
        Kind::Unload(_) => "UNLOAD",
        Kind::Begin | Kind::Commit | Kind::Rollback | Kind::Accepted(_) => "UTILITY",
    }
}
