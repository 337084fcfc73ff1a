"""Secrets Manager, as far as the embedded AWS has it. "API" = its API reference."""

import json

import pytest

from conftest import refused


@pytest.fixture
def secret(secrets, name):
    return secrets.create_secret(Name=name, SecretString="one", Description="d", Tags=[{"Key": "a", "Value": name}])


# API, CreateSecret: the ARN ends in a hyphen and six random characters; the first version is AWSCURRENT.
def test_a_secret(secrets, name, secret):
    assert secret["ARN"].startswith("arn:aws:secretsmanager:us-east-1:")
    assert secret["ARN"][:-7].endswith(f":secret:{name}")
    assert secret["ARN"][-7] == "-"
    for identifier in (name, secret["ARN"]):
        value = secrets.get_secret_value(SecretId=identifier)
        assert (value["Name"], value["SecretString"]) == (name, "one")
        assert value["VersionStages"] == ["AWSCURRENT"]
        assert value["VersionId"] == secret["VersionId"]
    described = secrets.describe_secret(SecretId=name)
    assert "SecretString" not in described
    assert described["Description"] == "d"
    assert described["VersionIdsToStages"] == {secret["VersionId"]: ["AWSCURRENT"]}
    with refused("ResourceExistsException", status=400):
        secrets.create_secret(Name=name, SecretString="two")


def test_binary_secrets(secrets, name):
    secrets.create_secret(Name=name, SecretBinary=b"\x00\xff")
    value = secrets.get_secret_value(SecretId=name)
    assert value["SecretBinary"] == b"\x00\xff"
    assert "SecretString" not in value


# API, PutSecretValue, GetSecretValue: AWSCURRENT moves, AWSPREVIOUS stays at the one before.
def test_versions(secrets, name, secret):
    second = secrets.put_secret_value(SecretId=name, SecretString="two")
    assert second["VersionStages"] == ["AWSCURRENT"]
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    assert secrets.get_secret_value(SecretId=name, VersionId=secret["VersionId"])["SecretString"] == "one"
    # "If a version with this value already exists and that version's SecretString ... are the same ... the request is
    # ignored. If ... different ... the request fails".
    again = {"SecretId": name, "ClientRequestToken": second["VersionId"]}
    assert secrets.put_secret_value(SecretString="two", **again)["VersionId"] == second["VersionId"]
    with refused("ResourceExistsException"):
        secrets.put_secret_value(SecretString="three", **again)
    secrets.update_secret_version_stage(
        SecretId=name,
        VersionStage="AWSCURRENT",
        MoveToVersionId=secret["VersionId"],
        RemoveFromVersionId=second["VersionId"],
    )
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
    listed = secrets.list_secret_version_ids(SecretId=name)["Versions"]
    assert {item["VersionId"] for item in listed} == {secret["VersionId"], second["VersionId"]}


# API, UpdateSecret.
def test_update(secrets, name, secret):
    secrets.update_secret(SecretId=name, Description="other")
    assert secrets.describe_secret(SecretId=name)["Description"] == "other"
    secrets.update_secret(SecretId=name, SecretString="two")
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "two"


def test_what_is_not_there(secrets, name):
    for call in (secrets.get_secret_value, secrets.describe_secret, secrets.list_secret_version_ids):
        with refused(
            "ResourceNotFoundException", status=400, saying="Secrets Manager can't find the specified secret."
        ):
            call(SecretId=name)


def test_a_version_that_is_not_there(secrets, name, secret):
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=name, VersionStage="AWSPENDING")
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=name, VersionId="00000000-0000-0000-0000-000000000000")


