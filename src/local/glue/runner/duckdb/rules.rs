//! The contract's rules, checked on the members of a line.

use std::borrow::Cow;
use std::cmp::Ordering::{Greater, Less};

use super::contract::Column;
use super::json::{self, Found};
use super::value::{Kind, Value, is_plain_number};

/// White space that texts are trimmed of: ASCII's.
const WHITE_SPACE: [char; 6] = [' ', '\t', '\n', '\x0b', '\x0c', '\r'];

impl Column {
    /// The value in the column's type, NULL if it is missing or not of the type; and the first rule it breaks.
    pub(super) fn read<'a>(&self, found: Found<'a>) -> (Value<'a>, Option<&str>) {
        let value = match self.value(found) {
            Ok(value) => value,
            Err(reason) => return (Value::Null, Some(reason)),
        };
        let reason = match &value {
            Value::Null => self.required.then_some(self.reasons.missing.as_str()),
            value => self.broken(value),
        };
        (value, reason)
    }

    fn value<'a>(&self, found: Found<'a>) -> Result<Value<'a>, &str> {
        let text = match found {
            Found::Nothing => return Ok(Value::Null),
            Found::Text(text) => trimmed(text.decode()),
            Found::Number(text) => Cow::Borrowed(text),
            Found::Boolean(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Found::List(list) if self.kind == Kind::TextList => return self.list(list),
            Found::List(_) | Found::Object => return Err(&self.reasons.kind),
        };
        if text.is_empty() {
            return Ok(Value::Null);
        }
        match (self.kind, found) {
            (Kind::Text, Found::Text(_)) => Ok(Value::Text(text)),
            (Kind::Decimal { .. }, _) => self.kind.read(&text).ok_or(if is_plain_number(&text) {
                &self.reasons.digits
            } else {
                &self.reasons.kind
            }),
            _ => self.kind.read(&text).ok_or(&self.reasons.kind),
        }
    }

    /// Empty items do not count; a list without items is a missing value.
    fn list<'a>(&self, list: &'a str) -> Result<Value<'a>, &str> {
        let items = json::texts(list).ok_or(self.reasons.kind.as_str())?;
        let items = items.into_iter().map(|item| trimmed(item.decode()));
        let items: Vec<_> = items.filter(|item| !item.is_empty()).collect();
        Ok(if items.is_empty() {
            Value::Null
        } else {
            Value::List(items)
        })
    }

    fn broken(&self, value: &Value<'_>) -> Option<&str> {
        let reasons = &self.reasons;
        let less = |bound: &Option<Value<'_>>| bound.as_ref().is_some_and(|min| value.compare(min) == Some(Less));
        let greater = |bound: &Option<Value<'_>>| bound.as_ref().is_some_and(|max| value.compare(max) == Some(Greater));
        let (bytes, nul) = match value {
            Value::Text(text) => (text.len(), text.contains('\0')),
            // Those of the items and one separator between each two.
            Value::List(items) => (
                items.iter().map(|item| item.len() + 1).sum::<usize>() - 1,
                items.iter().any(|item| item.contains('\0')),
            ),
            _ => (0, false),
        };
        match () {
            () if bytes > self.max_bytes => Some(&reasons.max_bytes),
            () if nul => Some(&reasons.nul),
            () if less(&self.min) => Some(&reasons.min),
            () if greater(&self.max) => Some(&reasons.max),
            () if !self.allowed(value) => Some(&reasons.values),
            () if !self.matches(value) => Some(&reasons.pattern),
            () => None,
        }
    }

    fn allowed(&self, value: &Value<'_>) -> bool {
        let among = |value: &Value<'_>| self.values.is_empty() || self.values.contains(value);
        match value {
            Value::List(items) if !self.values.is_empty() => {
                items.iter().all(|item| among(&Value::Text(Cow::Borrowed(item))))
            }
            value => among(value),
        }
    }

    fn matches(&self, value: &Value<'_>) -> bool {
        match (&self.pattern, value) {
            // A pattern that backtracks without end counts as not matching, as it does for the producer.
            (Some(pattern), Value::Text(text)) => pattern.is_match(text.as_ref()).unwrap_or(false),
            _ => true,
        }
    }
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_matches(WHITE_SPACE)),
        Cow::Owned(text) => {
            let trimmed = text.trim_matches(WHITE_SPACE);
            if trimmed.len() == text.len() {
                Cow::Owned(text)
            } else {
                Cow::Owned(trimmed.to_owned())
            }
        }
    }
}
