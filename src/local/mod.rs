//! The embedded AWS: real behaviour or a typed AWS error, one module a service, data on disk.
//!
//! It is also the test bed of everything else, so it imports nothing of ours.

mod env;
mod error;
mod iam;
mod json;
mod logs;
mod query;
mod store;
mod sts;
mod tagging;
#[cfg(test)]
mod testing;
mod xml;

pub use env::{Limits, Options, Timing};
