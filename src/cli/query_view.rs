//! Results of queries: as a table, as CSV, as JSON with every digit.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::human;
use super::output::Output;
use crate::flow::{Cell, Column, Error, Page, Rows};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Table,
    /// RFC 4180.
    Csv,
    /// An array of objects, one a line.
    Json,
}

/// Prints a result. CSV and JSON go out page by page; a table needs all rows first, for its widths.
pub(super) async fn print(mut rows: Rows<'_>, style: Style, output: &Output) -> Result<(), Error> {
    let Some(mut page) = rows.next().await? else {
        return Ok(());
    };
    match style {
        Style::Table => {
            while let Some(next) = rows.next().await? {
                page.rows.extend(next.rows);
            }
            output.data(&table(&page));
            output.status(&format!("({})", human::counted(page.rows.len() as u64, "row")));
        }
        Style::Csv => {
            output.data(&csv_line(page.columns.iter().map(|column| quoted(&column.name))));
            loop {
                for row in &page.rows {
                    output.data(&csv_line(row.iter().map(csv_field)));
                }
                let Some(next) = rows.next().await? else { break };
                page = next;
            }
        }
        Style::Json => {
            let keys = keys(&page.columns);
            let columns = std::mem::take(&mut page.columns);
            let mut before = "[";
            loop {
                for row in &page.rows {
                    output.data(&format!("{before}{}", object(&keys, &columns, row)));
                    before = ",";
                }
                let Some(next) = rows.next().await? else { break };
                page = next;
            }
            output.data(if before == "[" { "[]" } else { "]" });
        }
    }
    Ok(())
}

/// A statement that has no result: for programs, one without rows.
pub(super) fn print_nothing(style: Style, output: &Output) {
    if style == Style::Json {
        output.data("[]");
    }
}

fn table(page: &Page) -> String {
    let header: Vec<String> = page.columns.iter().map(|column| shown(&column.name)).collect();
    let rows: Vec<Vec<String>> = page.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    let right: Vec<bool> = page.columns.iter().map(is_number).collect();
    human::grid(&header, &rows, &right)
}

fn is_number(column: &Column) -> bool {
    matches!(
        column.kind.as_str(),
        "int2"
            | "int4"
            | "int8"
            | "float4"
            | "float8"
            | "numeric"
            | "decimal"
            | "oid"
            | "smallint"
            | "integer"
            | "bigint"
    )
}

/// A value on one line of a terminal.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Text(text) => shown(text),
        other => plain(other),
    }
}

/// Control characters could move the cursor, or worse: they are shown as escapes.
fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            control if control.is_control() => out.extend(control.escape_default()),
            other => out.push(other),
        }
    }
    out
}

/// A value that is not text.
fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Long(value) => value.to_string(),
        Cell::Double(value) => value.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Binary(bytes) => bytes.iter().fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        }),
    }
}

/// One record; the line feed comes with printing, RFC 4180 wants a carriage return before it.
fn csv_line(fields: impl Iterator<Item = String>) -> String {
    fields.collect::<Vec<_>>().join(",") + "\r"
}

/// NULL is a field without anything, empty text one of two quotes.
fn csv_field(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => quoted(text),
        other => plain(other),
    }
}

fn quoted(text: &str) -> String {
    let needs = text.is_empty() || text.contains([',', '"', '\r', '\n']) || text.trim() != text;
    match needs {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// Names of the columns as JSON; a second one of the same name gets a number, so that no value is lost.
fn keys(columns: &[Column]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let name = |column: &Column| {
        let mut name = column.name.clone();
        let mut number = 2;
        while !seen.insert(name.clone()) {
            name = format!("{}_{number}", column.name);
            number += 1;
        }
        json_text(&name)
    };
    columns.iter().map(name).collect()
}

fn object(keys: &[String], columns: &[Column], row: &[Cell]) -> String {
    let members: Vec<String> = keys
        .iter()
        .zip(columns)
        .zip(row)
        .map(|((key, column), cell)| format!("{key}:{}", json(column, cell)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Decimals keep all their digits: they are written as they come, not by way of a double. SUPER is JSON already.
fn json(column: &Column, cell: &Cell) -> String {
    match cell {
        Cell::Null => "null".to_owned(),
        Cell::Boolean(_) | Cell::Long(_) => plain(cell),
        Cell::Double(value) if value.is_finite() => plain(cell),
        Cell::Text(text) if is_number(column) && serde_json::from_str::<serde_json::Number>(text).is_ok() => {
            text.clone()
        }
        Cell::Text(text) if column.kind == "super" && serde_json::from_str::<&RawValue>(text).is_ok() => text.clone(),
        Cell::Double(_) | Cell::Text(_) | Cell::Binary(_) => json_text(&plain(cell)),
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, kind: &str) -> Column {
        Column {
            name: name.into(),
            kind: kind.into(),
        }
    }

    fn page() -> Page {
        Page {
            columns: vec![
                column("department", "varchar"),
                column("employees", "int8"),
                column("payroll", "numeric"),
                column("skills", "super"),
                column("on", "bool"),
                column("payroll", "float8"),
            ],
            rows: vec![
                vec![
                    Cell::Text("R&D, \"north\"\nsouth".into()),
                    Cell::Long(12),
                    Cell::Text("123456789012345678.90".into()),
                    Cell::Text("[\"sql\",{\"a\":1}]".into()),
                    Cell::Boolean(true),
                    Cell::Double(0.5),
                ],
                vec![
                    Cell::Text(String::new()),
                    Cell::Long(1_000),
                    Cell::Null,
                    Cell::Null,
                    Cell::Null,
                    Cell::Double(f64::NAN),
                ],
            ],
        }
    }

    #[test]
    fn tables_have_numbers_on_the_right() {
        insta::assert_snapshot!(table(&page()), @r#"
        department           employees                payroll  skills           on    payroll
        R&D, "north"\nsouth         12  123456789012345678.90  ["sql",{"a":1}]  true      0.5
                                  1000                   NULL  NULL             NULL      NaN
        "#);
    }

    #[test]
    fn csv_is_rfc_4180() {
        let page = page();
        let lines: Vec<String> = page
            .rows
            .iter()
            .map(|row| csv_line(row.iter().map(csv_field)))
            .collect();
        assert_eq!(
            lines,
            [
                "\"R&D, \"\"north\"\"\nsouth\",12,123456789012345678.90,\"[\"\"sql\"\",{\"\"a\"\":1}]\",true,0.5\r",
                "\"\",1000,,,,NaN\r",
            ]
        );
    }

    #[test]
    fn json_keeps_every_digit_and_every_column() {
        let page = page();
        let keys = keys(&page.columns);
        let objects: Vec<String> = page.rows.iter().map(|row| object(&keys, &page.columns, row)).collect();
        assert_eq!(
            objects[0],
            r#"{"department":"R&D, \"north\"\nsouth","employees":12,"payroll":123456789012345678.90,"skills":["sql",{"a":1}],"on":true,"payroll_2":0.5}"#
        );
        assert_eq!(
            objects[1],
            r#"{"department":"","employees":1000,"payroll":null,"skills":null,"on":null,"payroll_2":"NaN"}"#
        );
    }

    #[test]
    fn nothing_in_a_result_moves_the_cursor() {
        assert_eq!(shown("a\u{1b}[2Jb\tc"), "a\\u{1b}[2Jb\\tc");
    }
}
