//! INSERT, UPDATE and DELETE.

use super::ast::{Cte, Expr, Relation};
use super::cursor::Cursor;
use super::error::SyntaxError;
use super::expr::expr;
use super::names::{quote, quote_all, quote_table, table_name};
use super::query::{self, query, relation};
use super::statement::{Kind, TableName};
use super::writer::Writer;

/// `INSERT INTO table [(columns)] {DEFAULT VALUES | VALUES ... | query}`
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_INSERT_30.html>)
pub(super) fn insert(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect_all(&["insert", "into"])?;
    let mut sql = format!("INSERT INTO {}", quote_table(&table_name(cursor)?));
    if cursor.is_sign("(") && !query::starts(cursor, 1) {
        sql.push_str(&format!(" ({})", quote_all(&cursor.listed(Cursor::name)?)));
    }
    let mut writer = Writer::default();
    writer.open();
    if cursor.take_all(&["default", "values"]) {
        sql.push_str(" DEFAULT VALUES");
    } else if cursor.take("values") {
        let rows = cursor.list(|cursor| {
            let row = cursor.listed(|cursor| value(cursor, &mut writer))?;
            Ok(format!("({})", row.join(", ")))
        })?;
        sql.push_str(&format!(" VALUES {}", rows.join(", ")));
    } else {
        sql.push(' ');
        sql.push_str(&writer.query(&query(cursor)?)?);
    }
    Ok(Kind::Change(sql))
}

/// A value, or DEFAULT.
pub(super) fn value(cursor: &mut Cursor, writer: &mut Writer) -> Result<String, SyntaxError> {
    if cursor.take("default") {
        return Ok("DEFAULT".to_owned());
    }
    writer.expr(&expr(cursor)?)
}

/// `UPDATE table [[AS] alias] SET column = value, ... [FROM ...] [WHERE ...]`
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_UPDATE.html>)
pub(super) fn update(cursor: &mut Cursor, with: Vec<Cte>, recursive: bool) -> Result<Kind, SyntaxError> {
    cursor.expect("update")?;
    let table = table_name(cursor)?;
    let alias = if cursor.take("as") || !cursor.is("set") {
        Some(cursor.name()?)
    } else {
        None
    };
    cursor.expect("set")?;
    let set = cursor.list(assignment)?;
    let from = relations(cursor, "from")?;
    let filter = condition(cursor)?;
    let mut writer = Writer::default();
    let prefix = writer.with(&with, recursive)?;
    writer.open();
    target(&mut writer, &table, alias.as_deref());
    // What FROM brings in is in sight of the values before it.
    let from = written(&mut writer, &from)?;
    let mut assignments = Vec::new();
    for (column, value) in &set {
        let value = match value {
            Some(value) => writer.expr(value)?,
            None => "DEFAULT".to_owned(),
        };
        assignments.push(format!("{} = {value}", quote(column)));
    }
    let mut sql = format!("{prefix}UPDATE {}", quote_table(&table));
    if let Some(alias) = &alias {
        sql.push_str(&format!(" AS {}", quote(alias)));
    }
    sql.push_str(&format!(" SET {}", assignments.join(", ")));
    finish(&mut sql, &mut writer, "FROM", &from, filter.as_ref())?;
    Ok(Kind::Change(sql))
}

/// `column = value`; `None` is DEFAULT.
pub(super) fn assignment(cursor: &mut Cursor) -> Result<(String, Option<Expr>), SyntaxError> {
    let column = cursor.name()?;
    cursor.expect_sign("=")?;
    if cursor.take("default") {
        return Ok((column, None));
    }
    Ok((column, Some(expr(cursor)?)))
}

/// `DELETE [FROM] table [USING ...] [WHERE ...]`
/// (<https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html>)
pub(super) fn delete(cursor: &mut Cursor, with: Vec<Cte>, recursive: bool) -> Result<Kind, SyntaxError> {
    cursor.expect("delete")?;
    cursor.take("from");
    let table = table_name(cursor)?;
    let using = relations(cursor, "using")?;
    let filter = condition(cursor)?;
    let mut writer = Writer::default();
    let prefix = writer.with(&with, recursive)?;
    writer.open();
    target(&mut writer, &table, None);
    let using = written(&mut writer, &using)?;
    let mut sql = format!("{prefix}DELETE FROM {}", quote_table(&table));
    finish(&mut sql, &mut writer, "USING", &using, filter.as_ref())?;
    Ok(Kind::Change(sql))
}

fn target(writer: &mut Writer, table: &TableName, alias: Option<&str>) {
    match alias {
        Some(alias) => writer.relate(alias, None, false),
        None => writer.relate_table(table),
    }
}

fn relations(cursor: &mut Cursor, word: &str) -> Result<Vec<Relation>, SyntaxError> {
    if cursor.take(word) {
        cursor.list(relation)
    } else {
        Ok(Vec::new())
    }
}

fn condition(cursor: &mut Cursor) -> Result<Option<Expr>, SyntaxError> {
    if cursor.take("where") {
        expr(cursor).map(Some)
    } else {
        Ok(None)
    }
}

fn written(writer: &mut Writer, relations: &[Relation]) -> Result<Vec<String>, SyntaxError> {
    relations.iter().map(|relation| writer.relation_sql(relation)).collect()
}

fn finish(
    sql: &mut String,
    writer: &mut Writer,
    word: &str,
    from: &[String],
    filter: Option<&Expr>,
) -> Result<(), SyntaxError> {
    if !from.is_empty() {
        sql.push_str(&format!(" {word} {}", from.join(", ")));
    }
    if let Some(filter) = filter {
        sql.push_str(&format!(" WHERE {}", writer.expr(filter)?));
    }
    Ok(())
}
