"""COPY, MERGE and UNLOAD through the Data API, over S3. Parquet is written and read by pyarrow.

"Guide" = Redshift database developer guide.
"""

import datetime
import gzip
import io
import json
import time
from decimal import Decimal

import pyarrow
import pyarrow.parquet
import pytest

from conftest import trust

PEOPLE = "id BIGINT NOT NULL, name VARCHAR(8), pay DECIMAL(12,2), hired DATE, seen TIMESTAMP, skills SUPER"

COLUMNS = {
    "id": pyarrow.int64(),
    "name": pyarrow.string(),
    "pay": pyarrow.decimal128(12, 2),
    "hired": pyarrow.date32(),
    "seen": pyarrow.timestamp("us"),
    "skills": pyarrow.list_(pyarrow.string()),
}

ADA = (1, "Ada", Decimal("10.50"), datetime.date(2020, 2, 29), datetime.datetime(2026, 1, 2, 3, 4, 5), ["sql", "rust"])
BOB = (2, "Bob", Decimal("7.00"), None, None, None)


def parquet(*rows, **columns):
    """A Parquet file of the people's columns, or of others."""
    columns = columns or COLUMNS
    arrays = [pyarrow.array([row[place] for row in rows], type=kind) for place, kind in enumerate(columns.values())]
    file = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_arrays(arrays, names=list(columns)), file)
    return file.getvalue()


@pytest.fixture
def people(warehouse, schema):
    """An empty table; its name."""
    warehouse.run(f"CREATE TABLE {schema}.people ({PEOPLE})")
    return f"{schema}.people"


@pytest.fixture
def load(warehouse, s3, bucket, people):
    """Puts an object and copies it; returns the description of how the COPY ended."""

    def load(body, options, key="in", table=people, role=warehouse.role):
        if body is not None:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
        return warehouse.end(Sql=f"COPY {table} FROM 's3://{bucket}/{key}' IAM_ROLE '{role}' {options}")

    return load


def put_manifest(s3, bucket, *entries):
    s3.put_object(Bucket=bucket, Key="manifest", Body=json.dumps({"entries": entries}))


def put_parquet(s3, bucket, key, *rows, **meta):
    """Puts a file of people and returns its entry of a manifest."""
    body = parquet(*rows)
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    return {"url": f"s3://{bucket}/{key}", "mandatory": True, "meta": {"content_length": len(body), **meta}}


# Guide, "COPY from columnar data formats" and "Using COPY to load data into SUPER columns": by position, MANIFEST with
# meta.content_length, nested values by SERIALIZETOJSON.
def test_parquet_by_a_manifest(warehouse, s3, bucket, people, load):
    entries = [put_parquet(s3, bucket, "a.parquet", ADA), put_parquet(s3, bucket, "b.parquet", BOB)]
    put_parquet(s3, bucket, "not-named.parquet", ADA)
    put_manifest(s3, bucket, *entries)
    done = load(None, "FORMAT AS PARQUET SERIALIZETOJSON MANIFEST", key="manifest")
    assert done["Status"] == "FINISHED", done
    assert done["ResultRows"] == 2
    assert warehouse.rows(f"SELECT id, name, pay, hired, seen, skills FROM {people} ORDER BY id") == [
        (1, "Ada", "10.50", "2020-02-29", "2026-01-02 03:04:05", '["sql","rust"]'),
        (2, "Bob", "7.00", None, None, None),
    ]
    # Guide, "Unnesting queries": the array of a row is a relation.
    unnested = f"SELECT p.id, s FROM {people} AS p, p.skills AS s ORDER BY 2"
    assert [row[0] for row in warehouse.rows(unnested)] == [1, 1]


# "The number of columns in the target table and the number of columns in the data file must match", and a column list.
def test_parquet_with_a_column_list(warehouse, people, load):
    body = parquet((3, "Cem"), a=pyarrow.int64(), b=pyarrow.string())
    done = load(body, "FORMAT AS PARQUET", table=f"{people} (id, name)")
    assert done["Status"] == "FINISHED", done
    assert warehouse.rows(f"SELECT id, name, pay FROM {people}") == [(3, "Cem", None)]
    failed = load(body, "FORMAT AS PARQUET SERIALIZETOJSON")
    assert failed["Status"] == "FAILED"
    assert "Unmatched number of columns between table and file. Table columns: 6, Data columns: 2" in failed["Error"]


