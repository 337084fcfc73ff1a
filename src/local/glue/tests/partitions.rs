use aws_sdk_glue::types::{PartitionInput, PartitionValueList, Segment, StorageDescriptor};

use super::catalog::with_table;
use super::*;

fn partition(date: &str) -> PartitionInput {
    let location = format!("s3://raw/raw/employees/dt={date}/");
    let descriptor = StorageDescriptor::builder().location(location).build();
    PartitionInput::builder()
        .values(date)
        .storage_descriptor(descriptor)
        .build()
}

async fn with_partitions() -> (World, Client) {
    let (world, client) = with_table().await;
    let batch = client
        .batch_create_partition()
        .database_name("hr")
        .table_name("employees");
    let dates = (1..=9).map(|day| partition(&format!("2026-11-0{day}"))).collect();
    let made = batch.set_partition_input_list(Some(dates)).send().await.unwrap();
    assert!(made.errors().is_empty());
    (world, client)
}

fn days(partitions: &[aws_sdk_glue::types::Partition]) -> Vec<String> {
    partitions.iter().map(|p| p.values()[0][8..].to_owned()).collect()
}

#[tokio::test]
async fn partitions_are_filtered_and_paged() {
    let (_world, client) = with_partitions().await;
    let get = |expression: &str| {
        client
            .get_partitions()
            .database_name("hr")
            .table_name("employees")
            .expression(expression)
    };
    let found = get("dt >= '2026-11-03' AND dt < '2026-11-05'").send().await.unwrap();
    assert_eq!(days(found.partitions()), ["03", "04"]);
    let found = get("dt IN ('2026-11-01', '2026-11-09')").send().await.unwrap();
    assert_eq!(days(found.partitions()), ["01", "09"]);
    let (code, message) = refused!(get("salary = 1"));
    assert_eq!(code, "InvalidInputException");
    assert!(
        message.ends_with("salary is not a partition key of the table"),
        "{message}"
    );

    let (mut token, mut all) = (None, Vec::new());
    loop {
        let page = get("").max_results(4).set_next_token(token).send().await.unwrap();
        all.extend(days(page.partitions()));
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(all.len(), 9);
    let mut segments = 0;
    for number in 0..3 {
        let segment = Segment::builder()
            .segment_number(number)
            .total_segments(3)
            .build()
            .unwrap();
        segments += get("").segment(segment).send().await.unwrap().partitions().len();
    }
    assert_eq!(segments, 9);
}

#[tokio::test]
async fn partitions_are_changed_moved_and_deleted_one_by_one() {
    let (_world, client) = with_partitions().await;
    let get = |date: &str| {
        client
            .get_partition()
            .database_name("hr")
            .table_name("employees")
            .partition_values(date)
    };
    let found = get("2026-11-01").send().await.unwrap().partition.unwrap();
    assert_eq!(found.creation_time().unwrap().secs(), NOW);
    let create = client.create_partition().database_name("hr").table_name("employees");
    let (code, message) = refused!(create.clone().partition_input(partition("2026-11-01")));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("AlreadyExistsException", "Partition already exists.")
    );
    let (code, _) = refused!(create.partition_input(PartitionInput::builder().build()));
    assert_eq!(code, "InvalidInputException");

    let update = client.update_partition().database_name("hr").table_name("employees");
    let moved = update
        .partition_value_list("2026-11-01")
        .partition_input(partition("2026-12-01"));
    moved.send().await.unwrap();
    let (code, message) = refused!(get("2026-11-01"));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("EntityNotFoundException", "Cannot find partition.")
    );
    get("2026-12-01").send().await.unwrap();
    let delete = client.delete_partition().database_name("hr").table_name("employees");
    delete.partition_values("2026-12-01").send().await.unwrap();
    assert_eq!(refused!(get("2026-12-01")).0, "EntityNotFoundException");
}

#[tokio::test]
async fn batches_list_what_fails_and_do_the_rest() {
    let (_world, client) = with_partitions().await;
    let values = |date: &str| PartitionValueList::builder().values(date).build().unwrap();
    let create = client
        .batch_create_partition()
        .database_name("hr")
        .table_name("employees");
    let create = create
        .partition_input_list(partition("2026-11-01"))
        .partition_input_list(partition("2026-11-10"));
    let errors = create.send().await.unwrap().errors.unwrap();
    assert_eq!(
        (errors.len(), errors[0].partition_values()),
        (1, ["2026-11-01".to_owned()].as_slice())
    );

    let get = client.batch_get_partition().database_name("hr").table_name("employees");
    let get = get
        .partitions_to_get(values("2026-11-10"))
        .partitions_to_get(values("2027-01-01"));
    assert_eq!(days(get.send().await.unwrap().partitions()), ["10"]);
    let delete = client
        .batch_delete_partition()
        .database_name("hr")
        .table_name("employees");
    let delete = delete
        .partitions_to_delete(values("2026-11-10"))
        .partitions_to_delete(values("2027-01-01"));
    let errors = delete.send().await.unwrap().errors.unwrap();
    assert_eq!(
        errors[0].error_detail().unwrap().error_code(),
        Some("EntityNotFoundException")
    );
}
