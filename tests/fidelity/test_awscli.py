"""The AWS CLI against the embedded AWS: the commands with which a person looks around."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import CREDENTIALS, active_stream, refused, trust


@pytest.fixture
def aws(endpoint, tmp_path):
    """Runs `aws --endpoint-url ENDPOINT ...`; returns what it printed, decoded where it is JSON."""

    def run(*arguments, exits=0):
        clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        done = subprocess.run(
            [Path(sys.executable).with_name("aws"), "--endpoint-url", endpoint, *map(str, arguments)],
            env={**clean, **CREDENTIALS, "AWS_CONFIG_FILE": os.devnull, "AWS_PAGER": ""},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == exits, done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout + done.stderr

    return run


def test_s3_ls_recursive(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="raw/dt=2026-01-01/one.gz", Body=b"12345")
    s3.put_object(Bucket=bucket, Key="raw/dt=2026-01-02/two.gz", Body=b"")
    assert bucket in aws("s3", "ls")
    lines = aws("s3", "ls", "--recursive", f"s3://{bucket}").splitlines()
    assert [line.split()[2:] for line in lines] == [
        ["5", "raw/dt=2026-01-01/one.gz"],
        ["0", "raw/dt=2026-01-02/two.gz"],
    ]
    assert "PRE dt=2026-01-01/" in aws("s3", "ls", f"s3://{bucket}/raw/")


def test_s3_cp_of_100_mb(aws, bucket, tmp_path):
    original, copy = tmp_path / "original", tmp_path / "copy"
    with original.open("wb") as file:
        for i in range(100_000):
            file.write(hashlib.md5(i.to_bytes(4, "big")).digest() + bytes(984))
    assert original.stat().st_size == 100_000_000
    aws("s3", "cp", "--no-progress", original, f"s3://{bucket}/dir/large")
    aws("s3", "cp", "--no-progress", f"s3://{bucket}/dir/large", copy)
    with original.open("rb") as one, copy.open("rb") as other:
        assert hashlib.file_digest(one, "sha256").digest() == hashlib.file_digest(other, "sha256").digest()
    aws("s3", "rm", "--recursive", f"s3://{bucket}")
    aws("s3", "rb", f"s3://{bucket}")


def test_s3_sync_and_mv(aws, bucket, tmp_path):
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "sub/b ü.txt").write_text("b")
    for file in (folder / "a.txt", folder / "sub/b ü.txt"):
        # S3 keeps whole seconds: a file of this very second would look newer than its upload.
        os.utime(file, (time.time() - 60, time.time() - 60))
    aws("s3", "sync", folder, f"s3://{bucket}/x")
    assert aws("s3", "sync", folder, f"s3://{bucket}/x") == ""
    aws("s3", "mv", f"s3://{bucket}/x/a.txt", f"s3://{bucket}/y/a.txt")
    aws("s3", "sync", f"s3://{bucket}", tmp_path / "back")
    assert (tmp_path / "back/y/a.txt").read_text() == "a"
    assert (tmp_path / "back/x/sub/b ü.txt").read_text() == "b"


def test_s3api(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    assert aws("s3api", "head-object", "--bucket", bucket, "--key", "k")["ContentLength"] == 5
    assert aws("s3api", "list-objects-v2", "--bucket", bucket)["Contents"][0]["Key"] == "k"
    assert "NoSuchBucket" in aws("s3api", "list-objects-v2", "--bucket", f"{bucket}-none", exits=255)


def test_kinesis(aws, kinesis, name):
    active_stream(kinesis, name)
    kinesis.put_record(StreamName=name, Data=b'{"id":1}\n', PartitionKey="1")
    summary = aws("kinesis", "describe-stream-summary", "--stream-name", name)["StreamDescriptionSummary"]
    assert (summary["StreamStatus"], summary["OpenShardCount"]) == ("ACTIVE", 1)
    assert name in aws("kinesis", "list-streams")["StreamNames"]
    shard = aws("kinesis", "list-shards", "--stream-name", name)["Shards"][0]["ShardId"]
    iterator = aws(
        "kinesis",
        "get-shard-iterator",
        "--stream-name",
        name,
        "--shard-id",
        shard,
        "--shard-iterator-type",
        "TRIM_HORIZON",
    )["ShardIterator"]
    page = aws("kinesis", "get-records", "--shard-iterator", iterator)
    assert [base64.b64decode(record["Data"]) for record in page["Records"]] == [b'{"id":1}\n']
    assert page["MillisBehindLatest"] == 0


def test_firehose(aws, firehose, iam, bucket, name):
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("firehose.amazonaws.com"))["Role"]["Arn"]
    destination = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}
    deadline = time.monotonic() + 60
    while True:  # until the role has propagated
        try:
            firehose.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination)
            break
        except firehose.exceptions.InvalidArgumentException:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    described = aws("firehose", "describe-delivery-stream", "--delivery-stream-name", name)
    assert described["DeliveryStreamDescription"]["DeliveryStreamName"] == name
    assert name in aws("firehose", "list-delivery-streams", "--limit", 1000)["DeliveryStreamNames"]


def test_iam(aws, iam, name):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("glue.amazonaws.com"))
    role = aws("iam", "get-role", "--role-name", name)["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(trust("glue.amazonaws.com"))
    assert name in [found["RoleName"] for found in aws("iam", "list-roles")["Roles"]]
    assert "NoSuchEntity" in aws("iam", "get-role", "--role-name", f"{name}-none", exits=255)


def test_logs(aws, logs, name):
    logs.create_log_group(logGroupName=f"/aws/{name}")
    groups = aws("logs", "describe-log-groups", "--log-group-name-prefix", f"/aws/{name}")["logGroups"]
    assert [group["logGroupName"] for group in groups] == [f"/aws/{name}"]


def test_sts_and_tagging(aws, kinesis, name):
    active_stream(kinesis, name, ShardCount=1, Tags={"pipeline": name})
    account = aws("sts", "get-caller-identity")["Account"]
    found = aws("resourcegroupstaggingapi", "get-resources", "--tag-filters", f"Key=pipeline,Values={name}")
    arns = [item["ResourceARN"] for item in found["ResourceTagMappingList"]]
    assert arns == [f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"]


def test_both_see_one_world(aws, s3, name):
    aws("s3", "mb", f"s3://{name}")
    s3.head_bucket(Bucket=name)
    aws("s3", "rb", f"s3://{name}")
    with refused("404"):
        s3.head_bucket(Bucket=name)
