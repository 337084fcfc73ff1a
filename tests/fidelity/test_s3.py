"""S3: buckets, objects, versions, multipart uploads, conditions, paging."""

import base64
import hashlib
import json
import urllib.error
import urllib.request
import uuid
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from conftest import connect, refused

MIB = 1024 * 1024


# S3 user guide, "Bucket naming rules".
@pytest.mark.parametrize("bad", ["ab", "Upper", "under_score", "-dash", "dash-", "a..b", "192.168.5.4", "a" * 64])
def test_bucket_names_are_checked(s3, bad):
    with refused("InvalidBucketName", status=400):
        s3.create_bucket(Bucket=bad)


# S3 API, CreateBucket, BucketAlreadyOwnedByYou: returned "in all AWS Regions except in the North Virginia Region. For
# legacy compatibility, if you re-create an existing bucket that you already own in us-east-1, S3 returns 200 OK".
def test_creating_ones_own_bucket_again(s3, bucket):
    s3.create_bucket(Bucket=bucket)


def test_creating_ones_own_bucket_again_elsewhere(endpoint, name):
    west = connect("s3", endpoint, region="eu-west-1")
    settings = {"LocationConstraint": "eu-west-1"}
    try:
        west.create_bucket(Bucket=name, CreateBucketConfiguration=settings)
    except ClientError as error:
        # A server of us-east-1 alone says so, as an endpoint of another region would.
        assert error.response["Error"]["Code"] in (
            "IllegalLocationConstraintException",
            "AuthorizationHeaderMalformed",
        )
        return
    with refused("BucketAlreadyOwnedByYou", status=409):
        west.create_bucket(Bucket=name, CreateBucketConfiguration=settings)


# S3 API, GetBucketLocation: "Buckets in Region us-east-1 have a LocationConstraint of null."
def test_location_of_us_east_1_is_null(s3, bucket):
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
    assert bucket in {one["Name"] for one in s3.list_buckets()["Buckets"]}


# S3 API, "Error responses": NoSuchBucket, NoSuchKey 404; HEAD has no body, hence no code but the status.
def test_what_is_not_there_is_not_found(s3, bucket, name):
    with refused("NoSuchKey", status=404):
        s3.get_object(Bucket=bucket, Key="nothing")
    with refused("404", status=404):
        s3.head_object(Bucket=bucket, Key="nothing")
    gone = f"{name}-none"
    for call in (
        lambda: s3.get_object(Bucket=gone, Key="k"),
        lambda: s3.put_object(Bucket=gone, Key="k", Body=b""),
        lambda: s3.list_objects_v2(Bucket=gone),
        lambda: s3.delete_bucket(Bucket=gone),
        lambda: s3.get_bucket_policy(Bucket=gone),
    ):
        with refused("NoSuchBucket", status=404):
            call()
    with refused("404", status=404):
        s3.head_bucket(Bucket=gone)
    # DeleteObject of what is not there succeeds (S3 API, DeleteObject).
    assert s3.delete_object(Bucket=bucket, Key="nothing")["ResponseMetadata"]["HTTPStatusCode"] == 204


# S3 API, DeleteBucket: "All objects (including all object versions and delete markers) in the bucket must be deleted".
def test_a_bucket_must_be_empty_to_be_deleted(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    version = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["VersionId"]
    with refused("BucketNotEmpty", status=409):
        s3.delete_bucket(Bucket=bucket)
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=version)
    with refused("BucketNotEmpty", status=409):
        s3.delete_bucket(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker)
    s3.delete_bucket(Bucket=bucket)
    with refused("404"):
        s3.head_bucket(Bucket=bucket)


@pytest.mark.parametrize("key", ["a", "a/b/c", "ü/漢字", "a b+c%20&=?#", "a//b", "./x", "~t", "k" * 1024])
def test_any_key_holds_its_object(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key=key)


