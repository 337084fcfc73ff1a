//! Where a live document differs from the desired one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::pointer::{Pattern, pointer};
use super::policy;

/// JSON pointers into `desired` at which `live` differs, sorted.
///
/// `desired` is a pattern: what it does not mention is not compared. Objects are compared member by member and arrays
/// in order, but lists of `{Key, Value}` (tags) by key, with further live tags ignored. Scalars are coerced as
/// CloudFormation coerces them (`1`, `1.0` and `"1"` are one value, `true` and `"true"` another), text holding JSON
/// equals that JSON, an empty list or object equals none, and access policies are compared by meaning. Paths at or
/// under one of `skipped` (pointers in which `*` stands for any segment) are not compared. In objects that one of
/// `closed` names, a live member that `desired` lacks is a difference, too.
pub(super) fn differences(desired: &Value, live: &Value, skipped: &[String], closed: &[&str]) -> Vec<String> {
    let mut comparison = Comparison {
        skipped: skipped.iter().map(|pattern| Pattern::new(pattern)).collect(),
        closed: closed.iter().map(|pattern| Pattern::new(pattern)).collect(),
        path: Vec::new(),
        found: Vec::new(),
    };
    comparison.compare(desired, Some(live));
    comparison.found.sort();
    comparison.found.dedup();
    comparison.found
}

struct Comparison {
    skipped: Vec<Pattern>,
    closed: Vec<Pattern>,
    path: Vec<String>,
    found: Vec<String>,
}

impl Comparison {
    fn compare(&mut self, desired: &Value, live: Option<&Value>) {
        if self.skipped.iter().any(|pattern| pattern.covers(&self.path)) {
            return;
        }
        let live = live.filter(|value| !value.is_null());
        if let Some(same) = self.as_text_or_policy(desired, live) {
            self.expect(same);
            return;
        }
        match (desired, live) {
            (Value::Null, None) => {}
            (Value::Object(object), None) => self.members(object, None),
            (Value::Object(object), Some(Value::Object(live))) => self.members(object, Some(live)),
            (Value::Array(list), None) => self.expect(list.is_empty()),
            (Value::Array(list), Some(Value::Array(live))) => self.list(list, live),
            (scalar, Some(live)) => self.expect(same_scalar(scalar, live)),
            (_, None) => self.expect(false),
        }
    }

    fn expect(&mut self, same: bool) {
        if !same {
            self.found.push(pointer(&self.path));
        }
    }

    fn at(&mut self, segment: String, desired: &Value, live: Option<&Value>) {
        self.path.push(segment);
        self.compare(desired, live);
        self.path.pop();
    }

    fn members(&mut self, desired: &Map<String, Value>, live: Option<&Map<String, Value>>) {
        for (key, value) in desired {
            self.at(key.clone(), value, live.and_then(|live| live.get(key)));
        }
        if self.closed.iter().any(|pattern| pattern.names(&self.path)) {
            let live = live.into_iter().flatten();
            for (key, _) in live.filter(|(key, value)| !value.is_null() && !desired.contains_key(*key)) {
                self.path.push(key.clone());
                self.expect(false);
                self.path.pop();
            }
        }
    }

    fn list(&mut self, desired: &[Value], live: &[Value]) {
        if let (Some(_), Some(tags)) = (tags(desired), tags(live)) {
            for (index, tag) in desired.iter().enumerate() {
                let found = tag.get("Key").and_then(Value::as_str).and_then(|key| tags.get(key));
                self.at(index.to_string(), tag, found.copied());
            }
        } else if desired.len() != live.len() {
            self.expect(false);
        } else {
            for (index, (desired, live)) in desired.iter().zip(live).enumerate() {
                self.at(index.to_string(), desired, Some(live));
            }
        }
    }

