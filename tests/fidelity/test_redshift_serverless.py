"""Redshift Serverless: namespaces, workgroups, usage limits, tags, temporary credentials.

"Model" = botocore redshift-serverless 2021-04-21; "guide" = Redshift management guide.
"""

import datetime
import json

import pytest

from conftest import eventually, refused

ACCOUNT = "000000000000"


@pytest.fixture
def namespace(serverless, name):
    return serverless.create_namespace(
        namespaceName=name, dbName="employees", adminUsername="boss", manageAdminPassword=True
    )["namespace"]


def workgroup_of(serverless, name):
    return serverless.get_workgroup(workgroupName=name)["workgroup"]


def until(serverless, name, status="AVAILABLE"):
    return eventually(
        lambda: (found := workgroup_of(serverless, name))["status"] == status and found, f"workgroup {name} is {status}"
    )


def settled(serverless, name):
    return eventually(
        lambda: (found := serverless.get_namespace(namespaceName=name)["namespace"])["status"] == "AVAILABLE" and found,
        f"namespace {name} is AVAILABLE",
    )


@pytest.fixture
def workgroup(serverless, name, namespace):
    """An available workgroup of the namespace, of the same name."""
    serverless.create_workgroup(workgroupName=name, namespaceName=name, baseCapacity=8)
    return until(serverless, name)


def gone(call, error):
    try:
        call()
    except error:
        return True
    return False


# Model, CreateNamespace, Namespace.
def test_a_namespace(serverless, name, namespace):
    assert namespace["status"] in ("AVAILABLE", "MODIFYING")
    assert namespace["namespaceArn"].endswith(f":namespace/{namespace['namespaceId']}")
    assert namespace["namespaceArn"].startswith("arn:aws:redshift-serverless:us-east-1:")
    assert (namespace["namespaceName"], namespace["dbName"]) == (name, "employees")
    assert namespace["adminUsername"] == "boss"
    assert "adminUserPassword" not in namespace
    age = datetime.datetime.now(datetime.UTC) - namespace["creationDate"]
    assert abs(age) < datetime.timedelta(minutes=5)
    assert settled(serverless, name)["namespaceId"] == namespace["namespaceId"]
    listed = serverless.get_paginator("list_namespaces").paginate(PaginationConfig={"PageSize": 1})
    assert name in [item["namespaceName"] for page in listed for item in page["namespaces"]]
    with refused("ConflictException", status=400):
        serverless.create_namespace(namespaceName=name)


# Guide, "Managing Amazon Redshift admin passwords using AWS Secrets Manager": the secret is redshift!<namespace>-<user>,
# managed by Redshift, and holds user and password; it goes with the namespace.
def test_the_managed_password(serverless, secrets, name, namespace):
    arn = namespace["adminPasswordSecretArn"]
    assert f":secret:redshift!{name}-boss-" in arn
    value = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    assert set(value) >= {"username", "password"}
    assert value["username"] == "boss"
    assert len(value["password"]) >= 8
    described = secrets.describe_secret(SecretId=arn)
    assert described["OwningService"] == "redshift"
    with refused("InvalidRequestException"):
        secrets.put_secret_value(SecretId=arn, SecretString="{}")
    with refused("InvalidRequestException"):
        secrets.delete_secret(SecretId=arn)
    serverless.delete_namespace(namespaceName=name)
    with refused("ResourceNotFoundException", "InvalidRequestException"):
        secrets.get_secret_value(SecretId=arn)


# Model: names ^[a-z0-9-]+$ of 3-64; "You can't use adminUserPassword if manageAdminPassword is true."
@pytest.mark.parametrize(
    "settings",
    [
        {"namespaceName": "a_b"},
        {"namespaceName": "ab"},
        {"namespaceName": "a" * 65},
        {"manageAdminPassword": True, "adminUserPassword": "Passw0rdIsLong"},
        {"adminUserPassword": "short", "adminUsername": "boss"},
        {"logExports": ["nolog"]},
        {"iamRoles": ["no-arn"]},
    ],
)
def test_namespaces_that_cannot_be(serverless, name, settings):
    with refused("ValidationException", status=400):
        serverless.create_namespace(**{"namespaceName": name, **settings})


