//! Reads one column of `source.json`.

use fancy_regex::Regex;

use super::bounds;
use super::{Column, ColumnType, INGEST_ROW, INGESTED_AT};
use crate::template::fields::{Fields, Located, wrong_type};
use crate::template::node::{Data, Node};
use crate::template::pattern::whole;
use crate::template::sink::{Finding, Sink};
use crate::template::source::Span;
use crate::template::suggest;

const KNOWN: [&str; 11] = [
    "name",
    "header",
    "type",
    "nullable",
    "min",
    "max",
    "values",
    "pattern",
    "max_bytes",
    "separator",
    "description",
];
const TYPES: [&str; 10] = [
    "string",
    "smallint",
    "int",
    "bigint",
    "decimal(12,2)",
    "double",
    "boolean",
    "date",
    "timestamp",
    "array<string>",
];
/// Redshift, "Character types": VARCHAR holds at most 65,535 bytes.
const VARCHAR_BYTES: i64 = 65_535;

/// The column with the places of its name and its header. `None` if it has no name or no known type.
pub(super) fn read(node: &Node, sink: &mut Sink) -> Option<(Column, Span, Span)> {
    let fields = Fields::open(node, "a column", &KNOWN, sink)?;
    let name = fields.required_text("name", sink);
    if let Some(name) = &name {
        identifier(name, "a column's name", sink);
        not_reserved(name, sink);
    }
    let header = fields.text("header", sink);
    let kind = read_type(&fields, sink);
    let nullable = fields.flag("nullable", sink).unwrap_or(true);
    let pattern = fields.text("pattern", sink);
    let regex = pattern.as_ref().and_then(|pattern| whole("pattern", pattern, sink));
    let (name, kind) = (name?, kind?);
    if let Some(pattern) = pattern.as_ref().filter(|_| !matches!(kind, ColumnType::Text { .. })) {
        let message = "`pattern` is for columns of type string";
        sink.push(Finding::error("wrong-value", pattern.span, message));
    }
    let (min, max) = bounds::read(&fields, &kind, sink);
    let column = Column {
        values: read_values(&fields, &kind, regex.as_ref(), sink),
        header: header
            .as_ref()
            .map_or_else(|| name.value.clone(), |header| header.value.clone()),
        name: name.value,
        kind,
        nullable,
        min,
        max,
        pattern: pattern.map(|pattern| pattern.value),
    };
    Some((column, name.span, header.map_or(name.span, |header| header.span)))
}

/// Names are the same in JSON, Glue (Hive lower-cases) and Redshift (folds to lower case, at most 127 bytes:
/// <https://docs.aws.amazon.com/redshift/latest/dg/r_names.html>).
pub(super) fn identifier(name: &Located<String>, what: &str, sink: &mut Sink) {
    let text = &name.value;
    let good = text.len() <= 127
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !good {
        let message = format!("{what} cannot be `{text}`");
        let help = "lower-case letters, digits and `_`, not starting with a digit, at most 127 characters";
        sink.push(Finding::error("bad-name", name.span, message).help(help));
    }
}

/// The producer adds two members to each row; a column of that name would be overwritten by them.
fn not_reserved(name: &Located<String>, sink: &mut Sink) {
    if [INGESTED_AT, INGEST_ROW].contains(&name.value.as_str()) {
        let message = format!(
            "a column's name cannot be `{}`: pipectl adds a column of that name",
            name.value
        );
        let help = format!(
            "every row gets `{INGESTED_AT}` and `{INGEST_ROW}`, by which the newest row of a key is known: choose another \
             `name`, and give the file's own as `header`"
        );
        sink.push(Finding::error("reserved-name", name.span, message).help(help));
    }
}

