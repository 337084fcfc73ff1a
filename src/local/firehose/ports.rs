//! What Firehose needs of the services around it.

use std::path::Path;

use crate::local::error::AwsError;
use crate::local::store::Write;

/// IAM, as far as Firehose asks it.
pub(crate) trait RoleCheck: Send + Sync {
    /// Whether `service` (`firehose.amazonaws.com`) may assume the role now.
    fn can_assume(&self, role_arn: &str, service: &str, source_arn: Option<&str>) -> Result<bool, AwsError>;
}

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

/// CloudWatch Logs, as far as Firehose writes to it.
pub(crate) trait LogSink: Send + Sync {
    fn append(&self, group: &str, stream: &str, messages: &[String]) -> Result<(), AwsError>;
}