def test_a_namespace_that_is_not_there(serverless, name):
    for call in (serverless.get_namespace, serverless.delete_namespace):
        with refused("ResourceNotFoundException", status=400):
            call(namespaceName=name)
    with refused("ResourceNotFoundException"):
        serverless.update_namespace(namespaceName=name, logExports=["userlog"])
    with refused("ResourceNotFoundException"):
        serverless.create_workgroup(workgroupName=name, namespaceName=name)


# Model, UpdateNamespace: "Unless required, you can't update multiple parameters in one request."
def test_update_a_namespace(serverless, iam, name, namespace):
    role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    settled(serverless, name)
    with refused("ValidationException"):
        serverless.update_namespace(namespaceName=name, logExports=["userlog"], iamRoles=[role])
    serverless.update_namespace(namespaceName=name, logExports=["userlog", "connectionlog"])
    assert sorted(settled(serverless, name)["logExports"]) == ["connectionlog", "userlog"]
    serverless.update_namespace(namespaceName=name, iamRoles=[role], defaultIamRoleArn=role)
    updated = settled(serverless, name)
    assert updated["defaultIamRoleArn"] == role
    assert any(role in text for text in updated["iamRoles"])


# Model, CreateWorkgroup, Workgroup; WorkgroupStatus CREATING, AVAILABLE, MODIFYING, DELETING.
def test_a_workgroup_from_creation_to_deletion(serverless, name, namespace):
    created = serverless.create_workgroup(workgroupName=name, namespaceName=name, baseCapacity=8)["workgroup"]
    assert created["status"] == "CREATING"
    available = until(serverless, name)
    assert available["workgroupArn"].endswith(f":workgroup/{available['workgroupId']}")
    assert (available["namespaceName"], available["baseCapacity"]) == (name, 8)
    assert available["publiclyAccessible"] is False
    assert available["enhancedVpcRouting"] is False
    endpoint = available["endpoint"]
    assert endpoint["address"].startswith(f"{name}.")
    assert endpoint["address"].endswith(".us-east-1.redshift-serverless.amazonaws.com")
    assert endpoint["port"] == 5439
    assert {"parameterKey": "enable_case_sensitive_identifier", "parameterValue": "false"} in available[
        "configParameters"
    ]
    with refused("ConflictException", status=400):
        serverless.create_workgroup(workgroupName=name, namespaceName=name)
    with refused("ConflictException"):
        serverless.delete_namespace(namespaceName=name)
    assert serverless.delete_workgroup(workgroupName=name)["workgroup"]["status"] == "DELETING"
    missing = serverless.exceptions.ResourceNotFoundException
    eventually(lambda: gone(lambda: workgroup_of(serverless, name), missing), "the workgroup is gone")
    assert serverless.delete_namespace(namespaceName=name)["namespace"]["status"] == "DELETING"
    eventually(lambda: gone(lambda: serverless.get_namespace(namespaceName=name), missing), "the namespace is gone")


# Guide, "Considerations when using Amazon Redshift Serverless": a namespace has one workgroup.
def test_a_namespace_has_one_workgroup(serverless, name, workgroup):
    with refused("ConflictException"):
        serverless.create_workgroup(workgroupName=f"{name}-2", namespaceName=name)
    listed = serverless.get_paginator("list_workgroups").paginate(PaginationConfig={"PageSize": 1})
    assert [item["workgroupName"] for page in listed for item in page["workgroups"]].count(name) == 1


# Guide, "Compute capacity": 4 RPU, 8 to 512 in steps of 8, 512 to 1024 in steps of 32. Model, port: 5431-5455, 8191-8215.
@pytest.mark.parametrize(
    "settings",
    [
        {"baseCapacity": 5},
        {"baseCapacity": 9},
        {"baseCapacity": 520},
        {"baseCapacity": 2048},
        {"port": 80},
        {"workgroupName": "A"},
        {"subnetIds": ["no-subnet"]},
        {"configParameters": [{"parameterKey": "nothing", "parameterValue": "1"}]},
    ],
)
def test_workgroups_that_cannot_be(serverless, name, namespace, settings):
    with refused("ValidationException", status=400):
        serverless.create_workgroup(**{"workgroupName": name, "namespaceName": name, **settings})


