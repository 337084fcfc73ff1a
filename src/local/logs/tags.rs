//! Tags of log groups: the present API (by ARN), the old one (by name), and the tagging API's view.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;
use crate::local::tagging::{TagSource, Tagged};

use super::constraints::{constrain, invalid};
use super::model::GROUPS;
use super::{Logs, group};

const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TagResource {
    resource_arn: String,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListTagsForResource {
    resource_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TagLogGroup {
    log_group_name: String,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UntagLogGroup {
    log_group_name: String,
    tags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListTagsLogGroup {
    log_group_name: String,
}

#[derive(Serialize)]
pub(super) struct Tags {
    tags: BTreeMap<String, String>,
}

impl Logs {
    pub(super) fn tag_resource(&self, input: TagResource) -> Result<(), AwsError> {
        self.add_tags(&self.name_of(&input.resource_arn)?, input.tags)
    }

    pub(super) fn untag_resource(&self, input: &UntagResource) -> Result<(), AwsError> {
        self.remove_tags(&self.name_of(&input.resource_arn)?, &input.tag_keys)
    }

    pub(super) fn list_tags_for_resource(&self, input: &ListTagsForResource) -> Result<Tags, AwsError> {
        self.tags(&self.name_of(&input.resource_arn)?)
    }

    pub(super) fn tag_log_group(&self, input: TagLogGroup) -> Result<(), AwsError> {
        self.add_tags(&input.log_group_name, input.tags)
    }

    pub(super) fn untag_log_group(&self, input: &UntagLogGroup) -> Result<(), AwsError> {
        self.remove_tags(&input.log_group_name, &input.tags)
    }

    pub(super) fn list_tags_log_group(&self, input: &ListTagsLogGroup) -> Result<Tags, AwsError> {
        self.tags(&input.log_group_name)
    }

    fn tags(&self, name: &str) -> Result<Tags, AwsError> {
        let tags = group(&self.env.store.read()?, name)?.tags;
        Ok(Tags { tags })
    }

    fn add_tags(&self, name: &str, tags: BTreeMap<String, String>) -> Result<(), AwsError> {
        check(&tags)?;
        self.change_group(name, |group| {
            group.tags.extend(tags);
            if group.tags.len() > MAX_TAGS {
                return Err(AwsError::bad_request(
                    "TooManyTagsException",
                    format!("The resource would have more than {MAX_TAGS} tags."),
                ));
            }
            Ok(())
        })
    }

    fn remove_tags(&self, name: &str, keys: &[String]) -> Result<(), AwsError> {
        self.change_group(name, |group| {
            group.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }
}

impl TagSource for Logs {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let groups = GROUPS.all(&self.env.store.read()?, "")?;
        Ok(groups
            .into_iter()
            .map(|(name, group)| (self.arn(&name), group.tags))
            .collect())
    }

    fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<bool, AwsError> {
        let Ok(name) = self.name_of(arn) else {
            return Ok(false);
        };
        self.add_tags(&name, tags.clone())?;
        Ok(true)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<bool, AwsError> {
        let Ok(name) = self.name_of(arn) else {
            return Ok(false);
        };
        self.remove_tags(&name, keys)?;
        Ok(true)
    }
}

/// Count, lengths and characters.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    constrain(|constraints| constraints.count("tags", tags.len(), 0, MAX_TAGS))?;
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    for (key, value) in tags {
        let matches = |text: &str| text.chars().all(allowed);
        constrain(|constraints| {
            constraints.length("tags", key, 1, 128);
            constraints.length("tags", value, 0, 256);
            constraints.pattern("tags", key, r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$", matches(key));
            constraints.pattern("tags", value, r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", matches(value));
        })?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("Tag keys that begin with aws: are reserved for use by AWS."));
        }
    }
    Ok(())
}
