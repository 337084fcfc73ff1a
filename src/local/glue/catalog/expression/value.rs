//! Literals of a filter, compared as the type of their key wants it.

use std::cmp::Ordering;

/// What a key's values are compared with.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::glue::catalog) enum Value {
    /// Also dates and timestamps, whose text sorts as they do.
    Text(String),
    Number(Decimal),
}

/// How values of a type are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local::glue::catalog) enum Kind {
    Text,
    Date,
    Timestamp,
    Number,
}

impl Kind {
    /// The types that a filter may use.
    pub fn of(column_type: &str) -> Option<Self> {
        let column_type = column_type.trim().to_lowercase();
        let base = column_type.split('(').next().unwrap_or_default().trim();
        match base {
            "string" | "char" | "varchar" => Some(Self::Text),
            "date" => Some(Self::Date),
            "timestamp" => Some(Self::Timestamp),
            "int" | "integer" | "bigint" | "long" | "tinyint" | "smallint" | "decimal" => Some(Self::Number),
            _ => None,
        }
    }
}

impl Value {
    /// A literal as a value of a kind, or `None` if it is none.
    pub fn new(literal: &str, kind: Kind) -> Option<Self> {
        match kind {
            Kind::Number => Decimal::parse(literal).map(Self::Number),
            Kind::Date => {
                let date: jiff::civil::Date = literal.trim().parse().ok()?;
                Some(Self::Text(date.to_string()))
            }
            Kind::Timestamp => Some(Self::Text(literal.trim().replace('T', " "))),
            Kind::Text => Some(Self::Text(literal.to_owned())),
        }
    }

    /// How a partition's value stands to this one; `None` if it is not of its type.
    pub fn compared_to(&self, partition: &str) -> Option<Ordering> {
        match self {
            Self::Text(text) => Some(partition.cmp(text)),
            Self::Number(number) => Some(Decimal::parse(partition)?.cmp(number)),
        }
    }
}

/// An exact number of any length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::local::glue::catalog) struct Decimal {
    negative: bool,
    /// Without leading zeros.
    whole: String,
    /// Without trailing zeros.
    fraction: String,
}

impl Decimal {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0').to_owned();
        let fraction = fraction.trim_end_matches('0').to_owned();
        Some(Self {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole,
            fraction,
        })
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        let whole = self
            .whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole));
        whole.then_with(|| self.fraction.cmp(&other.fraction))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
