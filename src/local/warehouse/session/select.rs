//! Queries: their rows, and what is told of their columns.

use super::super::answer::{Answer, Cell};
use super::super::dialect::{self, Type};
use super::super::error::{Failure, Result};
use super::super::fetch::{self, Fetched};
use super::super::lineage::{Output, Tree};
use super::super::system;
use super::super::types::MAX_VARCHAR;
use super::super::words::Reader;
use super::Session;

impl Session {
    pub(super) fn select(&mut self, sql: &str) -> Result<Answer> {
        let sql = self.typed(sql)?;
        self.connection
            .execute_batch(&format!("SET VARIABLE rs_last_query_id = {}::BIGINT", self.query))?;
        let known = self.outputs(&sql)?;
        let mut fetched = fetch::fetch(&self.connection, &sql, known)?;
        if Reader::new(&sql).takes(&["explain"]) {
            fetched = plan(fetched);
        }
        let columns = fetched.columns.iter().map(Output::meta).collect();
        Ok(Answer {
            affected: i64::try_from(fetched.rows.len()).unwrap_or(i64::MAX),
            columns,
            rows: fetched.rows,
            has_result_set: true,
        })
    }

    /// DuckDB's SQL of the dialect, what depends on types decided and names of system schemas sent to ours.
    pub(in crate::local::warehouse) fn typed(&self, sql: &str) -> Result<String> {
        let sql = system::redirect(sql);
        let mut check = |probe: &str| {
            let prepared = self.connection.prepare(probe).map(drop);
            prepared.map_err(|error| Failure::Duck(error).duck_message())
        };
        dialect::typed(&sql, &mut check).map_err(Failure::of_message)
    }

    /// What the text of a query tells of its columns.
    pub(in crate::local::warehouse) fn outputs(&self, sql: &str) -> Result<Option<Vec<Output>>> {
        let tree = Tree::parse(&self.connection, sql)?;
        Ok(tree.and_then(|tree| tree.outputs(&self.catalogue())))
    }

    /// Columns of a query that is not run: names and Redshift's types.
    pub(in crate::local::warehouse) fn shape(&self, sql: &str) -> Result<Vec<Output>> {
        fetch::shape(&self.connection, sql, self.outputs(sql)?)
    }
}

/// DuckDB's plan as Redshift answers EXPLAIN: a row a line.
fn plan(fetched: Fetched) -> Fetched {
    let texts = fetched.rows.into_iter().filter_map(|row| match row.into_iter().last() {
        Some(Cell::Text(text)) => Some(text),
        _ => None,
    });
    let rows = texts
        .flat_map(|text| {
            text.lines()
                .map(|line| vec![Cell::Text(line.to_owned())])
                .collect::<Vec<_>>()
        })
        .collect();
    Fetched {
        columns: vec![Output::bare("QUERY PLAN", Some(Type::Varchar(MAX_VARCHAR)))],
        rows,
    }
}
