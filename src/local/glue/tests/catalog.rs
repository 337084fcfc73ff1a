use aws_sdk_glue::types::{Column, DatabaseInput, SerDeInfo, StorageDescriptor, TableInput};

use super::*;

pub(super) fn column(name: &str, kind: &str) -> Column {
    Column::builder().name(name).r#type(kind).build().unwrap()
}

fn table(name: &str) -> aws_sdk_glue::types::builders::TableInputBuilder {
    let serde = SerDeInfo::builder()
        .serialization_library("org.openx.data.jsonserde.JsonSerDe")
        .build();
    let descriptor = StorageDescriptor::builder()
        .columns(column("id", "bigint"))
        .location("s3://raw/raw/employees/")
        .serde_info(serde)
        .build();
    TableInput::builder()
        .name(name)
        .table_type("EXTERNAL_TABLE")
        .storage_descriptor(descriptor)
        .partition_keys(column("dt", "date"))
}

pub(super) async fn with_table() -> (World, Client) {
    let world = World::new();
    let client = world.client();
    create_database(&client, "HR").await;
    let input = table("Employees").build().unwrap();
    client
        .create_table()
        .database_name("hr")
        .table_input(input)
        .send()
        .await
        .unwrap();
    (world, client)
}

async fn create_database(client: &Client, name: &str) {
    let input = DatabaseInput::builder().name(name).description("d").build().unwrap();
    client.create_database().database_input(input).send().await.unwrap();
}

#[tokio::test]
async fn databases_are_created_read_updated_and_deleted_in_lower_case() {
    let world = World::new();
    let client = world.client();
    for name in ["HR", "a", "b"] {
        create_database(&client, name).await;
    }
    let database = client.get_database().name("hR").send().await.unwrap().database.unwrap();
    assert_eq!((database.name(), database.description()), ("hr", Some("d")));
    assert_eq!(database.catalog_id(), Some("000000000000"));
    assert_eq!(database.create_time().unwrap().secs(), NOW);
    assert_eq!(database.create_table_default_permissions().len(), 1);

    let first = client.get_databases().max_results(2).send().await.unwrap();
    let names = |list: &[aws_sdk_glue::types::Database]| list.iter().map(|d| d.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(first.database_list()), ["a", "b"]);
    let second = client
        .get_databases()
        .set_next_token(first.next_token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (names(second.database_list()), second.next_token),
        (vec!["hr".into()], None)
    );

    let update = |name: &str| {
        DatabaseInput::builder()
            .name(name)
            .location_uri("s3://l/")
            .build()
            .unwrap()
    };
    client
        .update_database()
        .name("hr")
        .database_input(update("HR"))
        .send()
        .await
        .unwrap();
    let database = client.get_database().name("hr").send().await.unwrap().database.unwrap();
    assert_eq!(
        (database.description(), database.location_uri()),
        (None, Some("s3://l/"))
    );
    assert_eq!(
        refused!(client.update_database().name("hr").database_input(update("other"))).0,
        "InvalidInputException"
    );

    let again = DatabaseInput::builder().name("hr").build().unwrap();
    let (code, message) = refused!(client.create_database().database_input(again));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("AlreadyExistsException", "Database already exists.")
    );
    client.delete_database().name("hr").send().await.unwrap();
    let (code, message) = refused!(client.get_database().name("hr"));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("EntityNotFoundException", "Database hr not found.")
    );
    assert_eq!(
        refused!(client.get_databases().catalog_id("1")).0,
        "EntityNotFoundException"
    );
}

#[tokio::test]
async fn names_are_checked_as_the_model_wants_them() {
    let world = World::new();
    let input = DatabaseInput::builder().name("a\nb").build().unwrap();
    let (code, message) = refused!(world.client().create_database().database_input(input));
    assert_eq!(code, "ValidationException");
    assert!(
        message.contains("'databaseInput.name' failed to satisfy constraint: Member must satisfy"),
        "{message}"
    );
    let (_, message) = refused!(world.client().get_database().name("n".repeat(256)));
    assert!(
        message.ends_with("Member must have length less than or equal to 255"),
        "{message}"
    );
}