# S3 user guide, "Creating object key names": at most 1,024 bytes of UTF-8.
def test_keys_are_at_most_1024_bytes(s3, bucket):
    with refused("KeyTooLongError", status=400):
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")


# S3 API, PutObject: the ETag of an object of one part is its MD5; system and user metadata come back.
def test_an_object_comes_back_with_its_metadata(s3, bucket):
    body = bytes(range(256)) * 100
    put = s3.put_object(
        Bucket=bucket,
        Key="k",
        Body=body,
        ContentType="application/x-ndjson",
        ContentEncoding="gzip",
        CacheControl="no-store",
        Metadata={"one": "1", "two": "2"},
    )
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    for answer in (s3.get_object(Bucket=bucket, Key="k"), s3.head_object(Bucket=bucket, Key="k")):
        assert answer["ContentLength"] == len(body)
        assert answer["ContentType"] == "application/x-ndjson"
        assert answer["ContentEncoding"] == "gzip"
        assert answer["CacheControl"] == "no-store"
        assert answer["Metadata"] == {"one": "1", "two": "2"}
        assert answer["ETag"] == put["ETag"]
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == body
    # S3 user guide, "Default encryption": since January 2023 every object is encrypted with SSE-S3.
    assert put["ServerSideEncryption"] == "AES256"
    s3.put_object(Bucket=bucket, Key="plain", Body=b"")
    assert s3.head_object(Bucket=bucket, Key="plain")["ContentType"] == "binary/octet-stream"


# S3 API, PutObject: a Content-MD5 or checksum that does not fit the body is BadDigest.
def test_a_wrong_checksum_is_refused(s3, bucket):
    with refused("BadDigest", status=400):
        s3.put_object(
            Bucket=bucket, Key="k", Body=b"one", ContentMD5=base64.b64encode(hashlib.md5(b"two").digest()).decode()
        )
    with refused("InvalidDigest", status=400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"one", ContentMD5="nonsense")
    wrong = base64.b64encode(zlib.crc32(b"two").to_bytes(4, "big")).decode()
    with refused("BadDigest", "XAmzContentChecksumMismatch", status=400):
        s3.put_object(Bucket=bucket, Key="k", Body=b"one", ChecksumCRC32=wrong)
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="k")
    right = base64.b64encode(zlib.crc32(b"one").to_bytes(4, "big")).decode()
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"one", ChecksumCRC32=right)["ChecksumCRC32"] == right
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")["ChecksumCRC32"] == right


# S3 user guide, "Add preconditions to S3 operations with conditional requests".
def test_conditional_writes(s3, bucket):
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"one", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"two", IfNoneMatch="*")
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket=bucket, Key="k", Body=b"two", IfMatch='"00000000000000000000000000000000"')
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"one"
    s3.put_object(Bucket=bucket, Key="k", Body=b"two", IfMatch=first)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"two"
    with refused("NoSuchKey", status=404):
        s3.put_object(Bucket=bucket, Key="never", Body=b"x", IfMatch=first)
    s3.delete_object(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"three", IfNoneMatch="*")


