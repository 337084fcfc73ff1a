//! `AWS::Redshift::Cluster`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshift-cluster.html>

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_redshift::types as redshift;
use serde::{Deserialize, Serialize};

use super::{SERVICE, arn, by_key, cluster_changes, sdk_tags, tag};
use crate::aws::{self, Backoff, ErrorKind, Status, Wait, failure, wait_until};
use crate::engine::{Condition, Cx};
use crate::resources::error::Error;
use crate::resources::handler::{Handler, Observed, Scope, found, system_time};
use crate::resources::ownership::{Tags, all_tags, config_tags, missing_tags, owner};
use crate::resources::properties::Tag;
use crate::resources::redshift_serverless::spelled;

/// A resize moves the data.
const LIMIT: Duration = Duration::from_secs(2 * 60 * 60);

/// What a cluster leaves by itself (botocore redshift: Cluster, `ClusterStatus`); in capitals what we say.
const PASSING: [&str; 14] = [
    "creating",
    "modifying",
    "resizing",
    "rebooting",
    "renaming",
    "resuming",
    "updating-hsm",
    "rotating-keys",
    "cancelling-resize",
    "maintenance",
    "available, prep-for-resize",
    NOT_VISIBLE,
    APPLYING,
    ATTACHING,
];
const NOT_VISIBLE: &str = "NOT VISIBLE YET";
const APPLYING: &str = "available, APPLYING CHANGES";
const ATTACHING: &str = "available, ATTACHING ROLES";

/// Left out: passwords (the template's rules say why), what restores a snapshot or copies them to another region, HSM,
/// EC2-Classic, deferred maintenance, audit logs, resource policies, and actions such as pausing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    pub(super) cluster_identifier: Option<String>,
    #[serde(rename = "DBName")]
    db_name: Option<String>,
    master_username: Option<String>,
    pub(super) manage_master_password: Option<bool>,
    pub(super) master_password_secret_kms_key_id: Option<String>,
    /// `single-node` or `multi-node`.
    pub(super) cluster_type: Option<String>,
    pub(super) node_type: Option<String>,
    pub(super) number_of_nodes: Option<i32>,
    /// How a resize is done: a classic one copies all data to a new cluster.
    pub(super) classic: Option<bool>,
    cluster_subnet_group_name: Option<String>,
    pub(super) vpc_security_group_ids: Option<Vec<String>>,
    pub(super) iam_roles: Vec<String>,
    pub(super) encrypted: Option<bool>,
    pub(super) kms_key_id: Option<String>,
    pub(super) publicly_accessible: Option<bool>,
    pub(super) enhanced_vpc_routing: Option<bool>,
    pub(super) port: Option<i32>,
    pub(super) availability_zone: Option<String>,
    pub(super) availability_zone_relocation: Option<bool>,
    #[serde(rename = "MultiAZ")]
    pub(super) multi_az: Option<bool>,
    pub(super) allow_version_upgrade: Option<bool>,
    pub(super) cluster_version: Option<String>,
    pub(super) cluster_parameter_group_name: Option<String>,
    pub(super) maintenance_track_name: Option<String>,
    pub(super) preferred_maintenance_window: Option<String>,
    /// Days.
    pub(super) automated_snapshot_retention_period: Option<i32>,
    /// Days; -1: for ever.
    pub(super) manual_snapshot_retention_period: Option<i32>,
    tags: Vec<Tag>,
}

pub(in crate::resources) struct Cluster;

#[async_trait]
impl Handler for Cluster {
    type Properties = Properties;

    /// Defaults of CreateCluster
    /// (<https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html>).
    fn normalise(&self, _: &Scope, cluster: &mut Properties) -> Result<(), Error> {
        if cluster.cluster_type.as_deref() == Some("single-node") {
            cluster.number_of_nodes = Some(1);
        }
        cluster.manage_master_password.get_or_insert_default();
        cluster.encrypted.get_or_insert(true);
        cluster.publicly_accessible.get_or_insert_default();
        cluster.enhanced_vpc_routing.get_or_insert_default();
        cluster.multi_az.get_or_insert_default();
        cluster.allow_version_upgrade.get_or_insert(true);
        cluster.port.get_or_insert(5439);
        cluster.maintenance_track_name.get_or_insert_with(|| "current".into());
        cluster.automated_snapshot_retention_period.get_or_insert(1);
        cluster.manual_snapshot_retention_period.get_or_insert(-1);
        cluster.iam_roles.sort();
        cluster.vpc_security_group_ids.iter_mut().for_each(|ids| ids.sort());
        Ok(())
    }

