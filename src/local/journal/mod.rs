//! An append-only log of records in segment files: a shard's records, or what was put to a delivery stream.
//!
//! A position is the offset of a record in the whole log, so nothing needs an index: segment files carry the
//! position of their first byte as their name, and the record lies at the difference. Position 0 is before the
//! first record, which is at 1. What a kill tore off at the end is cut when the log is opened.

mod frame;
mod segment;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

pub(crate) use frame::{Batch, Frame, Meta};
use frame::{MAX_FRAME, frame_size};

/// A segment gets no more records once it is this long, in bytes. Small, since the last one is checked at open.
const SEGMENT: u64 = 16 << 20;
/// Position of a log's first record.
pub(crate) const FIRST: u64 = 1;

/// Why records were not appended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AppendError {
    /// The log takes no more records: its shard was split or merged.
    #[error("the log is closed")]
    Closed,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The log. Opens its files when they are first needed.
pub(crate) struct Journal {
    dir: PathBuf,
    segment: u64,
    state: Mutex<State>,
}

struct State {
    opened: bool,
    closed: bool,
    /// Positions of the segments' first bytes, in order.
    bases: Vec<u64>,
    /// The last segment, open for appending.
    active: Option<File>,
    /// Position after the last record.
    end: u64,
    /// Arrival of the last record in milliseconds since 1970: arrivals never go back.
    last_arrival: i64,
}

/// Where records went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    /// Position of the first of them.
    pub first: u64,
    /// They began a new segment: a good moment to drop old ones.
    pub rolled: bool,
}

/// Whole records, read at once.
pub(crate) struct Chunk {
    start: u64,
    bytes: Bytes,
    /// Where the next read goes on.
    pub next: u64,
    /// End of the log when this was read.
    pub end: u64,
}

impl Chunk {
    /// Position of the first record.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The records, in order. Each is checked against its checksum; the iterator ends early at a damaged one.
    pub fn frames(&self) -> impl Iterator<Item = Frame> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let frame = Frame::parse(&self.bytes.slice(at..), self.start + at as u64)?;
            at = (frame.next - self.start) as usize;
            Some(frame)
        })
    }
}

impl Journal {
    /// The log in `dir`, which may not exist yet. `closed` if it takes no more records.
    pub fn new(dir: PathBuf, closed: bool) -> Self {
        Self::with_segments(dir, closed, SEGMENT)
    }

