//! A field of text as a value of a column, or why it is none.
//!
//! Codes are those of <https://docs.aws.amazon.com/redshift/latest/dg/r_Load_Error_Reference.html>.

use std::borrow::Cow;

use duckdb::ToSql;
use duckdb::types::{Decimal, TimeUnit, ToSqlOutput, ValueRef};

use super::super::catalogue::Field;
use super::super::dialect::{CopyOptions, Type};
use super::dates;

/// What a field is loaded as.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Boolean(bool),
    Long(i64),
    Real(f32),
    Double(f64),
    Decimal(Decimal),
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 00:00:00.
    Timestamp(i64),
    /// Microseconds since midnight.
    Time(i64),
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Boolean(value) => ValueRef::Boolean(*value),
            Self::Long(value) => ValueRef::BigInt(*value),
            Self::Real(value) => ValueRef::Float(*value),
            Self::Double(value) => ValueRef::Double(*value),
            Self::Decimal(value) => ValueRef::Decimal(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Bytes(value) => ValueRef::Blob(value),
            Self::Date(days) => ValueRef::Date32(*days),
            Self::Timestamp(micros) => ValueRef::Timestamp(TimeUnit::Microsecond, *micros),
            Self::Time(micros) => ValueRef::Time64(TimeUnit::Microsecond, *micros),
        }))
    }
}

/// Why a field is not loaded: `err_code` and `err_reason`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refused {
    pub code: u32,
    pub reason: String,
}

pub(super) fn refused(code: u32, reason: impl Into<String>) -> Refused {
    Refused {
        code,
        reason: reason.into(),
    }
}

/// Bytes of a file as text.
pub(super) fn decode<'a>(bytes: &'a [u8], options: &CopyOptions) -> Result<Cow<'a, str>, Refused> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => return Ok(Cow::Borrowed(text)),
        Ok(_) => return Err(refused(1220, "String contains a null terminator. Use NULL AS '\\0'.")),
        Err(error) => error,
    };
    if let Some(replacement) = options.accept_invalid_chars {
        let mut text = String::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| replacement));
        }
        return Ok(Cow::Owned(text));
    }
    let start = error.valid_up_to();
    let end = start + error.error_len().unwrap_or(bytes.len() - start);
    let hex: Vec<_> = bytes[start..end].iter().map(|byte| format!("{byte:02x}")).collect();
    Err(refused(
        1220,
        format!(
            "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {} (error 2)",
            hex.join(" ")
        ),
    ))
}

/// Makes a value of `text`; `quoted` text is never NULL for what it says.
pub(super) fn convert<'a>(
    text: Cow<'a, str>,
    quoted: bool,
    field: &Field,
    options: &CopyOptions,
) -> Result<Value<'a>, Refused> {
    let null_as = options.null_as.as_deref().unwrap_or("\\N");
    let is_text = field.kind.is_text();
    let blank = text.trim().is_empty();
    let null = (!quoted && text == null_as)
        || (options.blanks_as_null && blank && !text.is_empty())
        || (text.is_empty() && (options.empty_as_null || !is_text))
        // Blank numbers, dates and booleans are NULL.
        || (blank && !is_text);
    if null {
        return null_value(field);
    }
    match &field.kind {
        Type::Char(length) | Type::Varchar(length) => characters(text, *length, field, options),
        Type::SmallInt => integer(text.trim(), "Short", i16::MIN.into(), i16::MAX.into()),
        Type::Integer => integer(text.trim(), "Integer", i32::MIN.into(), i32::MAX.into()),
        Type::BigInt => integer(text.trim(), "Long", i64::MIN, i64::MAX),
        Type::Decimal { precision, scale } => decimal(text.trim(), *precision, *scale),
        Type::Real => double(text.trim()).map(|value| Value::Real(value as f32)),
        Type::Double => double(text.trim()).map(Value::Double),
        Type::Boolean => boolean(text.trim()),
        Type::Date => match dates::date(text.trim(), options.date_format.as_deref()) {
            Some(days) => Ok(Value::Date(days)),
            None if options.accept_any_date => null_value(field),
            None => Err(bad_date(text.trim(), options)),
        },
        Type::Timestamp | Type::TimestampTz => match dates::timestamp(text.trim(), options.time_format.as_deref()) {
            Some(micros) => Ok(Value::Timestamp(micros)),
            None if options.accept_any_date => null_value(field),
            None => {
                let format = options.time_format.as_deref().unwrap_or("YYYY-MM-DD HH24:MI:SS");
                Err(refused(1206, format!("Invalid timestamp format or value [{format}]")))
            }
        },
        Type::Time | Type::TimeTz => match dates::timestamp(&format!("1970-01-01 {}", text.trim()), None) {
            Some(micros) => Ok(Value::Time(micros)),
            None => Err(refused(1206, "Invalid time format or value [HH24:MI:SS]")),
        },
        Type::Super => match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
            Ok(_) => Ok(Value::Text(text)),
            Err(_) => Err(refused(1224, "Invalid JSON for SUPER")),
        },
        Type::Varbyte(length) => hexadecimal(text.trim(), *length),
    }
}

