//! The types Redshift gives expressions.

use serde_json::Value;

use super::super::dialect::Type;
use super::super::types::MAX_VARCHAR;
use super::columns::{Scope, Source, column, query};
use super::{list, text};

/// The type Redshift gives an expression, where that is not left to DuckDB.
pub(super) fn infer(item: &Value, sources: &[Source], scope: &Scope<'_>) -> Option<Type> {
    let of = |item: &Value| infer(item, sources, scope);
    match text(item, "class") {
        "COLUMN_REF" => column(item, sources).kind,
        "CONSTANT" => constant(&item["value"]),
        "CAST" => match text(&item["cast_type"], "id") {
            "DECIMAL" => {
                let info = &item["cast_type"]["type_info"];
                Some(Type::Decimal {
                    precision: u8::try_from(info["width"].as_u64()?).ok()?,
                    scale: u8::try_from(info["scale"].as_u64()?).ok()?,
                })
            }
            // A cast to text without a length keeps the length of text.
            "VARCHAR" => of(&item["child"])
                .filter(Type::is_text)
                .and_then(|kind| kind.length())
                .map(Type::Varchar),
            other => Some(Type::of_duck(other)),
        },
        "CASE" => {
            let mut kinds = list(item, "case_checks")
                .iter()
                .map(|check| &check["then_expr"])
                .collect::<Vec<_>>();
            kinds.push(&item["else_expr"]);
            all_of(&kinds, &of)
        }
        "OPERATOR" if text(item, "type") == "OPERATOR_COALESCE" => {
            all_of(&list(item, "children").iter().collect::<Vec<_>>(), &of)
        }
        "SUBQUERY" if text(item, "subquery_type") == "SCALAR" => {
            query(&item["subquery"]["node"], scope)?.into_iter().next()?.kind
        }
        "FUNCTION" | "WINDOW" => function(item, &of),
        _ => None,
    }
}

/// One type for several expressions; NULL takes any.
fn all_of(items: &[&Value], of: &dyn Fn(&Value) -> Option<Type>) -> Option<Type> {
    let mut kind = None;
    for item in items.iter().filter(|item| item["value"]["is_null"] != true) {
        let next = of(item)?;
        kind = match kind {
            None => Some(next),
            some => Some(unify(some, Some(next))?),
        };
    }
    kind
}

/// <https://docs.aws.amazon.com/redshift/latest/dg/r_SUM.html> and its neighbours: types of aggregates.
fn function(item: &Value, of: &dyn Fn(&Value) -> Option<Type>) -> Option<Type> {
    let children = list(item, "children");
    let first = || children.first().and_then(of);
    match text(item, "function_name") {
        "sum" => Some(match first()? {
            Type::SmallInt | Type::Integer => Type::BigInt,
            Type::BigInt => Type::Decimal {
                precision: 38,
                scale: 0,
            },
            Type::Decimal { scale, .. } => Type::Decimal { precision: 38, scale },
            Type::Real | Type::Double => Type::Double,
            _ => return None,
        }),
        "count" | "count_star" | "row_number" | "rank" | "dense_rank" => Some(Type::BigInt),
        "min" | "max" | "any_value" | "arg_max" | "arg_min" | "max_by" | "min_by" | "first_value" | "last_value"
        | "lag" | "lead" | "first" | "last" => first(),
        // `left(text, n)` is how the dialect writes a cast to VARCHAR(n).
        "left" if children.len() == 2 => {
            let length = u32::try_from(children[1]["value"]["value"].as_u64()?).ok()?;
            Some(Type::Varchar(length.max(1)))
        }
        "lower" | "upper" | "trim" | "ltrim" | "rtrim" | "right" | "substring" | "substr" | "reverse" => first()
            .filter(Type::is_text)
            .and_then(|kind| kind.length())
            .map(Type::Varchar),
        "||" | "concat" => {
            let lengths = children
                .iter()
                .map(|child| of(child).filter(Type::is_text).and_then(|kind| kind.length()));
            let total: u32 = lengths.sum::<Option<u32>>()?;
            Some(Type::Varchar(total.min(MAX_VARCHAR)))
        }
        _ => None,
    }
}

fn constant(value: &Value) -> Option<Type> {
    match text(&value["type"], "id") {
        "INTEGER" => Some(Type::Integer),
        "BIGINT" => Some(Type::BigInt),
        "BOOLEAN" => Some(Type::Boolean),
        "DECIMAL" => {
            let info = &value["type"]["type_info"];
            Some(Type::Decimal {
                precision: u8::try_from(info["width"].as_u64()?).ok()?,
                scale: u8::try_from(info["scale"].as_u64()?).ok()?,
            })
        }
        "VARCHAR" => Some(Type::Varchar(u32::try_from(text(value, "value").len()).ok()?.max(1))),
        _ => None,
    }
}

/// A type that holds the values of both.
pub(super) fn unify(left: Option<Type>, right: Option<Type>) -> Option<Type> {
    let (left, right) = (left?, right?);
    let rank = |kind: &Type| match kind {
        Type::SmallInt => Some(5),
        Type::Integer => Some(10),
        Type::BigInt => Some(19),
        _ => None,
    };
    Some(match (&left, &right) {
        _ if left == right => left,
        _ if left.is_text() && right.is_text() => Type::Varchar(left.length()?.max(right.length()?)),
        (
            Type::Decimal { precision, scale },
            Type::Decimal {
                precision: other,
                scale: fraction,
            },
        ) => {
            let whole = (precision - scale).max(other - fraction);
            let scale = *scale.max(fraction);
            Type::Decimal {
                precision: (whole + scale).min(38),
                scale,
            }
        }
        _ => match (rank(&left), rank(&right)) {
            (Some(one), Some(other)) => {
                if one > other {
                    left
                } else {
                    right
                }
            }
            _ => return None,
        },
    })
}
