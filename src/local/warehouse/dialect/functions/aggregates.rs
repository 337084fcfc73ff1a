//! Aggregate functions (<https://docs.aws.amazon.com/redshift/latest/dg/c_Aggregate_Functions.html>).

use super::super::ast::{Call, Expr, Order};
use super::super::error::{SyntaxError, failure};
use super::super::writer::Writer;
use super::windows::{frame_needed, over};
use super::{arguments, count, only};

pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let name = call.name.as_str();
    let simple = match name {
        "count" => return self::count_of(writer, call).map(Some),
        "sum" | "avg" => return total(writer, call).map(Some),
        "listagg" => return listagg(writer, call).map(Some),
        "median" | "percentile_cont" | "percentile_disc" => return percentile(writer, call).map(Some),
        "grouping" => {
            only(call, &[])?;
            let all = arguments(writer, call, 1, 30)?;
            return Ok(Some(format!("CAST(grouping({}) AS INTEGER)", all.join(", "))));
        }
        "min" | "max" | "any_value" | "stddev_pop" | "var_pop" | "bool_and" | "bool_or" => name,
        "stddev" | "stddev_samp" => "stddev_samp",
        "variance" | "var_samp" => "var_samp",
        _ => return Ok(None),
    };
    only(call, &["DISTINCT", "OVER"])?;
    let all = arguments(writer, call, 1, 1)?;
    let sql = format!("{simple}({}{})", distinct(call), all.join(", "));
    let over = window(writer, call)?;
    Ok(Some(sql + &over))
}

fn distinct(call: &Call) -> &'static str {
    if call.distinct { "DISTINCT " } else { "" }
}

/// ` OVER (...)`, if there is one.
fn window(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let Some(window) = &call.over else {
        return Ok(String::new());
    };
    if call.distinct {
        return Err(failure(call.at, "DISTINCT is not implemented for window functions"));
    }
    frame_needed(call, window)?;
    Ok(format!(" OVER ({})", over(writer, window)?))
}

/// `APPROXIMATE COUNT(DISTINCT)` is exact here, within the error that Redshift allows itself.
fn count_of(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    only(call, &["*", "DISTINCT", "OVER", "APPROXIMATE"])?;
    if call.approximate && !call.distinct {
        return Err(failure(call.at, "APPROXIMATE is for COUNT(DISTINCT ...)"));
    }
    let inside = if call.star {
        "*".to_owned()
    } else {
        format!("{}{}", distinct(call), arguments(writer, call, 1, 1)?.join(", "))
    };
    let over = window(writer, call)?;
    Ok(format!("count({inside}){over}"))
}

/// The types of the sum and of the average depend on the argument's.
fn total(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    only(call, &["DISTINCT", "OVER"])?;
    count(call, 1, 1)?;
    let value = writer.number(call.arguments.first().unwrap_or(&Expr::Null))?;
    let over = window(writer, call)?;
    let distinct = distinct(call);
    let sum = format!("sum({distinct}{value}){over}");
    if call.name == "sum" {
        return Ok(writer.marker("sum", &[sum]));
    }
    Ok(writer.marker("avg", &[sum, format!("count({distinct}{value}){over}")]))
}

/// `LISTAGG([DISTINCT] value [, delimiter]) [WITHIN GROUP (ORDER BY ...)]`
fn listagg(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    only(call, &["DISTINCT", "WITHIN GROUP", "OVER"])?;
    count(call, 1, 2)?;
    let value = writer.text(call.arguments.first().unwrap_or(&Expr::Null))?;
    let delimiter = match call.arguments.get(1) {
        Some(delimiter) => writer.string(delimiter)?,
        None => "''".to_owned(),
    };
    if let Some(order) = &call.within {
        same_order(writer, call, order)?;
    }
    let order = ordering(writer, call, &value)?;
    let partition = match &call.over {
        Some(window) if window.order.is_empty() && window.frame.is_none() => {
            format!(" OVER ({})", over(writer, window)?)
        }
        Some(_) => return Err(failure(call.at, "listagg takes PARTITION BY only in OVER")),
        None => String::new(),
    };
    Ok(format!(
        "string_agg({}{value}, {delimiter}{order}){partition}",
        distinct(call)
    ))
}

