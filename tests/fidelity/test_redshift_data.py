"""The Redshift Data API: statements, their results and their errors.

"Guide" = Redshift management guide, "Using the Amazon Redshift Data API" and the pages below it.
"""

import time
import uuid

import pytest

from conftest import eventually, refused, value_of


def result(data, identifier):
    return data.get_statement_result(Id=identifier)


# Data API, ExecuteStatement, DescribeStatement: CreatedAt, Database, DbUser, Id, SecretArn, WorkgroupName; the duration is
# in nanoseconds, a size of -1 is none.
def test_a_statement_from_submission_to_result(warehouse, data):
    answer = data.execute_statement(Sql="SELECT 1 AS one", StatementName="first", **warehouse.connection)
    assert {key: answer[key] for key in warehouse.connection} == warehouse.connection
    assert abs(answer["CreatedAt"].timestamp() - time.time()) < 300
    assert str(uuid.UUID(answer["Id"])) == answer["Id"]
    description = data.describe_statement(Id=answer["Id"], WaitTimeSeconds=30)
    assert description["Status"] == "FINISHED"
    assert description["QueryString"] == "SELECT 1 AS one"
    assert description["HasResultSet"] is True
    assert description["ResultRows"] == 1
    assert description["ResultSize"] > 0
    assert description["Duration"] > 0
    assert description["RedshiftPid"] > 0
    assert description["ResultFormat"] == "JSON"
    assert description["CreatedAt"] <= description["UpdatedAt"]
    assert "SubStatements" not in description or description["SubStatements"] == []
    found = result(data, answer["Id"])
    assert found["TotalNumRows"] == 1
    assert found["Records"] == [[{"longValue": 1}]]
    assert found.get("NextToken", "") == ""


# Data API, ExecuteStatement: WaitTimeSeconds (1-30) "to wait for the SQL statement to complete execution before returning";
# Status and HasResultSet are then in the answer.
def test_waiting_in_the_submission(warehouse, data):
    answer = data.execute_statement(Sql="SELECT 1", WaitTimeSeconds=30, **warehouse.connection)
    assert (answer["Status"], answer["HasResultSet"]) == ("FINISHED", True)
    answer = data.batch_execute_statement(Sqls=["SELECT 1", "SELECT 2"], WaitTimeSeconds=30, **warehouse.connection)
    assert (answer["Status"], answer["HasResultSet"]) == ("FINISHED", True)
    assert result(data, answer["Id"] + ":2")["Records"] == [[{"longValue": 2}]]


@pytest.mark.parametrize("seconds", [0, 31])
def test_waiting_times_are_checked(warehouse, data, seconds):
    with refused("ValidationException", status=400):
        data.execute_statement(Sql="SELECT 1", WaitTimeSeconds=seconds, **warehouse.connection)
    with refused("ValidationException"):
        data.describe_statement(Id=str(uuid.uuid4()), WaitTimeSeconds=seconds)


TYPES = [
    # SQL, typeName, the Field
    ("CAST(1 AS SMALLINT)", "int2", {"longValue": 1}),
    ("CAST(-2147483648 AS INTEGER)", "int4", {"longValue": -2147483648}),
    ("CAST(9223372036854775807 AS BIGINT)", "int8", {"longValue": 9223372036854775807}),
    ("CAST(1.5 AS DECIMAL(12,2))", "numeric", {"stringValue": "1.50"}),
    ("CAST(0.5 AS REAL)", "float4", {"doubleValue": 0.5}),
    ("CAST(0.1 AS DOUBLE PRECISION)", "float8", {"doubleValue": 0.1}),
    ("CAST('true' AS BOOLEAN)", "bool", {"booleanValue": True}),
    ("CAST('é, \"ß\"' AS VARCHAR(20))", "varchar", {"stringValue": 'é, "ß"'}),
    ("CAST('' AS VARCHAR(20))", "varchar", {"stringValue": ""}),
    ("CAST('2020-02-29' AS DATE)", "date", {"stringValue": "2020-02-29"}),
    ("CAST('2020-02-29 01:02:03' AS TIMESTAMP)", "timestamp", {"stringValue": "2020-02-29 01:02:03"}),
    ("CAST(NULL AS INTEGER)", "int4", {"isNull": True}),
    ("JSON_PARSE('[1,\"a\"]')", "super", {"stringValue": '[1,"a"]'}),
]


