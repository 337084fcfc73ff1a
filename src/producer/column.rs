//! One column of the contract, made ready to check values and write them as JSON.

use std::collections::HashSet;

use fancy_regex::Regex;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

use super::check::ContractError;
use super::decimal::Decimal;
use super::encode::{write_integer, write_text};
use super::record::Field;
use super::rule::Rule;
use crate::template::{Column, ColumnType};

/// A column's checks, compiled.
#[derive(Debug)]
pub(super) struct ColumnCheck {
    nullable: bool,
    kind: Kind,
    values: HashSet<Box<[u8]>>,
    pattern: Option<Regex>,
}

/// A column type with its bounds in comparable form.
#[derive(Debug)]
enum Kind {
    Text {
        max_bytes: usize,
        min: Option<String>,
        max: Option<String>,
    },
    Integer {
        smallest: i64,
        largest: i64,
        min: i64,
        max: i64,
    },
    Decimal {
        precision: u8,
        scale: u8,
        min: Option<i128>,
        max: Option<i128>,
    },
    Double {
        min: f64,
        max: f64,
    },
    Boolean,
    Date {
        min: Option<Date>,
        max: Option<Date>,
    },
    Timestamp {
        min: Option<Timestamp>,
        max: Option<Timestamp>,
    },
    TextList {
        separator: char,
        max_bytes: usize,
    },
}

impl ColumnCheck {
    /// `required` makes the column non-nullable whatever the contract says.
    pub fn new(column: &Column, required: bool) -> Result<Self, ContractError> {
        let kind = Kind::new(column)?;
        let mut values = HashSet::new();
        for value in &column.values {
            values.insert(
                kind.canonical(value)
                    .ok_or_else(|| ContractError::value(column, "values", value))?,
            );
        }
        let pattern = match &column.pattern {
            Some(pattern) => {
                Some(
                    Regex::new(&format!(r"\A(?:{pattern})\z")).map_err(|source| ContractError::Pattern {
                        column: column.name.clone(),
                        source: Box::new(source),
                    })?,
                )
            }
            None => None,
        };
        Ok(Self {
            nullable: column.nullable && !required,
            kind,
            values,
            pattern,
        })
    }

    /// Checks `field` and appends its JSON to `out`; on an error `out` may end in a partial value.
    pub fn write(&self, field: &Field<'_>, out: &mut Vec<u8>) -> Result<(), Rule> {
        match field {
            Field::Null => self.write_null(out),
            Field::Text(text) => self.write_text(text, out),
            Field::EscapedText(text) => self.write_text(text, out),
            Field::Number(text) => match &self.kind {
                Kind::Integer { .. } | Kind::Decimal { .. } | Kind::Double { .. } => self.write_scalar(text, out),
                _ => Err(Rule::Type),
            },
            Field::Boolean(value) => match &self.kind {
                Kind::Boolean => self.write_scalar(if *value { "true" } else { "false" }, out),
                _ => Err(Rule::Type),
            },
            Field::List(items) => match &self.kind {
                Kind::TextList { .. } => self.write_list(items.iter().map(String::as_str), out),
                _ => Err(Rule::Type),
            },
            Field::Nested => Err(Rule::Type),
        }
    }

