//! Redshift's dialect, taken apart into what DuckDB runs and what the warehouse does itself.

mod statement;

pub(super) use statement::*;
