//! A DuckDB in memory that runs Redshift's SQL.

use duckdb::Connection;

use super::super::names::{quote, quote_all, quote_table};
use super::super::types::duck;
use super::super::{CreateTable, Kind, Matched, Merge, MergeAction, MergeSource, parse, typed};

pub(super) struct Session {
    connection: Connection,
}

impl Session {
    /// With tables made by DuckDB's SQL.
    pub fn new(setup: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        let settings = "SET threads = 1; SET enable_external_access = false; SET autoinstall_known_extensions = false;
            SET autoload_known_extensions = false; CREATE SCHEMA public; CREATE SCHEMA hr; SET search_path = 'public';";
        connection.execute_batch(settings).unwrap();
        connection.execute_batch(setup).unwrap();
        Self { connection }
    }

    fn typed(&self, sql: &str) -> Result<String, String> {
        typed(sql, &mut |sql| {
            let prepared = self.connection.prepare(sql);
            prepared.map(drop).map_err(|error| error.to_string())
        })
    }

    fn execute(&self, sql: &str) -> Result<(), String> {
        let done = self.connection.execute_batch(sql);
        done.map_err(|error| format!("{error}\n{sql}"))
    }

    /// Runs a script; the rows of its last query, cells joined by `|`, NULL as `-`.
    pub fn run(&self, script: &str) -> Result<Vec<String>, String> {
        let mut rows = Vec::new();
        for statement in parse(script).map_err(|error| error.to_string())? {
            match statement.kind {
                Kind::Query(sql) => rows = self.query(&sql)?,
                Kind::Change(sql) => self.execute(&self.typed(&sql)?)?,
                Kind::Merge(merge) => self.execute(&self.typed(&duck_merge(&merge))?)?,
                Kind::Define(all) => {
                    for sql in all {
                        self.execute(&self.typed(&sql)?)?;
                    }
                }
                Kind::CreateTable(table) => self.create(&table)?,
                Kind::CreateView(view) => {
                    let query = self.typed(&view.query)?;
                    self.execute(&format!("CREATE OR REPLACE VIEW {} AS {query}", quote(&view.name.name)))?;
                }
                _ => {}
            }
        }
        Ok(rows)
    }

    fn create(&self, table: &CreateTable) -> Result<(), String> {
        let name = quote(&table.name.name);
        if let Some(query) = &table.query {
            return self.execute(&format!("CREATE TABLE {name} AS {}", self.typed(query)?));
        }
        if table.like.is_some() {
            return Ok(());
        }
        let columns: Vec<_> = table
            .columns
            .iter()
            .map(|column| format!("{} {}", quote(&column.name), duck(&column.kind)))
            .collect();
        self.execute(&format!("CREATE TABLE {name} ({})", columns.join(", ")))
    }

    fn query(&self, sql: &str) -> Result<Vec<String>, String> {
        let sql = self.typed(sql)?;
        let count = self.described(&sql)?.len();
        let names: Vec<_> = (0..count).map(|index| format!("c{index}")).collect();
        let cells: Vec<_> = names
            .iter()
            .map(|name| format!("coalesce(CAST({name} AS VARCHAR), '-')"))
            .collect();
        let (names, cells) = (names.join(", "), cells.join(", "));
        self.texts(&format!("SELECT concat_ws('|', {cells}) FROM ({sql}) AS q({names})"))
    }

    fn described(&self, sql: &str) -> Result<Vec<String>, String> {
        self.texts(&format!(
            "SELECT column_name || ' ' || column_type FROM (DESCRIBE {sql})"
        ))
    }

    fn texts(&self, sql: &str) -> Result<Vec<String>, String> {
        let failed = |error: duckdb::Error| format!("{error}\n{sql}");
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map([], |row| row.get(0)).map_err(failed)?;
        rows.map(|row| row.map_err(failed)).collect()
    }

    /// The names and types of a query's columns, the types as DuckDB names them.
    pub fn columns(&self, query: &str) -> Result<Vec<String>, String> {
        match parse(query)
            .map_err(|error| error.to_string())?
            .pop()
            .map(|statement| statement.kind)
        {
            Some(Kind::Query(sql)) => self.described(&self.typed(&sql)?),
            other => Err(format!("no query: {other:?}")),
        }
    }
}

/// A row of every kind of value.
const ROW: &str = "CREATE TABLE t (i INTEGER, s SMALLINT, b BIGINT, m DECIMAL(12, 2), f DOUBLE, v VARCHAR, d DATE, \
    ts TIMESTAMP, o BOOLEAN, n INTEGER, j JSON); \
    INSERT INTO t VALUES (7, 2, 3, 100.05, 2.5, 'Ann', '2026-01-31', '2026-11-25 13:04:05.678901', true, NULL, \
    '{\"name\": \"Ann\", \"age\": 41, \"tags\": [\"a\", \"b\"], \"deep\": {\"x\": [1, {\"y\": null}]}}')";

/// An expression over a row of [`ROW`], as text; the first line of the error where it fails.
pub(super) fn value(expression: &str) -> String {
    match Session::new(ROW).run(&format!("SELECT {expression} FROM t")) {
        Ok(rows) => rows.join("; "),
        Err(error) => error.lines().next().unwrap_or_default().to_owned(),
    }
}

/// Each expression gives its value.
#[track_caller]
pub(super) fn values(expected: &[(&str, &str)]) {
    let wrong: Vec<_> = expected
        .iter()
        .filter_map(|(expression, expected)| {
            let found = value(expression);
            (found != *expected).then(|| format!("{expression}\n   is {found}\n  not {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The name and type of an expression's column.
pub(super) fn column(expression: &str) -> String {
    match Session::new(ROW).columns(&format!("SELECT {expression} FROM t")) {
        Ok(columns) => columns.join("; "),
        Err(error) => error.lines().next().unwrap_or_default().to_owned(),
    }
}

/// DuckDB's own MERGE, which has no REMOVE DUPLICATES.
fn duck_merge(merge: &Merge) -> String {
    let source = match &merge.source {
        MergeSource::Table(table) => quote_table(table),
        MergeSource::Query(query) => format!("({query})"),
    };
    let MergeAction::Rows {
        matched,
        columns,
        values,
    } = &merge.action
    else {
        return String::new();
    };
    let or_default = |value: &Option<String>| value.clone().unwrap_or_else(|| "DEFAULT".into());
    let matched = match matched {
        Matched::Delete => "DELETE".to_owned(),
        Matched::Update(set) => {
            let set = set
                .iter()
                .map(|(column, value)| format!("{} = {}", quote(column), or_default(value)));
            format!("UPDATE SET {}", set.collect::<Vec<_>>().join(", "))
        }
    };
    let columns = match columns.is_empty() {
        true => String::new(),
        false => format!("({})", quote_all(columns)),
    };
    format!(
        "MERGE INTO {} USING {source} AS {} ON {} WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN INSERT {columns} VALUES \
         ({})",
        quote_table(&merge.target),
        quote(&merge.alias),
        merge.condition,
        values.iter().map(or_default).collect::<Vec<_>>().join(", ")
    )
}
