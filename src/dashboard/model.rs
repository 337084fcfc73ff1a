//! What a dashboard is, once read: sheets, visuals, fields, filters, controls. Serialised, a [`Visual`] is also what the
//! drawing script gets (web/), so the names of its members are used there.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::read::dataset::DataSet;

/// Something of the definition that the preview does not draw or apply. QuickSight does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unsupported {
    /// What: the name of a visual type, an option, a function.
    pub what: String,
    /// Where in the definition.
    pub place: String,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.what, self.place)
    }
}

/// Something that is wrong in the definition or in a data set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    pub place: String,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// A dashboard that was read without faults.
#[derive(Debug)]
pub struct Dashboard {
    pub name: String,
    pub sheets: Vec<Sheet>,
    pub(super) filters: Vec<Filter>,
    /// By the identifier that the definition declares.
    pub(super) data_sets: BTreeMap<String, DataSet>,
    pub(super) unsupported: Vec<Unsupported>,
    pub(super) week_starts_on_sunday: bool,
}

impl Dashboard {
    /// What the preview names instead of drawing it.
    pub fn unsupported(&self) -> &[Unsupported] {
        &self.unsupported
    }
}

#[derive(Debug, Serialize)]
pub struct Sheet {
    pub id: String,
    pub name: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub visuals: Vec<Visual>,
    pub controls: Vec<Control>,
    pub texts: Vec<TextBox>,
    /// Where each visual and text box is on the grid of 36 columns.
    pub places: Vec<Place>,
}

#[derive(Debug, Serialize)]
pub struct TextBox {
    pub id: String,
    pub text: String,
}

/// A cell range of the sheet's grid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub element: String,
    pub column: usize,
    pub columns: usize,
    pub row: usize,
    pub rows: usize,
}

/// Columns of QuickSight's grid.
pub const GRID_COLUMNS: usize = 36;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Bar,
    Line,
    Pie,
    Scatter,
    Box,
    Histogram,
    Heatmap,
    Kpi,
    Table,
    Pivot,
}

#[derive(Debug, Serialize)]
pub struct Visual {
    pub id: String,
    pub kind: Kind,
    pub title: Option<String>,
    pub subtitle: Option<String>,
    /// VisualContentAltText.
    pub alt: Option<String>,
    #[serde(skip)]
    pub(super) data_set: String,
    pub dims: Vec<Dimension>,
    pub measures: Vec<Measure>,
    /// Order of categories (bars, pies, boxes), of rows (tables, heat maps).
    pub sort: Vec<Sort>,
    /// Order of colours, or of a heat map's columns.
    #[serde(rename = "colorSort")]
    pub color_sort: Vec<Sort>,
    pub limit: Option<Limit>,
    #[serde(rename = "colorLimit")]
    pub color_limit: Option<Limit>,
    /// Columns of a table in order.
    pub order: Vec<FieldAt>,
    /// Scatter plots: what is on the axes and sizes the points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<AxisField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<AxisField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<AxisField>,
    /// What only one kind has: orientation, arrangement, donut, ...
    pub options: Map<String, Value>,
    pub axes: BTreeMap<&'static str, Axis>,
    pub legend: Legend,
    pub labels: Labels,
    /// Rows as they are, not grouped: scatter plots and tables.
    #[serde(skip)]
    pub(super) raw: bool,
    /// Which of the dashboard's filters apply, as indices.
    #[serde(skip)]
    pub(super) filters: Vec<usize>,
}

/// A dimension or measure of a visual by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldAt {
    Dim(usize),
    Measure(usize),
}

