//! Errors as AWS words them, before a protocol gives them their wire form.

use std::borrow::Cow;

use http::StatusCode;

/// An error answer of a service: HTTP status, error code and message as the service's API reference lists them.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct AwsError {
    pub status: StatusCode,
    pub code: Cow<'static, str>,
    pub message: String,
}

impl AwsError {
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
        }
    }

    /// A client error (HTTP 400), which most JSON services use for everything the caller can mend.
    pub fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// `ValidationException`, the front door's answer to a member that breaks the service's model.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::bad_request("ValidationException", message)
    }

    /// The embedded AWS does not have this operation or option. AWS has no such code for it, so a
    /// caller cannot mistake it for an answer of the real service.
    pub fn not_implemented(what: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::NOT_IMPLEMENTED,
            "NotImplemented",
            format!("the embedded AWS does not have {what}"),
        )
    }

    /// Something on this machine failed (disk full, damaged file); the message says what.
    pub fn internal(source: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", source.to_string())
    }
}

impl From<super::store::StoreError> for AwsError {
    fn from(error: super::store::StoreError) -> Self {
        Self::internal(error)
    }
}

impl From<std::io::Error> for AwsError {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}
