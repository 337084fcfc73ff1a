//! The warehouse's side: its schema and views are made in an empty warehouse, and the load script is tried on it.

use std::io;

use super::declared::{Declared, texts};
use super::place::{File, Place};
use super::{Dialects, Fault, Loaded, Warehouse};
use crate::template::{Diagnostic, Project};

/// Where the placeholder of a table's manifest leads to; what follows is the table's name.
const MANIFEST: &str = "s3://pipectl/manifest/";

/// A warehouse with everything defined, and what the load script would load into it.
pub(super) type Tried = (Box<dyn Warehouse>, Vec<Loaded>);

/// The scripts, in the order they run.
pub(super) struct Loading {
    definitions: Vec<(File, String)>,
    load: Option<File>,
}

impl Loading {
    /// Reads the scripts of the project.
    pub fn of(declared: &Declared<'_>, project: &Project) -> io::Result<Self> {
        let mut definitions = Vec::new();
        for script in declared.scripts() {
            let source = script.properties["Source"].as_str().unwrap_or_default();
            let variables = texts(&script.properties["Variables"]);
            for file in declared.sql_files(source)? {
                let mut text = file.text.clone();
                for (name, value) in &variables {
                    text = text.replace(&format!("${{{name}}}"), value);
                }
                definitions.push((file, text));
            }
        }
        let load = project.flow.load.as_ref().map(|path| declared.file(path)).transpose()?;
        // Without tables there is nothing to load into: the environment has no warehouse, or none that takes SQL.
        let load = load.filter(|_| !definitions.is_empty());
        Ok(Self { definitions, load })
    }

    pub fn script(&self) -> Option<&File> {
        self.load.as_ref()
    }

    /// Runs everything in an empty warehouse; answers that warehouse and what the load script would load into it. Nothing
    /// where the project defines no table.
    pub fn run(&self, dialects: &dyn Dialects) -> Result<Option<Tried>, Box<Diagnostic>> {
        let Some(first) = self.definitions.first().map(|(file, _)| file) else {
            return Ok(None);
        };
        let opened = dialects.warehouse();
        let mut warehouse = opened.map_err(|error| Box::new(fault(first, &error, "no warehouse to try it on")))?;
        for (file, text) in &self.definitions {
            let ran = warehouse.run(text);
            ran.map_err(|error| Box::new(fault(file, &error, "the script does not run")))?;
        }
        let Some(load) = &self.load else {
            return Ok(Some((warehouse, Vec::new())));
        };
        let filled = filled(&load.text);
        let loads = warehouse.run(&filled).map_err(|mut error| {
            error.position = error.position.map(|at| unfilled(&load.text, &filled, at));
            Box::new(fault(load, &error, "the load script does not run"))
        })?;
        Ok(Some((warehouse, loads)))
    }

    /// The table that a COPY fills, as a place.
    pub fn target(&self, load: &Loaded) -> Place {
        let what = format!("table {} that COPY fills", load.into.name);
        let file = self.load.as_ref().or(self.definitions.first().map(|(file, _)| file));
        let nowhere = File {
            path: Default::default(),
            text: String::new(),
        };
        let columns = Place::described(&load.into.columns);
        Place::new(what, file.unwrap_or(&nowhere), &load.into.name, columns)
    }
}

/// The load script as `pipectl run` fills it in for some batch.
fn filled(text: &str) -> String {
    text.replace("${Manifest.", &format!("{MANIFEST}${{"))
        .replace("${Batch}", &"0".repeat(32))
        .replace("${Date}", "2000-01-01")
        .replace("${CopyRole}", "arn:aws:iam::000000000000:role/copy")
}

/// Where the script has what the filled one has at a character: its line is the same, and its column unless a variable
/// stands before it; then it is the line's start.
fn unfilled(text: &str, filled: &str, at: usize) -> usize {
    let before: String = filled.chars().take(at).collect();
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default();
    let start = text.split_inclusive('\n').take(line).flat_map(str::chars).count();
    match text.lines().nth(line).is_some_and(|line| line.starts_with(column)) {
        true => start + column.chars().count(),
        false => start,
    }
}

/// The table that a COPY of the filled script loads.
pub(super) fn table_of(from: &str) -> &str {
    from.trim_start_matches(MANIFEST)
        .trim_start_matches("${")
        .trim_end_matches('}')
}

/// A script that does not run, at the place that stops it.
pub(super) fn fault(file: &File, fault: &Fault, what: &str) -> Diagnostic {
    let byte = fault.position.and_then(|at| file.text.char_indices().nth(at));
    let at = byte.map_or(0, |(byte, _)| byte);
    let message = format!("{what}: {}", fault.message);
    Diagnostic::error_in("script-fails", &file.path, &file.text, at..at, message)
}
