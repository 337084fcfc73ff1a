"""Shows that validate_requests finds every class of fault in every protocol.

Known-good requests come from boto3's own serializer (nothing is sent: a `before-send` handler answers). Each test
changes one thing in one of them and names the fault that must follow, and no other.
"""

import base64
import contextlib
import io
import json
import re
import zlib
from functools import cache

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.serialize import create_serializer

import validate_requests


class _Raw(io.BytesIO):
    def stream(self, **_):
        return iter(())


@cache
def client_of(service, protocol):
    """A client of boto3 that does not check parameters, and the list that keeps what it would send."""
    session = botocore.session.Session()
    session.set_credentials("test", "test")
    config = Config(parameter_validation=False, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    client = session.create_client(service, "eu-west-1", endpoint_url="http://127.0.0.1:9", config=config)
    if protocol:
        client._serializer = create_serializer(protocol, include_validation=False)
    sent = []

    def keep(request, **_):
        sent.append(request)
        return AWSResponse(request.url, 500, {}, _Raw(b""))

    client.meta.events.register("before-send", keep)
    return client, sent


def request(service, operation, protocol=None, **parameters):
    """What boto3 would send, as a line of a recording."""
    client, sent = client_of(service, protocol)
    sent.clear()
    call = next(name for name, method in client.meta.method_to_api_mapping.items() if method == operation)
    with contextlib.suppress(ClientError, ResponseParserError):  # of the empty answer
        getattr(client, call)(**parameters)
    body = sent[0].body or b""
    body = body.read() if hasattr(body, "read") else body
    body = body.encode() if isinstance(body, str) else bytes(body)
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in sent[0].headers.items()}
    return {
        "service": client.meta.service_model.signing_name,
        "method": sent[0].method,
        "uri": sent[0].url,
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "streaming": False,
    }


def faults(record):
    return [(fault.rule, fault.path) for fault in validate_requests.validate(record)[1]]


def body_of(record):
    return base64.b64decode(record["body"])


def with_body(record, body, checksum=True):
    """`record` with another body, and with the checksum that goes with it."""
    body = body.encode() if isinstance(body, str) else body
    headers = dict(record["headers"])
    for name in headers:
        if name.lower() == "x-amz-checksum-crc32" and checksum:
            headers[name] = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    return {**record, "body": base64.b64encode(body).decode(), "headers": headers}


def edited(record, old, new):
    body = body_of(record).decode()
    assert old in body, body
    return with_body(record, body.replace(old, new, 1))


TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
ENCRYPTION = "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault"
GRANTEE = "AccessControlPolicy.Grants[0].Grantee"
TAGS = [{"Key": "a", "Value": "b"}]
LIFECYCLE = {
    "Rules": [
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "raw/"}, "Expiration": {"Days": 30}},
        {
            "ID": "parts",
            "Status": "Enabled",
            "Filter": {},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
    ]
}
GRANTS = {
    "Owner": {"ID": "x"},
    "Grants": [{"Grantee": {"Type": "CanonicalUser", "ID": "x"}, "Permission": "READ"}],
}
SSE = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}]}
DESTINATION = {
    "RoleARN": "arn:aws:iam::123456789012:role/r",
    "BucketARN": "arn:aws:s3:::b",
    "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
    "CompressionFormat": "GZIP",
}

