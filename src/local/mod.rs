//! The embedded AWS: real behaviour or a typed AWS error, one module a service, data on disk.
//!
//! It is also the test bed of everything else, so it imports nothing of ours.

mod constraints;
mod env;
mod error;
mod firehose;
mod journal;
mod json;
mod kinesis;
mod query;
mod store;
#[cfg(test)]
mod test_client;

pub use env::{Limits, Options, Timing};
