//! CloudWatch Logs: groups, streams, events. Events live in the store; no operation holds a stream's events
//! in memory, only a page of them.

mod constraints;
mod filter;
mod groups;
mod model;
mod operations;
mod pattern;
mod put;
mod read;
mod streams;
mod tags;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;

use super::env::Env;
use super::error::AwsError;
use super::json::{self, JsonService};
use super::store::Reads;

use constraints::{input, invalid};
use model::{GROUPS, Group, STREAMS, Stream, stream_key};

/// The service.
pub(crate) struct Logs {
    env: Arc<Env>,
}

impl Logs {
    pub fn new(env: Arc<Env>) -> Self {
        Self { env }
    }

    /// ARN of a group, without the `:*`.
    fn arn(&self, group: &str) -> String {
        self.env.arn("logs", &format!("log-group:{group}"))
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        self.env.now().as_millisecond()
    }

    /// The group named by either `logGroupName` or `logGroupIdentifier` (a name or an ARN).
    fn identified(&self, name: Option<&str>, identifier: Option<&str>) -> Result<String, AwsError> {
        match (name, identifier) {
            (Some(name), None) => {
                constraints::group_name(name)?;
                Ok(name.to_owned())
            }
            (None, Some(identifier)) if identifier.starts_with("arn:") => self.name_of(identifier),
            (None, Some(identifier)) => Ok(identifier.to_owned()),
            _ => Err(invalid(
                "Exactly one of logGroupName and logGroupIdentifier must be given.",
            )),
        }
    }

    /// The group that an ARN of this account and region names, with or without `:*`.
    fn name_of(&self, arn: &str) -> Result<String, AwsError> {
        let name = arn.strip_prefix(self.env.arn("logs", "log-group:").as_str());
        let name = name.map(|name| name.strip_suffix(":*").unwrap_or(name));
        match name {
            Some(name) if !name.contains(':') => Ok(name.to_owned()),
            _ => Err(invalid(format!(
                "{arn} is not the ARN of a log group of this account and region."
            ))),
        }
    }

    /// Events before this time have expired, in milliseconds since 1970.
    fn expired_before(&self, group: &Group) -> i64 {
        let Some(days) = group.retention_days else {
            return 0;
        };
        let kept = SignedDuration::from_hours(24 * i64::from(days));
        self.env
            .now()
            .checked_sub(kept)
            .map_or(0, |at| at.as_millisecond().max(0))
    }
}

#[async_trait]
impl JsonService for Logs {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        let nothing = |()| Vec::new();
        match operation {
            "CreateLogGroup" => self.create_log_group(input(&body)?).map(nothing),
            "DeleteLogGroup" => self.delete_log_group(&input(&body)?).map(nothing),
            "DescribeLogGroups" => json::output(&self.describe_log_groups(&input(&body)?)?),
            "PutRetentionPolicy" => self.put_retention_policy(&input(&body)?).map(nothing),
            "DeleteRetentionPolicy" => self.delete_retention_policy(&input(&body)?).map(nothing),
            "PutLogGroupDeletionProtection" => self.put_deletion_protection(&input(&body)?).map(nothing),
            "AssociateKmsKey" => self.associate_kms_key(&input(&body)?).map(nothing),
            "DisassociateKmsKey" => self.disassociate_kms_key(&input(&body)?).map(nothing),
            "TagResource" => self.tag_resource(input(&body)?).map(nothing),
            "UntagResource" => self.untag_resource(&input(&body)?).map(nothing),
            "ListTagsForResource" => json::output(&self.list_tags_for_resource(&input(&body)?)?),
            "TagLogGroup" => self.tag_log_group(input(&body)?).map(nothing),
            "UntagLogGroup" => self.untag_log_group(&input(&body)?).map(nothing),
            "ListTagsLogGroup" => json::output(&self.list_tags_log_group(&input(&body)?)?),
            "CreateLogStream" => self.create_log_stream(&input(&body)?).map(nothing),
            "DeleteLogStream" => self.delete_log_stream(&input(&body)?).map(nothing),
            "DescribeLogStreams" => json::output(&self.describe_log_streams(&input(&body)?)?),
            "PutLogEvents" => json::output(&self.put_log_events(&input(&body)?)?),
            "GetLogEvents" => json::output(&self.get_log_events(&input(&body)?)?),
            "FilterLogEvents" => json::output(&self.filter_log_events(&input(&body)?)?),
            known if operations::NOT_HERE.binary_search(&known).is_ok() => {
                Err(AwsError::not_implemented(format_args!("CloudWatch Logs' {known}")))
            }
            _ => Err(json::unknown_operation(operation)),
        }
    }
}

fn group(tx: &impl Reads, name: &str) -> Result<Group, AwsError> {
    GROUPS
        .get(tx, name)?
        .ok_or_else(|| not_found("The specified log group does not exist."))
}

fn stream(tx: &impl Reads, group: &str, name: &str) -> Result<Stream, AwsError> {
    STREAMS
        .get(tx, &stream_key(group, name))?
        .ok_or_else(|| not_found("The specified log stream does not exist."))
}

fn not_found(message: &str) -> AwsError {
    AwsError::bad_request("ResourceNotFoundException", message)
}

fn already_exists(message: &str) -> AwsError {
    AwsError::bad_request("ResourceAlreadyExistsException", message)
}
