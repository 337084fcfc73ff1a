//! A session: one connection to a database, its transaction, temporary tables and settings.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use duckdb::{Connection, InterruptHandle};
use jiff::Timestamp;

use super::answer::{Answer, Cell};
use super::catalogue::{self, Catalogue};
use super::database::Database;
use super::databases::{Login, Outside};
use super::describe::ColumnType;
use super::dialect::{self, Kind, Statement};
use super::error::{Failure, Result, SqlError};
use super::fetch::{self, Fetched};
use super::history::{self, Entry};
use super::lineage::{Output, Tree};
use super::words::{Reader, literal, quote};
use super::{system, translate};

/// How long a statement that is its own transaction is repeated while others change the same rows. Redshift lets it wait
/// for their locks.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the session stands with its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transaction {
    /// Every statement is its own.
    None,
    Open,
    /// A statement failed in it: all is undone, and nothing runs until it is ended.
    Aborted,
}

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

/// Stops the statement a session runs, from another thread.
#[derive(Clone)]
pub(crate) struct Canceller {
    interrupt: Arc<InterruptHandle>,
    cancelled: Arc<AtomicBool>,
    /// Whether a statement runs.
    running: Arc<AtomicBool>,
}

impl Canceller {
    /// The running statement fails with `Query (n) cancelled on user's request`; if none runs, the next one does.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        // DuckDB forgets an interruption when it starts on a query, and a statement may be several.
        let this = self.clone();
        std::thread::spawn(move || {
            while this.running.load(Ordering::SeqCst) && this.cancelled.load(Ordering::SeqCst) {
                this.interrupt.interrupt();
                std::thread::sleep(Duration::from_millis(10));
            }
        });
    }
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
            let cancel = Canceller {
                interrupt: connection.interrupt_handle(),
                cancelled: Arc::default(),
                running: Arc::default(),
            };
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

    pub fn begin(&mut self) -> std::result::Result<(), SqlError> {
        self.start().map_err(Failure::into_sql)
    }

    /// Ends the transaction. One that is aborted is undone, without an error, as COMMIT does it.
    pub fn commit(&mut self) -> std::result::Result<(), SqlError> {
        self.finish().map_err(Failure::into_sql)
    }

    pub fn rollback(&mut self) -> std::result::Result<(), SqlError> {
        self.abort();
        self.transaction = Transaction::None;
        Ok(())
    }

    pub fn canceller(&self) -> Canceller {
        self.cancel.clone()
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

    fn cancelled(&self) -> SqlError {
        SqlError::new("57014", format!("Query ({}) cancelled on user's request", self.query))
    }

    /// Fails if the statement was cancelled meanwhile.
    pub(super) fn check_cancelled(&self) -> std::result::Result<(), SqlError> {
        if self.cancel.cancelled.swap(false, Ordering::SeqCst) {
            return Err(self.cancelled());
        }
        Ok(())
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

    /// Runs `change` as one transaction, or within the one that is open.
    fn atomically(&mut self, mut change: impl FnMut(&mut Self) -> Result<Answer>) -> Result<Answer> {
        if self.transaction == Transaction::Open {
            return change(self);
        }
        let start = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            self.connection.execute_batch("BEGIN TRANSACTION")?;
            let changed = change(self);
            let done = match changed {
                Ok(answer) => self
                    .connection
                    .execute_batch("COMMIT")
                    .map(|()| answer)
                    .map_err(Failure::from),
                Err(failure) => Err(failure),
            };
            let Err(failure) = done else {
                return done;
            };
            self.undo();
            if !failure.is_conflict() || start.elapsed() > PATIENCE {
                return Err(failure);
            }
            self.check_cancelled()?;
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    fn start(&mut self) -> Result<()> {
        // A BEGIN within a transaction is a warning and nothing else.
        if self.transaction == Transaction::None {
            self.connection.execute_batch("BEGIN TRANSACTION")?;
            self.transaction = Transaction::Open;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        let state = std::mem::replace(&mut self.transaction, Transaction::None);
        if state == Transaction::Open {
            let done = self.connection.execute_batch("COMMIT");
            if done.is_err() {
                self.undo();
            }
            self.database.locks.release(self.pid);
            done?;
        }
        Ok(())
    }

    /// After TRUNCATE, which commits the transaction it runs in
    /// (<https://docs.aws.amazon.com/redshift/latest/dg/r_TRUNCATE.html>).
    pub(super) fn end_of_truncate(&mut self) -> Result<()> {
        if self.transaction == Transaction::Open {
            self.finish()?;
        }
        Ok(())
    }

    /// Undoes the transaction, if one is open, and lets nothing run until it is ended.
    fn abort(&mut self) {
        if self.transaction == Transaction::Open {
            self.undo();
            self.database.locks.release(self.pid);
            self.transaction = Transaction::Aborted;
        }
    }

    fn undo(&self) {
        // Fails only where no transaction is active.
        let _ = self.connection.execute_batch("ROLLBACK");
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

    fn select(&mut self, sql: &str) -> Result<Answer> {
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
    pub(super) fn typed(&self, sql: &str) -> Result<String> {
        let sql = system::redirect(sql);
        let mut check = |probe: &str| {
            let prepared = self.connection.prepare(probe).map(drop);
            prepared.map_err(|error| Failure::Duck(error).duck_message())
        };
        dialect::typed(&sql, &mut check).map_err(Failure::of_message)
    }

    /// What the text of a query tells of its columns.
    pub(super) fn outputs(&self, sql: &str) -> Result<Option<Vec<Output>>> {
        let tree = Tree::parse(&self.connection, sql)?;
        Ok(tree.and_then(|tree| tree.outputs(&self.catalogue())))
    }

    /// Columns of a query that is not run: names and Redshift's types.
    pub(super) fn shape(&self, sql: &str) -> Result<Vec<Output>> {
        fetch::shape(&self.connection, sql, self.outputs(sql)?)
    }

    /// `SET search_path`, `SHOW search_path`.
    fn setting(&mut self, text: &str) -> Result<Option<Answer>> {
        let mut reader = Reader::new(text);
        if reader.takes(&["show", "search_path"]) {
            let cell = Cell::Text(self.search_path.join(", "));
            let column = Output::bare("search_path", Some(dialect::Type::Varchar(256)));
            return Ok(Some(Answer {
                columns: vec![column.meta()],
                rows: vec![vec![cell]],
                has_result_set: true,
                affected: 1,
            }));
        }
        if !reader.takes(&["set", "search_path"]) {
            return Ok(None);
        }
        if !reader.symbol('=') && !reader.takes(&["to"]) {
            return Err(reader.unexpected().into());
        }
        let mut schemas = Vec::new();
        while !reader.at_end() {
            // One string may name several.
            let value = reader.value()?;
            schemas.extend(value.split(',').map(|name| name.trim().trim_matches('"').to_owned()));
            reader.symbol(',');
        }
        schemas.retain(|schema| !schema.is_empty() && schema != "$user");
        self.set_search_path(schemas)?;
        Ok(Some(Answer::default()))
    }

    fn set_search_path(&mut self, schemas: Vec<String>) -> Result<()> {
        self.search_path = schemas;
        self.search()
    }

    /// Gives DuckDB the search path, without the schemas of it that do not exist (yet).
    pub(super) fn search(&self) -> Result<()> {
        let known = self.catalogue().schemas()?;
        let searched = self.search_path.iter().filter(|schema| known.contains(schema));
        let mut duck: Vec<_> = searched.map(|schema| quote(schema)).collect();
        let listed: Vec<_> = self.search_path.iter().map(|schema| literal(schema)).collect();
        duck.push("pipectl_system".into());
        Ok(self.connection.execute_batch(&format!(
            "SET search_path = {}; SET VARIABLE pipectl_search_path = [{}]::VARCHAR[];",
            literal(&duck.join(",")),
            listed.join(", ")
        ))?)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.abort();
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
        columns: vec![Output::bare(
            "QUERY PLAN",
            Some(dialect::Type::Varchar(super::types::MAX_VARCHAR)),
        )],
        rows,
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
