"""Turns the body of a request back into the input that it was serialized from: JSON, CBOR, query and XML.

Each `decode_*` returns the value in the form that `rules.check` expects and reports to `faults` what the wire holds and
the model does not know: members, parameters, elements. `botocore/serialize.py` is the reference for the forms.
"""

import base64
import binascii
import io
import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from botocore.parsers import BaseCBORParser, ResponseParserError

from rules import INVALID

NUMBERS = ("float", "double")


def wire_name(shape, default):
    """What a member, list item, map key or map value is called on the wire."""
    return shape.serialization.get("name", default)


# Text: query parameters, headers, path labels and XML elements hold every scalar as text.


def decode_text(text, shape, path, faults, timestamp="iso8601"):
    """`timestamp`: the format of timestamps at this place where the shape does not name another."""
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            if not re.fullmatch(r"-?[0-9]+", text):
                raise ValueError(text)
            return int(text)
        if kind in NUMBERS:
            return float(text)
        if kind == "boolean":
            return {"true": True, "false": False}[text]
        if kind == "blob":
            return base64.b64decode(text, validate=True)
        if kind == "timestamp":
            return _timestamp(text, shape.serialization.get("timestampFormat", timestamp))
    except (ValueError, KeyError, TypeError, binascii.Error):
        faults.add(path, "type", f"{text[:60]!r} is not a {kind}")
        return INVALID
    if kind != "string":
        faults.add(path, "type", f"a {kind} is expected, not the text {text[:60]!r}")
        return INVALID
    return text


def _timestamp(value, form):
    if form == "iso8601":
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value):
            raise ValueError(value)
        return datetime.fromisoformat(value)
    if form == "rfc822":
        return parsedate_to_datetime(value)
    return datetime.fromtimestamp(float(value), UTC)


# JSON and CBOR: one tree of named members; only scalars differ.


def decode_json(body, shape, faults):
    try:
        document = json.loads(body, object_pairs_hook=lambda pairs: _unique(pairs, faults))
    except ValueError as error:
        faults.add("", "json", f"the body is not JSON: {error}")
        return INVALID
    return _members(document, shape, "", faults, _json_scalar)


def _unique(pairs, faults):
    for name in {name for name, _ in pairs if sum(name == other for other, _ in pairs) > 1}:
        faults.add(name, "json", "the same name twice in one object")
    return dict(pairs)


def decode_cbor(body, shape, faults):
    # rpc-v2-cbor sends the empty structure as no body.
    if not body:
        return {}
    parser = BaseCBORParser()
    try:
        document = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))
    except (ResponseParserError, io.UnsupportedOperation, ValueError, KeyError) as error:
        faults.add("", "cbor", f"the body is not CBOR: {error}")
        return INVALID
    return _members(document, shape, "", faults, lambda value, shape, path, faults: value)


def _members(value, shape, path, faults, scalar):
    kind = shape.type_name
    if getattr(shape, "is_document_type", False):
        return value
    if kind == "structure" and isinstance(value, dict):
        names = {wire_name(member, name): (name, member) for name, member in shape.members.items()}
        decoded = {}
        for key, item in value.items():
            at = f"{path}.{key}" if path else key
            if key in names:
                name, member = names[key]
                decoded[name] = _members(item, member, at, faults, scalar)
            else:
                faults.add(at, "unknown", f"no such member in {shape.name}")
        return decoded
    if kind == "list" and isinstance(value, list):
        return [_members(item, shape.member, f"{path}[{i}]", faults, scalar) for i, item in enumerate(value)]
    if kind == "map" and isinstance(value, dict):
        return {key: _members(item, shape.value, f"{path}[{key!r}]", faults, scalar) for key, item in value.items()}
    return scalar(value, shape, path, faults)


def _json_scalar(value, shape, path, faults):
    kind = shape.type_name
    if kind == "blob" and isinstance(value, str):
        return decode_text(value, shape, path, faults)
    if kind == "timestamp":
        form = shape.serialization.get("timestampFormat", "unixTimestamp")
        numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
        if numeric == (form not in ("iso8601", "rfc822")):
            return decode_text(str(value), shape, path, faults, form)
    if kind in NUMBERS and value in ("NaN", "Infinity", "-Infinity"):
        return math.nan if value == "NaN" else float(value.replace("Infinity", "inf"))
    return value


# Query: `Tags.member.1.Key=team&Tags.member.1.Value=data`.


def decode_query(body, model, shape, faults):
    """`shape` may be None: an operation without input has `Action` and `Version` alone."""
    tree = {}
    for name, text in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        if name == "Version" and text != model.service_model.api_version:
            faults.add("Version", "version", f"{text!r}, the model is {model.service_model.api_version}")
        if name in ("Action", "Version"):
            continue
        node = tree
        for part in name.split("."):
            node = node.setdefault(part, {})
        if "" in node:
            faults.add(name, "query", "the parameter is sent twice")
        node[""] = text
    if shape is None:
        _unknown(tree, {}, "", faults)
        return {}
    return _query(tree, shape, "", faults)


def _query(node, shape, path, faults):
    kind = shape.type_name
    if kind == "structure":
        return _query_structure(node, shape, path, faults)
    if kind in ("list", "map") and node.get("") == "" and len(node) == 1:
        return [] if kind == "list" else {}
    if kind in ("list", "map"):
        if not shape.serialization.get("flattened"):
            entry = wire_name(shape.member, "member") if kind == "list" else "entry"
            _unknown(node, {entry}, path, faults)
            node = node.get(entry, {})
        items = [_query_entry(item, shape, f"{path}[{i}]", faults) for i, item in _numbered(node, path, faults)]
        return items if kind == "list" else dict(items)
    _unknown(node, {""}, path, faults)
    return decode_text(node[""], shape, path, faults) if "" in node else INVALID


