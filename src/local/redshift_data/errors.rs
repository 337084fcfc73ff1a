//! Errors that several operations answer.

use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

pub(super) fn validation(message: impl Into<String>) -> AwsError {
    AwsError::validation(message)
}

pub(super) fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ResourceNotFoundException", message)
}

pub(super) fn no_statement() -> AwsError {
    not_found("Query does not exist.")
}

pub(super) fn no_result() -> AwsError {
    not_found("Query does not have result. Please check query status with DescribeStatement.")
}

/// Runs the checks of the service's model.
pub(super) fn constrain(check: impl FnOnce(&mut Constraints)) -> Result<(), AwsError> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    constraints.check()
}
