//! How clusters and tags look in answers.

use super::model::{Cluster, Status, Tags};
use crate::local::env::Env;
use crate::local::iam::timestamp;
use crate::local::xml::Xml;

/// The network that every cluster is in; there are no others here.
pub(super) const VPC: &str = "vpc-00000000000000000";

/// `<name><member>...</member></name>` with the member's name as the model has it.
pub(super) fn list<T>(
    xml: &mut Xml,
    name: &str,
    member: &str,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Xml, T),
) {
    xml.element(name, |xml| {
        for item in items {
            xml.element(member, |xml| write(xml, item));
        }
    });
}

pub(super) fn write_tags(xml: &mut Xml, tags: &Tags) {
    list(xml, "Tags", "Tag", tags, |xml, (key, value)| {
        xml.text("Key", key).text("Value", value);
    });
}

/// The host that clients connect to. The middle part is the account's, in AWS a random one.
pub(super) fn address(env: &Env, id: &str) -> String {
    format!("{id}.c{}.{}.redshift.amazonaws.com", env.account(), env.region())
}

pub(super) fn write_cluster(xml: &mut Xml, env: &Env, cluster: &Cluster) {
    let status = cluster.shown_status();
    let settings = &cluster.settings;
    xml.text("ClusterIdentifier", &cluster.id)
        .text("NodeType", &settings.node_type)
        .text("ClusterStatus", status.name())
        .text("ClusterAvailabilityStatus", status.availability())
        .text("MasterUsername", &cluster.master_username)
        .text("DBName", &cluster.database);
    // "the cluster's endpoint" is there once it has been created.
    if status != Status::Creating {
        xml.element("Endpoint", |xml| {
            xml.text("Address", address(env, &cluster.id))
                .text("Port", settings.port);
        });
        xml.text("ClusterCreateTime", timestamp(cluster.created));
    }
    xml.text("AutomatedSnapshotRetentionPeriod", settings.automated_snapshot_days)
        .text("ManualSnapshotRetentionPeriod", settings.manual_snapshot_days)
        .element("ClusterSecurityGroups", |_| {});
    list(
        xml,
        "VpcSecurityGroups",
        "VpcSecurityGroup",
        &cluster.security_groups,
        |xml, id| {
            xml.text("VpcSecurityGroupId", id).text("Status", "active");
        },
    );
    let groups = [&cluster.parameter_group];
    list(
        xml,
        "ClusterParameterGroups",
        "ClusterParameterGroup",
        groups,
        |xml, name| {
            xml.text("ParameterGroupName", name)
                .text("ParameterApplyStatus", "in-sync");
        },
    );
    xml.text(
        "ClusterSubnetGroupName",
        cluster.subnet_group.as_deref().unwrap_or("default"),
    )
    .text("VpcId", VPC)
    .text("AvailabilityZone", &cluster.availability_zone)
    .text("PreferredMaintenanceWindow", &settings.maintenance_window);
    write_pending(xml, cluster);
    xml.text("ClusterVersion", "1.0")
        .text("AllowVersionUpgrade", settings.allow_version_upgrade)
        .text("NumberOfNodes", settings.nodes)
        .text("PubliclyAccessible", settings.publicly_accessible)
        .text("Encrypted", true);
    write_nodes(xml, cluster, status);
    write_tags(xml, &cluster.tags);
    xml.optional("KmsKeyId", cluster.kms_key_id.as_ref())
        .text("EnhancedVpcRouting", settings.enhanced_vpc_routing);
    write_roles(xml, env, cluster);
    let relocation = match settings.availability_zone_relocation {
        true => "enabled",
        false => "disabled",
    };
    let secret = cluster.secret.as_ref();
    xml.text("MaintenanceTrackName", &settings.maintenance_track)
        .text("AvailabilityZoneRelocationStatus", relocation)
        .text(
            "ClusterNamespaceArn",
            env.arn("redshift", &format!("namespace:{}", cluster.namespace)),
        )
        .optional("DefaultIamRoleArn", cluster.default_role.as_ref())
        .optional("MasterPasswordSecretArn", secret.map(|secret| &secret.arn))
        .optional(
            "MasterPasswordSecretKmsKeyId",
            secret.and_then(|secret| secret.kms_key_id.as_ref()),
        )
        .text("IpAddressType", &settings.ip_address_type)
        .text("MultiAZ", if settings.multi_az { "Enabled" } else { "Disabled" });
}

/// `PendingModifiedValues`: what a change under way will bring. A password shows as asterisks.
fn write_pending(xml: &mut Xml, cluster: &Cluster) {
    let now = &cluster.settings;
    xml.element("PendingModifiedValues", |xml| {
        let Some(pending) = &cluster.pending else { return };
        let next = &pending.settings;
        let password = pending.password.as_ref().map(|_| "****");
        xml.optional("MasterUserPassword", password);
        if next.node_type != now.node_type {
            xml.text("NodeType", &next.node_type);
        }
        if next.nodes != now.nodes {
            xml.text("NumberOfNodes", next.nodes);
        }
        if (next.nodes == 1) != (now.nodes == 1) {
            xml.text(
                "ClusterType",
                if next.nodes == 1 { "single-node" } else { "multi-node" },
            );
        }
        if next.publicly_accessible != now.publicly_accessible {
            xml.text("PubliclyAccessible", next.publicly_accessible);
        }
        if next.enhanced_vpc_routing != now.enhanced_vpc_routing {
            xml.text("EnhancedVpcRouting", next.enhanced_vpc_routing);
        }
    });
}

/// A cluster of one node has a shared one, others a leader and compute nodes.
fn write_nodes(xml: &mut Xml, cluster: &Cluster, status: Status) {
    let nodes = match cluster.settings.nodes {
        _ if status == Status::Creating => Vec::new(),
        1 => vec!["SHARED".to_owned()],
        count => std::iter::once("LEADER".to_owned())
            .chain((0..count).map(|n| format!("COMPUTE-{n}")))
            .collect(),
    };
    xml.list("ClusterNodes", (1..).zip(nodes), |xml, (n, role): (u32, String)| {
        xml.text("NodeRole", role)
            .text("PrivateIPAddress", format_args!("10.0.{}.{}", n / 250, n % 250 + 4));
    });
}

fn write_roles(xml: &mut Xml, env: &Env, cluster: &Cluster) {
    let now = env.now();
    list(xml, "IamRoles", "ClusterIamRole", &cluster.roles, |xml, role| {
        let status = match (role.until <= now, role.removing) {
            (_, true) => "removing",
            (false, false) => "adding",
            (true, false) => "in-sync",
        };
        xml.text("IamRoleArn", &role.arn).text("ApplyStatus", status);
    });
}
