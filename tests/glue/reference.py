"""What a run of the Glue job must give, worked out in plain Python from the contract's documentation.

Both engines, PySpark and the in-process DuckDB, are checked against this third one. Run as a program, it writes
data/*/expected.json, which the Rust tests read.
"""

import datetime
import json
import re
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
DATE = "2026-11-25"
BATCH = "0123456789abcdef0123456789abcdef"
WHITE_SPACE = " \t\n\x0b\x0c\r"
VERSION = [{"name": "ingested_at", "type": "timestamp"}, {"name": "ingest_row", "type": "bigint"}]


class Number(str):
    """A JSON number as it is written."""


def strict_json(text):
    def refuse(constant):
        raise ValueError(constant)

    value = json.loads(text, parse_int=Number, parse_float=Number, parse_constant=refuse)
    # Python lets halves of surrogate pairs pass.
    json.dumps(value, ensure_ascii=False).encode()
    return value


# ---- Values and rules


def read_value(column, found):
    """The value and the first rule it breaks."""
    name, kind = column["name"], column["type"]
    if isinstance(found, str) and not isinstance(found, Number):
        found = found.strip(WHITE_SPACE) or None
    if kind == "array<string>" and isinstance(found, list) and all(type(item) is str for item in found):
        found = [item.strip(WHITE_SPACE) for item in found]
        found = [item for item in found if item] or None
    if found is None:
        return None, None if column.get("nullable", True) else f"{name}: missing"
    value = typed(kind, found)
    if value is None:
        plain = isinstance(found, str) and re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", found, re.ASCII)
        more = kind.startswith("decimal") and plain
        return None, f"{name}: more digits than {kind}" if more else f"{name}: not of type {kind}"
    rule = broken_rule(column, value)
    return value, rule and f"{name}: {rule}"


def typed(kind, found):
    if kind == "string":
        return found if type(found) is str else None
    if kind == "array<string>":
        return found if isinstance(found, list) and all(type(item) is str for item in found) else None
    if kind == "boolean":
        return {"true": True, "false": False, True: True, False: False}.get(found) if is_scalar(found) else None
    if not isinstance(found, str):
        return None
    try:
        if kind == "date":
            return parse_date(found)
        if kind == "timestamp":
            return parse_timestamp(found)
        return parse_number(kind, found)
    except ValueError:
        return None


def is_scalar(found):
    return isinstance(found, (str, bool)) and not isinstance(found, Number)


def parse_date(text):
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError
    return datetime.date.fromisoformat(text)


def parse_timestamp(text):
    form = r"(.{10})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?"
    match = re.fullmatch(form, text)
    if not match:
        raise ValueError
    day, hour, minute, second, fraction, zone = match.groups()
    micros = int((fraction or "").ljust(6, "0")[:6])
    moment = datetime.datetime.combine(parse_date(day), datetime.time(int(hour), int(minute), int(second), micros))
    if zone in (None, "Z"):
        return moment
    offset = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
    if int(zone[4:]) > 59 or offset > datetime.timedelta(hours=18):
        raise ValueError
    return moment + offset if zone[0] == "-" else moment - offset


def parse_number(kind, text):
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text, re.ASCII):
        raise ValueError
    if kind == "double":
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise ValueError
        return value + 0.0
    if "e" in text.lower():
        raise ValueError
    if kind.startswith("decimal"):
        precision, scale = map(int, re.findall(r"\d+", kind))
        whole, _, fraction = text.lstrip("-").partition(".")
        if len(whole.lstrip("0")) > precision - scale or len(fraction.rstrip("0")) > scale:
            raise ValueError
        # Padded by hand: Decimal rounds to 28 digits where it calculates.
        digits = (whole + fraction.rstrip("0").ljust(scale, "0")).lstrip("0")
        return Decimal((text.startswith("-") and digits != "", tuple(map(int, digits or "0")), -scale))
    bits = {"smallint": 16, "int": 32, "bigint": 64}[kind]
    value = int(text)
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise ValueError
    return value


