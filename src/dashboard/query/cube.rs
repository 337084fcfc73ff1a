//! Rows of a query as the drawing script takes them: columns, text by dictionary.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use crate::dashboard::source::Cell;

/// See web/aggregate.js for the kinds.
#[derive(Debug, Serialize)]
pub(crate) struct Cube {
    pub kind: &'static str,
    pub length: usize,
    pub dims: Vec<Value>,
    pub controls: Vec<Value>,
    pub columns: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask: Option<Value>,
    /// Measure -> part -> index of its column.
    #[serde(skip)]
    pub parts: BTreeMap<usize, BTreeMap<&'static str, usize>>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Shape {
    Number,
    Text,
}

/// Takes the column at `at` out of rows.
pub(super) fn column(rows: &[Vec<Cell>], at: usize, shape: Shape) -> Value {
    let cells = rows.iter().map(|row| row.get(at).unwrap_or(&Cell::Null));
    match shape {
        Shape::Number => Value::Array(cells.map(|cell| cell.number().map_or(Value::Null, short)).collect()),
        Shape::Text => {
            let mut words: Vec<String> = Vec::new();
            let mut known: HashMap<String, usize> = HashMap::new();
            let at: Vec<i64> = cells
                .map(|cell| match cell.text() {
                    None => -1,
                    Some(text) => *known.entry(text).or_insert_with_key(|text| {
                        words.push(text.clone());
                        words.len() - 1
                    }) as i64,
                })
                .collect();
            json!({ "dict": words, "at": at })
        }
    }
}

/// Whole numbers without ".0".
fn short(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 9e15 {
        json!(value as i64)
    } else {
        json!(value)
    }
}
