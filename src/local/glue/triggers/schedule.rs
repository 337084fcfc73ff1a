//! Cron expressions of AWS: `cron(Minutes Hours Day-of-month Month Day-of-week Year)`, in UTC.
//! Sources: "Time-based schedules for jobs and crawlers" in the Glue developer guide; "Cron expressions" in the
//! EventBridge one.

mod day;
mod field;

#[cfg(test)]
mod tests;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use self::day::Day;
use self::field::{DAYS, HOURS, MINUTES, MONTHS, Set, WEEKDAYS, YEARS};
use crate::local::error::AwsError;
use crate::local::glue::errors::invalid;

/// "AWS Glue does not support a schedule that runs more often than every 5 minutes."
const SHORTEST: u16 = 5;

/// When a trigger is due.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    minutes: Set,
    hours: Set,
    months: Set,
    years: Set,
    day: Day,
}

impl Schedule {
    /// InvalidInputException names the field that is wrong.
    pub fn parse(text: &str) -> Result<Self, AwsError> {
        let wrong = |why: String| invalid(format!("Schedule expression {text} is not valid: {why}"));
        let inner = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
        let inner = inner.ok_or_else(|| wrong("it must be cron(...)".into()))?;
        let fields: Vec<&str> = inner.split_whitespace().collect();
        let [minutes, hours, day_of_month, months, day_of_week, years] = fields[..] else {
            return Err(wrong(format!("it has {} fields, not 6", fields.len())));
        };
        let schedule = Self {
            minutes: Set::parse(minutes, &MINUTES).map_err(wrong)?,
            hours: Set::parse(hours, &HOURS).map_err(wrong)?,
            months: Set::parse(months, &MONTHS).map_err(wrong)?,
            years: Set::parse(years, &YEARS).map_err(wrong)?,
            day: match (day_of_month, day_of_week) {
                ("?", "?") => return Err(wrong("one of Day-of-month and Day-of-week must not be ?".into())),
                ("?", weekday) => Day::of_week(weekday, &WEEKDAYS).map_err(wrong)?,
                (day, "?") => Day::of_month(day, &DAYS).map_err(wrong)?,
                _ => return Err(wrong("one of Day-of-month and Day-of-week must be ?".into())),
            },
        };
        match schedule.is_too_frequent() {
            true => Err(wrong(format!("it runs more often than every {SHORTEST} minutes"))),
            false => Ok(schedule),
        }
    }

    fn is_too_frequent(&self) -> bool {
        let minutes: Vec<u16> = self.minutes.iter().collect();
        let hours: Vec<u16> = self.hours.iter().collect();
        let close = |pair: &[u16]| pair[1] - pair[0] < SHORTEST;
        let across = match (minutes.first(), minutes.last()) {
            (Some(first), Some(last)) => first + 60 - last < SHORTEST,
            _ => false,
        };
        let adjacent = hours.windows(2).any(|pair| pair[1] - pair[0] == 1) || hours.len() == 24;
        minutes.windows(2).any(close) || (across && adjacent)
    }

    /// The first instant after `after` at which it is due; `None` if there is none until 2199.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let from = after.to_zoned(TimeZone::UTC).datetime();
        let from = from.checked_add(1.minute()).ok()?;
        let from = DateTime::from_parts(from.date(), Time::new(from.hour(), from.minute(), 0, 0).ok()?);
        let mut date = from.date();
        let mut earliest = from.time();
        while date.year() <= YEARS.max as i16 {
            if !self.years.has(date.year() as u16) {
                date = Date::new(date.year() + 1, 1, 1).ok()?;
                earliest = Time::midnight();
                continue;
            }
            if self.months.has(date.month() as u16)
                && self.day.has(date)
                && let Some(time) = self.time_from(earliest)
            {
                return date
                    .to_datetime(time)
                    .to_zoned(TimeZone::UTC)
                    .ok()
                    .map(|at| at.timestamp());
            }
            date = date.tomorrow().ok()?;
            earliest = Time::midnight();
        }
        None
    }

    /// The first time of a day, not before `earliest`.
    fn time_from(&self, earliest: Time) -> Option<Time> {
        let (hour, minute) = (earliest.hour() as u16, earliest.minute() as u16);
        let same_hour = self
            .minutes
            .iter()
            .find(|m| *m >= minute)
            .filter(|_| self.hours.has(hour));
        let (hour, minute) = match same_hour {
            Some(minute) => (hour, minute),
            None => (self.hours.iter().find(|h| *h > hour)?, self.minutes.iter().next()?),
        };
        Time::new(hour as i8, minute as i8, 0, 0).ok()
    }
}
