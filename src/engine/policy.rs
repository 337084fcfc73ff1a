//! When two access policies mean the same.
//!
//! Services hand a policy back in another spelling than it was written in. The rules are those of the policy grammar
//! (IAM User Guide, "Grammar of the IAM JSON policy language"): `Statement` is one object or a list, `Action`,
//! `Resource`, principals and condition values are one string or an unordered list, `"*"` as principal is
//! `{"AWS": "*"}`, and an account id as principal is that account's root ARN ("AWS JSON policy elements: Principal").

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Whether this object is a policy document, by its members.
pub(super) fn is_policy(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        object.contains_key("Statement")
            && object
                .keys()
                .all(|key| matches!(key.as_str(), "Version" | "Id" | "Statement"))
    })
}

/// Whether two policy documents grant the same. Unlike other documents, neither may have members that the other
/// lacks: a statement or condition added by another hand is a difference.
pub(super) fn equivalent(a: &Value, b: &Value) -> bool {
    canonical(a) == canonical(b)
}

fn canonical(policy: &Value) -> Value {
    map_members(policy, |key, value| match key {
        "Statement" => Value::Array(elements(value).iter().map(statement).collect()),
        _ => value.clone(),
    })
}

fn statement(statement: &Value) -> Value {
    map_members(statement, |key, value| match key {
        "Action" | "NotAction" | "Resource" | "NotResource" => set(value),
        "Principal" | "NotPrincipal" => principal(value),
        "Condition" => map_members(value, |_, operator| map_members(operator, |_, values| set(values))),
        _ => value.clone(),
    })
}

fn principal(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::Object(Map::from_iter([("AWS".to_owned(), set(value))])),
        _ => map_members(value, |_, names| set(names)),
    }
}

/// One value or a list of values as a sorted list of distinct strings.
fn set(value: &Value) -> Value {
    let distinct: BTreeSet<String> = elements(value)
        .iter()
        .map(|element| match element {
            Value::String(text) => account_of_root(text).unwrap_or(text).to_owned(),
            other => other.to_string(),
        })
        .collect();
    Value::from_iter(distinct)
}

/// `111122223333` for `arn:aws:iam::111122223333:root`.
fn account_of_root(arn: &str) -> Option<&str> {
    let rest = arn.strip_prefix("arn:")?;
    let (_partition, rest) = rest.split_once(":iam::")?;
    let account = rest.strip_suffix(":root")?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

fn map_members(value: &Value, change: impl Fn(&str, &Value) -> Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, member)| (key.clone(), change(key, member)))
            .collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spelling_does_not_matter() {
        let written = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": ["s3:PutObject", "s3:GetObject"], "Resource": "a",
            "Condition": {"Bool": {"aws:SecureTransport": false}}}});
        let returned = json!({"Statement": [{
            "Resource": ["a"], "Action": ["s3:GetObject", "s3:PutObject"], "Principal": {"AWS": ["*"]},
            "Condition": {"Bool": {"aws:SecureTransport": ["false"]}}, "Effect": "Allow"}], "Version": "2012-10-17"});
        assert!(equivalent(&written, &returned));
    }

    #[test]
    fn an_account_is_its_root() {
        let policy = |name: &str| json!({"Statement": [{"Principal": {"AWS": name}}]});
        assert!(equivalent(
            &policy("111122223333"),
            &policy("arn:aws:iam::111122223333:root")
        ));
        assert!(!equivalent(
            &policy("111122223333"),
            &policy("arn:aws:iam::111122223333:role/root")
        ));
    }

    #[test]
    fn what_another_hand_added_is_a_difference() {
        let ours = json!({"Statement": [{"Effect": "Allow", "Action": "a"}]});
        let wider = json!({"Statement": [{"Effect": "Allow", "Action": ["a", "b"]}]});
        let conditional =
            json!({"Statement": [{"Effect": "Allow", "Action": "a", "Condition": {"Bool": {"x": "true"}}}]});
        let second = json!({"Statement": [{"Effect": "Allow", "Action": "a"}, {"Effect": "Deny", "Action": "b"}]});
        for other in [wider, conditional, second] {
            assert!(!equivalent(&ours, &other));
        }
    }
}
