//! Policy documents: the grammar, and what IAM says of a document that breaks it.
//! Source: IAM user guide, "Grammar of the IAM JSON policy language" and "IAM and AWS STS quotas".

mod permissions;
mod trust;

use http::StatusCode;
use serde_json::{Map, Value};

use crate::local::error::AwsError;
pub(super) use permissions::{check_inline, check_managed};
pub(super) use trust::{check_trust, invalid_principal};

const SYNTAX: &str = "Syntax errors in policy.";

pub(super) fn malformed(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("MalformedPolicyDocument", message)
}

fn quota(message: String) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "LimitExceeded", message)
}

/// Characters that count towards a quota: "IAM does not count white space".
pub(super) fn size(document: &str) -> usize {
    document.chars().filter(|c| !c.is_whitespace()).count()
}

fn check_top(policy: &Map<String, Value>) -> Result<(), AwsError> {
    let known = policy
        .keys()
        .all(|key| matches!(key.as_str(), "Version" | "Id" | "Statement"));
    let version = policy
        .get("Version")
        .is_none_or(|v| matches!(v.as_str(), Some("2012-10-17" | "2008-10-17")));
    let id = policy.get("Id").is_none_or(Value::is_string);
    if known && version && id {
        Ok(())
    } else {
        Err(malformed(SYNTAX))
    }
}

/// The statements: one object or a list of at least one.
pub(super) fn statements(policy: &Map<String, Value>) -> Result<Vec<&Map<String, Value>>, AwsError> {
    let list = match policy.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let statements: Option<Vec<_>> = list.into_iter().map(Value::as_object).collect();
    statements
        .filter(|list| !list.is_empty())
        .ok_or_else(|| malformed(SYNTAX))
}

/// A text or a list of texts; `None` for anything else.
pub(super) fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn check_statement(statement: &Map<String, Value>) -> Result<(), AwsError> {
    const KNOWN: [&str; 9] = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    let known = statement.keys().all(|key| KNOWN.contains(&key.as_str()));
    let sid = statement.get("Sid").is_none_or(Value::is_string);
    let effect = statement
        .get("Effect")
        .is_none_or(|v| matches!(v.as_str(), Some("Allow" | "Deny")));
    let both = |a, b| statement.contains_key(a) && statement.contains_key(b);
    let pairs = both("Action", "NotAction") || both("Resource", "NotResource") || both("Principal", "NotPrincipal");
    let lists = ["Action", "NotAction", "Resource", "NotResource"];
    let text = lists
        .iter()
        .filter_map(|key| statement.get(*key))
        .all(|value| texts(value).is_some());
    let condition = statement.get("Condition").is_none_or(is_condition);
    if known && sid && effect && !pairs && text && condition {
        Ok(())
    } else {
        Err(malformed(SYNTAX))
    }
}

/// `{operator: {key: text or list}}`; numbers and booleans stand for their text.
fn is_condition(value: &Value) -> bool {
    let is_operand = |v: &Value| match v {
        Value::Array(list) => list.iter().all(|v| v.is_string() || v.is_number() || v.is_boolean()),
        other => other.is_string() || other.is_number() || other.is_boolean(),
    };
    let is_block = |block: &Value| block.as_object().is_some_and(|keys| keys.values().all(is_operand));
    value
        .as_object()
        .is_some_and(|operators| operators.values().all(is_block))
}
