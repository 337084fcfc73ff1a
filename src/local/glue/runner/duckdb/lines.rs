//! Reads raw objects as blocks of whole lines, on threads of its own: decompression runs beside the parsing.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use flate2::read::MultiGzDecoder;

use crate::local::objects::Objects;

/// Bytes of a block; a block with one longer line is larger.
const BLOCK: usize = 1 << 20;
/// UTF-8's byte order mark. At the start of an object it is no part of the text, as for Hadoop's reader of lines.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// A line beyond this is no row: Kinesis takes records of 10 MiB.
const LONGEST_LINE: usize = 256 << 20;

/// Which objects to read.
pub(super) struct Source {
    pub objects: Arc<dyn Objects>,
    pub bucket: String,
    /// Full keys, and the names that rows give them.
    pub keys: Vec<(String, String)>,
    /// Where objects become files for as long as they are opened.
    pub scratch: PathBuf,
}

/// Whole lines of one object.
pub(super) struct Block {
    pub object: usize,
    /// Number of the first line that is left, from 0.
    pub line: i64,
    pub text: Vec<u8>,
    /// Where the lines that are left begin.
    pub at: usize,
}

/// Blocks as they come; lines of one object are in order within a block, blocks are not.
pub(super) struct Lines {
    source: Arc<Source>,
    blocks: Mutex<Receiver<Result<Block, String>>>,
    begun: Mutex<Vec<Block>>,
    ended: Arc<AtomicBool>,
    readers: Vec<JoinHandle<()>>,
}

impl Lines {
    pub fn open(source: Arc<Source>, threads: usize) -> Self {
        let (sender, blocks) = sync_channel(2 * threads);
        let (next, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let readers = (0..threads.min(source.keys.len()))
            .map(|_| {
                let (source, sender, next, ended) = (source.clone(), sender.clone(), next.clone(), ended.clone());
                std::thread::spawn(move || read_objects(&source, &next, &ended, &sender))
            })
            .collect();
        Self {
            source,
            blocks: Mutex::new(blocks),
            begun: Mutex::default(),
            ended,
            readers,
        }
    }

    /// The name that rows of an object give it.
    pub fn name(&self, object: usize) -> &str {
        &self.source.keys[object].1
    }

    /// A block with lines left; `None` when all are read. Fails with what could not be read.
    pub fn take(&self) -> Result<Option<Block>, String> {
        if let Some(block) = self.begun.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(Some(block));
        }
        let blocks = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        blocks.recv().ok().transpose()
    }

    /// Gives back a block whose lines are not all read.
    pub fn give_back(&self, block: Block) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(block);
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // Readers that wait for room see the other end go.
        *self.blocks.get_mut().unwrap_or_else(PoisonError::into_inner) = sync_channel(0).1;
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }
}

fn read_objects(source: &Source, next: &AtomicUsize, ended: &AtomicBool, to: &SyncSender<Result<Block, String>>) {
    while !ended.load(Ordering::Relaxed) {
        let object = next.fetch_add(1, Ordering::Relaxed);
        let Some((key, _)) = source.keys.get(object) else {
            return;
        };
        if let Err(error) = read_object(source, object, key, to) {
            let _ = to.send(Err(format!("s3://{}/{key}: {error}", source.bucket)));
            return;
        }
    }
}

fn read_object(
    source: &Source,
    object: usize,
    key: &str,
    to: &SyncSender<Result<Block, String>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let path = source.scratch.join(format!("raw-{object}"));
    source.objects.materialise(&source.bucket, key, &path)?;
    let file = File::open(&path)?;
    std::fs::remove_file(&path)?;
    if file.metadata()?.len() == 0 {
        return Ok(());
    }
    let file = BufReader::with_capacity(256 << 10, file);
    // By the name, as Hadoop's codecs do.
    if key.ends_with(".gz") {
        send_blocks(MultiGzDecoder::new(file), object, to)
    } else {
        send_blocks(file, object, to)
    }
}

fn send_blocks(
    mut input: impl Read,
    object: usize,
    to: &SyncSender<Result<Block, String>>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (mut text, mut line) = (Vec::new(), 0);
    input.by_ref().take(MARK.len() as u64).read_to_end(&mut text)?;
    if text == MARK {
        text.clear();
    }
    loop {
        let known = text.len();
        let wanted = (BLOCK.saturating_sub(known)).max(BLOCK / 4);
        let read = input.by_ref().take(wanted as u64).read_to_end(&mut text)?;
        let rest = match memchr::memrchr(b'\n', &text[known..]) {
            Some(end) => text.split_off(known + end + 1),
            None if read == 0 => Vec::new(),
            None if text.len() > LONGEST_LINE => return Err(format!("line {} is too long", line + 1).into()),
            None => continue,
        };
        if text.is_empty() && read == 0 {
            return Ok(());
        }
        let lines = memchr::memchr_iter(b'\n', &text).count() as i64;
        let block = Block {
            object,
            line,
            text,
            at: 0,
        };
        if to.send(Ok(block)).is_err() {
            return Ok(());
        }
        (text, line) = (rest, line + lines);
        if read == 0 {
            return Ok(());
        }
    }
}