# "Only the following COPY parameters are supported: ACCEPTINVCHARS, FILLRECORD, FROM, IAM_ROLE, CREDENTIALS, STATUPDATE,
# MANIFEST, EXPLICIT_IDS"; "The REGION parameter isn't supported with COPY from columnar data formats".
@pytest.mark.parametrize(
    "option",
    [
        "MAXERROR 5",
        "ACCEPTANYDATE",
        "GZIP",
        "IGNOREHEADER 1",
        "TRUNCATECOLUMNS",
        "COMPUPDATE OFF",
        "REGION 'us-east-1'",
        "NOLOAD",
    ],
)
def test_what_parquet_does_not_take(people, load, option):
    failed = load(parquet(ADA), f"FORMAT AS PARQUET SERIALIZETOJSON {option}")
    assert failed["Status"] == "FAILED"
    assert f"{option.split()[0]} argument is not supported for PARQUET based COPY" in failed["Error"]


def test_what_parquet_takes(warehouse, people, load):
    body = parquet(ADA[:3], **{name: COLUMNS[name] for name in ("id", "name", "pay")})
    done = load(body, "STATUPDATE OFF ACCEPTINVCHARS FILLRECORD SERIALIZETOJSON FORMAT AS PARQUET")
    assert done["Status"] == "FINISHED", done
    assert warehouse.rows(f"SELECT id, hired FROM {people}") == [(1, None)]


def test_parquet_that_does_not_fit(warehouse, people, load):
    text_for_a_number = {**COLUMNS, "id": pyarrow.string()}
    failed = load(parquet(("x", *ADA[1:]), **text_for_a_number), "FORMAT PARQUET SERIALIZETOJSON")
    assert failed["Status"] == "FAILED"
    assert "has an incompatible Parquet schema for column" in failed["Error"]
    assert ".id'" in failed["Error"]
    # A TIMESTAMP has microseconds; nanoseconds are another type of Parquet's.
    nanoseconds = {**COLUMNS, "seen": pyarrow.timestamp("ns")}
    failed = load(parquet(ADA, **nanoseconds), "FORMAT PARQUET SERIALIZETOJSON")
    assert failed["Status"] == "FAILED"
    assert "has an incompatible Parquet schema for column" in failed["Error"]
    failed = load(parquet((1, "far too long", *ADA[2:])), "FORMAT PARQUET SERIALIZETOJSON")
    assert "The length of the data column name is longer than the length defined in the table" in failed["Error"]
    failed = load(parquet((None, *ADA[1:])), "FORMAT PARQUET SERIALIZETOJSON")
    assert "Cannot insert a NULL value into column id" in failed["Error"]
    assert warehouse.rows(f"SELECT COUNT(*) FROM {people}") == [(0,)]


# Guide, "Using a manifest to specify data files": mandatory; content_length is required for Parquet and must be right.
def test_manifests(warehouse, s3, bucket, people, load):
    good = put_parquet(s3, bucket, "a.parquet", ADA)
    missing = {**good, "url": f"s3://{bucket}/none"}

    def loaded(*entries):
        put_manifest(s3, bucket, *entries)
        return load(None, "FORMAT AS PARQUET SERIALIZETOJSON MANIFEST", key="manifest")

    assert loaded(good, {**missing, "mandatory": False})["ResultRows"] == 1
    # "If a file is listed twice, the file is loaded twice."
    assert loaded(good, good)["ResultRows"] == 2
    for entries in ([missing], [{**good, "meta": {}}], [{**good, "meta": {"content_length": 1}}]):
        assert loaded(*entries)["Status"] == "FAILED"
    s3.put_object(Bucket=bucket, Key="manifest", Body="{")
    assert load(None, "FORMAT AS PARQUET SERIALIZETOJSON MANIFEST", key="manifest")["Status"] == "FAILED"
    assert warehouse.rows(f"SELECT COUNT(*) FROM {people}") == [(3,)]


# Guide, "COPY from JSON format": 'auto' by name; unknown members are passed over.
def test_json(warehouse, people, load):
    lines = [
        {"name": "Ada", "id": 1, "pay": 10.5, "hired": "2020-02-29", "skills": ["sql", {"a": 1}], "more": [1]},
        {"id": 2, "name": None, "seen": "2026-01-02 03:04:05"},
    ]
    body = gzip.compress("\n".join(json.dumps(line) for line in lines).encode())
    done = load(body, "FORMAT AS JSON 'auto' GZIP", key="in.json.gz")
    assert done["Status"] == "FINISHED", done
    assert warehouse.rows(f"SELECT id, name, pay, hired, seen, skills FROM {people} ORDER BY id") == [
        (1, "Ada", "10.50", "2020-02-29", None, '["sql",{"a":1}]'),
        (2, None, None, None, "2026-01-02 03:04:05", None),
    ]


