//! GetCredentials. Nothing listens on a workgroup's port, so the password opens nothing; the Data API needs none.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::RedshiftServerless;
use super::constraints::constrain;
use super::namespaces::required_name;
use crate::local::error::AwsError;
use crate::local::secrets::password;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct GetCredentials {
    #[serde(rename = "dbName")]
    _db_name: Option<String>,
    duration_seconds: Option<i64>,
    workgroup_name: Option<String>,
}

impl RedshiftServerless {
    /// The database user is derived from the IAM identity: the account's root user here.
    pub(super) fn get_credentials(&self, input: &GetCredentials) -> Result<Value, AwsError> {
        let name = required_name("workgroupName", input.workgroup_name.clone())?;
        let seconds = input.duration_seconds.unwrap_or(900);
        constrain(|constraints| constraints.range("durationSeconds", seconds, 900, 3_600))?;
        self.workgroup(&self.env.store.read()?, &name)?;
        let expires = self.env.now().checked_add(SignedDuration::from_secs(seconds));
        let expires = expires.map_err(AwsError::internal)?.as_millisecond() as f64 / 1000.0;
        Ok(json!({
            "dbUser": "IAM:root",
            "dbPassword": password(),
            "expiration": expires,
            "nextRefreshTime": expires,
        }))
    }
}
