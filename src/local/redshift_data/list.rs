//! ListStatements: those of the last 24 hours, newest first.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftData;
use super::connection::ConnectionRef;
use super::describe::epoch;
use super::errors::{constrain, validation};
use super::model::Statement;
use crate::local::error::AwsError;
use crate::local::paging::{self, BadToken, Order};

const STATUSES: [&str; 7] = ["SUBMITTED", "PICKED", "STARTED", "FINISHED", "ABORTED", "FAILED", "ALL"];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListStatements {
    next_token: Option<String>,
    max_results: Option<i64>,
    statement_name: Option<String>,
    status: Option<String>,
    /// Every caller is the same identity here.
    #[serde(rename = "RoleLevel")]
    _role_level: Option<bool>,
    database: Option<String>,
    cluster_identifier: Option<String>,
    workgroup_name: Option<String>,
}

impl ListStatements {
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            if let Some(max) = self.max_results {
                constraints.range("maxResults", max, 0, 100);
            }
            if let Some(status) = &self.status {
                constraints.one_of("status", status, &STATUSES);
            }
            let connection = ConnectionRef {
                cluster: self.cluster_identifier.as_deref(),
                workgroup: self.workgroup_name.as_deref(),
                ..ConnectionRef::default()
            };
            connection.constrain(constraints);
        })?;
        match (&self.cluster_identifier, &self.workgroup_name) {
            (Some(_), Some(_)) => Err(validation(
                "Only one of ClusterIdentifier or WorkgroupName can be specified.",
            )),
            _ => Ok(()),
        }
    }

    /// "By default, only finished statements are shown."
    fn wants(&self, statement: &Statement) -> bool {
        let status = self.status.as_deref().unwrap_or("FINISHED");
        let place = &statement.place;
        let name = statement.name.as_deref().unwrap_or_default();
        (status == "ALL" || status == statement.status.name())
            && self
                .statement_name
                .as_deref()
                .is_none_or(|prefix| name.starts_with(prefix))
            && self
                .database
                .as_ref()
                .is_none_or(|database| *database == place.database)
            && (self.cluster_identifier.is_none() || self.cluster_identifier == place.cluster)
            && (self.workgroup_name.is_none() || self.workgroup_name == place.workgroup)
    }
}

/// A page of what is listed, newest first and at most 100, and the token of the next.
pub(super) fn page<T>(
    items: Vec<T>,
    named: impl Fn(&T) -> (Timestamp, &str),
    max: Option<i64>,
    token: Option<&str>,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let keyed = items.into_iter().map(|item| {
        let (created, id) = named(&item);
        (format!("{:020} {id}", created.as_nanosecond()), item)
    });
    let mut keyed: Vec<_> = keyed.collect();
    keyed.sort_by(|(a, _), (b, _)| b.cmp(a));
    let max = match max {
        None | Some(0) => 100,
        Some(max) => max as usize,
    };
    paging::page(keyed, Order::Descending, token, max).map_err(|BadToken| validation("The NextToken is not valid."))
}

impl RedshiftData {
    pub(super) fn list_statements(&self, input: &ListStatements) -> Result<Value, AwsError> {
        input.check()?;
        let mut wanted: Vec<_> = self.runner.all()?;
        wanted.retain(|statement| input.wants(statement));
        let (page, next) = page(wanted, Statement::named, input.max_results, input.next_token.as_deref())?;
        let mut answer = json!({"Statements": page.iter().map(listed).collect::<Vec<_>>()});
        if let Some(next) = next {
            answer["NextToken"] = json!(next);
        }
        Ok(answer)
    }
}

fn listed(statement: &Statement) -> Value {
    let mut listed = json!({
        "Id": statement.id,
        "Status": statement.status.name(),
        "CreatedAt": epoch(statement.created),
        "UpdatedAt": epoch(statement.updated),
        "IsBatchStatement": statement.batch,
        "ResultFormat": statement.format.name(),
    });
    let sqls: Vec<_> = statement.parts.iter().map(|part| &part.sql).collect();
    match statement.batch {
        true => listed["QueryStrings"] = json!(sqls),
        false => listed["QueryString"] = json!(sqls.first()),
    }
    if !statement.parameters.is_empty() {
        listed["QueryParameters"] = json!(statement.parameters);
    }
    let optional = [
        ("StatementName", &statement.name),
        ("SecretArn", &statement.place.secret),
        ("SessionId", &statement.session),
    ];
    for (member, value) in optional {
        if let Some(value) = value {
            listed[member] = json!(value);
        }
    }
    listed
}
