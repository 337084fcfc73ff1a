//! `AWS::Glue::Table`: external tables and views of the Data Catalog.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-table.html>

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_glue::types as glue;
use serde::{Deserialize, Serialize};

use super::database;
use super::storage::{Column, StorageDescriptor};
use super::{Texts, non_empty, or_empty, read_texts, sent_texts};
use crate::aws::{self, failure};
use crate::engine::Cx;
use crate::resources::error::Error;
use crate::resources::handler::{AVAILABLE, Handler, Observed, Scope, found, system_time};

/// Open table formats (`OpenTableFormatInput`: Iceberg) are not supported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    catalog_id: Option<String>,
    database_name: Option<String>,
    name: Option<String>,
    table_input: TableInput,
}

/// Links to tables elsewhere (`TargetTable`) and views of several engines (`ViewDefinition`) are not supported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct TableInput {
    name: Option<String>,
    /// Empty where there is none, as the other texts.
    description: Option<String>,
    owner: Option<String>,
    retention: Option<i32>,
    storage_descriptor: StorageDescriptor,
    partition_keys: Vec<Column>,
    view_original_text: Option<String>,
    view_expanded_text: Option<String>,
    table_type: Option<String>,
    parameters: Texts,
}

/// Table parameters in which crawlers, Athena and Hive keep their own records
/// (<https://docs.aws.amazon.com/glue/latest/dg/table-properties-crawler.html>, Hive's StatsSetupConst). Somebody else
/// writes them, so they are a difference only where the configs set them.
const RECORDS: [&str; 15] = [
    "COLUMN_STATS_ACCURATE",
    "CrawlerSchemaDeserializerVersion",
    "CrawlerSchemaSerializerVersion",
    "UPDATED_BY_CRAWLER",
    "averageRecordSize",
    "last_modified_by",
    "last_modified_time",
    "numFiles",
    "numRows",
    "objectCount",
    "rawDataSize",
    "recordCount",
    "sizeKey",
    "totalSize",
    "transient_lastDdlTime",
];

impl Properties {
    fn name(&self) -> Option<&String> {
        self.name.as_ref().or(self.table_input.name.as_ref())
    }

    /// Database and table.
    fn names(&self, scope: &Scope) -> Result<(&String, &String), Error> {
        let name = self.name().ok_or_else(|| Error::Missing {
            id: scope.id.clone(),
            property: "TableInput.Name",
        })?;
        Ok((scope.required("DatabaseName", &self.database_name)?, name))
    }
}

/// A table carries no tags: it is whose its database is.
pub(in crate::resources) struct Table;

#[async_trait]
impl Handler for Table {
    type Properties = Properties;

