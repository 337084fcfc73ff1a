"""Drives the embedded AWS with boto3. Each expectation is AWS's, by the page or model that its comment names.

PIPECTL_BIN=target/debug/pipectl pytest tests/fidelity            the embedded AWS, started on a free port
PIPECTL_FIDELITY_ENDPOINT=http://127.0.0.1:5101 pytest ...        another server, to see what it makes of the same tests

Abbreviations in comments: S3 API, Kinesis API, ... = https://docs.aws.amazon.com/<service>/latest/APIReference/;
"model" = botocore's service-2.json.
"""

import contextlib
import json
import os
import subprocess
import time
import uuid
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

REGION = "us-east-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION}

#: Seconds for a state change (CREATING, a delivery) of a server with short waiting times.
PATIENCE = 60


class Server:
    """`pipectl local` in a project of its own."""

    def __init__(self, folder, *arguments):
        self.folder, self.arguments, self.process = folder, arguments, None
        configs = folder / "configs"
        configs.mkdir(parents=True, exist_ok=True)
        (configs / "pipeline.json").write_text(json.dumps({"name": "fidelity", "environments": {"local": {}}}))

    def start(self):
        """Starts the server and returns its endpoint."""
        binary = os.environ.get("PIPECTL_BIN")
        if not binary:
            pytest.fail("PIPECTL_BIN names no pipectl to test, PIPECTL_FIDELITY_ENDPOINT no other server")
        command = [str(Path(binary).resolve()), "local", "--port", "0", "--json", *self.arguments]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PIPECTL_"))}
        with (self.folder / "stderr.log").open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=clean, stdout=subprocess.PIPE, stderr=log, text=True
            )
        line = self.process.stdout.readline()
        try:
            event = json.loads(line)
        except ValueError:
            pytest.fail(f"{' '.join(command)} said {line!r}\n{(self.folder / 'stderr.log').read_text()}")
        assert event["event"] == "listening"
        return event["endpoint"]

    def stop(self, kill=False):
        if self.process:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(timeout=30)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory):
    given = os.environ.get("PIPECTL_FIDELITY_ENDPOINT")
    if given:
        yield given
        return
    server = Server(tmp_path_factory.mktemp("project"))
    yield server.start()
    server.stop()


def connect(service, endpoint, region=REGION):
    # No check of parameters on this side: the server's own are what is tested. No retries: each answer counts.
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, parameter_validation=False)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


@pytest.fixture(scope="session")
def s3(endpoint):
    return connect("s3", endpoint)


@pytest.fixture(scope="session")
def kinesis(endpoint):
    return connect("kinesis", endpoint)


@pytest.fixture(scope="session")
def firehose(endpoint):
    return connect("firehose", endpoint)


@pytest.fixture(scope="session")
def iam(endpoint):
    return connect("iam", endpoint)


@pytest.fixture(scope="session")
def logs(endpoint):
    return connect("logs", endpoint)


@pytest.fixture(scope="session")
def sts(endpoint):
    return connect("sts", endpoint)


@pytest.fixture(scope="session")
def tagging(endpoint):
    return connect("resourcegroupstaggingapi", endpoint)


@pytest.fixture(scope="session")
def glue(endpoint):
    return connect("glue", endpoint)


@pytest.fixture(scope="session")
def redshift(endpoint):
    return connect("redshift", endpoint)


@pytest.fixture(scope="session")
def serverless(endpoint):
    return connect("redshift-serverless", endpoint)


@pytest.fixture(scope="session")
def data(endpoint):
    return connect("redshift-data", endpoint)


@pytest.fixture(scope="session")
def secrets(endpoint):
    return connect("secretsmanager", endpoint)


