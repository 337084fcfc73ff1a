//! Date and time functions (<https://docs.aws.amazon.com/redshift/latest/dg/Date_functions_header.html>).

use super::super::ast::{Base, Call, Expr, Part};
use super::super::date_formats;
use super::super::error::{SyntaxError, failure, unsupported};
use super::super::moments;
use super::super::names::literal;
use super::super::parts;
use super::super::statement::Type;
use super::super::writer::Writer;
use super::{count, fixed};

/// The start of the transaction, in UTC.
const NOW: &str = "make_timestamp(epoch_us(now()))";

pub(super) fn write(writer: &mut Writer, call: &Call) -> Result<Option<String>, SyntaxError> {
    let sql = match call.name.as_str() {
        "sysdate" => NOW.to_owned(),
        "getdate" => {
            count(call, 0, 0)?;
            format!("date_trunc('second', {NOW})")
        }
        "current_date" => format!("CAST({NOW} AS DATE)"),
        "dateadd" | "date_add" => dateadd(writer, call)?,
        "datediff" | "date_diff" => datediff(writer, call)?,
        "date_part" | "pgdate_part" => date_part(writer, call)?,
        "extract" => extract(writer, call)?,
        "date_part_year" => format!("CAST(year({}) AS INTEGER)", instants(writer, call, 0, 1)?.join("")),
        "date_trunc" => date_trunc(writer, call)?,
        "add_months" => add_months(writer, call)?,
        "months_between" => months_between(writer, call)?,
        "last_day" => format!("last_day({})", instants(writer, call, 0, 1)?.join("")),
        "next_day" => next_day(writer, call)?,
        "date" => format!("CAST({} AS DATE)", instants(writer, call, 0, 1)?.join("")),
        "to_date" => {
            let parsed = parsed(writer, call)?;
            format!("CAST({parsed} AS DATE)")
        }
        "to_timestamp" => parsed(writer, call)?,
        "to_char" => to_char(writer, call)?,
        _ => return Ok(None),
    };
    Ok(Some(sql))
}

/// A date part is a name without quotes, or a literal.
fn part_of(call: &Call) -> Result<Part, SyntaxError> {
    let word = match call.arguments.first() {
        Some(Expr::Text(word)) => word.to_ascii_lowercase(),
        Some(Expr::Path(path)) => match &path.base {
            Base::Names(names) if names.len() == 1 && path.steps.is_empty() => names.join(""),
            _ => String::new(),
        },
        _ => String::new(),
    };
    parts::part(&word).ok_or_else(|| {
        failure(
            call.at,
            format_args!("invalid datetime part of {}: \"{word}\"", call.name),
        )
    })
}

fn timestamp(sql: &str) -> String {
    format!("CAST({sql} AS TIMESTAMP)")
}

/// A date or timestamp, a literal too, as a timestamp. What is certainly a TIME stays one.
fn instant(writer: &mut Writer, call: &Call, argument: &Expr) -> Result<String, SyntaxError> {
    match argument {
        Expr::Text(text) => Ok(timestamp(&literal(&moments::iso(text, call.at)?))),
        Expr::Typed(Type::Time, ..) | Expr::Cast(_, Type::Time, _) => writer.expr(argument),
        // The text of a SUPER value.
        other => Ok(timestamp(&writer.string(other)?)),
    }
}

/// All arguments from this one on, as timestamps.
fn instants(writer: &mut Writer, call: &Call, from: usize, count: usize) -> Result<Vec<String>, SyntaxError> {
    super::count(call, from + count, from + count)?;
    let arguments = call.arguments.iter().skip(from);
    arguments.map(|argument| instant(writer, call, argument)).collect()
}

/// A TIMESTAMP whatever the argument is.
fn dateadd(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 3, 3)?;
    let part = part_of(call)?;
    let [_, number, date] = &call.arguments[..] else {
        return Ok(String::new());
    };
    let number = writer.number(number)?;
    match parts::interval_of(part, &number) {
        Some(interval) => Ok(format!("({} + {interval})", instant(writer, call, date)?)),
        None => Err(failure(call.at, format_args!("invalid datetime part of {}", call.name))),
    }
}

/// The boundaries of the part that lie between the two.
fn datediff(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let all = instants(writer, call, 1, 2)?;
    let part = part_of(call)?;
    if parts::interval_of(part, "1").is_none() {
        return Err(failure(call.at, format_args!("invalid datetime part of {}", call.name)));
    }
    Ok(match &all[..] {
        [from, to] => format!("date_diff('{}', {from}, {to})", parts::duck(part)),
        _ => String::new(),
    })
}

/// A timestamp, or the interval between two.
fn moment(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 2, 2)?;
    let difference = |expr: &Expr| matches!(expr, Expr::Binary(binary) if binary.op == "-");
    match call.arguments.get(1) {
        Some(Expr::Row(items)) if items.iter().any(difference) => {
            let sql = writer.list(items)?;
            Ok(writer.marker("moment", &[sql]))
        }
        Some(argument) if difference(argument) => {
            let sql = writer.expr(argument)?;
            Ok(writer.marker("moment", &[sql]))
        }
        Some(argument) => instant(writer, call, argument),
        None => Ok(String::new()),
    }
}

