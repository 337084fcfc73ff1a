//! From method and URI to an operation, and from path and query to members of its input.

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::api::{Api, Kind, Operation};
use crate::local::error::AwsError;

/// An operation that a request names, with the members that its path has.
pub(super) struct Routed<'a> {
    pub name: &'a str,
    pub operation: &'a Operation,
    pub labels: Map<String, Value>,
}

impl Api {
    /// The operation of a method and a path. Of several, the one whose template says most of the path literally.
    pub(super) fn route(&self, method: &Method, path: &str) -> Option<Routed<'_>> {
        let parts = segments(path);
        let (_, name, operation) = self
            .operations
            .iter()
            .filter(|(_, operation)| operation.method == method.as_str())
            .filter_map(|(name, operation)| Some((literal_parts(&operation.uri, &parts)?, name, operation)))
            .max_by_key(|(literal, ..)| *literal)?;
        let mut labels = Map::new();
        for (template, part) in segments(&operation.uri).into_iter().zip(parts) {
            if let Some(label) = label(template) {
                let text = percent_decode_str(part).decode_utf8_lossy();
                let kind = self.member_kind(operation.input.as_deref(), label);
                labels.insert(label.to_owned(), value(kind, &text));
            }
        }
        Some(Routed {
            name,
            operation,
            labels,
        })
    }

    /// Members that stand in the query. Names that the operation does not have are none of it.
    pub(super) fn query_members(
        &self,
        operation: &Operation,
        input: &str,
        query: &str,
    ) -> Result<Map<String, Value>, AwsError> {
        let mut members = Map::new();
        for (name, text) in form_urlencoded::parse(query.as_bytes()) {
            let Some(member) = operation.query.get(name.as_ref()) else {
                continue;
            };
            let shape = self.shape(self.member(Some(input), member));
            if shape.kind != Kind::List {
                members.insert(member.clone(), value(shape.kind, &text));
                continue;
            }
            let list = members.entry(member.clone()).or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(value(self.shape(&shape.member).kind, &text));
            }
        }
        Ok(members)
    }

    fn member_kind(&self, input: Option<&str>, member: &str) -> Kind {
        self.shape(self.member(input, member)).kind
    }

    fn member(&self, input: Option<&str>, member: &str) -> &str {
        let shape = input.and_then(|input| self.shapes.get(input));
        shape
            .and_then(|shape| shape.members.get(member))
            .map_or("string", String::as_str)
    }
}

fn segments(path: &str) -> Vec<&str> {
    path.trim_matches('/').split('/').collect()
}

/// `{DataSetId}` is the label `DataSetId`.
fn label(template: &str) -> Option<&str> {
    template.strip_prefix('{')?.strip_suffix('}')
}

/// How many parts of a path the template says literally; nothing if it is another path.
fn literal_parts(template: &str, parts: &[&str]) -> Option<usize> {
    let template = segments(template);
    if template.len() != parts.len() {
        return None;
    }
    let mut literal = 0;
    for (template, part) in template.into_iter().zip(parts) {
        match label(template) {
            Some(_) if part.is_empty() => return None,
            Some(_) => {}
            None if template == *part => literal += 1,
            None => return None,
        }
    }
    Some(literal)
}

/// A value in path or query in its JSON form; text where it is not of the kind, which the check then refuses.
fn value(kind: Kind, text: &str) -> Value {
    let read = match kind {
        Kind::Integer | Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Double => text.parse::<f64>().ok().map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    read.unwrap_or_else(|| json!(text))
}
