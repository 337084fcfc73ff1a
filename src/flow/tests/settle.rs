use std::time::Duration;

use jiff::Timestamp;

use super::world::{interrupting, report, watching};
use crate::flow::{Error, Receipt, Report, settle, unsettled};

const INTERVAL: Duration = Duration::from_secs(300);

fn receipt(sent: u64) -> Receipt {
    Receipt {
        version: 1,
        ingested_at: "2026-11-25T08:30:00Z".parse().unwrap(),
        rows_read: sent,
        rows_rejected: 0,
        rows_sent: sent,
        records: 1,
        finished_at: "2026-11-25T08:31:00Z".parse().unwrap(),
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn the_buffering_interval_after_the_newest_ingest_is_waited_for() {
    let left = |now| unsettled(&[receipt(10)], &[], INTERVAL, at(now)).as_secs();
    assert_eq!(left("2026-11-25T08:31:00Z"), 360);
    assert_eq!(left("2026-11-25T08:33:00Z"), 240);
    assert_eq!(left("2026-11-25T08:40:00Z"), 0);
    // A clock that is behind does not wait for ever.
    assert_eq!(left("2026-11-25T08:00:00Z"), 360);
}

#[test]
fn nothing_is_waited_for_once_all_rows_are_in_reports() {
    let reports: Vec<Report> = vec![serde_json::from_value(report("2026-11-25", &"0".repeat(32), 10)).unwrap()];
    let now = at("2026-11-25T08:31:00Z");
    assert_eq!(unsettled(&[receipt(10)], &reports, INTERVAL, now), Duration::ZERO);
    assert!(unsettled(&[receipt(11)], &reports, INTERVAL, now) > Duration::ZERO);
    assert_eq!(unsettled(&[], &reports, INTERVAL, now), Duration::ZERO);
}

#[tokio::test]
async fn the_wait_is_told_and_can_be_interrupted() {
    let seen = watching();
    settle(Duration::from_millis(20), &seen.watch).await.unwrap();
    assert_eq!(seen.all("buffering", "seconds_left"), [1]);
    let seen = interrupting(|_| true, false);
    let error = settle(INTERVAL, &seen.watch).await.unwrap_err();
    assert!(matches!(error, Error::Interrupted(_)));
}
