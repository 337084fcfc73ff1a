//! Amazon QuickSight: data sources, data sets with ingestions into SPICE and refresh schedules, dashboards, analyses,
//! users.
//!
//! An ingestion runs the data set's SQL in the embedded warehouse, as the data source's user, and counts the rows; the
//! rows themselves are not kept: whoever draws a dashboard asks the warehouse. An ingestion ends with the process: one
//! that a kill leaves behind is FAILED at the next start. Schedules fire while the embedded AWS is served, and only
//! then. States that take AWS some seconds are computed from the clock when somebody looks.
//!
//! Not here: data sources other than Redshift, joins, filters and calculated columns of data sets, row-level and
//! column-level security, templates, themes, folders, topics, groups, embedding, snapshots.

mod access;
mod account;
mod analyses;
mod columns;
mod connection;
mod dashboards;
mod data_sets;
mod data_sources;
mod definition;
mod document;
mod errors;
mod ingestions;
mod model;
mod operations;
mod paging;
mod principals;
mod schedules;
mod search;
mod tags;
mod users;
mod versions;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock, Weak};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::env::Env;
use super::error::AwsError;
use super::ports::WarehouseAccess;
use super::rest::{Api, Input, Reply, RestService};
use super::scheduler::Scheduler;

use ingestions::Going;

/// botocore's model of QuickSight 2018-04-01; `scripts/refresh-quicksight-api.py` writes the file.
static API: LazyLock<Api> = LazyLock::new(|| Api::parse(include_str!("api.json")).expect("a file of this repository"));

/// The service.
pub(crate) struct QuickSight {
    env: Arc<Env>,
    warehouses: Arc<dyn WarehouseAccess>,
    going: Going,
    scheduler: Scheduler,
    me: Weak<Self>,
}

impl QuickSight {
    /// Takes up what the store knows. Ingestions that an earlier process left behind are FAILED.
    pub fn new(env: Arc<Env>, warehouses: Arc<dyn WarehouseAccess>) -> Result<Arc<Self>, AwsError> {
        let service = Arc::new_cyclic(|me| Self {
            env,
            warehouses,
            going: Going::default(),
            scheduler: Scheduler::new(),
            me: me.clone(),
        });
        service.recover_ingestions()?;
        service.ensure_admin()?;
        Ok(service)
    }

    /// Fires refresh schedules from now on, until [`Self::stop`]. Needs a tokio runtime.
    pub fn start_schedule(&self) {
        self.scheduler.start(self.me.clone());
    }

    /// Ends the schedules and waits for the ingestions that are going; those that take long are ended.
    pub async fn stop(&self) {
        self.scheduler.stop().await;
        self.close_ingestions().await;
    }
}

#[async_trait]
impl RestService for QuickSight {
    fn api(&self) -> &'static Api {
        &API
    }

    async fn call(&self, operation: &str, input: Input, id: &str) -> Result<Reply, AwsError> {
        let mut reply = self.operate(operation, &input).await?;
        reply.body.insert("Status".into(), json!(reply.status.as_u16()));
        reply.body.insert("RequestId".into(), json!(id));
        Ok(reply)
    }

    fn refusal(&self, error: &AwsError, id: &str) -> Value {
        let mut body = json!({"Message": error.message, "RequestId": id});
        if let Some(resource) = error.resource {
            body["ResourceType"] = json!(resource);
        }
        body
    }
}
