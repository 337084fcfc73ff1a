//! Sessions that write the same tables at the same time.

use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use super::super::Session;
use super::lab::{Lab, ROLE, error, fails, rows, run};

/// Runs `sql` aside; it must be waiting soon.
fn waits(mut session: Session, sql: &str) -> JoinHandle<Session> {
    let sql = sql.to_owned();
    let waiting = spawn(move || {
        run(&mut session, &sql);
        session
    });
    sleep(Duration::from_millis(150));
    assert!(!waiting.is_finished());
    waiting
}

#[test]
fn writers_of_a_table_take_turns_and_see_what_they_waited_for() {
    let lab = Lab::new();
    let (mut one, mut other, mut reader) = (lab.session(), lab.session(), lab.session());
    run(
        &mut one,
        "CREATE TABLE t (a INT, n INT); INSERT INTO t VALUES (1, 0); CREATE TABLE u (a INT)",
    );
    for write in [
        "UPDATE t SET n = n + 1",
        "INSERT INTO public.t VALUES (2, 2)",
        "DELETE FROM t WHERE a = 2",
    ] {
        run(&mut one, &format!("BEGIN; {write}"));
        // Others read, and write elsewhere.
        run(&mut other, "BEGIN; INSERT INTO u VALUES (1); COMMIT");
        rows(&mut reader, "SELECT n FROM t");
        let waiting = waits(other, "BEGIN; UPDATE t SET n = n + 10; COMMIT");
        run(&mut one, "COMMIT");
        other = waiting.join().unwrap();
    }
    assert_eq!(rows(&mut one, "SELECT * FROM t"), ["1|31"]);

    // So does a statement that is its own transaction, and one that waits for a failure.
    run(&mut one, "BEGIN; UPDATE t SET n = 0");
    let waiting = waits(other, "UPDATE t SET n = n + 1");
    error(&mut one, "SELECT nosuch");
    assert_eq!(rows(&mut waiting.join().unwrap(), "SELECT n FROM t"), ["32"]);
}

#[test]
fn a_temporary_table_is_nobody_elses() {
    let lab = Lab::new();
    let (mut one, mut other) = (lab.session(), lab.session());
    run(&mut one, "CREATE TABLE t (a INT)");
    run(&mut other, "CREATE TEMP TABLE t (a INT)");
    run(&mut one, "BEGIN; INSERT INTO t VALUES (1)");
    run(&mut other, "BEGIN; INSERT INTO t VALUES (2)");
    assert_eq!(rows(&mut other, "SELECT a FROM t ORDER BY a"), ["2"]);
}

#[test]
fn a_row_changed_since_the_snapshot_is_a_serializable_isolation_violation() {
    let lab = Lab::new();
    let (mut one, mut other) = (lab.session(), lab.session());
    run(&mut one, "CREATE TABLE t (a INT, n INT); INSERT INTO t VALUES (1, 0)");
    run(&mut other, "BEGIN");
    rows(&mut other, "SELECT n FROM t");
    run(&mut one, "UPDATE t SET n = 1");
    let refused = fails(&mut other, "UPDATE t SET n = n + 10");
    assert!(
        refused.starts_with("ERROR: 1023\n  Detail: Serializable isolation violation on table"),
        "{refused}"
    );
    run(&mut other, "ROLLBACK; UPDATE t SET n = n + 10");
    assert_eq!(rows(&mut one, "SELECT n FROM t"), ["11"]);
}

#[test]
fn transactions_that_wait_for_each_other_are_a_deadlock() {
    let lab = Lab::new();
    let (mut one, mut other) = (lab.session(), lab.session());
    run(
        &mut one,
        "CREATE TABLE a (n INT); CREATE TABLE b (n INT); BEGIN; INSERT INTO a VALUES (1)",
    );
    run(&mut other, "BEGIN; INSERT INTO b VALUES (2)");
    let waiting = waits(other, "INSERT INTO a VALUES (2); COMMIT");
    assert_eq!(error(&mut one, "INSERT INTO b VALUES (1)"), "deadlock detected");
    waiting.join().unwrap();
    run(&mut one, "ROLLBACK");
    assert_eq!(rows(&mut one, "SELECT n FROM a UNION ALL SELECT n FROM b"), ["2", "2"]);
}

