"""Glue's Data Catalog: databases, tables, partitions, tags.

"API" = the Glue web API reference; "model" = botocore glue 2017-03-31.
"""

import datetime

import pytest

from conftest import refused

COLUMNS = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string", "Comment": "of a person"}]
KEYS = [{"Name": "dt", "Type": "date"}, {"Name": "n", "Type": "int"}, {"Name": "city", "Type": "string"}]
SERDE = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}


@pytest.fixture
def database(glue, name):
    glue.create_database(DatabaseInput={"Name": name, "Description": "d", "Parameters": {"k": "v"}})
    return name


def storage(**more):
    return {"Columns": COLUMNS, "Location": "s3://b/t/", "SerdeInfo": SERDE, **more}


@pytest.fixture
def table(glue, database):
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": "people",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet"},
            "StorageDescriptor": storage(),
            "PartitionKeys": KEYS,
        },
    )
    return "people"


# API, CreateDatabase, GetDatabase, GetDatabases, UpdateDatabase, DeleteDatabase.
def test_databases(glue, name, database):
    found = glue.get_database(Name=database)["Database"]
    assert (found["Name"], found["Description"], found["Parameters"]) == (name, "d", {"k": "v"})
    assert abs(datetime.datetime.now(datetime.UTC) - found["CreateTime"]) < datetime.timedelta(minutes=5)
    assert found["CatalogId"].isdigit()
    with refused("AlreadyExistsException", status=400):
        glue.create_database(DatabaseInput={"Name": name})
    glue.update_database(Name=name, DatabaseInput={"Name": name, "LocationUri": "s3://b/"})
    assert glue.get_database(Name=name)["Database"]["LocationUri"] == "s3://b/"
    assert "Description" not in glue.get_database(Name=name)["Database"]
    glue.create_database(DatabaseInput={"Name": f"{name}-2"})
    pages = glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 1})
    assert {name, f"{name}-2"} <= {item["Name"] for page in pages for item in page["DatabaseList"]}
    glue.delete_database(Name=f"{name}-2")
    with refused("EntityNotFoundException", status=400):
        glue.get_database(Name=f"{name}-2")
    with refused("EntityNotFoundException"):
        glue.delete_database(Name=f"{name}-2")


# API, DatabaseInput, TableInput: "For Hive compatibility, this is folded to lowercase when it is stored".
def test_names_are_folded_to_lower_case(glue, name):
    glue.create_database(DatabaseInput={"Name": name.upper()})
    assert glue.get_database(Name=name)["Database"]["Name"] == name
    glue.create_table(DatabaseName=name, TableInput={"Name": "People"})
    assert glue.get_table(DatabaseName=name, Name="people")["Table"]["Name"] == "people"


def test_what_is_not_there(glue, name, database):
    with refused("EntityNotFoundException", status=400):
        glue.get_table(DatabaseName=database, Name="none")
    with refused("EntityNotFoundException"):
        glue.get_tables(DatabaseName=f"{name}-none")
    with refused("EntityNotFoundException"):
        glue.create_table(DatabaseName=f"{name}-none", TableInput={"Name": "t"})
    with refused("EntityNotFoundException"):
        glue.update_table(DatabaseName=database, TableInput={"Name": "none"})
    with refused("EntityNotFoundException"):
        glue.delete_table(DatabaseName=database, Name="none")
    with refused("EntityNotFoundException"):
        glue.update_database(Name=f"{name}-none", DatabaseInput={"Name": f"{name}-none"})
    with refused("EntityNotFoundException"):
        glue.get_partitions(DatabaseName=database, TableName="none")


@pytest.mark.parametrize("bad", ["", "a" * 256, "a\nb"])
def test_names_are_checked(glue, bad):
    with refused("InvalidInputException", "ValidationException"):
        glue.create_database(DatabaseInput={"Name": bad})


# API, Table: what was given comes back, with DatabaseName, CreateTime, VersionId, IsRegisteredWithLakeFormation.
def test_tables(glue, database, table):
    found = glue.get_table(DatabaseName=database, Name=table)["Table"]
    assert found["DatabaseName"] == database
    assert found["StorageDescriptor"]["Columns"] == COLUMNS
    assert found["StorageDescriptor"]["Location"] == "s3://b/t/"
    assert found["StorageDescriptor"]["SerdeInfo"] == SERDE
    assert found["PartitionKeys"] == KEYS
    assert found["Parameters"] == {"classification": "parquet"}
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert found["IsRegisteredWithLakeFormation"] is False
    with refused("AlreadyExistsException"):
        glue.create_table(DatabaseName=database, TableInput={"Name": table})
    for n in range(3):
        glue.create_table(DatabaseName=database, TableInput={"Name": f"t{n}"})
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database, PaginationConfig={"PageSize": 2})
    assert [item["Name"] for page in pages for item in page["TableList"]] == ["people", "t0", "t1", "t2"]
    some = glue.get_tables(DatabaseName=database, Expression="t[01]")["TableList"]
    assert [item["Name"] for item in some] == ["t0", "t1"]
    answer = glue.batch_delete_table(DatabaseName=database, TablesToDelete=["t0", "none"])
    assert [(item["TableName"], item["ErrorDetail"]["ErrorCode"]) for item in answer["Errors"]] == [
        ("none", "EntityNotFoundException")
    ]
    glue.delete_table(DatabaseName=database, Name="t1")
    assert [item["Name"] for item in glue.get_tables(DatabaseName=database)["TableList"]] == ["people", "t2"]


