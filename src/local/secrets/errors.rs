//! Errors that several operations answer, in AWS's words.

use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

pub(super) fn invalid_parameter(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidParameterException", message)
}

pub(super) fn invalid_request(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidRequestException", message)
}

pub(super) fn exists(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ResourceExistsException", message)
}

pub(super) fn not_found() -> AwsError {
    missing("Secrets Manager can't find the specified secret.")
}

pub(super) fn missing(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ResourceNotFoundException", message)
}

pub(super) fn marked_for_deletion() -> AwsError {
    invalid_request("You can't perform this operation on the secret because it was marked for deletion.")
}

/// Secrets Manager user guide, "Secrets managed by other services": users cannot change or delete them there.
pub(super) fn managed(owner: &str) -> AwsError {
    invalid_request(format!(
        "You can't perform this operation on the secret because it is managed by {owner}."
    ))
}

/// Runs the checks of the service's model.
pub(super) fn constrain(check: impl FnOnce(&mut Constraints)) -> Result<(), AwsError> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    constraints.check()
}
