//! Reads a dashboard's Definition and its data sets.
//!
//! Shapes: the QuickSight API reference, DashboardVersionDefinition (the same in CloudFormation). Whatever the reader
//! does not take from the definition ends as an `Unsupported` (see [`node`]).

mod axis;
pub(crate) mod dataset;
mod expression;
mod fields;
mod filter;
mod format;
mod node;
mod points;
mod series;
mod sheet;
mod tables;
mod visual;
mod wells;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use self::dataset::DataSet;
use self::node::{Findings, Node};
use super::model::{Dashboard, Fault, Format, Matching, Test};

/// A data set that the definition may declare: its ARN and the properties of its AWS::QuickSight::DataSet.
#[derive(Clone, Debug)]
pub struct DataSetSource {
    pub arn: String,
    pub properties: Value,
}

/// The definition or a data set is wrong: all that was found.
#[derive(Debug, thiserror::Error)]
#[error("dashboard {dashboard} cannot be read: {}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct ReadError {
    pub dashboard: String,
    pub faults: Vec<Fault>,
}

/// A query that counts the rows of a data set, as `count`.
///
/// Errors: what is wrong with the properties of the AWS::QuickSight::DataSet called `identifier`.
pub fn row_count(properties: &Value, identifier: &str) -> Result<String, Vec<Fault>> {
    let findings = Findings::default();
    let set = dataset::read(properties, identifier, &findings);
    match (set, findings.faults.into_inner()) {
        (Some(set), faults) if faults.is_empty() => Ok(set.row_count()),
        (_, faults) => Err(faults),
    }
}

/// What reading a visual or filter needs to know.
struct Reading<'a> {
    data_sets: &'a BTreeMap<String, DataSet>,
    declared: &'a BTreeSet<String>,
    column_formats: BTreeMap<(String, String), Format>,
    /// String parameters and their default values.
    parameters: BTreeMap<String, Vec<String>>,
}

/// Reads the `Definition` of a dashboard against its data sets.
///
/// Errors: every fault of both, with its place: columns that a data set lacks, identifiers that are not declared,
/// expressions that are not understood, wrong types. What is right but not drawn is in [`Dashboard::unsupported`].
pub fn read(name: &str, definition: &Value, sources: &[DataSetSource]) -> Result<Dashboard, ReadError> {
    let findings = Findings::default();
    let dashboard = Node::new(definition, "Definition", &findings).map(|node| dashboard(name, &node, sources));
    let faults = findings.faults.into_inner();
    match dashboard {
        Some(mut dashboard) if faults.is_empty() => {
            dashboard.unsupported = findings.unsupported.into_inner();
            Ok(dashboard)
        }
        _ => Err(ReadError {
            dashboard: name.to_owned(),
            faults,
        }),
    }
}

fn dashboard(name: &str, node: &Node<'_>, sources: &[DataSetSource]) -> Dashboard {
    // How new sheets of an analysis start.
    if let Some(defaults) = node.child("AnalysisDefaults") {
        defaults.ignore_rest();
    }
    for key in ["TopicIdentifierDeclarations", "TooltipSheets", "StaticFiles"] {
        if let Some(rest) = node.child_or_list(key) {
            node.unsupported(key);
            rest.iter().for_each(Node::ignore_rest);
        }
    }
    let (mut data_sets, declared) = data_sets(node, sources);
    for field in node.list("CalculatedFields") {
        let Some(set) = field.need_text("DataSetIdentifier") else {
            continue;
        };
        match data_sets.get_mut(set) {
            Some(set) => dataset::create(&field, "Name", set),
            None => field.ignore_rest(),
        }
    }
    let mut reading = Reading {
        data_sets: &data_sets,
        declared: &declared,
        column_formats: BTreeMap::new(),
        parameters: parameters(node),
    };
    reading.column_formats = column_formats(node, &reading);
    let mut filters = Vec::new();
    for group in node.list("FilterGroups") {
        filter::group(&reading, &group, &mut filters);
    }
    let sheets = node
        .list("Sheets")
        .iter()
        .enumerate()
        .filter_map(|(index, one)| sheet::sheet(&reading, one, index, &mut filters))
        .collect();
    let week_starts_on_sunday = node.child("Options").is_none_or(|options| {
        options.ignore(&[
            "Timezone",
            "QBusinessInsightsStatus",
            "ExcludedDataSetArns",
            "CustomActionDefaults",
        ]);
        match options.text("WeekStart") {
            None | Some("SUNDAY") => true,
            Some("MONDAY") => false,
            Some(day) => {
                options.unsupported(format!("WeekStart {day}: weeks start on Sunday"));
                true
            }
        }
    });
    Dashboard {
        name: name.to_owned(),
        sheets,
        filters,
        data_sets,
        unsupported: Vec::new(),
        week_starts_on_sunday,
    }
}

