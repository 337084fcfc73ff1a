//! `Pipectl::Redshift::Sql`: a file of SQL, or the files of a folder in the order of their names, run in a warehouse.
//!
//! Properties: `Workgroup` or `Cluster` (its name), `Database`, `SecretArn` (whose user runs it), `Source` (file or
//! folder of the project), `Variables` (values for `${Name}` in the files), `Teardown` (a file to run before it is
//! deleted). `Ref` is `<warehouse>/<logical id>`.
//!
//! What was applied is remembered as the tag `pipectl:sql:<logical id>` on the warehouse: the SHA-256 of the files. A
//! plan so wakes no warehouse. The tag is written last, so a run that was killed runs the files again: they must bear
//! that. Deletion takes the tag away and leaves what the files made, which goes with the warehouse.

mod script;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::warehouse::Warehouse;
use crate::aws::statement::{self, Failure, SqlTarget};
use crate::aws::{self, ErrorKind};
use crate::engine::{Cx, Owner};
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope};
use crate::resources::ownership::{SQL_TAG, owner};
use script::{Placed, Script};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    workgroup: Option<String>,
    cluster: Option<String>,
    database: Option<String>,
    secret_arn: Option<String>,
    source: Option<String>,
    variables: BTreeMap<String, String>,
    teardown: Option<String>,
    /// Of the files with the variables in their places, as hex; worked out, not configured.
    content_sha256: Option<String>,
}

impl Properties {
    /// `None` while the warehouse has no name yet.
    fn target(&self) -> Option<SqlTarget> {
        if self.workgroup.is_none() && self.cluster.is_none() {
            return None;
        }
        Some(SqlTarget {
            workgroup: self.workgroup.clone(),
            cluster: self.cluster.clone(),
            database: self.database.clone().unwrap_or_default(),
            secret_arn: self.secret_arn.clone(),
        })
    }
}

pub(in crate::resources) struct Sql;

#[async_trait]
impl Handler for Sql {
    type Properties = Properties;

    fn normalise(&self, scope: &Scope, sql: &mut Properties) -> Result<(), Error> {
        if let (Some(source), None) = (&sql.source, &sql.content_sha256) {
            sql.content_sha256 = Some(Script::read(scope, source, &sql.variables)?.sha256());
        }
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(target) = wanted.target() else {
            return Ok(None);
        };
        let Some(warehouse) = Warehouse::find(scope, &target).await? else {
            return Ok(None);
        };
        let Some(applied) = warehouse.tags.get(&tag(scope)) else {
            return Ok(None);
        };
        Ok(Some(Observed {
            physical_id: format!("{}/{}", warehouse.name, scope.id),
            state: AVAILABLE.into(),
            properties: Properties {
                content_sha256: Some(applied.clone()),
                ..wanted.clone()
            },
            attributes: BTreeMap::new(),
            owner: owner(scope, &warehouse.tags),
            created_at: None,
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let source = scope.required("Source", &wanted.source)?;
        let script = Script::read(scope, source, &wanted.variables)?;
        let target = wanted.target().ok_or_else(|| unnamed(scope))?;
        let Some(warehouse) = Warehouse::find(scope, &target).await? else {
            return Err(absent(&target).into());
        };
        if let Owner::Foreign { claim } = owner(scope, &warehouse.tags) {
            return Err(foreign(&target, &claim).into());
        }
        run(scope, &target, &warehouse, &script, cx).await?;
        warehouse.tag(scope, &tag(scope), &script.sha256(), cx).await
    }

    /// All of it again: the files say what must be there, not what to change.
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        self.create(scope, wanted, cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let Some(target) = live.target() else {
            return Ok(());
        };
        let Some(warehouse) = Warehouse::find(scope, &target).await? else {
            return Ok(());
        };
        if let Some(file) = &live.teardown {
            let script = Script::read(scope, file, &live.variables)?;
            run(scope, &target, &warehouse, &script, cx).await?;
        }
        warehouse.untag(scope, &tag(scope), cx).await
    }
}

fn tag(scope: &Scope) -> String {
    format!("{SQL_TAG}{}", scope.id)
}

/// One batch after another.
async fn run(scope: &Scope, target: &SqlTarget, warehouse: &Warehouse, script: &Script, cx: &Cx) -> Result<(), Error> {
    let batches = script.batches()?;
    warehouse.awake()?;
    let client = &scope.clients.redshift_data;
    for (index, batch) in batches.iter().enumerate() {
        let texts: Vec<String> = batch.iter().map(|placed| placed.text.clone()).collect();
        let file = batch.first().map(|placed| placed.file.display().to_string());
        let part = format!("{} ({} of {})", file.unwrap_or_default(), index + 1, batches.len());
        let report = |state: &str| cx.report(&format!("{part}: {state}"));
        let call = async || {
            let result = statement::run(client, target, &texts, &[], None, &report).await;
            result.map_err(|failure| located(failure, batch))
        };
        scope.retrying(cx, call).await?;
    }
    Ok(())
}

/// The error with the file and line of the statement at fault in front of what Redshift says.
fn located(failure: Failure, batch: &[Placed]) -> aws::Error {
    let Failure {
        mut error,
        position,
        message,
    } = failure;
    let placed = position.and_then(|position| batch.get(position));
    if let (Some(placed), Some(message)) = (placed, message) {
        let offset = aws::sql_error_offset(&placed.text, &message).unwrap_or_default();
        let line = placed.line + aws::sql_place(&placed.text, offset).line - 1;
        // A position within the statement says less than the line in the file.
        let said = message
            .rsplit_once("Position: ")
            .map_or(message.as_str(), |(said, _)| said)
            .trim_end();
        error.message = format!("{}:{line}: {said}", placed.file.display());
    }
    error
}

fn unnamed(scope: &Scope) -> Error {
    Error::Missing {
        id: scope.id.clone(),
        property: "Workgroup",
    }
}

fn absent(target: &SqlTarget) -> aws::Error {
    let message = "there is no such warehouse".to_owned();
    aws::Error::new("redshift-data", "run SQL", target.name(), ErrorKind::NotFound, message)
}

/// SQL changes what is in a warehouse, so it must be this pipeline's.
fn foreign(target: &SqlTarget, claim: &str) -> aws::Error {
    let message = format!("the warehouse is not this pipeline's: it has {claim}");
    let error = aws::Error::new("redshift-data", "run SQL", target.name(), ErrorKind::Conflict, message);
    error.with_hint("declare the warehouse in the same project, or name it differently")
}
