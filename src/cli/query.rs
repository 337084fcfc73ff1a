//! `pipectl query`

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::error::CliError;
use super::exit::Exit;
use super::flow_error::flow_error;
use super::output::Output;
use super::query_view::{self, Style};
use super::session::Session;
use super::{Global, human, interrupt};
use crate::aws::{SqlStatement, sql_place, sql_statements};
use crate::flow::{self, Answer, Unstoppable, Watch};

/// Run SQL in the warehouse
///
/// Prints what it returns as a table, with --csv as CSV (RFC 4180), with --json as an array of objects. Several statements
/// run one after the other, each a transaction of its own, and print one result after the other; the first that fails
/// ends it.
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
        let nothing = CliError::usage(format!("there is no statement in {}", script.file));
        return Err(nothing.hint("give a statement, a file of them, or - for standard input"));
    }
    transactions(&script, &statements)?;
    let watch = Watch {
        events: Arc::new(|_| ()),
        cancel: interrupt::token(output),
        interruption: Arc::new(Unstoppable),
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
    statements: &[SqlStatement<'_>],
    watch: &Watch,
    style: Style,
    output: &Output,
) -> Result<(), Failed> {
    let warehouse = session.warehouse().await.map_err(Failed::Other)?;
    for (number, statement) in statements.iter().enumerate() {
        if number > 0 && style == Style::Table {
            output.data("");
        }
        let answered = flow::query(&warehouse, &script.file, &script.text, statement, watch).await;
        match answered.map_err(|error| failed(error, number, statements.len()))? {
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

/// What a failure leaves behind, where there are several statements.
fn failed(error: flow::Error, number: usize, all: usize) -> Failed {
    if all == 1 || matches!(error, flow::Error::Interrupted(_)) {
        return error.into();
    }
    let hint = error.hint().map(|hint| hint + "; ").unwrap_or_default();
    let done = match number {
        0 => "none of the others has run".to_owned(),
        number => format!("{} before it stay done", human::counted(number as u64, "statement")),
    };
    Failed::Other(flow_error(error).hint(hint + &done))
}

/// The Data API runs each statement in a session of its own, so a transaction that spans several would be none: what is
/// to be rolled back would stay.
fn transactions(script: &Script, statements: &[SqlStatement<'_>]) -> Result<(), CliError> {
    let words = ["begin", "start", "commit", "end", "rollback", "abort"];
    let first = |text: &str| {
        text.split(|c: char| !c.is_alphabetic())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let Some(found) = statements.iter().find(|one| words.contains(&first(one.text).as_str())) else {
        return Ok(());
    };
    let line = sql_place(&script.text, found.offset).line;
    let word = first(found.text).to_ascii_uppercase();
    Err(CliError::usage(format!(
        "{}, line {line}: each statement is a transaction of its own, so {word} would have no effect",
        script.file
    ))
    .hint("leave it out; what must be done together belongs in one statement, or in a stored procedure"))
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
    if path.exists() || is_path(sql) {
        let text = std::fs::read_to_string(path)
            .map_err(|error| CliError::usage(format!("the file {sql} cannot be read: {error}")))?;
        let file = sql.to_owned();
        return Ok(Script { file, text });
    }
    Ok(Script {
        file: "the query".to_owned(),
        text: sql.to_owned(),
    })
}

/// Whether it can only be meant as a path: one word, with a `/` or that ends in `.sql`.
fn is_path(sql: &str) -> bool {
    let path = Path::new(sql);
    !sql.contains(char::is_whitespace)
        && (sql.contains('/') || path.extension().is_some_and(|extension| extension == "sql"))
}
