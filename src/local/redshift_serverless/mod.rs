//! Amazon Redshift Serverless: namespaces (databases, users, roles) and workgroups (compute) with usage limits and
//! tags. What runs in a namespace's databases is the warehouse's; here is the control plane.
//!
//! Not here: networks (subnets and security groups are kept as given), snapshots and recovery points, endpoints,
//! custom domains, scheduled actions, reservations.

mod capacity;
mod constraints;
mod credentials;
mod errors;
mod model;
mod namespace_delete;
mod namespace_update;
mod namespaces;
mod operations;
mod paging;
mod parameters;
mod tags;
mod usage_limits;
mod wire;
mod workgroup_update;
mod workgroups;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::env::Env;
use super::error::AwsError;
use super::json::{self, JsonService};
use super::redshift::{Databases, Reached, ReachedState};
use super::store::Reads;

use model::{NAMESPACES, Namespace, NamespaceStatus, WORKGROUPS, Workgroup, WorkgroupStatus};

/// The service.
pub(crate) struct RedshiftServerless {
    env: Arc<Env>,
    databases: Arc<dyn Databases>,
}

impl RedshiftServerless {
    /// Takes up what the store knows, and finishes deletions that the last process began.
    pub fn new(env: Arc<Env>, databases: Arc<dyn Databases>) -> Result<Self, AwsError> {
        let service = Self { env, databases };
        service.forget_deleted()?;
        Ok(service)
    }

    /// The namespace of that name, in any state but gone.
    fn namespace(&self, tx: &impl Reads, name: &str) -> Result<Namespace, AwsError> {
        let now = self.env.now();
        let namespace = NAMESPACES.get(tx, name)?.map(|namespace| namespace.settled(now));
        namespace
            .filter(|namespace| namespace.status(now) != NamespaceStatus::Gone)
            .ok_or_else(|| errors::namespace_not_found(name))
    }

    /// The workgroup of that name, in any state but gone.
    fn workgroup(&self, tx: &impl Reads, name: &str) -> Result<Workgroup, AwsError> {
        let now = self.env.now();
        let workgroup = WORKGROUPS.get(tx, name)?.map(|workgroup| workgroup.settled(now));
        workgroup
            .filter(|workgroup| workgroup.status(now) != WorkgroupStatus::Gone)
            .ok_or_else(|| errors::workgroup_not_found(name))
    }

    /// All workgroups, gone ones left out.
    fn workgroups(&self, tx: &impl Reads) -> Result<Vec<Workgroup>, AwsError> {
        let now = self.env.now();
        let all = WORKGROUPS.all(tx, "")?.into_iter();
        Ok(all
            .map(|(_, workgroup)| workgroup.settled(now))
            .filter(|workgroup| workgroup.status(now) != WorkgroupStatus::Gone)
            .collect())
    }

    /// A workgroup by name or ARN, for the Data API. A paused one does not exist: workgroups wake by themselves.
    pub fn reach(&self, name: &str) -> Result<Option<Reached>, AwsError> {
        let tx = self.env.store.read()?;
        let now = self.env.now();
        let is_named = |workgroup: &Workgroup| workgroup.name == name || self.workgroup_arn(&workgroup.id) == name;
        let Some(workgroup) = self.workgroups(&tx)?.into_iter().find(is_named) else {
            return Ok(None);
        };
        let namespace = self.namespace(&tx, &workgroup.namespace)?;
        let state = match workgroup.status(now) {
            WorkgroupStatus::Available | WorkgroupStatus::Modifying => ReachedState::Available,
            _ => ReachedState::NoEndpoint,
        };
        Ok(Some(Reached {
            state,
            warehouse: namespace.warehouse(),
            address: self.address(&workgroup.name),
            port: workgroup.settings.port,
            admin: namespace.admin.clone(),
            password: namespace.password.clone(),
            roles: namespace.roles.clone(),
            default_role: namespace.default_role.clone(),
        }))
    }

    fn namespace_arn(&self, id: &str) -> String {
        self.env.arn("redshift-serverless", &format!("namespace/{id}"))
    }

    fn workgroup_arn(&self, id: &str) -> String {
        self.env.arn("redshift-serverless", &format!("workgroup/{id}"))
    }
}

#[async_trait]
impl JsonService for RedshiftServerless {
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError> {
        match operation {
            "CreateNamespace" => json::output(&self.create_namespace(json::input(&body)?)?),
            "GetNamespace" => json::output(&self.get_namespace(&json::input(&body)?)?),
            "ListNamespaces" => json::output(&self.list_namespaces(&json::input(&body)?)?),
            "UpdateNamespace" => json::output(&self.update_namespace(json::input(&body)?)?),
            "DeleteNamespace" => json::output(&self.delete_namespace(&json::input(&body)?)?),
            "CreateWorkgroup" => json::output(&self.create_workgroup(json::input(&body)?)?),
            "GetWorkgroup" => json::output(&self.get_workgroup(&json::input(&body)?)?),
            "ListWorkgroups" => json::output(&self.list_workgroups(&json::input(&body)?)?),
            "UpdateWorkgroup" => json::output(&self.update_workgroup(json::input(&body)?)?),
            "DeleteWorkgroup" => json::output(&self.delete_workgroup(&json::input(&body)?)?),
            "CreateUsageLimit" => json::output(&self.create_usage_limit(json::input(&body)?)?),
            "GetUsageLimit" => json::output(&self.get_usage_limit(&json::input(&body)?)?),
            "ListUsageLimits" => json::output(&self.list_usage_limits(&json::input(&body)?)?),
            "UpdateUsageLimit" => json::output(&self.update_usage_limit(json::input(&body)?)?),
            "DeleteUsageLimit" => json::output(&self.delete_usage_limit(&json::input(&body)?)?),
            "TagResource" => json::output(&self.tag_resource(json::input(&body)?)?),
            "UntagResource" => json::output(&self.untag_resource(&json::input(&body)?)?),
            "ListTagsForResource" => json::output(&self.list_tags(&json::input(&body)?)?),
            "GetCredentials" => json::output(&self.get_credentials(&json::input(&body)?)?),
            known if operations::NOT_HERE.binary_search(&known).is_ok() => {
                Err(AwsError::not_implemented(format_args!("Redshift Serverless's {known}")))
            }
            _ => Err(json::unknown_operation(operation)),
        }
    }
}
