//! Errors that several operations answer, with the codes and HTTP statuses of QuickSight's API reference.

use http::StatusCode;

use crate::local::error::AwsError;
use crate::local::rest::Input;

/// `ExceptionResourceType`s.
pub(super) const DATA_SOURCE: &str = "DATA_SOURCE";
pub(super) const DATA_SET: &str = "DATA_SET";
pub(super) const INGESTION: &str = "INGESTION";
pub(super) const USER: &str = "USER";
pub(super) const NAMESPACE: &str = "NAMESPACE";

pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidParameterValueException", message)
}

pub(super) fn precondition(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("PreconditionNotMetException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
}

pub(super) fn exists(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "ResourceExistsException", message)
}

pub(super) fn conflict(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "ConflictException", message)
}

pub(super) fn limit(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::CONFLICT, "LimitExceededException", message)
}

pub(super) fn access_denied(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::UNAUTHORIZED, "AccessDeniedException", message)
}

pub(super) fn edition(message: impl Into<String>) -> AwsError {
    AwsError::new(StatusCode::FORBIDDEN, "UnsupportedUserEditionException", message)
}

/// Refuses members that the embedded QuickSight would have to leave without effect.
pub(super) fn refuse(input: &Input, members: &[(&str, &str)]) -> Result<(), AwsError> {
    match members.iter().find(|(member, _)| input.has(member)) {
        Some((member, what)) => Err(AwsError::not_implemented(format_args!(
            "QuickSight's {what} ({member})"
        ))),
        None => Ok(()),
    }
}

/// An id of a resource that is to be made: it becomes part of an ARN and of URIs.
pub(super) fn check_id(member: &str, id: &str) -> Result<(), AwsError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if id.is_empty() || id.len() > 512 || !id.chars().all(plain) {
        return Err(invalid(format!(
            "{member} {id:?} is not valid: it has 1 to 512 letters, digits, hyphens, underscores and dots"
        )));
    }
    Ok(())
}
