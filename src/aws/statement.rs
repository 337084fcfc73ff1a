//! SQL through the Redshift Data API: submit, wait, read rows, cancel.
//!
//! Quotas: 40 statements a batch (botocore redshift-data: SqlList), 100 KB a statement, 100 MB a result, 24 hours a
//! statement and as long for its result (<https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html>).

use std::sync::Mutex;
use std::time::Duration;

use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::types::{ColumnMetadata, Field, SqlParameter};
use aws_smithy_types::error::operation::BuildError;

use super::backoff::Backoff;
use super::error::{Error, ErrorKind, failure};
use super::retry::retrying;
use super::wait::{Status, Wait, wait_until};

/// Statements of one batch.
pub const MOST_STATEMENTS: usize = 40;
/// Bytes of one statement.
pub const LARGEST_STATEMENT: usize = 100_000;

const SERVICE: &str = "redshift-data";

/// How long DescribeStatement may wait for the end before it answers (30 at most): short enough to show progress.
const LONG_POLL_SECONDS: i32 = 10;
/// Between polls, for servers that do not wait.
const PACE: Backoff = Backoff::new(Duration::from_millis(20), Duration::from_secs(2));
/// A statement that runs longer is ended by the service.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Where statements run: a serverless workgroup or a cluster, and as whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SqlTarget {
    /// Name of the workgroup; exactly one of this and `cluster`.
    pub workgroup: Option<String>,
    /// Identifier of the cluster.
    pub cluster: Option<String>,
    pub database: String,
    /// The secret of the database user. Without it: the user that goes with the caller's IAM identity.
    pub secret_arn: Option<String>,
}

impl SqlTarget {
    /// Name of the workgroup or cluster.
    pub fn name(&self) -> &str {
        let name = self.workgroup.as_deref().or(self.cluster.as_deref());
        name.unwrap_or_default()
    }
}

/// Statements that ran to their end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finished {
    pub id: String,
    /// Of the statements of a batch, in order; empty for a single statement. [`Rows`] takes these too.
    pub sub_ids: Vec<String>,
    /// Whether there are rows to read: of the single statement, or of any of the batch.
    pub has_result_set: bool,
    /// Rows returned or affected, as the service counts them; -1 where it does not say. Of a batch: of each statement.
    pub rows: Vec<i64>,
}

/// Statements that did not run to their end.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Failure {
    pub error: Error,
    /// The statement of a batch at fault, counted from 0; `None` where it is not one statement's fault.
    pub position: Option<usize>,
    /// Redshift's message alone, where it is one statement's fault.
    pub message: Option<String>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            position: None,
            message: None,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// Runs statements and waits for their end: one by ExecuteStatement, several by BatchExecuteStatement, in which they
/// are one transaction.
///
/// `parameters` are names and texts for `:name` in the statements. A `client_token` makes a repeated call answer with
/// the statement of the first one, even a failed one; without it one is made up for this call. `report` hears what is
/// going on. A failed statement is not repeated, but its [`Error::retry`] says whether that can help.
///
/// # Errors
/// The service refused, or a statement failed or was cancelled.
pub async fn run(
    client: &aws_sdk_redshiftdata::Client,
    target: &SqlTarget,
    statements: &[String],
    parameters: &[(String, String)],
    client_token: Option<&str>,
    report: &(dyn Fn(&str) + Send + Sync),
) -> Result<Finished, Failure> {
    let id = submit(client, target, statements, parameters, client_token, report).await?;
    wait(client, target, &id, report).await
}

/// The first half of [`run`]: answers the id of the statement (or batch), which is then on its way.
///
/// # Errors
/// The service refused, or the statements exceed its quotas.
pub async fn submit(
    client: &aws_sdk_redshiftdata::Client,
    target: &SqlTarget,
    statements: &[String],
    parameters: &[(String, String)],
    client_token: Option<&str>,
    report: &(dyn Fn(&str) + Send + Sync),
) -> Result<String, Failure> {
    within_quotas(target, statements)?;
    let parameters = sdk_parameters(target, parameters)?;
    let id = if let [statement] = statements {
        let request = client
            .execute_statement()
            .sql(statement)
            .set_workgroup_name(target.workgroup.clone())
            .set_cluster_identifier(target.cluster.clone())
            .database(&target.database)
            .set_secret_arn(target.secret_arn.clone())
            .set_parameters(parameters)
            .set_client_token(client_token.map(str::to_owned));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "ExecuteStatement", target.name(), e))
        };
        retrying(false, report, call).await?.id
    } else {
        let request = client
            .batch_execute_statement()
            .set_sqls(Some(statements.to_vec()))
            .set_workgroup_name(target.workgroup.clone())
            .set_cluster_identifier(target.cluster.clone())
            .database(&target.database)
            .set_secret_arn(target.secret_arn.clone())
            .set_parameters(parameters)
            .set_client_token(client_token.map(str::to_owned));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "BatchExecuteStatement", target.name(), e))
        };
        retrying(false, report, call).await?.id
    };
    id.ok_or_else(|| odd(target, "the service named no statement").into())
}

