//! Rows of DuckDB as cells of an answer.

use duckdb::Connection;
use duckdb::arrow::array::{Array, AsArray, StructArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time64MicrosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use duckdb::core::LogicalTypeId;
use jiff::civil::Date;

use super::answer::Cell;
use super::dialect::Type;
use super::error::{Result, SqlError};
use super::lineage::Output;

/// The Data API ends a statement whose result is larger
/// (<https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html#data-api-calling-considerations>).
const MAX_RESULT_BYTES: usize = 100 * 1024 * 1024;

/// A result: its columns, with the types that DuckDB and the query's text together tell, and its rows.
pub(super) struct Fetched {
    pub columns: Vec<Output>,
    pub rows: Vec<Vec<Cell>>,
}

/// Runs `sql` and reads its rows. `known` is what the query's text tells of its columns, if anything.
pub(super) fn fetch(connection: &Connection, sql: &str, known: Option<Vec<Output>>) -> Result<Fetched> {
    let (mut rows, mut bytes) = (Vec::new(), 0);
    let columns = stream(connection, sql, known, &mut |_, mut batch, size| {
        rows.append(&mut batch);
        bytes += size;
        if bytes > MAX_RESULT_BYTES {
            return Err(SqlError::new("54000", "Query result exceeds the maximum size of 100 MB").into());
        }
        Ok(true)
    })?;
    Ok(Fetched { columns, rows })
}

/// Takes some rows of a result with its columns and their size in bytes; answers whether to go on.
type Take<'a> = dyn FnMut(&[Output], Vec<Vec<Cell>>, usize) -> Result<bool> + 'a;

/// As [`fetch`], but gives the rows away as they come. Answers the columns.
pub(super) fn stream(
    connection: &Connection,
    sql: &str,
    known: Option<Vec<Output>>,
    take: &mut Take<'_>,
) -> Result<Vec<Output>> {
    let mut statement = connection.prepare(sql)?;
    drop(statement.stream_arrow([])?);
    let found: Vec<Found> = (0..statement.column_count())
        .map(|index| {
            let logical = statement.column_logical_type(index);
            let name = statement.column_name(index).cloned().unwrap_or_default();
            Found::new(name, logical.id(), logical.get_alias(), || {
                (logical.decimal_width(), logical.decimal_scale())
            })
        })
        .collect();
    if found.iter().any(|column| column.cast.is_some()) {
        drop(statement);
        statement = connection.prepare(&wrapped(sql, &found))?;
        drop(statement.stream_arrow([])?);
    }
    let columns = merge(&found, known);
    while let Some(batch) = statement.step()? {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        read(&batch, &columns, &mut rows, &mut bytes)?;
        if !take(&columns, rows, bytes)? {
            break;
        }
    }
    Ok(columns)
}

/// Columns of a query that is not run.
pub(super) fn shape(connection: &Connection, sql: &str, known: Option<Vec<Output>>) -> Result<Vec<Output>> {
    let mut statement = connection.prepare(&format!("DESCRIBE {sql}"))?;
    let found = statement.query_map([], |row| {
        Ok(Found {
            name: row.get(0)?,
            kind: Type::of_duck(&row.get::<_, String>(1)?),
            cast: None,
        })
    })?;
    let found: Vec<_> = found.collect::<duckdb::Result<_>>()?;
    Ok(merge(&found, known))
}

/// A result column as DuckDB describes it.
struct Found {
    name: String,
    kind: Type,
    /// The function that makes text of it, for types that have no form of their own in answers.
    cast: Option<&'static str>,
}

impl Found {
    fn new(name: String, id: LogicalTypeId, alias: Option<String>, decimal: impl Fn() -> (u8, u8)) -> Self {
        use LogicalTypeId as Id;
        let (kind, cast) = match id {
            Id::Boolean => (Type::Boolean, None),
            Id::Tinyint | Id::UTinyint | Id::Smallint => (Type::SmallInt, None),
            Id::USmallint | Id::Integer => (Type::Integer, None),
            Id::UInteger | Id::Bigint => (Type::BigInt, None),
            Id::UBigint | Id::Hugeint => (
                Type::Decimal {
                    precision: 38,
                    scale: 0,
                },
                None,
            ),
            Id::Decimal => {
                let (precision, scale) = decimal();
                (Type::Decimal { precision, scale }, None)
            }
            Id::Float => (Type::Real, None),
            Id::Double => (Type::Double, None),
            Id::Varchar if alias.as_deref() == Some("JSON") => (Type::Super, None),
            Id::Varchar => (Type::Varchar(super::types::MAX_VARCHAR), None),
            Id::Date => (Type::Date, None),
            Id::Time => (Type::Time, None),
            Id::Timestamp | Id::TimestampS | Id::TimestampMs | Id::TimestampNs => (Type::Timestamp, None),
            Id::TimestampTZ => (Type::TimestampTz, None),
            Id::Blob => (Type::Varbyte(64000), None),
            Id::List | Id::Struct | Id::Map | Id::Array | Id::Union => (Type::Super, Some("to_json")),
            _ => (Type::Varchar(super::types::MAX_VARCHAR), Some("")),
        };
        Self { name, kind, cast }
    }
}

/// `sql` with the columns that need it made text.
fn wrapped(sql: &str, found: &[Found]) -> String {
    let names: Vec<_> = (0..found.len()).map(|index| format!("c{index}")).collect();
    let columns = names.iter().zip(found).map(|(name, column)| match column.cast {
        Some(function) => format!("CAST({function}({name}) AS VARCHAR)"),
        None => name.clone(),
    });
    format!(
        "SELECT {} FROM ({sql}\n) AS q({})",
        columns.collect::<Vec<_>>().join(", "),
        names.join(", ")
    )
}

/// DuckDB's columns with what the query's text tells more of them, where the two agree.
fn merge(found: &[Found], known: Option<Vec<Output>>) -> Vec<Output> {
    let known = known.filter(|known| known.len() == found.len());
    let bare = |column: &Found| Output::bare(&column.name, Some(column.kind.clone()));
    match known {
        None => found.iter().map(bare).collect(),
        Some(known) => found
            .iter()
            .zip(known)
            .map(|(column, mut known)| {
                if !known.kind.as_ref().is_some_and(|kind| agree(kind, &column.kind)) {
                    known.kind = Some(column.kind.clone());
                }
                known
            })
            .collect(),
    }
}

/// Whether a column that the query's text says is `known` may be one that DuckDB says is `found`.
pub(super) fn agree(known: &Type, found: &Type) -> bool {
    let whole = |kind: &Type| matches!(kind, Type::SmallInt | Type::Integer | Type::BigInt);
    match (known, found) {
        (Type::Char(_) | Type::Varchar(_), Type::Varchar(_)) => true,
        (Type::Varbyte(_), Type::Varbyte(_)) => true,
        (known, Type::Decimal { scale: 0, .. }) if whole(known) => true,
        (known, found) if whole(known) && whole(found) => true,
        (Type::Decimal { scale, .. }, Type::Decimal { scale: found, .. }) => scale == found,
        (known, found) => known == found,
    }
}

fn read(batch: &StructArray, columns: &[Output], rows: &mut Vec<Vec<Cell>>, bytes: &mut usize) -> Result<()> {
    let first = rows.len();
    rows.resize_with(first + batch.len(), || Vec::with_capacity(columns.len()));
    for (array, column) in batch.columns().iter().zip(columns) {
        for index in 0..batch.len() {
            let cell = if array.is_null(index) {
                Cell::Null
            } else {
                cell(array.as_ref(), index, column.kind.as_ref())?
            };
            *bytes += match &cell {
                Cell::Text(text) => text.len(),
                Cell::Blob(blob) => blob.len(),
                _ => 8,
            };
            rows[first + index].push(cell);
        }
    }
    Ok(())
}

fn cell(array: &dyn Array, row: usize, kind: Option<&Type>) -> Result<Cell> {
    macro_rules! value {
        ($kind:ty) => {
            array.as_primitive::<$kind>().value(row)
        };
    }
    Ok(match array.data_type() {
        DataType::Boolean => Cell::Boolean(array.as_boolean().value(row)),
        DataType::Int8 => Cell::Long(value!(Int8Type).into()),
        DataType::Int16 => Cell::Long(value!(Int16Type).into()),
        DataType::Int32 => Cell::Long(value!(Int32Type).into()),
        DataType::Int64 => Cell::Long(value!(Int64Type)),
        DataType::UInt8 => Cell::Long(value!(UInt8Type).into()),
        DataType::UInt16 => Cell::Long(value!(UInt16Type).into()),
        DataType::UInt32 => Cell::Long(value!(UInt32Type).into()),
        DataType::UInt64 => Cell::Text(value!(UInt64Type).to_string()),
        DataType::Float32 => Cell::Double(value!(Float32Type).into()),
        DataType::Float64 => Cell::Double(value!(Float64Type)),
        DataType::Decimal128(_, scale) => decimal(value!(Decimal128Type), *scale, kind)?,
        DataType::Utf8 => text(array.as_string::<i32>().value(row), kind),
        DataType::LargeUtf8 => text(array.as_string::<i64>().value(row), kind),
        DataType::Utf8View => text(array.as_string_view().value(row), kind),
        DataType::Binary => Cell::Blob(array.as_binary::<i32>().value(row).to_vec()),
        DataType::LargeBinary => Cell::Blob(array.as_binary::<i64>().value(row).to_vec()),
        DataType::BinaryView => Cell::Blob(array.as_binary_view().value(row).to_vec()),
        DataType::Date32 => Cell::Text(date(value!(Date32Type))),
        DataType::Time64(TimeUnit::Microsecond) => Cell::Text(time(value!(Time64MicrosecondType))),
        DataType::Timestamp(unit, zone) => {
            let micros = match unit {
                TimeUnit::Second => value!(TimestampSecondType).saturating_mul(1_000_000),
                TimeUnit::Millisecond => value!(TimestampMillisecondType).saturating_mul(1000),
                TimeUnit::Microsecond => value!(TimestampMicrosecondType),
                TimeUnit::Nanosecond => value!(TimestampNanosecondType).div_euclid(1000),
            };
            Cell::Text(timestamp(micros, if zone.is_some() { "+00" } else { "" }))
        }
        other => return Err(SqlError::unsupported(format!("results of the type {other}")).into()),
    })
}

fn decimal(value: i128, scale: i8, kind: Option<&Type>) -> Result<Cell> {
    let whole = matches!(kind, Some(Type::SmallInt | Type::Integer | Type::BigInt));
    if whole && scale == 0 {
        let value = i64::try_from(value).map_err(|_| SqlError::new("22003", "bigint out of range"))?;
        return Ok(Cell::Long(value));
    }
    let digits = usize::try_from(scale).unwrap_or(0);
    let sign = if value < 0 { "-" } else { "" };
    let bare = format!("{:0>width$}", value.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = bare.split_at(bare.len() - digits);
    let point = if digits == 0 { "" } else { "." };
    Ok(Cell::Text(format!("{sign}{whole}{point}{fraction}")))
}

fn text(value: &str, kind: Option<&Type>) -> Cell {
    Cell::Text(match kind {
        // A CHAR is stored without its padding and shown with it.
        Some(Type::Char(length)) => format!("{value:<width$}", width = *length as usize),
        Some(Type::Super) => compact(value),
        _ => value.to_owned(),
    })
}

/// JSON without blanks between its tokens, as SUPER is printed.
pub(super) fn compact(json: &str) -> String {
    let (mut within, mut escaped) = (false, false);
    json.chars()
        .filter(|letter| {
            let keep = within || !letter.is_ascii_whitespace();
            match letter {
                '"' if !escaped => within = !within,
                _ => {}
            }
            escaped = within && *letter == '\\' && !escaped;
            keep
        })
        .collect()
}

/// `2026-11-25`
fn date(days: i32) -> String {
    let date = Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).unwrap_or_default());
    date.map_or_else(|_| days.to_string(), |date| date.to_string())
}

