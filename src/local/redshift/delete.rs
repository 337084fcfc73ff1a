//! DeleteCluster, and what it leaves.

use super::Redshift;
use super::create::snapshot_days;
use super::errors::{invalid_combination, invalid_value, operation_running};
use super::input::Input;
use super::model::{CLUSTERS, Cluster, LEFTOVERS, SNAPSHOTS, Snapshot, Status, Transition, USAGE_LIMITS};
use crate::local::error::AwsError;
use crate::local::query::Params;
use crate::local::secrets::ManagedSecret;

impl Redshift {
    pub(super) fn delete_cluster(&self, params: &Params) -> Result<String, AwsError> {
        let known = [
            "ClusterIdentifier",
            "FinalClusterSnapshotIdentifier",
            "FinalClusterSnapshotRetentionPeriod",
            "SkipFinalClusterSnapshot",
        ];
        let input = Input::of("DeleteCluster", params, &known)?;
        let id = input.required("ClusterIdentifier")?;
        let snapshot = final_snapshot(&input)?;
        let retention = snapshot_days(&input, "FinalClusterSnapshotRetentionPeriod")?;
        let now = self.env.now();
        let mut warehouse = String::new();
        let answer = self.change_cluster(id, |tx, cluster| {
            // Management guide, "Pausing and resuming clusters": a paused cluster can be deleted, with or without a snapshot.
            if !matches!(cluster.status(now), Status::Available | Status::Paused) {
                return Err(operation_running("delete"));
            }
            if let Some(snapshot) = snapshot {
                if SNAPSHOTS.get(tx, snapshot)?.is_some_and(|known| !known.is_gone(now)) {
                    return Err(AwsError::bad_request(
                        "ClusterSnapshotAlreadyExists",
                        format!("Cannot create the snapshot because a snapshot with the identifier {snapshot} already exists."),
                    ));
                }
                SNAPSHOTS.put(tx, snapshot, &self.snapshot(cluster, snapshot, retention))?;
            }
            if let Some(secret) = cluster.secret.take() {
                ManagedSecret::remove(tx, &secret.arn)?;
            }
            for (limit, _) in USAGE_LIMITS.all(tx, "")?.iter().filter(|(_, limit)| limit.cluster == cluster.id) {
                USAGE_LIMITS.remove(tx, limit)?;
            }
            let to = match snapshot {
                Some(_) => Status::FinalSnapshot,
                None => Status::Deleting,
            };
            cluster.transition = Some(Transition::new(to, now, self.env.options.timing.warehouse_delete));
            warehouse = cluster.warehouse();
            LEFTOVERS.put(tx, &warehouse, &())?;
            Ok(())
        })?;
        self.drop_leftover(&warehouse)?;
        Ok(answer)
    }

    fn snapshot(&self, cluster: &Cluster, id: &str, retention: Option<i32>) -> Snapshot {
        let now = self.env.now();
        let lasts = self.env.options.timing.warehouse_delete;
        Snapshot {
            id: id.to_owned(),
            cluster: cluster.id.clone(),
            created: now,
            cluster_created: cluster.created,
            available_from: now.checked_add(lasts).unwrap_or(now),
            node_type: cluster.settings.node_type.clone(),
            nodes: cluster.settings.nodes,
            database: cluster.database.clone(),
            master_username: cluster.master_username.clone(),
            port: cluster.settings.port,
            availability_zone: cluster.availability_zone.clone(),
            kms_key_id: cluster.kms_key_id.clone(),
            retention: retention.unwrap_or(cluster.settings.manual_snapshot_days),
            tags: cluster.tags.clone(),
        }
    }

    /// Removes the databases of a cluster that is being deleted, or was never made. Nobody reaches them.
    pub(super) fn drop_leftover(&self, warehouse: &str) -> Result<(), AwsError> {
        self.databases.drop_warehouse(warehouse)?;
        self.env
            .store
            .write(|tx| LEFTOVERS.remove(tx, warehouse).map(drop).map_err(AwsError::from))
    }

    /// Finishes deletions, and undoes creations, for when the process died in between, and forgets clusters that are gone.
    pub(super) fn forget_deleted(&self) -> Result<(), AwsError> {
        let tx = self.env.store.read()?;
        let (leftovers, clusters) = (LEFTOVERS.all(&tx, "")?, CLUSTERS.all(&tx, "")?);
        drop(tx);
        for (warehouse, ()) in leftovers {
            self.drop_leftover(&warehouse)?;
        }
        let now = self.env.now();
        let gone: Vec<_> = clusters
            .into_iter()
            .filter(|(_, cluster)| cluster.status(now) == Status::Gone)
            .collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.env.store.write(|tx| {
            for (id, _) in &gone {
                CLUSTERS.remove(tx, id)?;
            }
            Ok(())
        })
    }
}

/// The name of the snapshot to make, or none: the two parameters must say the same.
fn final_snapshot<'a>(input: &Input<'a>) -> Result<Option<&'a str>, AwsError> {
    let skip = input.boolean("SkipFinalClusterSnapshot")?.unwrap_or(false);
    match input.text("FinalClusterSnapshotIdentifier") {
        Some(_) if skip => Err(invalid_combination(
            "FinalClusterSnapshotIdentifier cannot be specified when SkipFinalClusterSnapshot is true.",
        )),
        None if !skip => Err(invalid_combination(
            "FinalClusterSnapshotIdentifier is required unless SkipFinalClusterSnapshot is specified.",
        )),
        Some(id) => {
            let characters = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            let first = id.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
            match characters && first && id.len() <= 255 && !id.ends_with('-') && !id.contains("--") {
                true => Ok(Some(id)),
                false => Err(invalid_value(format!(
                    "The parameter FinalClusterSnapshotIdentifier is not a valid identifier: {id}"
                ))),
            }
        }
        None => Ok(None),
    }
}
