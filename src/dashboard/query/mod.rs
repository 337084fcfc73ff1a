//! From a visual to the queries that fetch what it shows, and their rows as cubes.
//!
//! One query a visual, aggregated in the warehouse:
//! - Sums, counts, minima, maxima and averages (as sum and count) are grouped by the visual's dimensions and by the
//!   columns of the sheet's filter controls: the page rolls them up exactly under any selection.
//! - Percentiles, distinct counts and variances do not roll up. One more query for each such column fetches the distinct
//!   values with their number of rows, so that these are exact under any selection too. Where that is too much to put in
//!   a page ([`Budget::values`]), the warehouse computes them for each single value of the controls and for all, in one
//!   query (UNION ALL), and the page says that it knows no other selection.
//! - Rows that are not grouped are limited: scatter plots to QuickSight's 2,500 points by a sample that is the same at
//!   every run, tables to their first rows.
//! - A histogram's bins are counted in the warehouse, after one query for the range.

mod bins;
mod collect;
mod cube;
mod filters;
mod select;
pub(crate) mod sql;

#[cfg(test)]
pub(super) use self::collect::thousands;
pub(super) use self::collect::{Collected, collect, specification, values_of};
pub use self::select::Budget;
