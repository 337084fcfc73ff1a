//! IAM policy documents.
//!
//! Grammar: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use crate::template::node::{Data, Node};
use crate::template::sink::{Finding, Sink};
use crate::template::suggest;

/// Where a policy is attached, which decides what its statements hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Who may assume a role: principals, no resources.
    Trust,
    /// What a role may do: resources, no principals.
    Identity,
    /// Who may do what with a resource: both.
    Resource,
}

const DOCUMENT: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Checks a document; one given as a string is only checked for being JSON.
pub(super) fn check(document: &Node, policy: Policy, sink: &mut Sink) {
    match &document.data {
        Data::Text(text) if serde_json::from_str::<serde_json::Value>(text).is_err() => {
            sink.push(Finding::error(
                "bad-policy",
                document.span,
                "this policy is a string that is not JSON",
            ));
        }
        Data::Map(_) => {
            unknown_members(document, "a policy", &DOCUMENT, sink);
            version(document, sink);
            match document.get("Statement").map(|node| (node, &node.data)) {
                None => missing(document, "a policy", "Statement", sink),
                Some((_, Data::List(statements))) => {
                    statements.iter().for_each(|one| statement(one, policy, sink));
                }
                Some((one, _)) => statement(one, policy, sink),
            }
        }
        _ => {}
    }
}

fn version(document: &Node, sink: &mut Sink) {
    let Some(node) = document.get("Version") else { return };
    if node
        .text()
        .is_some_and(|text| !matches!(text, "2012-10-17" | "2008-10-17"))
    {
        let message = "a policy's `Version` is the version of the language, not of the policy";
        sink.push(Finding::error("bad-policy", node.span, message).help("write \"2012-10-17\""));
    }
}

fn statement(node: &Node, policy: Policy, sink: &mut Sink) {
    let Data::Map(_) = node.data else {
        if !matches!(node.data, Data::Broken) {
            let message = format!("a statement must be an object, not {}", node.describe());
            sink.push(Finding::error("bad-policy", node.span, message));
        }
        return;
    };
    unknown_members(node, "a statement", &STATEMENT, sink);
    match node.get("Effect") {
        None => missing(node, "a statement", "Effect", sink),
        Some(effect) if effect.text().is_some_and(|text| !matches!(text, "Allow" | "Deny")) => {
            let message = "`Effect` must be \"Allow\" or \"Deny\"";
            sink.push(Finding::error("bad-policy", effect.span, message));
        }
        Some(_) => {}
    }
    one_of(node, ["Action", "NotAction"], true, sink);
    one_of(node, ["Principal", "NotPrincipal"], policy != Policy::Identity, sink);
    one_of(node, ["Resource", "NotResource"], policy != Policy::Trust, sink);
    for key in ["Action", "NotAction"] {
        node.get(key)
            .into_iter()
            .for_each(|actions| action_shapes(actions, sink));
    }
}

fn one_of(node: &Node, names: [&str; 2], wanted: bool, sink: &mut Sink) {
    let found: Vec<_> = names.iter().filter_map(|name| node.member(name)).collect();
    match (found.as_slice(), wanted) {
        ([], true) => missing(node, "this statement", names[0], sink),
        ([one, ..], false) => {
            let message = format!("a statement of this policy cannot have `{}`", one.key);
            sink.push(Finding::error("bad-policy", one.key_span, message).help("remove it"));
        }
        ([_, other], true) => {
            let message = format!("a statement has either `{}` or `{}`", names[0], names[1]);
            sink.push(Finding::error("bad-policy", other.key_span, message));
        }
        _ => {}
    }
}

fn action_shapes(actions: &Node, sink: &mut Sink) {
    let one = std::slice::from_ref(actions);
    for action in actions.list().unwrap_or(one) {
        let Some(text) = action.text() else { continue };
        let good = text == "*"
            || text.split_once(':').is_some_and(|(service, name)| {
                let service_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*?".contains(c);
                let name_good = |c: char| c.is_ascii_alphanumeric() || "*?".contains(c);
                !service.is_empty()
                    && !name.is_empty()
                    && service.chars().all(service_good)
                    && name.chars().all(name_good)
            });
        if !good {
            let message = format!("`{text}` is not an action");
            sink.push(Finding::error("bad-policy", action.span, message).help("an action looks like `s3:PutObject`"));
        }
    }
}

fn unknown_members(node: &Node, what: &str, known: &[&str], sink: &mut Sink) {
    for member in node.members().unwrap_or_default() {
        if !known.contains(&member.key.as_str()) {
            let message = format!("{what} has no member `{}`", member.key);
            let help = suggest::help(&member.key, known.iter().copied());
            sink.push(Finding::error("unknown-property", member.key_span, message).help_opt(help));
        }
    }
}

fn missing(node: &Node, what: &str, name: &str, sink: &mut Sink) {
    sink.push(Finding::error(
        "missing-property",
        node.span,
        format!("{what} needs `{name}`"),
    ));
}
