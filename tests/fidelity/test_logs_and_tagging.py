"""CloudWatch Logs, and the Resource Groups Tagging API over all services."""

import time

import pytest

from conftest import active_stream, eventually, refused, trust


@pytest.fixture
def group(logs, name):
    logs.create_log_group(logGroupName=name, tags={"a": "1"})
    return name


# Logs API, CreateLogGroup, DescribeLogGroups.
def test_groups(logs, group):
    found = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]
    assert found["logGroupName"] == group
    assert found["arn"].endswith(f":log-group:{group}:*")
    assert found["storedBytes"] == 0
    assert "retentionInDays" not in found
    assert abs(found["creationTime"] / 1000 - time.time()) < 300
    with refused("ResourceAlreadyExistsException", status=400):
        logs.create_log_group(logGroupName=group)
    logs.delete_log_group(logGroupName=group)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"] == []
    with refused("ResourceNotFoundException", status=400):
        logs.delete_log_group(logGroupName=group)


# Model: [\.\-_/#A-Za-z0-9]+, 1-512.
@pytest.mark.parametrize("bad", ["a b", "a:b", "a" * 513])
def test_group_names_are_checked(logs, bad):
    with refused("InvalidParameterException"):
        logs.create_log_group(logGroupName=bad)


# Logs API, PutRetentionPolicy: 1, 3, 5, 7, 14, 30, ... days and nothing between.
def test_retention(logs, group):
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["retentionInDays"] == 30
    with refused("InvalidParameterException"):
        logs.put_retention_policy(logGroupName=group, retentionInDays=31)
    logs.delete_retention_policy(logGroupName=group)
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]


# Logs API, CreateLogStream, PutLogEvents, GetLogEvents (in the order of timestamps), FilterLogEvents.
def test_events(logs, group):
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    with refused("ResourceAlreadyExistsException"):
        logs.create_log_stream(logGroupName=group, logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + i, "message": f"event {i}: ü"} for i in range(3)]
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)

    def read():
        found = logs.get_log_events(logGroupName=group, logStreamName="s", startFromHead=True)["events"]
        return [{"timestamp": event["timestamp"], "message": event["message"]} for event in found]

    eventually(lambda: read() == events, "the events can be read")
    found = logs.filter_log_events(logGroupName=group, logStreamNames=["s"])["events"]
    assert [event["message"] for event in found] == [event["message"] for event in events]
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == ["s"]
    with refused("ResourceNotFoundException"):
        logs.put_log_events(logGroupName=group, logStreamName="none", logEvents=events)
    with refused("ResourceNotFoundException"):
        logs.get_log_events(logGroupName=f"{group}-none", logStreamName="s")


# Logs API, PutLogEvents: "The log events in the batch must be in chronological order".
def test_events_out_of_order_are_refused(logs, group):
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": "b"}, {"timestamp": now - 1, "message": "a"}]
    with refused("InvalidParameterException"):
        logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


# Logs API, DescribeLogGroups: alphabetical pages by prefix.
def test_groups_in_pages(logs, name):
    names = [f"/{name}/{i}" for i in range(5)]
    for one in names:
        logs.create_log_group(logGroupName=one)
    first = logs.describe_log_groups(logGroupNamePrefix=f"/{name}/", limit=2)
    assert len(first["logGroups"]) == 2
    pages = logs.get_paginator("describe_log_groups").paginate(
        logGroupNamePrefix=f"/{name}/", PaginationConfig={"PageSize": 2}
    )
    assert [found["logGroupName"] for page in pages for found in page["logGroups"]] == names


