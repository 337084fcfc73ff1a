#!/usr/bin/env python3
"""Writes src/local/quicksight/api.json from botocore's model of QuickSight: what the embedded one routes and checks by.

Usage: pip install botocore && scripts/refresh-quicksight-api.py

All operations are kept with method and URI, so that those the embedded QuickSight lacks are told by name; shapes only of
the inputs of those it has (SERVED). Members that it refuses anyway are kept without their structure (OPAQUE).
"""

import gzip
import json
import pathlib

import botocore

SERVED = """
CreateDataSource DescribeDataSource UpdateDataSource DeleteDataSource ListDataSources SearchDataSources
UpdateDataSourcePermissions DescribeDataSourcePermissions
CreateDataSet UpdateDataSet DescribeDataSet DeleteDataSet ListDataSets SearchDataSets
DescribeDataSetPermissions UpdateDataSetPermissions
CreateIngestion DescribeIngestion ListIngestions CancelIngestion
CreateRefreshSchedule DescribeRefreshSchedule UpdateRefreshSchedule ListRefreshSchedules DeleteRefreshSchedule
CreateDashboard DescribeDashboard DescribeDashboardDefinition UpdateDashboard UpdateDashboardPublishedVersion
ListDashboardVersions ListDashboards SearchDashboards DeleteDashboard DescribeDashboardPermissions
UpdateDashboardPermissions StartDashboardSnapshotJob
CreateAnalysis UpdateAnalysis DescribeAnalysis DescribeAnalysisDefinition ListAnalyses SearchAnalyses DeleteAnalysis
RestoreAnalysis DescribeAnalysisPermissions UpdateAnalysisPermissions
TagResource UntagResource ListTagsForResource DescribeAccountSubscription DescribeAccountSettings
DescribeNamespace ListNamespaces DescribeUser ListUsers RegisterUser DeleteUser
""".split()

OPAQUE = {"DataPrepConfiguration", "SemanticModelConfiguration", "SnapshotConfiguration", "SnapshotUserConfiguration"}

# How the documentation says that a structure has one member only.
UNION = ("This is a union type structure", "This is a variant type structure", "This is a tagged union type")


def main():
    folder = pathlib.Path(botocore.__file__).parent / "data/quicksight/2018-04-01"
    model = json.loads(gzip.decompress((folder / "service-2.json.gz").read_bytes()))
    shapes = model["shapes"]
    kept = {}

    def reference(name):
        """The name of a shape that is kept, or of a kind where the shape says no more than that."""
        if name in OPAQUE:
            return "document"
        shape = shapes[name]
        keys = {"type", "min", "max", "enum", "pattern", "sensitive", "member", "members", "key", "value"}
        if keys & shape.keys() == {"type"}:
            return shape["type"]
        keep(name)
        return name

    def keep(name):
        if name in kept:
            return
        shape = shapes[name]
        entry = {key: shape[key] for key in ("type", "min", "max", "pattern", "enum", "required") if shape.get(key)}
        if shape.get("sensitive"):
            entry["sensitive"] = True
        if any(phrase in shape.get("documentation", "") for phrase in UNION):
            entry["union"] = True
        kept[name] = entry
        for key in ("member", "key", "value"):
            if key in shape:
                entry[key] = reference(shape[key]["shape"])
        if "members" in shape:
            entry["members"] = {member: reference(it["shape"]) for member, it in shape["members"].items()}

    operations = {}
    for name, operation in sorted(model["operations"].items()):
        entry = {"method": operation["http"]["method"], "uri": operation["http"]["requestUri"]}
        if name in SERVED:
            input_shape = operation["input"]["shape"]
            keep(input_shape)
            entry["input"] = input_shape
            query = {
                member["locationName"]: label
                for label, member in shapes[input_shape]["members"].items()
                if member.get("location") == "querystring"
            }
            if query:
                entry["query"] = query
        operations[name] = entry
    target = pathlib.Path(__file__).parent.parent / "src/local/quicksight/api.json"
    target.parent.mkdir(exist_ok=True)
    line = lambda item: f"{json.dumps(item[0])}: {json.dumps(item[1], separators=(',', ':'))}"  # noqa: E731
    block = lambda entries: ",\n".join(map(line, entries))  # noqa: E731
    target.write_text(
        '{"service": "QuickSight",\n"operations": {\n'
        + block(operations.items())
        + '},\n"shapes": {\n'
        + block(sorted(kept.items()))
        + "}}\n"
    )


if __name__ == "__main__":
    main()
