//! The embedded AWS: real behaviour or a typed AWS error, one module a service, data on disk.
//!
//! It is also the test bed of everything else, so it imports nothing of ours.

mod cloudwatch;
mod connector;
mod constraints;
mod control;
mod embedded;
mod env;
mod error;
mod firehose;
mod glue;
mod http;
mod iam;
mod journal;
mod json;
mod kinesis;
mod lock;
mod logs;
mod meters;
mod objects;
mod pages;
mod paging;
mod ports;
mod query;
mod quicksight;
mod redshift;
mod redshift_data;
mod redshift_serverless;
mod rehearsal;
mod rest;
mod s3;
mod scheduler;
mod secrets;
mod server;
mod store;
mod sts;
mod tagging;
#[cfg(test)]
mod testing;
mod warehouse;
mod warehouse_access;
mod wiring;
mod xml;

pub use control::{DrainError, Drained, drain_server, is_server};
pub use embedded::{Embedded, OpenError};
pub use env::{Limits, Options, Timing};
pub use lock::Holder;
pub use pages::{Page, Pages};
pub use rehearsal::{Rehearsal, ScriptFault, TableShape, transformed};
