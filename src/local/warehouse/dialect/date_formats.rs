//! Formats of dates and times (<https://docs.aws.amazon.com/redshift/latest/dg/r_FORMAT_strings.html>).

use super::names::literal;

/// A piece of a format.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    /// DuckDB's specifier, and whether it is letters, whose case the pattern decides.
    Specifier(&'static str, Case),
    /// DuckDB's SQL with `{}` for the value.
    Expression(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Case {
    None,
    /// Blank-padded to nine characters, as PostgreSQL pads names.
    Padded,
    Short,
}

/// Longest first, so that MONTH is not read as MON.
const PATTERNS: &[(&str, Piece)] = &[
    ("MONTH", Piece::Specifier("%B", Case::Padded)),
    ("HH24", Piece::Specifier("%H", Case::None)),
    ("HH12", Piece::Specifier("%I", Case::None)),
    ("YYYY", Piece::Specifier("%Y", Case::None)),
    ("IYYY", Piece::Expression("lpad(CAST(isoyear({}) AS VARCHAR), 4, '0')")),
    ("YYY", Piece::Expression("right(CAST(year({}) AS VARCHAR), 3)")),
    ("DAY", Piece::Specifier("%A", Case::Padded)),
    ("DDD", Piece::Specifier("%j", Case::None)),
    ("MON", Piece::Specifier("%b", Case::Short)),
    ("YY", Piece::Specifier("%y", Case::None)),
    ("MM", Piece::Specifier("%m", Case::None)),
    ("DD", Piece::Specifier("%d", Case::None)),
    ("DY", Piece::Specifier("%a", Case::Short)),
    ("HH", Piece::Specifier("%I", Case::None)),
    ("MI", Piece::Specifier("%M", Case::None)),
    ("SS", Piece::Specifier("%S", Case::None)),
    ("MS", Piece::Specifier("%g", Case::None)),
    ("US", Piece::Specifier("%f", Case::None)),
    ("AM", Piece::Specifier("%p", Case::Short)),
    ("PM", Piece::Specifier("%p", Case::Short)),
    (
        "WW",
        Piece::Expression("lpad(CAST((dayofyear({}) - 1) // 7 + 1 AS VARCHAR), 2, '0')"),
    ),
    ("IW", Piece::Expression("lpad(CAST(weekofyear({}) AS VARCHAR), 2, '0')")),
    ("ID", Piece::Expression("CAST(isodow({}) AS VARCHAR)")),
    ("CC", Piece::Expression("lpad(CAST(century({}) AS VARCHAR), 2, '0')")),
    ("Q", Piece::Expression("CAST(quarter({}) AS VARCHAR)")),
    ("D", Piece::Expression("CAST(dayofweek({}) + 1 AS VARCHAR)")),
    (
        "J",
        Piece::Expression("CAST(CAST(floor(julian({})) AS BIGINT) AS VARCHAR)"),
    ),
];

/// A format as patterns and the text between them.
enum Part {
    Piece {
        piece: Piece,
        written: String,
        filled: bool,
    },
    Text(String),
}

/// # Errors
/// Letters that are no pattern.
fn parts(format: &str) -> Result<Vec<Part>, String> {
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = format;
    let mut filled = true;
    while let Some(first) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix('"') {
            let (inside, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            parts.push(Part::Text(inside.to_owned()));
            rest = after;
            continue;
        }
        if starts_with(rest, "FM") {
            filled = false;
            rest = rest.get(2..).unwrap_or_default();
            continue;
        }
        if let Some((name, piece)) = PATTERNS.iter().find(|(name, _)| starts_with(rest, name)) {
            let (written, after) = rest.split_at(name.len());
            if starts_with(after, "TH") && !starts_with(rest, "MONTH") {
                return Err(format!("{name}TH"));
            }
            parts.push(Part::Piece {
                piece: *piece,
                written: written.to_owned(),
                filled,
            });
            rest = after;
            continue;
        }
        if first.is_ascii_alphabetic() {
            let letters = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            return Err(rest.get(..letters).unwrap_or_default().to_owned());
        }
        match parts.last_mut() {
            Some(Part::Text(text)) => text.push(first),
            _ => parts.push(Part::Text(first.to_string())),
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    Ok(parts)
}

fn starts_with(text: &str, pattern: &str) -> bool {
    text.get(..pattern.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(pattern))
}

/// `value` (DuckDB's SQL of a timestamp) in this format, as DuckDB's SQL.
///
/// # Errors
/// The pattern that is not known.
pub(super) fn writing(value: &str, format: &str) -> Result<String, String> {
    let mut pieces = Vec::new();
    for part in parts(format)? {
        pieces.push(match part {
            Part::Text(text) => literal(&text),
            Part::Piece {
                piece: Piece::Expression(sql),
                ..
            } => sql.replace("{}", value),
            Part::Piece {
                piece: Piece::Specifier(specifier, case),
                written,
                filled,
            } => cased(&format!("strftime({value}, '{specifier}')"), case, &written, filled),
        });
    }
    Ok(match pieces.is_empty() {
        true => "''".to_owned(),
        false => format!("({})", pieces.join(" || ")),
    })
}

/// `MONTH`, `Month` and `month` are three ways to write it; without FM names are padded and numbers keep their zeros.
fn cased(sql: &str, case: Case, written: &str, filled: bool) -> String {
    if case == Case::None {
        return if filled {
            sql.to_owned()
        } else {
            format!("coalesce(nullif(ltrim({sql}, '0'), ''), '0')")
        };
    }
    let mut letters = written.chars();
    let first = letters.next().is_some_and(char::is_uppercase);
    let second = letters.next().is_some_and(char::is_uppercase);
    let sql = match (first, second) {
        (true, true) => format!("upper({sql})"),
        (true, false) => sql.to_owned(),
        _ => format!("lower({sql})"),
    };
    if case == Case::Padded && filled {
        format!("rpad({sql}, 9, ' ')")
    } else {
        sql
    }
}

/// The format for DuckDB's `strptime`.
///
/// # Errors
/// The pattern that is not known, or that only writes.
pub(super) fn parsing(format: &str) -> Result<String, String> {
    let mut duck = String::new();
    for part in parts(format)? {
        match part {
            Part::Text(text) => duck.push_str(&text.replace('%', "%%")),
            Part::Piece {
                piece: Piece::Specifier("%g" | "%j", _) | Piece::Expression(_),
                written,
                ..
            } => return Err(written),
            Part::Piece {
                piece: Piece::Specifier(specifier, _),
                ..
            } => duck.push_str(specifier),
        }
    }
    Ok(duck)
}
