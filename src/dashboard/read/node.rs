//! A JSON object of a definition that knows where it is and which of its members were read.
//!
//! Nothing is skipped in silence: when a [`Node`] is dropped, every member that nobody took becomes an
//! [`Unsupported`] with its path. What has no effect on a picture is named with [`Node::ignore`].

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::dashboard::model::{Fault, Unsupported};

/// What reading collects: faults (the definition is wrong) and what the preview cannot draw (the definition is right).
#[derive(Default)]
pub(super) struct Findings {
    pub faults: RefCell<Vec<Fault>>,
    pub unsupported: RefCell<Vec<Unsupported>>,
}

impl Findings {
    pub fn fault(&self, place: &str, message: impl Into<String>) {
        let fault = Fault {
            place: place.to_owned(),
            message: message.into(),
        };
        let mut faults = self.faults.borrow_mut();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }

    pub fn unsupported(&self, place: &str, what: impl Into<String>) {
        let one = Unsupported {
            what: what.into(),
            place: place.to_owned(),
        };
        let mut all = self.unsupported.borrow_mut();
        if !all.contains(&one) {
            all.push(one);
        }
    }
}

pub(super) struct Node<'a> {
    map: &'a Map<String, Value>,
    path: String,
    taken: RefCell<BTreeSet<&'a str>>,
    findings: &'a Findings,
}

impl<'a> Node<'a> {
    /// An object, or a fault at `path` and nothing.
    pub fn new(value: &'a Value, path: impl Into<String>, findings: &'a Findings) -> Option<Self> {
        let path = path.into();
        match value {
            Value::Object(map) => Some(Self {
                map,
                path,
                taken: RefCell::default(),
                findings,
            }),
            other => {
                findings.fault(&path, format!("expected an object, found {}", kind(other)));
                None
            }
        }
    }

    pub fn findings(&self) -> &'a Findings {
        self.findings
    }

    /// Gives this object a name people know, as in `Sheets[0] / visual "age-salary"`.
    pub fn rename(&mut self, path: String) {
        self.path = path;
    }

    pub fn fault(&self, message: impl Into<String>) {
        self.findings.fault(&self.path, message);
    }

    pub fn unsupported(&self, what: impl Into<String>) {
        self.findings.unsupported(&self.path, what);
    }

    pub fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some_and(|value| !value.is_null())
    }

    /// Marks all members read.
    pub fn ignore_rest(&self) {
        self.taken.borrow_mut().extend(self.map.keys().map(String::as_str));
    }

    /// Members without effect on a picture.
    pub fn ignore(&self, keys: &[&str]) {
        for key in keys {
            self.value(key);
        }
    }

    fn value(&self, key: &str) -> Option<&'a Value> {
        let (key, value) = self.map.get_key_value(key)?;
        self.taken.borrow_mut().insert(key);
        (!value.is_null()).then_some(value)
    }

    fn at(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    pub fn child(&self, key: &str) -> Option<Node<'a>> {
        Node::new(self.value(key)?, self.at(key), self.findings)
    }

    /// A child that must be there.
    pub fn need(&self, key: &str) -> Option<Node<'a>> {
        if !self.has(key) {
            self.fault(format!("{key} is missing"));
        }
        self.child(key)
    }

    pub fn list(&self, key: &str) -> Vec<Node<'a>> {
        match self.value(key) {
            None => Vec::new(),
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .filter_map(|(index, item)| Node::new(item, format!("{}[{index}]", self.at(key)), self.findings))
                .collect(),
            Some(other) => {
                self.findings
                    .fault(&self.at(key), format!("expected a list, found {}", kind(other)));
                Vec::new()
            }
        }
    }

    /// What is under `key`, an object or a list of objects; nothing where there is nothing.
    pub fn child_or_list(&self, key: &str) -> Option<Vec<Node<'a>>> {
        let nodes = match self.map.get(key) {
            Some(Value::Array(_)) => self.list(key),
            _ => self.child(key).into_iter().collect(),
        };
        (!nodes.is_empty()).then_some(nodes)
    }

    pub fn text(&self, key: &str) -> Option<&'a str> {
        match self.value(key)? {
            Value::String(text) => Some(text),
            other => {
                self.findings
                    .fault(&self.at(key), format!("expected text, found {}", kind(other)));
                None
            }
        }
    }

    pub fn need_text(&self, key: &str) -> Option<&'a str> {
        if !self.has(key) {
            self.fault(format!("{key} is missing"));
        }
        self.text(key)
    }

    pub fn texts(&self, key: &str) -> Option<Vec<String>> {
        match self.value(key)? {
            Value::Array(items) => Some(
                items
                    .iter()
                    .map(|item| match item {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    })
                    .collect(),
            ),
            other => {
                self.findings
                    .fault(&self.at(key), format!("expected a list, found {}", kind(other)));
                None
            }
        }
    }

    /// A number; CloudFormation also gives numbers as text.
    pub fn number(&self, key: &str) -> Option<f64> {
        let value = self.value(key)?;
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.findings
                .fault(&self.at(key), format!("expected a number, found {}", kind(value)));
        }
        number.filter(|number| number.is_finite())
    }

    /// A number of things: a whole number that is not negative.
    pub fn count(&self, key: &str) -> Option<usize> {
        let number = self.number(key)?;
        if number < 0.0 || number.fract() != 0.0 || number > 1e9 {
            self.findings
                .fault(&self.at(key), format!("expected a whole number from 0, found {number}"));
            return None;
        }
        Some(number as usize)
    }

    pub fn boolean(&self, key: &str) -> Option<bool> {
        match self.value(key)? {
            Value::Bool(value) => Some(*value),
            Value::String(text) if text == "true" => Some(true),
            Value::String(text) if text == "false" => Some(false),
            other => {
                self.findings
                    .fault(&self.at(key), format!("expected true or false, found {}", kind(other)));
                None
            }
        }
    }

    /// One of `allowed`; anything else is a fault that lists them.
    pub fn one_of(&self, key: &str, allowed: &[&str]) -> Option<&'a str> {
        let text = self.text(key)?;
        if allowed.contains(&text) {
            return Some(text);
        }
        self.findings
            .fault(&self.at(key), format!("`{text}` is none of {}", allowed.join(", ")));
        None
    }

    /// `Visibility: HIDDEN | VISIBLE` under `key`.
    pub fn visible(&self, key: &str) -> Option<bool> {
        self.one_of(key, &["HIDDEN", "VISIBLE"]).map(|text| text == "VISIBLE")
    }

    /// The one member of a union: its name and object.
    pub fn variant(&self) -> Option<(&'a str, Node<'a>)> {
        let mut members = self.map.iter().filter(|(_, value)| !value.is_null());
        let Some((key, value)) = members.next() else {
            self.fault("names nothing: one member is needed");
            return None;
        };
        if let Some((other, _)) = members.next() {
            self.fault(format!("has both {key} and {other}: one is needed"));
            self.ignore_rest();
        }
        self.taken.borrow_mut().insert(key);
        Some((key, Node::new(value, self.at(key), self.findings)?))
    }

    /// Text under `key` as PlainText or RichText.
    pub fn formatted(&self, key: &str) -> Option<String> {
        let node = self.child(key)?;
        let plain = node.text("PlainText").map(str::to_owned);
        plain.or_else(|| node.text("RichText").map(plain_text))
    }
}

