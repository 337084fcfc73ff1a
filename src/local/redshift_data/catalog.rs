//! ListDatabases, ListSchemas, ListTables, DescribeTable: what a database has, asked of the database itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::RedshiftData;
use super::columns;
use super::connection::{ConnectionRef, connection_input};
use super::errors::{constrain, validation};
use super::ports::{Cell, Column};
use crate::local::error::AwsError;

const SCHEMAS: &str = "SELECT schema_name FROM svv_all_schemas ORDER BY schema_name";
const TABLES: &str = "SELECT table_schema, table_name, table_type FROM svv_tables ORDER BY table_schema, table_name";
const COLUMNS: &str = "SELECT table_schema, table_name, column_name, data_type, is_nullable, \
    character_maximum_length, numeric_precision, numeric_scale, column_default \
    FROM svv_columns ORDER BY table_schema, table_name, ordinal_position";

connection_input!(ListDatabases {
    next_token: Option<String>,
    max_results: Option<i64>,
});

connection_input!(ListSchemas {
    connected_database: Option<String>,
    schema_pattern: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
});

connection_input!(ListTables {
    connected_database: Option<String>,
    schema_pattern: Option<String>,
    table_pattern: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
});

connection_input!(DescribeTable {
    connected_database: Option<String>,
    schema: Option<String>,
    table: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
});

/// Whether `name` matches a pattern of SQL's LIKE: `%` is any text, `_` any character.
fn like(pattern: &str, name: &str) -> bool {
    let mut rest = pattern.chars();
    match rest.next() {
        None => name.is_empty(),
        Some('%') => {
            let rest = rest.as_str();
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.into_iter().any(|at| like(rest, &name[at..]))
        }
        Some(c) => {
            let mut name = name.chars();
            name.next().is_some_and(|first| c == '_' || c == first) && like(rest.as_str(), name.as_str())
        }
    }
}

fn matches(pattern: Option<&String>, name: &str) -> bool {
    pattern.is_none_or(|pattern| like(pattern, name))
}

/// A page of what is listed, and the token of the next: the place it begins.
fn page<T>(items: Vec<T>, max: Option<i64>, token: Option<&str>) -> Result<(Vec<T>, Option<String>), AwsError> {
    if let Some(max) = max {
        constrain(|constraints| constraints.range("maxResults", max, 0, 1000))?;
    }
    let max = match max {
        None | Some(0) => 1000,
        Some(max) => max as usize,
    };
    let parse = |token: &str| token.parse().map_err(|_| validation("The NextToken is not valid."));
    let from = token.map(parse).transpose()?.unwrap_or(0_usize);
    let next = (items.len() > from.saturating_add(max)).then(|| (from + max).to_string());
    Ok((items.into_iter().skip(from).take(max).collect(), next))
}

fn answer(mut members: Value, next: Option<String>) -> Value {
    if let Some(next) = next {
        members["NextToken"] = json!(next);
    }
    members
}

impl RedshiftData {
    pub(super) async fn list_databases(&self, input: ListDatabases) -> Result<Value, AwsError> {
        let connection = self.connection(input.connection())?;
        let (engine, login) = (self.runner.engine(), connection.login);
        let asked = tokio::task::spawn_blocking(move || engine.databases(&login.warehouse)).await;
        let mut databases = asked.map_err(AwsError::internal)??;
        databases.sort();
        let (databases, next) = page(databases, input.max_results, input.next_token.as_deref())?;
        Ok(answer(json!({"Databases": databases}), next))
    }

    pub(super) async fn list_schemas(&self, input: ListSchemas) -> Result<Value, AwsError> {
        let rows = self
            .ask(input.connection(), input.connected_database.as_deref(), SCHEMAS)
            .await?;
        let schemas = rows.iter().map(|row| text(row, 0).to_owned());
        let schemas = schemas.filter(|schema| matches(input.schema_pattern.as_ref(), schema));
        let (schemas, next) = page(schemas.collect(), input.max_results, input.next_token.as_deref())?;
        Ok(answer(json!({"Schemas": schemas}), next))
    }

    pub(super) async fn list_tables(&self, input: ListTables) -> Result<Value, AwsError> {
        let rows = self
            .ask(input.connection(), input.connected_database.as_deref(), TABLES)
            .await?;
        let wanted = rows.iter().filter(|row| {
            matches(input.schema_pattern.as_ref(), text(row, 0)) && matches(input.table_pattern.as_ref(), text(row, 1))
        });
        let tables = wanted.map(|row| {
            let kind = match text(row, 2) {
                "BASE TABLE" => "TABLE",
                other => other,
            };
            json!({"schema": text(row, 0), "name": text(row, 1), "type": kind})
        });
        let (tables, next) = page(tables.collect(), input.max_results, input.next_token.as_deref())?;
        Ok(answer(json!({"Tables": tables}), next))
    }

