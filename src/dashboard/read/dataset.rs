//! AWS::QuickSight::DataSet as a relation: its SQL and its columns.

use serde_json::Value;

use super::expression::translate;
use super::node::{Findings, Node};
use crate::dashboard::query::sql;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    String,
    Integer,
    Decimal,
    Datetime,
    Boolean,
}

impl ColumnType {
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal)
    }

    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "STRING" => Self::String,
            "INTEGER" => Self::Integer,
            "DECIMAL" => Self::Decimal,
            "DATETIME" => Self::Datetime,
            "BIT" | "BOOLEAN" => Self::Boolean,
            _ => return None,
        })
    }

    fn sql(self) -> &'static str {
        match self {
            Self::String => "VARCHAR",
            Self::Integer => "BIGINT",
            Self::Decimal => "DOUBLE PRECISION",
            Self::Datetime => "TIMESTAMP",
            Self::Boolean => "BOOLEAN",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub name: String,
    /// Its value as an expression over the data set's `base`.
    pub sql: String,
    pub kind: ColumnType,
}

#[derive(Clone, Debug)]
pub(crate) struct DataSet {
    pub name: String,
    pub columns: Vec<Column>,
    /// What stands after FROM, without an alias.
    pub base: String,
    /// Conditions of its FilterOperations, over `base`.
    pub conditions: Vec<String>,
}

impl DataSet {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub fn row_count(&self) -> String {
        let base = format!("SELECT COUNT(*) AS count FROM {} AS t", self.base);
        match self.conditions.is_empty() {
            true => base,
            false => format!("{base} WHERE {}", self.conditions.join(" AND ")),
        }
    }
}

/// Reads the properties of an AWS::QuickSight::DataSet. Nothing where it cannot be queried; the findings say why.
pub(super) fn read(properties: &Value, identifier: &str, findings: &Findings) -> Option<DataSet> {
    let place = format!("data set {identifier}");
    let node = Node::new(properties, place, findings)?;
    let name = node.text("Name").unwrap_or(identifier).to_owned();
    let physical = node.child("PhysicalTableMap");
    let logical = node.child("LogicalTableMap");
    for key in [
        "RowLevelPermissionDataSet",
        "RowLevelPermissionTagConfiguration",
        "ColumnLevelPermissionRules",
    ] {
        if node.has(key) {
            node.unsupported(format!("{key}: the preview shows every row and column"));
        }
    }
    for key in ["DataPrepConfiguration", "SemanticModelConfiguration"] {
        if node.has(key) {
            node.fault(format!(
                "{key} is not understood; PhysicalTableMap and LogicalTableMap are"
            ));
        }
    }
    // Who may see it, when it is refreshed, how it is shown in the console.
    node.ignore_rest();
    let Some(physical) = physical else {
        node.fault("PhysicalTableMap is missing");
        return None;
    };
    let mut set = match logical {
        None => single(&physical, None)?,
        Some(logical) => chain(&logical, &physical)?,
    };
    set.name = name;
    Some(set)
}

/// The physical table `id`, or the only one.
fn single(physical: &Node<'_>, id: Option<&str>) -> Option<DataSet> {
    let table = match id {
        Some(id) => physical.child(id).or_else(|| {
            physical.fault(format!("there is no physical table {id}"));
            None
        })?,
        None => physical.variant()?.1,
    };
    let (kind, node) = table.variant()?;
    let (base, list) = match kind {
        "RelationalTable" => {
            let parts = [node.text("Catalog"), node.text("Schema"), node.need_text("Name")];
            let base: Vec<String> = parts.into_iter().flatten().map(sql::name).collect();
            (base.join("."), "InputColumns")
        }
        "CustomSql" => {
            node.ignore(&["Name"]);
            let query = node.need_text("SqlQuery")?.trim().trim_end_matches(';');
            (format!("({query}\n)"), "Columns")
        }
        other => {
            table.fault(format!("{other} cannot be queried in the warehouse"));
            node.ignore_rest();
            return None;
        }
    };
    node.ignore(&["DataSourceArn"]);
    let columns: Vec<Column> = node.list(list).iter().filter_map(input_column).collect();
    if columns.is_empty() {
        node.fault(format!("{list} is empty"));
    }
    Some(DataSet {
        name: String::new(),
        columns,
        base,
        conditions: Vec::new(),
    })
}

fn input_column(node: &Node<'_>) -> Option<Column> {
    node.ignore(&["Id", "SubType"]);
    let name = node.need_text("Name")?;
    let kind = node.need_text("Type")?;
    let Some(kind) = ColumnType::read(kind) else {
        node.unsupported(format!("columns of type {kind} (column {name})"));
        return None;
    };
    Some(Column {
        name: name.to_owned(),
        sql: sql::name(name),
        kind,
    })
}

