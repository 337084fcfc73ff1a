//! Redshift's types: their names, what DuckDB stores them as, and how results describe them.

use std::fmt;

use super::dialect::Type;

/// Longest VARCHAR in bytes (<https://docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html>).
pub(super) const MAX_VARCHAR: u32 = 65535;

impl fmt::Display for Type {
    /// As `svv_columns` and error messages print it: `character varying(40)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallInt => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::BigInt => f.write_str("bigint"),
            Self::Decimal { precision, scale } => write!(f, "numeric({precision},{scale})"),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double precision"),
            Self::Boolean => f.write_str("boolean"),
            Self::Char(length) => write!(f, "character({length})"),
            Self::Varchar(length) => write!(f, "character varying({length})"),
            Self::Date => f.write_str("date"),
            Self::Time => f.write_str("time without time zone"),
            Self::TimeTz => f.write_str("time with time zone"),
            Self::Timestamp => f.write_str("timestamp without time zone"),
            Self::TimestampTz => f.write_str("timestamp with time zone"),
            Self::Super => f.write_str("super"),
            Self::Varbyte(length) => write!(f, "varbyte({length})"),
        }
    }
}

impl Type {
    /// A type as DDL writes it or as it prints itself; `None` for what is not one of Redshift's.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let (name, arguments) = match lower.split_once('(') {
            Some((name, rest)) => {
                let (inside, after) = rest.split_once(')')?;
                (format!("{} {}", name.trim(), after.trim()), inside.trim().to_owned())
            }
            None => (lower, String::new()),
        };
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut numbers = arguments.split(',').map(|number| number.trim().parse::<u32>().ok());
        let first = numbers.next().flatten();
        let length = |default| match arguments.as_str() {
            "max" => MAX_VARCHAR,
            _ => first.unwrap_or(default),
        };
        Some(match name.as_str() {
            "smallint" | "int2" => Self::SmallInt,
            "integer" | "int" | "int4" => Self::Integer,
            "bigint" | "int8" => Self::BigInt,
            // A DECIMAL without precision is DECIMAL(18,0).
            "decimal" | "numeric" => Self::Decimal {
                precision: u8::try_from(first.unwrap_or(18)).ok().filter(|width| *width <= 38)?,
                scale: u8::try_from(numbers.next().flatten().unwrap_or(0)).ok()?,
            },
            "real" | "float4" => Self::Real,
            "double precision" | "float8" | "float" => Self::Double,
            "boolean" | "bool" => Self::Boolean,
            "char" | "character" | "nchar" | "bpchar" => Self::Char(length(if name == "bpchar" { 256 } else { 1 })),
            "varchar" | "character varying" | "nvarchar" | "text" => Self::Varchar(length(256)),
            "date" => Self::Date,
            "time" | "time without time zone" => Self::Time,
            "timetz" | "time with time zone" => Self::TimeTz,
            "timestamp" | "timestamp without time zone" => Self::Timestamp,
            "timestamptz" | "timestamp with time zone" => Self::TimestampTz,
            "super" => Self::Super,
            "varbyte" | "varbinary" | "binary varying" => Self::Varbyte(first.unwrap_or(64000)),
            _ => return None,
        })
    }

    /// DuckDB's type that stores it.
    pub fn duck(&self) -> String {
        match self {
            Self::SmallInt => "SMALLINT".into(),
            Self::Integer => "INTEGER".into(),
            Self::BigInt => "BIGINT".into(),
            Self::Decimal { precision, scale } => format!("DECIMAL({precision},{scale})"),
            Self::Real => "FLOAT".into(),
            Self::Double => "DOUBLE".into(),
            Self::Boolean => "BOOLEAN".into(),
            Self::Char(_) | Self::Varchar(_) => "VARCHAR".into(),
            Self::Date => "DATE".into(),
            Self::Time => "TIME".into(),
            Self::TimeTz => "TIMETZ".into(),
            Self::Timestamp => "TIMESTAMP".into(),
            Self::TimestampTz => "TIMESTAMPTZ".into(),
            Self::Super => "JSON".into(),
            Self::Varbyte(_) => "BLOB".into(),
        }
    }

    /// The type of a result column for which DuckDB's is all that is known.
    pub fn of_duck(name: &str) -> Self {
        let upper = name.trim().to_uppercase();
        if upper.ends_with(']') || upper.starts_with("STRUCT") || upper.starts_with("MAP") {
            return Self::Super;
        }
        match upper.as_str() {
            "TINYINT" | "UTINYINT" | "SMALLINT" => Self::SmallInt,
            "USMALLINT" | "INTEGER" => Self::Integer,
            "UINTEGER" | "BIGINT" => Self::BigInt,
            "UBIGINT" | "HUGEINT" | "UHUGEINT" => Self::Decimal {
                precision: 38,
                scale: 0,
            },
            "FLOAT" => Self::Real,
            "DOUBLE" => Self::Double,
            "BOOLEAN" => Self::Boolean,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "TIME WITH TIME ZONE" => Self::TimeTz,
            "TIMESTAMP" | "TIMESTAMP_S" | "TIMESTAMP_MS" | "TIMESTAMP_NS" => Self::Timestamp,
            "TIMESTAMP WITH TIME ZONE" => Self::TimestampTz,
            "JSON" => Self::Super,
            "BLOB" => Self::Varbyte(64000),
            _ if upper.starts_with("DECIMAL") => Self::parse(&upper).unwrap_or(Self::Decimal {
                precision: 18,
                scale: 3,
            }),
            _ => Self::Varchar(MAX_VARCHAR),
        }
    }

    /// The Data API's `typeName`.
    pub fn short_name(&self) -> &'static str {
        match self {
            Self::SmallInt => "int2",
            Self::Integer => "int4",
            Self::BigInt => "int8",
            Self::Decimal { .. } => "numeric",
            Self::Real => "float4",
            Self::Double => "float8",
            Self::Boolean => "bool",
            Self::Char(_) => "bpchar",
            Self::Varchar(_) => "varchar",
            Self::Date => "date",
            Self::Time => "time",
            Self::TimeTz => "timetz",
            Self::Timestamp => "timestamp",
            Self::TimestampTz => "timestamptz",
            Self::Super => "super",
            Self::Varbyte(_) => "varbyte",
        }
    }

    /// Precision and scale in the Data API's metadata, which are those of Redshift's JDBC driver.
    pub fn precision(&self) -> (i32, i32) {
        match self {
            Self::SmallInt => (5, 0),
            Self::Integer => (10, 0),
            Self::BigInt => (19, 0),
            Self::Decimal { precision, scale } => (i32::from(*precision), i32::from(*scale)),
            Self::Real => (8, 8),
            Self::Double => (17, 17),
            Self::Boolean => (1, 0),
            Self::Char(length) | Self::Varchar(length) | Self::Varbyte(length) => {
                (i32::try_from(*length).unwrap_or(i32::MAX), 0)
            }
            Self::Date => (13, 0),
            Self::Time => (15, 6),
            Self::TimeTz => (21, 6),
            Self::Timestamp => (29, 6),
            Self::TimestampTz => (35, 6),
            Self::Super => (4_194_304, 0),
        }
    }

    pub fn is_signed(&self) -> bool {
        matches!(
            self,
            Self::SmallInt | Self::Integer | Self::BigInt | Self::Decimal { .. } | Self::Real | Self::Double
        )
    }

    pub fn is_text(&self) -> bool {
        matches!(self, Self::Char(_) | Self::Varchar(_))
    }

    /// The longest value in bytes, of types that have one.
    pub fn length(&self) -> Option<u32> {
        match self {
            Self::Char(length) | Self::Varchar(length) | Self::Varbyte(length) => Some(*length),
            _ => None,
        }
    }
}

