//! Values in the contract's types, read from texts.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use super::json::is_number;

/// Types of columns, as source.json names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    TextList,
    SmallInt,
    Int,
    BigInt,
    Decimal { precision: u8, scale: u8 },
    Double,
    Boolean,
    Date,
    Timestamp,
}

/// A value of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Integer(i64),
    /// In units of the scale's last digit.
    Decimal(i128),
    Double(f64),
    Boolean(bool),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    Text(Cow<'a, str>),
    List(Vec<Cow<'a, str>>),
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Kind::Text => "string",
            Kind::TextList => "array<string>",
            Kind::SmallInt => "smallint",
            Kind::Int => "int",
            Kind::BigInt => "bigint",
            Kind::Decimal { precision, scale } => return write!(formatter, "decimal({precision},{scale})"),
            Kind::Double => "double",
            Kind::Boolean => "boolean",
            Kind::Date => "date",
            Kind::Timestamp => "timestamp",
        })
    }
}

impl Kind {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "string" => Kind::Text,
            "array<string>" => Kind::TextList,
            "smallint" => Kind::SmallInt,
            "int" => Kind::Int,
            "bigint" => Kind::BigInt,
            "double" => Kind::Double,
            "boolean" => Kind::Boolean,
            "date" => Kind::Date,
            "timestamp" => Kind::Timestamp,
            _ => {
                let (precision, scale) = text.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
                let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
                let fits = (1..=38).contains(&precision) && scale <= precision;
                fits.then_some(Kind::Decimal { precision, scale })?
            }
        })
    }

    /// A value written in the contract.
    pub fn literal(self, text: &str) -> Option<Value<'static>> {
        match self {
            Kind::Text | Kind::TextList => Some(Value::Text(Cow::Owned(text.to_owned()))),
            _ => self.read(text),
        }
    }

    /// The value of a text that is not of a text column; `None` if it is not of the type.
    pub fn read(self, text: &str) -> Option<Value<'static>> {
        match self {
            Kind::Text | Kind::TextList => None,
            Kind::SmallInt => integer(text)
                .filter(|value| i16::try_from(*value).is_ok())
                .map(Value::Integer),
            Kind::Int => integer(text)
                .filter(|value| i32::try_from(*value).is_ok())
                .map(Value::Integer),
            Kind::BigInt => integer(text).map(Value::Integer),
            Kind::Decimal { precision, scale } => decimal(text, precision, scale).map(Value::Decimal),
            Kind::Double if is_number(text) => {
                let value: f64 = text.parse().ok()?;
                // A zero has no sign: engines keep it or drop it.
                value.is_finite().then_some(Value::Double(value + 0.0))
            }
            Kind::Double => None,
            Kind::Boolean => match text {
                "true" => Some(Value::Boolean(true)),
                "false" => Some(Value::Boolean(false)),
                _ => None,
            },
            Kind::Date => date(text).map(Value::Date),
            Kind::Timestamp => timestamp(text).map(Value::Timestamp),
        }
    }
}

impl Value<'_> {
    /// Order of values of one type; `None` between others.
    pub fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
            (Value::Decimal(left), Value::Decimal(right)) => Some(left.cmp(right)),
            (Value::Double(left), Value::Double(right)) => left.partial_cmp(right),
            (Value::Date(left), Value::Date(right)) => Some(left.cmp(right)),
            (Value::Timestamp(left), Value::Timestamp(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }
}

fn integer(text: &str) -> Option<i64> {
    let whole = is_number(text) && !text.contains(['.', 'e', 'E']);
    whole.then(|| text.parse().ok()).flatten()
}

/// Whether the text is a number without exponent, of however many digits.
pub(super) fn is_plain_number(text: &str) -> bool {
    is_number(text) && !text.contains(['e', 'E'])
}

