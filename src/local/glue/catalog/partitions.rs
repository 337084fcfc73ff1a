//! Partitions one by one.

use serde_json::{Value, json};

use super::expression::Expression;
use super::model::{PARTITIONS, Partition, PartitionInput, StorageDescriptor, Table, of_table, partition_key};
use super::tables::table;
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{constrain, lines, name, page, page_size, parameters};
use crate::local::glue::errors::{already_exists, invalid, not_found};
use crate::local::glue::shape::{Epoch, input, output};
use crate::local::store::Write;

input! {
    CreatePartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        partition_input: PartitionInput,
    }

    GetPartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        partition_values: Vec<String>,
        #[serde(rename = "AuditContext")]
        _audit_context: Option<Value>,
    }

    GetPartitions {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        expression: Option<String>,
        next_token: Option<String>,
        segment: Option<Segment>,
        max_results: Option<i64>,
        exclude_column_schema: Option<bool>,
        transaction_id: Option<String>,
        query_as_of_time: Option<Epoch>,
        #[serde(rename = "AuditContext")]
        _audit_context: Option<Value>,
    }

    Segment {
        segment_number: i64,
        total_segments: i64,
    }

    UpdatePartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        partition_value_list: Vec<String>,
        partition_input: PartitionInput,
    }

    DeletePartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        partition_values: Vec<String>,
    }
}

output! {
    OnePartition {
        partition: Partition,
    }

    Partitions {
        partitions: Vec<Partition>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
}

impl PartitionInput {
    pub(super) fn check(&self, at: &str) -> Result<(), AwsError> {
        constrain(|constraints| {
            for (n, value) in (1..).zip(self.values.iter().flatten()) {
                constraints.length(format_args!("{at}.values.{n}.member"), value, 1, 1024);
            }
            parameters(constraints, format_args!("{at}.parameters"), self.parameters.as_ref());
            if let Some(descriptor) = &self.storage_descriptor {
                descriptor.constrain(&format!("{at}.storageDescriptor"), constraints);
            }
        })?;
        let values = self.values.iter().flatten();
        check_values(values)?;
        let descriptor = self.storage_descriptor.as_ref();
        match descriptor.and_then(|descriptor| descriptor.schema_reference.as_ref()) {
            Some(_) => Err(AwsError::not_implemented("a schema registry (SchemaReference)")),
            None => Ok(()),
        }
    }

    /// The partition that this describes.
    fn partition(self, table: &Table, created: Epoch) -> Partition {
        Partition {
            values: self.values,
            database_name: table.database_name.clone(),
            table_name: table.name.clone(),
            creation_time: Some(created),
            last_access_time: self.last_access_time,
            storage_descriptor: self.storage_descriptor.map(StorageDescriptor::completed),
            parameters: self.parameters,
            last_analyzed_time: self.last_analyzed_time,
            catalog_id: table.catalog_id.clone(),
        }
    }
}

impl Segment {
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            constraints.range("segment.totalSegments", self.total_segments, 1, 10);
            let last = (self.total_segments - 1).max(0);
            constraints.range("segment.segmentNumber", self.segment_number, 0, last);
        })
    }

    /// Whether the partition of this key belongs to the segment. Every key belongs to exactly one.
    fn holds(&self, key: &str) -> bool {
        let sum: u64 = key.bytes().map(u64::from).sum();
        let total = u64::try_from(self.total_segments).unwrap_or(1).max(1);
        i64::try_from(sum % total) == Ok(self.segment_number)
    }
}

/// NUL, which no partition value needs, separates the parts of the store's keys.
fn check_values<'a>(mut values: impl Iterator<Item = &'a String>) -> Result<(), AwsError> {
    match values.any(|value| value.contains('\0')) {
        true => Err(invalid("Partition values cannot contain NUL.")),
        false => Ok(()),
    }
}

/// A partition has a value for each key of its table.
pub(super) fn check_count(table: &Table, values: &[String]) -> Result<(), AwsError> {
    if values.len() != table.keys().len() {
        return Err(invalid(
            "The number of partition keys do not match the number of partition values",
        ));
    }
    check_values(values.iter())
}

pub(super) fn check_names(database: &str, table: &str) -> Result<(), AwsError> {
    constrain(|constraints| {
        name(constraints, "databaseName", database);
        name(constraints, "tableName", table);
    })
}

