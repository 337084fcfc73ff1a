"""Firehose: control plane, and delivery from Kinesis and by PutRecordBatch into S3."""

import gzip
import hashlib
import json
import re
from datetime import UTC, datetime

import pytest

from conftest import active_stream, allow, eventually, refused, trust

# The shortest buffering that the API allows (model: BufferingHints 0-900 s, 1-128 MiB).
SOON = {"SizeInMBs": 1, "IntervalInSeconds": 0}


@pytest.fixture
def role(iam, name):
    """A role that Firehose may assume and that may read streams and write buckets."""
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("firehose.amazonaws.com"))["Role"]["Arn"]
    actions = ["kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards", "s3:*"]
    iam.put_role_policy(RoleName=name, PolicyName="deliver", PolicyDocument=allow(*actions))
    return arn


def destination(role, bucket, **more):
    return {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", "BufferingHints": SOON, **more}


def begin(firehose, name, s3_destination, **source):
    """Creates a delivery stream as soon as Firehose takes the role: one that is seconds old may not have propagated (IAM
    user guide, "Changes that I make are not always immediately visible")."""

    def attempt():
        try:
            return firehose.create_delivery_stream(
                DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3_destination, **source
            )
        except firehose.exceptions.InvalidArgumentException as error:
            if "unable to assume role" not in str(error):
                raise
            return None

    return eventually(attempt, "Firehose takes the role")


def create(firehose, name, s3_destination, **source):
    """Creates a delivery stream, waits until it is ACTIVE and returns its description."""
    begin(firehose, name, s3_destination, **source)
    return until_active(firehose, name)


def describe(firehose, name):
    return firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]


def until_active(firehose, name):
    def active():
        description = describe(firehose, name)
        assert description["DeliveryStreamStatus"] in ("CREATING", "ACTIVE"), description
        return description if description["DeliveryStreamStatus"] == "ACTIVE" else None

    return eventually(active, f"delivery stream {name} is ACTIVE")


def delivered(s3, bucket, prefix=""):
    """Key -> body of what lies under the prefix."""
    items = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {item["Key"]: s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read() for item in items}


def content(objects):
    return b"".join(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body for body in objects.values())


# Developer guide, "Troubleshooting Amazon S3": Firehose must be able to assume the role. AWS's words, as users report
# them (hashicorp/terraform-provider-aws#3380): "Firehose is unable to assume role ... Please check the role provided."
@pytest.mark.parametrize("principal", ["glue.amazonaws.com", "ec2.amazonaws.com"])
def test_a_role_that_does_not_trust_firehose_is_refused(firehose, iam, bucket, name, principal):
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(principal))["Role"]["Arn"]
    with refused(
        "InvalidArgumentException",
        status=400,
        saying=f"Firehose is unable to assume role {role}. Please check the role provided.",
    ):
        firehose.create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(role, bucket)
        )
    with refused("ResourceNotFoundException"):
        firehose.describe_delivery_stream(DeliveryStreamName=name)


def test_a_role_that_does_not_exist_is_refused(firehose, sts, bucket, name):
    role = f"arn:aws:iam::{sts.get_caller_identity()['Account']}:role/{name}"
    with refused("InvalidArgumentException", saying="unable to assume role"):
        firehose.create_delivery_stream(
            DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination(role, bucket)
        )


# Firehose API, CreateDeliveryStream: "The initial status of the Firehose stream is CREATING"; defaults 5 MB, 300 s.
def test_create_and_describe(firehose, role, bucket, name):
    hints = {key: value for key, value in destination(role, bucket, Prefix="p/").items() if key != "BufferingHints"}
    create(firehose, name, hints, Tags=[{"Key": "a", "Value": "1"}])
    description = describe(firehose, name)
    account = role.split(":")[4]
    assert description["DeliveryStreamARN"] == f"arn:aws:firehose:us-east-1:{account}:deliverystream/{name}"
    assert description["DeliveryStreamType"] == "DirectPut"
    assert description["VersionId"] == "1"
    assert description["HasMoreDestinations"] is False
    target = description["Destinations"][0]
    assert target["DestinationId"] == "destinationId-000000000001"
    extended = target["ExtendedS3DestinationDescription"]
    assert extended["RoleARN"] == role
    assert extended["BucketARN"] == f"arn:aws:s3:::{bucket}"
    assert extended["Prefix"] == "p/"
    assert extended["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert extended["CompressionFormat"] == "UNCOMPRESSED"
    assert extended["S3BackupMode"] == "Disabled"
    with refused("ResourceInUseException", status=400):
        firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=hints)
    tags = firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)
    assert tags["Tags"] == [{"Key": "a", "Value": "1"}]
    assert tags["HasMoreTags"] is False


