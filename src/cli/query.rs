//! `pipectl query`

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::flow_error::flow_error;
use super::output::Output;
use super::query_view::{self, Style};
use super::session::Session;
use super::{Global, human, interrupt};
use crate::aws::sql_statements;
use crate::flow::{self, Answer, Interruption, Watch};

/// Run SQL in the warehouse
///
/// Prints what it returns as a table, with --csv as CSV (RFC 4180), with --json as an array of objects. Several statements
/// run one after the other, each on its own; the first that fails ends it.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A statement, or several; a file of them; or - for standard input
    #[arg(value_name = "SQL|FILE|-")]
    sql: String,
    /// Print CSV
    #[arg(long)]
    csv: bool,
}

/// SQL and where it came from.
struct Script {
    file: String,
    text: String,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let style = match (arguments.csv, output.json()) {
        (true, true) => return Err(CliError::usage("--csv and --json exclude each other")),
        (true, false) => Style::Csv,
        (false, true) => Style::Json,
        (false, false) => Style::Table,
    };
    let script = read(&arguments.sql)?;
    let statements = sql_statements(&script.text)
        .map_err(|error| CliError::usage(format!("{}, line {}: {error}", script.file, error.line)))?;
    if statements.is_empty() {
        return Err(CliError::usage(format!("there is no statement in {}", script.file)));
    }
    let watch = Watch {
        events: Arc::new(|_| ()),
        cancel: interrupt::token(output),
        interruption: Arc::new(NoJobRun),
    };
    let session = tokio::select! {
        session = Session::open(global, output) => session?,
        () = watch.cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    let ended = answer(&session, &script, &statements, &watch, style, output).await;
    session.close().await;
    match ended {
        Ok(()) => Ok(Exit::Done),
        Err(Failed::Flow(error @ flow::Error::Interrupted(_))) => {
            output.status(&error.to_string());
            Ok(Exit::Interrupted)
        }
        Err(Failed::Flow(error)) => Err(flow_error(error)),
        Err(Failed::Other(error)) => Err(error),
    }
}

enum Failed {
    Flow(flow::Error),
    Other(CliError),
}

impl From<flow::Error> for Failed {
    fn from(error: flow::Error) -> Self {
        Self::Flow(error)
    }
}

async fn answer(
    session: &Session,
    script: &Script,
    statements: &[crate::aws::SqlStatement<'_>],
    watch: &Watch,
    style: Style,
    output: &Output,
) -> Result<(), Failed> {
    let warehouse = session.warehouse().await.map_err(Failed::Other)?;
    for (number, statement) in statements.iter().enumerate() {
        if number > 0 && style == Style::Table {
            output.data("");
        }
        match flow::query(&warehouse, &script.file, &script.text, statement, watch).await? {
            Answer::Rows(rows) => query_view::print(rows, style, output).await?,
            Answer::Affected(affected) => {
                query_view::print_nothing(style, output);
                output.status(&match affected {
                    Some(rows) => format!("done, {} affected", human::counted(rows, "row")),
                    None => "done".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// Paths are as the shell has them, not below the project.
fn read(sql: &str) -> Result<Script, CliError> {
    if sql == "-" {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .map_err(|error| CliError::usage(format!("cannot read SQL from standard input: {error}")))?;
        let file = "standard input".to_owned();
        return Ok(Script { file, text });
    }
    let path = Path::new(sql);
    // A statement is rarely the name of a file, a file is never a statement.
    if path.is_file() || (path.extension().is_some_and(|extension| extension == "sql") && !sql.contains(' ')) {
        let text = std::fs::read_to_string(path).map_err(|error| CliError::usage(format!("{sql}: {error}")))?;
        let file = sql.to_owned();
        return Ok(Script { file, text });
    }
    Ok(Script {
        file: "the query".to_owned(),
        text: sql.to_owned(),
    })
}

/// A query starts no job run.
struct NoJobRun;

#[async_trait]
impl Interruption for NoJobRun {
    async fn stops(&self, _: &str) -> bool {
        false
    }
}
