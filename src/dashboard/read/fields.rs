//! Dimension, measure and unaggregated fields of the field wells, and what sorts them.

use super::Reading;
use super::dataset::{Column, ColumnType, missing};
use super::format::format_of;
use super::node::Node;
use crate::dashboard::model::{Aggregation, Dimension, FieldAt, Format, Limit, Measure, Sort, ValueType, Visual};

/// Finds the column that `node`, an object with `Column`, means. Declares the visual's data set.
pub(super) fn column_of(reading: &Reading<'_>, node: &Node<'_>) -> Option<(String, Column)> {
    identified(reading, &node.need("Column")?)
}

/// A ColumnIdentifier.
pub(super) fn identified(reading: &Reading<'_>, node: &Node<'_>) -> Option<(String, Column)> {
    let name = node.need_text("ColumnName")?;
    let set = node.need_text("DataSetIdentifier")?;
    let Some(data_set) = reading.data_sets.get(set) else {
        // A declared data set that could not be read has its own fault.
        if !reading.declared.contains(set) {
            let declared: Vec<String> = reading.declared.iter().cloned().collect();
            node.fault(format!(
                "data set `{set}` is not among DataSetIdentifierDeclarations: {}",
                declared.join(", ")
            ));
        }
        return None;
    };
    match data_set.column(name) {
        Some(column) => Some((set.to_owned(), column.clone())),
        None => {
            let names: Vec<String> = data_set.columns.iter().map(|column| column.name.clone()).collect();
            node.fault(format!("data set `{set}`: {}", missing(name, &names)));
            None
        }
    }
}

fn adopt(visual: &mut Visual, set: &str, node: &Node<'_>) -> bool {
    if visual.data_set.is_empty() {
        visual.data_set = set.to_owned();
    }
    let same = visual.data_set == set;
    if !same {
        node.fault(format!(
            "a visual reads one data set, not `{}` and `{set}`",
            visual.data_set
        ));
    }
    same
}

/// The format that a column has for all visuals (ColumnConfigurations), under what the field itself says.
fn format_for(reading: &Reading<'_>, field: &Node<'_>, set: &str, column: &Column) -> Format {
    let own = format_of(field).filter(|format| *format != Format::default());
    own.or_else(|| {
        let key = (set.to_owned(), column.name.clone());
        reading.column_formats.get(&key).cloned()
    })
    .unwrap_or_default()
}

/// Reads a DimensionField into `visual.dims`; gives its index.
pub(super) fn dimension(
    reading: &Reading<'_>,
    visual: &mut Visual,
    union: &Node<'_>,
    role: &'static str,
) -> Option<usize> {
    let (kind, node) = union.variant()?;
    node.ignore(&["HierarchyId"]);
    let field = node.need_text("FieldId")?.to_owned();
    let (set, column) = column_of(reading, &node)?;
    let mut format = format_for(reading, &node, &set, &column);
    let value_type = match kind {
        "CategoricalDimensionField" if column.kind == ColumnType::Datetime => ValueType::Date,
        "CategoricalDimensionField" => ValueType::Text,
        "NumericalDimensionField" if column.kind.is_number() => ValueType::Number,
        "DateDimensionField" if column.kind == ColumnType::Datetime => ValueType::Date,
        "NumericalDimensionField" | "DateDimensionField" => {
            node.fault(format!("column `{}` has another type than {kind}", column.name));
            return None;
        }
        other => {
            union.unsupported(other);
            node.ignore_rest();
            return None;
        }
    };
    if value_type == ValueType::Date {
        let granularity = node.one_of("DateGranularity", GRANULARITIES).unwrap_or("DAY");
        if granularity == "MILLISECOND" {
            node.unsupported("DateGranularity MILLISECOND: seconds are shown");
        }
        format.style = Some("date");
        format.granularity = Some(granularity.replace("MILLISECOND", "SECOND"));
    }
    if !adopt(visual, &set, &node) {
        return None;
    }
    visual.dims.push(Dimension {
        field,
        label: column.name.clone(),
        column: column.name,
        role,
        value_type,
        format,
        descending: false,
    });
    Some(visual.dims.len() - 1)
}

const GRANULARITIES: &[&str] = &[
    "YEAR",
    "QUARTER",
    "MONTH",
    "WEEK",
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "MILLISECOND",
];

