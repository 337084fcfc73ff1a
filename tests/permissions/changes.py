"""A change to every resource of a project that its next deploy carries out in place, by as many operations as it can."""

import json
import re

TAG = {"Key": "changed", "Value": "yes"}

#: Types whose tags are a list in CloudFormation; AWS::Glue has maps, the rest has none or is tagged with its parent.
TAGGED = {
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::Role",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogGroup",
    "AWS::QuickSight::Dashboard",
    "AWS::QuickSight::DataSet",
    "AWS::QuickSight::DataSource",
    "AWS::Redshift::Cluster",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::Bucket",
}

#: What owners of QuickSight's resources may, and readers not.
OWNERS_ACTION = re.compile(r":(Update|Delete|Create|Cancel|DescribeDashboardPermissions)")
BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def change_project(folder):
    for file in folder.glob("configs/*/*.json"):
        fragment = json.loads(file.read_text())
        for resource in fragment.get("Resources", {}).values():
            _change(resource["Type"], resource["Properties"])
        file.write_text(json.dumps(fragment))
    for file in folder.glob("sql/views/*.sql"):
        file.write_text(file.read_text() + "\n-- changed\n")


def _change(kind, properties):
    if kind in TAGGED:
        properties["Tags"] = [*properties.get("Tags", []), TAG]
    if kind in _CHANGES:
        _CHANGES[kind](properties)


def _delivery_stream(properties):
    properties["ExtendedS3DestinationConfiguration"]["BufferingHints"] = {"SizeInMBs": 65, "IntervalInSeconds": 61}


def _role(properties):
    properties["Description"] = "changed"
    properties["ManagedPolicyArns"] = [BOUNDARY]
    properties["PermissionsBoundary"] = BOUNDARY
    properties["Policies"] = properties.get("Policies", [])[1:]
    [statement] = properties["AssumeRolePolicyDocument"]["Statement"]
    statement["Sid"] = "Changed"


def _stream(properties):
    properties["StreamModeDetails"] = {"StreamMode": "PROVISIONED"}
    properties["ShardCount"] = 2
    properties["RetentionPeriodHours"] = 72
    properties["MaxRecordSizeInKiB"] = 2048
    properties["DesiredShardLevelMetrics"] = ["IncomingBytes"]
    properties.pop("StreamEncryption", None)


def _bucket(properties):
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"]}
    properties["CorsConfiguration"] = {"CorsRules": [rule]}
    properties["OwnershipControls"] = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    properties["PublicAccessBlockConfiguration"] = {"BlockPublicAcls": True}
    properties.pop("LifecycleConfiguration", None)


def _name_and_owner(properties):
    properties["Name"] = "changed"
    [owner] = properties["Permissions"]
    owner["Actions"] = [action for action in owner["Actions"] if not OWNERS_ACTION.search(action)]


def _set(**values):
    return lambda properties: properties.update(values)


_CHANGES = {
    "AWS::CloudWatch::Alarm": _set(AlarmDescription="changed"),
    "AWS::Glue::Database": lambda properties: properties["DatabaseInput"].update(Description="changed"),
    "AWS::Glue::Job": _set(Description="changed", Tags={"changed": "yes"}),
    "AWS::Glue::Table": lambda properties: properties["TableInput"].update(Description="changed"),
    "AWS::Glue::Trigger": _set(Description="changed", StartOnCreation=True, Tags={"changed": "yes"}),
    "AWS::IAM::Role": _role,
    "AWS::Kinesis::Stream": _stream,
    "AWS::KinesisFirehose::DeliveryStream": _delivery_stream,
    "AWS::Logs::LogGroup": lambda properties: properties.pop("RetentionInDays"),
    "AWS::QuickSight::Dashboard": _name_and_owner,
    "AWS::QuickSight::DataSet": _name_and_owner,
    "AWS::QuickSight::DataSource": _name_and_owner,
    "AWS::QuickSight::RefreshSchedule": lambda properties: properties["Schedule"]["ScheduleFrequency"].update(
        Interval="WEEKLY", RefreshOnDay={"DayOfWeek": "MONDAY"}
    ),
    "AWS::Redshift::Cluster": _set(AutomatedSnapshotRetentionPeriod=2, IamRoles=[]),
    "AWS::Redshift::ClusterSubnetGroup": _set(Description="changed"),
    "AWS::RedshiftServerless::Namespace": _set(LogExports=["userlog"]),
    "AWS::RedshiftServerless::Workgroup": _set(BaseCapacity=16),
    "AWS::S3::Bucket": _bucket,
    "Pipectl::RedshiftServerless::UsageLimit": _set(Amount=9),
}
