//! Policy documents: the grammar, and what IAM says of a document that breaks it.
//! Source: IAM user guide, "Grammar of the IAM JSON policy language" and "IAM and AWS STS quotas".

use http::StatusCode;
use serde_json::{Map, Value};

use crate::local::error::AwsError;

/// Trust policy, in characters without white space.
const MAX_TRUST: usize = 2_048;
/// All inline policies of a role together, in characters without white space.
const MAX_INLINE: usize = 10_240;
/// Managed policy, in characters without white space.
const MAX_MANAGED: usize = 6_144;

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

/// Checks a role's trust policy. Principals of the account itself are checked by the caller.
pub(super) fn check_trust(document: &str) -> Result<Value, AwsError> {
    let value: Value = serde_json::from_str(document).map_err(|_| malformed("This policy contains invalid Json"))?;
    let policy = value.as_object().ok_or_else(|| malformed(SYNTAX))?;
    check_top(policy)?;
    for statement in statements(policy)? {
        trust_statement(statement)?;
    }
    if size(document) > MAX_TRUST {
        return Err(quota(format!("Cannot exceed quota for ACLSizePerRole: {MAX_TRUST}")));
    }
    Ok(value)
}

/// Checks a permissions policy (inline or managed).
pub(super) fn check_identity(document: &str) -> Result<(), AwsError> {
    let value: Value = serde_json::from_str(document).map_err(|_| malformed(SYNTAX))?;
    let policy = value.as_object().ok_or_else(|| malformed(SYNTAX))?;
    check_top(policy)?;
    for statement in statements(policy)? {
        identity_statement(statement)?;
    }
    if policy.get("Version").and_then(Value::as_str) != Some("2012-10-17") {
        return Err(malformed("Policy document must be version 2012-10-17 or greater."));
    }
    Ok(())
}

/// `others` is the size of the role's other inline policies.
pub(super) fn check_inline(document: &str, others: usize, role: &str) -> Result<(), AwsError> {
    check_identity(document)?;
    if size(document) + others > MAX_INLINE {
        return Err(quota(format!(
            "Maximum policy size of {MAX_INLINE} bytes exceeded for role {role}"
        )));
    }
    Ok(())
}

pub(super) fn check_managed(document: &str) -> Result<(), AwsError> {
    check_identity(document)?;
    if size(document) > MAX_MANAGED {
        return Err(quota(format!("Cannot exceed quota for PolicySize: {MAX_MANAGED}")));
    }
    Ok(())
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

fn trust_statement(statement: &Map<String, Value>) -> Result<(), AwsError> {
    for resource in ["Resource", "NotResource"] {
        if statement.contains_key(resource) {
            return Err(malformed(format!("Has prohibited field {resource}")));
        }
    }
    check_statement(statement)?;
    if !statement.contains_key("Effect") {
        return Err(malformed("Missing required field Effect"));
    }
    if statement.contains_key("NotPrincipal") {
        return Err(malformed("AssumeRole policy must not contain NotPrincipal field."));
    }
    let principal = statement.get("Principal");
    check_principal(principal.ok_or_else(|| malformed("Missing required field Principal"))?)?;
    let actions = statement
        .get("Action")
        .or_else(|| statement.get("NotAction"))
        .and_then(texts);
    let actions = actions.filter(|list| !list.is_empty());
    let actions = actions.ok_or_else(|| malformed("Missing required field Action"))?;
    let is_sts = |action: &&str| {
        action
            .get(..4)
            .is_some_and(|vendor| vendor.eq_ignore_ascii_case("sts:"))
    };
    if !actions.iter().all(is_sts) {
        return Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."));
    }
    Ok(())
}

/// The kinds and forms of principals of a trust policy.
fn check_principal(principal: &Value) -> Result<(), AwsError> {
    let kinds = match principal {
        Value::String(all) if all == "*" => return Ok(()),
        Value::Object(kinds) => kinds,
        _ => return Err(malformed(SYNTAX)),
    };
    if kinds.is_empty() {
        return Err(malformed("Missing required field Principal cannot be empty!"));
    }
    for (kind, names) in kinds {
        let names = texts(names).ok_or_else(|| malformed(SYNTAX))?;
        for name in names {
            let valid = match kind.as_str() {
                "AWS" => {
                    let account = name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit());
                    name == "*" || account || name.starts_with("arn:aws:iam::") || name.starts_with("arn:aws:sts::")
                }
                "Service" => name == "*" || name.ends_with(".amazonaws.com"),
                "Federated" | "CanonicalUser" => !name.is_empty(),
                _ => return Err(malformed(SYNTAX)),
            };
            if !valid {
                return Err(invalid_principal(kind, name));
            }
        }
    }
    Ok(())
}

