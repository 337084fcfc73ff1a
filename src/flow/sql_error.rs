//! A statement that Redshift refused, and where in its file.

use crate::aws::statement::Failure;
use crate::aws::{self, SqlPlace, sql_error_offset, sql_place};

/// A failed statement.
#[derive(Debug)]
pub struct SqlError {
    /// What Redshift says, without the position; or why the statement did not run at all.
    pub message: String,
    /// Name of the file, or of what else the statement came from.
    pub file: String,
    /// The line at fault, where Redshift says where; otherwise the statement's first.
    pub place: SqlPlace,
    /// Whether `place.column` is the place of the error, not only that of the statement.
    pub exact: bool,
    pub error: aws::Error,
}

impl SqlError {
    /// `line` is the line of the file that `statement` starts on.
    pub(super) fn new(failure: Failure, file: &str, line: usize, statement: &str) -> Self {
        let message = failure.message.unwrap_or_else(|| failure.error.to_string());
        let offset = sql_error_offset(statement, &message).or_else(|| near(statement, &message));
        let mut place = sql_place(statement, offset.unwrap_or_default());
        place.line += line - 1;
        Self {
            message: plain(&message).to_owned(),
            file: file.to_owned(),
            place,
            exact: offset.is_some(),
            error: failure.error,
        }
    }

    pub(super) fn hint(&self) -> Option<String> {
        let message = self.message.to_ascii_lowercase();
        if message.contains("relation") && message.contains("does not exist") {
            return Some("is the schema deployed? pipectl deploy runs the scripts of configs/aggregation".to_owned());
        }
        self.error.hint().map(str::to_owned)
    }
}

impl std::fmt::Display for SqlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

/// Without `ERROR: ` in front and the position behind.
fn plain(message: &str) -> &str {
    let message = message.strip_prefix("ERROR: ").unwrap_or(message);
    let end = message.rfind("Position: ").unwrap_or(message.len());
    message[..end].trim()
}

/// Where `at or near "word"` is, if the word stands in the statement once only.
fn near(statement: &str, message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("at or near \"")?;
    let (word, _) = rest.rsplit_once('"')?;
    let mut found = statement.match_indices(word).map(|(at, _)| at);
    let first = found.next().filter(|_| !word.is_empty())?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ErrorKind;

    fn error(statement: &str, message: &str) -> SqlError {
        let error = aws::Error::new(
            "redshift-data",
            "ExecuteStatement",
            "w",
            ErrorKind::FailedState,
            message.into(),
        );
        let failure = Failure {
            error,
            position: Some(0),
            message: Some(message.into()),
        };
        SqlError::new(failure, "q.sql", 7, statement)
    }

    #[test]
    fn the_position_is_a_place_in_the_file() {
        let found = error(
            "SELECT *\nFORM t",
            "ERROR: syntax error at or near \"FORM\"\n  Position: 10",
        );
        assert_eq!(found.message, "syntax error at or near \"FORM\"");
        assert_eq!((found.place.line, found.place.column, found.exact), (8, 1, true));
        assert_eq!(found.place.text, "FORM t");
    }

    #[test]
    fn without_a_position_the_word_is_looked_for() {
        let found = error("SELECT *\n  FORM t", "ERROR: syntax error at or near \"FORM\"");
        assert_eq!((found.place.line, found.place.column, found.exact), (8, 3, true));
        let twice = error("FORM FORM", "ERROR: syntax error at or near \"FORM\"");
        assert_eq!((twice.place.line, twice.exact), (7, false));
    }

    #[test]
    fn a_missing_table_is_a_missing_deploy() {
        let found = error("SELECT 1", "ERROR: relation \"hr.load_ledger\" does not exist");
        assert!(found.hint().unwrap().contains("pipectl deploy"));
    }
}
