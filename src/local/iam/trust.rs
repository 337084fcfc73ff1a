//! Whether a trust policy lets a principal assume its role.
//! Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators".

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::document::{statements, texts};

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Principal<'a> {
    /// An AWS service: `firehose.amazonaws.com`.
    Service(&'a str),
    /// The root user of this account (12 digits).
    Root(&'a str),
}

/// The request's condition keys (in lower case) and their values.
pub(crate) type Context = BTreeMap<&'static str, String>;

/// How a condition came out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Holds,
    Fails,
    /// An operator that is not evaluated here: such an Allow grants nothing, such a Deny denies.
    Unknown,
}

/// True if a statement allows `action` for `principal` and none denies it.
/// A document that cannot be read allows nothing.
pub(crate) fn allows(trust: &Value, principal: Principal<'_>, action: &str, context: &Context) -> bool {
    let Some(Ok(statements)) = trust.as_object().map(statements) else {
        return false;
    };
    let mut allowed = false;
    for statement in statements {
        if !(names_principal(statement, principal) && names_action(statement, action)) {
            continue;
        }
        let condition = condition(statement.get("Condition"), context);
        match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") if condition == Outcome::Holds => allowed = true,
            Some("Deny") if condition != Outcome::Fails => return false,
            _ => {}
        }
    }
    allowed
}

fn names_principal(statement: &Map<String, Value>, principal: Principal<'_>) -> bool {
    let Some(kinds) = statement.get("Principal") else {
        return false;
    };
    // "*" and {"AWS": "*"} are the same: everyone ("AWS JSON policy elements: Principal").
    let aws = names(kinds.get("AWS"));
    if kinds.as_str() == Some("*") || aws.contains(&"*") {
        return true;
    }
    match principal {
        Principal::Service(service) => names(kinds.get("Service"))
            .iter()
            .any(|name| *name == "*" || *name == service),
        Principal::Root(account) => {
            let root = format!("arn:aws:iam::{account}:root");
            aws.iter().any(|name| *name == account || *name == root)
        }
    }
}

fn names(value: Option<&Value>) -> Vec<&str> {
    value.and_then(texts).unwrap_or_default()
}

fn names_action(statement: &Map<String, Value>, action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let named = |key| {
        let patterns = names(statement.get(key));
        patterns
            .iter()
            .any(|pattern| wildcard(&pattern.to_ascii_lowercase(), &action))
    };
    if statement.contains_key("NotAction") {
        !named("NotAction")
    } else {
        named("Action")
    }
}

/// All operators and all their keys must hold.
fn condition(block: Option<&Value>, context: &Context) -> Outcome {
    let mut outcome = Outcome::Holds;
    for (operator, keys) in block.and_then(Value::as_object).into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            match test(
                operator,
                context.get(key.to_ascii_lowercase().as_str()),
                &operands(values),
            ) {
                Outcome::Holds => {}
                Outcome::Fails => return Outcome::Fails,
                Outcome::Unknown => outcome = Outcome::Unknown,
            }
        }
    }
    outcome
}

fn operands(values: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match values {
        Value::Array(list) => list.iter().map(text).collect(),
        one => vec![text(one)],
    }
}

/// One operator on one key. A key that is not in the context fails, except for negated operators and `...IfExists`.
fn test(operator: &str, actual: Option<&String>, wanted: &[String]) -> Outcome {
    let truth = |holds: bool| if holds { Outcome::Holds } else { Outcome::Fails };
    if operator == "Null" {
        return truth(wanted.iter().any(|w| (w == "true") == actual.is_none()));
    }
    let (operator, if_exists) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (matches, negated): (fn(&str, &str) -> bool, bool) = match operator {
        "StringEquals" => (|w, a| w == a, false),
        "StringNotEquals" => (|w, a| w == a, true),
        "StringEqualsIgnoreCase" => (|w, a| w.eq_ignore_ascii_case(a), false),
        "StringNotEqualsIgnoreCase" => (|w, a| w.eq_ignore_ascii_case(a), true),
        "StringLike" => (wildcard, false),
        "StringNotLike" => (wildcard, true),
        // "ArnEquals and ArnLike behave identically."
        "ArnEquals" | "ArnLike" => (arn_like, false),
        "ArnNotEquals" | "ArnNotLike" => (arn_like, true),
        "Bool" => (|w, a| w.eq_ignore_ascii_case(a), false),
        _ => return Outcome::Unknown,
    };
    match actual {
        None => truth(if_exists || negated),
        Some(actual) => truth(wanted.iter().any(|wanted| matches(wanted, actual)) != negated),
    }
}

/// "Each of the six colon-delimited components of the ARN is checked separately and each can include" wildcards.
fn arn_like(pattern: &str, arn: &str) -> bool {
    let pattern: Vec<&str> = pattern.splitn(6, ':').collect();
    let arn: Vec<&str> = arn.splitn(6, ':').collect();
    pattern.len() == arn.len() && pattern.iter().zip(&arn).all(|(pattern, part)| wildcard(pattern, part))
}

