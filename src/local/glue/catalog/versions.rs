//! Versions of tables: the current one and those that updates left.

use serde_json::{Value, json};

use super::model::{ErrorDetail, Table, VERSIONS, of_table, version_key};
use super::tables::table;
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{constrain, name, optional_name, page, page_size};
use crate::local::glue::errors::{invalid, not_found};
use crate::local::glue::shape::{input, output};
use crate::local::store::Write;

input! {
    GetTableVersion {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        version_id: Option<String>,
        #[serde(rename = "AuditContext")]
        _audit_context: Option<Value>,
    }

    GetTableVersions {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        next_token: Option<String>,
        max_results: Option<i64>,
        #[serde(rename = "AuditContext")]
        _audit_context: Option<Value>,
    }

    DeleteTableVersion {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        version_id: String,
    }

    BatchDeleteTableVersion {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        version_ids: Vec<String>,
    }
}

output! {
    TableVersion {
        table: Table,
        version_id: String,
    }

    OneVersion {
        table_version: TableVersion,
    }

    Versions {
        table_versions: Vec<TableVersion>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }

    VersionErrors {
        errors: Vec<VersionError>,
    }

    VersionError {
        table_name: String,
        version_id: String,
        error_detail: ErrorDetail,
    }
}

impl From<Table> for TableVersion {
    fn from(table: Table) -> Self {
        Self {
            version_id: table.version_id.clone().unwrap_or_default(),
            table,
        }
    }
}

impl Glue {
    /// The current version where none is named.
    pub(super) fn get_table_version(&self, input: &GetTableVersion) -> Result<OneVersion, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            name(constraints, "tableName", &input.table_name);
            optional_name(constraints, "versionId", input.version_id.as_deref());
        })?;
        let tx = self.env.store.read()?;
        let current = table(&tx, &input.database_name, &input.table_name)?;
        let found = match &input.version_id {
            Some(id) if Some(id) != current.version_id.as_ref() => {
                let key = version_key(&input.database_name, &input.table_name, number(id)?);
                VERSIONS.get(&tx, &key)?.ok_or_else(|| missing(id))?
            }
            _ => current,
        };
        Ok(OneVersion {
            table_version: found.into(),
        })
    }

    /// Newest first.
    pub(super) fn get_table_versions(&self, input: &GetTableVersions) -> Result<Versions, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            name(constraints, "tableName", &input.table_name);
        })?;
        let limit = page_size(input.max_results, 100)?;
        let tx = self.env.store.read()?;
        let current = table(&tx, &input.database_name, &input.table_name)?;
        let key = version_key(&input.database_name, &input.table_name, current.version());
        let mut all = VERSIONS.all(&tx, &of_table(&input.database_name, &input.table_name))?;
        all.push((key, current));
        let (page, next_token) = page(all.into_iter().rev(), true, input.next_token.as_deref(), limit)?;
        Ok(Versions {
            table_versions: page.into_iter().map(TableVersion::from).collect(),
            next_token,
        })
    }

    pub(super) fn delete_table_version(&self, input: &DeleteTableVersion) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            name(constraints, "tableName", &input.table_name);
            name(constraints, "versionId", &input.version_id);
        })?;
        self.env.store.write(|tx| {
            let current = table(tx, &input.database_name, &input.table_name)?;
            remove(tx, &input.database_name, &current, &input.version_id)?;
            Ok(json!({}))
        })
    }

    pub(super) fn batch_delete_table_version(
        &self,
        input: &BatchDeleteTableVersion,
    ) -> Result<VersionErrors, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| {
            name(constraints, "databaseName", &input.database_name);
            name(constraints, "tableName", &input.table_name);
            constraints.count("versionIds", input.version_ids.len(), 0, 100);
        })?;
        self.env.store.write(|tx| {
            let current = table(tx, &input.database_name, &input.table_name)?;
            let mut errors = Vec::new();
            for id in &input.version_ids {
                match remove(tx, &input.database_name, &current, id) {
                    Err(error) if error.status.is_client_error() => errors.push(VersionError {
                        table_name: input.table_name.to_lowercase(),
                        version_id: id.clone(),
                        error_detail: error.into(),
                    }),
                    other => other?,
                }
            }
            Ok(VersionErrors { errors })
        })
    }
}

/// Removes an old version.
fn remove(tx: &Write, database: &str, current: &Table, id: &str) -> Result<(), AwsError> {
    if current.version_id.as_deref() == Some(id) {
        return Err(invalid("The current version of a table cannot be deleted."));
    }
    let name = current.name.as_deref().unwrap_or_default();
    match VERSIONS.remove(tx, &version_key(database, name, number(id)?))? {
        true => Ok(()),
        false => Err(missing(id)),
    }
}

/// Version ids are numbers in text.
fn number(id: &str) -> Result<u64, AwsError> {
    id.parse().map_err(|_| missing(id))
}

fn missing(id: &str) -> AwsError {
    not_found(format!("Table version {id} not found."))
}