GOOD = {
    "create_stream": ("kinesis", "CreateStream", {"StreamName": "s", "ShardCount": 2, "Tags": {"a": "b"}}),
    "put_records": (
        "kinesis",
        "PutRecords",
        {"StreamName": "s", "Records": [{"Data": b"x" * 10, "PartitionKey": "k"}, {"Data": b"", "PartitionKey": "l"}]},
    ),
    "get_iterator": (
        "kinesis",
        "GetShardIterator",
        {"StreamName": "s", "ShardId": "shardId-0", "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1700000000},
    ),
    "create_delivery": (
        "firehose",
        "CreateDeliveryStream",
        {"DeliveryStreamName": "d", "ExtendedS3DestinationConfiguration": DESTINATION, "Tags": TAGS},
    ),
    "create_group": ("logs", "CreateLogGroup", {"logGroupName": "/a/b", "tags": {"a": "b"}}),
    "put_log_events": (
        "logs",
        "PutLogEvents",
        {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": 1700000000000, "message": "m"}]},
    ),
    "get_resources": ("resourcegroupstaggingapi", "GetResources", {"TagFilters": [{"Key": "a", "Values": ["b"]}]}),
    "create_workgroup": (
        "redshift-serverless",
        "CreateWorkgroup",
        {"workgroupName": "wgp", "namespaceName": "nsp", "baseCapacity": 8, "tags": [{"key": "a", "value": "b"}]},
    ),
    "create_action": (
        "redshift-serverless",
        "CreateScheduledAction",
        {
            "namespaceName": "nsp",
            "roleArn": "arn:x",
            "scheduledActionName": "act",
            "schedule": {"at": 1700000000},
            "targetAction": {"createSnapshot": {"namespaceName": "nsp", "snapshotNamePrefix": "snp"}},
        },
    ),
    "execute": ("redshift-data", "ExecuteStatement", {"Sql": "select 1", "WorkgroupName": "wgp"}),
    "create_role": (
        "iam",
        "CreateRole",
        {"RoleName": "r", "AssumeRolePolicyDocument": TRUST, "Path": "/p/", "Tags": TAGS},
    ),
    "simulate": (
        "iam",
        "SimulateCustomPolicy",
        {
            "PolicyInputList": [TRUST],
            "ActionNames": ["s3:GetObject", "s3:PutObject"],
            "ContextEntries": [{"ContextKeyName": "aws:x", "ContextKeyValues": ["1", "2"], "ContextKeyType": "string"}],
        },
    ),
    "list_roles": ("iam", "ListRoles", {"PathPrefix": "/p/", "MaxItems": 100}),
    "caller": ("sts", "GetCallerIdentity", {}),
    "tag_instances": ("redshift", "CreateTags", {"ResourceName": "arn:x", "Tags": TAGS}),
    "list_tables": ("glue", "GetTables", {"DatabaseName": "d", "MaxResults": 5}),
    "create_bucket": (
        "s3",
        "CreateBucket",
        {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1", "Tags": TAGS}},
    ),
    "create_plain_bucket": ("s3", "CreateBucket", {"Bucket": "b"}),
    "delete_objects": (
        "s3",
        "DeleteObjects",
        {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}, {"Key": "l"}], "Quiet": True}},
    ),
    "put_object": (
        "s3",
        "PutObject",
        {"Bucket": "b", "Key": "a/ü k", "Body": b"data", "Metadata": {"a": "b"}, "Tagging": "a=b"},
    ),
    "copy_object": (
        "s3",
        "CopyObject",
        {"Bucket": "b", "Key": "k", "CopySource": "b/l", "MetadataDirective": "REPLACE"},
    ),
    "upload_part": ("s3", "UploadPart", {"Bucket": "b", "Key": "k", "UploadId": "u", "PartNumber": 1, "Body": b"x"}),
    "list_v2": ("s3", "ListObjectsV2", {"Bucket": "b", "Prefix": "p/", "MaxKeys": 10, "StartAfter": "p/a b"}),
    "list_versions": ("s3", "ListObjectVersions", {"Bucket": "b"}),
    "head_bucket": ("s3", "HeadBucket", {"Bucket": "b"}),
    "get_object": ("s3", "GetObject", {"Bucket": "b", "Key": "k", "Range": "bytes=0-1", "IfModifiedSince": 1700000000}),
    "list_buckets": ("s3", "ListBuckets", {"MaxBuckets": 10}),
    "put_lifecycle": ("s3", "PutBucketLifecycleConfiguration", {"Bucket": "b", "LifecycleConfiguration": LIFECYCLE}),
    "put_encryption": ("s3", "PutBucketEncryption", {"Bucket": "b", "ServerSideEncryptionConfiguration": SSE}),
    "put_policy": ("s3", "PutBucketPolicy", {"Bucket": "b", "Policy": TRUST}),
    "put_acl": ("s3", "PutBucketAcl", {"Bucket": "b", "AccessControlPolicy": GRANTS}),
    "put_tagging": ("s3", "PutBucketTagging", {"Bucket": "b", "Tagging": {"TagSet": TAGS}}),
    "complete": (
        "s3",
        "CompleteMultipartUpload",
        {"Bucket": "b", "Key": "k", "UploadId": "u", "MultipartUpload": {"Parts": [{"ETag": "e", "PartNumber": 1}]}},
    ),
    "create_data_source": (
        "quicksight",
        "CreateDataSource",
        {
            "AwsAccountId": "123456789012",
            "DataSourceId": "d",
            "Name": "n",
            "Type": "REDSHIFT",
            "DataSourceParameters": {"RedshiftParameters": {"Database": "d", "Host": "h", "Port": 5439}},
        },
    ),
    "list_dashboards": ("quicksight", "ListDashboards", {"AwsAccountId": "123456789012", "MaxResults": 10}),
    "delete_data_sets": ("quicksight", "UntagResource", {"ResourceArn": "arn:x", "TagKeys": ["a", "b"]}),
}


