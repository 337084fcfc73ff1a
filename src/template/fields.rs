//! Reads the members of a JSON object whose names are fixed, reporting what is unknown, missing or of another type.

use super::node::{Data, Node};
use super::sink::{Finding, Sink};
use super::source::Span;
use super::suggest;

/// An object with a fixed set of member names. Every reader reports a wrong type itself and answers `None`.
pub(super) struct Fields<'a> {
    node: &'a Node,
    /// What the object describes, for messages: ``environment `dev` ``.
    what: String,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Located<T> {
    pub value: T,
    pub span: Span,
}

impl<'a> Fields<'a> {
    /// `None` (and a finding) if `node` is no object; findings for members that are not in `known`.
    pub(super) fn open(node: &'a Node, what: impl Into<String>, known: &[&str], sink: &mut Sink) -> Option<Self> {
        let what = what.into();
        let Some(members) = node.members() else {
            return wrong_type(node, &what, "an object", sink);
        };
        for member in members.iter().filter(|member| !known.contains(&member.key.as_str())) {
            let message = format!("{what} has no setting `{}`", member.key);
            let finding = Finding::error("unknown-key", member.key_span, message);
            sink.push(finding.help_opt(suggest::help(&member.key, known.iter().copied())));
        }
        Some(Self { node, what })
    }

    pub(super) fn span(&self) -> Span {
        self.node.span
    }

    pub(super) fn node(&self, key: &str) -> Option<&'a Node> {
        self.node.get(key).filter(|node| !matches!(node.data, Data::Broken))
    }

    pub(super) fn required(&self, key: &str, sink: &mut Sink) -> Option<&'a Node> {
        if self.node.member(key).is_none() {
            let message = format!("{} needs `{key}`", self.what);
            sink.push(Finding::error("missing-key", self.span(), message));
        }
        self.node(key)
    }

    pub(super) fn text(&self, key: &str, sink: &mut Sink) -> Option<Located<String>> {
        self.node(key).and_then(|node| text(node, &self.path(key), sink))
    }

    pub(super) fn required_text(&self, key: &str, sink: &mut Sink) -> Option<Located<String>> {
        self.required(key, sink)
            .and_then(|node| text(node, &self.path(key), sink))
    }

    pub(super) fn flag(&self, key: &str, sink: &mut Sink) -> Option<bool> {
        let node = self.node(key)?;
        match node.data {
            Data::Bool(value) => Some(value),
            _ => wrong_type(node, &self.path(key), "true or false", sink),
        }
    }

    pub(super) fn list(&self, key: &str, sink: &mut Sink) -> Option<&'a [Node]> {
        let node = self.node(key)?;
        node.list()
            .or_else(|| wrong_type(node, &self.path(key), "an array", sink))
    }

    pub(super) fn texts(&self, key: &str, sink: &mut Sink) -> Option<Vec<Located<String>>> {
        let what = self.path(key);
        let items = self.list(key, sink)?;
        Some(
            items
                .iter()
                .filter_map(|item| text(item, &format!("an item of {what}"), sink))
                .collect(),
        )
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, key: &str, words: &[(&str, T)], sink: &mut Sink) -> Option<T> {
        let found = self.text(key, sink)?;
        let chosen = words.iter().find(|(word, _)| *word == found.value);
        if chosen.is_none() {
            let finding = Finding::error(
                "wrong-value",
                found.span,
                format!("{}: no `{}`", self.path(key), found.value),
            );
            sink.push(finding.help_opt(suggest::help(&found.value, words.iter().map(|(word, _)| *word))));
        }
        chosen.map(|(_, value)| *value)
    }

    fn path(&self, key: &str) -> String {
        format!("`{key}` of {}", self.what)
    }
}

fn text(node: &Node, what: &str, sink: &mut Sink) -> Option<Located<String>> {
    match node.text() {
        Some(value) => Some(Located {
            value: value.to_owned(),
            span: node.span,
        }),
        None => wrong_type(node, what, "a string", sink),
    }
}

/// Reports a value of another type; `None` so that callers can end with it.
pub(super) fn wrong_type<T>(node: &Node, what: &str, wanted: &str, sink: &mut Sink) -> Option<T> {
    if !matches!(node.data, Data::Broken) {
        let message = format!("{what} must be {wanted}, not {}", node.describe());
        let mut finding = Finding::error("wrong-type", node.span, message);
        if wanted == "a string" && matches!(node.data, Data::Number(_) | Data::Bool(_)) {
            finding = finding.help("put it in double quotes");
        }
        sink.push(finding);
    }
    None
}
