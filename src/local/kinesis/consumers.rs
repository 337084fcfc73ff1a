//! Registered consumers. They can be registered and looked at; reading through them (SubscribeToShard) is not there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Kinesis;
use super::errors::{in_use, invalid_argument, limit_exceeded, not_found};
use super::input::StreamRef;
use super::model::{self, Consumer, Status, Transition};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::json;

/// Consumers a stream may have. Source: RegisterStreamConsumer's API reference.
const CONSUMER_LIMIT: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ConsumerInput {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    stream_id: Option<String>,
    consumer_name: Option<String>,
    #[serde(rename = "ConsumerARN")]
    consumer_arn: Option<String>,
    tags: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListConsumers {
    #[serde(rename = "StreamARN")]
    stream_arn: Option<String>,
    stream_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
    #[serde(rename = "StreamCreationTimestamp")]
    _stream_creation_timestamp: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Registered {
    consumer: Described,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConsumerDescribed {
    consumer_description: Described,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConsumerList {
    consumers: Vec<Described>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Described {
    consumer_name: String,
    #[serde(rename = "ConsumerARN")]
    consumer_arn: String,
    consumer_status: &'static str,
    #[serde(with = "json::epoch")]
    consumer_creation_timestamp: jiff::Timestamp,
    #[serde(rename = "StreamARN", skip_serializing_if = "Option::is_none")]
    stream_arn: Option<String>,
}

/// `<stream ARN>/consumer/<name>:<seconds of its creation>`
pub(super) fn arn(stream_arn: &str, consumer: &Consumer) -> String {
    format!(
        "{stream_arn}/consumer/{}:{}",
        consumer.name,
        consumer.created.as_second()
    )
}

impl Kinesis {
    fn described(&self, stream_arn: &str, consumer: &Consumer) -> Described {
        Described {
            consumer_name: consumer.name.clone(),
            consumer_arn: arn(stream_arn, consumer),
            consumer_status: model::status(consumer.transition, self.env.now()).name(),
            consumer_creation_timestamp: consumer.created,
            stream_arn: None,
        }
    }

    pub(super) fn register_consumer(&self, input: ConsumerInput) -> Result<Registered, AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("streamARN", &input.stream_arn);
        constraints.required("consumerName", &input.consumer_name);
        if let Some(name) = &input.consumer_name {
            constraints.name("consumerName", name, 128);
        }
        let live = self.find(stream_of(&input.stream_arn, &input.stream_id), constraints)?;
        let name = input.consumer_name.unwrap_or_default();
        self.change(&live, |stream| {
            self.require_active(stream)?;
            let now = self.env.now();
            let stream_arn = self.arn(&stream.name);
            stream
                .consumers
                .retain(|c| model::status(c.transition, now) != Status::Gone);
            if stream.consumers.iter().any(|consumer| consumer.name == name) {
                return Err(in_use(format!(
                    "Consumer {name} under stream {} already exists for account {}.",
                    stream.name,
                    self.env.account()
                )));
            }
            if stream.consumers.len() >= CONSUMER_LIMIT {
                return Err(limit_exceeded(format!(
                    "Stream {} under account {} already has {CONSUMER_LIMIT} consumers.",
                    stream.name,
                    self.env.account()
                )));
            }
            let consumer = Consumer {
                name,
                created: now,
                transition: Some(Transition::new(Status::Creating, now, self.env.options.timing.stream)),
                tags: input.tags.unwrap_or_default(),
            };
            let described = self.described(&stream_arn, &consumer);
            stream.consumers.push(consumer);
            Ok(Registered { consumer: described })
        })
    }

    pub(super) fn deregister_consumer(&self, input: ConsumerInput) -> Result<(), AwsError> {
        self.with_consumer(input, |_, consumer, now, lasts| {
            consumer.transition = Some(Transition::new(Status::Deleting, now, lasts));
            Ok(())
        })
    }

    pub(super) fn describe_consumer(&self, input: ConsumerInput) -> Result<ConsumerDescribed, AwsError> {
        self.with_consumer(input, |stream_arn, consumer, _, _| {
            let mut described = self.described(stream_arn, consumer);
            described.stream_arn = Some(stream_arn.to_owned());
            Ok(ConsumerDescribed {
                consumer_description: described,
            })
        })
    }

    /// Runs `on` on the consumer named by its ARN, or by its name and its stream's ARN.
    fn with_consumer<T>(
        &self,
        input: ConsumerInput,
        on: impl FnOnce(&str, &mut Consumer, jiff::Timestamp, std::time::Duration) -> Result<T, AwsError>,
    ) -> Result<T, AwsError> {
        let stream_arn = match (&input.consumer_arn, &input.stream_arn, &input.consumer_name) {
            (Some(arn), ..) => arn.split("/consumer/").next().map(str::to_owned),
            (None, Some(arn), Some(_)) => Some(arn.clone()),
            _ => {
                return Err(invalid_argument(
                    "Either ConsumerARN or both StreamARN and ConsumerName must be specified.",
                ));
            }
        };
        let live = self.find(stream_of(&stream_arn, &input.stream_id), Constraints::default())?;
        let now = self.env.now();
        self.change(&live, |stream| {
            let stream_arn = self.arn(&stream.name);
            let wanted = |consumer: &&mut Consumer| {
                model::status(consumer.transition, now) != Status::Gone
                    && input
                        .consumer_arn
                        .as_ref()
                        .is_none_or(|a| arn(&stream_arn, consumer) == *a)
                    && input.consumer_name.as_ref().is_none_or(|name| consumer.name == *name)
            };
            let consumer = stream.consumers.iter_mut().find(wanted).ok_or_else(|| {
                let named = input.consumer_arn.as_ref().or(input.consumer_name.as_ref());
                not_found(format!(
                    "Consumer {}, account {} not found.",
                    named.map(String::as_str).unwrap_or_default(),
                    self.env.account()
                ))
            })?;
            on(&stream_arn, consumer, now, self.env.options.timing.stream)
        })
    }

    pub(super) fn list_consumers(&self, input: ListConsumers) -> Result<ConsumerList, AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("streamARN", &input.stream_arn);
        if let Some(limit) = input.max_results {
            constraints.range("maxResults", limit, 1, 10_000);
        }
        let live = self.find(stream_of(&input.stream_arn, &input.stream_id), constraints)?;
        let view = live.view();
        let stream_arn = self.arn(&view.stream.name);
        let limit = input.max_results.unwrap_or(100) as usize;
        let mut alive: Vec<_> = view
            .stream
            .consumers
            .iter()
            .filter(|consumer| model::status(consumer.transition, self.env.now()) != Status::Gone)
            .filter(|consumer| input.next_token.as_ref().is_none_or(|after| consumer.name > *after))
            .collect();
        alive.sort_by(|a, b| a.name.cmp(&b.name));
        let more = alive.len() > limit;
        alive.truncate(limit);
        Ok(ConsumerList {
            next_token: alive.last().filter(|_| more).map(|consumer| consumer.name.clone()),
            consumers: alive.iter().map(|c| self.described(&stream_arn, c)).collect(),
        })
    }
}

fn stream_of<'a>(arn: &'a Option<String>, id: &'a Option<String>) -> StreamRef<'a> {
    StreamRef {
        name: None,
        arn: arn.as_deref(),
        id: id.as_deref(),
    }
}
