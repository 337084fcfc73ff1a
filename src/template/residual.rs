//! Puts live attributes in the place of the references that evaluation left.

use serde_json::Value;

use super::node::REF;

/// Replaces residual references by what `lookup` (logical id, attribute; the attribute of `Ref` is `"Ref"`) knows.
///
/// Answers the document and what is still unknown, as (JSON pointer, logical id, attribute). The document holds
/// `null` at those pointers; a joined string with several unknown parts is listed once for each of them.
pub fn resolve(
    properties: &Value,
    lookup: &dyn Fn(&str, &str) -> Option<String>,
) -> (Value, Vec<(String, String, String)>) {
    let mut unresolved = Vec::new();
    let value = walk(properties, lookup, &mut String::new(), &mut unresolved);
    (value, unresolved)
}

type Lookup<'a> = &'a dyn Fn(&str, &str) -> Option<String>;
type Unresolved = Vec<(String, String, String)>;

fn walk(value: &Value, lookup: Lookup<'_>, path: &mut String, unresolved: &mut Unresolved) -> Value {
    if let Some(parts) = residual_parts(value) {
        let known = unresolved.len();
        let text: String = parts
            .into_iter()
            .filter_map(|part| match part {
                Part::Text(text) => Some(text.to_owned()),
                Part::Attribute(id, attribute) => lookup(id, attribute).or_else(|| {
                    unresolved.push((path.clone(), id.to_owned(), attribute.to_owned()));
                    None
                }),
            })
            .collect();
        return if unresolved.len() == known {
            Value::String(text)
        } else {
            Value::Null
        };
    }
    let length = path.len();
    let mut inner = |step: &str, value: &Value| {
        path.push('/');
        path.push_str(&step.replace('~', "~0").replace('/', "~1"));
        let value = walk(value, lookup, path, unresolved);
        path.truncate(length);
        value
    };
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (key.clone(), inner(key, value)))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| inner(&at.to_string(), item))
            .collect(),
        scalar => scalar.clone(),
    }
}

enum Part<'a> {
    Text(&'a str),
    Attribute(&'a str, &'a str),
}

/// The parts of a value that is one of the three canonical forms.
fn residual_parts(value: &Value) -> Option<Vec<Part<'_>>> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    match (name.as_str(), argument) {
        ("Ref", Value::String(id)) => Some(vec![Part::Attribute(id, REF)]),
        ("Fn::GetAtt", Value::Array(items)) => match items.as_slice() {
            [Value::String(id), Value::String(attribute)] => Some(vec![Part::Attribute(id, attribute)]),
            _ => None,
        },
        ("Fn::Join", Value::Array(items)) => match items.as_slice() {
            [Value::String(delimiter), Value::Array(items)] if delimiter.is_empty() => {
                let parts = items.iter().map(|item| match item {
                    Value::String(text) => Some(vec![Part::Text(text)]),
                    other => residual_parts(other),
                });
                parts
                    .collect::<Option<Vec<_>>>()
                    .map(|parts| parts.into_iter().flatten().collect())
            }
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_references_become_values_and_others_null() {
        let document = json!({
            "A": {"Ref": "Bucket"},
            "B": [{"Fn::GetAtt": ["Role", "Arn"]}],
            "a/b": {"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/*", {"Ref": "Stream"}]]},
            "Ref": "text", "Plain": {"Fn::Join": [",", ["x"]]}, "N": 1,
        });
        let lookup = |id: &str, attribute: &str| (id == "Bucket").then(|| format!("{id}.{attribute}"));
        let (value, unresolved) = resolve(&document, &lookup);
        let expected = json!({
            "A": "Bucket.Ref", "B": [null], "a/b": null,
            "Ref": "text", "Plain": {"Fn::Join": [",", ["x"]]}, "N": 1,
        });
        assert_eq!(value, expected);
        let rows: Vec<_> = unresolved
            .iter()
            .map(|(path, id, name)| format!("{path} {id}.{name}"))
            .collect();
        assert_eq!(rows, ["/B/0 Role.Arn", "/a~1b Stream.Ref"]);
        let (value, unresolved) = resolve(&document, &|id, attribute| Some(format!("{id}.{attribute}")));
        assert_eq!(value["a/b"], "Bucket.Arn/*Stream.Ref");
        assert!(unresolved.is_empty());
    }
}