/// NULL, where the column may be.
pub(super) fn null_value<'a>(field: &Field) -> Result<Value<'a>, Refused> {
    if field.not_null {
        return Err(refused(1213, "Missing data for not-null field"));
    }
    Ok(Value::Null)
}

fn bad_date(text: &str, options: &CopyOptions) -> Refused {
    match options.date_format.as_deref() {
        None if text.len() < 10 => refused(1205, "Invalid Date Format - length must be 10 or more"),
        format => refused(
            1205,
            format!("Invalid Date Format [{}]", format.unwrap_or("YYYY-MM-DD")),
        ),
    }
}

fn characters<'a>(text: Cow<'a, str>, length: u32, field: &Field, options: &CopyOptions) -> Result<Value<'a>, Refused> {
    let fixed = matches!(field.kind, Type::Char(_));
    if fixed && !text.is_ascii() {
        return Err(refused(1215, "CHAR field contains a character of more than one byte"));
    }
    let length = length as usize;
    let mut end = text.len();
    if fixed || options.trim_blanks || end > length {
        // Blanks beyond the length are no error.
        let kept = text.trim_end_matches(' ').len();
        end = if fixed || options.trim_blanks {
            kept
        } else {
            kept.max(length.min(end))
        };
    }
    if end > length {
        if !options.truncate_columns {
            return Err(refused(1204, "String length exceeds DDL length"));
        }
        end = (0..=length).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    }
    Ok(Value::Text(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }))
}

fn invalid_digit(text: &str, at: usize, kind: &str) -> Refused {
    let value = text[at..].chars().next().map(String::from).unwrap_or_default();
    refused(1207, format!("Invalid digit, Value '{value}', Pos {at}, Type: {kind}"))
}

fn integer<'a>(text: &str, kind: &str, least: i64, greatest: i64) -> Result<Value<'a>, Refused> {
    let start = usize::from(text.starts_with(['+', '-']));
    if let Some(bad) = text[start..].bytes().position(|byte| !byte.is_ascii_digit()) {
        return Err(invalid_digit(text, start + bad, kind));
    }
    if start == text.len() {
        return Err(invalid_digit(text, 0, kind));
    }
    let value = text
        .parse::<i64>()
        .ok()
        .filter(|value| (least..=greatest).contains(value));
    value
        .map(Value::Long)
        .ok_or_else(|| refused(1204, format!("Overflow, Type: {kind}")))
}

/// Digits beyond the scale are rounded off.
fn decimal<'a>(text: &str, precision: u8, scale: u8) -> Result<Value<'a>, Refused> {
    let negative = text.starts_with('-');
    let start = usize::from(text.starts_with(['+', '-']));
    let (mut value, mut fraction, mut point, mut digits, mut round) = (0_i128, 0, false, 0, false);
    let overflow = || refused(1204, "Numeric data overflow (result precision)");
    for (at, byte) in text.bytes().enumerate().skip(start) {
        match byte {
            b'.' if !point => point = true,
            b'0'..=b'9' => {
                digits += 1;
                if point && fraction == scale {
                    round |= digits_after(text, at, scale) && byte >= b'5';
                    continue;
                }
                value = value
                    .checked_mul(10)
                    .and_then(|value| value.checked_add(i128::from(byte - b'0')))
                    .ok_or_else(overflow)?;
                fraction += u8::from(point);
            }
            _ => return Err(invalid_digit(text, at, "Decimal")),
        }
    }
    if digits == 0 {
        return Err(invalid_digit(text, 0, "Decimal"));
    }
    for _ in fraction..scale {
        value = value.checked_mul(10).ok_or_else(overflow)?;
    }
    value += i128::from(round);
    let value = if negative { -value } else { value };
    Decimal::new(precision, scale, value)
        .map(Value::Decimal)
        .map_err(|_| overflow())
}

/// Whether the digit at `at` is the first one beyond the scale, the one that decides on rounding.
fn digits_after(text: &str, at: usize, scale: u8) -> bool {
    text[..at]
        .rsplit_once('.')
        .is_some_and(|(_, fraction)| fraction.len() == usize::from(scale))
}

