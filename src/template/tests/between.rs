//! Rules between resources: roles and who assumes them, QuickSight and the warehouse that it connects to.

use super::{in_environment, lines, loaded, project};
use crate::template::{Diagnostic, Diagnostics, LoadOptions, Severity, load};

const PIPELINE: &str = r#"{"name": "demo", "environments": {
  "dev": {"account": "111122223333", "region": "eu-west-1"},
  "moto": {"account": "111122223333", "region": "eu-west-1", "endpoint": "http://127.0.0.1:5101"},
  "part": {"account": "111122223333", "region": "eu-west-1", "stages": ["aggregation"]},
  "vpc": {"account": "111122223333", "region": "eu-west-1",
    "parameters": {"Vpc": "arn:aws:quicksight:eu-west-1:111122223333:vpcConnection/v"}}}}"#;

/// Errors and warnings as `severity line:column message (help) [line:column message of what is related]`.
fn found(outcome: Result<crate::template::Project, Diagnostics>) -> Vec<String> {
    let all: Vec<Diagnostic> = match outcome {
        Ok(project) => project.warnings,
        Err(found) => found.iter().cloned().collect(),
    };
    let line = |one: &Diagnostic| {
        let severity = if one.severity == Severity::Error {
            "error"
        } else {
            "warning"
        };
        let related = one.related.iter();
        let related: Vec<_> = related
            .map(|other| format!("{}:{} {}", other.line, other.column, other.message))
            .collect();
        format!(
            "{severity} {}:{} {} ({}) [{}]",
            one.line,
            one.column,
            one.message,
            one.help.as_deref().unwrap_or_default(),
            related.join("; ")
        )
    };
    all.iter().map(line).collect()
}

/// A role with these statements and something of `kind` that has it.
fn with_role(kind: &str, properties: &str, statements: &str) -> Vec<String> {
    let fragment = format!(
        r#"{{"Parameters": {{"Vpc": {{"Type": "String", "Default": ""}}}}, "Resources": {{
"User": {{"Type": "{kind}", "Properties":
  {properties}}},
"TheRole": {{"Type": "AWS::IAM::Role", "Properties": {{
  "AssumeRolePolicyDocument": {{"Version": "2012-10-17", "Statement": {statements}}}}}}}}}}}"#
    );
    found(in_environment(
        &[("pipeline.json", PIPELINE), ("security/a.json", &fragment)],
        "dev",
    ))
}

fn by(service: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Principal": {{"Service": {service}}}, "Action": "sts:AssumeRole"}}"#)
}

const JOB: &str = r#"{"Name": "j", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}, "GlueVersion": "5.0",
   "Role": {"Fn::GetAtt": ["TheRole", "Arn"]}}"#;
const GLUE_HELP: &str = r#"add the statement {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;

#[test]
fn a_job_whose_role_does_not_trust_glue_is_an_error() {
    assert!(with_role("AWS::Glue::Job", JOB, &by(r#""glue.amazonaws.com""#)).is_empty());
    let expected = format!(
        "error 4:12 Glue cannot assume the role `TheRole`: its trust policy does not let it ({GLUE_HELP}) \
         [6:3 glue.amazonaws.com may not assume it]"
    );
    for reference in [
        r#"{"Fn::GetAtt": ["TheRole", "Arn"]}"#,
        r#"{"Ref": "TheRole"}"#,
        r#"{"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${TheRole}"}"#,
    ] {
        let job = JOB.replace(r#"{"Fn::GetAtt": ["TheRole", "Arn"]}"#, reference);
        for statements in [by(r#""firehose.amazonaws.com""#), "[]".to_owned()] {
            assert_eq!(with_role("AWS::Glue::Job", &job, &statements), [expected.as_str()]);
        }
    }
    let of_another = JOB.replace(
        r#"{"Fn::GetAtt": ["TheRole", "Arn"]}"#,
        r#""arn:aws:iam::111122223333:role/made-elsewhere""#,
    );
    assert!(with_role("AWS::Glue::Job", &of_another, "[]").is_empty());
}

#[test]
fn a_trust_policy_as_a_string_is_read_too() {
    let fragment = |service: &str| {
        format!(
            r#"{{"Resources": {{"User": {{"Type": "AWS::Glue::Job", "Properties": {JOB}}}, "TheRole": {{
            "Type": "AWS::IAM::Role", "Properties": {{"AssumeRolePolicyDocument":
            "{{\"Statement\": {{\"Effect\": \"Allow\", \"Principal\": {{\"Service\": \"{service}.amazonaws.com\"}}, \"Action\": \"*\"}}}}"}}}}}}}}"#
        )
    };
    assert!(found(loaded(&[("security/a.json", &fragment("glue"))])).is_empty());
    assert_eq!(found(loaded(&[("security/a.json", &fragment("ec2"))])).len(), 1);
}

