//! `pipectl deploy`

use std::time::Instant;

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::progress::{self, Progress};
use super::session::Session;
use super::{Global, human, interrupt, plan};
use crate::engine::{self, Intent, Options, Plan};

/// Create and change what the configs declare, in dependency order
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How many resources to work on at once
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let started = Instant::now();
    let cancel = interrupt::token(output);
    let session = Session::open(global, output).await?;
    let options = Options {
        concurrency: arguments.concurrency.into(),
        cancel,
    };
    let plan = engine::plan(&session.graph, Intent::Deploy, &options, &progress::unseen()).await;
    if !agreed(&session, &plan, global, output)? {
        session.close().await;
        return Ok(Exit::Failed);
    }
    let progress = Progress::new(output);
    let outcome = engine::execute(&session.graph, plan, &options, &progress.sink()).await;
    progress.finish();
    let exit = progress::summary(&outcome, started.elapsed(), output);
    session.close().await;
    Ok(exit)
}

/// Shows the plan; false if something stands in its way or the person says no.
fn agreed(session: &Session, plan: &Plan, global: &Global, output: &Output) -> Result<bool, CliError> {
    if plan::changes(plan) || plan::refused(plan) {
        output.status(&format!("{}:", human::headline(&session.project)));
        output.status(&human::plan(plan));
    }
    if plan::refused(plan) {
        progress::refusals(plan, output);
        return Ok(false);
    }
    // On the embedded AWS a deploy costs and endangers nothing.
    if !plan::changes(plan) || global.yes || session.is_embedded() {
        return Ok(true);
    }
    output.confirm("Deploy this?")
}