# Data API, Field: a union of blobValue, booleanValue, doubleValue, isNull, longValue and stringValue; what JSON has no type
# for comes as text. ColumnMetadata: typeName is the database's own name of the type.
@pytest.mark.parametrize(("sql", "kind", "field"), TYPES)
def test_types_of_values(warehouse, data, sql, kind, field):
    identifier = warehouse.run(f"SELECT {sql} AS v")["Id"]
    found = result(data, identifier)
    assert found["Records"] == [[field]]
    column = found["ColumnMetadata"][0]
    assert (column["name"], column["label"], column["typeName"]) == ("v", "v", kind)


# Data API, ColumnMetadata: where the column is from, precision and scale, nullable 0 or 1.
def test_metadata_of_columns(warehouse, data, schema):
    warehouse.run(f"CREATE TABLE {schema}.t (id BIGINT NOT NULL, name VARCHAR(40), pay DECIMAL(12,2))")
    found = result(data, warehouse.run(f"SELECT id, name, pay AS money FROM {schema}.t")["Id"])
    assert found["Records"] == []
    assert found["TotalNumRows"] == 0
    one, two, three = found["ColumnMetadata"]
    assert (one["name"], one["nullable"], one["schemaName"], one["tableName"]) == ("id", 0, schema, "t")
    assert (two["precision"], two["nullable"], two["isCaseSensitive"]) == (40, 1, True)
    assert (three["label"], three["precision"], three["scale"], three["isSigned"]) == ("money", 12, 2, True)


# Data API, GetStatementResult: NextToken names the next page; "If the NextToken field is empty, all response records have
# been retrieved".
def test_results_in_pages(warehouse, data, schema):
    digits = "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4)"
    sql = (
        f"SELECT a.d * 125 + b.d * 25 + c.d * 5 + e.d AS n, REPEAT('x', 4000) AS text "
        f"FROM {digits} a CROSS JOIN {digits} b CROSS JOIN {digits} c CROSS JOIN {digits} e ORDER BY 1"
    )
    identifier = warehouse.run(sql)["Id"]
    first = result(data, identifier)
    assert first["TotalNumRows"] == 625
    assert 0 < len(first["Records"]) < 625
    pages = list(data.get_paginator("get_statement_result").paginate(Id=identifier))
    assert [value_of(row[0]) for page in pages for row in page["Records"]] == list(range(625))
    assert all(page["ColumnMetadata"] == first["ColumnMetadata"] for page in pages)
    with refused("ValidationException"):
        data.get_statement_result(Id=identifier, NextToken="nonsense")


# Guide, "Troubleshooting issues for Amazon Redshift Data API", "Packet for query is too large": 64 KB a row.
def test_rows_have_a_limit(warehouse):
    text = "REPEAT('x', 40000)"
    warehouse.run(f"SELECT {text} AS a")
    assert "Packet for query is too large" in warehouse.fail(f"SELECT {text} AS a, {text} AS b")


# Data API, GetStatementResultV2: "in CSV format"; the statement must have asked for it. RFC 4180 quotes.
def test_results_as_csv(warehouse, data):
    sql = "SELECT 1 AS n, 'a,\"b\"' AS t, CAST(NULL AS INTEGER) AS nothing UNION ALL SELECT 2, 'c', 3 ORDER BY 1"
    identifier = warehouse.run(sql, ResultFormat="CSV")["Id"]
    assert data.describe_statement(Id=identifier)["ResultFormat"] == "CSV"
    found = data.get_statement_result_v2(Id=identifier)
    assert found["ResultFormat"] == "CSV"
    assert found["TotalNumRows"] == 2
    assert [column["name"] for column in found["ColumnMetadata"]] == ["n", "t", "nothing"]
    text = "".join(record["CSVRecords"] for record in found["Records"])
    assert text.splitlines() == ['1,"a,""b""",', "2,c,3"]
    with refused("ValidationException"):
        data.get_statement_result(Id=identifier)
    as_json = warehouse.run(sql)["Id"]
    with refused("ValidationException"):
        data.get_statement_result_v2(Id=as_json)
    with refused("ValidationException"):
        data.execute_statement(Sql=sql, ResultFormat="TSV", **warehouse.connection)