def _query_structure(node, shape, path, faults):
    names = {}
    for name, member in shape.members.items():
        key = wire_name(member, name)
        if member.type_name == "list" and member.serialization.get("flattened"):
            key = wire_name(member.member, key)
        names[key] = (name, member)
    _unknown(node, names, path, faults)
    return {
        name: _query(node[key], member, f"{path}.{name}" if path else name, faults)
        for key, (name, member) in names.items()
        if key in node
    }


def _query_entry(node, shape, path, faults):
    if shape.type_name == "list":
        return _query(node, shape.member, path, faults)
    key, value = wire_name(shape.key, "key"), wire_name(shape.value, "value")
    _unknown(node, {key, value}, path, faults)
    decoded = _query(node.get(key, {}), shape.key, path, faults)
    return "" if decoded is INVALID else decoded, _query(node.get(value, {}), shape.value, path, faults)


def _numbered(node, path, faults):
    """The items of a list in order; their numbers must be 1, 2, 3, ..."""
    numbers = sorted(int(key) for key in node if key.isdecimal())
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) != len(node):
        faults.add(path, "query", f"items must be numbered from 1 without a gap, not {', '.join(sorted(node))}")
    return [(number - 1, node[str(number)]) for number in numbers if str(number) in node]


def _unknown(node, known, path, faults):
    for key in node:
        if key not in known:
            at = path if key == "" else f"{path}.{key}" if path else key
            faults.add(at, "unknown", "a value where the model has none" if key == "" else "no such parameter")


# XML.


def decode_xml(body, shape, faults):
    """`shape`: the payload member, or the input itself where its members without a location make up the body."""
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError as error:
        faults.add("", "xml", f"the body is not XML: {error}")
        return INVALID
    namespace, name = _split(root.tag)
    expected = wire_name(shape, shape.name)
    if name != expected:
        faults.add(name, "xml", f"the root element must be {expected}")
    wanted = shape.serialization.get("xmlNamespace", {}).get("uri")
    if wanted and namespace != wanted:
        faults.add(name, "xml", f"the namespace must be {wanted}, not {namespace or 'none'}")
    return _xml(root, shape, "", faults)


def _split(tag):
    namespace, _, name = tag.rpartition("}")
    return namespace.lstrip("{"), name


def _xml(element, shape, path, faults):
    kind = shape.type_name
    if kind == "structure":
        return _xml_structure(element, shape, path, faults)
    if kind == "list":
        return _xml_items(list(element), wire_name(shape.member, "member"), shape, path, faults)
    if kind == "map":
        return _xml_entries([child for child in element if _split(child.tag)[1] == "entry"], shape, path, faults)
    for child in element:
        faults.add(f"{path}.{_split(child.tag)[1]}", "unknown", "no such element")
    for attribute in element.attrib:
        faults.add(path, "unknown", f"no such attribute: {attribute}")
    return decode_text(element.text or "", shape, path, faults)


def _xml_structure(element, shape, path, faults):
    decoded, known, attributes = {}, set(), set()
    for name, member in shape.members.items():
        at = f"{path}.{name}" if path else name
        if "location" in member.serialization:
            continue
        key = wire_name(member, name)
        if member.serialization.get("xmlAttribute"):
            # The model says `xsi:type`, the parser hands out the name with its namespace in place of the prefix.
            local = key.split(":")[-1]
            for attribute, text in element.attrib.items():
                if _split(attribute)[1] == local:
                    attributes.add(attribute)
                    decoded[name] = decode_text(text, member, at, faults)
            continue
        known.add(key)
        children = [child for child in element if _split(child.tag)[1] == key]
        if not children:
            continue
        if member.serialization.get("flattened"):
            entries = _xml_entries if member.type_name == "map" else _xml_flat_items
            decoded[name] = entries(children, member, at, faults)
            continue
        if len(children) > 1:
            faults.add(at, "xml", f"the element <{key}> stands {len(children)} times")
        decoded[name] = _xml(children[0], member, at, faults)
    for child in element:
        name = _split(child.tag)[1]
        if name not in known:
            faults.add(f"{path}.{name}" if path else name, "unknown", f"no such element in {shape.name}")
    for attribute in set(element.attrib) - attributes:
        faults.add(path, "unknown", f"no such attribute: {attribute}")
    return decoded


def _xml_flat_items(children, shape, path, faults):
    return [_xml(child, shape.member, f"{path}[{i}]", faults) for i, child in enumerate(children)]


def _xml_items(children, name, shape, path, faults):
    for child in children:
        if _split(child.tag)[1] != name:
            faults.add(f"{path}.{_split(child.tag)[1]}", "unknown", f"items are called {name}")
    return _xml_flat_items([child for child in children if _split(child.tag)[1] == name], shape, path, faults)


def _xml_entries(entries, shape, path, faults):
    decoded = {}
    names = wire_name(shape.key, "key"), wire_name(shape.value, "value")
    for entry in entries:
        parts = {_split(child.tag)[1]: child for child in entry}
        for name in set(parts) - set(names):
            faults.add(f"{path}.{name}", "unknown", f"an entry has {names[0]} and {names[1]}")
        if names[0] in parts and names[1] in parts:
            key = _xml(parts[names[0]], shape.key, path, faults)
            decoded[key] = _xml(parts[names[1]], shape.value, f"{path}[{key!r}]", faults)
        else:
            faults.add(path, "xml", f"an entry lacks its {names[0]} or {names[1]}")
    return decoded
