//! The columns of a data set: what its physical table declares, after the transforms of its logical tables.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::local::error::AwsError;

use super::errors::invalid;

/// `ColumnDataType`, and what only input columns may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    String,
    Integer,
    Decimal,
    Datetime,
    Boolean,
    Json,
}

impl ColumnType {
    pub fn read(name: &str) -> Self {
        match name {
            "INTEGER" => Self::Integer,
            "DECIMAL" => Self::Decimal,
            "DATETIME" => Self::Datetime,
            "BIT" | "BOOLEAN" => Self::Boolean,
            "JSON" | "SEMISTRUCT" => Self::Json,
            _ => Self::String,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Integer => "INTEGER",
            Self::Decimal => "DECIMAL",
            Self::Datetime => "DATETIME",
            Self::Boolean => "BOOLEAN",
            Self::Json => "JSON",
        }
    }

    /// `OutputColumn.Type`, which has neither BOOLEAN nor JSON: booleans are 0 and 1, JSON is text.
    fn output_name(self) -> &'static str {
        match self {
            Self::Boolean => "INTEGER",
            Self::Json => "STRING",
            other => other.name(),
        }
    }
}

/// A column that the data set has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub name: String,
    pub kind: ColumnType,
    /// Its column of the physical table.
    pub source: String,
    /// That column's declared type.
    pub source_kind: ColumnType,
    /// The format by which a cast reads dates.
    pub format: Option<String>,
    sub_type: Option<String>,
    description: Option<String>,
}

impl Column {
    /// `OutputColumn`
    pub fn shown(&self) -> Value {
        json!({
            "Name": self.name,
            "Type": self.kind.output_name(),
            "SubType": self.sub_type,
            "Description": self.description,
        })
    }
}

/// Where a data set's rows come from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Origin {
    pub data_source_arn: String,
    pub relation: Relation,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Relation {
    Table {
        catalog: Option<String>,
        schema: Option<String>,
        name: String,
    },
    Sql(String),
}

/// What a data set reads and has.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shape {
    pub origin: Origin,
    pub columns: Vec<Column>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InputColumn {
    name: String,
    #[serde(rename = "Type")]
    kind: String,
    sub_type: Option<String>,
}

impl Shape {
    /// Reads `PhysicalTableMap` and `LogicalTableMap`.
    ///
    /// # Errors
    /// `InvalidParameterValueException` for references to nothing; `NotImplemented` for what an ingestion here cannot do.
    pub fn read(given: &Map<String, Value>) -> Result<Self, AwsError> {
        let empty = Map::new();
        let map = |name: &str| given.get(name).and_then(Value::as_object).unwrap_or(&empty);
        let (physical, logical) = (map("PhysicalTableMap"), map("LogicalTableMap"));
        let mut tables = physical.iter();
        let (Some((id, table)), None) = (tables.next(), tables.next()) else {
            return Err(match physical.len() {
                0 => invalid("PhysicalTableMap must have a table"),
                _ => AwsError::not_implemented("QuickSight data sets of several physical tables"),
            });
        };
        let mut shape = physical_table(id, table)?;
        match logical.len() {
            0 => {}
            1 => {
                for (name, table) in logical {
                    transform(&mut shape.columns, name, table, id)?;
                }
            }
            _ => {
                return Err(AwsError::not_implemented(
                    "QuickSight data sets of several logical tables",
                ));
            }
        }
        let mut names: Vec<_> = shape.columns.iter().map(|column| column.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(invalid(format!("The data set has more than one column {}", pair[0])));
        }
        Ok(shape)
    }
}