    /// Whether the two are the same, if they have to be compared as a whole: access policies, and JSON in text.
    fn as_text_or_policy(&self, desired: &Value, live: Option<&Value>) -> Option<bool> {
        let (wanted, found) = (structure(desired)?, structure(live?)?);
        if policy::is_policy(&wanted) {
            // A policy with a value that is not known yet cannot be judged; the path of that value is reported apart.
            let judged = !self.skipped.iter().any(|pattern| pattern.lies_below(&self.path));
            return Some(!judged || policy::equivalent(&wanted, &found));
        }
        match (desired, live?) {
            (Value::String(_), Value::String(_)) => Some(wanted == found),
            (Value::String(_), _) | (_, Value::String(_)) => Some(differences(&wanted, &found, &[], &[]).is_empty()),
            _ => None,
        }
    }
}

/// An object or array, also one written as JSON text.
fn structure(value: &Value) -> Option<Cow<'_, Value>> {
    match value {
        Value::Object(_) | Value::Array(_) => Some(Cow::Borrowed(value)),
        Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
            serde_json::from_str(text).ok().map(Cow::Owned)
        }
        _ => None,
    }
}

/// The elements by key, if every one is a `{Key, Value}` object and no key comes twice.
fn tags(list: &[Value]) -> Option<BTreeMap<&str, &Value>> {
    let mut by_key = BTreeMap::new();
    for element in list {
        let object = element.as_object()?;
        if object.len() != 2 || !object.contains_key("Value") {
            return None;
        }
        if by_key.insert(object.get("Key")?.as_str()?, element).is_some() {
            return None;
        }
    }
    Some(by_key)
}

