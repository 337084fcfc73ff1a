//! Control-plane state of all services in one redb file, so that two services can commit together.
//!
//! Keys are text in byte order, with `\0` between the parts of a compound key; values are JSON.

use std::marker::PhantomData;
use std::ops::Bound;
use std::path::Path;

use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The store failed: disk full, file damaged, or a value of another version of pipectl.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("state of the embedded AWS: {0}")]
    Database(#[from] Box<redb::Error>),
    #[error("state of the embedded AWS: {table} {key:?} cannot be read: {source}")]
    Value {
        table: &'static str,
        key: String,
        source: serde_json::Error,
    },
}

impl StoreError {
    fn database(error: impl Into<redb::Error>) -> Self {
        Self::Database(Box::new(error.into()))
    }

    /// Whether the disk had no room for it.
    pub fn is_disk_full(&self) -> bool {
        let Self::Database(error) = self else { return false };
        matches!(&**error, redb::Error::Io(source) if source.kind() == std::io::ErrorKind::StorageFull)
    }
}

/// The database file.
pub(crate) struct Store {
    db: Database,
}

impl Store {
    /// Opens or creates the file.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = Database::builder()
            .set_cache_size(16 << 20)
            .create(path)
            .map_err(StoreError::database)?;
        Ok(Self { db })
    }

    /// A store that ends with the process, for tests of many writes, which need not wait for a disk.
    #[cfg(test)]
    pub fn in_memory() -> Self {
        let backend = redb::backends::InMemoryBackend::new();
        let db = Database::builder().create_with_backend(backend).unwrap();
        Self { db }
    }

    /// A snapshot to read from.
    pub fn read(&self) -> Result<Read, StoreError> {
        self.db.begin_read().map(Read).map_err(StoreError::database)
    }

    /// Runs `change` in one transaction: all of it is on disk when this returns, or none of it happened.
    /// Blocks while another writer is active; keep `change` short.
    pub fn write<T, E: From<StoreError>>(&self, change: impl FnOnce(&Write) -> Result<T, E>) -> Result<T, E> {
        let mut tx = self.db.begin_write().map_err(StoreError::database)?;
        // Saves the allocator's state with each commit, so that opening after a kill needs no full scan.
        tx.set_quick_repair(true);
        let tx = Write(tx);
        let value = change(&tx)?;
        tx.0.commit().map_err(StoreError::database)?;
        Ok(value)
    }
}

/// A read transaction.
pub(crate) struct Read(ReadTransaction);

/// A write transaction.
pub(crate) struct Write(WriteTransaction);

/// Takes a key and its value; answers whether to go on.
type Visit<'a> = dyn FnMut(&str, &[u8]) -> Result<bool, StoreError> + 'a;

