//! Errors that several operations answer, in AWS's words.

use super::Kinesis;
use super::model::Status;
use crate::local::error::AwsError;

pub(super) fn invalid_argument(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidArgumentException", message)
}

pub(super) fn in_use(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ResourceInUseException", message)
}

pub(super) fn limit_exceeded(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("LimitExceededException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ResourceNotFoundException", message)
}

impl Kinesis {
    pub(super) fn stream_not_found(&self, name: &str) -> AwsError {
        not_found(format!("Stream {name} under account {} not found.", self.env.account()))
    }

    pub(super) fn shard_not_found(&self, shard: &str, stream: &str) -> AwsError {
        not_found(format!(
            "Could not find shard {shard} in stream {stream} under account {}.",
            self.env.account()
        ))
    }

    pub(super) fn shard_gone(&self, shard: &str, stream: &str) -> AwsError {
        not_found(format!(
            "Shard {shard} in stream {stream} under account {} does not exist",
            self.env.account()
        ))
    }

    pub(super) fn not_active(&self, stream: &str, status: Status) -> AwsError {
        in_use(format!(
            "Stream {stream} under account {} not ACTIVE, instead in state {}",
            self.env.account(),
            status.name()
        ))
    }

    pub(super) fn shard_limit(&self, limit: usize, additional: usize) -> AwsError {
        limit_exceeded(format!(
            "This request would exceed the shard limit for the account {} in {}. Current shard count plus the request \
             is over the limit. Limit: {limit}. Number of additional shards that would have resulted from this \
             request: {additional}. Refer to the AWS Service Limits page \
             (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to \
             request higher limits.",
            self.env.account(),
            self.env.region()
        ))
    }
}
