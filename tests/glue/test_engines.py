"""Both Glue engines of the embedded AWS, DuckDB and the script under PySpark, through the pipectl binary.

A deployed project, real objects as Firehose delivered them, and rows that no producer of ours would send: what one engine
writes, the other must write too, down to the types of the Parquet files; and both what the reference says (reference.py).

PIPECTL_BIN=target/debug/pipectl pytest tests/glue/test_engines.py        needs Java 17 and this Python's pyspark
"""

import contextlib
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pyarrow.parquet as pq
import pytest
import reference
from botocore.config import Config
from reference import PROJECTS, ROOT

REGION = "us-east-1"
ENGINES = ("duckdb", "spark")
#: Per project, the file to ingest.
FILES = {"employees": "examples/employees.csv", "ibm-hr": "examples/ibm-hr/ibm_hr_attrition.csv"}
#: The moments at which loads and ingests happened are no part of what must be equal.
DUMPS = {
    "employees": (
        "SELECT employee_id, name, age, department, skills, salary, hire_date, salary_band, age_band, tenure_years, "
        "ingested_at, ingest_row FROM hr.employees ORDER BY employee_id",
        "SELECT employee_id, skill, ingested_at, ingest_row FROM hr.employee_skills ORDER BY employee_id, skill",
    ),
    "ibm-hr": ("SELECT * FROM hr.employees ORDER BY employee_number",),
}


class Pipeline:
    """A copy of a project, run by the binary."""

    def __init__(self, folder, project):
        binary = os.environ.get("PIPECTL_BIN")
        if not binary:
            pytest.fail("PIPECTL_BIN names no pipectl to test")
        self.binary, self.folder = str(Path(binary).resolve()), folder
        for name in ("configs", "glue_scripts", "sql"):
            shutil.copytree(PROJECTS[project][0] / name, folder / name)

    def environment(self, engine):
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PIPECTL_"))}
        return clean | {"PIPECTL_GLUE_ENGINE": engine, "PIPECTL_PYTHON": sys.executable}

    def run(self, *arguments, engine="duckdb", codes=(0,)):
        command = [self.binary, *arguments]
        result = subprocess.run(
            command, cwd=self.folder, env=self.environment(engine), capture_output=True, text=True, timeout=600
        )
        assert result.returncode in codes, f"{command}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    def summary(self, *arguments, **more):
        return json.loads(self.run(*arguments, "--json", **more).splitlines()[-1])

    def rows(self, sql):
        return json.loads(self.run("query", sql, "--json"))

    @contextlib.contextmanager
    def served(self):
        """boto3's clients of the embedded AWS, as a function of the service."""
        command = [self.binary, "local", "--port", "0", "--json"]
        server = subprocess.Popen(
            command, cwd=self.folder, env=self.environment("duckdb"), stdout=subprocess.PIPE, text=True
        )
        try:
            endpoint = json.loads(server.stdout.readline())["endpoint"]
            settings = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
            keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": REGION}
            yield lambda service: boto3.client(service, endpoint_url=endpoint, config=settings, **keys)
        finally:
            server.terminate()
            server.wait()
            server.stdout.close()


