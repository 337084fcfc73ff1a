//! Numbers come out as Redshift's.

use super::harness::Session;

fn value(expression: &str) -> String {
    let session = Session::new(
        "CREATE TABLE t (i INTEGER, b BIGINT, m DECIMAL(12, 2), f DOUBLE); INSERT INTO t VALUES (7, 3, 100.05, 2.5)",
    );
    match session.run(&format!("SELECT {expression} FROM t")) {
        Ok(rows) => rows.join("\n"),
        Err(error) => error.lines().next().unwrap_or_default().to_owned(),
    }
}

#[test]
fn division() {
    assert_eq!(value("i / 2"), "3");
    assert_eq!(value("-i / 2"), "-3");
    assert_eq!(value("m / 7"), "14.2928571428571");
    assert_eq!(value("i / f"), "2.8");
    assert!(
        value("i / (b - 3)").contains("division by zero"),
        "{}",
        value("i / (b - 3)")
    );
    assert_eq!(value("sum(m) / count(*)"), "100.0500");
    assert_eq!(value("i * 1.0 / b"), "2.333333333333333333333");
}
