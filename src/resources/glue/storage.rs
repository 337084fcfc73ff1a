//! `StorageDescriptor` of a table: where its data lies and how it is read.

use aws_sdk_glue::types as glue;
use serde::{Deserialize, Serialize};

use super::{Texts, non_empty, or_empty, read_texts, sent_texts};
use crate::resources::error::Error;
use crate::resources::handler::Scope;

/// Schemas kept in a registry (`SchemaReference`) are not supported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct StorageDescriptor {
    columns: Vec<Column>,
    location: Option<String>,
    input_format: Option<String>,
    output_format: Option<String>,
    compressed: Option<bool>,
    number_of_buckets: Option<i32>,
    serde_info: SerdeInfo,
    bucket_columns: Vec<String>,
    sort_columns: Vec<Order>,
    pub parameters: Texts,
    skewed_info: SkewedInfo,
    stored_as_sub_directories: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Column {
    name: Option<String>,
    r#type: Option<String>,
    /// Empty where there is none.
    comment: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct SerdeInfo {
    name: Option<String>,
    parameters: Texts,
    serialization_library: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Order {
    column: Option<String>,
    /// 1 ascending, 0 descending.
    sort_order: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct SkewedInfo {
    skewed_column_names: Vec<String>,
    skewed_column_values: Vec<String>,
    skewed_column_value_location_maps: Texts,
}

impl Column {
    pub(super) fn fill_defaults(&mut self) {
        or_empty(&mut self.comment);
    }

    pub(super) fn read(column: glue::Column) -> Self {
        Self {
            name: Some(column.name),
            r#type: column.r#type,
            comment: column.comment,
        }
    }

    pub(super) fn sent(&self, scope: &Scope) -> Result<glue::Column, Error> {
        let column = glue::Column::builder()
            .set_name(self.name.clone())
            .set_type(self.r#type.clone())
            .set_comment(non_empty(&self.comment));
        scope.built(column.build())
    }
}

impl StorageDescriptor {
    /// What the service answers for a table that was made without these.
    pub(super) fn fill_defaults(&mut self) {
        self.columns.iter_mut().for_each(Column::fill_defaults);
        let texts = [&mut self.location, &mut self.input_format, &mut self.output_format];
        texts.into_iter().for_each(or_empty);
        or_empty(&mut self.serde_info.name);
        or_empty(&mut self.serde_info.serialization_library);
        self.compressed.get_or_insert_default();
        self.number_of_buckets.get_or_insert_default();
        self.stored_as_sub_directories.get_or_insert_default();
    }

    pub(super) fn read(storage: glue::StorageDescriptor) -> Self {
        let (serde_info, skewed) = (storage.serde_info, storage.skewed_info);
        let sorted = storage.sort_columns.into_iter().flatten();
        Self {
            columns: storage.columns.into_iter().flatten().map(Column::read).collect(),
            location: storage.location,
            input_format: storage.input_format,
            output_format: storage.output_format,
            compressed: Some(storage.compressed),
            number_of_buckets: Some(storage.number_of_buckets),
            serde_info: serde_info.map(SerdeInfo::read).unwrap_or_default(),
            bucket_columns: storage.bucket_columns.unwrap_or_default(),
            sort_columns: sorted.map(Order::read).collect(),
            parameters: read_texts(storage.parameters),
            skewed_info: skewed.map(SkewedInfo::read).unwrap_or_default(),
            stored_as_sub_directories: Some(storage.stored_as_sub_directories),
        }
    }

    pub(super) fn sent(&self, scope: &Scope) -> Result<glue::StorageDescriptor, Error> {
        let columns: Result<Vec<_>, _> = self.columns.iter().map(|column| column.sent(scope)).collect();
        let sorted: Result<Vec<_>, _> = self.sort_columns.iter().map(|order| order.sent(scope)).collect();
        let storage = glue::StorageDescriptor::builder()
            .set_columns(Some(columns?))
            .set_location(non_empty(&self.location))
            .set_input_format(non_empty(&self.input_format))
            .set_output_format(non_empty(&self.output_format))
            .set_compressed(self.compressed)
            .set_number_of_buckets(self.number_of_buckets)
            .serde_info(self.serde_info.sent())
            .set_bucket_columns(some(&self.bucket_columns))
            .set_sort_columns(Some(sorted?).filter(|sorted| !sorted.is_empty()))
            .set_parameters(sent_texts(&self.parameters))
            .set_skewed_info((self.skewed_info != SkewedInfo::default()).then(|| self.skewed_info.sent()))
            .set_stored_as_sub_directories(self.stored_as_sub_directories);
        Ok(storage.build())
    }
}

impl SerdeInfo {
    fn read(serde: glue::SerDeInfo) -> Self {
        Self {
            name: serde.name,
            parameters: read_texts(serde.parameters),
            serialization_library: serde.serialization_library,
        }
    }

    fn sent(&self) -> glue::SerDeInfo {
        glue::SerDeInfo::builder()
            .set_name(non_empty(&self.name))
            .set_serialization_library(non_empty(&self.serialization_library))
            .set_parameters(sent_texts(&self.parameters))
            .build()
    }
}

impl Order {
    fn read(order: glue::Order) -> Self {
        Self {
            column: Some(order.column),
            sort_order: Some(order.sort_order),
        }
    }

    fn sent(&self, scope: &Scope) -> Result<glue::Order, Error> {
        let order = glue::Order::builder()
            .set_column(self.column.clone())
            .set_sort_order(self.sort_order);
        scope.built(order.build())
    }
}

impl SkewedInfo {
    fn read(skewed: glue::SkewedInfo) -> Self {
        Self {
            skewed_column_names: skewed.skewed_column_names.unwrap_or_default(),
            skewed_column_values: skewed.skewed_column_values.unwrap_or_default(),
            skewed_column_value_location_maps: read_texts(skewed.skewed_column_value_location_maps),
        }
    }

    fn sent(&self) -> glue::SkewedInfo {
        glue::SkewedInfo::builder()
            .set_skewed_column_names(some(&self.skewed_column_names))
            .set_skewed_column_values(some(&self.skewed_column_values))
            .set_skewed_column_value_location_maps(sent_texts(&self.skewed_column_value_location_maps))
            .build()
    }
}

fn some(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}