/// Reads a MeasureField into `visual.measures`; gives its index.
pub(super) fn measure(
    reading: &Reading<'_>,
    visual: &mut Visual,
    union: &Node<'_>,
    role: &'static str,
) -> Option<usize> {
    let (kind, node) = union.variant()?;
    if kind == "CalculatedMeasureField" {
        union.unsupported("CalculatedMeasureField");
        node.ignore_rest();
        return None;
    }
    let field = node.need_text("FieldId")?.to_owned();
    let (set, column) = column_of(reading, &node)?;
    let (aggregation, percentile) = match kind {
        "NumericalMeasureField" => match node.child("AggregationFunction") {
            Some(function) => numerical(&function)?,
            None => (Aggregation::Sum, None),
        },
        "CategoricalMeasureField" => (
            simple(
                node.one_of("AggregationFunction", &["COUNT", "DISTINCT_COUNT"])
                    .unwrap_or("COUNT"),
            ),
            None,
        ),
        "DateMeasureField" => (
            simple(
                node.one_of("AggregationFunction", &["COUNT", "DISTINCT_COUNT", "MIN", "MAX"])
                    .unwrap_or("COUNT"),
            ),
            None,
        ),
        other => {
            union.unsupported(other);
            node.ignore_rest();
            return None;
        }
    };
    let mut format = format_for(reading, &node, &set, &column);
    let counts = matches!(aggregation, Aggregation::Count | Aggregation::DistinctCount);
    if counts && format_of(&node).is_none() {
        format = Format::default();
    }
    if kind == "DateMeasureField" && !counts {
        format.style = Some("date");
    }
    if kind == "NumericalMeasureField" && !counts && !column.kind.is_number() {
        node.fault(format!("column `{}` is no number: it can only be counted", column.name));
        return None;
    }
    if !adopt(visual, &set, &node) {
        return None;
    }
    Some(push_measure(
        visual,
        field,
        &column.name,
        role,
        (aggregation, percentile),
        format,
    ))
}

pub(super) fn push_measure(
    visual: &mut Visual,
    field: String,
    column: &str,
    role: &'static str,
    (aggregation, percentile): (Aggregation, Option<f64>),
    format: Format,
) -> usize {
    let index = visual.measures.len();
    visual.measures.push(Measure {
        index,
        field,
        column: column.to_owned(),
        role,
        label: measure_label(column, aggregation, percentile),
        aggregation,
        percentile,
        format,
    });
    index
}

fn measure_label(column: &str, aggregation: Aggregation, percentile: Option<f64>) -> String {
    let what = match aggregation {
        Aggregation::None => return column.to_owned(),
        Aggregation::Sum => "Sum",
        Aggregation::Average => "Average",
        Aggregation::Min => "Minimum",
        Aggregation::Max => "Maximum",
        Aggregation::Count => "Count",
        Aggregation::DistinctCount => "Distinct count",
        Aggregation::Median => "Median",
        Aggregation::Percentile => return format!("Percentile {} of {column}", percentile.unwrap_or(50.0)),
        Aggregation::Var => "Variance",
        Aggregation::Varp => "Population variance",
        Aggregation::Stdev => "Standard deviation",
        Aggregation::Stdevp => "Population standard deviation",
    };
    format!("{what} of {column}")
}

fn simple(name: &str) -> Aggregation {
    match name {
        "AVERAGE" => Aggregation::Average,
        "MIN" => Aggregation::Min,
        "MAX" => Aggregation::Max,
        "COUNT" => Aggregation::Count,
        "DISTINCT_COUNT" => Aggregation::DistinctCount,
        "MEDIAN" => Aggregation::Median,
        "VAR" => Aggregation::Var,
        "VARP" => Aggregation::Varp,
        "STDEV" => Aggregation::Stdev,
        "STDEVP" => Aggregation::Stdevp,
        _ => Aggregation::Sum,
    }
}

const SIMPLE: &[&str] = &[
    "SUM",
    "AVERAGE",
    "MIN",
    "MAX",
    "COUNT",
    "DISTINCT_COUNT",
    "VAR",
    "VARP",
    "STDEV",
    "STDEVP",
    "MEDIAN",
];

/// NumericalAggregationFunction.
fn numerical(function: &Node<'_>) -> Option<(Aggregation, Option<f64>)> {
    if let Some(percentile) = function.child("PercentileAggregation") {
        // AWS allows 0 to 100.
        let value = percentile.number("PercentileValue").unwrap_or(50.0);
        if !(0.0..=100.0).contains(&value) {
            percentile.fault(format!("PercentileValue is 0 to 100, not {value}"));
            return None;
        }
        return Some((Aggregation::Percentile, Some(value)));
    }
    let name = function.one_of("SimpleNumericalAggregation", SIMPLE)?;
    Some((simple(name), None))
}

