//! `AWS::Logs::LogGroup`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html>

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types as logs;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::handler::{AVAILABLE, Handler, Observed, Scope, found};
use super::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use super::properties::Tag;
use crate::aws::{self, failure};
use crate::engine::Cx;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    log_group_name: Option<String>,
    /// 0: for ever, as without a retention policy.
    retention_in_days: Option<i32>,
    /// Empty where there is none.
    kms_key_id: Option<String>,
    log_group_class: Option<String>,
    tags: Vec<Tag>,
}

pub(super) struct LogGroup;

#[async_trait]
impl Handler for LogGroup {
    type Properties = Properties;

    fn normalise(&self, _: &Scope, group: &mut Properties) -> Result<(), Error> {
        group.retention_in_days.get_or_insert_default();
        group.kms_key_id.get_or_insert_default();
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.log_group_name else {
            return Ok(None);
        };
        let Some(group) = find(scope, name).await? else {
            return Ok(None);
        };
        let arn = group.arn.unwrap_or_default();
        let tags = tags(scope, name, &arn).await?;
        let properties = Properties {
            log_group_name: Some(name.clone()),
            retention_in_days: group.retention_in_days,
            kms_key_id: group.kms_key_id,
            log_group_class: Some(
                group
                    .log_group_class
                    .map_or("STANDARD".into(), |class| class.as_str().to_owned()),
            ),
            tags: config_tags(&tags),
        };
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            properties,
            attributes: BTreeMap::from([("Arn".into(), arn)]),
            owner: owner(scope, &tags),
            created_at: group.creation_time.and_then(since_epoch),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("LogGroupName", &wanted.log_group_name)?;
        let class = wanted.log_group_class.as_deref().map(logs::LogGroupClass::from);
        let request = scope
            .clients
            .logs
            .create_log_group()
            .log_group_name(name)
            .set_kms_key_id(wanted.kms_key_id.clone().filter(|key| !key.is_empty()))
            .set_log_group_class(class)
            .set_tags(Some(all_tags(scope, &wanted.tags).into_iter().collect()));
        scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("logs", "CreateLogGroup", name, e))
            })
            .await?;
        set_retention(scope, name, wanted.retention_in_days.unwrap_or_default(), 0, cx).await
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("LogGroupName", &wanted.log_group_name)?;
        let Some(group) = find(scope, name).await? else {
            return self.create(scope, wanted, cx).await;
        };
        let client = &scope.clients.logs;
        let (live, days) = (
            group.retention_in_days.unwrap_or_default(),
            wanted.retention_in_days.unwrap_or_default(),
        );
        set_retention(scope, name, days, live, cx).await?;
        let key = wanted.kms_key_id.clone().unwrap_or_default();
        if key != group.kms_key_id.unwrap_or_default() {
            if key.is_empty() {
                scope
                    .retrying(cx, async || {
                        let answer = client.disassociate_kms_key().log_group_name(name).send().await;
                        answer.map_err(|e| failure("logs", "DisassociateKmsKey", name, e))
                    })
                    .await?;
            } else {
                let request = client.associate_kms_key().log_group_name(name).kms_key_id(key);
                scope
                    .retrying(cx, async || {
                        let answer = request.clone().send().await;
                        answer.map_err(|e| failure("logs", "AssociateKmsKey", name, e))
                    })
                    .await?;
            }
        }
        let arn = group.arn.unwrap_or_default();
        let missing = missing_tags(scope, &wanted.tags, &tags(scope, name, &arn).await?);
        if !missing.is_empty() {
            let request = client.tag_resource().resource_arn(bare(&arn));
            let answer = request.set_tags(Some(missing.into_iter().collect())).send().await;
            answer.map_err(|e| failure("logs", "TagResource", name, e))?;
        }
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("LogGroupName", &live.log_group_name)?;
        scope
            .retrying(cx, async || {
                let answer = scope.clients.logs.delete_log_group().log_group_name(name).send().await;
                found(answer.map_err(|e| failure("logs", "DeleteLogGroup", name, e)))
            })
            .await?;
        Ok(())
    }
}

