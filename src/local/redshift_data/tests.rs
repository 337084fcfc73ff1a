//! Behaviour of the service through the SDK, against an engine that does what its SQL says.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_redshiftdata::Client;
use aws_sdk_redshiftdata::error::ProvideErrorMetadata;
use aws_sdk_redshiftdata::operation::describe_statement::DescribeStatementOutput;
use aws_sdk_redshiftdata::operation::execute_statement::builders::ExecuteStatementFluentBuilder;
use aws_sdk_redshiftdata::types::{Field, SqlParameter};
use bytes::Bytes;
use serde_json::{Value, json};

use super::RedshiftData;
use super::ports::{Answer, Cancel, Cell, ColumnMeta, Engine, Login, Session, SqlError, TableEntry};
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::json::JsonService;
use crate::local::query::{Params, QueryService};
use crate::local::redshift::Redshift;
use crate::local::redshift::tests::{Clock, FakeDatabases};
use crate::local::redshift_serverless::RedshiftServerless;
use crate::local::secrets::Secrets;
use crate::local::store::Store;
use crate::local::testing::{Wired, sdk_config};

mod batch;
mod catalog;
mod connect;
mod embedded;
mod lifecycle;
mod quotas;
mod results;
mod sessions;

/// What the engine was asked, and what holds it up.
#[derive(Default)]
struct Log {
    lines: Mutex<Vec<String>>,
    /// Statements `wait` block until this is true.
    released: Mutex<bool>,
    changed: Condvar,
}

