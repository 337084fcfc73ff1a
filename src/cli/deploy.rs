//! `pipectl deploy`

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::{Global, apply};
use crate::engine::Intent;

/// Create and change what the configs declare, in dependency order
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pace: apply::Pace,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    apply::run(Intent::Deploy, global, &arguments.pace, output).await
}
