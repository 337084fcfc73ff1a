//! Many mistakes at once, and mistakes that must not cause others.

use super::{fragment_mistakes, loaded, mistakes};

/// One file a stage; every one of the ten mistakes is of another kind.
const TEN: [(&str, &str); 6] = [
    (
        "pipeline.json",
        r#"{
  "name": "employees",
  "environments": { "local": { "parameters": { "ShardCont": 2 } } },
  "flow": { "stream": "Stream", "raw_bucket": "RawBuckets" }
}
"#,
    ),
    (
        "storage/buckets.json",
        r#"{
  "Resources": {
    "RawBucket": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "employees-raw" } },
    "CuratedBucket": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "employees-raw" } },
    "Archive": { "Type": "AWS::S3::Buckett" }
  }
}
"#,
    ),
    (
        "ingestion/a-stream.json",
        r#"{
  "Parameters": { "ShardCount": { "Type": "Number", "Default": 1 } },
  "Resources": {
    "Stream": {
      "Type": "AWS::Kinesis::Stream",
      "Properties": { "ShardCount": "many", "RetentionPeriodHour": 24 }
    }
  }
}
"#,
    ),
    (
        "ingestion/b-delivery.json",
        r#"{
  "Resources": {
    "Stream": { "Type": "AWS::Logs::LogGroup" },
    "Delivery": {
      "Type": "AWS::KinesisFirehose::DeliveryStream",
      "DependsOn": "Log",
      "Properties": {
        "ExtendedS3DestinationConfiguration": {
          "BucketARN": { "Fn::GetAtt": ["RawBucket", "Arn"] },
          "RoleARN": { "Fn::GetAtt": ["DeliveryRole", "Arn"] },
          "BufferingHints": { "SizeInMBs": 512, "IntervalInSeconds": 60 }
        }
      }
    },
    "Log": {
      "Type": "AWS::Logs::LogGroup",
      "Properties": { "LogGroupName": { "Fn::Sub": "/aws/${Delivery}" } }
    }
  }
}
"#,
    ),
    (
        "monitoring/alarms.json",
        "{\n  \"Resources\": {\n    \"Alarm\": 1,\n  }\n}\n",
    ),
    (
        "ingestion/source.json",
        r#"{ "record": "employees", "key": ["employee_id"], "partition_key": "employee_id",
  "columns": [ { "name": "employee_id", "type": "bigint" } ] }
"#,
    ),
];

#[test]
fn ten_mistakes_are_reported_in_one_pass() {
    // Without the broken file, so that what is missing is known to be missing.
    let files: Vec<_> = TEN
        .iter()
        .copied()
        .filter(|(path, _)| !path.starts_with("monitoring"))
        .collect();
    let found = loaded(&files).unwrap_err();
    insta::assert_snapshot!(found.render(false));
    assert!(found.len() >= 10, "{}", found.len());
}

#[test]
fn a_file_that_is_not_json_hides_only_what_may_be_in_it() {
    let found = mistakes(&TEN);
    insta::assert_snapshot!(found);
    assert!(!found.contains("DeliveryRole"), "{found}");
}

#[test]
fn as_json() {
    let found = loaded(&[(
        "storage/a.json",
        r#"{"Resources": {"B": {"Type": "AWS::S3::Buckett"}}}"#,
    )])
    .unwrap_err();
    insta::assert_json_snapshot!(found);
}

#[test]
fn colour_only_when_asked_for() {
    let found = loaded(&[("storage/a.json", "{")]).unwrap_err();
    assert!(found.render(true).contains("\u{1b}["));
    assert!(!found.to_string().contains("\u{1b}["));
}

#[test]
fn cycles_are_named_whole() {
    let group = |name: &str, to: &str| {
        format!(
            r#""{name}": {{"Type": "AWS::Logs::LogGroup", "Properties": {{"LogGroupName": {{"Fn::Sub": "/{name}/${{{to}}}"}}}}}}"#
        )
    };
    let three = format!(
        "{{\"Resources\": {{{},\n{},\n{},\n{}}}}}",
        group("A", "B"),
        group("B", "C"),
        group("C", "A"),
        group("D", "A")
    );
    let found = loaded(&[("storage/a.json", &three)]).unwrap_err();
    assert_eq!(found.len(), 1);
    let cycle = found.iter().next().unwrap();
    assert_eq!(cycle.message, "resources wait for each other: A -> B -> C -> A");
    let places: Vec<_> = cycle
        .related
        .iter()
        .map(|place| (place.line, place.message.as_str()))
        .collect();
    assert_eq!((cycle.line, places), (1, vec![(2, "B needs C"), (3, "C needs A")]));
    assert_eq!(
        fragment_mistakes(&format!("{{\"Resources\": {{{}}}}}", group("A", "A")))[0],
        "1:102 resource `A` refers to itself"
    );
}