# Firehose API, CreateDeliveryStream: "CREATING" comes first; DeleteDeliveryStream: "You can't delete a Firehose stream
# that is in the CREATING state" (ResourceInUseException).
def test_a_new_delivery_stream_is_creating(firehose, iam, role, bucket, name):
    begin(firehose, name, destination(role, bucket))
    assert describe(firehose, name)["DeliveryStreamStatus"] == "CREATING"
    with refused("ResourceInUseException"):
        firehose.delete_delivery_stream(DeliveryStreamName=name)
    until_active(firehose, name)


# Model: BufferingHints SizeInMBs 1-128, IntervalInSeconds 0-900; names [a-zA-Z0-9_.-]+, 1-64.
def test_settings_are_checked(firehose, role, bucket, name):
    for hints in ({"SizeInMBs": 0}, {"SizeInMBs": 129}, {"IntervalInSeconds": 901}):
        with refused("ValidationException", "InvalidArgumentException"):
            firehose.create_delivery_stream(
                DeliveryStreamName=name,
                ExtendedS3DestinationConfiguration=destination(role, bucket, BufferingHints={**SOON, **hints}),
            )
    with refused("ValidationException", "InvalidArgumentException"):
        firehose.create_delivery_stream(
            DeliveryStreamName="a" * 65, ExtendedS3DestinationConfiguration=destination(role, bucket)
        )


# Developer guide, "Custom prefixes": a Prefix with expressions needs an ErrorOutputPrefix.
def test_a_prefix_with_expressions_needs_an_error_prefix(firehose, role, bucket, name):
    begin(firehose, f"{name}-first", destination(role, bucket))  # from here on the role is known
    with refused("InvalidArgumentException", saying="ErrorOutputPrefix"):
        firehose.create_delivery_stream(
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration=destination(role, bucket, Prefix="dt=!{timestamp:yyyy}/"),
        )


