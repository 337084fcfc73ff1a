//! Dates and times.

use super::harness::{column, value, values};

#[test]
fn arithmetic() {
    values(&[
        ("dateadd(day, 30, d)", "2026-03-02 00:00:00"),
        (
            "dateadd(month, 1, d), dateadd(m, 30, '2008-02-28'), dateadd('year', -1, d)",
            "2026-02-28 00:00:00|2008-02-28 00:30:00|2025-01-31 00:00:00",
        ),
        (
            "dateadd(week, 1, d), dateadd(qtr, 1, d), dateadd(ms, 1500, d)",
            "2026-02-07 00:00:00|2026-04-30 00:00:00|2026-01-31 00:00:01.5",
        ),
        (
            "datediff(day, d, ts), datediff(month, d, '2026-02-01'), datediff('hour', '2026-01-01', '2026-01-02')",
            "298|1|24",
        ),
        (
            "datediff(qtr, '1998-07-01', '2008-06-30'), datediff(year, '2025-12-31', d)",
            "39|1",
        ),
        (
            "add_months('2008-02-29', 1), add_months('2008-01-31', 1), add_months('2008-03-15', -1)",
            "2008-03-31 00:00:00|2008-02-29 00:00:00|2008-02-15 00:00:00",
        ),
        (
            "months_between('1969-01-18', '1969-03-18'), months_between('2026-03-31', '2026-02-28')",
            "-2.0|1.0",
        ),
        (
            "round(months_between('2008-12-25 15:00:00', '2008-01-21 19:30:00')::decimal(10,4), 2)",
            "11.12",
        ),
        (
            "last_day(d), last_day('2024-02-01'), next_day('2026-11-25', 'Fri'), next_day('2026-11-25', 'Wednesday')",
            "2026-01-31|2024-02-29|2026-11-27|2026-12-02",
        ),
        (
            "d - '2026-01-01'::date, d + 1, d + interval '1 month', ts - interval '1 day 2 hours'",
            "30|2026-02-01|2026-02-28 00:00:00|2026-11-24 11:04:05.678901",
        ),
        (
            "interval '2' day + d, d + interval '1 week, 1 hour'",
            "2026-02-02 00:00:00|2026-02-07 01:00:00",
        ),
        (
            "sysdate > '2020-01-01', getdate() > '2020-01-01', current_date > '2020-01-01'",
            "true|true|true",
        ),
    ]);
}

#[test]
fn parts() {
    values(&[
        (
            "date_trunc('month', ts), date_trunc('week', d), date_trunc('day', ts)",
            "2026-11-01 00:00:00|2026-01-26 00:00:00|2026-11-25 00:00:00",
        ),
        (
            "extract(year from d), extract(dow from d), extract(week from d), extract(doy from d), extract(quarter from ts)",
            "2026|6|5|31|4",
        ),
        (
            "extract(second from ts), extract(ms from ts), extract(us from ts), extract(epoch from d)",
            "5|678|901|1769817600",
        ),
        (
            "date_part(second, ts), date_part('year', d), date_part(dow, d)",
            "5.678901|2026.0|6.0",
        ),
        (
            "extract(decade from '1999-02-16'::date), extract(decade from '2000-02-16'::date), extract(century from '2000-12-16'::date)",
            "200|201|20",
        ),
        (
            "date_trunc('century', d), date_trunc('millennium', timestamp '2000-04-30'), date_trunc('decade', d)",
            "2001-01-01 00:00:00|1001-01-01 00:00:00|2020-01-01 00:00:00",
        ),
        (
            "date_part(us, timestamp '20220502 04:05:06.789'), date_part(ms, timestamp '20220502 04:05:06.789')",
            "789000.0|789.0",
        ),
        ("date_part_year(d), date(ts)", "2026|2026-11-25"),
        (
            "extract(epoch from ts - d::timestamp), extract(day from (ts - '2026-11-20'::timestamp))",
            "25794245|5",
        ),
    ]);
    assert_eq!(column("extract(year from d)"), "date_part INTEGER");
    assert_eq!(column("date_part(year, d)"), "pgdate_part DOUBLE");
    assert_eq!(column("datediff(day, d, ts)"), "date_diff BIGINT");
}

#[test]
fn literals() {
    values(&[
        (
            "date '2026-02-01', timestamp '2026-02-01 10:00:00'",
            "2026-02-01|2026-02-01 10:00:00",
        ),
        (
            "d = '2026-01-31', d between '2026-01-01' and '2026-12-31', d in ('2026-01-31')",
            "true|true|true",
        ),
    ]);
}

#[test]
fn forms_of_literals() {
    values(&[
        (
            "date '20220502', timestamp '20220502 04:05:06.789'",
            "2022-05-02|2022-05-02 04:05:06.789",
        ),
        (
            "'12/31/2008'::date, '2008-1-8T01:02'::timestamp",
            "2008-12-31|2008-01-08 01:02:00",
        ),
        (
            "d + interval '0.5 days', ts - interval '-1.5' hour",
            "2026-01-31 12:00:00|2026-11-25 14:34:05.678901",
        ),
        (
            "d + interval '52 weeks 4 days 23 minutes .3 seconds'",
            "2027-02-03 00:23:00.3",
        ),
    ]);
    assert!(value("dateadd(day, 1, 'today')").contains("it has GETDATE()"));
    assert!(value("timestamp '2026-01-01 00:00:00+02'").contains("with a time zone is not supported"));
}

#[test]
fn times() {
    values(&[
        ("dateadd(hour, 12, time '13:24:55')", "01:24:55"),
        ("datediff(minute, time '20:00:00', time '21:00:00')", "60"),
        ("extract(ms from time '18:25:33.123456')", "123"),
    ]);
}