/// Redshift's name, without length, of a type in one of DuckDB's error messages.
pub(super) fn of_duck_name(name: &str) -> String {
    match name.trim() {
        "INT8" | "INT16" | "TINYINT" => "smallint".into(),
        "INT32" => "integer".into(),
        "INT64" | "INT128" => "bigint".into(),
        "STRING_LITERAL" => "\"unknown\"".into(),
        "INTEGER_LITERAL" => "integer".into(),
        other => {
            let name = Type::of_duck(other).to_string();
            name.split_once('(').map_or(name.clone(), |(bare, _)| bare.to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_reads_what_it_prints() {
        let types = [
            Type::SmallInt,
            Type::Integer,
            Type::BigInt,
            Type::Decimal {
                precision: 12,
                scale: 2,
            },
            Type::Real,
            Type::Double,
            Type::Boolean,
            Type::Char(4),
            Type::Varchar(40),
            Type::Date,
            Type::Time,
            Type::TimeTz,
            Type::Timestamp,
            Type::TimestampTz,
            Type::Super,
            Type::Varbyte(100),
        ];
        for kind in types {
            assert_eq!(Type::parse(&kind.to_string()), Some(kind));
        }
        assert_eq!(Type::parse("VARCHAR(max)"), Some(Type::Varchar(65535)));
        assert_eq!(Type::parse("varchar"), Some(Type::Varchar(256)));
        assert_eq!(Type::parse("geometry"), None);
        assert_eq!(Type::of_duck("INTEGER[]"), Type::Super);
    }
}