    fn condition(&self, state: &str) -> Condition {
        match state {
            "deleting" | "final-snapshot" => Condition::Lost,
            state if PASSING.contains(&state) => Condition::Settling,
            _ => Condition::Steady,
        }
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.cluster_identifier else {
            return Ok(None);
        };
        let Some(cluster) = describe(scope, name).await? else {
            return Ok(None);
        };
        let tags = by_key(cluster.tags.clone());
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: state(&cluster),
            attributes: attributes(&cluster),
            owner: owner(scope, &tags),
            created_at: cluster.cluster_create_time.as_ref().and_then(system_time),
            properties: live_properties(scope, cluster, wanted, &tags),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("ClusterIdentifier", &wanted.cluster_identifier)?;
        let nodes = wanted
            .number_of_nodes
            .filter(|_| wanted.cluster_type.as_deref() != Some("single-node"));
        let request = scope
            .clients
            .redshift
            .create_cluster()
            .cluster_identifier(name)
            .set_db_name(wanted.db_name.clone())
            .set_master_username(wanted.master_username.clone())
            .set_manage_master_password(wanted.manage_master_password.filter(|managed| *managed))
            .set_master_password_secret_kms_key_id(wanted.master_password_secret_kms_key_id.clone())
            .set_cluster_type(wanted.cluster_type.clone())
            .set_node_type(wanted.node_type.clone())
            .set_number_of_nodes(nodes)
            .set_cluster_subnet_group_name(wanted.cluster_subnet_group_name.clone())
            .set_vpc_security_group_ids(wanted.vpc_security_group_ids.clone())
            .set_iam_roles(Some(wanted.iam_roles.clone()).filter(|roles| !roles.is_empty()))
            .set_encrypted(wanted.encrypted)
            .set_kms_key_id(wanted.kms_key_id.clone())
            .set_publicly_accessible(wanted.publicly_accessible)
            .set_enhanced_vpc_routing(wanted.enhanced_vpc_routing)
            .set_port(wanted.port)
            .set_availability_zone(wanted.availability_zone.clone())
            .set_availability_zone_relocation(wanted.availability_zone_relocation)
            .set_multi_az(wanted.multi_az.filter(|multi| *multi))
            .set_allow_version_upgrade(wanted.allow_version_upgrade)
            .set_cluster_version(wanted.cluster_version.clone())
            .set_cluster_parameter_group_name(wanted.cluster_parameter_group_name.clone())
            .set_maintenance_track_name(wanted.maintenance_track_name.clone().filter(|track| track != "current"))
            .set_preferred_maintenance_window(wanted.preferred_maintenance_window.clone())
            .set_automated_snapshot_retention_period(wanted.automated_snapshot_retention_period)
            .set_manual_snapshot_retention_period(wanted.manual_snapshot_retention_period.filter(|days| *days != -1))
            .set_tags(Some(sdk_tags(all_tags(scope, &wanted.tags))));
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "CreateCluster", name, e))
        };
        scope.retrying(cx, call).await?;
        available(scope, name, cx).await?;
        Ok(())
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("ClusterIdentifier", &wanted.cluster_identifier)?;
        let cluster = available(scope, name, cx).await?;
        let live_tags = by_key(cluster.tags.clone());
        let mut live = live_properties(scope, cluster, wanted, &live_tags);
        self.normalise(scope, &mut live)?;
        cluster_changes::apply(scope, name, &live, wanted, cx).await?;
        let missing = missing_tags(scope, &wanted.tags, &live_tags);
        tag(scope, name, &arn(scope, "cluster", name), missing, cx).await
    }

    /// `DeletionPolicy: Snapshot` leaves a final snapshot behind, under a name that no other deletion uses.
    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("ClusterIdentifier", &live.cluster_identifier)?;
        match describe(scope, name).await? {
            None => return Ok(()),
            Some(cluster) if self.condition(&state(&cluster)) == Condition::Lost => {}
            Some(_) => {
                let snapshot = scope.snapshot.then(|| snapshot_name(name, SystemTime::now()));
                let request = scope
                    .clients
                    .redshift
                    .delete_cluster()
                    .cluster_identifier(name)
                    .skip_final_cluster_snapshot(snapshot.is_none())
                    .set_final_cluster_snapshot_identifier(snapshot);
                let call = async || {
                    let answer = request.clone().send().await;
                    found(answer.map_err(|e| failure(SERVICE, "DeleteCluster", name, e)))
                };
                scope.retrying(cx, call).await?;
            }
        }
        // A cluster just deleted can read as it did before for a moment.
        let pending = [&PASSING[..], &["deleting", "final-snapshot", "available", "paused"]].concat();
        let wait = Wait {
            pending: &pending,
            target: &["GONE"],
            ..waiting(name)
        };
        wait_until(wait, &|state| cx.report(state), async || {
            let cluster = describe(scope, name).await?;
            Ok(Status::new(
                cluster.map_or("GONE".into(), |cluster| state(&cluster)),
                (),
            ))
        })
        .await?;
        Ok(())
    }
}

