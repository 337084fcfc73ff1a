//! ExecuteStatement and BatchExecuteStatement: a request becomes a statement, and the statement is set to run.

use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::RedshiftData;
use super::connection::{ConnectionRef, connection_input};
use super::describe::epoch;
use super::errors::{constrain, validation};
use super::idempotency::fingerprint;
use super::model::{Format, Mode, Parameter, Part, Statement, Status};
use super::parameters;
use super::ports::Login;
use super::runner::Job;
use crate::local::error::AwsError;
use crate::local::json;

/// Source: Redshift management guide, "Considerations when calling the Amazon Redshift Data API".
const MAX_STATEMENT_BYTES: usize = 100 << 10;
/// Statements that have not ended, of one cluster or workgroup. Source: the same considerations.
const MAX_ACTIVE: usize = 500;

connection_input!(ExecuteStatement {
    sql: Option<String>,
    parameters: Option<Vec<Parameter>>,
    statement_name: Option<String>,
    #[serde(rename = "WithEvent")]
    _with_event: Option<bool>,
    client_token: Option<String>,
    result_format: Option<String>,
    session_keep_alive_seconds: Option<i64>,
    session_id: Option<String>,
    wait_time_seconds: Option<i64>,
});

connection_input!(BatchExecuteStatement {
    sqls: Option<Vec<String>>,
    parameters: Option<Vec<Parameter>>,
    statement_name: Option<String>,
    #[serde(rename = "WithEvent")]
    _with_event: Option<bool>,
    client_token: Option<String>,
    result_format: Option<String>,
    session_keep_alive_seconds: Option<i64>,
    session_id: Option<String>,
    execution_mode: Option<String>,
    wait_time_seconds: Option<i64>,
});

/// What the two operations have in common.
struct Request<'a> {
    connection: ConnectionRef<'a>,
    batch: bool,
    sqls: Vec<String>,
    parameters: Vec<Parameter>,
    name: Option<String>,
    token: Option<String>,
    fingerprint: String,
    format: Option<&'a str>,
    mode: Option<&'a str>,
    keep_alive: Option<i64>,
    session: Option<&'a str>,
    wait: Option<i64>,
}

impl Request<'_> {
    /// Checks everything that the model and the service's limits say.
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            self.connection.constrain(constraints);
            if self.batch {
                constraints.count("sqls", self.sqls.len(), 1, 40);
            }
            if let Some(name) = &self.name {
                constraints.length("statementName", name, 0, 2048);
            }
            if let Some(token) = &self.token {
                constraints.length("clientToken", token, 1, 64);
            }
            if let Some(format) = self.format {
                constraints.one_of("resultFormat", format, &["JSON", "CSV"]);
            }
            if let Some(mode) = self.mode {
                constraints.one_of("executionMode", mode, &["TRANSACTION", "AUTO_COMMIT"]);
            }
            if let Some(seconds) = self.keep_alive {
                constraints.range("sessionKeepAliveSeconds", seconds, 0, 86_400);
            }
            if let Some(seconds) = self.wait {
                constraints.range("waitTimeSeconds", seconds, 1, 30);
            }
            if let Some(session) = self.session {
                super::describe::constrain_id(constraints, "sessionId", session);
            }
        })?;
        for sql in &self.sqls {
            if sql.trim().is_empty() {
                return Err(validation("SQL statement cannot be empty."));
            }
            if sql.len() > MAX_STATEMENT_BYTES {
                return Err(validation(format!(
                    "SQL statement size {} bytes exceeds the maximum of 100 KB.",
                    sql.len()
                )));
            }
        }
        parameters::check(&self.parameters, &self.sqls)?;
        if self.session.is_some() && !self.connection.is_empty() {
            return Err(validation(
                "ClusterIdentifier, WorkgroupName, Database, DbUser and SecretArn cannot be specified together with SessionId: the session has them.",
            ));
        }
        Ok(())
    }

    fn statement(&self, id: String, job: &Job, now: Timestamp) -> Statement {
        let parts = self.sqls.iter().map(|sql| Part::new(sql.clone(), now));
        Statement {
            id,
            batch: self.batch,
            parts: parts.collect(),
            parameters: self.parameters.clone(),
            place: job.place.clone(),
            name: self.name.clone(),
            format: match self.format {
                Some("CSV") => Format::Csv,
                _ => Format::Json,
            },
            mode: match self.mode {
                Some("AUTO_COMMIT") => Mode::AutoCommit,
                _ => Mode::Transaction,
            },
            session: job.session.as_ref().map(|kept| kept.id.clone()),
            token: self.token.clone(),
            fingerprint: self.fingerprint.clone(),
            created: now,
            updated: now,
            status: Status::Submitted,
            pid: 0,
            error: None,
            duration: -1,
        }
    }
}

impl RedshiftData {
    pub(super) async fn execute_statement(&self, body: &[u8]) -> Result<Value, AwsError> {
        let input: ExecuteStatement = json::input(body)?;
        constrain(|constraints| constraints.required("sql", &input.sql))?;
        let request = Request {
            connection: input.connection(),
            batch: false,
            sqls: input.sql.clone().into_iter().collect(),
            parameters: given_parameters(input.parameters.clone())?,
            name: input.statement_name.clone(),
            token: input.client_token.clone(),
            fingerprint: fingerprint("ExecuteStatement", body),
            format: input.result_format.as_deref(),
            mode: None,
            keep_alive: input.session_keep_alive_seconds,
            session: input.session_id.as_deref(),
            wait: input.wait_time_seconds,
        };
        self.submit(request).await
    }

