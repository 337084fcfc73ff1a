//! An open database: one DuckDB file, one memory budget, shared by its sessions.

use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use duckdb::{Config, Connection, params};

use super::catalogue;
use super::error::{Result, SqlError};
use super::history::Entry;
use super::locks::Locks;
use super::system;

/// DuckDB spills to disk beyond it.
const MEMORY: &str = "1GB";

/// Of the hidden catalogue and the system views; another version in a file makes the views anew.
const FORMAT: i32 = 1;

/// An open database.
pub(super) struct Database {
    /// Where COPY and UNLOAD keep files while they run: the only folder DuckDB may read and write for a statement.
    pub scratch: PathBuf,
    /// Every session's connection is made of it; it also writes what must outlive a session's rollback.
    root: Mutex<Connection>,
    pub locks: Locks,
    next_query: AtomicI64,
    next_pid: AtomicI64,
    /// Statements that have run and are not written yet.
    history: Mutex<Vec<Entry>>,
}

impl Database {
    /// Opens `file`, or a database in memory; a new one is given its catalogue. `warehouse` is the folder of all
    /// warehouses' data.
    ///
    /// # Errors
    /// The file is damaged, locked by another process, or written by a newer DuckDB.
    pub fn open(name: &str, file: Option<&Path>, folder: &Path) -> std::result::Result<Self, SqlError> {
        let open = || -> Result<Self> {
            let scratch = folder.join(".scratch");
            fs::create_dir_all(&scratch)?;
            // DuckDB compares paths as they are written.
            let scratch = fs::canonicalize(scratch)?;
            let config = configuration(&folder.join(".spill"))?;
            let connection = match file {
                Some(file) => Connection::open_with_flags(file, config)?,
                None => Connection::open_in_memory_with_flags(config)?,
            };
            connection.execute_batch(&format!(
                "SET allowed_directories = [{}]; SET enable_external_access = false;",
                super::words::literal(&scratch.to_string_lossy())
            ))?;
            prepare(&connection)?;
            let last: i64 = connection.query_row(
                "SELECT greatest((SELECT max(query) FROM pipectl_catalog.queries), (SELECT max(query) FROM \
                 pipectl_catalog.loads), (SELECT max(query) FROM pipectl_catalog.load_errors), 1000)",
                [],
                |row| row.get(0),
            )?;
            Ok(Self {
                scratch,
                root: Mutex::new(connection),
                locks: Locks::default(),
                next_query: AtomicI64::new(last + 1),
                next_pid: AtomicI64::new(1_073_741_824),
                history: Mutex::default(),
            })
        };
        open().map_err(|failure| {
            let why = match failure.duck_message() {
                message if message.is_empty() => failure.into_sql().message,
                message => message,
            };
            SqlError::new("58030", format!("database \"{name}\" cannot be opened: {why}"))
        })
    }

    /// A connection of its own for a session.
    pub fn connect(&self) -> Result<Connection> {
        Ok(self.root().try_clone()?)
    }

    /// The connection that is nobody's, whose changes are committed at once.
    pub fn root(&self) -> MutexGuard<'_, Connection> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn next_query(&self) -> i64 {
        self.next_query.fetch_add(1, Ordering::Relaxed)
    }

    pub fn next_pid(&self) -> i64 {
        self.next_pid.fetch_add(1, Ordering::Relaxed)
    }

    /// Keeps a statement for `sys_query_history`.
    pub fn remember(&self, entry: Entry) {
        const PENDING: usize = 500;
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.push(entry);
        if history.len() >= PENDING {
            drop(history);
            // History is no reason to fail a statement that is done.
            let _ = self.write_history();
        }
    }

    /// Writes the statements that have run to the database, where queries find them.
    pub fn write_history(&self) -> Result<()> {
        let entries = std::mem::take(&mut *self.history.lock().unwrap_or_else(PoisonError::into_inner));
        if entries.is_empty() {
            return Ok(());
        }
        let root = self.root();
        let mut appender = root.appender_to_db("queries", "pipectl_catalog")?;
        for entry in &entries {
            appender.append_row(params![
                entry.query,
                entry.session,
                entry.user,
                entry.kind,
                entry.status,
                duckdb::types::Value::Timestamp(duckdb::types::TimeUnit::Microsecond, entry.start.as_microsecond()),
                duckdb::types::Value::Timestamp(duckdb::types::TimeUnit::Microsecond, entry.end.as_microsecond()),
                entry.rows,
                entry.text,
                entry.error
            ])?;
        }
        appender.flush()?;
        Ok(())
    }

    /// Writes everything into the file proper.
    pub fn close(&self) -> Result<()> {
        self.write_history()?;
        Ok(self.root().execute_batch("CHECKPOINT")?)
    }
}

fn configuration(spill: &Path) -> Result<Config> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    Ok(Config::default()
        .enable_autoload_extension(false)?
        .with("autoinstall_known_extensions", "false")?
        .with("temp_directory", spill.to_string_lossy())?
        // Redshift promises no order either; keeping one costs memory in loads.
        .with("preserve_insertion_order", "false")?
        .max_memory(MEMORY)?
        .threads(i64::try_from(threads).unwrap_or(1))?)
}

/// Gives a new database its catalogue, and one of another version of ours its system views.
fn prepare(connection: &Connection) -> Result<()> {
    let sql = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'pipectl_catalog' AND table_name = 'format'";
    let known: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    let format: Option<i32> = match known {
        0 => None,
        _ => connection.query_row("SELECT max(version) FROM pipectl_catalog.format", [], |row| row.get(0))?,
    };
    if format == Some(FORMAT) {
        return Ok(());
    }
    if format.is_some_and(|format| format > FORMAT) {
        return Err(SqlError::io("it was written by a newer pipectl").into());
    }
    connection.execute_batch("BEGIN")?;
    if format.is_none() {
        connection.execute_batch(catalogue::SQL)?;
    }
    connection.execute_batch(system::SQL)?;
    connection.execute_batch(&format!(
        "DELETE FROM pipectl_catalog.format; INSERT INTO pipectl_catalog.format VALUES ({FORMAT}); COMMIT;"
    ))?;
    Ok(())
}
