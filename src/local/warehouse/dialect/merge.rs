//! MERGE (<https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html>).

use super::ast::{Base, Expr};
use super::change::assignment;
use super::cursor::Cursor;
use super::error::{SyntaxError, failure};
use super::expr::expr;
use super::names::table_name;
use super::query;
use super::statement::{Kind, Matched, Merge, MergeAction, MergeSource};
use super::writer::Writer;

/// `MERGE INTO target USING source [[AS] alias] ON condition` and either both WHEN clauses or REMOVE DUPLICATES. Redshift
/// has neither an alias for the target nor conditions in WHEN, nor WITH before it.
pub(super) fn merge(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect_all(&["merge", "into"])?;
    let target = table_name(cursor)?;
    cursor.expect("using")?;
    let mut writer = Writer::default();
    let at = cursor.offset();
    let (source, name) = if query::starts(cursor, 1) {
        (MergeSource::Query(writer.query(&query::parenthesised(cursor)?)?), None)
    } else {
        let table = table_name(cursor)?;
        let name = table.name.clone();
        (MergeSource::Table(table), Some(name))
    };
    let alias = match name {
        _ if cursor.take("as") || !cursor.is("on") => cursor.name()?,
        Some(name) => name,
        None => return Err(failure(at, "subquery in USING must have an alias")),
    };
    writer.open();
    match &source {
        MergeSource::Table(table) if table.name == alias => writer.relate_table(table),
        _ => writer.relate(&alias, None, false),
    }
    writer.relate_table(&target);
    cursor.expect("on")?;
    let condition = value(cursor, &mut writer)?;
    let action = if cursor.take_all(&["remove", "duplicates"]) {
        MergeAction::RemoveDuplicates
    } else {
        action(cursor, &mut writer)?
    };
    Ok(Kind::Merge(Box::new(Merge {
        target,
        source,
        alias,
        condition,
        action,
    })))
}

/// Both WHEN clauses, in this order.
fn action(cursor: &mut Cursor, writer: &mut Writer) -> Result<MergeAction, SyntaxError> {
    cursor.expect_all(&["when", "matched", "then"])?;
    let matched = if cursor.take("delete") {
        Matched::Delete
    } else {
        cursor.expect_all(&["update", "set"])?;
        Matched::Update(cursor.list(|cursor| {
            let at = cursor.offset();
            let (column, value) = assignment(cursor)?;
            let value = value.map(|value| whole(&value, at, writer)).transpose()?;
            Ok((column, value))
        })?)
    };
    cursor.expect_all(&["when", "not", "matched", "then", "insert"])?;
    let columns = if cursor.is_sign("(") {
        cursor.listed(Cursor::name)?
    } else {
        Vec::new()
    };
    cursor.expect("values")?;
    let values = cursor.listed(|cursor| {
        if cursor.take("default") {
            return Ok(None);
        }
        value(cursor, writer).map(Some)
    })?;
    Ok(MergeAction::Rows {
        matched,
        columns,
        values,
    })
}

fn value(cursor: &mut Cursor, writer: &mut Writer) -> Result<String, SyntaxError> {
    let at = cursor.offset();
    whole(&expr(cursor)?, at, writer)
}

/// `expr` in DuckDB's SQL, if it takes SUPER columns as a whole.
fn whole(expr: &Expr, at: usize, writer: &mut Writer) -> Result<String, SyntaxError> {
    if is_partial(expr) {
        let what = "Partial reference of SUPER column is not supported in MERGE statement.";
        return Err(failure(at, what));
    }
    writer.expr(expr)
}

/// Whether an element of a SUPER column is compared or taken.
fn is_partial(expr: &Expr) -> bool {
    match expr {
        Expr::Path(path) => matches!(path.base, Base::Names(_)) && !path.steps.is_empty(),
        Expr::And(all) | Expr::Row(all) => all.iter().any(is_partial),
        Expr::Binary(binary) => is_partial(&binary.left) || is_partial(&binary.right),
        _ => false,
    }
}
