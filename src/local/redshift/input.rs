//! Typed parameters of a request, and those that it must not have.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::errors::{invalid_value, missing};
use crate::local::error::AwsError;
use crate::local::query::Params;

/// Source: Redshift management guide, "Tagging resources in Amazon Redshift".
const MAX_TAGS: usize = 50;

/// The parameters of one action.
pub(super) struct Input<'a>(&'a Params);

impl<'a> Input<'a> {
    /// `known` are the parameters that the action reads. One that it does not read is an error that names it, so that
    /// nothing is ignored silently.
    pub fn of(action: &str, params: &'a Params, known: &[&str]) -> Result<Self, AwsError> {
        for name in params.names() {
            if !known.contains(&name) && !["Action", "Version"].contains(&name) {
                return Err(AwsError::not_implemented(format_args!(
                    "the parameter {name} of Redshift's {action}"
                )));
            }
        }
        Ok(Self(params))
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)
    }

    pub fn required(&self, name: &str) -> Result<&'a str, AwsError> {
        self.text(name).ok_or_else(|| missing(name))
    }

    fn parsed<T: FromStr>(&self, name: &str, kind: &str) -> Result<Option<T>, AwsError> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| AwsError::bad_request("MalformedInput", format!("{name} is not {kind}")))
        };
        self.text(name).map(parse).transpose()
    }

    pub fn boolean(&self, name: &str) -> Result<Option<bool>, AwsError> {
        self.parsed(name, "a boolean")
    }

    pub fn integer(&self, name: &str) -> Result<Option<i64>, AwsError> {
        self.parsed(name, "an integer")
    }

    /// A number within a range.
    pub fn within(&self, name: &str, min: i64, max: i64) -> Result<Option<i64>, AwsError> {
        match self.integer(name)? {
            Some(value) if !(min..=max).contains(&value) => Err(invalid_value(format!(
                "Invalid value {value} for {name}. Must be between {min} and {max}."
            ))),
            value => Ok(value),
        }
    }

    /// A list of plain values whose members the model calls `member`.
    pub fn values(&self, name: &str, member: &str) -> Vec<String> {
        let members = self.0.list_of(name, member);
        members
            .iter()
            .filter_map(Params::value)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether a list is there at all, be it empty.
    pub fn has(&self, name: &str) -> bool {
        self.0.names().any(|given| given == name)
    }

    /// `Tags.Tag.N`.
    pub fn tags(&self) -> Result<BTreeMap<String, String>, AwsError> {
        let mut tags = BTreeMap::new();
        for tag in self.0.list_of("Tags", "Tag") {
            let (key, value) = (tag.get("Key").unwrap_or_default(), tag.get("Value").unwrap_or_default());
            if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
                return Err(invalid_tag(
                    "Tag keys have 1 to 128 characters and tag values at most 256.",
                ));
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                return Err(invalid_tag("Tag keys that start with aws: are reserved."));
            }
            tags.insert(key.to_owned(), value.to_owned());
        }
        check_tag_count(&tags)?;
        Ok(tags)
    }

    /// Whether a resource has one of the wanted keys and one of the wanted values: "all clusters that match any
    /// combination of the specified keys and values".
    pub fn tags_match(&self, tags: &BTreeMap<String, String>) -> bool {
        let keys = self.values("TagKeys", "TagKey");
        let values = self.values("TagValues", "TagValue");
        tags_match(tags, &keys, &values)
    }
}

pub(super) fn tags_match(tags: &BTreeMap<String, String>, keys: &[String], values: &[String]) -> bool {
    if keys.is_empty() && values.is_empty() {
        return true;
    }
    tags.iter()
        .any(|(key, value)| (keys.is_empty() || keys.contains(key)) && (values.is_empty() || values.contains(value)))
}

pub(super) fn check_tag_count(tags: &BTreeMap<String, String>) -> Result<(), AwsError> {
    if tags.len() <= MAX_TAGS {
        return Ok(());
    }
    Err(AwsError::bad_request(
        "TagLimitExceededFault",
        format!("You have exceeded the number of tags allowed: a resource can have up to {MAX_TAGS} tags."),
    ))
}

fn invalid_tag(message: &str) -> AwsError {
    AwsError::bad_request("InvalidTagFault", message)
}
