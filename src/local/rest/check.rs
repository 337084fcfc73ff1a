//! An input against the model: kinds of values, unknown members, and the constraints, all broken ones in one answer.

use serde_json::Value;

use super::api::{Api, Kind, Shape};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;

impl Api {
    /// Checks a whole input.
    ///
    /// # Errors
    /// `SerializationException` for a value of another kind and for a member that the API does not have (AWS leaves
    /// those out without a word; here a typing error is told); `ValidationException` for broken constraints.
    pub(super) fn check(&self, input: &str, value: &Value) -> Result<(), AwsError> {
        let mut check = Check {
            api: self,
            constraints: Constraints::default(),
        };
        check.value(self.shape(input), value, "", false)?;
        check.constraints.check()
    }
}

struct Check<'a> {
    api: &'a Api,
    constraints: Constraints,
}

impl Check<'_> {
    fn value(&mut self, shape: &Shape, value: &Value, place: &str, sensitive: bool) -> Result<(), AwsError> {
        let sensitive = sensitive || shape.sensitive;
        match (shape.kind, value) {
            (Kind::Document, _) => Ok(()),
            (Kind::Structure, Value::Object(_)) => self.structure(shape, value, place, sensitive),
            (Kind::List, Value::Array(items)) => {
                self.size(shape, items.len(), place);
                let member = self.api.shape(&shape.member);
                let mut items = (1..).zip(items);
                items.try_for_each(|(n, item)| self.value(member, item, &format!("{place}.{n}.member"), sensitive))
            }
            (Kind::Map, Value::Object(entries)) => {
                self.size(shape, entries.len(), place);
                let member = self.api.shape(&shape.value);
                for (key, value) in entries {
                    self.key(self.api.shape(&shape.key), key, place);
                    self.value(member, value, &format!("{place}.{key}.member"), sensitive)?;
                }
                Ok(())
            }
            (Kind::String, Value::String(text)) => {
                self.text(shape, text, place, sensitive);
                Ok(())
            }
            (Kind::Integer | Kind::Long, Value::Number(number)) if number.is_i64() => {
                self.number(shape, number.as_f64(), place, sensitive);
                Ok(())
            }
            (Kind::Double | Kind::Timestamp, Value::Number(number)) => {
                self.number(shape, number.as_f64(), place, sensitive);
                Ok(())
            }
            // Smithy writes numbers that JSON does not have as text.
            (Kind::Double, Value::String(text)) if ["NaN", "Infinity", "-Infinity"].contains(&text.as_str()) => Ok(()),
            (Kind::Boolean, Value::Bool(_)) => Ok(()),
            (kind, _) => Err(serialization(format!(
                "{} must be of the kind {}",
                if place.is_empty() { "the body" } else { place },
                format!("{kind:?}").to_lowercase()
            ))),
        }
    }

    fn structure(&mut self, shape: &Shape, value: &Value, place: &str, sensitive: bool) -> Result<(), AwsError> {
        let Value::Object(members) = value else {
            return Ok(());
        };
        for name in &shape.required {
            if members.get(name).is_none_or(Value::is_null) {
                self.constraints.required::<()>(&below(place, name), &None);
            }
        }
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let Some(member) = shape.members.get(name) else {
                return Err(unknown(shape, name, place));
            };
            self.value(self.api.shape(member), value, &below(place, name), sensitive)?;
        }
        let given = members.values().filter(|value| !value.is_null()).count();
        if shape.union && given > 1 {
            let names = members.keys().cloned().collect::<Vec<_>>().join(", ");
            self.constraints
                .broken(place, format_args!("[{names}]"), "Only one member may be given");
        }
        Ok(())
    }

    fn size(&mut self, shape: &Shape, size: usize, place: &str) {
        self.constraints.count(
            place,
            size,
            shape.min.unwrap_or(0.0) as usize,
            shape.max.map_or(usize::MAX, |max| max as usize),
        );
    }

    /// `Map keys must satisfy constraint: [Member must have length less than or equal to 64, ...]`
    fn key(&mut self, shape: &Shape, key: &str, place: &str) {
        let length = key.chars().count() as f64;
        let short = shape.min.is_some_and(|min| length < min);
        let long = shape.max.is_some_and(|max| length > max);
        if !short && !long && shape.matches(key) {
            return;
        }
        let bounds = [
            shape
                .max
                .map(|max| format!("Member must have length less than or equal to {max}")),
            shape
                .min
                .map(|min| format!("Member must have length greater than or equal to {min}")),
            shape
                .pattern
                .as_ref()
                .map(|pattern| format!("Member must satisfy regular expression pattern: {pattern}")),
        ];
        let bounds = bounds.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let wording = format!("Map keys must satisfy constraint: [{bounds}]");
        self.constraints.broken(place, format_args!("{{{key}=...}}"), wording);
    }

    fn text(&mut self, shape: &Shape, text: &str, place: &str, sensitive: bool) {
        let shown = if sensitive { "***" } else { text };
        if !shape.values.is_empty() && !shape.values.iter().any(|value| value == text) {
            let values = format!("Member must satisfy enum value set: [{}]", shape.values.join(", "));
            self.constraints.broken(place, shown, values);
        }
        let length = text.chars().count();
        if let Some(min) = shape.min.filter(|min| (length as f64) < *min) {
            let bound = format!("Member must have length greater than or equal to {min}");
            self.constraints.broken(place, shown, bound);
        }
        if let Some(max) = shape.max.filter(|max| length as f64 > *max) {
            let bound = format!("Member must have length less than or equal to {max}");
            self.constraints.broken(place, shown, bound);
        }
        if let Some(pattern) = shape.pattern.as_ref().filter(|_| !shape.matches(text)) {
            let bound = format!("Member must satisfy regular expression pattern: {pattern}");
            self.constraints.broken(place, shown, bound);
        }
    }

    fn number(&mut self, shape: &Shape, number: Option<f64>, place: &str, sensitive: bool) {
        let Some(number) = number else { return };
        let shown = if sensitive {
            "***".to_owned()
        } else {
            number.to_string()
        };
        if let Some(min) = shape.min.filter(|min| number < *min) {
            let bound = format!("Member must have value greater than or equal to {min}");
            self.constraints.broken(place, &shown, bound);
        }
        if let Some(max) = shape.max.filter(|max| number > *max) {
            let bound = format!("Member must have value less than or equal to {max}");
            self.constraints.broken(place, &shown, bound);
        }
    }
}

/// `permissions.1.member.principal`: the member's first letter small, as AWS's Java services name it.
fn below(place: &str, name: &str) -> String {
    let mut characters = name.chars();
    let first = characters.next().map(|c| c.to_ascii_lowercase());
    let name: String = first.into_iter().chain(characters).collect();
    match place {
        "" => name,
        place => format!("{place}.{name}"),
    }
}

fn unknown(shape: &Shape, name: &str, place: &str) -> AwsError {
    let known = shape.members.keys().cloned().collect::<Vec<_>>().join(", ");
    let place = match place {
        "" => String::new(),
        place => format!(" of {place}"),
    };
    serialization(format!("unknown member `{name}`{place}, expected one of {known}"))
}

fn serialization(message: String) -> AwsError {
    AwsError::bad_request("SerializationException", message)
}