/// `*` stands for any characters, `?` for one.
fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    // Where to go on when a `*` has to take one more byte.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p + 1, t));
            p += 1;
        } else if pattern.get(p).is_some_and(|b| *b == b'?' || *b == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((after, taken)) = star {
            star = Some((after, taken + 1));
            p = after;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIREHOSE: Principal<'static> = Principal::Service("firehose.amazonaws.com");

    fn context() -> Context {
        Context::from([
            ("aws:sourceaccount", "000000000000".to_owned()),
            (
                "aws:sourcearn",
                "arn:aws:firehose:us-east-1:000000000000:deliverystream/d".to_owned(),
            ),
        ])
    }

    fn check(statements: Value, principal: Principal<'_>) -> bool {
        let trust = json!({"Version": "2012-10-17", "Statement": statements});
        allows(&trust, principal, "sts:AssumeRole", &context())
    }

    #[test]
    fn principals_and_actions() {
        let allow =
            |principal: Value, action: Value| json!({"Effect": "Allow", "Principal": principal, "Action": action});
        let service = json!({"Service": "firehose.amazonaws.com"});
        let table = [
            (allow(service.clone(), json!("sts:AssumeRole")), true, false),
            (
                allow(service.clone(), json!(["sts:TagSession", "STS:assumerole"])),
                true,
                false,
            ),
            (allow(service.clone(), json!("sts:*")), true, false),
            (allow(service.clone(), json!("sts:TagSession")), false, false),
            (
                allow(
                    json!({"Service": ["glue.amazonaws.com", "firehose.amazonaws.com"]}),
                    json!("sts:AssumeRole"),
                ),
                true,
                false,
            ),
            (
                allow(json!({"Service": "glue.amazonaws.com"}), json!("sts:AssumeRole")),
                false,
                false,
            ),
            (allow(json!("*"), json!("sts:AssumeRole")), true, true),
            (allow(json!({"AWS": "*"}), json!("sts:AssumeRole")), true, true),
            (
                allow(json!({"AWS": "000000000000"}), json!("sts:AssumeRole")),
                false,
                true,
            ),
            (
                allow(
                    json!({"AWS": ["arn:aws:iam::000000000000:root"]}),
                    json!("sts:AssumeRole"),
                ),
                false,
                true,
            ),
            (
                allow(
                    json!({"AWS": "arn:aws:iam::111122223333:root"}),
                    json!("sts:AssumeRole"),
                ),
                false,
                false,
            ),
            (
                json!({"Effect": "Allow", "Principal": service, "NotAction": "sts:TagSession"}),
                true,
                false,
            ),
            (
                json!({"Effect": "Allow", "Principal": service, "NotAction": "sts:Assume*"}),
                false,
                false,
            ),
        ];
        for (statement, for_service, for_root) in table {
            assert_eq!(check(statement.clone(), FIREHOSE), for_service, "{statement}");
            assert_eq!(
                check(statement.clone(), Principal::Root("000000000000")),
                for_root,
                "{statement}"
            );
        }
    }

    #[test]
    fn conditions() {
        let table = [
            (json!({"StringEquals": {"aws:SourceAccount": "000000000000"}}), true),
            (
                json!({"StringEquals": {"AWS:sourceaccount": ["1", "000000000000"]}}),
                true,
            ),
            (json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}), false),
            (
                json!({"StringLike": {"aws:SourceArn": "arn:aws:firehose:*:deliverystream/?"}}),
                true,
            ),
            (json!({"StringNotLike": {"aws:SourceArn": "arn:aws:firehose:*"}}), false),
            (
                json!({"ArnLike": {"aws:SourceArn": "arn:aws:firehose:*:000000000000:deliverystream/*"}}),
                true,
            ),
            (
                json!({"ArnEquals": {"aws:SourceArn": "arn:aws:firehose:us-east-1:*:deliverystream/d"}}),
                true,
            ),
            // A wildcard of ArnLike does not cross a colon.
            (
                json!({"ArnLike": {"aws:SourceArn": "arn:aws:*:deliverystream/d"}}),
                false,
            ),
            (
                json!({"ArnLike": {"aws:SourceArn": "arn:aws:firehose:*:*:deliverystream/other"}}),
                false,
            ),
            (json!({"StringEquals": {"sts:ExternalId": "x"}}), false),
            (json!({"StringEqualsIfExists": {"sts:ExternalId": "x"}}), true),
            (json!({"StringNotEquals": {"sts:ExternalId": "x"}}), true),
            (json!({"Null": {"sts:ExternalId": "true"}}), true),
            (json!({"Null": {"aws:SourceArn": true}}), false),
            (
                json!({"DateLessThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}),
                false,
            ),
            (
                json!({"StringEquals": {"aws:SourceAccount": "000000000000"}, "ArnLike": {"aws:SourceArn": "arn:x"}}),
                false,
            ),
        ];
        for (condition, expected) in table {
            let statement = json!({"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"},
                "Action": "sts:AssumeRole", "Condition": condition});
            assert_eq!(check(statement.clone(), FIREHOSE), expected, "{statement}");
        }
    }

    #[test]
    fn a_deny_wins_wherever_it_stands() {
        let allow = json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"});
        let deny = |condition: Value| json!({"Effect": "Deny", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:*", "Condition": condition});
        assert!(check(json!([allow]), FIREHOSE));
        assert!(!check(json!([allow, deny(json!({}))]), FIREHOSE));
        assert!(!check(json!([deny(json!({})), allow]), FIREHOSE));
        let other = deny(json!({"StringNotEquals": {"aws:SourceAccount": "000000000000"}}));
        assert!(check(json!([allow, other]), FIREHOSE));
        let unknown = deny(json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}));
        assert!(!check(json!([allow, unknown]), FIREHOSE));
        assert!(!allows(&json!("text"), FIREHOSE, "sts:AssumeRole", &context()));
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*d", "abcbd", true),
            ("", "a", false),
            ("a**", "a", true),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
        }
    }
}
