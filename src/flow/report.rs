//! Reports: what the Glue job made of each partition, written by the job as its last act for that partition.

use std::collections::BTreeMap;

use aws_sdk_s3::Client;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use super::batch::is_batch;
use super::error::Error;
use super::job::Job;
use super::objects;
use super::places::S3Uri;

/// What became of one partition's rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Report {
    /// 1.
    pub version: u32,
    pub date: Date,
    /// What it was made from (see `batch.rs`).
    pub batch: String,
    /// Lines of the raw objects.
    pub rows_in: u64,
    /// Rows of the curated table that is named like the record.
    pub rows_out: u64,
    pub rows_quarantined: u64,
    /// Rows of which the partition holds a newer one, or the same one again.
    pub duplicates: u64,
    pub ingests: Vec<IngestRows>,
    #[serde(default)]
    pub reasons: Vec<Reason>,
    /// Curated files by table.
    pub tables: BTreeMap<String, Table>,
}

/// What a partition holds of one ingest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct IngestRows {
    /// `None` for rows that do not say: other producers, and lines that are no JSON.
    pub ingested_at: Option<Timestamp>,
    /// Distinct rows.
    pub rows: u64,
    /// Lines: more than `rows` where some arrived more than once.
    pub deliveries: u64,
}

/// Why rows were put into quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reason {
    pub reason: String,
    pub rows: u64,
}

/// The Parquet files of one table in one partition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Table {
    pub rows: u64,
    pub objects: Vec<File>,
}

/// A file in the curated bucket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct File {
    pub key: String,
    pub bytes: u64,
}

/// All reports of the job, by date.
///
/// # Errors
/// The job or the bucket does not exist, S3 refuses, or a report is none.
pub async fn reports(clients: &crate::aws::Clients, job: &str) -> Result<Vec<Report>, Error> {
    let job = Job::find(&clients.glue, job).await?;
    read(&clients.s3, &job.reports).await
}

/// All reports below `place`, by date.
pub(super) async fn read(s3: &Client, place: &S3Uri) -> Result<Vec<Report>, Error> {
    let found = objects::list(s3, &place.bucket, &place.key).await?;
    let keys = found.into_iter().map(|object| object.key);
    let keys = keys.filter(|key| is_report(&key[place.key.len()..])).collect();
    let mut reports: Vec<Report> = objects::read_all(s3, &place.bucket, keys).await?;
    reports.sort_by_key(|report| report.date);
    reports.iter().try_for_each(|report| check(report, place))?;
    Ok(reports)
}

/// `dt=2026-11-25.json`
fn is_report(name: &str) -> bool {
    let date = name.strip_prefix("dt=").and_then(|name| name.strip_suffix(".json"));
    date.is_some_and(|date| date.parse::<Date>().is_ok())
}

/// Batches and names of tables become part of keys and SQL.
fn check(report: &Report, place: &S3Uri) -> Result<(), Error> {
    let name = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let reason = if report.version != 1 {
        format!("it is of version {}, this pipectl knows version 1", report.version)
    } else if !is_batch(&report.batch) {
        "its batch is not 32 hexadecimal digits".to_owned()
    } else if let Some(table) = report.tables.keys().find(|table| !name(table)) {
        format!("{table:?} is not the name of a table")
    } else {
        return Ok(());
    };
    Err(Error::Unreadable {
        place: format!("{place}dt={}.json", report.date),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_reports_are_taken_for_reports() {
        assert!(is_report("dt=2026-11-25.json"));
        for other in ["dt=2026-11-25.json.tmp", "dt=x.json", "readme.txt", "2026-11-25.json"] {
            assert!(!is_report(other), "{other}");
        }
    }
}