# API, UpdateTable: an archived version of the table; SkipArchive: none.
def test_versions_of_a_table(glue, database, table):
    change = {"Name": table, "StorageDescriptor": storage(Columns=COLUMNS[:1])}
    glue.update_table(DatabaseName=database, TableInput=change)
    found = glue.get_table(DatabaseName=database, Name=table)["Table"]
    assert [column["Name"] for column in found["StorageDescriptor"]["Columns"]] == ["id"]
    versions = glue.get_table_versions(DatabaseName=database, TableName=table)["TableVersions"]
    assert len(versions) == 2
    assert versions[0]["VersionId"] == found["VersionId"]
    glue.update_table(DatabaseName=database, TableInput=change, SkipArchive=True)
    assert len(glue.get_table_versions(DatabaseName=database, TableName=table)["TableVersions"]) == 2


def partition(day, number):
    values = [day, str(number), "Bern" if number == 10 else "Basel"]
    return {"Values": values, "StorageDescriptor": storage(Location=f"s3://b/t/dt={day}/n={number}/")}


@pytest.fixture
def partitions(glue, database, table):
    """Values of the table's partitions."""
    inputs = [partition(day, number) for day in ("2026-01-01", "2026-01-02") for number in (1, 2, 10)]
    answer = glue.batch_create_partition(DatabaseName=database, TableName=table, PartitionInputList=inputs)
    assert answer["Errors"] == []
    return [item["Values"] for item in inputs]


# API, BatchCreatePartition, GetPartition, DeletePartition, GetPartitions.
def test_partitions(glue, database, table, partitions):
    one = {"DatabaseName": database, "TableName": table, "PartitionValues": partitions[0]}
    found = glue.get_partition(**one)["Partition"]
    assert found["Values"] == partitions[0]
    assert found["StorageDescriptor"]["Location"] == "s3://b/t/dt=2026-01-01/n=1/"
    again = glue.batch_create_partition(
        DatabaseName=database, TableName=table, PartitionInputList=[partition("2026-01-01", 1)]
    )
    assert again["Errors"][0]["ErrorDetail"]["ErrorCode"] == "AlreadyExistsException"
    with refused("AlreadyExistsException"):
        glue.create_partition(DatabaseName=database, TableName=table, PartitionInput=partition("2026-01-01", 1))
    with refused("InvalidInputException"):
        glue.create_partition(DatabaseName=database, TableName=table, PartitionInput={"Values": ["2026-01-01"]})
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=database, TableName=table, PaginationConfig={"PageSize": 4}
    )
    assert sorted(item["Values"] for page in pages for item in page["Partitions"]) == sorted(partitions)
    glue.delete_partition(**one)
    with refused("EntityNotFoundException"):
        glue.get_partition(**one)
    with refused("EntityNotFoundException"):
        glue.delete_partition(**one)


# API, GetPartitions, Expression: SQL's operators on the keys, each by its type.
@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("dt = '2026-01-01'", 3),
        ("n > 2", 2),
        ("dt >= '2026-01-02' AND n IN (1, 2)", 2),
        ("n BETWEEN 2 AND 9 OR dt = '2026-01-01'", 4),
        ("NOT (n = 10)", 4),
        ("city LIKE 'B_r%'", 2),
    ],
)
def test_partitions_by_expression(glue, database, table, partitions, expression, count):
    found = glue.get_partitions(DatabaseName=database, TableName=table, Expression=expression)["Partitions"]
    assert len(found) == count


def test_expressions_that_cannot_be(glue, database, table, partitions):
    for expression in ("nokey = 1", "n =", "n = 'x", "n LIKE '1%'", "dt LIKE '2026%'"):
        with refused("InvalidInputException"):
            glue.get_partitions(DatabaseName=database, TableName=table, Expression=expression)


# API, TagResource by arn:aws:glue:<region>:<account>:<type>/<name>, GetTags; the tagging API finds the resource.
def test_tags_of_a_database(glue, tagging, sts, name):
    glue.create_database(DatabaseInput={"Name": name}, Tags={"a": name})
    arn = f"arn:aws:glue:us-east-1:{sts.get_caller_identity()['Account']}:database/{name}"
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"a": name}
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"b": "2"})
    found = tagging.get_resources(TagFilters=[{"Key": "a", "Values": [name]}])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in found] == [arn]
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    with refused("EntityNotFoundException", "InvalidInputException"):
        glue.get_tags(ResourceArn=f"{arn}-none")
