//! Behaviour of the service through the SDK, against a warehouse that does what its SQL says, on a clock that the tests
//! move.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_quicksight::Client;
use aws_sdk_quicksight::error::ProvideErrorMetadata;
use aws_sdk_quicksight::operation::create_data_set::builders::CreateDataSetFluentBuilder;
use aws_sdk_quicksight::operation::create_data_source::builders::CreateDataSourceFluentBuilder;
use aws_sdk_quicksight::types::{
    CredentialPair, CustomSql, DataSetImportMode, DataSource as ShownSource, DataSourceCredentials,
    DataSourceParameters, DataSourceType, Ingestion as ShownIngestion, InputColumn, InputColumnDataType, PhysicalTable,
    RedshiftParameters, ResourcePermission,
};

use super::{API, QuickSight};
use crate::local::ports::{ConnectError, ConnectFault, LoginAs, RowReader, Server, WarehouseAccess, WarehouseTarget};
use crate::local::redshift::tests::Clock;
use crate::local::testing::{Wired, sdk_config};
use crate::local::warehouse::{Cell, ColumnMeta, SqlError, TakeRows};

mod account;
mod dashboards;
mod data_sets;
mod data_sources;
mod embedded;
mod ingestions;
mod schedules;

const ACCOUNT: &str = "000000000000";
const ADMIN: &str = "arn:aws:quicksight:us-east-1:000000000000:user/default/admin";

/// What the SQL of a data set does is the first word after `--`.
#[derive(Default)]
struct FakeWarehouse {
    queries: Mutex<Vec<String>>,
    /// What the next connections fail with.
    refuses: Mutex<Option<ConnectFault>>,
    /// Opens what `wait` waits for.
    gate: Arc<AtomicBool>,
}

struct FakeReader {
    queries: Arc<FakeWarehouse>,
    stopped: Arc<AtomicBool>,
}

struct Shared(Arc<FakeWarehouse>);

impl WarehouseAccess for Shared {
    fn connect(&self, target: &WarehouseTarget) -> Result<Box<dyn RowReader>, ConnectError> {
        let error = |fault| ConnectError {
            fault,
            message: format!("{fault:?}"),
        };
        if let Some(fault) = *self.0.refuses.lock().unwrap() {
            return Err(error(fault));
        }
        match &target.server {
            Server::Endpoint(host, 5439) if host == "warehouse" => {}
            Server::Cluster(id) if id == "warehouse" => {}
            _ => return Err(error(ConnectFault::UnknownHost)),
        }
        if let LoginAs::Password { password, .. } = &target.login
            && password != "right"
        {
            return Err(error(ConnectFault::Password));
        }
        Ok(Box::new(FakeReader {
            queries: self.0.clone(),
            stopped: Arc::default(),
        }))
    }
}

