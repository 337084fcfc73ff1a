//! Runs a visual's queries.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::bins::Bins;
use super::cube::{Cube, Shape, column};
use super::select::{Budget, Scan, control_values};
use crate::dashboard::model::{Aggregation, Control, Dashboard, Kind, Measure, ValueType, Visual};
use crate::dashboard::read::dataset::ColumnType;
use crate::dashboard::source::{Cell, Source, SourceError};

/// What the warehouse said for one visual.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub cubes: Vec<Cube>,
    pub bins: Option<Bins>,
    /// Controls that the cubes can be filtered by.
    pub controls: Vec<String>,
    /// What the reader of the picture has to know.
    pub notes: Vec<String>,
    pub queries: Vec<String>,
}

pub(crate) fn collect(
    dashboard: &Dashboard,
    visual: &Visual,
    source: &dyn Source,
    budget: Budget,
) -> Result<Collected, SourceError> {
    let mut out = Collected::default();
    let Some(mut scan) = Scan::new(dashboard, visual) else {
        return Ok(out);
    };
    if scan.controls.len() > 3 {
        out.notes.push(format!(
            "Follows the first 3 of {} filter controls.",
            scan.controls.len()
        ));
        scan.controls.truncate(3);
    }
    let mut run = Run {
        source,
        budget,
        out: &mut out,
    };
    if visual.raw {
        run.rows(&scan)?;
    } else if visual.kind == Kind::Histogram {
        run.histogram(&scan)?;
    } else {
        run.measures(&mut scan)?;
    }
    out.controls = scan.controls.iter().map(|(control, _)| control.clone()).collect();
    Ok(out)
}

/// The values to choose from in a control, with `null` last where there is one. More than 1,000 are cut.
pub(crate) fn values_of(
    dashboard: &Dashboard,
    control: &Control,
    source: &dyn Source,
) -> Result<Vec<Option<String>>, SourceError> {
    if let Some(values) = &control.values {
        return Ok(values.iter().cloned().map(Some).collect());
    }
    let filter = &dashboard.filters[control.filter];
    let sql = dashboard
        .data_sets
        .get(&filter.data_set)
        .and_then(|set| control_values(set, &filter.column, 1000));
    let Some(sql) = sql else { return Ok(Vec::new()) };
    let rows = source.query(&sql)?;
    let (nulls, mut values): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .filter_map(|row| row.into_iter().next())
        .map(|cell| cell.text())
        .partition(Option::is_none);
    values.sort();
    values.extend(nulls);
    Ok(values)
}

struct Run<'a> {
    source: &'a dyn Source,
    budget: Budget,
    out: &'a mut Collected,
}

