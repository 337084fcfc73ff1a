//! `AWS::KinesisFirehose::DeliveryStream`: a Kinesis stream or direct puts as source, S3 as destination.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-kinesisfirehose-deliverystream.html>

mod destination;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_firehose::types as firehose;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::handler::{Handler, Observed, Scope, found, offered, system_time};
use super::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use super::properties::Tag;
use crate::aws::{self, Backoff, ErrorKind, Status, Wait, failure, wait_until};
use crate::engine::{Condition, Cx};
use destination::ExtendedS3;

/// Creation takes 85 to 135 s.
const LIMIT: Duration = Duration::from_secs(15 * 60);

const FROM_KINESIS: &str = "KinesisStreamAsSource";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Properties {
    delivery_stream_name: Option<String>,
    delivery_stream_type: Option<String>,
    kinesis_stream_source_configuration: Option<KinesisSource>,
    #[serde(rename = "ExtendedS3DestinationConfiguration")]
    destination: Option<ExtendedS3>,
    #[serde(rename = "DeliveryStreamEncryptionConfigurationInput")]
    encryption: Option<Encryption>,
    tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct KinesisSource {
    #[serde(rename = "KinesisStreamARN")]
    stream: Option<String>,
    #[serde(rename = "RoleARN")]
    role: Option<String>,
}

/// Encryption at rest of a stream with direct puts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Encryption {
    #[serde(rename = "KeyType")]
    kind: Option<String>,
    #[serde(rename = "KeyARN")]
    key: Option<String>,
}

pub(super) struct DeliveryStream;

#[async_trait]
impl Handler for DeliveryStream {
    type Properties = Properties;

    /// Dynamic partitioning is turned on with the creation or never, and never turned off
    /// (<https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html>).
    fn fixed_paths(&self) -> &'static [&'static str] {
        &["/ExtendedS3DestinationConfiguration/DynamicPartitioningConfiguration/Enabled"]
    }

    fn normalise(&self, _: &Scope, stream: &mut Properties) -> Result<(), Error> {
        let kinesis = stream.kinesis_stream_source_configuration.is_some();
        let kind = if kinesis { FROM_KINESIS } else { "DirectPut" };
        stream.delivery_stream_type.get_or_insert_with(|| kind.into());
        if let Some(destination) = &mut stream.destination {
            destination.fill_defaults();
        }
        Ok(())
    }

    /// CREATING_FAILED is not left again: delete, then create anew
    /// (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html>).
    fn condition(&self, state: &str) -> Condition {
        match state {
            "CREATING" => Condition::Settling,
            "CREATING_FAILED" | "DELETING" | "DELETING_FAILED" => Condition::Lost,
            _ => Condition::Steady,
        }
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.delivery_stream_name else {
            return Ok(None);
        };
        let Some(description) = describe(scope, name).await? else {
            return Ok(None);
        };
        let tags = offered(tags(scope, name).await)?.unwrap_or_default();
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: description.delivery_stream_status.as_str().to_owned(),
            attributes: BTreeMap::from([("Arn".into(), description.delivery_stream_arn.clone())]),
            owner: owner(scope, &tags),
            created_at: description.create_timestamp.as_ref().and_then(system_time),
            properties: live_properties(&description, wanted, &tags),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("DeliveryStreamName", &wanted.delivery_stream_name)?;
        let destination = scope.required("ExtendedS3DestinationConfiguration", &wanted.destination)?;
        let source = wanted.kinesis_stream_source_configuration.as_ref().map(|source| {
            let source = firehose::KinesisStreamSourceConfiguration::builder()
                .set_kinesis_stream_arn(source.stream.clone())
                .set_role_arn(source.role.clone());
            scope.built(source.build())
        });
        let request = scope
            .clients
            .firehose
            .create_delivery_stream()
            .delivery_stream_name(name)
            .set_delivery_stream_type(wanted.delivery_stream_type.as_deref().map(Into::into))
            .set_kinesis_stream_source_configuration(source.transpose()?)
            .set_delivery_stream_encryption_configuration_input(encryption(scope, wanted)?)
            .extended_s3_destination_configuration(destination.configuration(scope)?)
            .set_tags(Some(sdk_tags(scope, all_tags(scope, &wanted.tags))?));
        scope
            .retrying(cx, async || {
                request
                    .clone()
                    .send()
                    .await
                    .map_err(|e| failure("firehose", "CreateDeliveryStream", name, e))
            })
            .await?;
        active(scope, name, cx).await?;
        Ok(())
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("DeliveryStreamName", &wanted.delivery_stream_name)?;
        let description = active(scope, name, cx).await?;
        let live_tags = tags(scope, name).await?;
        let mut live = live_properties(&description, wanted, &live_tags);
        self.normalise(scope, &mut live)?;
        if live.destination != wanted.destination {
            update_destination(scope, name, wanted, cx).await?;
        }
        if live.encryption != wanted.encryption {
            change_encryption(scope, name, wanted, cx).await?;
        }
        let missing = missing_tags(scope, &wanted.tags, &live_tags);
        if !missing.is_empty() {
            let request = scope.clients.firehose.tag_delivery_stream().delivery_stream_name(name);
            let request = request.set_tags(Some(sdk_tags(scope, missing)?));
            scope
                .retrying(cx, async || {
                    let answer = request.clone().send().await;
                    answer.map_err(|e| failure("firehose", "TagDeliveryStream", name, e))
                })
                .await?;
        }
        Ok(())
    }

    /// `AllowForceDelete` gives up on retiring the grant of a KMS key, so it is asked for only after an ordinary
    /// deletion failed (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_DeleteDeliveryStream.html>).
    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("DeliveryStreamName", &live.delivery_stream_name)?;
        match delete(scope, name, false, cx).await {
            Err(Error::Aws(error)) if error.code == "DELETING_FAILED" => delete(scope, name, true, cx).await,
            result => result,
        }
    }
}

