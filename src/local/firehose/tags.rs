//! TagDeliveryStream, UntagDeliveryStream, ListTagsForDeliveryStream.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Firehose;
use super::describe::required_name;
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

/// Tags a delivery stream may carry. Source: TagDeliveryStream's API reference.
const TAG_LIMIT: usize = 50;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct TagStream {
    delivery_stream_name: Option<String>,
    tags: Option<Vec<Tag>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UntagStream {
    delivery_stream_name: Option<String>,
    tag_keys: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListTags {
    delivery_stream_name: Option<String>,
    exclusive_start_tag_key: Option<String>,
    limit: Option<i64>,
}

/// Checks tags against the model.
pub(super) fn constrain(tags: Option<&[Tag]>, constraints: &mut Constraints) {
    let Some(tags) = tags else { return };
    constraints.count("tags", tags.len(), 1, TAG_LIMIT);
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@%".contains(c);
    for (place, tag) in (1..).zip(tags) {
        constraints.length(format!("tags.{place}.member.key"), &tag.key, 1, 128);
        constraints.length(format!("tags.{place}.member.value"), &tag.value, 0, 256);
        let key = !tag.key.starts_with("aws:") && tag.key.chars().all(allowed);
        let pattern = r"^(?!aws:)[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$";
        constraints.pattern(format!("tags.{place}.member.key"), &tag.key, pattern, key);
        let pattern = r"^[\p{L}\p{Z}\p{N}_.:\/=+\-@%]*$";
        let value = tag.value.chars().all(allowed);
        constraints.pattern(format!("tags.{place}.member.value"), &tag.value, pattern, value);
    }
}

pub(super) fn map(tags: Vec<Tag>) -> BTreeMap<String, String> {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

impl Firehose {
    pub(super) fn tag(&self, input: TagStream) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        required_name(&input.delivery_stream_name, &mut constraints);
        constraints.required("tags", &input.tags);
        constrain(input.tags.as_deref(), &mut constraints);
        constraints.check()?;
        let name = input.delivery_stream_name.unwrap_or_default();
        self.change(&name, |state| {
            state.tags.extend(map(input.tags.unwrap_or_default()));
            if state.tags.len() > TAG_LIMIT {
                return Err(AwsError::bad_request(
                    "LimitExceededException",
                    format!("Firehose {name} cannot have more than {TAG_LIMIT} tags."),
                ));
            }
            Ok(())
        })
    }

    pub(super) fn untag(&self, input: UntagStream) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        required_name(&input.delivery_stream_name, &mut constraints);
        constraints.required("tagKeys", &input.tag_keys);
        constraints.check()?;
        let keys = input.tag_keys.unwrap_or_default();
        self.change(&input.delivery_stream_name.unwrap_or_default(), |state| {
            state.tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    pub(super) fn list_tags(&self, input: ListTags) -> Result<Value, AwsError> {
        let mut constraints = Constraints::default();
        required_name(&input.delivery_stream_name, &mut constraints);
        if let Some(limit) = input.limit {
            constraints.range("limit", limit, 1, 50);
        }
        constraints.check()?;
        let state = self
            .find(input.delivery_stream_name.as_deref().unwrap_or_default())?
            .state();
        let limit = input.limit.unwrap_or(50) as usize;
        let after = input.exclusive_start_tag_key;
        let mut tags: Vec<_> = state
            .tags
            .iter()
            .filter(|(key, _)| after.as_ref().is_none_or(|after| *key > after))
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .take(limit + 1)
            .collect();
        let more = tags.len() > limit;
        tags.truncate(limit);
        Ok(json!({"Tags": tags, "HasMoreTags": more}))
    }
}
