//! From encoded rows to requests, handed to the sending side as they fill.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;

use super::aggregate::Packer;
use super::batch::{Batch, RequestLimits};
use super::error::Error;
use super::options::Options;
use super::shards::ShardMap;
use super::sink::Entry;

/// Why the parsing thread stopped early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The sending side is gone: it knows why.
    Abandoned,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

/// Rows packed into records, records into requests, requests into the channel.
pub(super) struct Outlet {
    packer: Packer,
    batch: Batch,
    requests: Sender<Vec<Entry>>,
    last_flush: Instant,
}

impl Outlet {
    pub fn new(shards: ShardMap, options: &Options, requests: Sender<Vec<Entry>>) -> Self {
        Self {
            packer: Packer::new(shards, options),
            batch: Batch::new(RequestLimits::new(options)),
            requests,
            last_flush: Instant::now(),
        }
    }

    /// Time since everything was last handed on.
    pub fn age(&self) -> Duration {
        self.last_flush.elapsed()
    }

    /// Adds a row under its partition key.
    pub fn add(&mut self, key: &str, row: &[u8]) -> Result<(), Stop> {
        let (batch, requests) = (&mut self.batch, &self.requests);
        self.packer.add(key, row, |entry| send(batch.push(entry), requests))
    }

    /// Hands on everything, full or not.
    pub fn flush(&mut self) -> Result<(), Stop> {
        let (batch, requests) = (&mut self.batch, &self.requests);
        self.packer.flush(|entry| send(batch.push(entry), requests))?;
        self.last_flush = Instant::now();
        send(Some(batch.take()), requests)
    }
}

fn send(request: Option<Vec<Entry>>, requests: &Sender<Vec<Entry>>) -> Result<(), Stop> {
    match request {
        Some(entries) if !entries.is_empty() => requests.blocking_send(entries).map_err(|_| Stop::Abandoned),
        _ => Ok(()),
    }
}