def good(name):
    service, operation, parameters = GOOD[name]
    return request(service, operation, **parameters)


@pytest.mark.parametrize("name", GOOD)
def test_what_boto3_sends_has_no_fault(name):
    record = good(name)
    label, found = validate_requests.validate(record)
    assert label == f"{GOOD[name][0]}.{GOOD[name][1]}"
    assert found == []


def test_cbor_is_read():
    filters = {"TagFilters": [{"Key": "a", "Values": ["b"]}], "ResourcesPerPage": 10}
    record = request("resourcegroupstaggingapi", "GetResources", protocol="smithy-rpc-v2-cbor", **filters)
    assert record["headers"]["smithy-protocol"] == "rpc-v2-cbor"
    assert faults(record) == []
    record = request(
        "resourcegroupstaggingapi",
        "GetResources",
        protocol="smithy-rpc-v2-cbor",
        TagFilters=[{"Key": "", "Values": ["b"]}],
    )
    assert faults(record) == [("length", "TagFilters[0].Key")]
    changed = with_body(record, body_of(record).replace(b"TagFilters", b"TagFiltres"))
    assert faults(changed) == [("unknown", "TagFiltres")]
    assert faults(with_body(record, b"\x5f"))[0][0] == "cbor"


JSON = [
    ("create_stream", '"StreamName":"s",', "", ("required", "StreamName")),
    ("create_stream", '"StreamName"', '"StreamNam"', ("required", "StreamName"), ("unknown", "StreamNam")),
    ("create_stream", '"s"', '""', ("length", "StreamName"), ("pattern", "StreamName")),
    ("create_stream", '"s"', '"a b"', ("pattern", "StreamName")),
    ("create_stream", '"s"', json.dumps("a" * 129), ("length", "StreamName")),
    ("create_stream", '"ShardCount":2', '"ShardCount":0', ("range", "ShardCount")),
    ("create_stream", '"ShardCount":2', '"ShardCount":3000000000', ("range", "ShardCount")),
    ("create_stream", '"ShardCount":2', '"ShardCount":"2"', ("type", "ShardCount")),
    ("create_stream", '"ShardCount":2', '"ShardCount":2.5', ("type", "ShardCount")),
    ("create_stream", '"ShardCount":2', '"ShardCount":true', ("type", "ShardCount")),
    ("create_stream", '"ShardCount":2', '"ShardCount":null', ("type", "ShardCount")),
    ("create_stream", '"ShardCount":2', '"ShardCount":2,"ShardCount":3', ("json", "ShardCount")),
    ("create_stream", '{"a":"b"}', '["a"]', ("type", "Tags")),
    ("create_stream", '{"a":"b"}', '{"":"b"}', ("length", "Tags{key ''}")),
    ("create_stream", '{"a":"b"}', '{"a":1}', ("type", "Tags['a']")),
    ("create_stream", "}", "", ("json", "")),
    ("put_records", '"PartitionKey":"k"', '"PartitionKey":""', ("length", "Records[0].PartitionKey")),
    ("put_records", '"Data":', '"Date":', ("required", "Records[0].Data"), ("unknown", "Records[0].Date")),
    ("put_records", '"Data":"', '"Data":"?', ("type", "Records[0].Data")),
    ("get_iterator", "AT_TIMESTAMP", "SOMETIME", ("enum", "ShardIteratorType")),
    ("get_iterator", "1700000000", '"2023-11-14T22:13:20Z"', ("type", "Timestamp")),
    ("create_delivery", '"GZIP"', '"gzip"', ("enum", "ExtendedS3DestinationConfiguration.CompressionFormat")),
    (
        "create_delivery",
        '"IntervalInSeconds":60',
        '"IntervalInSeconds":901',
        ("range", "ExtendedS3DestinationConfiguration.BufferingHints.IntervalInSeconds"),
    ),
    (
        "create_delivery",
        "arn:aws:iam::123456789012:role/r",
        "role/r",
        ("pattern", "ExtendedS3DestinationConfiguration.RoleARN"),
    ),
    (
        "create_delivery",
        '"SizeInMBs"',
        '"SizeInMb"',
        ("unknown", "ExtendedS3DestinationConfiguration.BufferingHints.SizeInMb"),
    ),
    ("create_delivery", '[{"Key":"a","Value":"b"}]', "[]", ("size", "Tags")),
    ("create_group", '{"a":"b"}', "{}", ("size", "tags")),
    ("put_log_events", "1700000000000", "-1", ("range", "logEvents[0].timestamp")),
    (
        "get_resources",
        '"Values":["b"]',
        json.dumps("Values") + ":" + json.dumps(["b"] * 21),
        ("size", "TagFilters[0].Values"),
    ),
    ("create_action", '{"at":1700000000}', '{"at":1700000000,"cron":"(0 0 * * ? *)"}', ("union", "schedule")),
    ("create_action", '{"at":1700000000}', "{}", ("union", "schedule")),
    ("create_workgroup", '"workgroupName":"wgp"', '"workgroupName":"WGP"', ("pattern", "workgroupName")),
    ("execute", '"ClientToken"', '"ClientTokem"', ("token", "ClientToken"), ("unknown", "ClientTokem")),
]


