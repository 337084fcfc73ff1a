//! Two resources cannot have one physical name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::{Data, Node};
use super::schema::ResourceSchema;
use super::sink::{Finding, Sink};
use super::source::Span;

/// Physical identities met so far: type and identifying values, with the resource that has them.
#[derive(Default)]
pub(super) struct Identities(BTreeMap<String, (String, Span)>);

impl Identities {
    /// Reports a resource whose identity another one has already.
    pub(super) fn add(&mut self, schema: &ResourceSchema, id: &str, properties: &Node, sink: &mut Sink) {
        let values: Option<Vec<&Node>> = schema.identifier().map(|name| properties.get(name)).collect();
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            return;
        };
        if values.iter().any(|node| matches!(node.data, Data::Broken)) {
            return;
        }
        let mut key = values.iter().map(|node| node.to_value()).collect::<Value>().to_string();
        if schema.kind == "AWS::IAM::Role" {
            // CreateRole: names are not distinguished by case.
            key.make_ascii_lowercase();
        }
        let place = values[values.len() - 1].span;
        let Some((other, first)) = self.0.get(&format!("{} {key}", schema.kind)) else {
            self.0.insert(format!("{} {key}", schema.kind), (id.to_owned(), place));
            return;
        };
        let shown: Vec<_> = values
            .iter()
            .map(|node| node.scalar_text().unwrap_or_else(|| "the same".into()))
            .collect();
        let message = format!(
            "`{id}` and `{other}` are one {} named {}",
            schema.kind,
            shown.join(" / ")
        );
        let finding = Finding::error("same-physical-name", place, message).related(*first, format!("`{other}`"));
        sink.push(finding.help("give each its own name"));
    }
}
