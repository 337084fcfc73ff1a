//! S3, Glue, CloudWatch Logs and the Data API as far as the flow needs them, scripted, with what they hold to look at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::aws::Clients;
use crate::aws::script::{Answer, Request, Script};
use crate::aws::statement::SqlTarget;
use crate::flow::{Event, Interruption, LedgerEntry, Places, Warehouse, Watch};

pub(super) const RAW: &str = "raw-bucket";
pub(super) const CURATED: &str = "curated-bucket";
pub(super) const JOB: &str = "employees-etl";

/// A job run.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub id: String,
    pub input: Option<String>,
    /// States still to come, the current one first.
    pub states: Vec<&'static str>,
}

/// A statement of the Data API.
#[derive(Clone, Debug)]
pub(super) struct Stmt {
    pub id: String,
    pub token: Option<String>,
    pub sqls: Vec<String>,
    pub status: &'static str,
    pub error: Option<(usize, String)>,
    /// Seconds of the service's clock.
    pub created: i64,
    pub result: Option<Value>,
}

/// What the services hold, and how they will answer.
pub(super) struct State {
    pub objects: BTreeMap<(String, String), (String, Vec<u8>)>,
    pub runs: Vec<Run>,
    /// The states that the next run goes through.
    pub next_run: Vec<&'static str>,
    /// Whether a run that succeeds writes the reports of its input.
    pub reports: bool,
    pub log: Vec<&'static str>,
    /// Group and stream that have it; all do if there is none.
    pub log_place: Option<(&'static str, &'static str)>,
    pub statements: Vec<Stmt>,
    pub ledger: Vec<LedgerEntry>,
    /// How the next load ends: its status, and the error of one of its statements.
    pub next_load: (&'static str, Option<(usize, String)>),
    pub load_errors: Value,
    pub clock: i64,
}

/// The services and what they hold.
#[derive(Clone)]
pub(super) struct World {
    state: Arc<Mutex<State>>,
    pub script: Script,
}

impl World {
    /// With the job deployed: its contract and its transformation, and no raw object.
    pub fn new() -> Self {
        let state = State {
            objects: BTreeMap::new(),
            runs: Vec::new(),
            next_run: vec!["STARTING", "RUNNING", "SUCCEEDED"],
            reports: true,
            log: Vec::new(),
            log_place: None,
            statements: Vec::new(),
            ledger: Vec::new(),
            next_load: ("FINISHED", None),
            load_errors: json!([]),
            clock: 1_000,
        };
        let state = Arc::new(Mutex::new(state));
        let answering = state.clone();
        let script = Script::new(move |request| answering.lock().unwrap().answer(request));
        let world = Self { state, script };
        world.put(RAW, "contract/source.json", "{}");
        world.put(RAW, "code/employees.sql", "SELECT 1");
        world
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn put(&self, bucket: &str, key: &str, content: &str) {
        self.state().put(bucket, key, content.as_bytes());
    }

    pub fn raw(&self, date: &str, name: &str) {
        self.put(RAW, &format!("raw/employees/dt={date}/{name}.gz"), name);
    }

    pub fn json(&self, bucket: &str, key: &str) -> Value {
        let state = self.state();
        let (_, body) = &state.objects[&(bucket.to_owned(), key.to_owned())];
        serde_json::from_slice(body).unwrap()
    }

    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let state = self.state();
        let keys = state
            .objects
            .keys()
            .filter(|(b, key)| b == bucket && key.starts_with(prefix));
        keys.map(|(_, key)| key.clone()).collect()
    }

    pub async fn clients(&self) -> Clients {
        self.script.clients().await
    }

    pub async fn warehouse(&self) -> Warehouse {
        Warehouse {
            client: self.clients().await.redshift_data,
            target: SqlTarget {
                workgroup: Some("employees-dev".into()),
                database: "employees".into(),
                ..SqlTarget::default()
            },
        }
    }

