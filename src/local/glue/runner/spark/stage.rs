//! Before the script: the objects that its arguments name become files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::RunError;
use super::arguments::Arguments;
use super::files;
use super::tree::{self, Stamp};
use crate::local::error::AwsError;
use crate::local::objects::Objects;

/// What lies in the run's folder when its script starts.
#[derive(Debug, Default)]
pub(super) struct Staged {
    /// Prefixes that the script may write below: bucket, and a key that is empty or ends in `/`.
    pub prefixes: BTreeSet<(String, String)>,
    /// Single objects that arguments name.
    pub objects: BTreeSet<(String, String)>,
    /// Every file, as it was before the script.
    pub before: BTreeMap<(String, String), Stamp>,
}

/// The root of all buckets in a run's folder.
pub(super) fn root(scratch: &Path) -> PathBuf {
    scratch.join("s3")
}

/// The part of `--input`'s file that says what is read.
#[derive(Deserialize)]
struct Input {
    partitions: Vec<Partition>,
}

#[derive(Deserialize)]
struct Partition {
    date: String,
    /// Keys relative to `--raw`.
    objects: Vec<String>,
}

/// Makes files of what the arguments name.
///
/// The job's inputs (below `--raw`) are hard links, everything else is copied, since a script may write in place.
/// Where `--input` lists objects, only those are made of `--raw`, and below the other prefixes only what belongs to
/// the listed dates (`dt=`) or to none.
pub(super) fn stage(objects: &dyn Objects, arguments: &Arguments, scratch: &Path) -> Result<Staged, RunError> {
    let mut stage = Stage {
        objects,
        root: root(scratch),
        link: scratch.join("link"),
        input: None,
        staged: Staged::default(),
    };
    fs::create_dir_all(&stage.root).map_err(files)?;
    let (first, others): (Vec<_>, Vec<_>) = arguments.addresses().partition(|(name, ..)| *name == "--input");
    for (name, bucket, key) in first {
        stage.address(name, bucket, key)?;
        stage.read_input(bucket, key, arguments);
    }
    for (name, bucket, key) in others {
        stage.address(name, bucket, key)?;
    }
    Ok(stage.staged)
}

struct Stage<'a> {
    objects: &'a dyn Objects,
    root: PathBuf,
    /// Where a hard link waits to be copied.
    link: PathBuf,
    input: Option<Input>,
    staged: Staged,
}

impl Stage<'_> {
    /// Takes up the list of objects, if `--input` is one. What else it may be, the script knows.
    fn read_input(&mut self, bucket: &str, key: &str, arguments: &Arguments) {
        let with_raw = arguments.script.contains_key("--raw");
        let file = tree::path(&self.root, bucket, key).filter(|_| with_raw);
        let text = file.and_then(|file| fs::read(file).ok());
        self.input = text.and_then(|text| serde_json::from_slice(&text).ok());
    }

    /// An address is an object if there is one of this key, else the folder below it.
    fn address(&mut self, name: &str, bucket: &str, key: &str) -> Result<(), RunError> {
        if !key.is_empty() && !key.ends_with('/') {
            match self.objects.head(bucket, key) {
                Ok(_) => {
                    self.staged.objects.insert((bucket.to_owned(), key.to_owned()));
                    return self.place(bucket, key, false);
                }
                Err(error) if error.code == "NoSuchKey" => {}
                Err(error) => return Err(failed(bucket, key, &error)),
            }
        }
        let prefix = match key {
            "" => String::new(),
            key => format!("{}/", key.trim_end_matches('/')),
        };
        if key.is_empty() || key.ends_with('/') {
            let folder = tree::path(&self.root, bucket, key).ok_or_else(|| unplaceable(bucket, key))?;
            fs::create_dir_all(folder).map_err(files)?;
        }
        let raw = name == "--raw";
        for key in self.keys_below(raw, bucket, &prefix)? {
            self.place(bucket, &key, raw)?;
        }
        self.staged.prefixes.insert((bucket.to_owned(), prefix));
        Ok(())
    }

    fn keys_below(&self, raw: bool, bucket: &str, prefix: &str) -> Result<Vec<String>, RunError> {
        if let (true, Some(input)) = (raw, &self.input) {
            let keys = input.partitions.iter().flat_map(|partition| &partition.objects);
            return Ok(keys.map(|key| format!("{prefix}{key}")).collect());
        }
        let found = self
            .objects
            .list(bucket, prefix)
            .map_err(|error| failed(bucket, prefix, &error))?;
        let keys = found.into_iter().map(|object| object.key);
        Ok(keys.filter(|key| self.is_of_input(&key[prefix.len()..])).collect())
    }

    /// Whether a key belongs to a date of the input, or to no date.
    fn is_of_input(&self, key: &str) -> bool {
        let Some(input) = &self.input else { return true };
        let date = |part: &str| {
            let date = part.strip_prefix("dt=")?;
            Some(date.strip_suffix(".json").unwrap_or(date).to_owned())
        };
        let dates: Vec<String> = key.split('/').filter_map(date).collect();
        let listed = |date: &String| input.partitions.iter().any(|partition| partition.date == *date);
        dates.iter().all(listed)
    }

    /// Makes one object a file, once.
    fn place(&mut self, bucket: &str, key: &str, link: bool) -> Result<(), RunError> {
        let at = (bucket.to_owned(), key.to_owned());
        if self.staged.before.contains_key(&at) {
            return Ok(());
        }
        let path = tree::path(&self.root, bucket, key).ok_or_else(|| unplaceable(bucket, key))?;
        if key.ends_with('/') {
            return fs::create_dir_all(path).map_err(files);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|_| unplaceable(bucket, key))?;
        }
        let to = if link { &path } else { &self.link };
        self.objects
            .materialise(bucket, key, to)
            .map_err(|error| failed(bucket, key, &error))?;
        if !link {
            fs::copy(&self.link, &path).map_err(files)?;
            fs::remove_file(&self.link).map_err(files)?;
        }
        let stamp = Stamp::of(&path).map_err(files)?;
        self.staged.before.insert(at, stamp);
        Ok(())
    }
}

fn failed(bucket: &str, key: &str, error: &AwsError) -> RunError {
    RunError::failed(format!("s3://{bucket}/{key}: {error}"))
}

fn unplaceable(bucket: &str, key: &str) -> RunError {
    RunError::failed(format!(
        "s3://{bucket}/{key} cannot be a file on this machine, which PySpark here needs: its key has an empty, relative \
         or long part, or is a folder of another"
    ))
}
