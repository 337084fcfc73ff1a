//! Redshift's SQL on DuckDB: databases of clusters and namespaces, one DuckDB file each.
//!
//! [`Warehouses`] knows the databases and opens sessions; a [`Session`] runs statements. A statement is taken apart by
//! `dialect`, which gives DuckDB's SQL and what DuckDB cannot do; the rest is here:
//!
//! - `catalogue`: tables, columns and views as they were declared, in a hidden schema of the same file, changed in the
//!   transaction of the definition. Lengths of text and NOT NULL are constraints of DuckDB's tables.
//! - `lineage`: what a query's text tells of its columns that DuckDB does not keep (table, length of text, types of sums).
//! - `merge`: MERGE in steps. `locking`, `locks`: writers of a table take turns.
//! - `copy`, `unload`: S3 objects as files in a scratch folder, the only one DuckDB may touch once a database is open.
//! - `system`: svv_, stl_, sys_, pg_ views over the catalogue and the logs of loads and statements.
//! - `translate`: DuckDB's errors in Redshift's words.
//!
//! For the Data API: ListDatabases is [`Warehouses::databases`], ListSchemas [`Session::list_schemas`], ListTables
//! [`Session::list_tables`], DescribeTable [`Session::describe_table`]. For comparing declarations without data:
//! [`Warehouses::offline`], [`Session::rehearse`], [`Session::column_types`].

mod alter;
mod answer;
mod catalogue;
mod copy;
mod database;
mod databases;
mod define;
mod describe;
mod dialect;
mod error;
mod fetch;
mod history;
mod lineage;
mod locking;
mod locks;
mod merge;
mod offline;
mod role;
mod scratch;
mod session;
mod stream;
mod system;
#[cfg(test)]
mod tests;
mod translate;
mod types;
mod unload;
mod views;
mod words;

pub(crate) use answer::{Answer, Cell, ColumnMeta};
pub(crate) use databases::{Login, Warehouses};
pub(crate) use describe::TableEntry;
pub(crate) use error::SqlError;
pub(crate) use session::{Canceller, Session};
pub(crate) use stream::TakeRows;
