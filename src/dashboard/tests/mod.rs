//! Tests of the module: fixtures, a source over DuckDB in memory, and what all tests use.

mod cases;
mod drawing;
#[cfg(feature = "local")]
mod employees;
#[cfg(feature = "local")]
mod warehouse;

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{Cell, DataSetSource, Source, SourceError};

/// A fixture: its Definition and its data sets.
fn fixture(text: &str) -> (Value, Vec<DataSetSource>) {
    let fixture: Value = serde_json::from_str(text).unwrap();
    let sources = fixture["DataSets"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(id, properties)| DataSetSource {
            arn: format!("arn:aws:quicksight:us-east-1:111122223333:dataset/{id}"),
            properties: properties.clone(),
        })
        .collect();
    (fixture["Definition"].clone(), sources)
}

const EMPLOYEES: &str = include_str!("fixtures/employees.json");
const GALLERY: &str = include_str!("fixtures/gallery.json");

/// Answers every query with the same rows, and remembers the queries.
struct Fixed {
    rows: Vec<Vec<Cell>>,
    asked: RefCell<Vec<String>>,
}

impl Fixed {
    fn new(rows: Vec<Vec<Cell>>) -> Self {
        Self {
            rows,
            asked: RefCell::default(),
        }
    }
}

impl Source for Fixed {
    fn query(&self, sql: &str) -> Result<Vec<Vec<Cell>>, SourceError> {
        self.asked.borrow_mut().push(sql.to_owned());
        Ok(self.rows.clone())
    }
}

/// A definition with one visual over the employees data set of the fixture.
fn one_visual(visual: &Value) -> (Value, Vec<DataSetSource>) {
    let (mut definition, sources) = fixture(EMPLOYEES);
    definition["Sheets"] = json!([{"SheetId": "one", "Name": "One", "Visuals": [visual]}]);
    definition["FilterGroups"] = json!([]);
    (definition, sources)
}
