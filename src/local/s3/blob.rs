//! Bodies as files, and how they stay in step with the index.
//!
//! A body is written to its final place first, beside an empty marker file in `incoming/`. The
//! transaction that puts it into the index also notes its id in `s3.unsettled`; after the commit the
//! marker goes. A deletion notes the id in the same table and unlinks after the commit. So at start only
//! the markers and that table need looking at: a marker without a note is a body nobody refers to.
//! Notes that have done their work leave the table with some later transaction.
//!
//! Bodies are handed to the operating system, not synced: they survive the death of the process, and a
//! power cut as far as the file system does.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use s3s::S3Result;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::error::disk;
use crate::local::error::AwsError;
use crate::local::store::{Store, StoreError, Table, Write};

const UNSETTLED: Table<Fate> = Table::new("s3.unsettled");

/// What a transaction decided about a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Fate {
    Stored,
    Deleted,
}

/// The folder of bodies.
pub(super) struct Blobs {
    dir: PathBuf,
    /// Notes whose work is done.
    settled: Mutex<Vec<(String, Fate)>>,
}

impl Blobs {
    /// Opens the folder and finishes what a crash interrupted.
    pub fn open(dir: PathBuf, store: &Store) -> Result<Arc<Self>, AwsError> {
        fs::create_dir_all(dir.join("incoming"))?;
        let blobs = Self {
            dir,
            settled: Mutex::default(),
        };
        blobs.recover(store)?;
        Ok(Arc::new(blobs))
    }

    fn recover(&self, store: &Store) -> Result<(), AwsError> {
        let notes = UNSETTLED.all(&store.read()?, "")?;
        for (id, _) in notes.iter().filter(|(_, fate)| *fate == Fate::Deleted) {
            remove_if_there(&self.path(id))?;
        }
        for marker in fs::read_dir(self.dir.join("incoming"))? {
            let marker = marker?;
            let id = marker.file_name().to_string_lossy().into_owned();
            let stored = notes.iter().any(|(noted, fate)| *noted == id && *fate == Fate::Stored);
            if !stored {
                remove_if_there(&self.path(&id))?;
            }
            remove_if_there(&marker.path())?;
        }
        if notes.is_empty() {
            return Ok(());
        }
        store.write(|tx| {
            for (id, _) in &notes {
                UNSETTLED.remove(tx, id)?;
            }
            Ok(())
        })
    }

    /// Where a body is. Two hex digits of the id make 256 folders.
    pub fn path(&self, id: &str) -> PathBuf {
        let shard = id.get(..2).unwrap_or("00");
        self.dir.join(shard).join(id)
    }

    fn marker(&self, id: &str) -> PathBuf {
        self.dir.join("incoming").join(id)
    }

    /// A name for a new body, with its marker and folder made.
    pub fn reserve(self: &Arc<Self>) -> S3Result<Fresh> {
        let id = Uuid::new_v4().simple().to_string();
        let marker = self.marker(&id);
        File::create(&marker).map_err(|source| disk("create", &marker, &source))?;
        let fresh = Fresh {
            blobs: Arc::clone(self),
            id,
            kept: false,
        };
        let path = fresh.path();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|source| disk("create", folder, &source))?;
        }
        Ok(fresh)
    }

    /// One transaction; bodies follow its outcome.
    pub fn write<T, E: From<StoreError>>(
        &self,
        store: &Store,
        change: impl FnOnce(&Change) -> Result<T, E>,
    ) -> Result<T, E> {
        let settled = std::mem::take(&mut *self.settled());
        let mut decided = (Vec::new(), Vec::new());
        let result = store.write(|tx| {
            self.forget(tx, &settled)?;
            let effects = Change {
                tx,
                stored: RefCell::default(),
                discarded: RefCell::default(),
            };
            let value = change(&effects)?;
            decided = (effects.stored.take(), effects.discarded.take());
            Ok(value)
        });
        match result {
            Ok(value) => {
                self.settle(decided.0, decided.1);
                Ok(value)
            }
            Err(error) => {
                self.settled().extend(settled);
                Err(error)
            }
        }
    }

    fn forget(&self, tx: &Write, settled: &[(String, Fate)]) -> Result<(), StoreError> {
        for (id, fate) in settled {
            // A body stored and deleted since has a newer note, which must stay until it is unlinked.
            if UNSETTLED.get(tx, id)? == Some(*fate) {
                UNSETTLED.remove(tx, id)?;
            }
        }
        Ok(())
    }

    /// After the commit. What cannot be removed now is tried again at the next start, from its note.
    fn settle(&self, stored: Vec<Fresh>, discarded: Vec<String>) {
        let mut done = Vec::with_capacity(stored.len() + discarded.len());
        for mut fresh in stored {
            fresh.kept = true;
            if remove_if_there(&self.marker(&fresh.id)).is_ok() {
                done.push((std::mem::take(&mut fresh.id), Fate::Stored));
            }
        }
        for id in discarded {
            if remove_if_there(&self.path(&id)).is_ok() {
                done.push((id, Fate::Deleted));
            }
        }
        self.settled().extend(done);
    }

    fn settled(&self) -> std::sync::MutexGuard<'_, Vec<(String, Fate)>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes `to` the same file as `from`; bodies never change, so copies may share one. Copies where the file
/// system has no hard links.
pub(super) fn link(from: &Path, to: &Path) -> S3Result<()> {
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map_err(|source| disk("copy", from, &source))?;
    Ok(())
}

/// A body that is not in the index yet; it is deleted unless a transaction takes it.
pub(super) struct Fresh {
    blobs: Arc<Blobs>,
    pub id: String,
    kept: bool,
}

impl Fresh {
    pub fn path(&self) -> PathBuf {
        self.blobs.path(&self.id)
    }

    pub fn create(&self) -> S3Result<File> {
        let path = self.path();
        File::create(&path).map_err(|source| disk("create", &path, &source))
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.kept && remove_if_there(&self.path()).is_ok() {
            // If this fails the marker is found at the next start.
            let _ = remove_if_there(&self.blobs.marker(&self.id));
        }
    }
}

/// A transaction over index and bodies.
pub(super) struct Change<'a> {
    pub tx: &'a Write,
    stored: RefCell<Vec<Fresh>>,
    discarded: RefCell<Vec<String>>,
}

impl Change<'_> {
    /// The index refers to this body from now on. Returns its id.
    pub fn store(&self, fresh: Fresh) -> Result<String, StoreError> {
        UNSETTLED.put(self.tx, &fresh.id, &Fate::Stored)?;
        let id = fresh.id.clone();
        self.stored.borrow_mut().push(fresh);
        Ok(id)
    }

    /// The index no longer refers to this body.
    pub fn discard(&self, id: &str) -> Result<(), StoreError> {
        UNSETTLED.put(self.tx, id, &Fate::Deleted)?;
        self.discarded.borrow_mut().push(id.to_owned());
        Ok(())
    }
}
