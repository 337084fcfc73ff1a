//! What several services need of others, as traits: each is tested without them.

use super::error::AwsError;
use super::warehouse::{ColumnMeta, SqlError, TakeRows};

/// IAM, as far as services ask it.
pub(crate) trait RoleCheck: Send + Sync {
    /// Whether `service` (`firehose.amazonaws.com`) may assume the role now.
    fn can_assume(&self, role_arn: &str, service: &str, source_arn: Option<&str>) -> Result<bool, AwsError>;
}

/// CloudWatch Logs, as far as services write to it.
pub(crate) trait LogSink: Send + Sync {
    /// Makes the group and the stream where they are missing, as services do that own their groups.
    fn ensure(&self, group: &str, stream: &str) -> Result<(), AwsError>;

    /// `ResourceNotFoundException` if the group or the stream does not exist.
    fn append(&self, group: &str, stream: &str, messages: &[String]) -> Result<(), AwsError>;
}

/// Redshift warehouses, as services reach them over their endpoints. Calls block.
pub(crate) trait WarehouseAccess: Send + Sync {
    /// Connects as a client would: finds the endpoint, then the user, then opens the database.
    fn connect(&self, target: &WarehouseTarget) -> Result<Box<dyn RowReader>, ConnectError>;
}

/// Where a service connects, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct WarehouseTarget {
    pub server: Server,
    pub database: String,
    pub login: LoginAs,
}

#[derive(Clone, Debug)]
pub(crate) enum Server {
    Cluster(String),
    /// Host name and port of an endpoint.
    Endpoint(String, u16),
}

#[derive(Clone)]
pub(crate) enum LoginAs {
    /// User and password in a secret, by its ARN.
    Secret(String),
    Password {
        username: String,
        password: String,
    },
    /// Temporary credentials, got with a role that `service` assumes.
    Role {
        arn: String,
        service: &'static str,
        user: Option<String>,
    },
}

impl std::fmt::Debug for LoginAs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // No password.
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Password { .. } => "Password",
            Self::Role { .. } => "Role",
        })
    }
}

/// Why a connection is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectFault {
    /// No cluster or workgroup has this endpoint.
    UnknownHost,
    /// Nothing listens there: paused, being created or deleted, another port.
    NoAnswer,
    /// The secret is missing, or holds no user and password.
    Secret,
    Role,
    Password,
    /// The database refuses: it does not exist, or cannot be opened.
    Database,
}

#[derive(Clone, Debug)]
pub(crate) struct ConnectError {
    pub fault: ConnectFault,
    pub message: String,
}

/// A connection to a database that queries are read through.
pub(crate) trait RowReader: Send {
    /// Runs exactly one query and gives its rows to `take`; answers its columns.
    fn read(&mut self, sql: &str, take: &mut TakeRows<'_>) -> Result<Vec<ColumnMeta>, SqlError>;

    /// What interrupts the query that runs, from another thread.
    fn interrupt(&self) -> Box<dyn Fn() + Send + Sync>;
}
