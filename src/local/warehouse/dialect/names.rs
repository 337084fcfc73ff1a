//! Names of tables and columns, read and written.

use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::statement::TableName;

/// Of DuckDB itself: no Redshift has them.
const FOREIGN: &[&str] = &["duckdb_", "sqlite_", "pragma_"];

/// `[schema.]table`
pub(super) fn table_name(cursor: &mut Cursor) -> Result<TableName, SyntaxError> {
    let at = cursor.offset();
    let mut parts = vec![cursor.name()?];
    while cursor.take_sign(".") {
        parts.push(cursor.label()?);
    }
    table_of(&parts, at)
}

/// # Errors
/// Three parts: a database's name is the first of them.
pub(super) fn table_of(parts: &[String], at: usize) -> Result<TableName, SyntaxError> {
    let (schema, name) = match parts {
        [name] => (None, name),
        [schema, name] => (Some(schema.clone()), name),
        _ => {
            return Err(unsupported(
                at,
                "A table of another database",
                "write schema.table, and connect to the database that has it",
            ));
        }
    };
    // DuckDB reads a table that it does not know from the file of that name.
    if name.contains(['.', '/', '\\', ':', '*', '?', '[']) || FOREIGN.iter().any(|prefix| name.starts_with(prefix)) {
        return Err(failure(at, format_args!("relation \"{name}\" does not exist")));
    }
    Ok(TableName {
        schema,
        name: name.clone(),
    })
}

/// `"name"`
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `"schema"."table"`
pub(super) fn quote_table(table: &TableName) -> String {
    match &table.schema {
        Some(schema) => format!("{}.{}", quote(schema), quote(&table.name)),
        None => quote(&table.name),
    }
}

/// `"a", "b"`
pub(super) fn quote_all<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| quote(name)).collect();
    quoted.join(", ")
}

/// `'text'`, in DuckDB's SQL, where backslashes are characters like others.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