    /// Text of no length is a missing value, as CSV knows no other; spaces around anything but text do not count.
    fn write_text(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Rule> {
        match &self.kind {
            Kind::Text { .. } if text.is_empty() => self.write_null(out),
            Kind::Text { .. } => self.write_scalar(text, out),
            Kind::TextList { separator, .. } => self.write_list(text.split(*separator), out),
            _ => match text.trim_ascii() {
                "" => self.write_null(out),
                trimmed => self.write_scalar(trimmed, out),
            },
        }
    }

    fn write_null(&self, out: &mut Vec<u8>) -> Result<(), Rule> {
        if !self.nullable {
            return Err(Rule::Null);
        }
        out.extend_from_slice(b"null");
        Ok(())
    }

    fn write_scalar(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Rule> {
        let start = out.len();
        self.kind.write(text, out)?;
        if !self.values.is_empty() && !self.values.contains(&out[start..]) {
            return Err(Rule::Values);
        }
        self.check_pattern(text)
    }

    /// Items are trimmed, empty ones dropped; a list without items is a missing value.
    fn write_list<'a>(&self, items: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) -> Result<(), Rule> {
        let Kind::TextList { max_bytes, .. } = &self.kind else {
            return Err(Rule::Type);
        };
        let start = out.len();
        let mut bytes = 0;
        for item in items.map(str::trim).filter(|item| !item.is_empty()) {
            let first = out.len() == start;
            out.push(if first { b'[' } else { b',' });
            bytes += item.len() + usize::from(!first);
            let item_start = out.len();
            write_checked_text(item, out)?;
            if bytes > *max_bytes {
                return Err(Rule::MaxBytes);
            }
            if !self.values.is_empty() && !self.values.contains(&out[item_start..]) {
                return Err(Rule::Values);
            }
            self.check_pattern(item)?;
        }
        if out.len() == start {
            return self.write_null(out);
        }
        out.push(b']');
        Ok(())
    }

    fn check_pattern(&self, text: &str) -> Result<(), Rule> {
        match &self.pattern {
            // A pattern that backtracks without end counts as not matching.
            Some(pattern) if !pattern.is_match(text).unwrap_or(false) => Err(Rule::Pattern),
            _ => Ok(()),
        }
    }
}

impl Kind {
    fn new(column: &Column) -> Result<Self, ContractError> {
        Ok(match &column.kind {
            ColumnType::Text { max_bytes } => Kind::Text {
                max_bytes: *max_bytes as usize,
                min: column.min.clone(),
                max: column.max.clone(),
            },
            ColumnType::SmallInt => Self::integer(column, i64::from(i16::MIN), i64::from(i16::MAX))?,
            ColumnType::Integer => Self::integer(column, i64::from(i32::MIN), i64::from(i32::MAX))?,
            ColumnType::BigInt => Self::integer(column, i64::MIN, i64::MAX)?,
            ColumnType::Decimal { precision, scale } => {
                let parse = |text: &str| {
                    Decimal::parse(text)
                        .filter(|value| value.fits(38, *scale))
                        .and_then(|value| value.scaled(*scale))
                };
                let (min, max) = bounds(column, parse)?;
                Kind::Decimal {
                    precision: *precision,
                    scale: *scale,
                    min,
                    max,
                }
            }
            ColumnType::Double => {
                let (min, max) = bounds(column, parse_double)?;
                Kind::Double {
                    min: min.unwrap_or(f64::NEG_INFINITY),
                    max: max.unwrap_or(f64::INFINITY),
                }
            }
            ColumnType::Boolean => Kind::Boolean,
            ColumnType::Date => {
                let (min, max) = bounds(column, parse_date)?;
                Kind::Date { min, max }
            }
            ColumnType::Timestamp => {
                let (min, max) = bounds(column, parse_timestamp)?;
                Kind::Timestamp { min, max }
            }
            ColumnType::TextList { separator, max_bytes } => Kind::TextList {
                separator: *separator,
                max_bytes: *max_bytes as usize,
            },
        })
    }

    fn integer(column: &Column, smallest: i64, largest: i64) -> Result<Self, ContractError> {
        let (min, max) = bounds(column, parse_integer)?;
        Ok(Kind::Integer {
            smallest,
            largest,
            min: min.unwrap_or(i64::MIN),
            max: max.unwrap_or(i64::MAX),
        })
    }

    /// The JSON `text` becomes, bounds aside: allowed values are compared in this form.
    fn canonical(&self, text: &str) -> Option<Box<[u8]>> {
        let mut out = Vec::new();
        match self.write(text, &mut out) {
            Ok(()) | Err(Rule::Min | Rule::Max) => Some(out.into_boxed_slice()),
            Err(_) => None,
        }
    }

