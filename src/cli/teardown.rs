//! `pipectl teardown`

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::{Global, apply};
use crate::engine::Intent;

/// Delete what deploy made, in reverse dependency order, with the data in it
///
/// Resources with DeletionPolicy Retain are kept, and nothing without this pipeline's tags is touched. Where a bucket is
/// kept, what Firehose has buffered is delivered first.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pace: apply::Pace,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    apply::run(Intent::Teardown, global, &arguments.pace, output).await
}
