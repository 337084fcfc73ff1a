//! After the script: what it changed below its arguments' addresses becomes objects again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::RunError;
use super::files;
use super::stage::{Staged, root};
use super::tree::{self, Stamp};
use crate::local::error::AwsError;
use crate::local::objects::Objects;

/// Bucket and key.
type At = (String, String);

/// What the script did.
#[derive(Debug, Default)]
struct Changes {
    new: Vec<(At, PathBuf, Stamp)>,
    rewritten: Vec<(At, PathBuf, Stamp)>,
    deleted: Vec<At>,
}

/// Stores new and changed files, and deletes the objects of deleted ones.
///
/// The order is that of a script that marks its work complete with a file written last: what it rewrote goes first
/// and comes back last, the rest in the order it was written. A kill in between leaves the mark missing.
pub(super) fn publish(objects: &dyn Objects, staged: &Staged, scratch: &Path) -> Result<(), RunError> {
    let mut changes = changes(staged, &root(scratch)).map_err(files)?;
    for list in [&mut changes.new, &mut changes.rewritten] {
        list.sort_by_key(|(_, _, stamp)| stamp.modified);
    }
    for (at, _, _) in &changes.rewritten {
        objects.remove(&at.0, &at.1).map_err(|error| failed(at, &error))?;
    }
    for (at, path, _) in &changes.new {
        store(objects, at, path)?;
    }
    for at in &changes.deleted {
        objects.remove(&at.0, &at.1).map_err(|error| failed(at, &error))?;
    }
    for (at, path, _) in &changes.rewritten {
        store(objects, at, path)?;
    }
    Ok(())
}

fn changes(staged: &Staged, root: &Path) -> std::io::Result<Changes> {
    let mut after: BTreeMap<At, PathBuf> = BTreeMap::new();
    for (bucket, prefix) in &staged.prefixes {
        let base = root.join(bucket);
        let found = tree::files(&base.join(prefix), &base)?;
        after.extend(found.into_iter().map(|(key, path)| ((bucket.clone(), key), path)));
    }
    for (bucket, key) in &staged.objects {
        let path = root.join(bucket).join(key);
        if path.is_file() {
            after.insert((bucket.clone(), key.clone()), path);
        }
    }
    let gone = staged.before.keys().filter(|at| !after.contains_key(*at));
    let mut changes = Changes {
        deleted: gone.cloned().collect(),
        ..Changes::default()
    };
    for (at, path) in after {
        if is_spark_own(&at.1) {
            continue;
        }
        let stamp = Stamp::of(&path)?;
        match staged.before.get(&at) {
            Some(before) if *before == stamp => {}
            Some(_) => changes.rewritten.push((at, path, stamp)),
            None => changes.new.push((at, path, stamp)),
        }
    }
    Ok(changes)
}

/// Files that Spark and Hadoop keep beside their output: marks, checksums, unfinished work.
fn is_spark_own(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    let mut folders = key.split('/');
    name == "_SUCCESS"
        || (name.starts_with('.') && name.ends_with(".crc"))
        || folders.any(|part| part == "_temporary" || part.starts_with(".spark-staging"))
}

fn store(objects: &dyn Objects, at: &At, path: &Path) -> Result<(), RunError> {
    let content_type = match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => "application/json",
        // What S3 gives objects that are put without one.
        _ => "binary/octet-stream",
    };
    objects
        .store(&at.0, &at.1, path, content_type)
        .map_err(|error| failed(at, &error))
}

fn failed((bucket, key): &At, error: &AwsError) -> RunError {
    RunError::failed(format!("s3://{bucket}/{key}: {error}"))
}
