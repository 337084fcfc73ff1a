"""Kinesis Data Streams: control plane, limits, routing and reading."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from conftest import active_stream, eventually, records_from, refused, until_active

MIB = 1024 * 1024
LAST_HASH = 2**128 - 1


@pytest.fixture(scope="module")
def stream(kinesis):
    """A stream of two shards that many tests share; each uses partition keys of its own."""
    name = f"fidelity-shared-{uuid.uuid4().hex[:8]}"
    active_stream(kinesis, name, ShardCount=2)
    return name


def shards(kinesis, stream):
    return kinesis.list_shards(StreamName=stream)["Shards"]


# Kinesis API, CreateStream: "immediately returns and sets the stream status to CREATING".
def test_a_new_stream_is_creating_then_active(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1)
    first = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    assert first["StreamStatus"] == "CREATING"
    summary = until_active(kinesis, name)
    assert summary["OpenShardCount"] == 1
    assert summary["RetentionPeriodHours"] == 24
    assert summary["StreamModeDetails"]["StreamMode"] == "PROVISIONED"
    assert summary["EncryptionType"] == "NONE"
    account = summary["StreamARN"].split(":")[4]
    assert summary["StreamARN"] == f"arn:aws:kinesis:us-east-1:{account}:stream/{name}"
    assert abs(summary["StreamCreationTimestamp"] - datetime.now(UTC)) < timedelta(minutes=5)


# Kinesis API, PutRecords and CreateStream: "perform read and write operations only on an ACTIVE stream"; a stream that
# is not there yet for readers answers ResourceNotFoundException.
def test_a_stream_that_is_being_created_takes_no_records(kinesis, name):
    kinesis.create_stream(StreamName=name, ShardCount=1)
    with refused("ResourceNotFoundException", "ResourceInUseException"):
        kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="k")


# Kinesis API, CreateStream, errors: ResourceInUseException; limits: five streams CREATING at a time.
def test_a_name_is_taken_once(kinesis, stream):
    with refused("ResourceInUseException", status=400, saying=stream):
        kinesis.create_stream(StreamName=stream, ShardCount=1)


def test_what_is_not_there_is_not_found(kinesis, name):
    for call in (
        lambda: kinesis.describe_stream(StreamName=name),
        lambda: kinesis.describe_stream_summary(StreamName=name),
        lambda: kinesis.list_shards(StreamName=name),
        lambda: kinesis.delete_stream(StreamName=name),
        lambda: kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="k"),
        lambda: kinesis.list_tags_for_stream(StreamName=name),
    ):
        with refused("ResourceNotFoundException", status=400, saying=name):
            call()


# Model: StreamName [a-zA-Z0-9_.-]+, 1-128. boto3 checks only the minimum itself.
@pytest.mark.parametrize("bad", ["a b", "a/b", "ü", "a" * 129])
def test_names_are_checked(kinesis, bad):
    with refused("ValidationException"):
        kinesis.create_stream(StreamName=bad, ShardCount=1)


# Developer guide, "Choose the data stream capacity mode": a new on-demand stream has four shards. UpdateShardCount "is only supported for the
# data streams with the provisioned capacity mode" (Kinesis API; error ValidationException in the model).
def test_on_demand(kinesis, name):
    summary = active_stream(kinesis, name, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert summary["StreamModeDetails"]["StreamMode"] == "ON_DEMAND"
    assert summary["OpenShardCount"] == 4
    with refused("ValidationException"):
        kinesis.update_shard_count(StreamName=name, TargetShardCount=2, ScalingType="UNIFORM_SCALING")


# Kinesis API, UpdateStreamMode: asynchronous, UPDATING, back to ACTIVE.
def test_the_mode_can_change(kinesis, name):
    summary = active_stream(kinesis, name)
    mode = {"StreamMode": "ON_DEMAND"}
    kinesis.update_stream_mode(StreamARN=summary["StreamARN"], StreamModeDetails=mode)
    assert until_active(kinesis, name)["StreamModeDetails"] == mode


# Kinesis API, DeleteStream: DELETING, then gone.
def test_delete(kinesis, name):
    active_stream(kinesis, name)
    kinesis.delete_stream(StreamName=name)

    def gone():
        try:
            status = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"]
        except kinesis.exceptions.ResourceNotFoundException:
            return True
        assert status == "DELETING"
        return False

    eventually(gone, f"stream {name} is gone")


# Kinesis API, ListStreams: alphabetical pages with HasMoreStreams; NextToken or ExclusiveStartStreamName goes on.
def test_list_streams_in_pages(kinesis, name):
    names = [f"{name}-{i}" for i in range(3)]
    for one in names:
        active_stream(kinesis, one)
    first = kinesis.list_streams(Limit=1)
    assert len(first["StreamNames"]) == 1
    assert first["HasMoreStreams"] is True
    listed = [one for page in kinesis.get_paginator("list_streams").paginate(Limit=2) for one in page["StreamNames"]]
    assert set(names) <= set(listed)
    assert listed == sorted(listed)
    after = kinesis.list_streams(ExclusiveStartStreamName=names[0])["StreamNames"]
    assert names[0] not in after and names[1] in after


# Kinesis API, PutRecords: 500 records (model: max 500).
def test_501_records_are_refused_and_none_is_stored(kinesis, name):
    active_stream(kinesis, name)
    entries = [{"Data": b"x", "PartitionKey": str(i)} for i in range(501)]
    with refused("ValidationException", "InvalidArgumentException", status=400):
        kinesis.put_records(StreamName=name, Records=entries)
    shard = shards(kinesis, name)[0]["ShardId"]
    assert records_from(kinesis, name, shard) == []
    answer = kinesis.put_records(StreamName=name, Records=entries[:500])
    assert answer["FailedRecordCount"] == 0
    assert len(answer["Records"]) == 500


# Developer guide, "Large records": 1 MiB by default; the whole request is refused, no record of it is stored
# (boto/boto3#1147, awslabs/amazon-kinesis-producer#680).
def test_a_record_past_1_mib_is_refused(kinesis, name):
    active_stream(kinesis, name)
    small, large = {"Data": b"x", "PartitionKey": "k"}, {"Data": b"x" * (MIB + 1), "PartitionKey": "k"}
    with refused("ValidationException", "InvalidArgumentException", status=400):
        kinesis.put_records(StreamName=name, Records=[small, large])
    with refused("ValidationException", "InvalidArgumentException", status=400):
        kinesis.put_record(StreamName=name, **large)
    assert records_from(kinesis, name, shards(kinesis, name)[0]["ShardId"]) == []


# Kinesis API, PutRecords: "up to a limit of 10 MiB for the entire request, including partition keys".
def test_a_request_past_10_mib_is_refused(kinesis, name):
    active_stream(kinesis, name, ShardCount=4)
    entries = [{"Data": b"x" * (MIB - 300), "PartitionKey": str(i)} for i in range(11)]
    with refused("ValidationException", "InvalidArgumentException", status=400):
        kinesis.put_records(StreamName=name, Records=entries)


# Model: PartitionKey 1-256 characters (Unicode: characters, not bytes).
def test_partition_keys_are_checked(kinesis, stream):
    kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="ü" * 256)
    with refused("ValidationException"):
        kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k" * 257)


# Kinesis API, PutRecord: the MD5 of the partition key, as a number, lies in the hash range of its shard.
def test_partition_keys_route_by_md5(kinesis, stream):
    ranges = {
        shard["ShardId"]: range(
            int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]) + 1
        )
        for shard in shards(kinesis, stream)
    }
    assert sorted(one.start for one in ranges.values())[0] == 0
    assert max(one.stop for one in ranges.values()) == LAST_HASH + 1
    keys = [f"route-{i}" for i in range(40)]
    answer = kinesis.put_records(StreamName=stream, Records=[{"Data": b"x", "PartitionKey": key} for key in keys])
    for key, result in zip(keys, answer["Records"], strict=True):
        hashed = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
        assert hashed in ranges[result["ShardId"]]


# Kinesis API, PutRecord, ExplicitHashKey: "determines explicitly the shard"; model pattern 0|([1-9]\d{0,38}).
def test_explicit_hash_keys_override(kinesis, stream):
    ordered = sorted(shards(kinesis, stream), key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
    for shard in ordered:
        for end in ("StartingHashKey", "EndingHashKey"):
            answer = kinesis.put_record(
                StreamName=stream, Data=b"x", PartitionKey="same", ExplicitHashKey=shard["HashKeyRange"][end]
            )
            assert answer["ShardId"] == shard["ShardId"]
    with refused("InvalidArgumentException"):
        kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k", ExplicitHashKey=str(LAST_HASH + 1))
    with refused("ValidationException", "InvalidArgumentException"):
        kinesis.put_record(StreamName=stream, Data=b"x", PartitionKey="k", ExplicitHashKey="-1")


# Kinesis API, PutRecord: sequence numbers increase in a shard; one by one, order is kept. Data comes back whole, up to
# 1 MiB with the partition key.
def test_what_was_put_reads_back_in_order(kinesis, name):
    active_stream(kinesis, name)
    blobs = [bytes([i]) * i for i in range(50)] + [(bytes(range(256)) * 4096)[:-1]]
    put = [kinesis.put_record(StreamName=name, Data=blob, PartitionKey="k") for blob in blobs]
    sequence = [int(answer["SequenceNumber"]) for answer in put]
    assert sequence == sorted(set(sequence))
    read = records_from(kinesis, name, put[0]["ShardId"])
    assert [record["Data"] for record in read] == blobs
    assert [int(record["SequenceNumber"]) for record in read] == sequence
    assert {record["PartitionKey"] for record in read} == {"k"}
    now = datetime.now(UTC)
    assert all(abs(record["ApproximateArrivalTimestamp"] - now) < timedelta(minutes=5) for record in read)


# Kinesis API, GetShardIterator: the five types.
def test_the_five_iterator_types(kinesis, name):
    active_stream(kinesis, name)
    put = [kinesis.put_record(StreamName=name, Data=bytes([i]), PartitionKey="k") for i in range(5)]
    shard = put[0]["ShardId"]

    def read(**position):
        return [record["Data"][0] for record in records_from(kinesis, name, shard, **position)]

    third = put[2]["SequenceNumber"]
    latest = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
    assert read(ShardIteratorType="TRIM_HORIZON") == [0, 1, 2, 3, 4]
    assert read(ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=third) == [2, 3, 4]
    assert read(ShardIteratorType="AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=third) == [3, 4]
    long_ago = datetime.now(UTC) - timedelta(days=1)
    assert read(ShardIteratorType="AT_TIMESTAMP", Timestamp=long_ago) == [0, 1, 2, 3, 4]
    arrived = records_from(kinesis, name, shard)[4]["ApproximateArrivalTimestamp"]
    assert 4 in read(ShardIteratorType="AT_TIMESTAMP", Timestamp=arrived)
    kinesis.put_record(StreamName=name, Data=b"\x05", PartitionKey="k")
    page = kinesis.get_records(ShardIterator=latest)
    assert [record["Data"][0] for record in page["Records"]] == [5]


# Kinesis API, GetShardIterator, errors: InvalidArgumentException, ResourceNotFoundException.
def test_iterators_are_checked(kinesis, stream):
    shard = shards(kinesis, stream)[0]["ShardId"]
    with refused("ResourceNotFoundException"):
        kinesis.get_shard_iterator(StreamName=stream, ShardId="shardId-000000000099", ShardIteratorType="TRIM_HORIZON")
    with refused("InvalidArgumentException", "ValidationException"):
        kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER")
    with refused("InvalidArgumentException", "ValidationException"):
        kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="AT_TIMESTAMP")
    with refused("ValidationException", "InvalidArgumentException"):
        kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="SOMEWHERE")
    with refused("InvalidArgumentException"):
        kinesis.get_records(ShardIterator="AAAA" * 20)


# Kinesis API, GetRecords: Limit at most 10,000; "If you specify a value that is greater than 10,000, GetRecords throws
# InvalidArgumentException" (the model's range says the same by ValidationException).
def test_get_records_in_pages(kinesis, name):
    active_stream(kinesis, name)
    for start in range(0, 1000, 500):
        kinesis.put_records(
            StreamName=name,
            Records=[{"Data": str(i).encode(), "PartitionKey": "k"} for i in range(start, start + 500)],
        )
    shard = shards(kinesis, name)[0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    iterator, seen = iterator["ShardIterator"], []
    with refused("InvalidArgumentException", "ValidationException"):
        kinesis.get_records(ShardIterator=iterator, Limit=10_001)
    first = kinesis.get_records(ShardIterator=iterator, Limit=300)
    assert len(first["Records"]) == 300
    assert first["NextShardIterator"] != iterator
    # The same iterator reads the same records again.
    assert kinesis.get_records(ShardIterator=iterator, Limit=300)["Records"] == first["Records"]
    while len(seen) < 1000:
        page = kinesis.get_records(ShardIterator=iterator, Limit=300)
        assert page["Records"]
        seen += [int(record["Data"]) for record in page["Records"]]
        iterator = page["NextShardIterator"]
    assert sorted(seen) == list(range(1000))
    # "A value of zero indicates that record processing is caught up" (Kinesis API, GetRecords).
    tip = kinesis.get_records(ShardIterator=iterator)
    assert tip["Records"] == []
    assert tip["MillisBehindLatest"] == 0
    assert tip["NextShardIterator"]


# Kinesis API, GetRecords: "The maximum size of data that GetRecords can return is 10 MiB."
def test_get_records_returns_at_most_10_mib(kinesis, name):
    active_stream(kinesis, name)
    for _ in range(12):
        kinesis.put_record(StreamName=name, Data=b"x" * (MIB - 100), PartitionKey="k")
    shard = shards(kinesis, name)[0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    page = kinesis.get_records(ShardIterator=iterator["ShardIterator"])
    assert 0 < sum(len(record["Data"]) for record in page["Records"]) <= 10 * MIB
    rest = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert len(page["Records"]) + len(rest["Records"]) == 12


# Kinesis API, SplitShard and MergeShards: UPDATING, parents closed, children adjacent; developer guide, "Strategies for
# resharding" and GetRecords: the iterator of a closed shard ends with null and names its children.
def test_split_and_merge(kinesis, name):
    active_stream(kinesis, name)
    parent = shards(kinesis, name)[0]["ShardId"]
    kinesis.put_record(StreamName=name, Data=b"before", PartitionKey="k")
    middle = str(2**127)
    kinesis.split_shard(StreamName=name, ShardToSplit=parent, NewStartingHashKey=middle)
    assert until_active(kinesis, name)["OpenShardCount"] == 2
    listed = {shard["ShardId"]: shard for shard in shards(kinesis, name)}
    assert len(listed) == 3
    assert "EndingSequenceNumber" in listed[parent]["SequenceNumberRange"]
    children = sorted(
        (shard for shard in listed.values() if shard.get("ParentShardId") == parent),
        key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]),
    )
    assert [child["HashKeyRange"]["StartingHashKey"] for child in children] == ["0", middle]
    assert children[0]["HashKeyRange"]["EndingHashKey"] == str(int(middle) - 1)
    with refused("InvalidArgumentException", "ResourceInUseException"):
        kinesis.split_shard(StreamName=name, ShardToSplit=parent, NewStartingHashKey="5")

    closed = kinesis.get_shard_iterator(StreamName=name, ShardId=parent, ShardIteratorType="TRIM_HORIZON")
    page = kinesis.get_records(ShardIterator=closed["ShardIterator"])
    assert [record["Data"] for record in page["Records"]] == [b"before"]
    while page.get("NextShardIterator"):
        page = kinesis.get_records(ShardIterator=page["NextShardIterator"])
    assert {child["ShardId"] for child in page["ChildShards"]} == {child["ShardId"] for child in children}

    kinesis.merge_shards(
        StreamName=name, ShardToMerge=children[0]["ShardId"], AdjacentShardToMerge=children[1]["ShardId"]
    )
    assert until_active(kinesis, name)["OpenShardCount"] == 1
    merged = [shard for shard in shards(kinesis, name) if "EndingSequenceNumber" not in shard["SequenceNumberRange"]]
    assert merged[0]["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": str(LAST_HASH)}
    assert {merged[0]["ParentShardId"], merged[0]["AdjacentParentShardId"]} == {child["ShardId"] for child in children}
    answer = kinesis.put_record(StreamName=name, Data=b"after", PartitionKey="k")
    assert answer["ShardId"] == merged[0]["ShardId"]


def test_shards_that_do_not_touch_do_not_merge(kinesis, name):
    active_stream(kinesis, name, ShardCount=3)
    ordered = sorted(shards(kinesis, name), key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
    with refused("InvalidArgumentException"):
        kinesis.merge_shards(
            StreamName=name, ShardToMerge=ordered[0]["ShardId"], AdjacentShardToMerge=ordered[2]["ShardId"]
        )


# Kinesis API, UpdateShardCount: at most double, at least half; the answer names both counts.
def test_update_shard_count(kinesis, name):
    active_stream(kinesis, name, ShardCount=2)
    with refused("LimitExceededException", "InvalidArgumentException"):
        kinesis.update_shard_count(StreamName=name, TargetShardCount=5, ScalingType="UNIFORM_SCALING")
    answer = kinesis.update_shard_count(StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
    assert (answer["CurrentShardCount"], answer["TargetShardCount"]) == (2, 4)
    assert until_active(kinesis, name)["OpenShardCount"] == 4


# Kinesis API, IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod: 24 to 8,760 hours.
def test_retention(kinesis, name):
    active_stream(kinesis, name)
    kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=48)
    assert until_active(kinesis, name)["RetentionPeriodHours"] == 48
    with refused("InvalidArgumentException"):
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
    with refused("InvalidArgumentException"):
        kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=72)
    with refused("InvalidArgumentException"):
        kinesis.increase_stream_retention_period(StreamName=name, RetentionPeriodHours=8761)
    kinesis.decrease_stream_retention_period(StreamName=name, RetentionPeriodHours=24)
    assert until_active(kinesis, name)["RetentionPeriodHours"] == 24


# Kinesis API, ListShards: NextToken alone identifies the stream; AWS's words: "NextToken and StreamName cannot be
# provided together." (hashicorp/terraform-provider-aws#40494).
def test_list_shards_in_pages(kinesis, name):
    active_stream(kinesis, name, ShardCount=5)
    first = kinesis.list_shards(StreamName=name, MaxResults=2)
    assert len(first["Shards"]) == 2
    with refused("InvalidArgumentException", saying="NextToken and StreamName cannot be provided together"):
        kinesis.list_shards(StreamName=name, NextToken=first["NextToken"])
    listed, token = list(first["Shards"]), first["NextToken"]
    while token:
        page = kinesis.list_shards(NextToken=token, MaxResults=2)
        listed += page["Shards"]
        token = page.get("NextToken")
    assert len({shard["ShardId"] for shard in listed}) == 5
    start = listed[2]["ShardId"]
    after = kinesis.list_shards(StreamName=name, ExclusiveStartShardId=start)["Shards"]
    assert [shard["ShardId"] for shard in after] == [shard["ShardId"] for shard in listed[3:]]


# Kinesis API, AddTagsToStream: 50 tags a stream; CreateStream: tags with the stream.
def test_tags(kinesis, name):
    active_stream(kinesis, name, ShardCount=1, Tags={"a": "1"})
    kinesis.add_tags_to_stream(StreamName=name, Tags={"a": "2", "b": ""})
    assert kinesis.list_tags_for_stream(StreamName=name)["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": ""},
    ]
    kinesis.remove_tags_from_stream(StreamName=name, TagKeys=["a", "never"])
    assert [tag["Key"] for tag in kinesis.list_tags_for_stream(StreamName=name)["Tags"]] == ["b"]
    with refused("InvalidArgumentException", "LimitExceededException"):
        for start in range(0, 60, 10):
            kinesis.add_tags_to_stream(StreamName=name, Tags={f"t{i}": "" for i in range(start, start + 10)})


# Kinesis API, StartStreamEncryption: UPDATING, then the key shows in the description and in PutRecord's answer.
def test_encryption(kinesis, name):
    active_stream(kinesis, name)
    kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    summary = until_active(kinesis, name)
    assert (summary["EncryptionType"], summary["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert kinesis.put_record(StreamName=name, Data=b"x", PartitionKey="k")["EncryptionType"] == "KMS"
    kinesis.stop_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert until_active(kinesis, name)["EncryptionType"] == "NONE"


# Kinesis API: StreamARN in place of StreamName, everywhere.
def test_streams_are_found_by_arn(kinesis, stream):
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    assert kinesis.describe_stream(StreamARN=arn)["StreamDescription"]["StreamName"] == stream
    assert kinesis.put_record(StreamARN=arn, Data=b"x", PartitionKey="arn")["SequenceNumber"]
