//! Records a second into the embedded Kinesis: PutRecords of 500 records of 200 bytes, by the SDK's client and
//! without it.
//!
//! `cargo bench --bench embedded_kinesis [-- <seconds> <shards>]` prints one line a measurement:
//! `embedded_kinesis/<path> <records/s> records/s <MiB/s> MiB/s`.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{PutRecordsRequestEntry, StreamStatus};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use pipectl::local::{Embedded, Options};

const RECORDS: usize = 500;
const BYTES: usize = 200;
const STREAM: &str = "bench";
/// Requests under way at once.
const IN_FLIGHT: usize = 4;

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let seconds = Duration::from_secs(numbers.first().copied().unwrap_or(5));
    let shards = numbers.get(1).copied().unwrap_or(4) as i32;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run(seconds, shards));
}

async fn run(seconds: Duration, shards: i32) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let embedded = Embedded::open(dir.path(), Options::default())
        .await
        .expect("the embedded AWS");
    let tap = Tap {
        http: embedded.http_client(),
        connector: Arc::default(),
    };
    let client = client(SharedHttpClient::new(tap.clone()));
    create(&client, shards).await;

    let body = body();
    let connector = tap.connector.get().expect("the SDK has made a request").clone();
    let direct = measure(seconds, || put_directly(connector.clone(), body.clone())).await;
    report("direct", direct);

    let entries = Arc::new(entries());
    let sdk = measure(seconds, || put_by_sdk(client.clone(), entries.clone())).await;
    report("sdk", sdk);
    embedded.close().await;
}

fn client(http: SharedHttpClient) -> aws_sdk_kinesis::Client {
    let credentials = aws_sdk_kinesis::config::Credentials::new("bench", "bench", None, None, "bench");
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(aws_sdk_kinesis::config::BehaviorVersion::latest())
        .region(aws_sdk_kinesis::config::Region::new("us-east-1"))
        .endpoint_url("http://embedded")
        .credentials_provider(credentials)
        .http_client(http)
        .build();
    aws_sdk_kinesis::Client::from_conf(config)
}

/// Passes the SDK's client what it asks for and keeps the connector, to call it without the SDK.
#[derive(Clone, Debug)]
struct Tap {
    http: SharedHttpClient,
    connector: Arc<OnceLock<SharedHttpConnector>>,
}

impl HttpClient for Tap {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.http.http_connector(settings, components);
        self.connector.get_or_init(|| connector.clone());
        connector
    }
}

async fn create(client: &aws_sdk_kinesis::Client, shards: i32) {
    let created = client
        .create_stream()
        .stream_name(STREAM)
        .shard_count(shards)
        .send()
        .await;
    created.expect("a new stream");
    loop {
        let summary = client
            .describe_stream_summary()
            .stream_name(STREAM)
            .send()
            .await
            .expect("the stream");
        let status = summary
            .stream_description_summary()
            .map(|summary| summary.stream_status().clone());
        if status == Some(StreamStatus::Active) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn entries() -> Vec<PutRecordsRequestEntry> {
    let data = Blob::new(vec![b'x'; BYTES]);
    let entry = |n: usize| {
        let entry = PutRecordsRequestEntry::builder().partition_key(format!("key-{n}"));
        entry.data(data.clone()).build().expect("a whole entry")
    };
    (0..RECORDS).map(entry).collect()
}

/// The request's body, as the SDK writes it.
fn body() -> Arc<Vec<u8>> {
    let data = base64_simd::STANDARD.encode_to_string(vec![b'x'; BYTES]);
    let record = |n: usize| serde_json::json!({"Data": data, "PartitionKey": format!("key-{n}")});
    let records: Vec<_> = (0..RECORDS).map(record).collect();
    Arc::new(
        serde_json::json!({"Records": records, "StreamName": STREAM})
            .to_string()
            .into_bytes(),
    )
}

async fn put_directly(connector: SharedHttpConnector, body: Arc<Vec<u8>>) {
    let mut request = HttpRequest::new(SdkBody::from(body.as_slice()));
    request.set_method("POST").expect("a method");
    request.set_uri("http://embedded/").expect("a URI");
    let headers = request.headers_mut();
    headers.insert("x-amz-target", "Kinesis_20131202.PutRecords");
    headers.insert("content-type", "application/x-amz-json-1.1");
    let response = connector.call(request).await.expect("an answer");
    assert!(
        response.status().is_success(),
        "PutRecords answered {}",
        response.status().as_u16()
    );
}

async fn put_by_sdk(client: aws_sdk_kinesis::Client, entries: Arc<Vec<PutRecordsRequestEntry>>) {
    let put = client
        .put_records()
        .stream_name(STREAM)
        .set_records(Some(entries.to_vec()));
    let put = put.send().await.expect("an answer");
    assert_eq!(put.failed_record_count(), Some(0));
}

/// Runs requests, a few at a time, for so long; records a second.
async fn measure<F>(seconds: Duration, request: impl Fn() -> F) -> f64
where
    F: Future<Output = ()> + Send + 'static,
{
    let started = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    let mut done = 0;
    while started.elapsed() < seconds {
        while running.len() < IN_FLIGHT {
            running.spawn(request());
        }
        if let Some(finished) = running.join_next().await {
            finished.expect("no request panics");
            done += RECORDS;
        }
    }
    while let Some(finished) = running.join_next().await {
        finished.expect("no request panics");
        done += RECORDS;
    }
    done as f64 / started.elapsed().as_secs_f64()
}

fn report(path: &str, rate: f64) {
    let mebibytes = rate * BYTES as f64 / f64::from(1 << 20);
    println!("embedded_kinesis/{path} {rate:.0} records/s {mebibytes:.0} MiB/s");
}
