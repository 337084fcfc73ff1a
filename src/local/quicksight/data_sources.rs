//! Data sources. Creating or updating one connects to its warehouse; whether that succeeded shows a little later.

use http::StatusCode;
use serde_json::{Value, json};

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};
use crate::local::store::Reads;

use super::QuickSight;
use super::connection::{check_parameters, source_fault, target};
use super::document::{ok, reply, seconds};
use super::errors::{DATA_SOURCE, check_id, conflict, exists, not_found, refuse};
use super::model::{Change, Credentials, DATA_SOURCES, DataSource, Fault, Permission};
use super::paging::page;
use super::principals::Shared;
use super::tags::given_tags;

/// What is kept of a request as it is.
const GIVEN: [&str; 3] = ["DataSourceParameters", "VpcConnectionProperties", "SslProperties"];

impl QuickSight {
    pub(super) fn data_source_arn(&self, id: &str) -> String {
        self.arn(&format!("datasource/{id}"))
    }

    pub(super) fn data_source(&self, tx: &impl Reads, id: &str) -> Result<DataSource, AwsError> {
        let found = DATA_SOURCES.get(tx, id)?;
        found.ok_or_else(|| not_found(format!("DataSource {id} is not found")).about(DATA_SOURCE))
    }

    pub(super) async fn create_data_source(&self, input: &Input) -> Result<Reply, AwsError> {
        refuse(input, &[("FolderArns", "folders")])?;
        let id = input.text("DataSourceId");
        check_id("DataSourceId", id)?;
        let kind = input.text("Type");
        if kind != "REDSHIFT" {
            return Err(AwsError::not_implemented(format_args!(
                "QuickSight data sources of type {kind}"
            )));
        }
        let given = input.keep(&GIVEN);
        check_parameters(&given)?;
        let now = self.env.now();
        let (credentials, permissions) = {
            let tx = self.env.store.read()?;
            if DATA_SOURCES.get(&tx, id)?.is_some() {
                return Err(already_exists(id));
            }
            let permissions: Vec<Permission> = input.read("Permissions")?;
            self.check_permissions(&tx, Shared::DataSource, &permissions)?;
            (self.given_credentials(&tx, input)?, permissions)
        };
        let mut source = DataSource {
            id: id.to_owned(),
            name: input.text("Name").to_owned(),
            kind: kind.to_owned(),
            created: now,
            updated: now,
            change: Change {
                at: now,
                update: false,
                failed: false,
            },
            error: None,
            given,
            credentials: None,
            permissions,
            tags: given_tags(input)?,
        };
        self.try_connection(&mut source, credentials).await?;
        self.env.store.write(|tx| {
            if DATA_SOURCES.get(tx, id)?.is_some() {
                return Err(already_exists(id));
            }
            Ok(DATA_SOURCES.put(tx, id, &source)?)
        })?;
        Ok(reply(
            StatusCode::ACCEPTED,
            json!({
                "Arn": self.data_source_arn(id),
                "DataSourceId": id,
                "CreationStatus": "CREATION_IN_PROGRESS",
            }),
        ))
    }

    /// "Credentials ... that Quick Sight uses to connect": an update that leaves them out has none.
    pub(super) async fn update_data_source(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DataSourceId");
        let given = input.keep(&GIVEN);
        check_parameters(&given)?;
        let now = self.env.now();
        let (mut source, credentials) = {
            let tx = self.env.store.read()?;
            (self.data_source(&tx, id)?, self.given_credentials(&tx, input)?)
        };
        if source.change.is_in_progress(now, self.env.options.timing.quicksight) {
            return Err(conflict(format!("DataSource {id} is still being created or updated.")));
        }
        source.name = input.text("Name").to_owned();
        source.given = given;
        source.updated = now;
        source.change = Change {
            at: now,
            update: true,
            failed: false,
        };
        self.try_connection(&mut source, credentials).await?;
        self.env.store.write(|tx| {
            // What was granted or tagged meanwhile stays.
            let current = self.data_source(tx, id)?;
            source.permissions = current.permissions;
            source.tags = current.tags;
            Ok::<_, AwsError>(DATA_SOURCES.put(tx, id, &source)?)
        })?;
        Ok(reply(
            StatusCode::ACCEPTED,
            json!({"Arn": self.data_source_arn(id), "DataSourceId": id, "UpdateStatus": "UPDATE_IN_PROGRESS"}),
        ))
    }

