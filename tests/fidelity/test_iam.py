"""IAM roles and policies, STS."""

import json

import pytest

from conftest import allow, refused, trust

GLUE = trust("glue.amazonaws.com")


@pytest.fixture
def role(iam, name):
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=GLUE)
    return name


# IAM API, CreateRole and GetRole: path in the ARN, an ID that begins with AROA (IAM user guide, "Unique identifiers").
def test_create_and_get(iam, sts, name):
    created = iam.create_role(
        RoleName=name,
        Path="/pipectl/p/",
        AssumeRolePolicyDocument=GLUE,
        Description="d",
        MaxSessionDuration=7200,
        Tags=[{"Key": "a", "Value": "1"}],
    )["Role"]
    account = sts.get_caller_identity()["Account"]
    assert created["Arn"] == f"arn:aws:iam::{account}:role/pipectl/p/{name}"
    assert created["RoleId"].startswith("AROA")
    role = iam.get_role(RoleName=name)["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(GLUE)
    assert (role["Path"], role["Description"], role["MaxSessionDuration"]) == ("/pipectl/p/", "d", 7200)
    assert role["Tags"] == [{"Key": "a", "Value": "1"}]
    assert role["RoleId"] == created["RoleId"]


# Model: MaxSessionDuration of a role that names none is 3,600 s (IAM API, CreateRole).
def test_defaults(iam, role):
    found = iam.get_role(RoleName=role)["Role"]
    assert (found["Path"], found["MaxSessionDuration"]) == ("/", 3600)


# IAM API, CreateRole: EntityAlreadyExists (409). Names are unique without regard to case (IAM API, CreateRole, RoleName).
def test_names_are_taken_once(iam, role):
    for taken in (role, role.upper()):
        with refused("EntityAlreadyExists", status=409):
            iam.create_role(RoleName=taken, AssumeRolePolicyDocument=GLUE)


# IAM API: NoSuchEntity (404).
def test_what_is_not_there_is_not_found(iam, role, name):
    missing = f"{name}-none"
    for call in (
        lambda: iam.get_role(RoleName=missing),
        lambda: iam.delete_role(RoleName=missing),
        lambda: iam.put_role_policy(RoleName=missing, PolicyName="p", PolicyDocument=allow("s3:*")),
        lambda: iam.get_role_policy(RoleName=role, PolicyName="p"),
        lambda: iam.delete_role_policy(RoleName=role, PolicyName="p"),
        lambda: iam.list_role_tags(RoleName=missing),
        lambda: iam.update_assume_role_policy(RoleName=missing, PolicyDocument=GLUE),
        lambda: iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicyEver"),
    ):
        with refused("NoSuchEntity", status=404):
            call()


# Model: RoleName [\w+=,.@-]+, 1-64 characters; Path begins and ends with a slash.
def test_names_are_checked(iam, name):
    for bad in ({"RoleName": "a b"}, {"RoleName": "a" * 65}, {"Path": "p"}, {"MaxSessionDuration": 60}):
        with refused("ValidationError", status=400):
            iam.create_role(**{"RoleName": name, "AssumeRolePolicyDocument": GLUE, **bad})


# IAM API, CreateRole: MalformedPolicyDocument (400). A trust policy has a principal and no resource (IAM user guide,
# "Trust policies"); an identity policy has a resource and no principal ("Policy elements").
def test_policies_are_parsed(iam, role, name):
    trusting = json.loads(GLUE)
    statement = trusting["Statement"][0]
    bad_trusts = [
        "{",
        json.dumps({**trusting, "Version": "2011-01-01"}),
        json.dumps({**trusting, "Statement": [{**statement, "Effect": "Maybe"}]}),
        json.dumps({**trusting, "Statement": [{**statement, "Resource": "*"}]}),
        json.dumps({**trusting, "Statement": [{k: v for k, v in statement.items() if k != "Principal"}]}),
        json.dumps({**trusting, "Statement": [{**statement, "Efect": "Allow"}]}),
        allow("sts:AssumeRole"),
    ]
    for document in bad_trusts:
        with refused("MalformedPolicyDocument", status=400):
            iam.create_role(RoleName=f"{name}-bad", AssumeRolePolicyDocument=document)
    for document in ("[]", GLUE, allow("s3:*").replace('"Resource": "*"', '"Resources": "*"')):
        with refused("MalformedPolicyDocument", status=400):
            iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=document)


