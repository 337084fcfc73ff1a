//! Object keys: prefixes with expressions, and the suffix Firehose adds.
//! Source: Firehose developer guide, "Understand custom prefixes for Amazon S3 objects" and "Configure Amazon S3
//! object name format".

use std::fmt::Write;

use jiff::civil::Weekday;
use jiff::{ToSpan, Zoned};
use rand::RngExt;

/// Characters of `!{firehose:random-string}`.
const RANDOM: usize = 11;

/// A parsed prefix.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prefix(Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Literal(String),
    Time(Vec<TimePart>),
    RandomString,
    ErrorOutputType,
}

#[derive(Clone, Debug, PartialEq)]
enum TimePart {
    Literal(String),
    /// A letter of Java's DateTimeFormatter and how often it stands.
    Field(char, usize),
}

/// Why a prefix cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum PrefixError {
    #[error("{0}")]
    Invalid(String),
    /// AWS takes it.
    #[error("{0}")]
    NotImplemented(String),
}

impl Prefix {
    pub fn parse(text: &str) -> Result<Self, PrefixError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("!{") {
            if start > 0 {
                parts.push(Part::Literal(rest[..start].to_owned()));
            }
            let Some(end) = rest[start..].find('}') else {
                return Err(PrefixError::Invalid(format!(
                    "the expression in prefix '{text}' has no end"
                )));
            };
            parts.push(expression(&rest[start + 2..start + end])?);
            rest = &rest[start + end + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Literal(rest.to_owned()));
        }
        Ok(Self(parts))
    }

    pub fn has_expressions(&self) -> bool {
        self.0.iter().any(|part| !matches!(part, Part::Literal(_)))
    }

    pub fn has_error_output_type(&self) -> bool {
        self.0.contains(&Part::ErrorOutputType)
    }

    /// Where objects of the moment `at` go. Without a timestamp expression the default one is appended.
    pub fn evaluate(&self, at: &Zoned) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Literal(text) => out.push_str(text),
                Part::Time(parts) => parts.iter().for_each(|part| part.write(at, &mut out)),
                Part::RandomString => out.push_str(&random_string()),
                Part::ErrorOutputType => out.push_str("processing-failed"),
            }
        }
        if !self.0.iter().any(|part| matches!(part, Part::Time(_))) {
            out.push_str(&at.strftime("%Y/%m/%d/%H/").to_string());
        }
        out
    }
}

fn expression(text: &str) -> Result<Part, PrefixError> {
    match text.split_once(':') {
        Some(("timestamp", pattern)) => pattern_parts(pattern).map(Part::Time),
        Some(("firehose", "random-string")) => Ok(Part::RandomString),
        Some(("firehose", "error-output-type")) => Ok(Part::ErrorOutputType),
        Some(("partitionKeyFromQuery" | "partitionKeyFromLambda", _)) => Err(PrefixError::NotImplemented(format!(
            "dynamic partitioning (!{{{text}}} in a prefix)"
        ))),
        _ => Err(PrefixError::Invalid(format!(
            "'!{{{text}}}' is not an expression of prefixes"
        ))),
    }
}

fn pattern_parts(pattern: &str) -> Result<Vec<TimePart>, PrefixError> {
    let mut parts = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            let mut literal = String::new();
            loop {
                match chars.next() {
                    // Two quotes are one.
                    Some('\'') if chars.peek() == Some(&'\'') => literal.extend(chars.next()),
                    Some('\'') => break,
                    Some(other) => literal.push(other),
                    None => {
                        let message = format!("the quote in timestamp pattern '{pattern}' has no end");
                        return Err(PrefixError::Invalid(message));
                    }
                }
            }
            parts.push(TimePart::Literal(if literal.is_empty() { "'".into() } else { literal }));
        } else if c.is_ascii_alphabetic() {
            let mut count = 1;
            while chars.next_if_eq(&c).is_some() {
                count += 1;
            }
            if !"yuYMLdDHhmsSaEw".contains(c) {
                let what = format!("the letter {c} in the timestamp pattern of a prefix ('{pattern}')");
                return Err(PrefixError::NotImplemented(what));
            }
            parts.push(TimePart::Field(c, count));
        } else {
            parts.push(TimePart::Literal(c.to_string()));
        }
    }
    Ok(parts)
}

impl TimePart {
    fn write(&self, at: &Zoned, out: &mut String) {
        let (letter, count) = match self {
            Self::Literal(text) => return out.push_str(text),
            Self::Field(letter, count) => (*letter, *count),
        };
        let number = match letter {
            'y' | 'u' if count == 2 => i64::from(at.year()) % 100,
            'y' | 'u' => at.year().into(),
            'Y' if count == 2 => week_year(at).0 % 100,
            'Y' => week_year(at).0,
            'w' => week_year(at).1,
            'M' | 'L' if count <= 2 => at.month().into(),
            'd' => at.day().into(),
            'D' => at.day_of_year().into(),
            'H' => at.hour().into(),
            'h' => i64::from((at.hour() + 11) % 12 + 1),
            'm' => at.minute().into(),
            's' => at.second().into(),
            _ => return self.write_text(at, out),
        };
        // Writing to a string cannot fail.
        let _ = write!(out, "{number:0count$}");
    }

