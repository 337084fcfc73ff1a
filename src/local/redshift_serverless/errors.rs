//! Errors that several operations answer.

use crate::local::error::AwsError;

pub(super) fn validation(message: impl Into<String>) -> AwsError {
    AwsError::validation(message)
}

pub(super) fn conflict(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ConflictException", message)
}

pub(super) fn not_found(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ResourceNotFoundException", message)
}

/// As Redshift Serverless words it: `Serverless namespace <namespace> not found.`
pub(super) fn namespace_not_found(name: &str) -> AwsError {
    not_found(format!("Serverless namespace {name} not found."))
}

pub(super) fn workgroup_not_found(name: &str) -> AwsError {
    not_found(format!("Serverless workgroup {name} not found."))
}

pub(super) fn usage_limit_not_found(id: &str) -> AwsError {
    not_found(format!("Usage limit {id} not found."))
}

pub(super) fn workgroup_busy() -> AwsError {
    conflict("There is an operation running on the workgroup. Try again later.")
}

pub(super) fn namespace_busy() -> AwsError {
    conflict("There is an operation running on the namespace. Try again later.")
}

/// One setting a call: UpdateWorkgroup's API reference says so, and the service in these words.
pub(super) fn many_settings(kind: &str, name: &str) -> AwsError {
    validation(format!(
        "Can't update multiple configurations at the same time for {kind} {name}."
    ))
}