fn live_properties(description: &firehose::DeliveryStreamDescription, wanted: &Properties, tags: &Tags) -> Properties {
    let source = description
        .source
        .as_ref()
        .and_then(|source| source.kinesis_stream_source_description.as_ref());
    let destination = description.destinations.first();
    let destination = destination.and_then(|destination| destination.extended_s3_destination_description.as_ref());
    let encryption = description
        .delivery_stream_encryption_configuration
        .as_ref()
        .filter(|encryption| {
            matches!(
                encryption.status.as_ref().map(|status| status.as_str()),
                Some("ENABLED" | "ENABLING")
            )
        });
    Properties {
        delivery_stream_name: Some(description.delivery_stream_name.clone()),
        delivery_stream_type: Some(description.delivery_stream_type.as_str().to_owned()),
        kinesis_stream_source_configuration: source.map(|source| KinesisSource {
            stream: source.kinesis_stream_arn.clone(),
            role: source.role_arn.clone(),
        }),
        destination: destination.map(|destination| ExtendedS3::of(destination, wanted.destination.as_ref())),
        encryption: encryption.map(|encryption| Encryption {
            kind: encryption.key_type.as_ref().map(|kind| kind.as_str().to_owned()),
            key: encryption.key_arn.clone(),
        }),
        tags: config_tags(tags),
    }
}

async fn describe(scope: &Scope, name: &str) -> Result<Option<firehose::DeliveryStreamDescription>, aws::Error> {
    let answer = scope
        .clients
        .firehose
        .describe_delivery_stream()
        .delivery_stream_name(name)
        .send()
        .await;
    let answer = found(answer.map_err(|e| failure("firehose", "DescribeDeliveryStream", name, e)))?;
    Ok(answer.and_then(|answer| answer.delivery_stream_description))
}

/// At most 50 tags, 10 a page by default.
async fn tags(scope: &Scope, name: &str) -> Result<Tags, aws::Error> {
    let mut tags = Tags::new();
    let mut last = None;
    loop {
        let request = scope
            .clients
            .firehose
            .list_tags_for_delivery_stream()
            .delivery_stream_name(name)
            .limit(50);
        let answer = request.set_exclusive_start_tag_key(last.clone()).send().await;
        let answer = answer.map_err(|e| failure("firehose", "ListTagsForDeliveryStream", name, e))?;
        last = answer.tags.last().map(|tag| tag.key.clone());
        tags.extend(
            answer
                .tags
                .into_iter()
                .map(|tag| (tag.key, tag.value.unwrap_or_default())),
        );
        if !answer.has_more_tags || last.is_none() {
            return Ok(tags);
        }
    }
}

fn sdk_tags(scope: &Scope, tags: Tags) -> Result<Vec<firehose::Tag>, Error> {
    tags.into_iter()
        .map(|(key, value)| scope.built(firehose::Tag::builder().key(key).value(value).build()))
        .collect()
}

fn encryption(
    scope: &Scope,
    wanted: &Properties,
) -> Result<Option<firehose::DeliveryStreamEncryptionConfigurationInput>, Error> {
    let Some(encryption) = &wanted.encryption else {
        return Ok(None);
    };
    let input = firehose::DeliveryStreamEncryptionConfigurationInput::builder()
        .set_key_type(encryption.kind.as_deref().map(Into::into))
        .set_key_arn(encryption.key.clone());
    scope.built(input.build()).map(Some)
}

fn waiting(name: &str) -> Wait<'_> {
    Wait {
        service: "firehose",
        operation: "DescribeDeliveryStream",
        resource: name,
        pending: &["CREATING", "NOT VISIBLE YET"],
        target: &["ACTIVE"],
        pace: Backoff::POLL_SCARCE,
        limit: LIMIT,
    }
}

