//! One process at a time owns the data of the embedded AWS; others learn who, and where it listens.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Who holds the data.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    /// Where it serves, if it serves (`http://127.0.0.1:4566`).
    pub endpoint: Option<String>,
}

/// The lock, held until dropped; the system releases it when the process dies, however it dies.
pub(crate) struct Lock {
    file: File,
    holder: PathBuf,
}

impl Lock {
    /// Takes the lock of `dir`, or says who has it: `Ok(Err(None))` if the holder has not said yet.
    pub fn take(dir: &Path) -> io::Result<Result<Self, Option<Holder>>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join("lock"))?;
        let holder = dir.join("holder.json");
        match file.try_lock() {
            Ok(()) => {
                let lock = Self { file, holder };
                lock.announce(None)?;
                Ok(Ok(lock))
            }
            Err(TryLockError::WouldBlock) => {
                let known = fs::read(&holder)
                    .ok()
                    .and_then(|bytes| serde_json::from_slice(&bytes).ok());
                Ok(Err(known))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Tells other processes where this one serves.
    pub fn announce(&self, endpoint: Option<String>) -> io::Result<()> {
        let holder = Holder {
            pid: std::process::id(),
            endpoint,
        };
        let unfinished = self.holder.with_extension("tmp");
        let mut file = File::create(&unfinished)?;
        file.write_all(&serde_json::to_vec(&holder)?)?;
        fs::rename(unfinished, &self.holder)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.holder);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_learns_who_holds_it_and_where_it_serves() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap().ok().unwrap();
        lock.announce(Some("http://127.0.0.1:4566".into())).unwrap();
        let holder = Lock::take(dir.path()).unwrap().err().unwrap().unwrap();
        assert_eq!(holder.pid, std::process::id());
        assert_eq!(holder.endpoint.as_deref(), Some("http://127.0.0.1:4566"));
        drop(lock);
        assert!(Lock::take(dir.path()).unwrap().is_ok());
    }
}