# Guide, COPY: CSV, QUOTE, IGNOREHEADER, GZIP, a column list, and a prefix of several objects.
def test_csv(warehouse, s3, bucket, people, load):
    s3.put_object(Bucket=bucket, Key="csv/1.gz", Body=gzip.compress(b'id,name\n1,"A,""a"""\n'))
    s3.put_object(Bucket=bucket, Key="csv/2.gz", Body=gzip.compress(b"id,name\n2,B\n"))
    done = load(None, "CSV GZIP IGNOREHEADER 1", key="csv/", table=f"{people} (id, name)")
    assert done["Status"] == "FINISHED", done
    assert warehouse.rows(f"SELECT id, name FROM {people} ORDER BY id") == [(1, 'A,"a"'), (2, "B")]


# Guide, "STL_LOAD_ERRORS", "SYS_LOAD_ERROR_DETAIL", "Load error reference": which file, line, column, type and value; 1207
# is "Invalid digit", 1204 "Input data exceeded the acceptable range", 1206 "Invalid timestamp format".
def test_load_errors(warehouse, bucket, people, load):
    started = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S}"
    failed = load("1|Ada|1.5\nx|Bob|2\n", "", table=f"{people} (id, name, pay)")
    assert failed["Status"] == "FAILED"
    table = people.split(".")[1]
    assert f"Load into table '{table}' failed." in failed["Error"]
    assert "sys_load_error_detail" in failed["Error"]
    where = f"WHERE file_name = 's3://{bucket}/in'"
    columns = "line_number, column_name, column_type, error_code, error_message, start_time >= :started"
    found = warehouse.rows(
        f"SELECT {columns} FROM sys_load_error_detail {where}", Parameters=[{"name": "started", "value": started}]
    )
    assert found == [(2, "id", "int8", 1207, "Invalid digit, Value 'x', Pos 0, Type: Long", True)]
    found = warehouse.rows(
        f"SELECT line_number, colname, type, err_code, raw_line, raw_field_value FROM stl_load_errors "
        f"WHERE filename = 's3://{bucket}/in'"
    )
    assert [tuple(value.rstrip() if isinstance(value, str) else value for value in row) for row in found] == [
        (2, "id", "int8", 1207, "x|Bob|2", "x")
    ]
    assert warehouse.rows(f"SELECT COUNT(*) FROM {people}") == [(0,)]


# Guide, COPY, MAXERROR: fewer errors than the number are passed over; a row that is wrong is not loaded.
def test_errors_up_to_a_number(warehouse, people, load):
    body = "1|Ada\nx|Bob\n3|far too long\n4|Dan\n"
    done = load(body, "MAXERROR 3", table=f"{people} (id, name)")
    assert (done["Status"], done["ResultRows"]) == ("FINISHED", 2)
    assert load(body, "MAXERROR 1", table=f"{people} (id, name)")["Status"] == "FAILED"
    assert warehouse.rows(f"SELECT id FROM {people} ORDER BY id") == [(1,), (4,)]


# Guide, "Validating input data", "Data load operations", NOLOAD: "checks the validity of the data file without actually
# loading the data"; the example's COPY answers "0 record(s) loaded successfully".
@pytest.mark.parametrize(
    ("good", "bad", "options"),
    [("1|Ada\n", "2|Bob\nx|Cem\n", ""), ('{"id": 1, "name": "Ada"}', '{"id": "x"}', "JSON 'auto'")],
)
def test_data_is_only_checked(warehouse, people, load, good, bad, options):
    table = f"{people} (id, name)"
    done = load(good, f"{options} NOLOAD", table=table)
    assert (done["Status"], done["ResultRows"]) == ("FINISHED", 0)
    assert load(bad, f"{options} NOLOAD", table=table)["Status"] == "FAILED"
    assert warehouse.rows(f"SELECT COUNT(*) FROM {people}") == [(0,)]


