//! The part of an API's model that routing and checks need, as `scripts/refresh-*-api.py` writes it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use fancy_regex::Regex;
use serde::Deserialize;

/// Operations and the shapes of their inputs.
#[derive(Deserialize)]
pub(crate) struct Api {
    /// As sentences name it: `QuickSight`.
    pub service: String,
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) shapes: BTreeMap<String, Shape>,
}

#[derive(Deserialize)]
pub(super) struct Operation {
    pub method: String,
    /// `/accounts/{AwsAccountId}/data-sets`
    pub uri: String,
    /// The shape of its input; none for operations that the embedded AWS lacks.
    pub input: Option<String>,
    /// Names in the query and the members they are.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Double,
    Boolean,
    Timestamp,
    /// Anything.
    #[default]
    Document,
}

#[derive(Default, Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Of a structure.
    #[serde(default)]
    pub members: BTreeMap<String, String>,
    #[serde(default)]
    pub required: Vec<String>,
    /// Whether one member at most may be given.
    #[serde(default)]
    pub union: bool,
    /// Of a list.
    #[serde(default)]
    pub member: String,
    /// Of a map.
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub value: String,
    pub min: Option<f64>,
    pub max: Option<f64>,
    #[serde(rename = "enum", default)]
    pub values: Vec<String>,
    pub pattern: Option<String>,
    /// Whether values stay out of messages.
    #[serde(default)]
    pub sensitive: bool,
    #[serde(skip)]
    regex: OnceLock<Option<Regex>>,
}

impl Api {
    /// Reads the file that the script wrote.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// A shape by name, or one of the kinds that say no more than that.
    pub(super) fn shape(&self, name: &str) -> &Shape {
        static PLAIN: OnceLock<BTreeMap<&str, Shape>> = OnceLock::new();
        let plain = |kind| Shape {
            kind,
            ..Shape::default()
        };
        let plain = PLAIN.get_or_init(|| {
            BTreeMap::from([
                ("string", plain(Kind::String)),
                ("integer", plain(Kind::Integer)),
                ("long", plain(Kind::Long)),
                ("double", plain(Kind::Double)),
                ("boolean", plain(Kind::Boolean)),
                ("timestamp", plain(Kind::Timestamp)),
                ("structure", plain(Kind::Structure)),
                ("document", plain(Kind::Document)),
            ])
        });
        self.shapes
            .get(name)
            .or_else(|| plain.get(name))
            .unwrap_or_else(|| &plain["document"])
    }
}

impl Shape {
    /// Whether the whole of `text` is what the pattern says, as AWS's Java services take it.
    pub fn matches(&self, text: &str) -> bool {
        let compile = || {
            let pattern = ascii_classes(self.pattern.as_ref()?);
            Regex::new(&format!("^(?:{pattern})$")).ok()
        };
        match self.regex.get_or_init(compile) {
            // A match that takes too long is no reason to refuse.
            Some(regex) => regex.is_match(text).unwrap_or(true),
            None => true,
        }
    }

    #[cfg(test)]
    pub fn compiles(&self) -> bool {
        self.pattern.is_none() || {
            self.matches("");
            matches!(self.regex.get(), Some(Some(_)))
        }
    }
}

/// `\w` and `\d` are ASCII's in Java, whose patterns these are.
fn ascii_classes(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let (mut in_class, mut characters) = (false, pattern.chars());
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let members = match characters.next() {
                    Some('w') => "a-zA-Z0-9_",
                    Some('d') => "0-9",
                    other => {
                        written.push('\\');
                        written.extend(other);
                        continue;
                    }
                };
                match in_class {
                    true => written.push_str(members),
                    false => written.extend(["[", members, "]"]),
                }
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            _ => {}
        }
        written.push(character);
    }
    written
}

#[cfg(test)]
impl Api {
    /// Shapes whose patterns are none that can be tested here.
    pub fn broken_patterns(&self) -> Vec<&str> {
        let broken = self.shapes.iter().filter(|(_, shape)| !shape.compiles());
        broken.map(|(name, _)| name.as_str()).collect()
    }
}