/// Exact, or nothing: more digits than the type has are not rounded away.
fn decimal(text: &str, precision: u8, scale: u8) -> Option<i128> {
    if !is_plain_number(text) {
        return None;
    }
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let (places, scale) = (usize::from(precision - scale), usize::from(scale));
    if whole.len() > places || fraction.len() > scale {
        return None;
    }
    let digits = whole.bytes().chain(fraction.bytes());
    let padding = std::iter::repeat_n(b'0', scale - fraction.len());
    // At most 38 digits, as the type has.
    let value = digits
        .chain(padding)
        .fold(0i128, |value, digit| value * 10 + i128::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// `YYYY-MM-DD`, years 1 to 9999.
fn date(text: &str) -> Option<i32> {
    match text.as_bytes() {
        [y @ .., b'-', m1, m2, b'-', d1, d2] if y.len() == 4 => {
            let (year, month, day) = (number(y)?, number(&[*m1, *m2])?, number(&[*d1, *d2])?);
            let date = jiff::civil::Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok()?;
            let epoch = jiff::civil::Date::constant(1970, 1, 1);
            // Whole days, for both are midnights.
            let days = date.duration_since(epoch).as_hours() / 24;
            (year > 0).then_some(days as i32)
        }
        _ => None,
    }
}

/// `YYYY-MM-DD`, `T` or a space, `HH:MM:SS`, up to nine digits of a second, of which six count, `Z` or `+HH:MM` or
/// nothing, which is UTC.
fn timestamp(text: &str) -> Option<i64> {
    let (day, rest) = (text.get(..10)?, text.as_bytes().get(10..)?);
    let [b'T' | b' ', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = rest else {
        return None;
    };
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (micros, zone) = match rest {
        [b'.', rest @ ..] => {
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if !(1..=9).contains(&length) {
                return None;
            }
            let digits = rest[..length].iter().chain(std::iter::repeat(&b'0'));
            let micros = digits
                .take(6)
                .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
            (micros, &rest[length..])
        }
        _ => (0, rest),
    };
    let seconds = i64::from(date(day)?) * 86_400 + hour * 3_600 + minute * 60 + second - offset(zone)?;
    Some(seconds * 1_000_000 + micros)
}

/// Seconds east of UTC; at most 18 hours, as java.time has it.
fn offset(zone: &[u8]) -> Option<i64> {
    match zone {
        [] | [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
            let seconds = hours * 3_600 + minutes * 60;
            let sign = if *sign == b'-' { -1 } else { 1 };
            (minutes < 60 && seconds <= 18 * 3_600).then_some(sign * seconds)
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_they_are_read() {
        for text in [
            "string",
            "array<string>",
            "smallint",
            "int",
            "bigint",
            "decimal(12,2)",
            "double",
            "timestamp",
        ] {
            assert_eq!(Kind::parse(text).unwrap().to_string(), text);
        }
        for text in ["text", "decimal", "decimal(39,2)", "decimal(2,3)", "decimal(2)"] {
            assert_eq!(Kind::parse(text), None, "{text}");
        }
    }

    #[test]
    fn decimals_keep_every_digit_or_are_refused() {
        let read = |text: &str| decimal(text, 12, 2);
        assert_eq!(read("9999999999.99"), Some(999_999_999_999));
        assert_eq!(read("-0.5000"), Some(-50));
        for text in ["0.001", "10000000000", "1e2", "1.", ".5", "+1", "01", ""] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(decimal(&"9".repeat(38), 38, 0), Some(10i128.pow(38) - 1));
        assert_eq!(decimal("0.12", 2, 2), Some(12));
    }

    #[test]
    fn dates_and_timestamps_are_strict() {
        assert_eq!(date("1970-01-02"), Some(1));
        assert_eq!(date("0001-01-01"), Some(-719_162));
        for text in [
            "2023-02-29",
            "0000-01-01",
            "2023-2-01",
            "20230201",
            "2023-02-01 ",
            "-023-02-01",
        ] {
            assert_eq!(date(text), None, "{text}");
        }
        assert_eq!(timestamp("1970-01-01T00:00:01.5Z"), Some(1_500_000));
        assert_eq!(timestamp("1970-01-01 01:00:00.123456789+01:00"), Some(123_456));
        assert_eq!(timestamp("1970-01-01T00:00:00"), Some(0));
        for text in [
            "1970-01-01",
            "1970-01-01T24:00:00Z",
            "1970-01-01T00:00:60Z",
            "1970-01-01T00:00:00.Z",
        ] {
            assert_eq!(timestamp(text), None, "{text}");
        }
        assert_eq!(timestamp("1970-01-01T00:00:00+18:30"), None);
    }
}
