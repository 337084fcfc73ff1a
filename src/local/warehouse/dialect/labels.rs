//! Names of columns that have none.

use super::ast::{Base, Body, Expr, Item, Query, Select, Step};
use super::types::internal_name;

const UNKNOWN: &str = "?column?";

/// As PostgreSQL names a column of the select list; `?column?` where nothing suggests itself.
pub(super) fn label(expr: &Expr) -> String {
    name(expr).unwrap_or_else(|| UNKNOWN.to_owned())
}

fn name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Path(path) => match (path.steps.last(), &path.base) {
            (Some(Step::Key(key)), _) => Some(key.clone()),
            (Some(Step::Index(_)), Base::Names(names)) | (None, Base::Names(names)) => names.last().cloned(),
            (_, Base::Value(value)) => name(value),
        },
        Expr::Cast(value, kind, _) => name(value).or_else(|| Some(internal_name(kind).to_owned())),
        Expr::Typed(kind, ..) => Some(internal_name(kind).to_owned()),
        Expr::Interval(_) => Some("interval".to_owned()),
        Expr::Call(call) => Some(function(&call.name).to_owned()),
        Expr::Case(case) => case
            .otherwise
            .as_ref()
            .and_then(name)
            .or_else(|| Some("case".to_owned())),
        Expr::Scalar(query) => first(query),
        Expr::Row(items) => match &items[..] {
            [only] => name(only),
            _ => Some("row".to_owned()),
        },
        Expr::Boolean(_) => Some("bool".to_owned()),
        _ => None,
    }
}

fn first(query: &Query) -> Option<String> {
    match leftmost(query).items.first()? {
        Item::Star { .. } => None,
        Item::Value { value, alias } => alias.clone().or_else(|| name(value)),
    }
}

/// The names of a query's columns, if it has them written.
pub(super) fn columns(query: &Query) -> Option<Vec<String>> {
    let items = leftmost(query).items.iter();
    items
        .map(|item| match item {
            Item::Star { .. } => None,
            Item::Value { value, alias } => Some(alias.clone().unwrap_or_else(|| label(value))),
        })
        .collect()
}

/// The SELECT that names the columns.
fn leftmost(query: &Query) -> &Select {
    let mut body = &query.body;
    loop {
        match body {
            Body::Set(_, left, _) => body = left,
            Body::Nested(query) => body = &query.body,
            Body::Select(select) => return select,
        }
    }
}

/// The name Redshift shows: some functions are others inside.
fn function(name: &str) -> &str {
    match name {
        "sysdate" => "timestamp",
        "current_date" => "date",
        "dateadd" => "date_add",
        "datediff" => "date_diff",
        "date_part" => "pgdate_part",
        "extract" => "date_part",
        "nvl" | "isnull" => "coalesce",
        "nvl2" | "decode" => "case",
        "trim" => "btrim",
        other => other,
    }
}
