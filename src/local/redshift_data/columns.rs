//! `ColumnMetadata`.

use serde_json::{Value, json};

use super::ports::ColumnMeta;

pub(super) fn metadata(column: &ColumnMeta) -> Value {
    let mut metadata = json!({
        "isCaseSensitive": column.is_case_sensitive,
        "isCurrency": column.is_currency,
        "isSigned": column.is_signed,
        "label": column.label,
        "length": column.length,
        "name": column.name,
        "nullable": column.nullable,
        "precision": column.precision,
        "scale": column.scale,
        "schemaName": column.schema_name,
        "tableName": column.table_name,
        "typeName": column.type_name,
    });
    if let Some(default) = &column.default {
        metadata["columnDefault"] = json!(default);
    }
    metadata
}
