//! The input of a Query request as a tree, which gives each member the type that is asked for.

use std::collections::BTreeMap;

use serde::de::value::{Error, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

/// A value, or members by name.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::cloudwatch) enum Node {
    Leaf(String),
    Branch(BTreeMap<String, Node>),
}

impl Node {
    /// Of parameters such as `Dimensions.member.1.Name`.
    pub fn of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut root = Self::Branch(BTreeMap::new());
        for (name, value) in pairs {
            let mut node = &mut root;
            for part in name.split('.') {
                if let Self::Leaf(_) = node {
                    *node = Self::Branch(BTreeMap::new());
                }
                let Self::Branch(members) = node else { break };
                node = members
                    .entry(part.to_owned())
                    .or_insert_with(|| Self::Leaf(String::new()));
            }
            *node = Self::Leaf(value.to_owned());
        }
        root
    }

    /// The items of `<name>.member.N` in the order of N.
    fn items(self) -> Result<Vec<Self>, Error> {
        let mut members = match self {
            // An empty list is sent as a parameter without a value.
            Self::Leaf(text) if text.is_empty() => return Ok(Vec::new()),
            Self::Leaf(text) => return Err(Error::custom(format!("a list is expected, not {text:?}"))),
            Self::Branch(members) => members,
        };
        let Some(Self::Branch(items)) = members.remove("member") else {
            return Err(Error::custom("a list is expected: member.1, member.2 and so on"));
        };
        let number = |name: &String| {
            name.parse::<u32>()
                .map_err(|_| Error::custom(format!("{name:?} is no number")))
        };
        let mut numbered = items
            .into_iter()
            .map(|(name, node)| Ok((number(&name)?, node)))
            .collect::<Result<Vec<_>, Error>>()?;
        numbered.sort_by_key(|(number, _)| *number);
        Ok(numbered.into_iter().map(|(_, node)| node).collect())
    }

    fn text(self) -> Result<String, Error> {
        match self {
            Self::Leaf(text) => Ok(text),
            Self::Branch(_) => Err(Error::custom("a value is expected, not members")),
        }
    }

    fn number<T: std::str::FromStr>(self, what: &str) -> Result<T, Error> {
        let text = self.text()?;
        text.parse()
            .map_err(|_| Error::custom(format!("{text:?} is not {what}")))
    }
}

impl IntoDeserializer<'_, Error> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Leaf(text) => visitor.visit_string(text),
            Self::Branch(members) => visitor.visit_map(MapDeserializer::new(members.into_iter())),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(self.number("true or false")?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(self.number("a whole number")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(self.items()?.into_iter()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            // A structure without members is sent as a parameter without a value.
            Self::Leaf(text) if text.is_empty() => Self::Branch(BTreeMap::new()).deserialize_any(visitor),
            other => other.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple
        tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Sample {
        name: String,
        count: Option<i64>,
        on: Option<bool>,
        items: Option<Vec<Inner>>,
        words: Option<Vec<String>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase", deny_unknown_fields)]
    struct Inner {
        key: String,
    }

    fn read(form: &[(&str, &str)]) -> Result<Sample, Error> {
        Sample::deserialize(Node::of(form.iter().copied()))
    }

    #[test]
    fn members_get_the_types_they_have() {
        let form = [
            ("Name", "7"),
            ("Count", "8"),
            ("On", "true"),
            ("Items.member.10.Key", "last"),
            ("Items.member.9.Key", "first"),
            ("Words", ""),
        ];
        let inner = |key: &str| Inner { key: key.into() };
        let expected = Sample {
            name: "7".into(),
            count: Some(8),
            on: Some(true),
            items: Some(vec![inner("first"), inner("last")]),
            words: Some(Vec::new()),
        };
        assert_eq!(read(&form).unwrap(), expected);
        for (form, expected) in [
            ([("Name", "a"), ("Count", "x")], "\"x\" is not a whole number"),
            ([("Name", "a"), ("Colour", "red")], "unknown field `Colour`"),
            ([("Name", "a"), ("Items", "red")], "a list is expected"),
        ] {
            let error = read(&form).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
