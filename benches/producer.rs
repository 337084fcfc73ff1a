//! Rows a second of the producer, beside boto3 doing the same work in the same run.
//!
//! ```text
//! cargo bench --bench producer -- [--rows N] [--boto3-rows N] [--file CSV]
//! ```
//!
//! Four runs of the producer: into a sink in memory, and over HTTP into a server on 127.0.0.1 that answers PutRecords
//! with success; each with and without aggregation. Then benches/boto3_producer.py against the same server.

use std::convert::Infallible;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use pipectl::producer::{Input, KinesisSink, NullSink, Options, ShardMap, Sink, Summary, ingest};
use pipectl::template::{Column, ColumnType, Contract};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

struct Arguments {
    rows: usize,
    boto3_rows: usize,
    file: Option<PathBuf>,
}

fn main() {
    let arguments = arguments();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = arguments
        .file
        .clone()
        .unwrap_or_else(|| sample(folder.path(), "rows.csv", arguments.rows));
    let small = sample(folder.path(), "boto3.csv", arguments.boto3_rows);
    let (endpoint, records) = serve();
    println!(
        "{} bytes of CSV, {} cores",
        size(&file),
        std::thread::available_parallelism().map_or(1, usize::from)
    );

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut over_http = Vec::new();
    for aggregate in [true, false] {
        let packing = if aggregate { "aggregated" } else { "a row a record" };
        let summary = runtime.block_on(run(&file, Arc::new(NullSink), aggregate, folder.path()));
        report(&format!("null sink, {packing}"), &summary);
        let before = records.load(Ordering::Relaxed);
        let sink = Arc::new(KinesisSink::new(client(&endpoint), "bench"));
        let summary = runtime.block_on(run(&file, sink, aggregate, folder.path()));
        assert_eq!(
            records.load(Ordering::Relaxed) - before,
            summary.records,
            "the server counts what was sent"
        );
        over_http.push((packing, report(&format!("HTTP, {packing}"), &summary)));
    }
    if let Some(peak) = peak_rss() {
        println!("peak resident memory: {peak}");
    }
    if let Some(boto3) = boto3(&endpoint, &small) {
        println!("{:<28} {boto3:>12.0} rows/s", "boto3, HTTP");
        for (packing, rate) in over_http {
            println!("pipectl over HTTP, {packing}: {:.1} x boto3", rate / boto3);
        }
    }
}

async fn run(file: &Path, sink: Arc<dyn Sink>, aggregate: bool, folder: &Path) -> Summary {
    let options = Options {
        aggregate,
        rejects_file: Some(folder.join("rejects.jsonl")),
        ..Options::default()
    };
    let inputs = [Input::File(file.into())];
    let cancel = CancellationToken::new();
    let run = ingest(
        &inputs,
        &contract(),
        sink,
        ShardMap::even(4),
        &options,
        Arc::new(|_| ()),
        cancel,
    )
    .await;
    let summary = run.expect("the ingest succeeds");
    assert_eq!(summary.rows_sent + summary.rows_rejected, summary.rows_read);
    summary
}

/// Prints a run and returns its rows/s.
fn report(name: &str, summary: &Summary) -> f64 {
    let rate = summary.rows_read as f64 / summary.seconds;
    println!(
        "{name:<28} {rate:>12.0} rows/s {:>9.1} MiB/s of JSON {:>9} records {:>6} rejected",
        summary.bytes as f64 / summary.seconds / f64::from(1 << 20),
        summary.records,
        summary.rows_rejected,
    );
    rate
}

/// The rows of examples/employees.csv over and over, each time with new ids.
fn sample(folder: &Path, name: &str, rows: usize) -> PathBuf {
    let example = std::fs::read_to_string(Path::new(ROOT).join("examples/employees.csv")).expect("the example");
    let (header, body) = example.split_once('\n').expect("a header");
    let mut text = format!("{header}\n");
    for (index, line) in body.lines().cycle().take(rows).enumerate() {
        match line.split_once(',') {
            Some(("", rest)) => writeln!(text, ",{rest}"),
            Some((_, rest)) => writeln!(text, "{},{rest}", index + 1),
            None => writeln!(text, "{line}"),
        }
        .expect("writing to a string");
    }
    let path = folder.join(name);
    std::fs::write(&path, text).expect("the sample is written");
    path
}