    pub fn calls(&self, operation: &str) -> Vec<Request> {
        self.script.calls(operation)
    }
}

pub(super) fn places() -> Places {
    Places {
        record: "employees".into(),
        raw_bucket: RAW.into(),
        raw_prefix: "raw/employees/dt=".into(),
        curated_bucket: CURATED.into(),
        job: JOB.into(),
    }
}

/// Keeps events; answers the question about stopping with `stop`, and cancels once an event is `last`.
pub(super) struct Seen {
    pub events: Arc<Mutex<Vec<Value>>>,
    pub watch: Watch,
}

struct Fixed(bool);

#[async_trait]
impl Interruption for Fixed {
    async fn stops(&self, _: &str) -> bool {
        self.0
    }
}

pub(super) fn watching() -> Seen {
    interrupting(|_| false, false)
}

/// Interrupts at the first event that `at` says.
pub(super) fn interrupting(at: impl Fn(&Event) -> bool + Send + Sync + 'static, stop: bool) -> Seen {
    let events: Arc<Mutex<Vec<Value>>> = Arc::default();
    let cancel = CancellationToken::new();
    let (kept, token) = (events.clone(), cancel.clone());
    let sink = move |event: Event| {
        if at(&event) {
            token.cancel();
        }
        kept.lock().unwrap().push(serde_json::to_value(&event).unwrap());
    };
    let watch = Watch {
        events: Arc::new(sink),
        cancel,
        interruption: Arc::new(Fixed(stop)),
    };
    Seen { events, watch }
}

impl Seen {
    /// One member of all events of a name.
    pub fn all(&self, event: &str, member: &str) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        let found = events.iter().filter(|one| one["event"] == event);
        found.map(|one| one[member].clone()).collect()
    }
}

const GOING: [&str; 4] = ["STARTING", "RUNNING", "STOPPING", "WAITING"];

impl State {
    pub fn put(&mut self, bucket: &str, key: &str, content: &[u8]) {
        self.clock += 1;
        // A new etag with every write, as a changed object has one.
        let etag = format!("{:x}-{}", self.clock, content.len());
        self.objects
            .insert((bucket.to_owned(), key.to_owned()), (etag, content.to_vec()));
    }

    fn answer(&mut self, request: &Request) -> Answer {
        match request.operation.as_str() {
            "GetJob" => Answer::json(
                json!({"Job": {"Name": JOB, "DefaultArguments": {
                    "--transform": format!("s3://{RAW}/code/employees.sql"),
                    "--contract": format!("s3://{RAW}/contract/source.json"),
                    "--raw": format!("s3://{RAW}/"),
                    "--reports": format!("s3://{CURATED}/reports/")}}})
                .to_string(),
            ),
            "StartJobRun" => self.start(&request.json()),
            "GetJobRuns" => {
                let runs: Vec<Value> = self.runs.iter().rev().map(shown).collect();
                Answer::json(json!({ "JobRuns": runs }).to_string())
            }
            "GetJobRun" => self.run(request.json()["RunId"].as_str().unwrap()),
            "BatchStopJobRun" => {
                let id = request.json()["JobRunIds"][0].clone();
                let run = self.runs.iter_mut().find(|run| id == run.id.as_str()).unwrap();
                run.states = vec!["STOPPING", "STOPPED"];
                Answer::json(json!({"SuccessfulSubmissions": [{"JobName": JOB, "JobRunId": id}]}).to_string())
            }
            "GetLogEvents" => {
                let asked = request.json();
                let has_it = |(group, stream)| asked["logGroupName"] == group && asked["logStreamName"] == stream;
                let lines = self.log.iter().filter(|_| self.log_place.is_none_or(has_it));
                let events: Vec<Value> = lines.map(|line| json!({ "message": line })).collect();
                Answer::json(json!({ "events": events }).to_string())
            }
            "ExecuteStatement" | "BatchExecuteStatement" => self.execute(&request.json()),
            "DescribeStatement" => self.describe(request.json()["Id"].as_str().unwrap()),
            "GetStatementResult" => self.result(request.json()["Id"].as_str().unwrap()),
            "CancelStatement" => {
                let id = request.json()["Id"].clone();
                let statement = self.statements.iter_mut().find(|one| id == one.id.as_str()).unwrap();
                statement.status = "ABORTED";
                Answer::json(json!({"Status": true}).to_string())
            }
            _ => self.s3(request),
        }
    }

