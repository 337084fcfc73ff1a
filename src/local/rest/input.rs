//! An operation's input, checked against the model: what is required is there, and everything is of its kind.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::local::error::AwsError;

pub(crate) struct Input(Map<String, Value>);

impl Input {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// A required text.
    pub fn text(&self, name: &str) -> &str {
        self.optional(name).unwrap_or_default()
    }

    pub fn optional(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    pub fn member(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A member as a type that has the model's members; the default where it is absent.
    pub fn read<T: DeserializeOwned + Default>(&self, name: &str) -> Result<T, AwsError> {
        let Some(value) = self.0.get(name) else {
            return Ok(T::default());
        };
        T::deserialize(value).map_err(|error| AwsError::bad_request("SerializationException", error.to_string()))
    }

    /// Those of the members that are given, as they are.
    pub fn keep(&self, names: &[&str]) -> Map<String, Value> {
        let given = names.iter().filter_map(|name| self.0.get_key_value(*name));
        given.map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}
