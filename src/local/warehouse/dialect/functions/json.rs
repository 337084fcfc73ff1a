//! JSON and SUPER functions (<https://docs.aws.amazon.com/redshift/latest/dg/json-functions.html>). SUPER is DuckDB's JSON.

use super::super::ast::{Call, Expr};
use super::super::error::{SyntaxError, unsupported};
use super::super::names::literal;
use super::super::writer::Writer;
use super::{arguments, count, texts, whole};

const MANY: usize = 1000;

pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let sql = match call.name.as_str() {
        "json_parse" => format!("json({})", texts(writer, call, 1, 1)?.join("")),
        "json_serialize" => format!("CAST(json({}) AS VARCHAR)", arguments(writer, call, 1, 1)?.join("")),
        "can_json_parse" => format!("json_valid({})", texts(writer, call, 1, 1)?.join("")),
        "is_valid_json" => {
            let text = texts(writer, call, 1, 1)?.join("");
            format!("(json_valid({text}) AND regexp_matches({text}, '^\\s*[\\[{{]'))")
        }
        "is_valid_json_array" => {
            let text = texts(writer, call, 1, 1)?.join("");
            format!("(json_valid({text}) AND regexp_matches({text}, '^\\s*\\['))")
        }
        "json_extract_path_text" => path_text(writer, call)?,
        "json_extract_array_element_text" => element_text(writer, call)?,
        "json_array_length" => {
            let text = lenient(writer, call, 1)?;
            format!("CAST(json_array_length({text}) AS INTEGER)")
        }
        "json_typeof" => typeof_(&arguments(writer, call, 1, 1)?.join("")),
        "is_array" => format!("(json_type({}) = 'ARRAY')", arguments(writer, call, 1, 1)?.join("")),
        "is_object" => format!("(json_type({}) = 'OBJECT')", arguments(writer, call, 1, 1)?.join("")),
        "is_boolean" => format!("(json_type({}) = 'BOOLEAN')", arguments(writer, call, 1, 1)?.join("")),
        "is_varchar" => format!("(json_type({}) = 'VARCHAR')", arguments(writer, call, 1, 1)?.join("")),
        "is_scalar" => format!(
            "(json_type({}) NOT IN ('ARRAY', 'OBJECT', 'NULL'))",
            arguments(writer, call, 1, 1)?.join("")
        ),
        "get_array_length" => {
            let value = arguments(writer, call, 1, 1)?.join("");
            format!("CASE WHEN json_type({value}) = 'ARRAY' THEN CAST(json_array_length({value}) AS BIGINT) END")
        }
        "array" => format!("json_array({})", arguments(writer, call, 0, MANY)?.join(", ")),
        "object" => object(writer, call)?,
        "array_concat" => match &arguments(writer, call, 2, 2)?[..] {
            [left, right] => {
                format!("to_json(list_concat(json_extract({left}, '$[*]'), json_extract({right}, '$[*]')))")
            }
            _ => return Ok(None),
        },
        "split_to_array" => match &texts(writer, call, 1, 2)?[..] {
            [text] => format!("to_json(string_split({text}, ','))"),
            [text, delimiter] => format!("to_json(string_split({text}, {delimiter}))"),
            _ => return Ok(None),
        },
        _ => return Ok(None),
    };
    Ok(Some(sql))
}

/// The text, NULL where it is no JSON and the last argument (after `fixed` ones) is TRUE.
fn lenient(writer: &mut Writer, call: &Call, fixed: usize) -> Result<String, SyntaxError> {
    count(call, fixed, fixed + 1)?;
    let text = writer.string(call.arguments.first().unwrap_or(&Expr::Null))?;
    Ok(match call.arguments.get(fixed) {
        Some(Expr::Boolean(true)) => format!("CASE WHEN json_valid({text}) THEN {text} END"),
        None | Some(Expr::Boolean(false)) => text,
        Some(_) => {
            return Err(unsupported(
                call.at,
                format_args!(
                    "{} with null_if_invalid that is not a literal",
                    call.name.to_ascii_uppercase()
                ),
                "write TRUE or FALSE",
            ));
        }
    })
}

/// `JSON_EXTRACT_PATH_TEXT(json, key, ... [, null_if_invalid])`
fn path_text(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 2, 8)?;
    let flagged = matches!(call.arguments.last(), Some(Expr::Boolean(_)));
    let last = call.arguments.len() - usize::from(flagged);
    count(call, 2 + usize::from(flagged), 8)?;
    let mut text = writer.string(call.arguments.first().unwrap_or(&Expr::Null))?;
    if matches!(call.arguments.last(), Some(Expr::Boolean(true))) {
        text = format!("CASE WHEN json_valid({text}) THEN {text} END");
    }
    let mut way = vec!["'$'".to_owned()];
    for key in call.arguments.get(1..last).unwrap_or_default() {
        way.push(match key {
            Expr::Text(key) => literal(&format!(".\"{}\"", key.replace('"', "\\\""))),
            other => format!("'.\"' || replace({}, '\"', '\\\"') || '\"'", writer.string(other)?),
        });
    }
    let constant = call
        .arguments
        .get(1..last)
        .unwrap_or_default()
        .iter()
        .all(|key| matches!(key, Expr::Text(_)));
    let way = if constant {
        format!(
            "'{}'",
            way.iter().map(|part| part.trim_matches('\'')).collect::<String>()
        )
    } else {
        format!("({})", way.join(" || "))
    };
    Ok(format!("json_extract_string({text}, {way})"))
}

fn element_text(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let text = lenient(writer, call, 2)?;
    let index = call.arguments.get(1).unwrap_or(&Expr::Null);
    match whole(index) {
        Some(index) if index >= 0 => Ok(format!("json_extract_string({text}, '$[{index}]')")),
        _ => Err(unsupported(
            call.at,
            "JSON_EXTRACT_ARRAY_ELEMENT_TEXT with an index that is not a literal of 0 or more",
            "write the number",
        )),
    }
}

fn typeof_(value: &str) -> String {
    format!(
        "CASE json_type({value}) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string' \
         WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE CASE WHEN {value} IS NOT NULL \
         THEN 'number' END END"
    )
}

fn object(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = arguments(writer, call, 0, MANY)?;
    if !all.len().is_multiple_of(2) {
        return Err(unsupported(
            call.at,
            "OBJECT with an odd number of arguments",
            "write key, value, ...",
        ));
    }
    Ok(format!("json_object({})", all.join(", ")))
}