# API, DeleteSecret: a window of 7-30 days (default 30) in which RestoreSecret takes it back, or none.
def test_delete_and_restore(secrets, name, secret):
    deleted = secrets.delete_secret(SecretId=name)
    days = (deleted["DeletionDate"] - secrets.describe_secret(SecretId=name)["CreatedDate"]).total_seconds() / 86_400
    assert 29.9 < days < 30.1
    with refused("InvalidRequestException", saying="marked for deletion"):
        secrets.get_secret_value(SecretId=name)
    with refused("InvalidRequestException"):
        secrets.create_secret(Name=name, SecretString="x")
    secrets.restore_secret(SecretId=name)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == "one"
    with refused("InvalidParameterException"):
        secrets.delete_secret(SecretId=name, RecoveryWindowInDays=6)
    with refused("InvalidParameterException"):
        secrets.delete_secret(SecretId=name, RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    with refused("ResourceNotFoundException"):
        secrets.describe_secret(SecretId=name)
    secrets.create_secret(Name=name, SecretString="again")


# API, TagResource, UntagResource, ListSecrets (filters: name by prefix, tag-key, tag-value, owning-service).
def test_tags_and_lists(secrets, tagging, name, secret):
    secrets.tag_resource(SecretId=name, Tags=[{"Key": "b", "Value": "2"}])
    listed = secrets.list_secrets(Filters=[{"Key": "tag-value", "Values": [name]}])["SecretList"]
    assert [item["Name"] for item in listed] == [name]
    listed = secrets.list_secrets(Filters=[{"Key": "name", "Values": [name]}])["SecretList"]
    assert [item["ARN"] for item in listed] == [secret["ARN"]]
    found = tagging.get_resources(TagFilters=[{"Key": "a", "Values": [name]}])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in found] == [secret["ARN"]]
    secrets.untag_resource(SecretId=name, TagKeys=["a"])
    assert secrets.describe_secret(SecretId=name)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_lists_in_pages(secrets, name):
    names = [f"{name}-{n}" for n in range(3)]
    for one in names:
        secrets.create_secret(Name=one, SecretString="x")
    pages = secrets.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": [name]}], PaginationConfig={"PageSize": 1}
    )
    assert sorted(item["Name"] for page in pages for item in page["SecretList"]) == names


# API, CreateSecret: SecretString or SecretBinary, not both; aws: is no prefix of users' tags.
@pytest.mark.parametrize(
    "settings", [{"Name": ""}, {"SecretString": "a", "SecretBinary": b"a"}, {"Tags": [{"Key": "aws:a"}]}]
)
def test_secrets_that_cannot_be(secrets, name, settings):
    with refused("ValidationException", "InvalidParameterException", "InvalidRequestException", status=400):
        secrets.create_secret(**{"Name": name, **settings})


# AWS's words, as users report them (hashicorp/terraform-provider-aws#39406).
def test_names_are_checked(secrets):
    with refused(
        "ValidationException",
        saying="Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    ):
        secrets.create_secret(Name="a b", SecretString="x")


# API, GetRandomPassword: 32 characters, at least one of each kind.
def test_random_passwords(secrets):
    password = secrets.get_random_password()["RandomPassword"]
    assert len(password) == 32
    assert any(c.islower() for c in password)
    assert any(c.isupper() for c in password)
    assert any(c.isdigit() for c in password)
    assert not any(
        c.isalpha()
        for c in secrets.get_random_password(PasswordLength=8, ExcludeLowercase=True, ExcludeUppercase=True)[
            "RandomPassword"
        ]
    )


# The secret of a warehouse's admin is Redshift's: read by all, changed by nobody else.
def test_a_managed_secret(secrets, warehouse):
    value = json.loads(secrets.get_secret_value(SecretId=warehouse.secret)["SecretString"])
    assert value["username"] == "boss"
    owned = secrets.get_paginator("list_secrets").paginate(Filters=[{"Key": "owning-service", "Values": ["redshift"]}])
    assert warehouse.secret in [item["ARN"] for page in owned for item in page["SecretList"]]
    with refused("InvalidRequestException"):
        secrets.update_secret(SecretId=warehouse.secret, SecretString="{}")