pub(super) fn invalid_principal(kind: &str, name: &str) -> AwsError {
    malformed(format!(
        "Invalid principal in policy: \"{}\":\"{name}\"",
        kind.to_uppercase()
    ))
}

fn identity_statement(statement: &Map<String, Value>) -> Result<(), AwsError> {
    check_statement(statement)?;
    if !statement.contains_key("Effect") {
        return Err(malformed(SYNTAX));
    }
    if statement.contains_key("Principal") || statement.contains_key("NotPrincipal") {
        return Err(malformed("Policy document should not specify a principal."));
    }
    let list = |one: &str, other: &str| {
        let value = statement.get(one).or_else(|| statement.get(other));
        value.and_then(texts).filter(|list| !list.is_empty())
    };
    let actions = list("Action", "NotAction").ok_or_else(|| malformed("Policy statement must contain actions."))?;
    let resources =
        list("Resource", "NotResource").ok_or_else(|| malformed("Policy statement must contain resources."))?;
    for resource in resources {
        check_resource(resource)?;
    }
    for action in actions {
        check_action(action)?;
    }
    Ok(())
}

fn check_resource(resource: &str) -> Result<(), AwsError> {
    let Some(rest) = resource.strip_prefix("arn:") else {
        let message = format!("Resource {resource} must be in ARN format or \"*\".");
        return if resource == "*" {
            Ok(())
        } else {
            Err(malformed(message))
        };
    };
    let parts: Vec<&str> = rest.splitn(5, ':').collect();
    if !matches!(parts[0], "aws" | "aws-cn" | "aws-us-gov" | "*") {
        return Err(malformed(format!(
            "Partition \"{}\" is not valid for resource \"{resource}\".",
            parts[0]
        )));
    }
    match parts.get(1) {
        None | Some(&"") => Err(malformed(
            "Resource vendor must be fully qualified and cannot contain regexes.",
        )),
        Some(_) if parts.len() < 5 => Err(malformed("The policy failed legacy parsing")),
        Some(_) => Ok(()),
    }
}

