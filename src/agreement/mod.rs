//! The type contract, proven without a network: the record contract, the Glue tables, what the transformation gives,
//! what COPY loads, the warehouse's tables, its views and QuickSight's data sets agree on names, order and types of columns.
//!
//! A type that two places see differently is found by AWS when data is loaded; here it is found before anything exists.

mod compare;
mod data_sets;
mod declared;
mod kind;
mod loading;
mod place;
#[cfg(test)]
mod tests;

use crate::template::{Contract, Diagnostic, Diagnostics, Project};

use compare::{Extent, compare};
use data_sets::DataSet;
use declared::Declared;
use kind::Kind;
use loading::Loading;
use place::{File, Place};

/// The engines whose dialects the project's scripts are written in.
pub trait Dialects {
    /// Columns of every view that the transformation makes for the Glue job, of no rows of the contract:
    /// `curated_<table>`, `quarantine`, `duplicates`.
    fn transform(&self, sql: &str, contract: &Contract) -> Result<Vec<Table>, Fault>;

    /// An empty warehouse.
    fn warehouse(&self) -> Result<Box<dyn Warehouse>, Fault>;
}

/// A warehouse to try scripts on.
pub trait Warehouse {
    /// Runs a script. COPY loads nothing: it is answered with what it would load into.
    fn run(&mut self, script: &str) -> Result<Vec<Loaded>, Fault>;

    /// Columns of what a query gives.
    fn columns(&mut self, query: &str) -> Result<Vec<Column>, Fault>;
}

/// A table or view and its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    /// As the engine writes it.
    pub kind: String,
}

/// A COPY: where from, and what it fills, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub from: String,
    pub into: Table,
}

/// A script does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    /// Where in the script, in characters from its start.
    pub position: Option<usize>,
}

/// What was compared, and where it disagrees.
#[derive(Debug, Default)]
pub struct Agreement {
    /// Places that were compared, such as `table hr.employees`; empty where the project has no transformation.
    pub places: Vec<String>,
    pub mistakes: Diagnostics,
}

/// Compares all places of the project.
///
/// # Errors
/// A file of the project cannot be read.
pub fn check(project: &Project, dialects: &dyn Dialects) -> std::io::Result<Agreement> {
    let Some(contract) = &project.contract else {
        return Ok(Agreement::default());
    };
    let declared = Declared::new(project);
    let mut check = Check::new(declared.file(&contract.file)?, contract);
    check.raw_table(&declared)?;
    let Some(script) = declared.transformation() else {
        return Ok(check.done());
    };
    let script = declared.file(&script)?;
    match dialects.transform(&script.text, contract) {
        Ok(tables) => check.transformation(&script, &tables, &contract.name),
        Err(fault) => {
            check
                .mistakes
                .push(loading::fault(&script, &fault, "the transformation does not run"));
            return Ok(check.done());
        }
    }
    check.glue_tables(&declared, &contract.name)?;
    let loading = Loading::of(&declared, project)?;
    match loading.run(dialects) {
        Ok(None) => {}
        Ok(Some((mut warehouse, loads))) => {
            check.loads(&loading, &loads, &contract.name);
            check.data_sets(&declared, warehouse.as_mut())?;
        }
        Err(mistake) => check.mistakes.push(*mistake),
    }
    Ok(check.done())
}

/// What has been compared so far.
struct Check {
    contract: Place,
    /// The contract's columns and those that every row carries besides.
    rows: Place,
    outputs: Vec<(String, Place)>,
    places: Vec<String>,
    mistakes: Vec<Diagnostic>,
}