# Data API, ResultRows: "Either the number of rows returned from the SQL statement or the number of rows affected".
def test_statements_without_a_result(warehouse, data, schema):
    made = warehouse.run(f"CREATE TABLE {schema}.t (n INTEGER)")
    assert made["HasResultSet"] is False
    inserted = warehouse.run(f"INSERT INTO {schema}.t VALUES (1), (2), (3)")
    assert (inserted["HasResultSet"], inserted["ResultRows"]) == (False, 3)
    assert warehouse.run(f"UPDATE {schema}.t SET n = 9 WHERE n > 1")["ResultRows"] == 2
    assert warehouse.run(f"DELETE FROM {schema}.t WHERE n = 9")["ResultRows"] == 2
    with refused("ResourceNotFoundException", status=400):
        data.get_statement_result(Id=inserted["Id"])


# Guide, "Parameterized SQL statements": named, typed by where they stand, not part of the text.
def test_parameters(warehouse, data, schema):
    warehouse.run(f"CREATE TABLE {schema}.t (id INTEGER, name VARCHAR(40))")
    injected = "x'); DROP TABLE t; --"
    given = [{"name": "id", "value": "7"}, {"name": "name", "value": injected}]
    warehouse.run(f"INSERT INTO {schema}.t VALUES (:id, :name)", Parameters=given)
    sql = f"SELECT id, name FROM {schema}.t WHERE id = :id"
    description = warehouse.end(Sql=sql, Parameters=[{"name": "id", "value": "7"}])
    assert description["QueryParameters"] == [{"name": "id", "value": "7"}]
    assert result(data, description["Id"])["Records"] == [[{"longValue": 7}, {"stringValue": injected}]]
    twice = [{"name": "id", "value": "7"}] * 2
    unused = [{"name": "id", "value": "7"}, {"name": "nobody", "value": "7"}]
    for parameters in (twice, unused, [{"name": "a b", "value": "7"}], []):
        with refused("ValidationException"):
            data.execute_statement(Sql=sql, Parameters=parameters, **warehouse.connection)


# Guide, "Running SQL statements with an idempotency token": the same request again is the same statement.
def test_the_same_token_is_the_same_statement(warehouse, data, schema):
    warehouse.run(f"CREATE TABLE {schema}.t (n INTEGER)")
    token, sql = str(uuid.uuid4()), f"INSERT INTO {schema}.t VALUES (1)"
    first = data.execute_statement(Sql=sql, ClientToken=token, **warehouse.connection)["Id"]
    assert warehouse.end(Sql=sql, ClientToken=token)["Id"] == first
    assert data.execute_statement(Sql=sql, ClientToken=token, **warehouse.connection)["Id"] == first
    assert warehouse.rows(f"SELECT COUNT(*) FROM {schema}.t") == [(1,)]
    with refused("ValidationException"):
        data.execute_statement(Sql="SELECT 2", ClientToken=token, **warehouse.connection)
    with refused("ValidationException"):
        data.execute_statement(Sql=sql, ClientToken="x" * 65, **warehouse.connection)


