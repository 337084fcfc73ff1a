//! Bucket configurations that are checked, stored and returned.
//!
//! They are kept as the XML of S3's own schema, one entry a bucket and kind.

use std::sync::Arc;

use s3s::dto::*;
use s3s::xml::{Deserialize, Deserializer, Serialize, Serializer};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::error::{error, invalid_argument};
use super::{S3, encryption, index};
use crate::local::store::{Reads, StoreError, Table, Write};

const CONFIGURATIONS: Table<String> = Table::new("s3.configurations");

/// Which configuration.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Encryption,
    Lifecycle,
    PublicAccessBlock,
    OwnershipControls,
    Cors,
    Logging,
    Notification,
    /// JSON text rather than XML.
    Policy,
}

fn entry(bucket: &str, kind: Kind) -> String {
    let kind = match kind {
        Kind::Encryption => "encryption",
        Kind::Lifecycle => "lifecycle",
        Kind::PublicAccessBlock => "publicAccessBlock",
        Kind::OwnershipControls => "ownershipControls",
        Kind::Cors => "cors",
        Kind::Logging => "logging",
        Kind::Notification => "notification",
        Kind::Policy => "policy",
    };
    format!("{bucket}\0{kind}")
}

pub(super) fn get<T: for<'xml> Deserialize<'xml>>(tx: &impl Reads, bucket: &str, kind: Kind) -> S3Result<Option<T>> {
    let Some(xml) = get_text(tx, bucket, kind)? else {
        return Ok(None);
    };
    let parsed = T::deserialize(&mut Deserializer::new(xml.as_bytes()));
    parsed.map(Some).map_err(S3Error::internal_error)
}

pub(super) fn get_text(tx: &impl Reads, bucket: &str, kind: Kind) -> Result<Option<String>, StoreError> {
    CONFIGURATIONS.get(tx, &entry(bucket, kind))
}

pub(super) fn put<T: Serialize>(tx: &Write, bucket: &str, kind: Kind, value: &T) -> S3Result<()> {
    let mut xml = Vec::new();
    value
        .serialize(&mut Serializer::new(&mut xml))
        .map_err(S3Error::internal_error)?;
    put_text(tx, bucket, kind, &String::from_utf8_lossy(&xml))?;
    Ok(())
}

pub(super) fn put_text(tx: &Write, bucket: &str, kind: Kind, text: &str) -> Result<(), StoreError> {
    CONFIGURATIONS.put(tx, &entry(bucket, kind), &text.to_owned())
}

/// Removes all that a bucket has.
pub(super) fn remove_all(tx: &Write, bucket: &str) -> Result<(), StoreError> {
    for (key, _) in CONFIGURATIONS.all(tx, &format!("{bucket}\0"))? {
        CONFIGURATIONS.remove(tx, &key)?;
    }
    Ok(())
}

impl S3 {
    /// A configuration of a bucket that must exist.
    pub(super) fn configuration<T: for<'xml> Deserialize<'xml>>(
        &self,
        bucket: &str,
        kind: Kind,
    ) -> S3Result<Option<T>> {
        let tx = self.env.store.read()?;
        index::bucket(&tx, bucket)?;
        get(&tx, bucket, kind)
    }

    pub(super) async fn configure<T: Serialize + Send + 'static>(
        self: &Arc<Self>,
        bucket: String,
        kind: Kind,
        value: T,
    ) -> S3Result<()> {
        self.commit(move |change| {
            index::bucket(change.tx, &bucket)?;
            put(change.tx, &bucket, kind, &value)
        })
        .await
    }

    pub(super) async fn unconfigure(self: &Arc<Self>, bucket: String, kind: Kind) -> S3Result<()> {
        self.commit(move |change| {
            index::bucket(change.tx, &bucket)?;
            CONFIGURATIONS.remove(change.tx, &entry(&bucket, kind))?;
            Ok(())
        })
        .await
    }
}

pub(super) fn get_encryption(s3: &S3, bucket: &str) -> S3Result<GetBucketEncryptionOutput> {
    let stored = s3.configuration(bucket, Kind::Encryption)?;
    Ok(GetBucketEncryptionOutput {
        server_side_encryption_configuration: Some(stored.unwrap_or_else(encryption::default_configuration)),
    })
}

pub(super) fn get_lifecycle(s3: &S3, bucket: &str) -> S3Result<GetBucketLifecycleConfigurationOutput> {
    let stored = s3.configuration::<BucketLifecycleConfiguration>(bucket, Kind::Lifecycle)?;
    let stored = stored.ok_or_else(|| {
        let message = "The lifecycle configuration does not exist";
        error(S3ErrorCode::NoSuchLifecycleConfiguration, message)
    })?;
    Ok(GetBucketLifecycleConfigurationOutput {
        rules: Some(stored.rules),
        transition_default_minimum_object_size: Some(TransitionDefaultMinimumObjectSize::from_static(
            TransitionDefaultMinimumObjectSize::ALL_STORAGE_CLASSES_128K,
        )),
    })
}

