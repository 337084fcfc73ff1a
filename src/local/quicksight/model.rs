//! What is kept of QuickSight's resources. Documents of the API are kept as they were given.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::local::store::Table;

/// Key: id.
pub(super) const DATA_SOURCES: Table<DataSource> = Table::new("quicksight.data_sources");
/// Key: id.
pub(super) const DATA_SETS: Table<DataSet> = Table::new("quicksight.data_sets");
/// Key: data set, `\0`, id.
pub(super) const INGESTIONS: Table<Ingestion> = Table::new("quicksight.ingestions");
/// Key: data set, `\0`, id.
pub(super) const SCHEDULES: Table<Schedule> = Table::new("quicksight.refresh_schedules");
/// Key: id.
pub(super) const DASHBOARDS: Table<Dashboard> = Table::new("quicksight.dashboards");
/// Key: dashboard, `\0`, number in 10 digits.
pub(super) const VERSIONS: Table<Version> = Table::new("quicksight.dashboard_versions");
/// Key: id.
pub(super) const ANALYSES: Table<Analysis> = Table::new("quicksight.analyses");
/// Key: namespace, `\0`, name.
pub(super) const USERS: Table<User> = Table::new("quicksight.users");

pub(super) type Tags = BTreeMap<String, String>;

/// `ResourcePermission`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Permission {
    pub principal: String,
    pub actions: Vec<String>,
}

/// `ErrorInfo` of data sources and ingestions, an error of a dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Fault {
    #[serde(rename = "Type")]
    pub kind: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violated_entities: Vec<Value>,
}

impl Fault {
    pub fn new(kind: &str, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_owned(),
            message: message.into(),
            violated_entities: Vec::new(),
        }
    }

    /// At a place of a definition (`sheet/s1/visual/v1`).
    pub fn at(mut self, place: &str) -> Self {
        if !place.is_empty() {
            self.violated_entities.push(json!({"Path": place}));
        }
        self
    }
}

/// The latest creation or update of something whose success shows after a while.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Change {
    pub at: Timestamp,
    pub update: bool,
    pub failed: bool,
}

impl Change {
    pub fn is_in_progress(&self, now: Timestamp, takes: Duration) -> bool {
        Duration::try_from(now.duration_since(self.at)).unwrap_or_default() < takes
    }

    /// `ResourceStatus`.
    pub fn status(&self, now: Timestamp, takes: Duration) -> &'static str {
        match (self.update, self.is_in_progress(now, takes), self.failed) {
            (false, true, _) => "CREATION_IN_PROGRESS",
            (false, _, false) => "CREATION_SUCCESSFUL",
            (false, _, true) => "CREATION_FAILED",
            (true, true, _) => "UPDATE_IN_PROGRESS",
            (true, _, false) => "UPDATE_SUCCESSFUL",
            (true, _, true) => "UPDATE_FAILED",
        }
    }
}

/// How a data source logs in.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Credentials {
    Pair { username: String, password: String },
    Secret(String),
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DataSource {
    pub id: String,
    pub name: String,
    pub kind: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub change: Change,
    /// Why it could not connect.
    pub error: Option<Fault>,
    /// DataSourceParameters, VpcConnectionProperties, SslProperties.
    pub given: Map<String, Value>,
    pub credentials: Option<Credentials>,
    pub permissions: Vec<Permission>,
    pub tags: Tags,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DataSet {
    pub id: String,
    pub name: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub spice: bool,
    /// PhysicalTableMap, LogicalTableMap and what else has no effect on rows and columns.
    pub given: Map<String, Value>,
    /// Bytes of SPICE that the latest ingestion filled.
    pub consumed: i64,
    pub permissions: Vec<Permission>,
    pub tags: Tags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum IngestionStatus {
    Initialized,
    Queued,
    Running,
    Failed,
    Completed,
    Cancelled,
}

impl IngestionStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Initialized => "INITIALIZED",
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Failed => "FAILED",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }

    pub fn is_final(self) -> bool {
        matches!(self, Self::Failed | Self::Completed | Self::Cancelled)
    }
}

/// What an ingestion brought into SPICE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rows {
    pub ingested: i64,
    /// Rows with a value that the column's type cannot hold.
    pub dropped: i64,
    pub bytes: i64,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Ingestion {
    pub id: String,
    pub data_set: String,
    pub created: Timestamp,
    pub status: IngestionStatus,
    pub error: Option<Fault>,
    pub rows: Option<Rows>,
    /// Seconds it took.
    pub seconds: Option<i64>,
    /// `MANUAL`, `SCHEDULED`.
    pub source: String,
    /// `INITIAL_INGESTION`, `EDIT`, `FULL_REFRESH`.
    pub request: String,
    /// The ingestion of the same data set that it waits for.
    pub waits_for: Option<String>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Schedule {
    pub id: String,
    pub data_set: String,
    /// Since when it is as it is.
    pub since: Timestamp,
    /// `RefreshSchedule` as it was given.
    pub given: Map<String, Value>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Dashboard {
    pub id: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    /// The version that is shown, and since when.
    pub published: Option<(i64, Timestamp)>,
    /// Number of the newest version.
    pub latest: i64,
    pub permissions: Vec<Permission>,
    pub tags: Tags,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Version {
    pub number: i64,
    pub name: String,
    pub change: Change,
    pub errors: Vec<Fault>,
    pub data_set_arns: Vec<String>,
    /// Definition, VersionDescription, DashboardPublishOptions.
    pub given: Map<String, Value>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Analysis {
    pub id: String,
    pub name: String,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub change: Change,
    pub errors: Vec<Fault>,
    pub data_set_arns: Vec<String>,
    pub definition: Value,
    pub permissions: Vec<Permission>,
    pub tags: Tags,
    /// When it is gone for good, if it was deleted.
    pub deleted: Option<Timestamp>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct User {
    pub namespace: String,
    pub name: String,
    pub email: String,
    pub role: String,
    pub identity: String,
    pub active: bool,
    pub principal: String,
    pub tags: Tags,
}

/// Of ingestions and refresh schedules.
pub(super) fn below(data_set: &str, id: &str) -> String {
    format!("{data_set}\0{id}")
}

pub(super) fn version_key(dashboard: &str, number: i64) -> String {
    format!("{dashboard}\0{number:010}")
}

pub(super) fn user_key(namespace: &str, name: &str) -> String {
    format!("{namespace}\0{name}")
}