    pub(super) async fn batch_execute_statement(&self, body: &[u8]) -> Result<Value, AwsError> {
        let input: BatchExecuteStatement = json::input(body)?;
        constrain(|constraints| constraints.required("sqls", &input.sqls))?;
        let request = Request {
            connection: input.connection(),
            batch: true,
            sqls: input.sqls.clone().unwrap_or_default(),
            parameters: given_parameters(input.parameters.clone())?,
            name: input.statement_name.clone(),
            token: input.client_token.clone(),
            fingerprint: fingerprint("BatchExecuteStatement", body),
            format: input.result_format.as_deref(),
            mode: input.execution_mode.as_deref(),
            keep_alive: input.session_keep_alive_seconds,
            session: input.session_id.as_deref(),
            wait: input.wait_time_seconds,
        };
        self.submit(request).await
    }

    async fn submit(&self, request: Request<'_>) -> Result<Value, AwsError> {
        request.check()?;
        self.sweep()?;
        let id = self.start(&request)?;
        let statement = match request.wait {
            Some(seconds) => self.wait(&id, Duration::from_secs(seconds as u64)).await?,
            None => self.runner.find(&id)?,
        };
        Ok(submitted(&statement, request.wait.is_some()))
    }

    /// Sets the statement to run, or finds the one that the request's token has made before.
    fn start(&self, request: &Request<'_>) -> Result<String, AwsError> {
        let now = self.env.now();
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = &request.token
            && let Some(id) = tokens.find(token, &request.fingerprint, now)?
        {
            return Ok(id.to_owned());
        }
        let id = Uuid::new_v4().to_string();
        let job = self.job(request, &id, now)?;
        let statement = request.statement(id.clone(), &job, now);
        let session = job.session.clone();
        let started = self.runner.start(statement.clone(), job);
        if let (Err(_), Some(kept)) = (&started, session) {
            let connection = kept.take();
            kept.give_back(connection, now);
        }
        started?;
        tokens.remember(&statement);
        Ok(id)
    }

    /// How the statement `id` connects: on a session of its own, on one that is kept afterwards, or on one kept before.
    fn job(&self, request: &Request<'_>, id: &str, now: Timestamp) -> Result<Job, AwsError> {
        let sessions = self.runner.sessions();
        if let Some(session) = request.session {
            let kept = sessions.find(session, now)?;
            self.admit(&kept.login)?;
            kept.occupy(id, request.keep_alive, now)?;
            return Ok(Job {
                place: kept.place.clone(),
                login: kept.login.clone(),
                refusal: None,
                session: Some(kept),
            });
        }
        let connection = self.connection(request.connection)?;
        self.admit(&connection.login)?;
        let session = match request.keep_alive {
            Some(seconds) if seconds > 0 => {
                let (place, login) = (connection.place.clone(), connection.login.clone());
                Some(sessions.begin(place, login, seconds, id, now)?)
            }
            _ => None,
        };
        Ok(Job {
            place: connection.place,
            login: connection.login,
            refusal: connection.refusal,
            session,
        })
    }

    /// A warehouse takes so many statements at a time, waiting ones included.
    fn admit(&self, login: &Login) -> Result<(), AwsError> {
        if self.runner.active(&login.warehouse) < MAX_ACTIVE {
            return Ok(());
        }
        Err(AwsError::bad_request(
            "ActiveStatementsExceededException",
            format!("Active statements exceeded the allowed quota ({MAX_ACTIVE})."),
        ))
    }

    /// Removes statements past retention with their results, once a minute at most.
    pub(super) fn sweep(&self) -> Result<(), AwsError> {
        let now = self.env.now();
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let next = swept.checked_add(SignedDuration::from_mins(1));
        if next.is_ok_and(|next| now < next) {
            return Ok(());
        }
        *swept = now;
        drop(swept);
        self.tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .forget_old(now);
        self.runner.remove_expired()
    }
}

/// The list must have a member if it is there.
fn given_parameters(parameters: Option<Vec<Parameter>>) -> Result<Vec<Parameter>, AwsError> {
    if let Some(parameters) = &parameters {
        constrain(|constraints| constraints.count("parameters", parameters.len(), 1, usize::MAX))?;
    }
    Ok(parameters.unwrap_or_default())
}

/// The answer to a submission; what is known of its run only if the caller waited for it.
fn submitted(statement: &Statement, waited: bool) -> Value {
    let place = &statement.place;
    let mut answer = json!({
        "Id": statement.id,
        "CreatedAt": epoch(statement.created),
        "Database": place.database,
        "DbUser": place.user,
        "DbGroups": [],
    });
    let optional = [
        ("ClusterIdentifier", &place.cluster),
        ("WorkgroupName", &place.workgroup),
        ("SecretArn", &place.secret),
        ("SessionId", &statement.session),
    ];
    for (member, value) in optional {
        if let Some(value) = value {
            answer[member] = json!(value);
        }
    }
    if waited {
        answer["Status"] = json!(statement.status.name());
        answer["RedshiftPid"] = json!(statement.pid);
        answer["HasResultSet"] = json!(statement.has_result());
    }
    answer
}
