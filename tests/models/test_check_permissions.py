"""Shows that check_permissions finds what a policy lacks, and holds the documents of docs/permissions/ to account."""

import dataclasses
import json
import re
import subprocess

import pytest

import arns
import check_permissions
import policies
import service_reference
from needs import Need, needs, possible_actions
from sources import called_operations
from test_validate_requests import request

PLACE = policies.Place("orders", "dev", "111122223333", "eu-west-1")
ALL = [statement for name in policies.names() for statement in policies.read(name, PLACE)]


def arn(service, resource):
    return arns.arn(PLACE, service, resource)


ROLE = arn("iam", "role/pipectl/orders/dev/orders-dev-glue-eu-west-1")
SECRET = arn("secretsmanager", "secret:redshift!orders-dev-pipeline-AbCdEf")
TAGS = [{"Key": "pipectl:env", "Value": "dev"}]
NAMESPACE = {"namespaceName": "orders-dev", "adminUsername": "pipeline", "manageAdminPassword": True}

#: What boto3 sends, and the action and resource that must be among its needs.
NEEDS = [
    (request("s3", "HeadBucket", Bucket="orders-dev-raw"), "s3:ListBucket", "arn:aws:s3:::orders-dev-raw"),
    (request("s3", "HeadObject", Bucket="b", Key="code/x.sql"), "s3:GetObject", "arn:aws:s3:::b/code/x.sql"),
    (request("s3", "HeadObject", Bucket="b", Key="code/x.sql"), "s3:ListBucket", "arn:aws:s3:::b"),
    (
        request("s3", "DeleteObjects", Bucket="b", Delete={"Objects": [{"Key": "x"}, {"Key": "y", "VersionId": "1"}]}),
        "s3:DeleteObjectVersion",
        "arn:aws:s3:::b/y",
    ),
    (
        request("s3", "CreateBucket", Bucket="b", CreateBucketConfiguration={"Tags": TAGS}),
        "s3:TagResource",
        "arn:aws:s3:::b",
    ),
    (
        request("kinesis", "CreateStream", StreamName="orders-dev-s", Tags={"a": "b"}),
        "kinesis:AddTagsToStream",
        arn("kinesis", "stream/orders-dev-s"),
    ),
    (
        request("kinesis", "UpdateShardCount", StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING"),
        "kinesis:UpdateShardCount",
        "*",
    ),
    (
        request("kinesis", "StartStreamEncryption", StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis"),
        "kinesis:StartStreamEncryption",
        arn("kms", f"key/{arns.SOME_ID}"),
    ),
    (request("iam", "GetRole", RoleName="orders-dev-glue"), "iam:GetRole", arn("iam", "role/orders-dev-glue")),
    (
        request("iam", "CreateRole", RoleName="r", Path="/pipectl/x/", AssumeRolePolicyDocument="{}", Tags=TAGS),
        "iam:TagRole",
        arn("iam", "role/pipectl/x/r"),
    ),
    (request("glue", "CreateJob", Name="j", Role=ROLE, Command={"Name": "glueetl"}), "iam:PassRole", ROLE),
    (
        request("glue", "CreateTable", DatabaseName="d", TableInput={"Name": "t"}),
        "glue:CreateTable",
        arn("glue", "table/d/t"),
    ),
    (
        request("cloudwatch", "PutDashboard", DashboardName="orders-dev-p", DashboardBody="{}"),
        "cloudwatch:PutDashboard",
        "arn:aws:cloudwatch::111122223333:dashboard/orders-dev-p",
    ),
    (request("redshift-serverless", "CreateNamespace", **NAMESPACE), "secretsmanager:CreateSecret", SECRET),
    (
        request("redshift", "CreateClusterSubnetGroup", ClusterSubnetGroupName="g", Description="", SubnetIds=["s"]),
        "ec2:DescribeSubnets",
        "*",
    ),
    (
        request("redshift-data", "ExecuteStatement", Sql="SELECT 1", WorkgroupName="orders-dev", SecretArn=SECRET),
        "secretsmanager:GetSecretValue",
        SECRET,
    ),
    (
        request("quicksight", "CreateIngestion", AwsAccountId="111122223333", DataSetId="d", IngestionId="i"),
        "quicksight:CreateIngestion",
        arn("quicksight", "dataset/d/ingestion/i"),
    ),
]


@pytest.mark.parametrize(
    ("record", "action", "resource"), NEEDS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_request_needs(record, action, resource):
    _, found = needs(record, PLACE)
    assert (action, resource) in [(need.action, need.resource) for need in found]


def test_asking_who_one_is_needs_nothing():
    assert needs(request("sts", "GetCallerIdentity"), PLACE) == ("sts.GetCallerIdentity", [])


def test_what_a_document_lacks_is_found_with_operation_and_action():
    record = request("glue", "StartJobRun", JobName="orders-dev-etl")
    less = [
        dataclasses.replace(statement, actions=tuple(set(statement.actions) - {"glue:StartJobRun"}))
        for statement in ALL
    ]
    for place in (None, PLACE):
        assert check_permissions.missing([record], ALL, place) == ([], {"glue.StartJobRun": 1})
        [(operation, action, _)], _ = check_permissions.missing([record], less, place)
        assert (operation, action) == ("glue.StartJobRun", "glue:StartJobRun")


def test_another_resource_is_found_by_scope_only():
    record = request("glue", "StartJobRun", JobName="payroll-etl")
    assert check_permissions.missing([record], ALL)[0] == []
    lacks, _ = check_permissions.missing([record], ALL, PLACE)
    assert lacks == [("glue.StartJobRun", "glue:StartJobRun", arn("glue", "job/payroll-etl"))]


def test_an_operation_without_a_rule_for_its_resource_is_an_error():
    with pytest.raises(LookupError, match="what secretsmanager:GetSecretValue is allowed on"):
        needs(request("secretsmanager", "GetSecretValue", SecretId="x"), PLACE)


def test_a_role_is_passed_only_to_the_service_it_is_for():
    to = lambda service: Need("iam:PassRole", ROLE, {"iam:PassedToService": service})  # noqa: E731
    assert policies.allowed(to("glue.amazonaws.com"), ALL)
    assert not policies.allowed(to("ec2.amazonaws.com"), ALL)


def test_the_command_line(tmp_path, capsys):
    recording = tmp_path / "requests.jsonl"
    recording.write_text(json.dumps(request("kinesis", "MergeShards", StreamName="s", ShardToMerge="a")) + "\n")
    assert check_permissions.main([str(recording)]) == 1
    assert "kinesis.MergeShards needs kinesis:MergeShards" in capsys.readouterr().out
    recording.write_text(json.dumps(request("kinesis", "ListShards", StreamName="orders-dev-s")) + "\n")
    scope = ["--scope", "orders/dev/111122223333/eu-west-1"]
    assert check_permissions.main([*scope, str(recording)]) == 0
    assert check_permissions.main([*scope, "--documents", "plan.json", "--", str(recording)]) == 1
    recording.write_text("")
    assert check_permissions.main([str(recording)]) == 1
    assert check_permissions.main([str(tmp_path / "none.jsonl")]) == 1


def test_unknown_parts_of_a_policy_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(policies, "FOLDER", tmp_path)
    good = {"Sid": "S", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    for change in (
        {"Effect": "Deny"},
        {"Action": "s3:*"},
        {"NotResource": "*"},
        {"Condition": {"StringLike": {"aws:x": "*"}}},
    ):
        (tmp_path / "p.json").write_text(json.dumps({"Statement": [good | change]}))
        with pytest.raises(ValueError, match="p.json, S"):
            policies.read("p.json")


@pytest.mark.parametrize("name", policies.names())
def test_a_document_has_actions_that_exist_on_resources_that_they_take(name):
    for statement in policies.read(name):
        assert list(statement.actions) == sorted(set(statement.actions)), f"{statement.sid}: sort them"
        useless = set(statement.resources) - {"*"}
        for action in statement.actions:
            try:
                prefixes = service_reference.arn_prefixes(action, policies.BLANK)
            except KeyError:
                pytest.fail(f"{name}, {statement.sid}: IAM has no action {action}")
            if not prefixes:
                assert statement.resources == ("*",), f"{action} can be allowed on * only"
                continue
            fitting = {resource for resource in statement.resources if _fits(resource, prefixes)}
            assert fitting or action in ON_ALL, f"{name}, {statement.sid}: {action} is for {prefixes}"
            useless -= fitting
        assert not useless, f"{name}, {statement.sid}: no action takes {useless}"


#: Allowed on everything although the reference names resources: reading alarms (CloudWatch API, DescribeAlarms: some
#: only "scoped to *"), the account's own subscription, and whichever VPC the warehouse is in.
ON_ALL = {"cloudwatch:DescribeAlarms", "ec2:DescribeVpcAttribute", "quicksight:DescribeAccountSubscription"}


def _fits(resource, prefixes):
    fixed = resource.split("*")[0]
    return resource != "*" and any(fixed.startswith(prefix) or prefix.startswith(fixed) for prefix in prefixes)


@pytest.mark.parametrize("name", policies.names())
def test_a_document_fits_a_managed_policy_and_leaves_no_placeholder(name):
    place = policies.Place("a-long-pipeline-name", "production", "111122223333", "ap-southeast-2")
    text = place.fill((policies.FOLDER / name).read_text())
    assert len("".join(text.split())) <= policies.LARGEST
    document = json.loads(text)
    for word in ("PIPELINE", "ENV", "ACCOUNT", "REGION", "DATABASE"):
        assert word not in text
    assert document["Version"] == "2012-10-17"
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert all(sid.isalnum() for sid in sids) and len(set(sids)) == len(sids)


def test_the_documented_commands_fill_a_document_in(tmp_path):
    page = (policies.FOLDER.parent / "permissions.md").read_text()
    [script] = re.findall(r"```sh\n(.*?)```", page, re.S)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/permissions").symlink_to(policies.FOLDER)
    subprocess.run(["bash", "-euc", "aws() { :; }\n" + script], cwd=tmp_path, check=True)
    place = policies.Place("employees", "dev", "111122223333", "us-east-1")
    assert sorted(path.name for path in tmp_path.glob("*.json")) == policies.names()
    for name in policies.names():
        assert (tmp_path / name).read_text() == place.fill((policies.FOLDER / name).read_text())


@pytest.mark.parametrize("stack", ["orders-dev2", "orders-prod", "reorders-dev"])
def test_nothing_of_another_environment_is_allowed(stack):
    database = stack.replace("-", "_")
    for action, resource in [
        ("s3:PutObject", f"arn:aws:s3:::{stack}-raw/runs/x"),
        ("s3:DeleteBucket", f"arn:aws:s3:::{stack}-raw"),
        ("kinesis:PutRecords", arn("kinesis", f"stream/{stack}-records")),
        ("glue:DeleteJob", arn("glue", f"job/{stack}-etl")),
        ("glue:DeleteTable", arn("glue", f"table/{database}_x/t")),
        ("logs:DeleteLogGroup", arn("logs", f"log-group:/aws/kinesisfirehose/{stack}-delivery:*")),
        ("redshift:DeleteCluster", arn("redshift", f"cluster:{stack}")),
        ("quicksight:DeleteDataSource", arn("quicksight", f"datasource/{stack}")),
        ("quicksight:DeleteDataSet", arn("quicksight", f"dataset/{stack}-pay")),
        ("secretsmanager:GetSecretValue", arn("secretsmanager", f"secret:redshift!{stack}-pipeline-AbCdEf")),
        ("iam:DeleteRole", arn("iam", f"role/pipectl/orders/{stack.split('-')[1]}2/{stack}-glue")),
    ]:
        assert not policies.allowed(Need(action, resource), ALL), resource
        # The rule can say yes: the same of our own.
    assert policies.allowed(Need("glue:DeleteJob", arn("glue", "job/orders-dev-etl")), ALL)


def test_an_operator_cannot_change_what_the_job_runs():
    run = policies.read("run.json", PLACE)
    assert policies.allowed(Need("s3:PutObject", "arn:aws:s3:::orders-dev-curated/runs/x/input.json"), run)
    assert not policies.allowed(Need("s3:PutObject", "arn:aws:s3:::orders-dev-raw/code/employees.sql"), run)
    assert not policies.allowed(Need("glue:UpdateJob", arn("glue", "job/orders-dev-etl")), run)


def test_the_documents_allow_what_the_sources_call_and_no_more():
    """The recordings prove what the tests send; this, what the code can send."""
    operations = called_operations()
    assert len(operations) > 150
    needed = {action: label for label in operations for action in possible_actions(label)}
    allowed = {action for statement in ALL for action in statement.actions}
    lacking = {action: label for action, label in needed.items() if action not in allowed}
    assert not lacking, "called, and no document allows it"
    assert not allowed - needed.keys(), "allowed, and nothing needs it"
