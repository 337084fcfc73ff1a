use proptest::prelude::*;

use super::*;

fn next(schedule: &str, after: &str) -> String {
    let schedule = Schedule::parse(schedule).unwrap();
    let next = schedule.next(after.parse().unwrap());
    next.map_or("never".into(), |at| at.to_string())
}

fn refused(schedule: &str) -> String {
    let error = Schedule::parse(schedule).unwrap_err();
    assert_eq!(error.code, "InvalidInputException");
    error.message
}

#[test]
fn the_examples_of_the_developer_guide_are_due_when_it_says() {
    // A Wednesday.
    let now = "2026-11-25T10:30:00Z";
    for (schedule, due) in [
        ("cron(15 12 * * ? *)", "2026-11-25T12:15:00Z"),
        ("cron(0 2 * * ? *)", "2026-11-26T02:00:00Z"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-25T18:00:00Z"),
        ("cron(0 8 1 * ? *)", "2026-12-01T08:00:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-25T10:45:00Z"),
        ("cron(0/10 * ? * MON-FRI *)", "2026-11-25T10:40:00Z"),
        ("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-25T10:35:00Z"),
        ("cron(30 10 * * ? *)", "2026-11-26T10:30:00Z"),
        ("cron(0 0 L * ? *)", "2026-11-30T00:00:00Z"),
        ("cron(0 0 LW 1 ? *)", "2027-01-29T00:00:00Z"),
        ("cron(0 0 28W * ? *)", "2026-11-27T00:00:00Z"),
        ("cron(0 0 29W * ? *)", "2026-11-30T00:00:00Z"),
        ("cron(0 0 1W 8 ? *)", "2027-08-02T00:00:00Z"),
        ("cron(0 0 31W 1 ? *)", "2027-01-29T00:00:00Z"),
        ("cron(0 10 ? * 6L *)", "2026-11-27T10:00:00Z"),
        ("cron(0 10 ? * FRI#1 *)", "2026-12-04T10:00:00Z"),
        ("cron(0 10 ? * L *)", "2026-11-28T10:00:00Z"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00Z"),
        ("cron(0 0 1 1 ? 2030-2199/10)", "2030-01-01T00:00:00Z"),
        ("cron(0 0 1 JAN ? 2020)", "never"),
        ("cron(0 0 30 2 ? *)", "never"),
    ] {
        assert_eq!(next(schedule, now), due, "{schedule}");
    }
}

#[test]
fn a_wrong_field_is_named() {
    assert!(refused("rate(5 minutes)").ends_with("it must be cron(...)"));
    assert!(refused("cron(0 2 * * ?)").ends_with("it has 5 fields, not 6"));
    assert!(refused("cron(0 2 * * * *)").ends_with("one of Day-of-month and Day-of-week must be ?"));
    assert!(refused("cron(0 2 ? * ? *)").ends_with("must not be ?"));
    assert!(refused("cron(60 2 * * ? *)").ends_with("Minutes cannot be 60; it is 0 to 59"));
    assert!(refused("cron(0 2 ? * MOO *)").ends_with("Day-of-week cannot be MOO; it is 1 to 7"));
    assert!(refused("cron(0 5-2 * * ? *)").ends_with("Hours 5-2 ends before it begins"));
    assert!(refused("cron(0/0 2 * * ? *)").ends_with("Minutes cannot go in steps of 0"));
    assert!(refused("cron(0 2 ? * 2#6 *)").ends_with("must end in #1 to #5"));
    assert!(refused("cron(* * * * ? *)").ends_with("it runs more often than every 5 minutes"));
    assert!(refused("cron(0,58 * * * ? *)").ends_with("it runs more often than every 5 minutes"));
    Schedule::parse("cron(0,58 3,5 * * ? *)").unwrap();
}

proptest! {
    #[test]
    fn nothing_makes_the_parser_panic(text in "cron\\([0-9*?LW#/,A-Z -]{0,40}\\)") {
        let _ = Schedule::parse(&text);
    }

    /// Against trying every minute.
    #[test]
    fn the_next_instant_is_the_first_that_fits(
        minute in 0u16..60, hour in 0u16..24, weekday in 1u16..8, n in 1u16..6, start in 0i64..2_000_000_000,
        by in 0..4,
    ) {
        let text = match by {
            0 => format!("cron({minute} {hour} * * ? *)"),
            1 => format!("cron({minute} {hour} ? * {weekday} *)"),
            2 => format!("cron({minute} {hour} ? * {weekday}#{n} *)"),
            _ => format!("cron({minute} {hour} L * ? *)"),
        };
        let schedule = Schedule::parse(&text).unwrap();
        let start = Timestamp::from_second(start).unwrap();
        let fits = |at: Timestamp| {
            let at = at.to_zoned(TimeZone::UTC).datetime();
            at.minute() as u16 == minute && at.hour() as u16 == hour && at.second() == 0 && match by {
                0 => true,
                1 => at.weekday().to_sunday_one_offset() as u16 == weekday,
                2 => at.weekday().to_sunday_one_offset() as u16 == weekday && (at.day() as u16 - 1) / 7 + 1 == n,
                _ => at.day() == at.days_in_month(),
            }
        };
        let found = schedule.next(start).unwrap();
        prop_assert!(found > start && fits(found));
        let first_minute = start.as_second() / 60 + 1;
        let none_before = (first_minute..found.as_second() / 60)
            .step_by(1)
            .take(60 * 24 * 40)
            .all(|minute| !fits(Timestamp::from_second(minute * 60).unwrap()));
        prop_assert!(none_before);
    }
}
