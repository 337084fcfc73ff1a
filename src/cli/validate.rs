//! `pipectl validate`

use clap::Args;
use serde_json::json;

use super::dashboard::boards::{DASHBOARD, boards, of_kind};
use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use super::{Global, human, session};
use crate::template::Project;

/// Check the configs, all of them, without touching any network
#[derive(Debug, Args)]
pub(super) struct Arguments {}

pub(super) fn run(global: &Global, _: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let project = session::load(global, output)?;
    let count = project.resources.len();
    #[cfg(feature = "local")]
    let places = super::agreement::check(&project, output)?;
    #[cfg(not(feature = "local"))]
    let places = 0;
    let left_out = preview(&project, output)?;
    if output.json() {
        output.event(&json!({
            "event": "summary",
            "project": project.name,
            "environment": project.environment.name,
            "resources": count,
            "errors": 0,
            "warnings": project.warnings.len(),
            "places_that_agree": places,
            "not_in_preview": left_out,
        }));
    } else {
        let warnings = match project.warnings.len() {
            0 => String::new(),
            some => format!(", with {}", human::counted(some as u64, "warning")),
        };
        output.data(&format!(
            "{}: {count} resources are valid in environment {}{warnings}",
            project.name, project.environment.name
        ));
        if places > 0 {
            output.data(&format!("{places} places agree on names, order and types of columns"));
        }
    }
    Ok(Exit::Done)
}

/// Reads every dashboard; answers what of them `pipectl dashboard` does not draw.
///
/// # Errors
/// A definition, or a data set that it uses, is wrong.
fn preview(project: &Project, output: &Output) -> Result<Vec<String>, CliError> {
    if of_kind(project, DASHBOARD).next().is_none() {
        return Ok(Vec::new());
    }
    let boards = boards(project, None)?;
    let left_out = boards.iter().flat_map(|board| {
        let unsupported = board.dashboard.unsupported().iter();
        unsupported.map(|what| format!("{}: {what}", board.id))
    });
    let left_out: Vec<String> = left_out.collect();
    for what in &left_out {
        output.status(&format!(
            "note: QuickSight draws this, pipectl dashboard does not: {what}"
        ));
    }
    Ok(left_out)
}
