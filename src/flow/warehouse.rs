//! The warehouse as it is deployed: its database, and the secret of the user that owns everything in it.

use super::error::Error;
use super::query::Rows;
use super::sql_error::SqlError;
use crate::aws::statement::{self, Finished, SqlTarget};
use crate::aws::{Clients, ErrorKind, SqlStatement, failure};

/// What a warehouse is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarehouseName {
    /// A serverless workgroup.
    Workgroup(String),
    /// A provisioned cluster.
    Cluster(String),
}

/// A warehouse that takes SQL through the Data API.
#[derive(Clone, Debug)]
pub struct Warehouse {
    pub(super) client: aws_sdk_redshiftdata::Client,
    pub(super) target: SqlTarget,
}

impl Warehouse {
    /// Looks up the database and the secret of the managed admin password. No warehouse is woken by it.
    ///
    /// # Errors
    /// It does not exist, or cannot be asked about.
    pub async fn find(clients: &Clients, name: &WarehouseName) -> Result<Self, Error> {
        let target = match name {
            WarehouseName::Workgroup(name) => serverless(clients, name).await?,
            WarehouseName::Cluster(name) => provisioned(clients, name).await?,
        };
        Ok(Self {
            client: clients.redshift_data.clone(),
            target,
        })
    }

    /// Name of the workgroup or cluster.
    pub fn name(&self) -> &str {
        self.target.name()
    }

    pub fn database(&self) -> &str {
        &self.target.database
    }

    /// Runs one statement to its end.
    pub(super) async fn execute(&self, file: &str, statement: &SqlStatement<'_>) -> Result<Finished, Error> {
        let texts = [statement.text.to_owned()];
        let ran = statement::run(&self.client, &self.target, &texts, &[], None, &|_| ()).await;
        ran.map_err(|failure| {
            Error::Sql(Box::new(SqlError::new(
                failure,
                file,
                statement.text,
                0,
                statement.text,
            )))
        })
    }

    /// The rows of one SELECT.
    pub(super) async fn rows(&self, file: &str, statement: &SqlStatement<'_>) -> Result<Rows<'_>, Error> {
        let finished = self.execute(file, statement).await?;
        Ok(Rows::of(&self.client, &finished.id))
    }

    /// The id and the rows of a SELECT of ours.
    pub(super) async fn select(&self, sql: &str) -> Result<(String, Rows<'_>), Error> {
        let statement = SqlStatement { text: sql, offset: 0 };
        let finished = self.execute("a query of pipectl", &statement).await?;
        let rows = Rows::of(&self.client, &finished.id);
        Ok((finished.id, rows))
    }
}

async fn serverless(clients: &Clients, name: &str) -> Result<SqlTarget, Error> {
    let client = &clients.redshift_serverless;
    let answer = client.get_workgroup().workgroup_name(name).send().await;
    let answer = answer.map_err(|error| {
        let error = failure("redshift-serverless", "GetWorkgroup", name, error);
        missing(error, || format!("the workgroup {name}"))
    })?;
    let workgroup = answer.workgroup.unwrap_or_else(|| {
        // An answer without a workgroup is one about none.
        aws_sdk_redshiftserverless::types::Workgroup::builder().build()
    });
    let status = workgroup.status().map_or("of unknown status", |status| status.as_str());
    // While it is MODIFYING it serves queries.
    if !matches!(status, "AVAILABLE" | "MODIFYING") {
        return Err(Error::NotReady {
            what: format!("the workgroup {name}"),
            state: status.to_owned(),
            wanted: "AVAILABLE",
        });
    }
    let namespace = workgroup.namespace_name().unwrap_or_default();
    let answer = client.get_namespace().namespace_name(namespace).send().await;
    let answer = answer.map_err(|error| {
        let error = failure("redshift-serverless", "GetNamespace", namespace, error);
        missing(error, || format!("the namespace {namespace}"))
    })?;
    let namespace = answer.namespace;
    let database = namespace.as_ref().and_then(|namespace| namespace.db_name());
    Ok(SqlTarget {
        workgroup: Some(name.to_owned()),
        cluster: None,
        // The database of a namespace that names none (Redshift Serverless API, CreateNamespace: dbName).
        database: database.unwrap_or("dev").to_owned(),
        secret_arn: namespace
            .as_ref()
            .and_then(|namespace| namespace.admin_password_secret_arn())
            .map(str::to_owned),
    })
}

async fn provisioned(clients: &Clients, name: &str) -> Result<SqlTarget, Error> {
    let answer = clients
        .redshift
        .describe_clusters()
        .cluster_identifier(name)
        .send()
        .await;
    let answer = answer.map_err(|error| {
        let error = failure("redshift", "DescribeClusters", name, error);
        missing(error, || format!("the cluster {name}"))
    })?;
    let Some(cluster) = answer.clusters().first() else {
        return Err(Error::NotDeployed {
            what: format!("the cluster {name}"),
        });
    };
    let status = cluster.cluster_status().unwrap_or("of unknown status");
    // Changes under way leave it usable: ClusterAvailabilityStatus says which.
    let usable = status == "available" || cluster.cluster_availability_status() == Some("Available");
    if !usable {
        return Err(Error::NotReady {
            what: format!("the cluster {name}"),
            state: status.to_owned(),
            wanted: "available",
        });
    }
    Ok(SqlTarget {
        workgroup: None,
        cluster: Some(name.to_owned()),
        database: cluster.db_name().unwrap_or("dev").to_owned(),
        secret_arn: cluster.master_password_secret_arn().map(str::to_owned),
    })
}

fn missing(error: crate::aws::Error, what: impl FnOnce() -> String) -> Error {
    match error.is(ErrorKind::NotFound) || error.code == "ClusterNotFound" {
        true => Error::NotDeployed { what: what() },
        false => error.into(),
    }
}
