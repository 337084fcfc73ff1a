//! Tags of data sources, data sets, dashboards, analyses and users, and the tagging API's view of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};
use crate::local::store::{Reads, Table, Write};
use crate::local::tagging::{TagSource, Tagged};

use super::QuickSight;
use super::document::ok;
use super::errors::{invalid, limit, not_found};
use super::model::{ANALYSES, DASHBOARDS, DATA_SETS, DATA_SOURCES, Tags, USERS, user_key};

/// "Maximum number of tags per resource: 50." Source: TagResource's API reference.
const MAX_TAGS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

/// `Tags` of a request.
pub(super) fn given_tags(input: &Input) -> Result<Tags, AwsError> {
    let list: Vec<Tag> = input.read("Tags")?;
    let mut tags = Tags::new();
    for Tag { key, value } in list {
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid(format!("Tag key {key} is not valid: aws: is reserved for AWS")));
        }
        if let Some(_earlier) = tags.insert(key.clone(), value) {
            return Err(invalid(format!("Tag key {key} is given more than once")));
        }
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_count(tags: &Tags) -> Result<(), AwsError> {
    match tags.len() {
        0..=MAX_TAGS => Ok(()),
        count => Err(limit(format!(
            "A resource has at most {MAX_TAGS} tags; this one would have {count}"
        ))),
    }
}

/// Reads or changes the tags of one resource; answers them.
fn edit<T: serde::Serialize + serde::de::DeserializeOwned>(
    tx: &Write,
    table: &Table<T>,
    key: &str,
    tags: impl FnOnce(&mut T) -> &mut Tags,
    change: impl FnOnce(&mut Tags) -> Result<(), AwsError>,
) -> Result<bool, AwsError> {
    let Some(mut found) = table.get(tx, key)? else {
        return Ok(false);
    };
    change(tags(&mut found))?;
    table.put(tx, key, &found)?;
    Ok(true)
}

impl QuickSight {
    pub(super) fn tag_resource(&self, input: &Input) -> Result<Reply, AwsError> {
        let new = given_tags(input)?;
        self.edit_tags(input.text("ResourceArn"), |tags| {
            tags.extend(new);
            check_count(tags)
        })?;
        Ok(ok(json!({})))
    }

    pub(super) fn untag_resource(&self, input: &Input) -> Result<Reply, AwsError> {
        let keys: Vec<String> = input.read("TagKeys")?;
        self.edit_tags(input.text("ResourceArn"), |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })?;
        Ok(ok(json!({})))
    }

    pub(super) fn list_tags(&self, input: &Input) -> Result<Reply, AwsError> {
        let arn = input.text("ResourceArn");
        let tags = self.tags_of(&self.env.store.read()?, arn)?;
        let tags = tags.ok_or_else(|| no_resource(arn))?;
        let tags: Vec<_> = tags
            .into_iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect();
        Ok(ok(json!({"Tags": tags})))
    }

    /// Kind and key of the resource that an ARN of this account and region names.
    fn resource<'a>(&self, arn: &'a str) -> Option<(&'a str, String)> {
        let resource = arn.strip_prefix(&self.arn(""))?;
        let (kind, id) = resource.split_once('/')?;
        match (kind, id.split_once('/')) {
            ("user", Some((namespace, name))) => Some((kind, user_key(namespace, name))),
            (_, None) => Some((kind, id.to_owned())),
            _ => None,
        }
    }

    fn tags_of(&self, tx: &impl Reads, arn: &str) -> Result<Option<Tags>, AwsError> {
        let Some((kind, key)) = self.resource(arn) else {
            return Ok(None);
        };
        Ok(match kind {
            "datasource" => DATA_SOURCES.get(tx, &key)?.map(|it| it.tags),
            "dataset" => DATA_SETS.get(tx, &key)?.map(|it| it.tags),
            "dashboard" => DASHBOARDS.get(tx, &key)?.map(|it| it.tags),
            "analysis" => ANALYSES.get(tx, &key)?.map(|it| it.tags),
            "user" => USERS.get(tx, &key)?.map(|it| it.tags),
            _ => None,
        })
    }

    fn edit_tags(&self, arn: &str, change: impl FnOnce(&mut Tags) -> Result<(), AwsError>) -> Result<(), AwsError> {
        let (kind, key) = self.resource(arn).ok_or_else(|| no_resource(arn))?;
        let found = self.env.store.write(|tx| match kind {
            "datasource" => edit(tx, &DATA_SOURCES, &key, |it| &mut it.tags, change),
            "dataset" => edit(tx, &DATA_SETS, &key, |it| &mut it.tags, change),
            "dashboard" => edit(tx, &DASHBOARDS, &key, |it| &mut it.tags, change),
            "analysis" => edit(tx, &ANALYSES, &key, |it| &mut it.tags, change),
            "user" => edit(tx, &USERS, &key, |it| &mut it.tags, change),
            _ => Ok(false),
        })?;
        match found {
            true => Ok(()),
            false => Err(no_resource(arn)),
        }
    }
}

impl TagSource for QuickSight {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let tx = self.env.store.read()?;
        let mut all = Vec::new();
        let sources = DATA_SOURCES.all(&tx, "")?.into_iter();
        all.extend(sources.map(|(id, it)| (self.data_source_arn(&id), it.tags)));
        let sets = DATA_SETS.all(&tx, "")?.into_iter();
        all.extend(sets.map(|(id, it)| (self.data_set_arn(&id), it.tags)));
        let dashboards = DASHBOARDS.all(&tx, "")?.into_iter();
        all.extend(dashboards.map(|(id, it)| (self.dashboard_arn(&id), it.tags)));
        let analyses = ANALYSES.all(&tx, "")?.into_iter();
        all.extend(analyses.map(|(id, it)| (self.analysis_arn(&id), it.tags)));
        let users = USERS.all(&tx, "")?.into_iter();
        all.extend(users.map(|(_, it)| (self.user_arn(&it), it.tags)));
        Ok(all)
    }

    fn tag(&self, arn: &str, new: &BTreeMap<String, String>) -> Result<bool, AwsError> {
        if self.resource(arn).is_none() {
            return Ok(false);
        }
        self.edit_tags(arn, |tags| {
            tags.extend(new.clone());
            check_count(tags)
        })?;
        Ok(true)
    }

    fn untag(&self, arn: &str, keys: &[String]) -> Result<bool, AwsError> {
        if self.resource(arn).is_none() {
            return Ok(false);
        }
        self.edit_tags(arn, |tags| {
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })?;
        Ok(true)
    }
}

fn no_resource(arn: &str) -> AwsError {
    not_found(format!("Resource {arn} does not exist."))
}
