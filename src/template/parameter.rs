//! Template parameters: their declarations, and the values an environment gives them.
//!
//! Types and constraints:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use fancy_regex::Regex;

use super::fields::{Fields, wrong_type};
use super::node::{Data, Member, Node};
use super::pattern::whole;
use super::sink::{Finding, Sink};
use super::source::Span;

#[derive(Debug)]
pub(super) struct Parameter {
    pub span: Span,
    pub kind: ParameterType,
    pub default: Option<Node>,
    allowed_values: Option<Vec<String>>,
    allowed_pattern: Option<(Regex, String)>,
    constraint: Option<String>,
    /// `NoEcho`: its value is never shown.
    secret: bool,
    length: (Option<f64>, Option<f64>),
    range: (Option<f64>, Option<f64>),
    pub raw: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParameterType {
    Text,
    Number,
    TextList,
    NumberList,
}

const TYPES: [(&str, ParameterType); 4] = [
    ("String", ParameterType::Text),
    ("Number", ParameterType::Number),
    ("CommaDelimitedList", ParameterType::TextList),
    ("List<Number>", ParameterType::NumberList),
];
const KNOWN: [&str; 11] = [
    "Type",
    "Default",
    "AllowedValues",
    "AllowedPattern",
    "ConstraintDescription",
    "MinValue",
    "MaxValue",
    "MinLength",
    "MaxLength",
    "Description",
    "NoEcho",
];

/// The value of a parameter: text, or texts for the list types.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ParameterValue {
    One(String),
    Many(Vec<String>),
}

impl ParameterValue {
    /// As a template's `Default` has it.
    pub(super) fn as_default(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Many(items) => items.join(","),
        }
    }
}

pub(super) fn read(member: &Member, sink: &mut Sink) -> Option<Parameter> {
    let fields = Fields::open(&member.value, format!("parameter `{}`", member.key), &KNOWN, sink)?;
    fields.required("Type", sink);
    let kind = fields.word("Type", &TYPES, sink);
    let parameter = Parameter {
        span: member.key_span,
        // A wrong type was reported; text lets everything else be checked.
        kind: kind.unwrap_or(ParameterType::Text),
        default: fields.node("Default").cloned(),
        allowed_values: fields
            .list("AllowedValues", sink)
            .map(|items| items.iter().filter_map(Node::scalar_text).collect()),
        // CloudFormation matches the whole value against the pattern.
        allowed_pattern: fields
            .text("AllowedPattern", sink)
            .and_then(|pattern| Some((whole("AllowedPattern", &pattern, sink)?, pattern.value))),
        secret: fields
            .node("NoEcho")
            .and_then(Node::scalar_text)
            .is_some_and(|text| text == "true"),
        constraint: fields.text("ConstraintDescription", sink).map(|text| text.value),
        length: (number(&fields, "MinLength", sink), number(&fields, "MaxLength", sink)),
        range: (number(&fields, "MinValue", sink), number(&fields, "MaxValue", sink)),
        raw: member.value.clone(),
    };
    if let Some(default) = &parameter.default {
        parameter.value(&member.key, default, sink);
    }
    Some(parameter)
}

fn number(fields: &Fields<'_>, key: &str, sink: &mut Sink) -> Option<f64> {
    let node = fields.node(key)?;
    let value = node.scalar_text().and_then(|text| text.parse().ok());
    value.or_else(|| wrong_type(node, &format!("`{key}`"), "a number", sink))
}

impl Parameter {
    /// Checks a value (of an environment, or the default) and brings it into the parameter's type.
    /// `None` if it breaks a constraint, which is then reported.
    pub(super) fn value(&self, name: &str, given: &Node, sink: &mut Sink) -> Option<ParameterValue> {
        let list = matches!(self.kind, ParameterType::TextList | ParameterType::NumberList);
        let items = match (&given.data, list) {
            (Data::List(items), true) => items.iter().map(Node::scalar_text).collect::<Option<Vec<_>>>(),
            (_, true) => given
                .scalar_text()
                .map(|text| text.split(',').map(|item| item.trim().to_owned()).collect()),
            (_, false) => given.scalar_text().map(|text| vec![text]),
        };
        let Some(items) = items else {
            let wanted = if list {
                "a comma-separated string or an array of scalars"
            } else {
                "a scalar"
            };
            return wrong_type(given, &format!("parameter `{name}`"), wanted, sink);
        };
        let mut good = true;
        for item in &items {
            if let Some(reason) = self.breach(item) {
                good = false;
                // A secret's line of the file is not shown either.
                let (place, reason) = match self.secret {
                    true => (self.span, "has a value that breaks its constraints".to_owned()),
                    false => (given.span, reason),
                };
                let finding = Finding::error("bad-parameter", place, format!("parameter `{name}` {reason}"));
                let help = self.constraint.clone().map(|text| format!("{name}: {text}"));
                sink.push(finding.help_opt(help).related(self.span, "declared here"));
            }
        }
        let one = |items: Vec<String>| items.into_iter().next().map(ParameterValue::One);
        if !good {
            return None;
        }
        if list {
            Some(ParameterValue::Many(items))
        } else {
            one(items)
        }
    }

    fn breach(&self, text: &str) -> Option<String> {
        if matches!(self.kind, ParameterType::Number | ParameterType::NumberList) {
            let Ok(value) = text.parse::<f64>() else {
                return Some(format!("must be a number, not `{text}`"));
            };
            if let Some(reason) = outside(value, self.range, "must be") {
                return Some(format!("{reason}, not {text}"));
            }
        }
        if let Some(reason) = outside(text.chars().count() as f64, self.length, "must have a length of") {
            return Some(format!("{reason}, `{text}` has {}", text.chars().count()));
        }
        if let Some(allowed) = &self.allowed_values
            && !allowed.iter().any(|value| value == text)
        {
            return Some(format!("cannot be `{text}`: allowed are {}", allowed.join(", ")));
        }
        match &self.allowed_pattern {
            Some((regex, pattern)) if !regex.is_match(text).unwrap_or(false) => {
                Some(format!("cannot be `{text}`: it does not match `{pattern}`"))
            }
            _ => None,
        }
    }
}

fn outside(value: f64, (min, max): (Option<f64>, Option<f64>), verb: &str) -> Option<String> {
    match (min, max) {
        (Some(min), _) if value < min => Some(format!("{verb} at least {min}")),
        (_, Some(max)) if value > max => Some(format!("{verb} at most {max}")),
        _ => None,
    }
}