fn read_type(fields: &Fields<'_>, sink: &mut Sink) -> Option<ColumnType> {
    let found = fields.required_text("type", sink)?;
    let kind = match found.value.as_str() {
        "string" => ColumnType::Text {
            max_bytes: max_bytes(fields, sink)?,
        },
        "smallint" => ColumnType::SmallInt,
        "int" => ColumnType::Integer,
        "bigint" => ColumnType::BigInt,
        "double" => ColumnType::Double,
        "boolean" => ColumnType::Boolean,
        "date" => ColumnType::Date,
        "timestamp" => ColumnType::Timestamp,
        "array<string>" => ColumnType::TextList {
            separator: separator(fields, sink)?,
            max_bytes: max_bytes(fields, sink)?,
        },
        other => match decimal(other) {
            Some(kind) => kind,
            None => {
                let message = format!("no column type is named `{other}`");
                let help = if other.starts_with("decimal") {
                    // Redshift, "Numeric types": precision at most 38, scale at most 37.
                    Some("write decimal(p,s): 1 to 38 digits, s of them (at most 37) after the point".to_owned())
                } else {
                    suggest::help(other, TYPES)
                };
                sink.push(Finding::error("unknown-type", found.span, message).help_opt(help));
                return None;
            }
        },
    };
    for (key, allowed) in [
        (
            "max_bytes",
            matches!(kind, ColumnType::Text { .. } | ColumnType::TextList { .. }),
        ),
        ("separator", matches!(kind, ColumnType::TextList { .. })),
    ] {
        if let Some(node) = fields.node(key).filter(|_| !allowed) {
            let message = format!("a column of type {} has no `{key}`", found.value);
            sink.push(Finding::error("wrong-value", node.span, message).help("remove it"));
        }
    }
    Some(kind)
}

fn decimal(text: &str) -> Option<ColumnType> {
    let (precision, scale) = text.strip_prefix("decimal(")?.strip_suffix(')')?.split_once(',')?;
    let (precision, scale): (u8, u8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    let good = (1..=38).contains(&precision) && scale <= precision && scale <= 37;
    good.then_some(ColumnType::Decimal { precision, scale })
}

fn max_bytes(fields: &Fields<'_>, sink: &mut Sink) -> Option<u32> {
    let Some(node) = fields.node("max_bytes") else {
        let message = "a column of text needs `max_bytes`";
        let help = "the longest text in UTF-8 bytes, at most 65535: the warehouse refuses what is longer";
        sink.push(Finding::error("missing-key", fields.span(), message).help(help));
        return None;
    };
    match (node.integer(), &node.data) {
        (Some(bytes), _) if (1..=VARCHAR_BYTES).contains(&bytes) => Some(bytes as u32),
        (_, Data::Number(number)) => {
            let message = format!("`max_bytes` must be a whole number from 1 to {VARCHAR_BYTES}, not {number}");
            sink.push(Finding::error("out-of-range", node.span, message));
            None
        }
        _ => wrong_type(node, "`max_bytes`", "a number", sink),
    }
}

fn separator(fields: &Fields<'_>, sink: &mut Sink) -> Option<char> {
    let Some(text) = fields.text("separator", sink) else {
        // Present but no string was reported.
        return fields.node("separator").is_none().then_some(';');
    };
    let mut chars = text.value.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) => Some(one),
        _ => {
            sink.push(Finding::error(
                "wrong-value",
                text.span,
                "`separator` must be one character",
            ));
            None
        }
    }
}

/// The allowed values, each itself a value of the column.
fn read_values(fields: &Fields<'_>, kind: &ColumnType, pattern: Option<&Regex>, sink: &mut Sink) -> Vec<String> {
    let mut values: Vec<String> = Vec::new();
    for node in fields.list("values", sink).unwrap_or_default() {
        let Some(text) = bounds::value(node, kind, "values", sink) else {
            continue;
        };
        if pattern.is_some_and(|pattern| !pattern.is_match(&text).unwrap_or(true)) {
            let message = format!("the value `{text}` does not match the column's own pattern");
            sink.push(Finding::error("wrong-value", node.span, message));
        }
        if values.contains(&text) {
            sink.push(Finding::error(
                "duplicate-item",
                node.span,
                format!("the value `{text}` stands twice"),
            ));
        }
        values.push(text);
    }
    values
}
