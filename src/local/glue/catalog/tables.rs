//! Tables. An update makes a new version and, unless told otherwise, keeps the old one.

use serde_json::{Value, json};

use super::databases::database;
use super::model::{
    self, ErrorDetail, PARTITIONS, TABLES, Table, TableInput, VERSIONS, of_database, of_table, range, table_key,
    version_key,
};
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{constrain, line, lines, name, optional_name, page, page_size, parameters};
use crate::local::glue::errors::{already_exists, invalid, not_found};
use crate::local::glue::shape::{Epoch, input, output};
use crate::local::store::{Reads, Write};

input! {
    CreateTable {
        catalog_id: Option<String>,
        database_name: String,
        name: Option<String>,
        table_input: Option<TableInput>,
        partition_indexes: Option<Vec<Value>>,
        transaction_id: Option<String>,
        open_table_format_input: Option<Value>,
    }

    GetTable {
        catalog_id: Option<String>,
        database_name: String,
        name: String,
        transaction_id: Option<String>,
        query_as_of_time: Option<Epoch>,
        #[serde(rename = "AuditContext")]
        _audit_context: Option<Value>,
        #[serde(rename = "IncludeStatusDetails")]
        _include_status_details: Option<bool>,
        attributes_to_get: Option<Vec<String>>,
    }

    GetTables {
        catalog_id: Option<String>,
        database_name: String,
        expression: Option<String>,
        next_token: Option<String>,
        max_results: Option<i64>,
        transaction_id: Option<String>,
        query_as_of_time: Option<Epoch>,
        #[serde(rename = "AuditContext")]
        _audit_context: Option<Value>,
        #[serde(rename = "ResourceShareType")]
        _resource_share_type: Option<String>,
        #[serde(rename = "IncludeStatusDetails")]
        _include_status_details: Option<bool>,
        attributes_to_get: Option<Vec<String>>,
    }

    UpdateTable {
        catalog_id: Option<String>,
        database_name: String,
        name: Option<String>,
        table_input: Option<TableInput>,
        skip_archive: Option<bool>,
        transaction_id: Option<String>,
        version_id: Option<String>,
        view_update_action: Option<String>,
        #[serde(rename = "Force")]
        _force: Option<bool>,
        update_open_table_format_input: Option<Value>,
    }

    DeleteTable {
        catalog_id: Option<String>,
        database_name: String,
        name: String,
        transaction_id: Option<String>,
    }

    BatchDeleteTable {
        catalog_id: Option<String>,
        database_name: String,
        tables_to_delete: Vec<String>,
        transaction_id: Option<String>,
    }
}

output! {
    OneTable {
        table: Table,
    }

    Tables {
        table_list: Vec<Table>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }

    TableErrors {
        errors: Vec<TableError>,
    }

    TableError {
        table_name: String,
        error_detail: ErrorDetail,
    }
}

impl TableInput {
    /// The name in lower case, if everything is as the model wants it.
    fn check(&self) -> Result<String, AwsError> {
        constrain(|constraints| {
            constraints.required("tableInput.name", &self.name);
            optional_name(constraints, "tableInput.name", self.name.as_deref());
            lines(
                constraints,
                "tableInput.description",
                self.description.as_deref(),
                0,
                2048,
            );
            optional_name(constraints, "tableInput.owner", self.owner.as_deref());
            constraints.range(
                "tableInput.retention",
                self.retention.unwrap_or(0),
                0,
                i64::from(i32::MAX),
            );
            let kind = self.table_type.as_deref().unwrap_or_default();
            line(constraints, "tableInput.tableType", kind, 0, 255);
            parameters(constraints, "tableInput.parameters", self.parameters.as_ref());
            model::columns("tableInput.partitionKeys", self.partition_keys.as_deref(), constraints);
            if let Some(descriptor) = &self.storage_descriptor {
                descriptor.constrain("tableInput.storageDescriptor", constraints);
            }
        })?;
        let lacking = [
            (self.target_table.is_some(), "resource links (TargetTable)"),
            (self.federated_table.is_some(), "federated tables (FederatedTable)"),
            (
                self.view_definition.is_some(),
                "views of several engines (ViewDefinition)",
            ),
        ];
        if let Some((_, what)) = lacking.into_iter().find(|(given, _)| *given) {
            return Err(AwsError::not_implemented(what));
        }
        self.check_schema_reference()?;
        Ok(self.name.as_deref().unwrap_or_default().to_lowercase())
    }