#[tokio::test]
async fn tables_keep_what_they_are_given_and_their_versions() {
    let (_world, client) = with_table().await;
    let get = || client.get_table().database_name("HR").name("EMPLOYEES").send();
    let found = get().await.unwrap().table.unwrap();
    assert_eq!((found.name(), found.database_name()), ("employees", Some("hr")));
    assert_eq!((found.version_id(), found.retention()), (Some("0"), 0));
    let descriptor = found.storage_descriptor().unwrap();
    assert_eq!(descriptor.location(), Some("s3://raw/raw/employees/"));
    assert_eq!(descriptor.columns(), [column("id", "bigint")]);
    assert_eq!(found.partition_keys(), [column("dt", "date")]);

    for description in ["one", "two"] {
        let input = table("employees").description(description).build().unwrap();
        client
            .update_table()
            .database_name("hr")
            .table_input(input)
            .send()
            .await
            .unwrap();
    }
    let found = get().await.unwrap().table.unwrap();
    assert_eq!((found.version_id(), found.description()), (Some("2"), Some("two")));
    let versions = client
        .get_table_versions()
        .database_name("hr")
        .table_name("employees")
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = versions
        .table_versions()
        .iter()
        .map(|v| v.version_id().unwrap())
        .collect();
    assert_eq!(ids, ["2", "1", "0"]);
    let version = client
        .get_table_version()
        .database_name("hr")
        .table_name("employees")
        .version_id("1");
    let version = version.send().await.unwrap().table_version.unwrap();
    assert_eq!(version.table().unwrap().description(), Some("one"));
    let delete = |id: &str| {
        client
            .delete_table_version()
            .database_name("hr")
            .table_name("employees")
            .version_id(id)
    };
    assert_eq!(refused!(delete("2")).0, "InvalidInputException");
    delete("1").send().await.unwrap();
    assert_eq!(refused!(delete("1")).0, "EntityNotFoundException");

    let stale = client.update_table().database_name("hr").version_id("0");
    let (code, _) = refused!(stale.table_input(table("employees").build().unwrap()));
    assert_eq!(code, "ConcurrentModificationException");
}

#[tokio::test]
async fn tables_are_listed_by_pattern_and_go_with_their_database() {
    let (_world, client) = with_table().await;
    for name in ["employees_raw", "skills"] {
        let input = table(name).build().unwrap();
        client
            .create_table()
            .database_name("hr")
            .table_input(input)
            .send()
            .await
            .unwrap();
    }
    let list = async |expression: &str| {
        let found = client
            .get_tables()
            .database_name("hr")
            .expression(expression)
            .send()
            .await
            .unwrap();
        found
            .table_list()
            .iter()
            .map(|t| t.name().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(list("employees.*").await, ["employees", "employees_raw"]);
    assert_eq!(list("employees|skills").await, ["employees", "skills"]);
    assert_eq!(list("").await.len(), 3);
    assert_eq!(
        refused!(client.get_tables().database_name("hr").expression("(")).0,
        "InvalidInputException"
    );

    let twice = client
        .create_table()
        .database_name("hr")
        .table_input(table("skills").build().unwrap());
    assert_eq!(
        refused!(twice),
        ("AlreadyExistsException".into(), "Table already exists.".into())
    );
    let batch = client
        .batch_delete_table()
        .database_name("hr")
        .tables_to_delete("skills")
        .tables_to_delete("none");
    let errors = batch.send().await.unwrap().errors.unwrap();
    assert_eq!((errors.len(), errors[0].table_name()), (1, Some("none")));
    assert_eq!(
        errors[0].error_detail().unwrap().error_code(),
        Some("EntityNotFoundException")
    );

    client.delete_database().name("hr").send().await.unwrap();
    create_database(&client, "hr").await;
    let (_, message) = refused!(client.get_table().database_name("hr").name("employees"));
    assert_eq!(message, "Table employees not found.");
}

#[tokio::test]
async fn what_the_catalog_lacks_is_named() {
    let (_world, client) = with_table().await;
    let input = table("linked").target_table(aws_sdk_glue::types::TableIdentifier::builder().build());
    let create = client
        .create_table()
        .database_name("hr")
        .table_input(input.build().unwrap());
    let (code, message) = refused!(create);
    assert_eq!(code, "NotImplemented");
    assert_eq!(message, "the embedded AWS does not have resource links (TargetTable)");
}