class Warehouse:
    """A workgroup with the database `employees`, spoken to as its admin through the Data API."""

    def __init__(self, data, workgroup, secret, role):
        self.data, self.workgroup, self.secret, self.role = data, workgroup, secret, role

    @property
    def connection(self):
        return {"WorkgroupName": self.workgroup, "Database": "employees", "SecretArn": self.secret}

    def end(self, **request):
        """Runs the request (Sql or Sqls, ...) to its end and returns its description."""
        request = {**({} if "SessionId" in request else self.connection), **request}
        operation = self.data.batch_execute_statement if "Sqls" in request else self.data.execute_statement
        identifier = operation(**request)["Id"]

        def ended():
            description = self.data.describe_statement(Id=identifier, WaitTimeSeconds=30)
            return description if description["Status"] in ("FINISHED", "FAILED", "ABORTED") else None

        return eventually(ended, f"the statement {identifier} ends")

    def run(self, *sqls, **request):
        """Runs statements, each by itself, that must succeed; returns the last one's description."""
        for sql in sqls:
            description = self.end(Sql=sql, **request)
            assert description["Status"] == "FINISHED", (sql, description)
        return description

    def fail(self, sql, **request):
        """Runs a statement that must fail; returns its error."""
        description = self.end(Sql=sql, **request)
        assert description["Status"] == "FAILED", (sql, description)
        return description["Error"]

    def rows(self, sql, **request):
        """The rows of a query as tuples; None for NULL."""
        identifier = self.run(sql, **request)["Id"]
        pages = self.data.get_paginator("get_statement_result").paginate(Id=identifier)
        return [tuple(value_of(field) for field in row) for page in pages for row in page["Records"]]


def value_of(field):
    """The one member of a Field, which is a union."""
    assert len(field) == 1, field
    kind, value = next(iter(field.items()))
    return None if kind == "isNull" else value


def create_warehouse(serverless, data, name, role=None):
    """Creates a namespace and a workgroup called `name`, waits until statements can run there."""
    roles = {"iamRoles": [role], "defaultIamRoleArn": role} if role else {}
    namespace = serverless.create_namespace(
        namespaceName=name, dbName="employees", adminUsername="boss", manageAdminPassword=True, **roles
    )["namespace"]
    serverless.create_workgroup(workgroupName=name, namespaceName=name, baseCapacity=8)
    eventually(
        lambda: serverless.get_workgroup(workgroupName=name)["workgroup"]["status"] == "AVAILABLE",
        f"workgroup {name} is AVAILABLE",
    )
    return Warehouse(data, name, namespace["adminPasswordSecretArn"], role)


@pytest.fixture(scope="session")
def warehouse(serverless, data, iam):
    """A warehouse for all tests, with a role that may read and write every bucket."""
    name = f"fidelity-{uuid.uuid4().hex[:12]}"
    policy = trust("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=allow("s3:*"))
    return create_warehouse(serverless, data, name, role)


@pytest.fixture
def schema(warehouse):
    """A schema of the warehouse that is the test's own."""
    name = f"s{uuid.uuid4().hex[:12]}"
    warehouse.run(f"CREATE SCHEMA {name}")
    return name


@pytest.fixture
def name():
    """A name that nothing has yet."""
    return f"fidelity-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def bucket(s3, name):
    s3.create_bucket(Bucket=name)
    return name


@contextlib.contextmanager
def refused(*codes, status=None, saying=None):
    """The call in it must be refused with one of AWS's error codes."""
    with pytest.raises(ClientError) as caught:
        yield caught
    error = caught.value.response
    assert error["Error"]["Code"] in codes, error
    if status:
        assert error["ResponseMetadata"]["HTTPStatusCode"] == status, error
    if saying:
        assert saying in error["Error"]["Message"], error


def eventually(probe, what, patience=PATIENCE):
    """The first truthy value of `probe`."""
    deadline = time.monotonic() + patience
    while True:
        value = probe()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {patience} s: {what}"
        time.sleep(0.05)


def active_stream(kinesis, name, **settings):
    """Creates a stream, waits until it is ACTIVE and returns its summary."""
    kinesis.create_stream(StreamName=name, **(settings or {"ShardCount": 1}))
    return until_active(kinesis, name)


def until_active(kinesis, name):
    def summary():
        description = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        return description if description["StreamStatus"] == "ACTIVE" else None

    return eventually(summary, f"stream {name} is ACTIVE")


def records_from(kinesis, stream, shard, **position):
    """All records of a shard from a position (default: the oldest) up to the tip."""
    position = position or {"ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **position)["ShardIterator"]
    found = []
    while iterator:
        page = kinesis.get_records(ShardIterator=iterator)
        found += page["Records"]
        if not page["Records"] and page["MillisBehindLatest"] == 0:
            break
        iterator = page.get("NextShardIterator")
    return found


def trust(*services):
    """A role's trust policy for AWS services."""
    statement = {"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def allow(*actions, resource="*"):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
