//! Tags of secrets, by the service's own operations and through the tagging API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Secrets;
use super::errors::{constrain, invalid_parameter};
use super::model::SECRETS;
use crate::local::error::AwsError;
use crate::local::tagging::{TagSource, Tagged};

/// Source: Secrets Manager user guide, "Secrets Manager quotas".
const MAX_TAGS: usize = 50;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    key: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TagResource {
    secret_id: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UntagResource {
    secret_id: String,
    tag_keys: Vec<String>,
}

/// Lengths, reserved keys and their number.
pub(super) fn checked(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, AwsError> {
    let mut checked = BTreeMap::new();
    for tag in tags {
        let (key, value) = (tag.key.unwrap_or_default(), tag.value.unwrap_or_default());
        constrain(|constraints| {
            constraints.length("tags.key", &key, 1, 128);
            constraints.length("tags.value", &value, 0, 256);
        })?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid_parameter(
                "The tag key can't start with aws: because it is reserved for use by AWS.",
            ));
        }
        checked.insert(key, value);
    }
    check_count(&checked)?;
    Ok(checked)
}

fn check_count(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    if tags.len() <= MAX_TAGS {
        return Ok(());
    }
    Err(invalid_parameter(format!(
        "You can't attach more than {MAX_TAGS} tags to a secret."
    )))
}

pub(super) fn listed(tags: &BTreeMap<String, String>) -> Vec<Value> {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

impl Secrets {
    pub(super) fn tag_resource(&self, input: TagResource) -> Result<(), AwsError> {
        let tags = checked(input.tags)?;
        self.change(&input.secret_id, |secret| {
            secret.tags.extend(tags);
            check_count(&secret.tags)
        })
    }

    pub(super) fn untag_resource(&self, input: &UntagResource) -> Result<(), AwsError> {
        self.change(&input.secret_id, |secret| {
            secret.tags.retain(|key, _| !input.tag_keys.contains(key));
            Ok(())
        })
    }

    fn is_ours(&self, arn: &str) -> bool {
        arn.starts_with(&self.env.arn("secretsmanager", "secret:"))
    }
}

impl TagSource for Secrets {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let now = self.env.now();
        let secrets = SECRETS.all(&self.env.store.read()?, "")?.into_iter();
        Ok(secrets
            .filter(|(_, secret)| !secret.is_gone(now))
            .map(|(_, secret)| (secret.arn, secret.tags))
            .collect())
    }

    fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<bool, AwsError> {
        if !self.is_ours(arn) {
            return Ok(false);
        }
        let tags = tags.iter().map(|(key, value)| Tag {
            key: Some(key.clone()),
            value: Some(value.clone()),
        });
        self.tag_resource(TagResource {
            secret_id: arn.to_owned(),
            tags: tags.collect(),
        })?;
        Ok(true)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<bool, AwsError> {
        if !self.is_ours(arn) {
            return Ok(false);
        }
        self.untag_resource(&UntagResource {
            secret_id: arn.to_owned(),
            tag_keys: keys.to_vec(),
        })?;
        Ok(true)
    }
}