# IAM API, DeleteRole: inline policies deleted and managed policies detached first, else DeleteConflict (409).
def test_a_role_with_policies_is_not_deleted(iam, role):
    managed = "arn:aws:iam::aws:policy/AmazonKinesisReadOnlyAccess"
    iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=allow("s3:GetObject"))
    iam.attach_role_policy(RoleName=role, PolicyArn=managed)
    with refused("DeleteConflict", status=409):
        iam.delete_role(RoleName=role)
    iam.delete_role_policy(RoleName=role, PolicyName="inline")
    with refused("DeleteConflict", status=409):
        iam.delete_role(RoleName=role)
    attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    assert attached == [{"PolicyName": "AmazonKinesisReadOnlyAccess", "PolicyArn": managed}]
    iam.detach_role_policy(RoleName=role, PolicyArn=managed)
    iam.delete_role(RoleName=role)
    with refused("NoSuchEntity"):
        iam.get_role(RoleName=role)


# IAM API, PutRolePolicy: adds or replaces; the document comes back URL-encoded (boto3 decodes it).
def test_inline_policies(iam, role):
    iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=allow("s3:GetObject"))
    iam.put_role_policy(
        RoleName=role, PolicyName="p", PolicyDocument=allow("s3:PutObject", resource="arn:aws:s3:::ü/*")
    )
    iam.put_role_policy(RoleName=role, PolicyName="q", PolicyDocument=allow("s3:ListBucket"))
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["p", "q"]
    policy = iam.get_role_policy(RoleName=role, PolicyName="p")["PolicyDocument"]
    assert policy == json.loads(allow("s3:PutObject", resource="arn:aws:s3:::ü/*"))


def test_update(iam, role):
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust("firehose.amazonaws.com"))
    iam.update_role(RoleName=role, Description="new", MaxSessionDuration=4000)
    found = iam.get_role(RoleName=role)["Role"]
    assert found["AssumeRolePolicyDocument"] == json.loads(trust("firehose.amazonaws.com"))
    assert (found["Description"], found["MaxSessionDuration"]) == ("new", 4000)


# IAM API, TagRole: replaces the value of a key that is there; ListRoleTags.
def test_tags(iam, role):
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}])
    iam.tag_role(RoleName=role, Tags=[{"Key": "a", "Value": "2"}])
    iam.untag_role(RoleName=role, TagKeys=["b"])
    assert iam.list_role_tags(RoleName=role)["Tags"] == [{"Key": "a", "Value": "2"}]


# IAM API, ListRoles: PathPrefix, MaxItems, IsTruncated, Marker; "does not return Tags".
def test_list_in_pages(iam, name):
    path = f"/{name}/"
    for i in range(5):
        iam.create_role(
            RoleName=f"{name}-{i}", Path=path, AssumeRolePolicyDocument=GLUE, Tags=[{"Key": "a", "Value": "1"}]
        )
    first = iam.list_roles(PathPrefix=path, MaxItems=2)
    assert first["IsTruncated"] is True
    assert len(first["Roles"]) == 2
    pages = iam.get_paginator("list_roles").paginate(PathPrefix=path, PaginationConfig={"PageSize": 2})
    roles = [role for page in pages for role in page["Roles"]]
    assert sorted(role["RoleName"] for role in roles) == [f"{name}-{i}" for i in range(5)]
    assert all("Tags" not in role for role in roles)
    assert iam.list_roles(PathPrefix=f"/{name}-other/")["Roles"] == []


# STS API, GetCallerIdentity: 12 digits, an ARN of the same account.
def test_caller_identity(sts):
    identity = sts.get_caller_identity()
    assert identity["Account"].isdecimal() and len(identity["Account"]) == 12
    assert identity["Arn"].startswith("arn:aws:")
    assert f":{identity['Account']}:" in identity["Arn"]
    assert identity["UserId"]
