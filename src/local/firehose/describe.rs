//! DescribeDeliveryStream and ListDeliveryStreams.

use serde::Deserialize;
use serde_json::{Value, json};

use super::model::{DeliveryStream, Status};
use super::{Firehose, arn};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

pub(super) const DESTINATION_ID: &str = "destinationId-000000000001";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Describe {
    delivery_stream_name: Option<String>,
    limit: Option<i64>,
    // A delivery stream has one destination, so there is nothing to page through.
    #[serde(rename = "ExclusiveStartDestinationId")]
    _exclusive_start_destination_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct List {
    limit: Option<i64>,
    delivery_stream_type: Option<String>,
    exclusive_start_delivery_stream_name: Option<String>,
}

/// The name every operation needs.
pub(super) fn required_name(name: &Option<String>, constraints: &mut Constraints) {
    constraints.required("deliveryStreamName", name);
    if let Some(name) = name {
        constraints.name("deliveryStreamName", name, 64);
    }
}

fn epoch(at: jiff::Timestamp) -> Value {
    json!(at.as_millisecond() as f64 / 1000.0)
}

impl Firehose {
    pub(super) fn describe(&self, input: Describe) -> Result<Value, AwsError> {
        let mut constraints = Constraints::default();
        required_name(&input.delivery_stream_name, &mut constraints);
        if let Some(limit) = input.limit {
            constraints.range("limit", limit, 1, 10_000);
        }
        constraints.check()?;
        let delivery = self.find(input.delivery_stream_name.as_deref().unwrap_or_default())?;
        Ok(json!({"DeliveryStreamDescription": self.description(&delivery.state())}))
    }

    fn description(&self, state: &DeliveryStream) -> Value {
        let now = self.env.now();
        let mut destination = json!({
            "DestinationId": DESTINATION_ID,
            "S3DestinationDescription": state.destination.description(false),
        });
        if state.extended {
            destination["ExtendedS3DestinationDescription"] = state.destination.description(true);
        }
        let mut described = json!({
            "DeliveryStreamName": state.name,
            "DeliveryStreamARN": arn(&self.env, &state.name),
            "DeliveryStreamStatus": state.status(now).name(),
            "DeliveryStreamEncryptionConfiguration": {"Status": state.encryption.status(now)},
            "DeliveryStreamType": state.kind(),
            "VersionId": state.version.to_string(),
            "CreateTimestamp": epoch(state.created),
            "Destinations": [destination],
            "HasMoreDestinations": false,
        });
        if let Some(updated) = state.updated {
            described["LastUpdateTimestamp"] = epoch(updated);
        }
        let encryption = &mut described["DeliveryStreamEncryptionConfiguration"];
        for (member, value) in [
            ("KeyType", &state.encryption.key_type),
            ("KeyARN", &state.encryption.key_arn),
        ] {
            if let Some(value) = value.as_ref().filter(|_| state.encryption.enabled) {
                encryption[member] = json!(value);
            }
        }
        if let Some(source) = &state.source {
            described["Source"] = json!({"KinesisStreamSourceDescription": {
                "KinesisStreamARN": source.stream_arn,
                "RoleARN": source.role_arn,
                "DeliveryStartTimestamp": epoch(state.created),
            }});
        } else if let Some(hint) = state.throughput_hint {
            described["Source"] = json!({"DirectPutSourceDescription": {"ThroughputHintInMBs": hint}});
        }
        described
    }

    pub(super) fn list(&self, input: List) -> Result<Value, AwsError> {
        let mut constraints = Constraints::default();
        if let Some(limit) = input.limit {
            constraints.range("limit", limit, 1, 10_000);
        }
        constraints.check()?;
        let now = self.env.now();
        let after = input.exclusive_start_delivery_stream_name;
        let limit = input.limit.unwrap_or(10) as usize;
        let states = self.deliveries().into_values().map(|delivery| delivery.state());
        let mut names: Vec<_> = states
            .filter(|state| state.status(now) != Status::Gone)
            .filter(|state| {
                input
                    .delivery_stream_type
                    .as_ref()
                    .is_none_or(|kind| kind == state.kind())
            })
            .map(|state| state.name.clone())
            .filter(|name| after.as_ref().is_none_or(|after| name > after))
            .take(limit + 1)
            .collect();
        let more = names.len() > limit;
        names.truncate(limit);
        Ok(json!({"DeliveryStreamNames": names, "HasMoreDeliveryStreams": more}))
    }
}
