//! Tags of streams and consumers, by both of the API's families of operations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Kinesis;
use super::errors::{invalid_argument, not_found};
use super::input::stream_input;
use super::model::Stream;
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

/// Tags a resource may carry. Source: AddTagsToStream's API reference.
const TAG_LIMIT: usize = 50;

type Tags = BTreeMap<String, String>;

stream_input!(AddTags { tags: Option<Tags>, });
stream_input!(RemoveTags {
    tag_keys: Option<Vec<String>>,
});
stream_input!(ListTags {
    exclusive_start_tag_key: Option<String>,
    limit: Option<i64>,
});

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ResourceTags {
    #[serde(rename = "ResourceARN")]
    resource_arn: Option<String>,
    #[serde(rename = "StreamId")]
    _stream_id: Option<String>,
    tags: Option<Tags>,
    tag_keys: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagPage {
    tags: Vec<Tag>,
    has_more_tags: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AllTags {
    tags: Vec<Tag>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

fn listed(tags: &Tags) -> impl Iterator<Item = Tag> + '_ {
    tags.iter().map(|(key, value)| Tag {
        key: key.clone(),
        value: value.clone(),
    })
}

/// Lengths of keys and values, as the model has them.
pub(super) fn constrain(tags: &Tags, constraints: &mut Constraints) {
    constraints.count("tags", tags.len(), 0, 200);
    for (key, value) in tags {
        constraints.length("tags.key", key, 1, 128);
        constraints.length("tags.value", value, 0, 256);
    }
}

fn constrain_keys(keys: &Option<Vec<String>>, constraints: &mut Constraints) {
    constraints.required("tagKeys", keys);
    if let Some(keys) = keys {
        constraints.count("tagKeys", keys.len(), 1, 50);
    }
}

/// Characters, reserved keys and the number of tags the resource would carry.
pub(super) fn check(resource: &str, account: &str, tags: &Tags, total: usize) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_./=+-%@:".contains(c);
    if tags.iter().any(|(k, v)| !k.chars().chain(v.chars()).all(allowed)) {
        return Err(invalid_argument(
            "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, \
             _ . / = + - % @.",
        ));
    }
    if tags.keys().any(|key| key.to_ascii_lowercase().starts_with("aws:")) {
        return Err(invalid_argument("Tag keys must not start with aws:."));
    }
    if total > TAG_LIMIT {
        return Err(invalid_argument(format!(
            "Failed to add tags to stream {resource} under account {account} because a given stream cannot have more \
             than {TAG_LIMIT} tags associated with it."
        )));
    }
    Ok(())
}

fn add(stream: &str, account: &str, to: &mut Tags, tags: Tags) -> Result<(), AwsError> {
    let mut merged = to.clone();
    merged.extend(tags.clone());
    check(stream, account, &tags, merged.len())?;
    *to = merged;
    Ok(())
}

impl Kinesis {
    pub(super) fn add_tags(&self, input: AddTags) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("tags", &input.tags);
        if let Some(tags) = &input.tags {
            constrain(tags, &mut constraints);
        }
        let live = self.find(input.stream(), constraints)?;
        self.change(&live, |stream| {
            add(
                &stream.name,
                self.env.account(),
                &mut stream.tags,
                input.tags.unwrap_or_default(),
            )
        })
    }

    pub(super) fn remove_tags(&self, input: RemoveTags) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constrain_keys(&input.tag_keys, &mut constraints);
        let live = self.find(input.stream(), constraints)?;
        self.change(&live, |stream| {
            stream
                .tags
                .retain(|key, _| !input.tag_keys.as_ref().is_some_and(|keys| keys.contains(key)));
            Ok(())
        })
    }

    pub(super) fn list_tags(&self, input: ListTags) -> Result<TagPage, AwsError> {
        let mut constraints = Constraints::default();
        if let Some(limit) = input.limit {
            constraints.range("limit", limit, 1, 50);
        }
        let live = self.find(input.stream(), constraints)?;
        let view = live.view();
        let after = input.exclusive_start_tag_key.as_deref();
        let limit = input.limit.unwrap_or(50) as usize;
        let mut tags: Vec<_> = listed(&view.stream.tags)
            .filter(|tag| after.is_none_or(|after| tag.key.as_str() > after))
            .take(limit + 1)
            .collect();
        let more = tags.len() > limit;
        tags.truncate(limit);
        Ok(TagPage {
            tags,
            has_more_tags: more,
        })
    }

    /// Runs `on` on the tags of the stream or consumer that an ARN names.
    fn with_tags<T>(
        &self,
        arn: Option<String>,
        mut constraints: Constraints,
        on: impl FnOnce(&str, &mut Tags) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        constraints.required("resourceARN", &arn);
        constraints.check()?;
        let arn = arn.unwrap_or_default();
        let live = self.by_name(self.name_in(&arn)?)?;
        self.change(&live, |stream: &mut Stream| {
            let stream_arn = self.arn(&stream.name);
            if arn == stream_arn {
                return on(&stream.name, &mut stream.tags);
            }
            let consumer = stream
                .consumers
                .iter_mut()
                .find(|consumer| super::consumers::arn(&stream_arn, consumer) == arn);
            let consumer = consumer.ok_or_else(|| not_found(format!("Resource {arn} not found.")))?;
            on(&consumer.name, &mut consumer.tags)
        })
    }

    pub(super) fn tag_resource(&self, input: ResourceTags) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("tags", &input.tags);
        if let Some(tags) = &input.tags {
            constrain(tags, &mut constraints);
        }
        self.with_tags(input.resource_arn, constraints, |name, tags| {
            add(name, self.env.account(), tags, input.tags.unwrap_or_default())
        })
    }

    pub(super) fn untag_resource(&self, input: ResourceTags) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constrain_keys(&input.tag_keys, &mut constraints);
        self.with_tags(input.resource_arn, constraints, |_, tags| {
            tags.retain(|key, _| !input.tag_keys.as_ref().is_some_and(|keys| keys.contains(key)));
            Ok(())
        })
    }

    pub(super) fn list_resource_tags(&self, input: ResourceTags) -> Result<AllTags, AwsError> {
        self.with_tags(input.resource_arn, Constraints::default(), |_, tags| {
            Ok(AllTags {
                tags: listed(tags).collect(),
            })
        })
    }
}