@pytest.mark.parametrize(("name", "old", "new", *["expected"]), [(a, b, c, d) for a, b, c, *d in JSON])
def test_json(name, old, new, expected):
    record = good(name)
    compact = with_body(record, json.dumps(json.loads(body_of(record)), separators=(",", ":")))
    assert sorted(faults(edited(compact, old, new))) == sorted(expected)


def test_json_envelope():
    record = good("create_stream")
    headers = {**record["headers"], "Content-Type": "application/x-amz-json-1.0"}
    assert faults({**record, "headers": headers}) == [("content-type", "Content-Type")]
    for target in ("Kinesis_20131202.MakeStream", "Kinesis_20120101.CreateStream"):
        headers = {**record["headers"], "X-Amz-Target": target}
        assert faults({**record, "headers": headers}) == [("operation", "")]


QUERY = [
    ("create_role", "RoleName=r&", "", ("required", "RoleName")),
    ("create_role", "RoleName=r", "RoleNames=r", ("required", "RoleName"), ("unknown", "RoleNames")),
    ("create_role", "RoleName=r", "RoleName=a+b", ("pattern", "RoleName")),
    ("create_role", "RoleName=r", "RoleName=" + "a" * 65, ("length", "RoleName")),
    ("create_role", "RoleName=r", "RoleName=r&RoleName=r", ("query", "RoleName")),
    ("create_role", "RoleName=r", "RoleName.x=r", ("unknown", "RoleName.x")),
    ("create_role", "Path=%2Fp%2F", "Path=p", ("pattern", "Path")),
    (
        "create_role",
        "Tags.member.1.Key",
        "Tags.member.2.Key",
        ("required", "Tags[0].Key"),
        ("required", "Tags[1].Value"),
    ),
    (
        "create_role",
        "Tags.member.1.Key",
        "Tags.member.3.Key",
        ("query", "Tags"),
        ("required", "Tags[0].Key"),
        ("required", "Tags[1].Value"),
    ),
    ("create_role", "Tags.member.1.Key", "Tags.1.Key", ("unknown", "Tags.1"), ("required", "Tags[0].Key")),
    ("create_role", "Tags.member.1.Key=a", "Tags.member.1.Key=", ("length", "Tags[0].Key"), ("pattern", "Tags[0].Key")),
    (
        "create_role",
        "Tags.member.1.Value",
        "Tags.member.1.Valu",
        ("required", "Tags[0].Value"),
        ("unknown", "Tags[0].Valu"),
    ),
    ("create_role", "AssumeRolePolicyDocument=%7B", "AssumeRolePolicyDocument=", ("json", "AssumeRolePolicyDocument")),
    ("create_role", "Version=2010-05-08", "Version=2012-10-17", ("version", "Version")),
    ("create_role", "Path=", "MaxSessionDuration=5&Path=", ("range", "MaxSessionDuration")),
    ("create_role", "Path=", "MaxSessionDuration=1h&Path=", ("type", "MaxSessionDuration")),
    ("simulate", "=string", "=text", ("enum", "ContextEntries[0].ContextKeyType")),
    ("list_roles", "MaxItems=100", "MaxItems=1001", ("range", "MaxItems")),
    ("caller", "Action=GetCallerIdentity", "Action=GetCallerIdentity&Name=x", ("unknown", "Name")),
    ("caller", "Action=GetCallerIdentity", "Action=WhoAmI", ("operation", "")),
    ("tag_instances", "Tags.Tag.1.Key", "Tags.member.1.Key", ("unknown", "Tags.member")),
]


