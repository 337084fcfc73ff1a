//! The producer: reads rows of CSV or JSON Lines, checks each against the record contract, encodes it as one line
//! of JSON, packs rows into Kinesis records and sends those, resending only what the stream did not take.
//!
//! ```text
//! read ahead + gunzip  ->  parse, check, encode, pack  ->  PutRecords, several at a time
//!   (thread per input)        (one thread)                    (async tasks)
//! ```
//!
//! The three parts are joined by bounded channels, so memory does not depend on the size of the input.
//!
//! # What is guaranteed
//!
//! - Every row read is either delivered or rejected; a run that cannot keep this promise ends in an [`IngestError`]
//!   that says how many rows were delivered.
//! - Delivery is at least once: when the answer to a request is lost, its records are sent again.
//! - Every row carries the start of its ingest and its number there, so that a repeat is known for one and the newest
//!   row of a key is always the same one (see `stamp.rs`).
//! - Rows with one partition key go to one shard. Rows packed into one record keep their order. Between records there
//!   is no order: several requests are in flight, PutRecords itself promises none, and a throttled record is resent
//!   after later ones.

mod aggregate;
mod batch;
mod check;
mod column;
mod csv;
mod decimal;
mod encode;
mod encoder;
mod error;
mod header;
mod ingest;
mod input;
mod json;
mod kinesis;
mod options;
mod outlet;
mod pace;
mod preview;
mod queue;
mod readahead;
mod record;
mod rejects;
mod report;
mod rule;
mod send;
mod shards;
mod sink;
mod stamp;

#[cfg(test)]
mod tests;

pub use check::{ContractError, RowCheck};
pub use error::{Error, IngestError};
pub use ingest::ingest;
pub use input::Input;
pub use kinesis::{KinesisSink, list_shards};
pub use options::Options;
pub use report::{Event, Progress, ProgressSink, RejectCount, Summary};
pub use rule::Rule;
pub use shards::{Shard, ShardMap};
pub use sink::{Entry, NullSink, Rejection, Sink, SinkError, SinkErrorKind};
