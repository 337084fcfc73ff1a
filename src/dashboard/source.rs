//! Where rows come from.

use std::fmt;

/// Runs one query of Redshift SQL and gives all its rows. Blocks: call from a thread that may.
///
/// The caller implements it over the Redshift Data API; tests over rows in memory.
pub trait Source {
    /// Values of decimals, dates and timestamps may be text, as the Data API gives them: "12.50", "2024-01-31",
    /// "2024-01-31 12:00:00".
    fn query(&self, sql: &str) -> Result<Vec<Vec<Cell>>, SourceError>;
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
}

/// A query failed. The message is the warehouse's, without row values.
#[derive(Debug)]
pub struct SourceError(pub String);

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SourceError {}

impl Cell {
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Float(value) => Some(*value).filter(|value| value.is_finite()),
            Self::Text(text) => text.trim().parse().ok().filter(|value: &f64| value.is_finite()),
            Self::Boolean(value) => Some(f64::from(u8::from(*value))),
            Self::Null => None,
        }
    }

    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Float(value) => Some(value.to_string()),
            Self::Text(text) => Some(text.clone()),
        }
    }
}