/// A transaction that can be read from.
pub(crate) trait Reads {
    fn value(&self, table: &'static str, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Visits keys from `from` on in order until `visit` answers false.
    fn visit(&self, table: &'static str, from: Bound<&str>, visit: &mut Visit<'_>) -> Result<(), StoreError>;

    /// Visits keys from `from` up to, not including, `before` in descending order until `visit` answers false.
    fn visit_back(
        &self,
        table: &'static str,
        from: &str,
        before: &str,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError>;
}

fn definition(name: &'static str) -> TableDefinition<'static, &'static str, &'static [u8]> {
    TableDefinition::new(name)
}

fn visit_table(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    from: Bound<&str>,
    visit: &mut Visit<'_>,
) -> Result<(), StoreError> {
    for entry in table
        .range::<&str>((from, Bound::Unbounded))
        .map_err(StoreError::database)?
    {
        let (key, value) = entry.map_err(StoreError::database)?;
        if !visit(key.value(), value.value())? {
            break;
        }
    }
    Ok(())
}

fn visit_table_back(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    from: &str,
    before: &str,
    visit: &mut Visit<'_>,
) -> Result<(), StoreError> {
    if from >= before {
        return Ok(());
    }
    let range = table.range::<&str>(from..before).map_err(StoreError::database)?;
    for entry in range.rev() {
        let (key, value) = entry.map_err(StoreError::database)?;
        if !visit(key.value(), value.value())? {
            break;
        }
    }
    Ok(())
}

impl Reads for Read {
    fn value(&self, table: &'static str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match self.0.open_table(definition(table)) {
            Ok(table) => Ok(table
                .get(key)
                .map_err(StoreError::database)?
                .map(|v| v.value().to_vec())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(StoreError::database(error)),
        }
    }

    fn visit(&self, table: &'static str, from: Bound<&str>, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        match self.0.open_table(definition(table)) {
            Ok(table) => visit_table(&table, from, visit),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(()),
            Err(error) => Err(StoreError::database(error)),
        }
    }

    fn visit_back(
        &self,
        table: &'static str,
        from: &str,
        before: &str,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        match self.0.open_table(definition(table)) {
            Ok(table) => visit_table_back(&table, from, before, visit),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(()),
            Err(error) => Err(StoreError::database(error)),
        }
    }
}

impl Reads for Write {
    fn value(&self, table: &'static str, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let table = self.0.open_table(definition(table)).map_err(StoreError::database)?;
        Ok(table
            .get(key)
            .map_err(StoreError::database)?
            .map(|v| v.value().to_vec()))
    }

    fn visit(&self, table: &'static str, from: Bound<&str>, visit: &mut Visit<'_>) -> Result<(), StoreError> {
        let table = self.0.open_table(definition(table)).map_err(StoreError::database)?;
        visit_table(&table, from, visit)
    }

    fn visit_back(
        &self,
        table: &'static str,
        from: &str,
        before: &str,
        visit: &mut Visit<'_>,
    ) -> Result<(), StoreError> {
        let table = self.0.open_table(definition(table)).map_err(StoreError::database)?;
        visit_table_back(&table, from, before, visit)
    }
}

/// A typed table. One constant a table, in the file of the service that owns it.
pub(crate) struct Table<T> {
    name: &'static str,
    value: PhantomData<fn() -> T>,
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    /// `name` starts with the service's: `kinesis.streams`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            value: PhantomData,
        }
    }

    fn decode(&self, key: &str, bytes: &[u8]) -> Result<T, StoreError> {
        serde_json::from_slice(bytes).map_err(|source| StoreError::Value {
            table: self.name,
            key: key.to_owned(),
            source,
        })
    }

    pub fn get(&self, tx: &impl Reads, key: &str) -> Result<Option<T>, StoreError> {
        tx.value(self.name, key)?
            .map(|bytes| self.decode(key, &bytes))
            .transpose()
    }

