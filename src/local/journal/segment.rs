//! Segment files: finding, checking, reading.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::frame::Frame;
use super::{MAX_FRAME, frame_size};

/// Bytes read at a time while checking a segment.
const SCAN: usize = 1 << 20;

pub(super) fn path(dir: &Path, base: u64) -> PathBuf {
    dir.join(format!("{base:020}.log"))
}

/// Positions of the segments in `dir`, in order; none if there is no such folder.
pub(super) fn list(dir: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut bases = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let base = name.to_str().and_then(|name| name.strip_suffix(".log"));
        bases.extend(base.and_then(|base| base.parse::<u64>().ok()));
    }
    bases.sort_unstable();
    Ok(bases)
}

pub(super) struct Scanned {
    /// Position after the last whole record.
    pub end: u64,
    /// Arrival of the last record, if there is one.
    pub last_arrival: Option<i64>,
}

/// Checks every record of a segment up to the first that is cut off or damaged.
pub(super) fn scan(path: &Path, base: u64) -> io::Result<Scanned> {
    let length = File::open(path)?.metadata()?.len();
    let mut found = Scanned {
        end: base,
        last_arrival: None,
    };
    loop {
        let at = found.end - base;
        let bytes = read(path, at, length - at, SCAN)?;
        let mut offset = 0;
        while let Some(frame) = Frame::parse(&bytes.slice(offset..), found.end) {
            offset += (frame.next - frame.position) as usize;
            found.end = frame.next;
            found.last_arrival = Some(frame.arrival);
        }
        if bytes.is_empty() || offset < bytes.len() || offset == 0 {
            return Ok(found);
        }
    }
}

/// Whole frames from `offset` of the file, about `max_bytes` and at most `available`. Empty if not even one is whole.
pub(super) fn read(path: &Path, offset: u64, available: u64, max_bytes: usize) -> io::Result<Bytes> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    // Always enough to see how long the first record is.
    let wanted = available.min(max_bytes.max(4096) as u64) as usize;
    let mut bytes = Vec::with_capacity(wanted);
    (&mut file).take(wanted as u64).read_to_end(&mut bytes)?;
    let mut whole = 0;
    while let Some(size) = frame_size(&bytes[whole..]) {
        if whole + size > bytes.len() {
            break;
        }
        whole += size;
    }
    if whole == 0 {
        // One record longer than the caller's wish.
        let Some(size) = frame_size(&bytes) else {
            return Ok(Bytes::new());
        };
        let missing = size.saturating_sub(bytes.len());
        if size > MAX_FRAME || size as u64 > available {
            return Ok(Bytes::new());
        }
        file.take(missing as u64).read_to_end(&mut bytes)?;
        whole = if bytes.len() == size { size } else { 0 };
    }
    bytes.truncate(whole);
    Ok(Bytes::from(bytes))
}
