//! Snapshots. Deleting a cluster makes one, of its description only: nothing here restores a snapshot, and
//! RestoreFromClusterSnapshot says so.

use super::errors::snapshot_not_found;
use super::input::Input;
use super::model::{SNAPSHOTS, Snapshot};
use super::paging::Page;
use super::wire::{self, VPC, write_tags};
use super::{Redshift, errors};
use crate::local::error::AwsError;
use crate::local::iam::timestamp;
use crate::local::query::Params;
use crate::local::xml::Xml;

impl Redshift {
    pub(super) fn describe_snapshots(&self, params: &Params) -> Result<String, AwsError> {
        let known = [
            "ClusterIdentifier",
            "Marker",
            "MaxRecords",
            "SnapshotIdentifier",
            "SnapshotType",
            "TagKeys",
            "TagValues",
        ];
        let input = Input::of("DescribeClusterSnapshots", params, &known)?;
        let now = self.env.now();
        let (wanted, cluster) = (input.text("SnapshotIdentifier"), input.text("ClusterIdentifier"));
        // All snapshots here are manual ones.
        let manual = input.text("SnapshotType").is_none_or(|kind| kind == "manual");
        let snapshots = SNAPSHOTS.all(&self.env.store.read()?, "")?.into_iter();
        let found: Vec<_> = snapshots
            .filter(|(id, snapshot)| {
                manual
                    && !snapshot.is_gone(now)
                    && wanted.is_none_or(|wanted| id == wanted)
                    && cluster.is_none_or(|cluster| snapshot.cluster == cluster)
                    && input.tags_match(&snapshot.tags)
            })
            .collect();
        if let (Some(id), true) = (wanted, found.is_empty()) {
            return Err(snapshot_not_found(id));
        }
        let page = Page::of(&input, found)?;
        let mut xml = Xml::new();
        wire::list(&mut xml, "Snapshots", "Snapshot", &page.items, |xml, snapshot| {
            let status = if now < snapshot.available_from {
                "creating"
            } else {
                "available"
            };
            self.write_snapshot(xml, snapshot, status);
        });
        page.write(&mut xml);
        Ok(xml.finish())
    }

    pub(super) fn delete_snapshot(&self, params: &Params) -> Result<String, AwsError> {
        let known = ["SnapshotClusterIdentifier", "SnapshotIdentifier"];
        let input = Input::of("DeleteClusterSnapshot", params, &known)?;
        let id = input.required("SnapshotIdentifier")?;
        let cluster = input.text("SnapshotClusterIdentifier");
        let now = self.env.now();
        let snapshot = self.env.store.write(|tx| {
            let snapshot = SNAPSHOTS.get(tx, id)?.filter(|snapshot| !snapshot.is_gone(now));
            let snapshot = snapshot.filter(|snapshot| cluster.is_none_or(|cluster| snapshot.cluster == cluster));
            let snapshot = snapshot.ok_or_else(|| snapshot_not_found(id))?;
            if now < snapshot.available_from {
                return Err(AwsError::bad_request(
                    "InvalidClusterSnapshotState",
                    format!("The snapshot {id} is not in the available state."),
                ));
            }
            SNAPSHOTS.remove(tx, id)?;
            Ok(snapshot)
        })?;
        let write = |xml: &mut Xml| self.write_snapshot(xml, &snapshot, "deleted");
        Ok(Xml::new().element("Snapshot", write).finish())
    }

    fn write_snapshot(&self, xml: &mut Xml, snapshot: &Snapshot, status: &str) {
        xml.text("SnapshotIdentifier", &snapshot.id)
            .text("ClusterIdentifier", &snapshot.cluster)
            .text("SnapshotCreateTime", timestamp(snapshot.created))
            .text("Status", status)
            .text("Port", snapshot.port)
            .text("AvailabilityZone", &snapshot.availability_zone)
            .text("ClusterCreateTime", timestamp(snapshot.cluster_created))
            .text("MasterUsername", &snapshot.master_username)
            .text("ClusterVersion", "1.0")
            .text("SnapshotType", "manual")
            .text("NodeType", &snapshot.node_type)
            .text("NumberOfNodes", snapshot.nodes)
            .text("DBName", &snapshot.database)
            .text("VpcId", VPC)
            .text("Encrypted", true)
            .optional("KmsKeyId", snapshot.kms_key_id.as_ref())
            .text("EncryptedWithHSM", false)
            .text("OwnerAccount", self.env.account())
            .text("ManualSnapshotRetentionPeriod", snapshot.retention)
            .text("SnapshotArn", self.snapshot_arn(snapshot));
        write_tags(xml, &snapshot.tags);
    }

    pub(super) fn snapshot_arn(&self, snapshot: &Snapshot) -> String {
        let resource = format!("snapshot:{}/{}", snapshot.cluster, snapshot.id);
        self.env.arn("redshift", &resource)
    }

    /// The snapshot that `<cluster>/<snapshot>` names.
    pub(super) fn snapshot_named(
        &self,
        tx: &impl crate::local::store::Reads,
        name: &str,
    ) -> Result<Option<Snapshot>, AwsError> {
        let Some((cluster, id)) = name.split_once('/') else {
            return Err(errors::invalid_value(format!("Invalid snapshot: {name}")));
        };
        let snapshot = SNAPSHOTS.get(tx, id)?;
        Ok(snapshot.filter(|snapshot| snapshot.cluster == cluster && !snapshot.is_gone(self.env.now())))
    }
}
