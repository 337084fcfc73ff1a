"""Checks a decoded input against the constraints of a botocore shape.

Values are Python's own: dict for structures (member names of the model) and maps, list, str, bytes, int, float, bool,
datetime for timestamps. The constraint traits are those of https://smithy.io/2.0/spec/constraint-traits.html.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import regex

#: Stands for a value that could not be decoded; the fault is reported already and no rule applies to it.
INVALID = object()

#: Integer types and the values that they hold on the wire (https://smithy.io/2.0/spec/simple-types.html).
INTEGERS = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}

#: Shapes of IAM, S3 and STS that the model calls a plain string and the service parses as JSON.
JSON_DOCUMENTS = {"policyDocumentType", "Policy", "sessionPolicyDocumentType", "unrestrictedSessionPolicyDocumentType"}


@dataclass(frozen=True)
class Fault:
    """One rule of the model that a request breaks."""

    path: str
    rule: str
    detail: str

    def __str__(self):
        return f"{self.path or '(request)'}: {self.rule}: {self.detail}"


class Faults(list):
    """The faults of one request, in the order of their discovery."""

    def add(self, path, rule, detail):
        self.append(Fault(path, rule, detail))


def check(value, shape, path, faults):
    """Appends to `faults` every rule of `shape` that `value` breaks."""
    if value is INVALID or getattr(shape, "is_document_type", False):
        return
    kind = shape.type_name
    if not _has_type(value, kind):
        faults.add(path, "type", f"a {kind} is expected, not {_name(value)}")
        return
    if kind == "structure":
        _structure(value, shape, path, faults)
    elif kind == "list":
        _bounds(len(value), shape, path, "size", "items", faults)
        for index, item in enumerate(value):
            check(item, shape.member, f"{path}[{index}]", faults)
    elif kind == "map":
        _bounds(len(value), shape, path, "size", "entries", faults)
        for key, item in value.items():
            check(key, shape.key, f"{path}{{key {key!r}}}", faults)
            check(item, shape.value, f"{path}[{key!r}]", faults)
    elif kind == "string":
        _string(value, shape, path, faults)
    elif kind == "blob":
        _bounds(len(value), shape, path, "length", "bytes", faults)
    elif kind in INTEGERS:
        low, high = INTEGERS[kind]
        if not low <= value <= high:
            faults.add(path, "range", f"{value} does not fit in a {kind}")
        _bounds(value, shape, path, "range", None, faults)
    elif kind in ("float", "double"):
        _bounds(value, shape, path, "range", None, faults)


def _structure(value, shape, path, faults):
    for name in shape.required_members:
        if name not in value:
            faults.add(_join(path, name), "required", "missing")
    if getattr(shape, "is_tagged_union", False) and len(value) != 1:
        faults.add(path, "union", f"exactly one member is expected, not {len(value)}: {', '.join(value) or 'none'}")
    for name, member in shape.members.items():
        if name in value:
            check(value[name], member, _join(path, name), faults)
        elif "idempotencyToken" in member.metadata and name not in shape.required_members:
            # The model lets it be left out because SDKs fill it in; a request on the wire without it is not idempotent.
            faults.add(_join(path, name), "token", "no idempotency token")
    for name in value:
        if name not in shape.members:
            faults.add(_join(path, name), "unknown", f"no such member in {shape.name}")


def _string(value, shape, path, faults):
    _bounds(len(value), shape, path, "length", "characters", faults)
    if shape.enum and value not in shape.enum:
        faults.add(path, "enum", f"{value!r} is none of {', '.join(shape.enum)}")
    pattern = shape.metadata.get("pattern")
    if pattern and not _matches(pattern, value):
        faults.add(path, "pattern", f"{_shorten(value)} does not match {pattern}")
    if shape.name in JSON_DOCUMENTS:
        try:
            json.loads(value)
        except ValueError as error:
            faults.add(path, "json", f"not JSON: {error}")


def _bounds(number, shape, path, rule, unit, faults):
    of = f" {unit}" if unit else ""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and number < float(low):
        faults.add(path, rule, f"{number}{of}, at least {low} are required" if unit else f"{number} is below {low}")
    if high is not None and number > float(high):
        faults.add(path, rule, f"{number}{of}, at most {high} are allowed" if unit else f"{number} is above {high}")


def _matches(pattern, value):
    """Half of the models were written for Java's `matches` (no anchors, the whole value is meant), the other half for
    Smithy (anchored where it matters). Anchors are taken at their word; without any, the whole value must match."""
    compiled = _compile(pattern)
    if pattern.startswith("^") or pattern.endswith("$"):
        return compiled.search(value) is not None
    return compiled.fullmatch(value) is not None


@cache
def _compile(pattern):
    # Java reads a pair of surrogate escapes as the one character that it encodes.
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return regex.compile(pattern)


def _has_type(value, kind):
    if kind in ("structure", "map"):
        return isinstance(value, dict)
    if kind in INTEGERS:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind in ("float", "double"):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    types = {"list": list, "string": str, "blob": bytes, "boolean": bool, "timestamp": datetime}
    return isinstance(value, types[kind])


def _name(value):
    return "null" if value is None else f"{type(value).__name__} {_shorten(value)}"


def _shorten(value):
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def _join(path, name):
    return f"{path}.{name}" if path else name
