//! Behaviour of the service against fakes of IAM, S3 and CloudWatch Logs that keep what they are given.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use base64_simd::STANDARD;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::*;
use crate::local::env::{Limits, Options, Timing};
use crate::local::store::Store;

mod api;
mod delivery;
mod exactly_once;
mod feed;

const ROLE: &str = "arn:aws:iam::000000000000:role/delivery";

/// IAM, S3 and Logs in one, outliving the service as the real ones would.
#[derive(Default)]
struct Cloud {
    distrusted: Mutex<BTreeSet<String>>,
    no_bucket: AtomicBool,
    /// Fails after moving the body, as a crash in between would.
    lose_body: AtomicBool,
    objects: Mutex<Vec<(String, Vec<u8>)>>,
    lines: Mutex<Vec<String>>,
    logged: tokio::sync::Notify,
    stored: tokio::sync::Notify,
}

/// The sink needs the store of the service that runs now.
struct Sink {
    cloud: Arc<Cloud>,
    env: Arc<Env>,
}

impl RoleCheck for Cloud {
    fn can_assume(&self, role: &str, service: &str, source_arn: Option<&str>) -> Result<bool, AwsError> {
        assert_eq!(service, "firehose.amazonaws.com");
        assert!(
            source_arn
                .unwrap()
                .starts_with("arn:aws:firehose:us-east-1:000000000000:deliverystream/")
        );
        Ok(!self.distrusted.lock().unwrap().contains(role))
    }
}

impl LogSink for Cloud {
    fn ensure(&self, group: &str, stream: &str) -> Result<(), AwsError> {
        panic!("{group} {stream} are the user's to make")
    }

    fn append(&self, group: &str, stream: &str, messages: &[String]) -> Result<(), AwsError> {
        assert_eq!((group, stream), ("/aws/firehose", "S3Delivery"));
        self.lines.lock().unwrap().extend_from_slice(messages);
        self.logged.notify_one();
        Ok(())
    }
}

impl ObjectSink for Sink {
    fn put_file(&self, object: Object<'_>, body: &Path, also: Also<'_>) -> Result<(), AwsError> {
        if self.cloud.no_bucket.load(Ordering::SeqCst) {
            return Err(AwsError::new(
                http::StatusCode::NOT_FOUND,
                "NoSuchBucket",
                "The specified bucket does not exist",
            ));
        }
        assert_eq!(object.bucket, "raw");
        let bytes = fs::read(body)?;
        fs::remove_file(body)?;
        if self.cloud.lose_body.swap(false, Ordering::SeqCst) {
            return Err(AwsError::internal("disk full"));
        }
        self.env.store.write(|tx| also(tx))?;
        self.cloud.objects.lock().unwrap().push((object.key.to_owned(), bytes));
        self.cloud.stored.notify_one();
        Ok(())
    }
}

struct World {
    dir: tempfile::TempDir,
    timing: Timing,
    cloud: Arc<Cloud>,
    kinesis: Option<Arc<Kinesis>>,
    firehose: Option<Arc<Firehose>>,
}