#[derive(Clone, Debug, Serialize)]
pub struct AxisField {
    #[serde(flatten)]
    pub at: FieldAt,
    pub label: String,
    pub format: Format,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sort {
    #[serde(flatten)]
    pub by: FieldAt,
    pub descending: bool,
}

/// ItemsLimit: so many are shown, the rest is "Other" or left out.
#[derive(Clone, Debug, Serialize)]
pub struct Limit {
    pub count: usize,
    pub other: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ValueType {
    Text,
    Number,
    Date,
}

#[derive(Clone, Debug, Serialize)]
pub struct Dimension {
    pub field: String,
    #[serde(skip)]
    pub(super) column: String,
    /// category, color, row, column, trend, label, x, y
    pub role: &'static str,
    pub label: String,
    #[serde(rename = "type")]
    pub value_type: ValueType,
    pub format: Format,
    /// Pivot tables: sorted from the last.
    pub descending: bool,
}

#[derive(Clone, Debug, Serialize)]
pub struct Measure {
    pub index: usize,
    pub field: String,
    #[serde(skip)]
    pub(super) column: String,
    /// value, target, x, y, size; sort: only sorts
    pub role: &'static str,
    pub label: String,
    pub aggregation: Aggregation,
    /// 0 to 100, for PERCENTILE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentile: Option<f64>,
    pub format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Aggregation {
    #[default]
    Sum,
    Average,
    Min,
    Max,
    Count,
    DistinctCount,
    Median,
    Percentile,
    Var,
    Varp,
    Stdev,
    Stdevp,
    /// A value of a row that is not grouped.
    None,
}

impl Aggregation {
    /// Can groups be rolled up exactly from sums, counts, minima and maxima?
    pub fn rolls_up(self) -> bool {
        matches!(
            self,
            Self::Sum | Self::Average | Self::Min | Self::Max | Self::Count | Self::None
        )
    }
}

/// How values are written; see web/format.js.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Format {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimals: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thousands: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<&'static str>,
    #[serde(rename = "nullText", skip_serializing_if = "Option::is_none")]
    pub null_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granularity: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Axis {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(rename = "titleVisible", skip_serializing_if = "Option::is_none")]
    pub title_visible: Option<bool>,
    /// Tick labels are not shown.
    pub hidden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grid: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<f64>,
    /// The range is that of the data, zero or not.
    pub driven: bool,
    /// Base of a logarithmic axis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<f64>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Legend {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Data labels; without a word of the definition each kind has its own default.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Labels {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visible: Option<bool>,
}

#[derive(Debug)]
pub(super) struct Filter {
    pub id: String,
    pub data_set: String,
    pub column: String,
    pub test: Test,
    pub scope: Scope,
    /// The parameter it reads, for a control of that.
    pub parameter: Option<String>,
    /// Filters the same column of other data sets too.
    pub all_data_sets: bool,
    /// The control that sets it in the page; then it is no part of the SQL.
    pub control: Option<String>,
}

#[derive(Debug)]
pub(super) enum Scope {
    AllSheets,
    /// Sheet id -> all its visuals (None) or these.
    Sheets(BTreeMap<String, Option<Vec<String>>>),
}

impl Scope {
    pub fn covers(&self, sheet: &str, visual: &str) -> bool {
        match self {
            Self::AllSheets => true,
            Self::Sheets(sheets) => sheets
                .get(sheet)
                .is_some_and(|visuals| visuals.as_ref().is_none_or(|ids| ids.iter().any(|id| id == visual))),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    All,
    Only,
    Never,
}

#[derive(Debug)]
pub(super) enum Test {
    /// Text: any of `values` matches (or none, negated). No values: all pass.
    Category {
        matching: Matching,
        values: Option<Vec<String>>,
        nulls: Nulls,
    },
    Number {
        equal: Option<f64>,
        negated: bool,
        nulls: Nulls,
    },
    Range {
        minimum: Option<(Bound, bool)>,
        maximum: Option<(Bound, bool)>,
        nulls: Nulls,
    },
    /// The `limit` values of the column with the largest (or smallest) aggregate of another column.
    Top {
        limit: usize,
        by: Vec<(String, Aggregation, bool)>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Bound {
    Number(f64),
    /// "YYYY-MM-DD hh:mm:ss"
    Time(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Matching {
    Equals,
    DoesNotEqual,
    Contains,
    DoesNotContain,
    StartsWith,
    EndsWith,
}

/// A filter control of a sheet.
#[derive(Debug, Serialize)]
pub struct Control {
    pub id: String,
    pub title: String,
    /// Several values can be chosen.
    pub multiple: bool,
    /// A list instead of a drop-down.
    pub list: bool,
    /// What is chosen at first; nothing: all.
    pub selected: Option<Vec<String>>,
    /// The values to choose from, where the definition lists them; else those of the column.
    pub values: Option<Vec<String>>,
    #[serde(skip)]
    pub(super) filter: usize,
}
