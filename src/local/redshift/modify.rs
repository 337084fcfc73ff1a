//! ModifyCluster: some settings hold at once, others when the cluster has been modified or resized.

use super::Redshift;
use super::constraints;
use super::create::{automated_days, check_multi_az, managed_password, secret_name, snapshot_days};
use super::errors::{invalid_combination, invalid_value, operation_running};
use super::input::Input;
use super::model::{Cluster, Pending, Secret, Settings, Status, Transition};
use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::secrets::ManagedSecret;
use crate::local::store::Write;

/// What this action reads.
const PARAMETERS: [&str; 23] = [
    "AllowVersionUpgrade",
    "AutomatedSnapshotRetentionPeriod",
    "AvailabilityZoneRelocation",
    "ClusterIdentifier",
    "ClusterParameterGroupName",
    "ClusterType",
    "Encrypted",
    "EnhancedVpcRouting",
    "IpAddressType",
    "KmsKeyId",
    "MaintenanceTrackName",
    "ManageMasterPassword",
    "ManualSnapshotRetentionPeriod",
    "MasterPasswordSecretKmsKeyId",
    "MasterUserPassword",
    "MultiAZ",
    "NodeType",
    "NumberOfNodes",
    "Port",
    "PreferredMaintenanceWindow",
    "PubliclyAccessible",
    "VpcSecurityGroupIds",
    "AvailabilityZone",
];

impl Redshift {
    pub(super) fn modify_cluster(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("ModifyCluster", params, &PARAMETERS)?;
        let id = input.required("ClusterIdentifier")?;
        if input.boolean("Encrypted")? == Some(false) {
            return Err(AwsError::not_implemented("decryption of a Redshift cluster"));
        }
        if input.has("AvailabilityZone") {
            return Err(AwsError::not_implemented(
                "relocation of a Redshift cluster to another zone",
            ));
        }
        self.change_cluster(id, |tx, cluster| {
            self.require_available(cluster, "modify")?;
            if let Some(group) = input
                .text("ClusterParameterGroupName")
                .filter(|group| *group != cluster.parameter_group)
            {
                return Err(AwsError::not_implemented(format_args!(
                    "Redshift's parameter groups, such as {group}"
                )));
            }
            let mut next = cluster.settings.clone();
            change_at_once(&input, &mut next)?;
            cluster.settings = next.clone();
            if input.has("VpcSecurityGroupIds") {
                cluster.security_groups = input.values("VpcSecurityGroupIds", "VpcSecurityGroupId");
            }
            change_later(&input, &mut next)?;
            let password = self.change_password(tx, &input, cluster)?;
            let key = input.text("KmsKeyId").map(str::to_owned);
            let key = key.filter(|key| cluster.kms_key_id.as_ref() != Some(key));
            self.begin(cluster, next, password, key);
            Ok(())
        })
    }

    /// Starts the transition to `next`, if anything differs.
    fn begin(&self, cluster: &mut Cluster, next: Settings, password: Option<String>, key: Option<String>) {
        let now = &cluster.settings;
        let resized = next.node_type != now.node_type || next.nodes != now.nodes;
        if next == *now && password.is_none() && key.is_none() {
            return;
        }
        let to = if resized { Status::Resizing } else { Status::Modifying };
        cluster.transition = Some(Transition::new(
            to,
            self.env.now(),
            self.env.options.timing.warehouse_modify,
        ));
        cluster.pending = Some(Pending {
            settings: next,
            password,
            kms_key_id: key,
        });
    }