/// A DOUBLE: seconds with their fraction, parts of a second without the seconds.
fn date_part(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let date = moment(writer, call)?;
    let sql = match part_of(call)? {
        Part::Second => format!("date_part('microsecond', {date}) / 1000000.0"),
        Part::Millisecond => format!("(date_part('microsecond', {date}) % 1000000) / 1000.0"),
        Part::Microsecond => format!("date_part('microsecond', {date}) % 1000000"),
        part => whole_part(part, &date),
    };
    Ok(format!("CAST({sql} AS DOUBLE)"))
}

/// An INTEGER: the part alone, without the greater and the smaller ones.
fn extract(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let date = moment(writer, call)?;
    Ok(match part_of(call)? {
        Part::Millisecond => format!("CAST(date_part('millisecond', {date}) % 1000 AS INTEGER)"),
        Part::Microsecond => format!("CAST(date_part('microsecond', {date}) % 1000 AS INTEGER)"),
        Part::Epoch => format!("CAST(floor({}) AS BIGINT)", whole_part(Part::Epoch, &date)),
        part => format!("CAST({} AS INTEGER)", whole_part(part, &date)),
    })
}

/// Decades count from 1, as centuries do.
fn whole_part(part: Part, date: &str) -> String {
    let plain = format!("date_part('{}', {date})", parts::duck(part));
    if part == Part::Decade {
        format!("({plain} + 1)")
    } else {
        plain
    }
}

fn date_trunc(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    let date = instants(writer, call, 1, 1)?.join("");
    let part = part_of(call)?;
    if parts::interval_of(part, "1").is_none() {
        return Err(failure(call.at, "timestamp units not supported by date_trunc"));
    }
    // Centuries start with year 1 of a hundred.
    let years = match part {
        Part::Century => 100,
        Part::Millennium => 1000,
        _ => return Ok(format!("date_trunc('{}', {date})", parts::duck(part))),
    };
    let first = format!("(year({date}) - 1) // {years} * {years} + 1");
    Ok(format!("make_timestamp({first}, 1, 1, 0, 0, 0)"))
}

/// The last day of a month stays the last one.
fn add_months(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 2, 2)?;
    Ok(match &call.arguments[..] {
        [date, number] => {
            let time = instant(writer, call, date)?;
            let day = format!("CAST({time} AS DATE)");
            let number = writer.number(number)?;
            let moved = format!("({time} + to_months(CAST({number} AS INTEGER)))");
            format!(
                "CASE WHEN {day} = last_day({day}) \
                 THEN CAST(last_day(CAST({moved} AS DATE)) AS TIMESTAMP) + ({time} - date_trunc('day', {time})) \
                 ELSE {moved} END"
            )
        }
        _ => String::new(),
    })
}

/// Whole months between equal or last days, else the days and the time as parts of a month of 31 days.
fn months_between(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    Ok(match &instants(writer, call, 0, 2)?[..] {
        [a, b] => {
            let seconds = |of: &str| format!("date_diff('microsecond', date_trunc('month', {of}), {of})");
            format!(
                "CAST(date_diff('month', {b}, {a}) + CASE WHEN day({a}) = day({b}) \
                 OR (CAST({a} AS DATE) = last_day({a}) AND CAST({b} AS DATE) = last_day({b})) THEN 0 \
                 ELSE ({} - {}) / 2678400000000.0 END AS DOUBLE)",
                seconds(a),
                seconds(b)
            )
        }
        _ => String::new(),
    })
}

fn next_day(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 2, 2)?;
    let [date, day] = &call.arguments[..] else {
        return Ok(String::new());
    };
    let day = fixed(call, day, "a day")?.to_ascii_lowercase();
    let days = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    // Abbreviations of one letter (T, S) would be several days.
    let number = days
        .iter()
        .position(|name| day.len() > 1 && name.starts_with(&day))
        .map(|index| index + 1);
    let Some(number) = number else {
        return Err(failure(call.at, format_args!("invalid day of week \"{day}\"")));
    };
    let date = format!("CAST({} AS DATE)", instant(writer, call, date)?);
    Ok(format!(
        "({date} + CAST(({number} - isodow({date}) + 6) % 7 + 1 AS INTEGER))"
    ))
}

/// Always strict: what the third argument, FALSE by default, would let overflow (the 31st of June) is an error.
fn parsed(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 2, 3)?;
    let [text, format, strict @ ..] = &call.arguments[..] else {
        return Ok(String::new());
    };
    if !matches!(strict, [] | [Expr::Boolean(_)]) {
        return Err(super::missing(call));
    }
    let format = date_formats::parsing(fixed(call, format, "a format")?).map_err(|what| unknown(call, &what))?;
    Ok(format!("strptime({}, {})", writer.string(text)?, literal(&format)))
}

/// Dates and numbers have different formats: the type decides.
fn to_char(writer: &mut Writer, call: &Call) -> Result<String, SyntaxError> {
    count(call, 2, 2)?;
    let [value, format] = &call.arguments[..] else {
        return Ok(String::new());
    };
    let format = fixed(call, format, "a format")?;
    let value = match value {
        // A literal can only be meant as a date here.
        Expr::Text(_) => instant(writer, call, value)?,
        other => writer.number(other)?,
    };
    Ok(writer.marker("to_char", &[value, literal(format)]))
}

fn unknown(call: &Call, what: &str) -> SyntaxError {
    unsupported(
        call.at,
        format_args!(
            "The pattern {what} in the format of {}()",
            call.name.to_ascii_uppercase()
        ),
        "it has YYYY, YY, Q, MONTH, MON, MM, WW, IW, DAY, DY, DDD, DD, D, ID, HH24, HH12, MI, SS, MS, US and AM",
    )
}
