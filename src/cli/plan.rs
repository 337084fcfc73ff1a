//! `pipectl plan`

use clap::Args;
use serde_json::{Value, json};

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::session::Session;
use super::{Global, human, progress};
use crate::engine::{self, Intent, Options, Plan};

/// Show what deploy would do, and change nothing
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Exit with 3 if there is something to do
    #[arg(long)]
    exit_code: bool,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let session = Session::open(global, output).await?;
    let plan = engine::plan(&session.graph, Intent::Deploy, &Options::default(), &progress::unseen()).await;
    if output.json() {
        output.event(&document(&plan)?);
    } else if changes(&plan) || refused(&plan) {
        output.data(&human::plan(&plan));
    } else {
        output.data("nothing to do: everything is as the configs say");
    }
    let exit = match (refused(&plan), changes(&plan)) {
        (true, _) => Exit::Failed,
        (false, true) if arguments.exit_code => Exit::Attention,
        _ => Exit::Done,
    };
    session.close().await;
    Ok(exit)
}

fn document(plan: &Plan) -> Result<Value, CliError> {
    let mut document = json!({ "version": 1 });
    document["plan"] = serde_json::to_value(plan).map_err(|error| CliError::failed(error.to_string()))?;
    Ok(document)
}

/// Whether there is something to do.
pub(super) fn changes(plan: &Plan) -> bool {
    plan.changes().next().is_some()
}

/// Whether something stands in the way of the plan.
pub(super) fn refused(plan: &Plan) -> bool {
    plan.refusals().next().is_some()
}
