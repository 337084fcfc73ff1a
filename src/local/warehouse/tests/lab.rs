//! A warehouse in a temporary folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use tempfile::TempDir;

use super::super::{Cell, Login, Session, Warehouses};
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::objects::{Objects, Stored};
use crate::local::ports::RoleCheck;

pub const ROLE: &str = "arn:aws:iam::000000000000:role/Warehouse";

/// One bucket, `lake`, in memory.
#[derive(Default)]
pub struct Lake(Mutex<BTreeMap<String, Vec<u8>>>);

fn no(code: &'static str, message: &str) -> AwsError {
    AwsError::new(StatusCode::NOT_FOUND, code, message)
}

impl Lake {
    pub fn put(&self, key: &str, body: impl AsRef<[u8]>) {
        self.0.lock().unwrap().insert(key.to_owned(), body.as_ref().to_vec());
    }

    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().unwrap().get(key).cloned()
    }

    pub fn keys(&self) -> Vec<String> {
        self.0.lock().unwrap().keys().cloned().collect()
    }

    fn found(&self, bucket: &str, key: &str) -> Result<Vec<u8>, AwsError> {
        self.check(bucket)?;
        self.get(key)
            .ok_or_else(|| no("NoSuchKey", "The specified key does not exist."))
    }

    fn check(&self, bucket: &str) -> Result<(), AwsError> {
        if bucket != "lake" {
            return Err(no("NoSuchBucket", "The specified bucket does not exist"));
        }
        Ok(())
    }
}

fn stored(key: &str, body: &[u8]) -> Stored {
    Stored {
        key: key.to_owned(),
        size: body.len() as u64,
        etag: String::new(),
        content_encoding: None,
    }
}

impl Objects for Lake {
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<Stored>, AwsError> {
        self.check(bucket)?;
        let objects = self.0.lock().unwrap();
        let found = objects.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, body)| stored(key, body)).collect())
    }

    fn head(&self, bucket: &str, key: &str) -> Result<Stored, AwsError> {
        Ok(stored(key, &self.found(bucket, key)?))
    }

    fn materialise(&self, bucket: &str, key: &str, to: &Path) -> Result<(), AwsError> {
        Ok(fs::write(to, self.found(bucket, key)?)?)
    }

    fn store(&self, bucket: &str, key: &str, body: &Path, _: &str) -> Result<(), AwsError> {
        self.check(bucket)?;
        self.put(key, fs::read(body)?);
        Ok(fs::remove_file(body)?)
    }

    fn remove(&self, _: &str, key: &str) -> Result<(), AwsError> {
        self.0.lock().unwrap().remove(key);
        Ok(())
    }
}

/// Every role may be assumed but those named `Untrusting`.
struct Roles;

impl RoleCheck for Roles {
    fn can_assume(&self, role: &str, service: &str, _: Option<&str>) -> Result<bool, AwsError> {
        Ok(!role.ends_with("/Untrusting") && service == "redshift.amazonaws.com")
    }
}

pub struct Lab {
    pub dir: TempDir,
    pub lake: Arc<Lake>,
    pub warehouses: Arc<Warehouses>,
}

pub fn login(database: &str) -> Login {
    Login {
        warehouse: "serverless-1".into(),
        database: database.into(),
        user: "admin".into(),
        roles: vec![ROLE.into(), "arn:aws:iam::000000000000:role/Untrusting".into()],
        default_role: Some(ROLE.into()),
    }
}

impl Lab {
    /// With a database `employees`.
    pub fn new() -> Self {
        let (dir, env) = Env::temporary();
        let lake = Arc::new(Lake::default());
        let warehouses = Warehouses::new(&env, lake.clone(), Arc::new(Roles));
        warehouses.create("serverless-1", "employees").unwrap();
        Self { dir, lake, warehouses }
    }

    pub fn session(&self) -> Session {
        self.warehouses.connect(login("employees")).unwrap()
    }

    /// Puts what DuckDB makes of `query` as Parquet.
    pub fn parquet(&self, key: &str, query: &str) {
        let file = self.dir.path().join("made.parquet");
        let connection = duckdb::Connection::open_in_memory().unwrap();
        let sql = format!("COPY ({query}) TO '{}' (FORMAT parquet)", file.display());
        connection.execute_batch(&sql).unwrap();
        self.lake.put(key, fs::read(&file).unwrap());
    }
}

/// Runs statements that must succeed; rows changed by the last.
pub fn run(session: &mut Session, sql: &str) -> i64 {
    let answers = session
        .execute_script(sql)
        .unwrap_or_else(|error| panic!("{}: {sql}", error.message));
    answers.last().map_or(0, |answer| answer.affected)
}

/// Rows as text, fields between `|`.
pub fn rows(session: &mut Session, sql: &str) -> Vec<String> {
    let answer = session
        .execute(sql, &[])
        .unwrap_or_else(|error| panic!("{}: {sql}", error.message));
    assert!(answer.has_result_set);
    let text = |cell: &Cell| match cell {
        Cell::Null => "NULL".to_owned(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Long(value) => value.to_string(),
        Cell::Double(value) => format!("{value:?}"),
        Cell::Text(value) => value.clone(),
        Cell::Blob(value) => format!("{value:02x?}"),
    };
    let rows = answer
        .rows
        .iter()
        .map(|row| row.iter().map(text).collect::<Vec<_>>().join("|"));
    rows.collect()
}

/// The message of a statement that must fail.
pub fn fails(session: &mut Session, sql: &str) -> String {
    match session.execute(sql, &[]) {
        Ok(answer) => panic!("no error but {answer:?}: {sql}"),
        Err(error) => error.message,
    }
}

/// Its first line, without `ERROR: `.
pub fn error(session: &mut Session, sql: &str) -> String {
    let message = fails(session, sql);
    let first = message.lines().next().unwrap_or_default();
    first.strip_prefix("ERROR: ").unwrap_or(first).to_owned()
}
