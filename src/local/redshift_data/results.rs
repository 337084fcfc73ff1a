//! GetStatementResult (JSON) and GetStatementResultV2 (CSV), a page a call.

use serde::Deserialize;
use serde_json::json;

use super::RedshiftData;
use super::describe::{part, split_id};
use super::errors::{no_result, validation};
use super::model::{Format, Statement, Status};
use super::spool::Page;
use crate::local::error::AwsError;
use crate::local::paging;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GetStatementResult {
    id: Option<String>,
    next_token: Option<String>,
    wait_time_seconds: Option<i64>,
}

impl RedshiftData {
    pub(super) async fn get_result(&self, input: GetStatementResult, wanted: Format) -> Result<Vec<u8>, AwsError> {
        let (id, number) = split_id(input.id.as_deref(), input.wait_time_seconds)?;
        let statement = self.statement(id, input.wait_time_seconds).await?;
        check_format(&statement, wanted)?;
        let part = match number {
            Some(number) => part(&statement, number)?,
            // A batch has results by the ids of its statements.
            None if statement.batch => return Err(no_result()),
            None => statement.parts.first().ok_or_else(no_result)?,
        };
        if part.status != Status::Finished || !part.has_result {
            return Err(no_result());
        }
        let rows = part.rows;
        let from = input.next_token.as_deref().map(offset).transpose()?.unwrap_or(0);
        let page = self.runner.spool().read(id, number.unwrap_or(1), from)?;
        match wanted {
            Format::Json => Ok(json_page(&page, rows)),
            Format::Csv => csv_page(&page, rows),
        }
    }
}

/// "The ExecuteStatement or BatchExecuteStatement operation that ran the SQL statement must have specified
/// ResultFormat as ..."
fn check_format(statement: &Statement, wanted: Format) -> Result<(), AwsError> {
    if statement.format == wanted {
        return Ok(());
    }
    let other = match statement.format {
        Format::Json => "GetStatementResult",
        Format::Csv => "GetStatementResultV2",
    };
    Err(validation(format!(
        "The result of the statement has the format {}. Use {other} to get it.",
        statement.format.name()
    )))
}

fn offset(token: &str) -> Result<u64, AwsError> {
    let offset = paging::key(token).ok().and_then(|text| text.parse().ok());
    offset.ok_or_else(|| validation("The NextToken is not valid."))
}

fn token(page: &Page) -> Option<String> {
    Some(paging::token_of(&page.next?.to_string()))
}

/// The rows are JSON already: they are put in as they are.
fn json_page(page: &Page, rows: i64) -> Vec<u8> {
    let next = token(page).map_or(String::new(), |token| format!(",\"NextToken\":{}", json!(token)));
    format!(
        "{{\"ColumnMetadata\":{},\"Records\":[{}],\"TotalNumRows\":{rows}{next}}}",
        page.columns,
        page.rows.join(",")
    )
    .into_bytes()
}

fn csv_page(page: &Page, rows: i64) -> Result<Vec<u8>, AwsError> {
    let lines = page.rows.iter().map(|line| serde_json::from_str::<String>(line));
    let text = lines.collect::<Result<String, _>>().map_err(AwsError::internal)?;
    let columns: serde_json::Value = serde_json::from_str(&page.columns).map_err(AwsError::internal)?;
    let mut answer = json!({
        "ColumnMetadata": columns,
        "Records": [{"CSVRecords": text}],
        "ResultFormat": "CSV",
        "TotalNumRows": rows,
    });
    if let Some(token) = token(page) {
        answer["NextToken"] = json!(token);
    }
    Ok(answer.to_string().into_bytes())
}