# Model, UpdateWorkgroup: "you can't update multiple parameters in one request".
def test_update_a_workgroup(serverless, name, workgroup):
    with refused("ValidationException"):
        serverless.update_workgroup(workgroupName=name, baseCapacity=16, port=5440)
    assert serverless.update_workgroup(workgroupName=name, baseCapacity=16)["workgroup"]["status"] == "MODIFYING"
    assert until(serverless, name)["baseCapacity"] == 16
    parameters = [{"parameterKey": "max_query_execution_time", "parameterValue": "60"}]
    serverless.update_workgroup(workgroupName=name, configParameters=parameters)
    assert parameters[0] in until(serverless, name)["configParameters"]
    with refused("ResourceNotFoundException"):
        serverless.update_workgroup(workgroupName=f"{name}-none", baseCapacity=16)


# A workgroup is named by its name or its ARN.
def test_statements_by_the_arn_of_a_workgroup(data, namespace, workgroup):
    secret = namespace["adminPasswordSecretArn"]
    for name in (workgroup["workgroupName"], workgroup["workgroupArn"]):
        connection = {"WorkgroupName": name, "Database": "employees", "SecretArn": secret}
        assert data.execute_statement(Sql="SELECT 1", WaitTimeSeconds=30, **connection)["Status"] == "FINISHED"


# Model, CreateUsageLimit: defaults monthly and log; "The value must be a positive number".
def test_usage_limits(serverless, workgroup):
    arn = workgroup["workgroupArn"]
    limit = serverless.create_usage_limit(resourceArn=arn, usageType="serverless-compute", amount=8)["usageLimit"]
    assert (limit["amount"], limit["period"], limit["breachAction"]) == (8, "monthly", "log")
    assert limit["usageLimitArn"].endswith(f":usagelimit/{limit['usageLimitId']}")
    with refused("ConflictException", status=400):
        serverless.create_usage_limit(resourceArn=arn, usageType="serverless-compute", amount=8)
    identifier = limit["usageLimitId"]
    changed = serverless.update_usage_limit(usageLimitId=identifier, amount=9, breachAction="deactivate")["usageLimit"]
    assert (changed["amount"], changed["breachAction"]) == (9, "deactivate")
    assert serverless.get_usage_limit(usageLimitId=identifier)["usageLimit"] == changed
    assert serverless.list_usage_limits(resourceArn=arn)["usageLimits"] == [changed]
    for wrong in ({"amount": 0}, {"usageType": "data"}, {"period": "hourly"}, {"breachAction": "stop"}):
        with refused("ValidationException"):
            serverless.create_usage_limit(
                **{"resourceArn": arn, "usageType": "serverless-compute", "amount": 1, "period": "daily", **wrong}
            )
    with refused("ResourceNotFoundException"):
        serverless.create_usage_limit(
            resourceArn=arn[:-1] + ("0" if arn[-1] != "0" else "1"), usageType="serverless-compute", amount=8
        )
    serverless.delete_usage_limit(usageLimitId=identifier)
    with refused("ResourceNotFoundException"):
        serverless.get_usage_limit(usageLimitId=identifier)


# Model, TagResource, UntagResource, ListTagsForResource; and the tagging API finds them.
def test_tags(serverless, tagging, name):
    namespace = serverless.create_namespace(namespaceName=name, tags=[{"key": "a", "value": name}])["namespace"]
    arn = namespace["namespaceArn"]
    serverless.tag_resource(resourceArn=arn, tags=[{"key": "b", "value": "2"}])
    found = tagging.get_resources(TagFilters=[{"Key": "a", "Values": [name]}])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in found] == [arn]
    serverless.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert serverless.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "b", "value": "2"}]
    with refused("ResourceNotFoundException", status=400):
        serverless.list_tags_for_resource(resourceArn=arn[:-6] + "000000")


# Model, GetCredentials: "By default, the temporary credentials expire in 900 seconds", 900-3600.
def test_temporary_credentials(serverless, name, workgroup):
    found = serverless.get_credentials(workgroupName=name, dbName="employees")
    assert found["dbUser"].startswith("IAM")
    assert len(found["dbPassword"]) > 8
    left = found["expiration"] - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=13) < left <= datetime.timedelta(minutes=16)
    with refused("ValidationException"):
        serverless.get_credentials(workgroupName=name, durationSeconds=60)
    with refused("ResourceNotFoundException"):
        serverless.get_credentials(workgroupName=f"{name}-none")