# RFC 9110, 13.1; S3 API, GetObject: 304 and 412.
def test_conditional_reads(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with refused("304", status=304):
        s3.get_object(Bucket=bucket, Key="k", IfNoneMatch=put["ETag"])
    with refused("PreconditionFailed", status=412):
        s3.get_object(Bucket=bucket, Key="k", IfMatch='"0"')
    modified = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    with refused("304", status=304):
        s3.get_object(Bucket=bucket, Key="k", IfModifiedSince=modified)
    assert s3.get_object(Bucket=bucket, Key="k", IfMatch=put["ETag"])["Body"].read() == b"x"


# RFC 9110, 14; S3 API, GetObject, Range; InvalidRange 416.
def test_ranges(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")

    def part(byte_range):
        answer = s3.get_object(Bucket=bucket, Key="k", Range=byte_range)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
        return answer["Body"].read(), answer["ContentRange"]

    assert part("bytes=2-4") == (b"234", "bytes 2-4/10")
    assert part("bytes=7-") == (b"789", "bytes 7-9/10")
    assert part("bytes=-3") == (b"789", "bytes 7-9/10")
    assert part("bytes=8-100") == (b"89", "bytes 8-9/10")
    with refused("InvalidRange", status=416):
        s3.get_object(Bucket=bucket, Key="k", Range="bytes=10-")


# S3 API, CopyObject; a copy onto itself that changes nothing is InvalidRequest.
def test_copy(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from/ü", Body=b"data", ContentType="text/plain", Metadata={"a": "1"})
    source = {"Bucket": bucket, "Key": "from/ü"}
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source)
    kept = s3.get_object(Bucket=bucket, Key="kept")
    assert (kept["Body"].read(), kept["ContentType"], kept["Metadata"]) == (b"data", "text/plain", {"a": "1"})
    s3.copy_object(Bucket=bucket, Key="new", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    assert s3.head_object(Bucket=bucket, Key="new")["Metadata"] == {"b": "2"}
    with refused("InvalidRequest", status=400):
        s3.copy_object(Bucket=bucket, Key="from/ü", CopySource=source)
    with refused("NoSuchKey", status=404):
        s3.copy_object(Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "never"})


# S3 API, PutObjectTagging and PutBucketTagging; NoSuchTagSet for a bucket without tags.
def test_tagging(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=x%20y")
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert sorted((tag["Key"], tag["Value"]) for tag in tags) == [("a", "1"), ("b", "x y")]
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": ""}]})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "c", "Value": ""}]
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []

    with refused("NoSuchTagSet", status=404):
        s3.get_bucket_tagging(Bucket=bucket)
    tags = [{"Key": "pipectl:pipeline", "Value": "p"}]
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == tags
    s3.delete_bucket_tagging(Bucket=bucket)
    with refused("NoSuchTagSet"):
        s3.get_bucket_tagging(Bucket=bucket)


# S3 user guide, "Working with objects in a versioning-enabled bucket" and "Working with delete markers".
def test_versions(s3, bucket):
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"zero")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    one = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    two = s3.put_object(Bucket=bucket, Key="k", Body=b"two")["VersionId"]

    def body(**version):
        return s3.get_object(Bucket=bucket, Key="k", **version)["Body"].read()

    assert body() == b"two"
    assert body(VersionId=one) == b"one"
    assert body(VersionId="null") == b"zero"
    listed = s3.list_object_versions(Bucket=bucket)
    assert [version["VersionId"] for version in listed["Versions"]] == [two, one, "null"]
    assert [version["IsLatest"] for version in listed["Versions"]] == [True, False, False]

    deleted = s3.delete_object(Bucket=bucket, Key="k")
    assert deleted["DeleteMarker"] is True
    with refused("NoSuchKey", status=404) as caught:
        body()
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    with refused("MethodNotAllowed", status=405):
        body(VersionId=deleted["VersionId"])
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    markers = s3.list_object_versions(Bucket=bucket)["DeleteMarkers"]
    assert [(marker["VersionId"], marker["IsLatest"]) for marker in markers] == [(deleted["VersionId"], True)]

    s3.delete_object(Bucket=bucket, Key="k", VersionId=deleted["VersionId"])
    assert body() == b"two"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=two)
    assert body() == b"one"
    with refused("NoSuchVersion", status=404):
        body(VersionId=two)

    # Suspended: new writes are version null (S3 user guide, "Working with objects in a versioning-suspended bucket").
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=bucket, Key="k", Body=b"again")
    assert body(VersionId="null") == b"again"
    assert body(VersionId=one) == b"one"


@pytest.fixture(scope="module")
def crowded(s3):
    """A bucket of 2,500 objects."""
    bucket = f"fidelity-crowded-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    keys = [f"dt={i % 5}/part-{i:05}" for i in range(2500)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode()), keys))
    return bucket, sorted(keys)


