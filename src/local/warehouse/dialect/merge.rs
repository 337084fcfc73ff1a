//! MERGE (<https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html>).

use super::ast::{Base, Expr, Query};
use super::change::assignment;
use super::cursor::Cursor;
use super::error::{SyntaxError, failure};
use super::expr::expr;
use super::names::{quote, quote_all, quote_table, table_name};
use super::query;
use super::statement::{Kind, TableName};
use super::writer::Writer;

/// Where the rows come from.
enum Source {
    Table(TableName),
    Query(Box<Query>),
}

enum Matched {
    Update(Vec<(String, Option<Expr>)>),
    Delete,
}

/// `MERGE INTO target USING source [[AS] alias] ON condition` and either both WHEN clauses or REMOVE DUPLICATES. Redshift
/// has neither an alias for the target nor conditions in WHEN.
pub(super) fn merge(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect_all(&["merge", "into"])?;
    let target = table_name(cursor)?;
    cursor.expect("using")?;
    let at = cursor.offset();
    let source = if query::starts(cursor, 1) {
        Source::Query(Box::new(query::parenthesised(cursor)?))
    } else {
        Source::Table(table_name(cursor)?)
    };
    let alias = if cursor.take("as") || !cursor.is("on") {
        Some(cursor.name()?)
    } else {
        None
    };
    if alias.is_none() && matches!(source, Source::Query(_)) {
        return Err(failure(at, "subquery in USING must have an alias"));
    }
    cursor.expect("on")?;
    let condition = expr(cursor)?;
    let mut writer = Writer::default();
    let name = match (&alias, &source) {
        (Some(alias), _) => alias.clone(),
        (None, Source::Table(table)) => table.name.clone(),
        (None, Source::Query(_)) => String::new(),
    };
    let keys = if name == target.name {
        None
    } else {
        keys(&condition, &name, &target.name)
    };
    let source = match source {
        Source::Table(table) => {
            writer.open();
            match &alias {
                Some(alias) => writer.relate(alias, None, false),
                None => writer.relate_table(&table),
            }
            quote_table(&table)
        }
        Source::Query(query) => {
            let query = writer.query(&query)?;
            writer.open();
            writer.relate(alias.as_deref().unwrap_or_default(), None, false);
            format!("({query})")
        }
    };
    writer.relate_table(&target);
    let named = match &alias {
        Some(alias) => format!("{source} AS {}", quote(alias)),
        None => source.clone(),
    };
    let condition = writer.expr(&condition)?;
    let target = quote_table(&target);
    if cursor.take_all(&["remove", "duplicates"]) {
        return Ok(Kind::Change(remove_duplicates(&target, &source, &named, &condition)));
    }
    let (matched, columns, values) = actions(cursor)?;
    let matched = match matched {
        Matched::Delete => "DELETE".to_owned(),
        Matched::Update(set) => format!("UPDATE SET {}", assignments(&mut writer, &set)?),
    };
    let values = written(&mut writer, &values)?;
    let columns = if columns.is_empty() {
        String::new()
    } else {
        format!(" ({})", quote_all(&columns))
    };
    Ok(Kind::Change(vec![
        check(&target, &named, &name, keys, &condition),
        format!(
            "MERGE INTO {target} USING {named} ON {condition} WHEN MATCHED THEN {matched} \
             WHEN NOT MATCHED THEN INSERT{columns} VALUES ({})",
            values.join(", ")
        ),
    ]))
}

type Actions = (Matched, Vec<String>, Vec<Option<Expr>>);

/// Both WHEN clauses, in this order.
fn actions(cursor: &mut Cursor) -> Result<Actions, SyntaxError> {
    cursor.expect_all(&["when", "matched", "then"])?;
    let matched = if cursor.take("delete") {
        Matched::Delete
    } else {
        cursor.expect_all(&["update", "set"])?;
        Matched::Update(cursor.list(assignment)?)
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
        expr(cursor).map(Some)
    })?;
    Ok((matched, columns, values))
}

fn assignments(writer: &mut Writer, set: &[(String, Option<Expr>)]) -> Result<String, SyntaxError> {
    let values: Vec<_> = set.iter().map(|(_, value)| value.clone()).collect();
    let values = written(writer, &values)?;
    let set: Vec<_> = set
        .iter()
        .zip(values)
        .map(|((column, _), value)| format!("{} = {value}", quote(column)))
        .collect();
    Ok(set.join(", "))
}

fn written(writer: &mut Writer, values: &[Option<Expr>]) -> Result<Vec<String>, SyntaxError> {
    values
        .iter()
        .map(|value| match value {
            Some(value) => writer.expr(value),
            None => Ok("DEFAULT".to_owned()),
        })
        .collect()
}

/// Redshift refuses to change a row for more than one row of the source; DuckDB would take any. Where the condition compares
/// columns of the source with others, only their values that occur more than once are looked for in the target.
fn check(target: &str, source: &str, alias: &str, keys: Option<Vec<String>>, condition: &str) -> String {
    let error = "SELECT error('Found multiple matches to update the same tuple.')";
    match keys {
        Some(keys) => {
            let (keys, alias) = (quote_all(&keys), quote(alias));
            format!(
                "{error} FROM (SELECT {keys} FROM {source} GROUP BY {keys} HAVING count(*) > 1) AS {alias}, {target} \
                 WHERE {condition} LIMIT 1"
            )
        }
        None => format!(
            "{error} FROM {target}, {source} WHERE {condition} GROUP BY {target}.rowid HAVING count(*) > 1 LIMIT 1"
        ),
    }
}

/// The columns of the source, if the condition is nothing but equalities of one of them and a column of the target.
fn keys(condition: &Expr, source: &str, target: &str) -> Option<Vec<String>> {
    match condition {
        Expr::And(all) => {
            let keys: Option<Vec<_>> = all.iter().map(|one| keys(one, source, target)).collect();
            keys.map(|keys| keys.concat())
        }
        Expr::Row(items) => match &items[..] {
            [only] => keys(only, source, target),
            _ => None,
        },
        Expr::Binary(binary) if binary.op == "=" => {
            match (column_of(&binary.left, source), column_of(&binary.right, target)) {
                (Some(key), Some(_)) => Some(vec![key]),
                _ => match (column_of(&binary.left, target), column_of(&binary.right, source)) {
                    (Some(_), Some(key)) => Some(vec![key]),
                    _ => None,
                },
            }
        }
        _ => None,
    }
}

/// `relation.column`
fn column_of(expr: &Expr, relation: &str) -> Option<String> {
    match expr {
        Expr::Path(path) if path.steps.is_empty() => match &path.base {
            Base::Names(names) => match &names[..] {
                [first, column] if first == relation => Some(column.clone()),
                _ => None,
            },
            Base::Value(_) => None,
        },
        _ => None,
    }
}

/// What matches is replaced by one row of the source each, what does not is added, once.
fn remove_duplicates(target: &str, source: &str, named: &str, condition: &str) -> Vec<String> {
    vec![
        format!("DELETE FROM {target} USING {named} WHERE {condition}"),
        format!("INSERT INTO {target} SELECT DISTINCT * FROM {source}"),
    ]
}
