//! Loads that the warehouse refuses: where, why, what to do; and that nothing of them is kept.

use std::fs;
use std::io::Write;

use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use crate::project::{Project, Ran};
use crate::pyspark::{ingested, undisturbed, warehouse};

const LOAD: &str = "sql/load/employees.sql";

/// A project that has processed its sample, and its load script.
fn processed() -> (Project, String) {
    let project = ingested();
    project.done(&["run", "process"]);
    let script = fs::read_to_string(project.path().join(LOAD)).unwrap();
    (project, script)
}

fn assert_says(ran: &Ran, code: i32, parts: &[&str]) {
    ran.assert_no_panic();
    assert_eq!(ran.code, code, "{}", ran.stderr);
    for part in parts {
        assert!(ran.stderr.contains(part), "no {part:?} in:\n{}", ran.stderr);
    }
}

fn query(project: &Project, sql: &str) -> Value {
    serde_json::from_str(&project.done(&["query", sql, "--json"]).stdout).unwrap()
}

fn line_of(text: &str, word: &str) -> usize {
    text[..text.find(word).unwrap()].matches('\n').count() + 1
}

#[test]
fn a_mistake_in_the_load_script_is_shown_with_its_place_and_rolls_the_load_back() {
    let (project, good) = processed();
    for (from, to, word, column, said) in [
        (
            "LEFT JOIN hr.employees AS present",
            "LEFT JION hr.employees AS present",
            "JION",
            10,
            "syntax error at or near \"JION\"",
        ),
        (
            "    department,",
            "    departmnt,",
            "departmnt",
            5,
            "column \"departmnt\" does not exist",
        ),
        (
            "(LIKE hr.employee_skills)",
            "(LIKE hr.skillz)",
            "hr.skillz",
            47,
            "relation \"hr.skillz\" does not exist",
        ),
        ("GETDATE()", "GETDTE()", "GETDTE", 5, "GETDTE"),
    ] {
        let bad = good.replacen(from, to, 1);
        project.write(LOAD, &bad);
        let place = format!("--> {LOAD}:{}:{column}\n", line_of(&bad, word));
        let ran = project.run(&["run", "load"]);
        let parts = [
            "and nothing of it was kept: ",
            said,
            &place,
            "= redshift-data BatchExecuteStatement on employees-local, statement ",
        ];
        assert_says(&ran, 1, &parts);
        let hint = ran.stderr.rsplit_once("help: ").unwrap().1;
        assert!(
            hint.contains(&format!("correct {LOAD}")) || hint.contains("pipectl deploy"),
            "{hint}"
        );
    }
    assert_eq!(
        query(&project, "SELECT COUNT(*) AS n FROM hr.load_ledger"),
        json!([{ "n": 0 }])
    );
    assert_eq!(
        query(&project, "SELECT COUNT(*) AS n FROM hr.employees"),
        json!([{ "n": 0 }])
    );
    project.write(LOAD, &good);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn a_variable_that_there_is_not_and_counts_that_are_not_returned() {
    let (project, good) = processed();
    project.write(LOAD, good.replacen("${Batch}", "${Btch}", 1));
    let place = format!(
        "{LOAD}, line {}: there is no variable ${{Btch}}",
        line_of(&good, "${Batch}")
    );
    assert_says(&project.run(&["run", "load"]), 1, &[&place, "${CopyRole}"]);

    project.write(
        LOAD,
        good.replace("SELECT rows_staged, rows_inserted,", "SELECT rows_staged,"),
    );
    let parts = [
        "is loaded, but the load script",
        "no count named rows_inserted",
        "must return one row with",
    ];
    assert_says(&project.run(&["run", "load"]), 1, &parts);
    project.write(LOAD, good);
    let summary = project.done(&["run", "load", "--json"]).summary();
    assert_eq!(summary["load"]["batches_unchanged"], 1, "{summary}");
}

#[test]
fn a_mistake_in_a_view_is_shown_by_validate_and_by_deploy() {
    let project = Project::employees();
    let file = "sql/views/age_vs_salary.sql";
    let good = fs::read_to_string(project.path().join(file)).unwrap();
    let syntax = good.replacen("\nFROM (", "\nFORM (", 1);
    let unknown = good.replacen("MIN(salary)", "MIN(slary)", 1);
    for (bad, word, said) in [
        (&syntax, "FORM", "syntax error at or near \"FORM\""),
        (&unknown, "slary", "column \"slary\" does not exist"),
    ] {
        project.write(file, bad);
        let place = format!("{file}:{}:", line_of(bad, word));
        let parts = ["script-fails", said, &place, "the project's SQL does not run"];
        assert_says(&project.run(&["validate"]), 2, &parts);
        let failed = format!("{file}:{}: ERROR: {said}", line_of(bad, word));
        let parts = [
            "WarehouseViews",
            "redshift-data BatchExecuteStatement on employees-local",
            &failed,
            "help: ",
        ];
        assert_says(&project.run(&["deploy", "--yes"]), 1, &parts);
    }
    project.write(file, good);
    project.done(&["validate"]);
    project.done(&["deploy", "--yes"]);
}

#[test]
fn curated_files_that_do_not_fit_the_table() {
    let (project, good) = processed();
    let schema = fs::read_to_string(project.path().join("sql/schema/02-employees.sql")).unwrap();
    for (from, to, parts) in [
        (
            "salary_band VARCHAR(16)",
            "salary_band INTEGER",
            ["incompatible Parquet schema", "salary_band", "Column type: INT"],
        ),
        (
            "name VARCHAR(200)",
            "name VARCHAR(5)",
            ["longer than the length defined in the table", "name", "Table: 5"],
        ),
        (
            "    tenure_years SMALLINT ENCODE az64,\n",
            "",
            ["Unmatched number of columns", "Table columns: 11", "Data columns: 12"],
        ),
    ] {
        assert!(schema.contains(from));
        project.done(&["query", "DROP TABLE hr.employees CASCADE"]);
        let file = project.write("other.sql", schema.replacen(from, to, 1));
        project.done(&["query", file.to_str().unwrap()]);
        let ran = project.run(&["run", "load"]);
        assert_says(&ran, 1, &parts);
        let place = format!("--> {LOAD}:{}:1\n", line_of(&good, "COPY stage_employees"));
        assert_says(
            &ran,
            1,
            &[
                "/curated/employees/dt=",
                ".parquet",
                &place,
                "pipectl validate compares",
                "(code 15",
            ],
        );
        assert!(
            !ran.stderr.contains("row 0") && !ran.stderr.contains("-----"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn a_row_that_copy_cannot_take_is_named_without_its_value() {
    let (project, good) = processed();
    put(
        &project,
        "manifests/rows.json",
        b"{\"id\": 1, \"age\": 30}\n{\"id\": 2, \"age\": \"thirty-one\"}\n",
    );
    let copy = format!(
        "CREATE TEMP TABLE counted (id INTEGER, age INTEGER);\n\
         COPY counted FROM 's3://{}/manifests/rows.json' IAM_ROLE '${{CopyRole}}' FORMAT JSON 'auto';\n\n",
        bucket(&project)
    );
    project.write(LOAD, format!("{copy}{good}"));
    let ran = project.run(&["run", "load", "--json"]);
    let parts = [
        "/manifests/rows.json, row 2, column age (int4): ",
        "Value not shown",
        "(code 1207)",
        &format!("--> {LOAD}:2:1\n"),
    ];
    assert_says(&ran, 1, &parts);
    assert!(
        !ran.stderr.contains("thirty") && !ran.stdout.contains("thirty"),
        "{}",
        ran.stderr
    );
    project.write(LOAD, good);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn a_role_that_redshift_may_not_assume() {
    let (project, _) = processed();
    let file = "configs/security/warehouse-role.json";
    let good = fs::read_to_string(project.path().join(file)).unwrap();
    let action = r#""Action": "sts:AssumeRole""#;
    let condition = r#", "Condition": { "StringEquals": { "aws:SourceAccount": "111122223333" } }"#;
    project.write(file, good.replacen(action, &format!("{action}{condition}"), 1));
    let deployed = project.done(&["deploy", "--yes"]);
    let warning = "Redshift can assume the role `WarehouseRole` for account 111122223333 only";
    assert!(deployed.stderr.contains(warning), "{}", deployed.stderr);
    let ran = project.run(&["run"]);
    let parts = [
        "is not authorized to assume IAM Role arn:aws:iam::000000000000:role/pipectl/employees/local/employees-local-warehouse",
        "(code 8001)",
        "COPY stage_employees",
        "help: attach the role to the warehouse (IamRoles) and let it trust redshift.amazonaws.com",
    ];
    assert_says(&ran, 1, &parts);
    project.write(file, good);
    project.done(&["deploy", "--yes"]);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn curated_files_that_are_gone_or_damaged() {
    let (project, _) = processed();
    for damaged in [true, false] {
        project.look(async |clients| {
            let bucket = bucket_of(clients).await;
            let listed = clients
                .s3
                .list_objects_v2()
                .bucket(&bucket)
                .prefix("curated/employees/");
            let listed = listed.send().await.unwrap();
            let key = listed.contents()[0].key().unwrap();
            match damaged {
                true => drop(
                    clients
                        .s3
                        .put_object()
                        .bucket(&bucket)
                        .key(key)
                        .body(ByteStream::from_static(b"PAR1"))
                        .send()
                        .await
                        .unwrap(),
                ),
                false => drop(
                    clients
                        .s3
                        .delete_object()
                        .bucket(&bucket)
                        .key(key)
                        .send()
                        .await
                        .unwrap(),
                ),
            }
        });
        let ran = project.run(&["run", "load"]);
        assert_says(
            &ran,
            1,
            &[
                "nothing of it was kept",
                "COPY stage_employees",
                "pipectl run process --all",
            ],
        );
    }
    project.done(&["run", "process", "--all"]);
    project.done(&["run"]);
    assert_eq!(warehouse(&project), undisturbed());
}

#[test]
fn what_is_not_there_yet_is_said_with_the_command_that_makes_it() {
    let project = Project::employees();
    for arguments in [
        &["run"][..],
        &["run", "process"],
        &["run", "load"],
        &["query", "SELECT 1"],
    ] {
        assert_says(
            &project.run(arguments),
            1,
            &["does not exist", "help: run pipectl deploy first"],
        );
    }
    project.done(&["deploy", "--yes"]);
    let parts = [
        "nothing was ingested yet (pipectl ingest FILE)",
        "no batch to be loaded",
    ];
    assert_says(&project.run(&["run"]), 0, &parts);
    let parts = ["no partition dt=2026-01-01", "run pipectl ingest first"];
    assert_says(&project.run(&["run", "process", "--date", "2026-01-01"]), 2, &parts);
    let parts = ["2026-01-01 has not been processed", "run pipectl run process first"];
    assert_says(&project.run(&["run", "load", "--date", "2026-01-01"]), 2, &parts);
}

#[test]
fn every_part_of_the_flow_that_is_missing_is_named() {
    let project = Project::employees();
    let file = "configs/pipeline.json";
    let good: Value = serde_json::from_slice(&fs::read(project.path().join(file)).unwrap()).unwrap();
    project.done(&["deploy", "--yes"]);
    for part in [
        "raw_bucket",
        "curated_bucket",
        "job",
        "warehouse",
        "copy_role",
        "load",
        "ledger",
    ] {
        let mut bad = good.clone();
        bad["flow"].as_object_mut().unwrap().remove(part);
        project.write(file, bad.to_string());
        assert_says(
            &project.run(&["run"]),
            2,
            &[&format!("flow.{part}"), "configs/pipeline.json"],
        );
    }
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("flow");
    project.write(file, bad.to_string());
    assert_says(&project.run(&["run"]), 2, &["flow.raw_bucket"]);
    assert_says(&project.run(&["query", "SELECT 1"]), 2, &["flow.warehouse"]);
    for (part, value, message) in [
        ("jobb", "EmployeeJob", "did you mean `job`?"),
        ("job", "EmployeeJbo", "did you mean `EmployeeJob`?"),
        ("job", "RawBucket", "must be of type AWS::Glue::Job"),
        ("ledger", "hr.x; DROP", "write schema.table"),
        (
            "load",
            "sql/load/employes.sql",
            "did you mean `sql/load/employees.sql`?",
        ),
    ] {
        let mut bad = good.clone();
        bad["flow"][part] = value.into();
        project.write(file, bad.to_string());
        assert_says(&project.run(&["run"]), 2, &[message]);
    }
    let mut bad = good.clone();
    bad["flow"]["ledger"] = "hr.ledgr".into();
    project.write(file, bad.to_string());
    let parts = [
        "the ledger cannot be read: relation \"hr.ledgr\" does not exist",
        "help: flow.ledger",
    ];
    assert_says(&project.run(&["run"]), 1, &parts);
}

#[test]
fn a_symbolic_link_to_nothing_is_called_that() {
    let project = Project::employees();
    for (file, said) in [
        (LOAD, "`sql/load/employees.sql` is a symbolic link to nothing"),
        (
            "sql/views/age_vs_salary.sql",
            "`sql/views/age_vs_salary.sql` is a symbolic link to nothing",
        ),
        (
            "glue_scripts/employee_etl.py",
            "`glue_scripts/employee_etl.py` is a symbolic link to nothing",
        ),
    ] {
        let path = project.path().join(file);
        let text = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("moved/elsewhere", &path).unwrap();
        let ran = project.run(&["validate"]);
        assert_says(&ran, 2, &[said, "it points to `moved/elsewhere`, which does not exist"]);
        assert!(!ran.stderr.contains("did you mean"), "{}", ran.stderr);
        fs::remove_file(&path).unwrap();
        fs::File::create(&path).unwrap().write_all(&text).unwrap();
    }
    project.done(&["validate"]);
}

async fn bucket_of(clients: &pipectl::aws::Clients) -> String {
    let buckets = clients.s3.list_buckets().send().await.unwrap();
    let mut names = buckets.buckets().iter().filter_map(|bucket| bucket.name());
    names.find(|name| name.contains("-curated-")).unwrap().to_owned()
}

/// Name of the curated bucket.
fn bucket(project: &Project) -> String {
    project.look(bucket_of)
}

/// Puts an object into the curated bucket.
fn put(project: &Project, key: &str, body: &'static [u8]) {
    project.look(async |clients| {
        let request = clients.s3.put_object().bucket(bucket_of(clients).await).key(key);
        request.body(ByteStream::from_static(body)).send().await.unwrap();
    });
}
