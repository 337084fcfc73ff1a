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
    #[cfg(feature = "local")]
    let places = super::agreement::check(&project, output)?;
    #[cfg(not(feature = "local"))]
    let places = 0;
    if output.json() {
        output.event(&json!({
            "event": "summary",
            "project": project.name,
            "environment": project.environment.name,
            "resources": count,
            "errors": 0,
            "warnings": project.warnings.len(),
            "places_that_agree": places,
        }));
    } else {
        output.data(&format!(
            "{}: {count} resources are valid in environment {}",
            project.name, project.environment.name
        ));
        if places > 0 {
            output.data(&format!("{places} places agree on names, order and types of columns"));
        }
    }
    Ok(Exit::Done)
}
