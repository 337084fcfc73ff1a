//! What the index remembers.

use std::time::{Duration, UNIX_EPOCH};

use s3s::dto;
use serde::{Deserialize, Serialize};

use super::checksum::Sum;

/// Tags in the order they were given.
pub(super) type Tags = Vec<(String, String)>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Bucket {
    /// Milliseconds since 1970.
    pub created: i64,
    pub region: String,
    pub versioning: Versioning,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Versioning {
    Never,
    Enabled,
    Suspended,
}

/// One version of a key: an object or a delete marker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Version {
    /// `null`, or 32 hex digits.
    pub id: String,
    /// Place in the key's history; larger is newer.
    pub sequence: u64,
    /// Milliseconds since 1970.
    pub modified: i64,
    /// `None`: a delete marker.
    pub object: Option<Object>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Object {
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// The body, in order; several after a multipart upload.
    pub segments: Vec<Segment>,
    /// Number of parts, for a multipart upload.
    pub parts: Option<u32>,
    pub sum: Option<Sum>,
    pub headers: Headers,
    pub encryption: Encryption,
    pub tags: Tags,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Segment {
    pub blob: String,
    /// Bytes.
    pub size: u64,
    /// The part's checksum, base64, for a multipart upload.
    pub sum: Option<String>,
}

/// System and user metadata that a client sets and gets back.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Headers {
    pub content_type: Option<String>,
    pub content_encoding: Option<String>,
    pub content_disposition: Option<String>,
    pub content_language: Option<String>,
    pub cache_control: Option<String>,
    pub expires: Option<dto::Timestamp>,
    pub website_redirect: Option<String>,
    pub storage_class: Option<String>,
    pub user: Vec<(String, String)>,
}

/// How AWS would have encrypted it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    pub key: Option<String>,
    pub bucket_key: bool,
}

impl Version {
    pub fn last_modified(&self) -> dto::Timestamp {
        timestamp(self.modified)
    }
}

impl Object {
    pub fn storage_class(&self) -> String {
        self.headers.storage_class.clone().unwrap_or_else(|| "STANDARD".into())
    }
}

/// AWS reports whole seconds everywhere.
pub(super) fn timestamp(milliseconds: i64) -> dto::Timestamp {
    let seconds = u64::try_from(milliseconds).unwrap_or(0) / 1000;
    (UNIX_EPOCH + Duration::from_secs(seconds)).into()
}

/// An ETag as it goes on the wire.
pub(super) fn etag(value: &str) -> dto::ETag {
    dto::ETag::Strong(value.to_owned())
}
