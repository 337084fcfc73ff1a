//! String functions (<https://docs.aws.amazon.com/redshift/latest/dg/String_functions_header.html>).

use super::super::ast::Call;
use super::super::error::{SyntaxError, failure, unsupported};
use super::super::names::literal;
use super::super::patterns;
use super::super::reserved;
use super::super::writer::Writer;
use super::{arguments, count, texts, whole};

const TEXT: &[&str] = &[
    "btrim",
    "chr",
    "concat",
    "func_sha1",
    "initcap",
    "left",
    "lower",
    "lpad",
    "ltrim",
    "md5",
    "quote_ident",
    "quote_literal",
    "regexp_replace",
    "regexp_substr",
    "repeat",
    "replace",
    "replicate",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "sha",
    "sha1",
    "sha2",
    "split_part",
    "substr",
    "substring",
    "to_hex",
    "translate",
    "trim",
    "upper",
];

pub(super) fn is_text(name: &str) -> bool {
    TEXT.contains(&name)
}

pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let name = call.name.as_str();
    let sql = match name {
        "ascii" | "lower" | "upper" | "reverse" | "md5" => format!("{name}({})", texts(writer, call, 1, 1)?.join(", ")),
        "chr" => format!("chr(CAST({} AS INTEGER))", arguments(writer, call, 1, 1)?.join(", ")),
        "sha" | "sha1" | "func_sha1" => format!("sha1({})", texts(writer, call, 1, 1)?.join(", ")),
        "sha2" => sha2(writer, call)?,
        "len" | "length" | "char_length" | "character_length" | "textlen" => {
            format!("CAST(length({}) AS INTEGER)", texts(writer, call, 1, 1)?.join(", "))
        }
        "octet_length" => format!("CAST(strlen({}) AS INTEGER)", texts(writer, call, 1, 1)?.join(", ")),
        "btrim" | "trim" => format!("trim({})", texts(writer, call, 1, 2)?.join(", ")),
        "ltrim" | "rtrim" => format!("{name}({})", texts(writer, call, 1, 2)?.join(", ")),
        "replace" | "translate" => format!("{name}({})", texts(writer, call, 3, 3)?.join(", ")),
        "left" | "right" => side(writer, call)?,
        "lpad" | "rpad" => pad(writer, call)?,
        "repeat" | "replicate" => match &arguments(writer, call, 2, 2)?[..] {
            [text, times] => format!("repeat({text}, CAST({times} AS BIGINT))"),
            _ => return Ok(None),
        },
        "concat" => {
            count(call, 2, 2)?;
            let mut both = Vec::new();
            for argument in &call.arguments {
                both.push(writer.text(argument)?);
            }
            format!("({})", both.join(" || "))
        }
        "charindex" | "position" => match &texts(writer, call, 2, 2)?[..] {
            [part, whole] => format!("CAST(strpos({whole}, {part}) AS INTEGER)"),
            _ => return Ok(None),
        },
        "strpos" => format!("CAST(strpos({}) AS INTEGER)", texts(writer, call, 2, 2)?.join(", ")),
        "substring" | "substr" => substring(writer, call)?,
        "split_part" => split_part(writer, call)?,
        "initcap" => initcap(&texts(writer, call, 1, 1)?.join(", ")),
        "to_hex" => format!("lower(hex({}))", arguments(writer, call, 1, 1)?.join(", ")),
        "strtol" => strtol(writer, call)?,
        "quote_ident" => quote_ident(&texts(writer, call, 1, 1)?.join(", ")),
        "quote_literal" => {
            let text = texts(writer, call, 1, 1)?.join(", ");
            format!("('''' || replace(replace({text}, '\\', '\\\\'), '''', '''''') || '''')")
        }
        "regexp_count" | "regexp_instr" | "regexp_replace" | "regexp_substr" => patterns::function(writer, call)?,
        _ => return Ok(None),
    };
    Ok(Some(sql))
}

fn side(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = texts(writer, call, 2, 2)?;
    if call.arguments.get(1).and_then(whole).is_some_and(|length| length < 0) {
        return Err(failure(
            call.at,
            format_args!("negative length not allowed in {}", call.name),
        ));
    }
    Ok(match &all[..] {
        [text, length] => format!("{}({text}, CAST({length} AS BIGINT))", call.name),
        _ => String::new(),
    })
}

