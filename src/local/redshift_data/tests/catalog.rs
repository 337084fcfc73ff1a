//! ListDatabases, ListSchemas, ListTables, DescribeTable.

use super::*;

/// What the fake engine answers to questions about its catalog.
pub(super) fn answer(sql: &str) -> Answer {
    let text = |values: &[&str]| {
        values
            .iter()
            .map(|value| Cell::Text((*value).to_owned()))
            .collect::<Vec<_>>()
    };
    let rows = if sql.contains("svv_all_schemas") {
        vec![text(&["hr"]), text(&["public"])]
    } else if sql.contains("svv_tables") {
        vec![
            text(&["hr", "age_vs_salary", "VIEW"]),
            text(&["hr", "employees", "BASE TABLE"]),
            text(&["public", "other", "BASE TABLE"]),
        ]
    } else {
        let mut id = text(&["hr", "employees", "employee_id", "bigint", "NO"]);
        id.extend([Cell::Null, Cell::Long(64), Cell::Long(0), Cell::Null]);
        let mut name = text(&["hr", "employees", "name", "character varying", "YES"]);
        name.extend([Cell::Long(256), Cell::Null, Cell::Null, Cell::Text("''".into())]);
        vec![id, name]
    };
    table(Vec::new(), rows)
}

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
    assert_eq!(schemas.schemas(), ["hr"]);
    let tables = || {
        client
            .list_tables()
            .workgroup_name("hr-compute")
            .database("employees")
            .secret_arn(secret)
    };
    let found = tables().schema_pattern("hr").max_results(1).send().await.unwrap();
    assert_eq!(
        (found.tables()[0].name(), found.tables()[0].r#type()),
        (Some("age_vs_salary"), Some("VIEW"))
    );
    let found = tables()
        .schema_pattern("hr")
        .max_results(1)
        .next_token(found.next_token().unwrap());
    let found = found.send().await.unwrap();
    assert_eq!(
        (found.tables()[0].name(), found.tables()[0].r#type()),
        (Some("employees"), Some("TABLE"))
    );
    assert!(found.next_token().is_none());
}

#[tokio::test]
async fn a_table_is_described_by_its_columns() {
    let world = World::new().await;
    let describe = world
        .client
        .describe_table()
        .workgroup_name("hr-compute")
        .database("employees");
    let described = describe
        .secret_arn(&world.secret)
        .schema("hr")
        .table("employees")
        .send()
        .await
        .unwrap();
    assert_eq!(described.table_name(), Some("employees"));
    let [id, name] = described.column_list() else {
        panic!("{described:?}")
    };
    assert_eq!((id.type_name(), id.nullable(), id.precision()), (Some("int8"), 0, 64));
    assert_eq!(
        (name.type_name(), name.nullable(), name.length()),
        (Some("varchar"), 1, 256)
    );
    assert_eq!(name.column_default(), Some("''"));
}
