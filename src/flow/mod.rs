//! From raw objects to a loaded warehouse: the Glue job, COPY and MERGE, queries, and the books that show that no row
//! got lost between the producer and the warehouse.
//!
//! ```text
//! raw/employees/dt=2026-11-25/*.gz --process--> curated/*/dt=2026-11-25/*.parquet + reports/dt=2026-11-25.json
//!                                  --load-----> hr.employees + hr.load_ledger
//! ```
//!
//! There is no state of our own. What is to be done follows from comparing fingerprints: a partition of raw objects has
//! one (its *batch*), its report names the batch it was made from, and the warehouse's ledger the batches it holds. So a
//! run that was killed anywhere is finished by the next one.

mod batch;
mod copy_errors;
mod error;
mod event;
mod input;
mod job;
mod job_log;
mod job_run;
mod ledger;
mod load;
mod manifest;
mod moment;
mod objects;
mod places;
mod process;
mod query;
mod raw;
mod receipt;
mod reconcile;
mod refresh;
mod report;
mod script;
mod settle;
mod snapshot;
mod snapshot_error;
mod sql_error;
mod warehouse;
mod watch;

#[cfg(test)]
mod tests;

pub use copy_errors::CopyError;
pub use error::{Error, IngestionFailure, JobFailure};
pub use event::{Event, EventSink};
pub use ledger::{LedgerEntry, ledger};
pub use load::{Load, LoadSummary, load};
pub use places::Places;
pub use process::{Choice, ProcessSummary, process};
pub use query::{Answer, Cell, Column, Page, Rows, query};
pub use receipt::{Receipt, receipts, write_receipt};
pub use reconcile::{Books, Difference, Hop, HopKind, Reconciliation, Scope, reconcile};
pub use refresh::{Refreshed, SpiceDataSet, refresh};
pub use report::{IngestRows, Report, reports};
pub use settle::{settle, unsettled};
pub use snapshot::{DeployedDashboard, SheetSnapshot, snapshot};
pub use snapshot_error::SnapshotError;
pub use sql_error::SqlError;
pub use warehouse::{Warehouse, WarehouseName};
pub use watch::{Interruption, Unstoppable, Watch};