fn ordering(writer: &mut Writer, call: &Call, value: &str) -> Result<String, SyntaxError> {
    let order: &[Order] = call.within.as_deref().unwrap_or_default();
    if let ([only], [argument, ..], true) = (order, &call.arguments[..], call.distinct)
        && writer.expr(&only.by)? == writer.expr(argument)?
    {
        // As text: DuckDB sorts a DISTINCT aggregate by its argument only.
        let direction = if only.descending { "DESC" } else { "ASC" };
        return Ok(format!(" ORDER BY {value} {direction}"));
    }
    writer.order_by(order)
}

/// # Errors
/// All aggregates of a query that sort must sort alike.
fn same_order(writer: &mut Writer, call: &Call, order: &[Order]) -> Result<(), SyntaxError> {
    if call.over.is_some() || writer.sorts(order)? {
        return Ok(());
    }
    Err(failure(
        call.at,
        "within group ORDER BY clauses for aggregate functions must be the same",
    ))
}

/// MEDIAN, PERCENTILE_CONT and PERCENTILE_DISC.
fn percentile(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    match call.name.as_str() {
        "median" => only(call, &["OVER"])?,
        "percentile_cont" => only(call, &["WITHIN GROUP", "OVER"])?,
        _ => only(call, &["WITHIN GROUP", "OVER", "APPROXIMATE"])?,
    }
    if call.name == "percentile_disc" && call.over.is_none() && !call.approximate {
        let what = "PERCENTILE_DISC is a window function: as an aggregate it is APPROXIMATE PERCENTILE_DISC";
        return Err(failure(call.at, what));
    }
    count(call, 1, 1)?;
    let (part, by) = match (call.name.as_str(), &call.within, call.arguments.first()) {
        ("median", None, Some(value)) => (
            "0.5",
            Order {
                by: value.clone(),
                descending: false,
                nulls_first: None,
            },
        ),
        (_, Some(order), Some(Expr::Number(part))) => match &order[..] {
            [only] => (part.as_str(), only.clone()),
            _ => {
                return Err(failure(
                    call.at,
                    format_args!("{} takes one ORDER BY expression", call.name),
                ));
            }
        },
        (_, Some(_), Some(_)) => {
            return Err(failure(
                call.at,
                "percentile value must be a numeric constant between 0 and 1",
            ));
        }
        _ => {
            return Err(failure(
                call.at,
                format_args!("WITHIN GROUP is required by {}", call.name),
            ));
        }
    };
    let fraction = part
        .parse::<f64>()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value) && !part.contains(['e', 'E']));
    if fraction.is_none() {
        return Err(failure(
            call.at,
            "percentile value must be a numeric constant between 0 and 1",
        ));
    }
    let over = match &call.over {
        Some(window) if window.order.is_empty() && window.frame.is_none() => {
            format!(" OVER ({})", over(writer, window)?)
        }
        Some(_) => {
            return Err(failure(
                call.at,
                format_args!("{} takes PARTITION BY only in OVER", call.name),
            ));
        }
        None => String::new(),
    };
    if call.name != "percentile_disc" {
        same_order(writer, call, std::slice::from_ref(&by))?;
    }
    let value = writer.number(&by.by)?;
    if call.name == "percentile_disc" {
        let sign = if by.descending { "-" } else { "" };
        return Ok(format!("quantile_disc({value}, {sign}{part}){over}"));
    }
    let places = part.split_once('.').map_or(0, |(_, places)| places.len());
    let part = if by.descending {
        format!("1 - {part}")
    } else {
        part.to_owned()
    };
    let value = writer.marker("spread", &[value, format!("'{places}'")]);
    Ok(writer.marker("percentile", &[format!("quantile_cont({value}, {part}){over}")]))
}
