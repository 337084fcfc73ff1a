//! Fields that are sets of numbers: `*`, `5`, `1-5`, `MON,WED`, `0/15`, `8-18/2`.

use std::collections::BTreeSet;

/// What a field may hold.
pub(super) struct Range {
    pub name: &'static str,
    pub min: u16,
    pub max: u16,
    /// Names of its values, from the least on.
    pub names: &'static [&'static str],
}

pub(super) const MINUTES: Range = range("Minutes", 0, 59, &[]);
pub(super) const HOURS: Range = range("Hours", 0, 23, &[]);
pub(super) const DAYS: Range = range("Day-of-month", 1, 31, &[]);
pub(super) const MONTHS: Range = range(
    "Month",
    1,
    12,
    &[
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ],
);
/// Sunday is 1.
pub(super) const WEEKDAYS: Range = range("Day-of-week", 1, 7, &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]);
pub(super) const YEARS: Range = range("Year", 1970, 2199, &[]);

const fn range(name: &'static str, min: u16, max: u16, names: &'static [&'static str]) -> Range {
    Range { name, min, max, names }
}

impl Range {
    /// A number or a name of this field.
    pub fn value(&self, text: &str) -> Result<u16, String> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let value = match named {
            Some(place) => Some(self.min + place as u16),
            None => text.parse().ok().filter(|_| digits),
        };
        value
            .filter(|value| (self.min..=self.max).contains(value))
            .ok_or_else(|| format!("{} cannot be {text}; it is {} to {}", self.name, self.min, self.max))
    }
}

/// The values of a field.
#[derive(Clone, Debug)]
pub(super) struct Set(BTreeSet<u16>);

impl Set {
    pub fn parse(text: &str, range: &Range) -> Result<Self, String> {
        let mut values = BTreeSet::new();
        for part in text.split(',') {
            let (span, step) = match part.split_once('/') {
                Some((span, step)) => (span, Some(step)),
                None => (part, None),
            };
            let (first, last) = Self::span(span, step.is_some(), range)?;
            let step = step.map_or(Ok(1), |step| Self::step(step, range))?;
            if first > last {
                return Err(format!("{} {part} ends before it begins", range.name));
            }
            values.extend((first..=last).step_by(step));
        }
        Ok(Self(values))
    }

    /// `5/10` goes on to the field's end; `5` does not.
    fn span(text: &str, stepped: bool, range: &Range) -> Result<(u16, u16), String> {
        if text == "*" {
            return Ok((range.min, range.max));
        }
        if let Some((first, last)) = text.split_once('-') {
            return Ok((range.value(first)?, range.value(last)?));
        }
        let first = range.value(text)?;
        Ok((first, if stepped { range.max } else { first }))
    }

    fn step(text: &str, range: &Range) -> Result<usize, String> {
        let step = text.parse().ok().filter(|step| (1..=range.max as usize).contains(step));
        step.ok_or_else(|| format!("{} cannot go in steps of {text}", range.name))
    }

    pub fn has(&self, value: u16) -> bool {
        self.0.contains(&value)
    }

    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().copied()
    }
}
