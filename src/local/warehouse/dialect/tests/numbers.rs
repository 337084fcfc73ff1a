//! Numbers come out as Redshift's.

use proptest::prelude::*;

use super::harness::{Session, column, value, values};

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
        ("m / (b / i::decimal(10,0))", "233.45000000077816666"),
        ("null / i", "-"),
    ]);
    assert_eq!(column("i / s AS q"), "q INTEGER");
    assert_eq!(column("s / s AS q"), "q SMALLINT");
    assert_eq!(column("m / i AS q"), "q DECIMAL(23,13)");
    assert_eq!(column("f / i AS q"), "q DOUBLE");
    // AWS's example: decimal(8,2) / decimal(8,2) is decimal(17,9).
    assert_eq!(column("m::decimal(8,2) / m::decimal(8,2) AS q"), "q DECIMAL(17,9)");
    assert_eq!(column("sum(i) / count(*) AS q"), "q BIGINT");
    // http://wrschneider.github.io/2019/04/15/redshift-division.html
    let parts = "b::decimal(19,0) / i::decimal(19,0)";
    assert_eq!(column(&format!("{parts} AS q")), "q DECIMAL(38,19)");
    assert_eq!(column(&format!("m::decimal(19,2) / ({parts}) AS q")), "q DECIMAL(38,4)");
    assert_eq!(
        column(&format!("m::decimal(19,2) * ({parts}) AS q")),
        "q DECIMAL(38,21)"
    );
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
        (
            "trunc(ts), trunc(f, 0), trunc(2.789::float8, 2), trunc(m, 1), trunc(i, -1)",
            "2026-11-25|2.0|2.78|100.0|0",
        ),
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
        (
            "'ab   '::char(4), 'äöü'::varchar(3), 'äöü'::varchar(4), null::varchar(3)",
            "ab|ä|äö|-",
        ),
        (
            "' 12 '::int, '-3'::smallint, null::int, 12::varchar || true::varchar",
            "12|-3|-|12true",
        ),
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
        column("i::bigint, m::numeric(20,4), '2026-01-01'::date"),
        "i BIGINT; m DECIMAL(20,4); date DATE"
    );
}

/// A whole number of units of the last place.
fn decimal(units: i128, scale: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", units.abs(), scale as usize + 1);
    let (whole, places) = digits.split_at(digits.len() - scale as usize);
    format!("{sign}{whole}.{places}")
}

#[test]
fn division_of_decimals_is_exact() {
    let session = Session::new("");
    let config = ProptestConfig::with_cases(64);
    proptest!(config, |(a in -1_000_000_000_i128..1_000_000_000, b in 1_i128..1_000_000, s1 in 1_u32..9, s2 in 1_u32..6)| {
        let sql = format!("SELECT '{}'::decimal(12,{s1}) / '{}'::decimal(9,{s2})", decimal(a, s1), decimal(b, s2));
        let scale = 4.max(s1 + 9 - s2 + 1);
        let expected = decimal(a * 10_i128.pow(scale + s2 - s1) / b, scale);
        prop_assert_eq!(session.run(&sql).unwrap(), [expected], "{}", sql);
    });
}
