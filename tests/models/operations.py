"""Finds the operation that a recorded request calls and what its URI and headers say of the operation's input.

The HTTP bindings (labels, query string, headers, payload) are those of https://smithy.io/2.0/spec/http-bindings.html.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from protocols import decode_text, wire_name
from rules import INVALID

#: Headers of the signature, the checksums and the SDK itself that no operation lists.
COMMON_HEADERS = re.compile(
    r"x-amz-(date|content-sha256|security-token|user-agent|target|te|trailer|decoded-content-length"
    r"|sdk-checksum-algorithm|checksum-(?!algorithm|type|mode)[a-z0-9]+|s3session-token|region-set)"
)

#: A bucket in the host name (https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
VIRTUAL_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-].*amazonaws\.com(\.cn)?(:\d+)?")


@dataclass
class Request:
    """A recorded request. `body` is None where it was streamed and not recorded."""

    method: str
    uri: str
    headers: dict = field(default_factory=dict)
    body: bytes | None = b""

    @classmethod
    def of(cls, record):
        headers = {
            name.lower(): ",".join(value) if isinstance(value, list) else value
            for name, value in record["headers"].items()
        }
        body = record.get("body")
        streamed = record.get("streaming", False) and not body
        return cls(record["method"], record["uri"], headers, None if streamed else base64.b64decode(body or ""))

    @property
    def path(self):
        """The path as sent (percent-encoded), with the bucket in front that a virtual host names."""
        split = urlsplit(self.uri)
        host = VIRTUAL_HOST.fullmatch(split.netloc or self.headers.get("host", ""))
        return (f"/{host['bucket']}" if host else "") + (split.path or "/")

    @property
    def query(self):
        return parse_qsl(urlsplit(self.uri).query, keep_blank_values=True)


def find(request, model, protocol):
    """The operation model and the name by which the request calls it; the model is None where there is none."""
    if protocol == "json":
        prefix, _, name = request.headers.get("x-amz-target", "").rpartition(".")
        known = prefix == model.metadata["targetPrefix"] and name in model.operation_names
        return (model.operation_model(name) if known else None), name or "(no X-Amz-Target)"
    if protocol == "query":
        body = (request.body or b"").decode("utf-8", "replace")
        name = dict(parse_qsl(body, keep_blank_values=True)).get("Action", "(no Action)")
        return (model.operation_model(name) if name in model.operation_names else None), name
    if protocol == "smithy-rpc-v2-cbor":
        match = re.fullmatch(r".*/service/([^/]+)/operation/([^/]+)", request.path)
        known = match and match[1] == model.metadata["targetPrefix"] and match[2] in model.operation_names
        return (model.operation_model(match[2]) if known else None), match[2] if match else request.path
    operation = _by_uri(request, model)
    return operation, operation.name if operation else f"{request.method} {request.path}"


def _by_uri(request, model):
    """Several operations share a method and a path (PutObject, CopyObject, UploadPart): the one wins whose fixed query
    parameters and required parameters and headers are there, and the more of them the better. Where none has all that
    it requires, the best match still says which operation was meant, so that the fault names what is missing."""
    present = {name for name, _ in request.query}
    fitting = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.http["method"] != request.method or _labels(request, operation) is None:
            continue
        fixed = dict(parse_qsl(urlsplit(operation.http["requestUri"]).query, keep_blank_values=True))
        if not fixed.items() <= dict(request.query).items():
            continue
        parameters, required, missing = _http_names(operation), 0, 0
        for member in operation.input_shape.required_members if operation.input_shape else ():
            location, key = parameters.get(member, ("", ""))
            if location in ("querystring", "header"):
                required += 1
                missing += key not in present and key.lower() not in request.headers
        known = present & ({key for location, key in parameters.values() if location == "querystring"} | set(fixed))
        named = dict(request.query).get("x-id") == name
        fitting.append(((named, missing == 0, len(fixed), len(known), required - missing), name))
    return model.operation_model(max(fitting)[1]) if fitting else None


def _http_names(operation):
    """Member name -> (location, name on the wire) of the members that are not in the body."""
    shape = operation.input_shape
    members = shape.members.items() if shape else ()
    return {
        name: (member.serialization["location"], wire_name(member, name))
        for name, member in members
        if "location" in member.serialization
    }


def _labels(request, operation):
    """Label -> text by the URI template, or None where the path is not of its form."""
    template = urlsplit(operation.http["requestUri"]).path or "/"
    pattern = re.sub(r"\\\{(\w+)(\\\+)?\\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(template))
    # A bucket's own operations are sent to /bucket and to /bucket/ alike.
    match = (
        re.fullmatch(pattern + "/?", request.path) if template == "/{Bucket}" else re.fullmatch(pattern, request.path)
    )
    return {name: unquote(text) for name, text in match.groupdict().items()} if match else None


def bound_to_http(request, operation, faults):
    """The input members that the path, the query string and the headers hold."""
    shape, decoded = operation.input_shape, {}
    members = shape.members if shape else {}
    names = {}
    for name, (location, key) in _http_names(operation).items():
        names.setdefault(location, {})[key.lower() if location.startswith("header") else key] = (name, members[name])
    for key, text in (_labels(request, operation) or {}).items():
        name, member = names["uri"][key]
        decoded[name] = decode_text(text, member, name, faults)
    _query_string(request, operation, names.get("querystring", {}), decoded, faults)
    _headers(request, operation, names, decoded, faults)
    return decoded


def _query_string(request, operation, names, decoded, faults):
    fixed = dict(parse_qsl(urlsplit(operation.http["requestUri"]).query, keep_blank_values=True))
    open_map = next((item for item in names.values() if item[1].type_name == "map"), None)
    for key, text in request.query:
        if key in names and names[key][1].type_name == "list":
            name, member = names[key]
            decoded.setdefault(name, []).append(decode_text(text, member.member, name, faults))
        elif key in names and names[key][1].type_name != "map":
            name, member = names[key]
            if name in decoded:
                faults.add(name, "query", f"the parameter {key} is sent twice")
            decoded[name] = decode_text(text, member, name, faults)
        elif open_map and key not in fixed:
            decoded.setdefault(open_map[0], {})[key] = text
        elif key not in fixed and (key, text) != ("x-id", operation.name):
            faults.add(f"?{key}", "unknown", f"no such query parameter of {operation.name}")


def _headers(request, operation, names, decoded, faults):
    single, prefixes = names.get("header", {}), names.get("headers", {})
    for key, text in request.headers.items():
        prefix = next((prefix for prefix in prefixes if prefix and key.startswith(prefix)), None)
        if key in single:
            name, member = single[key]
            decoded[name] = _header(text, member, name, faults)
        elif prefix:
            decoded.setdefault(prefixes[prefix][0], {})[key.removeprefix(prefix)] = text
        elif key.startswith("x-amz-") and not COMMON_HEADERS.fullmatch(key):
            faults.add(key, "unknown", f"no such header of {operation.name}")


def _header(text, member, path, faults):
    if member.serialization.get("jsonvalue"):
        try:
            json.loads(base64.b64decode(text, validate=True))
        except (ValueError, binascii.Error):
            faults.add(path, "json", "not JSON in base64")
            return INVALID
        return text
    if member.type_name == "list":
        items = re.findall(r'\s*("(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)', text)[:-1] or [text]
        return [decode_text(item.strip().strip('"'), member.member, path, faults, "rfc822") for item in items]
    return decode_text(text, member, path, faults, "rfc822")
