#!/usr/bin/env python3
"""Holds recorded requests against AWS's own API models, those that boto3 and the AWS CLI are made from.

    tests/models/validate_requests.py RECORDING...

A recording has one request a line: {"service": SigV4 name, "method", "uri", "headers": {}, "body": base64 or null,
"streaming": bool}. Every request is taken back to the input of its operation, by the protocol that it was sent in, and
checked: required and unknown members, types, enums, lengths, sizes, patterns, ranges, idempotency tokens, checksums.
Prints each fault with the model that says so, and how many requests of each operation were read.
Exit status: 0 none has a fault; 1 some have, or nothing was read; 2 usage.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import zlib
from collections import Counter
from functools import cache
from pathlib import Path

import botocore.loaders
import botocore.model

import operations
import protocols
from rules import INVALID, Faults, check

#: botocore's name of a service where it is not the name that requests are signed with.
SERVICES = {"tagging": "resourcegroupstaggingapi", "monitoring": "cloudwatch"}

CHECKSUM = re.compile(r"content-md5|x-amz-checksum-(?!algorithm|type|mode).+")

#: Those that Python's library computes; the others are not compared with the body.
CHECKSUMS = {
    "x-amz-checksum-crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda body: hashlib.sha1(body).digest(),
    "x-amz-checksum-sha256": lambda body: hashlib.sha256(body).digest(),
    "content-md5": lambda body: hashlib.md5(body).digest(),
}


@cache
def load_model(service):
    """The service model and the name of its file. Raises botocore.exceptions.UnknownServiceError."""
    name = SERVICES.get(service, service)
    loader = botocore.loaders.Loader()
    version = loader.determine_latest_version(name, "service-2")
    document = loader.load_service_model(name, "service-2", version)
    return botocore.model.ServiceModel(document, name), f"botocore/data/{name}/{version}/service-2.json"


def protocol_of(request, model):
    """A service may speak several protocols: the request says which one it is in."""
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return "smithy-rpc-v2-cbor"
    offered = model.metadata.get("protocols", [model.metadata["protocol"]])
    if "json" in offered and "x-amz-target" in request.headers:
        return "json"
    return next(name for name in reversed(offered) if name != "smithy-rpc-v2-cbor")


def validate(record):
    """The operation that a recorded request calls (`kinesis.PutRecords`) and its faults."""
    faults = Faults()
    label, operation, value = understand(record, faults)
    if operation is not None and operation.input_shape is not None:
        check(value, operation.input_shape, "", faults)
    return label, faults


def understand(record, faults):
    """The operation that a recorded request calls: its label, its model (None where there is no such operation) and its
    input. `faults` takes what cannot be read."""
    request = operations.Request.of(record)
    model, _ = load_model(record["service"])
    protocol = protocol_of(request, model)
    operation, name = operations.find(request, model, protocol)
    label = f"{model.service_name}.{name}"
    if operation is None:
        faults.add("", "operation", "the model has no such operation")
        return label, None, INVALID
    return label, operation, decode(request, operation, protocol, faults)


def decode(request, operation, protocol, faults):
    """The operation's input; INVALID where the body cannot be read at all."""
    shape = operation.input_shape
    if protocol == "json":
        expected = f"application/x-amz-json-{operation.metadata['jsonVersion']}"
        _content_type(request, expected, faults)
        return protocols.decode_json(request.body, shape, faults) if shape else {}
    if protocol == "smithy-rpc-v2-cbor":
        return protocols.decode_cbor(request.body, shape, faults) if shape else {}
    if protocol == "query":
        _content_type(request, "application/x-www-form-urlencoded", faults)
        return protocols.decode_query(request.body, operation, shape, faults)
    value = operations.bound_to_http(request, operation, faults)
    _checksum(request, operation, faults)
    body = decode_rest_body(request, shape, protocol, faults) if shape else {}
    return INVALID if body is INVALID else {**value, **body}


def decode_rest_body(request, shape, protocol, faults):
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            if request.body is None:
                return {}
            blob = member.type_name == "blob"
            return {payload: request.body if blob else request.body.decode("utf-8", "replace")}
    if not request.body:
        return {}
    target = shape.members[payload] if payload else shape
    if not payload and all("location" in member.serialization for member in shape.members.values()):
        if request.body != b"{}":
            faults.add("", "unknown", f"a body of {len(request.body)} bytes where the model has none")
        return {}
    read = protocols.decode_json if protocol == "rest-json" else protocols.decode_xml
    value = read(request.body, target, faults)
    return {payload: value} if payload else value


def _content_type(request, expected, faults):
    actual = request.headers.get("content-type", "")
    if actual.split(";")[0].strip() != expected:
        faults.add("Content-Type", "content-type", f"{actual!r}, {expected} is required")


def _checksum(request, operation, faults):
    """The checksum is there where the model requires one, and it is right where the body was recorded."""
    sent = [name for name in request.headers if CHECKSUM.fullmatch(name)]
    required = operation.http_checksum.get("requestChecksumRequired") or operation.http_checksum_required
    if required and not sent and "x-amz-trailer" not in request.headers:
        faults.add("", "checksum", "the operation requires Content-MD5 or an x-amz-checksum-* header")
    chunked = "aws-chunked" in request.headers.get("content-encoding", "")
    for name in sent if request.body is not None and not chunked else ():
        if name in CHECKSUMS and request.headers[name] != base64.b64encode(CHECKSUMS[name](request.body)).decode():
            faults.add(name, "checksum", "it is not the checksum of the body")


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="+", metavar="RECORDING", type=Path)
    counts, faulty = Counter(), Counter()
    for recording in parser.parse_args(arguments).recordings:
        if not recording.exists():
            print(f"{recording}: no such recording; PIPECTL_RECORD_REQUESTS=FILE makes pipectl write one")
            return 1
        with recording.open() as lines:
            for number, line in enumerate(lines, 1):
                record = json.loads(line)
                label, faults = validate(record)
                counts[label] += 1
                faulty[label] += bool(faults)
                for fault in faults:
                    print(f"{recording}:{number}: {label}: {fault} [{load_model(record['service'])[1]}]")
    for label in sorted(counts):
        print(f"{counts[label]:7} {label}" + (f" ({faulty[label]} with faults)" if faulty[label] else ""))
    if not counts:
        print("no request was read: nothing is proven")
        return 1
    print(f"{counts.total()} requests of {len(counts)} operations, {faulty.total()} with faults")
    return 1 if faulty.total() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
