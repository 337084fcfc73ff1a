//! What the catalog keeps, in the members of its API, and the keys under which it keeps it.

use std::collections::BTreeMap;

use crate::local::constraints::Constraints;
use crate::local::glue::constraints::{line, lines, name, optional_name, parameters};
use crate::local::glue::shape::{Epoch, shape};
use crate::local::store::Table as Stored;

/// Key: name in lower case.
pub(in crate::local::glue) const DATABASES: Stored<Database> = Stored::new("glue.databases");
/// Key: database, table. The current version of each table.
pub(super) const TABLES: Stored<Table> = Stored::new("glue.tables");
/// Key: database, table, version (10 digits). The versions that were current before.
pub(super) const VERSIONS: Stored<Table> = Stored::new("glue.table-versions");
/// Key: database, table, values of the partition keys.
pub(super) const PARTITIONS: Stored<Partition> = Stored::new("glue.partitions");

type Parameters = BTreeMap<String, String>;

shape! {
    DataLakePrincipal {
        data_lake_principal_identifier: String,
    }

    PrincipalPermissions {
        principal: DataLakePrincipal,
        permissions: Vec<String>,
    }

    DatabaseInput {
        name: String,
        description: String,
        location_uri: String,
        parameters: Parameters,
        create_table_default_permissions: Vec<PrincipalPermissions>,
        target_database: serde_json::Value,
        federated_database: serde_json::Value,
    }

    Database {
        name: String,
        description: String,
        location_uri: String,
        parameters: Parameters,
        create_time: Epoch,
        create_table_default_permissions: Vec<PrincipalPermissions>,
        catalog_id: String,
        /// Kept with it; GetTags shows them, GetDatabase does not.
        tags: BTreeMap<String, String>,
    }

    Column {
        name: String,
        #[serde(rename = "Type")]
        kind: String,
        comment: String,
        parameters: Parameters,
    }

    SerDeInfo {
        name: String,
        serialization_library: String,
        parameters: Parameters,
    }

    Order {
        column: String,
        sort_order: i64,
    }

    SkewedInfo {
        skewed_column_names: Vec<String>,
        skewed_column_values: Vec<String>,
        skewed_column_value_location_maps: BTreeMap<String, String>,
    }

    StorageDescriptor {
        columns: Vec<Column>,
        location: String,
        additional_locations: Vec<String>,
        input_format: String,
        output_format: String,
        compressed: bool,
        number_of_buckets: i64,
        serde_info: SerDeInfo,
        bucket_columns: Vec<String>,
        sort_columns: Vec<Order>,
        parameters: Parameters,
        skewed_info: SkewedInfo,
        stored_as_sub_directories: bool,
        schema_reference: serde_json::Value,
    }

    TableInput {
        name: String,
        description: String,
        owner: String,
        last_access_time: Epoch,
        last_analyzed_time: Epoch,
        retention: i64,
        storage_descriptor: StorageDescriptor,
        partition_keys: Vec<Column>,
        view_original_text: String,
        view_expanded_text: String,
        table_type: String,
        parameters: Parameters,
        target_table: serde_json::Value,
        federated_table: serde_json::Value,
        view_definition: serde_json::Value,
    }

    Table {
        name: String,
        database_name: String,
        description: String,
        owner: String,
        create_time: Epoch,
        update_time: Epoch,
        last_access_time: Epoch,
        last_analyzed_time: Epoch,
        retention: i64,
        storage_descriptor: StorageDescriptor,
        partition_keys: Vec<Column>,
        view_original_text: String,
        view_expanded_text: String,
        table_type: String,
        parameters: Parameters,
        created_by: String,
        is_registered_with_lake_formation: bool,
        catalog_id: String,
        version_id: String,
        is_multi_dialect_view: bool,
    }

    PartitionInput {
        values: Vec<String>,
        last_access_time: Epoch,
        storage_descriptor: StorageDescriptor,
        parameters: Parameters,
        last_analyzed_time: Epoch,
    }

    Partition {
        values: Vec<String>,
        database_name: String,
        table_name: String,
        creation_time: Epoch,
        last_access_time: Epoch,
        storage_descriptor: StorageDescriptor,
        parameters: Parameters,
        last_analyzed_time: Epoch,
        catalog_id: String,
    }

    ErrorDetail {
        error_code: String,
        error_message: String,
    }
}

