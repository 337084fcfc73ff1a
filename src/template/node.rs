//! JSON values that remember where they were written.

use serde_json::{Map, Number, Value};

use super::source::Span;

/// A JSON value with its place; also the form in which values are evaluated and coerced.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub span: Span,
    pub data: Data,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Member>),
    /// A reference whose value only the live resource knows. Never comes from the parser.
    Residual(Residual),
    /// `AWS::NoValue`: the member or item that holds it goes away. Never comes from the parser.
    Nothing,
    /// A value whose mistake was already reported: nothing more is said of it.
    Broken,
}

/// One member of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

/// What remains of a reference after evaluation: text and attributes of resources, joined.
/// Never empty; a single part is always [`Part::Attribute`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Residual(pub Vec<Part>);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    /// Logical id and attribute; `Ref` is the attribute [`REF`].
    Attribute(String, String),
}

/// The attribute name under which `Ref` is looked up.
pub(super) const REF: &str = "Ref";

impl Residual {
    /// Joins parts, merging neighbouring texts; a plain text if no attribute is among them.
    pub(super) fn join(parts: impl IntoIterator<Item = Part>) -> Data {
        let mut merged: Vec<Part> = Vec::new();
        for part in parts {
            match (merged.last_mut(), part) {
                (Some(Part::Text(last)), Part::Text(more)) => last.push_str(&more),
                (_, part) => merged.push(part),
            }
        }
        merged.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        match merged.as_slice() {
            [] => Data::Text(String::new()),
            [Part::Text(text)] => Data::Text(text.clone()),
            _ => Data::Residual(Self(merged)),
        }
    }

    fn to_value(&self) -> Value {
        let part = |part: &Part| match part {
            Part::Text(text) => Value::from(text.as_str()),
            Part::Attribute(id, attribute) if attribute == REF => serde_json::json!({ "Ref": id }),
            Part::Attribute(id, attribute) => serde_json::json!({ "Fn::GetAtt": [id, attribute] }),
        };
        match self.0.as_slice() {
            [one] => part(one),
            parts => serde_json::json!({ "Fn::Join": ["", parts.iter().map(part).collect::<Vec<_>>()] }),
        }
    }
}

impl Node {
    pub(super) fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Node]> {
        match &self.data {
            Data::List(items) => Some(items),
            _ => None,
        }
    }

    pub(super) fn members(&self) -> Option<&[Member]> {
        match &self.data {
            Data::Map(members) => Some(members),
            _ => None,
        }
    }

    pub(super) fn member(&self, key: &str) -> Option<&Member> {
        self.members()?.iter().find(|member| member.key == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.member(key).map(|member| &member.value)
    }

    /// Follows member names; arrays end the walk.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    pub(super) fn integer(&self) -> Option<i64> {
        match &self.data {
            Data::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The text a scalar has where CloudFormation wants a string.
    pub(super) fn scalar_text(&self) -> Option<String> {
        match &self.data {
            Data::Text(text) => Some(text.clone()),
            Data::Bool(value) => Some(value.to_string()),
            Data::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// What the value is, for a person.
    pub(super) fn describe(&self) -> &'static str {
        match &self.data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::Text(_) => "a string",
            Data::List(_) => "an array",
            Data::Map(_) => "an object",
            Data::Residual(_) => "a reference, which gives a string",
            Data::Nothing => "AWS::NoValue",
            Data::Broken => "a broken value",
        }
    }

    /// The value without places; residual references in their canonical forms.
    pub(super) fn to_value(&self) -> Value {
        match &self.data {
            Data::Null | Data::Nothing | Data::Broken => Value::Null,
            Data::Bool(value) => Value::Bool(*value),
            Data::Number(number) => Value::Number(number.clone()),
            Data::Text(text) => Value::String(text.clone()),
            Data::List(items) => items.iter().map(Node::to_value).collect(),
            Data::Map(members) => {
                let members = members
                    .iter()
                    .map(|member| (member.key.clone(), member.value.to_value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
            Data::Residual(residual) => residual.to_value(),
        }
    }
}
