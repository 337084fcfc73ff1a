//! Dates and timestamps of loaded text.

use jiff::civil::{Date, DateTime};

/// Days since 1970-01-01. Without a format `YYYY-MM-DD`, and what follows it is not looked at.
pub(super) fn date(text: &str, format: Option<&str>) -> Option<i32> {
    let date = match format {
        None => iso_date(text.get(..10)?)?,
        Some("auto") => auto(text)?.date(),
        Some(format) => pattern(text, format)?.0.date(),
    };
    let days = (date - Date::constant(1970, 1, 1)).get_days();
    Some(days)
}

/// Microseconds since 1970-01-01 00:00:00. Without a format `YYYY-MM-DD HH:MI:SS`, with a fraction if there is one.
pub(super) fn timestamp(text: &str, format: Option<&str>) -> Option<i64> {
    let (time, offset) = match format {
        Some("epochsecs") => return text.parse::<f64>().ok().map(|seconds| (seconds * 1e6) as i64),
        Some("epochmillisecs") => return text.parse::<f64>().ok().map(|millis| (millis * 1e3) as i64),
        None => (default_time(text)?, 0),
        Some("auto") => zoned(text)?,
        Some(format) => pattern(text, format)?,
    };
    let instant = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(instant.as_microsecond() - i64::from(offset) * 60_000_000)
}

fn number(text: &str) -> Option<i16> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn make(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn iso_date(text: &str) -> Option<Date> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    make(number(year)?, number(month)?, number(day)?)
}

fn default_time(text: &str) -> Option<DateTime> {
    let date = iso_date(text.get(..10)?)?;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(date.at(0, 0, 0, 0));
    }
    clock(date, rest.strip_prefix(' ')?)
}

/// `HH:MI[:SS[.ffffff]]`
fn clock(date: Date, text: &str) -> Option<DateTime> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let mut part = || i8::try_from(number(parts.next()?)?).ok();
    let (hour, minute, second) = (part()?, part()?, part().unwrap_or(0));
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = format!("{fraction:0<9}").parse::<i32>().ok()?;
    date.at_checked(hour, minute, second, nanos / 1000 * 1000)
}

trait AtChecked {
    fn at_checked(self, hour: i8, minute: i8, second: i8, nanos: i32) -> Option<DateTime>;
}

impl AtChecked for Date {
    fn at_checked(self, hour: i8, minute: i8, second: i8, nanos: i32) -> Option<DateTime> {
        DateTime::new(self.year(), self.month(), self.day(), hour, minute, second, nanos).ok()
    }
}

/// The forms 'auto' knows that people use (<https://docs.aws.amazon.com/redshift/latest/dg/automatic-recognition.html>).
fn auto(text: &str) -> Option<DateTime> {
    let (day, rest) = match text.find(['T', ' ']).filter(|at| *at >= 8) {
        Some(at) => (&text[..at], text[at + 1..].trim()),
        None => (text, ""),
    };
    let date = if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        make(number(&day[..4])?, number(&day[4..6])?, number(&day[6..])?)?
    } else {
        let parts: Vec<_> = day.split(['-', '/', '.']).collect();
        let [first, second, third] = parts.as_slice() else {
            return None;
        };
        match (first.len(), month(second)) {
            (4, named) => make(number(first)?, named.or_else(|| number(second))?, number(third)?)?,
            (_, Some(named)) => make(number(third)?, named, number(first)?)?,
            _ => make(number(third)?, number(first)?, number(second)?)?,
        }
    };
    if rest.is_empty() {
        Some(date.at(0, 0, 0, 0))
    } else {
        clock(date, rest)
    }
}

/// A time in a form 'auto' knows, and its offset from UTC in minutes.
fn zoned(text: &str) -> Option<(DateTime, i32)> {
    if let Some(utc) = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC")) {
        return Some((auto(utc)?, 0));
    }
    match text.rfind(['+', '-']).filter(|at| *at > 10) {
        Some(at) => Some((auto(text[..at].trim_end())?, offset(&text[at..])?)),
        None => Some((auto(text)?, 0)),
    }
}

/// `+02`, `+0200` or `+02:00` in minutes.
fn offset(text: &str) -> Option<i32> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text[1..].chars().filter(|letter| *letter != ':').collect();
    let hours = number(digits.get(..2)?)?;
    let minutes = digits.get(2..4).map_or(Some(0), number)?;
    Some(sign * (i32::from(hours) * 60 + i32::from(minutes)))
}

fn month(name: &str) -> Option<i16> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let lower = name.get(..3)?.to_lowercase();
    (1..)
        .zip(MONTHS)
        .find(|(_, month)| *month == lower)
        .map(|(number, _)| number)
}

