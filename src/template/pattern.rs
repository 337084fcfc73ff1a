//! Regular expressions that users write.

use fancy_regex::Regex;

use super::fields::Located;
use super::sink::{Finding, Sink};

/// The pattern as one that a whole text must match; reports one that is no regular expression.
pub(super) fn whole(key: &str, pattern: &Located<String>, sink: &mut Sink) -> Option<Regex> {
    match Regex::new(&format!("^(?:{})$", pattern.value)) {
        Ok(regex) => Some(regex),
        Err(error) => {
            let message = format!("`{key}` is not a regular expression: {error}");
            sink.push(Finding::error("bad-pattern", pattern.span, message));
            None
        }
    }
}
