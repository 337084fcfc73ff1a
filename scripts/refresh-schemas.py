#!/usr/bin/env python3
"""Writes src/template/schemas/*.json from the resource schemas that the cfn-lint package carries.

Usage: pip install cfn-lint && scripts/refresh-schemas.py

Adding a resource type: add its name to TYPES, run this, and add one line to src/template/schema/registry.rs.
Only what validation needs is kept. `Pipectl::` types are written by hand and are left alone.
"""

import importlib.metadata
import json
import pathlib
import re
import sys

import cfnlint

TYPES = [
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Glue::Database",
    "AWS::Glue::Job",
    "AWS::Glue::Table",
    "AWS::Glue::Trigger",
    "AWS::IAM::Role",
    "AWS::Kinesis::Stream",
    "AWS::KinesisFirehose::DeliveryStream",
    "AWS::Logs::LogGroup",
    "AWS::Logs::LogStream",
    "AWS::QuickSight::Dashboard",
    "AWS::QuickSight::DataSet",
    "AWS::QuickSight::DataSource",
    "AWS::QuickSight::RefreshSchedule",
    "AWS::Redshift::Cluster",
    "AWS::Redshift::ClusterSubnetGroup",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::S3::Bucket",
    "AWS::S3::BucketPolicy",
]

# Keywords whose value is a map from names to schemas, one schema, and a list of schemas.
MAPS = ("properties", "definitions", "patternProperties")
SCHEMAS = ("items", "additionalProperties")
LISTS = ("oneOf", "anyOf", "allOf")
# Keywords taken over as they are.
PLAIN = (
    "$ref",
    "type",
    "enum",
    "const",
    "pattern",
    "required",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
    "uniqueItems",
    "dependentRequired",
    "dependentExcluded",
)
# Keywords of the resource as a whole, each a list of JSON pointers under /properties.
PATHS = ("createOnlyProperties", "readOnlyProperties", "writeOnlyProperties", "primaryIdentifier")

# CloudFormation calls these write-only because its own read handler drops them, but the service does return
# them (botocore: firehose ExtendedS3DestinationDescription and SourceDescription), so drift can be seen.
RETURNED = {
    "AWS::KinesisFirehose::DeliveryStream": [
        "/properties/KinesisStreamSourceConfiguration",
        "/properties/S3DestinationConfiguration",
        "/properties/ExtendedS3DestinationConfiguration/FileExtension",
        "/properties/ExtendedS3DestinationConfiguration/CustomTimeZone",
    ],
}

# Members of read-only properties that Fn::GetAtt reaches (the "Return values" of the type's reference) and that the
# schema does not list one by one.
READABLE = {
    "AWS::RedshiftServerless::Namespace": [
        "/properties/Namespace/AdminPasswordSecretArn",
        "/properties/Namespace/AdminPasswordSecretKmsKeyId",
    ],
}


def cut(schema):
    """One schema without descriptions, handlers, formats and the keywords of other tools."""
    if not isinstance(schema, dict):
        return schema
    kept = {key: schema[key] for key in PLAIN if key in schema}
    if isinstance(kept.get("pattern"), str):
        # Hundreds of repetitions of a Unicode class are more than the pattern engine compiles.
        kept["pattern"] = re.sub(r"(\[\\w[^\]]*\])\{1,\d{3,}\}", r"\1+", kept["pattern"])
    for key in MAPS:
        if key in schema:
            kept[key] = {name: cut(inner) for name, inner in schema[key].items()}
    for key in SCHEMAS:
        if key in schema:
            kept[key] = cut(schema[key])
    for key in LISTS:
        alternatives = [cut(inner) for inner in schema.get(key, [])]
        # An alternative with nothing left (formats, relationships) allows everything.
        if alternatives and (key == "allOf" or all(alternatives)):
            kept[key] = [inner for inner in alternatives if inner]
    return kept


def resource(name, schema):
    kept = {"typeName": name, **cut(schema)}
    returned = RETURNED.get(name, [])
    for key in PATHS:
        if key in schema:
            kept[key] = [path for path in schema[key] if not (key == "writeOnlyProperties" and path in returned)]
    if name in READABLE:
        kept["readOnlyProperties"] += READABLE[name]
    return kept


def kebab(name):
    words = name.removeprefix("AWS::").replace("::", "-")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", words).lower()


def main():
    data = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
    types = json.loads((data / "providers" / "us-east-1.json").read_text())
    target = pathlib.Path(__file__).resolve().parent.parent / "src" / "template" / "schemas"
    for name in TYPES:
        if name not in types:
            sys.exit(f"cfn-lint knows no type {name}")
        schema = json.loads((data / "resources" / f"{types[name]}.json").read_text())
        path = target / f"{kebab(name)}.json"
        path.write_text(json.dumps(resource(name, schema), indent=1, sort_keys=True) + "\n")
        print(f"{name} -> {path.name}")
    date = json.loads((data / "version.json").read_text())["schema_date"]
    print(
        f"cfn-lint {importlib.metadata.version('cfn-lint')}, schemas of {date}: state both in {target.name}/README.md"
    )


if __name__ == "__main__":
    main()