# Data API, BatchExecuteStatement: "By default, the SQL statements are run as a single transaction"; DescribeStatement has
# SubStatements with ids <Id>:<n>.
def test_a_batch(warehouse, data, schema):
    sqls = [
        f"CREATE TABLE {schema}.t (n INTEGER)",
        f"INSERT INTO {schema}.t VALUES (1), (2)",
        f"SELECT SUM(n) AS total FROM {schema}.t",
    ]
    description = warehouse.end(Sqls=sqls)
    identifier = description["Id"]
    assert description["Status"] == "FINISHED"
    assert description["HasResultSet"] is True
    assert "QueryString" not in description
    parts = description["SubStatements"]
    assert [part["Id"] for part in parts] == [f"{identifier}:{n}" for n in (1, 2, 3)]
    assert [part["QueryString"] for part in parts] == sqls
    assert {part["Status"] for part in parts} == {"FINISHED"}
    assert [part["HasResultSet"] for part in parts] == [False, False, True]
    assert parts[1]["ResultRows"] == 2
    assert result(data, f"{identifier}:3")["Records"][0][0] == {"longValue": 3}
    assert data.describe_statement(Id=f"{identifier}:2")["ResultRows"] == 2
    with refused("ResourceNotFoundException"):
        data.get_statement_result(Id=f"{identifier}:4")
    with refused("ResourceNotFoundException"):
        data.get_statement_result(Id=f"{identifier}:1")


# "If any SQL statement fails, all work is rolled back."
def test_a_batch_that_fails_leaves_nothing(warehouse, data, schema):
    warehouse.run(f"CREATE TABLE {schema}.t (n INTEGER)")
    sqls = [f"INSERT INTO {schema}.t VALUES (1)", f"SELECT * FROM {schema}.none", f"INSERT INTO {schema}.t VALUES (2)"]
    description = warehouse.end(Sqls=sqls)
    assert description["Status"] == "FAILED"
    assert f'relation "{schema}.none" does not exist' in description["Error"]
    states = [part["Status"] for part in description["SubStatements"]]
    assert states[1:] == ["FAILED", "ABORTED"]
    assert "does not exist" in description["SubStatements"][1]["Error"]
    assert warehouse.rows(f"SELECT COUNT(*) FROM {schema}.t") == [(0,)]


# ExecutionMode AUTO_COMMIT: "each SQL statement is committed individually".
def test_a_batch_that_commits_each_statement(warehouse, data, schema):
    warehouse.run(f"CREATE TABLE {schema}.t (n INTEGER)")
    sqls = [f"INSERT INTO {schema}.t VALUES (1)", f"SELECT * FROM {schema}.none"]
    description = warehouse.end(Sqls=sqls, ExecutionMode="AUTO_COMMIT")
    assert description["ExecutionMode"] == "AUTO_COMMIT"
    assert description["SubStatements"][0]["Status"] == "FINISHED"
    assert description["SubStatements"][1]["Status"] == "FAILED"
    assert warehouse.rows(f"SELECT n FROM {schema}.t") == [(1,)]


# Model: 1-40 statements a batch. Guide, "Considerations when calling the Amazon Redshift Data API": 100 KB a statement.
def test_sizes(warehouse, data):
    for sqls in ([], ["SELECT 1"] * 41):
        with refused("ValidationException"):
            data.batch_execute_statement(Sqls=sqls, **warehouse.connection)
    with refused("ValidationException"):
        data.execute_statement(Sql=f"SELECT '{'x' * (100 << 10)}'", **warehouse.connection)
    with refused("ValidationException"):
        data.execute_statement(Sql="", **warehouse.connection)


ENDLESS = "SELECT COUNT(*) FROM {0}.t a, {0}.t b, {0}.t c, {0}.t d WHERE (a.n + b.n + c.n + d.n) % 2 = 0"


@pytest.fixture
def numbers(warehouse, schema):
    """A table to keep a query busy with."""
    warehouse.run(f"CREATE TABLE {schema}.t AS SELECT 1 AS n")
    for _ in range(11):
        warehouse.run(f"INSERT INTO {schema}.t SELECT n FROM {schema}.t")
    return schema


# Data API, CancelStatement: "To be canceled, a query must be running"; it is then ABORTED.
def test_cancel(warehouse, data, numbers):
    identifier = data.execute_statement(Sql=ENDLESS.format(numbers), **warehouse.connection)["Id"]
    eventually(lambda: data.describe_statement(Id=identifier)["Status"] == "STARTED", "the statement runs")
    with refused("ResourceNotFoundException", "ValidationException"):
        data.get_statement_result(Id=identifier)
    waited = data.describe_statement(Id=identifier, WaitTimeSeconds=1)
    assert waited["Status"] == "STARTED"
    assert data.cancel_statement(Id=identifier)["Status"] is True
    ended = data.describe_statement(Id=identifier, WaitTimeSeconds=30)
    assert ended["Status"] == "ABORTED"
    with refused("ValidationException"):
        data.cancel_statement(Id=identifier)
    with refused("ResourceNotFoundException"):
        data.cancel_statement(Id=str(uuid.uuid4()))


