//! A session: one connection to a database, its transaction, temporary tables and settings.

mod cancel;
mod search_path;
mod select;
mod transaction;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use duckdb::Connection;
use jiff::Timestamp;

use super::answer::Answer;
use super::catalogue::{self, Catalogue};
use super::database::Database;
use super::databases::{Login, Outside};
use super::describe::ColumnType;
use super::dialect::{self, Kind, Statement};
use super::error::{Failure, Result, SqlError};
use super::history::{self, Entry};
use super::words::{Reader, literal};
use super::{system, translate};
pub(crate) use cancel::Canceller;
use transaction::Transaction;

/// A session of a user with a database. Calls block.
pub(crate) struct Session {
    pub(super) database: Arc<Database>,
    pub(super) outside: Arc<Outside>,
    pub(super) connection: Connection,
    pub(super) login: Login,
    /// Schemas searched for names without one.
    pub(super) search_path: Vec<String>,
    /// Of the statement that runs.
    pub(super) query: i64,
    pub(super) pid: i64,
    transaction: Transaction,
    cancel: Canceller,
}

impl Session {
    pub(super) fn open(
        database: Arc<Database>,
        outside: Arc<Outside>,
        login: Login,
        databases: &[String],
    ) -> std::result::Result<Self, SqlError> {
        let open = || -> Result<Self> {
            let connection = database.connect()?;
            let cancel = Canceller::new(connection.interrupt_handle());
            let pid = database.next_pid();
            let mut session = Self {
                connection,
                search_path: Vec::new(),
                query: -1,
                pid,
                transaction: Transaction::None,
                cancel,
                outside,
                login,
                database,
            };
            session.connection.execute_batch(catalogue::TEMPORARY_SQL)?;
            session.connection.execute_batch(&format!(
                "SET VARIABLE rs_user = {}; SET VARIABLE rs_user_id = 100; SET VARIABLE rs_database = {};
                 SET VARIABLE rs_session = {pid}::INTEGER; SET VARIABLE rs_last_query_id = -1::BIGINT;
                 SET VARIABLE rs_last_copy_count = 0::BIGINT; SET VARIABLE rs_last_copy_id = -1::BIGINT;
                 SET VARIABLE rs_last_unload_count = 0::BIGINT; SET VARIABLE pipectl_databases = [{}];",
                literal(&session.login.user),
                literal(&session.login.database),
                databases
                    .iter()
                    .map(|name| literal(name))
                    .collect::<Vec<_>>()
                    .join(", ")
            ))?;
            session.set_search_path(vec!["public".into()])?;
            Ok(session)
        };
        open().map_err(Failure::into_sql)
    }

    /// Runs exactly one statement, with `:name` in it taken from `parameters` (`None` is NULL).
    ///
    /// # Errors
    /// What Redshift answers; within a transaction, the transaction is then aborted.
    pub fn execute(
        &mut self,
        sql: &str,
        parameters: &[(String, Option<String>)],
    ) -> std::result::Result<Answer, SqlError> {
        let bound = dialect::bind(sql, parameters)?;
        let statements = self.parse(&bound)?;
        match statements.as_slice() {
            [statement] => self.run(statement),
            [] => Err(SqlError::new("42601", "syntax error at end of input")),
            _ => Err(SqlError::new(
                "42601",
                "cannot insert multiple commands into a prepared statement",
            )),
        }
    }

    /// Runs the statements of a script one after the other; the first that fails ends it.
    #[cfg(test)]
    pub fn execute_script(&mut self, sql: &str) -> std::result::Result<Vec<Answer>, SqlError> {
        let statements = self.parse(sql)?;
        statements.iter().map(|statement| self.run(statement)).collect()
    }

    /// Runs the statements of a script one after the other, but no COPY: of those, where from, the table and the
    /// columns it would fill, in order.
    pub fn rehearse(&mut self, sql: &str) -> std::result::Result<Vec<(String, String, Vec<ColumnType>)>, SqlError> {
        let mut copies = Vec::new();
        for statement in self.parse(sql)? {
            let Kind::Copy(copy) = &statement.kind else {
                self.run(&statement)?;
                continue;
            };
            let mut columns = self.column_types(copy.table.schema.as_deref(), &copy.table.name)?;
            if !copy.columns.is_empty() {
                let named = copy.columns.iter();
                let named = named.filter_map(|name| columns.iter().find(|column| column.name == *name).cloned());
                columns = named.collect();
            }
            copies.push((copy.from.clone(), copy.table.name.clone(), columns));
        }
        Ok(copies)
    }

    pub(super) fn parse(&mut self, sql: &str) -> std::result::Result<Vec<Statement>, SqlError> {
        dialect::parse(sql).map_err(|error| {
            self.abort();
            error.into()
        })
    }

    /// Number of the statement that ran last, as `pg_last_query_id()` has it.
    pub fn query_id(&self) -> i64 {
        self.query
    }

    /// Process id, as `pg_backend_pid()` has it.
    pub fn pid(&self) -> i64 {
        self.pid
    }

