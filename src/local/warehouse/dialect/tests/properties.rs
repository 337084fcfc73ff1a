//! Properties of any text.

use proptest::prelude::*;

use super::super::{bind, parse};

/// Words and signs that statements are made of, in any order.
fn tokens() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "SELECT", "FROM", "WHERE", "t", "a", "b.c", "(", ")", ",", "'x'", "1", "2.5", "+", "/", "||", "::int", "AND",
        "NOT", "IN", "LIKE", "CASE", "WHEN", "THEN", "END", "sum(", "OVER", "GROUP", "BY", "ORDER", "INSERT", "INTO",
        "VALUES", "MERGE", "USING", "ON", "COPY", "UNLOAD", "CREATE", "TABLE", "AS", "[0]", ".", "*", "-", ";", "--",
        "/*", "*/", "$$", "\"q\"", "WITH", "UNION", "=", "<>", "IS", "NULL", "DISTINCT", "SET", "TO", "dateadd(",
        "INTERVAL", "é",
    ]);
    prop::collection::vec(words, 0..30).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = parse(&text);
        let _ = bind(&text, &[("a".to_owned(), Some("x".to_owned()))]);
    }

    #[test]
    fn no_words_panic(text in tokens()) {
        let count = text.chars().count();
        if let Err(error) = parse(&text) {
            prop_assert!((1..=count + 1).contains(&error.position), "{} of {count}", error.position);
        }
    }

    #[test]
    fn a_literal_keeps_its_value(text in "[^\\x00]{0,20}") {
        let bound = bind("SELECT :a", &[("a".to_owned(), Some(text.clone()))]).unwrap();
        let statements = parse(&bound).unwrap();
        let expected = format!("SELECT '{}' AS \"?column?\"", text.replace('\'', "''"));
        prop_assert_eq!(&statements[0].kind, &super::super::Kind::Query(expected));
    }

    #[test]
    fn semicolons_in_quotes_split_nothing(text in "[a-z;'\"/*-]{0,20}") {
        let quoted = text.replace('\'', "''");
        let named = text.replace('"', "\"\"");
        let script = format!("SELECT '{quoted}' AS \"n{named}\" /* {} */; COMMIT", text.replace(['/', '*'], ""));
        let statements = parse(&script).unwrap();
        prop_assert_eq!(statements.len(), 2);
        prop_assert_eq!(&script[statements[0].offset..][..statements[0].text.len()], &statements[0].text);
    }
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    for deep in [
        format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000)),
        format!("SELECT {}1", "- ".repeat(5000)),
        format!("SELECT {}1", "not ".repeat(5000)),
        format!("{}SELECT 1{}", "SELECT * FROM (".repeat(3000), ")".repeat(3000)),
        format!("SELECT 1{}", " + 1".repeat(5000)),
        format!("SELECT a{}", "[0]".repeat(5000)),
        format!("SELECT a{}", "::int".repeat(5000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(5000)),
        format!("SELECT {}1{}", "CASE WHEN true THEN ".repeat(3000), " END".repeat(3000)),
        format!("SELECT * FROM t {}", "JOIN t ON true ".repeat(5000)),
    ] {
        let _ = parse(&deep);
    }
    let long = format!("SELECT 1 WHERE {}", vec!["a = 1"; 20_000].join(" OR "));
    assert!(parse(&long).is_ok());
}
