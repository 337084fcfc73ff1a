//! Checks of members against the service model. This service answers InvalidParameterException to all of them.
//! Source: botocore `logs/2014-03-28`.

use serde::de::DeserializeOwned;

use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::json;
use crate::local::paging::{self, BadToken, Order};

pub(super) fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidParameterException", message)
}

/// Runs one check.
pub(super) fn constrain(check: impl FnOnce(&mut Constraints)) -> Result<(), AwsError> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    constraints.check_as("InvalidParameterException")
}

/// Parses an input; a required member that is missing is reported as the service does.
pub(super) fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    json::input(body).map_err(|error| {
        let missing = error
            .message
            .strip_prefix("missing field `")
            .and_then(|rest| rest.split_once('`'));
        let missing = missing.map(|(member, _)| constrain(|constraints| constraints.required(member, &None::<()>)));
        missing.and_then(Result::err).unwrap_or(error)
    })
}

/// `[\.\-_/#A-Za-z0-9]+`, 1-512 characters.
pub(super) fn group_name(name: &str) -> Result<(), AwsError> {
    let matches = name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_/#".contains(c));
    constrain(|constraints| {
        constraints.pattern("logGroupName", name, r"[\.\-_/#A-Za-z0-9]+", matches);
        constraints.length("logGroupName", name, 1, 512);
    })
}

/// `[^:*]*`, 1-512 characters. NUL, which no log stream needs, separates the parts of the store's keys.
pub(super) fn stream_name(name: &str) -> Result<(), AwsError> {
    let matches = !name.contains([':', '*', '\0']);
    constrain(|constraints| {
        constraints.pattern("logStreamName", name, "[^:*]*", matches);
        constraints.length("logStreamName", name, 1, 512);
    })
}

/// `limit`, 1 to `max`; `max` when absent.
pub(super) fn limit(limit: Option<i64>, max: usize) -> Result<usize, AwsError> {
    let limit = limit.unwrap_or(max as i64);
    constrain(|constraints| constraints.range("limit", limit, 1, max as i64))?;
    Ok(usize::try_from(limit).unwrap_or(max))
}

/// The page after `token`, at most `limit` long, of items sorted by their keys; and the next page's token.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    descending: bool,
    token: Option<&str>,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let order = if descending {
        Order::Descending
    } else {
        Order::Ascending
    };
    paging::page(items, order, token, limit).map_err(|BadToken| bad_token())
}

pub(super) fn bad_token() -> AwsError {
    invalid("The specified nextToken is invalid.")
}