def broken_rule(column, value):
    items = value if isinstance(value, list) else [value]
    if column["type"] in ("string", "array<string>"):
        if len(";".join(items).encode()) > column["max_bytes"]:
            return f"longer than {column['max_bytes']} bytes"
        if any("\0" in item for item in items):
            return "has a NUL character"
    for bound, word, breaks in (("min", "less", lambda a, b: a < b), ("max", "greater", lambda a, b: a > b)):
        if bound in column and breaks(value, typed(column["type"], column[bound])):
            return f"{word} than {column[bound]}"
    if "values" in column:
        allowed = [
            text if column["type"] in ("string", "array<string>") else typed(column["type"], text)
            for text in column["values"]
        ]
        if any(item not in allowed for item in items):
            return "not an allowed value"
    if "pattern" in column and not re.fullmatch(column["pattern"], value):
        return "does not match the pattern"
    return None


# ---- The relation raw


def read_contract(project):
    text = (project / "configs/ingestion/source.json").read_text()
    contract = json.loads(text, parse_int=Number, parse_float=Number)
    for column in contract["columns"]:
        if column["name"] in [*contract["key"], contract["partition_key"]]:
            column["nullable"] = False
        if "max_bytes" in column:
            column["max_bytes"] = int(column["max_bytes"])
    return contract


def read_raw(contract, objects):
    """Rows of the objects (bytes by key), in the order of keys and lines."""
    columns = contract["columns"] + VERSION
    rows = []
    for key, content in sorted(objects.items()):
        # A byte order mark is no part of the text, as Spark's reader has it.
        for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n")):
            if not line.strip(b" \t\r"):
                continue
            row = {column["name"]: None for column in columns}
            row.update(reason=None, raw_record=None, source_object=key, arrival=number)
            row.update(read_line(columns, line))
            if row["reason"]:
                row["raw_record"] = re.sub("\ufffd+", "\ufffd", line.decode(errors="replace"))
            rows.append(row)
    return rows


def read_line(columns, line):
    try:
        record = strict_json(line.decode())
    except UnicodeEncodeError:
        return {"reason": "record: not a JSON object"}
    except UnicodeDecodeError:
        return {"reason": "record: not valid UTF-8"}
    except (ValueError, RecursionError):
        return {"reason": "record: not a JSON object"}
    if not isinstance(record, dict):
        return {"reason": "record: not a JSON object"}
    row = {"reason": None}
    for column in columns:
        row[column["name"]], reason = read_value(column, record.get(column["name"]))
        row["reason"] = row["reason"] or reason
    return row


# ---- Transformations


def newest(rows, key):
    """The newest row of each key, and how many others there are."""

    def age(row):
        oldest = datetime.datetime.min
        version = (row["ingested_at"] or oldest, row["ingest_row"] is not None, row["ingest_row"] or 0)
        return (row["ingested_at"] is not None, *version, row["source_object"].encode(), row["arrival"])

    best = {}
    for row in rows:
        at = row[key]
        if at not in best or age(row) > age(best[at]):
            best[at] = row
    return list(best.values()), len(rows) - len(best)


def band(value, bounds, last):
    return next((name for bound, name in bounds if value < bound), last)


