//! The services together in the embedded AWS, on the real warehouse.

use std::path::Path;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::*;
use crate::local::{Embedded, Options, Timing};

/// States change at once, so that nothing waits for the clock.
async fn open(dir: &Path) -> (Arc<Embedded>, SdkConfig) {
    let timing = Timing {
        warehouse_create: Duration::ZERO,
        warehouse_modify: Duration::ZERO,
        warehouse_delete: Duration::ZERO,
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

/// Runs statements as one transaction in the workgroup; answers how the batch ended.
async fn run(client: &Client, secret: &str, sqls: &[&str]) -> DescribeStatementOutput {
    let request = client
        .batch_execute_statement()
        .workgroup_name("hr-compute")
        .database("employees");
    let request = sqls
        .iter()
        .fold(request.secret_arn(secret), |request, sql| request.sqls(*sql));
    let id = request.wait_time_seconds(30).send().await.unwrap().id.unwrap();
    client.describe_statement().id(id).send().await.unwrap()
}

#[tokio::test]
async fn sql_survives_a_restart_and_goes_with_its_namespace() {
    let dir = tempfile::tempdir().unwrap();
    let (embedded, config) = open(dir.path()).await;
    let serverless = aws_sdk_redshiftserverless::Client::new(&config);
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
    let secret = namespace.admin_password_secret_arn().unwrap();
    let workgroup = serverless
        .create_workgroup()
        .namespace_name("hr-data")
        .workgroup_name("hr-compute");
    workgroup.send().await.unwrap();

    let client = Client::new(&config);
    let sqls = [
        "create schema hr",
        "create table hr.employees (employee_id bigint not null, name varchar(40), salary numeric(12,2), hired date)",
        "insert into hr.employees values (1, 'Ada', 10.5, '2020-02-29'), (2, null, 7, null)",
    ];
    let made = run(&client, secret, &sqls).await;
    assert_eq!((status(&made), made.error()), ("FINISHED", None));
    assert_eq!(made.sub_statements()[2].result_rows(), 2);
    let failed = run(&client, secret, &["delete from hr.employees", "select * from hr.none"]).await;
    assert_eq!(status(&failed), "FAILED");
    assert!(
        failed
            .error()
            .unwrap()
            .starts_with("Query #2 failed with ERROR: relation \"hr.none\" does not exist"),
        "{:?}",
        failed.error()
    );
    drop((client, serverless));
    embedded.close().await;
    drop((embedded, config));

    let (embedded, config) = open(dir.path()).await;
    let client = Client::new(&config);
    let select = client
        .execute_statement()
        .workgroup_name("hr-compute")
        .database("employees")
        .secret_arn(secret);
    let select = select
        .sql("select * from hr.employees where employee_id = :id")
        .parameters(parameter("id", "1"));
    let id = select.wait_time_seconds(30).send().await.unwrap().id.unwrap();
    let result = client.get_statement_result().id(id).send().await.unwrap();
    let types: Vec<_> = result
        .column_metadata()
        .iter()
        .filter_map(|column| column.type_name())
        .collect();
    assert_eq!(types, ["int8", "varchar", "numeric", "date"]);
    let text = |text: &str| Field::StringValue(text.into());
    assert_eq!(
        result.records(),
        [[Field::LongValue(1), text("Ada"), text("10.50"), text("2020-02-29")]]
    );
    let tables = client
        .list_tables()
        .workgroup_name("hr-compute")
        .database("employees")
        .secret_arn(secret);
    let tables = tables.schema_pattern("hr").send().await.unwrap();
    assert_eq!(tables.tables()[0].name(), Some("employees"));
    let columns = client
        .describe_table()
        .workgroup_name("hr-compute")
        .database("employees")
        .secret_arn(secret);
    let columns = columns.schema("hr").table("employees").send().await.unwrap();
    assert_eq!(
        (columns.column_list()[0].nullable(), columns.column_list()[1].length()),
        (0, 40)
    );

    let serverless = aws_sdk_redshiftserverless::Client::new(&config);
    serverless
        .delete_workgroup()
        .workgroup_name("hr-compute")
        .send()
        .await
        .unwrap();
    serverless
        .delete_namespace()
        .namespace_name("hr-data")
        .send()
        .await
        .unwrap();
    let warehouse = dir
        .path()
        .join("warehouse")
        .join(format!("serverless-{}", namespace.namespace_id().unwrap()));
    assert!(!warehouse.exists());
    embedded.close().await;
}

#[tokio::test]
async fn a_long_statement_is_cancelled_and_a_cluster_answers_as_its_users() {
    let dir = tempfile::tempdir().unwrap();
    let (embedded, config) = open(dir.path()).await;
    let clusters = aws_sdk_redshift::Client::new(&config);
    let cluster = clusters
        .create_cluster()
        .cluster_identifier("hr")
        .node_type("ra3.large")
        .db_name("employees");
    let cluster = cluster
        .master_username("hr_admin")
        .manage_master_password(true)
        .send()
        .await
        .unwrap();
    let secret = cluster.cluster().unwrap().master_password_secret_arn().unwrap();
    let client = Client::new(&config);
    let execute = || {
        client
            .execute_statement()
            .cluster_identifier("hr")
            .database("employees")
    };

    let id = execute()
        .secret_arn(secret)
        .sql("select current_user")
        .wait_time_seconds(30);
    let id = id.send().await.unwrap().id.unwrap();
    let result = client.get_statement_result().id(id).send().await.unwrap();
    assert_eq!(result.records()[0], [Field::StringValue("hr_admin".into())]);

    let session = execute()
        .secret_arn(secret)
        .sql("create table n as select 1 as v")
        .session_keep_alive_seconds(60);
    let session = session.wait_time_seconds(30).send().await.unwrap().session_id.unwrap();
    let in_session = |sql: &str| client.execute_statement().session_id(&session).sql(sql);
    for _ in 0..13 {
        let doubled = in_session("insert into n select v from n")
            .wait_time_seconds(30)
            .send()
            .await
            .unwrap();
        assert_eq!(doubled.status().unwrap().as_str(), "FINISHED");
    }
    let endless = in_session("select count(*) from n a, n b, n c where (a.v + b.v + c.v) % 2 = 0")
        .send()
        .await
        .unwrap();
    let id = endless.id().unwrap();
    while status(&client.describe_statement().id(id).send().await.unwrap()) != "STARTED" {
        tokio::task::yield_now().await;
    }
    client.cancel_statement().id(id).send().await.unwrap();
    let ended = client
        .describe_statement()
        .id(id)
        .wait_time_seconds(30)
        .send()
        .await
        .unwrap();
    assert_eq!(status(&ended), "ABORTED");
    let next = in_session("select count(*) from n")
        .wait_time_seconds(30)
        .send()
        .await
        .unwrap();
    assert_eq!(next.status().unwrap().as_str(), "FINISHED");
    embedded.close().await;
}