    /// The columns of the table, or of all tables that match. A table that is not there has none.
    pub(super) async fn describe_table(&self, input: DescribeTable) -> Result<Value, AwsError> {
        let rows = self
            .ask(input.connection(), input.connected_database.as_deref(), COLUMNS)
            .await?;
        let is = |wanted: &Option<String>, name: &str| wanted.as_ref().is_none_or(|wanted| wanted == name);
        let wanted = rows
            .iter()
            .filter(|row| is(&input.schema, text(row, 0)) && is(&input.table, text(row, 1)));
        let (columns, next) = page(
            wanted.map(|row| column(row)).collect(),
            input.max_results,
            input.next_token.as_deref(),
        )?;
        let mut members = json!({"ColumnList": columns});
        if let Some(table) = &input.table {
            members["TableName"] = json!(table);
        }
        Ok(answer(members, next))
    }

    /// Asks the database that a request names. The connected database may be another one; what it sees of `Database`
    /// is what `Database` has.
    async fn ask(
        &self,
        connection: ConnectionRef<'_>,
        connected: Option<&str>,
        sql: &'static str,
    ) -> Result<Vec<Vec<Cell>>, AwsError> {
        let connection = self.connection(connection)?;
        if let Some(refusal) = connection.refusal {
            return Err(validation(refusal));
        }
        let (engine, login) = (self.runner.engine(), connection.login);
        let connected = connected.map(|database| super::ports::Login {
            database: database.to_owned(),
            ..login.clone()
        });
        let asked = tokio::task::spawn_blocking(move || {
            if let Some(connected) = connected {
                engine.connect(connected)?;
            }
            engine.connect(login)?.execute(sql, &[])
        });
        let answer = asked.await.map_err(AwsError::internal)?;
        answer
            .map(|answer| answer.rows)
            .map_err(|error| validation(error.message))
    }
}

fn text(row: &[Cell], place: usize) -> &str {
    match row.get(place) {
        Some(Cell::Text(text)) => text,
        _ => "",
    }
}

fn number(row: &[Cell], place: usize) -> Option<i64> {
    match row.get(place)? {
        Cell::Long(number) => Some(*number),
        Cell::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// A row of svv_columns as `ColumnMetadata`.
fn column(row: &[Cell]) -> Value {
    let (type_name, bytes) = type_of(text(row, 3));
    let characters = number(row, 5);
    let precision = number(row, 6).or(characters).unwrap_or_default();
    let described = Column {
        name: text(row, 2).to_owned(),
        label: text(row, 2).to_owned(),
        schema_name: text(row, 0).to_owned(),
        table_name: text(row, 1).to_owned(),
        type_name: type_name.to_owned(),
        length: characters.unwrap_or(bytes),
        precision: precision as i32,
        scale: number(row, 7).unwrap_or_default() as i32,
        nullable: i32::from(text(row, 4).eq_ignore_ascii_case("YES")),
        is_signed: SIGNED.contains(&type_name),
        is_case_sensitive: characters.is_some(),
        is_currency: false,
    };
    let mut described = columns::metadata(&described);
    if !text(row, 8).is_empty() {
        described["columnDefault"] = json!(text(row, 8));
    }
    described
}

const SIGNED: [&str; 6] = ["int2", "int4", "int8", "float4", "float8", "numeric"];

/// The short name of a type, and its bytes. Source: Redshift developer guide, "Data types".
fn type_of(data_type: &str) -> (&str, i64) {
    let known = BTreeMap::from([
        ("smallint", ("int2", 2)),
        ("integer", ("int4", 4)),
        ("bigint", ("int8", 8)),
        ("real", ("float4", 4)),
        ("double precision", ("float8", 8)),
        ("boolean", ("bool", 1)),
        ("numeric", ("numeric", 16)),
        ("character varying", ("varchar", 0)),
        ("character", ("bpchar", 0)),
        ("date", ("date", 4)),
        ("timestamp without time zone", ("timestamp", 8)),
        ("timestamp with time zone", ("timestamptz", 8)),
        ("time without time zone", ("time", 8)),
        ("time with time zone", ("timetz", 8)),
        ("binary varying", ("varbyte", 0)),
    ]);
    known.get(data_type).copied().unwrap_or((data_type, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_like() {
        for (pattern, name) in [
            ("hr", "hr"),
            ("h%", "hr"),
            ("%", ""),
            ("h_", "hr"),
            ("%o%e%", "employees"),
        ] {
            assert!(like(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("hr", "HR"), ("h_", "h"), ("h_", "hrx"), ("", "x")] {
            assert!(!like(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn pages_follow_each_other() {
        let (items, next) = page(vec![1, 2, 3], Some(2), None).unwrap();
        assert_eq!((items, next.as_deref()), (vec![1, 2], Some("2")));
        let (items, next) = page(vec![1, 2, 3], Some(2), next.as_deref()).unwrap();
        assert_eq!((items, next), (vec![3], None));
    }
}