fn pad(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    Ok(match &texts(writer, call, 2, 3)?[..] {
        [text, length] => format!("{}({text}, CAST({length} AS INTEGER), ' ')", call.name),
        [text, length, fill] => format!("{}({text}, CAST({length} AS INTEGER), {fill})", call.name),
        _ => String::new(),
    })
}

fn sha2(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = texts(writer, call, 2, 2)?;
    match (&all[..], call.arguments.get(1).and_then(whole)) {
        ([text, _], Some(0 | 256)) => Ok(format!("sha256({text})")),
        _ => Err(unsupported(
            call.at,
            "SHA2 of other than 256 bits",
            "it has SHA2(text, 256)",
        )),
    }
}

/// Positions before the text count too: `SUBSTRING('abc', 0, 2)` is `a`.
fn substring(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = texts(writer, call, 2, 3)?;
    let positive = call.arguments.get(1).and_then(whole).is_some_and(|start| start > 0);
    Ok(match &all[..] {
        [text, start] if positive => format!("substring({text}, {start})"),
        [text, start, length] if positive => format!("substring({text}, {start}, {length})"),
        [text, start] => format!("substring({text}, greatest(CAST({start} AS BIGINT), 1))"),
        [text, start, length] => format!(
            "substring({text}, greatest(CAST({start} AS BIGINT), 1), \
             greatest(CAST({start} AS BIGINT) + {length}, 1) - greatest(CAST({start} AS BIGINT), 1))"
        ),
        _ => String::new(),
    })
}

fn split_part(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = texts(writer, call, 3, 3)?;
    if call.arguments.get(2).and_then(whole).is_some_and(|part| part < 1) {
        return Err(failure(call.at, "field position must be greater than zero"));
    }
    Ok(match &all[..] {
        [text, delimiter, part] => format!(
            "split_part({text}, {delimiter}, CASE WHEN {part} < 1 \
             THEN error('field position must be greater than zero') ELSE CAST({part} AS BIGINT) END)"
        ),
        _ => String::new(),
    })
}

/// Words are runs of letters and digits.
fn initcap(text: &str) -> String {
    format!(
        "array_to_string(list_transform(regexp_extract_all({text}, '[\\pL\\pN]+|[^\\pL\\pN]+'), \
         lambda word: upper(word[1]) || lower(word[2:])), '')"
    )
}

/// Text in another base as a number.
fn strtol(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = texts(writer, call, 2, 2)?;
    let base = call
        .arguments
        .get(1)
        .and_then(whole)
        .filter(|base| (2..=36).contains(base));
    let (Some(text), Some(base)) = (all.first(), base) else {
        return Err(unsupported(
            call.at,
            "STRTOL with this base",
            "it has whole numbers from 2 to 36",
        ));
    };
    let digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    let digits = literal(digits.get(..usize::try_from(base).unwrap_or(36)).unwrap_or(digits));
    let prefix = if base == 16 { "^(0x)?" } else { "^" };
    let bare = format!("regexp_replace(ltrim(lower({text}), '-'), '{prefix}', '')");
    Ok(format!(
        "CASE WHEN {bare} = '' THEN 0 ELSE list_reduce(list_transform(string_split({bare}, ''), \
         lambda digit: CASE WHEN strpos({digits}, digit) = 0 \
         THEN error('The input is not valid to be converted to base {base}') \
         ELSE CAST(strpos({digits}, digit) - 1 AS BIGINT) END), lambda number, digit: number * {base} + digit) \
         * CASE WHEN starts_with({text}, '-') THEN -1 ELSE 1 END END"
    ))
}

fn quote_ident(text: &str) -> String {
    let words: Vec<_> = reserved::all().iter().map(|word| literal(word)).collect();
    format!(
        "CASE WHEN regexp_full_match({text}, '[a-z_][a-z0-9_$]*') AND {text} NOT IN ({}) THEN {text} \
         ELSE '\"' || replace({text}, '\"', '\"\"') || '\"' END",
        words.join(", ")
    )
}
