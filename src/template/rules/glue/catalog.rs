//! Databases and tables of the Data Catalog.

use std::collections::BTreeMap;

use super::written;
use crate::template::node::{Data, Node};
use crate::template::rules::Subject;
use crate::template::sink::{Finding, Sink};

/// Partition projection: the types, and what each needs besides
/// (<https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html>).
const PROJECTIONS: [(&str, &[&str]); 4] = [
    ("date", &["range", "format"]),
    ("integer", &["range"]),
    ("enum", &["values"]),
    ("injected", &[]),
];

pub(in crate::template::rules) fn database_name(subject: &Subject<'_>, sink: &mut Sink) {
    name(subject, "DatabaseName", "DatabaseInput", sink);
}

pub(in crate::template::rules) fn table_name(subject: &Subject<'_>, sink: &mut Sink) {
    name(subject, "Name", "TableInput", sink);
}

/// One name, in one place or in both. Glue folds it to lower case when it stores it (CreateDatabase, CreateTable), so
/// a later reader would not find what the configs name.
fn name(subject: &Subject<'_>, property: &str, input: &str, sink: &mut Sink) {
    let (outer, inner) = (
        subject.properties.get(property),
        subject.properties.at(&[input, "Name"]),
    );
    if let (Some(outer), Some(inner)) = (outer, inner)
        && outer.data != inner.data
        && ![outer, inner].iter().any(|node| matches!(node.data, Data::Broken))
    {
        let message = format!("`{property}` and `{input}.Name` are one name and must be equal");
        let finding = Finding::error("conflicting-properties", inner.span, message).help("leave one of them out");
        sink.push(finding.related(outer.span, format!("`{property}`")));
    }
    let Some(node) = inner.or(outer) else { return };
    if let Some(text) = node.text().filter(|text| text.chars().any(char::is_uppercase)) {
        let message = format!("`{text}` must be in lower case: Glue stores names so");
        let help = format!("write `{}`", text.to_lowercase());
        sink.push(Finding::error("bad-pattern", node.span, message).help(help));
    }
}

/// A table without `TableInput` is an open table format's, which pipectl does not make.
pub(in crate::template::rules) fn table_input(subject: &Subject<'_>, sink: &mut Sink) {
    if let Some(format) = subject.properties.member("OpenTableFormatInput") {
        let message = "pipectl does not make tables of open formats (`OpenTableFormatInput`)";
        let help = "describe the table in `TableInput`, or make an Iceberg table by SQL in Athena";
        sink.push(Finding::error("unsupported-property", format.key_span, message).help(help));
    } else if subject.properties.get("TableInput").is_none() {
        let message = "a table needs `TableInput`";
        sink.push(Finding::error("missing-property", subject.properties.span, message));
    }
}

/// Columns and partition keys have a type, and no name comes twice: engines tell names apart regardless of case.
pub(in crate::template::rules) fn columns(subject: &Subject<'_>, sink: &mut Sink) {
    let lists = [
        &["TableInput", "StorageDescriptor", "Columns"][..],
        &["TableInput", "PartitionKeys"][..],
    ];
    let mut names = BTreeMap::new();
    for column in lists.iter().flat_map(|path| items(subject.properties, path)) {
        let Some((node, name)) = column.get("Name").and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        if column.get("Type").is_none() {
            let message = format!("the column `{name}` needs `Type`");
            sink.push(Finding::error("missing-property", column.span, message));
        }
        if let Some(first) = names.insert(name.to_lowercase(), node.span) {
            let message = format!("two columns of this table are named `{name}`");
            sink.push(Finding::error("duplicate-name", node.span, message).related(first, "first here"));
        }
    }
}

fn items<'a>(properties: &'a Node, path: &[&str]) -> &'a [Node] {
    properties.at(path).and_then(Node::list).unwrap_or_default()
}

/// With partition projection every partition key has a type and what that needs, and the location template names
/// every key: Athena answers a table that lacks one with no rows or an error at query time
/// (<https://docs.aws.amazon.com/athena/latest/ug/partition-projection-setting-up.html>).
pub(in crate::template::rules) fn projection(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(parameters) = subject.properties.at(&["TableInput", "Parameters"]) else {
        return;
    };
    let enabled = parameters.get("projection.enabled").and_then(Node::scalar_text);
    if enabled.as_deref() != Some("true") {
        return;
    }
    let template = parameters.get("storage.location.template");
    for key in items(subject.properties, &["TableInput", "PartitionKeys"]) {
        let Some(name) = key.get("Name").and_then(Node::text) else {
            continue;
        };
        key_is_projected(parameters, name, sink);
        if let Some(template) = template.filter(|node| !written(node).contains(&format!("${{{name}}}"))) {
            let message = format!("`storage.location.template` must contain ${{{name}}}");
            let help = "inside Fn::Sub write ${!NAME}";
            sink.push(Finding::error("bad-projection", template.span, message).help(help));
        }
    }
}

fn key_is_projected(parameters: &Node, name: &str, sink: &mut Sink) {
    let property = |what: &str| format!("projection.{name}.{what}");
    let missing = |what: &str| {
        let message = format!(
            "projection of the partition key `{name}` needs the parameter `{}`",
            property(what)
        );
        Finding::error("bad-projection", parameters.span, message)
    };
    let Some(kind) = parameters.get(&property("type")) else {
        return sink.push(missing("type"));
    };
    let Some(text) = kind.text() else { return };
    let Some((_, needed)) = PROJECTIONS.iter().find(|(known, _)| *known == text) else {
        let message = format!("there is no projection type `{text}`");
        let help = "date, integer, enum or injected";
        return sink.push(Finding::error("bad-projection", kind.span, message).help(help));
    };
    let absent = needed.iter().filter(|what| parameters.get(&property(what)).is_none());
    absent.for_each(|what| sink.push(missing(what)));
}
