//! Names and headers that AWS refuses although the protocol could carry them.

use s3s::{S3ErrorCode, S3Result};

use super::error::{custom, error, invalid_argument, not_implemented};
use super::record::Headers;

/// Bytes of user metadata, names and values. Source: S3 user guide, "Working with object metadata".
const USER_METADATA: usize = 2048;

/// The naming rules beyond those that `s3s` checks on every request.
/// Source: S3 user guide, "General purpose bucket naming rules".
pub(super) fn check_new_bucket(name: &str) -> S3Result<()> {
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"]
            .iter()
            .any(|suffix| name.ends_with(suffix));
    if reserved {
        return Err(error(
            S3ErrorCode::InvalidBucketName,
            "The specified bucket is not valid.",
        ));
    }
    Ok(())
}

/// Refuses what the index cannot hold.
pub(super) fn check_key(key: &str) -> S3Result<()> {
    if key.contains('\0') {
        return Err(invalid_argument("Object keys with NUL characters are not supported"));
    }
    Ok(())
}

pub(super) fn check_metadata(headers: &Headers) -> S3Result<()> {
    let bytes: usize = headers.user.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > USER_METADATA {
        return Err(custom(
            http::StatusCode::BAD_REQUEST,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        ));
    }
    Ok(())
}

/// Buckets are `BucketOwnerEnforced`: ACLs that grant anything to anybody else are refused.
/// Source: S3 user guide, "Controlling ownership of objects and disabling ACLs for your bucket".
pub(super) fn check_acl(acl: Option<&str>) -> S3Result<()> {
    match acl {
        None | Some("private" | "bucket-owner-full-control") => Ok(()),
        Some(_) => Err(error(
            S3ErrorCode::AccessControlListNotSupported,
            "The bucket does not allow ACLs",
        )),
    }
}

/// Options of writes that are not here; ignoring them would be a lie.
pub(super) fn check_unsupported(customer_key: bool, object_lock: bool) -> S3Result<()> {
    if customer_key {
        return Err(not_implemented(
            "server-side encryption with customer-provided keys (SSE-C)",
        ));
    }
    if object_lock {
        let message = "Bucket is missing Object Lock Configuration";
        return Err(error(S3ErrorCode::InvalidRequest, message));
    }
    Ok(())
}
