//! Databases.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::{
    DATABASES, DataLakePrincipal, Database, DatabaseInput, PARTITIONS, PrincipalPermissions, TABLES, VERSIONS,
    of_database, range,
};
use crate::local::constraints::Constraints;
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{self, constrain, lines, name, optional_name, page, page_size, parameters};
use crate::local::glue::errors::{already_exists, invalid, not_found};
use crate::local::glue::shape::{Epoch, input, output};
use crate::local::store::Reads;

/// Source: botocore `glue/2017-03-31`, `Permission`.
const PERMISSIONS: [&str; 9] = [
    "ALL",
    "SELECT",
    "ALTER",
    "DROP",
    "DELETE",
    "INSERT",
    "CREATE_DATABASE",
    "CREATE_TABLE",
    "DATA_LOCATION_ACCESS",
];

input! {
    CreateDatabase {
        catalog_id: Option<String>,
        database_input: DatabaseInput,
        tags: Option<BTreeMap<String, String>>,
    }

    DatabaseName {
        catalog_id: Option<String>,
        name: String,
    }

    GetDatabases {
        catalog_id: Option<String>,
        next_token: Option<String>,
        max_results: Option<i64>,
        resource_share_type: Option<String>,
        attributes_to_get: Option<Vec<String>>,
    }

    UpdateDatabase {
        catalog_id: Option<String>,
        name: String,
        database_input: DatabaseInput,
    }
}

output! {
    OneDatabase {
        database: Database,
    }

    Databases {
        database_list: Vec<Database>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
}

impl DatabaseInput {
    fn check(&self) -> Result<String, AwsError> {
        constrain(|constraints| {
            constraints.required("databaseInput.name", &self.name);
            optional_name(constraints, "databaseInput.name", self.name.as_deref());
            lines(
                constraints,
                "databaseInput.description",
                self.description.as_deref(),
                0,
                2048,
            );
            lines(
                constraints,
                "databaseInput.locationUri",
                self.location_uri.as_deref(),
                1,
                1024,
            );
            parameters(constraints, "databaseInput.parameters", self.parameters.as_ref());
            self.check_permissions(constraints);
        })?;
        if self.target_database.is_some() {
            return Err(AwsError::not_implemented("resource links (TargetDatabase)"));
        }
        if self.federated_database.is_some() {
            return Err(AwsError::not_implemented("federated databases (FederatedDatabase)"));
        }
        Ok(self.name.as_deref().unwrap_or_default().to_lowercase())
    }

    fn check_permissions(&self, constraints: &mut Constraints) {
        for (n, entry) in (1..).zip(self.create_table_default_permissions.iter().flatten()) {
            for permission in entry.permissions.iter().flatten() {
                let member = format!("databaseInput.createTableDefaultPermissions.{n}.member.permissions");
                constraints.one_of(member, permission, &PERMISSIONS);
            }
        }
    }

    /// Without Lake Formation settings, new tables are open to what IAM allows.
    fn permissions(&self) -> Vec<PrincipalPermissions> {
        let all = || PrincipalPermissions {
            principal: Some(DataLakePrincipal {
                data_lake_principal_identifier: Some("IAM_ALLOWED_PRINCIPALS".into()),
            }),
            permissions: Some(vec!["ALL".into()]),
        };
        self.create_table_default_permissions
            .clone()
            .unwrap_or_else(|| vec![all()])
    }
}

impl Glue {
    pub(super) fn create_database(&self, input: CreateDatabase) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        let name = input.database_input.check()?;
        constrain(|constraints| constraints::tags(constraints, "tags", input.tags.as_ref()))?;
        let database = Database {
            create_time: Some(Epoch(self.env.now())),
            tags: Some(input.tags.unwrap_or_default()),
            ..self.database(&name, input.database_input)
        };
        self.env.store.write(|tx| {
            if DATABASES.get(tx, &name)?.is_some() {
                return Err(already_exists("Database already exists."));
            }
            DATABASES.put(tx, &name, &database)?;
            Ok(json!({}))
        })
    }

    fn database(&self, name: &str, input: DatabaseInput) -> Database {
        Database {
            name: Some(name.to_owned()),
            create_table_default_permissions: Some(input.permissions()),
            description: input.description,
            location_uri: input.location_uri,
            parameters: input.parameters,
            catalog_id: Some(self.env.account().to_owned()),
            ..Database::default()
        }
    }

    pub(super) fn get_database(&self, input: &DatabaseName) -> Result<OneDatabase, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| name(constraints, "name", &input.name))?;
        let database = database(&self.env.store.read()?, &input.name)?;
        Ok(OneDatabase {
            database: shown(database),
        })
    }

    /// Sorted by name.
    pub(super) fn get_databases(&self, input: &GetDatabases) -> Result<Databases, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        let limit = page_size(input.max_results, 100)?;
        if let Some(kind) = input.resource_share_type.as_deref() {
            constrain(|constraints| constraints.one_of("resourceShareType", kind, &["FOREIGN", "ALL", "FEDERATED"]))?;
        }
        let own = !matches!(input.resource_share_type.as_deref(), Some("FOREIGN" | "FEDERATED"));
        let all = DATABASES.all(&self.env.store.read()?, "")?;
        let all = all.into_iter().filter(|_| own);
        let (page, next_token) = page(all, false, input.next_token.as_deref(), limit)?;
        let names_only = input.attributes_to_get.is_some();
        let show = |database: Database| match names_only {
            true => Database {
                name: database.name,
                ..Database::default()
            },
            false => shown(database),
        };
        Ok(Databases {
            database_list: page.into_iter().map(show).collect(),
            next_token,
        })
    }

    pub(super) fn update_database(&self, input: UpdateDatabase) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| name(constraints, "name", &input.name))?;
        let key = input.name.to_lowercase();
        if input.database_input.check()? != key {
            return Err(invalid("Renaming a database is not supported."));
        }
        self.env.store.write(|tx| {
            let old = database(tx, &key)?;
            let new = Database {
                create_time: old.create_time,
                tags: old.tags,
                ..self.database(&key, input.database_input)
            };
            DATABASES.put(tx, &key, &new)?;
            Ok(json!({}))
        })
    }

    /// With all its tables, their versions and partitions.
    pub(super) fn delete_database(&self, input: &DatabaseName) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        constrain(|constraints| name(constraints, "name", &input.name))?;
        let key = input.name.to_lowercase();
        self.env.store.write(|tx| {
            database(tx, &key)?;
            DATABASES.remove(tx, &key)?;
            let (from, before) = range(&of_database(&key));
            TABLES.remove_range(tx, &from, &before)?;
            VERSIONS.remove_range(tx, &from, &before)?;
            PARTITIONS.remove_range(tx, &from, &before)?;
            Ok(json!({}))
        })
    }
}

/// The database of this name in any case.
pub(super) fn database(tx: &impl Reads, name: &str) -> Result<Database, AwsError> {
    let key = name.to_lowercase();
    DATABASES
        .get(tx, &key)?
        .ok_or_else(|| not_found(format!("Database {key} not found.")))
}

fn shown(database: Database) -> Database {
    Database { tags: None, ..database }
}
