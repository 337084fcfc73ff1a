"""Glue 5.0 job: raw JSON lines in, curated Parquet, quarantine and a report out.

Nothing here knows employees: columns and rules come from the record contract (source.json), the transformation from one
SQL file. pipectl runs the same SQL file in process, so that both engines give the same rows and the same reasons.

Arguments (s3:// addresses, or plain paths when run outside AWS):

    --contract FILE     source.json
    --transform FILE    the SQL: statements `CREATE OR REPLACE TEMPORARY VIEW name AS SELECT ...;`
    --raw FOLDER        the raw bucket; keys of the input are relative to it
    --curated FOLDER    curated tables: <curated>/<table>/dt=<date>/*.parquet
    --quarantine FOLDER refused rows: <quarantine>/<record>/dt=<date>/*.parquet
    --reports FOLDER    <reports>/dt=<date>.json
    --input FILE        which objects to read, by date; without it, everything below <raw>/raw/<record>/

The SQL reads the relation `raw`, one row a line that is not blank:

    every contract column, in its contract type (timestamps without zone, in UTC); NULL where the value is refused
    reason         string: the first rule of the contract that the row breaks; NULL for a row that keeps them all
    raw_record     string: the line as it came, of rows with a reason; NULL for the others
    source_object  string: key of the raw object
    arrival        bigint: grows with the lines of an object; tells equal versions of a row apart
    dt             date of the partition
    ingested_at    timestamp without zone, ingest_row bigint: the version the producer gave the row; greatest is newest

Texts come trimmed of ASCII white space; what is empty then is NULL, list items included. The SQL makes `curated_<table>`
for each table to write, `quarantine` (reason, raw_record, ingested_at, ingest_row, source_object) and `duplicates`.

A run may be repeated, and killed at any moment: a partition's report goes first and comes back last, so a partition
without a report is one to process again, and a report never names an object that is not there.
"""

import argparse
import hashlib
import json
import re
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

# Raw gzip bytes a Parquet file is made of: snappy Parquet of it is about as large, and AWS advises 128 MB or more.
BYTES_A_FILE = 256 << 20
# Raw gzip bytes a shuffle partition is made of: about 128 MB of JSON.
BYTES_A_SHUFFLE = 16 << 20

SETTINGS = {
    # A timestamp must not depend on the zone of the machine.
    "spark.sql.session.timeZone": "UTC",
    # A cast that fails gives NULL, which is then a reason; it must not end the job.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.adaptive.enabled": "true",
    # Dates before 1582 are written as they are: readers (Redshift, Athena, DuckDB) count in the Gregorian calendar.
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    # No _SUCCESS beside the data: the report says that a partition is complete.
    "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
}


