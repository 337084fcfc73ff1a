//! Amazon Redshift, provisioned: clusters with their subnet groups, usage limits, final snapshots and tags. What runs
//! in a cluster's databases is the warehouse's; here is the control plane.
//!
//! Not here: networks (subnets, zones and security groups are kept as given), parameter groups, restoring snapshots,
//! data shares, reserved nodes.

mod constraints;
mod create;
mod credentials;
mod delete;
mod describe;
mod errors;
mod input;
mod model;
mod modify;
mod operations;
mod paging;
mod pause;
mod ports;
mod roles;
mod snapshots;
mod subnets;
mod tags;
mod usage_limits;
mod wire;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use async_trait::async_trait;

use super::env::Env;
use super::error::AwsError;
use super::query::{Params, QueryService};
use super::store::{Reads, Write};
use super::xml::Xml;

use model::{CLUSTERS, Cluster, Status};

pub(crate) use constraints::{check_password, is_database_name, is_role_arn, is_user_name};
pub(crate) use ports::{Databases, Reached, ReachedState};

/// The service.
pub(crate) struct Redshift {
    env: Arc<Env>,
    databases: Arc<dyn Databases>,
}

impl Redshift {
    /// Takes up what the store knows, and finishes deletions that the last process began.
    pub fn new(env: Arc<Env>, databases: Arc<dyn Databases>) -> Result<Self, AwsError> {
        let service = Self { env, databases };
        service.forget_deleted()?;
        Ok(service)
    }

    /// The cluster of that identifier as it is now.
    fn cluster(&self, tx: &impl Reads, id: &str) -> Result<Cluster, AwsError> {
        let now = self.env.now();
        let cluster = CLUSTERS.get(tx, id)?.map(|cluster| cluster.settled(now));
        cluster
            .filter(|cluster| cluster.status(now) != Status::Gone)
            .ok_or_else(|| errors::cluster_not_found(id))
    }

    /// Changes the cluster that `ClusterIdentifier` names; answers it.
    fn change_cluster(
        &self,
        id: &str,
        change: impl FnOnce(&Write, &mut Cluster) -> Result<(), AwsError>,
    ) -> Result<String, AwsError> {
        let changed = self.env.store.write(|tx| {
            let mut cluster = self.cluster(tx, id)?;
            change(tx, &mut cluster)?;
            CLUSTERS.put(tx, id, &cluster)?;
            Ok::<_, AwsError>(cluster)
        })?;
        Ok(self.cluster_result(&changed))
    }

    fn cluster_result(&self, cluster: &Cluster) -> String {
        let write = |xml: &mut Xml| wire::write_cluster(xml, &self.env, cluster);
        Xml::new().element("Cluster", write).finish()
    }

    /// A cluster, for the Data API.
    pub fn reach(&self, id: &str) -> Result<Option<Reached>, AwsError> {
        let now = self.env.now();
        let cluster = match self.cluster(&self.env.store.read()?, id) {
            Ok(cluster) => cluster,
            Err(error) if error.code == "ClusterNotFound" => return Ok(None),
            Err(error) => return Err(error),
        };
        let state = match cluster.status(now) {
            Status::Creating | Status::Deleting | Status::FinalSnapshot | Status::Gone => ReachedState::NoEndpoint,
            Status::Paused | Status::Pausing | Status::Resuming => ReachedState::Paused,
            _ => ReachedState::Available,
        };
        Ok(Some(Reached {
            state,
            warehouse: cluster.warehouse(),
            address: wire::address(&self.env, &cluster.id),
            port: cluster.settings.port,
            admin: cluster.master_username.clone(),
            password: cluster.password.clone(),
            roles: cluster.attached_roles(now),
            default_role: cluster.default_role.clone(),
        }))
    }
}

#[async_trait]
impl QueryService for Redshift {
    fn namespace(&self) -> &'static str {
        "http://redshift.amazonaws.com/doc/2012-12-01/"
    }

    async fn call(&self, action: &str, params: &Params) -> Result<String, AwsError> {
        match action {
            "CreateCluster" => self.create_cluster(params),
            "DescribeClusters" => self.describe_clusters(params),
            "ModifyCluster" => self.modify_cluster(params),
            "ModifyClusterIamRoles" => self.modify_roles(params),
            "DeleteCluster" => self.delete_cluster(params),
            "PauseCluster" => self.pause_cluster(params),
            "ResumeCluster" => self.resume_cluster(params),
            "RebootCluster" => self.reboot_cluster(params),
            "CreateClusterSubnetGroup" => self.create_subnet_group(params),
            "DescribeClusterSubnetGroups" => self.describe_subnet_groups(params),
            "ModifyClusterSubnetGroup" => self.modify_subnet_group(params),
            "DeleteClusterSubnetGroup" => self.delete_subnet_group(params),
            "CreateTags" => self.create_tags(params),
            "DeleteTags" => self.delete_tags(params),
            "DescribeTags" => self.describe_tags(params),
            "GetClusterCredentials" => self.get_credentials(params),
            "GetClusterCredentialsWithIAM" => self.get_iam_credentials(params),
            "CreateUsageLimit" => self.create_usage_limit(params),
            "DescribeUsageLimits" => self.describe_usage_limits(params),
            "ModifyUsageLimit" => self.modify_usage_limit(params),
            "DeleteUsageLimit" => self.delete_usage_limit(params),
            "DescribeLoggingStatus" => self.describe_logging(params),
            "DescribeClusterSnapshots" => self.describe_snapshots(params),
            "DeleteClusterSnapshot" => self.delete_snapshot(params),
            known if operations::NOT_HERE.binary_search(&known).is_ok() => {
                Err(AwsError::not_implemented(format_args!("Redshift's {known}")))
            }
            _ => Err(AwsError::bad_request(
                "InvalidAction",
                format!("Could not find operation {action} for version 2012-12-01"),
            )),
        }
    }
}
