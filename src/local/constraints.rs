//! A service's front door: members checked against the constraints of its API model, all broken ones in one answer.
//!
//! The wording is that of AWS's Java services:
//! `1 validation error detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy
//! regular expression pattern: [a-zA-Z0-9_.-]+`.

use std::fmt::Display;

use super::error::AwsError;

/// Collects what is wrong with a request.
#[derive(Default)]
pub(crate) struct Constraints(Vec<String>);

impl Constraints {
    /// One member that must be there.
    pub fn required<T>(&mut self, member: &str, value: &Option<T>) {
        if value.is_none() {
            self.0.push(format!(
                "Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ));
        }
    }

    /// A value that breaks a constraint in words of the caller's.
    pub fn broken(&mut self, member: impl Display, value: impl Display, constraint: impl Display) {
        self.0.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        ));
    }

    fn size(&mut self, member: impl Display, value: impl Display, size: usize, min: usize, max: usize) {
        if size < min {
            let bound = format!("Member must have length greater than or equal to {min}");
            self.broken(member, value, bound);
        } else if size > max {
            let bound = format!("Member must have length less than or equal to {max}");
            self.broken(member, value, bound);
        }
    }

    /// Characters of a string.
    pub fn length(&mut self, member: impl Display, value: &str, min: usize, max: usize) {
        self.size(member, value, value.chars().count(), min, max);
    }

    /// Members of a list or a map; the values themselves stay out of the message.
    pub fn count(&mut self, member: impl Display, size: usize, min: usize, max: usize) {
        self.size(member, format_args!("[{size} members]"), size, min, max);
    }

    /// A number between two bounds, both included.
    pub fn range(&mut self, member: &str, value: i64, min: i64, max: i64) {
        if value < min {
            let bound = format!("Member must have value greater than or equal to {min}");
            self.broken(member, value, bound);
        } else if value > max {
            let bound = format!("Member must have value less than or equal to {max}");
            self.broken(member, value, bound);
        }
    }

    /// A string whose pattern `matches` has been tested by the caller.
    pub fn pattern(&mut self, member: impl Display, value: &str, pattern: &str, matches: bool) {
        if !matches {
            let constraint = format!("Member must satisfy regular expression pattern: {pattern}");
            self.broken(member, value, constraint);
        }
    }

    /// A string of an enumeration.
    pub fn one_of(&mut self, member: impl Display, value: &str, values: &[&str]) {
        if !values.contains(&value) {
            let constraint = format!("Member must satisfy enum value set: [{}]", values.join(", "));
            self.broken(member, value, constraint);
        }
    }

    /// A name made of letters, digits and `_.-`, as streams, shards, consumers and delivery streams have.
    pub fn name(&mut self, member: &str, value: &str, max: usize) {
        let matches = value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
        self.pattern(member, value, "[a-zA-Z0-9_.-]+", matches && !value.is_empty());
        self.length(member, value, 1, max);
    }

    /// `ValidationException` with everything that is wrong, or nothing.
    pub fn check(self) -> Result<(), AwsError> {
        self.check_as("ValidationException")
    }

    /// As `check`, for services that answer another code.
    pub fn check_as(self, code: &'static str) -> Result<(), AwsError> {
        let message = match self.0.len() {
            0 => return Ok(()),
            1 => format!("1 validation error detected: {}", self.0[0]),
            n => format!("{n} validation errors detected: {}", self.0.join("; ")),
        };
        Err(AwsError::bad_request(code, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_a_broken_pattern_as_aws_does() {
        let mut constraints = Constraints::default();
        constraints.name("streamName", "a b", 128);
        assert_eq!(
            constraints.check().unwrap_err().message,
            "1 validation error detected: Value 'a b' at 'streamName' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        );
    }

    #[test]
    fn reports_every_broken_member_at_once() {
        let mut constraints = Constraints::default();
        constraints.required("shardId", &None::<String>);
        constraints.range("limit", 0, 1, 10_000);
        let error = constraints.check().unwrap_err();
        assert_eq!(error.code, "ValidationException");
        assert!(
            error
                .message
                .starts_with("2 validation errors detected: Value null at 'shardId'")
        );
        assert!(
            error
                .message
                .ends_with("Member must have value greater than or equal to 1")
        );
    }
}