#[test]
fn a_lock_also_keeps_readers_out() {
    let lab = Lab::new();
    let (mut one, mut other) = (lab.session(), lab.session());
    run(
        &mut one,
        "CREATE TABLE ledger (batch INT); CREATE VIEW batches AS SELECT batch FROM ledger",
    );
    for sql in [
        "LOCK TABLE public.ledger",
        "SELECT * FROM ledger",
        "SELECT * FROM batches",
    ] {
        run(&mut one, "BEGIN; LOCK ledger; INSERT INTO ledger VALUES (1)");
        let waiting = waits(other, &format!("BEGIN; {sql}; COMMIT"));
        run(&mut one, "COMMIT");
        other = waiting.join().unwrap();
    }
    assert_eq!(rows(&mut other, "SELECT count(*) FROM ledger"), ["3"]);
    assert_eq!(error(&mut one, "LOCK nosuch"), "relation \"nosuch\" does not exist");
    assert_eq!(error(&mut one, "LOCK batches"), "\"batches\" is not a table");
}

#[test]
fn who_waits_can_be_cancelled() {
    let lab = Lab::new();
    let (mut one, mut other) = (lab.session(), lab.session());
    run(&mut one, "CREATE TABLE t (a INT); BEGIN; INSERT INTO t VALUES (1)");
    let canceller = other.canceller();
    let waiting = spawn(move || error(&mut other, "INSERT INTO t VALUES (2)"));
    sleep(Duration::from_millis(150));
    canceller.cancel();
    assert!(waiting.join().unwrap().ends_with("cancelled on user's request"));
}

/// The project's own scripts, as `pipectl run load` sends them.
fn load(session: &mut Session) -> Vec<String> {
    let script = include_str!("../../../../sql/load/employees.sql")
        .replace("${Manifest.employees}", "s3://lake/employees.manifest")
        .replace("${Manifest.employee_skills}", "s3://lake/skills.manifest")
        .replace("${CopyRole}", ROLE)
        .replace("${Batch}", "b1")
        .replace("${Date}", "2026-11-25");
    session.begin().unwrap();
    let (before, last) = script.rsplit_once(";\n\n").unwrap();
    run(session, before);
    let ledger = rows(session, last.trim_end().trim_end_matches(';'));
    session.commit().unwrap();
    ledger
}

#[test]
fn two_loads_of_a_batch_at_the_same_time_load_it_once() {
    let lab = Lab::new();
    let mut session = lab.session();
    for schema in [
        include_str!("../../../../sql/schema/01-schema.sql"),
        include_str!("../../../../sql/schema/02-employees.sql"),
        include_str!("../../../../sql/schema/03-employee-skills.sql"),
        include_str!("../../../../sql/schema/04-load-ledger.sql"),
    ] {
        run(&mut session, schema);
    }
    lab.parquet(
        "employees.parquet",
        "SELECT range AS employee_id, 'n' AS name, 30::SMALLINT AS age, 'Data' AS department, ['sql', 'rust'] AS skills, \
         1000::DECIMAL(12, 2) AS salary, DATE '2020-01-01' AS hire_date, 'low' AS salary_band, '30s' AS age_band, \
         6::SMALLINT AS tenure_years, TIMESTAMP '2026-11-25 08:00:00' AS ingested_at, range AS ingest_row FROM range(3000)",
    );
    lab.parquet(
        "skills.parquet",
        "SELECT range AS employee_id, unnest(['sql', 'rust']) AS skill, TIMESTAMP '2026-11-25 08:00:00' AS ingested_at, \
         range AS ingest_row FROM range(3000)",
    );
    for name in ["employees", "skills"] {
        let file = format!("{name}.parquet");
        let size = lab.lake.get(&file).unwrap().len();
        let entry = serde_json::json!({"url": format!("s3://lake/{file}"), "mandatory": true,
            "meta": {"content_length": size}});
        let manifest = serde_json::json!({"entries": [entry]});
        lab.lake.put(&format!("{name}.manifest"), manifest.to_string());
    }
    let loads: Vec<_> = (0..2)
        .map(|_| {
            let mut session = lab.session();
            spawn(move || load(&mut session))
        })
        .collect();
    for load in loads {
        assert_eq!(load.join().unwrap(), ["3000|3000|0|0"]);
    }
    assert_eq!(
        rows(
            &mut session,
            "SELECT (SELECT count(*) FROM hr.employees), (SELECT count(*) FROM hr.employee_skills), (SELECT count(*) FROM \
             hr.load_ledger)"
        ),
        ["3000|6000|1"]
    );
}
