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
    /// `ResourceType` of the APIs whose errors have it (`DATA_SET`).
    pub resource: Option<&'static str>,
}

impl AwsError {
    pub fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            resource: None,
        }
    }

    /// About a resource of this type.
    pub fn about(mut self, resource: &'static str) -> Self {
        self.resource = Some(resource);
        self
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

    /// There is no room for what the embedded AWS keeps. AWS has no such answer, and repeating the request is of no
    /// use, so it is a client error with a code of its own.
    pub fn disk_full(source: impl std::fmt::Display) -> Self {
        Self::bad_request(
            "EmbeddedDiskFull",
            format!("{source}: the embedded AWS has no room for its data; make some and repeat the command"),
        )
    }

    /// Something on this machine failed (damaged file, no permission); the message says what.
    pub fn internal(source: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", source.to_string())
    }
}

impl From<super::store::StoreError> for AwsError {
    fn from(error: super::store::StoreError) -> Self {
        if error.is_disk_full() {
            return Self::disk_full(error);
        }
        Self::internal(error)
    }
}

impl From<std::io::Error> for AwsError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            return Self::disk_full(error);
        }
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_worth_a_repetition() {
        let full = AwsError::from(std::io::Error::from(std::io::ErrorKind::StorageFull));
        assert_eq!(
            (full.status, &*full.code),
            (StatusCode::BAD_REQUEST, "EmbeddedDiskFull")
        );
        let other = AwsError::from(std::io::Error::from(std::io::ErrorKind::PermissionDenied));
        assert_eq!(
            (other.status, &*other.code),
            (StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure")
        );
    }
}
