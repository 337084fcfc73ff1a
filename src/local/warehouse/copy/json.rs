//! JSON records, and which of their members go to which column
//! (<https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html>).

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufRead};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::catalogue::Field;
use super::super::dialect::{CopyOptions, Type};
use super::super::fetch::compact;
use super::convert::{Refused, Value, convert, null_value, refused};

/// Reads the next record, an object or an array, into `record`; `false` at the end. Records may take several lines,
/// which are counted in `lines`, and need nothing between them.
///
/// # Errors
/// Within: what is there, and in which line, is no record; the rest of its line is passed over.
pub(super) fn read(
    from: &mut impl BufRead,
    record: &mut Vec<u8>,
    lines: &mut u64,
) -> io::Result<Result<bool, (&'static str, u64)>> {
    record.clear();
    let (mut depth, mut within, mut escaped) = (0_usize, false, false);
    loop {
        let available = from.fill_buf()?;
        if available.is_empty() {
            return Ok(if record.is_empty() {
                Ok(false)
            } else {
                let within = memchr::memchr_iter(b'\n', record).count() as u64;
                Err(("Unexpected end of a JSON object", *lines + 1 - within))
            });
        }
        let mut used = 0;
        for byte in available {
            used += 1;
            *lines += u64::from(*byte == b'\n');
            if depth == 0 {
                match byte {
                    b'{' | b'[' => depth = 1,
                    byte if byte.is_ascii_whitespace() => continue,
                    _ => {
                        let line = *lines + 1;
                        from.consume(used);
                        let mut rest = Vec::new();
                        from.read_until(b'\n', &mut rest)?;
                        *lines += u64::from(rest.last() == Some(&b'\n'));
                        return Ok(Err(("Invalid JSON: an object or an array must come here", line)));
                    }
                }
                record.push(*byte);
                continue;
            }
            record.push(*byte);
            if within {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' => escaped = true,
                    b'"' => within = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => within = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                from.consume(used);
                return Ok(Ok(true));
            }
        }
        from.consume(used);
    }
}

/// Which part of a record goes to which column.
pub(super) enum Paths {
    /// Members of the columns' names.
    Auto { ignore_case: bool },
    /// A path for each column.
    Listed(Vec<Vec<Step>>),
    /// The whole record goes to the one column.
    Whole,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Member(String),
    Index(usize),
}

impl Paths {
    /// Reads a JSONPaths file: `{"jsonpaths": ["$.a", "$['b'][0]"]}`.
    pub fn read(file: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct File {
            jsonpaths: Vec<String>,
        }
        let file: File = serde_json::from_slice(file).map_err(|error| format!("Invalid JSONPath file: {error}"))?;
        let paths = file.jsonpaths.iter().map(|path| steps(path));
        Ok(Self::Listed(paths.collect::<Result<_, _>>()?))
    }
}

/// `$.a.b[0]`, `$['a']['b']`
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("Invalid JSONPath format: {path}");
    let mut rest = path.trim().strip_prefix('$').ok_or_else(wrong)?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return Err(wrong());
            }
            steps.push(Step::Member(name[..end].to_owned()));
            rest = &name[end..];
        } else {
            let inner = rest.strip_prefix('[').ok_or_else(wrong)?;
            let end = inner.find(']').ok_or_else(wrong)?;
            let key = &inner[..end];
            let quoted = key
                .strip_prefix(['\'', '"'])
                .and_then(|key| key.strip_suffix(['\'', '"']));
            steps.push(match quoted {
                Some(name) => Step::Member(name.to_owned()),
                None => Step::Index(key.parse().map_err(|_| wrong())?),
            });
            rest = &inner[end + 1..];
        }
    }
    Ok(steps)
}

