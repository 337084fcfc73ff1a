//! CreateCluster.

use uuid::Uuid;

use super::constraints::{self, check_role_arns};
use super::errors::{invalid_combination, invalid_value, missing, subnet_group_not_found};
use super::input::Input;
use super::model::{AttachedRole, CLUSTERS, Cluster, LEFTOVERS, SUBNET_GROUPS, Secret, Settings, Status, Transition};
use super::{Redshift, roles};
use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::secrets::ManagedSecret;
use crate::local::store::Reads;

/// What this action reads.
const PARAMETERS: [&str; 31] = [
    "AllowVersionUpgrade",
    "AutomatedSnapshotRetentionPeriod",
    "AvailabilityZone",
    "AvailabilityZoneRelocation",
    "AquaConfigurationStatus",
    "ClusterIdentifier",
    "ClusterParameterGroupName",
    "ClusterSubnetGroupName",
    "ClusterType",
    "ClusterVersion",
    "DBName",
    "DefaultIamRoleArn",
    "Encrypted",
    "EnhancedVpcRouting",
    "IamRoles",
    "IpAddressType",
    "KmsKeyId",
    "MaintenanceTrackName",
    "ManageMasterPassword",
    "ManualSnapshotRetentionPeriod",
    "MasterPasswordSecretKmsKeyId",
    "MasterUserPassword",
    "MasterUsername",
    "MultiAZ",
    "NodeType",
    "NumberOfNodes",
    "Port",
    "PreferredMaintenanceWindow",
    "PubliclyAccessible",
    "Tags",
    "VpcSecurityGroupIds",
];

/// Source: Redshift management guide, "Quotas and limits": nodes aside, clusters are limited by the nodes an account may have.
const MAX_NODES: u32 = 200;

impl Redshift {
    pub(super) fn create_cluster(&self, params: &Params) -> Result<String, AwsError> {
        let input = Input::of("CreateCluster", params, &PARAMETERS)?;
        let managed = managed_password(&input)?;
        let mut cluster = self.new_cluster(&input)?;
        self.check_new(&self.env.store.read()?, &cluster)?;
        // The database before the cluster, so that there is never a cluster without one. Until there is the cluster it is
        // a leftover, which the next start removes if this process dies.
        let warehouse = cluster.warehouse();
        self.env
            .store
            .write(|tx| LEFTOVERS.put(tx, &warehouse, &()).map_err(AwsError::from))?;
        self.databases.create(&warehouse, &cluster.database)?;
        let written = self.env.store.write(|tx| {
            self.check_new(tx, &cluster)?;
            LEFTOVERS.remove(tx, &warehouse)?;
            if managed {
                let name = secret_name(&cluster.id, &cluster.master_username);
                let key = input.text("MasterPasswordSecretKmsKeyId");
                let secret = ManagedSecret::create(tx, &self.env, &name, &cluster.master_username, key)?;
                cluster.password = secret.password;
                cluster.secret = Some(Secret {
                    arn: secret.arn,
                    kms_key_id: key.map(str::to_owned),
                });
            }
            CLUSTERS.put(tx, &cluster.id, &cluster).map_err(AwsError::from)
        });
        if let Err(error) = written {
            self.drop_leftover(&warehouse)?;
            return Err(error);
        }
        Ok(self.cluster_result(&cluster))
    }