    fn check_schema_reference(&self) -> Result<(), AwsError> {
        let descriptor = self.storage_descriptor.as_ref();
        match descriptor.and_then(|descriptor| descriptor.schema_reference.as_ref()) {
            Some(_) => Err(AwsError::not_implemented("a schema registry (SchemaReference)")),
            None => Ok(()),
        }
    }
}

/// Refuses what needs transactions or an open table format.
fn refuse(transaction: Option<&String>, as_of: Option<&Epoch>, open: Option<&Value>) -> Result<(), AwsError> {
    if transaction.is_some() || as_of.is_some() {
        return Err(AwsError::not_implemented(
            "governed tables (TransactionId, QueryAsOfTime)",
        ));
    }
    match open {
        Some(_) => Err(AwsError::not_implemented("open table formats (Iceberg)")),
        None => Ok(()),
    }
}

impl Glue {
    pub(super) fn create_table(&self, input: CreateTable) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| name(constraints, "databaseName", &input.database_name))?;
        refuse(
            input.transaction_id.as_ref(),
            None,
            input.open_table_format_input.as_ref(),
        )?;
        if input.partition_indexes.is_some_and(|indexes| !indexes.is_empty()) {
            return Err(AwsError::not_implemented("partition indexes (PartitionIndexes)"));
        }
        let given = table_input(input.table_input, input.name)?;
        let name = given.check()?;
        let key = table_key(&input.database_name, &name);
        let now = self.env.now();
        let new = Table {
            create_time: Some(Epoch(now)),
            version_id: Some("0".into()),
            ..self.table(&input.database_name, &name, given)
        };
        self.env.store.write(|tx| {
            database(tx, &input.database_name)?;
            if TABLES.get(tx, &key)?.is_some() {
                return Err(already_exists("Table already exists."));
            }
            TABLES.put(tx, &key, &new)?;
            Ok(json!({}))
        })
    }

    /// A version of a table, without what the store knows of it.
    fn table(&self, database: &str, name: &str, input: TableInput) -> Table {
        Table {
            name: Some(name.to_owned()),
            database_name: Some(database.to_lowercase()),
            description: input.description,
            owner: input.owner,
            update_time: Some(Epoch(self.env.now())),
            last_access_time: input.last_access_time,
            last_analyzed_time: input.last_analyzed_time,
            retention: input.retention.or(Some(0)),
            storage_descriptor: input.storage_descriptor.map(model::StorageDescriptor::completed),
            partition_keys: input.partition_keys.or(Some(Vec::new())),
            view_original_text: input.view_original_text,
            view_expanded_text: input.view_expanded_text,
            table_type: input.table_type,
            parameters: input.parameters,
            created_by: Some(format!("arn:aws:iam::{}:root", self.env.account())),
            is_registered_with_lake_formation: Some(false),
            catalog_id: Some(self.env.account().to_owned()),
            is_multi_dialect_view: Some(false),
            ..Table::default()
        }
    }

    pub(super) fn get_table(&self, input: &GetTable) -> Result<OneTable, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            name(constraints, "name", &input.name);
        })?;
        refuse(input.transaction_id.as_ref(), input.query_as_of_time.as_ref(), None)?;
        let table = table(&self.env.store.read()?, &input.database_name, &input.name)?;
        Ok(OneTable {
            table: narrowed(table, input.attributes_to_get.as_deref()),
        })
    }

    /// Sorted by name. The expression is a regular expression that whole names must match.
    pub(super) fn get_tables(&self, input: &GetTables) -> Result<Tables, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            line(
                constraints,
                "expression",
                input.expression.as_deref().unwrap_or_default(),
                0,
                2048,
            );
        })?;
        refuse(input.transaction_id.as_ref(), input.query_as_of_time.as_ref(), None)?;
        let limit = page_size(input.max_results, 100)?;
        let pattern = input.expression.as_deref().filter(|pattern| !pattern.is_empty());
        let pattern = pattern.map(name_pattern).transpose()?;
        let wanted = |table: &Table| match (&pattern, &table.name) {
            (Some(pattern), Some(name)) => pattern.is_match(name).unwrap_or(false),
            _ => true,
        };
        let tx = self.env.store.read()?;
        database(&tx, &input.database_name)?;
        let all = TABLES.all(&tx, &of_database(&input.database_name))?;
        let all = all.into_iter().filter(|(_, table)| wanted(table));
        let (page, next_token) = page(all, false, input.next_token.as_deref(), limit)?;
        let attributes = input.attributes_to_get.as_deref();
        Ok(Tables {
            table_list: page.into_iter().map(|table| narrowed(table, attributes)).collect(),
            next_token,
        })
    }

    pub(super) fn update_table(&self, input: UpdateTable) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| name(constraints, "databaseName", &input.database_name))?;
        refuse(
            input.transaction_id.as_ref(),
            None,
            input.update_open_table_format_input.as_ref(),
        )?;
        if input.view_update_action.is_some() {
            return Err(AwsError::not_implemented("views of several engines (ViewUpdateAction)"));
        }
        let given = table_input(input.table_input, input.name)?;
        let name = given.check()?;
        self.env.store.write(|tx| {
            let old = table(tx, &input.database_name, &name)?;
            if input.version_id.is_some_and(|id| Some(id) != old.version_id) {
                return Err(AwsError::bad_request(
                    "ConcurrentModificationException",
                    "Update table failed due to concurrent modifications.",
                ));
            }
            let new = Table {
                create_time: old.create_time,
                created_by: old.created_by.clone(),
                version_id: Some((old.version() + 1).to_string()),
                ..self.table(&input.database_name, &name, given)
            };
            if input.skip_archive != Some(true) {
                VERSIONS.put(tx, &version_key(&input.database_name, &name, old.version()), &old)?;
            }
            TABLES.put(tx, &table_key(&input.database_name, &name), &new)?;
            Ok(json!({}))
        })
    }

    pub(super) fn delete_table(&self, input: &DeleteTable) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            name(constraints, "name", &input.name);
        })?;
        refuse(input.transaction_id.as_ref(), None, None)?;
        self.env.store.write(|tx| {
            database(tx, &input.database_name)?;
            remove(tx, &input.database_name, &input.name)?;
            Ok(json!({}))
        })
    }

    pub(super) fn batch_delete_table(&self, input: &BatchDeleteTable) -> Result<TableErrors, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            constraints.count("tablesToDelete", input.tables_to_delete.len(), 0, 100);
        })?;
        refuse(input.transaction_id.as_ref(), None, None)?;
        self.env.store.write(|tx| {
            database(tx, &input.database_name)?;
            let mut errors = Vec::new();
            for table_name in &input.tables_to_delete {
                match remove(tx, &input.database_name, table_name) {
                    Err(error) if error.status.is_client_error() => errors.push(TableError {
                        table_name: table_name.clone(),
                        error_detail: error.into(),
                    }),
                    other => other?,
                }
            }
            Ok(TableErrors { errors })
        })
    }
}

