//! Dates and times written as text
//! (<https://docs.aws.amazon.com/redshift/latest/dg/r_Date_and_time_literals.html>).

use super::error::{SyntaxError, failure, unsupported};

/// A date, or a timestamp, as DuckDB reads it: `2026-11-25 13:04:05`.
///
/// # Errors
/// What is none, and the forms that are not known: names of months, time zones and words such as `today`.
pub(super) fn iso(text: &str, at: usize) -> Result<String, SyntaxError> {
    let text = text.trim();
    if matches!(
        text.to_ascii_lowercase().as_str(),
        "now" | "today" | "tomorrow" | "yesterday"
    ) {
        return Err(unsupported(
            at,
            format_args!("The date '{text}'"),
            "it has GETDATE() and CURRENT_DATE",
        ));
    }
    if text.eq_ignore_ascii_case("epoch") {
        return Ok("1970-01-01 00:00:00".to_owned());
    }
    let (date, time) = match text.find(['T', ' ']) {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            text.get(at + 1..).unwrap_or_default().trim(),
        ),
        None => (text, ""),
    };
    let Some(date) = iso_date(date) else {
        return Err(failure(
            at,
            format_args!("invalid input syntax for type timestamp: \"{text}\""),
        ));
    };
    if time.is_empty() {
        return Ok(date);
    }
    if !time.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.')) {
        return Err(unsupported(
            at,
            "A literal with a time zone",
            "it has TIMESTAMP, in UTC",
        ));
    }
    Ok(format!("{date} {time}"))
}

/// `2026-11-25`, `2026/11/25`, `20261125`, `11/25/2026` and `11-25-2026`.
fn iso_date(text: &str) -> Option<String> {
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if text.len() == 8 && digits(text) {
        return Some(format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..)?));
    }
    let parts: Vec<_> = text.split(['-', '/']).collect();
    let [a, b, c] = parts[..] else {
        return None;
    };
    if ![a, b, c].into_iter().all(|part| !part.is_empty() && digits(part)) {
        return None;
    }
    match (a.len(), b.len(), c.len()) {
        (4, 1..=2, 1..=2) => Some(format!("{a}-{b:0>2}-{c:0>2}")),
        (1..=2, 1..=2, 4) => Some(format!("{c}-{a:0>2}-{b:0>2}")),
        _ => None,
    }
}