def test_what_is_not_there(warehouse, people, load, name):
    failed = load(None, "CSV", key="none")
    assert "The specified S3 prefix 'none' does not exist" in failed["Error"]
    failed = load("1", "CSV", table="nowhere")
    assert "Cannot COPY into nonexistent table nowhere" in failed["Error"]
    failed = warehouse.fail(f"COPY {people} FROM 's3://{name}-none/x' IAM_ROLE '{warehouse.role}' CSV")
    assert "NoSuchBucket" in failed


# Guide, "Authorization parameters", management guide, "Authorizing COPY ...": the role is attached to the warehouse and
# trusts Redshift.
def test_roles_that_redshift_may_not_assume(warehouse, iam, people, load, name):
    attached = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("redshift.amazonaws.com"))["Role"]["Arn"]
    for role in (attached, attached + "-none"):
        failed = load("1|a|1", "", role=role)
        assert failed["Status"] == "FAILED"
        assert f"is not authorized to assume IAM Role {role}" in failed["Error"]
        assert "8001" in failed["Error"]
    error = warehouse.fail(f"UNLOAD ('SELECT 1') TO 's3://any/x' IAM_ROLE '{attached}'")
    assert "is not authorized to assume IAM Role" in error


def test_the_default_role(warehouse, s3, bucket, people):
    s3.put_object(Bucket=bucket, Key="in", Body="1|Ada\n")
    warehouse.run(f"COPY {people} (id, name) FROM 's3://{bucket}/in' IAM_ROLE default")
    assert warehouse.rows(f"SELECT name FROM {people}") == [("Ada",)]


# Guide, MERGE: matched rows are updated, others inserted.
def test_merge(warehouse, people):
    source = people.replace("people", "news")
    warehouse.run(
        f"CREATE TABLE {source} (LIKE {people})",
        f"INSERT INTO {people} (id, name) VALUES (1, 'Ada'), (2, 'Bob')",
        f"INSERT INTO {source} (id, name) VALUES (2, 'Bobby'), (3, 'Cem')",
        f"MERGE INTO {people} USING {source} ON people.id = news.id WHEN MATCHED THEN UPDATE SET name = news.name "
        "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (news.id, news.name)",
    )
    found = warehouse.rows(f"SELECT id, name FROM {people} ORDER BY id")
    assert found == [(1, "Ada"), (2, "Bobby"), (3, "Cem")]


# Guide, MERGE, usage notes: source and target are two tables, no row of the target matches two of the source, both WHEN
# clauses are there, and no part of a SUPER value is in a condition or an expression.
def test_what_merge_refuses(warehouse, people):
    source = people.replace("people", "news")
    warehouse.run(
        f"CREATE TABLE {source} (LIKE {people})",
        f"INSERT INTO {people} (id, name) VALUES (1, 'Ada')",
        f"INSERT INTO {source} (id, name) VALUES (1, 'Adah'), (1, 'Adam')",
    )
    merge, insert = f"MERGE INTO {people} USING", "WHEN NOT MATCHED THEN INSERT (id, name) VALUES (news.id, news.name)"
    update = f"{source} ON people.id = news.id WHEN MATCHED THEN UPDATE SET"
    for sql in (
        f"{merge} {people} AS news ON people.id = news.id WHEN MATCHED THEN DELETE {insert}",
        f"{merge} {update} name = news.name {insert}",
        f"{merge} {update} name = news.name",
        f"{merge} {source} ON people.id = news.id {insert}",
        f"{merge} {update} skills = news.skills[0] {insert}",
    ):
        warehouse.fail(sql)
    assert warehouse.rows(f"SELECT id, name FROM {people}") == [(1, "Ada")]


# A load as pipectl sends one: a batch, so all of it is one transaction.
def test_a_load_in_one_transaction(warehouse, s3, bucket, people):
    entry = put_parquet(s3, bucket, "a.parquet", ADA, BOB)
    put_manifest(s3, bucket, entry)
    copy = (
        f"COPY stage FROM 's3://{bucket}/manifest' IAM_ROLE '{warehouse.role}' "
        "FORMAT AS PARQUET SERIALIZETOJSON MANIFEST"
    )
    merge = (
        f"MERGE INTO {people} USING stage ON people.id = stage.id WHEN MATCHED THEN UPDATE SET name = stage.name, "
        "skills = stage.skills WHEN NOT MATCHED THEN INSERT (id, name, pay, hired, seen, skills) "
        "VALUES (stage.id, stage.name, stage.pay, stage.hired, stage.seen, stage.skills)"
    )
    sqls = [f"CREATE TEMP TABLE stage (LIKE {people})", copy, merge, "DROP TABLE stage"]
    failed = warehouse.end(Sqls=[*sqls, "SELECT * FROM nowhere"])
    assert failed["Status"] == "FAILED"
    assert warehouse.rows(f"SELECT COUNT(*) FROM {people}") == [(0,)]
    for _ in range(2):
        done = warehouse.end(Sqls=[*sqls, f"SELECT COUNT(*) FROM {people}"])
        assert done["Status"] == "FINISHED", done
        found = warehouse.data.get_statement_result(Id=f"{done['Id']}:5")
        assert found["Records"] == [[{"longValue": 2}]]


