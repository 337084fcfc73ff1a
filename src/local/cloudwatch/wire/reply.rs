//! An operation's answer before it takes its protocol's form.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::local::xml::Xml;

#[derive(Clone, Debug, PartialEq)]
pub(in crate::local::cloudwatch) enum Item {
    /// An operation without output.
    None,
    Text(String),
    Integer(i64),
    Number(f64),
    Flag(bool),
    Time(Timestamp),
    List(Vec<Item>),
    Structure(Vec<(&'static str, Item)>),
    Map(Vec<(String, Item)>),
}

/// A structure under construction: members in the order of the model.
#[derive(Default)]
pub(in crate::local::cloudwatch) struct Structure(Vec<(&'static str, Item)>);

impl Structure {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn with(mut self, name: &'static str, item: impl Into<Item>) -> Self {
        self.0.push((name, item.into()));
        self
    }

    /// Nothing where there is no value.
    pub fn optional(self, name: &'static str, item: Option<impl Into<Item>>) -> Self {
        match item {
            Some(item) => self.with(name, item),
            None => self,
        }
    }

    pub fn list<T: Into<Item>>(self, name: &'static str, items: impl IntoIterator<Item = T>) -> Self {
        self.with(name, Item::List(items.into_iter().map(Into::into).collect()))
    }
}

impl From<Structure> for Item {
    fn from(structure: Structure) -> Self {
        Self::Structure(structure.0)
    }
}

impl From<&str> for Item {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Item {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Item {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Item {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Item {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Item {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for Item {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}

impl Item {
    /// awsJson: times are seconds since 1970.
    pub fn json(&self) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Integer(number) => Value::from(*number),
            Self::Number(number) => Value::from(*number),
            Self::Flag(flag) => Value::from(*flag),
            Self::Time(at) => Value::from(at.as_millisecond() as f64 / 1000.0),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Structure(members) => members
                .iter()
                .map(|(name, item)| ((*name).to_owned(), item.json()))
                .collect::<Map<_, _>>()
                .into(),
            Self::Map(entries) => entries
                .iter()
                .map(|(name, item)| (name.clone(), item.json()))
                .collect::<Map<_, _>>()
                .into(),
        }
    }

    /// Query: what stands inside `<ActionResult>`.
    pub fn xml(&self) -> String {
        let mut xml = Xml::new();
        if let Self::Structure(members) = self {
            members.iter().for_each(|(name, item)| item.element(name, &mut xml));
        }
        xml.finish()
    }

    fn element(&self, name: &str, xml: &mut Xml) {
        match self {
            Self::None => {}
            Self::Text(text) => drop(xml.text(name, text)),
            Self::Integer(number) => drop(xml.text(name, number)),
            Self::Number(number) => drop(xml.text(name, number)),
            Self::Flag(flag) => drop(xml.text(name, flag)),
            Self::Time(at) => drop(xml.text(name, at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))),
            Self::List(items) => drop(xml.element(name, |xml| {
                items.iter().for_each(|item| item.element("member", xml));
            })),
            Self::Structure(members) => drop(xml.element(name, |xml| {
                members.iter().for_each(|(name, item)| item.element(name, xml));
            })),
            Self::Map(entries) => drop(xml.element(name, |xml| {
                for (key, item) in entries {
                    xml.element("entry", |xml| {
                        xml.text("key", key);
                        item.element("value", xml);
                    });
                }
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_in_json_and_xml() {
        let at = Timestamp::from_millisecond(1_700_000_000_500).unwrap();
        let answer: Item = Structure::new()
            .with("Name", "a<b")
            .with("At", at)
            .list("Values", [1.5, 2.0])
            .optional("Absent", None::<&str>)
            .with("Extended", Item::Map(vec![("p90".into(), 3.0.into())]))
            .into();
        let json = r#"{"Name":"a<b","At":1700000000.5,"Values":[1.5,2.0],"Extended":{"p90":3.0}}"#;
        assert_eq!(answer.json().to_string(), json);
        assert_eq!(
            answer.xml(),
            "<Name>a&lt;b</Name><At>2023-11-14T22:13:20.500Z</At><Values><member>1.5</member><member>2</member></Values>\
             <Extended><entry><key>p90</key><value>3</value></entry></Extended>"
        );
    }
}
