//! Window functions (<https://docs.aws.amazon.com/redshift/latest/dg/c_Window_functions.html>).

use super::super::ast::{Call, Window};
use super::super::error::{SyntaxError, failure};
use super::super::writer::Writer;
use super::{arguments, only, whole};

pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let name = call.name.as_str();
    let inside = match name {
        "row_number" | "rank" | "dense_rank" | "percent_rank" | "cume_dist" => {
            arguments(writer, call, 0, 0)?;
            String::new()
        }
        "ntile" => arguments(writer, call, 1, 1)?.join(", "),
        "lag" | "lead" => offset(writer, call)?,
        "first_value" | "last_value" => with_nulls(call, &arguments(writer, call, 1, 1)?),
        "nth_value" => with_nulls(call, &arguments(writer, call, 2, 2)?),
        "ratio_to_report" => return ratio_to_report(writer, call).map(Some),
        _ => return Ok(None),
    };
    let framed = matches!(name, "first_value" | "last_value" | "nth_value");
    only(
        call,
        if framed || matches!(name, "lag" | "lead") {
            &["OVER", "IGNORE NULLS"]
        } else {
            &["OVER"]
        },
    )?;
    let window = required(call)?;
    if framed {
        frame_needed(call, window)?;
    } else if window.frame.is_some() {
        return Err(failure(call.at, format_args!("{name} takes no frame clause")));
    }
    Ok(Some(format!("{name}({inside}) OVER ({})", over(writer, window)?)))
}

fn required(call: &Call) -> Result<&Window, SyntaxError> {
    call.over.as_ref().ok_or_else(|| {
        failure(
            call.at,
            format_args!("window function {} requires an OVER clause", call.name),
        )
    })
}

/// # Errors
/// Redshift demands a frame where an aggregate is ordered.
pub(super) fn frame_needed(call: &Call, window: &Window) -> Result<(), SyntaxError> {
    if window.frame.is_none() && !window.order.is_empty() {
        return Err(failure(
            call.at,
            "Aggregate window functions with an ORDER BY clause require a frame clause",
        ));
    }
    Ok(())
}

/// What stands in the parentheses after OVER.
pub(super) fn over(writer: &mut Writer, window: &Window) -> Result<String, SyntaxError> {
    let mut sql = String::new();
    if !window.partition.is_empty() {
        sql.push_str(&format!("PARTITION BY {}", writer.list(&window.partition)?));
    }
    sql.push_str(&writer.order_by(&window.order)?);
    if let Some(frame) = &window.frame {
        sql.push(' ');
        sql.push_str(frame);
    }
    Ok(sql)
}

fn with_nulls(call: &Call, arguments: &[String]) -> String {
    let nulls = if call.ignore_nulls == Some(true) {
        " IGNORE NULLS"
    } else {
        ""
    };
    format!("{}{nulls}", arguments.join(", "))
}

/// LAG and LEAD take no default in Redshift.
fn offset(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = arguments(writer, call, 1, 2)?;
    if call.arguments.get(1).and_then(whole).is_some_and(|rows| rows < 0) {
        return Err(failure(
            call.at,
            format_args!("offset of {} must not be negative", call.name),
        ));
    }
    Ok(with_nulls(call, &all))
}

/// A value's part of the sum of its partition.
fn ratio_to_report(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    only(call, &["OVER"])?;
    let value = arguments(writer, call, 1, 1)?.join(", ");
    let window = required(call)?;
    if !window.order.is_empty() || window.frame.is_some() {
        return Err(failure(call.at, "ratio_to_report takes PARTITION BY only"));
    }
    let over = over(writer, window)?;
    Ok(format!(
        "(CAST({value} AS DOUBLE) / nullif(CAST(sum({value}) OVER ({over}) AS DOUBLE), 0))"
    ))
}