impl Run<'_> {
    fn query(&mut self, sql: String) -> Result<Vec<Vec<Cell>>, SourceError> {
        let rows = self.source.query(&sql);
        self.out.queries.push(sql);
        rows
    }

    /// Cubes for all measures: one for those that roll up, one for each column of the others.
    fn measures(&mut self, scan: &mut Scan<'_>) -> Result<(), SourceError> {
        let visual = scan.visual;
        let boxes = visual.kind == Kind::Box;
        let (up, others): (Vec<&Measure>, Vec<&Measure>) = visual
            .measures
            .iter()
            .partition(|measure| measure.aggregation.rolls_up() && !boxes);
        if !up.is_empty() {
            self.parts(scan, &up)?;
        }
        let mut columns: Vec<&str> = others.iter().map(|measure| measure.column.as_str()).collect();
        columns.dedup();
        columns.sort_unstable();
        columns.dedup();
        for name in columns {
            let own: Vec<&Measure> = others
                .iter()
                .copied()
                .filter(|measure| measure.column == name)
                .collect();
            self.values(scan, name, &own)?;
        }
        Ok(())
    }

    fn parts(&mut self, scan: &mut Scan<'_>, measures: &[&Measure]) -> Result<(), SourceError> {
        let most = self.budget.groups;
        let (sql, mut at) = scan.parts(measures, most + 1);
        let mut rows = self.query(sql)?;
        if rows.len() > most && !scan.controls.is_empty() {
            self.out
                .notes
                .push("Too many groups to follow the filters: this visual shows all rows.".to_owned());
            scan.controls.clear();
            let (sql, again) = scan.parts(measures, most + 1);
            at = again;
            rows = self.query(sql)?;
        }
        if rows.len() > most {
            rows.truncate(most);
            self.out
                .notes
                .push(format!("The first {} groups of more.", thousands(most)));
        }
        let keys = scan.keys().len();
        let mut cube = keyed("parts", scan, &rows);
        for (number, (measure, part)) in at.into_iter().enumerate() {
            let number_shape = part != "min" && part != "max" || numeric(scan, &scan.visual.measures[measure]);
            let shape = if number_shape { Shape::Number } else { Shape::Text };
            cube.parts.entry(measure).or_default().insert(part, cube.columns.len());
            cube.columns.push(column(&rows, keys + number, shape));
        }
        self.out.cubes.push(cube);
        Ok(())
    }

    /// Distinct values with counts or, where they are too many, answers.
    fn values(&mut self, scan: &Scan<'_>, name: &str, measures: &[&Measure]) -> Result<(), SourceError> {
        let most = self.budget.values;
        let rows = self.query(scan.values(name, most + 1))?;
        let keys = scan.keys().len();
        if rows.len() <= most {
            let shape = if measures.iter().all(|measure| numeric(scan, measure)) {
                Shape::Number
            } else {
                Shape::Text
            };
            let mut cube = keyed("values", scan, &rows);
            cube.columns = vec![column(&rows, keys, shape), column(&rows, keys + 1, Shape::Number)];
            for measure in measures {
                cube.parts.insert(measure.index, [("value", 0), ("rows", 1)].into());
            }
            self.out.cubes.push(cube);
            return Ok(());
        }
        let mut rows = self.query(scan.answers(measures, self.budget.groups + 1))?;
        if rows.len() > self.budget.groups {
            rows.truncate(self.budget.groups);
            self.out
                .notes
                .push(format!("The first {} groups of more.", thousands(self.budget.groups)));
        }
        let mut cube = keyed("answers", scan, &rows);
        cube.mask = Some(column(&rows, keys, Shape::Number));
        for (number, measure) in measures.iter().enumerate() {
            cube.parts.insert(measure.index, [("answer", number)].into());
            cube.columns.push(column(&rows, keys + 1 + number, Shape::Number));
        }
        if scan.visual.kind == Kind::Box {
            self.out
                .notes
                .push("Whiskers reach from the minimum to the maximum: too many values to tell outliers.".to_owned());
        }
        self.out.cubes.push(cube);
        Ok(())
    }

    fn rows(&mut self, scan: &Scan<'_>) -> Result<(), SourceError> {
        let mut rows = self.query(scan.rows(self.budget))?;
        let visual = scan.visual;
        let keys = scan.keys().len();
        let total_at = keys + visual.measures.len();
        let count = |at: usize| rows.first().and_then(|row| row.get(at)).and_then(Cell::number);
        let (total, missing) = (
            count(total_at).unwrap_or(0.0) as usize,
            count(total_at + 1).unwrap_or(0.0) as usize,
        );
        let shown = total.saturating_sub(missing);
        if rows.len() < shown {
            self.out.notes.push(if visual.kind == Kind::Scatter {
                format!(
                    "A sample of {} of {} rows, the same at every run (QuickSight draws at most 2,500 points).",
                    thousands(rows.len()),
                    thousands(shown)
                )
            } else {
                format!("The first {} of {} rows.", thousands(rows.len()), thousands(total))
            });
        }
        if missing > 0 {
            self.out.notes.push(format!(
                "{} {} no value on one of the axes and {} not drawn.",
                thousands(missing),
                if missing == 1 { "row has" } else { "rows have" },
                if missing == 1 { "is" } else { "are" }
            ));
        }
        if visual.kind == Kind::Scatter {
            // The order of the sample is that of a hash; points are drawn in an order that means something.
            rows.sort_by(|a, b| {
                let key = |row: &[Cell]| (row[0].number().unwrap_or(0.0), row[1].number().unwrap_or(0.0));
                let (a, b) = (key(a), key(b));
                a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
            });
        }
        let mut cube = keyed("rows", scan, &rows);
        for measure in &visual.measures {
            cube.parts.insert(measure.index, [("raw", cube.columns.len())].into());
            cube.columns.push(column(&rows, keys + measure.index, Shape::Number));
        }
        self.out.cubes.push(cube);
        Ok(())
    }

    fn histogram(&mut self, scan: &Scan<'_>) -> Result<(), SourceError> {
        let Some(measure) = scan.visual.measures.first() else {
            return Ok(());
        };
        let range = self.query(scan.range(&measure.column))?;
        let end = |at: usize| range.first().and_then(|row| row.get(at)).and_then(Cell::number);
        let (Some(low), Some(high)) = (end(0), end(1)) else {
            return Ok(());
        };
        let options = &scan.visual.options;
        let number = |name: &str| options.get(name).and_then(Value::as_f64);
        let count = options.get("bins").and_then(Value::as_u64).map(|count| count as usize);
        let bins = Bins::new(low, high, count, number("binWidth"), number("binStart"));
        let rows = self.query(scan.bins(&measure.column, bins))?;
        let controls = scan.controls.len();
        let mut cube = Cube {
            kind: "parts",
            length: rows.len(),
            dims: vec![column(&rows, 0, Shape::Number)],
            controls: (0..controls).map(|at| column(&rows, 1 + at, Shape::Text)).collect(),
            columns: vec![column(&rows, 1 + controls, Shape::Number)],
            mask: None,
            parts: BTreeMap::new(),
        };
        cube.parts.insert(0, [("count", 0)].into());
        self.out.bins = Some(bins);
        self.out.cubes.push(cube);
        Ok(())
    }
}

