//! The record contract as a job reads it: source.json, taken from S3.

use std::borrow::Cow;

use fancy_regex::Regex;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::value::{Kind, Value};

/// What every record looks like.
#[derive(Debug)]
pub(super) struct Contract {
    pub record: String,
    /// The contract's own, followed by [`VERSION`].
    pub columns: Vec<Column>,
}

/// Columns of every record beside those of the contract: which version of a row it is.
pub(super) const VERSION: [(&str, Kind); 2] = [("ingested_at", Kind::Timestamp), ("ingest_row", Kind::BigInt)];

/// A column with its rules, and the reasons to give where one is broken.
#[derive(Debug)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    pub required: bool,
    pub max_bytes: usize,
    pub min: Option<Value<'static>>,
    pub max: Option<Value<'static>>,
    /// Empty: any.
    pub values: Vec<Value<'static>>,
    pub pattern: Option<Regex>,
    pub reasons: Reasons,
}

/// `column: rule`, never with the row's value.
#[derive(Debug)]
pub(super) struct Reasons {
    pub missing: String,
    pub kind: String,
    pub digits: String,
    pub max_bytes: String,
    pub nul: String,
    pub min: String,
    pub max: String,
    pub values: String,
    pub pattern: String,
}

#[derive(Deserialize)]
struct Document<'a> {
    record: String,
    key: Vec<String>,
    partition_key: String,
    #[serde(borrow)]
    columns: Vec<Member<'a>>,
}

#[derive(Deserialize)]
struct Member<'a> {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    nullable: Option<bool>,
    max_bytes: Option<usize>,
    #[serde(borrow)]
    min: Option<&'a RawValue>,
    #[serde(borrow)]
    max: Option<&'a RawValue>,
    #[serde(borrow, default)]
    values: Vec<&'a RawValue>,
    pattern: Option<String>,
}

impl Contract {
    /// Says what is wrong with a contract that is none; `pipectl validate` finds the same before.
    pub fn parse(text: &str) -> Result<Self, String> {
        let document: Document<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut columns = Vec::new();
        for member in document.columns {
            let identifying = document.key.contains(&member.name) || document.partition_key == member.name;
            columns.push(column(member, identifying)?);
        }
        columns.extend(VERSION.map(|(name, kind)| Column::new(name, kind)));
        Ok(Self {
            record: document.record,
            columns,
        })
    }

    /// How many columns are the contract's own.
    pub fn own(&self) -> usize {
        self.columns.len() - VERSION.len()
    }
}

impl Column {
    fn new(name: &str, kind: Kind) -> Self {
        let reason = |rule: &str| format!("{name}: {rule}");
        Self {
            name: name.to_owned(),
            kind,
            required: false,
            max_bytes: usize::MAX,
            min: None,
            max: None,
            values: Vec::new(),
            pattern: None,
            reasons: Reasons {
                missing: reason("missing"),
                kind: reason(&format!("not of type {kind}")),
                digits: reason(&format!("more digits than {kind}")),
                max_bytes: String::new(),
                nul: reason("has a NUL character"),
                min: String::new(),
                max: String::new(),
                values: reason("not an allowed value"),
                pattern: reason("does not match the pattern"),
            },
        }
    }
}

fn column(member: Member<'_>, identifying: bool) -> Result<Column, String> {
    let kind = Kind::parse(&member.kind).ok_or_else(|| format!("column {}: no type {}", member.name, member.kind))?;
    let mut column = Column::new(&member.name, kind);
    column.required = identifying || member.nullable == Some(false);
    if let Some(bytes) = member.max_bytes {
        column.max_bytes = bytes;
        column.reasons.max_bytes = format!("{}: longer than {bytes} bytes", member.name);
    }
    let value = |key: &str, raw: &RawValue| {
        let text = written(raw).into_owned();
        let value = kind
            .literal(&text)
            .ok_or_else(|| format!("column {}: {key} is not a {kind}", member.name))?;
        Ok::<_, String>((value, text))
    };
    if let Some(raw) = member.min {
        let (min, text) = value("min", raw)?;
        column.reasons.min = format!("{}: less than {text}", member.name);
        column.min = Some(min);
    }
    if let Some(raw) = member.max {
        let (max, text) = value("max", raw)?;
        column.reasons.max = format!("{}: greater than {text}", member.name);
        column.max = Some(max);
    }
    for raw in member.values {
        column.values.push(value("values", raw)?.0);
    }
    if let Some(pattern) = &member.pattern {
        let regex = Regex::new(&format!(r"\A(?:{pattern})\z"));
        column.pattern = Some(regex.map_err(|error| format!("column {}: pattern: {error}", member.name))?);
    }
    Ok(column)
}

/// A value of the contract as it is written there: numbers keep their digits.
fn written(raw: &RawValue) -> Cow<'_, str> {
    serde_json::from_str::<String>(raw.get()).map_or(Cow::Borrowed(raw.get()), Cow::Owned)
}