/// The declared data sets that could be read, and all declared identifiers.
fn data_sets(node: &Node<'_>, sources: &[DataSetSource]) -> (BTreeMap<String, DataSet>, BTreeSet<String>) {
    let (mut sets, mut declared) = (BTreeMap::new(), BTreeSet::new());
    for declaration in node.list("DataSetIdentifierDeclarations") {
        let (Some(identifier), Some(arn)) = (declaration.need_text("Identifier"), declaration.need_text("DataSetArn"))
        else {
            continue;
        };
        declared.insert(identifier.to_owned());
        match sources.iter().find(|source| source.arn == arn) {
            Some(source) => {
                if let Some(set) = dataset::read(&source.properties, identifier, node.findings()) {
                    sets.insert(identifier.to_owned(), set);
                }
            }
            None => declaration.fault(format!("there is no data set {arn}")),
        }
    }
    (sets, declared)
}

/// String parameters by name with their static defaults. Others are named where a filter reads them.
fn parameters(node: &Node<'_>) -> BTreeMap<String, Vec<String>> {
    let mut out = BTreeMap::new();
    for union in node.list("ParameterDeclarations") {
        let Some((kind, declaration)) = union.variant() else {
            continue;
        };
        let Some(name) = declaration.need_text("Name").map(str::to_owned) else {
            continue;
        };
        declaration.ignore(&["ParameterValueType", "ValueWhenUnset", "TimeGranularity"]);
        let defaults = declaration.child("DefaultValues");
        let values = defaults.as_ref().and_then(|defaults| {
            if defaults.has("DynamicValue") || defaults.has("RollingDate") {
                defaults.unsupported("a default that depends on the reader or the date");
                defaults.ignore_rest();
            }
            defaults.texts("StaticValues")
        });
        if declaration.has("MappedDataSetParameters") {
            declaration.unsupported("MappedDataSetParameters");
            declaration.ignore_rest();
        }
        if kind == "StringParameterDeclaration" {
            out.insert(name, values.unwrap_or_default());
        }
    }
    out
}

fn column_formats(node: &Node<'_>, reading: &Reading<'_>) -> BTreeMap<(String, String), Format> {
    let mut out = BTreeMap::new();
    for config in node.list("ColumnConfigurations") {
        config.ignore(&["Role"]);
        for key in ["ColorsConfiguration", "DecalSettingsConfiguration"] {
            if let Some(rest) = config.child(key) {
                config.unsupported(key);
                rest.ignore_rest();
            }
        }
        let Some((set, column)) = fields::column_of(reading, &config) else {
            continue;
        };
        if let Some(format) = format::format_of(&config) {
            out.insert((set, column.name), format);
        }
    }
    out
}

impl Dashboard {
    /// Is this filter one that a control can set in the page?
    pub(super) fn is_interactive(&self, filter: usize) -> bool {
        let filter = &self.filters[filter];
        filter.control.is_some()
            && matches!(
                filter.test,
                Test::Category {
                    matching: Matching::Equals,
                    ..
                }
            )
    }
}
