//! Tests of the producer as a whole, against a sink in memory.

mod columns;
mod delivery;
mod inputs;
mod kinesis;
mod rejects;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use md5::{Digest, Md5};
use prost::Message;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::template::{Column, ColumnType, Contract};

/// A column as source.json has it at the least.
pub(super) fn column(name: &str, kind: ColumnType) -> Column {
    Column {
        name: name.into(),
        header: name.into(),
        kind,
        nullable: true,
        min: None,
        max: None,
        values: vec![],
        pattern: None,
    }
}

/// id (bigint, key), name (string of 50 bytes, required), salary (decimal(12,2) >= 0), skills (list by `;`).
pub(super) fn contract() -> Contract {
    let name = Column {
        nullable: false,
        ..column("name", ColumnType::Text { max_bytes: 50 })
    };
    let salary = ColumnType::Decimal {
        precision: 12,
        scale: 2,
    };
    let salary = Column {
        min: Some("0".into()),
        ..column("salary", salary)
    };
    let skills = column(
        "skills",
        ColumnType::TextList {
            separator: ';',
            max_bytes: 100,
        },
    );
    Contract {
        name: "people".into(),
        file: "configs/ingestion/source.json".into(),
        columns: vec![column("id", ColumnType::BigInt), name, salary, skills],
        key: vec!["id".into()],
        partition_key: "id".into(),
        delimiter: b',',
    }
}

/// Decides a record's fate: how often its key was sent before, and its place in the request.
type Verdict = dyn Fn(u32, usize) -> Result<(), Rejection> + Send + Sync;

/// Keeps what it takes, and every request as it came.
pub(super) struct MemorySink {
    pub taken: Mutex<Vec<Entry>>,
    pub requests: Mutex<Vec<Vec<Entry>>>,
    seen: Mutex<HashMap<Vec<u8>, u32>>,
    verdict: Box<Verdict>,
}

impl MemorySink {
    pub fn new(verdict: impl Fn(u32, usize) -> Result<(), Rejection> + Send + Sync + 'static) -> Arc<Self> {
        let (taken, requests, seen) = Default::default();
        Arc::new(Self {
            taken,
            requests,
            seen,
            verdict: Box::new(verdict),
        })
    }

    pub fn accepting() -> Arc<Self> {
        Self::new(|_, _| Ok(()))
    }

    /// The rows taken, in order, unpacked: (partition key, row).
    pub fn rows(&self) -> Vec<(String, String)> {
        self.taken.lock().unwrap().iter().flat_map(rows_of).collect()
    }

    /// The rows taken, parsed, by id.
    pub fn json(&self) -> Vec<serde_json::Value> {
        let rows = self.rows();
        let mut rows: Vec<serde_json::Value> = rows
            .iter()
            .map(|(_, row)| serde_json::from_str(row).expect("a row is JSON"))
            .collect();
        rows.sort_by_key(|row| row["id"].as_i64());
        rows
    }
}

#[async_trait]
impl Sink for MemorySink {
    async fn put(&self, entries: Vec<Entry>) -> Result<Vec<Result<(), Rejection>>, SinkError> {
        let mut results = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let tries = {
                let mut seen = self.seen.lock().unwrap();
                let tries = seen.entry(entry.data.to_vec()).or_default();
                *tries += 1;
                *tries - 1
            };
            let result = (self.verdict)(tries, place);
            if result.is_ok() {
                self.taken.lock().unwrap().push(entry.clone());
            }
            results.push(result);
        }
        self.requests.lock().unwrap().push(entries);
        Ok(results)
    }
}

pub(super) fn rejection(code: &str) -> Rejection {
    Rejection {
        code: code.into(),
        message: "test".into(),
    }
}

/// The KPL message, as its .proto file has it.
#[derive(Clone, PartialEq, Message)]
struct AggregatedRecord {
    #[prost(string, repeated, tag = "1")]
    partition_key_table: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    explicit_hash_key_table: Vec<String>,
    #[prost(message, repeated, tag = "3")]
    records: Vec<UserRecord>,
}

#[derive(Clone, PartialEq, Message)]
struct UserRecord {
    #[prost(uint64, required, tag = "1")]
    partition_key_index: u64,
    #[prost(uint64, optional, tag = "2")]
    explicit_hash_key_index: Option<u64>,
    #[prost(bytes = "vec", required, tag = "3")]
    data: Vec<u8>,
}

/// The rows of a record: (partition key, row).
pub(super) fn rows_of(entry: &Entry) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("rows are UTF-8");
    let Some(rest) = entry.data.strip_prefix(&[0xf3, 0x89, 0x9a, 0xc2]) else {
        assert_eq!(entry.rows, 1);
        return vec![(entry.partition_key.clone(), text(&entry.data))];
    };
    let (body, checksum) = rest.split_at(rest.len() - 16);
    assert_eq!(Md5::digest(body).as_slice(), checksum);
    let record = AggregatedRecord::decode(body).expect("an aggregated record is protobuf");
    assert_eq!(record.records.len(), entry.rows as usize);
    let key = |index: u64| record.partition_key_table[index as usize].clone();
    record
        .records
        .iter()
        .map(|row| (key(row.partition_key_index), text(&row.data)))
        .collect()
}

/// Options for tests: quick to resend and to give up.
pub(super) fn options(folder: &Path) -> Options {
    Options {
        backoff: Duration::from_millis(1),
        patience: Duration::from_millis(200),
        linger: Duration::from_millis(20),
        rejects_file: Some(folder.join("rejects.jsonl")),
        ingested_at: Some("2026-11-25T08:30:00Z".parse().unwrap()),
        ..Options::default()
    }
}

/// A folder with one input.
pub(super) struct Bench {
    pub folder: TempDir,
    pub input: PathBuf,
}

impl Bench {
    pub fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join(name);
        std::fs::write(&input, content).unwrap();
        Self { folder, input }
    }

    pub fn options(&self) -> Options {
        options(self.folder.path())
    }

    pub async fn ingest(&self, sink: Arc<dyn Sink>) -> Result<Summary, IngestError> {
        self.ingest_with(sink, &self.options(), &contract()).await
    }

    pub async fn ingest_with(
        &self,
        sink: Arc<dyn Sink>,
        options: &Options,
        contract: &Contract,
    ) -> Result<Summary, IngestError> {
        let inputs = [Input::File(self.input.clone())];
        let cancel = CancellationToken::new();
        ingest(
            &inputs,
            contract,
            sink,
            ShardMap::even(4),
            options,
            Arc::new(|_| ()),
            cancel,
        )
        .await
    }

    /// The lines of the rejects file.
    pub fn rejects(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("rejects.jsonl")).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).expect("a reject is JSON"))
            .collect()
    }
}

/// A CSV of `rows` good rows.
pub(super) fn csv(rows: usize) -> String {
    let row = |id: usize| format!("{id},name {id},{}.50,sql;rust\n", id * 10);
    "id,name,salary,skills\n".to_owned() + &(1..=rows).map(row).collect::<String>()
}
