//! ListSessions: those of the last 24 hours, newest first.

use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftData;
use super::connection::ConnectionRef;
use super::describe::{constrain_id, epoch};
use super::errors::{constrain, not_found, validation};
use super::list::page;
use super::sessions::{Record, SessionStatus};
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListSessions {
    next_token: Option<String>,
    max_results: Option<i64>,
    session_id: Option<String>,
    status: Option<String>,
    /// Every caller is the same identity here.
    #[serde(rename = "RoleLevel")]
    _role_level: Option<bool>,
    database: Option<String>,
    cluster_identifier: Option<String>,
    workgroup_name: Option<String>,
}

impl ListSessions {
    fn check(&self) -> Result<(), AwsError> {
        let connection = ConnectionRef {
            cluster: self.cluster_identifier.as_deref(),
            workgroup: self.workgroup_name.as_deref(),
            database: self.database.as_deref(),
            ..ConnectionRef::default()
        };
        constrain(|constraints| {
            if let Some(max) = self.max_results {
                constraints.range("maxResults", max, 0, 100);
            }
            if let Some(status) = &self.status {
                constraints.one_of("status", status, &["AVAILABLE", "BUSY", "CLOSED"]);
            }
            if let Some(session) = &self.session_id {
                constrain_id(constraints, "sessionId", session);
            }
            connection.constrain(constraints);
        })?;
        if self.session_id.is_some() && (self.status.is_some() || !connection.is_empty()) {
            return Err(validation(
                "Status, ClusterIdentifier, WorkgroupName and Database cannot be specified together with SessionId.",
            ));
        }
        match (&self.cluster_identifier, &self.workgroup_name) {
            (Some(_), Some(_)) => Err(validation(
                "Only one of ClusterIdentifier or WorkgroupName can be specified.",
            )),
            _ => Ok(()),
        }
    }

    /// "By default, only sessions with a status of AVAILABLE or BUSY are returned." One that is asked for by its id is
    /// told whatever its status.
    fn wants(&self, session: &Record) -> bool {
        if let Some(id) = &self.session_id {
            return *id == session.id;
        }
        let status = match &self.status {
            Some(status) => status == session.status.name(),
            None => session.status != SessionStatus::Closed,
        };
        let place = &session.place;
        status
            && self
                .database
                .as_ref()
                .is_none_or(|database| *database == place.database)
            && (self.cluster_identifier.is_none() || self.cluster_identifier == place.cluster)
            && (self.workgroup_name.is_none() || self.workgroup_name == place.workgroup)
    }
}

impl RedshiftData {
    pub(super) fn list_sessions(&self, input: &ListSessions) -> Result<Value, AwsError> {
        input.check()?;
        let mut wanted = self.runner.sessions().all(self.env.now())?;
        wanted.retain(|session| input.wants(session));
        if let (Some(id), true) = (&input.session_id, wanted.is_empty()) {
            return Err(not_found(format!("Session {id} does not exist.")));
        }
        let (page, next) = page(wanted, Record::named, input.max_results, input.next_token.as_deref())?;
        let mut answer = json!({"Sessions": page.iter().map(listed).collect::<Vec<_>>()});
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    }
}

fn listed(session: &Record) -> Value {
    let place = &session.place;
    let mut listed = json!({
        "SessionId": session.id,
        "Status": session.status.name(),
        "CreatedAt": epoch(session.created),
        "UpdatedAt": epoch(session.updated),
        "Database": place.database,
        "DbUser": place.user,
        "SessionAliveSeconds": session.keep_alive,
    });
    // The time runs from the end of a statement on, so a busy session has none yet.
    if session.status != SessionStatus::Busy {
        listed["SessionTtl"] = json!(epoch(session.expires));
    }
    let optional = [
        ("ClusterIdentifier", &place.cluster),
        ("WorkgroupName", &place.workgroup),
        ("CurrentStatementId", &session.statement),
    ];
    for (member, value) in optional {
        if let Some(value) = value {
            listed[member] = json!(value);
        }
    }
    listed
}
