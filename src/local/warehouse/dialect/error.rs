//! What is wrong with a script, in Redshift's words.

use std::fmt;

/// A statement that Redshift refuses, or that Redshift takes and the embedded one does not: its message says which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::local::warehouse) struct SyntaxError {
    /// `ERROR: syntax error at or near "FORM"`
    pub message: String,
    /// Where in the script, in characters, 1-based.
    pub position: usize,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n  Position: {}", self.message, self.position)
    }
}

impl std::error::Error for SyntaxError {}

/// `offset`: 0-based, in characters.
pub(super) fn failure(offset: usize, message: impl fmt::Display) -> SyntaxError {
    SyntaxError {
        message: format!("ERROR: {message}"),
        position: offset + 1,
    }
}

/// Valid in Redshift, not translated. `has` says what to write instead.
pub(super) fn unsupported(offset: usize, what: impl fmt::Display, has: &str) -> SyntaxError {
    let message = format!("{what} is not supported by the embedded Redshift");
    match has {
        "" => failure(offset, message),
        has => failure(offset, format!("{message}; {has}")),
    }
}
