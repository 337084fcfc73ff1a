//! Keeps the rows that break the contract, as JSON Lines beside the input.
//!
//! Each line holds where the row stood, what it broke and the row itself as an object of header and text, so that
//! mended rows can be ingested again: `jq -c .record FILE | pipectl ingest -`.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::error::Error;
use super::input::Input;
use super::report::RejectCount;
use super::rule::Rule;

/// A rejected row.
#[derive(Serialize)]
pub(super) struct Reject<'a> {
    pub file: &'a str,
    /// 1-based among the file's rows, the header not counted.
    pub row: u64,
    /// 1-based line of the file the row starts on.
    pub line: u64,
    /// The first problem: `None` for rules about the row as a whole.
    pub column: Option<&'a str>,
    pub rule: Rule,
    pub message: String,
    pub record: RejectedRow<'a>,
    /// What else is wrong with the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<AlsoBroken<'a>>,
}

/// A further problem of a rejected row.
#[derive(Serialize)]
pub(super) struct AlsoBroken<'a> {
    pub column: &'a str,
    pub rule: Rule,
    pub message: String,
}

/// The row itself, without loss.
pub(super) enum RejectedRow<'a> {
    /// Header and field of a CSV row.
    Fields(Vec<(String, &'a [u8])>),
    /// A JSON object.
    Json(&'a RawValue),
    /// A line that is no JSON object.
    Line(&'a [u8]),
    /// A row too large to keep: where it stands in the decompressed file.
    Place { offset: u64, bytes: u64 },
}

impl Serialize for RejectedRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            RejectedRow::Fields(fields) => {
                serializer.collect_map(fields.iter().map(|(header, field)| (header, Bytes(field))))
            }
            RejectedRow::Json(object) => object.serialize(serializer),
            RejectedRow::Line(line) => serializer.collect_map([("line", Bytes(line))]),
            RejectedRow::Place { offset, bytes } => serializer.collect_map([("offset", offset), ("bytes", bytes)]),
        }
    }
}

/// Text, or `{"base64": ...}` where it is not valid UTF-8.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &base64_simd::STANDARD.encode_to_string(self.0))?;
                map.end()
            }
        }
    }
}

/// The rejects file; it appears with the first reject.
pub(super) struct Rejects {
    path: PathBuf,
    file: Option<BufWriter<File>>,
    counts: BTreeMap<(Option<String>, Rule), u64>,
}

impl Rejects {
    /// `path` must not be one of `inputs`, and its folder must be there.
    pub fn new(path: PathBuf, inputs: &[Input]) -> Result<Self, Error> {
        let same = |input: &Input| input.path().is_some_and(|input| is_same_file(input, &path));
        if inputs.iter().any(same) {
            return Err(Error::RejectsFileIsInput { path });
        }
        // Found out now, not after rows were sent.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(Err(source)) = folder.map(std::fs::metadata) {
            return Err(Error::RejectsFile { path, source });
        }
        Ok(Self {
            path,
            file: None,
            counts: BTreeMap::new(),
        })
    }

    /// Where rejects go unless told otherwise: beside the first file.
    pub fn default_path(inputs: &[Input]) -> PathBuf {
        match inputs.iter().find_map(Input::path) {
            Some(path) => {
                let mut name = path.file_name().unwrap_or_default().to_owned();
                name.push(".rejects.jsonl");
                path.with_file_name(name)
            }
            None => "stdin.rejects.jsonl".into(),
        }
    }

    pub fn write(&mut self, reject: &Reject<'_>) -> Result<(), Error> {
        *self
            .counts
            .entry((reject.column.map(str::to_owned), reject.rule))
            .or_default() += 1;
        let result = self.append(reject);
        result.map_err(|source| Error::RejectsFile {
            path: self.path.clone(),
            source,
        })
    }

    fn append(&mut self, reject: &Reject<'_>) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(BufWriter::new(create(&self.path)?)),
        };
        serde_json::to_writer(&mut *file, reject)?;
        file.write_all(b"\n")
    }

    /// Writes everything through to the disk.
    pub fn finish(&mut self) -> Result<(), Error> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let synced = file.flush().and_then(|()| file.get_ref().sync_all());
        synced.map_err(|source| Error::RejectsFile {
            path: self.path.clone(),
            source,
        })
    }

    /// The file, if there is one.
    pub fn path(&self) -> Option<PathBuf> {
        self.file.as_ref().map(|_| self.path.clone())
    }

    /// Rejected rows by column and rule, most first.
    pub fn counts(&self) -> Vec<RejectCount> {
        let counts = self.counts.iter();
        let mut counts: Vec<_> = counts
            .map(|((column, rule), &rows)| RejectCount {
                column: column.clone(),
                rule: *rule,
                rows,
            })
            .collect();
        counts.sort_by_key(|count| std::cmp::Reverse(count.rows));
        counts
    }
}

/// Creates the file for its owner only: it holds the user's data.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn is_same_file(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => left == right,
    }
}
