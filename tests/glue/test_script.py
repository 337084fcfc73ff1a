"""The Glue job's script under real PySpark, against the reference implementation (reference.py)."""

import csv
import gzip
import importlib.util
import json
import os
import subprocess
import sys
from decimal import Decimal, InvalidOperation

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import reference
from reference import BATCH, DATE, PROJECTS, ROOT

SCRIPT = ROOT / "glue_scripts/employee_etl.py"


class Lake:
    """A pipeline's buckets as folders, and runs of the script on them."""

    def __init__(self, folder, project, objects):
        self.folder, self.project, self.objects = folder, project, objects
        for key, content in objects.items():
            path = folder / "raw" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(content) if key.endswith(".gz") else content)

    def arguments(self, given=True):
        source, lake = PROJECTS[self.project][0], self.folder / "lake"
        arguments = {
            "--JOB_NAME": "employee-etl",
            "--contract": source / "configs/ingestion/source.json",
            "--transform": source / "sql/transform/employees.sql",
            "--raw": f"{self.folder}/raw/",
            "--curated": f"{lake}/curated/",
            "--quarantine": f"{lake}/quarantine/",
            "--reports": f"{lake}/reports/",
        }
        if given:
            partition = {"date": DATE, "batch": BATCH, "objects": sorted(self.objects)}
            (self.folder / "input.json").write_text(json.dumps({"version": 1, "partitions": [partition]}))
            arguments["--input"] = self.folder / "input.json"
        return [str(part) for argument in arguments.items() for part in argument]

    def run(self, given=True):
        """In this process: a JVM takes longer to start than all the runs."""
        spec = importlib.util.spec_from_file_location("employee_etl", SCRIPT)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        before, sys.argv = sys.argv, [str(SCRIPT), *self.arguments(given)]
        try:
            script.main()
        finally:
            sys.argv = before
        return json.loads((self.folder / f"lake/reports/dt={DATE}.json").read_text())

    def parquet(self, path):
        return sorted((self.folder / "lake" / path / f"dt={DATE}").glob("*.parquet"))

    def rows(self, path):
        tables = [pq.read_table(file, partitioning=None) for file in self.parquet(path)]
        return reference.table(list(row.values()) for table in tables for row in table.to_pylist())

    def results(self, report):
        report = json.loads(json.dumps(report))
        for table in report["tables"].values():
            table["objects"] = []
        return {
            "tables": {table: self.rows(f"curated/{table}") for table in report["tables"]},
            "quarantine": self.rows("quarantine/employees"),
            "report": report,
        }


@pytest.fixture(scope="session", autouse=True)
def spark_settings():
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_SUBMIT_ARGS"] = "--master local[2] --conf spark.ui.enabled=false pyspark-shell"


def produced(project, file):
    """Rows of a CSV file as the producer would write them, and those it would refuse as others might."""
    contract = reference.read_contract(PROJECTS[project][0])
    lines = []
    for number, row in enumerate(csv.DictReader(file.open(newline="")), 1):
        members = [
            f'"{column["name"]}":{as_json(column, row[column.get("header", column["name"])])}'
            for column in contract["columns"]
        ]
        members.append(f'"ingested_at":"2026-11-25T08:00:00.000Z","ingest_row":{number}')
        lines.append("{" + ",".join(members) + "}\n")
    return lines


def as_json(column, text):
    if not text:
        return "null"
    if column["type"] == "array<string>":
        return json.dumps(text.split(";"), ensure_ascii=False)
    if column["type"] in ("string", "date"):
        return json.dumps(text, ensure_ascii=False)
    try:
        return format(Decimal(text), "f")
    except InvalidOperation:
        return json.dumps(text)


def sample(project, file):
    """The file's rows in two objects, some of them delivered twice."""
    lines = produced(project, ROOT / file)
    first, second = lines[:600] + lines[100:120], lines[600:] + lines[590:610]
    folder = f"raw/employees/dt={DATE}/"
    return {folder + "Delivery-1+a b%.gz": "".join(first).encode(), folder + "Delivery-2.gz": "".join(second).encode()}


@pytest.mark.parametrize("project", ["employees", "types"])
def test_hostile_rows_give_what_the_reference_gives(project, tmp_path):
    lake = Lake(tmp_path, project, reference.fixture_objects(project))
    check(lake, lake.run())


