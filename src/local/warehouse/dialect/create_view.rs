//! CREATE VIEW (<https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html>) and CREATE MATERIALIZED VIEW
//! (<https://docs.aws.amazon.com/redshift/latest/dg/materialized-view-create-sql-command.html>).

use super::create_table::{attributes, numbered};
use super::cursor::Cursor;
use super::error::SyntaxError;
use super::labels;
use super::names::table_name;
use super::query::query;
use super::statement::{CreateTable, CreateView, Kind};
use super::writer::Writer;

/// After `CREATE [OR REPLACE]`.
pub(super) fn view(cursor: &mut Cursor, or_replace: bool) -> Result<Kind, SyntaxError> {
    cursor.expect("view")?;
    let name = table_name(cursor)?;
    let columns = if cursor.is_sign("(") {
        cursor.listed(Cursor::name)?
    } else {
        Vec::new()
    };
    cursor.expect("as")?;
    let query = Writer::default().query(&query(cursor)?)?;
    let late_binding = cursor.take_all(&["with", "no", "schema", "binding"]);
    Ok(Kind::CreateView(CreateView {
        name,
        or_replace,
        late_binding,
        materialized: false,
        columns,
        query,
    }))
}

/// After CREATE. The attributes are those of the table that holds the rows.
pub(super) fn materialized(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect_all(&["materialized", "view"])?;
    let name = table_name(cursor)?;
    let columns = if cursor.is_sign("(") {
        cursor.listed(Cursor::name)?
    } else {
        Vec::new()
    };
    let mut table = CreateTable {
        name: name.clone(),
        temporary: false,
        if_not_exists: false,
        columns: Vec::new(),
        query: None,
        like: None,
        dist_style: None,
        dist_key: None,
        sort_keys: Vec::new(),
        primary_key: Vec::new(),
    };
    attributes(cursor, &mut table)?;
    if cursor.take_all(&["auto", "refresh"]) && !cursor.take("yes") && !cursor.take("no") {
        return Err(cursor.unexpected());
    }
    cursor.expect("as")?;
    let at = cursor.offset();
    let query = query(cursor)?;
    let names = if columns.is_empty() {
        labels::columns(&query).unwrap_or_default()
    } else {
        columns.clone()
    };
    numbered(&mut table, &names, at)?;
    let query = Writer::default().query(&query)?;
    Ok(Kind::CreateView(CreateView {
        name,
        or_replace: false,
        late_binding: false,
        materialized: true,
        columns,
        query,
    }))
}
