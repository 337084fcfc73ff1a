//! Environments, stages, conditions on resources, and names.

use super::{in_environment, lines, loaded, mistakes, project};
use crate::template::{LoadOptions, load};

const PIPELINE: &str = r#"{"name": "demo", "environments": {
  "dev": {"account": "111122223333", "region": "eu-west-1", "profile": "d", "parameters": {"Shards": 3}},
  "moto": {"account": "123456789012", "region": "us-east-1", "endpoint": "http://127.0.0.1:5101",
    "stages": ["storage"], "ingest": {"aggregate": false}},
  "local": {"embedded": {"limits": "aws", "timing": "fast"}}},
  "flow": {"stream": "S", "raw_bucket": "B"}}"#;
const STORAGE: &str = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}}}"#;
const INGESTION: &str = r#"{"Parameters": {"Shards": {"Type": "Number", "Default": 1}}, "Resources": {
  "S": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": {"Ref": "Shards"}}},
  "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": "/x/${B}"}}, "DependsOn": "S"}}}"#;
const FILES: [(&str, &str); 3] = [
    ("pipeline.json", PIPELINE),
    ("storage/b.json", STORAGE),
    ("ingestion/s.json", INGESTION),
];

#[test]
fn an_environment_gives_values_to_parameters() {
    let dev = in_environment(&FILES, "dev").unwrap();
    assert_eq!(
        (dev.environment.account.as_str(), dev.environment.region.as_str()),
        ("111122223333", "eu-west-1")
    );
    assert_eq!(
        (dev.environment.profile.as_deref(), dev.environment.embedded),
        (Some("d"), None)
    );
    let names: Vec<_> = dev.resources.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(names, ["B", "Log", "S"]);
    assert_eq!(dev.resources[2].properties["ShardCount"], 3);
    assert_eq!(dev.resources[2].properties["Name"], "demo-dev-s");
    assert_eq!(
        dev.resources[0].properties["BucketName"],
        "demo-dev-b-111122223333-eu-west-1"
    );
    assert!(dev.resources[0].retain && !dev.resources[2].retain);
    assert_eq!(dev.resources[2].line, 2);
    assert_eq!(dev.resources[1].dependencies.iter().collect::<Vec<_>>(), ["B", "S"]);
    assert!(dev.resources[2].replacement_paths.contains(&"/Name".to_owned()));
    assert_eq!(
        (dev.flow.stream.as_deref(), dev.flow.delivery_stream),
        (Some("S"), None)
    );
}

#[test]
fn local_is_always_there() {
    let local = loaded(&FILES).unwrap();
    let environment = &local.environment;
    assert_eq!(
        (environment.name.as_str(), environment.account.as_str()),
        ("local", "000000000000")
    );
    assert!(environment.embedded.unwrap().aws_limits);
    let bare = loaded(&[]).unwrap();
    assert_eq!(
        (bare.environment.region.as_str(), bare.name.as_str()),
        ("us-east-1", "demo")
    );
    assert!(bare.environment.embedded.is_some() && bare.environment.ingest.aggregate);
}

#[test]
fn stages_limit_what_is_selected_and_the_rest_stays_readable() {
    let moto = in_environment(&FILES, "moto").unwrap();
    assert_eq!(moto.environment.endpoint.as_deref(), Some("http://127.0.0.1:5101"));
    assert!(!moto.environment.ingest.aggregate);
    let ids = |list: &[crate::template::Declaration]| list.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(
        (ids(&moto.resources), ids(&moto.unselected)),
        (vec!["B".into()], vec!["Log".into(), "S".into()])
    );
    let folder = project(&FILES);
    let with = |stages: &[&str], environment: Option<&str>| {
        let stages = stages.iter().map(|stage| (*stage).to_owned()).collect();
        load(
            folder.path(),
            &LoadOptions {
                stages,
                environment: environment.map(str::to_owned),
                ..Default::default()
            },
        )
    };
    let ingestion = with(&["ingestion"], None).unwrap();
    assert_eq!(ids(&ingestion.resources), ["Log", "S"]);
    assert!(ingestion.resources[0].dependencies.contains("B"));
    assert_eq!(
        lines(&with(&["ingest"], None).unwrap_err()),
        ":0:0 unknown-stage no stage is named `ingest` (did you mean `ingestion`?)"
    );
    assert_eq!(
        lines(&with(&["ingestion"], Some("moto")).unwrap_err()),
        ":0:0 unknown-stage environment `moto` does not include the stage `ingestion`"
    );
}

#[test]
fn overrides_of_the_caller_win() {
    let folder = project(&FILES);
    let options = |account: &str, region: &str| LoadOptions {
        environment: Some("dev".into()),
        account: Some(account.into()),
        region: Some(region.into()),
        ..LoadOptions::default()
    };
    let environment = load(folder.path(), &options("999999999999", "us-west-2"))
        .unwrap()
        .environment;
    assert_eq!(
        (environment.account.as_str(), environment.region.as_str()),
        ("999999999999", "us-west-2")
    );
    let found = load(folder.path(), &options("9", "west")).unwrap_err();
    assert_eq!(found.len(), 2);
}

