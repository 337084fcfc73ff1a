//! Behaviour of the service through its JSON and through the SDK.

use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_kinesis::error::ProvideErrorMetadata;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, ShardIteratorType};
use base64_simd::STANDARD;
use futures::FutureExt;
use serde_json::{Value, json};

use super::*;
use crate::local::env::{Limits, Options};
use crate::local::store::Store;
use crate::local::testing::{Wired, transport};

mod data;
mod lifecycle;

/// A service whose clock the test moves.
struct World {
    dir: tempfile::TempDir,
    millis: Arc<AtomicI64>,
    limits: Limits,
    service: Option<Arc<Kinesis>>,
}

const START: i64 = 1_700_000_000_000;

impl World {
    fn new() -> Self {
        Self::with_limits(Limits::None)
    }

    fn with_limits(limits: Limits) -> Self {
        let mut world = Self {
            dir: tempfile::tempdir().unwrap(),
            millis: Arc::new(AtomicI64::new(START)),
            limits,
            service: None,
        };
        world.reopen();
        world
    }

    /// Drops the service, as a kill would, and opens it again.
    fn reopen(&mut self) {
        self.service = None;
        let store = Store::open(&self.dir.path().join("state.redb")).unwrap();
        let millis = self.millis.clone();
        let options = Options {
            limits: self.limits,
            ..Options::default()
        };
        let env = Env::new(self.dir.path().to_owned(), store, options)
            .with_clock(move || jiff::Timestamp::from_millisecond(millis.load(Ordering::SeqCst)).unwrap());
        self.service = Some(Kinesis::new(Arc::new(env)).unwrap());
    }

    fn pass(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }

    fn now(&self) -> i64 {
        self.millis.load(Ordering::SeqCst)
    }

    fn service(&self) -> Arc<Kinesis> {
        self.service.clone().unwrap()
    }

