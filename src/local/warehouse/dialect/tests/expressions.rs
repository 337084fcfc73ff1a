//! Operators, conditions and the names of columns.

use super::harness::{Session, column, value, values};

#[test]
fn operators_bind_as_in_postgresql() {
    values(&[
        ("'a' || 1 + 2", "a3"),
        ("2 + 3 * 4 - 1", "13"),
        ("-2 ^ 2", "4.0"),
        ("not i = 7 or i = 7", "true"),
        ("i = 7 and b = 3 or false", "true"),
        ("i between 1 and 10 and b = 3", "true"),
        ("v like 'A' || '%'", "true"),
        ("i + 1 = 8", "true"),
        ("i in (1, 7) and b not in (1, 2)", "true"),
        ("v is null or n is null", "true"),
        ("(i, b) = (7, 3)", "true"),
        ("- - i", "7"),
        ("i - -1", "8"),
        ("10 - 3 - 2", "5"),
        ("2 * (3 + 4)", "14"),
        ("i <= 7 and i >= 7 and i <> 8 and i != 8", "true"),
    ]);
}

#[test]
fn what_two_grammars_read_differently_needs_parentheses() {
    assert!(
        value("v <> 'a' || 'b'").contains("write parentheses"),
        "{}",
        value("v <> 'a' || 'b'")
    );
    assert!(value("v || n is null").contains("write parentheses"));
    assert!(value("v = n is null").contains("write parentheses"));
    assert_eq!(value("(i = n) is null and o = (n is null)"), "true");
    assert_eq!(value("(v || n) is null"), "true");
    assert_eq!(value("v <> ('a' || 'b')"), "true");
}

#[test]
fn conditions() {
    values(&[
        ("nvl(n, 5)", "5"),
        ("nvl2(n, 1, 2)", "2"),
        ("isnull(n, 3)", "3"),
        ("coalesce(n, n, i)", "7"),
        ("nullif(i, 7)", "-"),
        ("decode(i, 7, 'seven', 8, 'eight', 'other')", "seven"),
        ("decode(n, null, 'none', 'some')", "none"),
        ("decode(i, 1, 'one')", "-"),
        ("greatest(1, n, 3)", "3"),
        ("least(n, 4, 2)", "2"),
        ("case i when 7 then 'a' else 'b' end", "a"),
        ("case when n is null then 1 end", "1"),
        ("o is true, o is not false, n is unknown", "true|true|true"),
        ("i in (select 7)", "true"),
        ("exists (select 1 from t x where x.i = t.i)", "true"),
        ("i = any (select 7)", "true"),
        ("i > all (select 1)", "true"),
        ("(select max(b) from t)", "3"),
    ]);
}

#[test]
fn trailing_blanks_of_literals_do_not_compare() {
    values(&[
        ("v = 'Ann  '", "true"),
        ("v in ('Bob', 'Ann ')", "true"),
        ("v like 'Ann '", "false"),
    ]);
}

#[test]
fn columns_are_named_as_redshift_names_them() {
    assert_eq!(column("i, i + 1, i::varchar"), "i INTEGER; ?column? INTEGER; i VARCHAR");
    assert_eq!(
        column("sum(i), count(*), 'x'"),
        "sum BIGINT; count BIGINT; ?column? VARCHAR"
    );
    assert_eq!(
        column("t.m, case when true then 1 end"),
        "m DECIMAL(12,2); case INTEGER"
    );
    assert_eq!(
        column("dateadd(day, 1, d), nvl(n, 1), current_date"),
        "date_add TIMESTAMP; coalesce INTEGER; date DATE"
    );
    assert_eq!(
        column("j.deep.x[0], '2026-01-01'::date, (select t.i)"),
        "x JSON; date DATE; i INTEGER"
    );
}

#[test]
fn text_matches_patterns() {
    values(&[
        ("v like 'a%', v ilike 'a%', v not like 'b%'", "false|true|true"),
        ("'a_b' like 'a\\\\_b', 'axb' like 'a\\\\_b'", "true|false"),
        ("'a%b' like 'a!%b' escape '!'", "true"),
        (
            "v similar to '(A|B)n+', v similar to 'A', v similar to 'A%', 'a.c' similar to 'a.c', 'abc' similar to 'a.c'",
            "true|false|true|true|false",
        ),
        ("v ~ 'n+$', v !~ 'x', v ~* '^a'", "true|true|true"),
    ]);
}

#[test]
fn aliases_are_seen_by_what_follows_in_the_list() {
    values(&[
        ("i / 2 as half, half + 1, half / 2", "3|4|1"),
        (
            "m / 3 as third, third / 2 as sixth, round(sixth, 2)",
            "33.3500000000000|16.675000000000000000000000|16.68",
        ),
        ("v || '!' as w, w || w", "Ann!|Ann!Ann!"),
    ]);
}

#[test]
fn aliases_are_not_seen_by_where() {
    let session = Session::new("CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2)");
    assert!(
        session
            .run("SELECT a + 1 AS b FROM t WHERE b = 2")
            .unwrap_err()
            .contains("b")
    );
    assert_eq!(session.run("SELECT a + 1 AS a FROM t WHERE a = 2").unwrap(), ["3"]);
    assert_eq!(
        session
            .run("SELECT a + 1 AS b FROM t GROUP BY b HAVING count(*) = 1 ORDER BY b")
            .unwrap(),
        ["2", "3"]
    );
}
