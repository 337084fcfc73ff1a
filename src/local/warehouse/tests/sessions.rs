use std::time::Duration;

use super::super::Cell;
use super::lab::{Lab, error, login, rows, run};

#[test]
fn a_database_that_does_not_exist_says_so() {
    let lab = Lab::new();
    let refused = lab.warehouses.connect(login("nosuch")).err().unwrap();
    assert_eq!(refused.message, "ERROR: database \"nosuch\" does not exist");
    lab.warehouses.create("serverless-1", "Other db").unwrap();
    assert_eq!(
        lab.warehouses.databases("serverless-1").unwrap(),
        ["Other db", "employees"]
    );
    lab.warehouses.connect(login("Other db")).unwrap();
    lab.warehouses.drop_warehouse("serverless-1").unwrap();
    assert!(lab.warehouses.databases("serverless-1").unwrap().is_empty());
    assert!(lab.warehouses.connect(login("employees")).is_err());
}

#[test]
fn a_transaction_holds_until_it_ends_and_is_aborted_by_an_error() {
    let lab = Lab::new();
    let (mut one, mut other) = (lab.session(), lab.session());
    run(&mut one, "CREATE TABLE t (a INT)");
    run(&mut one, "BEGIN; INSERT INTO t VALUES (1)");
    assert_eq!(rows(&mut one, "SELECT count(*) FROM t"), ["1"]);
    assert_eq!(rows(&mut other, "SELECT count(*) FROM t"), ["0"]);
    run(&mut one, "COMMIT");
    assert_eq!(rows(&mut other, "SELECT count(*) FROM t"), ["1"]);

    run(&mut one, "BEGIN; INSERT INTO t VALUES (2)");
    assert_eq!(
        error(&mut one, "SELECT nosuch FROM t"),
        "column \"nosuch\" does not exist"
    );
    let aborted = "current transaction is aborted, commands ignored until end of transaction block";
    assert_eq!(error(&mut one, "SELECT 1"), aborted);
    run(&mut one, "COMMIT");
    assert_eq!(rows(&mut one, "SELECT a FROM t"), ["1"]);

    run(&mut one, "BEGIN; CREATE TABLE gone (a INT); ROLLBACK");
    assert_eq!(
        error(&mut one, "SELECT * FROM gone"),
        "relation \"gone\" does not exist"
    );
    run(&mut one, "CREATE TABLE gone (b INT)");
    run(&mut one, "INSERT INTO t VALUES (3); BEGIN; TRUNCATE t; ROLLBACK");
    assert_eq!(rows(&mut one, "SELECT count(*) FROM t"), ["0"]);
}

#[test]
fn temporary_tables_belong_to_a_session_and_go_before_others() {
    let lab = Lab::new();
    let (mut one, mut other) = (lab.session(), lab.session());
    run(&mut one, "CREATE TABLE t (a VARCHAR(3)); INSERT INTO t VALUES ('all')");
    run(
        &mut one,
        "CREATE TEMP TABLE t (a VARCHAR(3)); INSERT INTO t VALUES ('me')",
    );
    assert_eq!(rows(&mut one, "SELECT a FROM t"), ["me"]);
    assert_eq!(rows(&mut other, "SELECT a FROM t"), ["all"]);
    assert_eq!(
        error(&mut one, "INSERT INTO t VALUES ('long')"),
        "value too long for type character varying(3)"
    );
    assert_eq!(
        error(&mut one, "CREATE TEMP TABLE t (b INT)"),
        "Relation \"t\" already exists"
    );
    run(&mut one, "DROP TABLE t");
    assert_eq!(rows(&mut one, "SELECT a FROM t"), ["all"]);
    run(
        &mut one,
        "BEGIN; CREATE TEMP TABLE u (a INT); ROLLBACK; CREATE TEMP TABLE u (b INT)",
    );
}

#[test]
fn a_statement_can_be_cancelled() {
    let lab = Lab::new();
    let mut session = lab.session();
    let canceller = session.canceller();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        canceller.cancel();
    });
    run(&mut session, "CREATE TABLE n (a BIGINT)");
    run(
        &mut session,
        "INSERT INTO n VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)",
    );
    let endless =
        "SELECT count(*) FROM n a, n b, n c, n d, n e, n f, n g, n h, n i, n j, n k WHERE a.a * b.a + c.a > k.a + j.a";
    let refused = error(&mut session, endless);
    stopper.join().unwrap();
    assert_eq!(
        refused,
        format!("Query ({}) cancelled on user's request", session.query_id())
    );
    assert_eq!(rows(&mut session, "SELECT 1"), ["1"]);
    session.canceller().cancel();
    assert!(error(&mut session, "SELECT 1").ends_with("cancelled on user's request"));
    assert_eq!(rows(&mut session, "SELECT 1"), ["1"]);
}