/// `10:00:00`, with a fraction where there is one.
fn time(micros: i64) -> String {
    let seconds = micros.div_euclid(1_000_000);
    let fraction = match micros.rem_euclid(1_000_000) {
        0 => String::new(),
        micros => format!(".{micros:06}").trim_end_matches('0').to_owned(),
    };
    format!(
        "{:02}:{:02}:{:02}{fraction}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// `2026-11-25 10:00:00`
fn timestamp(micros: i64, zone: &str) -> String {
    const DAY: i64 = 86_400_000_000;
    let days = i32::try_from(micros.div_euclid(DAY)).unwrap_or(i32::MAX);
    format!("{} {}{zone}", date(days), time(micros.rem_euclid(DAY)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_take_redshifts_text_form() {
        assert_eq!(timestamp(1_795_600_800_000_000, ""), "2026-11-25 10:00:00");
        assert_eq!(timestamp(-1, "+00"), "1969-12-31 23:59:59.999999+00");
        assert_eq!(time(36_000_120_000), "10:00:00.12");
        let money = Some(Type::Decimal { precision: 9, scale: 2 });
        let text = |value, scale| decimal(value, scale, money.as_ref()).unwrap();
        assert_eq!(text(-5, 2), Cell::Text("-0.05".into()));
        assert_eq!(text(123_450, 2), Cell::Text("1234.50".into()));
        assert_eq!(decimal(7, 0, Some(&Type::BigInt)).unwrap(), Cell::Long(7));
        assert_eq!(compact(r#"{ "a" : [1, "x y\" z"] }"#), r#"{"a":[1,"x y\" z"]}"#);
    }
}
