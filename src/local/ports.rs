//! What several services need of others, as traits: each is tested without them.

use super::error::AwsError;

/// IAM, as far as services ask it.
pub(crate) trait RoleCheck: Send + Sync {
    /// Whether `service` (`firehose.amazonaws.com`) may assume the role now.
    fn can_assume(&self, role_arn: &str, service: &str, source_arn: Option<&str>) -> Result<bool, AwsError>;
}

/// CloudWatch Logs, as far as services write to it.
pub(crate) trait LogSink: Send + Sync {
    /// Makes the group and the stream where they are missing, as services do that own their groups.
    fn ensure(&self, group: &str, stream: &str) -> Result<(), AwsError>;

    /// `ResourceNotFoundException` if the group or the stream does not exist.
    fn append(&self, group: &str, stream: &str, messages: &[String]) -> Result<(), AwsError>;
}
