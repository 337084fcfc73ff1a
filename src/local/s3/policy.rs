//! Bucket policies: checked for form and for being public, stored, not evaluated.
//! Source: S3 user guide, "Bucket policies", "The meaning of public"; API reference, PutBucketPolicy.

use std::sync::Arc;

use s3s::dto::{GetBucketPolicyOutput, GetBucketPolicyStatusOutput, PolicyStatus, PublicAccessBlockConfiguration};
use s3s::{S3Error, S3ErrorCode, S3Result};
use serde_json::Value;

use super::configuration::{self, Kind};
use super::error::error;
use super::{S3, index};

/// Bytes.
const LARGEST: usize = 20 * 1024;

pub(super) async fn put(s3: &Arc<S3>, bucket: String, text: String) -> S3Result<()> {
    let policy = parse(&text, &bucket)?;
    s3.commit(move |change| {
        index::bucket(change.tx, &bucket)?;
        let block = configuration::get::<PublicAccessBlockConfiguration>(change.tx, &bucket, Kind::PublicAccessBlock)?;
        let blocked = block.is_some_and(|block| block.block_public_policy == Some(true));
        if blocked && is_public(&policy) {
            return Err(error(
                S3ErrorCode::AccessDenied,
                "Public policies are blocked by the BlockPublicPolicy block public access setting.",
            ));
        }
        configuration::put_text(change.tx, &bucket, Kind::Policy, &text)?;
        Ok(())
    })
    .await
}

fn stored(s3: &S3, bucket: &str) -> S3Result<String> {
    let tx = s3.env.store.read()?;
    index::bucket(&tx, bucket)?;
    configuration::get_text(&tx, bucket, Kind::Policy)?.ok_or_else(|| {
        let message = "The bucket policy does not exist";
        error(S3ErrorCode::NoSuchBucketPolicy, message)
    })
}

pub(super) fn get(s3: &S3, bucket: &str) -> S3Result<GetBucketPolicyOutput> {
    Ok(GetBucketPolicyOutput {
        policy: Some(stored(s3, bucket)?),
    })
}

pub(super) fn status(s3: &S3, bucket: &str) -> S3Result<GetBucketPolicyStatusOutput> {
    let policy = serde_json::from_str(&stored(s3, bucket)?).map_err(S3Error::internal_error)?;
    Ok(GetBucketPolicyStatusOutput {
        policy_status: Some(PolicyStatus {
            is_public: Some(is_public(&policy)),
        }),
    })
}

fn malformed(message: impl Into<String>) -> S3Error {
    error(S3ErrorCode::MalformedPolicy, message)
}

/// One value or a list of them.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

fn parse(text: &str, bucket: &str) -> S3Result<Value> {
    if text.len() > LARGEST {
        return Err(malformed(format!(
            "Policy exceeds the maximum allowed size of {LARGEST} bytes"
        )));
    }
    let policy: Value = serde_json::from_str(text)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| {
            let message = "Policies must be valid JSON and the first byte must be '{'";
            malformed(message)
        })?;
    if let Some(version) = policy.get("Version")
        && !matches!(version.as_str(), Some("2012-10-17" | "2008-10-17"))
    {
        return Err(malformed("The policy must contain a valid version string"));
    }
    let statements = policy
        .get("Statement")
        .ok_or_else(|| malformed("Missing required field Statement"))?;
    for statement in list(statements) {
        check_statement(statement, bucket)?;
    }
    Ok(policy)
}

fn check_statement(statement: &Value, bucket: &str) -> S3Result<()> {
    if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
        return Err(malformed("Invalid effect"));
    }
    for (field, negated) in [
        ("Principal", "NotPrincipal"),
        ("Action", "NotAction"),
        ("Resource", "NotResource"),
    ] {
        if statement.get(field).is_none() && statement.get(negated).is_none() {
            return Err(malformed(format!("Missing required field {field}")));
        }
    }
    let actions = list(&statement["Action"]).into_iter().filter_map(Value::as_str);
    for action in actions {
        if action != "*" && !action.starts_with("s3:") {
            return Err(malformed("Policy has invalid action"));
        }
    }
    let arn = format!("arn:aws:s3:::{bucket}");
    for resource in list(&statement["Resource"]).into_iter().filter_map(Value::as_str) {
        let ours = resource
            .strip_prefix(&arn)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest.starts_with('*'));
        let wildcard = resource == "*" || resource == "arn:aws:s3:::*";
        if !ours && !wildcard {
            return Err(malformed("Policy has invalid resource"));
        }
    }
    Ok(())
}

/// Allows something to everybody, with no condition that could narrow it.
fn is_public(policy: &Value) -> bool {
    let anybody = |principal: &Value| {
        let everyone = |value: &Value| list(value).iter().any(|who| who.as_str() == Some("*"));
        everyone(principal) || principal.get("AWS").is_some_and(everyone)
    };
    policy.get("Statement").is_some_and(|statements| {
        list(statements).into_iter().any(|statement| {
            statement["Effect"] == "Allow" && anybody(&statement["Principal"]) && statement.get("Condition").is_none()
        })
    })
}
