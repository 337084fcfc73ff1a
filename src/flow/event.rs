//! What a run tells while it goes on.

use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;

use super::ledger::LedgerEntry;
use super::refresh::Refreshed;

/// Receives events, one at a time.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// Something worth telling. As JSON each is an object whose `event` is the name in snake case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Firehose may still hold rows of the newest ingest back.
    Buffering { seconds_left: u64 },
    /// A partition of raw objects as it was found.
    Partition {
        date: Date,
        batch: String,
        objects: usize,
        bytes: u64,
        /// Whether it has to be processed: something changed since its report was made, or there is none.
        changed: bool,
    },
    /// Objects that are in no `dt=` folder and are left out.
    Stray { objects: usize, example: String },
    /// A job run is followed. `joined`: it was going already.
    JobRun {
        job: String,
        run: String,
        joined: bool,
        partitions: usize,
    },
    /// Another run of the job is in the way and is waited for.
    OtherJobRun { job: String, run: String },
    /// The job run's state: at every change, and every few seconds.
    JobState { run: String, state: String, seconds: f64 },
    /// What became of a partition's rows.
    Processed {
        date: Date,
        batch: String,
        rows_in: u64,
        rows_out: u64,
        rows_quarantined: u64,
        duplicates: u64,
    },
    /// A batch goes into the warehouse.
    Loading {
        date: Date,
        batch: String,
        statement: String,
    },
    /// How far the load is, in the Data API's words.
    LoadState { batch: String, state: String, seconds: f64 },
    /// A batch is in the warehouse.
    Loaded {
        date: Date,
        #[serde(flatten)]
        entry: LedgerEntry,
        seconds: f64,
    },
    /// A batch without curated rows: there is nothing to load.
    NothingToLoad { date: Date, batch: String },
    /// How far an ingestion into SPICE is, in QuickSight's words.
    RefreshState {
        data_set: String,
        state: String,
        seconds: f64,
    },
    /// How far QuickSight's snapshot of a sheet is, in its words.
    SnapshotState {
        sheet: String,
        job: String,
        state: String,
        seconds: f64,
    },
    /// The snapshot of a sheet was fetched.
    Snapshot {
        sheet: String,
        job: String,
        bytes: usize,
        seconds: f64,
    },
    /// A data set is up to date in SPICE.
    Refreshed {
        #[serde(flatten)]
        refreshed: Refreshed,
        seconds: f64,
    },
}
