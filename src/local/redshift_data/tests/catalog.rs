//! ListDatabases, ListSchemas, ListTables, DescribeTable.

use super::*;

#[tokio::test]
async fn a_database_tells_what_it_has() {
    let world = World::new().await;
    let (client, secret) = (&world.client, &world.secret);
    let databases = client
        .list_databases()
        .workgroup_name("hr-compute")
        .database("employees");
    let databases = databases.secret_arn(secret).send().await.unwrap();
    assert_eq!(databases.databases(), ["dev", "employees"]);
    let schemas = client
        .list_schemas()
        .workgroup_name("hr-compute")
        .database("employees")
        .secret_arn(secret);
    let schemas = schemas.schema_pattern("h%").send().await.unwrap();
    assert_eq!(schemas.schemas(), ["hr", "public"]);
    let tables = || {
        client
            .list_tables()
            .workgroup_name("hr-compute")
            .database("employees")
            .secret_arn(secret)
    };
    let found = tables()
        .schema_pattern("hr")
        .table_pattern("%")
        .max_results(1)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (found.tables()[0].name(), found.tables()[0].r#type()),
        (Some("age_vs_salary"), Some("VIEW"))
    );
    let found = tables()
        .max_results(2)
        .next_token(found.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (found.tables()[0].name(), found.tables()[0].r#type()),
        (Some("employees"), Some("TABLE"))
    );
    assert!(found.next_token().is_none());
    let lines = world.log.lines();
    assert!(
        lines.contains(&"schemas h%".to_owned()) && lines.contains(&"tables hr %".to_owned()),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_table_is_described_by_its_columns() {
    let world = World::new().await;
    let describe = || {
        let request = world
            .client
            .describe_table()
            .workgroup_name("hr-compute")
            .database("employees");
        request.secret_arn(&world.secret)
    };
    let described = describe().schema("hr").table("employees").send().await.unwrap();
    assert_eq!(described.table_name(), Some("employees"));
    let [id] = described.column_list() else {
        panic!("{described:?}")
    };
    assert_eq!((id.type_name(), id.column_default()), (Some("int8"), Some("0")));
    assert!(describe().table("none").send().await.unwrap().column_list().is_empty());
    let all = describe().send().await.unwrap();
    let tables: Vec<_> = all
        .column_list()
        .iter()
        .filter_map(|column| column.table_name())
        .collect();
    assert_eq!(tables, ["age_vs_salary", "employees"]);
    let elsewhere = describe().connected_database("none").table("employees");
    assert_eq!(refused!(elsewhere).0, "ValidationException");
}
