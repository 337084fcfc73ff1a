//! DeleteNamespace, and what it leaves.

use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftServerless;
use super::errors::{conflict, namespace_busy};
use super::model::{LEFTOVERS, NAMESPACES, NamespaceStatus, Transition, WORKGROUPS, WorkgroupStatus};
use super::namespaces::required_name;
use crate::local::error::AwsError;
use crate::local::secrets::ManagedSecret;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct DeleteNamespace {
    namespace_name: Option<String>,
    final_snapshot_name: Option<String>,
    final_snapshot_retention_period: Option<i64>,
}

impl RedshiftServerless {
    /// Refused while a workgroup is associated with it. Its databases and its managed secret go with it.
    pub(super) fn delete_namespace(&self, input: &DeleteNamespace) -> Result<Value, AwsError> {
        let name = required_name("namespaceName", input.namespace_name.clone())?;
        if input.final_snapshot_name.is_some() || input.final_snapshot_retention_period.is_some() {
            return Err(AwsError::not_implemented(
                "final snapshots of Redshift Serverless namespaces",
            ));
        }
        let now = self.env.now();
        let deleted = self.env.store.write(|tx| {
            let mut namespace = self.namespace(tx, &name)?;
            let associated = self.workgroups(tx)?.into_iter().find(|w| w.namespace == name);
            if let Some(workgroup) = associated {
                return Err(conflict(format!(
                    "You can't delete namespace {name} because it is associated with workgroup {}. Delete the workgroup first.",
                    workgroup.name
                )));
            }
            if namespace.status(now) != NamespaceStatus::Available {
                return Err(namespace_busy());
            }
            if let Some(secret) = &namespace.secret {
                ManagedSecret::remove(tx, secret)?;
            }
            let lasts = self.env.options.timing.warehouse_delete;
            namespace.transition = Some(Transition::new(NamespaceStatus::Deleting, now, lasts));
            NAMESPACES.put(tx, &name, &namespace)?;
            LEFTOVERS.put(tx, &namespace.warehouse(), &())?;
            Ok::<_, AwsError>(namespace)
        })?;
        self.drop_leftover(&deleted.warehouse())?;
        Ok(json!({"namespace": self.namespace_json(&deleted)}))
    }

    /// Removes databases of a namespace that is being deleted, or was never made. Nobody reaches them.
    pub(super) fn drop_leftover(&self, warehouse: &str) -> Result<(), AwsError> {
        self.databases.drop_warehouse(warehouse)?;
        self.env
            .store
            .write(|tx| LEFTOVERS.remove(tx, warehouse).map(drop).map_err(AwsError::from))
    }

    /// Finishes deletions, and undoes creations, for when the process died in between, and forgets what is gone.
    pub(super) fn forget_deleted(&self) -> Result<(), AwsError> {
        let tx = self.env.store.read()?;
        let now = self.env.now();
        let leftovers = LEFTOVERS.all(&tx, "")?;
        let mut namespaces = NAMESPACES.all(&tx, "")?;
        namespaces.retain(|(_, namespace)| namespace.status(now) == NamespaceStatus::Gone);
        let mut workgroups = WORKGROUPS.all(&tx, "")?;
        workgroups.retain(|(_, workgroup)| workgroup.status(now) == WorkgroupStatus::Gone);
        drop(tx);
        for (warehouse, ()) in leftovers {
            self.drop_leftover(&warehouse)?;
        }
        if namespaces.is_empty() && workgroups.is_empty() {
            return Ok(());
        }
        self.env.store.write(|tx| {
            for (name, _) in &namespaces {
                NAMESPACES.remove(tx, name)?;
            }
            for (name, _) in &workgroups {
                WORKGROUPS.remove(tx, name)?;
            }
            Ok(())
        })
    }
}
