//! How COPY and UNLOAD reach S3 (<https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-authorization.html>).

use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::statement::Role;

/// The authorization parameter here, if there is one.
///
/// # Errors
/// Keys in clear: they would end in logs and query histories. They are not repeated.
pub(super) fn role(cursor: &mut Cursor) -> Result<Option<Role>, SyntaxError> {
    let at = cursor.offset();
    if cursor.take("iam_role") {
        if cursor.take("default") {
            return Ok(Some(Role::Default));
        }
        let text = cursor.text()?;
        return arn(&text, at).map(Some);
    }
    if cursor.is_any(&["access_key_id", "secret_access_key", "session_token"]) {
        return Err(keys(at));
    }
    if cursor.take("credentials") {
        cursor.take("as");
        let text = cursor.text()?;
        return match text.trim().strip_prefix("aws_iam_role=") {
            Some(role) if !role.contains(';') => arn(role, at).map(Some),
            _ => Err(keys(at)),
        };
    }
    Ok(None)
}

fn keys(at: usize) -> SyntaxError {
    unsupported(
        at,
        "Authorization by access keys",
        "it has IAM_ROLE default and IAM_ROLE 'arn:aws:iam::...', and keys do not belong in SQL",
    )
}

fn arn(text: &str, at: usize) -> Result<Role, SyntaxError> {
    if text == "default" {
        return Ok(Role::Default);
    }
    if text.contains(',') {
        return Err(unsupported(at, "A chain of roles", "it has one role"));
    }
    let parts: Vec<_> = text.split(':').collect();
    match parts[..] {
        ["arn", _, "iam", "", account, resource] if account.len() == 12 && resource.starts_with("role/") => {
            Ok(Role::Arn(text.to_owned()))
        }
        _ => Err(failure(
            at,
            "Invalid ARN in IAM_ROLE: it must look like arn:aws:iam::123456789012:role/Name",
        )),
    }
}
