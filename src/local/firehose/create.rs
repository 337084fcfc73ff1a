//! CreateDeliveryStream.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::errors::{in_use, invalid_argument};
use super::model::{CHECKPOINTS, Checkpoint, DELIVERY_STREAMS, DeliveryStream, Encryption, StreamSource};
use super::settings::S3Settings;
use super::tags::Tag;
use super::{Delivery, Firehose, PRINCIPAL, arn, dir};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Create {
    delivery_stream_name: Option<String>,
    delivery_stream_type: Option<String>,
    direct_put_source_configuration: Option<DirectPut>,
    kinesis_stream_source_configuration: Option<KinesisSource>,
    delivery_stream_encryption_configuration_input: Option<EncryptionInput>,
    s3_destination_configuration: Option<S3Settings>,
    extended_s3_destination_configuration: Option<S3Settings>,
    tags: Option<Vec<Tag>>,
    redshift_destination_configuration: Option<Value>,
    elasticsearch_destination_configuration: Option<Value>,
    amazonopensearchservice_destination_configuration: Option<Value>,
    amazon_open_search_serverless_destination_configuration: Option<Value>,
    splunk_destination_configuration: Option<Value>,
    http_endpoint_destination_configuration: Option<Value>,
    snowflake_destination_configuration: Option<Value>,
    iceberg_destination_configuration: Option<Value>,
    #[serde(rename = "MSKSourceConfiguration")]
    msk_source_configuration: Option<Value>,
    database_source_configuration: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DirectPut {
    #[serde(rename = "ThroughputHintInMBs")]
    throughput_hint: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct KinesisSource {
    #[serde(rename = "KinesisStreamARN")]
    stream_arn: Option<String>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct EncryptionInput {
    #[serde(rename = "KeyARN")]
    pub key_arn: Option<String>,
    pub key_type: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Created {
    #[serde(rename = "DeliveryStreamARN")]
    arn: String,
}

impl Create {
    fn check(&self) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("deliveryStreamName", &self.delivery_stream_name);
        if let Some(name) = &self.delivery_stream_name {
            constraints.name("deliveryStreamName", name, 64);
        }
        if let Some(kind) = &self.delivery_stream_type {
            let kinds = ["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"];
            constraints.one_of("deliveryStreamType", kind, &kinds);
        }
        if let Some(direct) = &self.direct_put_source_configuration {
            let member = "directPutSourceConfiguration.throughputHintInMBs";
            constraints.required(member, &direct.throughput_hint);
            constraints.range(member, direct.throughput_hint.unwrap_or(1), 1, 100);
        }
        if let Some(source) = &self.kinesis_stream_source_configuration {
            constraints.required("kinesisStreamSourceConfiguration.kinesisStreamARN", &source.stream_arn);
            constraints.required("kinesisStreamSourceConfiguration.roleARN", &source.role_arn);
        }
        let destinations = [
            ("s3DestinationConfiguration", &self.s3_destination_configuration),
            (
                "extendedS3DestinationConfiguration",
                &self.extended_s3_destination_configuration,
            ),
        ];
        for (at, destination) in destinations {
            if let Some(destination) = destination {
                constraints.required(&format!("{at}.roleARN"), &destination.role_arn);
                constraints.required(&format!("{at}.bucketARN"), &destination.bucket_arn);
                destination.constrain(at, &mut constraints);
            }
        }
        super::tags::constrain(self.tags.as_deref(), &mut constraints);
        constraints.check()?;
        self.refuse_what_is_not_here()
    }

    fn refuse_what_is_not_here(&self) -> Result<(), AwsError> {
        let lacking = [
            (&self.redshift_destination_configuration, "Redshift destination"),
            (
                &self.elasticsearch_destination_configuration,
                "Elasticsearch destination",
            ),
            (
                &self.amazonopensearchservice_destination_configuration,
                "OpenSearch destination",
            ),
            (
                &self.amazon_open_search_serverless_destination_configuration,
                "OpenSearch Serverless destination",
            ),
            (&self.splunk_destination_configuration, "Splunk destination"),
            (
                &self.http_endpoint_destination_configuration,
                "HTTP endpoint destination",
            ),
            (&self.snowflake_destination_configuration, "Snowflake destination"),
            (&self.iceberg_destination_configuration, "Iceberg destination"),
            (&self.msk_source_configuration, "MSK source"),
            (&self.database_source_configuration, "database source"),
        ];
        match lacking.iter().find(|(value, _)| value.is_some()) {
            Some((_, what)) => Err(AwsError::not_implemented(format_args!(
                "Firehose's {what}; it has the sources DirectPut and KinesisStreamAsSource and the destinations \
                 ExtendedS3DestinationConfiguration and S3DestinationConfiguration"
            ))),
            None => Ok(()),
        }
    }

    /// The destination, and whether it was given in the extended form.
    fn destination(&self) -> Result<(S3Settings, bool), AwsError> {
        match (
            &self.extended_s3_destination_configuration,
            &self.s3_destination_configuration,
        ) {
            (Some(extended), None) => Ok((extended.clone(), true)),
            (None, Some(plain)) => Ok((plain.clone(), false)),
            _ => Err(invalid_argument(
                "Exactly one destination configuration is supported for a Firehose",
            )),
        }
    }

    fn source(&self) -> Result<Option<StreamSource>, AwsError> {
        let from_stream = self.delivery_stream_type.as_deref() == Some("KinesisStreamAsSource");
        match &self.kinesis_stream_source_configuration {
            Some(source) if from_stream => Ok(Some(StreamSource {
                stream_arn: source.stream_arn.clone().unwrap_or_default(),
                role_arn: source.role_arn.clone().unwrap_or_default(),
            })),
            None if from_stream => Err(invalid_argument(
                "KinesisStreamSourceConfiguration must be set when DeliveryStreamType is KinesisStreamAsSource",
            )),
            Some(_) => Err(invalid_argument(
                "KinesisStreamSourceConfiguration is only applicable for KinesisStreamAsSource stream type.",
            )),
            None => Ok(None),
        }
    }
}

impl EncryptionInput {
    /// The setting once it is on, after the usual wait.
    pub fn encryption(self, settled_from: jiff::Timestamp) -> Result<Encryption, AwsError> {
        let mut constraints = Constraints::default();
        constraints.required("keyType", &self.key_type);
        let kind = self.key_type.clone().unwrap_or_default();
        constraints.one_of("keyType", &kind, &["AWS_OWNED_CMK", "CUSTOMER_MANAGED_CMK"]);
        constraints.check()?;
        if (kind == "CUSTOMER_MANAGED_CMK") != self.key_arn.is_some() {
            return Err(invalid_argument(
                "KeyARN must be given for KeyType CUSTOMER_MANAGED_CMK and only for it.",
            ));
        }
        Ok(Encryption {
            enabled: true,
            key_type: self.key_type,
            key_arn: self.key_arn,
            settled_from: Some(settled_from),
        })
    }
}

impl Firehose {
    pub(super) fn create(&self, input: Create) -> Result<Created, AwsError> {
        input.check()?;
        let name = input.delivery_stream_name.clone().unwrap_or_default();
        let (destination, extended) = input.destination()?;
        destination.check()?;
        let source = input.source()?;
        let mut deliveries = self.locked();
        self.forget_gone(&mut deliveries);
        if deliveries.contains_key(&name) {
            return Err(in_use(format!(
                "Firehose {name} under accountId {} already exists",
                self.env.account()
            )));
        }
        let arn = arn(&self.env, &name);
        let roles = [
            destination.role_arn.as_deref(),
            source.as_ref().map(|s| s.role_arn.as_str()),
        ];
        for role in roles.into_iter().flatten() {
            self.require_role(role, &arn)?;
        }
        let now = self.env.now();
        let wait = self.env.options.timing.delivery_stream;
        let ready = now.checked_add(wait).unwrap_or(now);
        let encryption = match input.delivery_stream_encryption_configuration_input {
            Some(_) if source.is_some() => return Err(sse_needs_direct_put()),
            Some(encryption) => encryption.encryption(ready)?,
            None => Encryption::default(),
        };
        let state = DeliveryStream {
            id: uuid::Uuid::new_v4().simple().to_string(),
            created: now,
            updated: None,
            active_from: ready,
            gone_from: None,
            version: 1,
            throughput_hint: input.direct_put_source_configuration.and_then(|d| d.throughput_hint),
            destination,
            extended,
            encryption,
            tags: super::tags::map(input.tags.unwrap_or_default()),
            name: name.clone(),
            source,
        };
        let checkpoint = self.first_checkpoint(&state)?;
        self.env.store.write(|tx| {
            DELIVERY_STREAMS.put(tx, &name, &state)?;
            CHECKPOINTS.put(tx, &name, &checkpoint).map_err(AwsError::from)
        })?;
        let delivery = Arc::new(Delivery::new(dir(&self.env, &state), state));
        self.start_worker(&delivery);
        deliveries.insert(name, delivery);
        Ok(Created { arn })
    }

    /// AWS's words, which deployers look for to wait for a role's propagation.
    pub(super) fn require_role(&self, role: &str, source_arn: &str) -> Result<(), AwsError> {
        match self.ports.roles.can_assume(role, PRINCIPAL, Some(source_arn))? {
            true => Ok(()),
            false => Err(invalid_argument(format!(
                "Firehose is unable to assume role {role}. Please check the role provided."
            ))),
        }
    }

    /// A source stream is read from where it ends now: what was put before is not delivered, as on AWS.
    fn first_checkpoint(&self, state: &DeliveryStream) -> Result<Checkpoint, AwsError> {
        let mut checkpoint = Checkpoint {
            delivery: state.id.clone(),
            ..Checkpoint::default()
        };
        if let Some(source) = &state.source {
            let stream = self.ports.kinesis.source(&source.stream_arn);
            let stream = stream.map_err(|error| invalid_argument(error.message))?;
            checkpoint.source = stream.id();
            let ends = stream
                .shards()
                .into_iter()
                .map(|s| Ok((s.number, stream.end(s.number)?)));
            checkpoint.positions = ends.collect::<std::io::Result<BTreeMap<_, _>>>()?;
        }
        Ok(checkpoint)
    }
}

pub(super) fn sse_needs_direct_put() -> AwsError {
    invalid_argument(
        "Server-side encryption of a delivery stream is only applicable for DirectPut: encrypt the source stream.",
    )
}
