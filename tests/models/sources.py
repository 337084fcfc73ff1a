"""The API operations that pipectl's sources call: the SDK's methods (`.create_job()`) that are named in src/."""

import re
from pathlib import Path

import botocore.loaders
from botocore import xform_name

SOURCES = Path(__file__).resolve().parents[2] / "src"

#: IAM's prefix of a service and its SDK crate; botocore's name is the prefix.
CRATES = {
    "cloudwatch": "cloudwatch",
    "firehose": "firehose",
    "glue": "glue",
    "iam": "iam",
    "kinesis": "kinesis",
    "logs": "cloudwatchlogs",
    "quicksight": "quicksight",
    "redshift": "redshift",
    "redshift-data": "redshiftdata",
    "redshift-serverless": "redshiftserverless",
    "s3": "s3",
    "secretsmanager": "secretsmanager",
    "sts": "sts",
}


def called_operations():
    """Labels (`glue.CreateJob`), sorted. A method that several services have counts for those that the file is about."""
    methods = _methods()
    return sorted(
        {
            label
            for text in _texts()
            for method in _named(text) & methods.keys()
            for label in methods[method]
            if len(methods[method]) == 1 or _is_about(text, label.split(".")[0])
        }
    )


def _methods():
    loader, methods = botocore.loaders.Loader(), {}
    for service in CRATES:
        for operation in loader.load_service_model(service, "service-2")["operations"]:
            methods.setdefault(xform_name(operation), []).append(f"{service}.{operation}")
    return methods


def _texts():
    """Every source but the embedded AWS, which calls nobody, without its tests."""
    for path in SOURCES.rglob("*.rs"):
        inside = path.relative_to(SOURCES).parts
        if inside[0] != "local" and "tests" not in inside and not path.stem.endswith("tests"):
            yield path.read_text().split("#[cfg(test)]\nmod tests {")[0]


def _named(text):
    """Names that are called without arguments, as the SDK's methods are, or given to a macro that calls them, alone or as
    `method as "Operation"`."""
    return {name for pair in re.findall(r'\.(\w+)\(\)|\b(\w+)(?:,| as ")', text) for name in pair if name}


def _is_about(text, service):
    field = service.replace("-", "_")
    return bool(re.search(rf"\baws_sdk_{CRATES[service]}\b|\bclients\s*\.{field}\b|\.{field}\b", text))
