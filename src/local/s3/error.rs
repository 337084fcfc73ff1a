//! Errors of S3 and how they meet the other services' errors.

use std::path::Path;

use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::local::error::AwsError;
use crate::local::store::StoreError;

/// An error with one of S3's codes that `s3s` has no name for.
/// Source: S3 API reference, "Error responses", list of error codes.
pub(super) fn custom(status: http::StatusCode, code: &'static str, message: impl Into<String>) -> S3Error {
    let code = S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
    let mut error = S3Error::with_message(code, message.into());
    error.set_status_code(status);
    error
}

pub(super) fn error(code: S3ErrorCode, message: impl Into<String>) -> S3Error {
    S3Error::with_message(code, message.into())
}

pub(super) fn invalid_argument(message: impl Into<String>) -> S3Error {
    error(S3ErrorCode::InvalidArgument, message)
}

pub(super) fn not_implemented(what: &str) -> S3Error {
    error(
        S3ErrorCode::NotImplemented,
        format!("the embedded AWS does not have {what}"),
    )
}

/// A file operation failed on this machine (disk full, no permission).
pub(super) fn disk(action: &str, path: &Path, source: &std::io::Error) -> S3Error {
    error(
        S3ErrorCode::InternalError,
        format!("cannot {action} {}: {source}", path.display()),
    )
}

impl From<StoreError> for S3Error {
    fn from(source: StoreError) -> Self {
        error(S3ErrorCode::InternalError, source.to_string())
    }
}

impl From<AwsError> for S3Error {
    fn from(source: AwsError) -> Self {
        let code = S3ErrorCode::from_bytes(source.code.as_bytes()).unwrap_or(S3ErrorCode::InternalError);
        let mut error = S3Error::with_message(code, source.message);
        error.set_status_code(source.status);
        error
    }
}

impl From<S3Error> for AwsError {
    fn from(source: S3Error) -> Self {
        let status = source.status_code().unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let message = source.message().unwrap_or_default().to_owned();
        AwsError::new(status, source.code().as_str().to_owned(), message)
    }
}

/// Runs file and store work off the async threads.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> S3Result<T> + Send + 'static) -> S3Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => Err(error(S3ErrorCode::InternalError, stopped.to_string())),
    }
}
