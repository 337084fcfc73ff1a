//! The command line: arguments, one file a command, rendering, exit codes. The only place that prints.

#[cfg(feature = "local")]
mod agreement;
mod apply;
mod dashboard;
mod deploy;
mod drain;
mod error;
mod exit;
mod export;
mod flow_error;
mod human;
mod ingest;
mod ingest_view;
mod interrupt;
#[cfg(feature = "local")]
mod local;
mod output;
mod parts;
mod plan;
mod progress;
mod query;
mod query_view;
mod receipt;
mod run;
mod run_view;
mod session;
mod spice;
mod status;
mod teardown;
mod up;
mod validate;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use error::CliError;
use exit::Exit;
use output::Output;

/// Deploys, feeds and tears down streaming analytics pipelines on AWS, and runs the same configs on a laptop.
///
/// Configs are CloudFormation-shaped JSON in configs/<stage>/. Without --env everything runs on the
/// embedded AWS in this process, with its data under .pipectl/ in the project.
#[derive(Debug, Parser)]
#[command(name = "pipectl", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 failed, or partly failed; 2 usage or config; \
3 `plan --exit-code` found changes, or `ingest` kept rejected records aside; 130 interrupted.";

/// Options of every command.
#[derive(Clone, Debug, Args)]
struct Global {
    /// Folder of the project: the one that holds configs/
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = ".",
        env = "PIPECTL_PROJECT"
    )]
    project: PathBuf,
    /// Environment of configs/pipeline.json to work on
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        default_value = "local",
        env = "PIPECTL_ENV"
    )]
    env: String,
    /// Only this stage (a folder under configs/); may be given more than once
    #[arg(long = "stage", global = true, value_name = "STAGE")]
    stages: Vec<String>,
    /// Machine-readable output on stdout: one JSON document, or one event a line for long work
    #[arg(long, global = true)]
    json: bool,
    /// Ask nothing
    #[arg(long, short = 'y', global = true)]
    yes: bool,
    /// Send every request here instead of to AWS or the embedded AWS
    #[arg(long, global = true, value_name = "URL", env = "AWS_ENDPOINT_URL")]
    endpoint_url: Option<String>,
    /// Say more on stderr; -vv for debugging
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Arguments),
    Validate(validate::Arguments),
    Plan(plan::Arguments),
    Deploy(deploy::Arguments),
    Status(status::Arguments),
    Ingest(ingest::Arguments),
    Run(run::Arguments),
    Query(query::Arguments),
    Dashboard(dashboard::Arguments),
    Teardown(teardown::Arguments),
    Export(export::Arguments),
    #[cfg(feature = "local")]
    Local(local::Arguments),
}

/// Runs the command of this process's arguments.
pub fn main() -> ExitCode {
    run(std::env::args_os()).into()
}

fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come as "errors" that belong on stdout; clap knows which.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Done };
        }
    };
    let output = Output::new(cli.global.json);
    output::start_logging(cli.global.verbose, output.colour());
    // The SDK reads a dashboard's definition through some 900 nested structures: in a debug build more than the usual 2 MiB.
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = match builder.thread_stack_size(16 << 20).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.fail(&CliError::failed(format!("cannot start the async runtime: {error}"))),
    };
    let exit = match runtime.block_on(dispatch(&cli, &output)) {
        Ok(exit) => exit,
        Err(error) => output.fail(&error),
    };
    // Reads from a terminal cannot be cancelled; do not wait for them.
    runtime.shutdown_background();
    output.settle(exit)
}

async fn dispatch(cli: &Cli, output: &Output) -> Result<Exit, CliError> {
    let global = &cli.global;
    match &cli.command {
        Command::Up(arguments) => up::run(global, arguments, output).await,
        Command::Validate(arguments) => validate::run(global, arguments, output),
        Command::Plan(arguments) => plan::run(global, arguments, output).await,
        Command::Deploy(arguments) => deploy::run(global, arguments, output).await,
        Command::Status(arguments) => status::run(global, arguments, output).await,
        Command::Ingest(arguments) => ingest::run(global, arguments, output).await,
        Command::Run(arguments) => run::run(global, arguments, output).await,
        Command::Query(arguments) => query::run(global, arguments, output).await,
        Command::Dashboard(arguments) => dashboard::run(global, arguments, output).await,
        Command::Teardown(arguments) => teardown::run(global, arguments, output).await,
        Command::Export(arguments) => export::run(global, arguments, output),
        #[cfg(feature = "local")]
        Command::Local(arguments) => local::run(global, arguments, output).await,
    }
}
