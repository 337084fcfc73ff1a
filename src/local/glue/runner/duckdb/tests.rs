//! The runner over plain folders; what it gives is compared with what `tests/glue/` expects of every engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use duckdb::Connection;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::DuckDbRunner;
use crate::local::error::AwsError;
use crate::local::glue::runner::{RunError, Runner, Stream, Task};
use crate::local::objects::{Objects, Stored};

/// Buckets that are folders.
struct Folder(PathBuf);

impl Folder {
    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.0.join(bucket).join(key)
    }

    fn keys(&self, bucket: &str) -> Vec<String> {
        let (root, mut folders, mut keys) = (self.0.join(bucket), vec![self.0.join(bucket)], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => keys.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()),
                }
            }
        }
        keys.sort();
        keys
    }
}

impl Objects for Folder {
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<Stored>, AwsError> {
        let keys = self.keys(bucket).into_iter().filter(|key| key.starts_with(prefix));
        keys.map(|key| self.head(bucket, &key)).collect()
    }

    fn head(&self, bucket: &str, key: &str) -> Result<Stored, AwsError> {
        let missing = || AwsError::bad_request("NoSuchKey", "The specified key does not exist.");
        let body = fs::read(self.path(bucket, key)).map_err(|_| missing())?;
        Ok(Stored {
            key: key.to_owned(),
            size: body.len() as u64,
            etag: Md5::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect(),
            content_encoding: None,
        })
    }

    fn materialise(&self, bucket: &str, key: &str, to: &Path) -> Result<(), AwsError> {
        self.head(bucket, key)?;
        fs::copy(self.path(bucket, key), to)?;
        Ok(())
    }

    fn store(&self, bucket: &str, key: &str, body: &Path, _: &str) -> Result<(), AwsError> {
        let path = self.path(bucket, key);
        fs::create_dir_all(path.parent().unwrap())?;
        Ok(fs::rename(body, path)?)
    }

    fn remove(&self, bucket: &str, key: &str) -> Result<(), AwsError> {
        let _ = fs::remove_file(self.path(bucket, key));
        Ok(())
    }
}

/// A pipeline's buckets, and the runner over them.
struct Lab {
    dir: tempfile::TempDir,
    log: Mutex<Vec<String>>,
    stop: CancellationToken,
}

impl Lab {
    /// `project` holds the configs and the SQL file.
    fn new(project: &str) -> Self {
        let lab = Self {
            dir: tempfile::tempdir().unwrap(),
            log: Mutex::default(),
            stop: CancellationToken::new(),
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(project);
        let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
        lab.put("raw", "contract/source.json", read("configs/ingestion/source.json"));
        lab.put("raw", "code/transform.sql", read("sql/transform/employees.sql"));
        lab
    }

    fn put(&self, bucket: &str, key: &str, body: impl AsRef<[u8]>) {
        let path = self.dir.path().join(bucket).join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body).unwrap();
    }

    fn keys(&self, bucket: &str) -> Vec<String> {
        Folder(self.dir.path().to_owned()).keys(bucket)
    }

