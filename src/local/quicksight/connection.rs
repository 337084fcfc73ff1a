//! From a data source's parameters and credentials to a warehouse, and from what goes wrong there to QuickSight's words.

use serde_json::{Map, Value};

use crate::local::error::AwsError;
use crate::local::ports::{ConnectError, ConnectFault, LoginAs, Server, WarehouseTarget};
use crate::local::rest::Input;
use crate::local::store::Reads;
use crate::local::warehouse::SqlError;

use super::QuickSight;
use super::errors::invalid;
use super::model::{Credentials, DATA_SOURCES, DataSource, Fault};

/// Who assumes the role of `IAMParameters`.
const PRINCIPAL: &str = "quicksight.amazonaws.com";

const PARAMETERS: &str = "RedshiftParameters";

/// Checks the parameters of a data source of type REDSHIFT.
/// Source: RedshiftParameters' API reference: "The ClusterId field can be blank if Host and Port are provided."
pub(super) fn check_parameters(given: &Map<String, Value>) -> Result<(), AwsError> {
    let Some(redshift) = given.get("DataSourceParameters").and_then(|all| all.get(PARAMETERS)) else {
        return Err(invalid(
            "DataSourceParameters must have RedshiftParameters for a data source of type REDSHIFT",
        ));
    };
    if redshift.get("IdentityCenterConfiguration").is_some() {
        return Err(AwsError::not_implemented(
            "QuickSight's identity propagation (RedshiftParameters.IdentityCenterConfiguration)",
        ));
    }
    let has = |name: &str| redshift.get(name).is_some();
    if !has("ClusterId") && !(has("Host") && has("Port")) {
        return Err(invalid("RedshiftParameters must have ClusterId, or Host and Port"));
    }
    Ok(())
}

impl QuickSight {
    /// The credentials of a request. Those of another data source are taken over as they are now.
    pub(super) fn given_credentials(
        &self,
        tx: &impl Reads,
        input: &Input,
    ) -> Result<Result<Option<Credentials>, Fault>, AwsError> {
        let Some(given) = input.member("Credentials") else {
            return Ok(Ok(None));
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(pair) = given.get("CredentialPair") {
            if pair.get("AlternateDataSourceParameters").is_some() {
                return Err(AwsError::not_implemented("QuickSight's AlternateDataSourceParameters"));
            }
            return Ok(Ok(Some(Credentials::Pair {
                username: text(&pair["Username"]),
                password: text(&pair["Password"]),
            })));
        }
        if let Some(secret) = given.get("SecretArn") {
            return Ok(Ok(Some(Credentials::Secret(text(secret)))));
        }
        let Some(arn) = given.get("CopySourceArn").and_then(Value::as_str) else {
            return Err(AwsError::not_implemented(
                "credentials other than CredentialPair, SecretArn and CopySourceArn",
            ));
        };
        let source = arn.strip_prefix(&self.data_source_arn(""));
        let source = source.map(|id| DATA_SOURCES.get(tx, id)).transpose()?.flatten();
        Ok(match source {
            Some(source) => Ok(source.credentials),
            None => Err(Fault::new("COPY_SOURCE_NOT_FOUND", format!("{arn} does not exist"))),
        })
    }
}

/// Where and as whom a data source connects; a fault if it has no way to log in.
pub(super) fn target(source: &DataSource) -> Result<WarehouseTarget, ConnectError> {
    let parameters = source.given.get("DataSourceParameters").unwrap_or(&Value::Null);
    let parameters = &parameters[PARAMETERS];
    let text = |name: &str| parameters[name].as_str().map(str::to_owned);
    let login = match (&source.credentials, parameters.get("IAMParameters")) {
        (Some(Credentials::Secret(arn)), _) => LoginAs::Secret(arn.clone()),
        (Some(Credentials::Pair { username, password }), _) => LoginAs::Password {
            username: username.clone(),
            password: password.clone(),
        },
        (None, Some(iam)) => LoginAs::Role {
            arn: iam["RoleArn"].as_str().unwrap_or_default().to_owned(),
            service: PRINCIPAL,
            user: iam["DatabaseUser"].as_str().map(str::to_owned),
        },
        (None, None) => {
            return Err(ConnectError {
                fault: ConnectFault::Secret,
                message: "the data source has no credentials; an update must give them again".into(),
            });
        }
    };
    let port = parameters["Port"].as_u64().and_then(|port| u16::try_from(port).ok());
    let server = match (text("ClusterId"), text("Host")) {
        (Some(cluster), _) => Server::Cluster(cluster),
        (None, host) => Server::Endpoint(host.unwrap_or_default(), port.unwrap_or_default()),
    };
    Ok(WarehouseTarget {
        server,
        database: text("Database").unwrap_or_default(),
        login,
    })
}

/// `DataSourceErrorInfo`.
pub(super) fn source_fault(error: ConnectError) -> Fault {
    let kind = match error.fault {
        ConnectFault::UnknownHost => "UNKNOWN_HOST",
        ConnectFault::NoAnswer => "TIMEOUT",
        ConnectFault::Secret | ConnectFault::Role => "ACCESS_DENIED",
        ConnectFault::Password | ConnectFault::Database => "GENERIC_SQL_FAILURE",
    };
    Fault::new(kind, error.message)
}

/// `ErrorInfo` of an ingestion that could not connect.
pub(super) fn ingestion_fault(error: ConnectError) -> Fault {
    let kind = match error.fault {
        ConnectFault::UnknownHost => "UNRESOLVABLE_HOST",
        ConnectFault::NoAnswer | ConnectFault::Database => "CONNECTION_FAILURE",
        ConnectFault::Secret => "PERMISSION_DENIED",
        ConnectFault::Role => "FAILURE_TO_ASSUME_ROLE",
        ConnectFault::Password => "PASSWORD_AUTHENTICATION_FAILURE",
    };
    Fault::new(kind, error.message)
}

/// `ErrorInfo` of an ingestion whose query failed, with the warehouse's message. `sql` is the data set's own.
pub(super) fn query_fault(error: SqlError, own_sql: bool) -> Fault {
    let kind = match error.sqlstate.unwrap_or_default() {
        // No such relation, no such schema.
        "42P01" | "3F000" => "SQL_TABLE_NOT_FOUND",
        // No such column. QuickSight lists the columns of tables itself.
        "42703" if !own_sql => "SQL_SCHEMA_MISMATCH_ERROR",
        "42501" => "PERMISSION_DENIED",
        "22003" => "SQL_NUMERIC_OVERFLOW",
        "22P02" | "22023" => "SQL_INVALID_PARAMETER_VALUE",
        _ => "SQL_EXCEPTION",
    };
    Fault::new(kind, error.message)
}