@pytest.mark.parametrize(("name", "old", "new", *["expected"]), [(a, b, c, d) for a, b, c, *d in QUERY])
def test_query(name, old, new, expected):
    assert sorted(faults(edited(good(name), old, new))) == sorted(expected)


def test_query_envelope():
    record = good("caller")
    headers = {**record["headers"], "Content-Type": "application/json"}
    assert faults({**record, "headers": headers}) == [("content-type", "Content-Type")]


XML = [
    ("create_bucket", "eu-west-1", "eu-west-99", ("enum", "CreateBucketConfiguration.LocationConstraint")),
    ("create_bucket", "<LocationConstraint>", "<Zone/><LocationConstraint>", ("unknown", "Zone")),
    ("create_bucket", "CreateBucketConfiguration ", "CreateBucket ", ("xml", "")),
    ("create_bucket", "s3.amazonaws.com/doc", "s3.amazonaws.com/docs", ("xml", "CreateBucketConfiguration")),
    ("delete_objects", "<Key>k</Key>", "", ("required", "Delete.Objects[0].Key")),
    ("delete_objects", "<Key>k</Key>", "<Key/>", ("length", "Delete.Objects[0].Key")),
    ("delete_objects", "<Key>k</Key>", "<Key>k</Key><Key>k</Key>", ("xml", "Objects[0].Key")),
    ("delete_objects", "<Quiet>true", "<Quiet>yes", ("type", "Quiet")),
    ("put_lifecycle", "<Days>30", "<Days>30.5", ("type", "Rules[0].Expiration.Days")),
    ("put_lifecycle", "<Status>Enabled</Status>", "", ("required", "LifecycleConfiguration.Rules[0].Status")),
    ("put_lifecycle", "<Status>Enabled", "<Status>On", ("enum", "LifecycleConfiguration.Rules[0].Status")),
    (
        "put_encryption",
        "AES256",
        "AES128",
        ("enum", f"{ENCRYPTION}.SSEAlgorithm"),
    ),
    ("put_acl", 'xsi:type="CanonicalUser"', "", ("required", f"{GRANTEE}.Type")),
    (
        "put_acl",
        'xsi:type="CanonicalUser"',
        'xsi:type="Person"',
        ("enum", f"{GRANTEE}.Type"),
    ),
    ("put_acl", "<ID>", '<ID colour="red">', ("unknown", "Owner.ID")),
    ("put_tagging", "<Tag>", "<Label/><Tag>", ("unknown", "TagSet.Label")),
    ("put_policy", "{", "", ("json", "Policy")),
    ("complete", "<PartNumber>1", "<PartNumber>one", ("type", "Parts[0].PartNumber")),
]


