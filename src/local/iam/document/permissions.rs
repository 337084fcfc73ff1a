//! Permissions policies, inline and managed: what a role may do.

use serde_json::{Map, Value};

use super::{SYNTAX, check_statement, check_top, malformed, quota, size, statements, texts};
use crate::local::error::AwsError;

/// All inline policies of a role together, in characters without white space.
const MAX_INLINE: usize = 10_240;
/// Managed policy, in characters without white space.
const MAX_MANAGED: usize = 6_144;

/// Checks a permissions policy (inline or managed).
fn check_identity(document: &str) -> Result<(), AwsError> {
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
pub(in crate::local::iam) fn check_inline(document: &str, others: usize, role: &str) -> Result<(), AwsError> {
    check_identity(document)?;
    if size(document) + others > MAX_INLINE {
        return Err(quota(format!(
            "Maximum policy size of {MAX_INLINE} bytes exceeded for role {role}"
        )));
    }
    Ok(())
}

pub(in crate::local::iam) fn check_managed(document: &str) -> Result<(), AwsError> {
    check_identity(document)?;
    if size(document) > MAX_MANAGED {
        return Err(quota(format!("Cannot exceed quota for PolicySize: {MAX_MANAGED}")));
    }
    Ok(())
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