# Firehose API, UpdateDestination: only with the current version; merges; the version moves on.
def test_update(firehose, role, bucket, name):
    target = create(firehose, name, destination(role, bucket, Prefix="a/"))["Destinations"][0]["DestinationId"]
    update = {"DeliveryStreamName": name, "DestinationId": target}
    change = {"BufferingHints": {"SizeInMBs": 2, "IntervalInSeconds": 60}}
    with refused("ConcurrentModificationException", status=400):
        firehose.update_destination(**update, CurrentDeliveryStreamVersionId="7", ExtendedS3DestinationUpdate=change)
    firehose.update_destination(**update, CurrentDeliveryStreamVersionId="1", ExtendedS3DestinationUpdate=change)
    description = describe(firehose, name)
    assert description["VersionId"] == "2"
    extended = description["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert extended["BufferingHints"] == change["BufferingHints"]
    assert extended["Prefix"] == "a/"
    with refused("ConcurrentModificationException"):
        firehose.update_destination(**update, CurrentDeliveryStreamVersionId="1", ExtendedS3DestinationUpdate=change)


# Developer guide, "Understand data delivery in Amazon Data Firehose": objects are named
# <prefix><delivery stream>-<version>-<YYYY-MM-dd-HH-MM-SS>-<random>, with .gz where they are compressed; the default
# prefix is YYYY/MM/dd/HH/ in UTC; records are concatenated as they are.
def test_put_record_batch_is_delivered(firehose, s3, role, bucket, name):
    create(firehose, name, destination(role, bucket))
    batch = [{"Data": f"row {i}\n".encode()} for i in range(100)]
    answer = firehose.put_record_batch(DeliveryStreamName=name, Records=batch)
    assert answer["FailedPutCount"] == 0
    assert len({one["RecordId"] for one in answer["RequestResponses"]}) == 100
    firehose.put_record(DeliveryStreamName=name, Record={"Data": b"one more\n"})
    rows = sorted([record["Data"] for record in batch] + [b"one more\n"])
    eventually(
        lambda: sorted(content(delivered(s3, bucket)).splitlines(keepends=True)) == rows, "all records are in S3"
    )
    pattern = rf"\d{{4}}/\d\d/\d\d/\d\d/{name}-1-\d{{4}}(-\d\d){{5}}-[0-9a-f-]{{36}}"
    for key in delivered(s3, bucket):
        assert re.fullmatch(pattern, key), key


# Model: PutRecordBatch 1-500 records of at most 1,000 KiB; Firehose API: 4 MiB a request.
def test_batches_are_limited(firehose, role, bucket, name):
    create(firehose, name, destination(role, bucket))
    for records in (
        [{"Data": b"x"}] * 501,
        [{"Data": b"x" * (1000 * 1024 + 1)}],
        [{"Data": b"x" * (1000 * 1024)}] * 5,
    ):
        with refused("InvalidArgumentException", "ValidationException", status=400):
            firehose.put_record_batch(DeliveryStreamName=name, Records=records)


# Developer guide, "Source, destination, and name": a delivery stream reads its Kinesis stream from the moment it is created
# (design of the service: LATEST); "Custom prefixes": !{timestamp:...} in UTC; GZIP.
def test_kinesis_is_delivered_by_date_in_gzip(firehose, kinesis, s3, role, bucket, name):
    summary = active_stream(kinesis, name, ShardCount=2)
    kinesis.put_record(StreamName=name, Data=b"before the delivery stream\n", PartitionKey="k")
    source = {"KinesisStreamARN": summary["StreamARN"], "RoleARN": role}
    target = destination(
        role,
        bucket,
        Prefix="raw/dt=!{timestamp:yyyy-MM-dd}/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        CompressionFormat="GZIP",
    )
    description = create(
        firehose,
        name,
        target,
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration=source,
    )
    assert description["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"] == summary["StreamARN"]
    assert description["Source"]["KinesisStreamSourceDescription"]["DeliveryStartTimestamp"]
    # AWS's words: aws/aws-cli#7010.
    with refused("InvalidArgumentException", saying="not permitted on KinesisStreamAsSource"):
        firehose.put_record(DeliveryStreamName=name, Record={"Data": b"x"})

    rows = [f'{{"id":{i}}}\n'.encode() for i in range(1200)]
    for start in range(0, 1200, 400):
        batch = [{"Data": row, "PartitionKey": row.decode()} for row in rows[start : start + 400]]
        assert kinesis.put_records(StreamName=name, Records=batch)["FailedRecordCount"] == 0
    days = {datetime.now(UTC).strftime("%Y-%m-%d")}

    def arrived():
        return sorted(content(delivered(s3, bucket, "raw/")).splitlines(keepends=True)) == sorted(rows)

    eventually(arrived, "each record is in S3 exactly once")
    days.add(datetime.now(UTC).strftime("%Y-%m-%d"))
    for key, body in delivered(s3, bucket, "raw/").items():
        assert any(key.startswith(f"raw/dt={day}/{name}-1-") for day in days), key
        assert key.endswith(".gz")
        assert body[:2] == b"\x1f\x8b"
    assert delivered(s3, bucket, "errors/") == {}


# Developer guide, "Record deaggregation" and the KPL's aggregation format: with a Kinesis source, KPL records are
# unpacked before delivery.
def test_kpl_records_are_unpacked(firehose, kinesis, s3, role, bucket, name):
    summary = active_stream(kinesis, name)
    create(
        firehose,
        name,
        destination(role, bucket),
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": summary["StreamARN"], "RoleARN": role},
    )
    rows = [f"row {i}\n".encode() for i in range(20)]
    kinesis.put_record(StreamName=name, Data=aggregated(rows), PartitionKey="k")
    eventually(lambda: content(delivered(s3, bucket)).splitlines(keepends=True) == rows, "the rows, unpacked")


def aggregated(rows):
    """An AggregatedRecord whose records all have partition key 0, "k" (lengths below 128: one byte each)."""
    message = b"\x0a\x01k"
    for row in rows:
        record = b"\x08\x00\x1a" + bytes([len(row)]) + row
        message += b"\x1a" + bytes([len(record)]) + record
    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()


# Firehose API, CreateDeliveryStream: the source must exist.
def test_a_source_that_does_not_exist_is_refused(firehose, role, bucket, name):
    begin(firehose, f"{name}-first", destination(role, bucket))  # from here on the role is known
    arn = f"arn:aws:kinesis:us-east-1:{role.split(':')[4]}:stream/{name}"
    with refused("ResourceNotFoundException", "InvalidArgumentException"):
        firehose.create_delivery_stream(
            DeliveryStreamName=name,
            DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": role},
            ExtendedS3DestinationConfiguration=destination(role, bucket),
        )


# Firehose API, ListDeliveryStreams: alphabetical, Limit, HasMoreDeliveryStreams, ExclusiveStartDeliveryStreamName.
def test_list_in_pages(firehose, role, bucket, name):
    names = [f"{name}-{i}" for i in range(3)]
    for one in names:
        create(firehose, one, destination(role, bucket))
    listed, more, start = [], True, {}
    while more:
        page = firehose.list_delivery_streams(Limit=2, **start)
        assert len(page["DeliveryStreamNames"]) <= 2
        listed += page["DeliveryStreamNames"]
        more, start = page["HasMoreDeliveryStreams"], {"ExclusiveStartDeliveryStreamName": listed[-1]}
    assert set(names) <= set(listed)
    assert listed == sorted(listed)


# Firehose API, TagDeliveryStream, UntagDeliveryStream.
def test_tags(firehose, role, bucket, name):
    create(firehose, name, destination(role, bucket))
    firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=["a"])
    assert firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"] == [{"Key": "b", "Value": "2"}]