/// The values of a record for the columns, in their order; `Err` with the index of the column, or without one for a
/// record that is no JSON.
pub(super) fn values(
    record: &str,
    paths: &Paths,
    targets: &[Field],
    options: &CopyOptions,
    row: &mut Vec<Value<'static>>,
) -> Result<(), (Option<usize>, String, Refused)> {
    row.clear();
    let broken = |_| (None, String::new(), refused(1216, "Invalid JSON format"));
    match paths {
        Paths::Whole => {
            let raw: &RawValue = serde_json::from_str(record).map_err(broken)?;
            row.push(value(Some(raw), &targets[0], options).map_err(|why| (Some(0), String::new(), why))?);
        }
        Paths::Auto { ignore_case } => {
            let mut members: HashMap<String, &RawValue> = serde_json::from_str(record).map_err(broken)?;
            if *ignore_case {
                members = members
                    .into_iter()
                    .map(|(name, value)| (name.to_lowercase(), value))
                    .collect();
            }
            for (index, field) in targets.iter().enumerate() {
                let name = if *ignore_case {
                    field.name.to_lowercase()
                } else {
                    field.name.clone()
                };
                let raw = members.get(&name).copied();
                let made = value(raw, field, options);
                row.push(made.map_err(|why| (Some(index), shown(raw), why))?);
            }
        }
        Paths::Listed(paths) => {
            let raw: &RawValue = serde_json::from_str(record).map_err(broken)?;
            for (index, (field, path)) in targets.iter().zip(paths).enumerate() {
                let found = walk(raw, path);
                let made = value(found, field, options);
                row.push(made.map_err(|why| (Some(index), shown(found), why))?);
            }
        }
    }
    Ok(())
}

fn shown(raw: Option<&RawValue>) -> String {
    raw.map(|raw| raw.get().trim_matches('"').to_owned())
        .unwrap_or_default()
}

fn walk<'a>(raw: &'a RawValue, path: &[Step]) -> Option<&'a RawValue> {
    let Some((step, rest)) = path.split_first() else {
        return Some(raw);
    };
    let next = match step {
        Step::Member(name) => {
            let members: HashMap<String, &RawValue> = serde_json::from_str(raw.get()).ok()?;
            members.get(name).copied()?
        }
        Step::Index(index) => {
            let items: Vec<&RawValue> = serde_json::from_str(raw.get()).ok()?;
            items.get(*index).copied()?
        }
    };
    walk(next, rest)
}

fn value(raw: Option<&RawValue>, field: &Field, options: &CopyOptions) -> Result<Value<'static>, Refused> {
    let Some(raw) = raw.map(RawValue::get).filter(|raw| *raw != "null") else {
        return null_value(field);
    };
    if field.kind == Type::Super {
        return Ok(Value::Text(compact(raw).into()));
    }
    let text: Cow<'_, str> = match raw.as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).map_err(|_| refused(1216, "Invalid JSON format"))?;
            text.into()
        }
        _ => raw.into(),
    };
    Ok(match convert(text, false, field, options)? {
        Value::Text(text) => Value::Text(text.into_owned().into()),
        Value::Null => Value::Null,
        Value::Boolean(value) => Value::Boolean(value),
        Value::Long(value) => Value::Long(value),
        Value::Real(value) => Value::Real(value),
        Value::Double(value) => Value::Double(value),
        Value::Decimal(value) => Value::Decimal(value),
        Value::Bytes(value) => Value::Bytes(value),
        Value::Date(value) => Value::Date(value),
        Value::Timestamp(value) => Value::Timestamp(value),
        Value::Time(value) => Value::Time(value),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_found_whatever_is_between_them() {
        let text = "{\"a\": \"}\\\"\"}{\"b\":\n[1]}\n\nnonsense {\n[1]\n{";
        let (mut from, mut record, mut lines) = (text.as_bytes(), Vec::new(), 0);
        let mut found = Vec::new();
        loop {
            match read(&mut from, &mut record, &mut lines).unwrap() {
                Ok(false) => break,
                Ok(true) => found.push(String::from_utf8(record.clone()).unwrap()),
                Err((why, _)) => found.push(why.to_owned()),
            }
            if found.len() == 5 {
                break;
            }
        }
        assert_eq!(found[0], "{\"a\": \"}\\\"\"}");
        assert_eq!(found[1], "{\"b\":\n[1]}");
        assert!(found[2].starts_with("Invalid JSON"));
        assert_eq!(found[3], "[1]");
        assert_eq!(found[4], "Unexpected end of a JSON object");
        assert_eq!(lines, 5);
    }

    #[test]
    fn paths_lead_to_members_and_items() {
        assert_eq!(
            steps("$.a['b c'][2]").unwrap(),
            [Step::Member("a".into()), Step::Member("b c".into()), Step::Index(2)]
        );
        assert!(steps("a").is_err() && steps("$..a").is_err() && steps("$[x]").is_err());
    }
}
