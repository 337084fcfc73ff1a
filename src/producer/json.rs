//! Reads JSON Lines with bounded memory.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufRead};

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::csv::Step;
use super::record::{Field, Record};
use crate::template::Contract;

/// Lines of one JSON Lines input.
pub(super) struct JsonReader<R> {
    input: R,
    limit: usize,
    text: Vec<u8>,
    line: u64,
    lines: u64,
    start: u64,
    offset: u64,
}

impl<R: BufRead> JsonReader<R> {
    /// `limit` is the most bytes a line may have.
    pub fn new(input: R, limit: usize) -> Self {
        Self {
            input,
            limit,
            text: Vec::new(),
            line: 1,
            lines: 0,
            start: 0,
            offset: 0,
        }
    }

    pub fn input(&mut self) -> &mut R {
        &mut self.input
    }

    /// 1-based number of the current line.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Byte of the (decompressed) input the current line starts at.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Bytes of the (decompressed) input read so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The current line without its end.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Reads the next line that is not blank.
    pub fn advance(&mut self) -> io::Result<Step> {
        loop {
            let step = self.read_line()?;
            if self.start == 0 && self.text.starts_with(b"\xef\xbb\xbf") {
                self.text.drain(..3);
            }
            if step != Step::Record || !self.text.trim_ascii().is_empty() {
                return Ok(step);
            }
        }
    }

    fn read_line(&mut self) -> io::Result<Step> {
        self.text.clear();
        self.start = self.offset;
        self.line = self.lines + 1;
        let mut oversized = false;
        loop {
            let input = self.input.fill_buf()?;
            if input.is_empty() {
                return Ok(match self.offset - self.start {
                    0 => Step::End,
                    bytes if oversized => Step::Oversized { bytes, at_end: true },
                    _ => Step::Record,
                });
            }
            let end = memchr::memchr(b'\n', input);
            let part = &input[..end.unwrap_or(input.len())];
            oversized |= self.text.len() + part.len() > self.limit;
            if oversized {
                self.text = Vec::new();
            } else {
                self.text.extend_from_slice(part);
            }
            let read = part.len() + usize::from(end.is_some());
            self.input.consume(read);
            self.offset += read as u64;
            if end.is_some() {
                self.lines += 1;
                let bytes = self.offset - self.start;
                return Ok(if oversized {
                    Step::Oversized { bytes, at_end: false }
                } else {
                    Step::Record
                });
            }
        }
    }
}

/// Finds the contract's columns among the keys of JSON objects: by column name, or by CSV header.
#[derive(Debug)]
pub(super) struct JsonKeys {
    columns: HashMap<String, usize>,
    count: usize,
}

impl JsonKeys {
    pub fn new(contract: &Contract) -> Self {
        let mut columns = HashMap::new();
        for (index, column) in contract.columns.iter().enumerate() {
            columns.entry(column.header.clone()).or_insert(index);
        }
        for (index, column) in contract.columns.iter().enumerate() {
            columns.insert(column.name.clone(), index);
        }
        Self {
            columns,
            count: contract.columns.len(),
        }
    }

    /// Parses one line. `unknown` is called with each key the contract does not have.
    pub fn parse<'a>(&self, line: &'a str, unknown: impl FnMut(&str)) -> Result<JsonRecord<'a>, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(line);
        let values = deserializer.deserialize_map(ObjectVisitor { keys: self, unknown })?;
        deserializer.end()?;
        Ok(JsonRecord { values })
    }
}

/// The raw JSON of each column's value.
#[derive(Debug)]
pub(super) struct JsonRecord<'a> {
    values: Vec<Option<&'a RawValue>>,
}

impl Record for JsonRecord<'_> {
    fn field(&self, column: usize) -> Field<'_> {
        let Some(raw) = self.values[column] else {
            return Field::Null;
        };
        let raw = raw.get();
        match raw.as_bytes() {
            [b'n', ..] => Field::Null,
            [b't', ..] => Field::Boolean(true),
            [b'f', ..] => Field::Boolean(false),
            [b'"', ..] => match text(raw) {
                Cow::Borrowed(text) => Field::Text(text),
                Cow::Owned(text) => Field::EscapedText(text),
            },
            [b'[', ..] => serde_json::from_str(raw).map_or(Field::Nested, Field::List),
            [b'{', ..] => Field::Nested,
            _ => Field::Number(raw),
        }
    }
}

/// The text of a JSON string literal.
fn text(raw: &str) -> Cow<'_, str> {
    let inner = raw.trim_matches('"');
    match memchr::memchr(b'\\', raw.as_bytes()) {
        None => Cow::Borrowed(inner),
        Some(_) => serde_json::from_str(raw).map_or(Cow::Borrowed(inner), Cow::Owned),
    }
}

struct ObjectVisitor<'k, F> {
    keys: &'k JsonKeys,
    unknown: F,
}

impl<'de, F: FnMut(&str)> Visitor<'de> for ObjectVisitor<'_, F> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.keys.count];
        while let Some(key) = map.next_key::<Key<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            match self.keys.columns.get(key.0.as_ref()) {
                Some(&column) => values[column] = Some(value),
                None => (self.unknown)(&key.0),
            }
        }
        Ok(values)
    }
}

/// An object's key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