    fn start(&mut self, request: &Value) -> Answer {
        let going = |run: &Run| run.states.first().is_some_and(|state| GOING.contains(state));
        if self.runs.iter().any(going) {
            return Answer::error("ConcurrentRunsExceededException", "Concurrent runs exceeded for job");
        }
        let id = format!("jr_{}", self.runs.len() + 1);
        self.runs.push(Run {
            id: id.clone(),
            input: request["Arguments"]["--input"].as_str().map(str::to_owned),
            states: self.next_run.clone(),
        });
        Answer::json(json!({ "JobRunId": id }).to_string())
    }

    /// The run as it is; with each look it comes further.
    fn run(&mut self, id: &str) -> Answer {
        let run = self.runs.iter_mut().find(|run| run.id == id).unwrap();
        let answer = shown(run);
        let ended = answer["JobRunState"] == "SUCCEEDED";
        if run.states.len() > 1 {
            run.states.remove(0);
        }
        let input = run.input.clone();
        if ended
            && self.reports
            && let Some(input) = input
        {
            self.write_reports(&input);
        }
        Answer::json(json!({ "JobRun": answer }).to_string())
    }

    /// What the job writes: two rows an object, all of them curated.
    fn write_reports(&mut self, input: &str) {
        let key = input.strip_prefix(&format!("s3://{CURATED}/")).unwrap().to_owned();
        let (_, body) = self.objects[&(CURATED.to_owned(), key)].clone();
        let input: Value = serde_json::from_slice(&body).unwrap();
        for partition in input["partitions"].as_array().unwrap() {
            let rows = 2 * partition["objects"].as_array().unwrap().len();
            let report = report(
                partition["date"].as_str().unwrap(),
                partition["batch"].as_str().unwrap(),
                rows as u64,
            );
            let key = format!("reports/dt={}.json", partition["date"].as_str().unwrap());
            self.put(CURATED, &key, report.to_string().as_bytes());
        }
    }

    fn execute(&mut self, request: &Value) -> Answer {
        let token = request["ClientToken"].as_str().map(str::to_owned);
        if let Some(known) = self.statements.iter().find(|one| token.is_some() && one.token == token) {
            return Answer::json(json!({ "Id": known.id }).to_string());
        }
        self.clock += 1;
        let sqls: Vec<String> = match request["Sqls"].as_array() {
            Some(sqls) => sqls.iter().map(|sql| sql.as_str().unwrap().to_owned()).collect(),
            None => vec![request["Sql"].as_str().unwrap().to_owned()],
        };
        let mut statement = Stmt {
            id: format!("s-{}", self.statements.len() + 1),
            // The SDK makes one up where none is given.
            token: token.filter(|token| token.len() == 64),
            sqls,
            status: "FINISHED",
            error: None,
            created: self.clock,
            result: None,
        };
        let sql = statement.sqls[0].clone();
        if sql.contains("FROM hr.load_ledger") && statement.sqls.len() == 1 {
            statement.result = Some(self.ledger_rows());
        } else if sql.contains("sys_load_error_detail") {
            statement.result = Some(self.load_errors.clone());
        } else {
            (statement.status, statement.error) = std::mem::replace(&mut self.next_load, ("FINISHED", None));
            if statement.status == "FINISHED" {
                statement.result = self.load(&statement.sqls);
            }
        }
        let id = statement.id.clone();
        self.statements.push(statement);
        Answer::json(json!({ "Id": id }).to_string())
    }

    /// What a load does: its batch is in the ledger afterwards.
    fn load(&mut self, sqls: &[String]) -> Option<Value> {
        let batch = sqls.last()?.split('\'').nth(1)?.to_owned();
        let entry = LedgerEntry {
            batch,
            rows_staged: 2,
            rows_inserted: 2,
            ..LedgerEntry::default()
        };
        self.ledger.push(entry.clone());
        Some(json!({
            "ColumnMetadata": [{"name": "rows_staged", "typeName": "int8"}, {"name": "rows_inserted", "typeName": "int8"},
                {"name": "rows_updated", "typeName": "int8"}, {"name": "rows_unchanged", "typeName": "int8"}],
            "TotalNumRows": 1,
            "Records": [[{"longValue": 2}, {"longValue": 2}, {"longValue": 0}, {"longValue": 0}]],
        }))
    }