@pytest.mark.parametrize(("name", "old", "new", *["expected"]), [(a, b, c, d) for a, b, c, *d in XML])
def test_xml(name, old, new, expected):
    record = good(name)
    changed = edited(record, old, new)
    if name == "create_bucket" and new.startswith("CreateBucket "):
        changed = edited(changed, "</CreateBucketConfiguration>", "</CreateBucket>")
        assert faults(changed) == [("xml", "CreateBucket")]
        return
    changed["headers"].pop("Content-MD5", None)
    assert [fault for fault in faults(changed) if fault[0] != "checksum"] == expected


URI = [
    ("list_v2", "prefix=", "prefixes=", ("unknown", "?prefixes")),
    ("list_v2", "max-keys=10", "max-keys=ten", ("type", "MaxKeys")),
    ("list_v2", "max-keys=10", "max-keys=10&max-keys=11", ("query", "MaxKeys")),
    ("list_v2", "list-type=2&", "", ("unknown", "?start-after")),
    # No operation but UploadPart has an uploadId here, so what is left reads as a PutObject.
    ("upload_part", "uploadId=u", "upload=u", ("unknown", "?partNumber"), ("unknown", "?upload")),
    ("upload_part", "uploadId=u", "upload=u&x-id=UploadPart", ("required", "UploadId"), ("unknown", "?upload")),
    ("upload_part", "partNumber=1", "partNumber=x", ("type", "PartNumber")),
    ("head_bucket", "/b", "/b/k/l?versions=1", ("unknown", "?versions")),
    ("list_versions", "/b?versions", "/b?version", ("unknown", "?version")),
    ("list_dashboards", "123456789012", "12345678901", ("length", "AwsAccountId"), ("pattern", "AwsAccountId")),
    ("list_dashboards", "max-results=10", "max-results=1000", ("range", "MaxResults")),
    ("delete_data_sets", "keys=a&keys=b", "key=a", ("required", "TagKeys"), ("unknown", "?key")),
]


@pytest.mark.parametrize(("name", "old", "new", *["expected"]), [(a, b, c, d) for a, b, c, *d in URI])
def test_uri(name, old, new, expected):
    record = good(name)
    assert old in record["uri"], record["uri"]
    assert sorted(faults({**record, "uri": record["uri"].replace(old, new)})) == sorted(expected)


def test_uri_without_an_operation():
    record = good("list_dashboards")
    assert faults({**record, "uri": "http://127.0.0.1:9/nowhere/at/all"}) == [("operation", "")]