async fn active(scope: &Scope, name: &str, cx: &Cx) -> Result<firehose::DeliveryStreamDescription, Error> {
    let description = wait_until(waiting(name), &|state| cx.report(state), async || {
        let Some(description) = describe(scope, name).await? else {
            return Ok(Status::new("NOT VISIBLE YET", None));
        };
        let failed = description.failure_description.as_ref();
        let reason = failed.map(|failed| format!("{}: {}", failed.r#type.as_str(), failed.details));
        let state = description.delivery_stream_status.as_str().to_owned();
        Ok(Status {
            state,
            reason,
            value: Some(description),
        })
    })
    .await
    .map_err(|error| match error.code.as_str() {
        "CREATING_FAILED" => error.with_hint(
            "correct what the reason names; the next deploy deletes this delivery stream and creates it anew",
        ),
        _ => error,
    })?;
    description.ok_or_else(|| Error::Missing {
        id: scope.id.clone(),
        property: "DeliveryStreamName",
    })
}

/// UpdateDestination takes the version it changes and merges: what is left out keeps its value, so everything is
/// sent, defaults included (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_UpdateDestination.html>).
async fn update_destination(scope: &Scope, name: &str, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let destination = scope.required("ExtendedS3DestinationConfiguration", &wanted.destination)?;
    let update = destination.update(scope)?;
    scope
        .retrying(cx, async || {
            let Some(description) = describe(scope, name).await? else {
                let message = "it vanished while it was being updated".to_owned();
                return Err(aws::Error::new(
                    "firehose",
                    "UpdateDestination",
                    name,
                    ErrorKind::NotFound,
                    message,
                ));
            };
            let id = description
                .destinations
                .first()
                .map(|destination| destination.destination_id.clone());
            let request = scope
                .clients
                .firehose
                .update_destination()
                .delivery_stream_name(name)
                .current_delivery_stream_version_id(description.version_id)
                .set_destination_id(id)
                .extended_s3_destination_update(update.clone());
            request
                .send()
                .await
                .map_err(|e| failure("firehose", "UpdateDestination", name, e))
        })
        .await?;
    active(scope, name, cx).await?;
    Ok(())
}

async fn change_encryption(scope: &Scope, name: &str, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let client = &scope.clients.firehose;
    let input = encryption(scope, wanted)?;
    let target: &[&str] = if input.is_some() { &["ENABLED"] } else { &["DISABLED"] };
    scope
        .retrying(cx, async || match &input {
            Some(input) => {
                let request = client.start_delivery_stream_encryption().delivery_stream_name(name);
                let answer = request
                    .delivery_stream_encryption_configuration_input(input.clone())
                    .send()
                    .await;
                answer
                    .map(|_| ())
                    .map_err(|e| failure("firehose", "StartDeliveryStreamEncryption", name, e))
            }
            None => {
                let answer = client
                    .stop_delivery_stream_encryption()
                    .delivery_stream_name(name)
                    .send()
                    .await;
                answer
                    .map(|_| ())
                    .map_err(|e| failure("firehose", "StopDeliveryStreamEncryption", name, e))
            }
        })
        .await?;
    let wait = Wait {
        pending: &["ENABLING", "DISABLING"],
        target,
        ..waiting(name)
    };
    wait_until(wait, &|state| cx.report(state), async || {
        let encryption = describe(scope, name)
            .await?
            .and_then(|d| d.delivery_stream_encryption_configuration);
        let status = encryption.and_then(|encryption| encryption.status);
        Ok(Status::new(
            status.map_or("DISABLED".to_owned(), |status| status.as_str().to_owned()),
            (),
        ))
    })
    .await?;
    Ok(())
}

async fn delete(scope: &Scope, name: &str, force: bool, cx: &Cx) -> Result<(), Error> {
    let client = &scope.clients.firehose;
    if describe(scope, name)
        .await?
        .is_none_or(|description| description.delivery_stream_status.as_str() != "DELETING")
    {
        let request = client.delete_delivery_stream().delivery_stream_name(name);
        let request = request.set_allow_force_delete(force.then_some(true));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                found(answer.map_err(|e| failure("firehose", "DeleteDeliveryStream", name, e)))
            })
            .await?;
    }
    // For a moment after the call the stream can still read as it did before.
    let pending: &[&str] = match force {
        true => &["DELETING", "ACTIVE", "CREATING_FAILED", "DELETING_FAILED"],
        false => &["DELETING", "ACTIVE", "CREATING_FAILED"],
    };
    let wait = Wait {
        pending,
        target: &["GONE"],
        ..waiting(name)
    };
    wait_until(wait, &|state| cx.report(state), async || {
        let state = describe(scope, name)
            .await?
            .map(|d| d.delivery_stream_status.as_str().to_owned());
        Ok(Status::new(state.unwrap_or_else(|| "GONE".into()), ()))
    })
    .await?;
    Ok(())
}
