//! In-place changes of a cluster, one after another: it takes none while another is under way.

use aws_sdk_redshift::operation::modify_cluster::builders::ModifyClusterFluentBuilder as Request;

use super::SERVICE;
use super::cluster::{Properties, available};
use crate::aws::failure;
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::Scope;

/// Brings what differs between `live` and `wanted`, both normalised. Tags are not its business.
pub(super) async fn apply(
    scope: &Scope,
    name: &str,
    live: &Properties,
    wanted: &Properties,
    cx: &Cx,
) -> Result<(), Error> {
    roles(scope, name, live, wanted, cx).await?;
    let request = || scope.clients.redshift.modify_cluster().cluster_identifier(name);
    let steps = [
        settings(request(), live, wanted),
        encryption(request(), live, wanted),
        placement(request(), live, wanted),
        password(request(), live, wanted),
    ];
    for request in steps.into_iter().flatten() {
        let call = async || {
            let answer = request.clone().send().await;
            answer.map_err(|e| failure(SERVICE, "ModifyCluster", name, e))
        };
        scope.retrying(cx, call).await?;
        available(scope, name, cx).await?;
    }
    size(scope, name, live, wanted, cx).await
}

/// The wanted value, if it is given and another than the live one.
fn changed<T: PartialEq + Clone>(live: &Option<T>, wanted: &Option<T>) -> Option<T> {
    wanted.clone().filter(|wanted| live.as_ref() != Some(wanted))
}

async fn roles(scope: &Scope, name: &str, live: &Properties, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let without = |roles: &[String], others: &[String]| -> Vec<String> {
        roles.iter().filter(|role| !others.contains(role)).cloned().collect()
    };
    let added = without(&wanted.iam_roles, &live.iam_roles);
    let removed = without(&live.iam_roles, &wanted.iam_roles);
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    let request = scope
        .clients
        .redshift
        .modify_cluster_iam_roles()
        .cluster_identifier(name)
        .set_add_iam_roles(Some(added).filter(|roles| !roles.is_empty()))
        .set_remove_iam_roles(Some(removed).filter(|roles| !roles.is_empty()));
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "ModifyClusterIamRoles", name, e))
    };
    scope.retrying(cx, call).await?;
    available(scope, name, cx).await?;
    Ok(())
}

/// What can go together. A new parameter group takes effect with the next reboot, which is the owner's to choose.
fn settings(request: Request, live: &Properties, wanted: &Properties) -> Option<Request> {
    macro_rules! changes {
        ($($field:ident $set:ident),* $(,)?) => {{
            $(let $field = changed(&live.$field, &wanted.$field);)*
            let any = false $(|| $field.is_some())*;
            any.then(|| request$(.$set($field))*)
        }};
    }
    changes! {
        vpc_security_group_ids set_vpc_security_group_ids,
        enhanced_vpc_routing set_enhanced_vpc_routing,
        publicly_accessible set_publicly_accessible,
        port set_port,
        allow_version_upgrade set_allow_version_upgrade,
        cluster_version set_cluster_version,
        cluster_parameter_group_name set_cluster_parameter_group_name,
        maintenance_track_name set_maintenance_track_name,
        preferred_maintenance_window set_preferred_maintenance_window,
        automated_snapshot_retention_period set_automated_snapshot_retention_period,
        manual_snapshot_retention_period set_manual_snapshot_retention_period,
    }
}

fn encryption(request: Request, live: &Properties, wanted: &Properties) -> Option<Request> {
    let (encrypted, key) = (
        changed(&live.encrypted, &wanted.encrypted),
        changed(&live.kms_key_id, &wanted.kms_key_id),
    );
    let any = encrypted.is_some() || key.is_some();
    any.then(|| request.set_encrypted(wanted.encrypted).set_kms_key_id(key))
}

fn placement(request: Request, live: &Properties, wanted: &Properties) -> Option<Request> {
    let multi = changed(&live.multi_az, &wanted.multi_az);
    let relocation = changed(&live.availability_zone_relocation, &wanted.availability_zone_relocation);
    let zone = changed(&live.availability_zone, &wanted.availability_zone);
    let any = multi.is_some() || relocation.is_some() || zone.is_some();
    let request = request.set_multi_az(multi).set_availability_zone_relocation(relocation);
    any.then(|| request.set_availability_zone(zone))
}

fn password(request: Request, live: &Properties, wanted: &Properties) -> Option<Request> {
    let managed = changed(&live.manage_master_password, &wanted.manage_master_password);
    let key = changed(
        &live.master_password_secret_kms_key_id,
        &wanted.master_password_secret_kms_key_id,
    );
    let any = managed.is_some() || key.is_some();
    let request = request.set_manage_master_password(wanted.manage_master_password);
    any.then(|| request.set_master_password_secret_kms_key_id(key))
}

/// An elastic resize, unless `Classic` says otherwise: minutes instead of hours
/// (<https://docs.aws.amazon.com/redshift/latest/mgmt/resizing-cluster.html>).
async fn size(scope: &Scope, name: &str, live: &Properties, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
    let nodes = changed(&live.number_of_nodes, &wanted.number_of_nodes);
    if nodes.is_none() && changed(&live.node_type, &wanted.node_type).is_none() {
        return Ok(());
    }
    let request = scope
        .clients
        .redshift
        .resize_cluster()
        .cluster_identifier(name)
        .set_cluster_type(wanted.cluster_type.clone())
        .set_node_type(wanted.node_type.clone())
        .set_number_of_nodes(wanted.number_of_nodes)
        .set_classic(wanted.classic);
    let call = async || {
        let answer = request.clone().send().await;
        answer.map_err(|e| failure(SERVICE, "ResizeCluster", name, e))
    };
    scope.retrying(cx, call).await?;
    available(scope, name, cx).await?;
    Ok(())
}