    /// Runs one statement, and remembers it.
    pub(super) fn run(&mut self, statement: &Statement) -> std::result::Result<Answer, SqlError> {
        self.remembered(statement, |session| session.dispatch(statement))
    }

    /// Runs one statement by `how`, and remembers it.
    pub(super) fn remembered(
        &mut self,
        statement: &Statement,
        how: impl FnOnce(&mut Self) -> Result<Answer>,
    ) -> std::result::Result<Answer, SqlError> {
        let start = Timestamp::now();
        self.query = self.database.next_query();
        self.cancel.running.store(true, Ordering::SeqCst);
        let ends = matches!(statement.kind, Kind::Commit | Kind::Rollback);
        let result = if self.transaction == Transaction::Aborted && !ends {
            let what = "current transaction is aborted, commands ignored until end of transaction block";
            Err(SqlError::new("25P02", what))
        } else {
            how(self).map_err(|failure| self.told(failure, &statement.text))
        };
        self.cancel.running.store(false, Ordering::SeqCst);
        if result.is_err() {
            self.abort();
        }
        if self.transaction != Transaction::Open {
            self.database.locks.release(self.pid);
        }
        let cancelled = result.as_ref().is_err_and(|error| error.sqlstate == Some("57014"));
        self.database.remember(Entry {
            query: self.query,
            session: self.pid,
            user: self.login.user.clone(),
            kind: history::kind(&statement.kind, &statement.text),
            status: match &result {
                Ok(_) => "success",
                Err(_) if cancelled => "canceled",
                Err(_) => "failed",
            },
            start,
            end: Timestamp::now(),
            rows: result.as_ref().map_or(0, |answer| answer.affected),
            text: statement.text.chars().take(4000).collect(),
            error: result
                .as_ref()
                .err()
                .map(|error| error.message.chars().take(512).collect()),
        });
        result
    }

    /// A failure in Redshift's words.
    fn told(&self, failure: Failure, text: &str) -> SqlError {
        if translate::is_interrupt(&failure.duck_message()) {
            self.cancel.cancelled.store(false, Ordering::SeqCst);
            return self.cancelled();
        }
        qualified(failure.into_sql(), text)
    }

    fn dispatch(&mut self, statement: &Statement) -> Result<Answer> {
        self.check_cancelled()?;
        system::guard(&statement.text)?;
        if let Some(answer) = self.setting(&statement.text)? {
            return Ok(answer);
        }
        if system::reads_history(&statement.text) {
            self.database.write_history()?;
        }
        self.take_locks(statement)?;
        match &statement.kind {
            Kind::Begin => self.start()?,
            Kind::Commit => self.finish()?,
            Kind::Rollback => {
                self.abort();
                self.transaction = Transaction::None;
            }
            Kind::Accepted("LOCK") => self.check_locked(&statement.text)?,
            Kind::Accepted(_) => self.accepted(&statement.text)?,
            Kind::Query(sql) => return self.with_late_views(|session| session.select(sql)),
            _ => return self.atomically(|session| session.with_late_views(|session| session.change(statement))),
        }
        Ok(Answer::default())
    }

    fn change(&mut self, statement: &Statement) -> Result<Answer> {
        match &statement.kind {
            Kind::Change(sql) => {
                self.check_identity(&statement.text)?;
                let rows = self.connection.execute(&self.typed(sql)?, [])?;
                Ok(Answer::changed(i64::try_from(rows).unwrap_or(i64::MAX)))
            }
            Kind::Merge(merge) => self.merge(merge),
            Kind::CreateTable(create) => self.create_table(create, &statement.text),
            Kind::CreateView(create) => self.create_view(create, &statement.text),
            Kind::Define(sql) => self.define(sql, &statement.text),
            Kind::Copy(copy) => self.copy(copy),
            Kind::Unload(unload) => self.unload(unload),
            _ => Ok(Answer::default()),
        }
    }

    fn accepted(&self, text: &str) -> Result<()> {
        if self.transaction == Transaction::Open && Reader::new(text).takes(&["vacuum"]) {
            return Err(SqlError::new("25001", "VACUUM cannot run inside a transaction block").into());
        }
        Ok(())
    }

    pub(super) fn catalogue(&self) -> Catalogue<'_> {
        Catalogue {
            connection: &self.connection,
            search_path: &self.search_path,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.abort();
    }
}

/// The error of a relation that does not exist, with the schema that the statement names it by. DuckDB leaves it out.
pub(super) fn qualified(mut error: SqlError, text: &str) -> SqlError {
    let Some(name) = error
        .message
        .strip_prefix("ERROR: relation \"")
        .and_then(|rest| rest.strip_suffix("\" does not exist"))
    else {
        return error;
    };
    let mut reader = Reader::new(text);
    while !reader.at_end() {
        let Ok(table) = reader.table() else {
            reader.skip();
            continue;
        };
        if table.schema.is_some() && table.name == name {
            error = catalogue::missing(&table);
            break;
        }
    }
    error
}
