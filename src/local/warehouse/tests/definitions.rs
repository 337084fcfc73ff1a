use super::lab::{Lab, error, fails, rows, run};

#[test]
fn what_redshift_enforces_is_enforced() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(4), code CHAR(2), pay NUMERIC(5,2), n SMALLINT, must DATE NOT NULL)",
    );
    let mut refuses = |values: &str, why: &str| {
        assert_eq!(error(&mut session, &format!("INSERT INTO t VALUES ({values})")), why);
    };
    refuses(
        "1, 'äöü', 'a', 1, 1, '2026-01-01'",
        "value too long for type character varying(4)",
    );
    refuses(
        "1, 'a', 'abc', 1, 1, '2026-01-01'",
        "value too long for type character(2)",
    );
    refuses(
        "1, 'a', 'a', 1000, 1, '2026-01-01'",
        "Numeric data overflow (result precision)",
    );
    refuses("1, 'a', 'a', 1, 40000, '2026-01-01'", "smallint out of range");
    refuses("1, 'a', 'a', 1, 1, NULL", "Cannot insert a NULL value into column must");
    refuses(
        "NULL, 'a', 'a', 1, 1, '2026-01-01'",
        "Cannot insert a NULL value into column id",
    );
    run(
        &mut session,
        "INSERT INTO t VALUES (1, 'abcd', 'a', 1, 1, '2026-01-01')",
    );
    assert_eq!(
        error(&mut session, "UPDATE t SET name = 'abcde'"),
        "value too long for type character varying(4)"
    );
    // A primary key is a hint and no constraint.
    run(
        &mut session,
        "INSERT INTO t VALUES (1, 'abcd', 'a', 1, 1, '2026-01-01')",
    );
    assert_eq!(
        error(&mut session, "CREATE TABLE t (a INT)"),
        "Relation \"t\" already exists"
    );
    run(&mut session, "CREATE TABLE IF NOT EXISTS t (a INT)");
    assert_eq!(
        error(&mut session, "CREATE TABLE u (a INT, a INT)"),
        "column \"a\" specified more than once"
    );
    assert_eq!(
        error(&mut session, "CREATE TABLE nosch.u (a INT)"),
        "schema \"nosch\" does not exist"
    );
}

#[test]
fn identity_columns_count() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id BIGINT IDENTITY(5,2), a INT); INSERT INTO t (a) VALUES (1), (2)",
    );
    assert_eq!(rows(&mut session, "SELECT id, a FROM t ORDER BY a"), ["5|1", "7|2"]);
    assert_eq!(
        error(&mut session, "INSERT INTO t (a, id) VALUES (1, 1)"),
        "cannot set an identity column to a value"
    );
    run(
        &mut session,
        "DROP TABLE t; CREATE TABLE t (id BIGINT IDENTITY(1,1), a INT)",
    );
    run(
        &mut session,
        "CREATE TEMP TABLE u (id INT IDENTITY(0,1), a INT); INSERT INTO u (a) VALUES (1)",
    );
    assert_eq!(rows(&mut session, "SELECT id FROM u"), ["0"]);
}

#[test]
fn tables_are_made_of_queries_and_of_others() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id INT NOT NULL, name VARCHAR(4) DEFAULT 'x') DISTKEY(id) SORTKEY(name);
         INSERT INTO t VALUES (1, 'a'), (2, 'b')",
    );
    assert_eq!(
        run(
            &mut session,
            "CREATE TABLE copy AS SELECT name, count(*) AS n, sum(id) s FROM t GROUP BY name"
        ),
        2
    );
    let kinds = |session: &mut super::super::Session, table: &str| {
        let types = session.column_types(None, table).unwrap();
        types
            .into_iter()
            .map(|column| format!("{} {}", column.name, column.kind.unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&mut session, "copy"),
        ["name character varying(4)", "n bigint", "s bigint"]
    );
    run(&mut session, "CREATE TABLE like_t (LIKE t)");
    assert_eq!(
        kinds(&mut session, "like_t"),
        ["id integer", "name character varying(4)"]
    );
    assert_eq!(
        rows(
            &mut session,
            "SELECT \"column\", distkey, sortkey, \"notnull\" FROM pg_table_def WHERE tablename = 'like_t'"
        ),
        ["id|true|0|true", "name|false|1|false"]
    );
}

#[test]
fn tables_are_altered() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE TABLE t (id INT IDENTITY(1,1), name VARCHAR(4)); INSERT INTO t (name) VALUES ('a')",
    );
    run(&mut session, "ALTER TABLE t ADD COLUMN note VARCHAR(3) DEFAULT 'new'");
    run(&mut session, "ALTER TABLE t ALTER COLUMN name TYPE VARCHAR(10)");
    run(&mut session, "ALTER TABLE t RENAME COLUMN name TO title");
    run(&mut session, "INSERT INTO t (title, note) VALUES ('0123456789', 'abc')");
    assert_eq!(
        error(&mut session, "INSERT INTO t (note) VALUES ('abcd')"),
        "value too long for type character varying(3)"
    );
    assert_eq!(
        rows(&mut session, "SELECT * FROM t ORDER BY id"),
        ["1|a|new", "2|0123456789|abc"]
    );
    assert_eq!(
        error(&mut session, "ALTER TABLE t ALTER COLUMN title TYPE VARCHAR(5)"),
        "value too long for type character varying(5)"
    );
    run(&mut session, "ALTER TABLE t DROP COLUMN note");
    run(&mut session, "ALTER TABLE t RENAME TO u");
    assert_eq!(rows(&mut session, "SELECT title FROM u WHERE id = 1"), ["a"]);
    assert_eq!(
        error(&mut session, "ALTER TABLE u DROP COLUMN x"),
        "column \"x\" of relation \"u\" does not exist"
    );
    assert_eq!(
        error(&mut session, "ALTER TABLE t DROP COLUMN x"),
        "relation \"t\" does not exist"
    );
    assert_eq!(
        error(&mut session, "ALTER TABLE u ADD COLUMN z INT NOT NULL"),
        "ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression"
    );
}

