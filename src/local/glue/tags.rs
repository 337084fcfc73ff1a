//! Tags of databases, jobs and triggers, and the tagging API's view of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Glue;
use super::catalog::DATABASES;
use super::constraints::{self, constrain};
use super::errors::{invalid, not_found};
use super::jobs::JOBS;
use super::shape::{input, output};
use super::triggers::TRIGGERS;
use crate::local::error::AwsError;
use crate::local::store::Write;
use crate::local::tagging::{TagSource, Tagged};

const MAX_TAGS: usize = 50;

type Tags = BTreeMap<String, String>;

input! {
    TagResource {
        resource_arn: String,
        tags_to_add: BTreeMap<String, String>,
    }

    UntagResource {
        resource_arn: String,
        tags_to_remove: Vec<String>,
    }

    GetTags {
        resource_arn: String,
    }
}

output! {
    TagsOf {
        tags: BTreeMap<String, String>,
    }
}

/// A resource that can carry tags, with its name.
enum Resource<'a> {
    Database(&'a str),
    Job(&'a str),
    Trigger(&'a str),
}

impl Glue {
    pub(super) fn tag_resource(&self, input: &TagResource) -> Result<Value, AwsError> {
        check_arn(&input.resource_arn)?;
        constrain(|constraints| constraints::tags(constraints, "tagsToAdd", Some(&input.tags_to_add)))?;
        if input
            .tags_to_add
            .keys()
            .any(|key| key.to_ascii_lowercase().starts_with("aws:"))
        {
            return Err(invalid("Tag keys that begin with aws: are reserved for use by AWS."));
        }
        self.change_tags(&input.resource_arn, |tags| tags.extend(input.tags_to_add.clone()))?;
        Ok(json!({}))
    }

    pub(super) fn untag_resource(&self, input: &UntagResource) -> Result<Value, AwsError> {
        check_arn(&input.resource_arn)?;
        constrain(|constraints| constraints.count("tagsToRemove", input.tags_to_remove.len(), 0, MAX_TAGS))?;
        self.change_tags(&input.resource_arn, |tags| {
            tags.retain(|key, _| !input.tags_to_remove.contains(key));
        })?;
        Ok(json!({}))
    }

    pub(super) fn get_tags(&self, input: &GetTags) -> Result<TagsOf, AwsError> {
        check_arn(&input.resource_arn)?;
        let tx = self.env.store.read()?;
        let tags = match self.resource(&input.resource_arn) {
            Some(Resource::Database(name)) => DATABASES
                .get(&tx, name)?
                .map(|database| database.tags.unwrap_or_default()),
            Some(Resource::Job(name)) => JOBS.get(&tx, name)?.map(|job| job.tags),
            Some(Resource::Trigger(name)) => TRIGGERS.get(&tx, name)?.map(|trigger| trigger.tags),
            None => None,
        };
        let tags = tags.ok_or_else(|| missing(&input.resource_arn))?;
        Ok(TagsOf { tags })
    }

    /// What an ARN of this account and region names.
    fn resource<'a>(&self, arn: &'a str) -> Option<Resource<'a>> {
        let (kind, name) = arn.strip_prefix(self.env.arn("glue", "").as_str())?.split_once('/')?;
        match kind {
            "database" => Some(Resource::Database(name)),
            "job" => Some(Resource::Job(name)),
            "trigger" => Some(Resource::Trigger(name)),
            _ => None,
        }
    }

    fn change_tags(&self, arn: &str, change: impl FnOnce(&mut Tags)) -> Result<(), AwsError> {
        let resource = self.resource(arn).ok_or_else(|| missing(arn))?;
        self.env.store.write(|tx| self.write_tags(tx, arn, &resource, change))
    }

    fn write_tags(
        &self,
        tx: &Write,
        arn: &str,
        resource: &Resource<'_>,
        change: impl FnOnce(&mut Tags),
    ) -> Result<(), AwsError> {
        let changed = |tags: &mut Tags| {
            change(tags);
            match tags.len() > MAX_TAGS {
                true => Err(invalid(format!("A resource cannot have more than {MAX_TAGS} tags."))),
                false => Ok(()),
            }
        };
        match resource {
            Resource::Database(name) => {
                let mut database = DATABASES.get(tx, name)?.ok_or_else(|| missing(arn))?;
                changed(database.tags.get_or_insert_default())?;
                DATABASES.put(tx, name, &database)?;
            }
            Resource::Job(name) => {
                let mut job = JOBS.get(tx, name)?.ok_or_else(|| missing(arn))?;
                changed(&mut job.tags)?;
                JOBS.put(tx, name, &job)?;
            }
            Resource::Trigger(name) => {
                let mut trigger = TRIGGERS.get(tx, name)?.ok_or_else(|| missing(arn))?;
                changed(&mut trigger.tags)?;
                TRIGGERS.put(tx, name, &trigger)?;
            }
        }
        Ok(())
    }
}

impl TagSource for Glue {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let tx = self.env.store.read()?;
        let arn = |kind: &str, name: &str| self.env.arn("glue", &format!("{kind}/{name}"));
        let mut all: Vec<Tagged> = Vec::new();
        for (name, database) in DATABASES.all(&tx, "")? {
            all.push((arn("database", &name), database.tags.unwrap_or_default()));
        }
        all.extend(
            JOBS.all(&tx, "")?
                .into_iter()
                .map(|(name, job)| (arn("job", &name), job.tags)),
        );
        let triggers = TRIGGERS.all(&tx, "")?.into_iter();
        all.extend(triggers.map(|(name, trigger)| (arn("trigger", &name), trigger.tags)));
        Ok(all)
    }

    fn tag(&self, arn: &str, tags: &Tags) -> Result<bool, AwsError> {
        if self.resource(arn).is_none() {
            return Ok(false);
        }
        self.change_tags(arn, |own| own.extend(tags.clone()))?;
        Ok(true)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<bool, AwsError> {
        if self.resource(arn).is_none() {
            return Ok(false);
        }
        self.change_tags(arn, |own| own.retain(|key, _| !keys.contains(key)))?;
        Ok(true)
    }
}

fn check_arn(arn: &str) -> Result<(), AwsError> {
    let rest = arn.strip_prefix("arn:aws").and_then(|rest| rest.split_once(":glue:"));
    let matches = rest.is_some_and(|(partition, _)| partition.is_empty() || partition.starts_with('-'));
    constrain(|constraints| {
        let pattern = "arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*";
        constraints.pattern("resourceArn", arn, pattern, matches);
        constraints.length("resourceArn", arn, 1, 10_240);
    })
}

fn missing(arn: &str) -> AwsError {
    not_found(format!("Resource {arn} not found."))
}
