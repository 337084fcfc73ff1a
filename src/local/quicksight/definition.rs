//! A definition of a dashboard or an analysis against what there is: its data sets, their columns, its parameters.
//! What is wrong makes the version fail, with errors as QuickSight types them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::local::error::AwsError;
use crate::local::store::Reads;

use super::QuickSight;
use super::columns::{Column, ColumnType, Shape};
use super::errors::invalid;
use super::model::{DATA_SETS, Fault};

/// What a definition uses.
pub(super) struct Checked {
    pub data_set_arns: Vec<String>,
    pub errors: Vec<Fault>,
}

impl QuickSight {
    /// Checks a definition that the model allows.
    ///
    /// # Errors
    /// `InvalidParameterValueException` for identifiers that are not unique.
    pub(super) fn check_definition(
        &self,
        tx: &impl Reads,
        definition: &Value,
        lenient: bool,
    ) -> Result<Checked, AwsError> {
        check_unique(definition)?;
        let mut check = Check {
            calculated: BTreeSet::new(),
            parameters: parameters(definition),
            sets: BTreeMap::new(),
            errors: Vec::new(),
        };
        let mut arns = Vec::new();
        for declaration in list(&definition["DataSetIdentifierDeclarations"]) {
            let (identifier, arn) = (text(&declaration["Identifier"]), text(&declaration["DataSetArn"]));
            arns.push(arn.to_owned());
            let id = arn.strip_prefix(&self.data_set_arn(""));
            let set = id.map(|id| DATA_SETS.get(tx, id)).transpose()?.flatten();
            match set {
                Some(set) => drop(
                    check
                        .sets
                        .insert(identifier, Some((arn, Shape::read(&set.given)?.columns))),
                ),
                None => {
                    check.sets.insert(identifier, None);
                    let message = format!("Data set '{arn}' of the identifier '{identifier}' is not found");
                    check.errors.push(Fault::new("DATA_SET_NOT_FOUND", message));
                }
            }
        }
        if !lenient {
            for field in list(&definition["CalculatedFields"]) {
                let set = text(&field["DataSetIdentifier"]);
                check.data_set(set, &format!("calculated-field/{}", text(&field["Name"])));
                check.calculated.insert((set, text(&field["Name"])));
            }
            check.walk(definition, "");
        }
        Ok(Checked {
            data_set_arns: arns,
            errors: check.errors,
        })
    }
}

struct Check<'a> {
    /// Calculated fields, by data set.
    calculated: BTreeSet<(&'a str, &'a str)>,
    parameters: BTreeSet<&'a str>,
    /// By identifier; nothing for those whose data set is not there.
    sets: BTreeMap<&'a str, Option<(&'a str, Vec<Column>)>>,
    errors: Vec<Fault>,
}

/// Structures whose column has to be of one kind.
const NUMBERS: [&str; 4] = [
    "NumericalDimensionField",
    "NumericalMeasureField",
    "NumericRangeFilter",
    "NumericEqualityFilter",
];
const DATES: [&str; 5] = [
    "DateDimensionField",
    "DateMeasureField",
    "TimeRangeFilter",
    "TimeEqualityFilter",
    "RelativeDatesFilter",
];

impl<'a> Check<'a> {
    /// Whether the definition declares the data set.
    fn data_set(&mut self, identifier: &str, place: &str) -> bool {
        let declared = self.sets.contains_key(identifier);
        if !declared {
            let message = format!("The data set identifier '{identifier}' is not declared");
            self.errors.push(Fault::new("DATA_SET_NOT_FOUND", message).at(place));
        }
        declared
    }