    fn write_text(&self, at: &Zoned, out: &mut String) {
        let text = match self {
            Self::Field('S', count) => format!("{:09}", at.subsec_nanosecond())[..(*count).min(9)].to_owned(),
            Self::Field('a', _) => at.strftime("%p").to_string(),
            Self::Field('E', 4..) => at.strftime("%A").to_string(),
            Self::Field('E', _) => at.strftime("%a").to_string(),
            Self::Field(_, 4..) => at.strftime("%B").to_string(),
            Self::Field(..) => at.strftime("%b").to_string(),
            Self::Literal(text) => text.clone(),
        };
        out.push_str(&text);
    }
}

/// Java's week-based year and week in its default locale: weeks begin on Sunday, and the week of January 1st is
/// the first. Both follow from the week's Saturday.
fn week_year(at: &Zoned) -> (i64, i64) {
    let date = at.date();
    let days = date.weekday().until(Weekday::Saturday);
    let saturday = date.saturating_add(i64::from(days).days());
    (saturday.year().into(), i64::from((saturday.day_of_year() - 1) / 7 + 1))
}

fn random_string() -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..RANDOM)
        .map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]))
        .collect()
}

/// `<delivery stream>-<version>-yyyy-MM-dd-HH-mm-ss-<uuid><extension>`
pub(super) fn suffix(name: &str, version: u64, at: &Zoned, extension: &str) -> String {
    let time = at.strftime("%Y-%m-%d-%H-%M-%S");
    format!("{name}-{version}-{time}-{}{extension}", uuid::Uuid::new_v4())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Zoned {
        text.parse().unwrap()
    }

    fn evaluate(prefix: &str, time: &str) -> String {
        Prefix::parse(prefix).unwrap().evaluate(&at(time))
    }

    #[test]
    fn expressions_are_evaluated_as_java_formats() {
        let noon = "2024-02-29T15:04:05.678[UTC]";
        for (prefix, expected) in [
            ("", "2024/02/29/15/"),
            ("raw/", "raw/2024/02/29/15/"),
            ("raw/!{timestamp:yyyy/MM/dd}/", "raw/2024/02/29/"),
            ("year=!{timestamp:yyyy}/month=!{timestamp:MM}/", "year=2024/month=02/"),
            (
                "dt=!{timestamp:yyyy'-'MM'-'dd}/h=!{timestamp:HH}/",
                "dt=2024-02-29/h=15/",
            ),
            ("!{timestamp:yy-M-d_hh:mm:ss.SSS a}", "24-2-29_03:04:05.678 PM"),
            ("!{timestamp:EEE, EEEE MMM MMMM D}", "Thu, Thursday Feb February 60"),
            ("!{timestamp:'it''s' yyyy}", "it's 2024"),
        ] {
            assert_eq!(evaluate(prefix, noon), expected, "{prefix}");
        }
    }

    #[test]
    fn week_based_years_differ_at_the_turn_of_the_year() {
        assert_eq!(evaluate("!{timestamp:YYYY-ww}", "2023-12-31T00:00[UTC]"), "2024-01");
        assert_eq!(evaluate("!{timestamp:YYYY-ww}", "2022-12-31T00:00[UTC]"), "2022-53");
        assert_eq!(evaluate("!{timestamp:YYYY-ww}", "2023-01-01T00:00[UTC]"), "2023-01");
    }

    #[test]
    fn midnight_is_twelve_on_a_twelve_hour_clock() {
        assert_eq!(evaluate("!{timestamp:hh a}", "2024-01-01T00:00[UTC]"), "12 AM");
        assert_eq!(evaluate("!{timestamp:hh a}", "2024-01-01T12:00[UTC]"), "12 PM");
    }

    #[test]
    fn a_random_string_has_eleven_letters_and_the_default_time_behind_it() {
        let key = evaluate("r/!{firehose:random-string}/", "2024-01-01T00:00[UTC]");
        assert!(key.starts_with("r/") && key.ends_with("/2024/01/01/00/"), "{key}");
        assert_eq!(key.split('/').nth(1).unwrap().len(), RANDOM);
    }

    #[test]
    fn what_is_wrong_with_a_prefix_is_said() {
        for prefix in [
            "!{timestamp:yyyy",
            "!{time:yyyy}",
            "!{firehose:uuid}",
            "!{timestamp:'x}",
        ] {
            assert!(
                matches!(Prefix::parse(prefix), Err(PrefixError::Invalid(_))),
                "{prefix}"
            );
        }
        for prefix in ["!{partitionKeyFromQuery:a}", "!{timestamp:VV}"] {
            assert!(
                matches!(Prefix::parse(prefix), Err(PrefixError::NotImplemented(_))),
                "{prefix}"
            );
        }
    }

    #[test]
    fn the_suffix_names_stream_version_and_time() {
        let key = suffix("s", 3, &at("2024-02-29T15:04:05[UTC]"), ".gz");
        assert!(
            key.starts_with("s-3-2024-02-29-15-04-05-") && key.ends_with(".gz"),
            "{key}"
        );
    }
}
