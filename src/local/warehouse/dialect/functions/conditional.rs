//! Conditional functions (<https://docs.aws.amazon.com/redshift/latest/dg/c_conditional_expressions.html>).

use super::super::ast::Call;
use super::super::error::SyntaxError;
use super::super::writer::Writer;
use super::{arguments, count};

const MANY: usize = 1000;

pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let sql = match call.name.as_str() {
        "coalesce" | "nvl" | "isnull" => {
            let all = arguments(writer, call, 1, MANY)?;
            format!("coalesce({})", all.join(", "))
        }
        "nvl2" => match &arguments(writer, call, 3, 3)?[..] {
            [value, present, absent] => format!("CASE WHEN {value} IS NOT NULL THEN {present} ELSE {absent} END"),
            _ => return Ok(None),
        },
        "nullif" => {
            let all = arguments(writer, call, 2, 2)?;
            format!("nullif({})", all.join(", "))
        }
        // NULLs are passed over, as DuckDB does.
        "greatest" | "least" => {
            let all = arguments(writer, call, 1, MANY)?;
            format!("{}({})", call.name, all.join(", "))
        }
        "decode" => decode(writer, call)?,
        _ => return Ok(None),
    };
    Ok(Some(sql))
}

/// `DECODE(value, search, result, ..., [default])`: a NULL finds a NULL.
fn decode(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 3, MANY)?;
    let all = writer.all(&call.arguments)?;
    let Some((value, rest)) = all.split_first() else {
        return Ok(String::new());
    };
    let mut sql = String::from("CASE");
    let pairs = rest.chunks_exact(2);
    let default = pairs.remainder().first();
    for pair in pairs {
        if let [search, result] = pair {
            sql.push_str(&format!(" WHEN {value} IS NOT DISTINCT FROM {search} THEN {result}"));
        }
    }
    if let Some(default) = default {
        sql.push_str(&format!(" ELSE {default}"));
    }
    sql.push_str(" END");
    Ok(sql)
}
