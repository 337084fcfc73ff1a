//! What the text of a query tells of its columns that DuckDB does not keep: the table a column comes from, the length of
//! its text, Redshift's names and types of expressions. And what a query reads, for views that depend on it.
//!
//! DuckDB's parser gives the query as a tree (`json_serialize_sql`); what the tree does not tell is left open. `columns`
//! follows a result's columns through the tree, `types` gives expressions their types, `reads` finds the tables.

mod columns;
mod reads;
#[cfg(test)]
mod tests;
mod types;

use duckdb::Connection;
use serde_json::Value;

use super::answer::ColumnMeta;
use super::dialect::{TableName, Type};
use super::error::Result;
use super::types::MAX_VARCHAR;

/// A column of a query's result.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Output {
    pub name: String,
    pub kind: Option<Type>,
    /// Schema and table, for a column that is taken as it is.
    pub origin: Option<(String, String)>,
    pub nullable: bool,
}

impl Output {
    pub fn bare(name: &str, kind: Option<Type>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            origin: None,
            nullable: true,
        }
    }

    /// As the Data API describes it.
    pub fn meta(&self) -> ColumnMeta {
        let unknown = Type::Varchar(MAX_VARCHAR);
        let mut meta = ColumnMeta::new(&self.name, self.kind.as_ref().unwrap_or(&unknown));
        meta.nullable = i32::from(self.nullable);
        if let Some((schema, table)) = &self.origin {
            schema.clone_into(&mut meta.schema_name);
            table.clone_into(&mut meta.table_name);
        }
        meta
    }
}

/// Knows the columns of tables and views.
pub(super) trait Tables {
    fn columns(&self, table: &TableName) -> Option<Vec<Output>>;
}

/// A query, taken apart by DuckDB's parser.
pub(super) struct Tree(Value);

impl Tree {
    /// `None` if the query cannot be taken apart (EXPLAIN, SHOW).
    pub fn parse(connection: &Connection, query: &str) -> Result<Option<Self>> {
        let json: String = connection.query_row("SELECT json_serialize_sql(?::VARCHAR)", [query], |row| row.get(0))?;
        let tree: Value = serde_json::from_str(&json).unwrap_or_default();
        Ok((tree["error"] == false).then_some(Self(tree)))
    }

    /// Columns of the result; `None` if not even their number can be told.
    pub fn outputs(&self, tables: &dyn Tables) -> Option<Vec<Output>> {
        columns::of_query(&self.0["statements"][0]["node"], tables)
    }
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

fn table_name(reference: &Value) -> TableName {
    let schema = text(reference, "schema_name");
    TableName {
        schema: (!schema.is_empty()).then(|| schema.to_lowercase()),
        name: text(reference, "table_name").to_lowercase(),
    }
}
