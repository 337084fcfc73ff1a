//! Regular expressions: DuckDB's are RE2's.

use super::ast::{Call, Expr};
use super::error::{SyntaxError, unsupported};
use super::names::literal;
use super::writer::Writer;

/// `SIMILAR TO`'s pattern as a regular expression for the whole text
/// (<https://docs.aws.amazon.com/redshift/latest/dg/pattern-matching-conditions-similar-to.html>).
pub(super) fn similar(pattern: &str, escape: char) -> String {
    let mut regular = String::new();
    let mut characters = pattern.chars();
    let mut bracket = false;
    while let Some(character) = characters.next() {
        match character {
            c if c == escape => {
                if let Some(next) = characters.next() {
                    push_quoted(&mut regular, next);
                }
            }
            '[' => {
                bracket = true;
                regular.push('[');
            }
            ']' => {
                bracket = false;
                regular.push(']');
            }
            other if bracket => regular.push(other),
            '%' => regular.push_str(".*"),
            '_' => regular.push('.'),
            '|' | '*' | '+' | '?' | '(' | ')' | '{' | '}' => regular.push(character),
            other => push_quoted(&mut regular, other),
        }
    }
    regular
}

fn push_quoted(regular: &mut String, character: char) {
    if character.is_ascii() && !character.is_ascii_alphanumeric() && !character.is_whitespace() {
        regular.push('\\');
    }
    regular.push(character);
}

/// REGEXP_COUNT, REGEXP_INSTR, REGEXP_REPLACE and REGEXP_SUBSTR.
pub(super) fn function(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let most = match call.name.as_str() {
        "regexp_count" => 4,
        "regexp_instr" => 6,
        _ => 5,
    };
    super::functions::count(call, 2, most)?;
    let text = writer.string(argument(call, 0))?;
    let Expr::Text(pattern) = argument(call, 1) else {
        return Err(unsupported(
            call.at,
            format_args!("{} with a pattern that is not a literal", name(call)),
            "write it",
        ));
    };
    let after = if call.name == "regexp_replace" { 3 } else { 2 };
    let options = options(call)?;
    let prefix = if options.ignore_case { "(?si)" } else { "(?s)" };
    let regular = literal(&format!("{prefix}{pattern}"));
    let start = number(call, after, 1)?.max(1);
    let text = if start > 1 {
        format!("substring({text}, {start})")
    } else {
        text
    };
    match call.name.as_str() {
        "regexp_count" => Ok(format!("CAST(len(regexp_extract_all({text}, {regular})) AS INTEGER)")),
        "regexp_replace" if start > 1 => Err(unsupported(
            call.at,
            "REGEXP_REPLACE from a position",
            "it replaces all",
        )),
        "regexp_replace" => {
            let replacement = replacement(writer, call)?;
            Ok(format!("regexp_replace({text}, {regular}, {replacement}, 'g')"))
        }
        "regexp_substr" => {
            let occurrence = number(call, 3, 1)?.max(1);
            let group = u8::from(options.group && pattern.contains('('));
            Ok(format!(
                "CASE WHEN {text} IS NOT NULL THEN coalesce(regexp_extract_all({text}, {regular}, {group})[{occurrence}], '') END"
            ))
        }
        _ => instr(call, &text, prefix, pattern, start),
    }
}

/// Where the first match starts: after what comes before it.
fn instr(call: &Call, text: &str, prefix: &str, pattern: &str, start: i64) -> Result<String, SyntaxError> {
    if number(call, 3, 1)? != 1 || number(call, 4, 0)? != 0 {
        return Err(unsupported(
            call.at,
            "REGEXP_INSTR of a later occurrence or of a match's end",
            "it has the start of the first one",
        ));
    }
    let (whole, before) = (
        literal(&format!("{prefix}{pattern}")),
        literal(&format!("{prefix}^(.*?)(?:{pattern})")),
    );
    Ok(format!(
        "CASE WHEN {text} IS NULL THEN NULL WHEN regexp_matches({text}, {whole}) \
         THEN CAST(length(regexp_extract({text}, {before}, 1)) + {start} AS INTEGER) ELSE 0 END"
    ))
}

struct Options {
    ignore_case: bool,
    group: bool,
}

/// The letters of the last argument.
fn options(call: &Call) -> Result<Options, SyntaxError> {
    let place = match call.name.as_str() {
        "regexp_count" => 3,
        "regexp_instr" => 5,
        _ => 4,
    };
    let letters = match call.arguments.get(place) {
        None => "",
        Some(Expr::Text(letters)) => letters,
        Some(_) => {
            return Err(unsupported(
                call.at,
                format_args!("{} with parameters that are no literal", name(call)),
                "",
            ));
        }
    };
    if let Some(other) = letters.chars().find(|letter| !"ice".contains(*letter)) {
        return Err(unsupported(
            call.at,
            format_args!("The parameter '{other}' of {}", name(call)),
            "it has 'i', 'c' and 'e'",
        ));
    }
    Ok(Options {
        ignore_case: letters.contains('i'),
        group: letters.contains('e'),
    })
}

/// Backslashes and `$1` mean something to one engine and not to the other.
fn replacement(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    match call.arguments.get(2) {
        None => Ok("''".to_owned()),
        Some(Expr::Text(text)) if text.contains(['\\', '$']) => Err(unsupported(
            call.at,
            "A reference in the replacement of REGEXP_REPLACE",
            "it replaces with text as it is",
        )),
        Some(other) => Ok(format!("replace({}, '\\', '\\\\')", writer.string(other)?)),
    }
}

fn argument(call: &Call, index: usize) -> &Expr {
    call.arguments.get(index).unwrap_or(&Expr::Null)
}

fn number(call: &Call, index: usize, default: i64) -> Result<i64, SyntaxError> {
    match call.arguments.get(index) {
        None => Ok(default),
        Some(argument) => super::functions::whole(argument).ok_or_else(|| {
            unsupported(
                call.at,
                format_args!("{} with a position that is not a literal", name(call)),
                "write the number",
            )
        }),
    }
}

fn name(call: &Call) -> String {
    call.name.to_ascii_uppercase()
}
