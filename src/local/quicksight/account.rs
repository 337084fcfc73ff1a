//! The subscription, the account's settings and the one namespace. The embedded account has the Enterprise edition,
//! for nothing, and is neither made nor closed.

use serde_json::{Value, json};

use crate::local::error::AwsError;
use crate::local::rest::{Input, Reply};

use super::QuickSight;
use super::document::ok;
use super::errors::{NAMESPACE, not_found};
use super::paging::page;

/// The namespace that every account has.
pub(super) const DEFAULT: &str = "default";

const ACCOUNT_NAME: &str = "pipectl-embedded";
const EMAIL: &str = "admin@pipectl.invalid";

impl QuickSight {
    pub(super) fn describe_subscription(&self) -> Reply {
        ok(json!({"AccountInfo": {
            "AccountName": ACCOUNT_NAME,
            "Edition": "ENTERPRISE",
            "NotificationEmail": EMAIL,
            "AuthenticationType": "IAM_AND_QUICKSIGHT",
            "AccountSubscriptionStatus": "ACCOUNT_CREATED",
        }}))
    }

    pub(super) fn describe_settings(&self) -> Reply {
        ok(json!({"AccountSettings": {
            "AccountName": ACCOUNT_NAME,
            "Edition": "ENTERPRISE",
            "DefaultNamespace": DEFAULT,
            "NotificationEmail": EMAIL,
            "PublicSharingEnabled": false,
            "TerminationProtectionEnabled": true,
        }}))
    }

    fn namespace_json(&self) -> Value {
        json!({
            "Name": DEFAULT,
            "Arn": self.arn(&format!("namespace/{DEFAULT}")),
            "CapacityRegion": self.env.region(),
            "CreationStatus": "CREATED",
            "IdentityStore": "QUICKSIGHT",
        })
    }

    pub(super) fn describe_namespace(&self, input: &Input) -> Result<Reply, AwsError> {
        check_namespace(input)?;
        Ok(ok(json!({"Namespace": self.namespace_json()})))
    }

    pub(super) fn list_namespaces(&self, input: &Input) -> Result<Reply, AwsError> {
        let (namespaces, next) = page([(DEFAULT.to_owned(), self.namespace_json())], false, input)?;
        Ok(ok(json!({"Namespaces": namespaces, "NextToken": next})))
    }

    /// `arn:aws:quicksight:<region>:<account>:<resource>`
    pub(super) fn arn(&self, resource: &str) -> String {
        self.env.arn("quicksight", resource)
    }
}

pub(super) fn check_namespace(input: &Input) -> Result<(), AwsError> {
    match input.text("Namespace") {
        DEFAULT => Ok(()),
        other => Err(not_found(format!("Namespace {other} does not exist.")).about(NAMESPACE)),
    }
}
