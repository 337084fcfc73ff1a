//! Scripts tried without data and without services: what a Glue job's transformation gives, what a load script fills.

use std::path::PathBuf;

use duckdb::Connection;
use uuid::Uuid;

use super::glue::runner::{Refusal, functions_of_spark};
use super::warehouse::{Session, SqlError, Warehouses};

/// A table or view with the names and types of its columns, as the engine writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableShape {
    pub name: String,
    pub columns: Vec<(String, String)>,
}

/// The script does not run, in the engine's words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ScriptFault {
    pub message: String,
    /// Where in the script, in characters from its start, if that is known besides the message.
    pub position: Option<usize>,
}

impl ScriptFault {
    fn new(message: String) -> Self {
        Self {
            message,
            position: None,
        }
    }
}

impl From<SqlError> for ScriptFault {
    fn from(error: SqlError) -> Self {
        Self::new(error.message)
    }
}

impl From<duckdb::Error> for ScriptFault {
    fn from(error: duckdb::Error) -> Self {
        Self::new(error.to_string())
    }
}

/// An empty warehouse in memory.
pub struct Rehearsal {
    session: Session,
    folder: PathBuf,
}

impl Rehearsal {
    pub fn new() -> Result<Self, ScriptFault> {
        let folder = std::env::temp_dir().join(format!("pipectl-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&folder).map_err(|error| ScriptFault::new(format!("{}: {error}", folder.display())))?;
        let session = Warehouses::offline("rehearsal", &folder)?;
        Ok(Self { session, folder })
    }

    /// Runs a script. COPY loads nothing: it is answered with where from, and the columns it would fill, in order.
    pub fn run(&mut self, script: &str) -> Result<Vec<(String, TableShape)>, ScriptFault> {
        let copies = self.session.rehearse(script)?.into_iter();
        Ok(copies
            .map(|(from, name, columns)| {
                let columns = columns.into_iter();
                let columns = columns.map(|column| (column.name, column.kind.unwrap_or_default()));
                let columns = columns.collect();
                (from, TableShape { name, columns })
            })
            .collect())
    }
}

impl Rehearsal {
    /// Names and types of what a query gives.
    pub fn columns(&mut self, query: &str) -> Result<Vec<(String, String)>, ScriptFault> {
        const VIEW: &str = "pipectl_rehearsal";
        self.session
            .execute(&format!("CREATE VIEW public.{VIEW} AS {query}"), &[])?;
        let columns = self.session.column_types(Some("public"), VIEW);
        self.session.execute(&format!("DROP VIEW public.{VIEW}"), &[])?;
        let columns = columns?.into_iter();
        Ok(columns
            .map(|column| (column.name, column.kind.unwrap_or_default()))
            .collect())
    }
}

impl Drop for Rehearsal {
    fn drop(&mut self) {
        // Nothing is in it that anybody needs.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What the views of a transformation give when `raw` has `columns` (names and DuckDB's types) and no rows.
pub fn transformed(sql: &str, columns: &[(String, String)]) -> Result<Vec<TableShape>, ScriptFault> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false;")?;
    connection.execute_batch(functions_of_spark())?;
    let columns = columns.iter();
    let columns: Vec<_> = columns.map(|(name, kind)| format!("\"{name}\" {kind}")).collect();
    connection.execute_batch(&format!("CREATE TABLE raw ({})", columns.join(", ")))?;
    connection.execute_batch("SET enable_external_access = false;")?;
    connection.execute_batch(sql).map_err(|error| {
        let refusal = Refusal::of(sql, &error);
        ScriptFault {
            position: refusal.position(sql),
            message: refusal.said,
        }
    })?;
    let mut views = connection.prepare(
        "SELECT view_name, column_name, data_type FROM duckdb_views() JOIN duckdb_columns() \
         ON view_name = table_name WHERE NOT duckdb_views.internal ORDER BY view_name, column_index",
    )?;
    let mut rows = views.query([])?;
    let mut tables: Vec<TableShape> = Vec::new();
    while let Some(row) = rows.next()? {
        let (name, column): (String, (String, String)) = (row.get(0)?, (row.get(1)?, row.get(2)?));
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(TableShape {
                name,
                columns: vec![column],
            }),
        }
    }
    Ok(tables)
}