    fn run(&self, id: &str, input: Option<Value>) -> Result<(), RunError> {
        let mut arguments = BTreeMap::from(
            [
                ("--contract", "s3://raw/contract/source.json"),
                ("--transform", "s3://raw/code/transform.sql"),
                ("--raw", "s3://raw/"),
                ("--curated", "s3://lake/curated/"),
                ("--quarantine", "s3://lake/quarantine/"),
                ("--reports", "s3://lake/reports/"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        if let Some(input) = input {
            self.put("lake", "runs/1/input.json", input.to_string());
            arguments.insert("--input".into(), "s3://lake/runs/1/input.json".into());
        }
        let scratch = self.dir.path().join(format!("scratch-{id}"));
        let _ = fs::remove_dir_all(&scratch);
        fs::create_dir_all(&scratch).unwrap();
        let task = Task {
            job: "employee-etl".into(),
            run_id: id.to_owned(),
            script: "s3://raw/code/employee_etl.py".into(),
            arguments,
            role: "arn:aws:iam::000000000000:role/glue".into(),
            scratch,
        };
        let runner = DuckDbRunner::new(Arc::new(Folder(self.dir.path().to_owned())));
        let log = |_: Stream, line: &str| self.log.lock().unwrap().push(line.to_owned());
        runner.run(&task, &log, &self.stop)
    }

    fn report(&self, date: &str) -> Value {
        let path = self.dir.path().join(format!("lake/reports/dt={date}.json"));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// Rows of a written table, values as texts (lists as JSON), sorted.
    fn rows(&self, folder: &str) -> Vec<Vec<Option<String>>> {
        let path = self.dir.path().join("lake").join(folder);
        if !path.exists() || fs::read_dir(&path).unwrap().next().is_none() {
            return Vec::new();
        }
        let connection = Connection::open_in_memory().unwrap();
        let from = format!(
            "read_parquet('{}/*.parquet', hive_partitioning = false)",
            path.display()
        );
        let sql = format!("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {from})",);
        let mut columns = Vec::new();
        for row in connection
            .prepare(&sql)
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
        {
            let (name, kind): (String, String) = row.unwrap();
            columns.push(match kind.as_str() {
                "VARCHAR[]" => format!("CAST(to_json({name}) AS VARCHAR)"),
                "TIMESTAMP" => format!("strftime({name}, '%Y-%m-%dT%H:%M:%S.%fZ')"),
                "DOUBLE" => format!("printf('%.17g', {name})"),
                // Of a decimal without digits before the point DuckDB prints none.
                "DECIMAL(3,3)" => format!("CAST(CAST({name} AS DECIMAL(4,3)) AS VARCHAR)"),
                _ => format!("CAST({name} AS VARCHAR)"),
            });
        }
        let mut statement = connection
            .prepare(&format!("SELECT {} FROM {from}", columns.join(", ")))
            .unwrap();
        let count = columns.len();
        let rows = statement.query_map([], |row| (0..count).map(|index| row.get(index)).collect());
        let mut rows: Vec<Vec<Option<String>>> = rows.unwrap().map(Result::unwrap).collect();
        rows.sort();
        rows
    }
}

/// The raw lines in tests/glue/data, and what an implementation in plain Python makes of them.
fn agrees_with_the_reference(name: &str, project: &str) {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/glue/data").join(name);
    let lab = Lab::new(project);
    let mut objects = Vec::new();
    for entry in fs::read_dir(data.join("raw")).unwrap() {
        let path = entry.unwrap().path();
        let key = format!(
            "raw/employees/dt=2026-11-25/{}",
            path.file_name().unwrap().to_str().unwrap()
        );
        lab.put("raw", &key, fs::read(path).unwrap());
        objects.push(key);
    }
    objects.sort();
    let partition = json!({"date": "2026-11-25", "batch": "0123456789abcdef0123456789abcdef", "objects": objects});
    lab.run("jr_1", Some(json!({"version": 1, "partitions": [partition]})))
        .unwrap();
    let expected: Value = serde_json::from_slice(&fs::read(data.join("expected.json")).unwrap()).unwrap();
    for (table, rows) in expected["tables"].as_object().unwrap() {
        same(&lab.rows(&format!("curated/{table}/dt=2026-11-25")), rows);
    }
    same(&lab.rows("quarantine/employees/dt=2026-11-25"), &expected["quarantine"]);
    let mut report = lab.report("2026-11-25");
    for (table, entry) in report["tables"].as_object_mut().unwrap() {
        assert_eq!(entry["rows"], expected["tables"][table].as_array().unwrap().len());
        entry["objects"] = json!([]);
    }
    assert_eq!(report, expected["report"]);
}

/// Row by row, so that a difference is one row long.
fn same(rows: &[Vec<Option<String>>], expected: &Value) {
    let expected = expected.as_array().unwrap();
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(json!(row), *expected);
    }
    assert_eq!(rows.len(), expected.len());
}

#[test]
fn hostile_employees_become_what_the_reference_makes_of_them() {
    agrees_with_the_reference("employees", "");
}

#[test]
fn hostile_values_of_every_type_become_what_the_reference_makes_of_them() {
    agrees_with_the_reference("types", "tests/glue/data/types");
}

const ROW: &str = r#"{"employee_id":1,"name":"A","department":"Data","skills":["SQL"],"salary":5.1,"hire_date":"2020-01-01","ingested_at":"2026-11-25T10:00:00.000Z","ingest_row":1}"#;

#[test]
fn a_run_without_input_takes_every_date_and_one_again_replaces_it() {
    let lab = Lab::new("");
    lab.put("raw", "raw/employees/dt=2026-11-25/a", format!("{ROW}\n\n  \n{ROW}\n"));
    lab.put("raw", "raw/employees/dt=2026-11-26/b", ROW.replace("Data", "Datum"));
    lab.put("raw", "raw/employees/dt=2026-11-26/empty", "");
    lab.put("raw", "raw/employees/dt=soon/c", ROW);
    lab.run("jr_1", None).unwrap();
    let first = lab.report("2026-11-25");
    assert_eq!([&first["rows_in"], &first["rows_out"], &first["duplicates"]], [2, 1, 1]);
    let ingests = json!([{"ingested_at": "2026-11-25T10:00:00.000Z", "rows": 1, "deliveries": 2}]);
    assert_eq!(first["ingests"], ingests);
    assert_eq!(lab.report("2026-11-26")["rows_quarantined"], 1);
    let curated = [
        "curated/employee_skills/dt=2026-11-25/part-00000-jr_1.parquet",
        "curated/employee_skills/dt=2026-11-26/part-00000-jr_1.parquet",
        "curated/employees/dt=2026-11-25/part-00000-jr_1.parquet",
        "curated/employees/dt=2026-11-26/part-00000-jr_1.parquet",
        "quarantine/employees/dt=2026-11-25/part-00000-jr_1.parquet",
        "quarantine/employees/dt=2026-11-26/part-00000-jr_1.parquet",
        "reports/dt=2026-11-25.json",
        "reports/dt=2026-11-26.json",
    ];
    assert_eq!(lab.keys("lake"), curated);
    lab.run("jr_2", None).unwrap();
    assert_eq!(lab.keys("lake"), curated.map(|key| key.replace("jr_1", "jr_2")));
    let (mut again, mut before) = (lab.report("2026-11-25"), first);
    (again["tables"], before["tables"]) = (Value::Null, Value::Null);
    assert_eq!(again, before);
    lab.put("raw", "raw/employees/dt=2026-11-25/d", ROW);
    lab.run("jr_3", None).unwrap();
    assert_ne!(lab.report("2026-11-25")["batch"], before["batch"]);
    assert!(
        fs::read_dir(lab.dir.path().join("scratch-jr_3"))
            .unwrap()
            .next()
            .is_none()
    );
    let log = lab.log.lock().unwrap().join("\n");
    assert!(
        log.contains(r#""event":"partition","date":"2026-11-25","rows_in":2"#),
        "{log}"
    );
}

fn failure(lab: &Lab) -> String {
    let one = json!({"date": "2026-11-25", "batch": "b", "objects": ["raw/employees/dt=2026-11-25/a.gz"]});
    match lab.run("jr_1", Some(json!({"version": 1, "partitions": [one]}))) {
        Err(RunError::Failed { message, .. }) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn failures_say_what_failed_and_leave_what_was_there() {
    let lab = Lab::new("");
    lab.put("lake", "reports/dt=2026-11-25.json", "{}");
    assert!(
        failure(&lab).contains("s3://raw/raw/employees/dt=2026-11-25/a.gz: NoSuchKey"),
        "{}",
        failure(&lab)
    );
    lab.put(
        "raw",
        "raw/employees/dt=2026-11-25/a.gz",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03truncated",
    );
    assert!(failure(&lab).contains("a.gz: "), "{}", failure(&lab));
    lab.put("raw", "raw/employees/dt=2026-11-25/a.gz", "");
    let sql = "CREATE TEMPORARY VIEW curated_employees AS SELECT nothing FROM raw;";
    lab.put("raw", "code/transform.sql", sql);
    assert!(failure(&lab).contains("\"nothing\" not found"), "{}", failure(&lab));
    lab.put(
        "raw",
        "code/transform.sql",
        "CREATE TEMPORARY VIEW other AS SELECT 1 AS one;",
    );
    assert_eq!(failure(&lab), "the transformation makes no view curated_employees");
    let sql = "CREATE TEMPORARY VIEW curated_employees AS SELECT * FROM read_text('/etc/hostname');";
    lab.put("raw", "code/transform.sql", sql);
    assert!(failure(&lab).contains("disabled"), "{}", failure(&lab));
    lab.put("raw", "contract/source.json", "{}");
    assert!(
        failure(&lab).starts_with("s3://raw/contract/source.json: missing field"),
        "{}",
        failure(&lab)
    );
    assert_eq!(lab.keys("lake"), ["reports/dt=2026-11-25.json", "runs/1/input.json"]);
}

#[test]
fn rows_that_a_transformation_loses_are_missed() {
    let lab = Lab::new("");
    lab.put("raw", "raw/employees/dt=2026-11-25/a.gz", "");
    lab.put("raw", "raw/employees/dt=2026-11-25/b", format!("{ROW}\n{ROW}\n"));
    let sql = "CREATE TEMPORARY VIEW curated_employees AS SELECT * FROM raw LIMIT 1;
        CREATE TEMPORARY VIEW quarantine AS SELECT reason FROM raw WHERE false;
        CREATE TEMPORARY VIEW duplicates AS SELECT 1 AS one WHERE false;";
    lab.put("raw", "code/transform.sql", sql);
    let Err(RunError::Failed { message, .. }) = lab.run("jr_1", None) else {
        panic!("it succeeded");
    };
    assert!(
        message.starts_with("2026-11-25: 2 rows read, but 1 accounted for"),
        "{message}"
    );
}

#[test]
fn a_byte_order_mark_at_the_start_of_an_object_is_no_part_of_its_first_row() {
    let lab = Lab::new("");
    let rows = format!("\u{feff}{ROW}\n\u{feff}{ROW}\n");
    lab.put("raw", "raw/employees/dt=2026-11-25/b", rows);
    lab.put("raw", "raw/employees/dt=2026-11-25/c", "{}\n");
    lab.run("jr_1", None).unwrap();
    let report = lab.report("2026-11-25");
    let reasons: Vec<_> = report["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["reason"])
        .collect();
    assert_eq!(report["rows_out"], 1);
    assert_eq!(reasons, ["employee_id: missing", "record: not a JSON object"]);
}

#[test]
fn a_stopped_run_stops() {
    let lab = Lab::new("");
    lab.put("raw", "raw/employees/dt=2026-11-25/b", ROW);
    lab.stop.cancel();
    assert_eq!(lab.run("jr_1", None), Err(RunError::Stopped));
    assert!(lab.keys("lake").is_empty());
}
