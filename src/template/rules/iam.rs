//! IAM roles.

use std::collections::BTreeMap;

use super::Subject;
use super::policy::{Policy, check};
use crate::template::sink::{Finding, Sink};

/// The trust policy names principals and no resources.
pub(super) fn trust_policy(subject: &Subject<'_>, sink: &mut Sink) {
    if let Some(document) = subject.properties.get("AssumeRolePolicyDocument") {
        check(document, Policy::Trust, sink);
    }
}

/// Inline policies are well-formed, and their names differ: PutRolePolicy overwrites a policy of the same name.
pub(super) fn inline_policies(subject: &Subject<'_>, sink: &mut Sink) {
    let policies = subject
        .properties
        .get("Policies")
        .and_then(|node| node.list())
        .unwrap_or_default();
    let mut names = BTreeMap::new();
    for policy in policies {
        if let Some(document) = policy.get("PolicyDocument") {
            check(document, Policy::Identity, sink);
        }
        let Some((node, name)) = policy.get("PolicyName").and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        if let Some(first) = names.insert(name, node.span) {
            let message = format!("two policies of this role are named `{name}`");
            sink.push(Finding::error("duplicate-name", node.span, message).related(first, "first here"));
        }
    }
}
