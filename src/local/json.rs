//! The awsJson1.1 protocol: operation in `X-Amz-Target`, JSON in, JSON out.
//! Source: Smithy 2.0 specification, "AWS JSON 1.1 protocol".

use async_trait::async_trait;
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::AwsError;

/// A service that speaks awsJson1.1.
#[async_trait]
pub(crate) trait JsonService: Send + Sync {
    /// Runs one operation (`PutRecords`) on its JSON input and returns its JSON output; empty bytes
    /// for operations without one. An operation the service lacks is `UnknownOperationException`, or
    /// `AwsError::not_implemented` where AWS has it and the embedded AWS does not.
    async fn call(&self, operation: &str, body: Bytes) -> Result<Vec<u8>, AwsError>;
}

/// Parses an operation's input. An empty body is `{}`.
/// Input structs carry `#[serde(rename_all = "PascalCase", deny_unknown_fields)]`.
pub(crate) fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| AwsError::bad_request("SerializationException", error.to_string()))
}

/// Writes an operation's output.
pub(crate) fn output<T: Serialize>(value: &T) -> Result<Vec<u8>, AwsError> {
    serde_json::to_vec(value).map_err(AwsError::internal)
}

/// What every service answers to an operation it has never heard of.
pub(crate) fn unknown_operation(operation: &str) -> AwsError {
    AwsError::bad_request("UnknownOperationException", format!("Unknown operation: {operation}"))
}

/// `#[serde(with = "json::epoch")]`: timestamps as awsJson writes them, seconds since 1970 with milliseconds.
pub(crate) mod epoch {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(at.as_millisecond() as f64 / 1000.0)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Timestamp::from_millisecond((seconds * 1000.0).round() as i64).map_err(serde::de::Error::custom)
    }
}
