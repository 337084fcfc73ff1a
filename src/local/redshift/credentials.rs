//! GetClusterCredentials and GetClusterCredentialsWithIAM. Nothing listens on a cluster's port, so the passwords open
//! nothing; the Data API needs none of them.

use jiff::SignedDuration;

use super::Redshift;
use super::errors::missing;
use super::input::Input;
use crate::local::error::AwsError;
use crate::local::iam::timestamp;
use crate::local::query::Params;
use crate::local::secrets::password;
use crate::local::xml::Xml;

impl Redshift {
    pub(super) fn get_credentials(&self, params: &Params) -> Result<String, AwsError> {
        let known = [
            "AutoCreate",
            "ClusterIdentifier",
            "DbGroups",
            "DbName",
            "DbUser",
            "DurationSeconds",
        ];
        let input = Input::of("GetClusterCredentials", params, &known)?;
        let user = input.required("DbUser")?;
        // "prefixed with IAM: if AutoCreate is False or IAMA: if AutoCreate is True"
        let prefix = match input.boolean("AutoCreate")? {
            Some(true) => "IAMA:",
            _ => "IAM:",
        };
        self.credentials(&input, format!("{prefix}{user}"), false)
    }

    /// The database user is "mapped 1:1 to the source IAM identity": the account's root user here.
    pub(super) fn get_iam_credentials(&self, params: &Params) -> Result<String, AwsError> {
        let known = ["ClusterIdentifier", "DbName", "DurationSeconds"];
        let input = Input::of("GetClusterCredentialsWithIAM", params, &known)?;
        self.credentials(&input, "IAM:root".to_owned(), true)
    }

    fn credentials(&self, input: &Input<'_>, user: String, refresh: bool) -> Result<String, AwsError> {
        let id = input
            .text("ClusterIdentifier")
            .ok_or_else(|| missing("ClusterIdentifier"))?;
        self.cluster(&self.env.store.read()?, id)?;
        let seconds = input.within("DurationSeconds", 900, 3_600)?.unwrap_or(900);
        let expires = self.env.now().checked_add(SignedDuration::from_secs(seconds));
        let expires = timestamp(expires.map_err(AwsError::internal)?);
        let mut xml = Xml::new();
        xml.text("DbUser", user)
            .text("DbPassword", password())
            .text("Expiration", &expires);
        if refresh {
            xml.text("NextRefreshTime", &expires);
        }
        Ok(xml.finish())
    }
}
