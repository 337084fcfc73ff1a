"""`pipectl local --limits aws`: a shard takes what AWS's takes, and no more."""

import os

import pytest

from conftest import Server, active_stream, connect

pytestmark = pytest.mark.skipif(
    "PIPECTL_FIDELITY_ENDPOINT" in os.environ, reason="another server has no switch for its limits"
)


@pytest.fixture(scope="module")
def kinesis(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("limits"), "--limits", "aws")
    yield connect("kinesis", server.start())
    server.stop()


# Kinesis API, PutRecords: 1,000 records a second and shard; a record past that fails alone, with
# ProvisionedThroughputExceededException and a message that names the shard and the stream.
def test_a_shard_takes_1000_records_a_second(kinesis, name):
    active_stream(kinesis, name)
    batch = [{"Data": b"x", "PartitionKey": "k"}] * 500
    answers = [kinesis.put_records(StreamName=name, Records=batch) for _ in range(6)]
    failed = [record for answer in answers for record in answer["Records"] if "ErrorCode" in record]
    assert sum(answer["FailedRecordCount"] for answer in answers) == len(failed)
    # 3,000 at once: AWS would take 1,000 and what the passing time allows; two seconds pass on a slow machine.
    assert 0 < len(failed) < 3000
    assert {record["ErrorCode"] for record in failed} == {"ProvisionedThroughputExceededException"}
    assert "shardId-000000000000" in failed[0]["ErrorMessage"]
    assert name in failed[0]["ErrorMessage"]
    assert all("SequenceNumber" not in record for record in failed)


# Kinesis API, PutRecord: 1 MiB a second and shard; PutRecord as a whole is refused.
def test_a_shard_takes_1_mib_a_second(kinesis, name):
    active_stream(kinesis, name)
    with pytest.raises(kinesis.exceptions.ProvisionedThroughputExceededException):
        for _ in range(8):
            kinesis.put_record(StreamName=name, Data=b"x" * 600_000, PartitionKey="k")
