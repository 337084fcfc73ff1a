//! `pipectl export`

use clap::{Args, ValueEnum};

use super::Global;
use super::error::CliError;
use super::exit::Exit;
use super::output::Output;
use crate::template::{self, LoadOptions};

/// Write the configs as one template for another tool
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[arg(long, value_enum, default_value_t = Format::Cloudformation)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// A CloudFormation template, references and conditions unevaluated
    Cloudformation,
}

pub(super) fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let Format::Cloudformation = arguments.format;
    let options = LoadOptions {
        environment: Some(global.env.clone()),
        stages: global.stages.clone(),
        ..Default::default()
    };
    let (template, left_out) = template::cloudformation(&global.project, &options)?;
    for what in left_out {
        output.warn(&format!("not in the template: {what}"));
    }
    output.data(&serde_json::to_string_pretty(&template).map_err(|error| CliError::failed(error.to_string()))?);
    Ok(Exit::Done)
}