def objects(s3, bucket, prefix):
    return [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])]


# Guide, UNLOAD: Parquet that others read; a manifest; no overwriting unless asked for.
def test_unload_parquet(warehouse, s3, bucket, people):
    warehouse.run(f"INSERT INTO {people} (id, name, pay, hired) VALUES (1, 'Ada', 10.5, '2020-02-29')")
    query = f"SELECT id, name, pay, hired FROM {people}"
    unload = f"UNLOAD ('{query}') TO 's3://{bucket}/out/' IAM_ROLE '{warehouse.role}' FORMAT AS PARQUET MANIFEST"
    warehouse.run(unload)
    manifest = json.loads(s3.get_object(Bucket=bucket, Key="out/manifest")["Body"].read())
    keys = [entry["url"].removeprefix(f"s3://{bucket}/") for entry in manifest["entries"]]
    assert sorted([*keys, "out/manifest"]) == objects(s3, bucket, "out/")
    assert all(key.endswith(".parquet") for key in keys)
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    rows = [row for body in bodies for row in pyarrow.parquet.read_table(io.BytesIO(body)).to_pylist()]
    assert rows == [{"id": 1, "name": "Ada", "pay": Decimal("10.50"), "hired": datetime.date(2020, 2, 29)}]
    error = warehouse.fail(unload)
    assert "Specified unload destination on S3 is not empty" in error
    warehouse.run(f"{unload} ALLOWOVERWRITE")


def test_unload_csv(warehouse, s3, bucket, people):
    warehouse.run(f"INSERT INTO {people} (id, name) VALUES (1, 'A,\"b\"'), (2, NULL)")
    warehouse.run(
        f"UNLOAD ('SELECT id, name FROM {people} ORDER BY id') TO 's3://{bucket}/csv_' "
        f"IAM_ROLE '{warehouse.role}' FORMAT CSV HEADER PARALLEL OFF"
    )
    assert objects(s3, bucket, "csv_") == ["csv_000"]
    body = s3.get_object(Bucket=bucket, Key="csv_000")["Body"].read().decode()
    assert body == 'id,name\n1,"A,""b"""\n2,\n'


# Guide, "SYS_LOAD_HISTORY": a row a COPY.
def test_history_of_loads(warehouse, bucket, load, people):
    load("1|Ada\n2|Bob\n", "", table=f"{people} (id, name)")
    found = warehouse.rows(
        f"SELECT status, loaded_rows, error_count, source_file_count FROM sys_load_history "
        f"WHERE data_source = 's3://{bucket}/in'"
    )
    assert found == [("completed", 2, 0, 1)]


# Of two loads that lock the ledger the second sees what the first did (guide, LOCK: AccessExclusive until the end of the
# transaction).
def test_a_lock_makes_the_second_wait(warehouse, data, people):
    ledger = people.replace("people", "ledger")
    warehouse.run(f"CREATE TABLE {ledger} (batch VARCHAR(9))")
    sqls = [f"LOCK {ledger}", f"INSERT INTO {ledger} SELECT 'b' WHERE 'b' NOT IN (SELECT batch FROM {ledger})"]
    both = [data.batch_execute_statement(Sqls=sqls, **warehouse.connection)["Id"] for _ in range(2)]
    for identifier in both:
        until = time.monotonic() + 30
        while (state := data.describe_statement(Id=identifier, WaitTimeSeconds=10)["Status"]) not in (
            "FINISHED",
            "FAILED",
        ):
            assert time.monotonic() < until
        assert state == "FINISHED"
    assert warehouse.rows(f"SELECT COUNT(*) FROM {ledger}") == [(1,)]
