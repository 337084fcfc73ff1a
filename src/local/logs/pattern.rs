//! Filter patterns for unstructured events: terms and "quoted phrases", all of which must occur.
//! Source: CloudWatch Logs user guide, "Filter pattern syntax", "match terms in unstructured log events".

use crate::local::error::AwsError;

use super::constraints::{constrain, invalid};

/// A parsed pattern: texts that must all occur, case-sensitively, as they are or within a longer word.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Pattern(Vec<String>);

impl Pattern {
    /// The empty pattern matches everything. JSON (`{...}`), space-delimited (`[...]`), regular expression
    /// (`%...%`), optional (`?term`) and excluding (`-term`) patterns are not implemented.
    pub fn parse(text: &str) -> Result<Self, AwsError> {
        constrain(|constraints| constraints.length("filterPattern", text, 0, 1024))?;
        let mut terms = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let (term, after) = match first {
                '"' => quoted(&rest[1..])?,
                '{' | '[' | '%' | '?' | '-' => {
                    return Err(AwsError::not_implemented(format_args!(
                        "filter patterns that use {first}"
                    )));
                }
                _ => word(rest)?,
            };
            terms.push(term);
            rest = after.trim_start();
        }
        Ok(Self(terms))
    }

    pub fn matches(&self, message: &str) -> bool {
        self.0.iter().all(|term| message.contains(term.as_str()))
    }
}

/// Up to the closing quote; `\"` and `\\` stand for themselves.
fn quoted(text: &str) -> Result<(String, &str), AwsError> {
    let mut phrase = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((phrase, &text[at + 1..])),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => phrase.push(escaped),
                Some((_, other)) => phrase.extend(['\\', other]),
                None => break,
            },
            c => phrase.push(c),
        }
    }
    Err(invalid("Invalid filter pattern: a quoted phrase has no closing quote"))
}

/// Terms with characters other than letters, digits and underscores must be quoted.
fn word(text: &str) -> Result<(String, &str), AwsError> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (term, rest) = text.split_at(end);
    if !term.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Err(invalid(format!("Invalid character(s) in term '{term}'")));
    }
    Ok((term.to_owned(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_and_phrases() {
        let table = [
            ("", "anything", true),
            ("ERROR", "an ERROR here", true),
            ("ERROR", "an error here", false),
            ("ERROR here", "here was an ERROR", true),
            ("ERROR gone", "here was an ERROR", false),
            (r#""was an""#, "here was an ERROR", true),
            (r#""an was" ERROR"#, "here was an ERROR", false),
            (r#"  "say \"hi\""  "#, r#"say "hi" now"#, true),
            (r#""a-b""#, "x a-b", true),
        ];
        for (pattern, message, expected) in table {
            assert_eq!(
                Pattern::parse(pattern).unwrap().matches(message),
                expected,
                "{pattern} on {message}"
            );
        }
    }

    #[test]
    fn what_is_not_implemented_or_wrong_is_refused() {
        for pattern in ["{ $.a = 1 }", "[a, b]", "%x%", "?a ?b", "-x", "ERROR -x"] {
            assert_eq!(Pattern::parse(pattern).unwrap_err().code, "NotImplemented", "{pattern}");
        }
        for pattern in ["a-b", "\"open", "a:b"] {
            assert_eq!(
                Pattern::parse(pattern).unwrap_err().code,
                "InvalidParameterException",
                "{pattern}"
            );
        }
    }
}