    pub fn put(&self, tx: &Write, key: &str, value: &T) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(value).map_err(|source| StoreError::Value {
            table: self.name,
            key: key.to_owned(),
            source,
        })?;
        let mut table = tx.0.open_table(definition(self.name)).map_err(StoreError::database)?;
        table.insert(key, bytes.as_slice()).map_err(StoreError::database)?;
        Ok(())
    }

    /// True if there was such a key.
    pub fn remove(&self, tx: &Write, key: &str) -> Result<bool, StoreError> {
        let mut table = tx.0.open_table(definition(self.name)).map_err(StoreError::database)?;
        let found = table.remove(key).map_err(StoreError::database)?.is_some();
        Ok(found)
    }

    /// Visits the entries whose keys start with `prefix`, in key order, after `after` where given,
    /// until `visit` answers false. Holds one entry in memory.
    pub fn scan(
        &self,
        tx: &impl Reads,
        prefix: &str,
        after: Option<&str>,
        mut visit: impl FnMut(&str, T) -> bool,
    ) -> Result<(), StoreError> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        tx.visit(self.name, from, &mut |key, bytes| {
            if !key.starts_with(prefix) {
                return Ok(false);
            }
            Ok(visit(key, self.decode(key, bytes)?))
        })
    }

    /// Visits the entries with keys from `from` up to, not including, `before` in descending order, until `visit`
    /// answers false. Holds one entry in memory.
    pub fn scan_back(
        &self,
        tx: &impl Reads,
        from: &str,
        before: &str,
        mut visit: impl FnMut(&str, T) -> bool,
    ) -> Result<(), StoreError> {
        tx.visit_back(self.name, from, before, &mut |key, bytes| {
            Ok(visit(key, self.decode(key, bytes)?))
        })
    }

    /// Removes all entries with keys from `from` up to, not including, `before`.
    pub fn remove_range(&self, tx: &Write, from: &str, before: &str) -> Result<(), StoreError> {
        let mut table = tx.0.open_table(definition(self.name)).map_err(StoreError::database)?;
        table
            .retain_in::<&str, _>(from..before, |_, _| false)
            .map_err(StoreError::database)
    }

    /// All entries whose keys start with `prefix`, in key order; for tables that stay small.
    pub fn all(&self, tx: &impl Reads, prefix: &str) -> Result<Vec<(String, T)>, StoreError> {
        let mut found = Vec::new();
        self.scan(tx, prefix, None, |key, value| {
            found.push((key.to_owned(), value));
            true
        })?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Table<String> = Table::new("test.names");

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("state.redb")).unwrap();
        (dir, store)
    }

    #[test]
    fn scans_a_prefix_in_byte_order_from_a_marker() {
        let (_dir, store) = store();
        store
            .write(|tx| {
                for key in ["a", "b\u{0}1", "b\u{0}2", "b\u{0}é", "c"] {
                    NAMES.put(tx, key, &key.to_uppercase())?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let keys = |after| {
            let mut keys = Vec::new();
            NAMES
                .scan(&store.read().unwrap(), "b\0", after, |key, _| {
                    keys.push(key.to_owned());
                    true
                })
                .unwrap();
            keys
        };
        assert_eq!(keys(None), ["b\u{0}1", "b\u{0}2", "b\u{0}é"]);
        assert_eq!(keys(Some("b\u{0}1")), ["b\u{0}2", "b\u{0}é"]);
    }

    #[test]
    fn scans_backwards_and_removes_a_range() {
        let (_dir, store) = store();
        store
            .write(|tx| {
                for key in ["a", "b\u{0}1", "b\u{0}2", "b\u{0}3", "c"] {
                    NAMES.put(tx, key, &key.to_uppercase())?;
                }
                Ok::<_, StoreError>(())
            })
            .unwrap();
        let mut keys = Vec::new();
        NAMES
            .scan_back(&store.read().unwrap(), "b\0", "b\u{0}3", |key, _| {
                keys.push(key.to_owned());
                true
            })
            .unwrap();
        assert_eq!(keys, ["b\u{0}2", "b\u{0}1"]);
        store.write(|tx| NAMES.remove_range(tx, "b\0", "b\u{1}")).unwrap();
        let left = NAMES.all(&store.read().unwrap(), "").unwrap();
        assert_eq!(left.into_iter().map(|(key, _)| key).collect::<Vec<_>>(), ["a", "c"]);
    }

    #[test]
    fn a_failed_change_leaves_nothing() {
        let (_dir, store) = store();
        let failed: Result<(), StoreError> = store.write(|tx| {
            NAMES.put(tx, "half", &"done".to_owned())?;
            serde_json::from_str::<u8>("x")
                .map(|_| ())
                .map_err(|source| StoreError::Value {
                    table: "t",
                    key: "k".into(),
                    source,
                })
        });
        assert!(failed.is_err());
        assert_eq!(NAMES.get(&store.read().unwrap(), "half").unwrap(), None);
    }

    #[test]
    fn reading_a_table_nobody_wrote_finds_nothing() {
        let (_dir, store) = store();
        assert_eq!(NAMES.get(&store.read().unwrap(), "x").unwrap(), None);
        assert!(NAMES.all(&store.read().unwrap(), "").unwrap().is_empty());
    }
}
