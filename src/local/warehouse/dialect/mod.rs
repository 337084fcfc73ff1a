//! Redshift's dialect, taken apart into what DuckDB runs and what the warehouse does itself.
//!
//! A statement is read by Redshift's grammar ([`lex`], [`expr`], [`query`] and a file per statement) and written in DuckDB's
//! SQL ([`writer`], [`functions`]). What the grammar does not have is a syntax error at its place, what Redshift has and
//! this does not translate is an error that names it, and functions are an allow-list: nothing of DuckDB that Redshift has
//! not, least of all its ways to files, can be reached. What depends on the types of columns is decided by [`typed`], just
//! before a statement runs.
//!
//! What differs from Redshift without an error:
//! - `+`, `-` and `*` outside of a division have DuckDB's precision (see [`rules`]); the scale is the same.
//! - Trailing blanks count when two VARCHAR values are compared; those of literals do not. CHAR values have none.
//! - A literal that is compared with or inserted into an integer column is rounded (`'2.5'`), which Redshift refuses; casts
//!   refuse it here too.
//! - In a statement of several relations WHERE sees the names of the select list.
//! - SUPER values compare as JSON text with each other, and with a column only after a cast.
//! - TO_TIMESTAMP gives a TIMESTAMP in UTC. Weeks of DATEDIFF start on Monday.
//! - Regular expressions are RE2's: POSIX classes and most of Perl's, no look-around.
//! - LISTAGG has no limit of 64 KB, APPROXIMATE aggregates are exact.

mod accepted;
mod ast;
mod bind;
mod call;
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
mod moments;
mod names;
mod number_formats;
mod parts;
mod patterns;
mod primary;
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
