//! The rules a row can break.

use serde::Serialize;

/// A rule of the record contract, or of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The value is missing and the column is not nullable (key and partition key columns never are).
    Null,
    /// The text is not a value of the column's type.
    Type,
    Min,
    Max,
    /// Not one of the allowed values.
    Values,
    Pattern,
    /// More UTF-8 bytes than the column holds.
    MaxBytes,
    /// More digits before or after the decimal point than the column holds.
    Precision,
    /// Text with a NUL character, which Redshift's VARCHAR cannot hold.
    NulCharacter,
    /// More than the 256 characters Kinesis allows in a partition key.
    PartitionKeyLength,
    /// The row is not valid UTF-8.
    Utf8,
    /// The row has more or fewer fields than the header.
    FieldCount,
    /// The line is not a JSON object.
    Json,
    /// The row is larger than a record of the stream can be.
    RecordBytes,
}

impl Rule {
    pub fn name(self) -> &'static str {
        match self {
            Rule::Null => "null",
            Rule::Type => "type",
            Rule::Min => "min",
            Rule::Max => "max",
            Rule::Values => "values",
            Rule::Pattern => "pattern",
            Rule::MaxBytes => "max_bytes",
            Rule::Precision => "precision",
            Rule::NulCharacter => "nul_character",
            Rule::PartitionKeyLength => "partition_key_length",
            Rule::Utf8 => "utf8",
            Rule::FieldCount => "field_count",
            Rule::Json => "json",
            Rule::RecordBytes => "record_bytes",
        }
    }

    /// What a row that breaks it is, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Rule::Null => "is missing",
            Rule::Type => "is not of the column's type",
            Rule::Min => "is below the minimum",
            Rule::Max => "is above the maximum",
            Rule::Values => "is not one of the allowed values",
            Rule::Pattern => "does not match the pattern",
            Rule::MaxBytes => "is longer than the column",
            Rule::Precision => "has more digits than the column",
            Rule::NulCharacter => "has a NUL character",
            Rule::PartitionKeyLength => "is too long for a partition key",
            Rule::Utf8 => "is not valid UTF-8",
            Rule::FieldCount => "has more or fewer fields than the header",
            Rule::Json => "is not a JSON object",
            Rule::RecordBytes => "is larger than a record of the stream can be",
        }
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