#[test]
fn results_are_described_as_the_data_api_does() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE SCHEMA hr; CREATE TABLE hr.t (i2 SMALLINT, i4 INT NOT NULL, i8 BIGINT, n NUMERIC(12,2), f4 REAL, f8 FLOAT8,
         b BOOL, c CHAR(4), v VARCHAR(40), d DATE, ts TIMESTAMP, tz TIMESTAMPTZ, s SUPER);
         INSERT INTO hr.t VALUES (1, 2, 3, 4.5, 1.5, 2.5, true, 'ab', 'text', '2026-11-25', '2026-11-25 10:00:00',
         '2026-11-25 10:00:00.25', JSON_PARSE('{\"a\": [1, null]}'));
         INSERT INTO hr.t (i4) VALUES (0)",
    );
    let answer = session.execute("SELECT * FROM hr.t ORDER BY i4 DESC", &[]).unwrap();
    let described: Vec<_> = answer
        .columns
        .iter()
        .map(|column| (column.type_name.as_str(), column.precision, column.scale))
        .collect();
    assert_eq!(
        described,
        [
            ("int2", 5, 0),
            ("int4", 10, 0),
            ("int8", 19, 0),
            ("numeric", 12, 2),
            ("float4", 8, 8),
            ("float8", 17, 17),
            ("bool", 1, 0),
            ("bpchar", 4, 0),
            ("varchar", 40, 0),
            ("date", 13, 0),
            ("timestamp", 29, 6),
            ("timestamptz", 35, 6),
            ("super", 4_194_304, 0),
        ]
    );
    let id = &answer.columns[1];
    assert_eq!(
        (id.schema_name.as_str(), id.table_name.as_str(), id.nullable),
        ("hr", "t", 0)
    );
    let text = |text: &str| Cell::Text(text.to_owned());
    assert_eq!(
        answer.rows[0],
        [
            Cell::Long(1),
            Cell::Long(2),
            Cell::Long(3),
            text("4.50"),
            Cell::Double(1.5),
            Cell::Double(2.5),
            Cell::Boolean(true),
            text("ab  "),
            text("text"),
            text("2026-11-25"),
            text("2026-11-25 10:00:00"),
            text("2026-11-25 10:00:00.25+00"),
            text("{\"a\":[1,null]}"),
        ]
    );
    assert!(answer.rows[1].iter().filter(|cell| **cell == Cell::Null).count() == 12);
    let sums = session
        .execute("SELECT count(*), sum(i4), max(v), sum(n) FROM hr.t", &[])
        .unwrap();
    let named: Vec<_> = sums
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.type_name.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            ("count", "int8"),
            ("sum", "int8"),
            ("max", "varchar"),
            ("sum", "numeric")
        ]
    );
    assert_eq!(sums.rows[0], [Cell::Long(2), Cell::Long(2), text("text"), text("4.50")]);
}

#[test]
fn named_parameters_are_bound_as_values() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (a INT, b VARCHAR(20)); INSERT INTO t VALUES (1, 'it''s'), (2, NULL)",
    );
    let named = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let answer = session
        .execute(
            "SELECT a FROM t WHERE b = :b AND a = :a",
            &[named("b", "it's"), named("a", "1")],
        )
        .unwrap();
    assert_eq!(answer.rows, [[Cell::Long(1)]]);
}

#[test]
fn a_result_has_its_limit() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (a VARCHAR(65535)); INSERT INTO t SELECT repeat('x', 60000)",
    );
    run(
        &mut session,
        "INSERT INTO t SELECT a.a FROM t a, (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) b",
    );
    for _ in 0..5 {
        run(
            &mut session,
            "INSERT INTO t SELECT a.a FROM t a, (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) b",
        );
    }
    assert_eq!(
        error(&mut session, "SELECT a.a FROM t a"),
        "Query result exceeds the maximum size of 100 MB"
    );
}

#[test]
fn files_of_this_machine_cannot_be_reached() {
    let lab = Lab::new();
    let mut session = lab.session();
    for sql in [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM \"/etc/passwd\"",
        "SELECT getenv('HOME')",
        "SELECT * FROM pipectl_catalog.relations",
        "ATTACH '/tmp/x.duckdb'",
        "COPY (SELECT 1) TO '/tmp/x'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "PRAGMA database_list",
    ] {
        let refused = session.execute(sql, &[]);
        assert!(refused.is_err() || sql.starts_with("SET"), "{sql}");
    }
}
