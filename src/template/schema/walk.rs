//! Checks a value against a resource schema and brings scalars into the schema's types.
//!
//! The part of JSON Schema that CloudFormation's resource schemas use (see docs/adr/0004-schema-walker.md for why this
//! is ours): a residual reference is a string of unknown value, so it satisfies every check of a value and no
//! check of a shape. CloudFormation converts between strings and numbers or booleans, since parameters are strings:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>

use serde_json::{Map, Value};

use super::pattern::matches;
use super::registry::ResourceSchema;
use super::scalar::{converted, plain, shown, wanted};
use crate::template::node::{Data, Node};
use crate::template::sink::{Finding, Sink};
use crate::template::suggest;

/// Checks the evaluated properties of a resource; scalars are converted in place.
pub(in crate::template) fn check(schema: &'static ResourceSchema, properties: &mut Node, sink: &mut Sink) {
    if !matches!(properties.data, Data::Map(_) | Data::Broken) {
        let message = format!("`Properties` must be an object, not {}", properties.describe());
        sink.push(Finding::error("wrong-type", properties.span, message));
        return;
    }
    let mut walker = Walker {
        schema,
        findings: Vec::new(),
    };
    walker.check(properties, schema.root(), &Place::root(schema.kind));
    for finding in walker.findings {
        sink.push(finding);
    }
}

struct Walker {
    schema: &'static ResourceSchema,
    findings: Vec<Finding>,
}

/// Where in the document the walker is.
struct Place {
    /// JSON pointer with `*` for array items, as the schema's own lists have it.
    path: String,
    /// For people: the type at the top, then `BufferingHints.SizeInMBs`.
    name: String,
    top: bool,
}

impl Place {
    fn root(kind: &str) -> Self {
        Self {
            path: String::new(),
            name: kind.to_owned(),
            top: true,
        }
    }

    fn member(&self, key: &str) -> Self {
        let name = if self.top {
            key.to_owned()
        } else {
            format!("{}.{key}", self.name)
        };
        Self {
            path: format!("{}/{key}", self.path),
            name,
            top: false,
        }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            path: format!("{}/*", self.path),
            name: format!("{}[{index}]", self.name),
            top: false,
        }
    }
}

