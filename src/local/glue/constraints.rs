//! Checks of members against the service model, which Glue answers with ValidationException.
//! Source: botocore `glue/2017-03-31`.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::DeserializeOwned;

use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::json;
use crate::local::paging::{self, BadToken, Order};

use super::errors::invalid;

/// `SingleLineString`, of which names and most short texts are made.
const LINE: &str = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*";
/// `URI address multi-line string pattern`, for descriptions and locations.
const LINES: &str = r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*";

/// Runs checks; what is wrong is answered at once.
pub(super) fn constrain(check: impl FnOnce(&mut Constraints)) -> Result<(), AwsError> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    constraints.check()
}

/// Parses an input; a required member that is missing is reported as the service does.
pub(super) fn input<T: DeserializeOwned>(body: &[u8]) -> Result<T, AwsError> {
    json::input(body).map_err(|error| {
        let missing = error.message.strip_prefix("missing field `");
        let Some((member, _)) = missing.and_then(|rest| rest.split_once('`')) else {
            return error;
        };
        let member = lower_camel(member);
        let broken = constrain(|constraints| constraints.required(&member, &None::<()>));
        broken.err().unwrap_or(error)
    })
}

/// `JobName` as the service's messages have it: `jobName`.
fn lower_camel(member: &str) -> String {
    let mut characters = member.chars();
    let first = characters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(characters).collect()
}

fn on_a_line(c: char) -> bool {
    (' '..'\u{FFFE}').contains(&c) || c == '\t' || c > '\u{FFFF}'
}

/// A text on one line, `min` to `max` characters.
pub(super) fn line(constraints: &mut Constraints, member: impl Display, value: &str, min: usize, max: usize) {
    let member = member.to_string();
    constraints.pattern(&member, value, LINE, value.chars().all(on_a_line));
    constraints.length(&member, value, min, max);
}

/// A text that may have several lines.
pub(super) fn lines(constraints: &mut Constraints, member: impl Display, value: Option<&str>, min: usize, max: usize) {
    let Some(value) = value else { return };
    let member = member.to_string();
    let matches = value.chars().all(|c| on_a_line(c) || c == '\r' || c == '\n');
    constraints.pattern(&member, value, LINES, matches);
    constraints.length(&member, value, min, max);
}

/// `NameString`: one line of 1 to 255 characters.
pub(super) fn name(constraints: &mut Constraints, member: impl Display, value: &str) {
    line(constraints, member, value, 1, 255);
}

/// As [`name`], for a member that may be absent.
pub(super) fn optional_name(constraints: &mut Constraints, member: impl Display, value: Option<&str>) {
    if let Some(value) = value {
        name(constraints, member, value);
    }
}

/// `ParametersMap`: keys are names, values have at most 512,000 characters.
pub(super) fn parameters(
    constraints: &mut Constraints,
    member: impl Display,
    parameters: Option<&BTreeMap<String, String>>,
) {
    for (key, value) in parameters.into_iter().flatten() {
        name(constraints, &member, key);
        constraints.length(format_args!("{member}.{key}"), value, 0, 512_000);
    }
}

/// `TagsMap`: at most 50, keys of 1 to 128 characters, values of at most 256.
pub(super) fn tags(constraints: &mut Constraints, member: &str, tags: Option<&BTreeMap<String, String>>) {
    let Some(tags) = tags else { return };
    constraints.count(member, tags.len(), 0, 50);
    for (key, value) in tags {
        constraints.length(member, key, 1, 128);
        constraints.length(member, value, 0, 256);
    }
}

/// `MaxResults`, 1 to `max`; `max` when absent.
pub(super) fn page_size(wanted: Option<i64>, max: usize) -> Result<usize, AwsError> {
    let wanted = wanted.unwrap_or(max as i64);
    constrain(|constraints| constraints.range("maxResults", wanted, 1, max as i64))?;
    Ok(usize::try_from(wanted).unwrap_or(max))
}

/// The page of `items` that a request asks for, and the token of the next. The items' keys ascend, or descend where
/// `newest_first`.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = (String, T)>,
    newest_first: bool,
    token: Option<&str>,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), AwsError> {
    let order = if newest_first {
        Order::Descending
    } else {
        Order::Ascending
    };
    paging::page(items, order, token, limit).map_err(|BadToken| invalid("The NextToken is invalid."))
}
