//! `pipectl validate`

use clap::Args;
use serde_json::json;

use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::{Global, session};

/// Check the configs, all of them, without touching any network
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(global: &Global, _: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let project = session::load(global, output)?;
    let count = project.resources.len();
    if output.json() {
        output.event(&json!({
            "event": "summary",
            "project": project.name,
            "environment": project.environment.name,
            "resources": count,
            "errors": 0,
            "warnings": project.warnings.len(),
        }));
    } else {
        output.data(&format!(
            "{}: {count} resources are valid in environment {}",
            project.name, project.environment.name
        ));
    }
    Ok(Exit::Done)
}
