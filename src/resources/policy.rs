//! Policy documents: JSON in the configs, text in the APIs.

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// What is sent: compact JSON, or the text as it stands in the config.
pub(super) fn text(document: &Value) -> String {
    match document {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    }
}

/// What was read. IAM percent-encodes its answers (RFC 3986), S3 does not.
pub(super) fn parse(text: &str) -> Value {
    if let Ok(document) = serde_json::from_str(text) {
        return document;
    }
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    serde_json::from_str(&decoded).unwrap_or_else(|_| Value::String(decoded.into_owned()))
}
