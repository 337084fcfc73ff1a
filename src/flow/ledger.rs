//! The load ledger: which batches the warehouse holds, and what each brought.

use serde::Serialize;

use super::error::Error;
use super::query::Page;
use super::warehouse::Warehouse;

/// The counts of a load: columns of the ledger, and of the row that a load script ends with.
const COUNTS: [&str; 4] = ["rows_staged", "rows_inserted", "rows_updated", "rows_unchanged"];

/// One batch that was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    pub batch: String,
    /// Rows of the record's table that COPY brought.
    pub rows_staged: u64,
    /// Of them, those with a key that the warehouse did not have.
    pub rows_inserted: u64,
    /// Those that were newer than the warehouse's.
    pub rows_updated: u64,
    /// Those of which the warehouse had the same or a newer one.
    pub rows_unchanged: u64,
}

impl LedgerEntry {
    /// From a row with the four counts; the name of the one that is missing otherwise.
    pub(super) fn of(page: &Page, row: usize, batch: String) -> Result<Self, &'static str> {
        let count = |name: &'static str| page.count(row, name).ok_or(name);
        let [staged, inserted, updated, unchanged] = COUNTS;
        Ok(Self {
            batch,
            rows_staged: count(staged)?,
            rows_inserted: count(inserted)?,
            rows_updated: count(updated)?,
            rows_unchanged: count(unchanged)?,
        })
    }
}

/// Every batch that the warehouse holds. `table` is the ledger, `schema.table`.
///
/// # Errors
/// There is no such table, or the warehouse refuses.
pub async fn ledger(warehouse: &Warehouse, table: &str) -> Result<Vec<LedgerEntry>, Error> {
    read(warehouse, table).await.map(|(entries, _)| entries)
}

/// The same with the id of the statement that asked.
pub(super) async fn read(warehouse: &Warehouse, table: &str) -> Result<(Vec<LedgerEntry>, String), Error> {
    // The name was checked with the configs: it is two plain identifiers.
    let sql = format!("SELECT batch_id, {} FROM {table}", COUNTS.join(", "));
    let asked = warehouse.select(&sql).await;
    let (id, rows) = asked.map_err(|error| match error {
        Error::Sql(error) => Error::Ledger(error),
        other => other,
    })?;
    let page = rows.all().await?;
    let entry = |row| {
        let batch = page.text(row, "batch_id").ok_or("batch_id")?;
        LedgerEntry::of(&page, row, batch)
    };
    let entries: Result<Vec<_>, &str> = (0..page.rows.len()).map(entry).collect();
    let entries = entries.map_err(|column| Error::Unreadable {
        place: format!("the ledger {table}"),
        reason: format!("its {column} is not what it should be"),
    })?;
    Ok((entries, id))
}
