//! Scripts run on DuckDB: what counts is the result.

mod aggregates;
mod binding;
mod dates;
mod expressions;
mod formats;
mod harness;
mod load;
mod numbers;
mod properties;
mod queries;
mod refusals;
mod statements;
mod strings;
mod super_values;
