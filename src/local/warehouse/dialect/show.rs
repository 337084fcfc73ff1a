//! SHOW (<https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW.html>): a setting, or what a system view tells.

use super::accepted;
use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::lex::Kind as Word;
use super::names::{literal, quote};
use super::statement::Kind;

pub(super) fn show(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("show")?;
    let at = cursor.offset();
    if cursor.take("databases") {
        return view(
            cursor,
            "svv_redshift_databases",
            "database_name, database_owner, database_type, database_acl",
            &[],
        );
    }
    if cursor.take("schemas") {
        cursor.expect_all(&["from", "database"])?;
        let database = cursor.name()?;
        let columns =
            "database_name, schema_name, schema_owner, schema_type, schema_acl, source_database, schema_option";
        return view(cursor, "svv_all_schemas", columns, &[("database_name", database)]);
    }
    if cursor.take("tables") {
        cursor.expect_all(&["from", "schema"])?;
        let names = path(cursor)?;
        let columns = "database_name, schema_name, table_name, table_type, table_acl, remarks";
        return view(
            cursor,
            "svv_all_tables",
            columns,
            &named(&["database_name", "schema_name"], names, at)?,
        );
    }
    if cursor.take("columns") {
        cursor.expect_all(&["from", "table"])?;
        let names = path(cursor)?;
        let columns = "database_name, schema_name, table_name, column_name, ordinal_position, column_default, is_nullable, \
                       data_type, character_maximum_length, numeric_precision, numeric_scale, remarks";
        let names = named(&["database_name", "schema_name", "table_name"], names, at)?;
        return view(cursor, "svv_all_columns", columns, &names);
    }
    match cursor.kind() {
        Word::Word(word)
            if matches!(
                word.as_str(),
                "table" | "view" | "all" | "datashares" | "model" | "procedure" | "external" | "grants"
            ) =>
        {
            Err(unsupported(
                at,
                format_args!("SHOW {}", word.to_ascii_uppercase()),
                "it has SHOW DATABASES, SCHEMAS, TABLES, COLUMNS and settings, and the SVV views",
            ))
        }
        _ => setting(cursor, at),
    }
}

fn setting(cursor: &mut Cursor, at: usize) -> Result<Kind, SyntaxError> {
    let name = cursor.label()?;
    match accepted::setting(&name) {
        Some(value) => Ok(Kind::Query(format!("SELECT {} AS {}", literal(value), quote(&name)))),
        None => Err(failure(
            at,
            format_args!("unrecognized configuration parameter \"{name}\""),
        )),
    }
}

/// `a.b.c`
fn path(cursor: &mut Cursor) -> Result<Vec<String>, SyntaxError> {
    let mut names = vec![cursor.name()?];
    while cursor.take_sign(".") {
        names.push(cursor.label()?);
    }
    Ok(names)
}

/// The last names are the last columns.
fn named(columns: &[&'static str], names: Vec<String>, at: usize) -> Result<Vec<(&'static str, String)>, SyntaxError> {
    if names.len() > columns.len() || (columns.len() == 3 && names.len() < 2) {
        return Err(failure(at, "syntax error: write [database.]schema[.table]"));
    }
    let from = columns.len() - names.len();
    Ok(columns.iter().skip(from).copied().zip(names).collect())
}

/// Rows of a system view, `[LIKE 'pattern'] [LIMIT n]`.
fn view(cursor: &mut Cursor, view: &str, columns: &str, names: &[(&'static str, String)]) -> Result<Kind, SyntaxError> {
    let mut conditions: Vec<_> = names
        .iter()
        .map(|(column, name)| format!("{column} = {}", literal(name)))
        .collect();
    if cursor.take("like") {
        let of = match view {
            "svv_redshift_databases" => "database_name",
            "svv_all_schemas" => "schema_name",
            "svv_all_tables" => "table_name",
            _ => "column_name",
        };
        conditions.push(format!("{of} LIKE {} ESCAPE '\\'", literal(&cursor.text()?)));
    }
    let mut sql = format!("SELECT {columns} FROM {}", quote(view));
    if !conditions.is_empty() {
        sql.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
    }
    if cursor.take("limit") {
        sql.push_str(&format!(" LIMIT {}", cursor.integer()?));
    }
    Ok(Kind::Query(sql))
}