    fn ledger_rows(&self) -> Value {
        let rows = self.ledger.iter().map(|entry| {
            json!([{"stringValue": entry.batch}, {"longValue": entry.rows_staged}, {"longValue": entry.rows_inserted},
                {"longValue": entry.rows_updated}, {"stringValue": entry.rows_unchanged.to_string()}])
        });
        let names = [
            "batch_id",
            "rows_staged",
            "rows_inserted",
            "rows_updated",
            "rows_unchanged",
        ];
        json!({
            "ColumnMetadata": names.map(|name| json!({ "name": name })),
            "TotalNumRows": self.ledger.len(),
            "Records": rows.collect::<Vec<_>>(),
        })
    }

    fn describe(&self, id: &str) -> Answer {
        let statement = self.statements.iter().find(|one| one.id == id).unwrap();
        let mut answer = json!({
            "Id": id, "Status": statement.status, "CreatedAt": statement.created,
            "HasResultSet": statement.result.is_some(), "ResultRows": 3,
        });
        if statement.sqls.len() > 1 {
            let subs = (0..statement.sqls.len()).map(|at| {
                let failed = statement.error.as_ref().filter(|(position, _)| *position == at);
                let status = if failed.is_some() { "FAILED" } else { "FINISHED" };
                json!({"Id": format!("{id}:{}", at + 1), "Status": status, "Error": failed.map(|(_, error)| error)})
            });
            answer["SubStatements"] = subs.collect();
        } else if let Some((_, error)) = &statement.error {
            answer["Error"] = json!(error);
        }
        Answer::json(answer.to_string())
    }

    fn result(&self, id: &str) -> Answer {
        let id = id.split(':').next().unwrap();
        let statement = self.statements.iter().find(|one| one.id == id).unwrap();
        Answer::json(statement.result.clone().unwrap().to_string())
    }

    fn s3(&mut self, request: &Request) -> Answer {
        let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
        let path = decoded(path);
        let (bucket, key) = path[1..].split_once('/').unwrap_or((&path[1..], ""));
        if key.is_empty() {
            let prefix = query.split('&').find_map(|pair| pair.strip_prefix("prefix="));
            return self.listing(bucket, &decoded(prefix.unwrap_or_default()));
        }
        if request.method == "PUT" {
            self.put(bucket, key, &request.body.clone());
            return Answer::xml("");
        }
        match self.objects.get(&(bucket.to_owned(), key.to_owned())) {
            None => Answer::s3_error(404, "NoSuchKey"),
            Some((etag, _)) if request.method == "HEAD" => Answer::xml("").header("etag", format!("\"{etag}\"")),
            Some((etag, body)) => {
                Answer::xml(String::from_utf8(body.clone()).unwrap()).header("etag", format!("\"{etag}\""))
            }
        }
    }

    fn listing(&self, bucket: &str, prefix: &str) -> Answer {
        let found = self
            .objects
            .iter()
            .filter(|((b, key), _)| b == bucket && key.starts_with(prefix));
        let found: String = found
            .map(|((_, key), (etag, body))| {
                format!(
                    "<Contents><Key>{key}</Key><ETag>&quot;{etag}&quot;</ETag><Size>{}</Size></Contents>",
                    body.len()
                )
            })
            .collect();
        Answer::xml(format!(
            "<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>"
        ))
    }
}

fn shown(run: &Run) -> Value {
    let state = run.states.first().copied().unwrap_or("SUCCEEDED");
    let mut shown = json!({"Id": run.id, "JobName": JOB, "JobRunState": state});
    if let Some(input) = &run.input {
        shown["Arguments"] = json!({ "--input": input });
    }
    if state == "FAILED" {
        shown["ErrorMessage"] = json!("ValueError: no such column");
    }
    shown
}

/// A report of `rows` curated rows in one table.
pub(super) fn report(date: &str, batch: &str, rows: u64) -> Value {
    json!({
        "version": 1, "date": date, "batch": batch,
        "rows_in": rows, "rows_out": rows, "rows_quarantined": 0, "duplicates": 0,
        "ingests": [{"ingested_at": "2026-11-25T08:30:00.000Z", "rows": rows, "deliveries": rows}],
        "reasons": [],
        "tables": {
            "employees": {"rows": rows, "objects": [{"key": format!("curated/employees/dt={date}/part-0.parquet"), "bytes": 77}]},
            "employee_skills": {"rows": 3, "objects": [
                {"key": format!("curated/employee_skills/dt={date}/part-0.parquet"), "bytes": 33}]},
        },
    })
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .unwrap()
        .into_owned()
}