AGES = [(25, "under 25"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64")]
SALARIES = [
    (50000, "under 50k"),
    (75000, "50k-75k"),
    (100000, "75k-100k"),
    (150000, "100k-150k"),
    (200000, "150k-200k"),
]
INCOMES = [(3000, "under 3k"), (5000, "3k-5k"), (10000, "5k-10k"), (15000, "10k-15k")]


def transform_employees(rows):
    kept, duplicates = newest(rows, "employee_id")
    employees, skills = [], []
    for row in kept:
        own = sorted(
            {
                part.translate(str.maketrans("İΣ", "iσ")).lower()
                for item in row["skills"] or []
                for part in item.split("\x1f")
            }
        )
        as_of = row["ingested_at"].date() if row["ingested_at"] else datetime.date.fromisoformat(DATE)
        hired = row["hire_date"]
        tenure = as_of.year - hired.year - ((as_of.month, as_of.day) < (hired.month, hired.day))
        age_band = "unknown" if row["age"] is None else band(row["age"], AGES, "65 and over")
        version = [row["ingested_at"], row["ingest_row"]]
        salary_band = band(row["salary"], SALARIES, "200k and over")
        plain = [row[name] for name in ("employee_id", "name", "age", "department")]
        enriched = [salary_band, age_band, tenure if hired <= as_of else None]
        employees.append([*plain, own or None, row["salary"], hired, *enriched, *version])
        skills += [[row["employee_id"], skill, *version] for skill in own]
    return {"employees": employees, "employee_skills": skills}, duplicates


def transform_ibm(rows):
    kept, duplicates = newest(rows, "employee_number")
    columns = [column["name"] for column in read_contract(ROOT / "examples/ibm-hr")["columns"]]
    employees = [
        [row[name] for name in columns]
        + [band(row["monthly_income"], INCOMES, "15k and over"), band(row["age"], AGES, "65 and over")]
        + [row["ingested_at"], row["ingest_row"]]
        for row in kept
    ]
    return {"employees": employees}, duplicates


def transform_types(rows):
    names = [column["name"] for column in read_contract(HERE / "data/types")["columns"] + VERSION]
    return {"employees": [[row[name] for name in names] for row in rows]}, 0


PROJECTS = {
    "employees": (ROOT, transform_employees),
    "types": (HERE / "data/types", transform_types),
    "ibm-hr": (ROOT / "examples/ibm-hr", transform_ibm),
}


# ---- Results, in a form that can be compared


def text(value):
    """A value as the engines' results are written for comparison."""
    match value:
        case None:
            return None
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.17g}"
        case Decimal():
            return format(value, "f")
        case datetime.datetime():
            # Not strftime: it does not pad years.
            return value.isoformat(timespec="microseconds") + "Z"
        case list():
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return str(value)


def table(rows):
    """Rows as texts, sorted by bytes with NULL first."""
    texts = [[text(value) for value in row] for row in rows]
    return sorted(texts, key=lambda row: [(value is not None, (value or "").encode()) for value in row])


def expect(project, objects, batch=BATCH):
    """All that a run over `objects` (bytes by key) must give."""
    folder, transform = PROJECTS[project]
    rows = read_raw(read_contract(folder), objects)
    refused = [row for row in rows if row["reason"]]
    tables, duplicates = transform([row for row in rows if not row["reason"]])
    quarantine = ("reason", "raw_record", "ingested_at", "ingest_row", "source_object")
    tables = {name: table(rows) for name, rows in tables.items()}
    return {
        "tables": tables,
        "quarantine": table([row[name] for name in quarantine] for row in refused),
        "report": {
            "version": 1,
            "date": DATE,
            "batch": batch,
            "rows_in": len(rows),
            "rows_out": len(tables["employees"]),
            "rows_quarantined": len(refused),
            "duplicates": duplicates,
            "ingests": count_ingests(rows),
            "reasons": count_reasons(refused),
            "tables": {name: {"rows": len(rows), "objects": []} for name, rows in tables.items()},
        },
    }


def count_ingests(rows):
    ingests = {}
    for row in rows:
        ingests.setdefault(row["ingested_at"], []).append(row["ingest_row"])
    return [
        {
            "ingested_at": instant(at),
            "rows": len({row for row in numbers if row is not None}),
            "deliveries": len(numbers),
        }
        for at, numbers in sorted(
            ingests.items(), key=lambda entry: (entry[0] is not None, entry[0] or datetime.datetime.min)
        )
    ]


def instant(at):
    return at and at.isoformat(timespec="microseconds" if at.microsecond % 1000 else "milliseconds") + "Z"


def count_reasons(refused):
    reasons = {}
    for row in refused:
        reasons[row["reason"]] = reasons.get(row["reason"], 0) + 1
    ordered = sorted(reasons.items(), key=lambda entry: (-entry[1], entry[0]))
    return [{"reason": reason, "rows": rows} for reason, rows in ordered]


def fixture_objects(project):
    files = (HERE / "data" / project / "raw").iterdir()
    return {f"raw/employees/dt={DATE}/{file.name}": file.read_bytes() for file in files}


def expected_file(project):
    return json.dumps(expect(project, fixture_objects(project)), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for project in ("employees", "types"):
        (HERE / "data" / project / "expected.json").write_text(expected_file(project))
