//! Scalars: from one type to another, and into messages.

use serde_json::Value;

use crate::template::node::{Data, Node};

/// The scalar as one of the types, where CloudFormation would convert it.
pub(super) fn converted(node: &Node, types: &[&str]) -> Option<Data> {
    match &node.data {
        Data::Text(text) => types.iter().find_map(|name| match *name {
            "boolean" => text.parse().ok().map(Data::Bool),
            "integer" => text.parse::<i64>().ok().map(|value| Data::Number(value.into())),
            "number" => serde_json::from_str(text).ok().map(Data::Number),
            _ => None,
        }),
        Data::Number(number) if types.contains(&"integer") => {
            let value = number
                .as_f64()
                .filter(|value| value.fract() == 0.0 && value.abs() < 9e15)?;
            Some(Data::Number((value as i64).into()))
        }
        Data::Number(_) | Data::Bool(_) if types.contains(&"string") => node.scalar_text().map(Data::Text),
        _ => None,
    }
}

/// The types, for a person.
pub(super) fn wanted(types: &[&str]) -> String {
    let names: Vec<_> = types
        .iter()
        .map(|name| match *name {
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "an array",
            "object" => "an object",
            _ => "a string",
        })
        .collect();
    names.join(" or ")
}

/// The value, for a person.
pub(super) fn shown(node: &Node) -> String {
    match (&node.data, node.scalar_text()) {
        (Data::Text(text), _) => format!("\"{text}\""),
        (_, Some(text)) => text,
        _ => node.describe().to_owned(),
    }
}

/// Strings without their quotes.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