    /// The new password, if it changes. Managed ones become so, or stop, at once.
    fn change_password(
        &self,
        tx: &Write,
        input: &Input<'_>,
        cluster: &mut Cluster,
    ) -> Result<Option<String>, AwsError> {
        let given = input.text("MasterUserPassword");
        let key = input.text("MasterPasswordSecretKmsKeyId").map(str::to_owned);
        let managed = cluster.secret.is_some();
        match input.boolean("ManageMasterPassword")? {
            Some(true) if !managed => {
                managed_password(input)?;
                let name = secret_name(&cluster.id, &cluster.master_username);
                let secret = ManagedSecret::create(tx, &self.env, &name, &cluster.master_username, key.as_deref())?;
                cluster.secret = Some(Secret {
                    arn: secret.arn,
                    kms_key_id: key,
                });
                // At once, so that the secret never has a password that the cluster does not take.
                cluster.password = secret.password;
                Ok(None)
            }
            Some(true) => {
                managed_password(input)?;
                if let (Some(secret), Some(key)) = (&mut cluster.secret, key) {
                    ManagedSecret::set_key(tx, &self.env, &secret.arn, &key)?;
                    secret.kms_key_id = Some(key);
                }
                Ok(None)
            }
            // Without management there must be a password of the user's own.
            Some(false) if managed => {
                managed_password(input)?;
                if let Some(secret) = cluster.secret.take() {
                    ManagedSecret::remove(tx, &secret.arn)?;
                }
                Ok(given.map(str::to_owned))
            }
            _ if managed && given.is_some() => Err(invalid_combination(
                "You can't use MasterUserPassword while ManageMasterPassword is true for the cluster.",
            )),
            _ => {
                given.map(constraints::check_master_password).transpose()?;
                Ok(given.map(str::to_owned))
            }
        }
    }

    /// Only an available cluster can be changed.
    pub(super) fn require_available(&self, cluster: &Cluster, verb: &str) -> Result<(), AwsError> {
        match cluster.status(self.env.now()) {
            Status::Available => Ok(()),
            _ => Err(operation_running(verb)),
        }
    }
}

/// Windows, retention and the like hold "immediately".
fn change_at_once(input: &Input<'_>, settings: &mut Settings) -> Result<(), AwsError> {
    if let Some(window) = input.text("PreferredMaintenanceWindow") {
        settings.maintenance_window = constraints::maintenance_window(window)?;
    }
    if let Some(days) = automated_days(input, &settings.node_type)? {
        settings.automated_snapshot_days = days;
    }
    if let Some(days) = snapshot_days(input, "ManualSnapshotRetentionPeriod")? {
        settings.manual_snapshot_days = days;
    }
    if let Some(allow) = input.boolean("AllowVersionUpgrade")? {
        settings.allow_version_upgrade = allow;
    }
    if let Some(relocation) = input.boolean("AvailabilityZoneRelocation")? {
        settings.availability_zone_relocation = relocation;
    }
    if let Some(track) = input.text("MaintenanceTrackName") {
        settings.maintenance_track = track.to_owned();
    }
    Ok(())
}

/// What the cluster must be modified or resized for.
fn change_later(input: &Input<'_>, settings: &mut Settings) -> Result<(), AwsError> {
    let node_type = input.text("NodeType").unwrap_or(&settings.node_type).to_owned();
    let count = input.integer("NumberOfNodes")?;
    let cluster_type = input.text("ClusterType");
    if input.has("NodeType") || count.is_some() || cluster_type.is_some() {
        // A node type alone keeps the number of nodes.
        let count = count.or((cluster_type != Some("single-node")).then_some(i64::from(settings.nodes)));
        settings.nodes = constraints::nodes(&node_type, cluster_type, count)?;
        settings.node_type = node_type;
    }
    if let Some(port) = input.integer("Port")? {
        settings.port = constraints::check_port(port, &settings.node_type)?;
    }
    if let Some(public) = input.boolean("PubliclyAccessible")? {
        settings.publicly_accessible = public;
    }
    if let Some(routing) = input.boolean("EnhancedVpcRouting")? {
        settings.enhanced_vpc_routing = routing;
    }
    if let Some(multi) = input.boolean("MultiAZ")? {
        settings.multi_az = multi;
    }
    if let Some(kind) = input.text("IpAddressType") {
        if !["ipv4", "dualstack"].contains(&kind) {
            return Err(invalid_value(format!("Invalid IP address type: {kind}")));
        }
        settings.ip_address_type = kind.to_owned();
    }
    check_multi_az(settings)
}
