//! `pipectl` deploys, feeds, explains and tears down streaming analytics pipelines on AWS,
//! and runs the same configs on a laptop.
//!
//! Module borders (who may import whom) are listed in CONTRIBUTING.md and held by `tests/layering.rs`.

pub mod agreement;
pub mod aws;
pub mod cli;
pub mod dashboard;
pub mod engine;
pub mod flow;
#[cfg(feature = "local")]
pub mod local;
pub mod producer;
pub mod resources;
pub mod template;