# Firehose API, DeleteDeliveryStream: asynchronous; then ResourceNotFoundException.
def test_delete(firehose, role, bucket, name):
    create(firehose, name, destination(role, bucket))
    firehose.delete_delivery_stream(DeliveryStreamName=name)

    def gone():
        try:
            return describe(firehose, name)["DeliveryStreamStatus"] != "DELETING"
        except firehose.exceptions.ResourceNotFoundException:
            return True

    eventually(gone, "the delivery stream is gone")
    for call in (firehose.describe_delivery_stream, firehose.delete_delivery_stream):
        with refused("ResourceNotFoundException", status=400, saying=name):
            call(DeliveryStreamName=name)
    with refused("ResourceNotFoundException"):
        firehose.put_record(DeliveryStreamName=name, Record={"Data": b"x"})


# Developer guide, "Monitor with CloudWatch Logs", and the S3 delivery itself: a bucket that is gone is retried, and the error is
# logged with the code S3.NoSuchBucket or such; the delivery stream stays ACTIVE.
def test_a_failing_delivery_is_logged(firehose, logs, s3, role, bucket, name):
    group = f"/aws/kinesisfirehose/{name}"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="S3Delivery")
    options = {"Enabled": True, "LogGroupName": group, "LogStreamName": "S3Delivery"}
    create(firehose, name, destination(role, bucket, CloudWatchLoggingOptions=options))
    s3.delete_bucket(Bucket=bucket)
    firehose.put_record(DeliveryStreamName=name, Record={"Data": b"lost?\n"})
    events = eventually(
        lambda: logs.get_log_events(logGroupName=group, logStreamName="S3Delivery")["events"], "an error is logged"
    )
    assert json.loads(events[0]["message"])["errorCode"] == "S3.NoSuchBucket"
    assert describe(firehose, name)["DeliveryStreamStatus"] == "ACTIVE"
