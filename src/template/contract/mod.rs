//! `source.json`: the record contract, the one place where the record's types are decided.

mod bounds;
mod column;
mod read;

use std::path::PathBuf;

pub(super) use read::read;

/// When the ingest that sent a row started: the last column but one of everything made of the record.
pub const INGESTED_AT: &str = "ingested_at";
/// Number of the row in its ingest, from 1: the last column.
pub const INGEST_ROW: &str = "ingest_row";

/// What every record of the pipeline looks like.
#[derive(Clone, Debug, PartialEq)]
pub struct Contract {
    /// Name of the record (`employees`).
    pub name: String,
    /// Where the contract was read from, relative to the project.
    pub file: PathBuf,
    /// In the order they are written to the warehouse.
    pub columns: Vec<Column>,
    /// Names of the columns that identify a record; the newest record of a key wins.
    pub key: Vec<String>,
    /// Name of the column whose value is the Kinesis partition key.
    pub partition_key: String,
    /// CSV field delimiter, one byte.
    pub delimiter: u8,
}

/// One column of the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name in JSON, Glue and the warehouse.
    pub name: String,
    /// Header in the CSV; the name where none is given.
    pub header: String,
    pub kind: ColumnType,
    pub nullable: bool,
    /// Inclusive bounds, written as a value of the column's type.
    pub min: Option<String>,
    pub max: Option<String>,
    /// Allowed values; empty means any.
    pub values: Vec<String>,
    /// Regular expression the whole text must match.
    pub pattern: Option<String>,
}

/// Types of columns, with the type each becomes elsewhere: JSON / Glue (Hive) / Redshift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// string / string / VARCHAR(max_bytes). Redshift's VARCHAR counts UTF-8 bytes, so does this.
    Text { max_bytes: u32 },
    /// number / smallint / SMALLINT
    SmallInt,
    /// number / int / INTEGER
    Integer,
    /// number / bigint / BIGINT
    BigInt,
    /// number / decimal(p,s) / DECIMAL(p,s)
    Decimal { precision: u8, scale: u8 },
    /// number / double / DOUBLE PRECISION
    Double,
    /// true or false / boolean / BOOLEAN
    Boolean,
    /// "YYYY-MM-DD" / date / DATE
    Date,
    /// "YYYY-MM-DDTHH:MM:SS[.fff]Z" / timestamp / TIMESTAMP
    Timestamp,
    /// array of strings / array<string> / SUPER; in CSV the items are separated by `separator`.
    TextList { separator: char, max_bytes: u32 },
}
