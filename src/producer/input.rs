//! What can be ingested, and how it is recognised.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::error::Error;
use super::report::{Tally, add};

/// Where rows come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    File(PathBuf),
    Stdin,
}

impl Input {
    /// `-` is standard input, anything else a path.
    pub fn parse(argument: &str) -> Self {
        if argument == "-" {
            Input::Stdin
        } else {
            Input::File(argument.into())
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Input::File(path) => Some(path),
            Input::Stdin => None,
        }
    }

    /// Size in bytes if the input can be read twice and to an end: pipes and devices cannot.
    pub(super) fn size(&self) -> Result<Option<u64>, Error> {
        let Input::File(path) = self else { return Ok(None) };
        let file = self.to_string();
        let metadata = std::fs::metadata(path).map_err(|source| Error::Open {
            file: file.clone(),
            source,
        })?;
        match metadata {
            metadata if metadata.is_dir() => Err(Error::Directory { file }),
            metadata if metadata.is_file() && metadata.len() == 0 => Err(Error::Empty { file }),
            metadata if metadata.is_file() => Ok(Some(metadata.len())),
            _ => Ok(None),
        }
    }

    /// Opens the input and undoes gzip. Bytes are counted as they are read, before decompression.
    pub(super) fn open(&self, tally: Arc<Tally>) -> Result<Opened, Error> {
        let raw: Box<dyn Read + Send> = match self {
            Input::Stdin => Box::new(io::stdin()),
            Input::File(path) => {
                let opened = File::open(path);
                Box::new(opened.map_err(|source| Error::Open {
                    file: self.to_string(),
                    source,
                })?)
            }
        };
        Opened::new(raw, tally).map_err(|source| Error::Open {
            file: self.to_string(),
            source,
        })
    }
}

impl fmt::Display for Input {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => write!(formatter, "{}", path.display()),
            Input::Stdin => formatter.write_str("standard input"),
        }
    }
}

/// An open input, decompressed.
pub(super) struct Opened {
    pub reader: Box<dyn Read + Send>,
    pub compressed: bool,
}

impl Opened {
    /// Recognises gzip by its magic number (RFC 1952), whatever the name; members may follow one another.
    pub fn new(raw: Box<dyn Read + Send>, tally: Arc<Tally>) -> io::Result<Self> {
        let mut counted = Counted { raw, tally };
        let mut magic = Vec::with_capacity(2);
        counted.by_ref().take(2).read_to_end(&mut magic)?;
        let compressed = magic == [0x1f, 0x8b];
        let whole = Cursor::new(magic).chain(counted);
        let reader: Box<dyn Read + Send> = if compressed {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(128 * 1024, whole)))
        } else {
            Box::new(whole)
        };
        Ok(Self { reader, compressed })
    }
}

/// Counts the bytes read of an input.
struct Counted {
    raw: Box<dyn Read + Send>,
    tally: Arc<Tally>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(buffer)?;
        add(&self.tally.bytes_read, read as u64);
        Ok(read)
    }
}

/// How rows are written in an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Csv,
    JsonLines,
}

impl Format {
    /// By the file's extension, else by the first bytes of its (decompressed) content.
    pub fn detect(input: &Input, content: &mut impl BufRead) -> Result<Self, Error> {
        let file = input.to_string();
        let head = content.fill_buf().map_err(|source| Error::Open {
            file: file.clone(),
            source,
        })?;
        if let Some((format, advice)) = unreadable(head) {
            return Err(Error::Format { file, format, advice });
        }
        let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
        let named_json = input.path().is_some_and(has_json_extension);
        match text.first() {
            None if head.is_empty() => Err(Error::Empty { file }),
            Some(b'[') if named_json => Err(Error::Format {
                file,
                format: "a JSON array",
                advice: "write one object a line (jq -c '.[]' does)",
            }),
            Some(b'{') => Ok(Format::JsonLines),
            _ if named_json => Ok(Format::JsonLines),
            _ => Ok(Format::Csv),
        }
    }
}

fn has_json_extension(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    [".jsonl", ".ndjson", ".json"]
        .iter()
        .any(|extension| name.ends_with(extension))
}

/// Formats that are recognised only to say what to do about them, by their magic numbers.
fn unreadable(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const MAGIC: [(&[u8], &str, &str); 7] = [
        (
            b"\xff\xfe",
            "UTF-16 text",
            "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
        ),
        (
            b"\xfe\xff",
            "UTF-16 text",
            "convert it to UTF-8 (iconv -f UTF-16 -t UTF-8)",
        ),
        (
            b"PK\x03\x04",
            "a zip archive or spreadsheet",
            "extract it, or save it as CSV UTF-8",
        ),
        (
            b"\x28\xb5\x2f\xfd",
            "zstd-compressed",
            "decompress it (zstd -dc FILE | pipectl ingest -)",
        ),
        (
            b"\xfd7zXZ",
            "xz-compressed",
            "decompress it (xz -dc FILE | pipectl ingest -)",
        ),
        (
            b"BZh",
            "bzip2-compressed",
            "decompress it (bzip2 -dc FILE | pipectl ingest -)",
        ),
        (b"PAR1", "a Parquet file", "write it as CSV or JSON Lines first"),
    ];
    MAGIC
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .map(|(_, format, advice)| (*format, *advice))
}
