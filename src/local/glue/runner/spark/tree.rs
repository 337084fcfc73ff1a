//! Objects as files: `<root>/<bucket>/<key>`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Bucket and key of `s3://bucket/key`, also in the spellings of Hadoop's file systems. The key may be empty.
pub(super) fn address(text: &str) -> Option<(&str, &str)> {
    let rest = ["s3://", "s3a://", "s3n://"]
        .into_iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then_some((bucket, key))
}

/// Where the object of this key is a file; `None` for keys that no path can be: parts that are empty, `.` or `..`,
/// or longer than file names may be. A key that ends in `/` is a folder.
pub(super) fn path(root: &Path, bucket: &str, key: &str) -> Option<PathBuf> {
    let mut path = root.join(bucket);
    let key = key.strip_suffix('/').unwrap_or(key);
    if key.is_empty() {
        return Some(path);
    }
    for part in key.split('/') {
        if part.is_empty() || part == "." || part == ".." || part.len() > 255 || part.contains('\0') {
            return None;
        }
        path.push(part);
    }
    Some(path)
}

/// What tells one content of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub size: u64,
    pub modified: SystemTime,
    inode: u64,
}

impl Stamp {
    pub fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path)?;
        Ok(Self {
            size: metadata.len(),
            modified: metadata.modified()?,
            inode: metadata.ino(),
        })
    }
}

/// The files below a folder by their key relative to `base`. A folder that is not there has none.
pub(super) fn files(folder: &Path, base: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file()
                && let Some(key) = path.strip_prefix(base).ok().and_then(Path::to_str)
            {
                found.insert(key.to_owned(), path.clone());
            }
        }
    }
    Ok(found)
}
