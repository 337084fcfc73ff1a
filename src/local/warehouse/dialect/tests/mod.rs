//! Scripts run on DuckDB: what counts is the result.

mod harness;
mod load;
mod numbers;
