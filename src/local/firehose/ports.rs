//! What Firehose needs of the services around it.

use std::path::Path;

use crate::local::error::AwsError;
use crate::local::store::Write;

/// What a change of the store is, for [`ObjectSink::put_file`].
pub(crate) type Also<'a> = Box<dyn FnOnce(&Write) -> Result<(), AwsError> + 'a>;

/// S3, as far as Firehose uses it.
pub(crate) trait ObjectSink: Send + Sync {
    /// Stores the file at `body` as an object, in one transaction with `also`. The file is moved.
    /// Errors are S3's: `NoSuchBucket`, `AccessDenied`.
    fn put_file(&self, object: Object<'_>, body: &Path, also: Also<'_>) -> Result<(), AwsError>;
}

/// Where an object goes and what S3 should know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    pub bucket: &'a str,
    pub key: &'a str,
    pub content_type: &'a str,
    pub content_encoding: Option<&'a str>,
}
