//! QuickSight in the embedded AWS, on the real warehouse.

use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::*;
use crate::local::{Embedded, Options, Timing};

const HOST: &str = "hr-compute.000000000000.us-east-1.redshift-serverless.amazonaws.com";

async fn open(dir: &Path) -> (Arc<Embedded>, SdkConfig) {
    let timing = Timing {
        warehouse_create: Duration::ZERO,
        quicksight: Duration::ZERO,
        ..Timing::fast()
    };
    let options = Options {
        timing,
        ..Options::default()
    };
    let embedded = Embedded::open(dir, options).await.unwrap();
    let credentials = Credentials::new("test", "test", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(embedded.http_client())
        .build();
    (embedded, config)
}

/// A workgroup with two employees; answers the ARN of its admin's secret.
async fn warehouse(config: &SdkConfig) -> String {
    let serverless = aws_sdk_redshiftserverless::Client::new(config);
    let namespace = serverless
        .create_namespace()
        .namespace_name("hr-data")
        .db_name("employees");
    let namespace = namespace
        .manage_admin_password(true)
        .send()
        .await
        .unwrap()
        .namespace
        .unwrap();
    let workgroup = serverless.create_workgroup().namespace_name("hr-data");
    workgroup.workgroup_name("hr-compute").send().await.unwrap();
    let secret = namespace.admin_password_secret_arn.unwrap();
    let data = aws_sdk_redshiftdata::Client::new(config);
    let batch = data
        .batch_execute_statement()
        .workgroup_name("hr-compute")
        .database("employees");
    let batch = batch
        .secret_arn(&secret)
        .sqls("create table people (id bigint, name varchar(40), salary numeric(12,2), hired date)")
        .sqls("insert into people values (1, 'Ada', 10.5, '2020-02-29'), (2, 'Bo', 7, null), (3, null, null, null)")
        .sqls("create view paid as select id, upper(name) as name, salary from people where salary is not null");
    let id = batch.wait_time_seconds(30).send().await.unwrap().id.unwrap();
    let done = data.describe_statement().id(id).send().await.unwrap();
    assert_eq!((done.status().unwrap().as_str(), done.error()), ("FINISHED", None));
    secret
}

async fn ended(client: &Client, set: &str, id: &str) -> ShownIngestion {
    for _ in 0..2000 {
        let request = client.describe_ingestion().aws_account_id(ACCOUNT).data_set_id(set);
        let ingestion = request.ingestion_id(id).send().await.unwrap().ingestion.unwrap();
        if ["COMPLETED", "FAILED"].contains(&ingestion.ingestion_status().as_str()) {
            return ingestion;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the ingestion does not end");
}

#[tokio::test]
async fn a_views_rows_are_ingested_as_the_secrets_user_and_the_state_survives() {
    let dir = tempfile::tempdir().unwrap();
    let (embedded, config) = open(dir.path()).await;
    let secret = warehouse(&config).await;
    let client = Client::new(&config);
    let create = client
        .create_data_source()
        .aws_account_id(ACCOUNT)
        .data_source_id("source");
    create
        .name("Warehouse")
        .r#type(DataSourceType::Redshift)
        .data_source_parameters(parameters(HOST))
        .credentials(DataSourceCredentials::builder().secret_arn(&secret).build())
        .send()
        .await
        .unwrap();
    let describe = client
        .describe_data_source()
        .aws_account_id(ACCOUNT)
        .data_source_id("source");
    let source = describe.send().await.unwrap().data_source.unwrap();
    assert_eq!(
        source.status().unwrap().as_str(),
        "CREATION_SUCCESSFUL",
        "{:?}",
        source.error_info()
    );
    assert_eq!(source.secret_arn(), Some(secret.as_str()));

    let columns = [
        ("id", InputColumnDataType::Integer),
        ("name", InputColumnDataType::String),
        ("salary", InputColumnDataType::Decimal),
    ];
    let set = |id: &str, sql: &str| {
        let PhysicalTable::CustomSql(mut table) = custom_sql("", &columns) else {
            unreachable!()
        };
        table.sql_query = sql.to_owned();
        let create = client
            .create_data_set()
            .aws_account_id(ACCOUNT)
            .data_set_id(id)
            .name(id);
        let create = create.import_mode(DataSetImportMode::Spice);
        create.physical_table_map("rows", PhysicalTable::CustomSql(table))
    };
    let created = set("paid", "select id, name, salary from paid").send().await.unwrap();
    let ingestion = ended(&client, "paid", created.ingestion_id().unwrap()).await;
    assert_eq!(
        ingestion.ingestion_status().as_str(),
        "COMPLETED",
        "{:?}",
        ingestion.error_info()
    );
    assert_eq!(ingestion.row_info().unwrap().rows_ingested(), Some(2));

    let cases = [
        (
            "gone",
            "select id, name, salary from nothing",
            "SQL_TABLE_NOT_FOUND",
            "relation \"nothing\" does not exist",
        ),
        (
            "lacks",
            "select id, name from paid",
            "SQL_SCHEMA_MISMATCH_ERROR",
            "no column salary",
        ),
        (
            "other",
            "select id, name, hired as salary from people",
            "SQL_SCHEMA_MISMATCH_ERROR",
            "in the source it is date",
        ),
        ("drop", "drop table people", "SQL_EXCEPTION", "syntax error"),
    ];
    for (id, sql, kind, part) in cases {
        let created = set(id, sql).send().await.unwrap();
        let ingestion = ended(&client, id, created.ingestion_id().unwrap()).await;
        let error = ingestion.error_info().unwrap();
        assert_eq!(error.r#type().unwrap().as_str(), kind, "{error:?}");
        assert!(error.message().unwrap().contains(part), "{error:?}");
    }
    drop(client);
    embedded.close().await;
    drop((embedded, config));

    let (embedded, config) = open(dir.path()).await;
    let client = Client::new(&config);
    let refresh = client.create_ingestion().aws_account_id(ACCOUNT).data_set_id("paid");
    refresh.ingestion_id("again").send().await.unwrap();
    let ingestion = ended(&client, "paid", "again").await;
    assert_eq!(ingestion.row_info().unwrap().rows_ingested(), Some(2));
    embedded.close().await;
}