class Lake:
    """The pipeline's buckets while it is served."""

    def __init__(self, pipeline, aws):
        flow = json.loads((pipeline.folder / "configs/pipeline.json").read_text())["flow"]
        resources = json.loads(pipeline.run("status", "--json"))["resources"]
        names = {one["id"]: one["physical_id"] for one in resources}
        self.s3, self.kinesis = aws("s3"), aws("kinesis")
        self.raw, self.curated = names[flow["raw_bucket"]], names[flow["curated_bucket"]]
        self.stream = names[flow["stream"]]

    def objects(self, bucket, prefix):
        """Bytes by key."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
        return {key: self.s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def put(self, key, body):
        self.s3.put_object(Bucket=self.raw, Key=key, Body=gzip.compress(body) if key.endswith(".gz") else body)


def by_date(found):
    dates = {}
    for key, content in found.items():
        date = key.split("dt=")[1][:10]
        dates.setdefault(date, {})[key] = content
    return dates


def put_bad_rows(lake, project):
    """Rows of other producers: objects put beside Firehose's, and records put into the stream."""
    lines = bad_lines(project)
    folder = f"raw/employees/dt={next(iter(by_date(lake.objects(lake.raw, 'raw/'))))}/"
    lake.put(folder + "other 1+a%.gz", b"".join(lines))
    # A byte order mark, lines without content, a last line without an end.
    lake.put(folder + "plain", b"\xef\xbb\xbf" + lines[0] + b"\xef\xbb\xbf{}\r\n\r\n \n" + lines[1].rstrip())
    lake.put(folder + "empty", b"")
    if project == "employees":
        for key, content in reference.fixture_objects(project).items():
            lake.put(folder + key.rsplit("/", 1)[1], content)
    broken = (b"{not json", b"[]", b"null", b'"text"', b"\xff\xfe", '{"name":"Σίσυφος"}'.encode(), *lines[:3])
    records = [{"Data": line.rstrip(b"\n"), "PartitionKey": str(at)} for at, line in enumerate(broken)]
    assert lake.kinesis.put_records(StreamName=lake.stream, Records=records)["FailedRecordCount"] == 0


#: JSON values that most columns do not take, and some that they do.
VALUES = (
    "null", "true", "[]", '[" b ","A","a",null]', "{}", '""', '" "', '"x"', "0", "-1", "1.0", "1.005", "1e3", "99999999999",
    '"2026-02-29"', '"2000-02-29"', '"12"', '"#"', '"😀 ΣΑΣ İ ß"', '"' + "é" * 300 + '"', '"\\ud800"', '"\\u0000"', '"a\\tb"',
)  # fmt: skip


def bad_lines(project):
    """A good row in which each column in turn has each of the values, repeats of it, and lines that are no rows."""
    contract = reference.read_contract(PROJECTS[project][0])
    names = [column["name"] for column in contract["columns"]]
    good = {name: "null" for name in names} | example(project)
    lines = []
    for name in [*names, "ingested_at", "ingest_row", "stranger"]:
        for value in VALUES:
            number = 1_000_000 + len(lines)
            row = good | {contract["key"][0]: str(number), "ingested_at": '"2026-11-01T10:00:00.5Z"', "ingest_row": "7"}
            lines.append(as_line(row | {name: value}))
    # Versions of one key: the newest wins, whatever its place.
    for moment, row in (("02T10:00:00Z", 1), ("03T10:00:00Z", 1), ("03T10:00:00Z", 2), ("01T10:00:00Z", 9)):
        version = {"ingested_at": f'"2026-11-{moment}"', "ingest_row": str(row)}
        lines.append(as_line(good | {contract["key"][0]: "2000000"} | version))
    lines += [lines[-1], lines[-3], b"{\n", b"}{\n", b"\xff\n", b"{}\n", b'{"a":1}{"b":2}\n', lines[-1][:40] + b"\n"]
    return lines


def example(project):
    """The columns that a row cannot do without."""
    if project == "employees":
        return {
            "name": '"Ann"',
            "department": '"Data"',
            "salary": "70000.5",
            "hire_date": '"2015-06-01"',
            "skills": "null",
        }
    values = {}
    for column in reference.read_contract(PROJECTS[project][0])["columns"]:
        value = column["values"][0] if "values" in column else column.get("min", "1")
        text = column["type"] in ("string", "date", "array<string>")
        values[column["name"]] = json.dumps(str(value)) if text else str(value)
    return values


def as_line(row):
    return ("{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in row.items()) + "}\n").encode()


