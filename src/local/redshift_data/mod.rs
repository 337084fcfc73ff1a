//! Amazon Redshift Data API: SQL statements that run in clusters and workgroups, described and read by id.
//!
//! A statement runs on a thread of its own against the [`Engine`]; its state is in memory while it runs and in the
//! store from its submission on, so that a restart finds every id. Results are files under `<dir>/redshift-data`, and
//! like the statements they are gone after 24 hours.

mod cancel;
mod catalog;
mod columns;
mod connection;
mod describe;
mod errors;
mod execute;
mod idempotency;
mod job;
mod list;
mod list_sessions;
mod model;
mod parameters;
mod ports;
mod results;
mod runner;
mod sessions;
mod spool;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::env::Env;
use super::error::AwsError;
use super::json::{self, JsonService};
use super::redshift::Redshift;
use super::redshift_serverless::RedshiftServerless;
use super::secrets::Secrets;

use idempotency::Tokens;
use runner::Runner;

use ports::Engine;

/// The service.
pub(crate) struct RedshiftData {
    env: Arc<Env>,
    runner: Arc<Runner>,
    clusters: Arc<Redshift>,
    workgroups: Arc<RedshiftServerless>,
    secrets: Arc<Secrets>,
    tokens: Mutex<Tokens>,
    /// When statements past retention were removed last.
    swept: Mutex<Timestamp>,
}

impl RedshiftData {
    /// Takes up the statements that the store knows. Those that ran when the last process ended have failed.
    pub fn new(
        env: Arc<Env>,
        engine: Arc<dyn Engine>,
        clusters: Arc<Redshift>,
        workgroups: Arc<RedshiftServerless>,
        secrets: Arc<Secrets>,
    ) -> Result<Arc<Self>, AwsError> {
        let runner = Arc::new(Runner::new(env.clone(), engine));
        let statements = runner.recover()?;
        let tokens = Mutex::new(Tokens::of(&statements));
        let swept = Mutex::new(env.now());
        let service = Self {
            env,
            runner,
            clusters,
            workgroups,
            secrets,
            tokens,
            swept,
        };
        service.sweep()?;
        Ok(Arc::new(service))
    }

    /// Aborts what runs, and waits until it has ended.
    pub async fn stop(&self) {
        self.runner.stop().await;
    }
}

#[async_trait]
impl JsonService for RedshiftData {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        match operation {
            "ExecuteStatement" => json::output(&self.execute_statement(&body).await?),
            "BatchExecuteStatement" => json::output(&self.batch_execute_statement(&body).await?),
            "DescribeStatement" => json::output(&self.describe_statement(json::input(&body)?).await?),
            "GetStatementResult" => self.get_result(json::input(&body)?, model::Format::Json).await,
            "GetStatementResultV2" => self.get_result(json::input(&body)?, model::Format::Csv).await,
            "CancelStatement" => json::output(&self.cancel_statement(&json::input(&body)?)?),
            "ListStatements" => json::output(&self.list_statements(&json::input(&body)?)?),
            "ListDatabases" => json::output(&self.list_databases(json::input(&body)?).await?),
            "ListSchemas" => json::output(&self.list_schemas(json::input(&body)?).await?),
            "ListTables" => json::output(&self.list_tables(json::input(&body)?).await?),
            "DescribeTable" => json::output(&self.describe_table(json::input(&body)?).await?),
            "ListSessions" => json::output(&self.list_sessions(&json::input(&body)?)?),
            _ => Err(json::unknown_operation(operation)),
        }
    }
}