impl Drop for Node<'_> {
    fn drop(&mut self) {
        let taken = self.taken.borrow();
        for key in self.map.keys().filter(|key| !taken.contains(key.as_str())) {
            self.findings.unsupported(&self.path, key.clone());
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The text of QuickSight's rich text (a small XML): tags dropped, `<br/>` as a space, entities decoded.
pub(super) fn plain_text(rich: &str) -> String {
    let mut out = String::new();
    let mut rest = rich;
    while let Some(open) = rest.find('<') {
        out.push_str(&rest[..open]);
        let Some(close) = rest[open..].find('>') else {
            rest = &rest[open..];
            break;
        };
        let tag = &rest[open + 1..open + close];
        if tag.starts_with("br") || tag.starts_with("/li") || tag.starts_with("/block") {
            out.push(' ');
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    let decoded = out
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&");
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_nobody_reads_is_named_with_its_path() {
        let findings = Findings::default();
        let value = json!({"Title": {"Visibility": "VISIBLE", "Glow": 1}, "Sparkle": {}});
        let node = Node::new(&value, "visual", &findings).unwrap();
        assert_eq!(
            node.child("Title").and_then(|title| title.visible("Visibility")),
            Some(true)
        );
        drop(node);
        let found: Vec<_> = findings
            .unsupported
            .borrow()
            .iter()
            .map(|one| format!("{} {}", one.place, one.what))
            .collect();
        assert_eq!(found, ["visual.Title Glow", "visual Sparkle"]);
        assert!(findings.faults.borrow().is_empty());
    }

    #[test]
    fn wrong_kinds_are_faults() {
        let findings = Findings::default();
        let value = json!({"ItemsLimit": "ten", "Rows": {}, "Union": {"A": {}, "B": {}}});
        let node = Node::new(&value, "x", &findings).unwrap();
        assert_eq!(node.count("ItemsLimit"), None);
        assert!(node.list("Rows").is_empty());
        assert!(node.child("Union").unwrap().variant().is_some());
        assert_eq!(findings.faults.borrow().len(), 3);
    }

    #[test]
    fn rich_text_loses_its_tags() {
        let rich =
            "<visual-title><b>Pay &amp; age</b><br/><inline color=\"#fff\">by department</inline></visual-title>";
        assert_eq!(plain_text(rich), "Pay & age by department");
        assert_eq!(plain_text("a < b"), "a < b");
    }
}
