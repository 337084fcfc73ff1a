//! The embedded AWS: real behaviour or a typed AWS error, one module a service, data on disk.
//!
//! It is also the test bed of everything else, so it imports nothing of ours.

mod env;
mod error;
mod json;
mod query;
mod s3;
mod store;

pub use env::{Limits, Options, Timing};
