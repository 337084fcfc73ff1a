//! TagResource, UntagResource, ListTagsForResource, and the tagging API's view. Namespaces and workgroups have tags.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftServerless;
use super::constraints::{self, Tag, constrain};
use super::errors::not_found;
use super::model::{NAMESPACES, NamespaceStatus, Tags, WORKGROUPS, WorkgroupStatus};
use crate::local::error::AwsError;
use crate::local::tagging::{TagSource, Tagged};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TagResource {
    resource_arn: String,
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ListTags {
    resource_arn: String,
}

impl RedshiftServerless {
    pub(super) fn tag_resource(&self, input: TagResource) -> Result<Value, AwsError> {
        self.add_tags(&input.resource_arn, constraints::tags(&input.tags)?)?;
        Ok(json!({}))
    }

    pub(super) fn untag_resource(&self, input: &UntagResource) -> Result<Value, AwsError> {
        constrain(|constraints| constraints.count("tagKeys", input.tag_keys.len(), 0, 200))?;
        self.remove_tags(&input.resource_arn, &input.tag_keys)?;
        Ok(json!({}))
    }

    pub(super) fn list_tags(&self, input: &ListTags) -> Result<Value, AwsError> {
        let tags = self.tagged()?.into_iter().find(|(arn, _)| *arn == input.resource_arn);
        let (_, tags) = tags.ok_or_else(|| resource_not_found(&input.resource_arn))?;
        let tags: Vec<_> = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        Ok(json!({"tags": tags}))
    }

    fn add_tags(&self, arn: &str, new: Tags) -> Result<(), AwsError> {
        self.change_tags(arn, |tags| {
            tags.extend(new);
            constraints::tag_count(tags)
        })
    }

    fn remove_tags(&self, arn: &str, keys: &[String]) -> Result<(), AwsError> {
        self.change_tags(arn, |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    fn change_tags(&self, arn: &str, change: impl FnOnce(&mut Tags) -> Result<(), AwsError>) -> Result<(), AwsError> {
        let now = self.env.now();
        self.env.store.write(|tx| {
            for mut workgroup in self.workgroups(tx)? {
                if self.workgroup_arn(&workgroup.id) == arn {
                    change(&mut workgroup.tags)?;
                    return Ok(WORKGROUPS.put(tx, &workgroup.name, &workgroup)?);
                }
            }
            for (name, mut namespace) in NAMESPACES.all(tx, "")? {
                if self.namespace_arn(&namespace.id) == arn && namespace.status(now) != NamespaceStatus::Gone {
                    change(&mut namespace.tags)?;
                    return Ok(NAMESPACES.put(tx, &name, &namespace)?);
                }
            }
            Err(resource_not_found(arn))
        })
    }

    fn is_ours(&self, arn: &str) -> bool {
        arn.starts_with(&self.env.arn("redshift-serverless", ""))
    }
}

fn resource_not_found(arn: &str) -> AwsError {
    not_found(format!("Resource {arn} not found."))
}

impl TagSource for RedshiftServerless {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let tx = self.env.store.read()?;
        let now = self.env.now();
        let mut tagged = Vec::new();
        for (_, namespace) in NAMESPACES.all(&tx, "")? {
            if !matches!(namespace.status(now), NamespaceStatus::Gone | NamespaceStatus::Deleting) {
                tagged.push((self.namespace_arn(&namespace.id), namespace.tags));
            }
        }
        for workgroup in self.workgroups(&tx)? {
            if workgroup.status(now) != WorkgroupStatus::Deleting {
                tagged.push((self.workgroup_arn(&workgroup.id), workgroup.tags));
            }
        }
        Ok(tagged)
    }

    fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> Result<bool, AwsError> {
        if !self.is_ours(arn) {
            return Ok(false);
        }
        self.add_tags(arn, tags.clone())?;
        Ok(true)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<bool, AwsError> {
        if !self.is_ours(arn) {
            return Ok(false);
        }
        self.remove_tags(arn, keys)?;
        Ok(true)
    }
}
