//! What the two Redshift services need of the warehouse, and what the Data API needs of them.

use crate::local::error::AwsError;

/// Where databases live: one warehouse a cluster or namespace. All calls block.
pub(crate) trait Databases: Send + Sync {
    /// Makes a database, and its warehouse if there is none.
    fn create(&self, warehouse: &str, database: &str) -> Result<(), AwsError>;

    /// Removes a warehouse with its databases; one that is not there counts as removed.
    fn drop_warehouse(&self, warehouse: &str) -> Result<(), AwsError>;
}

/// A cluster or workgroup that a Data API request names.
pub(crate) struct Reached {
    pub state: ReachedState,
    pub warehouse: String,
    /// Host name and port of its endpoint.
    pub address: String,
    pub port: u16,
    /// The admin user and its password, which a secret must have to log in as that user.
    pub admin: String,
    pub password: String,
    /// ARNs of the IAM roles that COPY and UNLOAD may use.
    pub roles: Vec<String>,
    pub default_role: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReachedState {
    Available,
    Paused,
    /// Creating or deleting: nothing to connect to.
    NoEndpoint,
}