    /// Connects, and notes how that went.
    async fn try_connection(
        &self,
        source: &mut DataSource,
        credentials: Result<Option<Credentials>, Fault>,
    ) -> Result<(), AwsError> {
        let fault = match credentials {
            Ok(credentials) => {
                source.credentials = credentials;
                self.connection_fault(source).await?
            }
            Err(fault) => Some(fault),
        };
        source.change.failed = fault.is_some();
        source.error = fault;
        Ok(())
    }

    async fn connection_fault(&self, source: &DataSource) -> Result<Option<Fault>, AwsError> {
        let target = match target(source) {
            Ok(target) => target,
            Err(error) => return Ok(Some(source_fault(error))),
        };
        let warehouses = self.warehouses.clone();
        let connected = tokio::task::spawn_blocking(move || warehouses.connect(&target).map(drop));
        let connected = connected.await.map_err(AwsError::internal)?;
        Ok(connected.err().map(source_fault))
    }

    fn data_source_json(&self, source: &DataSource) -> Value {
        let now = self.env.now();
        let takes = self.env.options.timing.quicksight;
        let settled = !source.change.is_in_progress(now, takes);
        let secret = match &source.credentials {
            Some(Credentials::Secret(arn)) => Some(arn),
            _ => None,
        };
        let mut shown = json!({
            "Arn": self.data_source_arn(&source.id),
            "DataSourceId": source.id,
            "Name": source.name,
            "Type": source.kind,
            "Status": source.change.status(now, takes),
            "CreatedTime": seconds(source.created),
            "LastUpdatedTime": seconds(source.updated),
            "ErrorInfo": source.error.as_ref().filter(|_| settled),
            "SecretArn": secret,
        });
        for (name, value) in &source.given {
            shown[name] = value.clone();
        }
        shown
    }

    pub(super) fn describe_data_source(&self, input: &Input) -> Result<Reply, AwsError> {
        let source = self.data_source(&self.env.store.read()?, input.text("DataSourceId"))?;
        Ok(ok(json!({"DataSource": self.data_source_json(&source)})))
    }

    /// Data sets that read it stay; their ingestions fail from now on.
    pub(super) fn delete_data_source(&self, input: &Input) -> Result<Reply, AwsError> {
        let id = input.text("DataSourceId");
        self.env.store.write(|tx| {
            self.data_source(tx, id)?;
            Ok::<_, AwsError>(DATA_SOURCES.remove(tx, id)?)
        })?;
        Ok(ok(json!({"Arn": self.data_source_arn(id), "DataSourceId": id})))
    }

    pub(super) fn list_data_sources(&self, input: &Input) -> Result<Reply, AwsError> {
        let all = DATA_SOURCES.all(&self.env.store.read()?, "")?;
        let (sources, next) = page(all, false, input)?;
        let sources: Vec<_> = sources.iter().map(|source| self.data_source_json(source)).collect();
        Ok(ok(json!({"DataSources": sources, "NextToken": next})))
    }

    pub(super) fn data_source_summary(&self, source: &DataSource) -> Value {
        json!({
            "Arn": self.data_source_arn(&source.id),
            "DataSourceId": source.id,
            "Name": source.name,
            "Type": source.kind,
            "CreatedTime": seconds(source.created),
            "LastUpdatedTime": seconds(source.updated),
        })
    }
}

fn already_exists(id: &str) -> AwsError {
    exists(format!("DataSource {id} already exists")).about(DATA_SOURCE)
}
