//! Filters of GetPartitions: SQL conditions on a table's partition keys.
//! Source: botocore `glue/2017-03-31`, documentation of `GetPartitionsRequest$Expression`.

mod lexer;
mod parser;
mod value;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use self::value::Value;
use super::model::Column;
use crate::local::error::AwsError;

/// How Hive writes the partition of rows whose key is null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// A parsed filter.
#[derive(Debug)]
pub(super) enum Expression {
    And(Vec<Expression>),
    Or(Vec<Expression>),
    Not(Box<Expression>),
    Compare {
        key: usize,
        operator: Operator,
        with: Value,
    },
    Between {
        key: usize,
        low: Value,
        high: Value,
    },
    In {
        key: usize,
        values: Vec<Value>,
    },
    Like {
        key: usize,
        pattern: String,
    },
    IsNull {
        key: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }

    /// The same comparison with its sides exchanged.
    fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

impl Expression {
    /// Parses a filter on these partition keys. InvalidInputException names what it cannot be.
    pub fn parse(text: &str, keys: &[Column]) -> Result<Self, AwsError> {
        parser::parse(text, keys)
    }

    /// Whether a partition with these values, of as many keys as the table has, passes.
    pub fn matches(&self, values: &[String]) -> bool {
        self.truth(values) == Some(true)
    }

    /// SQL's three values: `None` is unknown.
    fn truth(&self, values: &[String]) -> Option<bool> {
        match self {
            Self::And(parts) => all(parts.iter().map(|part| part.truth(values))),
            Self::Or(parts) => all(parts.iter().map(|part| part.truth(values).map(|truth| !truth))).map(|none| !none),
            Self::Not(inner) => inner.truth(values).map(|truth| !truth),
            Self::Compare { key, operator, with } => Some(operator.holds(compare(values, *key, with)?)),
            Self::Between { key, low, high } => {
                Some(compare(values, *key, low)?.is_ge() && compare(values, *key, high)?.is_le())
            }
            Self::In { key, values: list } => {
                let equals = |value| compare(values, *key, value).map(Ordering::is_eq);
                list.iter()
                    .map(equals)
                    .try_fold(false, |found, equal| Some(found | equal?))
            }
            Self::Like { key, pattern } => {
                let text: Vec<char> = known(values, *key)?.chars().collect();
                let pattern: Vec<char> = pattern.chars().collect();
                Some(like(&text, &pattern))
            }
            Self::IsNull { key } => Some(values.get(*key).is_none_or(|value| value == NULL)),
        }
    }
}

/// True if all are, false if one is, else unknown.
fn all(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(true);
    for truth in truths {
        match truth {
            Some(false) => return Some(false),
            None => whole = None,
            Some(true) => {}
        }
    }
    whole
}

/// The value of a key that is not null.
fn known(values: &[String], key: usize) -> Option<&str> {
    values.get(key).map(String::as_str).filter(|value| *value != NULL)
}

fn compare(values: &[String], key: usize, with: &Value) -> Option<Ordering> {
    with.compared_to(known(values, key)?)
}

/// `%` stands for any characters, `_` for one. Time is linear in text times pattern.
fn like(text: &[char], pattern: &[char]) -> bool {
    let (mut at, mut in_pattern) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(in_pattern) {
            Some('%') => {
                retry = Some((in_pattern + 1, at));
                in_pattern += 1;
            }
            Some(c) if *c == '_' || *c == text[at] => {
                at += 1;
                in_pattern += 1;
            }
            _ => {
                // The last % takes one character more.
                let Some((after, taken)) = retry else { return false };
                retry = Some((after, taken + 1));
                (at, in_pattern) = (taken + 1, after);
            }
        }
    }
    pattern[in_pattern..].iter().all(|c| *c == '%')
}
