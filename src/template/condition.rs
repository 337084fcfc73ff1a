//! Evaluates the `Conditions` of a template.

use std::collections::BTreeMap;

use super::evaluate::Evaluator;
use super::merged::ConditionDeclaration;
use super::node::{Data, Member, Node};
use super::scope::Scope;
use super::sink::{Finding, Sink};
use super::source::Span;
use super::suggest;

const FUNCTIONS: [&str; 5] = ["Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Condition"];

/// Every condition's value; `None` where a mistake was reported.
pub(super) fn evaluate(
    declared: &BTreeMap<String, ConditionDeclaration>,
    scope: &Scope,
    sink: &mut Sink,
) -> BTreeMap<String, Option<bool>> {
    let mut conditions = Conditions {
        declared,
        scope,
        sink,
        known: BTreeMap::new(),
        open: Vec::new(),
    };
    for name in declared.keys() {
        conditions.value(name);
    }
    conditions.known
}

struct Conditions<'a> {
    declared: &'a BTreeMap<String, ConditionDeclaration>,
    scope: &'a Scope,
    sink: &'a mut Sink,
    known: BTreeMap<String, Option<bool>>,
    /// Conditions being evaluated, outermost first.
    open: Vec<String>,
}

impl Conditions<'_> {
    fn value(&mut self, name: &str) -> Option<bool> {
        if let Some(value) = self.known.get(name) {
            return *value;
        }
        let declaration = self.declared.get(name)?;
        if let Some(start) = self.open.iter().position(|open| open == name) {
            let path = self.open[start..].join(" -> ");
            let message = format!("conditions depend on each other: {path} -> {name}");
            self.sink.push(Finding::error("cycle", declaration.span, message));
            return None;
        }
        self.open.push(name.to_owned());
        let value = self.expression(&declaration.expression);
        self.open.pop();
        self.known.insert(name.to_owned(), value);
        value
    }

    fn expression(&mut self, node: &Node) -> Option<bool> {
        let Some([call]) = node.members() else {
            return self.fail(
                node.span,
                "a condition is an object with one function",
                "for example {\"Fn::Equals\": [a, b]}",
            );
        };
        match call.key.as_str() {
            "Condition" => self.named(call),
            "Fn::Equals" => self.equals(call),
            "Fn::Not" => self
                .operands(call, 1..=1)?
                .first()
                .copied()
                .flatten()
                .map(|value| !value),
            // AWS::CloudFormation Fn::And / Fn::Or: 2 to 10 conditions.
            "Fn::And" => combine(&self.operands(call, 2..=10)?, |values| {
                values.iter().all(|value| *value)
            }),
            "Fn::Or" => combine(&self.operands(call, 2..=10)?, |values| {
                values.iter().any(|value| *value)
            }),
            other => {
                let message = format!("`{other}` is not a function of conditions");
                self.fail(
                    call.key_span,
                    message,
                    suggest::help(other, FUNCTIONS).unwrap_or_default(),
                )
            }
        }
    }

    fn named(&mut self, call: &Member) -> Option<bool> {
        let Some(name) = call.value.text() else {
            return self.fail(call.value.span, "`Condition` takes the name of a condition", "");
        };
        if !self.declared.contains_key(name) {
            let help = suggest::help(name, self.declared.keys().map(String::as_str));
            let message = format!("no condition is named `{name}`");
            self.sink
                .push_missing(Finding::error("unknown-condition", call.value.span, message).help_opt(help));
            return None;
        }
        self.value(name)
    }

    fn equals(&mut self, call: &Member) -> Option<bool> {
        let Some([left, right]) = call.value.list() else {
            return self.fail(call.value.span, "`Fn::Equals` takes two values", "");
        };
        let mut evaluator = Evaluator::parameters_only(self.scope, self.sink);
        let (left, right) = (evaluator.evaluate(left), evaluator.evaluate(right));
        if matches!(left.data, Data::Broken) || matches!(right.data, Data::Broken) {
            return None;
        }
        // Parameters are strings, so "4" equals 4.
        Some(match (left.scalar_text(), right.scalar_text()) {
            (Some(left), Some(right)) => left == right,
            _ => left.to_value() == right.to_value(),
        })
    }

    fn operands(&mut self, call: &Member, count: std::ops::RangeInclusive<usize>) -> Option<Vec<Option<bool>>> {
        match call.value.list() {
            Some(items) if count.contains(&items.len()) => {
                Some(items.iter().map(|item| self.expression(item)).collect())
            }
            _ => {
                let (least, most) = count.into_inner();
                let wanted = if least == most {
                    "one condition".into()
                } else {
                    format!("{least} to {most} conditions")
                };
                self.fail(
                    call.value.span,
                    format!("`{}` takes an array of {wanted}", call.key),
                    "",
                )
            }
        }
    }

    fn fail<T>(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) -> Option<T> {
        let help: String = help.into();
        self.sink
            .push(Finding::error("bad-condition", span, message).help_opt((!help.is_empty()).then_some(help)));
        None
    }
}

fn combine(operands: &[Option<bool>], verdict: impl Fn(&[bool]) -> bool) -> Option<bool> {
    operands
        .iter()
        .copied()
        .collect::<Option<Vec<_>>>()
        .map(|values| verdict(&values))
}
