//! What Secrets Manager keeps. No type here shows a secret's value when it is formatted for people.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local::store::Table;

/// By name.
pub(super) const SECRETS: Table<Secret> = Table::new("secrets.secrets");

/// Label of the version that is read by default, and of the one before it.
pub(super) const CURRENT: &str = "AWSCURRENT";
pub(super) const PREVIOUS: &str = "AWSPREVIOUS";

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secret {
    pub name: String,
    /// Ends in a hyphen and six random characters.
    pub arn: String,
    pub description: Option<String>,
    pub kms_key_id: Option<String>,
    pub created: Timestamp,
    pub changed: Timestamp,
    /// The day, at midnight UTC, of the last read.
    pub accessed: Option<Timestamp>,
    pub deletion: Option<Deletion>,
    /// The service that manages it (`redshift`); users can only read it.
    pub owner: Option<String>,
    pub tags: BTreeMap<String, String>,
    /// By version id.
    pub versions: BTreeMap<String, Version>,
}

/// Deleted, but restorable until `removal`.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Deletion {
    pub removal: Timestamp,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub created: Timestamp,
    pub value: Value,
    pub stages: Vec<String>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Value {
    Text(String),
    /// Base64.
    Binary(String),
}

impl Secret {
    /// Whether the recovery window is over: nobody sees it any more.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        self.deletion.is_some_and(|deletion| deletion.removal <= now)
    }

    /// The version that carries a label.
    pub fn labelled(&self, stage: &str) -> Option<(&String, &Version)> {
        self.versions
            .iter()
            .find(|(_, version)| version.stages.iter().any(|label| label == stage))
    }

    /// Takes `stage` from whatever version has it and puts it on `version`. AWSCURRENT leaves AWSPREVIOUS on the
    /// version that it leaves (UpdateSecretVersionStage's API reference).
    pub fn put_stage(&mut self, stage: &str, version: &str) {
        let from = self.labelled(stage).map(|(id, _)| id.clone());
        if from.as_deref() == Some(version) {
            return;
        }
        for other in self.versions.values_mut() {
            other.stages.retain(|label| label != stage);
        }
        if let Some(version) = self.versions.get_mut(version) {
            version.stages.push(stage.to_owned());
        }
        if stage == CURRENT {
            if let Some(from) = from {
                self.put_stage(PREVIOUS, &from);
            }
            // A version is not both.
            if let Some(version) = self.versions.get_mut(version) {
                version.stages.retain(|label| label != PREVIOUS);
            }
        }
    }

    /// Removes versions that no label holds, beyond the newest hundred: "Secrets Manager keeps 100 of the most
    /// recent versions" (PutSecretValue's API reference).
    pub fn forget_old_versions(&mut self) {
        while self.versions.len() > 100 {
            let unlabelled = self.versions.iter().filter(|(_, version)| version.stages.is_empty());
            let oldest = unlabelled.min_by_key(|(_, version)| version.created);
            let Some(id) = oldest.map(|(id, _)| id.clone()) else {
                return;
            };
            self.versions.remove(&id);
        }
    }

    /// Version ids and their labels, of versions that have any.
    pub fn stages(&self) -> BTreeMap<&str, &[String]> {
        let labelled = self.versions.iter().filter(|(_, version)| !version.stages.is_empty());
        labelled
            .map(|(id, version)| (id.as_str(), version.stages.as_slice()))
            .collect()
    }
}
