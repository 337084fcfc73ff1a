//! Numbers come out as Redshift's.

use super::harness::{column, value, values};

#[test]
fn division_has_the_operands_type() {
    values(&[
        ("i / 2", "3"),
        ("-i / 2", "-3"),
        ("i / 2 * 2.0", "6.0"),
        // numeric(12,2) / numeric(10,0): 2 + 10 + 1 places.
        ("m / 7", "14.2928571428571"),
        ("m / m", "1.0000000000000"),
        ("i / f", "2.8"),
        ("i * 1.0 / b", "2.333333333333333333333"),
        ("1 / 3.0", "0.3333"),
        ("2 / 3.0", "0.6666"),
        ("-2 / 3.0", "-0.6666"),
        // numeric(38,2) / numeric(19,0): four places are left.
        ("sum(m) / count(*)", "100.0500"),
        ("(m + 1) / 4", "25.2625000000000"),
        ("round(m / 3, 2)", "33.35"),
        ("i / n", "-"),
        ("null / i", "-"),
    ]);
    assert_eq!(column("i / s AS q"), "q INTEGER");
    assert_eq!(column("s / s AS q"), "q SMALLINT");
    assert_eq!(column("m / i AS q"), "q DECIMAL(23,13)");
    assert_eq!(column("f / i AS q"), "q DOUBLE");
    // AWS's example: decimal(8,2) / decimal(8,2) is decimal(17,9).
    assert_eq!(column("m::decimal(8,2) / m::decimal(8,2) AS q"), "q DECIMAL(17,9)");
    assert_eq!(column("sum(i) / count(*) AS q"), "q BIGINT");
}

#[test]
fn nothing_is_divided_by_zero() {
    for expression in [
        "i / (b - 3)",
        "m / (b - 3)",
        "f / (b - 3)",
        "i % (b - 3)",
        "mod(i, b - 3)",
    ] {
        assert!(
            value(expression).contains("division by zero"),
            "{expression}: {}",
            value(expression)
        );
    }
}

#[test]
fn sums_and_averages() {
    values(&[
        ("sum(i)", "7"),
        ("avg(i)", "7"),
        ("avg(m)", "100.05"),
        ("avg(f)", "2.5"),
        ("sum(m * i)", "700.35"),
        ("avg(n)", "-"),
        ("sum(n)", "-"),
    ]);
    assert_eq!(column("sum(i), avg(i)"), "sum BIGINT; avg BIGINT");
    assert_eq!(column("sum(m), avg(m)"), "sum DECIMAL(38,2); avg DECIMAL(38,2)");
    assert_eq!(column("sum(f), avg(f)"), "sum DOUBLE; avg DOUBLE");
}

#[test]
fn rounding_and_truncation() {
    values(&[
        ("round(28.05, 1)", "28.1"),
        ("round(28.05)", "28"),
        ("round(-28.5)", "-29"),
        ("trunc(111.15, 1)", "111.1"),
        ("trunc(-111.15)", "-111"),
        ("trunc(111.15, -1)", "110"),
        ("trunc(ts)", "2026-11-25"),
        ("trunc(f)", "2.0"),
        ("ceil(m)", "101"),
        ("floor(-m)", "-101"),
        ("mod(i, 4)", "3"),
        ("-i % 4", "-3"),
        ("abs(-m)", "100.05"),
        ("power(2, 10)", "1024.0"),
        ("2 ^ 3", "8.0"),
        ("sqrt(16)", "4.0"),
        ("sign(-m)", "-1"),
        ("log(100)", "2.0"),
        ("7 # 2", "5"),
        ("7 & 2 | 8", "10"),
    ]);
}

#[test]
fn casts() {
    values(&[
        ("'12'::int", "12"),
        ("cast(f as varchar)", "2.5"),
        ("cast(f * 2 as varchar)", "5"),
        ("m::int", "100"),
        ("convert(decimal(10,1), m)", "100.1"),
        ("convert(integer, m)", "100"),
        ("'abcdef'::varchar(3)", "abc"),
        ("'ab   '::char(4)", "ab"),
        ("o::int", "1"),
        ("'t'::boolean", "true"),
        ("i::varchar || m::varchar", "7100.05"),
        ("d::varchar", "2026-01-31"),
        ("'2026-01-31'::date + 1", "2026-02-01"),
        ("-'5'::int", "-5"),
        ("1.005::numeric(10,2)", "1.01"),
        ("i::float8 / 2", "3.5"),
    ]);
    assert!(value("'2.5'::int").contains("invalid input syntax for integer"));
    assert!(value("v::int").contains("invalid input syntax for integer"));
    assert_eq!(
        column("i::bigint, m::numeric(20,4), 'x'::date"),
        "i BIGINT; m DECIMAL(20,4); date DATE"
    );
}