/// The second half of [`run`].
///
/// # Errors
/// A statement failed or was cancelled, or the service no longer knows it.
pub async fn wait(
    client: &aws_sdk_redshiftdata::Client,
    target: &SqlTarget,
    id: &str,
    report: &(dyn Fn(&str) + Send + Sync),
) -> Result<Finished, Failure> {
    let told = Mutex::new(String::new());
    let waiting = Wait {
        service: SERVICE,
        operation: "DescribeStatement",
        resource: target.name(),
        pending: &["SUBMITTED", "PICKED", "STARTED"],
        target: &["FINISHED", "FAILED", "ABORTED"],
        pace: PACE,
        limit: LONGEST,
    };
    let described = wait_until(waiting, &|_| (), async || {
        let request = client.describe_statement().id(id).wait_time_seconds(LONG_POLL_SECONDS);
        let answer = request.send().await;
        let answer = answer.map_err(|e| failure(SERVICE, "DescribeStatement", target.name(), e))?;
        let state = answer.status().map_or("", |status| status.as_str()).to_owned();
        let progress = progress(&answer, &state);
        let mut told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if *told != progress && waiting.pending.contains(&state.as_str()) {
            report(&progress);
            *told = progress;
        }
        Ok(Status::new(state, answer))
    })
    .await?;
    match described.status().map(|status| status.as_str()) {
        Some("FINISHED") => Ok(finished(described)),
        _ => Err(failed(target, &described)),
    }
}

/// Asks the service to stop a running statement; one that has ended already counts as done.
///
/// # Errors
/// The service refused for another reason.
pub async fn cancel(client: &aws_sdk_redshiftdata::Client, id: &str) -> Result<(), Error> {
    match client.cancel_statement().id(id).send().await {
        Ok(_) => Ok(()),
        Err(error) => match failure(SERVICE, "CancelStatement", id, error) {
            // ValidationException: "Could not cancel a query that is already in FINISHED state" and the like.
            error if error.code == "ValidationException" || error.is(ErrorKind::NotFound) => Ok(()),
            error => Err(error),
        },
    }
}

/// The rows of a finished statement, page by page (a page holds up to 1 MB or so).
pub struct Rows<'a> {
    client: &'a aws_sdk_redshiftdata::Client,
    id: String,
    token: Option<String>,
    done: bool,
}

/// One page of a result.
#[derive(Clone, Debug)]
pub struct Page {
    pub columns: Vec<ColumnMetadata>,
    pub records: Vec<Vec<Field>>,
    /// Rows of the whole result.
    pub total: i64,
}

/// Starts reading the result of a statement, by its id or by one of [`Finished::sub_ids`]. It must have a result set.
pub fn rows<'a>(client: &'a aws_sdk_redshiftdata::Client, id: &str) -> Rows<'a> {
    Rows {
        client,
        id: id.to_owned(),
        token: None,
        done: false,
    }
}

impl Rows<'_> {
    /// The next page; `None` after the last. The first page comes even if there is no row: it tells the columns.
    ///
    /// # Errors
    /// The service refused, or the statement has no result (any more).
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.done {
            return Ok(None);
        }
        let request = self.client.get_statement_result().id(&self.id);
        let request = request.set_next_token(self.token.take());
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "GetStatementResult", &self.id, e))
        };
        let answer = retrying(false, &|_| (), call).await?;
        self.token = answer.next_token.filter(|token| !token.is_empty());
        self.done = self.token.is_none();
        Ok(Some(Page {
            columns: answer.column_metadata.unwrap_or_default(),
            records: answer.records,
            total: answer.total_num_rows,
        }))
    }
}

