//! What Redshift computes for arguments of known types.
//!
//! Decimals follow <https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html>: the result of an
//! operation has a precision and a scale of its own, and division and AVG cut off what does not fit the scale (AWS's own
//! example of PIVOT has an average of 2.50, 3.75 and 1.90 as 2.71).
//!
//! What differs: outside of operands of a division, `+`, `-` and `*` have DuckDB's precision, which may be smaller by some
//! digits than Redshift's; the scale is the same. SMALLINT with a number written in the statement stays SMALLINT.

use super::{date_formats, number_formats};

const MAX: u32 = 38;

/// A type as far as the rules need to know it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Its decimal digits.
    Integer(u32),
    Decimal(u32, u32),
    Float,
    Text,
    Boolean,
    Date,
    Timestamp,
    Interval,
    Super,
    Null,
    Other,
}

/// `kind`: the marker's. `types`: DuckDB's, of its arguments. `arguments`: DuckDB's SQL.
pub(super) fn apply(kind: &str, types: &[String], arguments: &[&str]) -> Result<String, String> {
    let kinds: Vec<_> = types.iter().zip(arguments).map(|(name, sql)| read(name, sql)).collect();
    match (kind, &kinds[..], arguments) {
        ("div", [a, b], [left, right]) => division(*a, *b, left, right),
        ("mod", [_, _], [left, right]) => Ok(guarded(right, &format!("({left} % {right})"))),
        ("add" | "sub" | "mul", [a, b], [left, right]) => Ok(arithmetic(kind, *a, *b, left, right)),
        ("sum", [kind], [sum]) => Ok(match kind {
            Kind::Integer(_) => format!("CAST({sum} AS BIGINT)"),
            _ => (*sum).to_owned(),
        }),
        ("avg", [kind, _], [sum, count]) => Ok(average(*kind, sum, count)),
        ("text", [kind], [value]) => Ok(text(*kind, value)),
        ("int", [kind, _], [value, target]) => Ok(integer(*kind, value, target.trim_matches('\''))),
        ("trunc", [kind, ..], [value, places @ ..]) => Ok(trunc(*kind, value, places.first().copied())),
        ("spread", [kind, _], [value, places]) => Ok(spread(*kind, value, places.trim_matches('\''))),
        ("moment", [Kind::Interval], [value]) => Ok((*value).to_owned()),
        ("moment", [_], [value]) => Ok(format!("CAST({value} AS TIMESTAMP)")),
        ("percentile", [kind], [value]) => Ok(percentile(*kind, value)),
        ("to_char", [kind, _], [value, format]) => to_char(*kind, value, format),
        _ => Err(format!(
            "ERROR: the embedded Redshift cannot compute {kind} of {}",
            types.join(", ")
        )),
    }
}

fn read(name: &str, sql: &str) -> Kind {
    if let Some(inside) = name.strip_prefix("DECIMAL(").and_then(|rest| rest.strip_suffix(')')) {
        let mut numbers = inside
            .split(',')
            .map(|number| number.trim().parse::<u32>().unwrap_or(0));
        return Kind::Decimal(numbers.next().unwrap_or(MAX), numbers.next().unwrap_or(0));
    }
    match name {
        "TINYINT" | "SMALLINT" | "UTINYINT" => Kind::Integer(5),
        "INTEGER" | "USMALLINT" => Kind::Integer(10),
        "BIGINT" | "HUGEINT" | "UBIGINT" | "UHUGEINT" | "UINTEGER" => Kind::Integer(19),
        "INTEGER_LITERAL" if sql.trim_matches(['(', ')', '-']).parse::<i32>().is_ok() => Kind::Integer(10),
        "INTEGER_LITERAL" => Kind::Integer(19),
        "FLOAT" | "DOUBLE" => Kind::Float,
        "VARCHAR" | "STRING_LITERAL" => Kind::Text,
        "BOOLEAN" => Kind::Boolean,
        "DATE" => Kind::Date,
        "INTERVAL" => Kind::Interval,
        "JSON" => Kind::Super,
        "\"NULL\"" | "NULL" => Kind::Null,
        name if name.starts_with("TIMESTAMP") => Kind::Timestamp,
        _ => Kind::Other,
    }
}

