//! A DuckDB in memory that runs Redshift's SQL.

use duckdb::Connection;

use super::super::{Kind, parse, typed};

pub(super) struct Session {
    connection: Connection,
}

impl Session {
    /// With tables made by DuckDB's SQL.
    pub fn new(setup: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("SET threads = 1; SET autoinstall_known_extensions = false; CREATE SCHEMA public; SET search_path = 'main,public';").unwrap();
        connection.execute_batch(setup).unwrap();
        Self { connection }
    }

    fn typed(&self, sql: &str) -> Result<String, String> {
        typed(sql, &mut |sql| {
            self.connection
                .prepare(sql)
                .map(drop)
                .map_err(|error| error.to_string())
        })
    }

    /// Runs a script; the rows of its last query, cells joined by `|`, NULL as `-`.
    pub fn run(&self, script: &str) -> Result<Vec<String>, String> {
        let mut rows = Vec::new();
        for statement in parse(script).map_err(|error| error.to_string())? {
            match statement.kind {
                Kind::Query(sql) => rows = self.query(&sql)?,
                Kind::Change(all) | Kind::Define(all) => {
                    for sql in all {
                        let sql = self.typed(&sql)?;
                        let failed = |error: duckdb::Error| format!("{error}\n{sql}");
                        self.connection.execute_batch(&sql).map_err(failed)?;
                    }
                }
                Kind::CreateTable(table) => {
                    let sql = match (&table.query, &table.like) {
                        (Some(query), _) => {
                            format!("CREATE TEMP TABLE \"{}\" AS {}", table.name.name, self.typed(query)?)
                        }
                        _ => format!(
                            "CREATE TEMP TABLE \"{}\" ({})",
                            table.name.name,
                            table
                                .columns
                                .iter()
                                .map(|column| format!(
                                    "\"{}\" {}",
                                    column.name,
                                    super::super::types::duck(&column.kind)
                                ))
                                .collect::<Vec<_>>()
                                .join(", ")
                        ),
                    };
                    self.connection
                        .execute_batch(&sql)
                        .map_err(|error| format!("{error}\n{sql}"))?;
                }
                Kind::CreateView(view) => {
                    let sql = format!(
                        "CREATE OR REPLACE TEMP VIEW \"{}\" AS {}",
                        view.name.name,
                        self.typed(&view.query)?
                    );
                    self.connection
                        .execute_batch(&sql)
                        .map_err(|error| format!("{error}\n{sql}"))?;
                }
                _ => {}
            }
        }
        Ok(rows)
    }

    fn query(&self, sql: &str) -> Result<Vec<String>, String> {
        let sql = self.typed(sql)?;
        let failed = |error: duckdb::Error| format!("{error}\n{sql}");
        let describe = format!("SELECT column_name FROM (DESCRIBE {sql})");
        let mut names = Vec::new();
        let mut statement = self.connection.prepare(&describe).map_err(failed)?;
        let mut found = statement.query([]).map_err(failed)?;
        while let Some(row) = found.next().map_err(failed)? {
            names.push(row.get::<_, String>(0).map_err(failed)?);
        }
        let cells: Vec<_> = (0..names.len())
            .map(|index| format!("coalesce(CAST(COLUMNS(*)[{index}] AS VARCHAR), '-')"))
            .collect();
        let _ = cells;
        let columns: Vec<_> = (0..names.len()).map(|index| format!("\"c{index}\"")).collect();
        let texts: Vec<_> = columns
            .iter()
            .map(|name| format!("coalesce(CAST({name} AS VARCHAR), '-')"))
            .collect();
        let wrapped = format!(
            "SELECT concat_ws('|', {}) FROM ({sql}) AS q({})",
            texts.join(", "),
            columns.join(", ")
        );
        let mut statement = self
            .connection
            .prepare(&wrapped)
            .map_err(|error| format!("{error}\n{wrapped}"))?;
        let mut found = statement.query([]).map_err(failed)?;
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(failed)? {
            rows.push(row.get::<_, String>(0).map_err(failed)?);
        }
        Ok(rows)
    }

    /// The types of a query's columns, as DuckDB names them.
    pub fn types(&self, query: &str) -> Vec<String> {
        let statement = parse(query).unwrap().remove(0);
        let Kind::Query(sql) = statement.kind else {
            panic!("no query")
        };
        let sql = format!(
            "SELECT column_name || ' ' || column_type FROM (DESCRIBE {})",
            self.typed(&sql).unwrap()
        );
        let mut statement = self.connection.prepare(&sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}
