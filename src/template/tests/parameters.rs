//! Declarations and values of parameters.

use super::mistakes;

fn found(declaration: &str, value: &str) -> String {
    let pipeline = format!(r#"{{"name": "d", "environments": {{"local": {{"parameters": {{"P": {value}}}}}}}}}"#);
    let fragment = format!(r#"{{"Parameters": {{"P": {declaration}}}}}"#);
    mistakes(&[("pipeline.json", &pipeline), ("storage/p.json", &fragment)])
}

#[test]
fn values_keep_the_constraints() {
    let cases = [
        (
            r#"{"Type": "Number"}"#,
            r#""x""#,
            "parameter `P` must be a number, not `x`",
        ),
        (
            r#"{"Type": "Number", "MinValue": 1, "MaxValue": "9"}"#,
            "0",
            "parameter `P` must be at least 1, not 0",
        ),
        (
            r#"{"Type": "Number", "MinValue": 1, "MaxValue": "9"}"#,
            "10",
            "parameter `P` must be at most 9, not 10",
        ),
        (
            r#"{"Type": "String", "MinLength": 2}"#,
            r#""x""#,
            "parameter `P` must have a length of at least 2, `x` has 1",
        ),
        (
            r#"{"Type": "String", "MaxLength": 2}"#,
            r#""xyz""#,
            "must have a length of at most 2, `xyz` has 3",
        ),
        (
            r#"{"Type": "String", "AllowedValues": ["a", "b"]}"#,
            r#""c""#,
            "cannot be `c`: allowed are a, b",
        ),
        (
            r#"{"Type": "String", "AllowedPattern": "[a-z]+"}"#,
            r#""a1""#,
            "cannot be `a1`: it does not match `[a-z]+`",
        ),
        (
            r#"{"Type": "String"}"#,
            "[1]",
            "parameter `P` must be a scalar, not an array",
        ),
        (
            r#"{"Type": "List<Number>"}"#,
            r#""1,x""#,
            "parameter `P` must be a number, not `x`",
        ),
        (
            r#"{"Type": "String", "AllowedPattern": "a", "ConstraintDescription": "say a"}"#,
            r#""b""#,
            "it does not match `a` (P: say a)",
        ),
        (
            r#"{"Type": "Sting"}"#,
            r#""b""#,
            "`Type` of parameter `P`: no `Sting` (did you mean `String`?)",
        ),
        (r#"{"Default": "x"}"#, r#""b""#, "parameter `P` needs `Type`"),
        (
            r#"{"Type": "String", "AllowedPattern": "("}"#,
            r#""b""#,
            "`AllowedPattern` is not a regular expression",
        ),
    ];
    for (declaration, value, expected) in cases {
        let found = found(declaration, value);
        assert_eq!(
            found.lines().filter(|line| line.contains(".json:")).count(),
            1,
            "{found}"
        );
        assert!(found.contains(expected), "{found}");
    }
}

#[test]
fn values_that_are_missing_or_unknown_are_reported() {
    let missing = mistakes(&[("storage/p.json", r#"{"Parameters": {"P": {"Type": "String"}}}"#)]);
    let expected = "storage/p.json:1:17 missing-parameter parameter `P` has no value in environment `local` (add a \
                    `Default`, or \"P\" to environments.local.parameters in configs/pipeline.json)";
    assert_eq!(missing, expected);
    let pipeline = r#"{"name": "d", "environments": {"other": {"account": "111122223333", "region": "eu-west-1",
        "parameters": {"Shard": 1}}}}"#;
    let fragment = r#"{"Parameters": {"Shards": {"Type": "Number", "Default": 1}}}"#;
    let unknown = mistakes(&[("pipeline.json", pipeline), ("storage/p.json", fragment)]);
    assert!(
        unknown.ends_with("no fragment declares a parameter `Shard` (did you mean `Shards`?)"),
        "{unknown}"
    );
}

#[test]
fn secrets_are_not_shown() {
    let pipeline = r#"{"name": "d", "environments": {"local": {"parameters": {"P": "hunter2"}}}}"#;
    let fragment = r#"{"Parameters": {"P": {"Type": "String", "NoEcho": true, "MinLength": 12}}}"#;
    let found = super::loaded(&[("pipeline.json", pipeline), ("storage/p.json", fragment)]).unwrap_err();
    let shown = found.render(false);
    assert!(
        shown.contains("parameter `P` has a value that breaks its constraints"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}
