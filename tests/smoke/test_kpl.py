import hashlib

import kpl


def aggregated(*records):
    """An AggregatedRecord by hand: the partition key "k", and records that refer to it."""
    message = b"\x0a\x01k"
    for data in records:
        record = b"\x08\x00\x1a" + varint(len(data)) + data
        message += b"\x1a" + varint(len(record)) + record
    return kpl.MAGIC + message + hashlib.md5(message).digest()


def varint(number):
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)


def test_aggregated_records_are_unpacked():
    assert kpl.user_records(aggregated(b"a\n", b"b" * 300, b"")) == [b"a\n", b"b" * 300, b""]


def test_all_else_is_one_record():
    broken = aggregated(b"a")[:-1] + b"?"
    for data in (b"", b"{}\n", kpl.MAGIC, kpl.MAGIC + b"x" * 20, broken):
        assert kpl.user_records(data) == [data]