@pytest.mark.parametrize(
    ("project", "file"),
    [("employees", "examples/employees.csv"), ("ibm-hr", "examples/ibm-hr/ibm_hr_attrition.csv")],
)
def test_the_examples_give_what_the_reference_gives(project, file, tmp_path):
    lake = Lake(tmp_path, project, sample(project, file))
    report = lake.run()
    check(lake, report)
    assert report["duplicates"] >= 40
    assert report["ingests"] == [
        {"ingested_at": "2026-11-25T08:00:00.000Z", "rows": report["rows_in"] - 40, "deliveries": report["rows_in"]}
    ]


def check(lake, report):
    expected, results = reference.expect(lake.project, lake.objects), lake.results(report)
    for table, rows in expected["tables"].items():
        same(results["tables"][table], rows)
    same(results["quarantine"], expected["quarantine"])
    assert results["report"] == expected["report"]
    for table, entry in report["tables"].items():
        listed = {object["key"]: object["bytes"] for object in entry["objects"]}
        there = {
            str(file.relative_to(lake.folder / "lake")): file.stat().st_size
            for file in lake.parquet(f"curated/{table}")
        }
        assert listed == there
    check_types(lake)


def same(rows, expected):
    for row, wanted in zip(rows, expected, strict=False):
        assert row == wanted
    assert len(rows) == len(expected)


def check_types(lake):
    """Parquet types are the contract's: COPY goes by position and type."""
    types = {
        "string": pa.string(),
        "smallint": pa.int16(),
        "int": pa.int32(),
        "bigint": pa.int64(),
        "double": pa.float64(),
    }
    types |= {
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "array<string>": pa.list_(pa.string()),
    }
    schema = pq.ParquetFile(lake.parquet("curated/employees")[0]).schema_arrow
    columns = reference.read_contract(PROJECTS[lake.project][0])["columns"]
    for index, column in enumerate(columns):
        field, kind = schema.field(index), column["type"]
        if kind.startswith("decimal"):
            precision, scale = kind[8:-1].split(",")
            types[kind] = pa.decimal128(int(precision), int(scale))
        assert field.name == column["name"]
        if pa.types.is_list(field.type):
            assert field.type.value_type == pa.string()
        else:
            assert field.type == types[kind], field.name
    assert schema.names[-2:] == ["ingested_at", "ingest_row"]
    assert schema.types[-2:] == [pa.timestamp("us"), pa.int64()]


def test_a_run_without_input_finds_all_and_one_again_replaces_it(tmp_path):
    objects = reference.fixture_objects("employees")
    lake = Lake(tmp_path, "employees", objects)
    other = tmp_path / "raw/raw/employees/dt=2026-11-26/x.gz"
    other.parent.mkdir()
    other.write_bytes(gzip.compress(b"{}\n"))
    first = lake.run(given=False)
    files = {table: lake.parquet(f"curated/{table}") for table in first["tables"]}
    assert json.loads((tmp_path / "lake/reports/dt=2026-11-26.json").read_text())["rows_quarantined"] == 1
    second = lake.run(given=False)
    assert first["batch"] == second["batch"] != BATCH
    expected = reference.expect("employees", objects, first["batch"])
    assert lake.results(second)["tables"] == expected["tables"]
    for table, before in files.items():
        assert not set(before) & set(lake.parquet(f"curated/{table}"))
    assert not list((tmp_path / "lake").rglob("_*"))


def test_the_expected_files_are_up_to_date():
    for project in ("employees", "types"):
        file = reference.HERE / "data" / project / "expected.json"
        assert file.read_text() == reference.expected_file(project)


def test_both_projects_run_the_same_script():
    other = ROOT / "examples/ibm-hr/glue_scripts/employee_etl.py"
    assert other.read_bytes() == SCRIPT.read_bytes()


def test_a_failure_has_a_traceback_and_an_exit_code(tmp_path):
    lake = Lake(tmp_path, "employees", {})
    arguments = lake.arguments(given=False)
    arguments[arguments.index("--contract") + 1] = str(tmp_path / "none.json")
    result = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True)
    assert result.returncode == 1
    assert "Traceback" in result.stderr and "none.json" in result.stderr


def test_semicolons_in_texts_and_comments_end_no_statement():
    spec = importlib.util.spec_from_file_location("employee_etl", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    text = "-- a; b\nSELECT 'x;y', 1-1, 'it''s;' -- c; 'd\n; ;\nSELECT 2"
    assert script.split_statements(text) == ["SELECT 'x;y', 1-1, 'it''s;'", "SELECT 2"]
