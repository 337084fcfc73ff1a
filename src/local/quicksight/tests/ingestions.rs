//! Ingestions: states, rows, errors as QuickSight types them, queueing, cancelling, limits, restarts.

use super::*;

fn error(ingestion: &ShownIngestion) -> (&str, &str) {
    let error = ingestion.error_info().unwrap();
    (error.r#type().unwrap().as_str(), error.message().unwrap())
}

#[tokio::test]
async fn a_new_data_set_is_ingested_and_its_rows_counted() {
    let world = World::new();
    let ingestion = world.set("rows").await;
    assert_eq!(ingestion.ingestion_status().as_str(), "COMPLETED");
    let rows = ingestion.row_info().unwrap();
    assert_eq!((rows.rows_ingested, rows.rows_dropped), (Some(3), Some(0)));
    // Three numbers, two texts of 8 and 3 bytes together, two dates.
    assert_eq!(ingestion.ingestion_size_in_bytes(), Some(3 * 8 + 2 * 8 + 3 + 2 * 8));
    assert_eq!(ingestion.request_source().unwrap().as_str(), "MANUAL");
    assert_eq!(
        *world.warehouse.queries.lock().unwrap(),
        ["select * from (\nselect 1 -- rows\n) as custom_sql"]
    );
    let describe = world
        .client
        .describe_data_set()
        .aws_account_id(ACCOUNT)
        .data_set_id("set");
    let set = describe.send().await.unwrap().data_set.unwrap();
    assert_eq!(set.consumed_spice_capacity_in_bytes(), 59);
}

#[tokio::test]
async fn an_empty_source_is_no_failure() {
    let ingestion = World::new().set("none").await;
    assert_eq!(ingestion.ingestion_status().as_str(), "COMPLETED");
    assert_eq!(ingestion.row_info().unwrap().rows_ingested, Some(0));
}

#[tokio::test]
async fn failures_are_typed_and_keep_the_warehouses_words() {
    let cases = [
        ("gone", "SQL_TABLE_NOT_FOUND", "ERROR: relation \"x\" does not exist"),
        ("broken", "SQL_EXCEPTION", "ERROR: division by zero"),
        ("panic", "INTERNAL_SERVICE_ERROR", "a bug of pipectl"),
    ];
    for (what, kind, part) in cases {
        let ingestion = World::new().set(what).await;
        assert_eq!(ingestion.ingestion_status().as_str(), "FAILED");
        let (found, message) = error(&ingestion);
        assert_eq!(found, kind);
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn columns_must_be_what_the_source_has() {
    let world = World::new();
    world.source().await;
    let cases = [
        (
            ("salary", InputColumnDataType::Integer),
            "The source has no column salary; it has id, text, day.",
        ),
        (
            ("text", InputColumnDataType::Integer),
            "Column text is declared INTEGER; in the source it is varchar.",
        ),
        (
            ("id", InputColumnDataType::Datetime),
            "Column id is declared DATETIME; in the source it is int8.",
        ),
    ];
    for (n, (column, message)) in cases.into_iter().enumerate() {
        let set = if n == 0 {
            world.new_set("set", "none")
        } else {
            world.new_set("set", "rows")
        };
        let set = set.physical_table_map("rows", custom_sql(if n == 0 { "none" } else { "rows" }, &[column]));
        let id = set.send().await.unwrap().ingestion_id.unwrap();
        let ingestion = world.ended(&id).await;
        assert_eq!(error(&ingestion), ("SQL_SCHEMA_MISMATCH_ERROR", message));
        let delete = world.client.delete_data_set().aws_account_id(ACCOUNT);
        delete.data_set_id("set").send().await.unwrap();
    }
}

#[tokio::test]
async fn a_source_that_is_gone_or_refuses_fails_the_ingestion() {
    let world = World::new();
    world.set("rows").await;
    let cases = [
        (ConnectFault::UnknownHost, "UNRESOLVABLE_HOST"),
        (ConnectFault::NoAnswer, "CONNECTION_FAILURE"),
        (ConnectFault::Secret, "PERMISSION_DENIED"),
        (ConnectFault::Role, "FAILURE_TO_ASSUME_ROLE"),
        (ConnectFault::Password, "PASSWORD_AUTHENTICATION_FAILURE"),
        (ConnectFault::Database, "CONNECTION_FAILURE"),
    ];
    for (n, (fault, kind)) in cases.into_iter().enumerate() {
        *world.warehouse.refuses.lock().unwrap() = Some(fault);
        let id = format!("i{n}");
        world.ingest(&id).await;
        assert_eq!(error(&world.ended(&id).await).0, kind);
    }
    let delete = world.client.delete_data_source().aws_account_id(ACCOUNT);
    delete.data_source_id("source").send().await.unwrap();
    world.ingest("last").await;
    assert_eq!(error(&world.ended("last").await).0, "DATA_SOURCE_NOT_FOUND");
}

#[tokio::test]
async fn one_waits_for_the_other_and_both_can_be_cancelled() {
    let world = World::new();
    world.source().await;
    let first = world.new_set("set", "wait").send().await.unwrap().ingestion_id.unwrap();
    world.until(&first, |status| status == "RUNNING").await;
    world.ingest("second").await;
    let second = world.ingestion("second").await;
    assert_eq!(second.ingestion_status().as_str(), "QUEUED");
    let queue = second.queue_info().unwrap();
    assert_eq!(
        (queue.waiting_on_ingestion(), queue.queued_ingestion()),
        ("second", first.as_str())
    );
    let cancel = |id: &str| {
        let request = world.client.cancel_ingestion().aws_account_id(ACCOUNT);
        request.data_set_id("set").ingestion_id(id)
    };
    cancel("second").send().await.unwrap();
    assert_eq!(world.ended("second").await.ingestion_status().as_str(), "CANCELLED");
    cancel(&first).send().await.unwrap();
    let ended = world.ended(&first).await;
    assert_eq!(ended.ingestion_status().as_str(), "CANCELLED");
    assert_eq!(error(&ended).0, "INGESTION_CANCELED");
    let (code, message) = refused!(cancel(&first));
    assert_eq!(
        (&*code, message.contains("CANCELLED")),
        ("ResourceNotFoundException", true)
    );
}

#[tokio::test]
async fn a_data_set_is_refreshed_32_times_a_day_by_request() {
    let world = World::new();
    world.set("none").await;
    for n in 0..32 {
        world.ingest(&format!("i{n}")).await;
    }
    let more = || {
        let request = world.client.create_ingestion().aws_account_id(ACCOUNT);
        request.data_set_id("set").ingestion_id("more")
    };
    let (code, _) = refused!(more());
    assert_eq!(code, "LimitExceededException");
    world.clock.pass(24 * 3_600_000 + 1);
    more().send().await.unwrap();
    let (code, _) = refused!(more());
    assert_eq!(code, "ResourceExistsException");
    let list = || {
        world
            .client
            .list_ingestions()
            .aws_account_id(ACCOUNT)
            .data_set_id("set")
            .max_results(20)
    };
    let first = list().send().await.unwrap();
    assert_eq!(first.ingestions()[0].ingestion_id(), Some("more"));
    let second = list().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((first.ingestions().len(), second.ingestions().len()), (20, 14));
    assert_eq!(second.next_token(), None);
}

#[tokio::test]
async fn what_was_going_when_the_process_died_has_failed() {
    let world = World::new();
    world.source().await;
    let id = world.new_set("set", "wait").send().await.unwrap().ingestion_id.unwrap();
    world.until(&id, |status| status == "RUNNING").await;
    // The process dies with the ingestion at work: what is on disk stays as it is.
    let copy = world.clock.dir.path().join("copy.redb");
    std::fs::copy(world.clock.dir.path().join("state.redb"), &copy).unwrap();
    world.warehouse.gate.store(true, Ordering::SeqCst);
    world.ended(&id).await;
    world.service.stop().await;
    let World {
        clock,
        warehouse,
        service,
        client,
    } = world;
    drop((service, client));
    std::fs::rename(&copy, clock.dir.path().join("state.redb")).unwrap();
    let service = QuickSight::new(clock.env(), Arc::new(Shared(warehouse.clone()))).unwrap();
    let client = Client::new(&sdk_config(Wired::Rest("quicksight", service.clone())));
    let world = World {
        clock,
        warehouse,
        service,
        client,
    };
    let ingestion = world.ingestion(&id).await;
    assert_eq!(ingestion.ingestion_status().as_str(), "FAILED");
    assert_eq!(error(&ingestion).0, "INTERNAL_SERVICE_ERROR");
    assert!(error(&ingestion).1.contains("start another"));
}

#[tokio::test]
async fn closing_waits_for_ingestions() {
    let world = World::new();
    world.source().await;
    let id = world.new_set("set", "rows").send().await.unwrap().ingestion_id.unwrap();
    world.service.stop().await;
    assert_eq!(world.ingestion(&id).await.ingestion_status().as_str(), "COMPLETED");
}

#[tokio::test]
async fn a_deleted_data_set_takes_its_ingestions_along() {
    let world = World::new();
    world.source().await;
    let id = world.new_set("set", "wait").send().await.unwrap().ingestion_id.unwrap();
    world.until(&id, |status| status == "RUNNING").await;
    let delete = world.client.delete_data_set().aws_account_id(ACCOUNT);
    delete.data_set_id("set").send().await.unwrap();
    let describe = world.client.describe_ingestion().aws_account_id(ACCOUNT);
    let (code, _) = refused!(describe.data_set_id("set").ingestion_id(&id));
    assert_eq!(code, "ResourceNotFoundException");
    world.service.stop().await;
}
