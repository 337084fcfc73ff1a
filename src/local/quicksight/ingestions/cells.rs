//! Values: whether a column's type can hold them, and how much of SPICE they take.

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;

use crate::local::quicksight::columns::{Column, ColumnType};
use crate::local::warehouse::Cell;

/// Whether the cast from the declared type of the source column to the column's own keeps the value.
pub(super) fn fits(cell: &Cell, column: &Column) -> bool {
    if column.kind == column.source_kind {
        return true;
    }
    let text = match cell {
        Cell::Null => return true,
        Cell::Text(text) => text.trim(),
        Cell::Long(_) | Cell::Double(_) => return column.kind != ColumnType::Datetime || column.format.is_some(),
        Cell::Boolean(_) => return column.kind != ColumnType::Datetime,
        Cell::Blob(_) => return column.kind == ColumnType::String,
    };
    match column.kind {
        ColumnType::Integer | ColumnType::Decimal => text.parse::<f64>().is_ok_and(f64::is_finite),
        ColumnType::Datetime => is_date(text, column.format.as_deref()),
        _ => true,
    }
}

/// Whether a text is a date, by a format of Java's (`yyyy-MM-dd HH:mm:ss`) or else as ISO 8601 has it.
fn is_date(text: &str, format: Option<&str>) -> bool {
    let Some(format) = format else {
        return text.parse::<DateTime>().is_ok() || text.parse::<Date>().is_ok();
    };
    let pattern = strftime(format);
    let Ok(parsed) = strtime::parse(&pattern, text) else {
        return false;
    };
    parsed.to_date().is_ok()
}

/// A format of Java's SimpleDateFormat in the letters of strftime.
fn strftime(format: &str) -> String {
    let mut pattern = String::new();
    let mut rest = format;
    while let Some(letter) = rest.chars().next() {
        let run = rest.chars().take_while(|c| *c == letter).count();
        let length = run * letter.len_utf8();
        pattern.push_str(match (letter, run) {
            ('y', 2) => "%y",
            ('y', _) => "%Y",
            ('M', 1 | 2) => "%m",
            ('M', 3) => "%b",
            ('M', _) => "%B",
            ('d', _) => "%d",
            ('H', _) => "%H",
            ('h', _) => "%I",
            ('m', _) => "%M",
            ('s', _) => "%S",
            ('S', _) => "%f",
            ('a', _) => "%p",
            ('E', 1..=3) => "%a",
            ('E', _) => "%A",
            ('Z' | 'X', _) => "%z",
            ('%', _) => "%%",
            _ => &rest[..length],
        });
        rest = &rest[length..];
    }
    pattern
}

/// Bytes in SPICE: numbers and dates 8, text 8 and its UTF-8, nothing for NULL.
/// Source: "Estimating the size of SPICE datasets" in the QuickSight user guide.
pub(super) fn size(cell: &Cell, kind: ColumnType) -> i64 {
    let text = match cell {
        Cell::Null => return 0,
        Cell::Text(text) => text.len(),
        Cell::Blob(bytes) => bytes.len(),
        _ => 0,
    };
    match kind {
        ColumnType::String | ColumnType::Json => 8 + i64::try_from(text).unwrap_or(i64::MAX - 8),
        _ => 8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_by_javas_formats() {
        assert!(is_date("2026-11-25", None));
        assert!(is_date("2026-11-25 10:11:12", None));
        assert!(!is_date("25/11/2026", None));
        assert!(is_date("25/11/2026", Some("dd/MM/yyyy")));
        assert!(!is_date("2026-11-25", Some("dd/MM/yyyy")));
        assert!(is_date("Nov 25 2026 01:02:03", Some("MMM dd yyyy HH:mm:ss")));
    }
}
