//! The Data Catalog: databases, tables with their versions, partitions.

mod batch;
mod databases;
mod expression;
mod model;
mod partitions;
mod tables;
mod versions;

use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{constrain, input, optional_name};
use crate::local::glue::errors::not_found;
use crate::local::json;

pub(super) use model::DATABASES;

impl Glue {
    /// Answers an operation of the catalog, or `None` if it is none.
    pub(super) fn catalog(&self, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, AwsError>> {
        self.databases_and_tables(operation, body)
            .or_else(|| self.partitions(operation, body))
    }

    fn databases_and_tables(&self, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, AwsError>> {
        let run = || match operation {
            "CreateDatabase" => json::output(&self.create_database(input(body)?)?),
            "GetDatabase" => json::output(&self.get_database(&input(body)?)?),
            "GetDatabases" => json::output(&self.get_databases(&input(body)?)?),
            "UpdateDatabase" => json::output(&self.update_database(input(body)?)?),
            "DeleteDatabase" => json::output(&self.delete_database(&input(body)?)?),
            "CreateTable" => json::output(&self.create_table(input(body)?)?),
            "GetTable" => json::output(&self.get_table(&input(body)?)?),
            "GetTables" => json::output(&self.get_tables(&input(body)?)?),
            "UpdateTable" => json::output(&self.update_table(input(body)?)?),
            "DeleteTable" => json::output(&self.delete_table(&input(body)?)?),
            "BatchDeleteTable" => json::output(&self.batch_delete_table(&input(body)?)?),
            "GetTableVersion" => json::output(&self.get_table_version(&input(body)?)?),
            "GetTableVersions" => json::output(&self.get_table_versions(&input(body)?)?),
            "DeleteTableVersion" => json::output(&self.delete_table_version(&input(body)?)?),
            "BatchDeleteTableVersion" => json::output(&self.batch_delete_table_version(&input(body)?)?),
            _ => Err(json::unknown_operation(operation)),
        };
        let mine = operation.contains("Database") || operation.contains("Table");
        mine.then(run).filter(is_known)
    }

    fn partitions(&self, operation: &str, body: &[u8]) -> Option<Result<Vec<u8>, AwsError>> {
        let run = || match operation {
            "CreatePartition" => json::output(&self.create_partition(input(body)?)?),
            "BatchCreatePartition" => json::output(&self.batch_create_partition(input(body)?)?),
            "GetPartition" => json::output(&self.get_partition(&input(body)?)?),
            "GetPartitions" => json::output(&self.get_partitions(&input(body)?)?),
            "BatchGetPartition" => json::output(&self.batch_get_partition(input(body)?)?),
            "UpdatePartition" => json::output(&self.update_partition(input(body)?)?),
            "BatchUpdatePartition" => json::output(&self.batch_update_partition(input(body)?)?),
            "DeletePartition" => json::output(&self.delete_partition(&input(body)?)?),
            "BatchDeletePartition" => json::output(&self.batch_delete_partition(input(body)?)?),
            _ => Err(json::unknown_operation(operation)),
        };
        operation.contains("Partition").then(run).filter(is_known)
    }

    /// The only catalog here is the account's own.
    fn check_catalog(&self, id: Option<&str>) -> Result<(), AwsError> {
        constrain(|constraints| optional_name(constraints, "catalogId", id))?;
        match id {
            Some(id) if id != self.env.account() => Err(not_found(format!("Catalog {id} not found."))),
            _ => Ok(()),
        }
    }
}

fn is_known(answer: &Result<Vec<u8>, AwsError>) -> bool {
    !matches!(answer, Err(error) if error.code == "UnknownOperationException")
}
