//! Shapes of queries.

use super::harness::Session;

const TABLES: &str =
    "CREATE TABLE a (id INTEGER, x VARCHAR); INSERT INTO a VALUES (1, 'one'), (2, 'two'), (3, 'three');
    CREATE TABLE hr.b (id INTEGER, y DECIMAL(10, 2)); INSERT INTO hr.b VALUES (2, 2.50), (3, 3.50), (4, NULL)";

#[track_caller]
fn check(sql: &str, expected: &[&str]) {
    assert_eq!(
        Session::new(TABLES).run(sql).unwrap_or_else(|error| vec![error]),
        expected,
        "{sql}"
    );
}

#[test]
fn joins() {
    check(
        "SELECT a.x, b.y FROM a JOIN hr.b ON a.id = b.id ORDER BY 1",
        &["three|3.50", "two|2.50"],
    );
    check(
        "SELECT a.x, q.y FROM a LEFT OUTER JOIN hr.b AS q USING (id) ORDER BY id",
        &["one|-", "two|2.50", "three|3.50"],
    );
    check(
        "SELECT a.id, hr.b.id FROM a FULL JOIN hr.b ON a.id = hr.b.id ORDER BY 1, 2",
        &["1|-", "2|2", "3|3", "-|4"],
    );
    check("SELECT count(*) FROM a CROSS JOIN hr.b", &["9"]);
    check(
        "SELECT count(*) FROM a, hr.b c, (SELECT 1 AS z) d WHERE c.id > d.z",
        &["9"],
    );
    check("SELECT x FROM a NATURAL JOIN hr.b ORDER BY x", &["three", "two"]);
    check("SELECT count(*) FROM (a JOIN hr.b ON a.id = b.id)", &["2"]);
    check(
        "SELECT a.* FROM a WHERE id IN (SELECT id FROM hr.b WHERE b.id = a.id) ORDER BY id DESC LIMIT 1",
        &["3|three"],
    );
}

#[test]
fn sets() {
    check("SELECT id FROM a MINUS SELECT id FROM hr.b", &["1"]);
    check(
        "SELECT id FROM a EXCEPT SELECT id FROM hr.b UNION SELECT 9 ORDER BY 1",
        &["1", "9"],
    );
    check("SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 2", &["1", "1", "2"]);
    check(
        "SELECT 1 UNION SELECT 2 INTERSECT SELECT 2 ORDER BY 1 DESC",
        &["2", "1"],
    );
    check(
        "(SELECT id FROM a ORDER BY id DESC LIMIT 1) UNION ALL (SELECT id FROM a ORDER BY id LIMIT 1)",
        &["3", "1"],
    );
}

#[test]
fn limits() {
    check("SELECT TOP 2 id FROM a ORDER BY id DESC", &["3", "2"]);
    check("SELECT DISTINCT TOP 1 id FROM a ORDER BY id", &["1"]);
    check("SELECT id FROM a ORDER BY id OFFSET 1 LIMIT 1", &["2"]);
    check(
        "SELECT id FROM (SELECT TOP 1 id FROM a ORDER BY id) UNION ALL SELECT 7",
        &["1", "7"],
    );
}

#[test]
fn common_table_expressions() {
    check(
        "WITH q AS (SELECT id FROM a), r (n) AS (SELECT max(id) FROM q) SELECT n FROM r",
        &["3"],
    );
    check(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT i FROM n ORDER BY i",
        &["1", "2", "3"],
    );
}

#[test]
fn aliases() {
    check(
        "SELECT id * 2 AS twice, twice + 1 AS more FROM a WHERE id = 2",
        &["4|5"],
    );
    check("SELECT ID AS \"Number\", \"number\" + 1 FROM A WHERE Id = 1", &["1|2"]);
    check(
        "SELECT t.first, t.second FROM (SELECT id, x FROM a) AS t (first, second) WHERE t.first = 1",
        &["1|one"],
    );
    check("SELECT count FROM (SELECT count(*) FROM a)", &["3"]);
    check("SELECT * EXCLUDE (x) FROM a WHERE id = 1", &["1"]);
    check("SELECT a.* EXCLUDE id FROM a WHERE id = 1", &["one"]);
}

#[test]
fn qualify() {
    check(
        "SELECT x FROM a QUALIFY row_number() OVER (ORDER BY id DESC) = 1",
        &["three"],
    );
}

#[test]
fn into_a_table() {
    check(
        "SELECT id, id / 2 AS half INTO TEMP made FROM a; SELECT half FROM made ORDER BY id",
        &["0", "1", "1"],
    );
    check(
        "CREATE TEMP TABLE made (n, t) AS SELECT id, x FROM a; SELECT t FROM made WHERE n = 1",
        &["one"],
    );
    check("CREATE TABLE #made AS SELECT 1 AS n; SELECT n FROM #made", &["1"]);
}

#[test]
fn views() {
    check(
        "CREATE VIEW w AS SELECT avg(y) AS y FROM hr.b; SELECT y FROM w",
        &["3.00"],
    );
}

#[test]
fn changes() {
    check(
        "INSERT INTO a (id) VALUES (7), (8); UPDATE a SET x = 'n' || id WHERE x IS NULL;
         UPDATE a SET x = b.y::varchar FROM hr.b WHERE a.id = b.id; DELETE FROM a USING hr.b q WHERE a.id = q.id AND q.y > 3;
         DELETE a WHERE id = 8; SELECT x FROM a ORDER BY id",
        &["one", "2.50", "n7"],
    );
    check(
        "UPDATE a AS q SET x = upper(q.x) WHERE q.id = 1; SELECT x FROM a WHERE id = 1",
        &["ONE"],
    );
    check(
        "WITH w AS (SELECT max(id) AS m FROM a) DELETE FROM a USING w WHERE id = m; SELECT count(*) FROM a",
        &["2"],
    );
    check(
        "INSERT INTO a SELECT id + 10, 'new' FROM a; SELECT count(*) FROM a",
        &["6"],
    );
    check("INSERT INTO a (SELECT 9, 'z'); SELECT count(*) FROM a", &["4"]);
}

#[test]
fn merge_changes_what_matches_and_adds_the_rest() {
    let merge = "MERGE INTO a USING hr.b AS s ON a.id = s.id WHEN MATCHED THEN DELETE
        WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'new');";
    check(&format!("{merge} SELECT id, x FROM a ORDER BY id"), &["1|one", "4|new"]);
}
