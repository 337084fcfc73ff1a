//! When a refresh schedule is due.
//! Sources: RefreshSchedule, RefreshFrequency and ScheduleRefreshOnEntity in the API reference; "Refreshing SPICE data"
//! in the QuickSight user guide.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};

use crate::local::error::AwsError;
use crate::local::quicksight::errors::{invalid, precondition};

/// A schedule that has been checked.
#[derive(Clone, Debug)]
pub(super) struct Frequency {
    interval: Interval,
    zone: TimeZone,
    /// Of the day; of an hourly schedule only the minute counts. None: the time at which it was made.
    time: Option<Time>,
    after: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Interval {
    Hourly,
    Daily,
    Weekly(Weekday),
    Monthly(Day),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Of(i8),
    Last,
}

impl Frequency {
    /// Reads a `RefreshSchedule`.
    pub fn read(schedule: &Map<String, Value>) -> Result<Self, AwsError> {
        let member = |name: &str| schedule.get(name).unwrap_or(&Value::Null);
        if member("RefreshType") == "INCREMENTAL_REFRESH" {
            return Err(precondition(
                "An INCREMENTAL_REFRESH needs refresh properties of the data set; it has none",
            ));
        }
        let frequency = member("ScheduleFrequency");
        let text = |name: &str| frequency[name].as_str();
        let on = &frequency["RefreshOnDay"];
        let interval = match text("Interval").unwrap_or_default() {
            "HOURLY" => Interval::Hourly,
            "DAILY" => Interval::Daily,
            "WEEKLY" => Interval::Weekly(weekday(on["DayOfWeek"].as_str())?),
            "MONTHLY" => Interval::Monthly(day(on["DayOfMonth"].as_str())?),
            other => {
                return Err(invalid(format!(
                    "Interval {other} is only supported for incremental refreshes"
                )));
            }
        };
        let zone = match text("Timezone") {
            None => TimeZone::UTC,
            Some(name) => TimeZone::get(name).map_err(|_| {
                invalid(format!(
                    "Timezone {name} is not valid: it must be an ID of the time zone database"
                ))
            })?,
        };
        let time = text("TimeOfTheDay").map(|text| {
            let time = Time::strptime("%H:%M", text);
            time.map_err(|_| {
                invalid(format!(
                    "TimeOfTheDay {text} is not valid: it is expressed in HH:MM format"
                ))
            })
        });
        Ok(Self {
            interval,
            zone,
            time: time.transpose()?,
            after: after(schedule),
        })
    }

    pub fn is_hourly(&self) -> bool {
        self.interval == Interval::Hourly
    }