impl Glue {
    pub(super) fn create_partition(&self, input: CreatePartition) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        input.partition_input.check("partitionInput")?;
        self.env.store.write(|tx| {
            let table = table(tx, &input.database_name, &input.table_name)?;
            self.insert_partition(tx, &table, input.partition_input)?;
            Ok(json!({}))
        })
    }

    pub(super) fn insert_partition(&self, tx: &Write, table: &Table, input: PartitionInput) -> Result<(), AwsError> {
        let key = key(table, input.values.as_deref().unwrap_or_default())?;
        if PARTITIONS.get(tx, &key)?.is_some() {
            return Err(already_exists("Partition already exists."));
        }
        let partition = input.partition(table, Epoch(self.env.now()));
        Ok(PARTITIONS.put(tx, &key, &partition)?)
    }

    pub(super) fn get_partition(&self, input: &GetPartition) -> Result<OnePartition, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        let tx = self.env.store.read()?;
        let table = table(&tx, &input.database_name, &input.table_name)?;
        let found = PARTITIONS.get(&tx, &key(&table, &input.partition_values)?)?;
        let partition = found.ok_or_else(|| not_found("Cannot find partition."))?;
        Ok(OnePartition { partition })
    }

    /// Those that pass the filter, in the order of their values.
    pub(super) fn get_partitions(&self, input: &GetPartitions) -> Result<Partitions, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        if input.transaction_id.is_some() || input.query_as_of_time.is_some() {
            return Err(AwsError::not_implemented(
                "governed tables (TransactionId, QueryAsOfTime)",
            ));
        }
        let limit = page_size(input.max_results, 1000)?;
        let text = input.expression.as_deref();
        constrain(|constraints| lines(constraints, "expression", text, 0, 2048))?;
        input.segment.as_ref().map(Segment::check).transpose()?;
        let tx = self.env.store.read()?;
        let table = table(&tx, &input.database_name, &input.table_name)?;
        let text = text.filter(|text| !text.trim().is_empty());
        let filter = text.map(|text| Expression::parse(text, table.keys())).transpose()?;
        let wanted = |key: &str, partition: &Partition| {
            let values = partition.values.as_deref().unwrap_or_default();
            input.segment.as_ref().is_none_or(|segment| segment.holds(key))
                && filter.as_ref().is_none_or(|filter| filter.matches(values))
        };
        let all = PARTITIONS.all(&tx, &of_table(&input.database_name, &input.table_name))?;
        let all = all.into_iter().filter(|(key, partition)| wanted(key, partition));
        let (mut partitions, next_token) = page(all, false, input.next_token.as_deref(), limit)?;
        if input.exclude_column_schema == Some(true) {
            for descriptor in partitions.iter_mut().filter_map(|p| p.storage_descriptor.as_mut()) {
                descriptor.columns = None;
            }
        }
        Ok(Partitions { partitions, next_token })
    }

    pub(super) fn update_partition(&self, input: UpdatePartition) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        input.partition_input.check("partitionInput")?;
        self.env.store.write(|tx| {
            let table = table(tx, &input.database_name, &input.table_name)?;
            replace_partition(tx, &table, &input.partition_value_list, input.partition_input)?;
            Ok(json!({}))
        })
    }

    pub(super) fn delete_partition(&self, input: &DeletePartition) -> Result<Value, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        self.env.store.write(|tx| {
            let table = table(tx, &input.database_name, &input.table_name)?;
            remove_partition(tx, &table, &input.partition_values)?;
            Ok(json!({}))
        })
    }
}

/// The store's key of the partition with these values.
pub(super) fn key(table: &Table, values: &[String]) -> Result<String, AwsError> {
    check_count(table, values)?;
    let database = table.database_name.as_deref().unwrap_or_default();
    Ok(partition_key(
        database,
        table.name.as_deref().unwrap_or_default(),
        values,
    ))
}

/// Replaces a partition; other values in `input` move it.
pub(super) fn replace_partition(
    tx: &Write,
    table: &Table,
    values: &[String],
    mut input: PartitionInput,
) -> Result<(), AwsError> {
    let old_key = key(table, values)?;
    let old = PARTITIONS
        .get(tx, &old_key)?
        .ok_or_else(|| not_found("Partition not found."))?;
    let values = input.values.get_or_insert_with(|| values.to_vec());
    let new_key = key(table, values)?;
    if new_key != old_key {
        if PARTITIONS.get(tx, &new_key)?.is_some() {
            return Err(already_exists("Partition already exists."));
        }
        PARTITIONS.remove(tx, &old_key)?;
    }
    let created = old.creation_time.unwrap_or(Epoch(jiff::Timestamp::UNIX_EPOCH));
    Ok(PARTITIONS.put(tx, &new_key, &input.partition(table, created))?)
}

pub(super) fn remove_partition(tx: &Write, table: &Table, values: &[String]) -> Result<(), AwsError> {
    match PARTITIONS.remove(tx, &key(table, values)?)? {
        true => Ok(()),
        false => Err(not_found("Partition not found.")),
    }
}
