//! CreateSecret, DescribeSecret, UpdateSecret, DeleteSecret, RestoreSecret.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::Secrets;
use super::errors::{constrain, exists, invalid_parameter, invalid_request, managed, not_found};
use super::model::{CURRENT, Deletion, SECRETS, Secret, Version};
use super::tags::{self, Tag};
use super::{managed as managed_secrets, value};
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct CreateSecret {
    name: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    force_overwrite_replica_secret: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateSecret {
    secret_id: String,
    client_request_token: Option<String>,
    description: Option<String>,
    kms_key_id: Option<String>,
    secret_string: Option<String>,
    secret_binary: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct DeleteSecret {
    secret_id: String,
    recovery_window_in_days: Option<i64>,
    #[serde(default)]
    force_delete_without_recovery: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SecretId {
    pub secret_id: String,
}

/// What the operations that change a secret answer.
#[derive(Serialize)]
pub(super) struct Changed {
    #[serde(rename = "ARN")]
    pub arn: String,
    #[serde(rename = "Name")]
    pub name: String,
    #[serde(rename = "VersionId", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(rename = "VersionStages", skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    #[serde(rename = "DeletionDate", skip_serializing_if = "Option::is_none")]
    pub deletion: Option<f64>,
}

impl Changed {
    pub fn of(secret: &Secret, version: Option<String>) -> Self {
        Self {
            arn: secret.arn.clone(),
            name: secret.name.clone(),
            version,
            stages: Vec::new(),
            deletion: None,
        }
    }
}

/// Seconds since 1970, as awsJson writes times.
pub(super) fn epoch(at: Timestamp) -> f64 {
    at.as_millisecond() as f64 / 1000.0
}

/// A version's id: the request's token, or a new one.
pub(super) fn version_id(token: Option<String>) -> Result<String, AwsError> {
    let Some(token) = token else {
        return Ok(Uuid::new_v4().to_string());
    };
    constrain(|constraints| constraints.length("clientRequestToken", &token, 32, 64))?;
    Ok(token)
}

fn check_name(name: &str) -> Result<(), AwsError> {
    constrain(|constraints| constraints.length("name", name, 1, 512))?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-/_+=.@!".contains(c);
    match name.chars().all(allowed) {
        true => Ok(()),
        // A code that the model lacks, and that users report (hashicorp/terraform-provider-aws#39406).
        false => Err(AwsError::validation(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
        )),
    }
}

impl Secrets {
    pub(super) fn create_secret(&self, input: CreateSecret) -> Result<Changed, AwsError> {
        check_name(&input.name)?;
        let _ = input.force_overwrite_replica_secret;
        if let Some(description) = &input.description {
            constrain(|constraints| constraints.length("description", description, 0, 2048))?;
        }
        let tags = tags::checked(input.tags)?;
        let value = value::given(input.secret_string, input.secret_binary)?;
        let version = version_id(input.client_request_token)?;
        let now = self.env.now();
        self.env.store.write(|tx| {
            if let Some(old) = SECRETS.get(tx, &input.name)?.filter(|secret| !secret.is_gone(now)) {
                return self.created_before(&old, &version, value.as_ref());
            }
            let mut secret = Secret {
                arn: managed_secrets::arn(&self.env, &input.name),
                name: input.name,
                description: input.description,
                kms_key_id: input.kms_key_id,
                created: now,
                changed: now,
                accessed: None,
                deletion: None,
                owner: None,
                tags,
                versions: Default::default(),
            };
            let has_value = value.is_some();
            if let Some(value) = value {
                let stages = vec![CURRENT.to_owned()];
                let first = Version {
                    created: now,
                    value,
                    stages,
                };
                secret.versions.insert(version.clone(), first);
            }
            SECRETS.put(tx, &secret.name, &secret)?;
            Ok(Changed::of(&secret, has_value.then_some(version)))
        })
    }

    /// The answer to a creation of what is there: the same for a repeated request, else an error.
    fn created_before(
        &self,
        old: &Secret,
        version: &str,
        value: Option<&super::model::Value>,
    ) -> Result<Changed, AwsError> {
        if old.deletion.is_some() {
            return Err(invalid_request(
                "You can't create this secret because a secret with this name is already scheduled for deletion.",
            ));
        }
        let same = old.versions.get(version).map(|version| &version.value);
        if same.is_some() && same == value {
            return Ok(Changed::of(old, Some(version.to_owned())));
        }
        Err(exists(format!(
            "The operation failed because the secret {} already exists.",
            old.name
        )))
    }

    pub(super) fn describe_secret(&self, input: &SecretId) -> Result<serde_json::Value, AwsError> {
        let secret = self.find(&self.env.store.read()?, &input.secret_id)?;
        let mut description = described(&secret);
        description["VersionIdsToStages"] = json!(secret.stages());
        Ok(description)
    }

    pub(super) fn update_secret(&self, input: UpdateSecret) -> Result<Changed, AwsError> {
        let value = value::given(input.secret_string, input.secret_binary)?;
        if let Some(description) = &input.description {
            constrain(|constraints| constraints.length("description", description, 0, 2048))?;
        }
        let version = version_id(input.client_request_token)?;
        self.change(&input.secret_id, |secret| {
            if let Some(description) = input.description {
                secret.description = Some(description).filter(|text| !text.is_empty());
            }
            secret.kms_key_id = input.kms_key_id.or(secret.kms_key_id.take());
            let Some(value) = value else {
                return Ok(Changed::of(secret, None));
            };
            self.add_version(secret, &version, value, &[CURRENT.to_owned()])?;
            Ok(Changed::of(secret, Some(version)))
        })
    }

    pub(super) fn delete_secret(&self, input: &DeleteSecret) -> Result<Changed, AwsError> {
        let now = self.env.now();
        let days = match (input.recovery_window_in_days, input.force_delete_without_recovery) {
            (Some(_), true) => {
                return Err(invalid_parameter(
                    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
                ));
            }
            (_, true) => 0,
            (Some(days), false) if !(7..=30).contains(&days) => {
                return Err(invalid_parameter(
                    "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
                ));
            }
            (days, false) => days.unwrap_or(30),
        };
        let removal = now.checked_add(SignedDuration::from_hours(24 * days));
        let removal = removal.map_err(AwsError::internal)?;
        self.env.store.write(|tx| {
            let mut secret = match self.find(tx, &input.secret_id) {
                Err(error) if days == 0 && error.code == not_found().code => return Ok(self.never_was(input, now)),
                other => other?,
            };
            if let Some(owner) = &secret.owner {
                return Err(managed(owner));
            }
            if secret.deletion.is_some() && days > 0 {
                return Err(super::errors::marked_for_deletion());
            }
            secret.deletion = Some(Deletion { removal });
            match days {
                0 => drop(SECRETS.remove(tx, &secret.name)?),
                _ => SECRETS.put(tx, &secret.name, &secret)?,
            }
            let mut deleted = Changed::of(&secret, None);
            deleted.deletion = Some(epoch(removal));
            Ok(deleted)
        })
    }

    /// Forced deletion of what is not there succeeds (DeleteSecret's API reference).
    fn never_was(&self, input: &DeleteSecret, now: Timestamp) -> Changed {
        Changed {
            arn: match input.secret_id.starts_with("arn:") {
                true => input.secret_id.clone(),
                false => managed_secrets::arn(&self.env, &input.secret_id),
            },
            name: input.secret_id.clone(),
            version: None,
            stages: Vec::new(),
            deletion: Some(epoch(now)),
        }
    }

    /// Of a secret that is not marked for deletion too: then nothing changes.
    pub(super) fn restore_secret(&self, input: &SecretId) -> Result<Changed, AwsError> {
        self.env.store.write(|tx| {
            let mut secret = self.find(tx, &input.secret_id)?;
            if let Some(owner) = &secret.owner {
                return Err(managed(owner));
            }
            secret.deletion = None;
            SECRETS.put(tx, &secret.name, &secret)?;
            Ok(Changed::of(&secret, None))
        })
    }
}

/// What DescribeSecret and ListSecrets have in common. "Secrets Manager only returns fields that have a value."
pub(super) fn described(secret: &Secret) -> serde_json::Value {
    let mut described = json!({
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": epoch(secret.created),
        "LastChangedDate": epoch(secret.changed),
        "Tags": tags::listed(&secret.tags),
    });
    let optional = [
        ("Description", secret.description.clone().map(serde_json::Value::from)),
        ("KmsKeyId", secret.kms_key_id.clone().map(serde_json::Value::from)),
        ("OwningService", secret.owner.clone().map(serde_json::Value::from)),
        ("LastAccessedDate", secret.accessed.map(|at| json!(epoch(at)))),
        (
            "DeletedDate",
            secret.deletion.map(|deletion| json!(epoch(deletion.removal))),
        ),
    ];
    for (member, value) in optional {
        if let Some(value) = value {
            described[member] = value;
        }
    }
    described
}
