//! A folder for the files of one statement.

use std::fs;
use std::path::{Path, PathBuf};

/// Removed with all that is in it when dropped. What a killed process leaves is removed at the next start.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub fn new(parent: &Path) -> std::io::Result<Self> {
        let path = parent.join(uuid::Uuid::new_v4().to_string());
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
