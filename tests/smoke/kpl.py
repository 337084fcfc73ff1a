"""Unpacks the aggregated records of the Kinesis Producer Library.

Format: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md: four magic bytes, an
`AggregatedRecord` in protocol buffers, the MD5 of that message.
"""

import hashlib

MAGIC = b"\xf3\x89\x9a\xc2"
RECORDS = 3  # AggregatedRecord.records
DATA = 3  # Record.data


def user_records(data):
    """The user records in a Kinesis record: itself, if it is none of the KPL's (a wrong MD5 means the same)."""
    message, digest = data[4:-16], data[-16:]
    if not data.startswith(MAGIC) or hashlib.md5(message).digest() != digest:
        return [data]
    records = (value for field, value in _fields(message) if field == RECORDS)
    return [next(value for field, value in _fields(record) if field == DATA) for record in records]


def _fields(message):
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        value, at = _varint(message, at)
        if tag & 7 == 2:  # length-delimited; all other fields of the format are varints
            value, at = message[at : at + value], at + value
        yield tag >> 3, value


def _varint(message, at):
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
