//! Secrets Manager: the secrets that Redshift manages for its admin users, and those that users of the Data API keep
//! themselves. Values are in the store and nowhere else; no error or log has them.
//!
//! Not here: rotation, replication to other regions, resource policies.

mod errors;
mod lifecycle;
mod list;
mod lookup;
mod managed;
mod model;
mod tags;
mod value;
mod versions;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::env::Env;
use super::error::AwsError;
use super::json::{self, JsonService};

pub(crate) use managed::{ManagedSecret, password};

/// Operations that Secrets Manager has and the embedded AWS does not. Source: botocore `secretsmanager/2017-10-17`.
const NOT_HERE: [&str; 13] = [
    "AssociateCrossAccountReplica",
    "BatchGetSecretValue",
    "CancelRotateSecret",
    "DeleteResourcePolicy",
    "DisassociateCrossAccountReplica",
    "GetResourcePolicy",
    "ListResourcePolicies",
    "PutResourcePolicy",
    "RemoveRegionsFromReplication",
    "ReplicateSecretToRegions",
    "RotateSecret",
    "StopReplicationToReplica",
    "ValidateResourcePolicy",
];

/// The service.
pub(crate) struct Secrets {
    env: Arc<Env>,
}

impl Secrets {
    pub fn new(env: Arc<Env>) -> Self {
        Self { env }
    }
}

#[async_trait]
impl JsonService for Secrets {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        let empty = |result: Result<(), AwsError>| result.map(|()| b"{}".to_vec());
        match operation {
            "CreateSecret" => json::output(&self.create_secret(json::input(&body)?)?),
            "DescribeSecret" => json::output(&self.describe_secret(&json::input(&body)?)?),
            "GetSecretValue" => json::output(&self.get_secret_value(&json::input(&body)?)?),
            "PutSecretValue" => json::output(&self.put_secret_value(json::input(&body)?)?),
            "UpdateSecret" => json::output(&self.update_secret(json::input(&body)?)?),
            "DeleteSecret" => json::output(&self.delete_secret(&json::input(&body)?)?),
            "RestoreSecret" => json::output(&self.restore_secret(&json::input(&body)?)?),
            "ListSecrets" => json::output(&self.list_secrets(&json::input(&body)?)?),
            "ListSecretVersionIds" => json::output(&self.list_versions(&json::input(&body)?)?),
            "UpdateSecretVersionStage" => json::output(&self.move_stage(&json::input(&body)?)?),
            "TagResource" => empty(self.tag_resource(json::input(&body)?)),
            "UntagResource" => empty(self.untag_resource(&json::input(&body)?)),
            "GetRandomPassword" => json::output(&value::random_password(&json::input(&body)?)?),
            known if NOT_HERE.contains(&known) => {
                Err(AwsError::not_implemented(format_args!("Secrets Manager's {known}")))
            }
            _ => Err(json::unknown_operation(operation)),
        }
    }
}
