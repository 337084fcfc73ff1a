//! Which days: by their number in the month or by their name, with `L`, `W` and `#`.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::field::{Range, Set};

#[derive(Clone, Debug)]
pub(super) enum Day {
    OfMonth(Set),
    /// `L`
    LastOfMonth,
    /// `15W`: the weekday (Monday to Friday) nearest to that day, in the same month.
    NearestWeekday(u16),
    /// `LW`
    LastWeekday,
    OfWeek(Set),
    /// `6L`: the last Friday of the month.
    LastOf(u16),
    /// `6#3`: the third Friday of the month.
    Nth {
        day: u16,
        n: u16,
    },
}

impl Day {
    pub fn of_month(text: &str, range: &Range) -> Result<Self, String> {
        match text {
            "L" => Ok(Self::LastOfMonth),
            "LW" => Ok(Self::LastWeekday),
            _ => match text.strip_suffix('W') {
                Some(day) => range.value(day).map(Self::NearestWeekday),
                None => Set::parse(text, range).map(Self::OfMonth),
            },
        }
    }

    /// `L` alone is Saturday, the week's last day.
    pub fn of_week(text: &str, range: &Range) -> Result<Self, String> {
        if let Some((day, n)) = text.split_once('#') {
            let n = n.parse().ok().filter(|n| (1..=5).contains(n));
            let n = n.ok_or_else(|| format!("{} {text} must end in #1 to #5", range.name))?;
            return Ok(Self::Nth {
                day: range.value(day)?,
                n,
            });
        }
        match text.strip_suffix('L') {
            Some("") => Set::parse("7", range).map(Self::OfWeek),
            Some(day) => range.value(day).map(Self::LastOf),
            None => Set::parse(text, range).map(Self::OfWeek),
        }
    }

    pub fn has(&self, date: Date) -> bool {
        let day = date.day() as u16;
        let last = date.days_in_month() as u16;
        match self {
            Self::OfMonth(days) => days.has(day),
            Self::LastOfMonth => day == last,
            Self::NearestWeekday(wanted) => *wanted <= last && Some(date) == nearest_weekday(date, *wanted),
            Self::LastWeekday => Some(date) == last_weekday(date),
            Self::OfWeek(days) => days.has(number(date)),
            Self::LastOf(wanted) => number(date) == *wanted && day + 7 > last,
            Self::Nth { day: wanted, n } => number(date) == *wanted && (day - 1) / 7 + 1 == *n,
        }
    }
}

/// Sunday is 1.
fn number(date: Date) -> u16 {
    date.weekday().to_sunday_one_offset() as u16
}

/// The Monday to Friday nearest to a day of `date`'s month, without leaving the month.
fn nearest_weekday(date: Date, day: u16) -> Option<Date> {
    let wanted = Date::new(date.year(), date.month(), day as i8).ok()?;
    let shift = match wanted.weekday() {
        Weekday::Saturday if day == 1 => 2,
        Weekday::Saturday => -1,
        Weekday::Sunday if day == date.days_in_month() as u16 => -2,
        Weekday::Sunday => 1,
        _ => 0,
    };
    wanted.checked_add(shift.days()).ok()
}

fn last_weekday(date: Date) -> Option<Date> {
    let last = date.last_of_month();
    let back = match last.weekday() {
        Weekday::Saturday => 1,
        Weekday::Sunday => 2,
        _ => 0,
    };
    last.checked_sub(back.days()).ok()
}