impl Kind {
    /// Integers count as decimals without places where the other operand is a decimal.
    fn decimal(self) -> Option<(u32, u32)> {
        match self {
            Kind::Integer(digits) => Some((digits, 0)),
            Kind::Decimal(precision, scale) => Some((precision, scale)),
            _ => None,
        }
    }
}

/// An error where the divisor is zero.
fn guarded(divisor: &str, sql: &str) -> String {
    if divisor.parse::<f64>().is_ok_and(|number| number != 0.0) {
        return sql.to_owned();
    }
    format!("CASE WHEN {divisor} = 0 THEN error('division by zero') ELSE {sql} END")
}

fn division(a: Kind, b: Kind, left: &str, right: &str) -> Result<String, String> {
    match (a, b) {
        (Kind::Null, _) | (_, Kind::Null) => Ok("NULL".to_owned()),
        (Kind::Integer(_), Kind::Integer(_)) => Ok(guarded(right, &format!("({left} // {right})"))),
        (Kind::Interval, Kind::Integer(_) | Kind::Decimal(..) | Kind::Float) => Ok(format!("({left} / {right})")),
        (Kind::Float, Kind::Float | Kind::Integer(_) | Kind::Decimal(..))
        | (Kind::Integer(_) | Kind::Decimal(..), Kind::Float) => Ok(guarded(
            right,
            &format!("(CAST({left} AS DOUBLE) / CAST({right} AS DOUBLE))"),
        )),
        _ => match (a.decimal(), b.decimal()) {
            (Some(a), Some(b)) => Ok(decimal_division(a, b, left, right)),
            _ => Err(format!("ERROR: operator does not exist: {} / {}", words(a), words(b))),
        },
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer(_) => "integer",
        Kind::Decimal(..) => "numeric",
        Kind::Float => "double precision",
        Kind::Text => "character varying",
        Kind::Boolean => "boolean",
        Kind::Date => "date",
        Kind::Timestamp => "timestamp without time zone",
        Kind::Interval => "interval",
        Kind::Super => "super",
        Kind::Null | Kind::Other => "\"unknown\"",
    }
}

/// Exact: the digits of one as a whole number, divided by those of the other.
fn decimal_division((p1, s1): (u32, u32), (p2, s2): (u32, u32), left: &str, right: &str) -> String {
    let wanted = (s1 + p2 + 1).saturating_sub(s2).max(4);
    let (precision, scale) = capped(p1 - s1 + s2 + wanted, wanted);
    // left * 10^(scale + s2) / right has the places that are wanted; these are never fewer than left has.
    let dividend = format!("({} * {})", units(left, s1), huge((scale + s2).saturating_sub(s1)));
    let divisor = units(right, s2);
    let quotient = format!("({dividend} // {divisor})");
    guarded(right, &placed(&quotient, precision, scale))
}

/// Too many digits: those after the point go first, down to four.
fn capped(precision: u32, scale: u32) -> (u32, u32) {
    if precision <= MAX {
        return (precision, scale);
    }
    (MAX, (MAX + scale).saturating_sub(precision).max(scale.min(4)))
}

/// A whole number of units of the last place as a decimal.
fn placed(units: &str, precision: u32, scale: u32) -> String {
    if scale == 0 {
        return format!("CAST({units} AS DECIMAL({precision}, 0))");
    }
    let unit = format!(
        "CAST('0.{}1' AS DECIMAL({scale}, {scale}))",
        "0".repeat(scale as usize - 1)
    );
    format!("CAST(CAST({units} AS DECIMAL({MAX}, 0)) * {unit} AS DECIMAL({precision}, {scale}))")
}

/// Places up to which a decimal times a power of ten stays a decimal that DuckDB can hold.
const FEW: u32 = 6;

/// A decimal as a whole number of units of its last place.
fn units(decimal: &str, scale: u32) -> String {
    if scale <= FEW {
        return format!("CAST({decimal} * {} AS HUGEINT)", power(scale));
    }
    format!("CAST(replace(CAST({decimal} AS VARCHAR), '.', '') AS HUGEINT)")
}

fn power(exponent: u32) -> String {
    format!("1{}", "0".repeat(exponent as usize))
}

fn huge(exponent: u32) -> String {
    format!("CAST({} AS HUGEINT)", power(exponent))
}

