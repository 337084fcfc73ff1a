//! AWS Glue: databases and tables of the Data Catalog, jobs and triggers.

pub(super) mod database;
pub(super) mod job;
mod storage;
pub(super) mod table;
pub(super) mod trigger;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use super::error::Error;
use super::handler::{Scope, offered};
use super::ownership::{Tags, config_tags, missing_tags};
use super::properties::Tag;
use crate::aws::{self, failure};
use crate::engine::Cx;

/// A map of the person's own names to text. A value that is not known yet is null.
type Texts = BTreeMap<String, Option<String>>;

fn read_texts(map: Option<HashMap<String, String>>) -> Texts {
    let entries = map.into_iter().flatten();
    entries.map(|(key, value)| (key, Some(value))).collect()
}

/// What is sent: nothing where there is nothing.
fn sent_texts(map: &Texts) -> Option<HashMap<String, String>> {
    let entries = map
        .iter()
        .map(|(key, value)| (key.clone(), value.clone().unwrap_or_default()));
    (!map.is_empty()).then(|| entries.collect())
}

/// Text that stands for "none" when empty, as the API takes it: left out.
fn non_empty(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

/// Text without a default of its own, so that taking it out of the configs is a change to none.
fn or_empty(text: &mut Option<String>) {
    text.get_or_insert_default();
}

/// Jobs and triggers write their tags as a map.
fn listed(tags: &Texts) -> Vec<Tag> {
    let entries = tags.iter();
    entries
        .map(|(key, value)| Tag {
            key: key.clone(),
            value: value.clone().unwrap_or_default(),
        })
        .collect()
}

/// The live tags without the ownership tags, as a map.
fn own_tags(live: &Tags) -> Texts {
    let tags = config_tags(live).into_iter();
    tags.map(|tag| (tag.key, Some(tag.value))).collect()
}

/// `arn:aws:glue:us-east-1:111122223333:job/nightly`; `catalog` is the account, and `None` means the environment's.
/// <https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html>
fn arn(scope: &Scope, catalog: Option<&str>, kind: &str, name: &str) -> String {
    let partition = scope.partition().0;
    let account = catalog.unwrap_or(&scope.account);
    format!("arn:{partition}:glue:{}:{account}:{kind}/{name}", scope.region)
}

async fn tags(scope: &Scope, arn: &str) -> Result<Tags, aws::Error> {
    let answer = scope.clients.glue.get_tags().resource_arn(arn).send().await;
    let answer = answer.map_err(|e| failure("glue", "GetTags", arn, e))?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// Writes the tags that are not there: after a change of the configs, and after a creation, because emulators may
/// ignore the tags of a create call. What is not visible yet, or tells no tags, has those that it was made with.
async fn complete_tags(scope: &Scope, arn: &str, wanted: &[Tag], cx: &Cx) -> Result<(), Error> {
    let Some(live) = offered(tags(scope, arn).await)? else {
        return Ok(());
    };
    let missing = missing_tags(scope, wanted, &live);
    if missing.is_empty() {
        return Ok(());
    }
    let request = scope.clients.glue.tag_resource().resource_arn(arn);
    let request = request.set_tags_to_add(Some(missing.into_iter().collect()));
    scope
        .retrying(cx, async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure("glue", "TagResource", arn, e))
        })
        .await?;
    Ok(())
}