    /// The first time after `from` and after `StartAfterDateTime` at which a schedule made at `since` is due.
    pub fn next(&self, from: Timestamp, since: Timestamp) -> Option<Timestamp> {
        let from = self.after.map_or(from, |after| from.max(after));
        let made = since.to_zoned(self.zone.clone());
        let time = self.time.unwrap_or_else(|| {
            made.time()
                .with()
                .second(0)
                .subsec_nanosecond(0)
                .build()
                .unwrap_or_default()
        });
        if self.is_hourly() {
            return next_hour(from, &self.zone, time.minute());
        }
        let mut date = from.to_zoned(self.zone.clone()).date();
        // A year and a leap day have every day of a week and of a month.
        for _ in 0..=366 {
            if self.is_on(date) {
                let due = date.to_datetime(time).to_zoned(self.zone.clone()).ok()?.timestamp();
                if due > from {
                    return Some(due);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn is_on(&self, date: Date) -> bool {
        match self.interval {
            Interval::Hourly | Interval::Daily => true,
            Interval::Weekly(weekday) => date.weekday() == weekday,
            Interval::Monthly(Day::Of(day)) => date.day() == day,
            Interval::Monthly(Day::Last) => date == date.last_of_month(),
        }
    }
}

/// `StartAfterDateTime`, in seconds since 1970.
fn after(schedule: &Map<String, Value>) -> Option<Timestamp> {
    let seconds = schedule.get("StartAfterDateTime")?.as_f64()?;
    Timestamp::from_millisecond((seconds * 1000.0) as i64).ok()
}

fn next_hour(from: Timestamp, zone: &TimeZone, minute: i8) -> Option<Timestamp> {
    let start = from.to_zoned(zone.clone());
    let at = start
        .with()
        .minute(minute)
        .second(0)
        .subsec_nanosecond(0)
        .build()
        .ok()?;
    match at.timestamp() > from {
        true => Some(at.timestamp()),
        false => at.timestamp().checked_add(1.hour()).ok(),
    }
}

fn weekday(name: Option<&str>) -> Result<Weekday, AwsError> {
    Ok(match name {
        Some("MONDAY") => Weekday::Monday,
        Some("TUESDAY") => Weekday::Tuesday,
        Some("WEDNESDAY") => Weekday::Wednesday,
        Some("THURSDAY") => Weekday::Thursday,
        Some("FRIDAY") => Weekday::Friday,
        Some("SATURDAY") => Weekday::Saturday,
        Some("SUNDAY") => Weekday::Sunday,
        _ => return Err(invalid("A WEEKLY schedule needs RefreshOnDay.DayOfWeek")),
    })
}

fn day(name: Option<&str>) -> Result<Day, AwsError> {
    match name {
        Some("LAST_DAY_OF_MONTH") => Ok(Day::Last),
        Some(number) => match number.parse() {
            Ok(day) => Ok(Day::Of(day)),
            Err(_) => Err(invalid(format!("DayOfMonth {number} is not valid"))),
        },
        None => Err(invalid("A MONTHLY schedule needs RefreshOnDay.DayOfMonth")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn next(frequency: Value, from: &str) -> String {
        let schedule = json!({"RefreshType": "FULL_REFRESH", "ScheduleFrequency": frequency});
        let Value::Object(schedule) = schedule else {
            unreachable!()
        };
        let frequency = Frequency::read(&schedule).unwrap();
        let since = "2026-01-01T05:17:30Z".parse().unwrap();
        frequency.next(from.parse().unwrap(), since).unwrap().to_string()
    }

    #[test]
    fn each_interval_has_its_next_time() {
        let daily = json!({"Interval": "DAILY", "Timezone": "Europe/Berlin", "TimeOfTheDay": "07:30"});
        assert_eq!(next(daily.clone(), "2026-07-01T05:29:59Z"), "2026-07-01T05:30:00Z");
        assert_eq!(next(daily.clone(), "2026-07-01T05:30:00Z"), "2026-07-02T05:30:00Z");
        assert_eq!(next(daily, "2026-12-01T05:30:00Z"), "2026-12-01T06:30:00Z");
        let weekly = json!({
            "Interval": "WEEKLY", "RefreshOnDay": {"DayOfWeek": "MONDAY"}, "TimeOfTheDay": "01:00",
        });
        assert_eq!(next(weekly, "2026-11-25T00:00:00Z"), "2026-11-30T01:00:00Z");
        let monthly = json!({
            "Interval": "MONTHLY", "RefreshOnDay": {"DayOfMonth": "LAST_DAY_OF_MONTH"}, "TimeOfTheDay": "23:59",
        });
        assert_eq!(next(monthly, "2026-02-01T00:00:00Z"), "2026-02-28T23:59:00Z");
        let hourly = json!({"Interval": "HOURLY"});
        assert_eq!(next(hourly.clone(), "2026-02-01T00:16:59Z"), "2026-02-01T00:17:00Z");
        assert_eq!(next(hourly, "2026-02-01T00:17:00Z"), "2026-02-01T01:17:00Z");
    }

    #[test]
    fn nothing_is_due_before_the_start() {
        let schedule = json!({
            "RefreshType": "FULL_REFRESH",
            "StartAfterDateTime": 1_800_000_000.0,
            "ScheduleFrequency": {"Interval": "DAILY", "TimeOfTheDay": "00:00"},
        });
        let Value::Object(schedule) = schedule else {
            unreachable!()
        };
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let due = Frequency::read(&schedule)
            .unwrap()
            .next(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        assert!(due.unwrap() > start);
    }

    #[test]
    fn what_no_schedule_can_be_is_refused() {
        for (frequency, part) in [
            (json!({"Interval": "MINUTE15"}), "only supported for incremental"),
            (json!({"Interval": "WEEKLY"}), "DayOfWeek"),
            (json!({"Interval": "DAILY", "TimeOfTheDay": "7 am"}), "HH:MM"),
            (json!({"Interval": "DAILY", "Timezone": "Europe/Nowhere"}), "Timezone"),
        ] {
            let schedule = json!({"RefreshType": "FULL_REFRESH", "ScheduleFrequency": frequency});
            let Value::Object(schedule) = schedule else {
                unreachable!()
            };
            let error = Frequency::read(&schedule).unwrap_err();
            assert_eq!(error.code, "InvalidParameterValueException");
            assert!(error.message.contains(part), "{}", error.message);
        }
    }
}