/// AggregationFunction of sorts and filters: a union by type of column.
pub(super) fn aggregation_of(node: &Node<'_>) -> Option<(Aggregation, Option<f64>)> {
    let function = node.child("AggregationFunction")?;
    if let Some(numeric) = function.child("NumericalAggregationFunction") {
        return numerical(&numeric);
    }
    for key in ["CategoricalAggregationFunction", "DateAggregationFunction"] {
        if let Some(name) = function.text(key) {
            return Some((simple(name), None));
        }
    }
    None
}

/// Reads an UnaggregatedField: a dimension, or a measure that is not aggregated where the column is a number.
pub(super) fn unaggregated(reading: &Reading<'_>, visual: &mut Visual, node: &Node<'_>) -> Option<FieldAt> {
    let field = node.need_text("FieldId")?.to_owned();
    let (set, column) = column_of(reading, node)?;
    let mut format = format_for(reading, node, &set, &column);
    if !adopt(visual, &set, node) {
        return None;
    }
    if column.kind.is_number() {
        let one = (Aggregation::None, None);
        return Some(FieldAt::Measure(push_measure(
            visual,
            field,
            &column.name,
            "value",
            one,
            format,
        )));
    }
    let value_type = if column.kind == ColumnType::Datetime {
        format.style = Some("date");
        format.granularity.get_or_insert_with(|| "DAY".to_owned());
        ValueType::Date
    } else {
        ValueType::Text
    };
    visual.dims.push(Dimension {
        field,
        label: column.name.clone(),
        column: column.name,
        role: "category",
        value_type,
        format,
        descending: false,
    });
    Some(FieldAt::Dim(visual.dims.len() - 1))
}

pub(super) fn field_at(visual: &Visual, field: &str) -> Option<FieldAt> {
    let dim = visual.dims.iter().position(|dim| dim.field == field);
    let measure = || visual.measures.iter().position(|measure| measure.field == field);
    dim.map(FieldAt::Dim).or_else(|| measure().map(FieldAt::Measure))
}

/// FieldSortOptions[]: FieldSort or ColumnSort. A column that is not in the visual becomes a measure that only sorts.
pub(super) fn sorts(reading: &Reading<'_>, visual: &mut Visual, config: &Node<'_>, key: &str) -> Vec<Sort> {
    let mut out = Vec::new();
    for option in config.list(key) {
        let Some((kind, node)) = option.variant() else { continue };
        let descending = node.one_of("Direction", &["ASC", "DESC"]) == Some("DESC");
        let by = match kind {
            "FieldSort" => {
                let Some(field) = node.need_text("FieldId") else {
                    continue;
                };
                let at = field_at(visual, field);
                if at.is_none() {
                    node.fault(format!("FieldId `{field}` is not in the field wells"));
                }
                at
            }
            _ => column_sort(reading, visual, &node),
        };
        out.extend(by.map(|by| Sort { by, descending }));
    }
    out
}

fn column_sort(reading: &Reading<'_>, visual: &mut Visual, node: &Node<'_>) -> Option<FieldAt> {
    let (set, column) = identified(reading, &node.need("SortBy")?)?;
    if !adopt(visual, &set, node) {
        return None;
    }
    let Some(aggregation) = aggregation_of(node) else {
        let dim = visual.dims.iter().position(|dim| dim.column == column.name);
        if dim.is_none() {
            node.unsupported("ColumnSort by a column outside of the visual without an aggregation");
        }
        return dim.map(FieldAt::Dim);
    };
    let field = format!("sort by {}", column.name);
    let format = Format::default();
    Some(FieldAt::Measure(push_measure(
        visual,
        field,
        &column.name,
        "sort",
        aggregation,
        format,
    )))
}

/// ItemsLimitConfiguration. QuickSight includes "Other" unless told not to.
pub(super) fn limit(config: &Node<'_>, key: &str) -> Option<Limit> {
    let node = config.child(key)?;
    let other = node.one_of("OtherCategories", &["INCLUDE", "EXCLUDE"]) != Some("EXCLUDE");
    let count = node.count("ItemsLimit").filter(|count| *count > 0)?;
    Some(Limit { count, other })
}
