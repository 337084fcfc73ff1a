//! Redshift's dialect, taken apart into what DuckDB runs and what the warehouse does itself.
//!
//! A statement is read by Redshift's grammar ([`lex`], [`expr`], [`query`] and a file per statement) and written in DuckDB's
//! SQL ([`writer`], [`functions`]). What the grammar does not have is a syntax error at its place, what Redshift has and
//! this does not translate is an error that names it, and functions are an allow-list: nothing of DuckDB that Redshift has
//! not, least of all its ways to files, can be reached. What depends on the types of columns is decided by [`typed`], just
//! before a statement runs.

mod accepted;
mod ast;
mod bind;
mod change;
mod copy;
mod create_table;
mod create_view;
mod cursor;
mod date_formats;
mod define;
mod error;
mod expr;
mod functions;
mod labels;
mod lex;
mod merge;
mod names;
mod number_formats;
mod parts;
mod patterns;
mod query;
mod reserved;
mod role;
mod rules;
mod script;
mod show;
mod split;
mod statement;
#[cfg(test)]
mod tests;
mod typed;
mod types;
mod unload;
mod write_expr;
mod write_query;
mod writer;

pub(in crate::local::warehouse) use bind::bind;
pub(in crate::local::warehouse) use error::SyntaxError;
pub(in crate::local::warehouse) use script::parse;
pub(super) use statement::*;
pub(in crate::local::warehouse) use typed::typed;
