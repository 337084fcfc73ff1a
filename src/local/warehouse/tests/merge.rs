use super::lab::{Lab, error, rows, run};

#[test]
fn rows_are_merged() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id INT, name VARCHAR(4)); INSERT INTO t VALUES (1, 'a'), (2, 'b');
         CREATE TEMP TABLE s (LIKE t); INSERT INTO s VALUES (2, 'B'), (3, 'C')",
    );
    run(
        &mut session,
        "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT VALUES \
         (s.id, s.name)",
    );
    assert_eq!(rows(&mut session, "SELECT * FROM t ORDER BY id"), ["1|a", "2|B", "3|C"]);
}

#[test]
fn a_merge_takes_any_source_and_keeps_the_rules() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE SCHEMA hr; CREATE TABLE hr.t (id INT, name VARCHAR(4), n INT DEFAULT 7, k BIGINT IDENTITY(1,1));
         INSERT INTO hr.t (id, name, n) VALUES (1, 'a', 1), (2, 'b', 2), (NULL, 'x', 3);
         CREATE TABLE s (id INT, name VARCHAR(9)); INSERT INTO s VALUES (2, 'B'), (3, 'C'), (NULL, 'N');
         CREATE VIEW v AS SELECT id, name FROM s",
    );
    let merge = |source: &str, alias: &str, matched: &str| {
        format!(
            "MERGE INTO hr.t USING {source} ON t.id = {alias}.id WHEN MATCHED THEN {matched} WHEN NOT MATCHED THEN INSERT \
             (id, name, n) VALUES ({alias}.id, {alias}.name, DEFAULT)"
        )
    };
    run(&mut session, "BEGIN");
    assert_eq!(
        run(&mut session, &merge("v", "v", "UPDATE SET name = v.name, n = t.n + 10")),
        3
    );
    let all = "SELECT id, name, n, k FROM hr.t ORDER BY k";
    assert_eq!(
        rows(&mut session, all),
        ["1|a|1|1", "2|B|12|2", "NULL|x|3|3", "3|C|7|4", "NULL|N|7|5"]
    );
    run(&mut session, "ROLLBACK; BEGIN");
    assert_eq!(
        run(
            &mut session,
            &merge("(SELECT id, name FROM s WHERE id = 2) q", "q", "DELETE")
        ),
        1
    );
    assert_eq!(rows(&mut session, "SELECT id FROM hr.t ORDER BY id"), ["1", "NULL"]);
    run(&mut session, "ROLLBACK");
    run(&mut session, "INSERT INTO s VALUES (1, 'too long')");
    assert_eq!(
        error(&mut session, &merge("s", "s", "UPDATE SET name = s.name")),
        "value too long for type character varying(4)"
    );
    assert_eq!(
        error(&mut session, &merge("s", "s", "UPDATE SET x = 1")),
        "column \"x\" of relation \"t\" does not exist"
    );
    run(&mut session, "INSERT INTO s VALUES (2, 'BB')");
    assert_eq!(
        error(&mut session, &merge("s", "s", "UPDATE SET n = 0")),
        "Found multiple matches to update the same tuple."
    );
    assert_eq!(rows(&mut session, all), ["1|a|1|1", "2|b|2|2", "NULL|x|3|3"]);
    let two = "INSERT INTO s VALUES (3, 'C2'); CREATE VIEW w AS SELECT id, name FROM hr.t";
    run(&mut session, two);
    for source in ["w", "(SELECT id, name FROM (SELECT * FROM w)) w"] {
        assert_eq!(
            error(&mut session, &merge(source, "w", "DELETE")),
            "Source view/subquery in Merge statement cannot reference target table."
        );
    }
    assert_eq!(
        error(&mut session, &merge("hr.t", "t", "DELETE")),
        "Source and target of a MERGE statement cannot be the same table"
    );
    assert_eq!(
        error(&mut session, "MERGE INTO v USING s ON v.id = s.id REMOVE DUPLICATES"),
        "\"v\" is not a table"
    );
    assert_eq!(
        error(
            &mut session,
            "MERGE INTO hr.t USING s ON t.id = s.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id) VALUES (1, 'a')"
        ),
        "INSERT has more expressions than target columns"
    );
    assert_eq!(rows(&mut session, all), ["1|a|1|1", "2|b|2|2", "NULL|x|3|3"]);
}

#[test]
fn duplicates_of_the_target_that_match_are_removed() {
    let lab = Lab::new();
    let mut session = lab.session();
    // AWS's example.
    run(
        &mut session,
        "CREATE TABLE target (id INT, name VARCHAR(10)); CREATE TABLE source (id INT, name VARCHAR(10));
         INSERT INTO target VALUES (30, 'Tony'), (30, 'Daisy'), (11, 'Alice'), (23, 'Bill'), (23, 'Nikki');
         INSERT INTO source VALUES (23, 'David'), (22, 'Clarence');
         MERGE INTO target USING source ON target.id = source.id REMOVE DUPLICATES",
    );
    assert_eq!(
        rows(&mut session, "SELECT id, name FROM target ORDER BY 1, 2"),
        ["11|Alice", "22|Clarence", "23|David", "30|Daisy", "30|Tony"]
    );
}
