//! Names of types.

use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::lex::Kind;
use super::statement::Type;

/// Of VARCHAR without a length, and of TEXT and BPCHAR.
const DEFAULT_LENGTH: u32 = 256;
const MAX_VARCHAR: u32 = 65_535;
const MAX_CHAR: u32 = 4_096;
const MAX_VARBYTE: u32 = 1_024_000;

/// A type as CAST, `::` and CREATE TABLE name it
/// (<https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html>).
pub(super) fn kind(cursor: &mut Cursor) -> Result<Type, SyntaxError> {
    let at = cursor.offset();
    let Kind::Word(word) = cursor.kind() else {
        return Err(cursor.unexpected());
    };
    cursor.advance();
    match word.as_str() {
        "smallint" | "int2" => Ok(Type::SmallInt),
        "integer" | "int" | "int4" => Ok(Type::Integer),
        "bigint" | "int8" => Ok(Type::BigInt),
        "decimal" | "dec" | "numeric" => decimal(cursor, at),
        "real" | "float4" => Ok(Type::Real),
        "double" => cursor.expect("precision").map(|()| Type::Double),
        "float8" => Ok(Type::Double),
        "float" => float(cursor),
        "boolean" | "bool" => Ok(Type::Boolean),
        "date" => Ok(Type::Date),
        "time" => Ok(if zoned(cursor)? { Type::TimeTz } else { Type::Time }),
        "timetz" => Ok(Type::TimeTz),
        "datetime" => Ok(Type::Timestamp),
        "timestamp" => Ok(if zoned(cursor)? {
            Type::TimestampTz
        } else {
            Type::Timestamp
        }),
        "timestamptz" => Ok(Type::TimestampTz),
        "super" => Ok(Type::Super),
        "text" => Ok(Type::Varchar(DEFAULT_LENGTH)),
        "bpchar" => Ok(Type::Char(length(cursor, DEFAULT_LENGTH, MAX_CHAR)?)),
        "varchar" | "nvarchar" => Ok(Type::Varchar(length(cursor, DEFAULT_LENGTH, MAX_VARCHAR)?)),
        "char" | "character" | "nchar" => {
            if cursor.take("varying") {
                return Ok(Type::Varchar(length(cursor, DEFAULT_LENGTH, MAX_VARCHAR)?));
            }
            Ok(Type::Char(length(cursor, 1, MAX_CHAR)?))
        }
        "varbyte" | "varbinary" => Ok(Type::Varbyte(length(cursor, 64_000, MAX_VARBYTE)?)),
        "binary" if cursor.take("varying") => Ok(Type::Varbyte(length(cursor, 64_000, MAX_VARBYTE)?)),
        "geometry" | "geography" | "hllsketch" | "interval" => Err(unsupported(
            at,
            format_args!("The type {}", word.to_ascii_uppercase()),
            "it has numbers, text, dates, times, BOOLEAN, SUPER and VARBYTE",
        )),
        other => Err(failure(at, format_args!("type \"{other}\" does not exist"))),
    }
}

/// `DECIMAL(precision[, scale])`, 18 and 0 by default.
fn decimal(cursor: &mut Cursor, at: usize) -> Result<Type, SyntaxError> {
    if !cursor.is_sign("(") {
        return Ok(Type::Decimal {
            precision: 18,
            scale: 0,
        });
    }
    let numbers = cursor.listed(Cursor::integer)?;
    let (precision, scale) = match numbers[..] {
        [precision] => (precision, 0),
        [precision, scale] => (precision, scale),
        _ => return Err(failure(at, "invalid NUMERIC type modifier")),
    };
    if !(1..=38).contains(&precision) {
        return Err(failure(
            at,
            format_args!("DECIMAL precision {precision} must be between 1 and 38"),
        ));
    }
    if scale > precision || scale > 37 {
        return Err(failure(
            at,
            format_args!("DECIMAL scale {scale} must be between 0 and precision {precision}"),
        ));
    }
    Ok(Type::Decimal {
        precision: u8::try_from(precision).unwrap_or(38),
        scale: u8::try_from(scale).unwrap_or(37),
    })
}

/// `FLOAT(n)`: up to 24 bits fit REAL.
fn float(cursor: &mut Cursor) -> Result<Type, SyntaxError> {
    if !cursor.is_sign("(") {
        return Ok(Type::Double);
    }
    let bits = cursor.listed(Cursor::integer)?;
    Ok(if bits.iter().all(|bits| *bits <= 24) {
        Type::Real
    } else {
        Type::Double
    })
}

/// `WITH TIME ZONE`
fn zoned(cursor: &mut Cursor) -> Result<bool, SyntaxError> {
    if cursor.take_all(&["with", "time", "zone"]) {
        return Ok(true);
    }
    cursor.take_all(&["without", "time", "zone"]);
    Ok(false)
}

/// `(n)` or `(MAX)`
fn length(cursor: &mut Cursor, default: u32, max: u32) -> Result<u32, SyntaxError> {
    if !cursor.take_sign("(") {
        return Ok(default);
    }
    let at = cursor.offset();
    let length = if cursor.take("max") {
        u64::from(max)
    } else {
        cursor.integer()?
    };
    cursor.expect_sign(")")?;
    match u32::try_from(length) {
        Ok(length) if (1..=max).contains(&length) => Ok(length),
        _ => Err(failure(at, format_args!("length for type must be between 1 and {max}"))),
    }
}

/// DuckDB's type that holds it.
pub(super) fn duck(kind: &Type) -> String {
    match kind {
        Type::SmallInt => "SMALLINT",
        Type::Integer => "INTEGER",
        Type::BigInt => "BIGINT",
        Type::Decimal { precision, scale } => return format!("DECIMAL({precision}, {scale})"),
        Type::Real => "REAL",
        Type::Double => "DOUBLE",
        Type::Boolean => "BOOLEAN",
        Type::Char(_) | Type::Varchar(_) => "VARCHAR",
        Type::Date => "DATE",
        Type::Time => "TIME",
        Type::TimeTz => "TIMETZ",
        Type::Timestamp => "TIMESTAMP",
        Type::TimestampTz => "TIMESTAMPTZ",
        Type::Super => "JSON",
        Type::Varbyte(_) => "BLOB",
    }
    .to_owned()
}

/// The name PostgreSQL gives a column that is only a cast.
pub(super) fn internal_name(kind: &Type) -> &'static str {
    match kind {
        Type::SmallInt => "int2",
        Type::Integer => "int4",
        Type::BigInt => "int8",
        Type::Decimal { .. } => "numeric",
        Type::Real => "float4",
        Type::Double => "float8",
        Type::Boolean => "bool",
        Type::Char(_) => "bpchar",
        Type::Varchar(_) => "varchar",
        Type::Date => "date",
        Type::Time => "time",
        Type::TimeTz => "timetz",
        Type::Timestamp => "timestamp",
        Type::TimestampTz => "timestamptz",
        Type::Super => "super",
        Type::Varbyte(_) => "varbyte",
    }
}
