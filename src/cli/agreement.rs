//! The type contract's engines: the embedded ones, without data.

use super::error::CliError;
use super::output::Output;
use crate::agreement::{self, Column, Dialects, Fault, Loaded, Table, Warehouse};
use crate::aws::sql_error_offset;
use crate::local::{self, Rehearsal, ScriptFault, TableShape};
use crate::template::{ColumnType, Contract, Project};

/// Checks that all places of the project agree on columns; answers how many there are.
///
/// # Errors
/// They do not: a usage error with every mistake.
pub(super) fn check(project: &Project, output: &Output) -> Result<usize, CliError> {
    let agreement = agreement::check(project, &Embedded).map_err(|error| CliError::usage(error.to_string()))?;
    if agreement.mistakes.is_empty() {
        return Ok(agreement.places.len());
    }
    output.status(&agreement.mistakes.render(output.colour()));
    if agreement.mistakes.iter().any(|mistake| mistake.code == "script-fails") {
        return Err(CliError::usage("the project's SQL does not run").hint("correct it, then validate again"));
    }
    Err(CliError::usage("the project's places disagree on columns")
        .hint("the record contract decides: change the others to what it says"))
}

struct Embedded;

impl Dialects for Embedded {
    fn transform(&self, sql: &str, contract: &Contract) -> Result<Vec<Table>, Fault> {
        let tables = local::transformed(sql, &raw(contract)).map_err(|error| Fault {
            position: error.position,
            message: error.message,
        })?;
        Ok(tables.into_iter().map(table).collect())
    }

    fn warehouse(&self) -> Result<Box<dyn Warehouse>, Fault> {
        Ok(Box::new(Tried(Rehearsal::new().map_err(|error| fault("", &error))?)))
    }
}

struct Tried(Rehearsal);

impl Warehouse for Tried {
    fn run(&mut self, script: &str) -> Result<Vec<Loaded>, Fault> {
        let loads = self.0.run(script).map_err(|error| fault(script, &error))?.into_iter();
        Ok(loads
            .map(|(from, into)| Loaded {
                from,
                into: table(into),
            })
            .collect())
    }

    fn columns(&mut self, query: &str) -> Result<Vec<Column>, Fault> {
        let columns = self.0.columns(query).map_err(|error| fault(query, &error))?.into_iter();
        Ok(columns.map(|(name, kind)| Column { name, kind }).collect())
    }
}

/// What the relation `raw` of a job offers (see glue_scripts), in DuckDB's types.
fn raw(contract: &Contract) -> Vec<(String, String)> {
    let columns = contract.columns.iter();
    let columns = columns.map(|column| (column.name.clone(), duckdb(&column.kind)));
    let besides = [
        ("reason", "VARCHAR"),
        ("raw_record", "VARCHAR"),
        ("source_object", "VARCHAR"),
        ("arrival", "BIGINT"),
        ("dt", "DATE"),
        ("ingested_at", "TIMESTAMP"),
        ("ingest_row", "BIGINT"),
    ];
    let besides = besides.map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    columns.chain(besides).collect()
}

fn duckdb(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Text { .. } => "VARCHAR".into(),
        ColumnType::SmallInt => "SMALLINT".into(),
        ColumnType::Integer => "INTEGER".into(),
        ColumnType::BigInt => "BIGINT".into(),
        ColumnType::Decimal { precision, scale } => format!("DECIMAL({precision},{scale})"),
        ColumnType::Double => "DOUBLE".into(),
        ColumnType::Boolean => "BOOLEAN".into(),
        ColumnType::Date => "DATE".into(),
        ColumnType::Timestamp => "TIMESTAMP".into(),
        ColumnType::TextList { .. } => "VARCHAR[]".into(),
    }
}

fn table(shape: TableShape) -> Table {
    let columns = shape.columns.into_iter();
    Table {
        name: shape.name,
        columns: columns.map(|(name, kind)| Column { name, kind }).collect(),
    }
}

/// What the warehouse says, and where in the script.
fn fault(script: &str, error: &ScriptFault) -> Fault {
    let message = &error.message;
    let offset = sql_error_offset(script, message);
    let said = message.strip_prefix("ERROR: ").unwrap_or(message);
    let said = said.rsplit_once("Position: ").map_or(said, |(said, _)| said);
    Fault {
        message: said.trim().to_owned(),
        position: offset.map(|offset| script[..offset].chars().count()),
    }
}