impl Walker {
    fn check(&mut self, node: &mut Node, schema: &Value, place: &Place) {
        let Some(keywords) = schema.as_object() else { return };
        if matches!(node.data, Data::Broken) {
            return;
        }
        if let Some(target) = keywords
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|to| self.schema.definition(to))
        {
            self.check(node, target, place);
        }
        if !self.take_type(node, keywords, place) || matches!(node.data, Data::Residual(_)) {
            return;
        }
        self.enumeration(node, keywords, place);
        match &mut node.data {
            Data::Text(_) => self.text(node, keywords, place),
            Data::Number(_) => self.number(node, keywords, place),
            Data::List(_) => self.list(node, keywords, place),
            Data::Map(_) => self.object(node, keywords, place),
            _ => {}
        }
        self.combinations(node, keywords, place);
    }

    /// Checks `type`, converting between strings and other scalars where the schema wants it.
    fn take_type(&mut self, node: &mut Node, keywords: &Map<String, Value>, place: &Place) -> bool {
        let types: Vec<&str> = match keywords.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => return true,
        };
        let has = |name: &str| types.contains(&name);
        let scalar = has("string") || has("number") || has("integer") || has("boolean");
        let fits = match &node.data {
            Data::Residual(_) => scalar,
            Data::Text(_) => has("string"),
            Data::Bool(_) => has("boolean"),
            Data::Number(number) => has("number") || (has("integer") && (number.is_i64() || number.is_u64())),
            Data::List(_) => has("array"),
            Data::Map(_) => has("object"),
            _ => false,
        };
        if fits {
            return true;
        }
        if let Some(data) = converted(node, &types) {
            node.data = data;
            return true;
        }
        let message = format!("`{}` must be {}, not {}", place.name, wanted(&types), shown(node));
        self.findings.push(Finding::error("wrong-type", node.span, message));
        false
    }

    fn enumeration(&mut self, node: &Node, keywords: &Map<String, Value>, place: &Place) {
        let allowed: Vec<&Value> = match (keywords.get("enum"), keywords.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().collect(),
            (_, Some(value)) => vec![value],
            _ => return,
        };
        let value = node.to_value();
        let same = |other: &&Value| **other == value || plain(other) == plain(&value);
        if allowed.iter().any(same) {
            return;
        }
        let names: Vec<String> = allowed.iter().map(|value| plain(value)).collect();
        let finding = Finding::error(
            "wrong-value",
            node.span,
            format!("`{}` cannot be {}", place.name, shown(node)),
        );
        let near = suggest::nearest(&plain(&value), names.iter().map(String::as_str));
        let help = match near {
            Some(name) if node.text().is_some() => format!("did you mean `{name}`?"),
            _ => format!("allowed: {}", names.join(", ")),
        };
        self.findings.push(finding.help(help));
    }

    fn text(&mut self, node: &Node, keywords: &Map<String, Value>, place: &Place) {
        let Some(text) = node.text() else { return };
        let length = text.chars().count() as u64;
        let limit = |key: &str| keywords.get(key).and_then(Value::as_u64);
        let breach = match (limit("minLength"), limit("maxLength")) {
            (Some(min), _) if length < min => Some(format!("at least {min}")),
            (_, Some(max)) if length > max => Some(format!("at most {max}")),
            _ => None,
        };
        if let Some(limit) = breach {
            let message = format!("`{}` must have {limit} characters, `{text}` has {length}", place.name);
            self.findings.push(Finding::error("bad-length", node.span, message));
            return;
        }
        if let Some(pattern) = keywords.get("pattern").and_then(Value::as_str)
            && !matches(pattern, text)
        {
            let message = format!("`{}` cannot be `{text}`", place.name);
            let finding = Finding::error("bad-pattern", node.span, message);
            self.findings.push(finding.help(format!("it must match {pattern}")));
        }
    }

    fn number(&mut self, node: &Node, keywords: &Map<String, Value>, place: &Place) {
        let Data::Number(number) = &node.data else { return };
        let Some(value) = number.as_f64() else { return };
        let limit = |key: &str| keywords.get(key).filter(|limit| limit.is_number());
        let (min, max) = (limit("minimum"), limit("maximum"));
        let below = min.and_then(Value::as_f64).is_some_and(|min| value < min);
        let above = max.and_then(Value::as_f64).is_some_and(|max| value > max);
        if below || above {
            let range = match (min, max) {
                (Some(min), Some(max)) => format!("from {min} to {max}"),
                (Some(min), None) => format!("at least {min}"),
                (_, Some(max)) => format!("at most {max}"),
                _ => return,
            };
            let message = format!("`{}` must be {range}, not {number}", place.name);
            self.findings.push(Finding::error("out-of-range", node.span, message));
        }
    }

    fn list(&mut self, node: &mut Node, keywords: &Map<String, Value>, place: &Place) {
        let span = node.span;
        let Data::List(items) = &mut node.data else { return };
        let limit = |key: &str| keywords.get(key).and_then(Value::as_u64);
        let count = items.len() as u64;
        let breach = match (limit("minItems"), limit("maxItems")) {
            (Some(min), _) if count < min => Some(format!("at least {min}")),
            (_, Some(max)) if count > max => Some(format!("at most {max}")),
            _ => None,
        };
        if let Some(limit) = breach {
            let message = format!("`{}` must have {limit} items, it has {count}", place.name);
            self.findings.push(Finding::error("bad-length", span, message));
        }
        if let Some(schema) = keywords.get("items") {
            for (index, item) in items.iter_mut().enumerate() {
                self.check(item, schema, &place.item(index));
            }
        }
        if keywords.get("uniqueItems") == Some(&Value::Bool(true)) {
            let values: Vec<Value> = items.iter().map(Node::to_value).collect();
            for (index, item) in items.iter().enumerate() {
                if let Some(first) = values[..index].iter().position(|value| *value == values[index]) {
                    let message = format!("`{}` must not hold the same item twice", place.name);
                    let finding = Finding::error("duplicate-item", item.span, message);
                    self.findings.push(finding.related(items[first].span, "first here"));
                }
            }
        }
    }

    fn object(&mut self, node: &mut Node, keywords: &Map<String, Value>, place: &Place) {
        self.presence(node, keywords, place);
        let Data::Map(members) = &mut node.data else { return };
        let properties = keywords.get("properties").and_then(Value::as_object);
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        let others = keywords.get("additionalProperties");
        for member in members {
            let inner = place.member(&member.key);
            let known = properties.and_then(|properties| properties.get(&member.key));
            let mut matched = known.is_some();
            if self.schema.is_read_only(&inner.path) {
                let message = format!("`{}` is set by AWS and cannot be given", inner.name);
                self.findings
                    .push(Finding::error("read-only", member.key_span, message).help("remove it"));
                continue;
            }
            if let Some(schema) = known {
                self.check(&mut member.value, schema, &inner);
            }
            for (pattern, schema) in patterns.into_iter().flatten() {
                if matches(pattern, &member.key) {
                    matched = true;
                    self.check(&mut member.value, schema, &inner);
                }
            }
            match others {
                Some(Value::Bool(false)) if !matched => {
                    let names = properties
                        .into_iter()
                        .flat_map(|properties| properties.keys().map(String::as_str));
                    let settable: Vec<_> = names
                        .filter(|name| !self.schema.is_read_only(&format!("{}/{name}", place.path)))
                        .collect();
                    let what = if place.top {
                        place.name.clone()
                    } else {
                        format!("`{}`", place.name)
                    };
                    let message = format!("{what} has no property `{}`", member.key);
                    let help = suggest::help(&member.key, settable.iter().copied());
                    self.findings
                        .push(Finding::error("unknown-property", member.key_span, message).help_opt(help));
                }
                Some(schema @ Value::Object(_)) if !matched => self.check(&mut member.value, schema, &inner),
                _ => {}
            }
        }
    }

    /// `required`, `dependentRequired` and `dependentExcluded`.
    fn presence(&mut self, node: &Node, keywords: &Map<String, Value>, place: &Place) {
        let what = if place.top {
            place.name.clone()
        } else {
            format!("`{}`", place.name)
        };
        for name in strings(keywords.get("required")) {
            if node.member(name).is_none() {
                let message = format!("{what} needs the property `{name}`");
                self.findings
                    .push(Finding::error("missing-property", node.span, message));
            }
        }
        let dependents = |key: &str| keywords.get(key).and_then(Value::as_object).into_iter().flatten();
        for (name, needed) in dependents("dependentRequired") {
            let Some(member) = node.member(name) else { continue };
            for other in strings(Some(needed)).filter(|other| node.member(other).is_none()) {
                let message = format!("{what} with `{name}` needs `{other}` too");
                self.findings
                    .push(Finding::error("missing-property", member.key_span, message));
            }
        }
        for (name, excluded) in dependents("dependentExcluded") {
            let Some(member) = node.member(name) else { continue };
            for other in strings(Some(excluded)).filter_map(|other| node.member(other)) {
                let message = format!("{what} cannot have both `{name}` and `{}`", other.key);
                let finding = Finding::error("conflicting-properties", other.key_span, message);
                self.findings.push(finding.related(member.key_span, "the other one"));
            }
        }
    }

    /// `allOf`, `anyOf`, `oneOf`.
    fn combinations(&mut self, node: &mut Node, keywords: &Map<String, Value>, place: &Place) {
        for schema in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.check(node, schema, place);
        }
        for keyword in ["anyOf", "oneOf"] {
            let Some(Value::Array(alternatives)) = keywords.get(keyword) else {
                continue;
            };
            let mut trials: Vec<(Node, Vec<Finding>)> = alternatives
                .iter()
                .map(|schema| self.trial(node, schema, place))
                .collect();
            let passing = trials.iter().filter(|(_, findings)| findings.is_empty()).count();
            if passing == 0 {
                // The nearest alternative's mistakes are the most helpful.
                if let Some((_, findings)) = trials.into_iter().min_by_key(|(_, findings)| findings.len()) {
                    self.findings.extend(findings);
                }
            } else if keyword == "oneOf" && passing > 1 {
                let message = format!(
                    "`{}` matches {passing} of the forms it can have, it must be one",
                    place.name
                );
                self.findings
                    .push(Finding::error("conflicting-properties", node.span, message));
            } else if let Some(index) = trials.iter().position(|(_, findings)| findings.is_empty()) {
                *node = trials.swap_remove(index).0;
            }
        }
    }

    fn trial(&self, node: &Node, schema: &Value, place: &Place) -> (Node, Vec<Finding>) {
        let mut walker = Walker {
            schema: self.schema,
            findings: Vec::new(),
        };
        let mut copy = node.clone();
        walker.check(&mut copy, schema, place);
        (copy, walker.findings)
    }
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}