impl Check {
    fn new(file: File, contract: &Contract) -> Self {
        let columns = contract.columns.iter();
        let columns: Vec<_> = columns
            .map(|column| (column.name.clone(), Kind::of_contract(&column.kind)))
            .collect();
        let version = [("ingested_at", Kind::Timestamp), ("ingest_row", Kind::BigInt)];
        let version = version.map(|(name, kind)| (name.to_owned(), kind));
        let rows = columns.iter().cloned().chain(version).collect();
        Self {
            contract: Place::new("the record contract", &file, "columns", columns),
            rows: Place::new(
                "the record contract (with ingested_at, ingest_row)",
                &file,
                "columns",
                rows,
            ),
            outputs: Vec::new(),
            places: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    fn compare(&mut self, one: &Place, other: &Place, extent: Extent) {
        for place in [one, other] {
            if !self.places.contains(&place.what) {
                self.places.push(place.what.clone());
            }
        }
        self.mistakes.extend(compare(one, other, extent));
    }

    fn raw_table(&mut self, declared: &Declared<'_>) -> std::io::Result<()> {
        for (_, table) in declared.tables("--raw")? {
            let rows = self.rows.clone();
            self.compare(&rows, &table, Extent::All);
        }
        Ok(())
    }

    fn transformation(&mut self, script: &File, tables: &[Table], record: &str) {
        for table in tables {
            let what = format!("view {}", table.name);
            let place = Place::new(what, script, &table.name, Place::described(&table.columns));
            if table.name == format!("curated_{record}") {
                let contract = self.contract.clone();
                self.compare(&contract, &place, Extent::Beginning);
            }
            self.outputs.push((table.name.clone(), place));
        }
    }

    fn output(&self, view: &str) -> Option<Place> {
        let found = self.outputs.iter().find(|(name, _)| name == view);
        found.map(|(_, place)| place.clone())
    }

    fn glue_tables(&mut self, declared: &Declared<'_>, record: &str) -> std::io::Result<()> {
        let curated = declared.tables("--curated")?.into_iter();
        let curated = curated.map(|(name, table)| (format!("curated_{name}"), table));
        let quarantine = declared.tables("--quarantine")?.into_iter();
        let quarantine = quarantine.filter(|(name, _)| name == record);
        let quarantine = quarantine.map(|(_, table)| ("quarantine".to_owned(), table));
        for (view, table) in curated.chain(quarantine) {
            match self.output(&view) {
                Some(output) => self.compare(&table, &output, Extent::All),
                None => {
                    let message = format!(
                        "{} is never written: the transformation makes no view {view}",
                        table.what
                    );
                    self.mistakes.push(table.mistake(None, message));
                }
            }
        }
        Ok(())
    }

    fn loads(&mut self, loading: &Loading, loads: &[Loaded], record: &str) {
        for load in loads {
            let target = loading.target(load);
            let table = loading::table_of(&load.from);
            match self.output(&format!("curated_{table}")) {
                Some(output) => self.compare(&target, &output, Extent::All),
                None => {
                    let message = format!(
                        "{} is loaded from `{table}`, which the transformation does not make",
                        target.what
                    );
                    self.mistakes.push(target.mistake(None, message));
                }
            }
            if table == record {
                // Lengths of texts: the transformation's types have none.
                let contract = self.contract.clone();
                self.compare(&contract, &target, Extent::Beginning);
            }
        }
        let outputs = self.outputs.iter();
        let unloaded = outputs.filter(|(view, _)| {
            let table = view.strip_prefix("curated_");
            table.is_some_and(|table| loads.iter().all(|load| loading::table_of(&load.from) != table))
        });
        let mistakes: Vec<_> = unloaded
            .filter(|_| loading.script().is_some())
            .map(|(view, place)| place.mistake(Some(view), format!("nothing loads {view} into the warehouse")))
            .collect();
        self.mistakes.extend(mistakes);
    }

    fn data_sets(&mut self, declared: &Declared<'_>, warehouse: &mut dyn Warehouse) -> std::io::Result<()> {
        for set in DataSet::all(declared)? {
            self.mistakes.extend(set.compare(warehouse));
            self.places.push(set.place.what);
        }
        Ok(())
    }

    fn done(mut self) -> Agreement {
        self.mistakes
            .sort_by(|one, two| (&one.file, one.line, one.column).cmp(&(&two.file, two.line, two.column)));
        self.mistakes
            .dedup_by(|one, two| one.message == two.message && one.file == two.file);
        Agreement {
            places: self.places,
            mistakes: self.mistakes.into(),
        }
    }
}
