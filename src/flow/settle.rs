//! Waiting until Firehose has delivered what it was given.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use super::error::Error;
use super::event::Event;
use super::receipt::Receipt;
use super::report::Report;
use super::watch::Watch;

/// What a delivery itself takes after its buffer is due: Firehose reads the stream, compresses and writes, and takes its
/// buffering hints for hints (<https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html>).
const DELIVERY: Duration = Duration::from_secs(60);
/// How often the wait is told.
const TELL: Duration = Duration::from_secs(5);

/// How long after `now` Firehose may still hold rows back: its buffering interval after the newest ingest, unless all
/// rows of all ingests are in reports. Zero if nothing is to be waited for.
pub fn unsettled(receipts: &[Receipt], reports: &[Report], interval: Duration, now: Timestamp) -> Duration {
    let arrived = arrived(reports);
    let missing = receipts
        .iter()
        .filter(|receipt| arrived.get(&receipt.ingested_at).copied().unwrap_or_default() < receipt.rows_sent);
    let Some(newest) = missing.map(|receipt| receipt.finished_at).max() else {
        return Duration::ZERO;
    };
    let since = Duration::try_from(now.duration_since(newest)).unwrap_or_default();
    (interval + DELIVERY).saturating_sub(since)
}

/// Distinct rows of each ingest, over all partitions.
pub(super) fn arrived(reports: &[Report]) -> BTreeMap<Timestamp, u64> {
    let mut arrived = BTreeMap::new();
    for ingest in reports.iter().flat_map(|report| &report.ingests) {
        if let Some(ingested_at) = ingest.ingested_at {
            *arrived.entry(ingested_at).or_default() += ingest.rows;
        }
    }
    arrived
}

/// Waits that long, telling how much of it is left.
///
/// # Errors
/// The person interrupted.
pub async fn settle(mut left: Duration, watch: &Watch) -> Result<(), Error> {
    while !left.is_zero() {
        watch.tell(Event::Buffering {
            seconds_left: left.as_secs_f64().ceil() as u64,
        });
        let step = left.min(TELL);
        tokio::select! {
            () = sleep(step) => left -= step,
            () = watch.cancel.cancelled() => return Err(Error::Interrupted("nothing was started".into())),
        }
    }
    Ok(())
}