#[test]
fn settings_are_checked() {
    let cases = [
        (
            r#"{"name": "Demo"}"#,
            "pipeline.json:1:10 bad-name the pipeline's name cannot be `Demo`",
        ),
        (r#"{}"#, "pipeline.json:1:1 missing-key pipeline.json needs `name`"),
        (
            r#"{"name": "d", "flows": {}}"#,
            "pipeline.json:1:15 unknown-key pipeline.json has no setting `flows`",
        ),
        (
            r#"{"name": "d", "environments": {"dev": {"acount": "1", "region": "eu-west-1"}}}"#,
            "unknown-key environment `dev` has no setting `acount` (did you mean `account`?)",
        ),
        (
            r#"{"name": "d", "environments": {"dev": {"account": "1234"}}}"#,
            ":1:51 bad-account `1234` is not an AWS account id",
        ),
        (
            r#"{"name": "d", "environments": {"dev": {"account": 123456789012}}}"#,
            "wrong-type `account` of environment `dev` must be a string, not a number (put it in double quotes)",
        ),
        (
            r#"{"name": "d", "environments": {"dev": {"region": "Ireland"}}}"#,
            "bad-region `Ireland` is not an AWS region",
        ),
        (
            r#"{"name": "d", "environments": {"dev": {"endpoint": "localhost:4566"}}}"#,
            "bad-endpoint `localhost:4566` is not the URL of an endpoint",
        ),
        (
            r#"{"name": "d", "environments": {"local": {"endpoint": "http://localhost:4566"}}}"#,
            "an environment has either an `endpoint` or is `embedded`, not both",
        ),
        (
            r#"{"name": "d", "environments": {"dev": {"stages": ["storag"]}}}"#,
            "unknown-stage no stage is named `storag` (did you mean `storage`?)",
        ),
        (
            r#"{"name": "d", "environments": {"local": {"embedded": {"limits": "awz"}}}}"#,
            "wrong-value `limits` of `embedded`: no `awz` (did you mean `aws`?)",
        ),
        (
            r#"{"name": "d", "flow": {"stream": "Strem"}}"#,
            "unknown-reference `stream` names no resource: there is no `Strem` (did you mean `Stream`?)",
        ),
        (
            r#"{"name": "d", "flow": {"raw_bucket": "Stream"}}"#,
            "wrong-kind `raw_bucket` must be of type AWS::S3::Bucket, `Stream` is AWS::Kinesis::Stream",
        ),
        (
            r#"{"name": "d", "flow": {"warehouse": ["Stream"]}}"#,
            "wrong-kind `warehouse` must be of type AWS::RedshiftServerless::Workgroup or AWS::Redshift::Cluster",
        ),
        (
            r#"{"name": "d", "flow": {"copy_role": "Stream"}}"#,
            "wrong-kind `copy_role` must be of type AWS::IAM::Role",
        ),
        (
            r#"{"name": "d", "flow": {"load": "sql/load.sql"}}"#,
            "missing-file the project has no file `sql/load.sql`",
        ),
        (
            r#"{"name": "d", "flow": {"load": "../load.sql"}}"#,
            "missing-file `../load.sql` is not inside the project",
        ),
        (
            r#"{"name": "d", "flow": {"ledger": "hr.ledger; drop"}}"#,
            "bad-name `ledger` cannot be `hr.ledger; drop` (write schema.table",
        ),
    ];
    let stream = r#"{"Resources": {"Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 1}}}}"#;
    for (pipeline, expected) in cases {
        let found = mistakes(&[("pipeline.json", pipeline), ("ingestion/s.json", stream)]);
        assert_eq!(found.lines().count(), 1, "{pipeline}\n{found}");
        assert!(found.contains(expected), "{pipeline}\n{found}");
    }
}

#[test]
fn the_environment_asked_for_must_be_there_and_whole() {
    let found = lines(&in_environment(&FILES, "dve").unwrap_err());
    assert_eq!(
        found,
        "pipeline.json:1:34 unknown-environment no environment is named `dve` (did you mean `dev`?)"
    );
    let pipeline = r#"{"name": "demo", "environments": {"dev": {"profile": "x"}}}"#;
    let found = in_environment(&[("pipeline.json", pipeline)], "dev").unwrap_err();
    let messages: Vec<_> = found.iter().map(|one| one.message.as_str()).collect();
    assert_eq!(
        messages,
        ["environment `dev` needs `account`", "environment `dev` needs `region`"]
    );
}

#[test]
fn a_false_condition_removes_the_resource() {
    let fragment = |reference: &str| {
        format!(
            r#"{{"Conditions": {{"Never": {{"Fn::Equals": [1, 2]}}}}, "Resources": {{
                "Gone": {{"Type": "AWS::S3::Bucket", "Condition": "Never"}},
                "Log": {{"Type": "AWS::Logs::LogGroup", "DependsOn": ["Gone"],
                  "Properties": {{"LogGroupName": {reference}}}}}}}}}"#
        )
    };
    let guarded = fragment(r#"{"Fn::If": ["Never", {"Ref": "Gone"}, "x"]}"#);
    let project = loaded(&[("storage/a.json", &guarded)]).unwrap();
    assert_eq!(project.resources.len(), 1);
    assert!(project.resources[0].dependencies.is_empty() && project.unselected.is_empty());
    let found = loaded(&[("storage/a.json", &fragment(r#"{"Ref": "Gone"}"#))]).unwrap_err();
    assert_eq!(found.len(), 1);
    let only = found.iter().next().unwrap();
    assert_eq!(
        only.message,
        "`Gone` does not exist here: its condition `Never` is false"
    );
    assert_eq!((only.line, only.related[0].line), (4, 2));
}
