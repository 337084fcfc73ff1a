//! What Redshift keeps, and how its state follows from the clock. Passwords are in the store and never formatted.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local::store::Table;

/// By identifier.
pub(super) const CLUSTERS: Table<Cluster> = Table::new("redshift.clusters");
/// By name, which Redshift keeps in lower case.
pub(super) const SUBNET_GROUPS: Table<SubnetGroup> = Table::new("redshift.subnet-groups");
/// By identifier.
pub(super) const SNAPSHOTS: Table<Snapshot> = Table::new("redshift.snapshots");
pub(super) const USAGE_LIMITS: Table<UsageLimit> = Table::new("redshift.usage-limits");
/// Warehouses without a cluster, it being deleted or not made yet, whose files may be there: key is the warehouse.
pub(super) const LEFTOVERS: Table<()> = Table::new("redshift.leftovers");

pub(super) type Tags = BTreeMap<String, String>;

/// No `Debug`: it has a password.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Cluster {
    pub id: String,
    /// Namespace of the cluster's data: tells clusters of one identifier apart.
    pub namespace: String,
    pub settings: Settings,
    pub database: String,
    pub master_username: String,
    pub password: String,
    /// The secret, if Redshift manages the password.
    pub secret: Option<Secret>,
    pub created: Timestamp,
    pub transition: Option<Transition>,
    /// What holds once the transition is over.
    pub pending: Option<Pending>,
    pub roles: Vec<AttachedRole>,
    pub default_role: Option<String>,
    pub subnet_group: Option<String>,
    pub security_groups: Vec<String>,
    pub availability_zone: String,
    pub kms_key_id: Option<String>,
    pub parameter_group: String,
    pub tags: Tags,
}

/// What ModifyCluster changes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub node_type: String,
    pub nodes: u32,
    pub port: u16,
    pub publicly_accessible: bool,
    pub enhanced_vpc_routing: bool,
    pub multi_az: bool,
    pub availability_zone_relocation: bool,
    pub maintenance_window: String,
    pub automated_snapshot_days: u32,
    pub manual_snapshot_days: i32,
    pub allow_version_upgrade: bool,
    pub maintenance_track: String,
    pub ip_address_type: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secret {
    pub arn: String,
    pub kms_key_id: Option<String>,
}

/// A change under way.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    pub settings: Settings,
    pub password: Option<String>,
    pub kms_key_id: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AttachedRole {
    pub arn: String,
    pub removing: bool,
    /// When adding or removing is over.
    pub until: Timestamp,
}

/// A state that ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Transition {
    pub to: Status,
    pub until: Timestamp,
}

impl Transition {
    pub fn new(to: Status, now: Timestamp, lasts: Duration) -> Self {
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        Self { to, until }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    Creating,
    Available,
    Modifying,
    Resizing,
    Rebooting,
    Pausing,
    Paused,
    Resuming,
    FinalSnapshot,
    Deleting,
    /// Nobody sees it any more.
    Gone,
}

impl Status {
    /// `ClusterStatus`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Modifying => "modifying",
            Self::Resizing => "resizing",
            Self::Rebooting => "rebooting",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
            Self::FinalSnapshot => "final-snapshot",
            Self::Deleting | Self::Gone => "deleting",
        }
    }

    /// `ClusterAvailabilityStatus`.
    pub fn availability(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Paused => "Paused",
            Self::Rebooting | Self::Pausing | Self::Resuming => "Unavailable",
            _ => "Modifying",
        }
    }
}

impl Cluster {
    pub fn status(&self, now: Timestamp) -> Status {
        match self.transition {
            Some(transition) if now < transition.until => transition.to,
            Some(Transition {
                to: Status::Deleting | Status::FinalSnapshot | Status::Gone,
                ..
            }) => Status::Gone,
            Some(Transition {
                to: Status::Pausing | Status::Paused,
                ..
            }) => Status::Paused,
            _ => Status::Available,
        }
    }

    /// The state to show of a settled cluster. A change that has just been made shows in its own answer, however long it
    /// took to store it.
    pub fn shown_status(&self) -> Status {
        self.transition.map_or(Status::Available, |transition| transition.to)
    }

    /// With what a transition that is over has brought.
    pub fn settled(mut self, now: Timestamp) -> Self {
        self.roles.retain(|role| !(role.removing && role.until <= now));
        let busy = self.transition.is_some_and(|transition| now < transition.until);
        if !busy {
            self.transition = match self.status(now) {
                Status::Available => None,
                lasting => Some(Transition {
                    to: lasting,
                    until: now,
                }),
            };
        }
        if let Some(pending) = self.pending.take_if(|_| !busy) {
            self.settings = pending.settings;
            self.password = pending.password.unwrap_or(self.password);
            self.kms_key_id = pending.kms_key_id.or(self.kms_key_id);
        }
        self
    }

    /// Where its databases are.
    pub fn warehouse(&self) -> String {
        format!("cluster-{}", self.namespace)
    }

    /// Roles that COPY may use: those in sync.
    pub fn attached_roles(&self, now: Timestamp) -> Vec<String> {
        let attached = self.roles.iter().filter(|role| !role.removing && role.until <= now);
        attached.map(|role| role.arn.clone()).collect()
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SubnetGroup {
    pub name: String,
    pub description: String,
    pub subnets: Vec<String>,
    pub tags: Tags,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Snapshot {
    pub id: String,
    pub cluster: String,
    pub created: Timestamp,
    pub cluster_created: Timestamp,
    pub available_from: Timestamp,
    pub node_type: String,
    pub nodes: u32,
    pub database: String,
    pub master_username: String,
    pub port: u16,
    pub availability_zone: String,
    pub kms_key_id: Option<String>,
    /// Days; -1: for ever.
    pub retention: i32,
    pub tags: Tags,
}

impl Snapshot {
    /// Whether its retention is over.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        let kept = jiff::SignedDuration::from_hours(24 * i64::from(self.retention));
        self.retention >= 0 && self.created.checked_add(kept).is_ok_and(|end| end <= now)
    }
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct UsageLimit {
    pub id: String,
    pub cluster: String,
    pub feature: String,
    pub kind: String,
    pub amount: i64,
    pub period: String,
    pub breach_action: String,
    pub tags: Tags,
}
