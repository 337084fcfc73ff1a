//! The merged template: what all fragments of a project declare, not yet evaluated.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{Fields, Located, wrong_type};
use super::node::{Data, Member, Node};
use super::parameter::{self, Parameter};
use super::sink::{Finding, Sink};
use super::source::Span;
use super::suggest;

/// Declarations by name, each from exactly one file.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub parameters: BTreeMap<String, Parameter>,
    pub conditions: BTreeMap<String, ConditionDeclaration>,
    pub resources: BTreeMap<String, ResourceDeclaration>,
    /// Names whose declarations are unusable and reported: references to them are no mistake of their own.
    pub unusable: BTreeSet<String>,
}

#[derive(Debug)]
pub(super) struct ConditionDeclaration {
    pub span: Span,
    pub expression: Node,
}

/// One resource as written.
#[derive(Debug)]
pub(super) struct ResourceDeclaration {
    pub id: String,
    /// Place of the logical id.
    pub span: Span,
    pub stage: &'static str,
    pub kind: Located<String>,
    pub properties: Node,
    pub depends_on: Vec<Located<String>>,
    pub condition: Option<Located<String>>,
    pub retain: bool,
    pub snapshot: bool,
    /// All of it, for export.
    pub raw: Node,
}

/// Sections that CloudFormation templates have and fragments may have.
const SECTIONS: [&str; 7] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Conditions",
    "Resources",
    "$schema",
];
/// Attributes of a resource:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-product-attribute-reference.html>
const ATTRIBUTES: [&str; 8] = [
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Metadata",
    "Description",
];

impl Template {
    /// Adds one fragment; names that another fragment declared already are reported with both places.
    pub(super) fn add(&mut self, fragment: &Node, stage: &'static str, sink: &mut Sink) {
        let Some(fields) = Fields::open(fragment, "a fragment", &SECTIONS, sink) else {
            return;
        };
        for member in section(&fields, "Parameters", sink) {
            let parameter = parameter::read(member, sink);
            let first = self.parameters.get(&member.key).map(|first| first.span);
            if !declared_once("parameter", member, first, sink) {
                continue;
            }
            match parameter {
                Some(parameter) => drop(self.parameters.insert(member.key.clone(), parameter)),
                None => drop(self.unusable.insert(member.key.clone())),
            }
        }
        for member in section(&fields, "Conditions", sink) {
            let first = self.conditions.get(&member.key).map(|first| first.span);
            if declared_once("condition", member, first, sink) {
                let condition = ConditionDeclaration {
                    span: member.key_span,
                    expression: member.value.clone(),
                };
                self.conditions.insert(member.key.clone(), condition);
            }
        }
        for member in section(&fields, "Resources", sink) {
            let resource = read_resource(member, stage, sink);
            let first = self.resources.get(&member.key).map(|first| first.span);
            if !declared_once("resource", member, first, sink) {
                continue;
            }
            match resource {
                Some(resource) => drop(self.resources.insert(member.key.clone(), resource)),
                None => drop(self.unusable.insert(member.key.clone())),
            }
        }
    }
}

fn section<'a>(fields: &Fields<'a>, name: &str, sink: &mut Sink) -> &'a [Member] {
    let Some(node) = fields.node(name) else { return &[] };
    node.members()
        .or_else(|| wrong_type(node, &format!("`{name}`"), "an object", sink))
        .unwrap_or_default()
}

fn declared_once(what: &str, member: &Member, first: Option<Span>, sink: &mut Sink) -> bool {
    let good =
        !member.key.is_empty() && member.key.len() <= 255 && member.key.bytes().all(|b| b.is_ascii_alphanumeric());
    if !good {
        // Template anatomy: logical ids are alphanumeric (A-Za-z0-9) and unique within the template.
        let message = format!("`{}` cannot be the name of a {what}", member.key);
        sink.push(Finding::error("bad-name", member.key_span, message).help("letters and digits only"));
    }
    let Some(first) = first else { return true };
    let message = format!("{what} `{}` is declared twice", member.key);
    let finding = Finding::error("duplicate-name", member.key_span, message);
    sink.push(
        finding
            .related(first, "first declared here")
            .help("rename or remove one of the two"),
    );
    false
}

fn read_resource(member: &Member, stage: &'static str, sink: &mut Sink) -> Option<ResourceDeclaration> {
    let id = &member.key;
    let what = format!("resource `{id}`");
    let Some(members) = member.value.members() else {
        return wrong_type(&member.value, &what, "an object", sink);
    };
    for stray in members.iter().filter(|stray| !ATTRIBUTES.contains(&stray.key.as_str())) {
        let message = format!("{what} has an unknown attribute `{}`", stray.key);
        let help = suggest::nearest(&stray.key, ATTRIBUTES).map(|name| format!("did you mean `{name}`?"));
        let help = help.unwrap_or_else(|| "settings of the resource itself belong into `Properties`".into());
        sink.push(Finding::error("unknown-attribute", stray.key_span, message).help(help));
    }
    let fields = Fields::open(&member.value, what.as_str(), &keys(members), sink)?;
    if member.value.member("Type").is_none() {
        let help = "add \"Type\": \"AWS::...\"";
        sink.push(Finding::error("missing-type", member.key_span, format!("{what} has no `Type`")).help(help));
        return None;
    }
    let properties = fields.node("Properties").cloned();
    let kind = fields.text("Type", sink)?;
    let policy = read_policies(&fields, &kind.value, sink);
    Some(ResourceDeclaration {
        id: id.clone(),
        span: member.key_span,
        stage,
        kind,
        properties: properties.unwrap_or(Node {
            span: member.key_span,
            data: Data::Map(Vec::new()),
        }),
        depends_on: read_depends_on(&fields, sink),
        condition: fields.text("Condition", sink),
        retain: policy == Policy::Retain,
        snapshot: policy == Policy::Snapshot,
        raw: member.value.clone(),
    })
}

fn keys(members: &[Member]) -> Vec<&str> {
    members.iter().map(|member| member.key.as_str()).collect()
}

fn read_depends_on(fields: &Fields<'_>, sink: &mut Sink) -> Vec<Located<String>> {
    match fields.node("DependsOn").map(|node| &node.data) {
        None => Vec::new(),
        Some(Data::List(_)) => fields.texts("DependsOn", sink).unwrap_or_default(),
        Some(_) => fields.text("DependsOn", sink).into_iter().collect(),
    }
}

/// What happens to a resource that is deleted or replaced.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Policy {
    Delete,
    Retain,
    Snapshot,
}

/// Types that leave a snapshot behind
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html>).
const SNAPSHOTS: [&str; 1] = ["AWS::Redshift::Cluster"];

/// The deletion policy; the one for replacement is only checked.
fn read_policies(fields: &Fields<'_>, kind: &str, sink: &mut Sink) -> Policy {
    let words = [
        ("Delete", Policy::Delete),
        ("Retain", Policy::Retain),
        ("Snapshot", Policy::Snapshot),
    ];
    let words = match SNAPSHOTS.contains(&kind) {
        true => &words[..],
        false => &words[..2],
    };
    fields.word("UpdateReplacePolicy", words, sink);
    fields.word("DeletionPolicy", words, sink).unwrap_or(Policy::Delete)
}
