//! One record on disk.
//!
//! ```text
//! length  u32  bytes after the checksum
//! crc32   u32  of those bytes
//! arrival i64  milliseconds since 1970
//! flags   u8   1: was put under server-side encryption
//! key len u16
//! key          UTF-8
//! data         the rest
//! ```
//! All numbers are little-endian.

use bytes::Bytes;

/// Bytes before the checksummed part.
pub(super) const HEAD: usize = 8;
const FIXED: usize = 8 + 1 + 2;
/// No frame is longer: a record has at most 10 MiB with its key.
pub(super) const MAX_FRAME: usize = (10 << 20) + 4096;
const ENCRYPTED: u8 = 1;

/// What is stored beside the data.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meta<'a> {
    pub partition_key: &'a str,
    pub encrypted: bool,
}

/// Records that go into the log with one write. All of them arrive at the same moment.
pub(crate) struct Batch {
    arrival: i64,
    bytes: Vec<u8>,
    /// Where each frame starts in `bytes`.
    starts: Vec<usize>,
}

impl Batch {
    /// `arrival` in milliseconds since 1970.
    pub fn new(arrival: i64) -> Self {
        Self {
            arrival,
            bytes: Vec::new(),
            starts: Vec::new(),
        }
    }

    pub fn arrival(&self) -> i64 {
        self.arrival
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Offsets of the frames, in the order they were pushed.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Adds a record of `size` data bytes, which `fill` writes in place.
    /// If `fill` fails the batch is as before.
    pub fn push<E>(
        &mut self,
        meta: Meta<'_>,
        size: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        let flags = if meta.encrypted { ENCRYPTED } else { 0 };
        self.bytes.extend_from_slice(&[0; HEAD]);
        self.bytes.extend_from_slice(&self.arrival.to_le_bytes());
        self.bytes.push(flags);
        // A partition key has at most 256 characters of at most 4 bytes.
        self.bytes
            .extend_from_slice(&(meta.partition_key.len() as u16).to_le_bytes());
        self.bytes.extend_from_slice(meta.partition_key.as_bytes());
        let data = self.bytes.len();
        self.bytes.resize(data + size, 0);
        if let Err(error) = fill(&mut self.bytes[data..]) {
            self.bytes.truncate(start);
            return Err(error);
        }
        self.starts.push(start);
        self.seal(start, self.bytes.len());
        Ok(())
    }

    /// Gives all records a later arrival, for when the clock ran behind the log.
    pub fn restamp(&mut self, arrival: i64) {
        self.arrival = arrival;
        for index in 0..self.starts.len() {
            let start = self.starts[index];
            let end = self.starts.get(index + 1).copied().unwrap_or(self.bytes.len());
            self.bytes[start + HEAD..start + HEAD + 8].copy_from_slice(&arrival.to_le_bytes());
            self.seal(start, end);
        }
    }

    fn seal(&mut self, start: usize, end: usize) {
        let crc = crc32fast::hash(&self.bytes[start + HEAD..end]);
        let length = (end - start - HEAD) as u32;
        self.bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self.bytes[start + 4..start + HEAD].copy_from_slice(&crc.to_le_bytes());
    }
}

/// A record read back. Cheap to clone: its bytes belong to the chunk it was read with.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Of the frame's first byte in the log.
    pub position: u64,
    /// Of the frame after it.
    pub next: u64,
    /// Milliseconds since 1970.
    pub arrival: i64,
    pub encrypted: bool,
    key: Bytes,
    pub data: Bytes,
}

impl Frame {
    pub fn partition_key(&self) -> &str {
        std::str::from_utf8(&self.key).unwrap_or_default()
    }

    /// The frame at the start of `bytes`, which lies at `position` of the log. `None` if it is cut off or damaged.
    pub(super) fn parse(bytes: &Bytes, position: u64) -> Option<Self> {
        let total = frame_size(bytes)?;
        if bytes.len() < total {
            return None;
        }
        let body = bytes.slice(HEAD..total);
        let crc = u32::from_le_bytes(bytes[4..HEAD].try_into().ok()?);
        if crc32fast::hash(&body) != crc {
            return None;
        }
        let arrival = i64::from_le_bytes(body[..8].try_into().ok()?);
        let flags = body[8];
        let key_len = usize::from(u16::from_le_bytes([body[9], body[10]]));
        let data = FIXED + key_len;
        if body.len() < data {
            return None;
        }
        Some(Self {
            position,
            next: position + total as u64,
            arrival,
            encrypted: flags & ENCRYPTED != 0,
            key: body.slice(FIXED..data),
            data: body.slice(data..),
        })
    }
}

/// Size of the frame that starts here, head included, if the head is there and sane.
pub(super) fn frame_size(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    (FIXED..=MAX_FRAME).contains(&length).then_some(HEAD + length)
}