/// configs/ingestion/source.json.
fn contract() -> Contract {
    let column = |name: &str, kind, nullable, min: Option<&str>, max: Option<&str>, values: &[&str]| Column {
        name: name.into(),
        header: name.into(),
        kind,
        nullable,
        min: min.map(Into::into),
        max: max.map(Into::into),
        values: values.iter().map(|value| value.to_string()).collect(),
        pattern: None,
    };
    let departments = [
        "Engineering",
        "Data",
        "Sales",
        "Marketing",
        "Finance",
        "Operations",
        "People",
        "Legal",
    ];
    let salary = ColumnType::Decimal {
        precision: 12,
        scale: 2,
    };
    let skills = ColumnType::TextList {
        separator: ';',
        max_bytes: 1000,
    };
    Contract {
        name: "employees".into(),
        file: "configs/ingestion/source.json".into(),
        columns: vec![
            column("employee_id", ColumnType::BigInt, false, Some("1"), None, &[]),
            column("name", ColumnType::Text { max_bytes: 200 }, false, None, None, &[]),
            column("age", ColumnType::SmallInt, true, Some("16"), Some("100"), &[]),
            column(
                "department",
                ColumnType::Text { max_bytes: 40 },
                false,
                None,
                None,
                &departments,
            ),
            column("skills", skills, true, None, None, &[]),
            column("salary", salary, false, Some("0.01"), Some("10000000"), &[]),
            column(
                "hire_date",
                ColumnType::Date,
                false,
                Some("1950-01-01"),
                Some("2100-12-31"),
                &[],
            ),
        ],
        key: vec!["employee_id".into()],
        partition_key: "employee_id".into(),
        delimiter: b',',
    }
}

/// A server on 127.0.0.1 with threads of its own that takes every record; also the count of records it was sent.
fn serve() -> (String, Arc<AtomicU64>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a nonblocking listener");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let records = Arc::new(AtomicU64::new(0));
    let counter = records.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((socket, _)) = listener.accept().await {
                let counter = counter.clone();
                let service = service_fn(move |request| put_records(request, counter.clone()));
                let connection =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(socket), service);
                tokio::spawn(connection);
            }
        });
    });
    (endpoint, records)
}

#[derive(Deserialize)]
struct PutRecords {
    #[serde(rename = "Records")]
    records: Vec<serde::de::IgnoredAny>,
}

async fn put_records(request: Request<Incoming>, counter: Arc<AtomicU64>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => Bytes::new(),
    };
    let count = serde_json::from_slice::<PutRecords>(&body).map_or(0, |request| request.records.len());
    counter.fetch_add(count as u64, Ordering::Relaxed);
    const RESULT: &str = r#"{"SequenceNumber":"49543463076548007577105092703039560359975228518395012686","ShardId":"shardId-000000000000"}"#;
    let answer = format!(
        r#"{{"FailedRecordCount":0,"Records":[{}]}}"#,
        vec![RESULT; count].join(",")
    );
    let mut response = Response::new(Full::new(Bytes::from(answer)));
    response.headers_mut().insert(
        "content-type",
        "application/x-amz-json-1.1".parse().expect("a header value"),
    );
    Ok(response)
}

fn client(endpoint: &str) -> aws_sdk_kinesis::Client {
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new("test", "test", None, None, "bench"))
        .build();
    aws_sdk_kinesis::Client::from_conf(config)
}

/// Rows/s of the boto3 producer, if there is a Python with boto3.
fn boto3(endpoint: &str, file: &Path) -> Option<f64> {
    #[derive(Deserialize)]
    struct Outcome {
        read: u64,
        seconds: f64,
    }
    let script = Path::new(ROOT).join("benches/boto3_producer.py");
    let output = Command::new("python3")
        .arg(script)
        .arg(endpoint)
        .arg(file)
        .output()
        .ok()?;
    if !output.status.success() {
        println!(
            "boto3 was not measured: {}",
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("")
        );
        return None;
    }
    let outcome: Outcome = serde_json::from_slice(&output.stdout).expect("the script prints its outcome");
    Some(outcome.read as f64 / outcome.seconds)
}

fn peak_rss() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .map(|peak| peak.trim().to_owned())
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

fn arguments() -> Arguments {
    let mut arguments = Arguments {
        rows: 1_000_000,
        boto3_rows: 100_000,
        file: None,
    };
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        let number = || {
            value
                .replace('_', "")
                .parse()
                .unwrap_or_else(|_| panic!("{word} needs a number"))
        };
        match word.as_str() {
            "--rows" => arguments.rows = number(),
            "--boto3-rows" => arguments.boto3_rows = number(),
            "--file" => arguments.file = Some(value.into()),
            _ => panic!("unknown argument {word}; known are --rows N, --boto3-rows N and --file CSV"),
        }
    }
    arguments
}
