//! Values of a column's type: bounds and allowed values.

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::Date;

use super::ColumnType;
use crate::template::fields::{Fields, wrong_type};
use crate::template::node::{Data, Node};
use crate::template::sink::{Finding, Sink};

/// `min` and `max`, as texts of the column's type.
pub(super) fn read(fields: &Fields<'_>, kind: &ColumnType, sink: &mut Sink) -> (Option<String>, Option<String>) {
    let mut bound = |key: &str| {
        let node = fields.node(key)?;
        if matches!(
            kind,
            ColumnType::Text { .. } | ColumnType::TextList { .. } | ColumnType::Boolean
        ) {
            let message = format!("`{key}` is for columns of numbers, dates and times");
            sink.push(Finding::error("wrong-value", node.span, message));
            return None;
        }
        value(node, kind, key, sink)
    };
    let (min, max) = (bound("min"), bound("max"));
    if let (Some(low), Some(high), Some(node)) = (&min, &max, fields.node("max"))
        && compare(low, high, kind) == Some(Ordering::Greater)
    {
        let message = format!("`max` is less than `min`: {high} < {low}");
        sink.push(Finding::error("wrong-value", node.span, message).help("exchange the two"));
    }
    (min, max)
}

/// A value written in the contract as the text it has in that column; reports one that the type does not have.
pub(super) fn value(node: &Node, kind: &ColumnType, key: &str, sink: &mut Sink) -> Option<String> {
    let Some(text) = node.scalar_text() else {
        return wrong_type(node, &format!("`{key}`"), "a value of the column's type", sink);
    };
    let quoted = matches!(node.data, Data::Text(_));
    let texts = matches!(kind, ColumnType::Text { .. } | ColumnType::TextList { .. });
    let good = if texts { quoted } else { fits(&text, kind) };
    if !good || too_long(&text, kind) {
        let message = format!("`{key}`: {text} is not {}", article(kind));
        sink.push(Finding::error("wrong-value", node.span, message));
        return None;
    }
    Some(text)
}

fn too_long(text: &str, kind: &ColumnType) -> bool {
    match kind {
        ColumnType::Text { max_bytes } | ColumnType::TextList { max_bytes, .. } => text.len() > *max_bytes as usize,
        _ => false,
    }
}

fn fits(text: &str, kind: &ColumnType) -> bool {
    match kind {
        ColumnType::SmallInt => text.parse::<i16>().is_ok(),
        ColumnType::Integer => text.parse::<i32>().is_ok(),
        ColumnType::BigInt => text.parse::<i64>().is_ok(),
        ColumnType::Decimal { precision, scale } => scaled(text, *precision, *scale).is_some(),
        ColumnType::Double => text.parse::<f64>().is_ok_and(f64::is_finite),
        ColumnType::Boolean => matches!(text, "true" | "false"),
        ColumnType::Date => text.len() == 10 && text.parse::<Date>().is_ok(),
        ColumnType::Timestamp => text.parse::<Timestamp>().is_ok(),
        ColumnType::Text { .. } | ColumnType::TextList { .. } => true,
    }
}

/// A decimal as an integer of its smallest unit; `None` if it has more digits than the column.
fn scaled(text: &str, precision: u8, scale: u8) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (precision, scale) = (usize::from(precision), usize::from(scale));
    if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > scale {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    if whole.len() + scale > precision {
        return None;
    }
    let value: i128 = format!("0{whole}{fraction:0<scale$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

fn compare(left: &str, right: &str, kind: &ColumnType) -> Option<Ordering> {
    match kind {
        ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => {
            Some(left.parse::<i64>().ok()?.cmp(&right.parse::<i64>().ok()?))
        }
        ColumnType::Decimal { precision, scale } => {
            Some(scaled(left, *precision, *scale)?.cmp(&scaled(right, *precision, *scale)?))
        }
        ColumnType::Double => left.parse::<f64>().ok()?.partial_cmp(&right.parse::<f64>().ok()?),
        ColumnType::Date => Some(left.parse::<Date>().ok()?.cmp(&right.parse::<Date>().ok()?)),
        ColumnType::Timestamp => Some(left.parse::<Timestamp>().ok()?.cmp(&right.parse::<Timestamp>().ok()?)),
        ColumnType::Text { .. } | ColumnType::TextList { .. } | ColumnType::Boolean => None,
    }
}

fn article(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Text { max_bytes } | ColumnType::TextList { max_bytes, .. } => {
            format!("a string of at most {max_bytes} bytes")
        }
        ColumnType::SmallInt => "a smallint (-32768 to 32767)".into(),
        ColumnType::Integer => "an int (-2147483648 to 2147483647)".into(),
        ColumnType::BigInt => "a bigint".into(),
        ColumnType::Decimal { precision, scale } => format!("a decimal({precision},{scale})"),
        ColumnType::Double => "a number".into(),
        ColumnType::Boolean => "true or false".into(),
        ColumnType::Date => "a date: \"YYYY-MM-DD\"".into(),
        ColumnType::Timestamp => "a timestamp: \"YYYY-MM-DDTHH:MM:SSZ\"".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_fit_their_digits() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-1.5", Some(-150)),
            ("1234.56", Some(123_456)),
            ("0012", Some(1200)),
        ] {
            assert_eq!(scaled(text, 6, 2), expected, "{text}");
        }
        for text in ["12345", "1.234", "", ".5", "1e3", "--1", "x"] {
            assert_eq!(scaled(text, 6, 2), None, "{text}");
        }
        assert_eq!(
            scaled("99999999999999999999999999999999999999", 38, 0),
            Some(10i128.pow(38) - 1)
        );
    }
}
