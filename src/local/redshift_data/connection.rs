//! Where a request wants to run, and as whom.
//!
//! A cluster or a workgroup; credentials of a secret, or temporary ones derived from the caller, who is the account's
//! root user here, or of a database user of a cluster.

use super::RedshiftData;
use super::errors::{constrain, not_found, validation};
use super::model::Place;
use super::ports::Login;
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::redshift::{Reached, ReachedState};

/// Database user of temporary credentials: `arn:aws:iam::...:root` as Redshift derives it.
const ROOT_USER: &str = "IAM:root";

/// The members of a request that say where and as whom.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConnectionRef<'a> {
    pub cluster: Option<&'a str>,
    pub workgroup: Option<&'a str>,
    pub database: Option<&'a str>,
    pub user: Option<&'a str>,
    pub secret: Option<&'a str>,
}

/// A checked connection.
pub(super) struct Connection {
    pub place: Place,
    pub login: Login,
    /// Why the database would refuse the login.
    pub refusal: Option<String>,
}

/// Declares an operation's input: its own members and those that say where it runs.
macro_rules! connection_input {
    ($name:ident { $($(#[$meta:meta])* $field:ident: $type:ty,)* }) => {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase", deny_unknown_fields)]
        pub(super) struct $name {
            cluster_identifier: Option<String>,
            workgroup_name: Option<String>,
            database: Option<String>,
            db_user: Option<String>,
            secret_arn: Option<String>,
            $($(#[$meta])* $field: $type,)*
        }

        impl $name {
            fn connection(&self) -> $crate::local::redshift_data::connection::ConnectionRef<'_> {
                $crate::local::redshift_data::connection::ConnectionRef {
                    cluster: self.cluster_identifier.as_deref(),
                    workgroup: self.workgroup_name.as_deref(),
                    database: self.database.as_deref(),
                    user: self.db_user.as_deref(),
                    secret: self.secret_arn.as_deref(),
                }
            }
        }
    };
}
pub(super) use connection_input;

impl ConnectionRef<'_> {
    pub fn is_empty(&self) -> bool {
        [self.cluster, self.workgroup, self.database, self.user, self.secret]
            .iter()
            .all(Option::is_none)
    }

    /// Checks the members against the model.
    pub fn constrain(&self, constraints: &mut Constraints) {
        if let Some(cluster) = self.cluster {
            let parts = cluster.split('-');
            let plain =
                |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            let first = cluster.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
            let pattern = "^[a-z]{1}[a-z0-9]*(-[a-z0-9]+)*$";
            constraints.pattern(
                "clusterIdentifier",
                cluster,
                pattern,
                first && parts.into_iter().all(plain),
            );
            constraints.length("clusterIdentifier", cluster, 1, 63);
        }
        if let Some(workgroup) = self.workgroup {
            let name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            let matches = workgroup.starts_with("arn:aws") || workgroup.bytes().all(name);
            constraints.pattern(
                "workgroupName",
                workgroup,
                "^(([a-z0-9-]+)|arn:...:workgroup/...)$",
                matches,
            );
            constraints.length("workgroupName", workgroup, 3, 128);
        }
    }

    /// Which combinations there are. Source: ExecuteStatement's API reference, its list of authorization methods.
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| self.constrain(constraints))?;
        match (self.cluster, self.workgroup) {
            (None, None) => {
                return Err(validation(
                    "Either ClusterIdentifier or WorkgroupName needs to be specified.",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(validation(
                    "Only one of ClusterIdentifier or WorkgroupName can be specified.",
                ));
            }
            _ => {}
        }
        if self.database.is_none_or(str::is_empty) {
            return Err(validation("Database needs to be specified."));
        }
        match (self.user, self.secret) {
            (Some(_), Some(_)) => Err(validation("Only one of DbUser or SecretArn can be specified.")),
            (Some(_), None) if self.workgroup.is_some() => Err(validation(
                "DbUser can only be specified together with ClusterIdentifier.",
            )),
            _ => Ok(()),
        }
    }
}

impl RedshiftData {
    /// Resolves where a request runs. Whatever is wrong with it is found before anything is submitted, except for what
    /// the database itself refuses.
    pub(super) fn connection(&self, wanted: ConnectionRef<'_>) -> Result<Connection, AwsError> {
        wanted.check()?;
        let reached = self.reach(wanted)?;
        let mut refusal = None;
        let user = match wanted.secret {
            Some(secret) => {
                let (user, refused) = self.secret_user(secret, wanted.cluster, &reached)?;
                refusal = refused;
                user
            }
            None => wanted.user.unwrap_or(ROOT_USER).to_owned(),
        };
        let database = wanted.database.unwrap_or_default().to_owned();
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Ok(Connection {
            place: Place {
                cluster: owned(wanted.cluster),
                workgroup: owned(wanted.workgroup),
                database: database.clone(),
                user: user.clone(),
                secret: owned(wanted.secret),
            },
            login: Login {
                warehouse: reached.warehouse,
                database,
                user,
                roles: reached.roles,
                default_role: reached.default_role,
            },
            refusal,
        })
    }

    /// The cluster or workgroup. One that is being created or deleted has no endpoint yet, or no longer.
    fn reach(&self, wanted: ConnectionRef<'_>) -> Result<Reached, AwsError> {
        let reached = match (wanted.cluster, wanted.workgroup) {
            (Some(cluster), _) => self.clusters.reach(cluster)?,
            (_, Some(workgroup)) => self.workgroups.reach(workgroup)?,
            _ => None,
        };
        match reached {
            Some(reached) if reached.state == ReachedState::Available => Ok(reached),
            Some(Reached {
                state: ReachedState::Paused,
                ..
            }) => Err(validation(format!(
                "Cluster {} is paused. Resume it to run statements.",
                wanted.cluster.unwrap_or_default()
            ))),
            _ => Err(validation("Redshift endpoint doesn't exist in this region.")),
        }
    }

    /// The user of a secret, and why the database refuses it if its password is wrong.
    fn secret_user(
        &self,
        secret: &str,
        cluster: Option<&str>,
        reached: &Reached,
    ) -> Result<(String, Option<String>), AwsError> {
        let found = self.secrets.credentials(secret).map_err(|error| match &*error.code {
            "ResourceNotFoundException" => not_found(error.message),
            "InvalidRequestException" | "ValidationException" => validation(error.message),
            _ => error,
        })?;
        let Some(credentials) = found else {
            return Err(validation("username and password in secret cannot be empty"));
        };
        if let (Some(wanted), Some(stored)) = (cluster, &credentials.cluster)
            && wanted != stored
        {
            return Err(validation(
                "The cluster identifier in the request does not match the cluster identifier in the secret.",
            ));
        }
        let wrong = credentials.username == reached.admin && credentials.password != reached.password;
        let refusal = wrong.then(|| {
            format!(
                "FATAL: password authentication failed for user \"{}\"",
                credentials.username
            )
        });
        Ok((credentials.username, refusal))
    }
}
