//! `pipectl status`

use clap::Args;
use serde_json::{Value, json};

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::session::Session;
use super::{Global, human, plan, progress};
use crate::engine::{self, Action, Intent, Options, Step};

/// Show each resource as it is now
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) async fn run(global: &Global, _: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let session = Session::open(global, output).await?;
    let plan = engine::plan(&session.graph, Intent::Deploy, &Options::default(), &progress::unseen()).await;
    let rows: Vec<Row> = plan
        .steps
        .iter()
        .filter(|step| step.action != Action::Observe)
        .map(Row::of)
        .collect();
    if output.json() {
        output.event(&document(&session, &rows));
    } else {
        output.data(&table(&rows));
        output.data(&human::headline(&session.project));
    }
    session.close().await;
    Ok(if plan::refused(&plan) { Exit::Failed } else { Exit::Done })
}

/// One line of the status.
struct Row {
    id: String,
    kind: String,
    physical_id: Option<String>,
    state: String,
    drift: Vec<String>,
    error: Option<String>,
}

impl Row {
    fn of(step: &Step) -> Self {
        let state = match (&step.live, step.action) {
            (_, Action::Refuse) if step.live.is_none() => "UNREADABLE".to_owned(),
            (Some(_), Action::Refuse) => "FOREIGN".to_owned(),
            (Some(live), _) => live.state.clone(),
            (None, _) => "MISSING".to_owned(),
        };
        Self {
            id: step.id.clone(),
            kind: step.kind.clone(),
            physical_id: step.live.as_ref().map(|live| live.physical_id.clone()),
            state,
            drift: step.changed.clone(),
            error: step.error.as_ref().map(|error| error.chain()),
        }
    }
}

fn document(session: &Session, rows: &[Row]) -> Value {
    let environment = &session.project.environment;
    let resources: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "type": row.kind, "physical_id": row.physical_id, "state": row.state,
                "drift": row.drift, "error": row.error,
            })
        })
        .collect();
    json!({
        "version": 1,
        "pipeline": session.project.name,
        "environment": environment.name,
        "account": environment.account,
        "region": environment.region,
        "resources": resources,
    })
}

fn table(rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| {
        let note = match (&row.error, row.drift.is_empty()) {
            (Some(error), _) => error.clone(),
            (None, false) => format!("differs: {}", row.drift.join(", ")),
            (None, true) => String::new(),
        };
        let name = row.physical_id.clone().unwrap_or_else(|| "-".to_owned());
        [row.id.clone(), row.kind.clone(), name, row.state.clone(), note]
    });
    human::table(["RESOURCE", "TYPE", "NAME", "STATE", ""], lines)
}
