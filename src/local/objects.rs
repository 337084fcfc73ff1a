//! S3 as the services around it use it: whole objects as files, without the protocol.

use std::path::Path;

use super::error::AwsError;

/// The newest version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// `Content-Encoding` (`gzip`).
    pub content_encoding: Option<String>,
}

/// Whole objects. All calls block; errors are S3's (`NoSuchBucket`, `NoSuchKey`).
pub(crate) trait Objects: Send + Sync {
    /// Objects whose keys start with `prefix`, in byte order of their keys.
    fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<Stored>, AwsError>;

    fn head(&self, bucket: &str, key: &str) -> Result<Stored, AwsError>;

    /// Makes the object's bytes a file at `to`, which must not exist (its folder must). It stays readable when the
    /// object is deleted meanwhile. Never write to it: it may share its disk blocks with the object.
    fn materialise(&self, bucket: &str, key: &str, to: &Path) -> Result<(), AwsError>;

    /// Stores the file at `body`, which is moved: it must be under the embedded AWS's data folder.
    fn store(&self, bucket: &str, key: &str, body: &Path, content_type: &str) -> Result<(), AwsError>;

    /// Deletes the object as DeleteObject does; what is not there counts as deleted.
    fn remove(&self, bucket: &str, key: &str) -> Result<(), AwsError>;
}