impl World {
    /// States change at once and buffers wait for `buffer_interval`.
    fn new(buffer_interval: Duration) -> Self {
        let timing = Timing {
            stream: Duration::ZERO,
            delivery_stream: Duration::ZERO,
            buffer_interval,
            iam_propagation: Duration::ZERO,
            ..Timing::fast()
        };
        let mut world = Self {
            dir: tempfile::tempdir().unwrap(),
            timing,
            cloud: Arc::default(),
            kinesis: None,
            firehose: None,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let store = Store::open(&self.dir.path().join("state.redb")).unwrap();
        let options = Options {
            limits: Limits::None,
            timing: self.timing,
            ..Options::default()
        };
        let env = Arc::new(Env::new(self.dir.path().to_owned(), store, options));
        let kinesis = Kinesis::new(env.clone()).unwrap();
        let sink = Arc::new(Sink {
            cloud: self.cloud.clone(),
            env: env.clone(),
        });
        let firehose = Firehose::new(env, kinesis.clone(), self.cloud.clone(), sink, self.cloud.clone()).unwrap();
        firehose.start();
        self.kinesis = Some(kinesis);
        self.firehose = Some(firehose);
    }

    /// Stops without delivering and opens again.
    async fn restart(&mut self) {
        self.firehose().stop().await;
        self.firehose = None;
        self.kinesis = None;
        self.open();
    }

    fn firehose(&self) -> Arc<Firehose> {
        self.firehose.clone().unwrap()
    }

    fn kinesis(&self) -> Arc<Kinesis> {
        self.kinesis.clone().unwrap()
    }

    async fn on(service: Arc<dyn JsonService>, operation: &str, input: Value) -> Result<Value, AwsError> {
        let output = service.call(operation, Bytes::from(input.to_string())).await?;
        Ok(match output.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&output).unwrap(),
        })
    }

    async fn call(&self, operation: &str, input: Value) -> Result<Value, AwsError> {
        Self::on(self.firehose(), operation, input).await
    }

    async fn ok(&self, operation: &str, input: Value) -> Value {
        self.call(operation, input)
            .await
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    async fn err(&self, operation: &str, input: Value) -> (String, String) {
        let error = self.call(operation, input).await.expect_err(operation);
        (error.code.into_owned(), error.message)
    }

    async fn stream(&self, name: &str, shards: u32) {
        let input = json!({"StreamName": name, "ShardCount": shards});
        Self::on(self.kinesis(), "CreateStream", input).await.unwrap();
    }

    async fn send(&self, stream: &str, key: &str, data: &[u8]) {
        let data = STANDARD.encode_to_string(data);
        let input = json!({"StreamName": stream, "PartitionKey": key, "Data": data});
        Self::on(self.kinesis(), "PutRecord", input).await.unwrap();
    }

    async fn put(&self, name: &str, data: &str) {
        let record = json!({"Data": STANDARD.encode_to_string(data)});
        self.ok("PutRecord", json!({"DeliveryStreamName": name, "Record": record}))
            .await;
    }

    async fn drain(&self) -> Drained {
        self.firehose().drain().await.unwrap()
    }

    fn keys(&self) -> Vec<String> {
        self.cloud
            .objects
            .lock()
            .unwrap()
            .iter()
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// All objects' text, unzipped where the key says so, one after the other.
    fn text(&self) -> String {
        let objects = self.cloud.objects.lock().unwrap();
        let mut all = String::new();
        for (key, bytes) in objects.iter() {
            match key.ends_with(".gz") {
                true => drop(GzDecoder::new(&bytes[..]).read_to_string(&mut all).unwrap()),
                false => all.push_str(std::str::from_utf8(bytes).unwrap()),
            }
        }
        all
    }
}

fn destination(more: Value) -> Value {
    let mut destination = json!({"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::raw"});
    for (key, value) in more.as_object().unwrap() {
        destination[key] = value.clone();
    }
    destination
}

fn direct(name: &str, more: Value) -> Value {
    json!({"DeliveryStreamName": name, "ExtendedS3DestinationConfiguration": destination(more)})
}

fn from_stream(name: &str, stream: &str, more: Value) -> Value {
    let mut input = direct(name, more);
    input["DeliveryStreamType"] = "KinesisStreamAsSource".into();
    input["KinesisStreamSourceConfiguration"] = json!({
        "KinesisStreamARN": format!("arn:aws:kinesis:us-east-1:000000000000:stream/{stream}"),
        "RoleARN": "arn:aws:iam::000000000000:role/source",
    });
    input
}

fn lines() -> Value {
    json!({"ProcessingConfiguration": {"Enabled": true, "Processors": [{"Type": "AppendDelimiterToRecord",
        "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]}})
}

const HOUR: Duration = Duration::from_secs(3600);
