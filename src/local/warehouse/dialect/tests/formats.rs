//! TO_CHAR, TO_DATE and TO_TIMESTAMP.

use super::harness::{value, values};

#[test]
fn dates() {
    values(&[
        (
            "to_char(timestamp '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')",
            "DECEMBER -THU-31-2009 11:15PM",
        ),
        ("to_char(timestamp '2009-12-31 23:15:59', 'DDD')", "365"),
        ("to_char(timestamp '2022-05-16 23:15:59', 'ID')", "1"),
        ("to_char(date '2009-12-31', 'MONTH')", "DECEMBER "),
        (
            "to_char(ts, 'HH24:MI:SS'), to_char(ts, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS'), to_char(ts, 'US')",
            "13:04:05|2026-11-25T13:04:05.678|678901",
        ),
        (
            "to_char(d, 'Mon DD, YYYY'), to_char(d, 'FMMonth FMDD'), to_char(d, 'yyyymm')",
            "Jan 31, 2026|January 31|202601",
        ),
        (
            "to_char(d, 'Q'), to_char(d, 'IW'), to_char(d, 'WW'), to_char(d, 'D'), to_char(d, 'Day'), to_char(d, 'dy')",
            "1|05|05|7|Saturday |sat",
        ),
        (
            "to_date('31.01.2026', 'DD.MM.YYYY'), to_date('Jan 31 2026', 'Mon DD YYYY')",
            "2026-01-31|2026-01-31",
        ),
        (
            "to_timestamp('2026-01-31 01:02:03 PM', 'YYYY-MM-DD HH12:MI:SS AM')",
            "2026-01-31 13:02:03",
        ),
        ("to_char(null, 'YYYY')", "-"),
    ]);
    assert!(
        value("to_char(d, 'TZ')").contains("The pattern TZ"),
        "{}",
        value("to_char(d, 'TZ')")
    );
    assert!(value("to_char(d, v)").contains("a format that is not a literal"));
    assert!(value("to_date('1', 'DDTH')").contains("The pattern DDTH"));
}

#[test]
fn numbers() {
    values(&[
        (
            "to_char(m, '999.99'), to_char(m, 'FM999.00'), to_char(-m, '999.99')",
            " 100.05|100.05|-100.05",
        ),
        (
            "to_char(1234567.891, '9,999,999.99'), to_char(1234.5, 'FM9,999,999.00'), to_char(12, 'FM9,999')",
            " 1,234,567.89|1,234.50|12",
        ),
        (
            "to_char(i, '000'), to_char(i, '999'), to_char(i, 'FM999')",
            " 007|   7|7",
        ),
        (
            "to_char(-125.8, '999D99S'), to_char(125.8, '999.9MI'), to_char(-1, '99MI')",
            "125.80-|125.8 | 1-",
        ),
        (
            "to_char(1234.567, 'FM$9,999.00'), to_char(0, 'FM0.00'), to_char(0.5, 'FM990.00')",
            "$1,234.57|0.00|0.50",
        ),
        ("to_char(12345, '999'), to_char(12.34, '9.9')", " ###| #.#"),
        (
            "to_char(-125.88, '$S999D99'), to_char(-125.88, '$999D99PR'), to_char(5, '99PR')",
            "$-125.88|$<125.88>|  5 ",
        ),
        (
            "to_char(618.80, 'l99999D99'), to_char(100.5, 'FM999.99'), to_char(100, 'FM999.90')",
            "$   618.80|100.5|100.00",
        ),
        ("to_char(f, '99.9'), to_char(99.995, 'FM999.00')", "  2.5|100.00"),
    ]);
    assert!(
        value("to_char(i, 'RN')").contains("not supported"),
        "{}",
        value("to_char(i, 'RN')")
    );
}
