//! Amazon Redshift: clusters, and SQL run in a warehouse of either kind.

pub(super) mod cluster;
mod cluster_changes;
pub(super) mod sql;
pub(super) mod subnet_group;
#[cfg(test)]
mod tests;
mod warehouse;

use aws_sdk_redshift::types as redshift;

use super::error::Error;
use super::handler::Scope;
use super::ownership::Tags;
use crate::aws::failure;
use crate::engine::Cx;

const SERVICE: &str = "redshift";

/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshift.html>
fn arn(scope: &Scope, kind: &str, name: &str) -> String {
    let (partition, region, account) = (scope.partition().0, &scope.region, &scope.account);
    format!("arn:{partition}:redshift:{region}:{account}:{kind}:{name}")
}

fn by_key(tags: Option<Vec<redshift::Tag>>) -> Tags {
    let tags = tags.unwrap_or_default().into_iter();
    tags.filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default())))
        .collect()
}

fn sdk_tags(tags: Tags) -> Vec<redshift::Tag> {
    let tags = tags.into_iter();
    tags.map(|(key, value)| redshift::Tag::builder().key(key).value(value).build())
        .collect()
}

/// Adds tags; none is no call.
async fn tag(scope: &Scope, name: &str, arn: &str, tags: Tags, cx: &Cx) -> Result<(), Error> {
    if tags.is_empty() {
        return Ok(());
    }
    let client = &scope.clients.redshift;
    let request = client.create_tags().resource_name(arn).set_tags(Some(sdk_tags(tags)));
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "CreateTags", name, e))
    };
    scope.retrying(cx, call).await?;
    Ok(())
}

async fn untag(scope: &Scope, name: &str, arn: &str, key: &str, cx: &Cx) -> Result<(), Error> {
    let request = scope.clients.redshift.delete_tags().resource_name(arn).tag_keys(key);
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "DeleteTags", name, e))
    };
    scope.retrying(cx, call).await?;
    Ok(())
}