/// The input of a creation or update, in which `Name` beside it may only repeat the name.
fn table_input(input: Option<TableInput>, name: Option<String>) -> Result<TableInput, AwsError> {
    let mut input = input.ok_or_else(|| invalid("TableInput must be given."))?;
    match (&input.name, name) {
        (Some(own), Some(name)) if !own.eq_ignore_ascii_case(&name) => {
            Err(AwsError::not_implemented("renaming a table"))
        }
        (None, name) => {
            input.name = name;
            Ok(input)
        }
        _ => Ok(input),
    }
}

fn name_pattern(pattern: &str) -> Result<fancy_regex::Regex, AwsError> {
    fancy_regex::Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|_| invalid(format!("{pattern} is not a valid regular expression.")))
}

/// The table of this name in any case. Which of database and table is missing is told apart.
pub(super) fn table(tx: &impl Reads, database_name: &str, name: &str) -> Result<Table, AwsError> {
    database(tx, database_name)?;
    TABLES
        .get(tx, &table_key(database_name, name))?
        .ok_or_else(|| not_found(format!("Table {} not found.", name.to_lowercase())))
}

/// Removes a table with its versions and partitions.
fn remove(tx: &Write, database: &str, name: &str) -> Result<(), AwsError> {
    if !TABLES.remove(tx, &table_key(database, name))? {
        return Err(not_found(format!("Table {} not found.", name.to_lowercase())));
    }
    let (from, before) = range(&of_table(database, name));
    VERSIONS.remove_range(tx, &from, &before)?;
    PARTITIONS.remove_range(tx, &from, &before)?;
    Ok(())
}

/// Only the attributes asked for.
fn narrowed(table: Table, attributes: Option<&[String]>) -> Table {
    let Some(attributes) = attributes else { return table };
    let has = |attribute: &str| attributes.iter().any(|wanted| wanted == attribute);
    if attributes.is_empty() || has("DEFAULT") {
        return table;
    }
    Table {
        name: table.name,
        table_type: table.table_type.filter(|_| has("TABLE_TYPE")),
        ..Table::default()
    }
}
