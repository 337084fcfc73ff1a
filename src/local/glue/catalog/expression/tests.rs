use proptest::prelude::*;

use super::value::Decimal;
use super::*;

fn keys() -> Vec<Column> {
    let key = |name: &str, kind: &str| Column {
        name: Some(name.into()),
        kind: Some(kind.into()),
        ..Column::default()
    };
    vec![key("dt", "date"), key("region", "string"), key("hour", "int")]
}

fn matches(expression: &str, values: [&str; 3]) -> bool {
    let parsed = Expression::parse(expression, &keys()).unwrap();
    parsed.matches(&values.map(str::to_owned))
}

fn refused(expression: &str) -> String {
    let error = Expression::parse(expression, &keys()).unwrap_err();
    assert_eq!(error.code, "InvalidInputException");
    error.message
}

#[test]
fn each_operator_compares_as_its_key_is_typed() {
    let row = ["2026-11-25", "eu", "9"];
    for (expression, expected) in [
        ("dt = '2026-11-25'", true),
        ("dt=DATE '2026-11-25' and hour<10", true),
        ("hour > 10", false),
        ("hour >= 9 AND hour <= 9.0", true),
        ("hour <> 9", false),
        ("hour != '8'", true),
        ("10 > hour", true),
        ("'us' < region", false),
        ("dt BETWEEN '2026-11-01' AND '2026-11-30'", true),
        ("dt NOT BETWEEN '2026-11-01' AND '2026-11-30'", false),
        ("region IN ('us', 'eu')", true),
        ("region not in ('us')", true),
        ("region LIKE 'e%' or hour = 1", true),
        ("region LIKE '_u_'", false),
        ("NOT (region = 'eu' OR hour = 1)", false),
        ("`region` = 'eu' AND \"hour\" IN (8, 9)", true),
        ("region = 'us' OR region = 'eu' AND hour = 8", false),
        ("region IS NULL", false),
        ("region is not null", true),
    ] {
        assert_eq!(matches(expression, row), expected, "{expression}");
    }
}

#[test]
fn a_null_key_is_neither_equal_nor_unequal() {
    let row = ["2026-11-25", NULL, "9"];
    assert!(matches("region IS NULL", row));
    for expression in [
        "region = 'eu'",
        "region <> 'eu'",
        "NOT region = 'eu'",
        "region IN ('eu')",
    ] {
        assert!(!matches(expression, row), "{expression}");
    }
    assert!(matches("region = 'eu' OR hour = 9", row));
}

#[test]
fn what_is_not_supported_is_named() {
    assert!(refused("salary > 1").ends_with("salary is not a partition key of the table"));
    assert!(refused("dt = 2026-11-25").contains("is not of the key's type"));
    assert!(refused("hour = 'nine'").ends_with("'nine' is not of the key's type"));
    assert!(refused("hour LIKE '1%'").ends_with("LIKE compares keys of type string only"));
    assert!(refused("hour").ends_with("a comparison is expected after a key"));
    assert!(refused("hour + 1 = 2").starts_with("Unsupported expression 'hour + 1 = 2': "));
    assert!(refused("region = 'eu").ends_with("''eu' cannot be read"));
    assert!(refused(&"(".repeat(5000)).ends_with("it is nested too deep"));
    assert!(refused("").ends_with("a partition key is expected"));
}

proptest! {
    #[test]
    fn numbers_compare_as_numbers(a in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000) {
        let decimal = |n: i64| Decimal::parse(&format!("{}{}.{:03}", if n < 0 { "-" } else { "" }, n.abs() / 1000, n.abs() % 1000)).unwrap();
        prop_assert_eq!(decimal(a).cmp(&decimal(b)), a.cmp(&b));
    }

    #[test]
    fn nothing_makes_the_parser_panic(text in "[a-z '\"`()=<>!,.0-9%_+é-]{0,60}") {
        let _ = Expression::parse(&text, &keys());
    }

    #[test]
    fn like_agrees_with_a_regular_expression(text in "[ab]{0,8}", pattern in "[ab%_]{0,6}") {
        let regex = fancy_regex::Regex::new(&format!("^{}$", pattern.replace('%', ".*").replace('_', "."))).unwrap();
        let (a, b): (Vec<char>, Vec<char>) = (text.chars().collect(), pattern.chars().collect());
        prop_assert_eq!(like(&a, &b), regex.is_match(&text).unwrap());
    }
}
