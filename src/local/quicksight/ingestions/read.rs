//! Rows of the source, as SPICE takes them: declared columns against what the source has, values against their types.

use tokio_util::sync::CancellationToken;

use super::cells::{fits, size};
use crate::local::ports::RowReader;
use crate::local::quicksight::columns::{Column, ColumnType, Relation, Shape};
use crate::local::quicksight::connection::query_fault;
use crate::local::quicksight::model::{Fault, Rows};
use crate::local::warehouse::{Cell, ColumnMeta};

/// The reading of a data set's source.
pub(super) struct Reading<'a> {
    shape: &'a Shape,
    rows: Rows,
    /// For each column of the data set the place of its source column; known with the first rows.
    places: Option<Vec<usize>>,
    fault: Option<Fault>,
}

impl<'a> Reading<'a> {
    pub fn new(shape: &'a Shape) -> Self {
        Self {
            shape,
            rows: Rows::default(),
            places: None,
            fault: None,
        }
    }

    /// Reads all rows. Blocks.
    pub fn run(mut self, reader: &mut dyn RowReader, stop: &CancellationToken) -> Result<Rows, Fault> {
        let sql = self.sql();
        let read = reader.read(&sql, &mut |columns, batch| {
            if !self.places(columns) || stop.is_cancelled() {
                return false;
            }
            batch.iter().for_each(|row| self.take(row));
            true
        });
        let own_sql = matches!(self.shape.origin.relation, Relation::Sql(_));
        let columns = read.map_err(|error| query_fault(error, own_sql))?;
        self.places(&columns);
        match self.fault {
            Some(fault) => Err(fault),
            None if stop.is_cancelled() => Err(Fault::new("INGESTION_CANCELED", "The ingestion was cancelled.")),
            None => Ok(self.rows),
        }
    }

    /// A table's declared columns, or all of the data set's own query, which QuickSight runs as a subquery.
    fn sql(&self) -> String {
        match &self.shape.origin.relation {
            Relation::Sql(sql) => format!("select * from (\n{sql}\n) as custom_sql"),
            Relation::Table { catalog, schema, name } => {
                let mut columns: Vec<String> = self.shape.columns.iter().map(|it| quoted(&it.source)).collect();
                columns.dedup();
                let parts = [catalog.as_deref(), schema.as_deref(), Some(name)];
                let table = parts.into_iter().flatten().map(quoted).collect::<Vec<_>>().join(".");
                format!("select {} from {table}", columns.join(", "))
            }
        }
    }

    /// Finds the source columns; false if the source is not what the data set declares.
    fn places(&mut self, columns: &[ColumnMeta]) -> bool {
        if self.places.is_none() && self.fault.is_none() {
            match places(&self.shape.columns, columns) {
                Ok(places) => self.places = Some(places),
                Err(fault) => self.fault = Some(fault),
            }
        }
        self.fault.is_none()
    }

    /// A row with a value that its column cannot hold is dropped.
    fn take(&mut self, row: &[Cell]) {
        let places = self.places.as_deref().unwrap_or_default();
        let mut bytes = 0;
        for (column, place) in self.shape.columns.iter().zip(places) {
            let cell = row.get(*place).unwrap_or(&Cell::Null);
            if !fits(cell, column) {
                self.rows.dropped += 1;
                return;
            }
            bytes += size(cell, column.kind);
        }
        self.rows.ingested += 1;
        self.rows.bytes += bytes;
    }
}

/// Redshift takes names as they are, in any case.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn places(declared: &[Column], found: &[ColumnMeta]) -> Result<Vec<usize>, Fault> {
    let mut names: Vec<_> = found.iter().map(|column| column.label.to_lowercase()).collect();
    names.sort();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        let message = format!("The source has more than one column {}.", pair[0]);
        return Err(Fault::new("DUPLICATE_COLUMN_NAMES_FOUND", message));
    }
    let mut places = Vec::with_capacity(declared.len());
    for column in declared {
        let is_it = |meta: &&ColumnMeta| meta.label.eq_ignore_ascii_case(&column.source);
        let Some(place) = found.iter().position(|meta| is_it(&meta)) else {
            let message = format!(
                "The source has no column {}; it has {}.",
                column.source,
                found
                    .iter()
                    .map(|meta| meta.label.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            return Err(Fault::new("SQL_SCHEMA_MISMATCH_ERROR", message));
        };
        if !holds(column.source_kind, &found[place]) {
            let message = format!(
                "Column {} is declared {}; in the source it is {}.",
                column.source,
                column.source_kind.name(),
                found[place].type_name
            );
            return Err(Fault::new("SQL_SCHEMA_MISMATCH_ERROR", message));
        }
        places.push(place);
    }
    Ok(places)
}

/// Whether a column declared so can hold what the source has.
/// Source: "Supported data types" in the QuickSight user guide.
fn holds(declared: ColumnType, found: &ColumnMeta) -> bool {
    let whole = matches!(found.type_name.as_str(), "int2" | "int4" | "int8");
    let decimal = matches!(found.type_name.as_str(), "numeric" | "float4" | "float8");
    match declared {
        ColumnType::String => true,
        ColumnType::Integer => whole || (found.type_name == "numeric" && found.scale == 0),
        ColumnType::Decimal => whole || decimal,
        ColumnType::Datetime => matches!(found.type_name.as_str(), "date" | "timestamp" | "timestamptz"),
        ColumnType::Boolean => found.type_name == "bool",
        ColumnType::Json => matches!(found.type_name.as_str(), "super" | "varchar" | "bpchar"),
    }
}
