//! Answers of statements, in the terms of the Data API.

use super::dialect::Type;

/// What a statement answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    pub columns: Vec<ColumnMeta>,
    pub rows: Vec<Vec<Cell>>,
    pub has_result_set: bool,
    /// The Data API's `ResultRows`: rows returned, or rows inserted, updated, deleted or loaded; 0 for definitions.
    pub affected: i64,
}

impl Answer {
    /// Of a statement that changed so many rows.
    pub(super) fn changed(rows: i64) -> Self {
        Self {
            affected: rows,
            ..Self::default()
        }
    }
}

/// A field of a row, in the kinds of the Data API's `Field`. Decimals, dates, times and SUPER are text in Redshift's form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Boolean(bool),
    Long(i64),
    Double(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// The Data API's `ColumnMetadata`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ColumnMeta {
    pub name: String,
    pub label: String,
    /// Of the table the column is taken from as it is; empty for expressions.
    pub schema_name: String,
    pub table_name: String,
    /// `int4`, `varchar`, `numeric`, ...
    pub type_name: String,
    /// Bytes; 0 in results, where AWS puts the length of text into `precision`.
    pub length: i64,
    /// Digits of a number, bytes of a text.
    pub precision: i32,
    pub scale: i32,
    /// 1 if the column may be NULL.
    pub nullable: i32,
    /// SQL of the default, in descriptions of tables.
    pub default: Option<String>,
    pub is_signed: bool,
    pub is_case_sensitive: bool,
    pub is_currency: bool,
}

impl ColumnMeta {
    pub(super) fn new(name: &str, kind: &Type) -> Self {
        let (precision, scale) = kind.precision();
        Self {
            name: name.to_owned(),
            label: name.to_owned(),
            schema_name: String::new(),
            table_name: String::new(),
            type_name: kind.short_name().to_owned(),
            length: 0,
            precision,
            scale,
            nullable: 1,
            default: None,
            is_signed: kind.is_signed(),
            is_case_sensitive: kind.is_text(),
            is_currency: false,
        }
    }
}