    /// Checks type and bounds of `text` and appends its JSON.
    fn write(&self, text: &str, out: &mut Vec<u8>) -> Result<(), Rule> {
        match self {
            Kind::Text { max_bytes, min, max } => {
                if text.len() > *max_bytes {
                    return Err(Rule::MaxBytes);
                }
                write_checked_text(text, out)?;
                within(&text, &min.as_deref(), &max.as_deref())
            }
            Kind::Integer {
                smallest,
                largest,
                min,
                max,
            } => {
                let value = parse_integer(text)
                    .filter(|value| (smallest..=largest).contains(&value))
                    .ok_or(Rule::Type)?;
                write_integer(out, value);
                within(&value, &Some(*min), &Some(*max))
            }
            Kind::Decimal {
                precision,
                scale,
                min,
                max,
            } => {
                let value = Decimal::parse(text).ok_or(Rule::Type)?;
                if !value.fits(*precision, *scale) {
                    return Err(Rule::Precision);
                }
                value.write(out, *scale);
                if min.is_none() && max.is_none() {
                    return Ok(());
                }
                within(&value.scaled(*scale).ok_or(Rule::Precision)?, min, max)
            }
            Kind::Double { min, max } => {
                let value = parse_double(text).ok_or(Rule::Type)?;
                // A finite number always has a JSON form.
                serde_json::to_writer(&mut *out, &value).map_err(|_| Rule::Type)?;
                within(&value, &Some(*min), &Some(*max))
            }
            Kind::Boolean => {
                out.extend_from_slice(if parse_boolean(text).ok_or(Rule::Type)? {
                    b"true"
                } else {
                    b"false"
                });
                Ok(())
            }
            Kind::Date { min, max } => {
                let value = parse_date(text).ok_or(Rule::Type)?;
                out.push(b'"');
                out.extend_from_slice(text.as_bytes());
                out.push(b'"');
                within(&value, min, max)
            }
            Kind::Timestamp { min, max } => {
                let value = parse_timestamp(text).ok_or(Rule::Type)?;
                out.extend_from_slice(format!("\"{value}\"").as_bytes());
                within(&value, min, max)
            }
            Kind::TextList { .. } => write_checked_text(text, out),
        }
    }
}

fn write_checked_text(text: &str, out: &mut Vec<u8>) -> Result<(), Rule> {
    if memchr::memchr(0, text.as_bytes()).is_some() {
        return Err(Rule::NulCharacter);
    }
    write_text(out, text);
    Ok(())
}

fn within<T: PartialOrd>(value: &T, min: &Option<T>, max: &Option<T>) -> Result<(), Rule> {
    match (min, max) {
        (Some(min), _) if value < min => Err(Rule::Min),
        (_, Some(max)) if value > max => Err(Rule::Max),
        _ => Ok(()),
    }
}

fn bounds<T>(column: &Column, parse: impl Fn(&str) -> Option<T>) -> Result<(Option<T>, Option<T>), ContractError> {
    let bound = |member: &'static str, text: &Option<String>| match text {
        Some(text) => parse(text)
            .map(Some)
            .ok_or_else(|| ContractError::value(column, member, text)),
        None => Ok(None),
    };
    Ok((bound("min", &column.min)?, bound("max", &column.max)?))
}

/// An optional sign and digits, nothing else.
fn parse_integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A finite number in decimal or exponent notation.
fn parse_double(text: &str) -> Option<f64> {
    let numeric = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|value: &f64| numeric && value.is_finite())
}

/// The spellings Redshift's BOOLEAN takes.
fn parse_boolean(text: &str) -> Option<bool> {
    let any = |spellings: &[&str]| spellings.iter().any(|spelling| text.eq_ignore_ascii_case(spelling));
    match () {
        () if any(&["true", "t", "yes", "y", "1"]) => Some(true),
        () if any(&["false", "f", "no", "n", "0"]) => Some(false),
        () => None,
    }
}

/// `YYYY-MM-DD`, years 1 to 9999.
fn parse_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |range: std::ops::Range<usize>| {
        bytes[range].iter().try_fold(0i16, |value, byte| {
            byte.is_ascii_digit().then(|| value * 10 + i16::from(byte - b'0'))
        })
    };
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    (year > 0)
        .then(|| Date::new(year, month as i8, day as i8).ok())
        .flatten()
}

/// RFC 3339 with an offset, or the same without one and read as UTC; `T` or a space between date and time.
fn parse_timestamp(text: &str) -> Option<Timestamp> {
    parse_date(text.get(..10)?)?;
    if text.len() == 10 {
        return None;
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}