HEADERS = [
    ("put_object", "x-amz-storage-class", "GLACIAL", ("enum", "StorageClass")),
    ("put_object", "x-amz-storage-clas", "GLACIER", ("unknown", "x-amz-storage-clas")),
    ("put_object", "x-amz-server-side-encryption-bucket-key-enabled", "yes", ("type", "BucketKeyEnabled")),
    ("get_object", "If-Modified-Since", "2023-11-14", ("type", "IfModifiedSince")),
    ("copy_object", "x-amz-copy-source", "nothing", ("pattern", "CopySource")),
    ("copy_object", "x-amz-metadata-directive", "MOVE", ("enum", "MetadataDirective")),
]


@pytest.mark.parametrize(("name", "header", "value", "expected"), HEADERS)
def test_headers(name, header, value, expected):
    record = good(name)
    headers = {key: text for key, text in record["headers"].items() if key.lower() != header.lower()}
    assert faults({**record, "headers": {**headers, header: value}}) == [expected]


def test_copy_without_its_source_is_a_put_with_headers_it_does_not_know():
    record = good("copy_object")
    headers = {key: text for key, text in record["headers"].items() if key.lower() != "x-amz-copy-source"}
    assert ("unknown", "x-amz-metadata-directive") in faults({**record, "headers": headers})


def test_virtual_hosts_name_the_bucket():
    record = good("put_object")
    uri = re.sub(r"http://[^/]+/b/", "https://b.s3.eu-west-1.amazonaws.com/", record["uri"])
    assert faults({**record, "uri": uri}) == []
    assert faults({**record, "uri": "/a/k", "headers": {**record["headers"], "Host": "b.s3.amazonaws.com"}}) == []


def test_checksums():
    record = good("delete_objects")
    changed = edited(record, "<Key>k</Key>", "<Key>other</Key>")
    assert faults(with_body(record, body_of(changed), checksum=False)) == [("checksum", "x-amz-checksum-crc32")]
    bare = {name: text for name, text in record["headers"].items() if "checksum-crc32" not in name}
    assert faults({**record, "headers": bare}) == [("checksum", "")]


REST_JSON = [
    ('"Name":"n"', '"Name":""', ("length", "Name")),
    ('"Name":"n"', '"Names":"n"', ("required", "Name"), ("unknown", "Names")),
    ('"REDSHIFT"', '"REDSHIPT"', ("enum", "Type")),
    ('"Port":5439', '"Port":70000', ("range", "DataSourceParameters.RedshiftParameters.Port")),
    (
        '"RedshiftParameters"',
        '"S3Parameters":{},"RedshiftParameters"',
        ("required", "DataSourceParameters.S3Parameters.ManifestFileLocation"),
    ),
]


@pytest.mark.parametrize(("old", "new", *["expected"]), [(a, b, c) for a, b, *c in REST_JSON])
def test_rest_json(old, new, expected):
    record = good("create_data_source")
    compact = with_body(record, json.dumps(json.loads(body_of(record)), separators=(",", ":")))
    found = [fault for fault in faults(edited(compact, old, new))]
    assert sorted(found) == sorted(expected)


def test_the_program(tmp_path, capsys):
    recording = tmp_path / "requests.jsonl"
    record = good("create_stream")
    recording.write_text(json.dumps(record) + "\n")
    assert validate_requests.main([str(recording)]) == 0
    assert "1 kinesis.CreateStream\n" in capsys.readouterr().out

    with recording.open("a") as file:
        file.write(json.dumps(with_body(record, b"{}")) + "\n")
    assert validate_requests.main([str(recording)]) == 1
    output = capsys.readouterr().out
    assert f"{recording}:2: kinesis.CreateStream: StreamName: required: missing" in output
    assert "botocore/data/kinesis/2013-12-02/service-2.json" in output

    recording.write_text("")
    assert validate_requests.main([str(recording)]) == 1
    recording.unlink()
    assert validate_requests.main([str(recording)]) == 1


def test_a_streamed_body_is_not_looked_for():
    record = {**good("put_object"), "body": None, "streaming": True}
    assert faults(record) == []
