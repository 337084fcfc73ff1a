//! Each column type's checks, and how values are written.

use proptest::prelude::*;

use super::super::column::ColumnCheck;
use super::super::decimal::Decimal;
use super::super::record::Field;
use super::super::stamp::Stamp;
use super::*;

/// What `text` becomes in `column`, or the rule it breaks.
fn check(column: &Column, field: Field<'_>) -> Result<String, Rule> {
    let mut out = Vec::new();
    ColumnCheck::new(column, false).unwrap().write(&field, &mut out)?;
    Ok(String::from_utf8(out).unwrap())
}

/// Checks lines of `text => json` and `text => !rule`.
fn cases(column: &Column, lines: &[(&str, &str)]) {
    for &(text, expected) in lines {
        let got = match check(column, Field::Text(text)) {
            Ok(json) => json,
            Err(rule) => format!("!{rule}"),
        };
        assert_eq!(got, expected, "{text:?} in {:?}", column.kind);
    }
}

fn bounded(kind: ColumnType, min: &str, max: &str) -> Column {
    Column {
        min: Some(min.into()),
        max: Some(max.into()),
        ..column("c", kind)
    }
}

#[test]
fn integers() {
    cases(
        &bounded(ColumnType::SmallInt, "16", "100"),
        &[
            ("16", "16"),
            (" 100 ", "100"),
            ("+042", "42"),
            ("15", "!min"),
            ("101", "!max"),
            ("32768", "!type"),
        ],
    );
    cases(
        &column("c", ColumnType::Integer),
        &[
            ("2147483647", "2147483647"),
            ("2147483648", "!type"),
            ("1.0", "!type"),
            ("1e3", "!type"),
            ("", "null"),
        ],
    );
    let big = column("c", ColumnType::BigInt);
    cases(
        &big,
        &[
            ("-9223372036854775808", "-9223372036854775808"),
            ("9223372036854775808", "!type"),
            ("-0", "0"),
        ],
    );
    assert_eq!(check(&big, Field::Number("12")), Ok("12".into()));
    assert_eq!(check(&big, Field::Boolean(true)), Err(Rule::Type));
    assert_eq!(check(&big, Field::Nested), Err(Rule::Type));
}

#[test]
fn decimals_are_exact() {
    let salary = bounded(
        ColumnType::Decimal {
            precision: 12,
            scale: 2,
        },
        "0.01",
        "9999999999.99",
    );
    cases(
        &salary,
        &[
            ("0.01", "0.01"),
            ("0.00", "!min"),
            ("9999999999.99", "9999999999.99"),
            ("10000000000", "!precision"),
            ("1.005", "!precision"),
            ("1.500", "1.50"),
            ("55000", "55000"),
            ("12,5", "!type"),
            ("1e5", "!type"),
            ("n/a", "!type"),
        ],
    );
    let wide = column(
        "c",
        ColumnType::Decimal {
            precision: 38,
            scale: 10,
        },
    );
    cases(
        &wide,
        &[(
            "1234567890123456789012345678.0123456789",
            "1234567890123456789012345678.0123456789",
        )],
    );
}

