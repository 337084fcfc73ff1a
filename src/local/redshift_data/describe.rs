//! DescribeStatement, and waiting for a statement.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftData;
use super::errors::{constrain, no_statement};
use super::model::{Part, Statement};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DescribeStatement {
    id: Option<String>,
    wait_time_seconds: Option<i64>,
}

/// Seconds since 1970, as awsJson writes times.
pub(super) fn epoch(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// A UUID, with the number of a statement in a batch after a colon.
pub(super) fn constrain_id(constraints: &mut Constraints, member: &str, id: &str) {
    let (uuid, number) = id.split_once(':').unwrap_or((id, ""));
    let parts: Vec<_> = uuid.split('-').collect();
    let plain = |part: &&str| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let matches = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(plain)
        && number.len() <= 2
        && number.bytes().all(|b| b.is_ascii_digit());
    let pattern = r"^[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d{0,2})?$";
    constraints.pattern(member, id, pattern, matches);
}

/// The id of a request, checked, as that of the statement and the number of a part of it.
pub(super) fn split_id(id: Option<&str>, wait: Option<i64>) -> Result<(&str, Option<usize>), AwsError> {
    constrain(|constraints| {
        constraints.required("id", &id);
        if let Some(id) = id {
            constrain_id(constraints, "id", id);
        }
        if let Some(seconds) = wait {
            constraints.range("waitTimeSeconds", seconds, 1, 30);
        }
    })?;
    let id = id.unwrap_or_default();
    match id.split_once(':') {
        None => Ok((id, None)),
        Some((id, number)) => Ok((id, Some(number.parse().map_err(|_| no_statement())?))),
    }
}

/// The part that a number means: of a batch its n-th, from 1.
pub(super) fn part(statement: &Statement, number: usize) -> Result<&Part, AwsError> {
    let part = number.checked_sub(1).and_then(|place| statement.parts.get(place));
    part.filter(|_| statement.batch).ok_or_else(no_statement)
}

impl RedshiftData {
    pub(super) async fn describe_statement(&self, input: DescribeStatement) -> Result<Value, AwsError> {
        let (id, number) = split_id(input.id.as_deref(), input.wait_time_seconds)?;
        let statement = self.statement(id, input.wait_time_seconds).await?;
        let mut description = described(&statement);
        if let Some(number) = number {
            describe_part(&mut description, &statement, number)?;
        }
        Ok(description)
    }

    /// The statement, once it has ended or the seconds have passed.
    pub(super) async fn statement(&self, id: &str, seconds: Option<i64>) -> Result<Statement, AwsError> {
        match seconds {
            Some(seconds) => self.wait(id, Duration::from_secs(seconds as u64)).await,
            None => self.runner.find(id),
        }
    }

    pub(super) async fn wait(&self, id: &str, time: Duration) -> Result<Statement, AwsError> {
        if let Some(mut done) = self.runner.done(id) {
            // Time that runs out is no error: the answer says how far the statement is.
            let _ = tokio::time::timeout(time, done.wait_for(|done| *done)).await;
        }
        self.runner.find(id)
    }
}

fn described(statement: &Statement) -> Value {
    let place = &statement.place;
    let mut description = json!({
        "Id": statement.id,
        "Database": place.database,
        "DbUser": place.user,
        "Duration": statement.duration,
        "Status": statement.status.name(),
        "CreatedAt": epoch(statement.created),
        "UpdatedAt": epoch(statement.updated),
        "RedshiftPid": statement.pid,
        "HasResultSet": statement.has_result(),
        "ResultFormat": statement.format.name(),
    });
    let optional = [
        ("ClusterIdentifier", &place.cluster),
        ("WorkgroupName", &place.workgroup),
        ("SecretArn", &place.secret),
        ("SessionId", &statement.session),
        ("Error", &statement.error),
    ];
    for (member, value) in optional {
        if let Some(value) = value {
            description[member] = json!(value);
        }
    }
    if !statement.parameters.is_empty() {
        description["QueryParameters"] = json!(statement.parameters);
    }
    if statement.batch {
        describe_batch(&mut description, statement);
    } else if let Some(part) = statement.parts.first() {
        description["QueryString"] = json!(part.sql);
        description["ResultRows"] = json!(part.rows);
        description["ResultSize"] = json!(part.size);
        description["RedshiftQueryId"] = json!(part.query_id);
    }
    description
}

/// Of a batch, the totals and each statement.
fn describe_batch(description: &mut Value, statement: &Statement) {
    let parts = (1..).zip(&statement.parts);
    let parts: Vec<_> = parts.map(|(n, part)| sub_statement(&statement.id, n, part)).collect();
    description["SubStatements"] = json!(parts);
    description["ExecutionMode"] = json!(statement.mode.name());
    description["RedshiftQueryId"] = json!(0);
    let last = statement.parts.last();
    description["ResultRows"] = json!(last.map_or(-1, |part| part.rows));
    description["ResultSize"] = json!(last.map_or(-1, |part| part.size));
}

fn sub_statement(id: &str, number: usize, part: &Part) -> Value {
    let mut described = json!({
        "Id": format!("{id}:{number}"),
        "QueryString": part.sql,
        "Status": part.status.name(),
        "CreatedAt": epoch(part.created),
        "UpdatedAt": epoch(part.updated),
        "Duration": part.duration,
        "ResultRows": part.rows,
        "ResultSize": part.size,
        "HasResultSet": part.has_result,
        "RedshiftQueryId": part.query_id,
    });
    if let Some(error) = &part.error {
        described["Error"] = json!(error);
    }
    described
}

/// Describes one statement of a batch in place of the batch.
fn describe_part(description: &mut Value, statement: &Statement, number: usize) -> Result<(), AwsError> {
    let described = sub_statement(&statement.id, number, part(statement, number)?);
    if let (Some(whole), Value::Object(part)) = (description.as_object_mut(), described) {
        whole.remove("SubStatements");
        whole.remove("Error");
        whole.extend(part);
    }
    Ok(())
}
