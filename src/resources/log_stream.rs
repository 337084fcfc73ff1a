//! `AWS::Logs::LogStream`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-logstream.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_cloudwatchlogs::types as logs;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::handler::{AVAILABLE, Handler, Observed, Scope, found};
use super::log_group::{since_epoch, tags};
use super::ownership::owner;
use crate::aws::{self, ErrorKind, failure};
use crate::engine::Cx;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    log_group_name: Option<String>,
    log_stream_name: Option<String>,
}

/// A log stream carries no tags: it is whose its group is.
pub(super) struct LogStream;

#[async_trait]
impl Handler for LogStream {
    type Properties = Properties;

    fn normalise(&self, _: &Scope, _: &mut Properties) -> Result<(), Error> {
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let (Some(group), Some(name)) = (&wanted.log_group_name, &wanted.log_stream_name) else {
            return Ok(None);
        };
        let Some(stream) = found(find(scope, group, name).await)?.flatten() else {
            return Ok(None);
        };
        let arn = stream.arn.unwrap_or_default();
        let group_arn = arn.split(":log-stream:").next().unwrap_or_default();
        let tags = tags(scope, group, group_arn).await?;
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            properties: wanted.clone(),
            attributes: BTreeMap::new(),
            owner: owner(scope, &tags),
            created_at: stream.creation_time.and_then(since_epoch),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let group = scope.required("LogGroupName", &wanted.log_group_name)?;
        let name = scope.required("LogStreamName", &wanted.log_stream_name)?;
        let request = scope
            .clients
            .logs
            .create_log_stream()
            .log_group_name(group)
            .log_stream_name(name);
        let created = scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("logs", "CreateLogStream", name, e))
            })
            .await;
        match created {
            // Firehose makes the stream itself if it logs first; the group being ours, it is the one wanted.
            Err(error) if error.is(ErrorKind::AlreadyExists) => Ok(()),
            result => result.map(|_| ()),
        }
    }

    /// There is nothing to change: both properties name the stream.
    async fn update(&self, _: &Scope, _: &Properties, _: &Cx) -> Result<(), Error> {
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let group = scope.required("LogGroupName", &live.log_group_name)?;
        let name = scope.required("LogStreamName", &live.log_stream_name)?;
        let request = scope
            .clients
            .logs
            .delete_log_stream()
            .log_group_name(group)
            .log_stream_name(name);
        scope
            .retrying(cx, async || {
                found(
                    request
                        .clone()
                        .send()
                        .await
                        .map_err(|e| failure("logs", "DeleteLogStream", name, e)),
                )
            })
            .await?;
        Ok(())
    }
}

/// DescribeLogStreams searches by prefix.
async fn find(scope: &Scope, group: &str, name: &str) -> Result<Option<logs::LogStream>, aws::Error> {
    let request = scope
        .clients
        .logs
        .describe_log_streams()
        .log_group_name(group)
        .log_stream_name_prefix(name);
    let mut streams = request.into_paginator().items().send();
    while let Some(stream) = streams.next().await {
        let stream = stream.map_err(|e| failure("logs", "DescribeLogStreams", name, e))?;
        if stream.log_stream_name.as_deref() == Some(name) {
            return Ok(Some(stream));
        }
    }
    Ok(None)
}
