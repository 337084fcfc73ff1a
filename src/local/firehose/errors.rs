//! Errors that several operations answer, in AWS's words.

use super::Firehose;
use crate::local::error::AwsError;

pub(super) fn invalid_argument(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidArgumentException", message)
}

pub(super) fn in_use(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ResourceInUseException", message)
}

impl Firehose {
    pub(super) fn not_found(&self, name: &str) -> AwsError {
        AwsError::bad_request(
            "ResourceNotFoundException",
            format!("Firehose {name} under account {} not found.", self.env.account()),
        )
    }
}