/// `text` in a format of <https://docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html>, and
/// its offset from UTC in minutes.
fn pattern(text: &str, format: &str) -> Option<(DateTime, i32)> {
    let (mut year, mut month_of, mut day, mut hour, mut minute, mut second) = (1970, 1, 1, 0_i16, 0, 0);
    let (mut nanos, mut shift, mut afternoon) = (0_i32, 0, None);
    let (mut text, mut format) = (text, format);
    while !format.is_empty() {
        let upper = format.to_uppercase();
        let starts = |part: &str| upper.starts_with(part);
        let mut take = |length: usize| {
            let digits = text.bytes().take(length).take_while(u8::is_ascii_digit).count();
            let (taken, rest) = text.split_at(digits);
            text = rest;
            number(taken)
        };
        let used = if starts("YYYY") {
            year = take(4)?;
            4
        } else if starts("YY") {
            let short = take(2)?;
            year = short + if short < 70 { 2000 } else { 1900 };
            2
        } else if starts("MONTH") || starts("MON") {
            let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
            month_of = month(&text[..letters])?;
            text = &text[letters..];
            if starts("MONTH") { 5 } else { 3 }
        } else if starts("MM") {
            month_of = take(2)?;
            2
        } else if starts("DD") {
            day = take(2)?;
            2
        } else if starts("HH24") || starts("HH12") {
            hour = take(2)?;
            4
        } else if starts("HH") {
            hour = take(2)?;
            2
        } else if starts("MI") {
            minute = take(2)?;
            2
        } else if starts("SS") {
            second = take(2)?;
            // A fraction may follow without being asked for.
            if let Some(rest) = text.strip_prefix('.').filter(|_| format.len() == 2) {
                let digits = rest.bytes().take(9).take_while(u8::is_ascii_digit).count();
                nanos = format!("{:0<9}", &rest[..digits]).parse().ok()?;
                text = &rest[digits..];
            }
            2
        } else if starts("MS") || starts("US") {
            let digits = text.bytes().take(9).take_while(u8::is_ascii_digit).count();
            nanos = format!("{:0<9}", &text[..digits]).parse().ok()?;
            text = &text[digits..];
            2
        } else if starts("AM") || starts("PM") {
            afternoon = Some(text.get(..2)?.eq_ignore_ascii_case("pm"));
            text = &text[2..];
            2
        } else if starts("OF") || starts("TZ") {
            match text.strip_prefix('Z') {
                Some(rest) => text = rest,
                None => {
                    shift = offset(text)?;
                    text = "";
                }
            }
            2
        } else {
            let expected = format.chars().next()?;
            text = text.strip_prefix(expected)?;
            expected.len_utf8()
        };
        format = &format[used..];
    }
    match afternoon {
        Some(true) if hour < 12 => hour += 12,
        Some(false) if hour == 12 => hour = 0,
        _ => {}
    }
    let small = |number: i16| i8::try_from(number).ok();
    let date = make(year, month_of, day)?;
    let time = date.at_checked(small(hour)?, small(minute)?, small(second)?, nanos / 1000 * 1000)?;
    text.is_empty().then_some((time, shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_their_formats() {
        let day = date("2026-11-25", None).unwrap();
        assert_eq!(day, 20_782);
        assert_eq!(date("2026-11-25 10:00:00", None), Some(day));
        assert_eq!(date("2026-11", None), None);
        assert_eq!(date("2026-13-01", None), None);
        for text in ["11/25/2026", "2026/11/25", "20261125", "25-Nov-2026", "2026-11-25"] {
            assert_eq!(date(text, Some("auto")), Some(day), "{text}");
        }
        assert_eq!(date("25.11.26", Some("DD.MM.YY")), Some(day));
        assert_eq!(date("Nov 25, 2026", Some("MON DD, YYYY")), Some(day));
    }

    #[test]
    fn timestamps_are_read_in_their_formats() {
        let time = 1_795_600_800_000_000;
        assert_eq!(timestamp("2026-11-25 10:00:00", None), Some(time));
        assert_eq!(timestamp("2026-11-25 10:00:00.5", None), Some(time + 500_000));
        assert_eq!(timestamp("2026-11-25T10:00:00Z", None), None);
        for text in [
            "2026-11-25T10:00:00Z",
            "2026-11-25T12:00:00+02:00",
            "2026-11-25 10:00:00",
        ] {
            assert_eq!(timestamp(text, Some("auto")), Some(time), "{text}");
        }
        assert_eq!(timestamp("1795600800", Some("epochsecs")), Some(time));
        assert_eq!(timestamp("1795600800000", Some("epochmillisecs")), Some(time));
        assert_eq!(
            timestamp("11/25/2026 10:00:00 AM", Some("MM/DD/YYYY HH12:MI:SS AM")),
            Some(time)
        );
        assert_eq!(
            timestamp("2026-11-25T10:00:00", Some("YYYY-MM-DDTHH:MI:SS")),
            Some(time)
        );
    }
}
