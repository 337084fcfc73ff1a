//! Job runs that fail: what `pipectl run` and the logs say of it.

use std::fs;

use crate::project::{Project, Ran};
use crate::pyspark::{SCRIPT, Scripted, ingested, job_run, mend, undisturbed, warehouse};

/// The log of a job run.
fn run_log(project: &Project, run: &str) -> String {
    project.look(async |clients| {
        let request = clients.logs.get_log_events().log_group_name("/aws-glue/jobs/output");
        let answer = request.log_stream_name(run).start_from_head(true).send().await.unwrap();
        let lines = answer.events().iter().filter_map(|event| event.message());
        lines.collect::<Vec<_>>().join("\n")
    })
}

fn assert_says(ran: &Ran, code: i32, parts: &[&str]) {
    ran.assert_no_panic();
    assert_eq!(ran.code, code, "{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "no {part:?} in:\n{}", ran.stderr);
    }
}

#[test]
fn a_script_that_raises_shows_its_traceback() {
    let project = ingested();
    let scripted = Scripted::new(&project);
    project.write(SCRIPT, "def main():\n    raise ValueError('not today')\n\nmain()\n");
    project.done(&["deploy", "--yes"]);
    let ran = scripted.run(&["run", "--json"]);
    let run = job_run(&ran);
    let parts = [
        "the Glue job employees-local-etl ended FAILED (run jr_",
        "ValueError: not today",
        "  | Traceback (most recent call last):",
        "employee_etl.py\", line 2, in main",
        "/aws-glue/jobs/output",
        &run,
    ];
    assert_says(&ran, 1, &parts);
    let events = ran.events();
    let states: Vec<_> = events.iter().filter_map(|event| event["state"].as_str()).collect();
    assert_eq!(states.last(), Some(&"FAILED"), "{states:?}");
    assert_eq!(events[events.len() - 2]["event"], "error");
    assert_eq!(ran.summary()["load"]["batches"], 0, "what failed is not loaded");
    let log = run_log(&project, &run);
    assert!(
        log.contains("Traceback") && log.contains("ValueError: not today"),
        "{log}"
    );

    mend(&project);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn a_script_that_ends_badly_says_how() {
    let project = ingested();
    let scripted = Scripted::new(&project);
    for (script, said) in [
        ("import sys\nsys.exit(3)\n", "Command failed with exit code 3"),
        ("def f(:\n", "SyntaxError: invalid syntax"),
        (
            "import nothing_of_the_kind\n",
            "ModuleNotFoundError: No module named 'nothing_of_the_kind'",
        ),
    ] {
        project.write(SCRIPT, script);
        project.done(&["deploy", "--yes"]);
        assert_says(&scripted.run(&["run", "process"]), 1, &["ended FAILED", said]);
    }
}

#[test]
fn a_machine_without_pyspark_says_what_to_install() {
    let project = ingested();
    let mut command = project.command(&["run", "process"]);
    command
        .env("PIPECTL_GLUE_ENGINE", "spark")
        .env("PIPECTL_PYTHON", "/no/python3");
    let parts = ["/no/python3 cannot be run", "PIPECTL_PYTHON", "pip install 'pyspark"];
    assert_says(&Ran::from(command.output().unwrap()), 1, &parts);
}

#[test]
fn a_mistake_in_the_transformation_is_shown_with_its_line_and_no_value() {
    let project = ingested();
    let file = "sql/transform/employees.sql";
    let good = fs::read_to_string(project.path().join(file)).unwrap();
    let line = |text: &str, word: &str| text[..text.find(word).unwrap()].matches('\n').count() + 1;
    let bad = good.replacen("salary <", "salry <", 1);
    let unknown = format!("code/employees.sql, line {}: Binder Error", line(&bad, "salry"));
    let syntax = good.replacen("FROM accepted", "FORM accepted", 1);
    // FORM reads as an alias.
    let place = format!(
        "line {}: Parser Error: syntax error at or near \"accepted\"",
        line(&syntax, "FORM accepted")
    );
    let value = good.replacen(
        "    name,\n",
        "    CAST(CAST(name AS INTEGER) AS VARCHAR) AS name,\n",
        1,
    );
    let cases = [
        (bad, vec![unknown.as_str(), "Referenced column \"salry\" not found"]),
        (syntax, vec![place.as_str()]),
        (
            value,
            vec!["Conversion Error: a value does not fit type INT32 (the value is not shown)"],
        ),
    ];
    for (text, parts) in cases {
        project.write(file, text);
        project.done(&["deploy", "--yes"]);
        let ran = project.run(&["run", "process", "--json"]);
        assert_says(&ran, 1, &parts);
        let log = run_log(&project, &job_run(&ran));
        assert!(parts.iter().all(|part| log.contains(part)), "{log}");
        assert!(!log.contains("Arjun") && !ran.stderr.contains("Arjun"), "{log}");
    }
}

#[test]
fn a_role_that_glue_may_not_assume() {
    let project = ingested();
    let file = "configs/security/glue-role.json";
    let good = fs::read_to_string(project.path().join(file)).unwrap();
    // A condition is AWS's to decide: the deploy warns of it and goes on.
    let bad = good.replace(r#"{ "Ref": "AWS::AccountId" }"#, r#""111122223333""#);
    project.write(file, bad);
    let deployed = project.done(&["deploy", "--yes"]);
    let warning = "Glue can assume the role `GlueRole` for account 111122223333 only";
    assert!(deployed.stderr.contains(warning), "{}", deployed.stderr);
    let parts = [
        "glue StartJobRun on employees-local-etl: InvalidInputException: Role arn:aws:iam::000000000000:role/pipectl/",
        "should be given assume role permissions for Glue Service",
        "(request ",
        "help: the role must trust glue.amazonaws.com",
    ];
    assert_says(&project.run(&["run"]), 1, &parts);
    project.write(file, good);
    project.done(&["deploy", "--yes"]);
    project.done(&["run"]);
}