fn within_quotas(target: &SqlTarget, statements: &[String]) -> Result<(), Failure> {
    if statements.is_empty() || statements.len() > MOST_STATEMENTS {
        let message = format!(
            "{} statements in one batch; 1 to {MOST_STATEMENTS} go",
            statements.len()
        );
        return Err(odd(target, &message).into());
    }
    let Some(position) = statements.iter().position(|text| text.len() > LARGEST_STATEMENT) else {
        return Ok(());
    };
    let message = format!(
        "a statement of {} bytes; the Data API takes {LARGEST_STATEMENT} at most",
        statements[position].len()
    );
    Err(Failure {
        error: odd(target, &message),
        position: Some(position),
        message: Some(message),
    })
}

/// Something that pipectl itself finds wrong.
fn odd(target: &SqlTarget, message: &str) -> Error {
    let kind = ErrorKind::InvalidRequest;
    Error::new(SERVICE, "ExecuteStatement", target.name(), kind, message.to_owned())
}

fn sdk_parameters(target: &SqlTarget, parameters: &[(String, String)]) -> Result<Option<Vec<SqlParameter>>, Error> {
    let built: Result<Vec<_>, BuildError> = parameters
        .iter()
        .map(|(name, value)| SqlParameter::builder().name(name).value(value).build())
        .collect();
    let built = built.map_err(|error| odd(target, &error.to_string()))?;
    Ok((!built.is_empty()).then_some(built))
}

/// `STARTED`, or for a batch `STARTED, statement 3 of 7`.
fn progress(described: &DescribeStatementOutput, state: &str) -> String {
    let statements = described.sub_statements();
    let ended = |status: Option<&str>| matches!(status, Some("FINISHED" | "FAILED" | "ABORTED"));
    let current = statements
        .iter()
        .position(|statement| !ended(statement.status().map(|status| status.as_str())));
    match current {
        Some(current) => format!("{state}, statement {} of {}", current + 1, statements.len()),
        None => state.to_owned(),
    }
}

fn finished(described: DescribeStatementOutput) -> Finished {
    let statements = described.sub_statements();
    let rows = match statements {
        [] => vec![described.result_rows()],
        _ => statements.iter().map(|statement| statement.result_rows()).collect(),
    };
    Finished {
        sub_ids: statements.iter().map(|statement| statement.id().to_owned()).collect(),
        has_result_set: described.has_result_set().unwrap_or_default(),
        rows,
        id: described.id,
    }
}

/// A batch stops at the first statement that fails; the others are ABORTED or stay SUBMITTED.
fn failed(target: &SqlTarget, described: &DescribeStatementOutput) -> Failure {
    let statements = described.sub_statements();
    let state = described.status().map_or("", |status| status.as_str());
    let position = statements
        .iter()
        .position(|statement| statement.status().is_some_and(|status| status.as_str() == "FAILED"));
    let own = position.and_then(|position| statements[position].error());
    let message = own.or(described.error()).unwrap_or(match state {
        "ABORTED" => "it was cancelled",
        _ => "the service does not say why",
    });
    let (operation, at) = match (position, statements.len()) {
        (_, 0) => ("ExecuteStatement", String::new()),
        (None, _) => ("BatchExecuteStatement", String::new()),
        (Some(position), all) => (
            "BatchExecuteStatement",
            format!("statement {} of {all}: ", position + 1),
        ),
    };
    let mut error = Error::refused(SERVICE, operation, target.name(), state, format!("{at}{message}"));
    if error.is(ErrorKind::Fatal) {
        error.kind = ErrorKind::FailedState;
    }
    if error.hint().is_none() {
        error = error.with_hint(hint(state, message, statements.len() > 1));
    }
    Failure {
        error,
        position: position.or((statements.is_empty() && state == "FAILED").then_some(0)),
        message: (state == "FAILED").then(|| message.to_owned()),
    }
}

/// Plain advice for what goes wrong most.
fn hint(state: &str, message: &str, batch: bool) -> &'static str {
    let message = message.to_ascii_lowercase();
    if state == "ABORTED" {
        return "somebody or a time limit stopped it: run the command again";
    }
    if message.contains("usage limit") {
        return "the warehouse's usage limit is used up: raise it, or wait until its period ends";
    }
    if message.contains("permission denied") {
        return "the statement's user lacks the right: is the secret that of the user who owns the object?";
    }
    if message.contains("sys_load_error_detail") || message.contains("stl_load_errors") {
        return "the row and column at fault are in the system view that the message names";
    }
    if message.contains("exceeds the maximum size") {
        return "ask for less (columns, WHERE, LIMIT), or UNLOAD the result to S3";
    }
    match batch {
        true => "correct the statement; nothing of its batch was kept",
        false => "correct the statement",
    }
}

#[cfg(test)]
mod tests;