#[test]
fn names_are_declared_once_in_the_whole_project() {
    let bucket = r#"{"Parameters": {"P": {"Type": "String", "Default": ""}}, "Conditions": {"C": {"Fn::Equals": [1, 1]}},
 "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}"#;
    let found = loaded(&[("storage/a.json", bucket), ("storage/b.json", bucket)]).unwrap_err();
    let shown: Vec<_> = found
        .iter()
        .map(|one| (one.message.as_str(), one.related[0].file.to_str().unwrap()))
        .collect();
    let first = "configs/storage/a.json";
    let expected = [
        ("parameter `P` is declared twice", first),
        ("condition `C` is declared twice", first),
        ("resource `B` is declared twice", first),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn shapes_of_fragments_are_checked() {
    let cases = [
        ("[]", "a fragment must be an object, not an array"),
        (r#"{"Resource": {}}"#, "a fragment has no setting `Resource`"),
        (r#"{"Resources": []}"#, "`Resources` must be an object, not an array"),
        (
            r#"{"Resources": {"A": 1}}"#,
            "resource `A` must be an object, not a number",
        ),
        (r#"{"Resources": {"A": {}}}"#, "resource `A` has no `Type`"),
        (
            r#"{"Resources": {"A-b": {"Type": "AWS::S3::Bucket"}}}"#,
            "`A-b` cannot be the name of a resource",
        ),
        (
            r#"{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Property": {}}}}"#,
            "resource `A` has an unknown attribute `Property`",
        ),
        (
            r#"{"Resources": {"A": {"Type": "AWS::S3::Bucket", "DependsOn": "X"}}}"#,
            "no resource is named `X`",
        ),
        (
            r#"{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Condition": "X"}}}"#,
            "no condition is named `X`",
        ),
        (
            r#"{"Resources": {"A": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Keep"}}}"#,
            "`DeletionPolicy` of resource `A`: no `Keep`",
        ),
        (
            r#"{"Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": 1}}}"#,
            "`Properties` must be an object, not a number",
        ),
    ];
    for (text, expected) in cases {
        let found = fragment_mistakes(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].contains(expected), "{text}: {found:?}");
    }
}

#[test]
fn physical_names_are_unique() {
    let roles = |second: &str| {
        let role = |id: &str, name: &str| {
            format!(
                r#""{id}": {{"Type": "AWS::IAM::Role", "Properties": {{"RoleName": "{name}", "AssumeRolePolicyDocument": "{{}}"}}}}"#
            )
        };
        format!("{{\"Resources\": {{{},\n{}}}}}", role("A", "one"), role("B", second))
    };
    assert_eq!(fragment_mistakes(&roles("two")), Vec::<String>::new());
    for same in ["one", "ONE"] {
        let found = fragment_mistakes(&roles(same));
        assert_eq!(found, [format!("2:60 `B` and `A` are one AWS::IAM::Role named {same}")]);
    }
}

#[test]
fn folders_and_files_that_would_be_ignored_are_named() {
    let found = mistakes(&[("storge/a.json", "{}"), ("storage/b.yaml", "x")]);
    assert!(
        found.contains("unknown-stage configs/storge is not a stage (did you mean `storage`?)"),
        "{found}"
    );
    assert!(
        found.contains("storage/b.yaml:1:1 ignored-file this file is not read"),
        "{found}"
    );
    let empty = tempfile::tempdir().unwrap();
    let found = crate::template::load(empty.path(), &Default::default()).unwrap_err();
    assert_eq!(found.iter().next().unwrap().code, "no-project");
    assert_eq!(found.len(), 1);
}

#[test]
fn text_that_is_not_utf8_is_reported() {
    let folder = super::project(&[("storage/a.json", "{}")]);
    std::fs::write(folder.path().join("configs/storage/a.json"), b"{\n\"\xff\": 1}").unwrap();
    let found = crate::template::load(folder.path(), &Default::default()).unwrap_err();
    assert_eq!(
        super::lines(&found),
        "storage/a.json:2:2 json-syntax the file is not UTF-8 (save it with the encoding UTF-8)"
    );
}

#[test]
fn a_byte_order_mark_is_ignored_and_moves_no_column() {
    let found = mistakes(&[("storage/a.json", "\u{feff}{\"Resource\": {}}")]);
    assert!(found.starts_with("storage/a.json:1:2 unknown-key"), "{found}");
}
