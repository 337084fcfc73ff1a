//! A whole ingestion pipeline, as users write it.

/// Files below `configs/` of a pipeline from a Kinesis stream to S3.
pub(super) const FILES: [(&str, &str); 5] = [
    (
        "pipeline.json",
        r#"{"name": "employees", "environments": {
  "dev": {"account": "111122223333", "region": "eu-west-1", "parameters": {"ShardCount": 4}}},
 "flow": {"stream": "Stream", "delivery_stream": "Delivery", "raw_bucket": "RawBucket"}}"#,
    ),
    (
        "security/roles.json",
        r#"{"Resources": {"DeliveryRole": {"Type": "AWS::IAM::Role", "Properties": {
  "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}}]},
  "Policies": [{"PolicyName": "delivery", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:PutObject", "s3:ListBucket"], "Resource": [
      {"Fn::GetAtt": ["RawBucket", "Arn"]}, {"Fn::Sub": "${RawBucket.Arn}/*"}]},
    {"Effect": "Allow", "Action": "kinesis:Get*", "Resource": {"Fn::GetAtt": "Stream.Arn"}}]}}]}}}}"#,
    ),
    (
        "storage/buckets.json",
        r#"{"Parameters": {"RequireTls": {"Type": "String", "Default": "true", "AllowedValues": ["true", "false"]}},
 "Conditions": {"Tls": {"Fn::Equals": [{"Ref": "RequireTls"}, "true"]}},
 "Resources": {
  "RawBucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Delete", "Properties": {
    "BucketEncryption": {"ServerSideEncryptionConfiguration": [
      {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]},
    "VersioningConfiguration": {"Status": "Enabled"},
    "PublicAccessBlockConfiguration": {"BlockPublicAcls": true, "BlockPublicPolicy": true,
      "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
    "LifecycleConfiguration": {"Rules": [{"Id": "tmp", "Status": "Enabled", "ExpirationInDays": 30}]}}},
  "RawBucketPolicy": {"Type": "AWS::S3::BucketPolicy", "Condition": "Tls", "Properties": {
    "Bucket": {"Ref": "RawBucket"}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
      "Principal": "*", "Action": "s3:*", "Resource": [{"Fn::Sub": "${RawBucket.Arn}/*"}],
      "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}}},
  "Script": {"Type": "Pipectl::S3::Object", "Properties": {"Bucket": {"Ref": "RawBucket"}, "Key": "job.py",
    "Source": "configs/pipeline.json"}}}}"#,
    ),
    (
        "ingestion/stream.json",
        r#"{"Parameters": {"ShardCount": {"Type": "Number", "Default": 1}}, "Resources": {
  "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": {"Ref": "ShardCount"}}}}}"#,
    ),
    (
        "ingestion/delivery.json",
        r#"{"Resources": {
  "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 14}},
  "LogStream": {"Type": "AWS::Logs::LogStream", "Properties": {"LogGroupName": {"Ref": "Log"}}},
  "Delivery": {"Type": "AWS::KinesisFirehose::DeliveryStream", "DependsOn": ["Script"], "Properties": {
    "DeliveryStreamType": "KinesisStreamAsSource",
    "KinesisStreamSourceConfiguration": {"KinesisStreamARN": {"Fn::GetAtt": ["Stream", "Arn"]},
      "RoleARN": {"Fn::GetAtt": ["DeliveryRole", "Arn"]}},
    "ExtendedS3DestinationConfiguration": {"BucketARN": {"Fn::GetAtt": ["RawBucket", "Arn"]},
      "RoleARN": {"Fn::GetAtt": ["DeliveryRole", "Arn"]}, "CompressionFormat": "GZIP",
      "Prefix": "raw/!{timestamp:yyyy/MM/dd}/", "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
      "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": "60"},
      "ProcessingConfiguration": {"Enabled": true, "Processors": [{"Type": "AppendDelimiterToRecord",
        "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]},
      "CloudWatchLoggingOptions": {"Enabled": true, "LogGroupName": {"Ref": "Log"},
        "LogStreamName": {"Ref": "LogStream"}}}}}}}"#,
    ),
];

#[test]
fn a_whole_pipeline_loads() {
    let dev = super::in_environment(&FILES, "dev").unwrap_or_else(|found| panic!("{found}"));
    assert!(dev.warnings.is_empty());
    let shown: Vec<_> = dev
        .resources
        .iter()
        .map(|one| {
            serde_json::json!({"id": one.id, "stage": one.stage, "dependencies": one.dependencies,
                "properties": one.properties})
        })
        .collect();
    insta::assert_json_snapshot!(shown);
}
