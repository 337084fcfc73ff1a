//! Log groups: life, retention, encryption key, deletion protection.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;
use crate::local::store::Write;

use super::constraints::{self, constrain, invalid};
use super::model::{EVENTS, GROUPS, Group, STREAMS};
use super::{Logs, already_exists, group, tags};

/// Source: botocore `logs/2014-03-28`, documentation of `Days`.
const RETENTION_DAYS: [u32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const CLASSES: [&str; 4] = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CreateLogGroup {
    log_group_name: String,
    kms_key_id: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    log_group_class: Option<String>,
    deletion_protection_enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Named {
    log_group_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PutRetentionPolicy {
    log_group_name: String,
    retention_in_days: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PutDeletionProtection {
    log_group_identifier: String,
    deletion_protection_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AssociateKmsKey {
    log_group_name: Option<String>,
    kms_key_id: String,
    resource_identifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DisassociateKmsKey {
    log_group_name: Option<String>,
    resource_identifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DescribeLogGroups {
    account_identifiers: Option<Vec<String>>,
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
    include_linked_accounts: Option<bool>,
    log_group_class: Option<String>,
    log_group_identifiers: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogGroups {
    log_groups: Vec<LogGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogGroup {
    log_group_name: String,
    creation_time: i64,
    /// With `:*` at the end.
    arn: String,
    #[serde(flatten)]
    details: Option<Details>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_in_days: Option<u32>,
    metric_filter_count: u32,
    stored_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kms_key_id: Option<String>,
    log_group_class: String,
    /// Without `:*`.
    log_group_arn: String,
    deletion_protection_enabled: bool,
}

impl CreateLogGroup {
    pub(super) fn named(name: &str) -> Self {
        Self {
            log_group_name: name.to_owned(),
            kms_key_id: None,
            tags: None,
            log_group_class: None,
            deletion_protection_enabled: None,
        }
    }
}

impl Logs {
    pub(super) fn create_log_group(&self, input: CreateLogGroup) -> Result<(), AwsError> {
        let name = input.log_group_name;
        constraints::group_name(&name)?;
        if name.to_ascii_lowercase().starts_with("aws/") {
            return Err(invalid("Log groups starting with AWS/ are reserved for AWS."));
        }
        if let Some(key) = &input.kms_key_id {
            check_key(key)?;
        }
        let class = input.log_group_class.unwrap_or_else(|| "STANDARD".into());
        check_class(&class)?;
        let tags = input.tags.unwrap_or_default();
        tags::check(&tags)?;
        let new = Group {
            name: name.clone(),
            created: self.now(),
            retention_days: None,
            kms_key: input.kms_key_id,
            class,
            tags,
            protected: input.deletion_protection_enabled.unwrap_or(false),
            stored_bytes: 0,
            streams: 0,
        };
        self.env.store.write(|tx| {
            if GROUPS.get(tx, &name)?.is_some() {
                return Err(already_exists("The specified log group already exists"));
            }
            GROUPS.put(tx, &name, &new).map_err(AwsError::from)
        })
    }

    pub(super) fn delete_log_group(&self, input: &Named) -> Result<(), AwsError> {
        let name = &input.log_group_name;
        constraints::group_name(name)?;
        self.env.store.write(|tx| {
            if group(tx, name)?.protected {
                return Err(AwsError::validation(format!(
                    "Log group {name} has deletion protection enabled: disable it before you delete the log group."
                )));
            }
            GROUPS.remove(tx, name)?;
            let (from, before) = (format!("{name}\0"), format!("{name}\u{1}"));
            STREAMS.remove_range(tx, &from, &before)?;
            EVENTS.remove_range(tx, &from, &before).map_err(AwsError::from)
        })
    }

    /// Sorted by name.
    pub(super) fn describe_log_groups(&self, input: &DescribeLogGroups) -> Result<LogGroups, AwsError> {
        let limit = constraints::limit(input.limit, 50)?;
        if input.include_linked_accounts == Some(true) || input.account_identifiers.is_some() {
            return Err(AwsError::not_implemented("monitoring accounts"));
        }
        let pattern = input.log_group_name_pattern.as_deref();
        if pattern.is_some() && input.log_group_name_prefix.is_some() {
            return Err(invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        if let Some(class) = &input.log_group_class {
            check_class(class)?;
        }
        let wanted = |group: &Group| {
            let class = input.log_group_class.as_ref().is_none_or(|class| *class == group.class);
            let named = input
                .log_group_identifiers
                .as_ref()
                .is_none_or(|names| names.contains(&group.name));
            class && named && pattern.is_none_or(|pattern| group.name.contains(pattern))
        };
        let prefix = input.log_group_name_prefix.as_deref().unwrap_or_default();
        let groups = GROUPS.all(&self.env.store.read()?, prefix)?;
        let groups = groups.into_iter().filter(|(_, group)| wanted(group));
        let (page, next_token) = constraints::page(groups, false, input.next_token.as_deref(), limit)?;
        // "If you specify logGroupNamePattern in your request, then only arn, creationTime, and logGroupName are
        // included in the response."
        let log_groups = page
            .into_iter()
            .map(|group| self.described(group, pattern.is_none()))
            .collect();
        Ok(LogGroups { log_groups, next_token })
    }

    fn described(&self, group: Group, details: bool) -> LogGroup {
        let arn = self.arn(&group.name);
        LogGroup {
            creation_time: group.created,
            arn: format!("{arn}:*"),
            details: details.then_some(Details {
                retention_in_days: group.retention_days,
                metric_filter_count: 0,
                stored_bytes: group.stored_bytes,
                kms_key_id: group.kms_key,
                log_group_class: group.class,
                log_group_arn: arn,
                deletion_protection_enabled: group.protected,
            }),
            log_group_name: group.name,
        }
    }

    pub(super) fn put_retention_policy(&self, input: &PutRetentionPolicy) -> Result<(), AwsError> {
        let days = input.retention_in_days;
        let allowed = RETENTION_DAYS.map(|days| days.to_string());
        let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
        constrain(|constraints| constraints.one_of("retentionInDays", &days.to_string(), &allowed))?;
        let days = u32::try_from(days).map_err(AwsError::internal)?;
        self.change_group(&input.log_group_name, |group| {
            group.retention_days = Some(days);
            Ok(())
        })
    }

    pub(super) fn delete_retention_policy(&self, input: &Named) -> Result<(), AwsError> {
        self.change_group(&input.log_group_name, |group| {
            group.retention_days = None;
            Ok(())
        })
    }

    pub(super) fn put_deletion_protection(&self, input: &PutDeletionProtection) -> Result<(), AwsError> {
        let name = self.identified(None, Some(&input.log_group_identifier))?;
        self.change_group(&name, |group| {
            group.protected = input.deletion_protection_enabled;
            Ok(())
        })
    }

    /// The key is kept and shown; there is no KMS to check it with.
    pub(super) fn associate_kms_key(&self, input: &AssociateKmsKey) -> Result<(), AwsError> {
        check_key(&input.kms_key_id)?;
        let name = key_owner(input.log_group_name.as_deref(), input.resource_identifier.is_some())?;
        self.change_group(name, |group| {
            group.kms_key = Some(input.kms_key_id.clone());
            Ok(())
        })
    }

    pub(super) fn disassociate_kms_key(&self, input: &DisassociateKmsKey) -> Result<(), AwsError> {
        let name = key_owner(input.log_group_name.as_deref(), input.resource_identifier.is_some())?;
        self.change_group(name, |group| {
            group.kms_key = None;
            Ok(())
        })
    }

    pub(super) fn change_group(
        &self,
        name: &str,
        change: impl FnOnce(&mut Group) -> Result<(), AwsError>,
    ) -> Result<(), AwsError> {
        constraints::group_name(name)?;
        self.env.store.write(|tx: &Write| {
            let mut group = group(tx, name)?;
            change(&mut group)?;
            GROUPS.put(tx, name, &group).map_err(AwsError::from)
        })
    }
}

/// Keys of query results, named by `resourceIdentifier`, have no use here.
fn key_owner(group: Option<&str>, other: bool) -> Result<&str, AwsError> {
    match group {
        Some(name) if !other => Ok(name),
        None if other => Err(AwsError::not_implemented("keys of CloudWatch Logs query results")),
        _ => Err(invalid(
            "Exactly one of logGroupName and resourceIdentifier must be given.",
        )),
    }
}

fn check_key(key: &str) -> Result<(), AwsError> {
    constrain(|constraints| constraints.length("kmsKeyId", key, 0, 256))?;
    let parts: Vec<&str> = key.splitn(6, ':').collect();
    let valid = matches!(parts[..], ["arn", _, "kms", region, account, resource]
        if !region.is_empty() && account.len() == 12 && resource.starts_with("key/"));
    if valid {
        Ok(())
    } else {
        Err(invalid("The specified KMS key ID is not the ARN of a KMS key."))
    }
}

fn check_class(class: &str) -> Result<(), AwsError> {
    constrain(|constraints| constraints.one_of("logGroupClass", class, &CLASSES))
}
