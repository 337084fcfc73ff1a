//! What arrives, where, and what happens when it cannot.

use super::*;

fn with(mut base: Value, more: Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        base[key] = value.clone();
    }
    base
}

fn logged() -> Value {
    json!({"CloudWatchLoggingOptions":
        {"Enabled": true, "LogGroupName": "/aws/firehose", "LogStreamName": "S3Delivery"}})
}

#[tokio::test]
async fn records_put_before_the_delivery_stream_exists_are_not_delivered() {
    let world = World::new(HOUR);
    world.stream("s", 2).await;
    world.send("s", "k", b"before\n").await;
    world.ok("CreateDeliveryStream", from_stream("d", "s", json!({}))).await;
    world.send("s", "k", b"after\n").await;
    let drained = world.drain().await;
    assert_eq!((drained.records, drained.rows, drained.objects), (1, 1, 1));
    assert_eq!(world.text(), "after\n");
    assert_eq!(world.drain().await, Drained::default());
}

#[tokio::test]
async fn gzip_prefix_delimiter_and_aggregated_records() {
    let world = World::new(HOUR);
    world.stream("s", 1).await;
    let settings = with(
        lines(),
        json!({"CompressionFormat": "GZIP", "Prefix": "raw/!{timestamp:yyyy}/", "ErrorOutputPrefix": "failed/!{firehose:error-output-type}/"}),
    );
    world.ok("CreateDeliveryStream", from_stream("d", "s", settings)).await;
    world.send("s", "k", &kpl::aggregate(&["one", "two"])).await;
    world.send("s", "k", b"three").await;
    let drained = world.drain().await;
    assert_eq!((drained.records, drained.rows, drained.objects), (2, 3, 1));
    assert_eq!(world.text(), "one\ntwo\nthree\n");
    let key = &world.keys()[0];
    let year = jiff::Timestamp::now().strftime("%Y");
    assert!(
        key.starts_with(&format!("raw/{year}/d-1-{year}-")) && key.ends_with(".gz"),
        "{key}"
    );
}