def results(lake):
    """What a run wrote, by date: rows and columns of every table, and the report without the names of files."""
    found = {}
    for prefix in ("curated/", "quarantine/"):
        for key, content in lake.objects(lake.curated, prefix).items():
            table, date = key.rsplit("/", 2)[0], key.split("dt=")[1][:10]
            read = pq.ParquetFile(io.BytesIO(content)).read()
            # How Spark names the items of a list, and that its functions promise none to be NULL, no reader minds.
            types = (str(field.type).replace("element: ", "item: ").replace(" not null", "") for field in read.schema)
            columns = list(zip(read.schema.names, types, strict=True))
            one = found.setdefault(date, {}).setdefault(table, {"columns": columns, "rows": []})
            assert one["columns"] == columns, key
            one["rows"] += [list(row.values()) for row in read.to_pylist()]
    for content in lake.objects(lake.curated, "reports/").values():
        report = json.loads(content)
        for table in report["tables"].values():
            assert table.pop("objects")
        found[report["date"]]["report"] = report
    for tables in found.values():
        for name, table in tables.items():
            if name != "report":
                table["rows"] = reference.table(table["rows"])
    return found


def same(found, wanted, what):
    for row, other in zip(found, wanted, strict=False):
        assert row == other, what
    assert len(found) == len(wanted), what


@pytest.fixture(scope="module", params=FILES)
def runs(request, tmp_path_factory):
    """The project's name, raw objects by date, what each engine wrote, and what the warehouse made of that."""
    project = request.param
    pipeline = Pipeline(tmp_path_factory.mktemp(project), project)
    pipeline.run("deploy", "--yes")
    shutil.copy(ROOT / FILES[project], pipeline.folder / "in.csv")
    pipeline.run("ingest", "in.csv", codes=(0, 3))
    with pipeline.served() as aws:
        put_bad_rows(Lake(pipeline, aws), project)
    written, warehouses = {}, {}
    for engine in ENGINES:
        summary = pipeline.summary("run", "process", "--all", engine=engine)
        assert summary["process"]["rows_quarantined"] > 0 and summary["process"]["duplicates"] > 0, summary
        with pipeline.served() as aws:
            lake = Lake(pipeline, aws)
            raw, written[engine] = by_date(lake.objects(lake.raw, "raw/")), results(lake)
        pipeline.summary("run", "load", engine=engine)
        warehouses[engine] = [pipeline.rows(sql) for sql in DUMPS[project]]
        tables = ["hr.load_ledger", "hr.employees", *["hr.employee_skills"][: len(DUMPS[project]) - 1]]
        pipeline.run("query", "; ".join(f"DELETE FROM {table}" for table in tables))
    return project, raw, written, warehouses


def test_both_engines_write_the_same(runs):
    _, _, written, _ = runs
    duckdb, spark = (written[engine] for engine in ENGINES)
    assert duckdb.keys() == spark.keys()
    for date, tables in duckdb.items():
        assert tables.keys() == spark[date].keys()
        for name, table in tables.items():
            if name == "report":
                assert table == spark[date][name]
                continue
            assert table["columns"] == spark[date][name]["columns"], (date, name)
            same(table["rows"], spark[date][name]["rows"], (date, name))


@pytest.mark.parametrize("engine", ENGINES)
def test_both_write_what_the_reference_says(runs, engine, monkeypatch):
    project, raw, written, _ = runs
    for date, found in raw.items():
        plain = {key: gzip.decompress(body) if key.endswith(".gz") else body for key, body in found.items()}
        monkeypatch.setattr(reference, "DATE", date)
        tables = written[engine][date]
        expected = reference.expect(project, plain, tables["report"]["batch"])
        for name, rows in expected["tables"].items():
            same(tables[f"curated/{name}"]["rows"], rows, (date, name))
        same(tables["quarantine/employees"]["rows"], expected["quarantine"], date)
        report = expected["report"]
        for table in report["tables"].values():
            del table["objects"]
        assert tables["report"] == report


def test_both_fill_the_warehouse_alike(runs):
    _, _, _, warehouses = runs
    duckdb, spark = (warehouses[engine] for engine in ENGINES)
    for table, other in zip(duckdb, spark, strict=True):
        assert table
        same(table, other, "warehouse")
