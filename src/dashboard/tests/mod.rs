//! Tests of the module: fixtures, a source over DuckDB in memory, and what all tests use.

mod cases;
mod drawing;
#[cfg(feature = "local")]
mod employees;
mod projects;
#[cfg(feature = "local")]
mod warehouse;

use std::cell::RefCell;

use serde_json::{Value, json};

use super::{Cell, DataSetSource, Rendered, Source, SourceError, TerminalOptions, terminal, to_pdf, to_png};

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

/// Writes all files of a dashboard below the folder that PIPECTL_DASHBOARD_OUT names, to be looked at.
fn keep(name: &str, rendered: &Rendered) {
    let Some(out) = std::env::var_os("PIPECTL_DASHBOARD_OUT") else {
        return;
    };
    let out = std::path::Path::new(&out).join(name);
    std::fs::create_dir_all(&out).unwrap();
    std::fs::write(out.join("page.html"), &rendered.html).unwrap();
    let options = TerminalOptions {
        width: 100,
        ..TerminalOptions::default()
    };
    std::fs::write(out.join("terminal.txt"), terminal(rendered, options)).unwrap();
    for picture in rendered.visuals.iter().chain(&rendered.sheets) {
        std::fs::write(out.join(format!("{}.svg", picture.id)), &picture.svg).unwrap();
        std::fs::write(
            out.join(format!("{}.png", picture.id)),
            to_png(&picture.svg, 1.5).unwrap(),
        )
        .unwrap();
    }
    let svgs: Vec<&str> = rendered.sheets.iter().map(|picture| picture.svg.as_str()).collect();
    std::fs::write(out.join("sheets.pdf"), to_pdf(&svgs).unwrap()).unwrap();
}

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