# Logs API, TagResource, ListTagsForResource: by the group's ARN without the trailing ":*".
def test_log_group_tags(logs, group):
    arn = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["arn"].removesuffix(":*")
    logs.tag_resource(resourceArn=arn, tags={"b": "2"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


@pytest.fixture
def tagged(s3, kinesis, logs, iam, bucket, name):
    """A bucket, a stream, a log group and a role with the tags pipeline=<name> and part=<kind>."""
    parts = {"bucket", "stream", "group", "role"}
    tags = {part: {"pipeline": name, "part": part} for part in parts}

    def listed(part):
        return [{"Key": key, "Value": value} for key, value in tags[part].items()]

    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": listed("bucket")})
    stream = active_stream(kinesis, name, ShardCount=1, Tags=tags["stream"])
    logs.create_log_group(logGroupName=name, tags=tags["group"])
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("glue.amazonaws.com"), Tags=listed("role"))
    account = stream["StreamARN"].split(":")[4]
    return {
        "bucket": f"arn:aws:s3:::{bucket}",
        "stream": stream["StreamARN"],
        "group": f"arn:aws:logs:us-east-1:{account}:log-group:{name}",
    }


def found(tagging, **filters):
    pages = tagging.get_paginator("get_resources").paginate(**filters)
    return {item["ResourceARN"]: item["Tags"] for page in pages for item in page["ResourceTagMappingList"]}


# Tagging API, GetResources: filters are joined by AND, the values of one filter by OR. Roles are not among the resources
# that it finds in a region ("Services that support the Resource Groups Tagging API": IAM only customer managed policies, OIDC, SAML
# and server certificates ...), so they may be missing.
def test_get_resources_by_tags(tagging, tagged, name):
    by_pipeline = {"Key": "pipeline", "Values": [name]}
    everything = found(tagging, TagFilters=[by_pipeline])
    assert set(tagged.values()) <= set(everything)
    assert all(":role/" in arn for arn in set(everything) - set(tagged.values()))
    assert {tag["Key"]: tag["Value"] for tag in everything[tagged["stream"]]} == {"pipeline": name, "part": "stream"}
    two = found(tagging, TagFilters=[by_pipeline, {"Key": "part", "Values": ["stream", "bucket"]}])
    assert set(two) == {tagged["stream"], tagged["bucket"]}
    assert found(tagging, TagFilters=[by_pipeline, {"Key": "part", "Values": ["nothing"]}]) == {}
    any_value = found(tagging, TagFilters=[by_pipeline, {"Key": "part"}])
    assert set(tagged.values()) <= set(any_value)


# Tagging API, GetResources, ResourceTypeFilters: service, or service:type.
def test_get_resources_by_type(tagging, tagged, name):
    by_pipeline = [{"Key": "pipeline", "Values": [name]}]
    assert set(found(tagging, TagFilters=by_pipeline, ResourceTypeFilters=["kinesis:stream"])) == {tagged["stream"]}
    both = found(tagging, TagFilters=by_pipeline, ResourceTypeFilters=["s3", "logs:log-group"])
    assert set(both) == {tagged["bucket"], tagged["group"]}


# Tagging API, GetResources: ResourcesPerPage, PaginationToken ("" on the last page).
def test_get_resources_in_pages(tagging, tagged, name):
    filters = {"TagFilters": [{"Key": "pipeline", "Values": [name]}], "ResourcesPerPage": 1}
    seen, token = set(), ""
    while True:
        page = tagging.get_resources(**filters, **({"PaginationToken": token} if token else {}))
        assert len(page["ResourceTagMappingList"]) <= 1
        seen |= {item["ResourceARN"] for item in page["ResourceTagMappingList"]}
        token = page["PaginationToken"]
        if not token:
            break
    assert set(tagged.values()) <= seen


# What is deleted or untagged is no longer found.
def test_get_resources_follows_changes(tagging, tagged, s3, logs, name):
    s3.delete_bucket_tagging(Bucket=tagged["bucket"].rsplit(":")[-1])
    logs.delete_log_group(logGroupName=name)
    left = found(tagging, TagFilters=[{"Key": "pipeline", "Values": [name]}])
    assert tagged["stream"] in left
    assert tagged["bucket"] not in left
    assert tagged["group"] not in left