#[test]
fn a_view_holds_its_tables() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE SCHEMA hr; CREATE TABLE hr.t (id INT, name VARCHAR(4)); CREATE TABLE o (id INT);
         CREATE VIEW hr.v AS SELECT name, count(*) AS n FROM hr.t JOIN o USING (id) GROUP BY name;
         CREATE VIEW w AS SELECT * FROM hr.v",
    );
    let held = fails(&mut session, "DROP TABLE hr.t");
    assert_eq!(
        held,
        "ERROR: cannot drop table t because other objects depend on it\n  Hint: Use DROP ... CASCADE to drop the dependent \
         objects too."
    );
    assert_eq!(
        error(&mut session, "DROP VIEW hr.v"),
        "cannot drop view v because other objects depend on it"
    );
    assert_eq!(
        error(&mut session, "DROP SCHEMA hr"),
        "cannot drop schema hr because other objects depend on it"
    );
    run(&mut session, "SET search_path TO hr");
    assert!(rows(&mut session, "SELECT n FROM v").is_empty());
    run(&mut session, "SET search_path TO public");
    assert_eq!(
        error(&mut session, "CREATE OR REPLACE VIEW hr.v AS SELECT name FROM hr.t"),
        "cannot change number of columns in view"
    );
    run(
        &mut session,
        "CREATE OR REPLACE VIEW hr.v AS SELECT name, sum(id) AS n FROM hr.t GROUP BY name",
    );
    assert!(rows(&mut session, "SELECT * FROM w").is_empty());
    run(&mut session, "DROP TABLE hr.t CASCADE");
    assert_eq!(error(&mut session, "SELECT * FROM w"), "relation \"w\" does not exist");
    assert_eq!(error(&mut session, "DROP TABLE hr.t"), "Table \"t\" does not exist");
    run(&mut session, "DROP TABLE IF EXISTS hr.t; DROP SCHEMA hr");
    assert_eq!(
        error(&mut session, "CREATE VIEW v AS SELECT * FROM nosuch"),
        "relation \"nosuch\" does not exist"
    );
    run(&mut session, "DROP TABLE o; CREATE TABLE o (id INT)");
}

#[test]
fn a_late_binding_view_binds_when_it_is_used() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(
        &mut session,
        "CREATE VIEW v AS SELECT id, name FROM public.t WITH NO SCHEMA BINDING",
    );
    run(
        &mut session,
        "CREATE VIEW w AS SELECT name FROM public.v WITH NO SCHEMA BINDING",
    );
    assert_eq!(
        error(&mut session, "SELECT * FROM v"),
        "relation \"public.t\" does not exist"
    );
    run(
        &mut session,
        "CREATE TABLE t (id INT, name VARCHAR(4)); INSERT INTO t VALUES (1, 'a')",
    );
    assert_eq!(rows(&mut session, "SELECT * FROM w"), ["a"]);
    assert_eq!(rows(&mut session, "SELECT * FROM v"), ["1|a"]);
    let described = session.describe_table(None, "v").unwrap();
    assert_eq!(
        described
            .iter()
            .map(|column| column.type_name.as_str())
            .collect::<Vec<_>>(),
        ["int4", "varchar"]
    );
    run(&mut session, "DROP TABLE t");
    assert_eq!(
        error(&mut session, "SELECT * FROM v"),
        "relation \"public.t\" does not exist"
    );
    run(
        &mut session,
        "CREATE TABLE t (id VARCHAR(9), name INT); INSERT INTO t VALUES ('x', 7)",
    );
    assert_eq!(rows(&mut session, "SELECT * FROM v"), ["x|7"]);
    assert_eq!(
        error(&mut session, "CREATE VIEW x AS SELECT 1 FROM t WITH NO SCHEMA BINDING"),
        "All the relation names inside should be qualified when creating a late-binding view."
    );
    run(&mut session, "DROP VIEW w; DROP VIEW v");
}

#[test]
fn a_materialized_view_keeps_its_rows_until_it_is_refreshed() {
    let lab = Lab::new();
    let mut session = lab.session();
    run(&mut session, "CREATE TABLE t (id INT); INSERT INTO t VALUES (1)");
    run(
        &mut session,
        "CREATE MATERIALIZED VIEW m AS SELECT count(*) AS n FROM t",
    );
    run(&mut session, "INSERT INTO t VALUES (2)");
    assert_eq!(rows(&mut session, "SELECT n FROM m"), ["1"]);
    run(&mut session, "REFRESH MATERIALIZED VIEW m");
    assert_eq!(rows(&mut session, "SELECT n FROM m"), ["2"]);
    assert_eq!(
        error(&mut session, "DROP TABLE t"),
        "cannot drop table t because other objects depend on it"
    );
    assert_eq!(error(&mut session, "DROP TABLE m"), "\"m\" is not a table");
    run(&mut session, "DROP MATERIALIZED VIEW m; DROP TABLE t");
}
