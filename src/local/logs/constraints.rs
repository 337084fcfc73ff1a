//! Checks of members against the service model. This service answers InvalidParameterException to all of them.
//! Source: botocore `logs/2014-03-28`.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use crate::local::error::AwsError;
use crate::local::json;

pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidParameterException", message)
}

pub(super) fn violation(value: impl Display, member: &str, constraint: impl Display) -> AwsError {
    invalid(format!(
        "1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: Member must {constraint}"
    ))
}

/// Parses an input; a required member that is missing is reported as the service does.
pub(super) fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    json::input(body).map_err(|error| {
        let missing = error
            .message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split_once('`'));
        match missing {
            Some((member, _)) => violation("null", member, "not be null"),
            None => error,
        }
    })
}

/// `[\.\-_/#A-Za-z0-9]+`, 1-512 characters, not under `aws/`.
pub(super) fn group_name(name: &str) -> Result<(), AwsError> {
    length(name, "logGroupName", 1, 512)?;
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_/#".contains(c)) {
        return Err(violation(
            format_args!("'{name}'"),
            "logGroupName",
            r"satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+",
        ));
    }
    Ok(())
}

/// `[^:*]*`, 1-512 characters. NUL, which no log stream needs, separates the parts of the store's keys.
pub(super) fn stream_name(name: &str) -> Result<(), AwsError> {
    length(name, "logStreamName", 1, 512)?;
    if name.contains([':', '*', '\0']) {
        return Err(violation(
            format_args!("'{}'", name.escape_debug()),
            "logStreamName",
            "satisfy regular expression pattern: [^:*]*",
        ));
    }
    Ok(())
}

/// A length in characters.
pub(super) fn length(value: &str, member: &str, min: usize, max: usize) -> Result<(), AwsError> {
    let length = value.chars().count();
    let quoted = format_args!("'{value}'").to_string();
    if length < min {
        return Err(violation(
            quoted,
            member,
            format_args!("have length greater than or equal to {min}"),
        ));
    }
    if length > max {
        return Err(violation(
            quoted,
            member,
            format_args!("have length less than or equal to {max}"),
        ));
    }
    Ok(())
}

/// `limit`, 1 to `max`; `max` when absent.
pub(super) fn limit(limit: Option<i64>, max: usize) -> Result<usize, AwsError> {
    let Some(limit) = limit else {
        return Ok(max);
    };
    let quoted = format!("'{limit}'");
    if limit < 1 {
        return Err(violation(quoted, "limit", "have value greater than or equal to 1"));
    }
    match usize::try_from(limit) {
        Ok(limit) if limit <= max => Ok(limit),
        _ => Err(violation(
            quoted,
            "limit",
            format_args!("have value less than or equal to {max}"),
        )),
    }
}

/// The page after `token`, at most `limit` long, of items sorted by their keys; and the next page's token.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    descending: bool,
    token: Option<&str>,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let after = token.map(decode).transpose()?;
    let shown = |key: &String| match &after {
        Some(after) if descending => key >= after,
        Some(after) => key <= after,
        None => false,
    };
    let mut rest = items.into_iter().skip_while(|(key, _)| shown(key));
    let (mut last, mut page) = (None, Vec::new());
    for (key, item) in rest.by_ref().take(limit) {
        last = Some(key);
        page.push(item);
    }
    let next = last.filter(|_| rest.next().is_some());
    Ok((page, next.map(|key| base64_simd::URL_SAFE_NO_PAD.encode_to_string(key))))
}

/// What a token stands for.
pub(super) fn decode(token: &str) -> Result<String, AwsError> {
    let bytes = base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(bad_token)
}

pub(super) fn bad_token() -> AwsError {
    invalid("The specified nextToken is invalid.")
}