# Database developer guide, "statement_timeout": the statement is ended; "canceled on user's request" in the error.
def test_a_statement_timeout(warehouse, data, numbers):
    description = warehouse.end(Sqls=["SET statement_timeout TO 200", ENDLESS.format(numbers)])
    assert description["Status"] in ("FAILED", "ABORTED")
    assert warehouse.rows("SELECT 1") == [(1,)]


# Data API, ListStatements: "By default, only finished statements are shown"; StatementName is a prefix, newest first.
def test_list_statements(warehouse, data):
    prefix = uuid.uuid4().hex
    done = [warehouse.run(f"SELECT {n}", StatementName=f"{prefix}-{n}")["Id"] for n in range(3)]
    failed = warehouse.end(Sql="SELECT nothing", StatementName=f"{prefix}-failed")["Id"]
    batch = warehouse.end(Sqls=["SELECT 1", "SELECT 2"], StatementName=f"{prefix}-batch")["Id"]

    def listed(**filters):
        pages = data.get_paginator("list_statements").paginate(StatementName=prefix, **filters)
        return [statement for page in pages for statement in page["Statements"]]

    assert [statement["Id"] for statement in listed()] == [batch, *reversed(done)]
    assert [statement["Id"] for statement in listed(Status="FAILED")] == [failed]
    everything = listed(Status="ALL", PaginationConfig={"PageSize": 2})
    assert [statement["Id"] for statement in everything] == [batch, failed, *reversed(done)]
    one = everything[0]
    assert one["IsBatchStatement"] is True
    assert one["QueryStrings"] == ["SELECT 1", "SELECT 2"]
    assert one["StatementName"] == f"{prefix}-batch"
    assert everything[2]["QueryString"] == "SELECT 2"
    assert everything[2]["IsBatchStatement"] is False
    assert listed(WorkgroupName="another") == []
    assert len(listed(WorkgroupName=warehouse.workgroup, Database="employees")) == 4
    with refused("ValidationException"):
        data.list_statements(Status="DONE")
    with refused("ValidationException"):
        data.list_statements(MaxResults=101)


# Data API, ListDatabases, ListSchemas, ListTables, DescribeTable: % and _ are wildcards, results come in pages.
def test_what_is_in_the_database(warehouse, data, schema):
    warehouse.run(
        f"CREATE TABLE {schema}.people (id BIGINT NOT NULL, name VARCHAR(40) DEFAULT 'x', pay DECIMAL(12,2))",
        f"CREATE VIEW {schema}.names AS SELECT name FROM {schema}.people",
    )
    assert "employees" in data.list_databases(**warehouse.connection)["Databases"]
    schemas = data.list_schemas(SchemaPattern=schema[:-1] + "%", **warehouse.connection)["Schemas"]
    assert schemas == [schema]
    everything = data.list_schemas(**warehouse.connection)["Schemas"]
    assert {"public", "pg_catalog", "information_schema"} <= set(everything)
    tables = data.list_tables(SchemaPattern=schema, **warehouse.connection)["Tables"]
    assert [(table["schema"], table["name"], table["type"]) for table in tables] == [
        (schema, "names", "VIEW"),
        (schema, "people", "TABLE"),
    ]
    some = data.list_tables(SchemaPattern=schema, TablePattern="peopl_", **warehouse.connection)["Tables"]
    assert [table["name"] for table in some] == ["people"]
    page = data.list_tables(SchemaPattern=schema, MaxResults=1, **warehouse.connection)
    assert len(page["Tables"]) == 1
    rest = data.list_tables(SchemaPattern=schema, NextToken=page["NextToken"], **warehouse.connection)
    assert len(rest["Tables"]) == 1
    described = data.describe_table(Schema=schema, Table="people", **warehouse.connection)
    assert described["TableName"] == "people"
    columns = described["ColumnList"]
    assert [(column["name"], column["typeName"], column["nullable"]) for column in columns] == [
        ("id", "int8", 0),
        ("name", "varchar", 1),
        ("pay", "numeric", 1),
    ]
    assert "x" in columns[1]["columnDefault"]
    assert (columns[1]["length"], columns[2]["precision"], columns[2]["scale"]) == (40, 12, 2)
    # "If no table is specified, then all tables for all matching schemas are returned."
    everything = data.describe_table(Schema=schema, **warehouse.connection)["ColumnList"]
    assert {column["tableName"] for column in everything} == {"names", "people"}
    page = data.describe_table(Schema=schema, Table="people", MaxResults=2, **warehouse.connection)
    assert len(page["ColumnList"]) == 2
    rest = data.describe_table(Schema=schema, Table="people", NextToken=page["NextToken"], **warehouse.connection)
    assert [column["name"] for column in rest["ColumnList"]] == ["pay"]
    for operation in (data.list_tables, data.list_schemas, data.describe_table):
        with refused("ValidationException"):
            operation(MaxResults=1001, **warehouse.connection)