#[tokio::test]
async fn a_full_buffer_is_delivered_without_waiting() {
    let world = World::new(HOUR);
    let hints = json!({"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 900}});
    world.ok("CreateDeliveryStream", direct("d", hints)).await;
    let data = "x".repeat(512 << 10);
    for _ in 0..5 {
        world.put("d", &data).await;
    }
    while world.keys().len() < 2 {
        world.cloud.stored.notified().await;
    }
    let drained = world.drain().await;
    assert_eq!((drained.records, drained.objects), (1, 1));
    let sizes: Vec<_> = world
        .cloud
        .objects
        .lock()
        .unwrap()
        .iter()
        .map(|(_, bytes)| bytes.len())
        .collect();
    assert_eq!(sizes, [1 << 20, 1 << 20, 512 << 10]);
}

#[tokio::test]
async fn an_old_buffer_is_delivered_though_small() {
    let world = World::new(Duration::from_millis(20));
    world.ok("CreateDeliveryStream", direct("d", json!({}))).await;
    world.put("d", "alone").await;
    world.cloud.stored.notified().await;
    assert_eq!(world.text(), "alone");
    let dir = fs::read_dir(world.dir.path().join("firehose"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let left: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left, ["direct"]);
}

#[tokio::test]
async fn a_missing_bucket_is_logged_as_aws_does_and_the_data_kept() {
    let world = World::new(Duration::from_millis(1));
    world.cloud.no_bucket.store(true, Ordering::SeqCst);
    world.ok("CreateDeliveryStream", direct("d", logged())).await;
    world.put("d", "kept").await;
    world.cloud.logged.notified().await;
    let line: Value = serde_json::from_str(&world.cloud.lines.lock().unwrap()[0]).unwrap();
    assert_eq!(line["errorCode"], "S3.NoSuchBucket");
    assert_eq!(line["destination"], "arn:aws:s3:::raw");
    assert_eq!(
        line["deliveryStreamARN"],
        "arn:aws:firehose:us-east-1:000000000000:deliverystream/d"
    );
    assert!(world.firehose().drain().await.is_err());
    world.cloud.no_bucket.store(false, Ordering::SeqCst);
    world.cloud.stored.notified().await;
    assert_eq!(world.text(), "kept");
}

#[tokio::test]
async fn a_role_that_is_no_longer_trusted_holds_delivery_up() {
    let world = World::new(HOUR);
    world.ok("CreateDeliveryStream", direct("d", logged())).await;
    world.put("d", "kept").await;
    world.cloud.distrusted.lock().unwrap().insert(ROLE.into());
    let error = world.firehose().drain().await.unwrap_err();
    assert_eq!(error.code, "AccessDenied");
    assert!(world.cloud.lines.lock().unwrap()[0].contains("S3.AccessDenied"));
    world.cloud.distrusted.lock().unwrap().clear();
    assert_eq!(world.drain().await.records, 1);
}

#[tokio::test]
async fn a_body_lost_on_the_way_is_read_again() {
    let world = World::new(HOUR);
    world.ok("CreateDeliveryStream", direct("d", lines())).await;
    world.put("d", "a").await;
    world.put("d", "b").await;
    world.cloud.lose_body.store(true, Ordering::SeqCst);
    assert!(world.firehose().drain().await.is_err());
    assert_eq!(world.drain().await.records, 2);
    assert_eq!(world.text(), "a\nb\n");
}

#[tokio::test]
async fn an_update_takes_what_is_buffered_along() {
    let world = World::new(HOUR);
    world.ok("CreateDeliveryStream", direct("d", json!({}))).await;
    world.put("d", "early,").await;
    tokio::task::yield_now().await;
    let update = json!({"DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": "destinationId-000000000001", "ExtendedS3DestinationUpdate": {"CompressionFormat": "GZIP"}});
    world.ok("UpdateDestination", update).await;
    world.put("d", "late").await;
    assert_eq!(world.drain().await.records, 2);
    assert_eq!(world.text(), "early,late");
    assert!(
        world.keys()[0].contains("d-2-") && world.keys()[0].ends_with(".gz"),
        "{:?}",
        world.keys()
    );
}

#[tokio::test]
async fn direct_puts_survive_a_restart_and_a_deleted_stream_s_do_not_come_back() {
    let mut world = World::new(HOUR);
    world.ok("CreateDeliveryStream", direct("d", json!({}))).await;
    world.put("d", "first").await;
    world.restart().await;
    assert_eq!(world.drain().await.records, 1);
    world.put("d", "lost").await;
    world
        .ok("DeleteDeliveryStream", json!({"DeliveryStreamName": "d"}))
        .await;
    world.ok("CreateDeliveryStream", direct("d", json!({}))).await;
    world.put("d", "second").await;
    world.restart().await;
    assert_eq!(world.drain().await.records, 1);
    assert_eq!(world.text(), "firstsecond");
    assert_eq!(fs::read_dir(world.dir.path().join("firehose")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_source_stream_created_anew_is_read_from_its_start() {
    let world = World::new(HOUR);
    world.stream("s", 1).await;
    world.ok("CreateDeliveryStream", from_stream("d", "s", lines())).await;
    world.send("s", "k", b"old").await;
    assert_eq!(world.drain().await.records, 1);
    World::on(world.kinesis(), "DeleteStream", json!({"StreamName": "s"}))
        .await
        .unwrap();
    assert_eq!(world.drain().await, Drained::default());
    world.stream("s", 1).await;
    world.send("s", "k", b"new").await;
    assert_eq!(world.drain().await.records, 1);
    assert_eq!(world.text(), "old\nnew\n");
}

#[tokio::test]
async fn arriving_records_wake_the_worker() {
    let world = World::new(Duration::from_millis(1));
    world.stream("s", 1).await;
    world.ok("CreateDeliveryStream", from_stream("d", "s", json!({}))).await;
    for n in 0..3 {
        world.send("s", "k", n.to_string().as_bytes()).await;
        world.cloud.stored.notified().await;
    }
    assert_eq!(world.text(), "012");
}

#[tokio::test]
async fn deliveries_are_counted_for_cloudwatch() {
    let world = World::new(HOUR);
    world.stream("s", 1).await;
    world.ok("CreateDeliveryStream", from_stream("d", "s", lines())).await;
    world.send("s", "k", &kpl::aggregate(&["one", "two"])).await;
    world.cloud.no_bucket.store(true, Ordering::SeqCst);
    assert!(world.firehose().drain().await.is_err());
    world.cloud.no_bucket.store(false, Ordering::SeqCst);
    world.drain().await;
    let taken = world.firehose().env.meters.take().into_iter();
    let found: std::collections::BTreeMap<_, _> = taken
        .filter(|(series, ..)| series.namespace == "AWS/Firehose")
        .map(|(series, _, statistics)| (series.name, (statistics.count, statistics.sum)))
        .collect();
    let (writes, successes) = found["DeliveryToS3.Success"];
    assert!(writes > successes && successes == 1.0, "{found:?}");
    assert_eq!(
        (found["DeliveryToS3.Records"].1, found["DeliveryToS3.Bytes"].1),
        (2.0, 8.0)
    );
    assert_eq!(found["DataReadFromKinesisStream.Records"].1, 1.0);
    assert!(found["DeliveryToS3.DataFreshness"].0 >= 2.0);
}
