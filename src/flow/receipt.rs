//! Receipts: what each ingest sent, kept beside the raw objects, so that a run can tell whether all of it arrived.

use aws_sdk_s3::Client;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::Error;
use super::moment;
use super::objects;
use super::places::Places;

/// What one ingest read and sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// 1.
    pub version: u32,
    /// What its rows say as their `ingested_at`.
    #[serde(with = "moment")]
    pub ingested_at: Timestamp,
    pub rows_read: u64,
    /// Rows that broke the contract and were kept aside.
    pub rows_rejected: u64,
    /// Rows in records that the stream confirmed.
    pub rows_sent: u64,
    /// Records that the stream confirmed.
    pub records: u64,
    #[serde(with = "moment")]
    pub finished_at: Timestamp,
}

impl Receipt {
    /// Rows that the contract let pass. Of an ingest that failed these may be more than were confirmed: a request whose
    /// answer was lost may have been carried out.
    pub fn rows_accepted(&self) -> u64 {
        self.rows_read.saturating_sub(self.rows_rejected)
    }

    /// `receipts/employees/2026-11-25T08-30-00.000Z.json`: a key without colons, which some tools cannot store.
    fn key(&self, record: &str) -> String {
        let moment = moment::text(self.ingested_at).replace(':', "-");
        format!("{}{moment}.json", prefix(record))
    }
}

fn prefix(record: &str) -> String {
    format!("receipts/{record}/")
}

/// Puts a receipt into the raw bucket. Overwrites that of the same ingest.
///
/// # Errors
/// The bucket does not exist, or S3 refuses.
pub async fn write_receipt(s3: &Client, bucket: &str, record: &str, receipt: &Receipt) -> Result<(), Error> {
    objects::write(s3, bucket, &receipt.key(record), receipt).await
}

/// All receipts, oldest first.
///
/// # Errors
/// The bucket does not exist, S3 refuses, or a receipt is none.
pub async fn receipts(s3: &Client, places: &Places) -> Result<Vec<Receipt>, Error> {
    let bucket = &places.raw_bucket;
    let found = objects::list(s3, bucket, &prefix(&places.record)).await?;
    let keys = found.into_iter().map(|object| object.key).collect();
    let mut receipts: Vec<Receipt> = objects::read_all(s3, bucket, keys).await?;
    receipts.sort_by_key(|receipt| receipt.ingested_at);
    Ok(receipts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_has_times_with_milliseconds_and_a_key_without_colons() {
        let receipt = Receipt {
            version: 1,
            ingested_at: "2026-11-25T08:30:00Z".parse().unwrap(),
            rows_read: 10,
            rows_rejected: 2,
            rows_sent: 8,
            records: 1,
            finished_at: "2026-11-25T08:30:01.5Z".parse().unwrap(),
        };
        let text = serde_json::to_string(&receipt).unwrap();
        assert_eq!(
            text,
            r#"{"version":1,"ingested_at":"2026-11-25T08:30:00.000Z","rows_read":10,"rows_rejected":2,"rows_sent":8,"records":1,"finished_at":"2026-11-25T08:30:01.500Z"}"#
        );
        assert_eq!(serde_json::from_str::<Receipt>(&text).unwrap(), receipt);
        assert_eq!(
            receipt.key("employees"),
            "receipts/employees/2026-11-25T08-30-00.000Z.json"
        );
        assert_eq!(receipt.rows_accepted(), 8);
    }
}