fn same_scalar(desired: &Value, live: &Value) -> bool {
    match (desired, live) {
        (Value::Bool(flag), Value::String(text)) | (Value::String(text), Value::Bool(flag)) => {
            *text == flag.to_string()
        }
        (Value::Number(_), Value::Number(_) | Value::String(_)) | (Value::String(_), Value::Number(_)) => {
            match (integer(desired), integer(live)) {
                (Some(a), Some(b)) => a == b,
                _ => matches!((float(desired), float(live)), (Some(a), Some(b)) if a == b),
            }
        }
        _ => desired == live,
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number.as_i128(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn diff(desired: Value, live: Value) -> Vec<String> {
        differences(&desired, &live, &[], &[])
    }

    #[test]
    fn desired_is_a_pattern() {
        let live = json!({"Name": "s", "Retention": 24, "Encryption": {"Type": "KMS", "Key": "k"}, "Arn": "a"});
        assert!(diff(json!({"Name": "s", "Encryption": {"Type": "KMS"}}), live.clone()).is_empty());
        assert_eq!(
            diff(
                json!({"Retention": 48, "Encryption": {"Type": "AES", "Key": "k"}, "Mode": {"A": 1}}),
                live
            ),
            ["/Encryption/Type", "/Mode/A", "/Retention"]
        );
    }

    #[test]
    fn a_closed_object_has_no_further_members() {
        let live =
            json!({"Arguments": {"--a": "1", "--b": "2", "--c": null}, "Actions": [{"Arguments": {"--d": "3"}}]});
        let closed = ["/Arguments", "/Actions/*/Arguments"];
        let desired = json!({"Arguments": {"--a": "1"}, "Actions": [{"Arguments": {}}]});
        assert!(diff(desired.clone(), live.clone()).is_empty());
        assert_eq!(
            differences(&desired, &live, &[], &closed),
            ["/Actions/0/Arguments/--d", "/Arguments/--b"]
        );
        assert!(
            differences(
                &json!({"Name": 1}),
                &json!({"Name": 1, "Arguments": {"x": 1}}),
                &[],
                &closed
            )
            .is_empty()
        );
    }

    #[test]
    fn empty_equals_absent_and_null_equals_absent() {
        assert!(diff(json!({"Tags": [], "Options": {}, "Role": null}), json!({})).is_empty());
        assert_eq!(diff(json!({"Role": null}), json!({"Role": "r"})), ["/Role"]);
        assert_eq!(diff(json!({"Flag": false}), json!({"Flag": null})), ["/Flag"]);
    }

    #[test]
    fn scalars_are_coerced() {
        for (a, b) in [
            (json!(1), json!("1")),
            (json!("1"), json!(1.0)),
            (json!(1), json!(1.0)),
            (json!(true), json!("true")),
            (json!("false"), json!(false)),
            (json!(9_007_199_254_740_993_u64), json!("9007199254740993")),
        ] {
            assert!(diff(json!({"P": a}), json!({"P": b})).is_empty(), "{a} and {b}");
        }
        for (a, b) in [
            (json!(1), json!(2)),
            (json!("1"), json!("1.0")),
            (json!(1), json!(true)),
            (json!(true), json!("True")),
            (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64)),
            (json!("x"), json!(["x"])),
            (json!({"a": 1}), json!("a")),
        ] {
            assert!(!diff(json!({"P": a}), json!({"P": b})).is_empty(), "{a} and {b}");
        }
    }

    #[test]
    fn lists_compare_in_order_and_tags_by_key() {
        assert_eq!(
            diff(json!({"L": ["a", "b"]}), json!({"L": ["b", "a"]})),
            ["/L/0", "/L/1"]
        );
        assert_eq!(diff(json!({"L": ["a"]}), json!({"L": ["a", "b"]})), ["/L"]);
        let live =
            json!({"Tags": [{"Key": "c", "Value": "3"}, {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "x"}]});
        let desired =
            json!({"Tags": [{"Key": "a", "Value": 1}, {"Key": "b", "Value": "2"}, {"Key": "d", "Value": ""}]});
        assert_eq!(diff(desired, live), ["/Tags/1/Value", "/Tags/2/Key", "/Tags/2/Value"]);
    }

    #[test]
    fn json_in_text_equals_json() {
        let body = json!({"widgets": [1, {"a": "b"}]});
        assert!(diff(json!({"Body": body}), json!({"Body": body.to_string()})).is_empty());
        assert!(diff(json!({"Body": body.to_string()}), json!({"Body": body})).is_empty());
        assert!(
            diff(
                json!({"Body": r#"{"a": 1, "b": 2}"#}),
                json!({"Body": r#"{"b":2,"a":1}"#})
            )
            .is_empty()
        );
        assert_eq!(
            diff(json!({"Body": r#"{"a": 1}"#}), json!({"Body": r#"{"a":2}"#})),
            ["/Body"]
        );
        assert_eq!(diff(json!({"Body": "{not json"}), json!({"Body": {}})), ["/Body"]);
    }

    #[test]
    fn policies_are_compared_by_meaning_and_whole() {
        let written =
            json!({"Policies": [{"PolicyDocument": {"Statement": [{"Action": "a", "Resource": ["x", "y"]}]}}]});
        let text = json!({"Statement": [{"Action": ["a"], "Resource": ["y", "x"]}]}).to_string();
        assert!(diff(written.clone(), json!({"Policies": [{"PolicyDocument": text}]})).is_empty());
        let wider = json!({"Statement": [{"Action": ["a", "b"], "Resource": ["y", "x"]}]});
        let live = json!({"Policies": [{"PolicyDocument": wider}]});
        assert_eq!(diff(written.clone(), live.clone()), ["/Policies/0/PolicyDocument"]);
        let unknown = ["/Policies/0/PolicyDocument/Statement/0/Resource/1".to_owned()];
        assert!(differences(&written, &live, &unknown, &[]).is_empty());
    }

    #[test]
    fn skipped_paths_are_not_compared() {
        let skipped = ["/Password".to_owned(), "/Rules/*/Secret".to_owned()];
        let desired = json!({"Password": "p", "Rules": [{"Secret": 1, "Open": 1}]});
        assert!(differences(&desired, &json!({"Rules": [{"Open": 1}]}), &skipped, &[]).is_empty());
        assert_eq!(
            differences(&desired, &json!({"Rules": [{"Open": 2}]}), &skipped, &[]),
            ["/Rules/0/Open"]
        );
    }
}
