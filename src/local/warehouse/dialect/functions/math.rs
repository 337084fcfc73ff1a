//! Mathematical functions (<https://docs.aws.amazon.com/redshift/latest/dg/Math_functions.html>).

use super::super::ast::{Binary, Call, Expr};
use super::super::error::{SyntaxError, unsupported};
use super::super::writer::Writer;
use super::{count, whole};

pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let (name, least, most) = match call.name.as_str() {
        "abs" => ("abs", 1, 1),
        "ceil" | "ceiling" => ("ceil", 1, 1),
        "floor" => ("floor", 1, 1),
        "sqrt" | "dsqrt" => ("sqrt", 1, 1),
        "cbrt" | "dcbrt" => ("cbrt", 1, 1),
        "exp" | "dexp" => ("exp", 1, 1),
        "ln" | "dlog1" => ("ln", 1, 1),
        "log" | "dlog10" => ("log10", 1, 1),
        "pow" | "power" | "dpow" => ("power", 2, 2),
        "degrees" | "radians" | "sin" | "cos" | "tan" | "cot" | "asin" | "acos" | "atan" => (call.name.as_str(), 1, 1),
        "atan2" => ("atan2", 2, 2),
        "pi" => ("pi", 0, 0),
        "random" => ("random", 0, 0),
        "sign" => return sign(writer, call).map(Some),
        "round" => return round(writer, call).map(Some),
        "trunc" => return trunc(writer, call).map(Some),
        "mod" => return modulo(writer, call).map(Some),
        _ => return Ok(None),
    };
    Ok(Some(format!(
        "{name}({})",
        numbers(writer, call, least, most)?.join(", ")
    )))
}

fn numbers(writer: &mut Writer, call: &Call, least: usize, most: usize) -> Result<Vec<String>, SyntaxError> {
    count(call, least, most)?;
    call.arguments.iter().map(|argument| writer.number(argument)).collect()
}

fn sign(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    Ok(format!(
        "CAST(sign({}) AS INTEGER)",
        numbers(writer, call, 1, 1)?.join(", ")
    ))
}

fn modulo(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 2, 2)?;
    match &call.arguments[..] {
        [left, right] => writer.expr(&Expr::Binary(Box::new(Binary {
            op: "%",
            left: left.clone(),
            right: right.clone(),
            at: call.at,
        }))),
        _ => Ok(String::new()),
    }
}

fn round(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = numbers(writer, call, 1, 2)?;
    if let Some(places) = call.arguments.get(1) {
        places_of(call, places)?;
    }
    Ok(format!("round({})", all.join(", ")))
}

/// Of a number, or the date of a timestamp: the type decides.
fn trunc(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let mut all = numbers(writer, call, 1, 2)?;
    if let Some(places) = call.arguments.get(1) {
        let places = places_of(call, places)?;
        if let Some(last) = all.last_mut() {
            *last = format!("'{places}'");
        }
    }
    Ok(writer.marker("trunc", &all))
}

/// The type of the result depends on it.
fn places_of(call: &Call, places: &Expr) -> Result<i64, SyntaxError> {
    whole(places).ok_or_else(|| {
        unsupported(
            call.at,
            format_args!(
                "{}() to a number of places that is not a literal",
                call.name.to_ascii_uppercase()
            ),
            "write the number",
        )
    })
}
