//! The receipt of an ingest: written into the raw bucket, so that `run` can tell whether all rows arrived.

use jiff::Timestamp;

use super::output::Output;
use super::session::Session;
use crate::flow::{self, Receipt};
use crate::producer::Summary;

/// Writes what an ingest sent, however it ended. An ingest that read nothing, and a project without a raw bucket, leave
/// none.
pub(super) async fn leave(session: &Session, summary: &Summary, output: &Output) {
    let (Some(bucket), Ok(record)) = (session.raw_bucket(), session.record()) else {
        return;
    };
    let Some(receipt) = of(summary, Timestamp::now()) else {
        return;
    };
    match flow::write_receipt(&session.clients.s3, &bucket, record, &receipt).await {
        Ok(()) => {}
        // Nothing is delivered to a bucket that is not there.
        Err(flow::Error::NotDeployed { .. }) => tracing::info!(%bucket, "no receipt: the raw bucket does not exist"),
        Err(error) => output.warn(&format!(
            "the receipt of this ingest could not be written: {error}\n  pipectl run will not know how many rows this \
             ingest sent, and count them as rows without a receipt"
        )),
    }
}

fn of(summary: &Summary, finished_at: Timestamp) -> Option<Receipt> {
    let ingested_at = summary.ingested_at.as_ref()?.parse().ok()?;
    (summary.rows_read > 0).then_some(Receipt {
        version: 1,
        ingested_at,
        rows_read: summary.rows_read,
        rows_rejected: summary.rows_rejected,
        rows_sent: summary.rows_sent,
        records: summary.records,
        finished_at,
    })
}
