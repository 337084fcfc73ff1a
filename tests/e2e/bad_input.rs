//! Wrong input: a clear message, the right exit code, no panic, nothing lost.

use crate::project::{Project, Ran};

/// A deployed project and one ingest of `name`.
fn ingest(name: &str, content: Option<&[u8]>) -> Ran {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    if let Some(content) = content {
        project.write(name, content);
    }
    let ran = project.run(&["ingest", name]);
    ran.assert_no_panic();
    ran
}

const HEADER: &str = "employee_id,name,age,department,skills,salary,hire_date\n";
const ROW: &str = "1,Ada,36,Engineering,sql,90000,2020-01-01\n";

#[test]
fn files_that_hold_nothing_to_ingest() {
    let cases: [(&str, Option<&[u8]>, &str); 6] = [
        ("missing.csv", None, "missing.csv: cannot be opened"),
        ("empty.csv", Some(b""), "is empty"),
        ("header.csv", Some(HEADER.as_bytes()), "has a header but no rows"),
        (
            "lacking.csv",
            Some(b"employee_id,name,age,department,skills,pay,hire_date\n1,a,30,Sales,,1,2020-01-01\n"),
            "lacks \"salary\"",
        ),
        (
            "twice.csv",
            Some(b"employee_id,name,name,age,department,skills,salary,hire_date\n"),
            "\"name\" stands in columns 2 and 3",
        ),
        ("configs", None, "is a directory"),
    ];
    for (name, content, message) in cases {
        let ran = ingest(name, content);
        assert_eq!(ran.code, 1, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{name}: {}", ran.stderr);
    }
}

#[test]
fn rows_that_break_the_contract_are_kept_aside_and_the_rest_goes_on() {
    let huge = format!("2,{},36,Engineering,sql,90000,2020-01-01\n", "x".repeat(12 << 20));
    let cases: [(&str, Vec<u8>); 3] = [
        (
            "invalid-utf8.csv",
            [b"2,\xff\xfe,36,Engineering,sql,90000,2020-01-01\n".as_slice()].concat(),
        ),
        ("ragged.csv", b"2,Bob,36\n".to_vec()),
        ("huge.csv", huge.into_bytes()),
    ];
    for (name, bad) in cases {
        let ran = ingest(
            name,
            Some(&[HEADER.as_bytes(), ROW.as_bytes(), &bad, ROW.as_bytes()].concat()),
        );
        assert_eq!(ran.code, 3, "{name}: {}", ran.stderr);
        assert!(
            ran.stderr.contains("3 rows read: 2 sent") && ran.stderr.contains("1 rejected"),
            "{name}: {}",
            ran.stderr
        );
    }
}

#[test]
fn ingest_before_deploy_says_so() {
    let project = Project::employees();
    project.sample();
    let ran = project.run(&["ingest", "employees.csv"]);
    ran.assert_no_panic();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("pipectl deploy"), "{}", ran.stderr);
}

#[test]
fn an_endpoint_that_refuses() {
    let project = Project::employees();
    // Port 9 (discard) on loopback: nothing listens there.
    let ran = project.run(&["status", "--endpoint-url", "http://127.0.0.1:9"]);
    ran.assert_no_panic();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("127.0.0.1:9"), "{}", ran.stderr);
}

#[test]
fn a_failed_ingest_still_ends_with_its_summary() {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    let ran = project.run(&["ingest", "missing.csv", "--json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.summary()["rows_sent"], 0);
    assert_eq!(ran.events()[0]["event"], "error");
}

#[test]
fn what_cannot_work_is_refused_before_a_row_is_sent() {
    let project = Project::employees();
    project.done(&["deploy", "--yes"]);
    project.sample();
    for (arguments, message) in [
        (&["ingest", "-", "-"][..], "named more than once"),
        (
            &["ingest", "employees.csv", "--rejects", "missing/rejects.jsonl"],
            "cannot be written",
        ),
    ] {
        let ran = project.run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.stderr);
        assert!(
            ran.stderr.contains(message) && ran.stderr.contains("no row was sent"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn an_endpoint_that_is_no_url() {
    let project = Project::employees();
    for url in ["nonsense", "127.0.0.1:4566", "localhost:4566", "ftp://127.0.0.1"] {
        let ran = project.run(&["status", "--endpoint-url", url]);
        assert_eq!(ran.code, 2, "{url}: {}", ran.stderr);
        assert!(ran.stderr.contains("is not the URL of an endpoint"), "{}", ran.stderr);
    }
}

#[test]
fn damaged_data_of_the_embedded_aws_comes_with_a_way_out() {
    let project = Project::employees();
    project.write(".pipectl/local/state.redb", "not a database");
    let ran = project.run(&["status"]);
    ran.assert_no_panic();
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("remove the folder"), "{}", ran.stderr);
}

/// /dev/full answers every write with "No space left on device".
#[cfg(target_os = "linux")]
#[test]
fn data_that_does_not_reach_stdout_is_a_failure() {
    let project = Project::employees();
    for arguments in [&["export"][..], &["status", "--json"], &["validate"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = Ran::from(project.command(arguments).stdout(full).output().unwrap());
        assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("standard output"), "{}", ran.stderr);
    }
}

#[test]
fn usage_errors_exit_with_2() {
    let project = Project::employees();
    for arguments in [
        &["ingest"][..],
        &["deploy", "--env", "prod"],
        &["deploy", "--stage", "ingestoin"],
        &["nonsense"],
    ] {
        let ran = project.run(arguments);
        ran.assert_no_panic();
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
    }
    let typo = project.run(&["deploy", "--stage", "ingestoin"]);
    assert!(typo.stderr.contains("ingestion"), "{}", typo.stderr);
}

#[test]
fn ten_mistakes_are_reported_in_one_pass() {
    let project = Project::employees();
    project.write("configs/storage/raw.json", TEN_MISTAKES);
    let ran = project.run(&["validate"]);
    ran.assert_no_panic();
    assert_eq!(ran.code, 2);
    insta::assert_snapshot!(ran.stderr);
}

const TEN_MISTAKES: &str = r#"{
  "Resources": {
    "RawBucket": {
      "Type": "AWS::S3::Bukket",
      "Properties": { "BucketName": "fine" }
    },
    "Spare": {
      "Type": "AWS::S3::Bucket",
      "Properties": {
        "BucketName": "Not A Bucket Name",
        "VersioningConfigurations": { "Status": "Enabled" },
        "BucketEncryption": { "ServerSideEncryptionConfiguration": "AES256" }
      }
    },
    "SpareStream": {
      "Type": "AWS::Kinesis::Stream",
      "Properties": {
        "Name": { "Fn::Sub": "${AWS::StackName}-records" },
        "RetentionPeriodHours": 9000,
        "StreamModeDetails": { "StreamMode": "ONDEMAND" }
      }
    },
    "SparePolicy": {
      "Type": "AWS::S3::BucketPolicy",
      "Properties": {
        "Bucket": { "Ref": "Spear" },
        "PolicyDocument": { "Fn::GetAtt": ["Spare", "Arm"] }
      }
    },
    "Loop": {
      "Type": "AWS::Logs::LogGroup",
      "DependsOn": "Loop",
      "Condition": "Sometimes",
      "Properties": { "RetentionInDays": "a week" }
    }
  }
}
"#;
