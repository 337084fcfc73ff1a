//! From documents to typed properties and back.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::engine::Unresolved;
use crate::template;

/// A tag as CloudFormation writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Tag {
    pub key: String,
    pub value: String,
}

/// A value that does not fit: where, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit {
    pub path: String,
    pub reason: String,
}

/// Reads typed properties. Scalars are coerced as CloudFormation coerces them (`"4"` where a number belongs), and what
/// has no value yet (`null`) is empty text where text must be.
pub(super) fn parse<P: DeserializeOwned>(document: &Value) -> Result<P, Misfit> {
    let mut document = document.clone();
    loop {
        let error = match serde_path_to_error::deserialize(&document) {
            Ok(properties) => return Ok(properties),
            Err(error) => error,
        };
        let Some(value) = pointer(error.path()).and_then(|pointer| document.pointer_mut(&pointer)) else {
            return Err(misfit(&error));
        };
        match coerced(value, &error.inner().to_string()) {
            Some(other) => *value = other,
            None => return Err(misfit(&error)),
        }
    }
}

/// The scalar in the type that `complaint` (serde's "invalid type" message) asks for, if it can be written so.
fn coerced(value: &Value, complaint: &str) -> Option<Value> {
    let expected = complaint
        .starts_with("invalid type")
        .then(|| complaint.rsplit_once("expected "))??
        .1;
    match value {
        Value::String(text) if expected.starts_with("a boolean") => text.parse().ok().map(Value::Bool),
        Value::String(text) if expected.starts_with(['i', 'u']) => text.parse::<i64>().ok().map(Value::from),
        Value::Number(number) if expected.starts_with(['i', 'u']) => number
            .as_f64()
            .filter(|n| n.fract() == 0.0)
            .map(|n| Value::from(n as i64))
            .filter(|other| other != value),
        Value::Bool(_) | Value::Number(_) if expected.starts_with("a string") => Some(Value::String(value.to_string())),
        // In a list or map: a reference that has no value yet.
        Value::Null if expected.starts_with("a string") => Some(Value::String(String::new())),
        _ => None,
    }
}

