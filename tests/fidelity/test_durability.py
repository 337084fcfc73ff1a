"""What the embedded AWS acknowledged is there after kill -9: S3, Kinesis and Firehose are durable services."""

import os

import pytest

from conftest import Server, active_stream, connect, eventually, records_from, trust

pytestmark = pytest.mark.skipif("PIPECTL_FIDELITY_ENDPOINT" in os.environ, reason="another server is not ours to kill")


def test_acknowledged_writes_survive_a_kill(tmp_path, name):
    server = Server(tmp_path)
    endpoint = server.start()
    try:
        s3, kinesis, iam, logs = (connect(service, endpoint) for service in ("s3", "kinesis", "iam", "logs"))
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=b"body" * 100_000, Metadata={"a": "1"})
        active_stream(kinesis, name)
        put = [kinesis.put_record(StreamName=name, Data=bytes([i]), PartitionKey="k") for i in range(100)]
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("glue.amazonaws.com"))
        logs.create_log_group(logGroupName=name)
    finally:
        server.stop(kill=True)

    endpoint = server.start()
    try:
        s3, kinesis, iam, logs = (connect(service, endpoint) for service in ("s3", "kinesis", "iam", "logs"))
        answer = s3.get_object(Bucket=name, Key="k")
        assert answer["Body"].read() == b"body" * 100_000
        assert answer["Metadata"] == {"a": "1"}
        read = records_from(kinesis, name, put[0]["ShardId"])
        assert [record["Data"][0] for record in read] == list(range(100))
        assert [record["SequenceNumber"] for record in read] == [one["SequenceNumber"] for one in put]
        more = kinesis.put_record(StreamName=name, Data=b"after", PartitionKey="k")
        assert int(more["SequenceNumber"]) > int(put[-1]["SequenceNumber"])
        assert iam.get_role(RoleName=name)["Role"]["RoleName"] == name
        assert logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["logGroupName"] == name
    finally:
        server.stop()


def test_what_firehose_accepted_is_delivered_after_a_kill(tmp_path, name):
    server = Server(tmp_path)
    endpoint = server.start()
    rows = [f"row {i}\n".encode() for i in range(500)]
    try:
        s3, kinesis, iam, firehose = (connect(service, endpoint) for service in ("s3", "kinesis", "iam", "firehose"))
        s3.create_bucket(Bucket=name)
        stream = active_stream(kinesis, name)["StreamARN"]
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("firehose.amazonaws.com"))["Role"]["Arn"]
        actions = (
            '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","kinesis:*"],"Resource":"*"}]}'
        )
        iam.put_role_policy(RoleName=name, PolicyName="deliver", PolicyDocument=actions)

        def created():
            try:
                return firehose.create_delivery_stream(
                    DeliveryStreamName=name,
                    DeliveryStreamType="KinesisStreamAsSource",
                    KinesisStreamSourceConfiguration={"KinesisStreamARN": stream, "RoleARN": role},
                    ExtendedS3DestinationConfiguration={
                        "RoleARN": role,
                        "BucketARN": f"arn:aws:s3:::{name}",
                        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
                    },
                )
            except firehose.exceptions.InvalidArgumentException:
                return None

        eventually(created, "Firehose takes the role")
        description = lambda: firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]  # noqa: E731
        eventually(lambda: description()["DeliveryStreamStatus"] == "ACTIVE", "the delivery stream is ACTIVE")
        kinesis.put_records(StreamName=name, Records=[{"Data": row, "PartitionKey": "k"} for row in rows])
    finally:
        server.stop(kill=True)

    s3 = connect("s3", server.start())
    try:

        def delivered():
            items = s3.list_objects_v2(Bucket=name).get("Contents", [])
            bodies = [s3.get_object(Bucket=name, Key=item["Key"])["Body"].read() for item in items]
            # Developer guide, "Data delivery frequency": at least once.
            return set(b"".join(bodies).splitlines(keepends=True)) == set(rows)

        eventually(delivered, "every row is in S3")
    finally:
        server.stop()