    fn with_segments(dir: PathBuf, closed: bool, segment: u64) -> Self {
        let state = State {
            opened: false,
            closed,
            bases: Vec::new(),
            active: None,
            end: FIRST,
            last_arrival: i64::MIN,
        };
        Self {
            dir,
            segment,
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.opened {
            self.open(&mut state)?;
        }
        Ok(state)
    }

    /// Finds the segments, checks the last one and cuts a torn end.
    fn open(&self, state: &mut State) -> io::Result<()> {
        state.bases = segment::list(&self.dir)?;
        let mut last = true;
        for base in state.bases.iter().rev() {
            let path = segment::path(&self.dir, *base);
            let found = segment::scan(&path, *base)?;
            if last {
                state.end = found.end;
                let file = File::options().append(true).open(&path)?;
                if file.metadata()?.len() > found.end - base {
                    file.set_len(found.end - base)?;
                }
                state.active = Some(file);
                last = false;
            }
            if let Some(arrival) = found.last_arrival {
                state.last_arrival = arrival;
                break;
            }
        }
        state.opened = true;
        Ok(())
    }

    /// Appends all records of `batch` with one write. On error the log is as before.
    pub fn append(&self, batch: &mut Batch) -> Result<Appended, AppendError> {
        let mut state = self.lock()?;
        if state.closed {
            return Err(AppendError::Closed);
        }
        if batch.arrival() < state.last_arrival {
            batch.restamp(state.last_arrival);
        }
        let full = state.bases.last().is_none_or(|base| state.end - base >= self.segment);
        let rolled = state.active.is_none() || full;
        if rolled {
            self.roll(&mut state)?;
        }
        let first = state.end;
        let base = state.bases.last().copied().unwrap_or(first);
        let Some(file) = state.active.as_mut() else {
            return Err(io::Error::other("the log has no open segment").into());
        };
        if let Err(error) = file.write_all(batch.bytes()) {
            // Whatever part got through must not stand between this record and the next.
            if file.set_len(first - base).is_err() {
                state.opened = false;
                state.active = None;
            }
            return Err(error.into());
        }
        state.end += batch.bytes().len() as u64;
        state.last_arrival = batch.arrival();
        Ok(Appended { first, rolled })
    }

    fn roll(&self, state: &mut State) -> io::Result<()> {
        fs::create_dir_all(&self.dir)?;
        let path = segment::path(&self.dir, state.end);
        state.active = Some(File::options().create(true).append(true).open(path)?);
        state.bases.push(state.end);
        Ok(())
    }

    /// Position after the last record.
    pub fn end(&self) -> io::Result<u64> {
        Ok(self.lock()?.end)
    }

    /// Takes no more records and returns the position after the last.
    pub fn close(&self) -> io::Result<u64> {
        let mut state = self.lock()?;
        state.closed = true;
        Ok(state.end)
    }

    /// Takes records again, for when what closed the log did not come about.
    pub fn reopen(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = false;
    }

    /// Whole records from `from` on, about `max_bytes` of them and at least one if there is one. A position
    /// that has been dropped reads from the oldest record left.
    pub fn read(&self, from: u64, max_bytes: usize) -> io::Result<Chunk> {
        let (bases, end) = {
            let state = self.lock()?;
            (state.bases.clone(), state.end)
        };
        let mut from = from.max(bases.first().copied().unwrap_or(FIRST));
        while from < end {
            let index = bases.partition_point(|base| *base <= from) - 1;
            let segment_end = bases.get(index + 1).copied().unwrap_or(end);
            let path = segment::path(&self.dir, bases[index]);
            let bytes = match segment::read(&path, from - bases[index], segment_end - from, max_bytes) {
                // Dropped since the lock was released.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Bytes::new(),
                other => other?,
            };
            if !bytes.is_empty() {
                let next = from + bytes.len() as u64;
                return Ok(Chunk {
                    start: from,
                    bytes,
                    next,
                    end,
                });
            }
            from = segment_end;
        }
        Ok(Chunk {
            start: from,
            bytes: Bytes::new(),
            next: from,
            end,
        })
    }

    /// The record that starts exactly at `position`.
    pub fn at(&self, position: u64) -> io::Result<Option<Frame>> {
        let (base, end) = {
            let state = self.lock()?;
            let index = state.bases.partition_point(|base| *base <= position);
            if index == 0 || position >= state.end {
                return Ok(None);
            }
            (state.bases[index - 1], state.end)
        };
        let bytes = segment::read(&segment::path(&self.dir, base), position - base, end - position, 4096)?;
        Ok(Frame::parse(&bytes, position))
    }

    /// Position of the oldest record left.
    pub fn horizon(&self) -> io::Result<u64> {
        Ok(self.lock()?.bases.first().copied().unwrap_or(FIRST))
    }

    /// Position of the first record that arrived at `time` (milliseconds since 1970) or later; the end if none did.
    pub fn at_time(&self, time: i64) -> io::Result<u64> {
        let (bases, end) = {
            let state = self.lock()?;
            (state.bases.clone(), state.end)
        };
        let mut failed = None;
        let later = bases.partition_point(|base| match self.first_arrival(*base) {
            Ok(arrival) => arrival.is_some_and(|arrival| arrival < time),
            Err(error) => {
                failed.get_or_insert(error);
                false
            }
        });
        if let Some(error) = failed {
            return Err(error);
        }
        // Records of the same moment can end the segment before.
        let mut position = bases.get(later.saturating_sub(1)).copied().unwrap_or(FIRST);
        while position < end {
            let chunk = self.read(position, 1 << 20)?;
            if let Some(frame) = chunk.frames().find(|frame| frame.arrival >= time) {
                return Ok(frame.position);
            }
            if chunk.next == position {
                break;
            }
            position = chunk.next;
        }
        Ok(end)
    }

    fn first_arrival(&self, base: u64) -> io::Result<Option<i64>> {
        Ok(self.at(base)?.map(|frame| frame.arrival))
    }

    /// Drops the segments that hold only records older than `time` (milliseconds since 1970).
    pub fn drop_older(&self, time: i64) -> io::Result<()> {
        loop {
            let Some(second) = self.lock()?.bases.get(1).copied() else {
                return Ok(());
            };
            match self.first_arrival(second)? {
                // Everything before it arrived no later.
                Some(arrival) if arrival < time => self.drop_before(second)?,
                _ => return Ok(()),
            }
        }
    }

    /// Drops the segments that lie wholly before `position`.
    pub fn drop_before(&self, position: u64) -> io::Result<()> {
        let mut state = self.lock()?;
        while state.bases.get(1).is_some_and(|second| *second <= position) {
            let path = segment::path(&self.dir, state.bases[0]);
            remove(&path)?;
            state.bases.remove(0);
        }
        Ok(())
    }

    #[cfg(test)]
    pub fn segments(&self) -> io::Result<usize> {
        Ok(self.lock()?.bases.len())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
