//! Evaluation of functions, through whole projects.

use serde_json::json;

use super::{evaluated, fragment_mistakes};

/// The value of an expression in the free-form part of a bucket policy.
fn value(expression: &str) -> serde_json::Value {
    let fragment = format!(
        r#"{{"Parameters": {{"P": {{"Type": "String", "Default": "p"}}, "N": {{"Type": "Number", "Default": 4}},
             "L": {{"Type": "CommaDelimitedList", "Default": "a, b"}}}},
            "Conditions": {{"Yes": {{"Fn::Equals": [{{"Ref": "N"}}, 4]}}, "No": {{"Fn::Not": [{{"Condition": "Yes"}}]}}}},
            "Resources": {{"B": {{"Type": "AWS::S3::Bucket"}},
             "X": {{"Type": "AWS::S3::BucketPolicy", "Properties": {{"Bucket": {{"Ref": "B"}}, "PolicyDocument":
               {{"Statement": {{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*",
                 "Condition": {{"v": {expression}}}}}}}}}}}}}}}"#
    );
    evaluated(&fragment, "X")["PolicyDocument"]["Statement"]["Condition"]["v"].clone()
}

#[test]
fn functions_evaluate() {
    let cases = [
        (r#"{"Ref": "P"}"#, json!("p")),
        (r#"{"Ref": "N"}"#, json!("4")),
        (r#"{"Ref": "L"}"#, json!(["a", "b"])),
        (r#"{"Ref": "AWS::AccountId"}"#, json!("000000000000")),
        (r#"{"Ref": "AWS::Region"}"#, json!("us-east-1")),
        (r#"{"Ref": "AWS::Partition"}"#, json!("aws")),
        (r#"{"Ref": "AWS::URLSuffix"}"#, json!("amazonaws.com")),
        (r#"{"Ref": "AWS::StackName"}"#, json!("demo-local")),
        (r#"[1, {"Ref": "AWS::NoValue"}, 2]"#, json!([1, 2])),
        (r#"{"a": {"Ref": "AWS::NoValue"}, "b": 1}"#, json!({"b": 1})),
        (r#"{"Ref": "B"}"#, json!({"Ref": "B"})),
        (r#"{"Fn::GetAtt": "B.Arn"}"#, json!({"Fn::GetAtt": ["B", "Arn"]})),
        (r#"{"Fn::GetAtt": ["B", "Arn"]}"#, json!({"Fn::GetAtt": ["B", "Arn"]})),
        (r#"{"Fn::Sub": "${P}-${AWS::Region}-${!P}"}"#, json!("p-us-east-1-${P}")),
        (r#"{"Fn::Sub": "!{timestamp:yyyy}/$P"}"#, json!("!{timestamp:yyyy}/$P")),
        (r#"{"Fn::Sub": ["${x}${P}", {"x": {"Ref": "N"}}]}"#, json!("4p")),
        (r#"{"Fn::Sub": ["${P}", {"P": "shadow"}]}"#, json!("shadow")),
        (r#"{"Fn::Sub": "${B.Arn}"}"#, json!({"Fn::GetAtt": ["B", "Arn"]})),
        (
            r#"{"Fn::Sub": "${B.Arn}/${P}/*"}"#,
            json!({"Fn::Join": ["", [{"Fn::GetAtt": ["B", "Arn"]}, "/p/*"]]}),
        ),
        (
            r#"{"Fn::Join": ["-", ["a", 1, true, {"Ref": "P"}]]}"#,
            json!("a-1-true-p"),
        ),
        (r#"{"Fn::Join": [",", {"Ref": "L"}]}"#, json!("a,b")),
        (r#"{"Fn::Join": ["/", []]}"#, json!("")),
        (
            r#"{"Fn::Join": ["/", ["s3:/", {"Ref": "B"}, {"Fn::Sub": "x${B}"}]]}"#,
            json!({"Fn::Join": ["", ["s3://", {"Ref": "B"}, "/x", {"Ref": "B"}]]}),
        ),
        (r#"{"Fn::If": ["Yes", 1, 2]}"#, json!(1)),
        (
            r#"{"Fn::If": ["No", 1, {"Fn::If": ["Yes", {"Ref": "P"}, 3]}]}"#,
            json!("p"),
        ),
        (r#"{"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}"#, json!(null)),
    ];
    for (expression, expected) in cases {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn conditions_combine() {
    let cases = [
        (r#"{"Fn::Equals": ["a", "a"]}"#, true),
        (r#"{"Fn::Equals": ["4", 4]}"#, true),
        (r#"{"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}"#, false),
        (r#"{"Fn::And": [{"Condition": "T"}, {"Condition": "T"}]}"#, true),
        (r#"{"Fn::And": [{"Condition": "T"}, {"Condition": "F"}]}"#, false),
        (r#"{"Fn::Or": [{"Condition": "F"}, {"Condition": "T"}]}"#, true),
        (r#"{"Fn::Or": [{"Condition": "F"}, {"Condition": "F"}]}"#, false),
        (r#"{"Fn::Not": [{"Condition": "F"}]}"#, true),
    ];
    for (expression, expected) in cases {
        let fragment = format!(
            r#"{{"Conditions": {{"T": {{"Fn::Equals": [1, 1]}}, "F": {{"Fn::Equals": [1, 2]}}, "C": {expression}}},
                "Resources": {{"B": {{"Type": "AWS::S3::Bucket", "Properties": {{"BucketName":
                {{"Fn::If": ["C", "yes", "not"]}}}}}}}}}}"#
        );
        let name = if expected { "yes" } else { "not" };
        assert_eq!(evaluated(&fragment, "B")["BucketName"], name, "{expression}");
    }
}

#[test]
fn wrong_functions_are_reported_where_they_stand() {
    let cases = [
        (r#"{"Ref": "Bukket"}"#, "no parameter or resource is named `Bukket`"),
        (
            r#"{"Ref": 1}"#,
            "`Ref` takes the name of a parameter or resource, as a string",
        ),
        (
            r#"{"Fn::GetAtt": "Bucket"}"#,
            "`Fn::GetAtt` takes \"LogicalId.Attribute\" or [\"LogicalId\", \"Attribute\"]",
        ),
        (
            r#"{"Fn::GetAtt": ["Bucket", "Amr"]}"#,
            "`Bucket` (AWS::S3::Bucket) has no attribute `Amr`",
        ),
        (r#"{"Fn::GetAtt": "Nope.Arn"}"#, "no resource is named `Nope`"),
        (r#"{"Fn::Sub": "${Bucket"}"#, "`${` is never closed"),
        (
            r#"{"Fn::Sub": 3}"#,
            "`Fn::Sub` takes a string, or [string, {\"Name\": value}]",
        ),
        (r#"{"Fn::Sub": "${L}"}"#, "an array cannot be part of a string"),
        (r#"{"Fn::Join": ["a"]}"#, "`Fn::Join` takes [delimiter, [values]]"),
        (
            r#"{"Fn::If": ["C", 1]}"#,
            "`Fn::If` takes [\"Condition\", value if true, value if false]",
        ),
        (r#"{"Fn::If": ["C", "a", "b"]}"#, "no condition is named `C`"),
        (
            r#"{"Fn::If": ["T", "a", {"Ref": "Nope"}]}"#,
            "no parameter or resource is named `Nope`",
        ),
        (
            r#"{"Fn::Equals": ["a", "b"]}"#,
            "`Fn::Equals` is not a function that properties can use",
        ),
        (
            r#"{"Fn::Select": [0, []]}"#,
            "`Fn::Select` is not a function that properties can use",
        ),
        (
            r#"{"Fn::Sub": "x", "y": 1}"#,
            "`Fn::Sub` must be the only member of its object",
        ),
        ("null", "null is not a value in a template"),
    ];
    for (expression, expected) in cases {
        let fragment = format!(
            r#"{{"Parameters": {{"L": {{"Type": "CommaDelimitedList", "Default": "a"}}}},
                "Conditions": {{"T": {{"Fn::Equals": [1, 1]}}}},
                "Resources": {{"Bucket": {{"Type": "AWS::S3::Bucket"}}, "G": {{"Type": "AWS::Logs::LogGroup",
                "Properties": {{"LogGroupName": {expression}}}}}}}}}"#
        );
        let found = fragment_mistakes(&fragment);
        assert_eq!(found.len(), 1, "{expression}: {found:?}");
        assert!(found[0].ends_with(expected), "{expression}: {found:?}");
    }
}

#[test]
fn a_mistake_inside_a_string_is_marked_inside_the_string() {
    let found = fragment_mistakes(
        r#"{"Resources": {"G": {"Type": "AWS::Logs::LogGroup",
 "Properties": {"LogGroupName": {"Fn::Sub": "/x/${Nope}/y"}}}}}"#,
    );
    assert_eq!(found, ["2:51 no parameter or resource is named `Nope`"]);
}

#[test]
fn wrong_conditions_are_reported() {
    let cases = [
        (r#""x""#, "a condition is an object with one function"),
        (r#"{"Fn::If": []}"#, "`Fn::If` is not a function of conditions"),
        (r#"{"Fn::Equals": [1]}"#, "`Fn::Equals` takes two values"),
        (
            r#"{"Fn::And": [{"Condition": "C"}]}"#,
            "`Fn::And` takes an array of 2 to 10 conditions",
        ),
        (r#"{"Condition": "Nope"}"#, "no condition is named `Nope`"),
        (r#"{"Condition": "C"}"#, "conditions depend on each other: C -> C"),
        (
            r#"{"Fn::Equals": [{"Ref": "B"}, 1]}"#,
            "a condition cannot depend on the resource `B`",
        ),
    ];
    for (expression, expected) in cases {
        let fragment =
            format!(r#"{{"Conditions": {{"C": {expression}}}, "Resources": {{"B": {{"Type": "AWS::S3::Bucket"}}}}}}"#);
        let found = fragment_mistakes(&fragment);
        assert_eq!(found.len(), 1, "{expression}: {found:?}");
        assert!(found[0].ends_with(expected), "{expression}: {found:?}");
    }
}
