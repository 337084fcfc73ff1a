//! QuickSight's data sets: what each says of its columns, and what the warehouse answers to its query.

use std::io;

use serde_json::Value;

use super::declared::Declared;
use super::kind::Kind;
use super::place::Place;
use super::{Column, Warehouse};
use crate::template::Diagnostic;

/// A physical table of a data set.
pub(super) struct DataSet {
    pub place: Place,
    /// What QuickSight sends to the warehouse.
    pub query: String,
    /// Names and QuickSight's types of the columns.
    columns: Vec<(String, String)>,
}

impl DataSet {
    /// Those that ask the warehouse.
    pub fn all(declared: &Declared<'_>) -> io::Result<Vec<Self>> {
        let mut found = Vec::new();
        for (declaration, properties) in declared.of_kind("AWS::QuickSight::DataSet") {
            let tables = properties["PhysicalTableMap"].as_object().into_iter().flatten();
            for (query, columns) in tables.filter_map(|(_, table)| physical(table)) {
                let file = declared.file(&declaration.file)?;
                let what = format!("data set {}", declaration.id);
                found.push(Self {
                    place: Place::new(what, &file, &declaration.id, Vec::new()),
                    query,
                    columns,
                });
            }
        }
        Ok(found)
    }

    /// Compares with what the query gives. QuickSight finds columns by their names.
    pub fn compare(&self, warehouse: &mut dyn Warehouse) -> Vec<Diagnostic> {
        let given = match warehouse.columns(&self.query) {
            Ok(given) => given,
            Err(fault) => {
                let message = format!("the query of {} does not run: {}", self.place.what, fault.message);
                return vec![self.place.mistake(None, message)];
            }
        };
        let wrong = self.columns.iter().filter_map(|(name, kind)| {
            let message = self.disagreement(name, kind, &given)?;
            Some(self.place.mistake(Some(name), message))
        });
        wrong.collect()
    }

    fn disagreement(&self, name: &str, kind: &str, given: &[Column]) -> Option<String> {
        let what = &self.place.what;
        let Some(column) = given.iter().find(|column| column.name.eq_ignore_ascii_case(name)) else {
            let names: Vec<&str> = given.iter().map(|column| column.name.as_str()).collect();
            return Some(format!(
                "{what} has a column `{name}`, its query does not: it gives {}",
                names.join(", ")
            ));
        };
        let given = Kind::parse(&column.kind);
        (!holds(kind, &given)).then(|| format!("`{name}` is {kind} in {what}, and {given} in the warehouse"))
    }
}

/// The query and the columns of a physical table; files in S3 have none.
fn physical(table: &Value) -> Option<(String, Vec<(String, String)>)> {
    let columns = |list: &Value| {
        let list = list.as_array().into_iter().flatten();
        let text = |column: &Value, name: &str| column[name].as_str().unwrap_or_default().to_owned();
        list.map(|column| (text(column, "Name"), text(column, "Type")))
            .collect()
    };
    if let Some(custom) = table.get("CustomSql") {
        let query = custom["SqlQuery"].as_str()?.trim().trim_end_matches(';').to_owned();
        return Some((query, columns(&custom["Columns"])));
    }
    let relational = table.get("RelationalTable")?;
    let parts = [relational["Schema"].as_str(), relational["Name"].as_str()];
    let parts: Vec<String> = parts.into_iter().flatten().map(quoted).collect();
    let query = format!("SELECT * FROM {}", parts.join("."));
    Some((query, columns(&relational["InputColumns"])))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether QuickSight reads a type of the warehouse as `kind`
/// (<https://docs.aws.amazon.com/quicksight/latest/user/supported-data-types-and-values.html>).
fn holds(kind: &str, given: &Kind) -> bool {
    match kind {
        "INTEGER" => matches!(given, Kind::SmallInt | Kind::Integer | Kind::BigInt),
        "DECIMAL" => matches!(given, Kind::Decimal(..) | Kind::Double) || is_number(given),
        "DATETIME" => matches!(given, Kind::Date | Kind::Timestamp),
        "BIT" | "BOOLEAN" => matches!(given, Kind::Boolean),
        "STRING" => matches!(given, Kind::Text(_) | Kind::TextList) || is_text(given),
        // What the schema allows besides, such as JSON, is QuickSight's to judge.
        _ => true,
    }
}

/// Types that only queries have: NUMERIC without a precision, REAL.
fn is_number(given: &Kind) -> bool {
    matches!(given, Kind::Other(text) if text.starts_with("numeric") || text.starts_with("decimal") || matches!(text.as_str(), "real" | "float4"))
}

fn is_text(given: &Kind) -> bool {
    matches!(given, Kind::Other(text) if text.starts_with("char") || text.starts_with("bpchar"))
}
