//! Documents as JSON: between properties and the bodies of requests and answers.

use md5::{Digest, Md5};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Members, SERVICE};
use crate::aws::{self, ErrorKind};
use crate::resources::properties::{self, Misfit};

/// Properties as members of a request. What is empty is left out: it says "none", as the API takes it.
pub(super) fn members<P: Serialize>(properties: &P) -> Members {
    match properties::document(properties) {
        Value::Object(mut members) => {
            members.retain(|_, value| !is_empty(value));
            members
        }
        _ => Members::new(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

/// Those of `members` with these names.
pub(super) fn only(mut members: Members, names: &[&str]) -> Members {
    members.retain(|name, _| names.contains(&name.as_str()));
    members
}

/// Properties of what was read.
///
/// # Errors
/// The service answered something of another shape.
pub(super) fn readable<P: DeserializeOwned>(
    operation: &'static str,
    id: &str,
    members: Members,
) -> Result<P, aws::Error> {
    properties::parse(&Value::Object(members)).map_err(|Misfit { path, reason }| {
        let message = format!("the answer cannot be understood: `{path}`: {reason}");
        aws::Error::new(SERVICE, operation, id, ErrorKind::Unreadable, message)
    })
}

/// A hash of a document, whatever the order of its members.
pub(super) fn fingerprint(document: &Value) -> String {
    let mut text = String::new();
    write(document, &mut text);
    Md5::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in sorted {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_count() {
        let one = fingerprint(&json!({"a": [1, {"b": "x", "c": null}], "d": true}));
        assert_eq!(one, fingerprint(&json!({"d": true, "a": [1, {"c": null, "b": "x"}]})));
        assert_ne!(one, fingerprint(&json!({"d": true, "a": [{"c": null, "b": "x"}, 1]})));
        assert_eq!(one.len(), 32);
    }
}
