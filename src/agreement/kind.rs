//! Column types as the places of a pipeline write them, in one common form.

use std::fmt;

use crate::template::ColumnType;

/// A column's type, whoever says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    SmallInt,
    Integer,
    BigInt,
    Decimal(u8, u8),
    Double,
    Boolean,
    Date,
    Timestamp,
    /// The most bytes, where the place limits them.
    Text(Option<u32>),
    TextList,
    /// Anything else, as it was written.
    Other(String),
}

impl Kind {
    /// Whether a value of one is a value of the other, to COPY as to AWS Glue. Lengths are compared only where both
    /// places have one.
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(Some(one)), Self::Text(Some(two))) => one == two,
            (Self::Text(_), Self::Text(_)) => true,
            _ => self == other,
        }
    }

    pub fn of_contract(kind: &ColumnType) -> Self {
        match kind {
            ColumnType::Text { max_bytes } => Self::Text(Some(*max_bytes)),
            ColumnType::SmallInt => Self::SmallInt,
            ColumnType::Integer => Self::Integer,
            ColumnType::BigInt => Self::BigInt,
            ColumnType::Decimal { precision, scale } => Self::Decimal(*precision, *scale),
            ColumnType::Double => Self::Double,
            ColumnType::Boolean => Self::Boolean,
            ColumnType::Date => Self::Date,
            ColumnType::Timestamp => Self::Timestamp,
            ColumnType::TextList { .. } => Self::TextList,
        }
    }

    /// A type as Hive, Redshift or DuckDB write it. A list of texts is `array<string>`, `super` or `varchar[]`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim().to_ascii_lowercase();
        let (word, arguments) = match text.split_once('(') {
            Some((word, rest)) => (word.trim(), rest.split(')').next().unwrap_or_default()),
            None => (text.as_str(), ""),
        };
        let numbers: Vec<u32> = arguments
            .split(',')
            .filter_map(|number| number.trim().parse().ok())
            .collect();
        match (word, numbers.as_slice()) {
            ("smallint" | "int2", []) => Self::SmallInt,
            ("int" | "integer" | "int4", []) => Self::Integer,
            ("bigint" | "int8", []) => Self::BigInt,
            ("decimal" | "numeric", [precision, scale]) => {
                Self::Decimal(u8::try_from(*precision).unwrap_or(0), u8::try_from(*scale).unwrap_or(0))
            }
            ("double" | "double precision" | "float8" | "float", []) => Self::Double,
            ("boolean" | "bool", []) => Self::Boolean,
            ("date", []) => Self::Date,
            ("timestamp" | "timestamp without time zone", []) => Self::Timestamp,
            ("string" | "varchar" | "character varying" | "text", []) => Self::Text(None),
            ("varchar" | "character varying", [bytes]) => Self::Text(Some(*bytes)),
            ("array<string>" | "varchar[]" | "super", []) => Self::TextList,
            _ => Self::Other(text),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallInt => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Decimal(precision, scale) => write!(f, "decimal({precision},{scale})"),
            Self::Double => f.write_str("double"),
            Self::Boolean => f.write_str("boolean"),
            Self::Date => f.write_str("date"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Text(None) => f.write_str("text"),
            Self::Text(Some(bytes)) => write!(f, "text of at most {bytes} bytes"),
            Self::TextList => f.write_str("a list of texts"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_type_is_the_same_in_every_dialect() {
        for (hive, redshift, duckdb) in [
            ("smallint", "smallint", "SMALLINT"),
            ("int", "integer", "INTEGER"),
            ("bigint", "bigint", "BIGINT"),
            ("decimal(12,2)", "numeric(12,2)", "DECIMAL(12,2)"),
            ("double", "double precision", "DOUBLE"),
            ("boolean", "boolean", "BOOLEAN"),
            ("date", "date", "DATE"),
            ("timestamp", "timestamp without time zone", "TIMESTAMP"),
            ("string", "character varying(200)", "VARCHAR"),
            ("array<string>", "super", "VARCHAR[]"),
        ] {
            let hive = Kind::parse(hive);
            assert!(!matches!(hive, Kind::Other(_)), "{hive}");
            assert!(
                hive.agrees(&Kind::parse(redshift)) && hive.agrees(&Kind::parse(duckdb)),
                "{hive}"
            );
        }
    }

    #[test]
    fn what_differs_does_not_agree() {
        assert!(!Kind::parse("decimal(12,2)").agrees(&Kind::parse("decimal(10,2)")));
        assert!(!Kind::parse("int").agrees(&Kind::parse("bigint")));
        assert!(!Kind::parse("varchar(10)").agrees(&Kind::parse("varchar(20)")));
        assert!(Kind::parse("varchar(10)").agrees(&Kind::parse("string")));
    }
}