#[test]
fn doubles_booleans_dates_and_timestamps() {
    cases(
        &bounded(ColumnType::Double, "-1", "1e3"),
        &[
            ("0.1", "0.1"),
            ("1e3", "1000.0"),
            ("1001", "!max"),
            ("NaN", "!type"),
            ("inf", "!type"),
            ("1e999", "!type"),
        ],
    );
    let boolean = column("c", ColumnType::Boolean);
    cases(
        &boolean,
        &[("TRUE", "true"), ("no", "false"), ("1", "true"), ("maybe", "!type")],
    );
    assert_eq!(check(&boolean, Field::Boolean(false)), Ok("false".into()));
    assert_eq!(check(&boolean, Field::Number("1")), Err(Rule::Type));
    cases(
        &bounded(ColumnType::Date, "1950-01-01", "2100-12-31"),
        &[
            ("2024-02-29", "\"2024-02-29\""),
            ("2023-02-29", "!type"),
            ("1949-12-31", "!min"),
            ("2101-01-01", "!max"),
            ("29/02/2024", "!type"),
            ("2024-2-9", "!type"),
            ("2024-02-29T00:00:00", "!type"),
            ("0000-01-01", "!type"),
        ],
    );
    cases(
        &bounded(ColumnType::Timestamp, "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
        &[
            ("2024-05-01T12:00:00+02:00", "\"2024-05-01T10:00:00Z\""),
            ("2024-05-01 12:00:00.25", "\"2024-05-01T12:00:00.25Z\""),
            ("1999-12-31T23:59:59Z", "!min"),
            ("2024-05-01", "!type"),
            ("yesterday", "!type"),
        ],
    );
}

#[test]
fn text() {
    let grade = Column {
        values: vec!["A".into(), "B\"".into()],
        ..column("c", ColumnType::Text { max_bytes: 4 })
    };
    cases(
        &grade,
        &[
            ("A", "\"A\""),
            ("B\"", "\"B\\\"\""),
            ("a", "!values"),
            (" A", "!values"),
            ("", "null"),
        ],
    );
    let code = Column {
        pattern: Some("[A-Z]|[0-9]+".into()),
        ..column("c", ColumnType::Text { max_bytes: 4 })
    };
    cases(
        &code,
        &[
            ("A", "\"A\""),
            ("12", "\"12\""),
            ("A1", "!pattern"),
            ("x12", "!pattern"),
            ("ééé", "!max_bytes"),
        ],
    );
    let plain = Column {
        nullable: false,
        ..column("c", ColumnType::Text { max_bytes: 4 })
    };
    cases(
        &plain,
        &[
            ("", "!null"),
            (" ", "\" \""),
            ("a\0b", "!nul_character"),
            ("éé", "\"éé\""),
        ],
    );
    assert_eq!(check(&plain, Field::Number("1")), Err(Rule::Type));
    assert_eq!(check(&plain, Field::Null), Err(Rule::Null));
}

#[test]
fn lists() {
    let kind = ColumnType::TextList {
        separator: ';',
        max_bytes: 8,
    };
    let skills = column("c", kind.clone());
    cases(
        &skills,
        &[
            (" a ;;b; ", "[\"a\",\"b\"]"),
            (";", "null"),
            ("", "null"),
            ("abcd;efgh", "!max_bytes"),
        ],
    );
    assert_eq!(
        check(&skills, Field::List(vec!["x".into(), " ".into()])),
        Ok("[\"x\"]".into())
    );
    assert_eq!(check(&skills, Field::Number("1")), Err(Rule::Type));
    let limited = Column {
        values: vec!["a".into()],
        nullable: false,
        ..column("c", kind)
    };
    cases(
        &limited,
        &[("a;a", "[\"a\",\"a\"]"), ("a;b", "!values"), (" ; ", "!null")],
    );
}

#[test]
fn partition_keys_are_canonical_and_short() {
    let key = |partition: &Column, csv: &str| {
        let mut contract = contract();
        contract.columns[0] = partition.clone();
        let sink = MemorySink::accepting();
        let bench = Bench::new("a.csv", format!("id,name,salary,skills\n{csv},a,1,\n"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime
            .block_on(bench.ingest_with(sink.clone(), &bench.options(), &contract))
            .unwrap();
        sink.rows().first().map(|(key, _)| key.clone())
    };
    assert_eq!(key(&column("id", ColumnType::BigInt), "007").as_deref(), Some("7"));
    let text = column("id", ColumnType::Text { max_bytes: 2000 });
    assert_eq!(key(&text, "\"a\"\"b\\c\"").as_deref(), Some("a\"b\\c"));
    assert_eq!(key(&text, &"é".repeat(256)), Some("é".repeat(256)));
    assert_eq!(key(&text, &"é".repeat(257)), None);
    assert_eq!(key(&text, ""), None, "a key column is never null");
}

#[test]
fn contracts_that_cannot_be_checked_are_refused() {
    let broken = |change: &dyn Fn(&mut Contract)| {
        let mut contract = contract();
        change(&mut contract);
        RowCheck::new(&contract).unwrap_err().to_string()
    };
    assert!(broken(&|c| c.columns[2].min = Some("a lot".into())).contains("salary: min \"a lot\""));
    assert!(broken(&|c| c.columns[1].pattern = Some("(".into())).contains("name: the pattern"));
    assert!(broken(&|c| c.columns[0].values = vec!["x".into()]).contains("id: values \"x\""));
    assert!(broken(&|c| c.partition_key = "nope".into()).contains("partition key column nope"));
    assert!(broken(&|c| c.key = vec!["nope".into()]).contains("key column nope"));
    assert!(broken(&|c| c.partition_key = "skills".into()).contains("is a list"));
}

proptest! {
    /// A decimal's JSON is the same number: equal digits once zeros that carry nothing are gone.
    #[test]
    fn decimals_keep_their_value(whole in 0u64.., fraction in "[0-9]{0,6}", negative in any::<bool>()) {
        let text = format!("{}{whole}.{fraction}", if negative { "-" } else { "" });
        let mut out = Vec::new();
        let decimal = Decimal::parse(&text).unwrap();
        decimal.write(&mut out, 6);
        let written = String::from_utf8(out).unwrap();
        prop_assert_eq!(Decimal::parse(&written).unwrap().scaled(6), decimal.scaled(6));
        prop_assert!(serde_json::from_str::<serde_json::Number>(&written).is_ok());
    }

    /// No input makes a row that is not one line of JSON.
    #[test]
    fn whatever_is_accepted_is_one_line_of_json(fields in prop::collection::vec(any::<String>(), 4)) {
        struct Fields(Vec<String>);
        impl super::super::record::Record for Fields {
            fn field(&self, column: usize) -> Field<'_> { Field::Text(&self.0[column]) }
        }
        let (mut out, mut key) = (Vec::new(), Vec::new());
        let row = Fields(fields);
        if RowCheck::new(&contract()).unwrap().encode(&row, &mut out, &mut key).is_ok() {
            Stamp::new("2026-11-25T08:30:00.000Z").close(1, &mut out);
            prop_assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), 1);
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
        } else {
            prop_assert!(out.is_empty());
        }
    }
}