impl From<crate::local::error::AwsError> for ErrorDetail {
    fn from(error: crate::local::error::AwsError) -> Self {
        Self {
            error_code: Some(error.code.into_owned()),
            error_message: Some(error.message),
        }
    }
}

impl Table {
    /// The number behind `VersionId`.
    pub fn version(&self) -> u64 {
        self.version_id.as_deref().and_then(|id| id.parse().ok()).unwrap_or(0)
    }

    pub fn keys(&self) -> &[Column] {
        self.partition_keys.as_deref().unwrap_or_default()
    }
}

impl StorageDescriptor {
    /// With the members that AWS adds when they are left out.
    pub fn completed(self) -> Self {
        Self {
            compressed: self.compressed.or(Some(false)),
            number_of_buckets: self.number_of_buckets.or(Some(0)),
            stored_as_sub_directories: self.stored_as_sub_directories.or(Some(false)),
            ..self
        }
    }

    pub fn constrain(&self, at: &str, constraints: &mut Constraints) {
        columns(&format!("{at}.columns"), self.columns.as_deref(), constraints);
        lines(
            constraints,
            format_args!("{at}.location"),
            self.location.as_deref(),
            0,
            2056,
        );
        let formats = [
            ("inputFormat", &self.input_format),
            ("outputFormat", &self.output_format),
        ];
        for (member, format) in formats {
            line(
                constraints,
                format_args!("{at}.{member}"),
                format.as_deref().unwrap_or_default(),
                0,
                128,
            );
        }
        if let Some(serde) = &self.serde_info {
            optional_name(constraints, format_args!("{at}.serdeInfo.name"), serde.name.as_deref());
            let library = serde.serialization_library.as_deref();
            optional_name(
                constraints,
                format_args!("{at}.serdeInfo.serializationLibrary"),
                library,
            );
            parameters(
                constraints,
                format_args!("{at}.serdeInfo.parameters"),
                serde.parameters.as_ref(),
            );
        }
        for (n, column) in (1..).zip(self.bucket_columns.iter().flatten()) {
            name(constraints, format_args!("{at}.bucketColumns.{n}.member"), column);
        }
        for (n, order) in (1..).zip(self.sort_columns.iter().flatten()) {
            constraints.required(&format!("{at}.sortColumns.{n}.member.column"), &order.column);
            let member = format!("{at}.sortColumns.{n}.member.sortOrder");
            constraints.required(&member, &order.sort_order);
            constraints.range(&member, order.sort_order.unwrap_or(0), 0, 1);
        }
        parameters(constraints, format_args!("{at}.parameters"), self.parameters.as_ref());
    }
}

/// Checks columns or partition keys.
pub(super) fn columns(at: &str, columns: Option<&[Column]>, constraints: &mut Constraints) {
    for (n, column) in (1..).zip(columns.into_iter().flatten()) {
        constraints.required(&format!("{at}.{n}.member.name"), &column.name);
        optional_name(
            constraints,
            format_args!("{at}.{n}.member.name"),
            column.name.as_deref(),
        );
        let kind = column.kind.as_deref().unwrap_or_default();
        line(constraints, format_args!("{at}.{n}.member.type"), kind, 0, 131_072);
        let comment = column.comment.as_deref().unwrap_or_default();
        line(constraints, format_args!("{at}.{n}.member.comment"), comment, 0, 255);
        parameters(
            constraints,
            format_args!("{at}.{n}.member.parameters"),
            column.parameters.as_ref(),
        );
    }
}

/// Prefix of the keys of what belongs to a database.
pub(super) fn of_database(database: &str) -> String {
    format!("{}\0", database.to_lowercase())
}

/// Names are folded to lower case, as Hive needs them.
pub(super) fn table_key(database: &str, table: &str) -> String {
    format!("{}\0{}", database.to_lowercase(), table.to_lowercase())
}

/// Prefix of the keys of what belongs to a table.
pub(super) fn of_table(database: &str, table: &str) -> String {
    format!("{}\0", table_key(database, table))
}

pub(super) fn version_key(database: &str, table: &str, version: u64) -> String {
    format!("{}{version:010}", of_table(database, table))
}

pub(super) fn partition_key(database: &str, table: &str, values: &[String]) -> String {
    format!("{}{}", of_table(database, table), values.join("\0"))
}

/// The bounds of all keys with a prefix that ends in `\0`.
pub(super) fn range(prefix: &str) -> (String, String) {
    let end = prefix.strip_suffix('\0').unwrap_or(prefix);
    (prefix.to_owned(), format!("{end}\u{1}"))
}
