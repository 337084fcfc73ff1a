//! Strict JSON (RFC 8259, no name twice in an object) into [`Node`]s.

use std::collections::HashMap;

use jsonc_parser::ast::{ObjectPropName, Value};
use jsonc_parser::common::{Range, Ranged};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::node::{Data, Member, Node};
use super::sink::{Finding, Sink};
use super::source::Span;

/// Everything that JSON itself does not have is off.
const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses a file of the sink's sources. `None` if it is no JSON, which is then reported.
pub(super) fn parse(file: u32, sink: &mut Sink) -> Option<Node> {
    let source = sink.sources.get(file).clone();
    match parse_to_ast(&source.text, &CollectOptions::default(), &STRICT) {
        Ok(result) => match &result.value {
            Some(value) => Some(Reader { file, sink }.node(value)),
            None => {
                sink.push(Finding::error("json-syntax", Span::start_of(file), "the file is empty").help("write `{}`"));
                None
            }
        },
        Err(error) => {
            let Range { start, end } = error.range();
            let length = source.text.len();
            let span = Span::new(file, start.min(length), end.clamp(start.min(length), length));
            let reason = error.kind().to_string();
            let reason = reason.strip_suffix('.').unwrap_or(&reason);
            let mut reason: String = reason.to_owned();
            if let Some(first) = reason.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            sink.push(Finding::error("json-syntax", span, format!("not valid JSON: {reason}")));
            None
        }
    }
}

struct Reader<'a> {
    file: u32,
    sink: &'a mut Sink,
}

impl Reader<'_> {
    fn span(&self, range: Range) -> Span {
        Span::new(self.file, range.start, range.end)
    }

    fn node(&mut self, value: &Value<'_>) -> Node {
        let span = self.span(value.range());
        let data = match value {
            Value::NullKeyword(_) => Data::Null,
            Value::BooleanLit(literal) => Data::Bool(literal.value),
            Value::StringLit(literal) => {
                self.no_control_characters(span);
                Data::Text(literal.value.to_string())
            }
            Value::NumberLit(literal) => match literal.value.parse() {
                Ok(number) => Data::Number(number),
                Err(_) => {
                    let message = format!("not valid JSON: `{}` is not a number", literal.value);
                    self.sink.push(Finding::error("json-syntax", span, message));
                    Data::Broken
                }
            },
            Value::Array(array) => Data::List(array.elements.iter().map(|element| self.node(element)).collect()),
            Value::Object(object) => Data::Map(self.members(object)),
        };
        Node { span, data }
    }

    /// RFC 8259, section 7: control characters in strings must be escaped. The parser lets them pass.
    fn no_control_characters(&mut self, span: Span) {
        if self.sink.sources.text(span).bytes().any(|byte| byte < 0x20) {
            let message = "not valid JSON: a line end, tab or other control character inside a string";
            self.sink
                .push(Finding::error("json-syntax", span, message).help("write \\n or \\t"));
        }
    }

    fn members(&mut self, object: &jsonc_parser::ast::Object<'_>) -> Vec<Member> {
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut members = Vec::with_capacity(object.properties.len());
        for property in &object.properties {
            let key_span = self.span(property.name.range());
            let key = match &property.name {
                ObjectPropName::String(literal) => literal.value.to_string(),
                ObjectPropName::Word(word) => word.value.to_string(),
            };
            self.no_control_characters(key_span);
            let value = self.node(&property.value);
            if let Some(first) = seen.get(&key) {
                let finding = Finding::error(
                    "duplicate-key",
                    key_span,
                    format!("`{key}` stands twice in this object"),
                )
                .related(*first, "first here")
                .help("remove one of the two");
                self.sink.push(finding);
                continue;
            }
            seen.insert(key.clone(), key_span);
            members.push(Member { key, key_span, value });
        }
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(text: &str) -> (Option<Node>, String) {
        let mut sink = Sink::default();
        let file = sink.sources.add("a.json".into(), text.into());
        let node = parse(file, &mut sink);
        let (all, _) = sink.finish();
        let lines = all
            .iter()
            .map(|one| format!("{}:{} {}", one.line, one.column, one.message));
        (node, lines.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn takes_json() {
        let (node, found) = findings(r#"{"a": [1, -2.5e3, "x\n\u00e9", true, null], "b": {}}"#);
        assert_eq!(found, "");
        let expected = serde_json::json!({"a": [1, -2.5e3, "x\né", true, null], "b": {}});
        assert_eq!(node.unwrap().to_value(), expected);
    }

    #[test]
    fn refuses_what_is_not_json() {
        let cases = [
            ("", "1:1 the file is empty"),
            ("{\"a\": 1,}", "1:8 not valid JSON: trailing commas are not allowed"),
            ("{\n // x\n \"a\": 1}", "2:2 not valid JSON: comments are not allowed"),
            ("{a: 1}", "1:2 not valid JSON: expected string for object property"),
            (
                "{\"a\": 'x'}",
                "1:7 not valid JSON: single-quoted strings are not allowed",
            ),
            (
                "{\"a\": 0x1F}",
                "1:7 not valid JSON: hexadecimal numbers are not allowed",
            ),
            ("[1 2]", "1:3 not valid JSON: expected comma"),
            ("{\"a\": 1", "1:1 not valid JSON: unterminated object"),
            (
                "{} {}",
                "1:4 not valid JSON: text cannot contain more than one JSON value",
            ),
            ("{\"a\": 01}", "1:8 not valid JSON: expected comma"),
            (
                "{\"a\": 1e}",
                "1:9 not valid JSON: expected plus, minus, or digit in number literal",
            ),
            (
                "\"\n\"",
                "1:1 not valid JSON: a line end, tab or other control character inside a string",
            ),
        ];
        for (text, expected) in cases {
            let (_, found) = findings(text);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_name_twice_is_a_mistake() {
        let (node, found) = findings("{\"a\": 1,\n \"a\": 2}");
        assert_eq!(found, "2:2 `a` stands twice in this object");
        assert_eq!(node.unwrap().to_value(), serde_json::json!({"a": 1}));
    }
}