/// Follows the logical tables from the one that nobody uses down to the physical table, then applies their transforms.
fn chain(logical: &Node<'_>, physical: &Node<'_>) -> Option<DataSet> {
    let (_, table) = logical.variant()?;
    table.ignore(&["Alias"]);
    let source = table.need("Source")?;
    if source.has("JoinInstruction") || source.has("DataSetArn") {
        source.fault("joined data sets and data sets of data sets are not understood: join in the SQL instead");
        source.ignore_rest();
        table.ignore_rest();
        return None;
    }
    let mut set = single(physical, source.text("PhysicalTableId"))?;
    for transform in table.list("DataTransforms") {
        let Some((kind, node)) = transform.variant() else {
            continue;
        };
        match kind {
            "RenameColumnOperation" => rename(&node, &mut set),
            "ProjectOperation" => project(&node, &mut set),
            "CastColumnTypeOperation" => cast(&node, &mut set),
            "CreateColumnsOperation" => {
                node.ignore(&["Alias", "Source"]);
                for column in node.list("Columns") {
                    column.ignore(&["ColumnId"]);
                    create(&column, "ColumnName", &mut set);
                }
            }
            "FilterOperation" => filter(&node, &mut set),
            "TagColumnOperation" | "UntagColumnOperation" => node.ignore_rest(),
            other => {
                transform.fault(format!("{other} is not understood"));
                node.ignore_rest();
            }
        }
    }
    Some(set)
}

fn known<'s>(node: &Node<'_>, name: &str, set: &'s mut DataSet) -> Option<&'s mut Column> {
    let names: Vec<String> = set.columns.iter().map(|column| column.name.clone()).collect();
    let found = set.columns.iter_mut().find(|column| column.name == name);
    if found.is_none() {
        node.fault(missing(name, &names));
    }
    found
}

/// What to say of a column that is not there.
pub(super) fn missing(name: &str, names: &[String]) -> String {
    let near = names
        .iter()
        .map(|other| {
            let score = strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &other.to_lowercase());
            (score, other)
        })
        .filter(|(score, _)| *score >= 0.55)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((_, other)) => format!("there is no column `{name}`; did you mean `{other}`?"),
        None => format!("there is no column `{name}`; there are: {}", names.join(", ")),
    }
}

fn rename(node: &Node<'_>, set: &mut DataSet) {
    if let (Some(old), Some(new)) = (node.need_text("ColumnName"), node.need_text("NewColumnName")) {
        if set.column(new).is_some() {
            node.fault(format!("there is already a column `{new}`"));
        } else if let Some(column) = known(node, old, set) {
            column.name = new.to_owned();
        }
    }
}

fn project(node: &Node<'_>, set: &mut DataSet) {
    node.ignore(&["Alias", "Source"]);
    let Some(kept) = node.texts("ProjectedColumns") else {
        node.fault("ProjectedColumns is missing");
        return;
    };
    let columns: Vec<Column> = kept.iter().filter_map(|name| known(node, name, set).cloned()).collect();
    set.columns = columns;
}

fn cast(node: &Node<'_>, set: &mut DataSet) {
    node.ignore(&["SubType"]);
    let (Some(name), Some(kind)) = (node.need_text("ColumnName"), node.need_text("NewColumnType")) else {
        return;
    };
    if let Some(format) = node.text("Format") {
        node.unsupported(format!("Format {format} of a cast: the warehouse reads ISO 8601"));
    }
    let Some(kind) = ColumnType::read(kind) else {
        node.fault(format!("`{kind}` is no column type"));
        return;
    };
    if let Some(column) = known(node, name, set) {
        column.sql = format!("CAST({} AS {})", column.sql, kind.sql());
        column.kind = kind;
    }
}

/// Adds a calculated column; `name_key` says where its name is.
pub(super) fn create(node: &Node<'_>, name_key: &str, set: &mut DataSet) {
    let (Some(name), Some(expression)) = (node.need_text(name_key), node.need_text("Expression")) else {
        return;
    };
    match translate(expression, &set.columns) {
        Ok((sql, kind)) => {
            set.columns.retain(|column| column.name != name);
            set.columns.push(Column {
                name: name.to_owned(),
                sql,
                kind,
            });
        }
        Err(error) => node.fault(format!("the expression of `{name}` is not understood: {error}")),
    }
}

fn filter(node: &Node<'_>, set: &mut DataSet) {
    match node.text("ConditionExpression") {
        Some(expression) => match translate(expression, &set.columns) {
            Ok((sql, _)) => set.conditions.push(sql),
            Err(error) => node.fault(format!("the condition is not understood: {error}")),
        },
        None => node.fault("only ConditionExpression is understood"),
    }
}
