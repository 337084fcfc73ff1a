//! Partitions many at a time: what fails is listed, the rest is done.

use serde_json::Value;

use super::model::{ErrorDetail, PARTITIONS, Partition, PartitionInput, Table};
use super::partitions::{check_names, key, remove_partition, replace_partition};
use super::tables::table;
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::constrain;
use crate::local::glue::shape::{input, output};

input! {
    BatchCreatePartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        partition_input_list: Vec<PartitionInput>,
    }

    ValueList {
        values: Vec<String>,
    }

    BatchGetPartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        partitions_to_get: Vec<ValueList>,
        #[serde(rename = "AuditContext")]
        _audit_context: Option<Value>,
        #[serde(rename = "QuerySessionContext")]
        _query_session_context: Option<Value>,
    }

    BatchDeletePartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        partitions_to_delete: Vec<ValueList>,
    }

    BatchUpdatePartition {
        catalog_id: Option<String>,
        database_name: String,
        table_name: String,
        entries: Vec<Entry>,
    }

    Entry {
        partition_value_list: Vec<String>,
        partition_input: PartitionInput,
    }
}

output! {
    Failures {
        errors: Vec<Failure>,
    }

    Failure {
        partition_values: Vec<String>,
        error_detail: ErrorDetail,
    }

    UpdateFailures {
        errors: Vec<UpdateFailure>,
    }

    UpdateFailure {
        partition_value_list: Vec<String>,
        error_detail: ErrorDetail,
    }

    Found {
        partitions: Vec<Partition>,
        unprocessed_keys: Vec<Value>,
    }
}

impl Glue {
    pub(super) fn batch_create_partition(&self, input: BatchCreatePartition) -> Result<Failures, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        let list = input.partition_input_list;
        constrain(|constraints| constraints.count("partitionInputList", list.len(), 0, 100))?;
        for (n, partition) in (1..).zip(&list) {
            partition.check(&format!("partitionInputList.{n}.member"))?;
        }
        self.env.store.write(|tx| {
            let table = table(tx, &input.database_name, &input.table_name)?;
            let each = list.into_iter().map(|partition| {
                let values = partition.values.clone().unwrap_or_default();
                (values, self.insert_partition(tx, &table, partition))
            });
            let errors = failures(each)?.into_iter().map(Failure::from).collect();
            Ok(Failures { errors })
        })
    }

    /// Those that exist; the others are left out.
    pub(super) fn batch_get_partition(&self, input: BatchGetPartition) -> Result<Found, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        let wanted = input.partitions_to_get;
        constrain(|constraints| constraints.count("partitionsToGet", wanted.len(), 0, 1000))?;
        let tx = self.env.store.read()?;
        let table = table(&tx, &input.database_name, &input.table_name)?;
        let mut partitions = Vec::new();
        for ValueList { values } in wanted {
            partitions.extend(PARTITIONS.get(&tx, &key(&table, &values)?)?);
        }
        Ok(Found {
            partitions,
            unprocessed_keys: Vec::new(),
        })
    }

    pub(super) fn batch_delete_partition(&self, input: BatchDeletePartition) -> Result<Failures, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        let list = input.partitions_to_delete;
        constrain(|constraints| constraints.count("partitionsToDelete", list.len(), 0, 25))?;
        self.env.store.write(|tx| {
            let table = table(tx, &input.database_name, &input.table_name)?;
            let each = list.into_iter().map(|ValueList { values }| {
                let removed = remove_partition(tx, &table, &values);
                (values, removed)
            });
            let errors = failures(each)?.into_iter().map(Failure::from).collect();
            Ok(Failures { errors })
        })
    }

    pub(super) fn batch_update_partition(&self, input: BatchUpdatePartition) -> Result<UpdateFailures, AwsError> {
        self.check_catalog(input.catalog_id.as_deref())?;
        check_names(&input.database_name, &input.table_name)?;
        constrain(|constraints| constraints.count("entries", input.entries.len(), 1, 100))?;
        for (n, entry) in (1..).zip(&input.entries) {
            entry
                .partition_input
                .check(&format!("entries.{n}.member.partitionInput"))?;
        }
        self.env.store.write(|tx| {
            let table: Table = table(tx, &input.database_name, &input.table_name)?;
            let each = input.entries.into_iter().map(|entry| {
                let values = entry.partition_value_list;
                let replaced = replace_partition(tx, &table, &values, entry.partition_input);
                (values, replaced)
            });
            let errors = failures(each)?.into_iter().map(UpdateFailure::from).collect();
            Ok(UpdateFailures { errors })
        })
    }
}

/// What the caller can mend is listed; a fault of this machine ends the whole.
fn failures(
    each: impl Iterator<Item = (Vec<String>, Result<(), AwsError>)>,
) -> Result<Vec<(Vec<String>, ErrorDetail)>, AwsError> {
    let mut failed = Vec::new();
    for (values, done) in each {
        match done {
            Err(error) if error.status.is_client_error() => failed.push((values, error.into())),
            other => other?,
        }
    }
    Ok(failed)
}

impl From<(Vec<String>, ErrorDetail)> for Failure {
    fn from((partition_values, error_detail): (Vec<String>, ErrorDetail)) -> Self {
        Self {
            partition_values,
            error_detail,
        }
    }
}

impl From<(Vec<String>, ErrorDetail)> for UpdateFailure {
    fn from((partition_value_list, error_detail): (Vec<String>, ErrorDetail)) -> Self {
        Self {
            partition_value_list,
            error_detail,
        }
    }
}
