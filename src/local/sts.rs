//! STS: who one is, and temporary credentials. The embedded AWS takes any credentials for its account's root user.

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use jiff::SignedDuration;
use uuid::Uuid;

use super::constraints::Constraints;
use super::env::Env;
use super::error::AwsError;
use super::iam::{Iam, timestamp, unique_id};
use super::query::{Params, QueryService};
use super::xml::Xml;

/// Operations that STS has and the embedded AWS does not. Source: botocore `sts/2011-06-15`. Sorted.
const NOT_HERE: [&str; 8] = [
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetWebIdentityToken",
];

/// The service.
pub(crate) struct Sts {
    env: Arc<Env>,
    iam: Arc<Iam>,
}

impl Sts {
    pub fn new(env: Arc<Env>, iam: Arc<Iam>) -> Self {
        Self { env, iam }
    }

    fn root(&self) -> String {
        format!("arn:aws:iam::{}:root", self.env.account())
    }

    fn get_caller_identity(&self) -> String {
        Xml::new()
            .text("Arn", self.root())
            .text("UserId", self.env.account())
            .text("Account", self.env.account())
            .finish()
    }

    /// Credentials of a role whose trust policy names the account, its root user or everyone.
    fn assume_role(&self, params: &Params) -> Result<String, AwsError> {
        let arn = params.required("RoleArn")?;
        let session = params.required("RoleSessionName")?;
        check_session_name(session)?;
        let seconds = duration(params, 900, 43_200)?.unwrap_or(3_600);
        if !arn.starts_with("arn:") {
            return Err(AwsError::bad_request("ValidationError", format!("{arn} is invalid")));
        }
        let Some(role) = self.iam.root_can_assume(arn, params.get("ExternalId"))? else {
            return Err(AwsError::new(
                StatusCode::FORBIDDEN,
                "AccessDenied",
                format!(
                    "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                    self.root()
                ),
            ));
        };
        if seconds > i64::from(role.max_session_seconds) {
            return Err(AwsError::bad_request(
                "ValidationError",
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        let name = arn.rsplit('/').next().unwrap_or_default();
        let mut xml = Xml::new();
        xml.element("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", format_args!("{}:{session}", role.id)).text(
                "Arn",
                format_args!("arn:aws:sts::{}:assumed-role/{name}/{session}", self.env.account()),
            );
        });
        self.write_credentials(&mut xml, seconds)?;
        xml.optional("SourceIdentity", params.get("SourceIdentity"));
        Ok(xml.finish())
    }

    fn get_session_token(&self, params: &Params) -> Result<String, AwsError> {
        // "Sessions for AWS account owners are restricted to a maximum of 3,600 seconds" (API_GetSessionToken).
        let seconds = duration(params, 900, 129_600)?.unwrap_or(43_200).min(3_600);
        let mut xml = Xml::new();
        self.write_credentials(&mut xml, seconds)?;
        Ok(xml.finish())
    }

    /// Credentials of the right form. Nobody checks them.
    fn write_credentials(&self, xml: &mut Xml, seconds: i64) -> Result<(), AwsError> {
        let expires = self.env.now().checked_add(SignedDuration::from_secs(seconds));
        let expires = expires.map_err(AwsError::internal)?;
        let random = || *Uuid::new_v4().as_bytes();
        let secret = [random(), random()].concat();
        let token = [random(), random(), random(), random()].concat();
        let encode = |bytes: &[u8]| base64_simd::STANDARD.encode_to_string(bytes);
        xml.element("Credentials", |xml| {
            xml.text("AccessKeyId", unique_id("ASIA", 16))
                .text("SecretAccessKey", encode(&secret[..30]))
                .text("SessionToken", encode(&token))
                .text("Expiration", timestamp(expires));
        });
        Ok(())
    }
}

#[async_trait]
impl QueryService for Sts {
    fn namespace(&self) -> &'static str {
        "https://sts.amazonaws.com/doc/2011-06-15/"
    }

    async fn call(&self, action: &str, params: &Params) -> Result<String, AwsError> {
        match action {
            "GetCallerIdentity" => Ok(self.get_caller_identity()),
            "AssumeRole" => self.assume_role(params),
            "GetSessionToken" => self.get_session_token(params),
            known if NOT_HERE.contains(&known) => Err(AwsError::not_implemented(format_args!("STS's {known}"))),
            _ => Err(AwsError::bad_request(
                "InvalidAction",
                format!("Could not find operation {action} for version 2011-06-15"),
            )),
        }
    }
}

/// `[\w+=,.@-]*`, 2-64 characters.
fn check_session_name(name: &str) -> Result<(), AwsError> {
    let matches = name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    let mut constraints = Constraints::default();
    constraints.pattern("roleSessionName", name, r"[\w+=,.@-]*", matches);
    constraints.length("roleSessionName", name, 2, 64);
    constraints.check_as("ValidationError")
}

/// `DurationSeconds` within a range.
fn duration(params: &Params, min: i64, max: i64) -> Result<Option<i64>, AwsError> {
    let Some(text) = params.get("DurationSeconds") else {
        return Ok(None);
    };
    let malformed = |_| AwsError::bad_request("MalformedInput", "DurationSeconds is not an integer");
    let seconds: i64 = text.parse().map_err(malformed)?;
    let mut constraints = Constraints::default();
    constraints.range("durationSeconds", seconds, min, max);
    constraints.check_as("ValidationError")?;
    Ok(Some(seconds))
}

#[cfg(test)]
mod tests;
