//! The control plane and its refusals, directly and through the SDK.

use aws_sdk_firehose::error::ProvideErrorMetadata;
use aws_sdk_firehose::primitives::Blob;
use aws_sdk_firehose::types::{ExtendedS3DestinationConfiguration, Record};

use super::*;
use crate::local::testing::{Wired, transport};

fn sdk(world: &World) -> aws_sdk_firehose::Client {
    let credentials = aws_credential_types::Credentials::new("test", "test", None, None, "test");
    let config = aws_sdk_firehose::Config::builder()
        .behavior_version(aws_sdk_firehose::config::BehaviorVersion::latest())
        .region(aws_sdk_firehose::config::Region::new("us-east-1"))
        .endpoint_url("http://local")
        .credentials_provider(credentials)
        .http_client(transport(Wired::Json("Firehose_20150804", world.firehose())))
        .retry_config(aws_sdk_firehose::config::retry::RetryConfig::disabled())
        .build();
    aws_sdk_firehose::Client::from_conf(config)
}

#[tokio::test]
async fn the_sdk_creates_describes_puts_and_deletes() {
    let world = World::new(HOUR);
    let client = sdk(&world);
    let destination = ExtendedS3DestinationConfiguration::builder()
        .role_arn(ROLE)
        .bucket_arn("arn:aws:s3:::raw");
    let create = client.create_delivery_stream().delivery_stream_name("d");
    let created = create
        .extended_s3_destination_configuration(destination.build().unwrap())
        .send()
        .await
        .unwrap();
    let arn = "arn:aws:firehose:us-east-1:000000000000:deliverystream/d";
    assert_eq!(created.delivery_stream_arn(), Some(arn));
    let described = client
        .describe_delivery_stream()
        .delivery_stream_name("d")
        .send()
        .await
        .unwrap();
    let described = described.delivery_stream_description().unwrap();
    assert_eq!(
        (described.delivery_stream_status().as_str(), described.version_id()),
        ("ACTIVE", "1")
    );
    let extended = described.destinations()[0]
        .extended_s3_destination_description()
        .unwrap();
    let hints = extended.buffering_hints().unwrap();
    assert_eq!((hints.size_in_mbs(), hints.interval_in_seconds()), (Some(5), Some(300)));
    assert_eq!(extended.compression_format().as_str(), "UNCOMPRESSED");
    let record = |text: &str| Record::builder().data(Blob::new(text)).build().unwrap();
    let put = client
        .put_record_batch()
        .delivery_stream_name("d")
        .records(record("a"))
        .records(record("b"));
    let put = put.send().await.unwrap();
    assert_eq!(put.failed_put_count(), 0);
    let ids: Vec<_> = put.request_responses().iter().map(|r| r.record_id().unwrap()).collect();
    assert!(ids[0] < ids[1]);
    assert_eq!(world.drain().await.records, 2);
    client
        .delete_delivery_stream()
        .delivery_stream_name("d")
        .send()
        .await
        .unwrap();
    let error = client
        .describe_delivery_stream()
        .delivery_stream_name("d")
        .send()
        .await
        .unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_resource_not_found_exception());
    assert_eq!(
        error.message(),
        Some("Firehose d under account 000000000000 not found.")
    );
}

#[tokio::test]
async fn a_role_that_does_not_trust_firehose_is_refused_in_aws_s_words() {
    let world = World::new(HOUR);
    world.stream("s", 1).await;
    for role in [ROLE, "arn:aws:iam::000000000000:role/source"] {
        *world.cloud.distrusted.lock().unwrap() = [role.to_owned()].into();
        let refused = world
            .err("CreateDeliveryStream", from_stream("d", "s", json!({})))
            .await;
        assert_eq!(
            refused,
            (
                "InvalidArgumentException".to_owned(),
                format!("Firehose is unable to assume role {role}. Please check the role provided.")
            )
        );
    }
}

