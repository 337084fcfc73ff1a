//! Errors of the flow as the command line shows them: with the traceback, the line of SQL, the rows at fault.

use super::error::CliError;
use crate::flow::{CopyError, Error, SqlError};

/// Lines of rows that COPY could not take.
const ROWS: usize = 5;

pub(super) fn flow_error(error: Error) -> CliError {
    let hint = error.hint();
    let failed = match &error {
        Error::UnknownDate { .. } | Error::NotProcessed { .. } => CliError::usage(error.to_string()),
        _ => CliError::failed(text(&error)),
    };
    match hint {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

fn text(error: &Error) -> String {
    match error {
        // A trace that only repeats Glue's message adds nothing.
        Error::Job(failure)
            if !failure
                .trace
                .iter()
                .all(|line| failure.to_string().contains(line.as_str())) =>
        {
            let trace: Vec<String> = failure.trace.iter().map(|line| format!("  | {line}")).collect();
            format!("{failure}\n{}", trace.join("\n"))
        }
        Error::Sql(sql) => format!("{sql}\n{}", excerpt(sql)),
        Error::Ledger(sql) => format!("{error}\n{}", excerpt(sql)),
        Error::Load { error: sql, rows, .. } => {
            let mut text = format!("{error}\n{}", excerpt(sql));
            // What is wrong with a whole file is noted in the words of the message.
            let rows = rows.iter().filter(|row| !sql.message.contains(&row.message));
            let rows: Vec<&CopyError> = rows.collect();
            for row in rows.iter().take(ROWS) {
                text.push_str(&format!("\n  {row}"));
            }
            text.push_str(&more(&rows));
            text
        }
        error => error.to_string(),
    }
}

fn more(rows: &[&CopyError]) -> String {
    match rows.len().saturating_sub(ROWS) {
        0 => String::new(),
        _ => "\n  and more in sys_load_error_detail".to_owned(),
    }
}

/// The line at fault, with a caret below the place where Redshift says where.
fn excerpt(error: &SqlError) -> String {
    let place = &error.place;
    if place.text.is_empty() {
        return format!("  --> {}\n  = {}", error.file, call(error));
    }
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let mut text = format!(
        "{margin} --> {}:{}:{}\n{margin} |\n{number} | {}",
        error.file, place.line, place.column, place.text
    );
    if error.exact {
        // Tabs stay tabs, so that the caret stands where the terminal shows the character.
        let before = place.text.chars().take(place.column - 1);
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        text.push_str(&format!("\n{margin} | {indent}^"));
    }
    text.push_str(&format!("\n{margin} = {}", call(error)));
    text
}

/// `redshift-data ExecuteStatement on employees-local, statement 4a22...`, by which AWS finds it.
fn call(error: &SqlError) -> String {
    let call = &error.error;
    let mut text = format!("{} {} on {}", call.service, call.operation, call.resource);
    if let Some(id) = &error.statement {
        text.push_str(&format!(", statement {id}"));
    }
    if let Some(id) = &call.request_id {
        text.push_str(&format!(", request {id}"));
    }
    text
}
