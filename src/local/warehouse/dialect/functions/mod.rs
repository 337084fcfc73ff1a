//! Redshift's functions in DuckDB's SQL. Only what is named here exists: DuckDB's own functions do not.

mod aggregates;
mod conditional;
mod dates;
mod json;
mod math;
mod strings;
mod system;
mod untranslated;
mod windows;

use super::ast::{Call, Expr};
use super::error::{SyntaxError, failure, unsupported};
use super::writer::Writer;

/// What a call is in DuckDB's SQL.
///
/// # Errors
/// A function that Redshift does not have, one that is not translated, and a wrong number of arguments.
pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    if let Some(sql) = windows::write(writer, call)? {
        return Ok(sql);
    }
    if let Some(sql) = aggregates::write(writer, call)? {
        return Ok(sql);
    }
    plain(call)?;
    let families = [
        conditional::write,
        strings::write,
        dates::write,
        math::write,
        json::write,
        system::write,
    ];
    for family in families {
        if let Some(sql) = family(writer, call)? {
            return Ok(sql);
        }
    }
    if untranslated::has(&call.name) {
        return Err(unsupported(
            call.at,
            format_args!("The function {}()", call.name.to_ascii_uppercase()),
            "",
        ));
    }
    Err(missing(call))
}

/// Functions whose result is text: nothing to convert.
pub(super) fn is_text(name: &str) -> bool {
    strings::is_text(name)
        || matches!(
            name,
            "to_char" | "listagg" | "json_serialize" | "json_extract_path_text"
        )
}

/// As PostgreSQL words it.
fn missing(call: &Call) -> SyntaxError {
    failure(
        call.at,
        format_args!(
            "function {}({}) does not exist\n  Hint: No function matches the given name and argument types. \
             You may need to add explicit type casts.",
            call.name,
            call.arguments.iter().map(type_name).collect::<Vec<_>>().join(", ")
        ),
    )
}

/// What a literal tells of its type.
fn type_name(argument: &Expr) -> &'static str {
    match argument {
        Expr::Number(number) if number.contains(['.', 'e', 'E']) => "numeric",
        Expr::Number(_) => "integer",
        Expr::Boolean(_) => "boolean",
        Expr::Cast(_, kind, _) | Expr::Typed(kind, ..) => super::types::internal_name(kind),
        _ => "\"unknown\"",
    }
}

/// # Errors
/// What only aggregates and window functions take.
fn plain(call: &Call) -> Result<(), SyntaxError> {
    match given(call).first() {
        None => Ok(()),
        Some(what) => Err(failure(
            call.at,
            format_args!(
                "{what} specified, but {} is not an aggregate function nor a window function",
                call.name
            ),
        )),
    }
}

/// # Errors
/// What this aggregate or window function does not take.
fn only(call: &Call, allowed: &[&str]) -> Result<(), SyntaxError> {
    match given(call).iter().find(|what| !allowed.contains(what)) {
        None => Ok(()),
        Some(what) => Err(failure(
            call.at,
            format_args!("{what} is not supported by {}", call.name),
        )),
    }
}

/// What a call has beside arguments.
fn given(call: &Call) -> Vec<&'static str> {
    let all = [
        (call.star, "*"),
        (call.distinct, "DISTINCT"),
        (call.within.is_some(), "WITHIN GROUP"),
        (call.ignore_nulls.is_some(), "IGNORE NULLS"),
        (call.over.is_some(), "OVER"),
        (call.approximate, "APPROXIMATE"),
    ];
    all.into_iter()
        .filter(|(given, _)| *given)
        .map(|(_, what)| what)
        .collect()
}

/// # Errors
/// Another number of arguments.
pub(super) fn count(call: &Call, least: usize, most: usize) -> Result<(), SyntaxError> {
    if (least..=most).contains(&call.arguments.len()) {
        Ok(())
    } else {
        Err(missing(call))
    }
}

/// The arguments in DuckDB's SQL; `least` to `most` of them.
fn arguments(writer: &mut Writer, call: &Call, least: usize, most: usize) -> Result<Vec<String>, SyntaxError> {
    count(call, least, most)?;
    call.arguments.iter().map(|argument| writer.expr(argument)).collect()
}

/// The same for arguments that are text.
fn texts(writer: &mut Writer, call: &Call, least: usize, most: usize) -> Result<Vec<String>, SyntaxError> {
    count(call, least, most)?;
    call.arguments.iter().map(|argument| writer.string(argument)).collect()
}

/// The whole number that an argument is written as.
pub(super) fn whole(argument: &Expr) -> Option<i64> {
    match argument {
        Expr::Number(number) => number.parse().ok(),
        Expr::Negative(value) => whole(value).map(|number| -number),
        Expr::Row(items) if items.len() == 1 => items.first().and_then(whole),
        _ => None,
    }
}

/// A literal that decides what the function does.
fn fixed<'a>(call: &Call, argument: &'a Expr, what: &str) -> Result<&'a str, SyntaxError> {
    match argument {
        Expr::Text(text) => Ok(text),
        _ => Err(unsupported(
            call.at,
            format_args!("{}() with {what} that is not a literal", call.name.to_ascii_uppercase()),
            "write it as a literal",
        )),
    }
}
