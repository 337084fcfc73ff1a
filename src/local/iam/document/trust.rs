//! Trust policies: who may assume a role.

use serde_json::{Map, Value};

use super::{SYNTAX, check_statement, check_top, malformed, quota, size, statements, texts};
use crate::local::error::AwsError;

/// Trust policy, in characters without white space.
const MAX_TRUST: usize = 2_048;

/// Checks a role's trust policy. Principals of the account itself are checked by the caller.
pub(in crate::local::iam) fn check_trust(document: &str) -> Result<Value, AwsError> {
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

pub(in crate::local::iam) fn invalid_principal(kind: &str, name: &str) -> AwsError {
    malformed(format!(
        "Invalid principal in policy: \"{}\":\"{name}\"",
        kind.to_uppercase()
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn trust(statement: Value) -> String {
        let document = json!({"Version": "2012-10-17", "Statement": statement}).to_string();
        check_trust(&document)
            .err()
            .map(|error| error.message)
            .unwrap_or_default()
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
}