#[test]
fn every_role_of_a_delivery_stream_is_looked_at_and_named_once() {
    let delivery = r#"{"DeliveryStreamType": "KinesisStreamAsSource",
   "KinesisStreamSourceConfiguration": {"KinesisStreamARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/s",
     "RoleARN": {"Fn::GetAtt": ["TheRole", "Arn"]}},
   "ExtendedS3DestinationConfiguration": {"BucketARN": "arn:aws:s3:::b", "RoleARN": {"Fn::GetAtt": ["TheRole", "Arn"]}}}"#;
    let kind = "AWS::KinesisFirehose::DeliveryStream";
    assert!(with_role(kind, delivery, &by(r#"["firehose.amazonaws.com"]"#)).is_empty());
    let found = with_role(kind, delivery, &by(r#""glue.amazonaws.com""#));
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("error 5:17 Firehose cannot assume the role `TheRole`")),
        "{found:?}"
    );
}

#[test]
fn redshift_serverless_has_two_principals_and_a_cluster_one() {
    let namespace = r#"{"NamespaceName": "hr-dev", "IamRoles": [{"Fn::GetAtt": ["TheRole", "Arn"]}]}"#;
    let cluster = r#"{"NodeType": "ra3.large", "MasterUsername": "owner", "DBName": "hr", "ManageMasterPassword": true,
   "ClusterType": "single-node", "IamRoles": [{"Fn::GetAtt": ["TheRole", "Arn"]}]}"#;
    let (serverless, provisioned) = ("AWS::RedshiftServerless::Namespace", "AWS::Redshift::Cluster");
    let (one, both) = (
        by(r#""redshift.amazonaws.com""#),
        by(r#"["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]"#),
    );
    assert!(with_role(serverless, namespace, &both).is_empty());
    assert!(with_role(provisioned, cluster, &one).is_empty());
    assert!(with_role(provisioned, cluster, &by(r#""redshift.eu-west-1.amazonaws.com""#)).is_empty());
    assert_eq!(
        with_role(serverless, namespace, &one),
        [
            "warning 3:44 the role `TheRole` does not trust redshift-serverless.amazonaws.com (AWS asks for \
             redshift.amazonaws.com and redshift-serverless.amazonaws.com in such a role) \
             [5:3 add redshift-serverless.amazonaws.com here]"
        ]
    );
    for (kind, properties, trusted) in [
        (serverless, namespace, "glue.amazonaws.com"),
        (provisioned, cluster, "redshift-serverless.amazonaws.com"),
        (provisioned, cluster, "redshift.us-east-1.amazonaws.com"),
    ] {
        let found = with_role(kind, properties, &by(&format!(r#""{trusted}""#)));
        assert!(
            matches!(found.as_slice(), [one] if one.starts_with("error ") && one.contains("Redshift cannot assume the role")),
            "{trusted}: {found:?}"
        );
    }
}

#[test]
fn what_only_aws_can_decide_is_a_warning() {
    let allow = |principal: &str, more: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {{"Service": "{principal}"}}, "Action": "sts:AssumeRole"{more}}}"#)
    };
    let source_account = |account: &str| {
        let condition = format!(r#", "Condition": {{"StringEquals": {{"aws:SourceAccount": {account}}}}}"#);
        with_role("AWS::Glue::Job", JOB, &allow("glue.amazonaws.com", &condition))
    };
    assert!(source_account(r#"{"Ref": "AWS::AccountId"}"#).is_empty());
    assert_eq!(
        source_account(r#""444455556666""#),
        [
            "warning 4:12 Glue can assume the role `TheRole` for account 444455556666 only, and this is 111122223333 \
             (give aws:SourceAccount as {\"Ref\": \"AWS::AccountId\"}) [6:3 restricted here]"
        ]
    );
    assert_eq!(
        with_role("AWS::Glue::Job", JOB, &allow("glue.eu-west-1.amazonaws.com", "")),
        [
            "warning 4:12 it cannot be seen here whether Glue can assume the role `TheRole` (the principal that AWS \
             documents is glue.amazonaws.com) [6:3 its trust policy]"
        ]
    );
    let deny = format!(
        r#"[{}, {{"Effect": "Deny", "Principal": "*", "Action": "sts:*"}}]"#,
        allow("glue.amazonaws.com", "")
    );
    let found = with_role("AWS::Glue::Job", JOB, &deny);
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("error 4:12 ") && one.contains("its trust policy denies it")),
        "{found:?}"
    );
}

#[test]
fn a_trust_policy_with_a_mistake_of_its_own_is_not_judged() {
    let found = with_role("AWS::Glue::Job", JOB, &by(r#"{"Ref": "Nobody"}"#));
    assert!(
        matches!(found.as_slice(), [one] if one.contains("is named `Nobody`")),
        "{found:?}"
    );
}

#[test]
fn quicksight_assumes_the_role_of_its_data_source() {
    let source = r#"{"Name": "w", "Type": "REDSHIFT", "DataSourceParameters": {"RedshiftParameters": {"Database": "hr",
   "ClusterId": "c", "IAMParameters": {"RoleArn": {"Fn::GetAtt": ["TheRole", "Arn"]}}}}}"#;
    let kind = "AWS::QuickSight::DataSource";
    assert!(with_role(kind, source, &by(r#""quicksight.amazonaws.com""#)).is_empty());
    let found = with_role(kind, source, &by(r#""redshift.amazonaws.com""#));
    assert!(
        matches!(found.as_slice(), [one] if one.starts_with("error 4:51 QuickSight cannot assume the role")),
        "{found:?}"
    );
}

/// A data source of a workgroup and one of a cluster.
fn warehouse(host: &str, public: &str, vpc: &str) -> Vec<(&'static str, String)> {
    let warehouses = format!(
        r#"{{"Resources": {{
"W": {{"Type": "AWS::RedshiftServerless::Workgroup", "Properties": {{"WorkgroupName": "hr-dev"{public}}}}},
"C": {{"Type": "AWS::Redshift::Cluster", "Properties": {{"NodeType": "ra3.large", "MasterUsername": "owner",
  "DBName": "hr", "ManageMasterPassword": true, "ClusterType": "single-node"{public}}}}}}}}}"#
    );
    let source = format!(
        r#"{{"Parameters": {{"Vpc": {{"Type": "String", "Default": ""}}}},
"Conditions": {{"HasVpc": {{"Fn::Not": [{{"Fn::Equals": [{{"Ref": "Vpc"}}, ""]}}]}}}},
"Resources": {{"S": {{"Type": "AWS::QuickSight::DataSource", "Properties": {{"Name": "w", "Type": "REDSHIFT",
  "DataSourceParameters": {{"RedshiftParameters": {{"Database": "hr", "Port": 5439,
    {host}}}}}{vpc}}}}}}}}}"#
    );
    vec![
        ("pipeline.json", PIPELINE.to_owned()),
        ("aggregation/w.json", warehouses),
        ("visualization/s.json", source),
    ]
}

const HOST: &str = r#""Host": {"Fn::GetAtt": ["W", "Workgroup.Endpoint.Address"]}"#;
const VPC: &str = r#",
  "VpcConnectionProperties": {"Fn::If": ["HasVpc", {"VpcConnectionArn": {"Ref": "Vpc"}}, {"Ref": "AWS::NoValue"}]}"#;

fn reach(files: &[(&'static str, String)], environment: &str) -> Vec<String> {
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    found(in_environment(&files, environment))
}

#[test]
fn a_private_warehouse_needs_a_vpc_connection_on_aws() {
    let private = warehouse(HOST, r#", "PubliclyAccessible": false"#, VPC);
    assert_eq!(
        reach(&private, "dev"),
        [
            "warning 6:3 QuickSight cannot reach `W`: it has no public address, and `S` has no VPC connection (make a VPC \
             connection (aws quicksight create-vpc-connection), and put its ARN into \"Vpc\" of \
             environments.dev.parameters in configs/pipeline.json) [5:5 what it connects to; 2:95 not public]"
        ]
    );
    for environment in ["local", "moto", "part", "vpc"] {
        assert!(reach(&private, environment).is_empty(), "{environment}");
    }
    assert!(reach(&warehouse(HOST, r#", "PubliclyAccessible": true"#, VPC), "dev").is_empty());
    let lent = r#", "VpcConnectionProperties": {"VpcConnectionArn": "arn:aws:quicksight:eu-west-1:1:vpcConnection/v"}"#;
    assert!(reach(&warehouse(HOST, "", lent), "dev").is_empty());
}

#[test]
fn every_way_to_point_at_a_warehouse_is_seen() {
    for (host, id) in [
        (HOST, "W"),
        (
            r#""Host": {"Fn::Sub": "${W}.111122223333.eu-west-1.redshift-serverless.amazonaws.com"}"#,
            "W",
        ),
        (r#""Host": {"Fn::GetAtt": ["C", "Endpoint.Address"]}"#, "C"),
        (r#""ClusterId": {"Ref": "C"}"#, "C"),
    ] {
        for vpc in ["", r#", "VpcConnectionProperties": {"VpcConnectionArn": ""}"#] {
            let found = reach(&warehouse(host, "", vpc), "dev");
            let start = format!("QuickSight cannot reach `{id}`: ");
            assert!(
                matches!(found.as_slice(), [one] if one.contains(&start) && one.contains("put its ARN into `VpcConnectionProperties.VpcConnectionArn`")),
                "{host} {found:?}"
            );
        }
    }
    assert!(reach(&warehouse(r#""Host": "warehouse.example.com""#, "", ""), "dev").is_empty());
}

#[test]
fn an_emulator_that_the_caller_names_is_not_aws() {
    let files = warehouse(HOST, "", "");
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let options = LoadOptions {
        environment: Some("dev".into()),
        endpoint: Some("http://127.0.0.1:4566".into()),
        ..LoadOptions::default()
    };
    let loaded = load(project(&files).path(), &options).unwrap_or_else(|found| panic!("{}", lines(&found)));
    assert_eq!(loaded.environment.endpoint.as_deref(), Some("http://127.0.0.1:4566"));
    assert!(loaded.warnings.is_empty());
}
