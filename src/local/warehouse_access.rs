//! Connections to the account's warehouses over their endpoints, for services that are clients of Redshift.

use std::sync::Arc;

use super::error::AwsError;
use super::ports::{
    ConnectError, ConnectFault, LoginAs, RoleCheck, RowReader, Server, WarehouseAccess, WarehouseTarget,
};
use super::redshift::{Reached, ReachedState, Redshift};
use super::redshift_serverless::RedshiftServerless;
use super::secrets::Secrets;
use super::warehouse::{ColumnMeta, Login, Session, SqlError, TakeRows, Warehouses};

/// Everything that a connection asks.
pub(crate) struct Endpoints {
    pub warehouses: Arc<Warehouses>,
    pub clusters: Arc<Redshift>,
    pub workgroups: Arc<RedshiftServerless>,
    pub secrets: Arc<Secrets>,
    pub roles: Arc<dyn RoleCheck>,
}

fn fault(fault: ConnectFault, message: impl Into<String>) -> ConnectError {
    ConnectError {
        fault,
        message: message.into(),
    }
}

/// A failure of this machine, for which there is no word between client and server.
fn broken(error: AwsError) -> ConnectError {
    fault(ConnectFault::NoAnswer, error.message)
}

impl Endpoints {
    fn reach(&self, server: &Server) -> Result<Reached, ConnectError> {
        let (reached, name) = match server {
            Server::Cluster(id) => (self.clusters.reach(id).map_err(broken)?, format!("cluster {id}")),
            Server::Endpoint(host, _) => (self.of_host(host)?, host.clone()),
        };
        let Some(reached) = reached else {
            let message = format!("{name} is no cluster or workgroup of this account and region");
            return Err(fault(ConnectFault::UnknownHost, message));
        };
        match reached.state {
            ReachedState::Available => {}
            ReachedState::Paused => return Err(fault(ConnectFault::NoAnswer, format!("{name} is paused"))),
            ReachedState::NoEndpoint => {
                let message = format!("{name} is being created or deleted");
                return Err(fault(ConnectFault::NoAnswer, message));
            }
        }
        match server {
            Server::Endpoint(host, port) if *port != reached.port => {
                let message = format!(
                    "nothing listens on {host}:{port}; the warehouse's port is {}",
                    reached.port
                );
                Err(fault(ConnectFault::NoAnswer, message))
            }
            _ => Ok(reached),
        }
    }

    /// The warehouse whose endpoint has this host name: the first label is the workgroup's or the cluster's name.
    fn of_host(&self, host: &str) -> Result<Option<Reached>, ConnectError> {
        let host = host.to_lowercase();
        let name = host.split('.').next().unwrap_or_default();
        let reached = match host.contains(".redshift-serverless.") {
            true => self.workgroups.reach(name),
            false => self.clusters.reach(name),
        };
        let reached = reached.map_err(broken)?;
        Ok(reached.filter(|reached| reached.address == host))
    }

    /// The database user.
    fn user(&self, login: &LoginAs, reached: &Reached) -> Result<String, ConnectError> {
        let (username, password) = match login {
            LoginAs::Role { arn, service, user } => return self.role_user(arn, service, user.as_deref()),
            LoginAs::Password { username, password } => (username.clone(), password.clone()),
            LoginAs::Secret(arn) => {
                let found = self.secrets.credentials(arn);
                let found = found.map_err(|error| fault(ConnectFault::Secret, format!("{arn}: {}", error.message)))?;
                let Some(found) = found else {
                    let message = format!("{arn} has no members username and password");
                    return Err(fault(ConnectFault::Secret, message));
                };
                (found.username, found.password)
            }
        };
        // Passwords of other users are the database's own affair, and it has none.
        if username == reached.admin && password != reached.password {
            let message = format!("FATAL: password authentication failed for user \"{username}\"");
            return Err(fault(ConnectFault::Password, message));
        }
        Ok(username)
    }

    fn role_user(&self, arn: &str, service: &str, user: Option<&str>) -> Result<String, ConnectError> {
        if !self.roles.can_assume(arn, service, None).map_err(broken)? {
            let message = format!("{service} cannot assume {arn}: the role does not exist or does not trust it");
            return Err(fault(ConnectFault::Role, message));
        }
        let role = arn.rsplit('/').next().unwrap_or(arn);
        Ok(user.map_or_else(|| format!("IAMR:{role}"), str::to_owned))
    }
}

impl WarehouseAccess for Endpoints {
    fn connect(&self, target: &WarehouseTarget) -> Result<Box<dyn RowReader>, ConnectError> {
        let reached = self.reach(&target.server)?;
        let user = self.user(&target.login, &reached)?;
        let login = Login {
            warehouse: reached.warehouse,
            database: target.database.clone(),
            user,
            roles: reached.roles,
            default_role: reached.default_role,
        };
        match self.warehouses.connect(login) {
            Ok(session) => Ok(Box::new(session)),
            Err(error) => Err(fault(ConnectFault::Database, error.message)),
        }
    }
}

impl RowReader for Session {
    fn read(&mut self, sql: &str, take: &mut TakeRows<'_>) -> Result<Vec<ColumnMeta>, SqlError> {
        self.stream(sql, take)
    }

    fn interrupt(&self) -> Box<dyn Fn() + Send + Sync> {
        let canceller = self.canceller();
        Box::new(move || canceller.cancel())
    }
}
