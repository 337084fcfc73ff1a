//! Queries whose rows are given away as they come: for results of any size.

use super::answer::{Answer, Cell, ColumnMeta};
use super::dialect::{Kind, Statement};
use super::error::{Result, SqlError};
use super::lineage::Output;
use super::session::Session;
use super::{fetch, system};

/// Takes some rows of a result with its columns; answers whether to go on.
pub(crate) type TakeRows<'a> = dyn FnMut(&[ColumnMeta], Vec<Vec<Cell>>) -> bool + 'a;

impl Session {
    /// Runs exactly one query and gives its rows to `take`; none is kept here. Answers the columns.
    ///
    /// # Errors
    /// What Redshift answers; `take` may have had rows before.
    pub fn stream(&mut self, sql: &str, take: &mut TakeRows<'_>) -> std::result::Result<Vec<ColumnMeta>, SqlError> {
        let statements = self.parse(sql)?;
        let [statement] = statements.as_slice() else {
            return Err(SqlError::new("42601", "exactly one query is expected"));
        };
        let answer = self.remembered(statement, |session| session.streamed(statement, take))?;
        Ok(answer.columns)
    }

    fn streamed(&mut self, statement: &Statement, take: &mut TakeRows<'_>) -> Result<Answer> {
        let Kind::Query(sql) = &statement.kind else {
            return Err(SqlError::new("42601", "a query is expected").into());
        };
        self.check_cancelled()?;
        system::guard(&statement.text)?;
        // Names are looked up before the first row comes, so a second try after binding views gives no row twice.
        self.with_late_views(|session| {
            let sql = session.typed(sql)?;
            let known = session.outputs(&sql)?;
            let mut rows = 0;
            let columns = fetch::stream(&session.connection, &sql, known, &mut |columns, batch, _| {
                rows += batch.len();
                let columns: Vec<_> = columns.iter().map(Output::meta).collect();
                Ok(take(&columns, batch))
            })?;
            Ok(Answer {
                affected: i64::try_from(rows).unwrap_or(i64::MAX),
                columns: columns.iter().map(Output::meta).collect(),
                has_result_set: true,
                ..Answer::default()
            })
        })
    }
}
