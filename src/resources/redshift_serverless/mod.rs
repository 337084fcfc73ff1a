//! Redshift Serverless: namespaces, workgroups and the limits on what they may use.
//!
//! There are no waiters in the SDK, a workgroup or namespace takes one change at a time, and AVAILABLE may be followed
//! by MODIFYING without anybody asking (hashicorp/terraform-provider-aws#31048).

pub(super) mod namespace;
#[cfg(test)]
mod tests;
pub(super) mod usage_limit;
pub(super) mod workgroup;
mod workgroup_changes;

use std::time::Duration;

use aws_sdk_redshiftserverless::types as serverless;

use super::error::Error;
use super::handler::Scope;
use super::ownership::Tags;
use crate::aws::{self, Backoff, Wait, failure};
use crate::engine::{Condition, Cx};

const SERVICE: &str = "redshift-serverless";

/// Workgroups take minutes; a queue of changes on AWS's side can make it a quarter of an hour and more.
const LIMIT: Duration = Duration::from_secs(45 * 60);

/// How long a change may stay invisible while the resource reads AVAILABLE, before it counts as done.
const SETTLES: Duration = Duration::from_secs(30);

/// Our words for what the service calls AVAILABLE too early, or does not see yet.
const NOT_VISIBLE: &str = "NOT VISIBLE YET";
const NOT_CHANGED: &str = "AVAILABLE, CHANGE NOT VISIBLE YET";
const NO_SECRET: &str = "AVAILABLE, SECRET NOT VISIBLE YET";
const ATTACHING: &str = "ATTACHING ROLES";

fn condition(state: &str) -> Condition {
    match state {
        "CREATING" | "MODIFYING" | ATTACHING => Condition::Settling,
        "DELETING" => Condition::Lost,
        _ => Condition::Steady,
    }
}

/// A wait for AVAILABLE.
fn waiting<'a>(operation: &'static str, name: &'a str) -> Wait<'a> {
    Wait {
        service: SERVICE,
        operation,
        resource: name,
        pending: &["CREATING", "MODIFYING", NOT_VISIBLE, NOT_CHANGED, NO_SECRET, ATTACHING],
        target: &["AVAILABLE"],
        pace: Backoff::POLL,
        limit: LIMIT,
    }
}

pub(super) async fn tags(scope: &Scope, name: &str, arn: &str) -> Result<Tags, aws::Error> {
    let client = &scope.clients.redshift_serverless;
    let answer = client.list_tags_for_resource().resource_arn(arn).send().await;
    let answer = answer.map_err(|e| failure(SERVICE, "ListTagsForResource", name, e))?;
    let tags = answer.tags.unwrap_or_default().into_iter();
    Ok(tags.map(|tag| (tag.key, tag.value)).collect())
}

/// Adds tags; none is no call.
pub(super) async fn tag(scope: &Scope, name: &str, arn: &str, tags: Tags, cx: &Cx) -> Result<(), Error> {
    if tags.is_empty() {
        return Ok(());
    }
    let client = &scope.clients.redshift_serverless;
    let request = client
        .tag_resource()
        .resource_arn(arn)
        .set_tags(Some(sdk_tags(scope, tags)?));
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "TagResource", name, e))
    };
    scope.retrying(cx, call).await?;
    Ok(())
}

pub(super) async fn untag(scope: &Scope, name: &str, arn: &str, key: &str, cx: &Cx) -> Result<(), Error> {
    let client = &scope.clients.redshift_serverless;
    let request = client.untag_resource().resource_arn(arn).tag_keys(key);
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "UntagResource", name, e))
    };
    scope.retrying(cx, call).await?;
    Ok(())
}

fn sdk_tags(scope: &Scope, tags: Tags) -> Result<Vec<serverless::Tag>, Error> {
    tags.into_iter()
        .map(|(key, value)| scope.built(serverless::Tag::builder().key(key).value(value).build()))
        .collect()
}

/// A key as the config spells it, if it can be the live one: services answer with the ARN of what may be given as
/// id, ARN or alias. Which key an alias stands for is not looked up.
pub(super) fn spelled(wanted: Option<&String>, live: Option<String>) -> Option<String> {
    let live = live?;
    let same = |wanted: &&String| {
        let id = live.rsplit_once('/').map_or(live.as_str(), |(_, id)| id);
        let alias = wanted.starts_with("alias/") || wanted.contains(":alias/");
        **wanted == live || *wanted == id || (alias && live.contains(":key/"))
    };
    Some(wanted.filter(same).cloned().unwrap_or(live))
}