# Data API, SessionKeepAliveSeconds and SessionId: temporary tables and a transaction live on in the session.
def test_sessions(warehouse, data):
    first = warehouse.run("CREATE TEMP TABLE mine (n INTEGER)", SessionKeepAliveSeconds=60)
    session = first["SessionId"]
    warehouse.run("INSERT INTO mine VALUES (1)", SessionId=session)
    assert warehouse.rows("SELECT n FROM mine", SessionId=session) == [(1,)]
    assert "does not exist" in warehouse.fail("SELECT n FROM mine")
    warehouse.run("BEGIN", "DELETE FROM mine", "ROLLBACK", SessionId=session)
    assert warehouse.rows("SELECT n FROM mine", SessionId=session) == [(1,)]
    # "Database, ... can't be specified" together with a session, which has them.
    with refused("ValidationException"):
        data.execute_statement(Sql="SELECT 1", SessionId=session, **warehouse.connection)
    with refused("ValidationException", "ResourceNotFoundException"):
        data.execute_statement(Sql="SELECT 1", SessionId=str(uuid.uuid4()))
    with refused("ValidationException"):
        data.execute_statement(Sql="SELECT 1", SessionKeepAliveSeconds=86_401, **warehouse.connection)


def test_a_session_ends(warehouse, data):
    session = warehouse.run("SELECT 1", SessionKeepAliveSeconds=1)["SessionId"]

    def over():
        try:
            warehouse.end(Sql="SELECT 1", SessionId=session, SessionKeepAliveSeconds=1)
        except (data.exceptions.ValidationException, data.exceptions.ResourceNotFoundException):
            return True
        time.sleep(1.2)
        return False

    eventually(over, "the session has ended")
    (closed,) = data.list_sessions(SessionId=session)["Sessions"]
    assert closed["Status"] == "CLOSED"
    assert session in [one["SessionId"] for one in data.list_sessions(Status="CLOSED")["Sessions"]]
    assert session not in [one["SessionId"] for one in data.list_sessions()["Sessions"]]


# Data API, ListSessions: AVAILABLE and BUSY sessions by default, one by its id, pages; CurrentStatementId "only when the
# session status is BUSY". The model has a paginator.
def test_list_sessions(warehouse, data):
    sessions = [warehouse.run("SELECT 1", SessionKeepAliveSeconds=60)["SessionId"] for _ in range(2)]
    pages = data.get_paginator("list_sessions").paginate(
        WorkgroupName=warehouse.connection["WorkgroupName"],
        Database=warehouse.connection["Database"],
        PaginationConfig={"PageSize": 1},
    )
    listed = [session["SessionId"] for page in pages for session in page["Sessions"]]
    assert set(sessions) <= set(listed)
    assert len(listed) == len(set(listed))
    (one,) = data.list_sessions(SessionId=sessions[0])["Sessions"]
    assert one["Status"] == "AVAILABLE"
    assert one["SessionAliveSeconds"] == 60
    assert one["CreatedAt"] <= one["UpdatedAt"] <= one["SessionTtl"]
    assert one["WorkgroupName"] == warehouse.connection["WorkgroupName"]
    assert "ClusterIdentifier" not in one
    assert "CurrentStatementId" not in one
    for wrong in (
        {"SessionId": sessions[0], "Status": "AVAILABLE"},
        {"SessionId": sessions[0], "Database": "dev"},
        {"ClusterIdentifier": "hr", "WorkgroupName": "hr-compute"},
        {"Status": "OPEN"},
        {"MaxResults": 101},
    ):
        with refused("ValidationException", status=400):
            data.list_sessions(**wrong)


