//! What a file holds, told by digests.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use md5::Md5;
use sha2::{Digest, Sha256};

/// Files above this go in parts, several at a time.
pub(super) const MULTIPART_ABOVE: u64 = 16 << 20;
/// S3 takes parts of 5 MiB to 5 GiB, at most 10,000 of them
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>).
const SMALLEST_PART: u64 = 8 << 20;
const MOST_PARTS: u64 = 10_000;

/// What identifies a file's content.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub size: u64,
    /// Hex.
    pub sha256: String,
    /// What S3's ETag of it is when uploaded as here, without KMS
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html>): the MD5 of the whole, or of the parts'
    /// MD5s followed by their number.
    pub etag: String,
}

/// Remembers the contents of files by path, size and time of change: a run asks several times.
#[derive(Default)]
pub(super) struct Contents {
    known: Mutex<HashMap<PathBuf, (SystemTime, Content)>>,
}

impl Contents {
    /// What the file holds now; reads it where its size or time of change is another than before.
    pub fn of(&self, path: &Path) -> std::io::Result<Content> {
        let metadata = std::fs::metadata(path)?;
        let changed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let known = |known: &HashMap<PathBuf, (SystemTime, Content)>| {
            let (at, content) = known.get(path)?;
            (*at == changed && content.size == metadata.len()).then(|| content.clone())
        };
        if let Some(content) = known(&self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(content);
        }
        let content = digest(path, metadata.len())?;
        let mut entries = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(path.to_path_buf(), (changed, content.clone()));
        Ok(content)
    }
}

/// Size of the parts that a file of this size is uploaded in, in bytes.
pub(super) fn part_size(size: u64) -> u64 {
    SMALLEST_PART.max(size.div_ceil(MOST_PARTS))
}

/// Reads the file once, in pieces the size of a part.
fn digest(path: &Path, size: u64) -> std::io::Result<Content> {
    let mut file = File::open(path)?;
    let (mut sha256, mut whole, mut parts, mut count) = (Sha256::new(), Md5::new(), Md5::new(), 0);
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let read = file.by_ref().take(part_size(size)).read_to_end(&mut buffer)?;
        if read == 0 {
            break;
        }
        sha256.update(&buffer);
        whole.update(&buffer);
        parts.update(Md5::digest(&buffer));
        count += 1;
    }
    let etag = match size > MULTIPART_ABOVE {
        true => format!("{}-{count}", hex(&parts.finalize())),
        false => hex(&whole.finalize()),
    };
    Ok(Content {
        size,
        sha256: hex(&sha256.finalize()),
        etag,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_file_has_the_etag_of_its_parts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large");
        let size = MULTIPART_ABOVE + 1;
        std::fs::write(&path, vec![0; size as usize]).unwrap();
        let content = digest(&path, size).unwrap();
        let part = |length: u64| Md5::digest(vec![0; length as usize]);
        let parts = [part(SMALLEST_PART), part(SMALLEST_PART), part(1)].concat();
        assert_eq!(content.etag, format!("{}-3", hex(&Md5::digest(parts))));
    }
}