/// A cube with the key columns d0.., c0.. of rows.
fn keyed(kind: &'static str, scan: &Scan<'_>, rows: &[Vec<Cell>]) -> Cube {
    let dims = &scan.visual.dims;
    let shape = |value_type| {
        if value_type == ValueType::Number {
            Shape::Number
        } else {
            Shape::Text
        }
    };
    Cube {
        kind,
        length: rows.len(),
        dims: dims
            .iter()
            .enumerate()
            .map(|(at, dim)| column(rows, at, shape(dim.value_type)))
            .collect(),
        controls: (0..scan.controls.len())
            .map(|at| column(rows, dims.len() + at, Shape::Text))
            .collect(),
        columns: Vec::new(),
        mask: None,
        parts: BTreeMap::new(),
    }
}

/// Is what the measure computes a number (not a date or text, as minima may be)?
fn numeric(scan: &Scan<'_>, measure: &Measure) -> bool {
    let kind = scan.set.column(&measure.column).map(|column| column.kind);
    kind.is_none_or(ColumnType::is_number) && measure.aggregation != Aggregation::None
}

pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A visual and its data as the drawing script takes them.
pub(crate) fn specification(visual: &Visual, data: &Collected) -> Value {
    let mut spec = serde_json::to_value(visual).unwrap_or_default();
    spec["cubes"] = json!(data.cubes);
    spec["controls"] = json!(data.controls);
    spec["notes"] = json!(data.notes);
    spec["bins"] = json!(data.bins);
    for measure in &visual.measures {
        let cube = data
            .cubes
            .iter()
            .position(|cube| cube.parts.contains_key(&measure.index));
        let at = cube.map(|cube| &data.cubes[cube].parts[&measure.index]);
        spec["measures"][measure.index]["cube"] = json!(cube);
        spec["measures"][measure.index]["at"] = json!(at.cloned().unwrap_or_default());
    }
    spec
}
