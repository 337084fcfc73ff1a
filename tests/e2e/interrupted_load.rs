//! Loads that are interrupted, or killed with the warehouse under them, in the middle of their transaction.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use pipectl::aws::{self, Endpoint, Target};
use serde_json::{Value, json};

use crate::project::{Project, Ran};
use crate::pyspark::{ended, ingested, interrupt, undisturbed, warehouse};

const LOAD: &str = "sql/load/employees.sql";
/// Runs for years.
const ENDLESS: &str = "SELECT COUNT(*) FROM stage_employees AS a, stage_employees AS b, stage_employees AS c, \
     stage_employees AS d, stage_employees AS e WHERE a.salary + b.salary < c.salary - d.salary * e.salary;\n\n";
/// What the script has right after it.
const NEXT: &str = "-- A batch that is in the ledger";
/// How long the endless statement may take to begin.
const PATIENCE: Duration = Duration::from_secs(120);

/// A project whose load does not end once it has staged the rows, and its load script as it should be.
fn endless() -> (Project, String) {
    let project = ingested();
    project.done(&["run", "process"]);
    let good = fs::read_to_string(project.path().join(LOAD)).unwrap();
    assert!(good.contains(NEXT));
    project.write(LOAD, good.replacen(NEXT, &format!("{ENDLESS}{NEXT}"), 1));
    (project, good)
}

/// Starts a load with both outputs piped.
fn start(project: &Project) -> Child {
    let mut command = project.command(&["run", "load", "--json"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until a load's statement is on its way: what the process says next, and the statement's id.
fn loading(child: &mut Child) -> (BufReader<ChildStdout>, String) {
    let mut events = BufReader::new(child.stdout.take().unwrap());
    loop {
        let mut line = String::new();
        assert_ne!(events.read_line(&mut line).unwrap(), 0, "it ended before it loaded");
        let event: Value = serde_json::from_str(&line).unwrap();
        if event["event"] == "loading" {
            return (events, event["statement"].as_str().unwrap().to_owned());
        }
    }
}

#[test]
fn ctrl_c_cancels_a_load_and_the_same_command_does_it() {
    let (project, good) = endless();
    let mut child = start(&project);
    let (mut events, _) = loading(&mut child);
    interrupt(&child);
    let mut stdout = String::new();
    events.read_to_string(&mut stdout).unwrap();
    let ran = Ran { stdout, ..ended(child) };
    assert_eq!(ran.code, 130, "{}", ran.stderr);
    let said = &ran.events()[0];
    assert_eq!(said["event"], "interrupted", "{}", ran.stdout);
    assert!(
        said["message"]
            .as_str()
            .unwrap()
            .ends_with("was cancelled and rolled back"),
        "{said}"
    );
    assert!(
        said["hint"].as_str().unwrap().contains("run the same command again"),
        "{said}"
    );
    assert_eq!(ran.summary()["interrupted"], json!(true));
    let ledger = project.done(&["query", "SELECT * FROM hr.load_ledger", "--json"]);
    assert_eq!(ledger.stdout.trim(), "[]");
    project.write(LOAD, good);
    project.done(&["run", "load"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn after_kill_9_of_the_warehouse_in_a_load_the_same_command_gives_the_same_warehouse() {
    let (project, good) = endless();
    let mut server = project.start(&["local", "--port", "0", "--json"]);
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let listening: Value = serde_json::from_str(&line).unwrap();
    let mut child = start(&project);
    let (_events, statement) = loading(&mut child);
    // Its place among the statements of the script, from 0.
    let place = good.split(NEXT).next().unwrap().matches(";\n").count();
    wait_for(listening["endpoint"].as_str().unwrap(), &statement, place);
    server.kill().unwrap();
    server.wait().unwrap();
    let ran = ended(child);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("redshift-data DescribeStatement"), "{}", ran.stderr);

    project.write(LOAD, good);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn after_kill_9_of_everything_in_a_load_the_same_command_gives_the_same_warehouse() {
    let (project, good) = endless();
    let mut child = start(&project);
    let (_events, _) = loading(&mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    project.write(LOAD, good);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

/// Waits until the endless statement of a batch runs. There is no event for that: the Data API is asked.
fn wait_for(url: &str, statement: &str, place: usize) {
    let target = Target {
        region: "us-east-1".into(),
        endpoint: Endpoint::Url(url.to_owned()),
        profile: None,
        record_requests: None,
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let clients = aws::connect(&target).await.unwrap();
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let asked = clients.redshift_data.describe_statement().id(statement);
            let answer = asked.send().await.unwrap();
            let state = answer.sub_statements()[place]
                .status()
                .map(|status| status.as_str().to_owned());
            if state.as_deref() == Some("STARTED") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("statement {place} has not begun");
    });
}