fn pointer(path: &Path) -> Option<String> {
    path.iter().try_fold(String::new(), |pointer, segment| match segment {
        Segment::Map { key } => Some(format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))),
        Segment::Seq { index } => Some(format!("{pointer}/{index}")),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Misfit {
    let complaint = error.inner().to_string();
    let reason = match complaint
        .strip_prefix("unknown field ")
        .and_then(|rest| rest.split_once(", expected "))
    {
        Some((_, supported)) => {
            let supported = supported.trim_start_matches("one of ");
            format!("pipectl does not support this property yet; supported here: {supported}")
        }
        None => complaint,
    };
    Misfit {
        path: error.path().to_string(),
        reason,
    }
}

/// Typed properties as a document: members without a value are left out.
pub(super) fn document<P: Serialize>(properties: &P) -> Value {
    let mut document = serde_json::to_value(properties).unwrap_or_default();
    drop_nulls(&mut document);
    document
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// Brackets of a stand-in for text that is not known yet. They occur in no name, ARN or policy.
const OPEN: &str = "\u{2}unresolved:";
const CLOSE: &str = "\u{3}";

/// A document whose unknown references are stand-in texts, so that it can be read and normalised like any other.
pub(super) struct Resolved {
    pub document: Value,
    /// What each stand-in waits for.
    pub waiting: Vec<(String, String)>,
}

/// Resolves references with `lookup` (logical id, attribute).
pub(super) fn resolve(properties: &Value, lookup: &dyn Fn(&str, &str) -> Option<String>) -> Resolved {
    let (mut document, unknown) = template::resolve(properties, lookup);
    let mut waiting = Vec::new();
    for (path, id, attribute) in unknown {
        if let Some(place) = document.pointer_mut(&path) {
            let before = place.as_str().unwrap_or_default();
            *place = Value::String(format!("{before}{OPEN}{}{CLOSE}", waiting.len()));
            waiting.push((id, attribute));
        }
    }
    Resolved { document, waiting }
}

/// Puts `null` where stand-ins are, and tells what is missing there.
pub(super) fn unresolved(document: &mut Value, waiting: &[(String, String)]) -> Vec<Unresolved> {
    let mut found = Vec::new();
    blank(document, &mut String::new(), waiting, &mut found);
    found
}

fn blank(value: &mut Value, path: &mut String, waiting: &[(String, String)], found: &mut Vec<Unresolved>) {
    let length = path.len();
    match value {
        Value::String(text) if text.contains(OPEN) => {
            let indices = text
                .split(OPEN)
                .skip(1)
                .filter_map(|rest| rest.split_once(CLOSE)?.0.parse::<usize>().ok());
            let entries = indices
                .filter_map(|index| waiting.get(index))
                .map(|(resource, attribute)| Unresolved {
                    path: path.clone(),
                    resource: resource.clone(),
                    attribute: attribute.clone(),
                });
            found.extend(entries);
            *value = Value::Null;
        }
        Value::Object(members) => {
            for (key, member) in members {
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                blank(member, path, waiting, found);
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push_str(&format!("/{index}"));
                blank(item, path, waiting, found);
                path.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
    struct Sample {
        name: Option<String>,
        count: Option<i32>,
        on: Option<bool>,
        inner: Vec<Inner>,
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
    struct Inner {
        size: Option<i64>,
    }

    #[test]
    fn scalars_are_coerced_as_cloudformation_does() {
        let sample: Sample =
            parse(&json!({"Name": 7, "Count": "4", "On": "true", "Inner": [{"Size": "9"}, {"Size": 8.0}]})).unwrap();
        let inner = vec![Inner { size: Some(9) }, Inner { size: Some(8) }];
        assert_eq!(
            sample,
            Sample {
                name: Some("7".into()),
                count: Some(4),
                on: Some(true),
                inner
            }
        );
    }

    #[test]
    fn what_has_no_value_yet_is_empty_text_in_lists_and_maps() {
        type Lists = (Vec<String>, std::collections::BTreeMap<String, String>);
        let (list, map): Lists = parse(&json!([["a", null], {"k": null}])).unwrap();
        assert_eq!(
            (list.as_slice(), map["k"].as_str()),
            (&["a".to_owned(), String::new()][..], "")
        );
    }

    #[test]
    fn a_misfit_names_its_path_and_what_is_supported() {
        let misfit = parse::<Sample>(&json!({"Inner": [{"Size": 1, "Colour": "red"}]})).unwrap_err();
        assert_eq!(misfit.path, "Inner[0].Colour");
        assert!(
            misfit.reason.contains("does not support") && misfit.reason.contains("`Size`"),
            "{}",
            misfit.reason
        );
        let misfit = parse::<Sample>(&json!({"Count": "four"})).unwrap_err();
        assert_eq!(misfit.path, "Count");
    }

    #[test]
    fn unknown_references_survive_reordering_as_nulls_with_their_paths() {
        let properties = json!({"Inner": {"Fn::Join": ["", [{"Ref": "B"}, "/", {"Fn::GetAtt": ["C", "Arn"]}]]},
            "List": ["z", {"Ref": "B"}], "Known": {"Ref": "A"}});
        let resolved = resolve(&properties, &|id, _| (id == "A").then(|| "a".into()));
        let mut document = resolved.document;
        document["List"].as_array_mut().unwrap().reverse();
        let missing = unresolved(&mut document, &resolved.waiting);
        assert_eq!(document, json!({"Inner": null, "List": [null, "z"], "Known": "a"}));
        let rows: Vec<_> = missing
            .iter()
            .map(|u| format!("{} {}.{}", u.path, u.resource, u.attribute))
            .collect();
        assert_eq!(rows, ["/Inner B.Ref", "/Inner C.Arn", "/List/0 B.Ref"]);
    }
}
