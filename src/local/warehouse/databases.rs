//! All databases of the account: a folder a warehouse (cluster or namespace), a DuckDB file a database.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::database::Database;
use super::error::SqlError;
use super::offline::Nothing;
use super::session::Session;
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::objects::Objects;
use crate::local::ports::RoleCheck;

/// What names of warehouses and databases keep as they are in names of files.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// All databases. Nothing is opened before it is used.
pub(crate) struct Warehouses {
    folder: PathBuf,
    outside: Arc<Outside>,
    open: Mutex<HashMap<(String, String), Arc<Database>>>,
}

/// What statements reach outside of their database.
pub(super) struct Outside {
    pub objects: Arc<dyn Objects>,
    pub roles: Arc<dyn RoleCheck>,
    pub account: String,
    pub region: String,
}

/// Who opens a session, and with what.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Id of the cluster or of the namespace.
    pub warehouse: String,
    pub database: String,
    pub user: String,
    /// ARNs of the IAM roles attached to the warehouse.
    pub roles: Vec<String>,
    /// The one of them that `IAM_ROLE default` means.
    pub default_role: Option<String>,
}

impl Warehouses {
    pub fn new(env: &Env, objects: Arc<dyn Objects>, roles: Arc<dyn RoleCheck>) -> Arc<Self> {
        Arc::new(Self {
            folder: env.dir.join("warehouse"),
            outside: Arc::new(Outside {
                objects,
                roles,
                account: env.account().to_owned(),
                region: env.region().to_owned(),
            }),
            open: Mutex::default(),
        })
    }

    /// Makes a database; one that exists is left as it is.
    pub fn create(&self, warehouse: &str, database: &str) -> Result<(), AwsError> {
        fs::create_dir_all(self.warehouse(warehouse))?;
        self.database(warehouse, database).map_err(AwsError::internal)?;
        Ok(())
    }

    /// Removes all databases of a warehouse. Sessions that are open see theirs until they end.
    pub fn drop_warehouse(&self, warehouse: &str) -> Result<(), AwsError> {
        let mut open = self.open();
        open.retain(|(owner, _), _| owner != warehouse);
        match fs::remove_dir_all(self.warehouse(warehouse)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Names of a warehouse's databases, in order.
    pub fn databases(&self, warehouse: &str) -> Result<Vec<String>, AwsError> {
        let entries = match fs::read_dir(self.warehouse(warehouse)) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry?.file_name();
            let Some(stem) = file.to_str().and_then(|name| name.strip_suffix(".duckdb")) else {
                continue;
            };
            names.push(percent_decode_str(stem).decode_utf8_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// Opens a session.
    ///
    /// # Errors
    /// `database "x" does not exist`; the database's file is damaged or locked.
    pub fn connect(&self, login: Login) -> Result<Session, SqlError> {
        let file = self.file(&login.warehouse, &login.database);
        if !file.exists() {
            return Err(SqlError::new(
                "3D000",
                format!("database \"{}\" does not exist", login.database),
            ));
        }
        let database = self.database(&login.warehouse, &login.database)?;
        let databases = self.databases(&login.warehouse).map_err(SqlError::io)?;
        Session::open(database, self.outside.clone(), login, &databases)
    }

    /// Writes what is only in the write-ahead logs into the files and releases those no session uses.
    pub fn close(&self) {
        for (_, database) in self.open().drain() {
            // What could not be written is in the write-ahead log, which the next start reads.
            let _ = database.close();
        }
    }

    /// A session on an empty database in memory, without S3: for what a statement means, not for data.
    /// Statements may use its scratch folder only below `folder`, which should be temporary.
    pub fn offline(database: &str, folder: &std::path::Path) -> Result<Session, SqlError> {
        let login = Login {
            warehouse: "offline".into(),
            database: database.to_owned(),
            user: "offline".into(),
            roles: Vec::new(),
            default_role: None,
        };
        let outside = Outside {
            objects: Arc::new(Nothing),
            roles: Arc::new(Nothing),
            account: "000000000000".into(),
            region: "us-east-1".into(),
        };
        let names = [database.to_owned()];
        let database = Arc::new(Database::open(database, None, folder)?);
        Session::open(database, Arc::new(outside), login, &names)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<(String, String), Arc<Database>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database, opened if it is not yet. The lock is held meanwhile: DuckDB opens a file only once.
    fn database(&self, warehouse: &str, database: &str) -> Result<Arc<Database>, SqlError> {
        let mut open = self.open();
        let key = (warehouse.to_owned(), database.to_owned());
        if let Some(found) = open.get(&key) {
            return Ok(found.clone());
        }
        if open.is_empty() {
            self.sweep();
        }
        let opened = Database::open(database, Some(&self.file(warehouse, database)), &self.folder)?;
        let opened = Arc::new(opened);
        open.insert(key, opened.clone());
        Ok(opened)
    }

    /// Removes what a killed process left of its scratch files.
    fn sweep(&self) {
        for folder in [".scratch", ".spill"] {
            let _ = fs::remove_dir_all(self.folder.join(folder));
        }
    }

    fn warehouse(&self, warehouse: &str) -> PathBuf {
        self.folder.join(utf8_percent_encode(warehouse, PLAIN).to_string())
    }

    fn file(&self, warehouse: &str, database: &str) -> PathBuf {
        let name = utf8_percent_encode(database, PLAIN);
        self.warehouse(warehouse).join(format!("{name}.duckdb"))
    }
}
