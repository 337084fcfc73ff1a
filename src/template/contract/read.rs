//! Reads `source.json`.

use std::collections::BTreeMap;

use super::column;
use super::{Column, ColumnType, Contract};
use crate::template::fields::{Fields, Located};
use crate::template::node::Node;
use crate::template::sink::{Finding, Sink};
use crate::template::source::Span;
use crate::template::suggest;

/// The contract, if the file is an object with usable columns; every mistake is reported.
pub(in crate::template) fn read(root: &Node, sink: &mut Sink) -> Option<Contract> {
    let known = [
        "record",
        "delimiter",
        "key",
        "partition_key",
        "columns",
        "description",
        "$schema",
    ];
    let fields = Fields::open(root, "source.json", &known, sink)?;
    let name = fields.required_text("record", sink);
    if let Some(name) = &name {
        column::identifier(name, "the record's name", sink);
    }
    let delimiter = fields
        .text("delimiter", sink)
        .map_or(Some(b','), |text| delimiter(&text, sink));
    fields.required("columns", sink);
    let columns = read_columns(fields.list("columns", sink)?, sink);
    fields.required("key", sink);
    let key = fields.texts("key", sink).unwrap_or_default();
    if let Some(node) = fields
        .node("key")
        .filter(|node| node.list().is_some_and(<[_]>::is_empty))
    {
        let message = "`key` must name at least one column";
        sink.push(Finding::error("wrong-value", node.span, message));
    }
    for column in &key {
        identifying(column, "key", &columns, sink);
    }
    let partition_key = fields.required_text("partition_key", sink);
    if let Some(found) = partition_key
        .as_ref()
        .and_then(|name| identifying(name, "partition_key", &columns, sink))
    {
        partition_key_fits(partition_key.as_ref()?, found, sink);
    }
    Some(Contract {
        name: name?.value,
        file: sink.sources.path(root.span).to_owned(),
        columns: columns.into_iter().map(|(column, _)| column).collect(),
        key: key.into_iter().map(|name| name.value).collect(),
        partition_key: partition_key?.value,
        delimiter: delimiter?,
    })
}

fn delimiter(text: &Located<String>, sink: &mut Sink) -> Option<u8> {
    match text.value.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Some(*byte),
        _ => {
            let message = "`delimiter` must be one ASCII character, not a quote or a line end";
            sink.push(Finding::error("wrong-value", text.span, message));
            None
        }
    }
}

fn read_columns(nodes: &[Node], sink: &mut Sink) -> Vec<(Column, Span)> {
    let mut names: BTreeMap<String, Span> = BTreeMap::new();
    let mut headers: BTreeMap<String, Span> = BTreeMap::new();
    let mut columns = Vec::new();
    for node in nodes {
        let Some((column, name, header)) = column::read(node, sink) else {
            continue;
        };
        once("column", &column.name, name, &mut names, sink);
        once("header", &column.header, header, &mut headers, sink);
        columns.push((column, name));
    }
    columns
}

fn once(what: &str, name: &str, span: Span, seen: &mut BTreeMap<String, Span>, sink: &mut Sink) {
    match seen.get(name) {
        Some(first) => {
            let message = format!("two columns have the {what} `{name}`");
            sink.push(Finding::error("duplicate-name", span, message).related(*first, "first here"));
        }
        None => drop(seen.insert(name.to_owned(), span)),
    }
}

/// A column that identifies records: it is there and never null.
fn identifying<'a>(
    name: &Located<String>,
    role: &str,
    columns: &'a [(Column, Span)],
    sink: &mut Sink,
) -> Option<&'a Column> {
    let Some((column, span)) = columns.iter().find(|(column, _)| column.name == name.value) else {
        let message = format!("`{role}` names no column: there is no `{}`", name.value);
        let help = suggest::help(&name.value, columns.iter().map(|(column, _)| column.name.as_str()));
        sink.push(Finding::error("unknown-column", name.span, message).help_opt(help));
        return None;
    };
    if column.nullable {
        let message = format!("`{role}` cannot be `{}`: the column may be null", name.value);
        let finding = Finding::error("nullable-key", name.span, message).related(*span, "declared here");
        sink.push(finding.help("add \"nullable\": false to the column"));
    }
    if matches!(column.kind, ColumnType::TextList { .. } | ColumnType::Double) {
        let message = format!("`{role}` cannot be `{}`: its type does not compare exactly", name.value);
        sink.push(Finding::error("wrong-type", name.span, message).related(*span, "declared here"));
    }
    Some(column)
}

/// PutRecords: a partition key has 1 to 256 characters
/// (<https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecordsRequestEntry.html>).
fn partition_key_fits(name: &Located<String>, column: &Column, sink: &mut Sink) {
    if let ColumnType::Text { max_bytes } = column.kind
        && max_bytes > 256
    {
        let message = format!(
            "`partition_key` cannot be `{}`: it may have {max_bytes} bytes",
            name.value
        );
        let help = "a Kinesis partition key has at most 256 characters: lower the column's max_bytes";
        sink.push(Finding::error("bad-length", name.span, message).help(help));
    }
}
