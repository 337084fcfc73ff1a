//! UpdateDestination, DeleteDeliveryStream, Start- and StopDeliveryStreamEncryption.

use serde::Deserialize;
use serde_json::Value;

use super::create::{EncryptionInput, sse_needs_direct_put};
use super::describe::{DESTINATION_ID, required_name};
use super::errors::{in_use, invalid_argument};
use super::model::{CHECKPOINTS, DeliveryStream, Encryption, Status};
use super::settings::S3Settings;
use super::{Firehose, arn};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UpdateDestination {
    delivery_stream_name: Option<String>,
    current_delivery_stream_version_id: Option<String>,
    destination_id: Option<String>,
    s3_destination_update: Option<S3Settings>,
    extended_s3_destination_update: Option<S3Settings>,
    redshift_destination_update: Option<Value>,
    elasticsearch_destination_update: Option<Value>,
    amazonopensearchservice_destination_update: Option<Value>,
    amazon_open_search_serverless_destination_update: Option<Value>,
    splunk_destination_update: Option<Value>,
    http_endpoint_destination_update: Option<Value>,
    snowflake_destination_update: Option<Value>,
    iceberg_destination_update: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Delete {
    delivery_stream_name: Option<String>,
    // There are no grants here that deletion could fail to retire.
    #[serde(rename = "AllowForceDelete")]
    _allow_force_delete: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct SetEncryption {
    delivery_stream_name: Option<String>,
    delivery_stream_encryption_configuration_input: Option<EncryptionInput>,
}

impl UpdateDestination {
    fn check(&self) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        required_name(&self.delivery_stream_name, &mut constraints);
        constraints.required(
            "currentDeliveryStreamVersionId",
            &self.current_delivery_stream_version_id,
        );
        constraints.required("destinationId", &self.destination_id);
        let updates = [
            ("s3DestinationUpdate", &self.s3_destination_update),
            ("extendedS3DestinationUpdate", &self.extended_s3_destination_update),
        ];
        for (at, update) in updates {
            if let Some(update) = update {
                update.constrain(at, &mut constraints);
            }
        }
        constraints.check()?;
        let others = [
            &self.redshift_destination_update,
            &self.elasticsearch_destination_update,
            &self.amazonopensearchservice_destination_update,
            &self.amazon_open_search_serverless_destination_update,
            &self.splunk_destination_update,
            &self.http_endpoint_destination_update,
            &self.snowflake_destination_update,
            &self.iceberg_destination_update,
        ];
        if others.iter().any(|other| other.is_some()) {
            return Err(AwsError::not_implemented(
                "Firehose destinations other than ExtendedS3DestinationUpdate and S3DestinationUpdate",
            ));
        }
        Ok(())
    }
}

impl Firehose {
    fn require_active(&self, state: &DeliveryStream) -> Result<(), AwsError> {
        match state.status(self.env.now()) {
            Status::Active => Ok(()),
            Status::Gone => Err(self.not_found(&state.name)),
            other => Err(in_use(format!(
                "Firehose {} under accountId {} is not ACTIVE, instead in state {}",
                state.name,
                self.env.account(),
                other.name()
            ))),
        }
    }

    pub(super) fn update_destination(&self, input: UpdateDestination) -> Result<(), AwsError> {
        input.check()?;
        let name = input.delivery_stream_name.unwrap_or_default();
        let given = input.current_delivery_stream_version_id.unwrap_or_default();
        let destination_id = input.destination_id.unwrap_or_default();
        let (update, extended) = match (input.extended_s3_destination_update, input.s3_destination_update) {
            (Some(update), None) => (update, true),
            (None, Some(update)) => (update, false),
            _ => return Err(invalid_argument("Exactly one destination update must be given.")),
        };
        self.change(&name, |state| {
            self.require_active(state)?;
            if state.version.to_string() != given {
                return Err(AwsError::bad_request(
                    "ConcurrentModificationException",
                    format!(
                        "Cannot update firehose: {name} since the current version id: {} and specified version id: \
                         {given} do not match",
                        state.version
                    ),
                ));
            }
            if destination_id != DESTINATION_ID {
                return Err(invalid_argument(format!(
                    "Destination Id {destination_id} not found in Firehose {name}"
                )));
            }
            let merged = state.destination.merged(update);
            merged.check()?;
            if merged.role_arn != state.destination.role_arn {
                let role = merged.role_arn.as_deref().unwrap_or_default();
                self.require_role(role, &arn(&self.env, &name))?;
            }
            state.destination = merged;
            state.extended |= extended;
            state.version += 1;
            state.updated = Some(self.env.now());
            Ok(())
        })
    }

    /// What is buffered or not yet read is not delivered, as on AWS.
    pub(super) fn delete(&self, input: Delete) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        required_name(&input.delivery_stream_name, &mut constraints);
        constraints.check()?;
        let name = input.delivery_stream_name.unwrap_or_default();
        let now = self.env.now();
        let wait = self.env.options.timing.delivery_stream;
        self.change(&name, |state| match state.status(now) {
            Status::Creating => Err(in_use(format!(
                "Firehose {name} under accountId {} is being created and cannot be deleted.",
                self.env.account()
            ))),
            Status::Active => {
                state.gone_from = Some(now.checked_add(wait).unwrap_or(now));
                Ok(())
            }
            Status::Deleting | Status::Gone => Ok(()),
        })?;
        let delivery = self.locked().get(&name).cloned();
        if let Some(delivery) = delivery {
            let id = delivery.state().id.clone();
            // From here on a delivery under way cannot commit.
            self.env.store.write(|tx| {
                if CHECKPOINTS.get(tx, &name)?.is_some_and(|stored| stored.delivery == id) {
                    CHECKPOINTS.remove(tx, &name)?;
                }
                Ok::<_, AwsError>(())
            })?;
            if let Some(worker) = delivery.worker().take() {
                worker.cancel();
            }
            delivery.direct.close()?;
            match std::fs::remove_dir_all(&delivery.dir) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    // A step under way may be writing there; opening the service removes the rest.
                    tracing::debug!(delivery_stream = name, %error, "the folder could not be removed yet");
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn start_encryption(&self, input: SetEncryption) -> Result<(), AwsError> {
        let settled = self.settled_from();
        let encryption = match input.delivery_stream_encryption_configuration_input {
            Some(encryption) => encryption.encryption(settled)?,
            None => Encryption {
                enabled: true,
                key_type: Some("AWS_OWNED_CMK".into()),
                key_arn: None,
                settled_from: Some(settled),
            },
        };
        self.encrypt(input.delivery_stream_name, encryption)
    }

    pub(super) fn stop_encryption(&self, input: SetEncryption) -> Result<(), AwsError> {
        let encryption = Encryption {
            settled_from: Some(self.settled_from()),
            ..Encryption::default()
        };
        self.encrypt(input.delivery_stream_name, encryption)
    }

    fn settled_from(&self) -> jiff::Timestamp {
        let now = self.env.now();
        now.checked_add(self.env.options.timing.delivery_stream).unwrap_or(now)
    }

    fn encrypt(&self, name: Option<String>, encryption: Encryption) -> Result<(), AwsError> {
        let mut constraints = Constraints::default();
        required_name(&name, &mut constraints);
        constraints.check()?;
        self.change(&name.unwrap_or_default(), |state| {
            self.require_active(state)?;
            if state.source.is_some() {
                return Err(sse_needs_direct_put());
            }
            state.encryption = encryption;
            Ok(())
        })
    }
}