# S3 API, ListObjectsV2: up to 1,000 keys a page, in the order of UTF-8 bytes; KeyCount, StartAfter.
def test_listing_in_pages(s3, crowded):
    bucket, keys = crowded
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket))
    assert [page["KeyCount"] for page in pages] == [1000, 1000, 500]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert [item["Key"] for page in pages for item in page["Contents"]] == keys
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["KeyCount"] == 1000
    few = s3.list_objects_v2(Bucket=bucket, StartAfter=keys[9], MaxKeys=3)
    assert [item["Key"] for item in few["Contents"]] == keys[10:13]
    assert [item["Size"] for item in few["Contents"]] == [len(key) for key in keys[10:13]]
    first = [
        item["Key"] for page in s3.get_paginator("list_objects").paginate(Bucket=bucket) for item in page["Contents"]
    ]
    assert first == keys
    versions = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    assert sum(len(page["Versions"]) for page in versions) == 2500


# S3 API, ListObjectsV2, Delimiter: keys roll up to CommonPrefixes, each counts as one.
def test_listing_with_a_delimiter(s3, crowded):
    bucket, keys = crowded
    page = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert [item["Prefix"] for item in page["CommonPrefixes"]] == [f"dt={i}/" for i in range(5)]
    assert (page["KeyCount"], page["IsTruncated"]) == (5, False)
    two = s3.list_objects_v2(Bucket=bucket, Delimiter="/", MaxKeys=2)
    assert [item["Prefix"] for item in two["CommonPrefixes"]] == ["dt=0/", "dt=1/"]
    rest = s3.list_objects_v2(Bucket=bucket, Delimiter="/", ContinuationToken=two["NextContinuationToken"])
    assert [item["Prefix"] for item in rest["CommonPrefixes"]] == ["dt=2/", "dt=3/", "dt=4/"]
    below = s3.list_objects_v2(Bucket=bucket, Prefix="dt=3/", Delimiter="/")
    assert [item["Key"] for item in below["Contents"]] == [key for key in keys if key.startswith("dt=3/")]


# S3 API, DeleteObjects: 1,000 keys; more is MalformedXML.
def test_deleting_many(s3, crowded):
    bucket, keys = crowded
    with refused("MalformedXML", status=400):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys[:1001]]})
    gone = [key for key in keys if key.startswith("dt=4/")]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*gone, "never"]]})
    assert {item["Key"] for item in answer["Deleted"]} == {*gone, "never"}
    assert "Errors" not in answer
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "never"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket, Prefix="dt=4/")
    for key in gone:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())


# S3 user guide, "Uploading and copying objects using multipart upload": what was sent comes back byte for byte; the
# ETag ends in the number of parts.
def test_100_mb_by_transfer(s3, bucket, tmp_path):
    size, original, copy = 100_000_000, tmp_path / "original", tmp_path / "copy"
    block = hashlib.sha512(b"seed").digest() * 1024
    with original.open("wb") as file:
        for i in range(size // len(block) + 1):
            file.write(i.to_bytes(8, "big") + block[8 : min(len(block), size - i * len(block))])
        file.truncate(size)
    parts = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=4)
    s3.upload_file(str(original), bucket, "large", Config=parts)
    head = s3.head_object(Bucket=bucket, Key="large")
    assert head["ContentLength"] == size
    assert head["ETag"].endswith('-12"')
    s3.download_file(bucket, "large", str(copy), Config=parts)
    with original.open("rb") as one, copy.open("rb") as other:
        assert hashlib.file_digest(one, "sha256").digest() == hashlib.file_digest(other, "sha256").digest()


