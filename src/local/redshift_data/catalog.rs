//! ListDatabases, ListSchemas, ListTables, DescribeTable: what a database has, asked of the database itself.

use serde_json::{Value, json};

use super::RedshiftData;
use super::columns::metadata;
use super::connection::{ConnectionRef, connection_input};
use super::errors::{constrain, validation};
use super::ports::{ColumnMeta, Login, Session, SqlError};
use crate::local::error::AwsError;

/// Schemas that every database has; a table without a name is not looked for there.
const SYSTEM: [&str; 2] = ["information_schema", "pg_catalog"];

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

/// The columns of a table, or of all tables that are not the system's. A table that is not there has none.
fn columns(session: &mut dyn Session, schema: Option<&str>, table: Option<&str>) -> Result<Vec<ColumnMeta>, SqlError> {
    if let Some(table) = table {
        return match session.columns(schema, table) {
            Err(error) if error.sqlstate == Some("42P01") => Ok(Vec::new()),
            other => other,
        };
    }
    let mut all = Vec::new();
    for entry in session.tables(None, None)? {
        let wanted = match schema {
            Some(schema) => entry.schema == schema,
            None => !SYSTEM.contains(&entry.schema.as_str()),
        };
        if wanted {
            all.extend(session.columns(Some(&entry.schema), &entry.name)?);
        }
    }
    Ok(all)
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
        let pattern = input.schema_pattern.clone();
        let connected = input.connected_database.as_deref();
        let ask = move |session: &mut dyn Session| session.schemas(pattern.as_deref());
        let schemas = self.ask(input.connection(), connected, ask).await?;
        let (schemas, next) = page(schemas, input.max_results, input.next_token.as_deref())?;
        Ok(answer(json!({"Schemas": schemas}), next))
    }

    pub(super) async fn list_tables(&self, input: ListTables) -> Result<Value, AwsError> {
        let (schema, table) = (input.schema_pattern.clone(), input.table_pattern.clone());
        let connected = input.connected_database.as_deref();
        let ask = move |session: &mut dyn Session| session.tables(schema.as_deref(), table.as_deref());
        let tables = self.ask(input.connection(), connected, ask).await?;
        let tables = tables
            .iter()
            .map(|table| json!({"schema": table.schema, "name": table.name, "type": table.kind}));
        let (tables, next) = page(tables.collect(), input.max_results, input.next_token.as_deref())?;
        Ok(answer(json!({"Tables": tables}), next))
    }

    pub(super) async fn describe_table(&self, input: DescribeTable) -> Result<Value, AwsError> {
        let (schema, table) = (input.schema.clone(), input.table.clone());
        let connected = input.connected_database.as_deref();
        let ask = move |session: &mut dyn Session| columns(session, schema.as_deref(), table.as_deref());
        let columns = self.ask(input.connection(), connected, ask).await?;
        let columns = columns.iter().map(metadata).collect();
        let (columns, next) = page(columns, input.max_results, input.next_token.as_deref())?;
        let mut members = json!({"ColumnList": columns});
        if let Some(table) = &input.table {
            members["TableName"] = json!(table);
        }
        Ok(answer(members, next))
    }

    /// Asks the database that a request names. The connected database may be another one of the warehouse; what it
    /// sees of `Database` is what `Database` has.
    async fn ask<T: Send + 'static>(
        &self,
        connection: ConnectionRef<'_>,
        connected: Option<&str>,
        ask: impl FnOnce(&mut dyn Session) -> Result<T, SqlError> + Send + 'static,
    ) -> Result<T, AwsError> {
        let connection = self.connection(connection)?;
        if let Some(refusal) = connection.refusal {
            return Err(validation(refusal));
        }
        let (engine, login) = (self.runner.engine(), connection.login);
        let connected = connected.map(|database| Login {
            database: database.to_owned(),
            ..login.clone()
        });
        let asked = tokio::task::spawn_blocking(move || {
            if let Some(connected) = connected {
                engine.connect(connected)?;
            }
            ask(engine.connect(login)?.as_mut())
        });
        let answer = asked.await.map_err(AwsError::internal)?;
        answer.map_err(|error| validation(error.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let (items, next) = page(vec![1, 2, 3], Some(2), None).unwrap();
        assert_eq!((items, next.as_deref()), (vec![1, 2], Some("2")));
        let (items, next) = page(vec![1, 2, 3], Some(2), next.as_deref()).unwrap();
        assert_eq!((items, next), (vec![3], None));
    }
}
