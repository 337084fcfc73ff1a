//! Checks of members against the service's model (botocore `redshift-serverless/2021-04-21`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::errors::validation;
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::redshift::{check_password, is_database_name, is_role_arn, is_user_name};

/// Source: TagResource's API reference.
const MAX_TAGS: usize = 50;
/// Source: Redshift management guide, "Quotas for Amazon Redshift Serverless".
const MAX_ROLES: usize = 50;

const LOG_EXPORTS: [&str; 3] = ["useractivitylog", "userlog", "connectionlog"];

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tag {
    pub key: String,
    pub value: String,
}

/// Runs the checks of the model.
pub(super) fn constrain(check: impl FnOnce(&mut Constraints)) -> Result<(), AwsError> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    constraints.check()
}

/// `^[a-z0-9-]+$`, 3 to 64 characters.
pub(super) fn name(constraints: &mut Constraints, member: &str, name: &str) {
    let matches = name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    constraints.pattern(member, name, "^[a-z0-9-]+$", matches && !name.is_empty());
    constraints.length(member, name, 3, 64);
}

/// Lengths, reserved keys and number.
pub(super) fn tags(tags: &[Tag]) -> Result<BTreeMap<String, String>, AwsError> {
    constrain(|constraints| {
        constraints.count("tags", tags.len(), 0, 200);
        for (place, tag) in (1..).zip(tags) {
            constraints.length(format_args!("tags.{place}.member.key"), &tag.key, 1, 128);
            constraints.length(format_args!("tags.{place}.member.value"), &tag.value, 0, 256);
        }
    })?;
    if tags.iter().any(|tag| tag.key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(validation("Tag keys that start with aws: are reserved for use by AWS."));
    }
    let tags = tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
    tag_count(&tags)?;
    Ok(tags)
}

pub(super) fn tag_count(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    match tags.len() <= MAX_TAGS {
        true => Ok(()),
        false => Err(AwsError::bad_request(
            "TooManyTagsException",
            format!("The request exceeded the number of tags allowed for a resource: {MAX_TAGS}."),
        )),
    }
}

pub(super) fn user_name(name: &str) -> Result<(), AwsError> {
    match is_user_name(name) {
        true => Ok(()),
        false => Err(validation(format!(
            "The admin user name {name} is not valid. It must begin with a letter and contain only lowercase letters, numbers, or _+.@-, and must not be a reserved word."
        ))),
    }
}

/// The password is never in the message: the model marks it sensitive.
pub(super) fn password(password: &str) -> Result<(), AwsError> {
    let length = password.chars().count();
    if !(8..=64).contains(&length) {
        let bound = match length < 8 {
            true => "greater than or equal to 8",
            false => "less than or equal to 64",
        };
        return Err(validation(format!(
            "1 validation error detected: Value at 'adminUserPassword' failed to satisfy constraint: Member must have length {bound}"
        )));
    }
    check_password(password).map_err(|wrong| validation(format!("The admin user password {wrong}.")))
}

pub(super) fn database_name(name: &str) -> Result<(), AwsError> {
    match is_database_name(name) {
        true => Ok(()),
        false => Err(validation(format!(
            "The database name {name} is not valid. It must contain 1 to 64 lowercase alphanumeric characters, begin with a letter and not be a reserved word."
        ))),
    }
}

/// Role ARNs, and the default role, which is one of them. Whether a role exists and trusts Redshift shows when COPY
/// assumes it.
pub(super) fn roles(roles: &[String], default: Option<&String>) -> Result<(), AwsError> {
    if let Some(wrong) = roles.iter().find(|arn| !is_role_arn(arn)) {
        return Err(validation(format!("The IAM role {wrong} is not valid.")));
    }
    if roles.len() > MAX_ROLES {
        return Err(validation(format!("A namespace can have up to {MAX_ROLES} IAM roles.")));
    }
    match default {
        Some(default) if !roles.contains(default) => Err(validation(format!(
            "The default IAM role {default} must be one of the IAM roles that are associated with the namespace."
        ))),
        _ => Ok(()),
    }
}

pub(super) fn log_exports(exports: &[String]) -> Result<(), AwsError> {
    constrain(|constraints| {
        constraints.count("logExports", exports.len(), 0, 16);
        for export in exports {
            constraints.one_of("logExports", export, &LOG_EXPORTS);
        }
    })
}

/// 5431-5455 and 8191-8215.
pub(super) fn port(port: i64) -> Result<u16, AwsError> {
    let allowed = (5431..=5455).contains(&port) || (8191..=8215).contains(&port);
    match u16::try_from(port) {
        Ok(port) if allowed => Ok(port),
        _ => Err(validation(format!(
            "Invalid port {port}. Valid port ranges are 5431-5455 and 8191-8215."
        ))),
    }
}