# S3 API, CreateMultipartUpload, UploadPart, CompleteMultipartUpload: errors by name.
def test_multipart_rules(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", Metadata={"a": "1"})["UploadId"]
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload}

    def put(number, body):
        return {"PartNumber": number, "ETag": s3.upload_part(**where, PartNumber=number, Body=body)["ETag"]}

    one, two, three = put(1, b"a" * (5 * MIB)), put(2, b"b" * 10), put(3, b"c")
    with refused("NoSuchKey"):
        s3.get_object(Bucket=bucket, Key="k")
    assert [part["PartNumber"] for part in s3.list_parts(**where)["Parts"]] == [1, 2, 3]
    assert [item["UploadId"] for item in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]

    with refused("InvalidArgument", status=400):
        s3.upload_part(**where, PartNumber=10_001, Body=b"")

    def complete(*parts):
        return s3.complete_multipart_upload(**where, MultipartUpload={"Parts": list(parts)})

    with refused("InvalidPartOrder", status=400):
        complete(two, one)
    with refused("InvalidPart", status=400):
        complete(one, {"PartNumber": 2, "ETag": '"0"'})
    with refused("InvalidPart", status=400):
        complete(one, {"PartNumber": 9, "ETag": one["ETag"]})
    with refused("EntityTooSmall", status=400):
        complete(one, two, three)
    done = complete(one, two)
    assert done["ETag"].endswith('-2"')
    answer = s3.get_object(Bucket=bucket, Key="k")
    assert answer["Body"].read() == b"a" * (5 * MIB) + b"b" * 10
    assert answer["Metadata"] == {"a": "1"}
    with refused("NoSuchUpload", status=404):
        put(4, b"x")


def test_an_aborted_upload_leaves_nothing(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    with refused("NoSuchUpload", status=404):
        s3.list_parts(Bucket=bucket, Key="k", UploadId=upload)
    s3.delete_bucket(Bucket=bucket)


# S3 user guide, "Conditional writes": also on CompleteMultipartUpload.
def test_completing_an_upload_can_be_conditional(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=1, Body=b"x")["ETag"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"first")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part}]}
    with refused("PreconditionFailed", status=412):
        s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload=parts, IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


# S3 user guide, "Download and upload objects with presigned URLs".
def test_presigned_urls(s3, bucket):
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    request = urllib.request.Request(put, data=b"by url", method="PUT")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    assert opener.open(request).status == 200
    get = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
    assert opener.open(get).read() == b"by url"
    missing = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "never"}, ExpiresIn=60)
    with pytest.raises(urllib.error.HTTPError) as caught:
        opener.open(missing)
    assert caught.value.code == 404
    assert b"<Code>NoSuchKey</Code>" in caught.value.read()


# S3 API: what is not configured has an error of its own; what is configured reads back.
def test_bucket_settings(s3, bucket):
    with refused("NoSuchBucketPolicy", status=404):
        s3.get_bucket_policy(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    # Defaults of a new bucket since 2023: SSE-S3, all public access blocked, ACLs disabled (S3 user guide, "Default
    # settings for new S3 buckets FAQ").
    rule = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    block = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == block
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}

    rules = [
        {"ID": "raw", "Status": "Enabled", "Filter": {"Prefix": "raw/"}, "Expiration": {"Days": 30}},
        {
            "ID": "parts",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == rules
    s3.delete_bucket_lifecycle(Bucket=bucket)
    with refused("NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    with refused("NoSuchPublicAccessBlockConfiguration", status=404):
        s3.get_public_access_block(Bucket=bucket)


# S3 API, PutBucketPolicy: MalformedPolicy; S3 user guide, bucket policies: the policy reads back as it was put.
def test_bucket_policy(s3, bucket):
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    for bad in ("{", json.dumps({"Version": "2012-10-17"}), json.dumps(policy).replace("Deny", "Perhaps")):
        with refused("MalformedPolicy", status=400):
            s3.put_bucket_policy(Bucket=bucket, Policy=bad)
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
    s3.delete_bucket_policy(Bucket=bucket)
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket)
