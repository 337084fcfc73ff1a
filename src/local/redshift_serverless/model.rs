//! What Redshift Serverless keeps, and how its states follow from the clock. Passwords are in the store and never
//! formatted.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local::store::Table;

/// By name.
pub(super) const NAMESPACES: Table<Namespace> = Table::new("redshift-serverless.namespaces");
pub(super) const WORKGROUPS: Table<Workgroup> = Table::new("redshift-serverless.workgroups");
/// By id.
pub(super) const USAGE_LIMITS: Table<UsageLimit> = Table::new("redshift-serverless.usage-limits");
/// Warehouses without a namespace, it being deleted or not made yet, whose files may be there: key is the warehouse.
pub(super) const LEFTOVERS: Table<()> = Table::new("redshift-serverless.leftovers");

pub(super) type Tags = BTreeMap<String, String>;

/// No `Debug`: it has a password.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Namespace {
    pub name: String,
    pub id: String,
    pub database: String,
    pub admin: String,
    pub password: String,
    /// ARN of the secret, if Redshift manages the password.
    pub secret: Option<String>,
    pub secret_kms_key_id: Option<String>,
    pub roles: Vec<String>,
    pub default_role: Option<String>,
    pub kms_key_id: Option<String>,
    pub log_exports: Vec<String>,
    pub created: Timestamp,
    pub transition: Option<Transition<NamespaceStatus>>,
    pub tags: Tags,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Workgroup {
    pub name: String,
    pub id: String,
    pub namespace: String,
    pub settings: Settings,
    /// What holds once the transition is over.
    pub pending: Option<Settings>,
    pub created: Timestamp,
    pub transition: Option<Transition<WorkgroupStatus>>,
    pub tags: Tags,
}

/// What UpdateWorkgroup changes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub base_capacity: i64,
    pub max_capacity: Option<i64>,
    pub config_parameters: BTreeMap<String, String>,
    pub enhanced_vpc_routing: bool,
    pub publicly_accessible: bool,
    pub port: u16,
    pub security_groups: Vec<String>,
    pub subnets: Vec<String>,
    /// 1, 25, 50, 75 or 100 where price and performance are targeted.
    pub performance: Option<i64>,
    pub ip_address_type: String,
    pub track: String,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct UsageLimit {
    pub id: String,
    pub resource: String,
    pub usage_type: String,
    pub amount: i64,
    pub period: String,
    pub breach_action: String,
}

/// A state that ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Transition<S> {
    pub to: S,
    pub until: Timestamp,
}

impl<S> Transition<S> {
    pub fn new(to: S, now: Timestamp, lasts: Duration) -> Self {
        let until = now.checked_add(lasts).unwrap_or(Timestamp::MAX);
        Self { to, until }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum NamespaceStatus {
    Available,
    Modifying,
    Deleting,
    /// Nobody sees it any more.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum WorkgroupStatus {
    Creating,
    Available,
    Modifying,
    Deleting,
    /// Nobody sees it any more.
    Gone,
}

impl NamespaceStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Modifying => "MODIFYING",
            Self::Deleting | Self::Gone => "DELETING",
        }
    }
}

impl WorkgroupStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Available => "AVAILABLE",
            Self::Modifying => "MODIFYING",
            Self::Deleting | Self::Gone => "DELETING",
        }
    }
}

impl Namespace {
    pub fn status(&self, now: Timestamp) -> NamespaceStatus {
        match self.transition {
            Some(transition) if now < transition.until => transition.to,
            Some(Transition {
                to: NamespaceStatus::Deleting,
                ..
            }) => NamespaceStatus::Gone,
            _ => NamespaceStatus::Available,
        }
    }

    /// The state to show of a settled namespace. A change that has just been made shows in its own answer, however long it
    /// took to store it.
    pub fn shown_status(&self) -> NamespaceStatus {
        self.transition
            .map_or(NamespaceStatus::Available, |transition| transition.to)
    }

    /// Without a transition that has brought back to AVAILABLE.
    pub fn settled(mut self, now: Timestamp) -> Self {
        if self.status(now) == NamespaceStatus::Available {
            self.transition = None;
        }
        self
    }

    /// Where its databases are.
    pub fn warehouse(&self) -> String {
        format!("serverless-{}", self.id)
    }
}

impl Workgroup {
    pub fn status(&self, now: Timestamp) -> WorkgroupStatus {
        match self.transition {
            Some(transition) if now < transition.until => transition.to,
            Some(Transition {
                to: WorkgroupStatus::Deleting,
                ..
            }) => WorkgroupStatus::Gone,
            _ => WorkgroupStatus::Available,
        }
    }

    /// As [`Namespace::shown_status`].
    pub fn shown_status(&self) -> WorkgroupStatus {
        self.transition
            .map_or(WorkgroupStatus::Available, |transition| transition.to)
    }

    /// With what a transition that is over has brought.
    pub fn settled(mut self, now: Timestamp) -> Self {
        if self.status(now) == WorkgroupStatus::Available {
            self.transition = None;
            self.settings = self.pending.take().unwrap_or(self.settings);
        }
        self
    }
}
