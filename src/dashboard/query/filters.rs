//! Filters as conditions of WHERE.

use super::select::aggregate;
use super::sql;
use crate::dashboard::model::{Aggregation, Bound, Dashboard, Filter, Matching, Nulls, Test, Visual};
use crate::dashboard::read::dataset::{Column, ColumnType, DataSet};

/// The conditions that a visual's filters put on its data set's rows, those of controls left out (the page applies them).
pub(super) fn conditions(dashboard: &Dashboard, visual: &Visual, set: &DataSet) -> Vec<String> {
    let mut out = set.conditions.clone();
    for at in &visual.filters {
        let filter = &dashboard.filters[*at];
        let Some(column) = set.column(&filter.column) else {
            continue;
        };
        if dashboard.is_interactive(*at) {
            // What the control cannot undo.
            if let Test::Category { nulls, .. } = filter.test {
                out.extend(null_condition(column, nulls));
            }
            continue;
        }
        out.extend(condition(filter, column, set));
    }
    out
}

fn null_condition(column: &Column, nulls: Nulls) -> Option<String> {
    match nulls {
        Nulls::All => None,
        Nulls::Only => Some(format!("{} IS NULL", column.sql)),
        Nulls::Never => Some(format!("{} IS NOT NULL", column.sql)),
    }
}

fn condition(filter: &Filter, column: &Column, set: &DataSet) -> Option<String> {
    match &filter.test {
        Test::Category {
            matching,
            values,
            nulls,
        } => {
            let test = values.as_ref().map(|values| category(column, *matching, values));
            with_nulls(column, test, *nulls)
        }
        Test::Number { equal, negated, nulls } => {
            let test = equal.map(|value| {
                format!(
                    "{} {} {}",
                    column.sql,
                    if *negated { "<>" } else { "=" },
                    sql::number(value)
                )
            });
            with_nulls(column, test, *nulls)
        }
        Test::Range {
            minimum,
            maximum,
            nulls,
        } => {
            let ends = [(minimum, ">"), (maximum, "<")].into_iter().filter_map(|(end, sign)| {
                let (bound, inclusive) = end.as_ref()?;
                let value = match bound {
                    Bound::Number(value) => sql::number(*value),
                    Bound::Time(time) => format!("CAST({} AS TIMESTAMP)", sql::text(time)),
                };
                Some(format!(
                    "{} {sign}{} {value}",
                    column.sql,
                    if *inclusive { "=" } else { "" }
                ))
            });
            let ends: Vec<String> = ends.collect();
            with_nulls(column, (!ends.is_empty()).then(|| ends.join(" AND ")), *nulls)
        }
        Test::Top { limit, by } => Some(top(column, *limit, by, set)),
    }
}

/// A test and what becomes of nulls: QuickSight's NullOption.
fn with_nulls(column: &Column, test: Option<String>, nulls: Nulls) -> Option<String> {
    match (test, nulls) {
        (_, Nulls::Only) | (None, _) => null_condition(column, nulls),
        (Some(test), Nulls::All) => Some(format!("(({test}) OR {} IS NULL)", column.sql)),
        (Some(test), Nulls::Never) => Some(format!("({test})")),
    }
}

fn category(column: &Column, matching: Matching, values: &[String]) -> String {
    let text = match column.kind {
        ColumnType::String => column.sql.clone(),
        _ => format!("CAST({} AS VARCHAR)", column.sql),
    };
    if values.is_empty() {
        // Nothing is in an empty list.
        return if matching == Matching::DoesNotEqual {
            "TRUE"
        } else {
            "FALSE"
        }
        .to_owned();
    }
    let list = values
        .iter()
        .map(|value| sql::text(value))
        .collect::<Vec<_>>()
        .join(", ");
    let any = |one: &dyn Fn(&String) -> String, glue: &str| values.iter().map(one).collect::<Vec<_>>().join(glue);
    match matching {
        Matching::Equals => format!("{text} IN ({list})"),
        Matching::DoesNotEqual => format!("{text} NOT IN ({list})"),
        Matching::Contains => any(&|value| format!("POSITION({} IN {text}) > 0", sql::text(value)), " OR "),
        Matching::DoesNotContain => any(
            &|value| format!("POSITION({} IN {text}) = 0", sql::text(value)),
            " AND ",
        ),
        Matching::StartsWith => any(
            &|value| format!("LEFT({text}, {}) = {}", value.chars().count(), sql::text(value)),
            " OR ",
        ),
        Matching::EndsWith => any(
            &|value| format!("RIGHT({text}, {}) = {}", value.chars().count(), sql::text(value)),
            " OR ",
        ),
    }
}

fn top(column: &Column, limit: usize, by: &[(String, Aggregation, bool)], set: &DataSet) -> String {
    let order: Vec<String> = by
        .iter()
        .filter_map(|(name, aggregation, descending)| {
            let value = aggregate(*aggregation, None, &set.column(name)?.sql);
            Some(format!(
                "{value} {} NULLS LAST",
                if *descending { "DESC" } else { "ASC" }
            ))
        })
        .collect();
    let conditions = if set.conditions.is_empty() {
        String::new()
    } else {
        format!(" WHERE {}", set.conditions.join(" AND "))
    };
    let mut order = order;
    order.push(column.sql.clone());
    format!(
        "{column} IN (SELECT {column} FROM {} AS top_values{conditions} GROUP BY {column} ORDER BY {} LIMIT {limit})",
        set.base,
        order.join(", "),
        column = column.sql,
    )
}
