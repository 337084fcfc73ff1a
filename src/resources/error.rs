//! What can go wrong with a resource.

use std::path::PathBuf;

use crate::aws;

/// A type that pipectl does not deploy (yet).
#[derive(Debug, thiserror::Error)]
#[error(
    "{}:{line}: {id} is of type {kind}, which pipectl cannot deploy; it can deploy {}",
    .file.display(), super::TYPES.join(", ")
)]
pub struct UnsupportedType {
    pub id: String,
    pub kind: String,
    /// Relative to the project.
    pub file: PathBuf,
    pub line: usize,
}

/// A property that CloudFormation may know but that pipectl does not map, or a value of the wrong shape.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: {id} ({kind}): `{path}`: {reason}", .file.display())]
pub struct PropertyError {
    pub id: String,
    pub kind: String,
    pub file: PathBuf,
    pub line: usize,
    /// Such as `ExtendedS3DestinationConfiguration.S3BackupConfiguration`.
    pub path: String,
    pub reason: String,
}

/// A failed lifecycle call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// The account has no QuickSight, or not the edition needed.
    #[error(transparent)]
    Subscription(#[from] aws::SubscriptionError),
    #[error(transparent)]
    Property(#[from] Box<PropertyError>),
    #[error("cannot read {}: {source}", .path.display())]
    Source { path: PathBuf, source: std::io::Error },
    /// A script that cannot be run as it is written.
    #[error("{}:{line}: {reason}", .path.display())]
    Script {
        /// Relative to the project.
        path: PathBuf,
        line: usize,
        reason: String,
    },
    /// A required property has no value.
    #[error("{id}: `{property}` has no value")]
    Missing { id: String, property: &'static str },
    /// The SDK refused to build a request from the properties.
    #[error("{id}: {source}")]
    Build {
        id: String,
        source: aws_smithy_types::error::operation::BuildError,
    },
}

impl Error {
    /// What to do about it, in plain words.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Aws(error) => error.hint(),
            Self::Subscription(error) => error.hint(),
            Self::Property(_) => Some("remove the property, or set it by other means"),
            Self::Source { .. } => Some("`Source` is a path relative to the project: check that the file is there"),
            Self::Script { .. } => Some("correct the script, or the resource's `Variables`"),
            Self::Missing { .. } | Self::Build { .. } => {
                Some("give the property a value in the resource's configuration")
            }
        }
    }

    pub(super) fn is(&self, kind: aws::ErrorKind) -> bool {
        matches!(self, Self::Aws(error) if error.is(kind))
    }
}