fn meta(name: &str, type_name: &str) -> ColumnMeta {
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

fn sql_error(sqlstate: &'static str, message: &str) -> SqlError {
    SqlError {
        message: message.into(),
        sqlstate: Some(sqlstate),
    }
}

impl RowReader for FakeReader {
    fn read(&mut self, sql: &str, take: &mut TakeRows<'_>) -> Result<Vec<ColumnMeta>, SqlError> {
        self.queries.queries.lock().unwrap().push(sql.to_owned());
        let what = sql.split("-- ").nth(1).unwrap_or_default();
        let columns = vec![meta("id", "int8"), meta("text", "varchar"), meta("day", "date")];
        let row = |n: i64, text: &str| vec![Cell::Long(n), Cell::Text(text.into()), Cell::Text("2026-11-25".into())];
        match what.split_whitespace().next().unwrap_or_default() {
            "gone" => return Err(sql_error("42P01", "ERROR: relation \"x\" does not exist")),
            "broken" => return Err(sql_error("22012", "ERROR: division by zero")),
            "panic" => panic!("the fake warehouse was told to"),
            "wait" => {
                while !self.queries.gate.load(Ordering::SeqCst) {
                    if self.stopped.load(Ordering::SeqCst) {
                        return Err(sql_error("57014", "ERROR: Query (1) cancelled on user's request"));
                    }
                    std::thread::sleep(Duration::from_millis(2));
                }
            }
            "none" => return Ok(columns),
            _ => {}
        }
        let batches = [
            vec![row(1, "12"), row(2, "x")],
            vec![vec![Cell::Long(3), Cell::Null, Cell::Null]],
        ];
        for batch in batches {
            if !take(&columns, batch) {
                break;
            }
        }
        Ok(columns)
    }

    fn interrupt(&self) -> Box<dyn Fn() + Send + Sync> {
        let stopped = self.stopped.clone();
        Box::new(move || stopped.store(true, Ordering::SeqCst))
    }
}

/// The service, opened and closed like the embedded AWS.
struct World {
    clock: Clock,
    warehouse: Arc<FakeWarehouse>,
    service: Arc<QuickSight>,
    client: Client,
}

impl World {
    fn new() -> Self {
        let (clock, warehouse) = (Clock::new(), Arc::new(FakeWarehouse::default()));
        let service = QuickSight::new(clock.env(), Arc::new(Shared(warehouse.clone()))).unwrap();
        let client = Client::new(&sdk_config(Wired::Rest("quicksight", service.clone())));
        Self {
            clock,
            warehouse,
            service,
            client,
        }
    }

    /// As after a kill: what ran is gone, the store is as it was.
    fn reopened(self) -> Self {
        let Self {
            clock,
            warehouse,
            service,
            client,
        } = self;
        drop((service, client));
        let service = QuickSight::new(clock.env(), Arc::new(Shared(warehouse.clone()))).unwrap();
        let client = Client::new(&sdk_config(Wired::Rest("quicksight", service.clone())));
        Self {
            clock,
            warehouse,
            service,
            client,
        }
    }

    fn new_source(&self, id: &str) -> CreateDataSourceFluentBuilder {
        self.client
            .create_data_source()
            .aws_account_id(ACCOUNT)
            .data_source_id(id)
            .name(id)
            .r#type(DataSourceType::Redshift)
            .data_source_parameters(parameters("warehouse"))
            .credentials(password("right"))
    }

    async fn source(&self) -> String {
        self.new_source("source").send().await.unwrap().arn.unwrap()
    }

    async fn describe_source(&self) -> ShownSource {
        let request = self
            .client
            .describe_data_source()
            .aws_account_id(ACCOUNT)
            .data_source_id("source");
        request.send().await.unwrap().data_source.unwrap()
    }

    /// A data set whose SQL does `what`.
    fn new_set(&self, id: &str, what: &str) -> CreateDataSetFluentBuilder {
        self.client
            .create_data_set()
            .aws_account_id(ACCOUNT)
            .data_set_id(id)
            .name(format!("The {id}"))
            .import_mode(DataSetImportMode::Spice)
            .physical_table_map("rows", custom_sql(what, &columns()))
    }

    /// A source, a data set `set`, and its first ingestion's end.
    async fn set(&self, what: &str) -> ShownIngestion {
        self.source().await;
        let created = self.new_set("set", what).send().await.unwrap();
        self.ended(&created.ingestion_id.unwrap()).await
    }

    async fn ingest(&self, id: &str) {
        let request = self
            .client
            .create_ingestion()
            .aws_account_id(ACCOUNT)
            .data_set_id("set");
        request.ingestion_id(id).send().await.unwrap();
    }

    async fn ingestion(&self, id: &str) -> ShownIngestion {
        let request = self
            .client
            .describe_ingestion()
            .aws_account_id(ACCOUNT)
            .data_set_id("set");
        request.ingestion_id(id).send().await.unwrap().ingestion.unwrap()
    }

    async fn ended(&self, id: &str) -> ShownIngestion {
        self.until(id, |status| ["COMPLETED", "FAILED", "CANCELLED"].contains(&status))
            .await
    }

    async fn until(&self, id: &str, reached: impl Fn(&str) -> bool) -> ShownIngestion {
        for _ in 0..2000 {
            let ingestion = self.ingestion(id).await;
            if reached(ingestion.ingestion_status().as_str()) {
                return ingestion;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("ingestion {id} does not get there");
    }
}

fn parameters(host: &str) -> DataSourceParameters {
    let redshift = RedshiftParameters::builder()
        .host(host)
        .port(5439)
        .database("employees");
    DataSourceParameters::RedshiftParameters(redshift.build().unwrap())
}

fn password(password: &str) -> DataSourceCredentials {
    let pair = CredentialPair::builder().username("ana").password(password);
    DataSourceCredentials::builder()
        .credential_pair(pair.build().unwrap())
        .build()
}

fn columns() -> Vec<(&'static str, InputColumnDataType)> {
    vec![
        ("id", InputColumnDataType::Integer),
        ("text", InputColumnDataType::String),
        ("day", InputColumnDataType::Datetime),
    ]
}

fn custom_sql(what: &str, columns: &[(&str, InputColumnDataType)]) -> PhysicalTable {
    let columns = columns.iter().map(|(name, kind)| {
        let column = InputColumn::builder().name(*name).r#type(kind.clone());
        column.build().unwrap()
    });
    let sql = CustomSql::builder()
        .data_source_arn("arn:aws:quicksight:us-east-1:000000000000:datasource/source")
        .name("rows")
        .sql_query(format!("select 1 -- {what}"))
        .set_columns(Some(columns.collect()));
    PhysicalTable::CustomSql(sql.build().unwrap())
}

fn permission(principal: &str, actions: &[&str]) -> ResourcePermission {
    let actions = actions.iter().map(|action| format!("quicksight:{action}"));
    let permission = ResourcePermission::builder().principal(principal);
    permission.set_actions(Some(actions.collect())).build().unwrap()
}

/// Code and message of a failed call.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
    }};
}
use refused;

#[test]
fn every_pattern_of_the_model_compiles() {
    assert_eq!(API.broken_patterns(), Vec::<&str>::new());
}

#[tokio::test]
async fn what_quicksight_has_and_the_embedded_aws_does_not_is_named() {
    let world = World::new();
    let (code, message) = refused!(world.client.list_themes().aws_account_id(ACCOUNT));
    assert_eq!(code, "NotImplemented");
    assert_eq!(message, "the embedded AWS does not have QuickSight's ListThemes");
    let (code, message) = refused!(world.client.list_data_sets().aws_account_id("111122223333"));
    assert_eq!(code, "AccessDeniedException");
    assert!(message.contains("111122223333"), "{message}");
    let (code, message) = refused!(world.client.list_data_sets().aws_account_id(ACCOUNT).max_results(101));
    assert_eq!(code, "ValidationException");
    assert!(
        message.ends_with(
            "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"
        ),
        "{message}"
    );
}