/// At most 255 letters, digits and single hyphens (botocore redshift: DeleteCluster).
fn snapshot_name(cluster: &str, now: SystemTime) -> String {
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    format!("{cluster}-final-{seconds}")
}

pub(super) fn live_properties(
    scope: &Scope,
    cluster: redshift::Cluster,
    wanted: &Properties,
    tags: &Tags,
) -> Properties {
    let roles = cluster.iam_roles.unwrap_or_default().into_iter();
    let roles = roles.filter(|role| role.apply_status.as_deref() != Some("removing"));
    let groups = cluster.vpc_security_groups.unwrap_or_default().into_iter();
    let parameters = cluster.cluster_parameter_groups.unwrap_or_default();
    let track = cluster
        .pending_modified_values
        .and_then(|pending| pending.maintenance_track_name);
    let on = |text: String| matches!(text.to_ascii_lowercase().as_str(), "true" | "enabled");
    // Some emulators have no Secrets Manager behind their Redshift and show no secret.
    let managed = cluster.master_password_secret_arn.is_some()
        || (scope.clients.emulated && wanted.manage_master_password.unwrap_or_default());
    Properties {
        cluster_identifier: cluster.cluster_identifier,
        db_name: cluster.db_name,
        master_username: cluster.master_username,
        manage_master_password: Some(managed),
        master_password_secret_kms_key_id: spelled(
            wanted.master_password_secret_kms_key_id.as_ref(),
            cluster.master_password_secret_kms_key_id,
        ),
        cluster_type: cluster.number_of_nodes.map(|nodes| match nodes {
            1 => "single-node".into(),
            _ => "multi-node".into(),
        }),
        node_type: cluster.node_type,
        number_of_nodes: cluster.number_of_nodes,
        // Nothing of the cluster: how it would be resized.
        classic: wanted.classic,
        cluster_subnet_group_name: cluster.cluster_subnet_group_name,
        vpc_security_group_ids: Some(groups.filter_map(|group| group.vpc_security_group_id).collect()),
        iam_roles: roles.filter_map(|role| role.iam_role_arn).collect(),
        encrypted: cluster.encrypted,
        kms_key_id: spelled(wanted.kms_key_id.as_ref(), cluster.kms_key_id),
        publicly_accessible: cluster.publicly_accessible,
        enhanced_vpc_routing: cluster.enhanced_vpc_routing,
        port: cluster.endpoint.and_then(|endpoint| endpoint.port),
        availability_zone: cluster.availability_zone,
        availability_zone_relocation: cluster.availability_zone_relocation_status.map(on),
        multi_az: cluster.multi_az.map(on),
        allow_version_upgrade: cluster.allow_version_upgrade,
        cluster_version: cluster.cluster_version,
        cluster_parameter_group_name: parameters
            .into_iter()
            .next()
            .and_then(|group| group.parameter_group_name),
        // A change of track waits for the next maintenance window.
        maintenance_track_name: track.or(cluster.maintenance_track_name),
        preferred_maintenance_window: cluster.preferred_maintenance_window,
        automated_snapshot_retention_period: cluster.automated_snapshot_retention_period,
        manual_snapshot_retention_period: cluster.manual_snapshot_retention_period,
        tags: config_tags(tags),
    }
}

