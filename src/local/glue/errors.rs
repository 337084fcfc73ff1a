//! Errors that several operations answer, in AWS's words.

use crate::local::error::AwsError;

pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidInputException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("EntityNotFoundException", message)
}

pub(super) fn already_exists(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("AlreadyExistsException", message)
}

/// A second creation under the same name that asks for something else. With the same definition it is answered
/// like the first.
pub(super) fn mismatch(kind: &str, name: &str) -> AwsError {
    AwsError::bad_request(
        "IdempotentParameterMismatchException",
        format!("{kind} with name: {name} already submitted with different configuration."),
    )
}