# Data API, errors: what is wrong with the request or the connection is refused before a statement is there.
def test_connections_that_cannot_be(warehouse, data, secrets, name):
    good = warehouse.connection
    without = {key: value for key, value in good.items() if key != "WorkgroupName"}
    for connection in (
        without,
        {**good, "ClusterIdentifier": "hr"},
        {key: value for key, value in good.items() if key != "Database"},
        {**good, "DbUser": "boss"},
        {**good, "WorkgroupName": f"{name}-none"},
        {**without, "ClusterIdentifier": "No_Such"},
        {**without, "ClusterIdentifier": f"{name}"},
    ):
        with refused("ValidationException", "ResourceNotFoundException", status=400):
            data.execute_statement(Sql="SELECT 1", **connection)
    missing = good["SecretArn"][:-6] + "AAAAAA"
    with refused("ValidationException", "ResourceNotFoundException"):
        data.execute_statement(Sql="SELECT 1", **{**good, "SecretArn": missing})
    # Model, UUID: a number of two digits may follow.
    for identifier in ("not-an-id", "", str(uuid.uuid4()).upper(), f"{uuid.uuid4()}:100"):
        with refused("ValidationException"):
            data.describe_statement(Id=identifier)
    with refused("ResourceNotFoundException", status=400):
        data.describe_statement(Id=str(uuid.uuid4()))


# What the database itself refuses is found when the statement runs: it is FAILED, with the database's words.
@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT nothing FROM (SELECT 1 AS a)", 'column "nothing" does not exist'),
        ("SELECT 1 / 0", "ivi"),
        ("SELECT CAST('abc' AS INTEGER)", "nvalid"),
        ("SELECT nofunction(1)", "function nofunction(integer) does not exist"),
    ],
)
def test_errors_of_the_database(warehouse, sql, words):
    error = warehouse.fail(sql)
    assert words in error, error
    assert error.startswith("ERROR: "), error


def test_a_wrong_password_and_a_wrong_database(warehouse, data, secrets, name):
    value = '{"username": "boss", "password": "Wrong0ne"}'
    secret = secrets.create_secret(Name=name, SecretString=value)["ARN"]
    description = warehouse.end(Sql="SELECT 1", SecretArn=secret)
    assert description["Status"] == "FAILED"
    assert 'password authentication failed for user "boss"' in description["Error"]
    description = warehouse.end(Sql="SELECT 1", Database="nowhere")
    assert description["Status"] == "FAILED"
    assert 'database "nowhere" does not exist' in description["Error"]
    empty = secrets.create_secret(Name=f"{name}-empty", SecretString="{}")["ARN"]
    with refused("ValidationException"):
        data.execute_statement(Sql="SELECT 1", **{**warehouse.connection, "SecretArn": empty})


# Temporary credentials (no SecretArn): the caller's identity is the database user "IAM:..." or "IAMR:...".
def test_temporary_credentials(warehouse, data):
    connection = {key: value for key, value in warehouse.connection.items() if key != "SecretArn"}
    answer = data.execute_statement(Sql="SELECT CURRENT_USER", WaitTimeSeconds=30, **connection)
    user = result(data, answer["Id"])["Records"][0][0]["stringValue"]
    assert user.startswith(("IAM:", "IAMR:"))


# A value of another type than the model's is no request at all.
def test_types_of_members_are_checked(warehouse, data):
    with refused("ValidationException", "SerializationException", status=400):
        data.execute_statement(Sql=1, **warehouse.connection)
