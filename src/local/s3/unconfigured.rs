//! What AWS answers for bucket features that nobody has configured, and that cannot be configured here.

use s3s::dto::*;
use s3s::{S3ErrorCode, S3Result};

use super::error::{custom, error};
use super::{S3, index};

fn exists(s3: &S3, bucket: &str) -> S3Result<()> {
    index::bucket(&s3.env.store.read()?, bucket).map(|_| ())
}

pub(super) fn request_payment(s3: &S3, bucket: &str) -> S3Result<GetBucketRequestPaymentOutput> {
    exists(s3, bucket)?;
    Ok(GetBucketRequestPaymentOutput {
        payer: Some(Payer::from_static(Payer::BUCKET_OWNER)),
    })
}

pub(super) fn accelerate(s3: &S3, bucket: &str) -> S3Result<GetBucketAccelerateConfigurationOutput> {
    exists(s3, bucket)?;
    Ok(GetBucketAccelerateConfigurationOutput::default())
}

pub(super) fn website(s3: &S3, bucket: &str) -> S3Result<GetBucketWebsiteOutput> {
    exists(s3, bucket)?;
    let message = "The specified bucket does not have a website configuration";
    Err(error(S3ErrorCode::NoSuchWebsiteConfiguration, message))
}

pub(super) fn replication(s3: &S3, bucket: &str) -> S3Result<GetBucketReplicationOutput> {
    exists(s3, bucket)?;
    Err(custom(
        http::StatusCode::NOT_FOUND,
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    ))
}

pub(super) fn object_lock(s3: &S3, bucket: &str) -> S3Result<GetObjectLockConfigurationOutput> {
    exists(s3, bucket)?;
    Err(custom(
        http::StatusCode::NOT_FOUND,
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ))
}
