//! The world of a session that has none: no S3, no roles.

use std::path::Path;

use crate::local::error::AwsError;
use crate::local::objects::{Objects, Stored};
use crate::local::ports::RoleCheck;

/// Refuses everything.
pub(super) struct Nothing;

fn refused<T>() -> Result<T, AwsError> {
    Err(AwsError::not_implemented("S3 or roles in an offline session"))
}

impl Objects for Nothing {
    fn list(&self, _: &str, _: &str) -> Result<Vec<Stored>, AwsError> {
        refused()
    }

    fn head(&self, _: &str, _: &str) -> Result<Stored, AwsError> {
        refused()
    }

    fn materialise(&self, _: &str, _: &str, _: &Path) -> Result<(), AwsError> {
        refused()
    }

    fn store(&self, _: &str, _: &str, _: &Path, _: &str) -> Result<(), AwsError> {
        refused()
    }

    fn remove(&self, _: &str, _: &str) -> Result<(), AwsError> {
        refused()
    }
}

impl RoleCheck for Nothing {
    fn can_assume(&self, _: &str, _: &str, _: Option<&str>) -> Result<bool, AwsError> {
        refused()
    }
}
