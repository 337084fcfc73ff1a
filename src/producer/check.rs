//! Checks rows against the record contract and encodes them.

use super::column::ColumnCheck;
use super::encode::write_text;
use super::record::Record;
use super::rule::Rule;
use crate::template::{Column, ColumnType, Contract};

/// Longest partition key Kinesis takes, in characters (Kinesis API, PutRecords).
const PARTITION_KEY_CHARACTERS: usize = 256;

/// A contract that cannot be checked against.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    #[error("column {column}: {member} {value:?} is not a value of type {kind}; correct it in source.json")]
    Value {
        column: String,
        member: &'static str,
        value: String,
        kind: String,
    },
    #[error("column {column}: the pattern is not a valid regular expression: {source}; correct it in source.json")]
    Pattern {
        column: String,
        source: Box<fancy_regex::Error>,
    },
    #[error("the {role} column {column} is not among the columns; correct it in source.json")]
    UnknownColumn { role: &'static str, column: String },
    #[error("the partition key column {column} is a list; choose a column with one value in source.json")]
    ListPartitionKey { column: String },
}

impl ContractError {
    pub(super) fn value(column: &Column, member: &'static str, value: &str) -> Self {
        let kind = type_name(&column.kind);
        ContractError::Value {
            column: column.name.clone(),
            member,
            value: value.into(),
            kind,
        }
    }
}

/// One broken rule of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    /// Position among the contract's columns; `None` for rules about the row as a whole.
    pub column: Option<usize>,
    pub rule: Rule,
}

/// A record contract compiled to check and encode rows.
#[derive(Debug)]
pub struct RowCheck {
    contract: Contract,
    columns: Vec<ColumnCheck>,
    /// What stands before each value: `{"a":`, `,"b":`, ...
    labels: Vec<Vec<u8>>,
    partition_key: usize,
}

impl RowCheck {
    /// Compiles `contract`; key and partition key columns are never nullable.
    pub fn new(contract: &Contract) -> Result<Self, ContractError> {
        let position = |role, name: &str| {
            let found = contract.columns.iter().position(|column| column.name == name);
            found.ok_or_else(|| ContractError::UnknownColumn {
                role,
                column: name.into(),
            })
        };
        for key in &contract.key {
            position("key", key)?;
        }
        let partition_key = position("partition key", &contract.partition_key)?;
        if matches!(contract.columns[partition_key].kind, ColumnType::TextList { .. }) {
            return Err(ContractError::ListPartitionKey {
                column: contract.partition_key.clone(),
            });
        }
        let required = |column: &Column| column.name == contract.partition_key || contract.key.contains(&column.name);
        let columns = contract
            .columns
            .iter()
            .map(|column| ColumnCheck::new(column, required(column)));
        let columns = columns.collect::<Result<_, _>>()?;
        let label = |(index, column): (usize, &Column)| {
            let mut label = if index == 0 { b"{".to_vec() } else { b",".to_vec() };
            write_text(&mut label, &column.name);
            label.push(b':');
            label
        };
        let labels = contract.columns.iter().enumerate().map(label).collect();
        Ok(Self {
            contract: contract.clone(),
            columns,
            labels,
            partition_key,
        })
    }

    pub(super) fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Appends `record` to `out` as JSON with the columns in contract order, the object still open for the row's stamp,
    /// and puts its partition key into `key`. On the first broken rule `out` is left as it was.
    pub(super) fn encode(&self, record: &impl Record, out: &mut Vec<u8>, key: &mut Vec<u8>) -> Result<(), Problem> {
        let start = out.len();
        let result = self.append(record, out, key);
        if result.is_err() {
            out.truncate(start);
        }
        result
    }

    fn append(&self, record: &impl Record, out: &mut Vec<u8>, key: &mut Vec<u8>) -> Result<(), Problem> {
        for (index, (check, label)) in self.columns.iter().zip(&self.labels).enumerate() {
            out.extend_from_slice(label);
            let start = out.len();
            let mut result = check.write(&record.field(index), out);
            if result.is_ok() && index == self.partition_key {
                result = take_key(&out[start..], key);
            }
            result.map_err(|rule| Problem {
                column: Some(index),
                rule,
            })?;
        }
        Ok(())
    }

    /// Every rule `record` breaks, one a column.
    pub(super) fn problems(&self, record: &impl Record) -> Vec<Problem> {
        let mut out = Vec::new();
        let mut problems = Vec::new();
        for (index, check) in self.columns.iter().enumerate() {
            out.clear();
            let mut result = check.write(&record.field(index), &mut out);
            if result.is_ok() && index == self.partition_key {
                result = take_key(&out, &mut Vec::new());
            }
            if let Err(rule) = result {
                problems.push(Problem {
                    column: Some(index),
                    rule,
                });
            }
        }
        problems
    }

    /// What a broken rule means, without the offending value.
    pub(super) fn explain(&self, problem: Problem) -> String {
        let Some(column) = problem.column.and_then(|index| self.contract.columns.get(index)) else {
            return problem.rule.to_string();
        };
        let bound = |bound: &Option<String>| bound.clone().unwrap_or_default();
        match problem.rule {
            Rule::Null => "is missing".into(),
            Rule::Type => format!("is not a {}", type_name(&column.kind)),
            Rule::Min => format!("is less than {}", bound(&column.min)),
            Rule::Max => format!("is more than {}", bound(&column.max)),
            Rule::Values => format!("is not one of {}", column.values.join(", ")),
            Rule::Pattern => format!("does not match {}", column.pattern.as_deref().unwrap_or_default()),
            Rule::Precision => format!("has more digits than {} holds", type_name(&column.kind)),
            Rule::MaxBytes => match column.kind {
                ColumnType::Text { max_bytes } | ColumnType::TextList { max_bytes, .. } => {
                    format!("is longer than {max_bytes} bytes")
                }
                _ => "is too long".into(),
            },
            Rule::NulCharacter => "has a NUL character, which the warehouse cannot hold".into(),
            Rule::PartitionKeyLength => "is the partition key, which has at most 256 characters".into(),
            Rule::Utf8 | Rule::FieldCount | Rule::Json | Rule::RecordBytes => problem.rule.to_string(),
        }
    }
}

/// The partition key of a row from the column's JSON: the written form, so that `7` and `07` are one key.
fn take_key(json: &[u8], key: &mut Vec<u8>) -> Result<(), Rule> {
    key.clear();
    match json {
        [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => key.extend_from_slice(inner),
        [b'"', ..] => {
            let text: String = serde_json::from_slice(json).map_err(|_| Rule::Type)?;
            key.extend_from_slice(text.as_bytes());
        }
        plain => key.extend_from_slice(plain),
    }
    let is_short = key.len() <= PARTITION_KEY_CHARACTERS
        || std::str::from_utf8(key).is_ok_and(|text| text.chars().count() <= PARTITION_KEY_CHARACTERS);
    if is_short {
        Ok(())
    } else {
        Err(Rule::PartitionKeyLength)
    }
}

/// The type as source.json spells it.
fn type_name(kind: &ColumnType) -> String {
    match kind {
        ColumnType::Text { .. } => "string".into(),
        ColumnType::SmallInt => "smallint".into(),
        ColumnType::Integer => "int".into(),
        ColumnType::BigInt => "bigint".into(),
        ColumnType::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
        ColumnType::Double => "double".into(),
        ColumnType::Boolean => "boolean".into(),
        ColumnType::Date => "date".into(),
        ColumnType::Timestamp => "timestamp".into(),
        ColumnType::TextList { .. } => "array<string>".into(),
    }
}