    fn walk(&mut self, value: &'a Value, place: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, place)),
            Value::Object(members) => {
                let place = place_of(value, place);
                if let (Some(set), Some(column)) = (value["DataSetIdentifier"].as_str(), value["ColumnName"].as_str()) {
                    self.column(set, column, &place);
                    return;
                }
                for (name, member) in members {
                    self.parameter(name, member, &place);
                    self.kind(name, member, &place);
                    self.walk(member, &place);
                }
            }
            _ => {}
        }
    }

    /// "Required column 'x' is missing in data set 'arn'" is what QuickSight says.
    fn column(&mut self, set: &str, name: &str, place: &str) {
        if !self.data_set(set, place) || self.calculated.contains(&(set, name)) {
            return;
        }
        let Some(Some((arn, columns))) = self.sets.get(set) else {
            return;
        };
        if !columns.iter().any(|column| column.name == name) {
            let message = format!("Required column '{name}' is missing in data set '{arn}'");
            self.errors
                .push(Fault::new("COLUMN_REPLACEMENT_MISSING", message).at(place));
        }
    }

    fn parameter(&mut self, member: &str, value: &Value, place: &str) {
        let names = ["SourceParameterName", "ParameterName", "DestinationParameterName"];
        let Some(name) = value.as_str().filter(|_| names.contains(&member)) else {
            return;
        };
        if !self.parameters.contains(name) {
            let message = format!("The parameter '{name}' is not declared");
            self.errors.push(Fault::new("PARAMETER_NOT_FOUND", message).at(place));
        }
    }

    /// Whether a field or filter has a column of its kind. Types of calculated fields are not known.
    fn kind(&mut self, member: &str, value: &Value, place: &str) {
        let column = &value["Column"];
        let (set, name) = (text(&column["DataSetIdentifier"]), text(&column["ColumnName"]));
        if self.calculated.contains(&(set, name)) {
            return;
        }
        let Some(Some((_, columns))) = self.sets.get(set) else {
            return;
        };
        let Some(found) = columns.iter().find(|column| column.name == name) else {
            return;
        };
        let (wanted, fits) = match found.kind {
            _ if NUMBERS.contains(&member) => (
                "a number",
                matches!(
                    found.kind,
                    ColumnType::Integer | ColumnType::Decimal | ColumnType::Boolean
                ),
            ),
            kind if DATES.contains(&member) => ("a date", kind == ColumnType::Datetime),
            kind if member == "CategoricalDimensionField" => (
                "a text",
                matches!(kind, ColumnType::String | ColumnType::Boolean | ColumnType::Json),
            ),
            _ => return,
        };
        if !fits {
            let message = format!(
                "Column '{name}' is of type {}; {member} needs {wanted}",
                found.kind.name()
            );
            self.errors.push(Fault::new("COLUMN_TYPE_MISMATCH", message).at(place));
        }
    }
}

/// Where in the definition: `sheet/s1/visual/v1`, `filter-group/g1/filter/f1`, `calculated-field/x`.
fn place_of(value: &Value, place: &str) -> String {
    let below = |part: &str, id: &str| match place {
        "" => format!("{part}/{id}"),
        place => format!("{place}/{part}/{id}"),
    };
    let names = [
        ("SheetId", "sheet"),
        ("VisualId", "visual"),
        ("FilterGroupId", "filter-group"),
        ("FilterId", "filter"),
        ("FilterControlId", "filter-control"),
        ("ParameterControlId", "parameter-control"),
    ];
    let id = names
        .into_iter()
        .find_map(|(member, part)| Some((part, value[member].as_str()?)));
    match id {
        // A filter's scope names sheets, too, but is not one.
        Some(("sheet", _)) if !place.is_empty() => place.to_owned(),
        Some((part, id)) => below(part, id),
        None => place.to_owned(),
    }
}

/// Ids of sheets, and of visuals within them, and identifiers of data sets are unique.
fn check_unique(definition: &Value) -> Result<(), AwsError> {
    let sheets = || list(&definition["Sheets"]);
    unique(
        "data set identifier",
        list(&definition["DataSetIdentifierDeclarations"]).map(|it| text(&it["Identifier"])),
    )?;
    unique("SheetId", sheets().map(|sheet| text(&sheet["SheetId"])))?;
    let visuals = sheets().flat_map(|sheet| list(&sheet["Visuals"]));
    let ids = visuals.flat_map(|visual| visual.as_object().into_iter().flat_map(|kinds| kinds.values()));
    unique("VisualId", ids.map(|visual| text(&visual["VisualId"])))?;
    let groups = list(&definition["FilterGroups"]);
    unique("FilterGroupId", groups.map(|group| text(&group["FilterGroupId"])))
}

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), AwsError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            return Err(invalid(format!("The definition has more than one {what} {id}")));
        }
    }
    Ok(())
}

/// Names of the declared parameters.
fn parameters(definition: &Value) -> BTreeSet<&str> {
    let declarations = list(&definition["ParameterDeclarations"]);
    let kinds = declarations.flat_map(|it| it.as_object().into_iter().flat_map(|kinds| kinds.values()));
    kinds.map(|declaration| text(&declaration["Name"])).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `Sheets` of a described version: ids and names.
pub(super) fn sheets(definition: &Value) -> Vec<Value> {
    let sheet = |sheet: &Value| serde_json::json!({"SheetId": sheet["SheetId"], "Name": sheet["Name"]});
    list(&definition["Sheets"]).map(sheet).collect()
}