#[tokio::test]
async fn what_aws_refuses_is_refused() {
    let world = World::new(HOUR);
    world.ok("CreateDeliveryStream", direct("d", json!({}))).await;
    let cases = [
        (direct("d", json!({})), "ResourceInUseException"),
        (direct("a b", json!({})), "ValidationException"),
        (direct(&"x".repeat(65), json!({})), "ValidationException"),
        (
            direct(
                "e",
                json!({"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}}),
            ),
            "ValidationException",
        ),
        (
            direct(
                "e",
                json!({"BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 901}}),
            ),
            "ValidationException",
        ),
        (
            direct("e", json!({"BufferingHints": {"SizeInMBs": 5}})),
            "InvalidArgumentException",
        ),
        (direct("e", json!({"CompressionFormat": "gzip"})), "ValidationException"),
        (direct("e", json!({"CompressionFormat": "Snappy"})), "NotImplemented"),
        (direct("e", json!({"Nonsense": 1})), "SerializationException"),
        (
            direct("e", json!({"Prefix": "!{timestamp:yyyy}/"})),
            "InvalidArgumentException",
        ),
        (
            direct("e", json!({"Prefix": "!{firehose:error-output-type}/"})),
            "InvalidArgumentException",
        ),
        (
            direct("e", json!({"CustomTimeZone": "Mars/Olympus"})),
            "InvalidArgumentException",
        ),
        (
            direct("e", json!({"DynamicPartitioningConfiguration": {"Enabled": true}})),
            "NotImplemented",
        ),
        (from_stream("e", "nowhere", json!({})), "InvalidArgumentException"),
        (json!({"DeliveryStreamName": "e"}), "InvalidArgumentException"),
        (
            json!({"DeliveryStreamName": "e", "RedshiftDestinationConfiguration": {}}),
            "NotImplemented",
        ),
    ];
    for (input, code) in cases {
        let refused = world.err("CreateDeliveryStream", input.clone()).await;
        assert_eq!(refused.0, code, "{input}: {}", refused.1);
    }
    let (_, message) = world.err("CreateDeliveryStream", direct("d", json!({}))).await;
    assert_eq!(message, "Firehose d under accountId 000000000000 already exists");
}

#[tokio::test]
async fn puts_are_bounded_and_only_for_direct_put() {
    let world = World::new(HOUR);
    world.stream("s", 1).await;
    world
        .ok("CreateDeliveryStream", from_stream("from", "s", json!({})))
        .await;
    world.ok("CreateDeliveryStream", direct("d", json!({}))).await;
    let record = |size: usize| json!({"Data": STANDARD.encode_to_string("x".repeat(size))});
    let batch = |name: &str, records: Vec<Value>| json!({"DeliveryStreamName": name, "Records": records});
    let code = async |input| world.err("PutRecordBatch", input).await.0;
    assert_eq!(code(batch("from", vec![record(1)])).await, "InvalidArgumentException");
    assert_eq!(
        code(batch("nowhere", vec![record(1)])).await,
        "ResourceNotFoundException"
    );
    assert_eq!(code(batch("d", vec![])).await, "ValidationException");
    assert_eq!(code(batch("d", vec![record(1); 501])).await, "ValidationException");
    assert_eq!(code(batch("d", vec![record(1_024_001)])).await, "ValidationException");
    assert_eq!(
        code(batch("d", vec![record(1_024_000); 5])).await,
        "InvalidArgumentException"
    );
    assert_eq!(
        world.ok("PutRecordBatch", batch("d", vec![record(1_024_000); 4])).await["FailedPutCount"],
        0
    );
}

#[tokio::test]
async fn updates_need_the_current_version_and_merge() {
    let world = World::new(HOUR);
    world
        .ok("CreateDeliveryStream", direct("d", json!({"Prefix": "raw/"})))
        .await;
    let update = |version: &str, settings: Value| {
        json!({"DeliveryStreamName": "d", "CurrentDeliveryStreamVersionId": version,
            "DestinationId": "destinationId-000000000001", "ExtendedS3DestinationUpdate": settings})
    };
    world
        .ok("UpdateDestination", update("1", json!({"CompressionFormat": "GZIP"})))
        .await;
    let refused = world
        .err("UpdateDestination", update("1", json!({"Prefix": "other/"})))
        .await;
    assert_eq!(refused.0, "ConcurrentModificationException");
    let described = world
        .ok("DescribeDeliveryStream", json!({"DeliveryStreamName": "d"}))
        .await;
    let described = &described["DeliveryStreamDescription"];
    assert_eq!(described["VersionId"], "2");
    let extended = &described["Destinations"][0]["ExtendedS3DestinationDescription"];
    assert_eq!(
        (&extended["Prefix"], &extended["CompressionFormat"]),
        (&json!("raw/"), &json!("GZIP"))
    );
}

#[tokio::test]
async fn lists_tags_and_encryption() {
    let world = World::new(HOUR);
    for name in ["a", "b", "c"] {
        let mut input = direct(name, json!({}));
        input["Tags"] = json!([{"Key": "team", "Value": name}]);
        world.ok("CreateDeliveryStream", input).await;
    }
    let page = world.ok("ListDeliveryStreams", json!({"Limit": 2})).await;
    assert_eq!(
        page,
        json!({"DeliveryStreamNames": ["a", "b"], "HasMoreDeliveryStreams": true})
    );
    let page = world
        .ok("ListDeliveryStreams", json!({"ExclusiveStartDeliveryStreamName": "b"}))
        .await;
    assert_eq!(
        page,
        json!({"DeliveryStreamNames": ["c"], "HasMoreDeliveryStreams": false})
    );
    let tag = json!({"DeliveryStreamName": "a", "Tags": [{"Key": "x", "Value": "1"}]});
    world.ok("TagDeliveryStream", tag).await;
    world
        .ok(
            "UntagDeliveryStream",
            json!({"DeliveryStreamName": "a", "TagKeys": ["team"]}),
        )
        .await;
    let tags = world
        .ok("ListTagsForDeliveryStream", json!({"DeliveryStreamName": "a"}))
        .await;
    assert_eq!(
        tags,
        json!({"Tags": [{"Key": "x", "Value": "1"}], "HasMoreTags": false})
    );
    assert_eq!(world.firehose().tagged().unwrap().len(), 3);
    world
        .ok("StartDeliveryStreamEncryption", json!({"DeliveryStreamName": "a"}))
        .await;
    let described = world
        .ok("DescribeDeliveryStream", json!({"DeliveryStreamName": "a"}))
        .await;
    let encryption = &described["DeliveryStreamDescription"]["DeliveryStreamEncryptionConfiguration"];
    assert_eq!(*encryption, json!({"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"}));
}

#[tokio::test]
async fn a_delivery_stream_is_creating_before_it_is_active() {
    let mut world = World::new(HOUR);
    world.timing.delivery_stream = HOUR;
    world.restart().await;
    world.ok("CreateDeliveryStream", direct("d", json!({}))).await;
    let described = world
        .ok("DescribeDeliveryStream", json!({"DeliveryStreamName": "d"}))
        .await;
    assert_eq!(
        described["DeliveryStreamDescription"]["DeliveryStreamStatus"],
        "CREATING"
    );
    let record = json!({"DeliveryStreamName": "d", "Record": {"Data": ""}});
    assert_eq!(world.err("PutRecord", record).await.0, "ResourceNotFoundException");
    let delete = json!({"DeliveryStreamName": "d"});
    assert_eq!(
        world.err("DeleteDeliveryStream", delete).await.0,
        "ResourceInUseException"
    );
}