impl Log {
    fn note(&self, line: impl Into<String>) {
        self.lines.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn release(&self) {
        *self.released.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

struct FakeEngine(Arc<Log>);

struct FakeSession {
    log: Arc<Log>,
    interrupted: Arc<Mutex<bool>>,
}

struct FakeCancel {
    log: Arc<Log>,
    interrupted: Arc<Mutex<bool>>,
}

impl Engine for FakeEngine {
    fn databases(&self, _warehouse: &str) -> Result<Vec<String>, AwsError> {
        Ok(vec!["employees".into(), "dev".into()])
    }

    fn connect(&self, login: Login) -> Result<Box<dyn Session>, SqlError> {
        if login.database == "none" {
            return Err(sql_error("FATAL: database \"none\" does not exist"));
        }
        self.0.note(format!("connect {} {}", login.database, login.user));
        Ok(Box::new(FakeSession {
            log: self.0.clone(),
            interrupted: Arc::default(),
        }))
    }
}

fn sql_error(message: &str) -> SqlError {
    SqlError {
        message: message.to_owned(),
        sqlstate: None,
    }
}

fn column(name: &str, type_name: &str) -> ColumnMeta {
    ColumnMeta {
        name: name.into(),
        label: name.into(),
        schema_name: String::new(),
        table_name: String::new(),
        type_name: type_name.into(),
        length: 0,
        precision: 0,
        scale: 0,
        nullable: 1,
        default: None,
        is_signed: false,
        is_case_sensitive: false,
        is_currency: false,
    }
}

fn table(columns: Vec<ColumnMeta>, rows: Vec<Vec<Cell>>) -> Answer {
    Answer {
        affected: rows.len() as i64,
        columns,
        rows,
        has_result_set: true,
    }
}

impl Session for FakeSession {
    fn execute(&mut self, sql: &str, parameters: &[(String, Option<String>)]) -> Result<Answer, SqlError> {
        let given = parameters
            .iter()
            .map(|(name, value)| format!(" {name}={}", value.as_deref().unwrap_or("null")));
        self.log.note(format!("{sql}{}", given.collect::<String>()));
        match sql.split(' ').next().unwrap_or_default() {
            "fail" => Err(sql_error("ERROR: relation \"x\" does not exist")),
            "panic" => panic!("the fake engine was told to"),
            "wait" => self.wait(),
            "insert" => Ok(Answer {
                affected: 3,
                ..Answer::default()
            }),
            "rows" => {
                let count: i64 = sql.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(1);
                let rows = (0..count).map(|n| vec![Cell::Long(n), Cell::Text(format!("row {n}"))]);
                Ok(table(vec![column("n", "int8"), column("t", "varchar")], rows.collect()))
            }
            "big" => Ok(table(
                vec![column("t", "varchar")],
                vec![vec![Cell::Text("x".repeat(60 << 10))]; 2_000],
            )),
            "wide" => Ok(table(
                vec![column("t", "varchar"), column("t", "varchar")],
                vec![vec![Cell::Text("x".repeat(40_000)); 2]],
            )),
            _ => Ok(Answer {
                affected: -1,
                ..Answer::default()
            }),
        }
    }

    fn begin(&mut self) -> Result<(), SqlError> {
        self.log.note("BEGIN");
        Ok(())
    }

    fn commit(&mut self) -> Result<(), SqlError> {
        self.log.note("COMMIT");
        Ok(())
    }

    fn rollback(&mut self) -> Result<(), SqlError> {
        self.log.note("ROLLBACK");
        Ok(())
    }

    fn pid(&self) -> i64 {
        1_073_741_824
    }

    fn query_id(&self) -> i64 {
        7
    }

    fn canceller(&self) -> Box<dyn Cancel> {
        Box::new(FakeCancel {
            log: self.log.clone(),
            interrupted: self.interrupted.clone(),
        })
    }

    fn schemas(&self, pattern: Option<&str>) -> Result<Vec<String>, SqlError> {
        self.log.note(format!("schemas {}", pattern.unwrap_or("all")));
        Ok(vec!["hr".into(), "public".into()])
    }

    fn tables(&self, schema: Option<&str>, table: Option<&str>) -> Result<Vec<TableEntry>, SqlError> {
        let patterns = [schema, table].map(|pattern| pattern.unwrap_or("all"));
        self.log.note(format!("tables {}", patterns.join(" ")));
        let entry = |schema: &str, name: &str, kind| TableEntry {
            schema: schema.into(),
            name: name.into(),
            kind,
        };
        Ok(vec![
            entry("hr", "age_vs_salary", "VIEW"),
            entry("hr", "employees", "TABLE"),
            entry("pg_catalog", "svv_tables", "SYSTEM VIEW"),
        ])
    }

    fn columns(&mut self, schema: Option<&str>, table: &str) -> Result<Vec<ColumnMeta>, SqlError> {
        if table == "none" {
            return Err(SqlError {
                sqlstate: Some("42P01"),
                ..sql_error("ERROR: relation \"none\" does not exist")
            });
        }
        Ok(vec![ColumnMeta {
            schema_name: schema.unwrap_or_default().to_owned(),
            table_name: table.to_owned(),
            default: Some("0".into()),
            ..column("employee_id", "int8")
        }])
    }
}

impl FakeSession {
    fn wait(&self) -> Result<Answer, SqlError> {
        let mut released = self.log.released.lock().unwrap();
        while !*released {
            if *self.interrupted.lock().unwrap() {
                return Err(sql_error("ERROR: Query cancelled on user's request"));
            }
            let waited = self.log.changed.wait_timeout(released, Duration::from_millis(10));
            released = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(Answer::default())
    }
}

impl Cancel for FakeCancel {
    fn cancel(&self) {
        *self.interrupted.lock().unwrap() = true;
        self.log.changed.notify_all();
    }
}

struct World {
    clock: Clock,
    log: Arc<Log>,
    env: Arc<Env>,
    clusters: Arc<Redshift>,
    workgroups: Arc<RedshiftServerless>,
    secrets: Arc<Secrets>,
    service: Arc<RedshiftData>,
    client: Client,
    /// ARN of the secret of the namespace's admin.
    secret: String,
}

impl World {
    /// With a workgroup `hr-compute` and a cluster `hr`, both available.
    async fn new() -> Self {
        let clock = Clock::new();
        let env = clock.env();
        Self::furnished(clock, env).await
    }

    /// One that nothing is left of.
    async fn in_memory() -> Self {
        let clock = Clock::new();
        let env = clock.env_on(Store::in_memory());
        Self::furnished(clock, env).await
    }

    async fn furnished(clock: Clock, env: Arc<Env>) -> Self {
        let mut world = Self::open(clock, env);
        let namespace = json!({"namespaceName": "hr-data", "dbName": "employees", "manageAdminPassword": true});
        let created = call(&*world.workgroups, "CreateNamespace", namespace).await;
        world.secret = created["namespace"]["adminPasswordSecretArn"]
            .as_str()
            .unwrap()
            .to_owned();
        let workgroup = json!({"namespaceName": "hr-data", "workgroupName": "hr-compute"});
        call(&*world.workgroups, "CreateWorkgroup", workgroup).await;
        let form = b"ClusterIdentifier=hr&NodeType=ra3.large&MasterUsername=admin&ManageMasterPassword=true";
        world
            .clusters
            .call("CreateCluster", &Params::parse(form))
            .await
            .unwrap();
        world.clock.pass(200);
        world
    }

    fn open(clock: Clock, env: Arc<Env>) -> Self {
        let (log, databases) = (Arc::<Log>::default(), Arc::new(FakeDatabases::default()));
        let clusters = Arc::new(Redshift::new(env.clone(), databases.clone()).unwrap());
        let workgroups = Arc::new(RedshiftServerless::new(env.clone(), databases).unwrap());
        let secrets = Arc::new(Secrets::new(env.clone()));
        let engine = Arc::new(FakeEngine(log.clone()));
        let service = RedshiftData::new(
            env.clone(),
            engine,
            clusters.clone(),
            workgroups.clone(),
            secrets.clone(),
        );
        let service = service.unwrap();
        Self {
            client: Client::new(&sdk_config(Wired::Json("RedshiftData", service.clone()))),
            clock,
            log,
            env,
            clusters,
            workgroups,
            secrets,
            service,
            secret: String::new(),
        }
    }

    /// Drops the services and opens them again on the same data.
    fn reopen(self) -> Self {
        let Self {
            clock,
            log,
            env,
            clusters,
            workgroups,
            secrets,
            service,
            client,
            secret,
        } = self;
        drop((log, env, clusters, workgroups, secrets, service, client));
        let env = clock.env();
        let mut world = Self::open(clock, env);
        world.secret = secret;
        world
    }

    fn execute(&self, sql: &str) -> ExecuteStatementFluentBuilder {
        let request = self
            .client
            .execute_statement()
            .workgroup_name("hr-compute")
            .database("employees");
        request.secret_arn(&self.secret).sql(sql)
    }

    async fn submit(&self, sql: &str) -> String {
        self.execute(sql).send().await.unwrap().id.unwrap()
    }

    async fn describe(&self, id: &str) -> DescribeStatementOutput {
        self.client.describe_statement().id(id).send().await.unwrap()
    }

    /// The statement once it has ended.
    async fn ended(&self, id: &str) -> DescribeStatementOutput {
        let request = self.client.describe_statement().id(id).wait_time_seconds(30);
        let described = request.send().await.unwrap();
        let status = described.status().unwrap().as_str();
        assert!(["FINISHED", "FAILED", "ABORTED"].contains(&status), "{status}");
        described
    }

    async fn run(&self, sql: &str) -> DescribeStatementOutput {
        let id = self.submit(sql).await;
        self.ended(&id).await
    }

    /// Waits until the engine has been asked `line`.
    async fn asked(&self, line: &str) {
        while !self.log.lines().iter().any(|known| known == line) {
            tokio::task::yield_now().await;
        }
    }
}

async fn call(service: &impl JsonService, operation: &str, input: Value) -> Value {
    let output = service.call(operation, Bytes::from(input.to_string())).await;
    let output = output.unwrap_or_else(|error| panic!("{operation}: {error}"));
    serde_json::from_slice(&output).unwrap()
}

fn parameter(name: &str, value: &str) -> SqlParameter {
    SqlParameter::builder().name(name).value(value).build().unwrap()
}

fn status(described: &DescribeStatementOutput) -> &str {
    described.status().unwrap().as_str()
}

/// Code and message of a failed call.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
    }};
}
use refused;
