//! Reads an input ahead on a thread of its own, so that disk and gunzip overlap with parsing, and so that a read that
//! never returns (a terminal, a pipe nobody writes to) cannot keep an ingest from ending.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

const BLOCK: usize = 256 * 1024;
const BLOCKS_AHEAD: usize = 4;
/// A block has at least this many bytes, if the input has: enough for a byte order mark or to tell the format.
const FIRST: usize = 8;
/// How often a blocked reader looks whether it was cancelled.
const POLL: Duration = Duration::from_millis(50);

/// The blocks of an input, in order.
pub(super) struct ReadAhead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    spent: Sender<Vec<u8>>,
    block: Vec<u8>,
    position: usize,
    ended: bool,
    failure: Option<io::Error>,
    cancel: CancellationToken,
}

impl ReadAhead {
    pub fn new(reader: impl Read + Send + 'static, cancel: CancellationToken) -> io::Result<Self> {
        let (sender, blocks) = sync_channel(BLOCKS_AHEAD);
        let (spent, empty) = channel();
        // Not joined: it ends when the receiver is dropped, unless a read never returns.
        std::thread::Builder::new()
            .name("pipectl-read".into())
            .spawn(move || read_blocks(reader, &sender, &empty))?;
        Ok(Self {
            blocks,
            spent,
            block: Vec::new(),
            position: 0,
            ended: false,
            failure: None,
            cancel,
        })
    }

    /// Waits until there is something to read (or the end), at most `timeout`. False if there is not.
    pub fn wait(&mut self, timeout: Duration) -> bool {
        if self.position < self.block.len() || self.ended || self.failure.is_some() {
            return true;
        }
        match self.blocks.recv_timeout(timeout) {
            Err(RecvTimeoutError::Timeout) => false,
            received => {
                self.take(received.ok());
                true
            }
        }
    }

    fn take(&mut self, received: Option<io::Result<Vec<u8>>>) {
        match received {
            None => self.ended = true,
            Some(Err(error)) => self.failure = Some(error),
            Some(Ok(block)) => {
                // The thread may be gone by now; then the buffer is simply freed.
                let _ = self.spent.send(std::mem::replace(&mut self.block, block));
                self.position = 0;
            }
        }
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut block = self.fill_buf()?;
        let read = block.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for ReadAhead {
    /// Fails once the token is cancelled.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.position == self.block.len() && !self.ended {
            if self.cancel.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            if let Some(failure) = self.failure.take() {
                self.ended = true;
                return Err(failure);
            }
            self.wait(POLL);
        }
        Ok(&self.block[self.position..])
    }

    fn consume(&mut self, amount: usize) {
        self.position += amount;
    }
}

/// Blocks end where lines end, as far as they can: a parser that waits for the next block then waits between rows, not
/// inside one, and complete rows are not held up by half of the next.
fn read_blocks(mut reader: impl Read, blocks: &SyncSender<io::Result<Vec<u8>>>, empty: &Receiver<Vec<u8>>) {
    let mut rest = Vec::new();
    let mut at_least = FIRST;
    loop {
        let mut block = empty.try_recv().unwrap_or_default();
        block.clear();
        block.append(&mut rest);
        let before = block.len();
        block.resize(before.max(BLOCK / 2) + BLOCK / 2, 0);
        let (read, failure) = read_some(&mut reader, &mut block[before..], at_least);
        at_least = 1;
        block.truncate(before + read);
        let ended = read == 0 || failure.is_some();
        if !ended && block.len() < BLOCK {
            let lines = memchr::memrchr(b'\n', &block).map_or(0, |at| at + 1);
            rest = block.split_off(if lines < FIRST { 0 } else { lines });
        }
        if !block.is_empty() && blocks.send(Ok(block)).is_err() {
            return;
        }
        if let Some(failure) = failure {
            // Nobody may be listening any more.
            let _ = blocks.send(Err(failure));
            return;
        }
        if read == 0 {
            return;
        }
    }
}

/// Reads until `block` has `at_least` bytes, the input ends or fails.
fn read_some(reader: &mut impl Read, block: &mut [u8], at_least: usize) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while filled < at_least {
        match reader.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}
