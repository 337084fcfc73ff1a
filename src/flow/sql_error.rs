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
    /// The place at fault, where Redshift says where; otherwise the statement's start.
    pub place: SqlPlace,
    /// Whether `place` is the place of the error, not only that of the statement.
    pub exact: bool,
    /// The Data API's id of the statement, or of the batch it is in, once it has one.
    pub statement: Option<String>,
    pub error: aws::Error,
}

impl SqlError {
    /// `script` is the text of `file`, in which `statement` starts at the byte `offset`.
    pub(super) fn new(failure: Failure, file: &str, script: &str, offset: usize, statement: &str) -> Self {
        let message = failure.message.unwrap_or_else(|| failure.error.to_string());
        let at = sql_error_offset(statement, &message);
        Self {
            message: plain(&message),
            file: file.to_owned(),
            place: sql_place(script, offset + at.unwrap_or_default()),
            exact: at.is_some(),
            statement: None,
            error: failure.error,
        }
    }

    /// With the id under which the Data API knows it.
    pub(super) fn of_statement(mut self, id: &str) -> Self {
        self.statement = Some(id.to_owned());
        self
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

/// Without `ERROR: ` in front and the position behind, and with what compute nodes add (a block of lines) in one line.
fn plain(message: &str) -> String {
    let message = message.strip_prefix("ERROR: ").unwrap_or(message);
    let end = message.rfind("Position: ").unwrap_or(message.len());
    let message = message[..end].trim();
    detailed(message).unwrap_or_else(|| message.to_owned())
}

/// What compute nodes report comes with a block of its own:
///
/// ```text
/// Spectrum Scan Error
///   Detail:
///   -----------------------------------------------
///   error:  Spectrum Scan Error
///   code:      15007
///   context:   File '...' has an incompatible Parquet schema ...
///   query:     1072
///   -----------------------------------------------
/// ```
///
/// Its context says what happened, the code finds it in AWS's documentation; the rest repeats or is internal.
fn detailed(message: &str) -> Option<String> {
    let (said, block) = message.split_once("Detail:")?;
    let said = said.trim();
    let line = |name: &str| {
        let found = block.lines().find_map(|line| line.trim().strip_prefix(name));
        found.map(str::trim).filter(|text| !text.is_empty())
    };
    let code = line("code:")?;
    // `IAM Role=arn:...` repeats what the message says.
    let fresh = |context: &&str| !said.contains(context.rsplit('=').next().unwrap_or(context));
    Some(match line("context:").filter(fresh) {
        Some(context) => format!("{said} (code {code}): {context}"),
        None => format!("{said} (code {code})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::ErrorKind;

    fn error(statement: &str, message: &str) -> SqlError {
        let script = format!("\n\n\n\n\nSELECT 1; {statement}; SELECT 2");
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
        SqlError::new(failure, "q.sql", &script, 15, statement)
    }

    #[test]
    fn the_position_is_a_place_in_the_file() {
        let found = error(
            "SELECT *\nFORM t",
            "ERROR: syntax error at or near \"FORM\"\n  Position: 10",
        );
        assert_eq!(found.message, "syntax error at or near \"FORM\"");
        assert_eq!((found.place.line, found.place.column, found.exact), (7, 1, true));
        assert_eq!(found.place.text, "FORM t; SELECT 2");
    }

    #[test]
    fn without_a_position_the_word_is_looked_for() {
        let found = error("SELECT *\n  FORM t", "ERROR: syntax error at or near \"FORM\"");
        assert_eq!((found.place.line, found.place.column, found.exact), (7, 3, true));
        let twice = error("FORM FORM", "ERROR: syntax error at or near \"FORM\"");
        assert_eq!((twice.place.line, twice.place.column, twice.exact), (6, 11, false));
    }

    #[test]
    fn a_missing_table_is_a_missing_deploy() {
        let found = error("SELECT 1", "ERROR: relation \"hr.load_ledger\" does not exist");
        assert!(found.hint().unwrap().contains("pipectl deploy"));
    }

    #[test]
    fn an_unknown_name_is_looked_for() {
        let place = |statement: &str, message: &str| {
            let found = error(statement, message);
            (found.place.line, found.place.column, found.exact)
        };
        let unknown = "ERROR: column \"slary\" does not exist in staged";
        assert_eq!(
            place("SELECT salary,\n staged.Slary FROM staged", unknown),
            (7, 9, true)
        );
        assert_eq!(place("SELECT slary_band", unknown), (6, 11, false));
        let unknown = "ERROR: function lisagg(integer) does not exist";
        assert_eq!(place("SELECT 'é', LISAGG(1)", unknown), (6, 23, true));
    }

    #[test]
    fn what_compute_nodes_report_is_one_line() {
        let block = |said: &str, context: &str| {
            let rule = "-".repeat(47);
            format!(
                "ERROR: {said}\n  Detail: \n  {rule}\n  error:  {said}\n  code:      15007\n  context:   {context}\n  \
                 query:     1072\n  {rule}"
            )
        };
        assert_eq!(
            plain(&block(
                "Spectrum Scan Error",
                "File 's3://b/k' has an incompatible Parquet schema"
            )),
            "Spectrum Scan Error (code 15007): File 's3://b/k' has an incompatible Parquet schema"
        );
        assert_eq!(
            plain(&block("x is not authorized to assume IAM Role arn:y", "IAM Role=arn:y")),
            "x is not authorized to assume IAM Role arn:y (code 15007)"
        );
    }
}
