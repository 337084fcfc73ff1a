//! The IAM role that COPY and UNLOAD run under, and S3 paths.

use super::dialect::Role;
use super::error::SqlError;
use super::session::Session;
use crate::local::error::AwsError;

/// Who Redshift is when it assumes a role.
const SERVICE: &str = "redshift.amazonaws.com";

impl Session {
    /// Checks that the role is attached to the warehouse and trusts Redshift.
    ///
    /// # Errors
    /// `User ... is not authorized to assume IAM Role ...` with code 8001, as Redshift says it in both cases
    /// (<https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html>).
    pub(super) fn authorize(&self, role: &Role) -> Result<(), SqlError> {
        let arn = match role {
            Role::Arn(arn) => arn.as_str(),
            Role::Default => self.login.default_role.as_deref().ok_or_else(|| {
                let what = "Cannot use the default IAM role: the warehouse has no IAM role set as default";
                SqlError::new("42501", what).detail(8001, "IAM Role=default", self.query)
            })?,
        };
        if arn.contains(',') {
            return Err(SqlError::unsupported("chains of IAM roles"));
        }
        let attached = self.login.roles.iter().any(|attached| attached == arn);
        if attached && self.outside.roles.can_assume(arn, SERVICE, None).map_err(outside)? {
            return Ok(());
        }
        let user = format!(
            "arn:aws:redshift:{}:{}:dbuser:{}/{}",
            self.outside.region, self.outside.account, self.login.warehouse, self.login.user
        );
        let what = format!("User {user} is not authorized to assume IAM Role {arn}");
        Err(SqlError::new("42501", what).detail(8001, format!("IAM Role={arn}"), self.query))
    }

    /// An error of S3 as Redshift passes it on.
    pub(super) fn s3_failed(&self, error: &AwsError) -> SqlError {
        let what = format!(
            "S3ServiceException:{},Status {},Error {}",
            error.message.trim_end_matches('.'),
            error.status.as_u16(),
            error.code
        );
        SqlError::new("XX000", &what).detail(8001, format!("S3 said {}", error.code), self.query)
    }
}

fn outside(error: AwsError) -> SqlError {
    SqlError::new("XX000", error.message)
}

/// Bucket and key of `s3://bucket/key`.
pub(super) fn s3_path(path: &str) -> Result<(&str, &str), SqlError> {
    let found = path
        .strip_prefix("s3://")
        .and_then(|rest| rest.split_once('/').or(Some((rest, ""))));
    match found {
        Some((bucket, key)) if !bucket.is_empty() => Ok((bucket, key)),
        _ => Err(SqlError::new("22023", format!("Invalid S3 path: {path}"))),
    }
}

/// `https://s3.us-east-1.amazonaws.com/bucket/key`, as Spectrum names files.
pub(super) fn https(region: &str, bucket: &str, key: &str) -> String {
    format!("https://s3.{region}.amazonaws.com/{bucket}/{key}")
}