fn physical_table(id: &str, table: &Value) -> Result<Shape, AwsError> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (body, columns, relation) = if let Some(body) = table.get("RelationalTable") {
        let relation = Relation::Table {
            catalog: text(&body["Catalog"]).filter(|name| !name.is_empty()),
            schema: text(&body["Schema"]).filter(|name| !name.is_empty()),
            name: text(&body["Name"]).unwrap_or_default(),
        };
        (body, &body["InputColumns"], relation)
    } else if let Some(body) = table.get("CustomSql") {
        let sql = text(&body["SqlQuery"]).unwrap_or_default();
        (body, &body["Columns"], Relation::Sql(sql))
    } else {
        let kind = table.as_object().and_then(|table| table.keys().next());
        return Err(match kind {
            Some(kind) => AwsError::not_implemented(format_args!("QuickSight's physical tables of kind {kind}")),
            None => invalid(format!("Physical table {id} must be a RelationalTable or a CustomSql")),
        });
    };
    let declared = Vec::<InputColumn>::deserialize(columns).unwrap_or_default();
    if declared.is_empty() {
        return Err(invalid(format!("Physical table {id} must declare its columns")));
    }
    let columns = declared.into_iter().map(|column| {
        let kind = ColumnType::read(&column.kind);
        Column {
            source: column.name.clone(),
            name: column.name,
            kind,
            source_kind: kind,
            format: None,
            sub_type: column.sub_type,
            description: None,
        }
    });
    Ok(Shape {
        origin: Origin {
            data_source_arn: text(&body["DataSourceArn"]).unwrap_or_default(),
            relation,
        },
        columns: columns.collect(),
    })
}

fn transform(columns: &mut Vec<Column>, name: &str, table: &Value, physical: &str) -> Result<(), AwsError> {
    let source = &table["Source"];
    match source["PhysicalTableId"].as_str() {
        Some(id) if id == physical => {}
        Some(id) => {
            return Err(invalid(format!(
                "Logical table {name} reads physical table {id}, which there is none of"
            )));
        }
        None if source.get("JoinInstruction").is_some() => {
            return Err(AwsError::not_implemented("QuickSight's joins (JoinInstruction)"));
        }
        None if source.get("DataSetArn").is_some() => {
            return Err(AwsError::not_implemented(
                "QuickSight data sets that read data sets (DataSetArn)",
            ));
        }
        None => return Err(invalid(format!("Logical table {name} has no source"))),
    }
    for operation in table["DataTransforms"].as_array().into_iter().flatten() {
        let Some((kind, body)) = operation.as_object().and_then(|operation| operation.iter().next()) else {
            return Err(invalid(format!("A transform of logical table {name} is empty")));
        };
        apply(columns, kind, body)?;
    }
    Ok(())
}

fn apply(columns: &mut Vec<Column>, kind: &str, body: &Value) -> Result<(), AwsError> {
    let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
    match kind {
        "ProjectOperation" => {
            let wanted = body["ProjectedColumns"].as_array().into_iter().flatten();
            let wanted: Vec<&str> = wanted.filter_map(Value::as_str).collect();
            for name in &wanted {
                find(columns, kind, name)?;
            }
            columns.retain(|column| wanted.contains(&column.name.as_str()));
            let place = |column: &Column| wanted.iter().position(|name| *name == column.name);
            columns.sort_by_key(place);
        }
        "RenameColumnOperation" => {
            let new = text("NewColumnName");
            find(columns, kind, &text("ColumnName"))?.name = new;
        }
        "CastColumnTypeOperation" => {
            let column = find(columns, kind, &text("ColumnName"))?;
            column.kind = ColumnType::read(&text("NewColumnType"));
            column.format = body["Format"].as_str().map(str::to_owned);
            column.sub_type = body["SubType"].as_str().map(str::to_owned);
        }
        "TagColumnOperation" => {
            let column = find(columns, kind, &text("ColumnName"))?;
            for tag in body["Tags"].as_array().into_iter().flatten() {
                if let Some(description) = tag["ColumnDescription"]["Text"].as_str() {
                    column.description = Some(description.to_owned());
                }
            }
        }
        "UntagColumnOperation" => {
            let column = find(columns, kind, &text("ColumnName"))?;
            let names = body["TagNames"].as_array().into_iter().flatten();
            if names.into_iter().any(|name| name == "COLUMN_DESCRIPTION") {
                column.description = None;
            }
        }
        other => {
            return Err(AwsError::not_implemented(format_args!(
                "QuickSight's {other}: an ingestion here takes the rows as the source gives them; write it into the SQL"
            )));
        }
    }
    Ok(())
}

fn find<'a>(columns: &'a mut [Column], operation: &str, name: &str) -> Result<&'a mut Column, AwsError> {
    let found = columns.iter_mut().find(|column| column.name == name);
    found.ok_or_else(|| {
        invalid(format!(
            "{operation} names column {name}, which the data set does not have"
        ))
    })
}
