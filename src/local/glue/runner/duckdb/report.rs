//! A partition's report, as `reports/dt=<date>.json` holds it.

use std::collections::BTreeMap;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub version: u32,
    pub date: String,
    pub batch: String,
    pub rows_in: i64,
    pub rows_out: i64,
    pub rows_quarantined: i64,
    pub duplicates: i64,
    pub ingests: Vec<Ingest>,
    pub reasons: Vec<Reason>,
    pub tables: BTreeMap<String, Table>,
}

#[derive(Debug, Serialize)]
pub(super) struct Ingest {
    pub ingested_at: Option<String>,
    /// Rows that the producer numbered.
    pub rows: i64,
    /// Lines that came of them, repeats included.
    pub deliveries: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct Reason {
    pub reason: String,
    pub rows: i64,
}

#[derive(Debug, Serialize)]
pub(super) struct Table {
    pub rows: i64,
    pub objects: Vec<Part>,
}

#[derive(Debug, Serialize)]
pub(super) struct Part {
    /// Full key in the curated bucket.
    pub key: String,
    pub bytes: u64,
}

impl Report {
    /// Each number is counted on its own; a transformation that loses or adds rows shows here.
    pub fn check(&self) -> Result<(), String> {
        let accounted = self.rows_out + self.rows_quarantined + self.duplicates;
        if accounted == self.rows_in {
            return Ok(());
        }
        Err(format!(
            "{}: {} rows read, but {accounted} accounted for ({} curated, {} quarantined, {} duplicates): the \
             transformation loses or adds rows",
            self.date, self.rows_in, self.rows_out, self.rows_quarantined, self.duplicates
        ))
    }
}
