//! What deploy and teardown have in common: plan, ask, carry out, report.

use std::time::Instant;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::progress::{self, Progress};
use super::session::Session;
use super::{Global, drain, human, interrupt, plan};
use crate::engine::{self, Action, Intent, Options, Plan, Step};

/// Options of both.
#[derive(Debug, Args)]
pub(super) struct Pace {
    /// How many resources to work on at once
    #[arg(long, default_value_t = 16, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
}

impl Default for Pace {
    fn default() -> Self {
        Self { concurrency: 16 }
    }
}

pub(super) async fn run(intent: Intent, global: &Global, pace: &Pace, output: &Output) -> Result<Exit, CliError> {
    let cancel = interrupt::token(output);
    let session = tokio::select! {
        session = Session::open(global, output) => session?,
        () = cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    output.status(&format!("{}:", human::headline(&session.project)));
    let exit = within(&session, intent, global, pace, cancel, output).await;
    session.close().await;
    exit
}

/// The same within a session that goes on afterwards.
pub(super) async fn within(
    session: &Session,
    intent: Intent,
    global: &Global,
    pace: &Pace,
    cancel: CancellationToken,
    output: &Output,
) -> Result<Exit, CliError> {
    let started = Instant::now();
    let options = Options {
        concurrency: pace.concurrency.into(),
        cancel,
    };
    let plan = engine::plan(&session.graph, intent, &options, &progress::unseen()).await;
    match agreed(intent, session, &plan, global, output)? {
        true => {
            subscribed(session, &plan).await?;
            carry_out(session, plan, &options, started, output).await
        }
        false => Ok(Exit::Failed),
    }
}

/// False if something stands in a deploy's way, or the person, shown the plan, says no.
fn agreed(intent: Intent, session: &Session, plan: &Plan, global: &Global, output: &Output) -> Result<bool, CliError> {
    let refused = plan::refused(plan);
    // On the embedded AWS a deploy costs and endangers nothing.
    let harmless = intent == Intent::Deploy && session.is_embedded();
    let sure = !plan::changes(plan) || global.yes || harmless;
    if refused || !sure {
        output.status(&human::plan(plan));
    }
    if refused && intent == Intent::Deploy {
        progress::refusals(plan, output);
        return Ok(false);
    }
    let question = match intent {
        Intent::Deploy => "Deploy this?",
        Intent::Teardown => "Delete all this, with the data in it?",
    };
    let agreed = sure || output.confirm(question)?;
    if !agreed {
        output.status("nothing was changed");
    }
    Ok(agreed)
}

/// Where something of QuickSight is to be made, fails before anything else is if the account cannot have it.
async fn subscribed(session: &Session, plan: &Plan) -> Result<(), CliError> {
    let makes = |step: &Step| matches!(step.action, Action::Create | Action::Replace);
    if !plan
        .changes()
        .any(|step| makes(step) && step.kind.starts_with("AWS::QuickSight::"))
    {
        return Ok(());
    }
    let account = &session.project.environment.account;
    let checked = session.clients.subscription.check(&session.clients, account).await;
    checked.map_err(|error| CliError::failed(error.to_string()).hint_from(&error))
}

async fn carry_out(
    session: &Session,
    plan: Plan,
    options: &Options,
    started: Instant,
    output: &Output,
) -> Result<Exit, CliError> {
    drain::before_deletion(session, &plan, &options.cancel, output).await?;
    let progress = Progress::new(output);
    let outcome = engine::execute(&session.graph, plan, options, &progress.sink()).await;
    progress.finish();
    Ok(progress::summary(&outcome, started.elapsed(), output))
}