    fn closed_paths(&self) -> &'static [&'static str] {
        &[
            "/TableInput/Parameters",
            "/TableInput/StorageDescriptor/Parameters",
            "/TableInput/StorageDescriptor/SerdeInfo/Parameters",
        ]
    }

    /// The name stands in either of two places.
    fn normalise(&self, _: &Scope, table: &mut Properties) -> Result<(), Error> {
        let name = table.name().cloned();
        table.name = name.clone();
        let input = &mut table.table_input;
        input.name = name;
        let texts = [
            &mut input.description,
            &mut input.owner,
            &mut input.view_original_text,
            &mut input.view_expanded_text,
            &mut input.table_type,
        ];
        texts.into_iter().for_each(or_empty);
        input.retention.get_or_insert_default();
        input.storage_descriptor.fill_defaults();
        input.partition_keys.iter_mut().for_each(Column::fill_defaults);
        Ok(())
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let (Some(database), Some(name)) = (&wanted.database_name, wanted.name()) else {
            return Ok(None);
        };
        let Some(table) = find(scope, wanted, database, name).await? else {
            return Ok(None);
        };
        let owner = database::owner_of(scope, wanted.catalog_id.as_deref(), database).await?;
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: AVAILABLE.into(),
            owner,
            attributes: BTreeMap::new(),
            created_at: table.create_time.as_ref().and_then(system_time),
            properties: live_properties(table, wanted),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let (database, name) = wanted.names(scope)?;
        let request = scope
            .clients
            .glue
            .create_table()
            .set_catalog_id(wanted.catalog_id.clone())
            .database_name(database)
            .table_input(input(scope, wanted)?);
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("glue", "CreateTable", name, e))
            })
            .await?;
        Ok(())
    }

    /// UpdateTable writes the whole definition.
    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let (database, name) = wanted.names(scope)?;
        if find(scope, wanted, database, name).await?.is_none() {
            return self.create(scope, wanted, cx).await;
        }
        let request = scope
            .clients
            .glue
            .update_table()
            .set_catalog_id(wanted.catalog_id.clone())
            .database_name(database)
            .table_input(input(scope, wanted)?);
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("glue", "UpdateTable", name, e))
            })
            .await?;
        Ok(())
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let (database, name) = live.names(scope)?;
        let request = scope
            .clients
            .glue
            .delete_table()
            .set_catalog_id(live.catalog_id.clone())
            .database_name(database)
            .name(name);
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                found(answer.map_err(|e| failure("glue", "DeleteTable", name, e)))
            })
            .await?;
        Ok(())
    }
}

/// A database that is not there has no tables.
async fn find(
    scope: &Scope,
    wanted: &Properties,
    database: &str,
    name: &str,
) -> Result<Option<glue::Table>, aws::Error> {
    let request = scope.clients.glue.get_table().database_name(database).name(name);
    let answer = request.set_catalog_id(wanted.catalog_id.clone()).send().await;
    let answer = found(answer.map_err(|e| failure("glue", "GetTable", name, e)))?;
    Ok(answer.and_then(|answer| answer.table))
}

fn live_properties(table: glue::Table, wanted: &Properties) -> Properties {
    let mut storage_descriptor = table
        .storage_descriptor
        .map(StorageDescriptor::read)
        .unwrap_or_default();
    let configured = &wanted.table_input.storage_descriptor.parameters;
    without_records(&mut storage_descriptor.parameters, configured);
    let mut parameters = read_texts(table.parameters);
    without_records(&mut parameters, &wanted.table_input.parameters);
    let keys = table.partition_keys.into_iter().flatten();
    Properties {
        catalog_id: table.catalog_id.or_else(|| wanted.catalog_id.clone()),
        database_name: table.database_name.or_else(|| wanted.database_name.clone()),
        name: None,
        table_input: TableInput {
            name: Some(table.name),
            description: table.description,
            owner: table.owner,
            retention: Some(table.retention),
            storage_descriptor,
            partition_keys: keys.map(Column::read).collect(),
            view_original_text: table.view_original_text,
            view_expanded_text: table.view_expanded_text,
            table_type: table.table_type,
            parameters,
        },
    }
}

fn without_records(live: &mut Texts, configured: &Texts) {
    live.retain(|key, _| configured.contains_key(key) || !RECORDS.contains(&key.as_str()));
}

fn input(scope: &Scope, wanted: &Properties) -> Result<glue::TableInput, Error> {
    let input = &wanted.table_input;
    let keys: Result<Vec<_>, _> = input.partition_keys.iter().map(|key| key.sent(scope)).collect();
    let built = glue::TableInput::builder()
        .set_name(wanted.name().cloned())
        .set_description(non_empty(&input.description))
        .set_owner(non_empty(&input.owner))
        .set_retention(input.retention)
        .storage_descriptor(input.storage_descriptor.sent(scope)?)
        .set_partition_keys(Some(keys?))
        .set_view_original_text(non_empty(&input.view_original_text))
        .set_view_expanded_text(non_empty(&input.view_expanded_text))
        .set_table_type(non_empty(&input.table_type))
        .set_parameters(sent_texts(&input.parameters));
    scope.built(built.build())
}