async fn set_retention(scope: &Scope, name: &str, days: i32, live: i32, cx: &Cx) -> Result<(), Error> {
    let client = &scope.clients.logs;
    scope
        .retrying(cx, async || match days {
            same if same == live => Ok(()),
            0 => {
                let answer = client.delete_retention_policy().log_group_name(name).send().await;
                answer
                    .map(|_| ())
                    .map_err(|e| failure("logs", "DeleteRetentionPolicy", name, e))
            }
            days => {
                let answer = client
                    .put_retention_policy()
                    .log_group_name(name)
                    .retention_in_days(days)
                    .send()
                    .await;
                answer
                    .map(|_| ())
                    .map_err(|e| failure("logs", "PutRetentionPolicy", name, e))
            }
        })
        .await
}

/// DescribeLogGroups searches by prefix.
async fn find(scope: &Scope, name: &str) -> Result<Option<logs::LogGroup>, aws::Error> {
    let request = scope.clients.logs.describe_log_groups().log_group_name_prefix(name);
    let mut groups = request.into_paginator().items().send();
    while let Some(group) = groups.next().await {
        let group = group.map_err(|e| failure("logs", "DescribeLogGroups", name, e))?;
        if group.log_group_name.as_deref() == Some(name) {
            return Ok(Some(group));
        }
    }
    Ok(None)
}

/// `arn` as DescribeLogGroups gives it, with or without `:*` at the end.
pub(super) async fn tags(scope: &Scope, name: &str, arn: &str) -> Result<Tags, aws::Error> {
    let answer = scope
        .clients
        .logs
        .list_tags_for_resource()
        .resource_arn(bare(arn))
        .send()
        .await;
    let answer = answer.map_err(|e| failure("logs", "ListTagsForResource", name, e))?;
    Ok(answer.tags.unwrap_or_default().into_iter().collect())
}

/// The tag calls refuse the `:*` that a log group's ARN ends in elsewhere
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html>).
fn bare(arn: &str) -> &str {
    arn.strip_suffix(":*").unwrap_or(arn)
}

pub(super) fn since_epoch(milliseconds: i64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::aws::script::{Answer, Script};
    use crate::engine::{Cx, Owner};
    use crate::resources::testing::{assert_within, desired, resource};

    /// A log service with the groups `/x/longer` and `/x`, ours.
    fn service() -> Script {
        Script::new(|request| {
            match request.operation.as_str() {
            "DescribeLogGroups" => Answer::json(
                json!({"logGroups": [
                    {"logGroupName": "/x/longer", "arn": "arn:longer:*"},
                    {"logGroupName": "/x", "arn": "arn:x:*", "retentionInDays": 14, "creationTime": 1_700_000_000_000_i64}]})
                .to_string(),
            ),
            "ListTagsForResource" => Answer::json(
                json!({"tags": {"pipectl:pipeline": "employees", "pipectl:env": "dev", "team": "data"}}).to_string(),
            ),
            "DescribeLogStreams" => Answer::json(
                json!({"logStreams": [{"logStreamName": "S3", "arn": "arn:x:log-stream:S3"}]}).to_string(),
            ),
            _ => Answer::json("{}"),
        }
        })
    }

    #[tokio::test]
    async fn the_group_of_exactly_this_name_is_read() {
        let script = service();
        let properties =
            json!({"LogGroupName": "/x", "RetentionInDays": "14", "Tags": [{"Key": "team", "Value": "data"}]});
        let resource = resource("AWS::Logs::LogGroup", properties, &script).await;
        let document = desired(&resource);
        let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
        assert_within(&document, &live.document);
        assert_eq!((live.owner, live.attributes["Arn"].as_str()), (Owner::Ours, "arn:x:*"));
        assert_eq!(script.calls("ListTagsForResource")[0].json()["resourceArn"], "arn:x");
    }

    #[tokio::test]
    async fn retention_taken_out_is_taken_away() {
        let script = service();
        let resource = resource("AWS::Logs::LogGroup", json!({"LogGroupName": "/x"}), &script).await;
        let document = desired(&resource);
        let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
        resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
        assert_eq!(script.calls("DeleteRetentionPolicy").len(), 1);
        assert_eq!(
            script.calls("TagResource")[0].json()["tags"],
            json!({"pipectl:resource": "It"})
        );
    }

    #[tokio::test]
    async fn a_log_stream_is_whose_its_group_is() {
        let script = service();
        let properties = json!({"LogGroupName": "/x", "LogStreamName": "S3"});
        let resource = resource("AWS::Logs::LogStream", properties, &script).await;
        let live = resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(live.owner, Owner::Ours);
        assert_eq!(script.calls("ListTagsForResource")[0].json()["resourceArn"], "arn:x");
    }
}