    /// The cluster that a request describes, its parameters checked each on its own.
    fn new_cluster(&self, input: &Input<'_>) -> Result<Cluster, AwsError> {
        let id = input.required("ClusterIdentifier")?;
        constraints::check_identifier("ClusterIdentifier", id, 63)?;
        let master_username = input.required("MasterUsername")?;
        constraints::check_user_name(master_username)?;
        let database = input.text("DBName").unwrap_or("dev");
        constraints::check_database_name(database)?;
        // "If you set the value on this parameter to false, the request will fail."
        if input.boolean("Encrypted")? == Some(false) {
            return Err(invalid_value(
                "The parameter Encrypted cannot be false: new clusters are always encrypted.",
            ));
        }
        if let Some(version) = input.text("ClusterVersion").filter(|version| *version != "1.0") {
            return Err(invalid_value(format!(
                "Cluster version {version} is not available. Only version 1.0 is currently available."
            )));
        }
        let parameter_group = input
            .text("ClusterParameterGroupName")
            .unwrap_or("default.redshift-2.0");
        if !parameter_group.starts_with("default.redshift-") {
            return Err(AwsError::not_implemented(format_args!(
                "Redshift's parameter groups, such as {parameter_group}"
            )));
        }
        let now = self.env.now();
        let attached = input.values("IamRoles", "IamRoleArn");
        check_role_arns(&attached)?;
        roles::check_count(attached.len())?;
        let default_role = input.text("DefaultIamRoleArn").map(str::to_owned);
        roles::check_default(default_role.as_ref(), attached.iter())?;
        let timing = &self.env.options.timing;
        Ok(Cluster {
            id: id.to_owned(),
            namespace: Uuid::new_v4().to_string(),
            settings: settings(input)?,
            database: database.to_owned(),
            master_username: master_username.to_owned(),
            password: input.text("MasterUserPassword").unwrap_or_default().to_owned(),
            secret: None,
            created: now,
            transition: Some(Transition::new(Status::Creating, now, timing.warehouse_create)),
            pending: None,
            roles: attached
                .into_iter()
                .map(|arn| AttachedRole {
                    arn,
                    removing: false,
                    until: now.checked_add(timing.warehouse_create).unwrap_or(now),
                })
                .collect(),
            default_role,
            subnet_group: input.text("ClusterSubnetGroupName").map(str::to_lowercase),
            security_groups: input.values("VpcSecurityGroupIds", "VpcSecurityGroupId"),
            availability_zone: self.zone(input.text("AvailabilityZone"))?,
            kms_key_id: input.text("KmsKeyId").map(str::to_owned),
            parameter_group: parameter_group.to_owned(),
            tags: input.tags()?,
        })
    }

    /// What the cluster needs of what is there already.
    fn check_new(&self, tx: &impl Reads, new: &Cluster) -> Result<(), AwsError> {
        if self.cluster(tx, &new.id).is_ok() {
            return Err(AwsError::bad_request("ClusterAlreadyExists", "Cluster already exists"));
        }
        if let Some(name) = new.subnet_group.as_deref().filter(|name| *name != "default")
            && SUBNET_GROUPS.get(tx, name)?.is_none()
        {
            return Err(subnet_group_not_found(name));
        }
        let now = self.env.now();
        let clusters = CLUSTERS.all(tx, "")?.into_iter().map(|(_, cluster)| cluster);
        let nodes = clusters
            .filter(|cluster| cluster.status(now) != Status::Gone)
            .map(|cluster| cluster.settings.nodes);
        if nodes.sum::<u32>() + new.settings.nodes > MAX_NODES {
            return Err(AwsError::bad_request(
                "NumberOfNodesQuotaExceeded",
                format!("The operation would exceed the number of nodes allotted to the account: {MAX_NODES}."),
            ));
        }
        Ok(())
    }

    /// The zone given, which must be of this region, or its first.
    pub(super) fn zone(&self, given: Option<&str>) -> Result<String, AwsError> {
        let region = self.env.region();
        match given {
            None => Ok(format!("{region}a")),
            Some(zone) => match zone.strip_prefix(region) {
                Some(letter) if letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_lowercase()) => {
                    Ok(zone.to_owned())
                }
                _ => Err(invalid_value(format!("Invalid availability zone: {zone}"))),
            },
        }
    }
}

/// Whether Redshift manages the password. Either it does or one is given, never both.
pub(super) fn managed_password(input: &Input<'_>) -> Result<bool, AwsError> {
    let managed = input.boolean("ManageMasterPassword")?.unwrap_or(false);
    match input.text("MasterUserPassword") {
        Some(_) if managed => {
            return Err(invalid_combination(
                "You can't use MasterUserPassword if ManageMasterPassword is true.",
            ));
        }
        Some(password) => constraints::check_master_password(password)?,
        None if !managed => {
            return Err(invalid_value(
                "The parameter MasterUserPassword must be provided and must not be blank.",
            ));
        }
        None => {}
    }
    if !managed && input.has("MasterPasswordSecretKmsKeyId") {
        return Err(invalid_combination(
            "You can only use MasterPasswordSecretKmsKeyId if ManageMasterPassword is true.",
        ));
    }
    Ok(managed)
}

