//! The main job: deploy, ingest, status, teardown; every row accounted for.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::project::Project;

/// How often each accepted key of a CSV occurs: all rows but those the rejects file holds.
pub fn accepted(csv: &str, key: &str, rejects: Option<&str>) -> BTreeMap<i64, usize> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(csv.as_bytes());
    let column = reader
        .headers()
        .unwrap()
        .iter()
        .position(|header| header == key)
        .unwrap();
    let rejected: Vec<u64> = rejects
        .unwrap_or_default()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["row"].as_u64().unwrap())
        .collect();
    let mut counts = BTreeMap::new();
    for (index, record) in reader.records().enumerate() {
        if rejected.contains(&(index as u64 + 1)) {
            continue;
        }
        *counts.entry(record.unwrap()[column].parse().unwrap()).or_default() += 1;
    }
    counts
}

#[test]
fn employees_from_deploy_to_teardown() {
    let project = Project::employees();
    let deployed = project.done(&["deploy", "--yes", "--json"]).summary();
    assert!(
        deployed["created"].as_u64().unwrap() >= 7 && deployed["failed"] == 0,
        "{deployed}"
    );

    let csv = project.sample();
    let ran = project.run(&["ingest", "employees.csv", "--json"]);
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let summary = ran.summary();
    let number = |name: &str| summary[name].as_u64().unwrap();
    assert_eq!(number("rows_sent") + number("rows_rejected"), number("rows_read"));
    assert!(
        number("rows_read") >= 1000 && number("rows_rejected") >= 10,
        "{summary}"
    );
    let rejects = fs::read_to_string(
        summary["rejects_file"]
            .as_str()
            .map(|file| project.path().join(file))
            .unwrap(),
    )
    .unwrap();
    assert_eq!(rejects.lines().count() as u64, number("rows_rejected"));

    let delivered = project.delivered("raw/employees/", "employee_id");
    assert_eq!(delivered.values().sum::<usize>() as u64, number("rows_sent"));
    assert_eq!(
        delivered,
        accepted(&fs::read_to_string(csv).unwrap(), "employee_id", Some(&rejects))
    );

    let status: Value = serde_json::from_str(&project.done(&["status", "--json"]).stdout).unwrap();
    for resource in status["resources"].as_array().unwrap() {
        assert!(resource["physical_id"].is_string(), "{resource}");
        assert_ne!(resource["state"], "MISSING", "{resource}");
        assert_eq!(resource["drift"].as_array().map(Vec::len), Some(0), "{resource}");
    }

    let gone = project.done(&["teardown", "--yes", "--json"]).summary();
    assert_eq!(gone["deleted"], deployed["created"], "{gone}");
    assert_nothing_left(&project);
}

pub fn assert_nothing_left(project: &Project) {
    project.look(async |clients| {
        assert!(clients.s3.list_buckets().send().await.unwrap().buckets().is_empty());
        assert!(
            clients
                .kinesis
                .list_streams()
                .send()
                .await
                .unwrap()
                .stream_names()
                .is_empty()
        );
        assert!(
            clients
                .firehose
                .list_delivery_streams()
                .send()
                .await
                .unwrap()
                .delivery_stream_names()
                .is_empty()
        );
        assert!(clients.iam.list_roles().send().await.unwrap().roles().is_empty());
        assert!(
            clients
                .logs
                .describe_log_groups()
                .send()
                .await
                .unwrap()
                .log_groups()
                .is_empty()
        );
    });
}

#[test]
fn ibm_hr_from_deploy_to_teardown() {
    let project = Project::ibm_hr();
    project.done(&["deploy", "--yes"]);
    let summary = project.done(&["ingest", "ibm_hr_attrition.csv", "--json"]).summary();
    assert_eq!(
        (summary["rows_read"].as_u64(), summary["rows_sent"].as_u64()),
        (Some(1470), Some(1470))
    );
    assert!(summary["rejects_file"].is_null(), "{summary}");
    let csv = fs::read_to_string(project.path().join("ibm_hr_attrition.csv")).unwrap();
    assert_eq!(
        project.delivered("raw/employees/", "employee_number"),
        accepted(&csv, "rownames", None)
    );
    project.done(&["teardown", "--yes"]);
    assert_nothing_left(&project);
}

#[test]
fn the_second_deploy_changes_nothing_and_writes_nothing() {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    let recording = project.path().join("second.jsonl");
    let mut command = project.command(&["deploy", "--yes", "--json"]);
    let ran = crate::project::Ran::from(command.env("PIPECTL_RECORD_REQUESTS", &recording).output().unwrap());
    let summary = ran.summary();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for changed in ["created", "updated", "deleted", "failed"] {
        assert_eq!(summary[changed], 0, "{summary}");
    }
    let sent = fs::read_to_string(recording).unwrap();
    let writes: Vec<&str> = sent.lines().filter(|line| is_write(line)).collect();
    assert!(!sent.is_empty() && writes.is_empty(), "{writes:#?}");
}

/// Whether a recorded request changes something, by its operation's name or, for S3, its method.
fn is_write(line: &str) -> bool {
    let request: Value = serde_json::from_str(line).unwrap();
    if request["service"] == "s3" {
        return !["GET", "HEAD"].contains(&request["method"].as_str().unwrap());
    }
    let operation = request["operation"].as_str().unwrap();
    !["Get", "List", "Describe"]
        .iter()
        .any(|verb| operation.starts_with(verb))
}

#[test]
fn a_stage_can_be_deployed_alone_once_what_it_needs_is_there() {
    let project = Project::employees();
    let alone = project.run(&["deploy", "--yes", "--stage", "security"]);
    assert_ne!(alone.code, 0, "the role names a stream and a bucket that do not exist");
    alone.assert_no_panic();
    project.done(&["deploy", "--yes"]);
    let again = project
        .done(&["deploy", "--yes", "--json", "--stage", "security"])
        .summary();
    assert_eq!(again["unchanged"], 3, "{again}");
}

#[test]
fn a_kept_bucket_gets_what_firehose_had_buffered() {
    let project = Project::employees();
    let raw = fs::read_to_string(project.path().join("configs/storage/raw.json")).unwrap();
    project.write(
        "configs/storage/raw.json",
        raw.replace("\"DeletionPolicy\": \"Delete\"", "\"DeletionPolicy\": \"Retain\""),
    );
    project.done(&["deploy", "--yes"]);
    project.sample();
    let sent = project.run(&["ingest", "employees.csv", "--json"]).summary()["rows_sent"]
        .as_u64()
        .unwrap();
    let gone = project.done(&["teardown", "--yes", "--json"]).summary();
    assert_eq!(gone["kept"], 1, "{gone}");
    assert_eq!(
        project
            .delivered("raw/employees/", "employee_id")
            .values()
            .sum::<usize>() as u64,
        sent
    );
}