/// Checks what AWS checks, and gives rules without one an id.
/// Source: S3 API reference, PutBucketLifecycleConfiguration; user guide, "Lifecycle configuration elements".
pub(super) fn check_lifecycle(
    configuration: Option<BucketLifecycleConfiguration>,
) -> S3Result<BucketLifecycleConfiguration> {
    let malformed = || {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        error(S3ErrorCode::MalformedXML, message)
    };
    let mut configuration = configuration.ok_or_else(malformed)?;
    if configuration.rules.is_empty() || configuration.rules.len() > 1000 {
        return Err(malformed());
    }
    let mut ids = std::collections::BTreeSet::new();
    for rule in &mut configuration.rules {
        if !matches!(
            rule.status.as_str(),
            ExpirationStatus::ENABLED | ExpirationStatus::DISABLED
        ) {
            return Err(malformed());
        }
        let acts = rule.expiration.is_some()
            || rule.transitions.is_some()
            || rule.noncurrent_version_expiration.is_some()
            || rule.noncurrent_version_transitions.is_some()
            || rule.abort_incomplete_multipart_upload.is_some();
        if !acts {
            let message = "At least one action needs to be specified in a rule";
            return Err(error(S3ErrorCode::InvalidRequest, message));
        }
        let days = rule.expiration.as_ref().and_then(|expiration| expiration.days);
        if days.is_some_and(|days| days <= 0) {
            return Err(invalid_argument(
                "'Days' for Expiration action must be a positive integer",
            ));
        }
        let id = rule.id.get_or_insert_with(|| uuid::Uuid::new_v4().to_string());
        if id.len() > 255 {
            return Err(invalid_argument("ID length should not exceed allowed limit of 255"));
        }
        if !ids.insert(id.clone()) {
            let message = "Rule ID must be unique. Found same ID for more than one rule";
            return Err(invalid_argument(message));
        }
    }
    Ok(configuration)
}

pub(super) fn get_public_access_block(s3: &S3, bucket: &str) -> S3Result<GetPublicAccessBlockOutput> {
    let stored = s3.configuration(bucket, Kind::PublicAccessBlock)?;
    let stored = stored.ok_or_else(|| {
        super::error::custom(
            http::StatusCode::NOT_FOUND,
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )
    })?;
    Ok(GetPublicAccessBlockOutput {
        public_access_block_configuration: Some(stored),
    })
}

/// All four on, as every bucket has since April 2023.
pub(super) fn blocked_public_access() -> PublicAccessBlockConfiguration {
    PublicAccessBlockConfiguration {
        block_public_acls: Some(true),
        block_public_policy: Some(true),
        ignore_public_acls: Some(true),
        restrict_public_buckets: Some(true),
    }
}

/// Members left out are off.
pub(super) fn complete_block(given: PublicAccessBlockConfiguration) -> PublicAccessBlockConfiguration {
    let set = |setting: Option<bool>| Some(setting.unwrap_or(false));
    PublicAccessBlockConfiguration {
        block_public_acls: set(given.block_public_acls),
        block_public_policy: set(given.block_public_policy),
        ignore_public_acls: set(given.ignore_public_acls),
        restrict_public_buckets: set(given.restrict_public_buckets),
    }
}

pub(super) fn ownership(object_ownership: ObjectOwnership) -> OwnershipControls {
    OwnershipControls {
        rules: vec![OwnershipControlsRule { object_ownership }],
    }
}

pub(super) fn get_ownership(s3: &S3, bucket: &str) -> S3Result<GetBucketOwnershipControlsOutput> {
    let stored = s3.configuration(bucket, Kind::OwnershipControls)?;
    let stored = stored.ok_or_else(|| {
        let message = "The bucket ownership controls were not found";
        error(S3ErrorCode::OwnershipControlsNotFoundError, message)
    })?;
    Ok(GetBucketOwnershipControlsOutput {
        ownership_controls: Some(stored),
    })
}

pub(super) fn get_cors(s3: &S3, bucket: &str) -> S3Result<GetBucketCorsOutput> {
    let stored = s3.configuration::<CORSConfiguration>(bucket, Kind::Cors)?;
    let stored = stored.ok_or_else(|| {
        let message = "The CORS configuration does not exist";
        error(S3ErrorCode::NoSuchCORSConfiguration, message)
    })?;
    Ok(GetBucketCorsOutput {
        cors_rules: Some(stored.cors_rules),
    })
}

pub(super) fn get_logging(s3: &S3, bucket: &str) -> S3Result<GetBucketLoggingOutput> {
    let stored = s3.configuration::<BucketLoggingStatus>(bucket, Kind::Logging)?;
    Ok(GetBucketLoggingOutput {
        logging_enabled: stored.and_then(|status| status.logging_enabled),
    })
}

pub(super) fn get_notification(s3: &S3, bucket: &str) -> S3Result<GetBucketNotificationConfigurationOutput> {
    let stored = s3.configuration::<NotificationConfiguration>(bucket, Kind::Notification)?;
    let stored = stored.unwrap_or_default();
    Ok(GetBucketNotificationConfigurationOutput {
        event_bridge_configuration: stored.event_bridge_configuration,
        lambda_function_configurations: stored.lambda_function_configurations,
        queue_configurations: stored.queue_configurations,
        topic_configurations: stored.topic_configurations,
    })
}
