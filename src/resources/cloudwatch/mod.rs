//! CloudWatch: alarms and dashboards.

pub(super) mod alarm;
pub(super) mod dashboard;
mod query;
#[cfg(test)]
mod tests;
mod window;

use aws_sdk_cloudwatch::types as cloudwatch;

use super::error::Error;
use super::handler::Scope;
use super::ownership::Tags;
use crate::aws::{self, failure};
use crate::engine::Cx;

const SERVICE: &str = "cloudwatch";

async fn tags(scope: &Scope, name: &str, arn: &str) -> Result<Tags, aws::Error> {
    let request = scope.clients.cloudwatch.list_tags_for_resource().resource_arn(arn);
    let answer = request.send().await;
    let answer = answer.map_err(|e| failure(SERVICE, "ListTagsForResource", name, e))?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(tags
        .filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
        .collect())
}

/// Adds tags; none is no call. PutMetricAlarm and PutDashboard take tags for what they create and ignore them where
/// they change something that exists.
async fn tag(scope: &Scope, name: &str, arn: &str, tags: Tags, cx: &Cx) -> Result<(), Error> {
    if tags.is_empty() {
        return Ok(());
    }
    let client = &scope.clients.cloudwatch;
    let request = client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(tags)));
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "TagResource", name, e))
    };
    scope.retrying(cx, call).await?;
    Ok(())
}

fn sdk_tags(tags: Tags) -> Vec<cloudwatch::Tag> {
    let tags = tags.into_iter();
    tags.map(|(key, value)| cloudwatch::Tag::builder().key(key).value(value).build())
        .collect()
}

/// Empty text stands for none, so that taking a property away counts as a change.
fn or_empty(text: &mut Option<String>) {
    text.get_or_insert_default();
}

fn non_empty(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}
