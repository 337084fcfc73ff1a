//! Errors that several actions answer. Codes and HTTP statuses are those of botocore `redshift/2012-12-01`.

use http::StatusCode;

use crate::local::error::AwsError;

pub(super) fn invalid_value(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidParameterValue", message)
}

pub(super) fn invalid_combination(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidParameterCombination", message)
}

pub(super) fn missing(parameter: &str) -> AwsError {
    AwsError::bad_request(
        "MissingParameter",
        format!("The request must contain the parameter {parameter}."),
    )
}

pub(super) fn cluster_not_found(id: &str) -> AwsError {
    AwsError::new(
        StatusCode::NOT_FOUND,
        "ClusterNotFound",
        format!("Cluster {id} not found."),
    )
}

pub(super) fn invalid_state(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidClusterState", message)
}

/// As Redshift words it for changes (DeleteCluster says "delete" in place of "modify").
pub(super) fn operation_running(verb: &str) -> AwsError {
    invalid_state(format!(
        "There is an operation running on the Cluster. Please try to {verb} it at a later time."
    ))
}

pub(super) fn subnet_group_not_found(name: &str) -> AwsError {
    AwsError::bad_request(
        "ClusterSubnetGroupNotFoundFault",
        format!("Cluster Subnet Group {name} not found."),
    )
}

pub(super) fn snapshot_not_found(id: &str) -> AwsError {
    AwsError::new(
        StatusCode::NOT_FOUND,
        "ClusterSnapshotNotFound",
        format!("Snapshot not found: {id}"),
    )
}

pub(super) fn usage_limit_not_found(id: &str) -> AwsError {
    AwsError::new(
        StatusCode::NOT_FOUND,
        "UsageLimitNotFound",
        format!("Usage limit {id} not found."),
    )
}

pub(super) fn resource_not_found(arn: &str) -> AwsError {
    AwsError::new(
        StatusCode::NOT_FOUND,
        "ResourceNotFoundFault",
        format!("Resource {arn} not found."),
    )
}
