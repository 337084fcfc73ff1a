//! Parts of dates and times, and intervals made of them.

use super::ast::{Expr, Part};
use super::cursor::Cursor;
use super::error::{SyntaxError, failure};
use super::lex::Kind;

/// The part that a word names
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html>).
pub(super) fn part(word: &str) -> Option<Part> {
    Some(match word {
        "millennium" | "millennia" | "mil" | "mils" => Part::Millennium,
        "century" | "centuries" | "c" | "cent" | "cents" => Part::Century,
        "decade" | "decades" | "dec" | "decs" => Part::Decade,
        "year" | "years" | "y" | "yr" | "yrs" => Part::Year,
        "quarter" | "quarters" | "qtr" | "qtrs" => Part::Quarter,
        "month" | "months" | "mon" | "mons" => Part::Month,
        "week" | "weeks" | "w" => Part::Week,
        "day" | "days" | "d" => Part::Day,
        "dayofweek" | "dow" | "dw" | "weekday" => Part::DayOfWeek,
        "dayofyear" | "doy" | "dy" | "yearday" => Part::DayOfYear,
        "hour" | "hours" | "h" | "hr" | "hrs" => Part::Hour,
        "minute" | "minutes" | "m" | "min" | "mins" => Part::Minute,
        "second" | "seconds" | "s" | "sec" | "secs" => Part::Second,
        "millisecond" | "milliseconds" | "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisec"
        | "millisecs" | "millisecon" => Part::Millisecond,
        "microsecond" | "microseconds" | "microsec" | "microsecs" | "usecond" | "useconds" | "us" | "usec"
        | "usecs" => Part::Microsecond,
        "epoch" => Part::Epoch,
        _ => return None,
    })
}

/// DuckDB's name.
pub(super) fn duck(part: Part) -> &'static str {
    match part {
        Part::Millennium => "millennium",
        Part::Century => "century",
        Part::Decade => "decade",
        Part::Year => "year",
        Part::Quarter => "quarter",
        Part::Month => "month",
        Part::Week => "week",
        Part::Day => "day",
        Part::DayOfWeek => "dow",
        Part::DayOfYear => "doy",
        Part::Hour => "hour",
        Part::Minute => "minute",
        Part::Second => "second",
        Part::Millisecond => "millisecond",
        Part::Microsecond => "microsecond",
        Part::Epoch => "epoch",
    }
}

/// DuckDB's interval of `count` (DuckDB's SQL) parts. `None`: not a length of time.
pub(super) fn interval_of(part: Part, count: &str) -> Option<String> {
    let (function, factor, kind) = match part {
        Part::Millennium => ("to_years", 1000, "INTEGER"),
        Part::Century => ("to_years", 100, "INTEGER"),
        Part::Decade => ("to_years", 10, "INTEGER"),
        Part::Year => ("to_years", 1, "INTEGER"),
        Part::Quarter => ("to_months", 3, "INTEGER"),
        Part::Month => ("to_months", 1, "INTEGER"),
        Part::Week => ("to_days", 7, "INTEGER"),
        Part::Day => ("to_days", 1, "INTEGER"),
        Part::Hour => ("to_hours", 1, "BIGINT"),
        Part::Minute => ("to_minutes", 1, "BIGINT"),
        Part::Second => ("to_microseconds", 1_000_000, "BIGINT"),
        Part::Millisecond => ("to_microseconds", 1000, "BIGINT"),
        Part::Microsecond => ("to_microseconds", 1, "BIGINT"),
        Part::DayOfWeek | Part::DayOfYear | Part::Epoch => return None,
    };
    Some(match factor {
        1 => format!("{function}(CAST({count} AS {kind}))"),
        _ => format!("{function}(CAST({count} AS {kind}) * {factor})"),
    })
}

/// `INTERVAL '1 day 2 hours'` or `INTERVAL '1' DAY`
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_interval_literals.html>).
pub(super) fn interval(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    cursor.expect("interval")?;
    let at = cursor.offset();
    let text = cursor.text()?;
    let unit = match cursor.kind() {
        Kind::Word(word) if matches!(word.as_str(), "year" | "month" | "day" | "hour" | "minute" | "second") => {
            cursor.advance();
            part(word)
        }
        _ => None,
    };
    let invalid = || failure(at, format_args!("invalid input syntax for type interval: \"{text}\""));
    if cursor.is("to") {
        return Err(super::error::unsupported(
            cursor.offset(),
            "An interval of several fields (YEAR TO MONTH)",
            "it has INTERVAL '1 year 2 months'",
        ));
    }
    let mut parts = Vec::new();
    let spaced = text.replace(',', " ");
    let mut rest = spaced.trim();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || matches!(c, '-' | '+' | '.')));
        let (count, tail) = rest.split_at(digits.unwrap_or(rest.len()));
        let tail = tail.trim_start();
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (word, after) = tail.split_at(letters);
        let kind = match (word, unit) {
            // A number alone counts seconds.
            ("", unit) => unit.unwrap_or(Part::Second),
            (word, None) => part(&word.to_ascii_lowercase()).ok_or_else(invalid)?,
            _ => return Err(invalid()),
        };
        parts.push(counted(count, kind).ok_or_else(invalid)?);
        rest = after.trim_start();
    }
    if parts.is_empty() {
        return Err(invalid());
    }
    Ok(Expr::Interval(parts))
}

/// So many parts; a fraction counts microseconds, which months have no number of.
fn counted(count: &str, kind: Part) -> Option<(String, Part)> {
    interval_of(kind, "1")?;
    if count.parse::<i64>().is_ok() {
        return Some((count.to_owned(), kind));
    }
    let unit: i64 = match kind {
        Part::Week => 604_800_000_000,
        Part::Day => 86_400_000_000,
        Part::Hour => 3_600_000_000,
        Part::Minute => 60_000_000,
        Part::Second => 1_000_000,
        Part::Millisecond => 1_000,
        _ => return None,
    };
    let (whole, places) = count.split_once('.')?;
    let negative = whole.starts_with('-');
    let digits = whole.trim_start_matches(['-', '+']);
    if places.len() > 9 || !digits.chars().chain(places.chars()).all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let scale = 10_i128.pow(u32::try_from(places.len()).ok()?);
    let places: i128 = if places.is_empty() { 0 } else { places.parse().ok()? };
    let units = i128::from(whole) * i128::from(unit) + places * i128::from(unit) / scale;
    let units = i64::try_from(if negative { -units } else { units }).ok()?;
    Some((units.to_string(), Part::Microsecond))
}