fn check_action(action: &str) -> Result<(), AwsError> {
    if action == "*" {
        return Ok(());
    }
    let Some((vendor, name)) = action.split_once(':') else {
        return Err(malformed(
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ));
    };
    if name.contains(':') {
        return Err(malformed("Actions/Condition can contain only one colon."));
    }
    let valid = |c: char| c.is_ascii_alphanumeric() || "-_.*?".contains(c);
    if vendor.is_empty() || !vendor.chars().all(valid) {
        return Err(malformed(format!("Vendor {vendor} is not valid")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn identity(statement: Value) -> String {
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        check_identity(&document)
            .err()
            .map(|error| error.message)
            .unwrap_or_default()
    }

    fn trust(statement: Value) -> String {
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        check_trust(&document)
            .err()
            .map(|error| error.message)
            .unwrap_or_default()
    }

    #[test]
    fn permissions_policies_are_refused_in_iams_words() {
        let bucket = "arn:aws:s3:::b";
        let table = [
            (
                json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": bucket}),
                "",
            ),
            (
                json!([{"Effect": "Deny", "NotAction": ["s3:*", "*"], "NotResource": ["*"], "Sid": "a"}]),
                "",
            ),
            (json!([]), SYNTAX),
            (json!(["text"]), SYNTAX),
            (json!({"Action": "s3:GetObject", "Resource": bucket}), SYNTAX),
            (
                json!({"Effect": "allow", "Action": "s3:GetObject", "Resource": bucket}),
                SYNTAX,
            ),
            (json!({"Effect": "Allow", "Action": {}, "Resource": bucket}), SYNTAX),
            (
                json!({"Effect": "Allow", "Action": "s3:*", "Resource": bucket, "Extra": 1}),
                SYNTAX,
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:*", "NotAction": [], "Resource": bucket}),
                SYNTAX,
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:*", "Resource": bucket, "Condition": {"a": "b"}}),
                SYNTAX,
            ),
            (
                json!({"Effect": "Allow", "Resource": bucket}),
                "Policy statement must contain actions.",
            ),
            (
                json!({"Effect": "Allow", "Action": "bad"}),
                "Policy statement must contain resources.",
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:*", "Resource": []}),
                "Policy statement must contain resources.",
            ),
            (
                json!({"Effect": "Allow", "Action": "s:3:x", "Resource": "b"}),
                "Resource b must be in ARN format or \"*\".",
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:x", "Resource": "arn:error:s3:::b"}),
                "Partition \"error\" is not valid for resource \"arn:error:s3:::b\".",
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:x", "Resource": "arn:aws"}),
                "Resource vendor must be fully qualified and cannot contain regexes.",
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:x", "Resource": "arn:aws:s3::b"}),
                "The policy failed legacy parsing",
            ),
            (
                json!({"Effect": "Allow", "Action": "invalid", "Resource": "*"}),
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
            ),
            (
                json!({"Effect": "Allow", "Action": "a a:x", "Resource": "*"}),
                "Vendor a a is not valid",
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:List:x", "Resource": "*"}),
                "Actions/Condition can contain only one colon.",
            ),
            (
                json!({"Effect": "Allow", "Action": "s3:x", "Resource": "*", "Principal": "*"}),
                "Policy document should not specify a principal.",
            ),
        ];
        for (statement, message) in table {
            assert_eq!(identity(statement.clone()), message, "{statement}");
        }
        let old = json!({"Statement": {"Effect": "Allow", "Action": "s3:x", "Resource": "*"}}).to_string();
        assert_eq!(
            check_identity(&old).unwrap_err().message,
            "Policy document must be version 2012-10-17 or greater."
        );
        assert_eq!(check_identity("not json").unwrap_err().message, SYNTAX);
    }

    #[test]
    fn trust_policies_are_refused_in_iams_words() {
        let service = json!({"Service": "firehose.amazonaws.com"});
        let table = [
            (
                json!({"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}),
                "",
            ),
            (
                json!({"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole", "sts:TagSession"]}),
                "",
            ),
            (
                json!({"Effect": "Allow", "Principal": {"AWS": ["000000000000", "arn:aws:iam::1:root"]},
                "Action": "sts:AssumeRole"}),
                "",
            ),
            (
                json!({"Effect": "Allow", "Action": "sts:AssumeRole"}),
                "Missing required field Principal",
            ),
            (
                json!({"Effect": "Allow", "Principal": {}, "Action": "sts:AssumeRole"}),
                "Missing required field Principal cannot be empty!",
            ),
            (
                json!({"Principal": service, "Action": "sts:AssumeRole"}),
                "Missing required field Effect",
            ),
            (
                json!({"Effect": "Allow", "Principal": service}),
                "Missing required field Action",
            ),
            (
                json!({"Effect": "Allow", "Principal": service, "Action": "s3:GetObject"}),
                "AssumeRole policy may only specify STS AssumeRole actions.",
            ),
            (
                json!({"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole", "Resource": "*"}),
                "Has prohibited field Resource",
            ),
            (
                json!({"Effect": "Deny", "NotPrincipal": service, "Action": "sts:AssumeRole"}),
                "AssumeRole policy must not contain NotPrincipal field.",
            ),
            (
                json!({"Effect": "Allow", "Principal": {"Service": "firehose"}, "Action": "sts:AssumeRole"}),
                "Invalid principal in policy: \"SERVICE\":\"firehose\"",
            ),
            (
                json!({"Effect": "Allow", "Principal": {"AWS": "me"}, "Action": "sts:AssumeRole"}),
                "Invalid principal in policy: \"AWS\":\"me\"",
            ),
            (
                json!({"Effect": "Allow", "Principal": {"Svc": "x"}, "Action": "sts:AssumeRole"}),
                SYNTAX,
            ),
        ];
        for (statement, message) in table {
            assert_eq!(trust(statement.clone()), message, "{statement}");
        }
        assert_eq!(
            check_trust("{").unwrap_err().message,
            "This policy contains invalid Json"
        );
    }

    #[test]
    fn quotas_count_no_white_space() {
        let statement = |resource: &str| {
            json!({"Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "s3:x", "Resource": format!("arn:aws:s3:::{resource}")}})
            .to_string()
        };
        let spaces = statement(&" ".repeat(20_000));
        assert!(check_inline(&spaces, 0, "r").is_ok());
        let long = statement(&"x".repeat(MAX_INLINE));
        let error = check_inline(&long, 0, "r").unwrap_err();
        assert_eq!(error.code, "LimitExceeded");
        assert_eq!(error.message, "Maximum policy size of 10240 bytes exceeded for role r");
        assert!(check_inline(&statement("b"), MAX_INLINE, "r").is_err());
        assert!(check_managed(&statement(&"x".repeat(MAX_MANAGED))).is_err());
    }
}
