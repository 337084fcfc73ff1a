//! Laws of evaluation, on generated expressions.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::loaded;
use super::reference::FILES;
use crate::template::evaluate::Evaluator;
use crate::template::node::{Data, Node};
use crate::template::parameter::ParameterValue;
use crate::template::resolve;
use crate::template::schema;
use crate::template::scope::{ResourceName, Scope};
use crate::template::sink::Sink;
use crate::template::source::Span;
use crate::template::syntax;

fn scope() -> Scope {
    let mut scope = Scope::default();
    scope.pseudo.insert("AWS::Region", "us-east-1".into());
    scope
        .parameters
        .insert("P".into(), Some(ParameterValue::One("p".into())));
    scope.conditions.insert("Yes".into(), Some(true));
    scope.conditions.insert("No".into(), Some(false));
    for id in ["A", "B"] {
        let resource = ResourceName {
            span: Span::start_of(0),
            schema: schema::of("AWS::Kinesis::Stream"),
            absent_by: None,
        };
        scope.resources.insert(id.into(), resource);
    }
    scope
}

/// Values whose strings are functions now and then.
fn expressions() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z/ü]{0,6}".prop_map(Value::from),
        text(),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner.clone(), 0..4).prop_map(|members| json!(members)),
            (prop_oneof![Just("Yes"), Just("No")], inner.clone(), inner)
                .prop_map(|(c, a, b)| json!({"Fn::If": [c, a, b]})),
        ]
    })
}

/// Expressions that give a string.
fn text() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({"Ref": "P"})),
        Just(json!({"Ref": "A"})),
        Just(json!({"Fn::GetAtt": "B.Arn"})),
        Just(json!({"Fn::GetAtt": ["A", "Arn"]})),
        "([a-z$ü]|\\$\\{P\\}|\\$\\{A\\}|\\$\\{B\\.Arn\\}|\\$\\{!x\\}|\\$\\{AWS::Region\\}){0,4}"
            .prop_map(|template| json!({"Fn::Sub": template})),
        "[a-z]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        ("[-/]{0,2}", prop::collection::vec(inner, 0..4)).prop_map(|(by, items)| json!({"Fn::Join": [by, items]}))
    })
}

fn evaluate(text: &str) -> Value {
    let mut sink = Sink::default();
    let file = sink.sources.add("a.json".into(), text.into());
    let node = syntax::parse(file, &mut sink).unwrap_or(Node {
        span: Span::start_of(file),
        data: Data::Null,
    });
    let scope = scope();
    let value = Evaluator::new(&scope, &mut sink).evaluate(&node).to_value();
    let (found, _) = sink.finish();
    assert!(found.is_empty(), "{found}");
    value
}

fn holds_function(value: &Value) -> bool {
    match value {
        Value::Object(members) => {
            members.keys().any(|key| key == "Ref" || key.starts_with("Fn::")) || members.values().any(holds_function)
        }
        Value::Array(items) => items.iter().any(holds_function),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn evaluation_is_deterministic_and_idempotent(expression in expressions()) {
        let once = evaluate(&expression.to_string());
        prop_assert_eq!(&once, &evaluate(&expression.to_string()));
        prop_assert_eq!(&once, &evaluate(&once.to_string()));
    }

    #[test]
    fn resolve_leaves_nothing_when_all_is_known(expression in expressions()) {
        let evaluated = evaluate(&expression.to_string());
        let (value, unresolved) = resolve(&evaluated, &|id, attribute| Some(format!("{id}.{attribute}")));
        prop_assert!(unresolved.is_empty());
        prop_assert!(!holds_function(&value));
        // The document keeps its shape, and what is unknown is null exactly where it is listed.
        let (gaps, unresolved) = resolve(&evaluated, &|_, _| None);
        for (path, id, attribute) in &unresolved {
            prop_assert_eq!(gaps.pointer(path), Some(&Value::Null));
            let attribute = format!("{id}.{attribute}");
            prop_assert!(value.pointer(path).unwrap().as_str().unwrap().contains(&attribute));
        }
        prop_assert_eq!(unresolved.is_empty(), gaps == value);
    }

    #[test]
    fn strings_come_out_as_written(text in "\\PC{0,20}") {
        prop_assert_eq!(evaluate(&json!({"k": text.as_str()}).to_string()), json!({"k": text}));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "[\\[\\]{}:,\"a0-9.eE+\\\\ü \n-]{0,40}") {
        let mut sink = Sink::default();
        let file = sink.sources.add("a.json".into(), text.clone());
        let parsed = syntax::parse(file, &mut sink);
        let (found, failed) = sink.finish();
        found.render(false);
        let strict = serde_json::from_str::<Value>(&text);
        // What serde_json refuses is refused here too; duplicate names are refused only here.
        prop_assert!(strict.is_ok() || failed, "{:?} {:?}", text, parsed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn a_damaged_project_is_reported_and_never_panics(
        which in 0..FILES.len(),
        at in any::<prop::sample::Index>(),
        length in 0..12usize,
        put in "[\\[\\]{}:,\"a0ü$!]{0,3}",
    ) {
        let mut files = FILES.to_vec();
        let (path, text) = files[which];
        let start = at.index(text.len());
        let damaged: Vec<u8> =
            text.bytes().take(start).chain(put.bytes()).chain(text.bytes().skip(start + length)).collect();
        let damaged = String::from_utf8_lossy(&damaged).into_owned();
        files[which] = (path, &damaged);
        if let Err(found) = loaded(&files) {
            prop_assert!(!found.render(true).is_empty());
            for one in &found {
                prop_assert!(one.line >= 1 && one.column >= 1, "{:?}", one);
            }
        }
    }
}
