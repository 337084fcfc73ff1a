//! Evaluates intrinsic functions in the properties of resources.
//!
//! Functions: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use super::node::{Data, Member, Node, Part, REF, Residual};
use super::parameter::ParameterValue;
use super::scope::{NO_VALUE, Scope};
use super::sink::{Finding, Sink};
use super::source::Span;
use super::substitute::{Piece, pieces};
use super::suggest;

/// Functions of properties; those of `Conditions` are in the module `condition`.
const FUNCTIONS: [&str; 4] = ["Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::If"];

/// A reference to another resource that was met on the way.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub id: String,
    pub span: Span,
}

/// Evaluates expressions in a [`Scope`]. Mistakes go to the sink and leave [`Data::Broken`] behind.
pub(super) struct Evaluator<'a> {
    pub scope: &'a Scope,
    pub sink: &'a mut Sink,
    /// Resources referred to by what was evaluated, in order, except in branches not taken.
    pub references: Vec<Reference>,
    /// In `Conditions` nothing but parameters can be referred to.
    parameters_only: bool,
    /// Inside a branch not taken, or a resource left out: names are checked, nothing else counts.
    pub dead: bool,
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(scope: &'a Scope, sink: &'a mut Sink) -> Self {
        Self {
            scope,
            sink,
            references: Vec::new(),
            parameters_only: false,
            dead: false,
        }
    }

    pub(super) fn parameters_only(scope: &'a Scope, sink: &'a mut Sink) -> Self {
        Self {
            parameters_only: true,
            ..Self::new(scope, sink)
        }
    }

    /// The value of an expression.
    pub(super) fn evaluate(&mut self, node: &Node) -> Node {
        let span = node.span;
        let data = match &node.data {
            Data::Map(members) => match function(members) {
                Some(call) => self.call(call),
                None => self.members(members),
            },
            Data::List(items) => {
                let items = items.iter().map(|item| self.evaluate(item));
                Data::List(items.filter(|item| item.data != Data::Nothing).collect())
            }
            Data::Null => self.fail(
                "null-value",
                span,
                "null is not a value in a template",
                "leave it out, or use AWS::NoValue",
            ),
            data => data.clone(),
        };
        Node { span, data }
    }

    fn members(&mut self, members: &[Member]) -> Data {
        if let Some(call) = members.iter().find(|member| member.key.starts_with("Fn::")) {
            let message = format!("`{}` must be the only member of its object", call.key);
            return self.fail(
                "bad-function",
                call.key_span,
                message,
                "a function stands for the whole value",
            );
        }
        let evaluated = members.iter().map(|member| Member {
            value: self.evaluate(&member.value),
            ..member.clone()
        });
        Data::Map(evaluated.filter(|member| member.value.data != Data::Nothing).collect())
    }

    fn call(&mut self, call: &Member) -> Data {
        let argument = &call.value;
        match call.key.as_str() {
            "Ref" => match argument.text() {
                Some(name) => self.reference(name, argument.span),
                None => self.bad_arguments(call, "the name of a parameter or resource, as a string"),
            },
            "Fn::GetAtt" => self.get_att(call),
            "Fn::Sub" => self.sub(call),
            "Fn::Join" => self.join(call),
            "Fn::If" => self.choose(call),
            other => {
                let message = format!("`{other}` is not a function that properties can use");
                let help = match other {
                    "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => {
                        "declare it under `Conditions` and choose with Fn::If".to_owned()
                    }
                    _ => suggest::help(other, FUNCTIONS).unwrap_or_default(),
                };
                self.fail("unknown-function", call.key_span, message, help)
            }
        }
    }

    /// `Ref`.
    fn reference(&mut self, name: &str, span: Span) -> Data {
        if name == NO_VALUE {
            return Data::Nothing;
        }
        if let Some(value) = self.scope.pseudo.get(name) {
            return Data::Text(value.clone());
        }
        if let Some(value) = self.scope.parameters.get(name) {
            return match value {
                Some(ParameterValue::One(text)) => Data::Text(text.clone()),
                Some(ParameterValue::Many(items)) => Data::List(
                    items
                        .iter()
                        .map(|item| Node {
                            span,
                            data: Data::Text(item.clone()),
                        })
                        .collect(),
                ),
                None => Data::Broken,
            };
        }
        if self.scope.resources.contains_key(name) {
            return self.attribute(name, REF, span);
        }
        if !self.scope.unusable.contains(name) {
            let what = if self.parameters_only {
                "parameter"
            } else {
                "parameter or resource"
            };
            let help = suggest::help(name, self.scope.names());
            let message = format!("no {what} is named `{name}`");
            self.sink
                .push_missing(Finding::error("unknown-reference", span, message).help_opt(help));
        }
        Data::Broken
    }

    /// An attribute of a resource that is known to be declared.
    fn attribute(&mut self, id: &str, attribute: &str, span: Span) -> Data {
        if self.parameters_only {
            let message = format!("a condition cannot depend on the resource `{id}`");
            return self.fail(
                "bad-condition",
                span,
                message,
                "conditions can refer to parameters only",
            );
        }
        let Some(resource) = self.scope.resources.get(id) else {
            return Data::Broken;
        };
        if !self.dead {
            if let Some(condition) = &resource.absent_by {
                let message = format!("`{id}` does not exist here: its condition `{condition}` is false");
                let help = format!("choose with {{\"Fn::If\": [\"{condition}\", ..., {{\"Ref\": \"AWS::NoValue\"}}]}}");
                let finding = Finding::error("absent-resource", span, message).help(help);
                self.sink.push(finding.related(resource.span, "declared here"));
                return Data::Broken;
            }
            self.references.push(Reference {
                id: id.to_owned(),
                span,
            });
        }
        Residual::join([Part::Attribute(id.to_owned(), attribute.to_owned())])
    }

    fn get_att(&mut self, call: &Member) -> Data {
        let argument = &call.value;
        match &argument.data {
            Data::Text(text) => match text.split_once('.') {
                Some((id, attribute)) => self.get(id, attribute, argument.span, argument.span),
                None => self.bad_arguments(call, "\"LogicalId.Attribute\" or [\"LogicalId\", \"Attribute\"]"),
            },
            Data::List(items) => {
                let evaluated: Vec<_> = items.iter().map(|item| self.evaluate(item)).collect();
                match evaluated.as_slice() {
                    [id, attribute] => match (id.text(), attribute.text()) {
                        (Some(name), Some(text)) => self.get(name, text, id.span, attribute.span),
                        _ => self.bad_arguments(call, "two strings: logical id and attribute"),
                    },
                    _ => self.bad_arguments(call, "two strings: logical id and attribute"),
                }
            }
            _ => self.bad_arguments(call, "\"LogicalId.Attribute\" or [\"LogicalId\", \"Attribute\"]"),
        }
    }

    fn get(&mut self, id: &str, attribute: &str, id_span: Span, attribute_span: Span) -> Data {
        let Some(resource) = self.scope.resources.get(id) else {
            if !self.scope.unusable.contains(id) {
                let help = suggest::help(id, self.scope.resources.keys().map(String::as_str));
                let finding = Finding::error("unknown-reference", id_span, format!("no resource is named `{id}`"));
                self.sink.push_missing(finding.help_opt(help));
            }
            return Data::Broken;
        };
        // Without a schema its type is unknown, which was reported.
        let Some(schema) = resource.schema else {
            return Data::Broken;
        };
        if !schema.attributes().any(|known| known == attribute) {
            let message = format!("`{id}` ({}) has no attribute `{attribute}`", schema.kind);
            let names: Vec<_> = schema.attributes().collect();
            let help = suggest::help(attribute, names.iter().map(String::as_str));
            let help = help.unwrap_or_else(|| "this type has no attributes: use Ref".into());
            return self.fail("unknown-attribute", attribute_span, message, help);
        }
        self.attribute(id, attribute, id_span)
    }

    fn sub(&mut self, call: &Member) -> Data {
        let (template, variables) = match &call.value.data {
            Data::Text(_) => (&call.value, None),
            Data::List(items) => match items.as_slice() {
                [template, variables] if template.text().is_some() && variables.members().is_some() => {
                    (template, variables.members())
                }
                _ => return self.bad_arguments(call, "a string, or [string, {\"Name\": value}]"),
            },
            _ => return self.bad_arguments(call, "a string, or [string, {\"Name\": value}]"),
        };
        let variables = variables.unwrap_or_default();
        let values: Vec<_> = variables
            .iter()
            .map(|member| (&member.key, self.evaluate(&member.value)))
            .collect();
        let text = template.text().unwrap_or_default();
        let mut parts = Vec::new();
        let mut broken = false;
        for (piece, at) in pieces(text) {
            match piece {
                Piece::Text(text) => parts.push(Part::Text(text)),
                Piece::Unclosed => {
                    let span = self.inside(template, at, 2);
                    self.fail(
                        "bad-function",
                        span,
                        "`${` is never closed",
                        "close it with `}`, or write `${!` for a literal `${`",
                    );
                    broken = true;
                }
                Piece::Name(name) => {
                    let span = self.inside(template, at + 2, name.len());
                    let value = match values.iter().find(|(key, _)| **key == name) {
                        Some((_, value)) => value.data.clone(),
                        None => match name.split_once('.') {
                            Some((id, attribute)) => self.get(id, attribute, span, span),
                            None => self.reference(name, span),
                        },
                    };
                    match self.parts(&Node { span, data: value }) {
                        Some(more) => parts.extend(more),
                        None => broken = true,
                    }
                }
            }
        }
        if broken { Data::Broken } else { Residual::join(parts) }
    }

    /// The place of a part of a string, or of the whole string where escapes make offsets differ.
    fn inside(&self, node: &Node, at: usize, length: usize) -> Span {
        let source = self.sink.sources.text(node.span);
        if source.contains('\\') {
            return node.span;
        }
        let start = node.span.start as usize + 1 + at;
        Span::new(node.span.file, start, start + length)
    }

    fn join(&mut self, call: &Member) -> Data {
        let wanted = "[delimiter, [values]]";
        let Some([delimiter, list]) = call.value.list() else {
            return self.bad_arguments(call, wanted);
        };
        let (delimiter, list) = (self.evaluate(delimiter), self.evaluate(list));
        if matches!(delimiter.data, Data::Broken) || matches!(list.data, Data::Broken) {
            return Data::Broken;
        }
        let (Some(delimiter), Some(items)) = (delimiter.text(), list.list()) else {
            return self.bad_arguments(call, wanted);
        };
        let mut parts = Vec::new();
        let mut broken = false;
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                parts.push(Part::Text(delimiter.to_owned()));
            }
            match self.parts(item) {
                Some(more) => parts.extend(more),
                None => broken = true,
            }
        }
        if broken { Data::Broken } else { Residual::join(parts) }
    }

    /// A value as part of a string.
    fn parts(&mut self, value: &Node) -> Option<Vec<Part>> {
        match &value.data {
            Data::Residual(Residual(parts)) => Some(parts.clone()),
            Data::Broken => None,
            _ => match value.scalar_text() {
                Some(text) => Some(vec![Part::Text(text)]),
                None => {
                    let message = format!("{} cannot be part of a string", value.describe());
                    self.fail(
                        "bad-function",
                        value.span,
                        message,
                        "only strings, numbers, booleans and references can",
                    );
                    None
                }
            },
        }
    }

    fn choose(&mut self, call: &Member) -> Data {
        let wanted = "[\"Condition\", value if true, value if false]";
        let Some([condition, yes, no]) = call.value.list() else {
            return self.bad_arguments(call, wanted);
        };
        let Some(name) = condition.text() else {
            return self.bad_arguments(call, wanted);
        };
        let verdict = self.condition(name, condition.span);
        let (dead, yes_dead, no_dead) = (self.dead, verdict != Some(true), verdict != Some(false));
        self.dead = dead || yes_dead;
        let yes = self.evaluate(yes);
        self.dead = dead || no_dead;
        let no = self.evaluate(no);
        self.dead = dead;
        match verdict {
            Some(true) => yes.data,
            Some(false) => no.data,
            None => Data::Broken,
        }
    }

    /// The value of a named condition; reports a name that nothing declares.
    pub(super) fn condition(&mut self, name: &str, span: Span) -> Option<bool> {
        if let Some(value) = self.scope.conditions.get(name) {
            return *value;
        }
        let help = suggest::help(name, self.scope.conditions.keys().map(String::as_str));
        let finding = Finding::error("unknown-condition", span, format!("no condition is named `{name}`"));
        self.sink.push_missing(finding.help_opt(help));
        None
    }

    fn bad_arguments(&mut self, call: &Member, wanted: &str) -> Data {
        self.fail(
            "bad-function",
            call.value.span,
            format!("`{}` takes {wanted}", call.key),
            "",
        )
    }

    fn fail(&mut self, code: &'static str, span: Span, message: impl Into<String>, help: impl Into<String>) -> Data {
        let help: String = help.into();
        self.sink
            .push(Finding::error(code, span, message).help_opt((!help.is_empty()).then_some(help)));
        Data::Broken
    }
}

/// The call, if an object is one: exactly one member, named like a function.
pub(super) fn function(members: &[Member]) -> Option<&Member> {
    match members {
        [only] if only.key == "Ref" || only.key.starts_with("Fn::") => Some(only),
        _ => None,
    }
}