def main() -> None:
    arguments = parse_arguments()
    contract = parse_contract(storage(arguments.contract).read(arguments.contract))
    statements = split_statements(storage(arguments.transform).read(arguments.transform))
    partitions = read_input(arguments) if arguments.input else find_input(arguments, contract["record"])
    spark = SparkSession.builder.config(map=SETTINGS).getOrCreate()
    log("started", record=contract["record"], partitions=len(partitions))
    for partition in partitions:
        started = time.monotonic()
        report = process(spark, arguments, contract, statements, partition)
        counts = {name: report[name] for name in ("rows_in", "rows_out", "rows_quarantined", "duplicates")}
        log("partition", date=report["date"], **counts, seconds=round(time.monotonic() - started, 3))
    log("finished", partitions=len(partitions))
    spark.stop()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("contract", "transform", "raw", "curated", "quarantine", "reports"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--input")
    # Glue adds arguments of its own (--JOB_NAME, --job-bookmark-option, ...).
    return parser.parse_known_args()[0]


def log(event: str, **members) -> None:
    print(json.dumps({"event": event, **members}), flush=True)


# ---- Partitions


def process(spark: SparkSession, arguments, contract: dict, statements: list[str], partition: dict) -> dict:
    """Makes one date's outputs from its raw objects and answers the report, written last."""
    date, record = partition["date"], contract["record"]
    report_file = join(arguments.reports, f"dt={date}.json")
    files = [join(arguments.raw, key) for key in partition["objects"]]
    size = total_size(files)
    parallelism = spark.sparkContext.defaultParallelism
    spark.conf.set("spark.sql.shuffle.partitions", str(max(parallelism, size // BYTES_A_SHUFFLE)))
    # Parsed once, read by every output; on disk where memory ends.
    raw = raw_relation(spark, contract, arguments.raw, files, date).persist()
    raw.createOrReplaceTempView("raw")
    outputs = run_statements(spark, statements, record)
    # The other tables usually read from the record's own: Spark then takes it from here.
    main_output = spark.table(f"curated_{record}").persist()
    ingests = count_ingests(raw)
    reasons = spark.table("quarantine").groupBy("reason").count().orderBy(F.desc("count"), "reason").collect()
    report = {
        "version": 1,
        "date": date,
        "batch": partition["batch"],
        "rows_in": sum(ingest["deliveries"] for ingest in ingests),
        "rows_out": main_output.count(),
        "rows_quarantined": sum(row["count"] for row in reasons),
        "duplicates": spark.table("duplicates").count(),
        "ingests": ingests,
        "reasons": [{"reason": row["reason"], "rows": row["count"]} for row in reasons],
        "tables": {},
    }
    check_counts(report)
    storage(report_file).delete([report_file])
    file_count = max(1, size // BYTES_A_FILE)
    for table in outputs:
        folder = join(arguments.curated, table, f"dt={date}")
        objects, rows = replace(spark, spark.table(f"curated_{table}"), folder, file_count)
        bucket = arguments.curated.rstrip("/").rpartition("/")[0]
        listed = [{"key": key_of(object.file, bucket), "bytes": object.size} for object in objects]
        report["tables"][table] = {"rows": rows, "objects": listed}
    quarantined = replace(spark, spark.table("quarantine"), join(arguments.quarantine, record, f"dt={date}"), 1)[1]
    main_output.unpersist()
    raw.unpersist()
    written = report["tables"][record]["rows"] + quarantined
    if written != report["rows_out"] + report["rows_quarantined"]:
        raise RuntimeError(f"{date}: {written} rows written of {report['rows_out'] + report['rows_quarantined']}")
    storage(report_file).write(report_file, json.dumps(report, indent=1))
    return report


def total_size(files: list[str]) -> int:
    """Bytes of the files, by listing their folders: asking for each would be a request an object."""
    folders = {file.rpartition("/")[0] + "/" for file in files}
    wanted = set(files)
    return sum(entry.size for folder in folders for entry in storage(folder).below(folder) if entry.file in wanted)


def run_statements(spark: SparkSession, statements: list[str], record: str) -> list[str]:
    """Makes the views; answers the tables they are to be written to."""
    tables = []
    for statement in statements:
        spark.sql(statement)
        made = re.search(r"(?i)\bVIEW\s+curated_(\w+)\s+AS\b", statement)
        tables += [made[1]] if made else []
    if record not in tables:
        raise ValueError(f"the transformation makes no view curated_{record}")
    return tables


def count_ingests(raw: DataFrame) -> list[dict]:
    """Per ingest: rows it numbered, and lines that came of them, repeats included."""
    counted = raw.groupBy("ingested_at").agg(F.countDistinct("ingest_row").alias("rows"), F.count("*").alias("lines"))
    return [
        {"ingested_at": instant(row["ingested_at"]), "rows": row["rows"], "deliveries": row["lines"]}
        for row in counted.orderBy("ingested_at").collect()
    ]


def instant(value) -> str | None:
    return value and value.isoformat(timespec="milliseconds" if value.microsecond % 1000 == 0 else "microseconds") + "Z"


def check_counts(report: dict) -> None:
    accounted = report["rows_out"] + report["rows_quarantined"] + report["duplicates"]
    if accounted != report["rows_in"]:
        raise RuntimeError(
            f"{report['date']}: {report['rows_in']} rows read, but {accounted} accounted for "
            f"({report['rows_out']} curated, {report['rows_quarantined']} quarantined, "
            f"{report['duplicates']} duplicates): the transformation loses or adds rows"
        )


def replace(spark: SparkSession, rows: DataFrame, folder: str, file_count: int) -> tuple[list, int]:
    """Writes rows in place of what the folder holds; answers the new objects, and how many rows they hold.

    Without rows it is one object that says the columns: a load has something to name.
    """
    store = storage(folder)
    old = [entry.file for entry in store.below(join(folder, ""))]
    rows.repartition(file_count).write.mode("append").option("compression", "snappy").parquet(folder)
    new = [entry for entry in store.below(join(folder, "")) if entry.file not in old]
    # Beside each file on a disk, Hadoop keeps a checksum in another.
    objects = [entry for entry in new if entry.file.endswith(".parquet")]
    # Counted from what was written, not from the plan that wrote it.
    count = spark.read.parquet(*(entry.file for entry in objects)).count()
    store.delete(old)
    return objects, count


# ---- The raw relation

# A JSON string, once quotes in strings are written \u0022; or a JSON number.
TOKEN = r'"([^"]*+)"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+)'
# Becomes "text#" or "#number": from_json would take numbers through double, and not tell them from texts.
MARKED = '"$1#$2"'
# Spark alone would recover after some mistakes: what it stumbled over is in `corrupt`.
STRICT = {"allowSingleQuotes": "false", "allowNonNumericNumbers": "false", "columnNameOfCorruptRecord": "corrupt"}
# A \uD800-\uDFFF escape without its other half: no character, so no text.
LONE_SURROGATE = (
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
WHITE_SPACE = " \t\n\x0b\x0c\r"
VERSION = [
    {"name": "ingested_at", "type": "timestamp", "nullable": True},
    {"name": "ingest_row", "type": "bigint", "nullable": True},
]


def raw_relation(spark: SparkSession, contract: dict, root: str, files: list[str], date: str) -> DataFrame:
    """The relation `raw` of the module's documentation. Names with # cannot be names of columns."""
    columns = contract["columns"] + VERSION
    parsed = parse_lines(read_lines(spark, root, files), columns)
    typed = parsed.select("*", *(value_of(column, found(column)).alias(column["name"]) for column in columns))
    reason = F.coalesce("#broken", *(reason_of(column, found(column), F.col(column["name"])) for column in columns))
    return typed.select(
        *(column["name"] for column in contract["columns"]),
        reason.alias("reason"),
        F.when(reason.isNotNull(), F.col("#line")).alias("raw_record"),
        "source_object",
        "arrival",
        F.lit(date).cast("date").alias("dt"),
        *(column["name"] for column in VERSION),
    )


def read_lines(spark: SparkSession, root: str, files: list[str]) -> DataFrame:
    """#line, source_object, arrival and #valid: whether the line is UTF-8; a run of what is not is U+FFFD in #line."""
    if not files:
        return spark.createDataFrame([], "`#line` string, source_object string, arrival bigint, `#valid` boolean")
    lines = spark.read.option("lineSep", "\n").text(files)
    # Spark gives addresses as URLs, and local ones with one slash or three.
    url = F.replace("_metadata.file_path", F.lit("+"), F.lit("%2B"))
    address = F.regexp_replace(F.url_decode(url), r"\Afile:/+", "/")
    prefix = join(root, "")
    read = lines.select(
        F.decode(F.col("value").cast("binary"), "UTF-8").alias("#text"),
        F.col("value").cast("binary").alias("#bytes"),
        address.substr(F.lit(len(prefix) + 1), F.length(address)).alias("source_object"),
        # Rows of one file are numbered in the order of its lines; gzip files are never split.
        F.monotonically_increasing_id().alias("arrival"),
    )
    valid = F.encode("#text", "UTF-8") == F.col("#bytes")
    # How many U+FFFD bytes become is a matter of the decoder.
    line = F.when(valid, F.col("#text")).otherwise(F.regexp_replace("#text", "\ufffd+", "\ufffd"))
    lines = read.where(F.btrim("#text", F.lit(" \t\r")) != "")
    return lines.select(line.alias("#line"), "source_object", "arrival", valid.alias("#valid"))


def parse_lines(lines: DataFrame, columns: list[dict]) -> DataFrame:
    """Adds #row, each column's value as marked text, and #broken, what is wrong with the line as such.

    The line is wrapped as {"rows":[<line>,{"end":1}]}. Its own texts and keys are marked, so it can forge neither key:
    whatever it holds, it is one JSON object if there are two elements, and the second has the `end`.
    """
    members = [column["name"] + "#" for column in columns] + ["end"]
    row = T.StructType([T.StructField(name, T.StringType()) for name in members])
    fields = {"rows": T.ArrayType(row), "corrupt": T.StringType()}
    envelope = T.StructType([T.StructField(name, kind) for name, kind in fields.items()])
    # Only quotes and backslashes stand in the way of TOKEN; this way it needs no repeated group, which in Java's
    # regular expressions costs stack by the length of the text.
    escaped = F.replace(F.replace("#line", F.lit("\\\\"), F.lit("\\u005c")), F.lit('\\"'), F.lit("\\u0022"))
    lines = lines.select("*", escaped.alias("#escaped"))
    usable = F.col("#valid") & ~F.col("#escaped").rlike(LONE_SURROGATE)
    wrapped = F.concat(F.lit('{"rows":['), F.regexp_replace("#escaped", TOKEN, MARKED), F.lit(',{"end":1}]}'))
    parsed = lines.select("*", F.from_json(F.when(usable, wrapped), envelope, STRICT).alias("#json"))
    rows = F.col("#json.rows")
    one_object = (
        F.col("#json.corrupt").isNull() & (F.size(rows) == 2) & rows[0].isNotNull() & rows[1]["end"].isNotNull()
    )
    whole = F.coalesce(one_object, F.lit(False))
    broken = F.when(~F.col("#valid"), "record: not valid UTF-8").when(~whole, "record: not a JSON object")
    row = F.when(broken.isNull(), rows[0])
    return parsed.select("#line", "source_object", "arrival", broken.alias("#broken"), row.alias("#row"))


def found(column: dict) -> Column:
    """The marked text of a column's value in the line."""
    return F.col("#row")[column["name"] + "#"]


# ---- Rules of the contract

NUMBER = r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\z"
PLAIN_NUMBER = r"\A-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\z"
INTEGER = r"\A-?(?:0|[1-9][0-9]*)\z"
DATE = r"\A(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}\z"
TIMESTAMP = (
    r"\A(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})?\z"
)


def is_text(marked: Column) -> Column:
    return marked.endswith("#")


def text_of(marked: Column) -> Column:
    """The trimmed text of a marked value, number or structure; NULL if there is nothing in it."""
    unmarked = (
        F.when(is_text(marked), F.btrim(marked.substr(F.lit(1), F.length(marked) - 1), F.lit(WHITE_SPACE)))
        .when(marked.startswith("#"), marked.substr(F.lit(2), F.length(marked)))
        .otherwise(marked)
    )
    return F.nullif(unmarked, F.lit(""))


def items_of(marked: Column) -> Column:
    """The marked items of a list; NULL if the value is no list."""
    return F.when(marked.startswith("[") & ~is_text(marked), F.from_json(marked, "array<string>", STRICT))


def value_of(column: dict, marked: Column) -> Column:
    """The value in the column's type; NULL if it is missing or not of that type."""
    text, kind = text_of(marked), column["type"]
    if kind == "string":
        return F.when(is_text(marked), text)
    if kind == "array<string>":
        items = F.filter(F.transform(items_of(marked), text_of), lambda item: item.isNotNull())
        return F.when(F.forall(items_of(marked), is_text) & (F.size(items) > 0), items)
    if kind == "timestamp":
        return F.when(text.rlike(TIMESTAMP), text.cast("timestamp").cast("timestamp_ntz"))
    if kind == "double":
        # A zero has no sign: engines keep it or drop it.
        value = text.cast(kind) + 0.0
        return F.when(text.rlike(NUMBER) & (F.abs(value) < float("inf")), value)
    if kind.startswith("decimal"):
        # Zeros beyond the scale go first: a cast looks at all digits.
        return F.when(text.rlike(fitting(kind)), F.regexp_replace(text, r"(\.[0-9]*?)0+\z", "$1").cast(kind))
    pattern = {"boolean": r"\A(?:true|false)\z", "date": DATE}.get(kind, INTEGER)
    return F.when(text.rlike(pattern), text.cast(kind))


def fitting(decimal: str) -> str:
    """Texts of numbers that have no more digits than the type."""
    precision, scale = digits(decimal)
    whole = precision - scale
    leading = f"(?:0|[1-9][0-9]{{0,{whole - 1}}})" if whole else "0"
    return rf"\A-?{leading}(?:\.(?=[0-9])[0-9]{{0,{scale}}}0*)?\z"


def digits(decimal: str) -> tuple[int, int]:
    precision, scale = re.fullmatch(r"decimal\((\d+),(\d+)\)", decimal).groups()
    return int(precision), int(scale)


def reason_of(column: dict, marked: Column, value: Column) -> Column:
    """The first rule the value breaks, without the value; NULL if it keeps them."""
    kind, text = column["type"], text_of(marked)
    rules = [(text.isNotNull() & value.isNull(), f"not of type {kind}")]
    if kind.startswith("decimal"):
        rules.insert(0, (text.rlike(PLAIN_NUMBER) & value.isNull(), f"more digits than {kind}"))
    if kind == "array<string>":
        empty = F.forall(items_of(marked), lambda item: is_text(item) & text_of(item).isNull())
        rules = [(text.isNotNull() & value.isNull() & ~F.coalesce(empty, F.lit(False)), f"not of type {kind}")]
    if not column["nullable"]:
        rules.append((value.isNull(), "missing"))
    rules += text_rules(column, value) + bound_rules(column, value) + allowed_rules(column, value)
    return F.coalesce(*(F.when(broken, f"{column['name']}: {rule}") for broken, rule in rules))


def text_rules(column: dict, value: Column) -> list[tuple[Column, str]]:
    if column["type"] not in ("string", "array<string>"):
        return []
    # The bytes of a list are those of its items and one separator between each two.
    text = F.array_join(value, ";") if column["type"] == "array<string>" else value
    return [
        (F.octet_length(text) > column["max_bytes"], f"longer than {column['max_bytes']} bytes"),
        (F.contains(text, F.lit("\0")), "has a NUL character"),
    ]


def bound_rules(column: dict, value: Column) -> list[tuple[Column, str]]:
    rules = []
    if "min" in column:
        rules.append((value < literal(column, column["min"]), f"less than {column['min']}"))
    if "max" in column:
        rules.append((value > literal(column, column["max"]), f"greater than {column['max']}"))
    return rules


def allowed_rules(column: dict, value: Column) -> list[tuple[Column, str]]:
    rules = []
    if column.get("values"):
        allowed = [literal(column, text) for text in column["values"]]
        good = (
            F.forall(value, lambda item: item.isin(allowed))
            if column["type"] == "array<string>"
            else value.isin(allowed)
        )
        rules.append((~good, "not an allowed value"))
    if "pattern" in column:
        rules.append((~value.rlike(rf"\A(?:{column['pattern']})\z"), "does not match the pattern"))
    return rules


def literal(column: dict, text: str) -> Column:
    """A value written in the contract, in the column's type."""
    kind = column["type"]
    if kind == "timestamp":
        return F.lit(text).cast("timestamp").cast("timestamp_ntz")
    return F.lit(text) if kind in ("string", "array<string>") else F.lit(text).cast(kind)


# ---- Contract and SQL


def parse_contract(text: str) -> dict:
    # Numbers stay as they are written: reasons show them, and decimals keep their digits.
    contract = json.loads(text, parse_float=str, parse_int=str)
    identifying = {*contract["key"], contract["partition_key"]}
    for column in contract["columns"]:
        column["nullable"] = column.get("nullable", True) and column["name"] not in identifying
        column["type"] = column["type"].replace(" ", "")
        column["values"] = [
            str(value).lower() if isinstance(value, bool) else value for value in column.get("values", [])
        ]
        if "max_bytes" in column:
            column["max_bytes"] = int(column["max_bytes"])
    return contract


def split_statements(script: str) -> list[str]:
    """The statements of a script: comments and texts may hold semicolons."""
    parts = re.findall(r"--[^\n]*|'(?:[^']|'')*'|;|[^-';]+|-", script)
    statements = "".join("\0" if part == ";" else "" if part.startswith("--") else part for part in parts).split("\0")
    return [statement.strip() for statement in statements if statement.strip()]


# ---- Input


def read_input(arguments) -> list[dict]:
    return json.loads(storage(arguments.input).read(arguments.input))["partitions"]


def find_input(arguments, record: str) -> list[dict]:
    """All partitions below <raw>/raw/<record>/, with the batch ids that pipectl would give them."""
    folder = join(arguments.raw, "raw", record) + "/"
    by_date: dict[str, list[tuple[str, str]]] = {}
    for entry in storage(folder).below(folder):
        date = re.match(r"dt=(\d{4}-\d{2}-\d{2})/", entry.file.removeprefix(folder))
        if date:
            by_date.setdefault(date[1], []).append((key_of(entry.file, arguments.raw), entry.etag))
    code = [storage(file).find(file) for file in (arguments.contract, arguments.transform)]
    code = [(key_of(entry.file, arguments.raw), entry.etag) for entry in code]
    return [
        {"date": date, "batch": fingerprint(sorted(objects) + code), "objects": sorted(key for key, _ in objects)}
        for date, objects in sorted(by_date.items())
    ]


def fingerprint(objects: list[tuple[str, str]]) -> str:
    lines = "".join(f"{key}\t{etag}\n" for key, etag in objects)
    return hashlib.sha256(lines.encode()).hexdigest()[:32]


# ---- Storage


def join(folder: str, *names: str) -> str:
    return "/".join([folder.rstrip("/"), *names])


def key_of(file: str, bucket: str) -> str:
    """The key of an object. Outside S3 a bucket is a folder."""
    return place(file)["Key"] if file.startswith("s3://") else file.removeprefix(join(bucket, ""))


def place(file: str) -> dict[str, str]:
    bucket, _, key = file.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


@dataclass
class Object:
    file: str
    size: int
    etag: str


class S3:
    """Objects by their address s3://bucket/key."""

    def __init__(self):
        import boto3

        self.client = boto3.client("s3")

    def read(self, file: str) -> str:
        return self.client.get_object(**place(file))["Body"].read().decode()

    def write(self, file: str, text: str) -> None:
        self.client.put_object(**place(file), Body=text.encode(), ContentType="application/json")

    def below(self, folder: str) -> list[Object]:
        """Everything below a folder."""
        at = place(folder)
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=at["Bucket"], Prefix=at["Key"])
        return [
            Object(f"s3://{at['Bucket']}/{found['Key']}", found["Size"], found["ETag"].strip('"'))
            for page in pages
            for found in page.get("Contents", [])
        ]

    def find(self, file: str) -> Object:
        head = self.client.head_object(**place(file))
        return Object(file, head["ContentLength"], head["ETag"].strip('"'))

    def delete(self, files: list[str]) -> None:
        # DeleteObjects takes 1,000 keys.
        for start in range(0, len(files), 1000):
            places = [place(file) for file in files[start : start + 1000]]
            keys = {"Objects": [{"Key": at["Key"]} for at in places], "Quiet": True}
            answer = self.client.delete_objects(Bucket=places[0]["Bucket"], Delete=keys)
            if answer.get("Errors"):
                raise RuntimeError(f"S3 did not delete {answer['Errors'][0]['Key']}: {answer['Errors'][0]['Message']}")


class LocalFile:
    """As Object; the ETag, which S3 knows without reading, is worked out when it is asked for."""

    def __init__(self, path: Path):
        self.path, self.file, self.size = path, str(path), path.stat().st_size

    @property
    def etag(self) -> str:
        return hashlib.md5(self.path.read_bytes()).hexdigest()


class Files:
    """The same on plain files, for runs outside AWS."""

    def read(self, file: str) -> str:
        return Path(file).read_text()

    def write(self, file: str, text: str) -> None:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text)

    def below(self, folder: str) -> list[LocalFile]:
        return [LocalFile(path) for path in sorted(Path(folder).rglob("*")) if path.is_file()]

    def find(self, file: str) -> LocalFile:
        return LocalFile(Path(file))

    def delete(self, files: list[str]) -> None:
        for file in files:
            Path(file).unlink(missing_ok=True)


@cache
def s3() -> S3:
    return S3()


def storage(file: str) -> S3 | Files:
    return s3() if file.startswith("s3://") else Files()


if __name__ == "__main__":
    main()