fn attributes(cluster: &redshift::Cluster) -> BTreeMap<String, String> {
    let endpoint = cluster.endpoint();
    let port = endpoint.and_then(|endpoint| endpoint.port());
    let values = [
        (
            "Endpoint.Address",
            endpoint.and_then(|endpoint| endpoint.address()).map(str::to_owned),
        ),
        ("Endpoint.Port", port.map(|port| port.to_string())),
        (
            "ClusterNamespaceArn",
            cluster.cluster_namespace_arn().map(str::to_owned),
        ),
        (
            "MasterPasswordSecretArn",
            cluster.master_password_secret_arn().map(str::to_owned),
        ),
    ];
    let known = values
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    known.collect()
}

/// The service's word, or ours while an available cluster is still busy with a change.
fn state(cluster: &redshift::Cluster) -> String {
    let state = cluster.cluster_status().unwrap_or("available");
    if state != "available" {
        return state.to_owned();
    }
    let passing = |role: &redshift::ClusterIamRole| matches!(role.apply_status(), Some("adding" | "removing"));
    if cluster.iam_roles().iter().any(passing) {
        return ATTACHING.into();
    }
    // A new maintenance track stays pending until the maintenance window.
    let pending = cluster.pending_modified_values().is_some_and(|pending| {
        pending.node_type().is_some()
            || pending.number_of_nodes().is_some()
            || pending.cluster_type().is_some()
            || pending.publicly_accessible().is_some()
            || pending.enhanced_vpc_routing().is_some()
            || pending.encryption_type().is_some()
            || pending.automated_snapshot_retention_period().is_some()
    });
    if pending { APPLYING.into() } else { state.to_owned() }
}

pub(super) async fn describe(scope: &Scope, name: &str) -> Result<Option<redshift::Cluster>, aws::Error> {
    let client = &scope.clients.redshift;
    let answer = client.describe_clusters().cluster_identifier(name).send().await;
    let answer = found(answer.map_err(|e| failure(SERVICE, "DescribeClusters", name, e)))?;
    Ok(answer.and_then(|answer| answer.clusters?.into_iter().next()))
}

fn waiting(name: &str) -> Wait<'_> {
    Wait {
        service: SERVICE,
        operation: "DescribeClusters",
        resource: name,
        pending: &PASSING,
        target: &["available", "available, resize-cleanup"],
        pace: Backoff::POLL,
        limit: LIMIT,
    }
}

pub(super) async fn available(scope: &Scope, name: &str, cx: &Cx) -> Result<redshift::Cluster, Error> {
    let waited = wait_until(waiting(name), &|state| cx.report(state), async || {
        Ok(match describe(scope, name).await? {
            Some(cluster) => Status::new(state(&cluster), Some(cluster)),
            None => Status::new(NOT_VISIBLE, None),
        })
    })
    .await;
    let cluster = waited.map_err(
        |error| match error.is(ErrorKind::FailedState) && error.code == "paused" {
            true => error.with_hint(super::warehouse::RESUME),
            false => error,
        },
    )?;
    cluster.ok_or_else(|| Error::Missing {
        id: scope.id.clone(),
        property: "ClusterIdentifier",
    })
}

#[cfg(test)]
#[test]
fn final_snapshots_have_names_that_redshift_takes() {
    let name = snapshot_name(
        "employees-dev",
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000),
    );
    assert_eq!(name, "employees-dev-final-1700000000");
}