/// `+`, `-` and `*` of an operand of a division.
fn arithmetic(kind: &str, a: Kind, b: Kind, left: &str, right: &str) -> String {
    let sign = match kind {
        "add" => "+",
        "sub" => "-",
        _ => "*",
    };
    let plain = format!("({left} {sign} {right})");
    let (Some((p1, s1)), Some((p2, s2))) = (a.decimal(), b.decimal()) else {
        return plain;
    };
    if matches!((a, b), (Kind::Integer(_), Kind::Integer(_))) {
        return plain;
    }
    let (precision, scale) = if sign == "*" {
        capped(p1 + p2 + 1, s1 + s2)
    } else {
        let scale = s1.max(s2);
        capped((p1 - s1).max(p2 - s2) + 1 + scale, scale)
    };
    format!("CAST({plain} AS DECIMAL({precision}, {scale}))")
}

/// BIGINT of integers and the argument's scale of decimals, without the digits that do not fit.
fn average(kind: Kind, sum: &str, count: &str) -> String {
    match kind {
        Kind::Integer(_) => format!("CAST({sum} // nullif({count}, 0) AS BIGINT)"),
        Kind::Decimal(_, scale) => {
            let quotient = format!("({} // nullif({count}, 0))", units(sum, scale));
            placed(&quotient, MAX, scale)
        }
        _ => format!("({sum} / nullif({count}, 0))"),
    }
}

/// As Redshift writes a value: whole floats without `.0`, SUPER texts without quotes.
fn text(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Text => value.to_owned(),
        Kind::Float => format!("regexp_replace(CAST({value} AS VARCHAR), '\\.0$', '')"),
        Kind::Super => format!("json_extract_string({value}, '$')"),
        _ => format!("CAST({value} AS VARCHAR)"),
    }
}

/// Text must be a whole number: DuckDB would round `'2.5'`.
fn integer(kind: Kind, value: &str, target: &str) -> String {
    let cast = format!("CAST({value} AS {target})");
    match kind {
        Kind::Text => format!(
            "CASE WHEN {value} IS NULL OR regexp_full_match({value}, '\\s*[+-]?[0-9]+\\s*') THEN {cast} \
             ELSE error('invalid input syntax for integer') END"
        ),
        Kind::Super => format!("CAST(json_extract_string({value}, '$') AS {target})"),
        _ => cast,
    }
}

fn trunc(kind: Kind, value: &str, places: Option<&str>) -> String {
    let places = places.map(|places| places.trim_matches('\''));
    match (kind, places) {
        (Kind::Date | Kind::Timestamp | Kind::Text, None) => format!("CAST(CAST({value} AS TIMESTAMP) AS DATE)"),
        (_, None | Some("0")) => format!("trunc({value})"),
        (_, Some(places)) => format!("trunc({value}, {places})"),
    }
}

/// The argument of a percentile with so many places more that interpolation is exact after rounding.
const SPARE: u32 = 6;

/// An interpolated value has the places of the argument and of the percentile.
fn spread(kind: Kind, value: &str, places: &str) -> String {
    let places = places.parse::<u32>().unwrap_or(0);
    match kind.decimal() {
        Some((_, scale)) => format!("CAST({value} AS DECIMAL({MAX}, {}))", (scale + places + SPARE).min(MAX)),
        None => value.to_owned(),
    }
}

fn percentile(kind: Kind, value: &str) -> String {
    match kind {
        Kind::Decimal(_, scale) => format!("round({value}, {})", scale.saturating_sub(SPARE)),
        _ => value.to_owned(),
    }
}

fn to_char(kind: Kind, value: &str, format: &str) -> Result<String, String> {
    let format = format
        .trim_start_matches('\'')
        .strip_suffix('\'')
        .unwrap_or(format)
        .replace("''", "'");
    let written = match kind {
        Kind::Date | Kind::Timestamp | Kind::Text => {
            date_formats::writing(&format!("CAST({value} AS TIMESTAMP)"), &format)
        }
        Kind::Integer(_) | Kind::Decimal(..) | Kind::Float => number_formats::writing(value, &format),
        Kind::Null => Ok("CAST(NULL AS VARCHAR)".to_owned()),
        _ => {
            return Err(format!(
                "ERROR: function to_char({}, \"unknown\") does not exist",
                words(kind)
            ));
        }
    };
    written.map_err(|what| {
        format!("ERROR: The pattern {what} in the format of TO_CHAR() is not supported by the embedded Redshift")
    })
}
