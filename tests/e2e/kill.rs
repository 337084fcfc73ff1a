//! `kill -9` at every event of a run; the same command again finishes the work.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::project::Project;
use crate::walk::{accepted, assert_nothing_left};

/// Starts a command and kills it after its `lines`th event; true if it ended by itself before that.
fn killed_after(project: &Project, arguments: &[&str], lines: usize) -> bool {
    let mut child = project.start(arguments);
    let mut events = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..lines {
        if events.next().is_none() {
            child.wait().unwrap();
            return true;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

#[test]
fn deploy_killed_anywhere_converges() {
    let project = Project::employees();
    let mut lines = 1;
    while !killed_after(&project, &["deploy", "--yes", "--json"], lines) {
        lines += 1;
        assert!(lines < 200, "never finished");
    }
    let settled = project.done(&["deploy", "--yes", "--json"]).summary();
    assert_eq!(
        (&settled["created"], &settled["failed"]),
        (&0.into(), &0.into()),
        "{settled}"
    );
}

#[test]
fn teardown_killed_anywhere_converges() {
    for lines in [1, 3, 5, 8, 11] {
        let project = Project::employees();
        project.done(&["deploy", "--yes"]);
        project.sample();
        project.run(&["ingest", "employees.csv"]);
        killed_after(&project, &["teardown", "--yes", "--json"], lines);
        project.done(&["teardown", "--yes"]);
        let nothing = project.done(&["teardown", "--yes", "--json"]).summary();
        assert_eq!(nothing["deleted"], 0, "after {lines} events: {nothing}");
        assert_nothing_left(&project);
    }
}

#[test]
fn ingest_killed_half_way_loses_no_row_when_it_is_run_again() {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    let csv = std::fs::read_to_string(project.sample()).unwrap();

    // Half the rows go down a pipe that stays open, so the process is alive when it is killed.
    let mut command = project.command(&["ingest", "-", "--json"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&csv.as_bytes()[..csv.len() / 2]).unwrap();
    stdin.flush().unwrap();
    let mut events = BufReader::new(child.stdout.take().unwrap()).lines();
    let progress = events.next().expect("progress").unwrap();
    assert!(progress.contains("\"progress\""), "{progress}");
    child.kill().unwrap();
    child.wait().unwrap();
    drop(stdin);

    let ran = project.run(&["ingest", "employees.csv", "--json"]);
    let summary = ran.summary();
    let rejects = std::fs::read_to_string(project.path().join(summary["rejects_file"].as_str().unwrap())).unwrap();
    let expected = accepted(&csv, "employee_id", Some(&rejects));
    let delivered = project.delivered("raw/employees/", "employee_id");
    for (key, count) in &expected {
        let seen = delivered.get(key).copied().unwrap_or_default();
        assert!(seen >= *count, "employee {key}: {seen} of {count} rows delivered");
    }
    assert!(
        delivered.keys().all(|key| expected.contains_key(key)),
        "rows that nobody sent"
    );
    let (rows, sent) = (delivered.values().sum::<usize>(), expected.values().sum::<usize>());
    assert!(
        rows > sent,
        "the first half was delivered as well: {rows} rows, {sent} in the file"
    );
}