fn double(text: &str) -> Result<f64, Refused> {
    let special = ["nan", "inf", "-inf", "infinity", "-infinity"].contains(&text.to_lowercase().as_str());
    if let Some(bad) = text
        .bytes()
        .position(|byte| !matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'))
        && !special
    {
        return Err(Refused {
            code: 1208,
            ..invalid_digit(text, bad, "Double")
        });
    }
    let value: f64 = text.parse().map_err(|_| Refused {
        code: 1208,
        ..invalid_digit(text, 0, "Double")
    })?;
    if value.is_infinite() && !special {
        return Err(refused(1204, "Overflow, Type: Double"));
    }
    Ok(value)
}

fn boolean<'a>(text: &str) -> Result<Value<'a>, Refused> {
    match text.to_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "1" => Ok(Value::Boolean(true)),
        "f" | "false" | "n" | "no" | "0" => Ok(Value::Boolean(false)),
        _ => Err(refused(1210, "Unknown boolean format")),
    }
}

fn hexadecimal<'a>(text: &str, length: u32) -> Result<Value<'a>, Refused> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? * 16 + digit(*low)?),
        _ => None,
    });
    let bytes = pairs
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| refused(1207, "Invalid hexadecimal digit, Type: Varbyte"))?;
    if bytes.len() > length as usize {
        return Err(refused(1204, "Binary length exceeds DDL length"));
    }
    Ok(Value::Bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(kind: Type, text: &str) -> Result<Value<'_>, String> {
        let field = Field::new("c", kind);
        let done = convert(Cow::Borrowed(text), false, &field, &CopyOptions::default());
        done.map_err(|refused| format!("{} {}", refused.code, refused.reason))
    }

    #[test]
    fn what_does_not_fit_is_refused_in_redshifts_words() {
        let money = Type::Decimal { precision: 5, scale: 2 };
        let refused = [
            (
                Type::Integer,
                "x",
                "1207 Invalid digit, Value 'x', Pos 0, Type: Integer",
            ),
            (
                Type::SmallInt,
                "1.5",
                "1207 Invalid digit, Value '.', Pos 1, Type: Short",
            ),
            (Type::BigInt, "12a", "1207 Invalid digit, Value 'a', Pos 2, Type: Long"),
            (Type::Integer, "3000000000", "1204 Overflow, Type: Integer"),
            (
                money.clone(),
                "1,5",
                "1207 Invalid digit, Value ',', Pos 1, Type: Decimal",
            ),
            (money.clone(), "1234.5", "1204 Numeric data overflow (result precision)"),
            (Type::Double, "1x", "1208 Invalid digit, Value 'x', Pos 1, Type: Double"),
            (Type::Boolean, "maybe", "1210 Unknown boolean format"),
            (
                Type::Date,
                "2026-1-1",
                "1205 Invalid Date Format - length must be 10 or more",
            ),
            (Type::Date, "25/11/2026", "1205 Invalid Date Format [YYYY-MM-DD]"),
            (
                Type::Timestamp,
                "2026-11-25T10:00:00Z",
                "1206 Invalid timestamp format or value [YYYY-MM-DD HH24:MI:SS]",
            ),
            (Type::Varchar(3), "äöü", "1204 String length exceeds DDL length"),
            (
                Type::Char(3),
                "ä",
                "1215 CHAR field contains a character of more than one byte",
            ),
        ];
        for (kind, text, why) in refused {
            assert_eq!(load(kind, text), Err(why.to_owned()));
        }
        let required = Field {
            not_null: true,
            ..Field::new("c", Type::Integer)
        };
        let missing = convert(Cow::Borrowed(""), false, &required, &CopyOptions::default()).unwrap_err();
        assert_eq!(
            (missing.code, missing.reason.as_str()),
            (1213, "Missing data for not-null field")
        );
        let invalid = decode(b"a\xe9 b", &CopyOptions::default()).unwrap_err();
        assert!(
            invalid.reason.ends_with("Bad UTF8 hex sequence: e9 (error 2)"),
            "{}",
            invalid.reason
        );
    }

    #[test]
    fn what_fits_is_loaded() {
        let money = |text| {
            let kind = Type::Decimal { precision: 7, scale: 2 };
            load(kind, text).map(|value| match value {
                Value::Decimal(decimal) => decimal.to_string(),
                other => format!("{other:?}"),
            })
        };
        assert_eq!(money("-12.345"), Ok("-12.35".into()));
        assert_eq!(money("12.3449"), Ok("12.34".into()));
        assert_eq!(money("7"), Ok("7.00".into()));
        assert_eq!(load(Type::Char(3), "ab   "), Ok(Value::Text("ab".into())));
        assert_eq!(load(Type::Varchar(3), "ab    "), Ok(Value::Text("ab ".into())));
        assert_eq!(load(Type::Integer, " "), Ok(Value::Null));
        assert_eq!(load(Type::Varchar(3), ""), Ok(Value::Text("".into())));
        assert_eq!(load(Type::Varchar(3), "\\N"), Ok(Value::Null));
    }
}
