//! Checks of parameters against the service model, with IAM's wording.
//! Source: botocore `iam/2010-05-08`, shapes roleNameType, pathType, tagKeyType and so on.

use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::query::Params;

use super::model::Tags;

pub(super) const MAX_TAGS: usize = 50;

pub(super) fn validation_error(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("ValidationError", message)
}

pub(super) fn invalid_input(message: impl Into<String>) -> AwsError {
    AwsError::bad_request("InvalidInput", message)
}

/// Runs one check; IAM answers `ValidationError` to what breaks its model.
pub(super) fn constrain(check: impl FnOnce(&mut Constraints)) -> Result<(), AwsError> {
    let mut constraints = Constraints::default();
    check(&mut constraints);
    constraints.check_as("ValidationError")
}

/// A length in characters; `value` is echoed in the error.
pub(super) fn length(value: &str, member: &str, min: usize, max: usize) -> Result<(), AwsError> {
    constrain(|constraints| constraints.length(member, value, min, max))
}

/// A required name of `[\w+=,.@-]+`, at most `max` characters.
pub(super) fn name<'a>(params: &'a Params, parameter: &str, max: usize) -> Result<&'a str, AwsError> {
    let value = params.required(parameter)?;
    let member = member_name(parameter);
    length(value, &member, 1, max)?;
    if !value
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
    {
        return Err(validation_error(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )));
    }
    Ok(value)
}

pub(super) fn role_name(params: &Params) -> Result<&str, AwsError> {
    name(params, "RoleName", 64)
}

pub(super) fn policy_name(params: &Params) -> Result<&str, AwsError> {
    name(params, "PolicyName", 128)
}

/// `Path`, `/` when absent.
pub(super) fn path(params: &Params) -> Result<&str, AwsError> {
    let path = params.get("Path").unwrap_or("/");
    length(path, "path", 1, 512)?;
    let printable = path.bytes().all(|b| (0x21..=0x7e).contains(&b));
    if !(printable && path.starts_with('/') && path.ends_with('/')) {
        return Err(validation_error(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ));
    }
    Ok(path)
}

/// `PathPrefix`, `/` when absent.
pub(super) fn path_prefix(params: &Params) -> Result<&str, AwsError> {
    let prefix = params.get("PathPrefix").unwrap_or("/");
    length(prefix, "pathPrefix", 1, 512)?;
    if !(prefix.starts_with('/') && prefix.bytes().all(|b| (0x21..=0x7f).contains(&b))) {
        return Err(validation_error(
            "The specified value for pathPrefix is invalid. It must begin with / and contain only printable ASCII characters.",
        ));
    }
    Ok(prefix)
}

pub(super) fn description(params: &Params) -> Result<Option<&str>, AwsError> {
    let Some(value) = params.get("Description") else {
        return Ok(None);
    };
    length(value, "description", 0, 1000)?;
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{a1}'..='\u{ff}');
    let pattern = r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*";
    let matches = value.chars().all(allowed);
    constrain(|constraints| constraints.pattern("description", value, pattern, matches))?;
    Ok(Some(value))
}

/// A number in a range; `None` when absent.
pub(super) fn number(params: &Params, parameter: &str, min: u32, max: u32) -> Result<Option<u32>, AwsError> {
    let Some(text) = params.get(parameter) else {
        return Ok(None);
    };
    let member = member_name(parameter);
    let value: i64 = text
        .parse()
        .map_err(|_| AwsError::bad_request("MalformedInput", format!("{parameter} is not an integer")))?;
    constrain(|constraints| constraints.range(&member, value, min.into(), max.into()))?;
    Ok(u32::try_from(value).ok())
}

/// `Tags.member.N`, checked.
pub(super) fn tags(params: &Params) -> Result<Tags, AwsError> {
    let mut tags = Tags::new();
    let members = params.list("Tags");
    constrain(|constraints| constraints.count("tags", members.len(), 0, MAX_TAGS))?;
    for (n, member) in members.iter().enumerate() {
        let (key, value) = (member.required("Key")?, member.required("Value")?);
        length(key, &format!("tags.{}.member.key", n + 1), 1, 128)?;
        length(value, &format!("tags.{}.member.value", n + 1), 0, 256)?;
        tag_characters(key, &format!("tags.{}.member.key", n + 1), '+')?;
        tag_characters(value, &format!("tags.{}.member.value", n + 1), '*')?;
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid_input(
                "Tag keys that begin with aws: are reserved for use by AWS: caller cannot add or change them.",
            ));
        }
        let entry = (key.to_owned(), value.to_owned());
        if tags.insert(key.to_lowercase(), entry).is_some() {
            return Err(invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
    }
    Ok(tags)
}

fn tag_characters(value: &str, member: &str, repeat: char) -> Result<(), AwsError> {
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    let pattern = format!(r"[\p{{L}}\p{{Z}}\p{{N}}_.:/=+\-@]{repeat}");
    let matches = value.chars().all(allowed);
    constrain(|constraints| constraints.pattern(member, value, &pattern, matches))
}

/// Adds `new` to `tags`; a key that is there in another case is replaced.
pub(super) fn merge_tags(tags: &mut Tags, new: Tags) -> Result<(), AwsError> {
    tags.extend(new);
    if tags.len() > MAX_TAGS {
        return Err(AwsError::new(
            http::StatusCode::CONFLICT,
            "LimitExceeded",
            format!("The number of tags has reached the maximum limit: {MAX_TAGS}"),
        ));
    }
    Ok(())
}

/// `TagKeys.member.N`, in lower case.
pub(super) fn tag_keys(params: &Params) -> Vec<String> {
    let members = params.list("TagKeys");
    members
        .iter()
        .filter_map(|member| Some(member.value()?.to_lowercase()))
        .collect()
}

/// `RoleName` -> `roleName`, as AWS names members in messages.
fn member_name(parameter: &str) -> String {
    let mut member = parameter.to_owned();
    if let Some(first) = member.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    member
}
