//! Values against the schemas and the rules beside them.

use serde_json::json;

use super::{evaluated, fragment_mistakes};

fn resource(kind: &str, properties: &str) -> String {
    format!(
        r#"{{"Parameters": {{"N": {{"Type": "String", "Default": "4"}}}},
            "Resources": {{"B": {{"Type": "AWS::S3::Bucket"}}, "X": {{"Type": "{kind}", "Properties": {properties}}}}}}}"#
    )
}

fn found(kind: &str, properties: &str) -> Vec<String> {
    let found = fragment_mistakes(&resource(kind, properties));
    found
        .into_iter()
        .map(|line| line.split_once(' ').unwrap().1.to_owned())
        .collect()
}

const STREAM: &str = "AWS::Kinesis::Stream";
const DELIVERY: &str = "AWS::KinesisFirehose::DeliveryStream";
const BUCKET: &str = "AWS::S3::Bucket";
const ROLE: &str = "AWS::IAM::Role";

fn delivery(more: &str) -> String {
    format!(
        r#"{{"ExtendedS3DestinationConfiguration": {{"BucketARN": {{"Fn::GetAtt": "B.Arn"}},
            "RoleARN": "arn:aws:iam::000000000000:role/r"{more}}}}}"#
    )
}

#[test]
fn scalars_take_the_type_of_the_schema() {
    let fragment = resource(
        STREAM,
        r#"{"ShardCount": {"Ref": "N"}, "RetentionPeriodHours": "48", "Tags": [{"Key": "a", "Value": 3}]}"#,
    );
    let stream = evaluated(&fragment, "X");
    assert_eq!(stream["ShardCount"], json!(4));
    assert_eq!(stream["RetentionPeriodHours"], json!(48));
    assert_eq!(stream["Tags"][0]["Value"], json!("3"));
    let bucket = evaluated(&resource(BUCKET, r#"{"ObjectLockEnabled": "true"}"#), "X");
    assert_eq!(bucket["ObjectLockEnabled"], json!(true));
    let stream = evaluated(&resource(STREAM, r#"{"ShardCount": 2.0}"#), "X");
    assert_eq!(stream["ShardCount"], json!(2));
}

#[test]
fn values_are_checked() {
    let cases = [
        (
            STREAM,
            r#"{"ShradCount": 1, "ShardCount": 1}"#,
            "AWS::Kinesis::Stream has no property `ShradCount`",
        ),
        (
            STREAM,
            r#"{"ShardCount": "four"}"#,
            "`ShardCount` must be a whole number, not \"four\"",
        ),
        (
            STREAM,
            r#"{"ShardCount": [1]}"#,
            "`ShardCount` must be a whole number, not an array",
        ),
        (
            STREAM,
            r#"{"ShardCount": 0}"#,
            "`ShardCount` must be from 1 to 100000, not 0",
        ),
        (
            STREAM,
            r#"{"ShardCount": 1.5}"#,
            "`ShardCount` must be a whole number, not 1.5",
        ),
        (STREAM, r#"{"ShardCount": 1, "Name": "a b"}"#, "`Name` cannot be `a b`"),
        (
            STREAM,
            r#"{"ShardCount": 1, "Arn": "x"}"#,
            "`Arn` is set by AWS and cannot be given",
        ),
        (
            STREAM,
            r#"{"ShardCount": 1, "RetentionPeriodHours": 12}"#,
            "`RetentionPeriodHours` must be from 24 to 8760",
        ),
        (
            STREAM,
            r#"{"ShardCount": 1, "RetentionPeriodHours": 9000}"#,
            "`RetentionPeriodHours` must be from 1 to 8760, not 9000",
        ),
        (STREAM, "{}", "a PROVISIONED stream needs `ShardCount`"),
        (
            STREAM,
            r#"{"ShardCount": 1, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}"#,
            "an ON_DEMAND stream has no `ShardCount`: AWS sets it",
        ),
        (
            STREAM,
            r#"{"StreamModeDetails": {"StreamMode": "ONDEMAND"}}"#,
            "`StreamModeDetails.StreamMode` cannot be \"ONDEMAND\"",
        ),
        (
            STREAM,
            r#"{"StreamModeDetails": {}}"#,
            "`StreamModeDetails` needs the property `StreamMode`",
        ),
        (
            STREAM,
            r#"{"StreamModeDetails": {"Ref": "B"}}"#,
            "`StreamModeDetails` must be an object, not a reference, which gives a string",
        ),
        (
            STREAM,
            r#"{"ShardCount": 1, "WarmThroughputMiBps": 1}"#,
            "`WarmThroughputMiBps` is for ON_DEMAND streams",
        ),
        (
            STREAM,
            r#"{"ShardCount": 1, "DesiredShardLevelMetrics": ["ALL", "ALL"]}"#,
            "`DesiredShardLevelMetrics` must not hold the same item twice",
        ),
        (
            BUCKET,
            r#"{"BucketName": "ab"}"#,
            "a bucket cannot be named `ab`: it must have 3 to 63 characters",
        ),
        (BUCKET, r#"{"BucketName": "Upper"}"#, "`BucketName` cannot be `Upper`"),
        (
            BUCKET,
            r#"{"LifecycleConfiguration": {"Rules": [{"Status": "On"}]}}"#,
            "`LifecycleConfiguration.Rules[0].Status` cannot be \"On\"",
        ),
        (
            "AWS::Logs::LogGroup",
            r#"{"RetentionInDays": 2}"#,
            "`RetentionInDays` cannot be 2",
        ),
        (
            "AWS::Logs::LogGroup",
            r#"{"LogGroupName": "aws/x"}"#,
            "a log group's name cannot start with `aws/`",
        ),
        (
            "AWS::Logs::LogStream",
            r#"{"LogStreamName": "x"}"#,
            "AWS::Logs::LogStream needs the property `LogGroupName`",
        ),
        (
            "AWS::S3::BucketPolicy",
            r#"{"Bucket": {"Ref": "B"}}"#,
            "AWS::S3::BucketPolicy needs the property `PolicyDocument`",
        ),
        (
            "Pipectl::S3::Object",
            r#"{"Bucket": {"Ref": "B"}, "Key": "k", "Source": "../x"}"#,
            "`../x` is not inside the project",
        ),
        (
            "Pipectl::S3::Object",
            r#"{"Bucket": {"Ref": "B"}, "Key": "k", "Source": "x.py"}"#,
            "the project has no file `x.py`",
        ),
        (
            "Pipectl::S3::Object",
            r#"{"Bucket": {"Ref": "B"}, "Key": "k", "Source": "configs"}"#,
            "`configs` is a folder, not a file",
        ),
    ];
    for (kind, properties, expected) in cases {
        assert_eq!(found(kind, properties), [expected], "{kind} {properties}");
    }
}

#[test]
fn delivery_streams_are_checked() {
    let long = "x".repeat(65);
    let cases = [
        (
            delivery(r#", "BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 901}"#),
            vec![
                "`ExtendedS3DestinationConfiguration.BufferingHints.SizeInMBs` must be from 1 to 128, not 129",
                "`ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds` must be from 0 to 900, not 901",
            ],
        ),
        (
            delivery(
                r#", "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
                    "DynamicPartitioningConfiguration": {"Enabled": true}"#,
            ),
            vec!["`SizeInMBs` must be from 64 to 128 with dynamic partitioning"],
        ),
        (
            delivery(r#", "BufferingHints": {"IntervalInSeconds": 60}"#),
            vec!["`BufferingHints` with `IntervalInSeconds` needs `SizeInMBs` too"],
        ),
        (
            delivery(r#", "Prefix": "raw/!{timestamp:yyyy}/""#),
            vec!["a `Prefix` with expressions needs an `ErrorOutputPrefix`"],
        ),
        (
            delivery(
                r#", "Prefix": "raw/!{timestmap:yyyy}/", "ErrorOutputPrefix": "e/!{firehose:error-output-type}/""#,
            ),
            vec!["Firehose knows no prefix expression `!{timestmap:yyyy}`"],
        ),
        (
            delivery(r#", "CloudWatchLoggingOptions": {"Enabled": "true", "LogGroupName": "g"}"#),
            vec!["`CloudWatchLoggingOptions` that is enabled needs `LogStreamName`"],
        ),
        (
            delivery(r#", "CompressionFormat": "gzip""#),
            vec!["`ExtendedS3DestinationConfiguration.CompressionFormat` cannot be \"gzip\""],
        ),
        ("{}".into(), vec!["a delivery stream needs a destination"]),
        (
            delivery("").replacen('{', r#"{"DeliveryStreamType": "KinesisStreamAsSource", "#, 1),
            vec!["a delivery stream of type KinesisStreamAsSource needs `KinesisStreamSourceConfiguration`"],
        ),
        (
            delivery("").replacen('{', r#"{"DeliveryStreamName": "a b", "#, 1),
            vec!["a delivery stream cannot be named `a b`"],
        ),
    ];
    for (properties, expected) in cases {
        assert_eq!(found(DELIVERY, &properties), expected, "{properties}");
    }
    let named = delivery("").replacen('{', &format!(r#"{{"DeliveryStreamName": {{"Fn::Sub": "{long}"}}, "#), 1);
    assert_eq!(
        found(DELIVERY, &named),
        [format!(
            "`DeliveryStreamName` must have at most 64 characters, `{long}` has 65"
        )]
    );
    assert_eq!(found(DELIVERY, &delivery("")), Vec::<String>::new());
}

#[test]
fn policies_are_checked() {
    let trust = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "x"}, "Action": "sts:AssumeRole"}]}"#;
    let statement = |text: &str| {
        format!(
            r#"{{"AssumeRolePolicyDocument": {trust}, "Policies": [{{"PolicyName": "p", "PolicyDocument":
                {{"Version": "2012-10-17", "Statement": [{text}]}}}}]}}"#
        )
    };
    let cases = [
        (r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}"#, vec![]),
        (
            r#"{"Effect": "Alow", "Action": "s3:Get*", "Resource": "*"}"#,
            vec!["`Effect` must be \"Allow\" or \"Deny\""],
        ),
        (
            r#"{"Effect": "Allow", "Actions": "s3:Get*", "Resource": "*"}"#,
            vec!["this statement needs `Action`", "a statement has no member `Actions`"],
        ),
        (
            r#"{"Effect": "Allow", "Action": ["s3.Get"], "Resource": "*"}"#,
            vec!["`s3.Get` is not an action"],
        ),
        (
            r#"{"Effect": "Allow", "Action": "*"}"#,
            vec!["this statement needs `Resource`"],
        ),
        (
            r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}"#,
            vec!["a statement of this policy cannot have `Principal`"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(found(ROLE, &statement(text)), expected, "{text}");
    }
    let twice = format!(
        r#"{{"AssumeRolePolicyDocument": {trust}, "Policies": [
            {{"PolicyName": "p", "PolicyDocument": "{{}}"}}, {{"PolicyName": "p", "PolicyDocument": "{{"}}]}}"#
    );
    assert_eq!(
        found(ROLE, &twice),
        [
            "two policies of this role are named `p`",
            "this policy is a string that is not JSON"
        ]
    );
}

#[test]
fn an_unknown_value_passes_checks_of_value() {
    let fragment = resource(
        STREAM,
        r#"{"ShardCount": 1, "StreamEncryption": {"EncryptionType": "KMS", "KeyId": {"Ref": "B"}}}"#,
    );
    assert_eq!(
        evaluated(&fragment, "X")["StreamEncryption"]["KeyId"],
        json!({"Ref": "B"})
    );
}

#[test]
fn one_of_takes_exactly_one_form() {
    let logging = |format: &str| {
        let properties = format!(r#"{{"LoggingConfiguration": {{"TargetObjectKeyFormat": {format}}}}}"#);
        found(BUCKET, &properties)
    };
    assert_eq!(logging(r#"{"SimplePrefix": {}}"#), Vec::<String>::new());
    assert_eq!(
        logging(r#"{"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}"#),
        Vec::<String>::new()
    );
    assert!(!logging(r#"{"SimplePrefix": {"x": 1}}"#).is_empty());
    assert!(!logging("{}").is_empty());
}

#[test]
fn an_unknown_type_names_what_is_supported() {
    let found = super::mistakes(&[(
        "storage/a.json",
        r#"{"Resources": {"A": {"Type": "AWS::Kinesis::Steam"}, "B": {"Type": "AWS::EC2::VPC"}}}"#,
    )]);
    assert!(found.contains("did you mean `AWS::Kinesis::Stream`?"), "{found}");
    assert!(found.contains("supported: AWS::CloudWatch::Alarm, "), "{found}");
}