    fn call(&self, operation: &str, input: Value) -> Result<Value, AwsError> {
        let body = Bytes::from(input.to_string());
        let called = self.service().call(operation, body).now_or_never();
        let output = called.expect("the service never waits")?;
        Ok(match output.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&output).unwrap(),
        })
    }

    fn ok(&self, operation: &str, input: Value) -> Value {
        self.call(operation, input)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// Code and message of the error that the call must answer.
    fn err(&self, operation: &str, input: Value) -> (String, String) {
        let error = self.call(operation, input).expect_err(operation);
        (error.code.into_owned(), error.message)
    }

    /// Creates a stream and lets it become ACTIVE.
    fn stream(&self, name: &str, shards: u32) {
        self.ok("CreateStream", json!({"StreamName": name, "ShardCount": shards}));
        self.pass(100);
    }

    fn put(&self, stream: &str, key: &str, data: &str) -> Value {
        let data = STANDARD.encode_to_string(data);
        self.ok(
            "PutRecord",
            json!({"StreamName": stream, "PartitionKey": key, "Data": data}),
        )
    }

    fn iterator(&self, stream: &str, shard: &str, kind: &str) -> String {
        let input = json!({"StreamName": stream, "ShardId": shard, "ShardIteratorType": kind});
        text(&self.ok("GetShardIterator", input)["ShardIterator"])
    }

    /// All data from an iterator to the end of what is there.
    fn read(&self, iterator: &str) -> Vec<String> {
        let mut iterator = Some(iterator.to_owned());
        let mut found = Vec::new();
        while let Some(current) = iterator {
            let page = self.ok("GetRecords", json!({"ShardIterator": current}));
            let records = page["Records"].as_array().unwrap();
            found.extend(records.iter().map(|record| decoded(&record["Data"])));
            iterator = page["NextShardIterator"].as_str().map(str::to_owned);
            if records.is_empty() {
                break;
            }
        }
        found
    }

    fn status(&self, stream: &str) -> String {
        let summary = self.ok("DescribeStreamSummary", json!({"StreamName": stream}));
        text(&summary["StreamDescriptionSummary"]["StreamStatus"])
    }

    fn sdk(&self) -> aws_sdk_kinesis::Client {
        let credentials = aws_credential_types::Credentials::new("test", "test", None, None, "test");
        let config = aws_sdk_kinesis::Config::builder()
            .behavior_version(aws_sdk_kinesis::config::BehaviorVersion::latest())
            .region(aws_sdk_kinesis::config::Region::new("us-east-1"))
            .endpoint_url("http://local")
            .credentials_provider(credentials)
            .http_client(transport(Wired::Json("Kinesis_20131202", self.service())))
            .retry_config(aws_sdk_kinesis::config::retry::RetryConfig::disabled())
            .build();
        aws_sdk_kinesis::Client::from_conf(config)
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

fn decoded(value: &Value) -> String {
    String::from_utf8(STANDARD.decode_to_vec(text(value)).unwrap()).unwrap()
}

#[tokio::test]
async fn the_sdk_puts_and_gets_records() {
    let world = World::new();
    let client = world.sdk();
    client
        .create_stream()
        .stream_name("s")
        .shard_count(2)
        .send()
        .await
        .unwrap();
    world.pass(100);
    let entry = |n: usize| {
        PutRecordsRequestEntry::builder()
            .partition_key(format!("key \"{n}\""))
            .data(Blob::new(format!("record {n}")))
            .build()
            .unwrap()
    };
    let put = client
        .put_records()
        .stream_name("s")
        .set_records(Some((0..50).map(entry).collect()));
    let put = put.send().await.unwrap();
    assert_eq!(put.failed_record_count(), Some(0));
    assert!(put.records().iter().all(|record| record.sequence_number().is_some()));
    let mut found = Vec::new();
    for shard in client.list_shards().stream_name("s").send().await.unwrap().shards() {
        let iterator = client
            .get_shard_iterator()
            .stream_name("s")
            .shard_id(shard.shard_id())
            .shard_iterator_type(ShardIteratorType::TrimHorizon);
        let iterator = iterator.send().await.unwrap();
        let page = client
            .get_records()
            .set_shard_iterator(iterator.shard_iterator)
            .send()
            .await
            .unwrap();
        assert_eq!(page.millis_behind_latest(), Some(0));
        for record in page.records() {
            let data = String::from_utf8(record.data().as_ref().to_vec()).unwrap();
            assert_eq!(
                format!(
                    "record {}",
                    record
                        .partition_key()
                        .unwrap()
                        .trim_matches(|c: char| !c.is_ascii_digit())
                ),
                data
            );
            let arrival = record.approximate_arrival_timestamp().unwrap().to_millis().unwrap();
            // Seconds come as a binary fraction.
            assert!((arrival - world.now()).abs() <= 1);
            found.push(data);
        }
    }
    found.sort();
    let mut expected: Vec<_> = (0..50).map(|n| format!("record {n}")).collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn the_sdk_sees_typed_errors() {
    let world = World::new();
    let client = world.sdk();
    let error = client
        .describe_stream_summary()
        .stream_name("no")
        .send()
        .await
        .unwrap_err();
    let error = error.into_service_error();
    assert!(error.is_resource_not_found_exception());
    assert_eq!(error.message(), Some("Stream no under account 000000000000 not found."));
    let error = client
        .get_records()
        .shard_iterator("nonsense")
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_invalid_argument_exception());
}

#[tokio::test]
async fn the_sdk_s_waiter_sees_a_stream_come_and_go() {
    let world = World::new();
    let client = world.sdk();
    client
        .create_stream()
        .stream_name("s")
        .shard_count(1)
        .send()
        .await
        .unwrap();
    let described = client.describe_stream().stream_name("s").send().await.unwrap();
    let described = described.stream_description().unwrap();
    assert_eq!(described.stream_status().as_str(), "CREATING");
    assert!(described.shards().is_empty());
    world.pass(100);
    let described = client.describe_stream().stream_name("s").send().await.unwrap();
    assert_eq!(described.stream_description().unwrap().shards().len(), 1);
    client.delete_stream().stream_name("s").send().await.unwrap();
    assert_eq!(world.status("s"), "DELETING");
    world.pass(100);
    let error = client.describe_stream().stream_name("s").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}
