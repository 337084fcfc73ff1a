//! From raw objects to curated ones, on real data: once, again, killed, interrupted, and with a script that fails.

use std::fs;
use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::project::Project;

/// A project with the sample ingested; rows sent.
fn ingested() -> (Project, u64) {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    project.sample();
    let sent = ingest(&project);
    (project, sent)
}

fn ingest(project: &Project) -> u64 {
    let summary = project.run(&["ingest", "employees.csv", "--json"]).summary();
    summary["rows_sent"].as_u64().unwrap()
}

/// Runs `process` and answers its summary.
fn process(project: &Project, more: &[&str]) -> Value {
    let arguments = [&["run", "process", "--json"], more].concat();
    let summary = project.done(&arguments).summary();
    assert_eq!(summary["reconciliation"]["differences"], json!([]), "{summary}");
    summary
}

fn hop(summary: &Value, name: &str) -> u64 {
    let hops = summary["reconciliation"]["hops"].as_array().unwrap();
    let hop = hops.iter().find(|hop| hop["hop"] == name).unwrap();
    hop["rows"].as_u64().unwrap()
}

#[test]
fn what_is_processed_is_not_processed_again_and_every_row_is_accounted_for() {
    let (project, sent) = ingested();
    let first = process(&project, &[]);
    assert_eq!(first["process"]["rows_in"], sent, "{first}");
    let again = process(&project, &[]);
    assert_eq!(again["process"]["rows_in"], 0, "{again}");
    assert_eq!((hop(&again, "confirmed"), hop(&again, "delivered")), (sent, sent));

    // The same file once more: every row has a newer one.
    let twice = sent + ingest(&project);
    let second = process(&project, &[]);
    assert_eq!(second["process"]["rows_in"], twice, "{second}");
    assert_eq!(second["process"]["rows_out"], first["process"]["rows_out"], "{second}");
    assert_eq!((hop(&second, "read"), hop(&second, "lines")), (2_000, twice));
}

#[test]
fn a_run_killed_anywhere_is_finished_by_the_next() {
    let (project, sent) = ingested();
    let mut lines = 1;
    loop {
        let mut child = project.start(&["run", "process", "--all", "--json"]);
        let mut events = BufReader::new(child.stdout.take().unwrap()).lines();
        let ended = (0..lines).any(|_| events.next().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        if ended {
            break;
        }
        lines += 1;
        assert!(lines < 50, "never finished");
    }
    assert!(lines > 3, "killed {lines} times");
    let settled = process(&project, &[]);
    assert_eq!(hop(&settled, "lines"), sent, "{settled}");
}

#[test]
fn a_transformation_that_fails_says_why_and_can_be_mended() {
    let (project, sent) = ingested();
    let file = "sql/transform/employees.sql";
    let good = fs::read_to_string(project.path().join(file)).unwrap();
    project.write(file, good.replace("salary <", "salry <"));
    project.done(&["deploy", "--yes"]);
    let ran = project.run(&["run", "process", "--json"]);
    ran.assert_no_panic();
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("ended FAILED") && ran.stderr.contains("salry"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.summary()["process"]["rows_in"], 0);
    project.write(file, good);
    project.done(&["deploy", "--yes"]);
    assert_eq!(process(&project, &[])["process"]["rows_in"], sent);
}

#[test]
fn a_date_that_is_not_there_is_a_mistake_in_the_arguments() {
    let (project, _) = ingested();
    let ran = project.run(&["run", "process", "--date", "1999-01-01"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("no partition dt=1999-01-01"), "{}", ran.stderr);
}

#[test]
fn without_receipts_rows_are_known_as_such() {
    let (project, sent) = ingested();
    project.look(async |clients| {
        let buckets = clients.s3.list_buckets().send().await.unwrap();
        let names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
        let raw = names.into_iter().find(|name| name.contains("-raw-")).unwrap();
        let listed = clients.s3.list_objects_v2().bucket(raw).prefix("receipts/employees/");
        let listed = listed.send().await.unwrap();
        assert_eq!(listed.contents().len(), 1);
        let key = listed.contents()[0].key().unwrap();
        clients.s3.delete_object().bucket(raw).key(key).send().await.unwrap();
    });
    let summary = process(&project, &[]);
    assert_eq!((hop(&summary, "read"), hop(&summary, "lines")), (0, sent));
    assert!(
        summary.to_string().contains("of ingests without a receipt"),
        "{summary}"
    );
}
