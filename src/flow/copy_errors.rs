//! What the warehouse noted about rows that COPY could not take.

use jiff::Timestamp;

use super::query::Page;
use super::warehouse::Warehouse;

/// Rows asked for.
const MOST: u32 = 10;

/// One row of `sys_load_error_detail`, the value itself left out
/// (<https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html>).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CopyError {
    pub file: String,
    /// Row of the file, from 1.
    pub line: u64,
    pub column: String,
    /// Of the warehouse's column.
    pub column_type: String,
    pub code: u64,
    /// What is wrong, without the value.
    pub message: String,
}

impl std::fmt::Display for CopyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.file)?;
        // Columnar files have no lines, and what is wrong with a file as a whole is in none.
        if self.line > 0 {
            write!(f, ", row {}", self.line)?;
        }
        match (self.column.as_str(), self.column_type.as_str()) {
            ("", _) => {}
            (column, "") => write!(f, ", column {column}")?,
            (column, kind) => write!(f, ", column {column} ({kind})")?,
        }
        write!(f, ": {} (code {})", self.message, self.code)
    }
}

/// The errors noted since a load began. They outlive the transaction that was rolled back.
///
/// A warehouse that cannot be asked is no reason to hide why the load failed: then there are none.
pub(super) async fn since(warehouse: &Warehouse, begun: Option<Timestamp>) -> Vec<CopyError> {
    let Some(begun) = begun else {
        return Vec::new();
    };
    // Redshift's timestamps have microseconds and are in UTC.
    let begun = begun.strftime("%Y-%m-%d %H:%M:%S%.6f");
    let sql = format!(
        "SELECT file_name, line_number, column_name, column_type, error_code, error_message FROM sys_load_error_detail \
         WHERE start_time >= '{begun}' ORDER BY start_time, file_name, line_number LIMIT {MOST}"
    );
    let page = async { warehouse.select(&sql).await?.1.all().await }.await;
    match page {
        Ok(page) => (0..page.rows.len()).map(|row| noted(&page, row)).collect(),
        Err(error) => {
            tracing::debug!(%error, "no load errors");
            Vec::new()
        }
    }
}

fn noted(page: &Page, row: usize) -> CopyError {
    let text = |name| page.text(row, name).unwrap_or_default();
    CopyError {
        file: text("file_name"),
        line: page.count(row, "line_number").unwrap_or_default(),
        column: text("column_name"),
        column_type: text("column_type"),
        code: page.count(row, "error_code").unwrap_or_default(),
        message: without_value(&text("error_message")),
    }
}

/// `Invalid digit, Value 'x', Pos 0, Type: Integer` without the value of the row.
fn without_value(message: &str) -> String {
    let Some((before, rest)) = message.split_once("Value '") else {
        return message.to_owned();
    };
    match rest.rsplit_once('\'') {
        Some((_, after)) => format!("{before}Value not shown{after}"),
        None => format!("{before}Value not shown"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_not_shown() {
        assert_eq!(
            without_value("Invalid digit, Value 'it's secret', Pos 0, Type: Integer"),
            "Invalid digit, Value not shown, Pos 0, Type: Integer"
        );
        assert_eq!(without_value("Value 'cut off"), "Value not shown");
        assert_eq!(
            without_value("String length exceeds DDL length"),
            "String length exceeds DDL length"
        );
    }
}