/// The name that Redshift gives the secret of an admin user.
pub(super) fn secret_name(cluster: &str, user: &str) -> String {
    format!("redshift!{cluster}-{user}")
}

fn settings(input: &Input<'_>) -> Result<Settings, AwsError> {
    let node_type = input.text("NodeType").ok_or_else(|| missing("NodeType"))?;
    let nodes = constraints::nodes(node_type, input.text("ClusterType"), input.integer("NumberOfNodes")?)?;
    let window = input
        .text("PreferredMaintenanceWindow")
        .unwrap_or("sat:06:00-sat:06:30");
    let ip_address_type = input.text("IpAddressType").unwrap_or("ipv4");
    if !["ipv4", "dualstack"].contains(&ip_address_type) {
        return Err(invalid_value(format!("Invalid IP address type: {ip_address_type}")));
    }
    let settings = Settings {
        node_type: node_type.to_owned(),
        nodes,
        port: constraints::check_port(input.integer("Port")?.unwrap_or(5439), node_type)?,
        publicly_accessible: input.boolean("PubliclyAccessible")?.unwrap_or(false),
        enhanced_vpc_routing: input.boolean("EnhancedVpcRouting")?.unwrap_or(false),
        multi_az: input.boolean("MultiAZ")?.unwrap_or(false),
        availability_zone_relocation: input.boolean("AvailabilityZoneRelocation")?.unwrap_or(false),
        maintenance_window: constraints::maintenance_window(window)?,
        automated_snapshot_days: automated_days(input, node_type)?.unwrap_or(1),
        manual_snapshot_days: snapshot_days(input, "ManualSnapshotRetentionPeriod")?.unwrap_or(-1),
        allow_version_upgrade: input.boolean("AllowVersionUpgrade")?.unwrap_or(true),
        maintenance_track: input.text("MaintenanceTrackName").unwrap_or("current").to_owned(),
        ip_address_type: ip_address_type.to_owned(),
    };
    check_multi_az(&settings)?;
    Ok(settings)
}

/// Multi-AZ runs on RA3 and RG, with two nodes at least.
/// Source: Redshift management guide, "Multi-AZ deployment", considerations.
pub(super) fn check_multi_az(settings: &Settings) -> Result<(), AwsError> {
    if settings.multi_az && (constraints::is_dc2(&settings.node_type) || settings.nodes < 2) {
        return Err(AwsError::bad_request(
            "UnsupportedOptionFault",
            "Multi-AZ is supported for RA3 and RG node types with two or more nodes only.",
        ));
    }
    Ok(())
}

/// 0 to 35 days, and not 0 for RG and RA3: "You can't disable automated snapshots for RG or RA3 node types."
pub(super) fn automated_days(input: &Input<'_>, node_type: &str) -> Result<Option<u32>, AwsError> {
    let Some(days) = input.within("AutomatedSnapshotRetentionPeriod", 0, 35)? else {
        return Ok(None);
    };
    if days == 0 && !constraints::is_dc2(node_type) {
        return Err(invalid_value(
            "You can't disable automated snapshots for RG or RA3 node types. Set the automated retention period from 1-35 days.",
        ));
    }
    Ok(Some(days as u32))
}

/// -1, or 1 to 3,653 days.
pub(super) fn snapshot_days(input: &Input<'_>, parameter: &str) -> Result<Option<i32>, AwsError> {
    match input.integer(parameter)? {
        Some(days) if days != -1 && !(1..=3_653).contains(&days) => Err(AwsError::bad_request(
            "InvalidRetentionPeriodFault",
            format!("Invalid retention period {days}. The value must be either -1 or an integer between 1 and 3,653."),
        )),
        days => Ok(days.map(|days| days as i32)),
    }
}
