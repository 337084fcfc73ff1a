//! Sessions that write the same tables at the same time.

use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use super::super::Session;
use super::lab::{Lab, error, fails, rows, run};

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
