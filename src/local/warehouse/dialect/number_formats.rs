//! Formats of numbers (<https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_formating.html>).

use super::names::literal;

/// A format such as `FM$999,990.00`.
#[derive(Debug, Default, PartialEq)]
struct Format {
    /// Digits before the point.
    whole: usize,
    /// Of these, how many from the right are written even where the number has none.
    zeros: usize,
    /// Group separators: how many digits stand to the right of each.
    groups: Vec<usize>,
    /// Digits after the point; `None` without a point.
    places: Option<usize>,
    /// Of these, how many are written even where they are zeros that end the number.
    kept: usize,
    /// `FM`: no blanks.
    tight: bool,
    dollar: bool,
    sign: Sign,
}

#[derive(Debug, Default, PartialEq)]
enum Sign {
    /// Before the number, blank if it is not negative.
    #[default]
    Plain,
    /// `S` in front.
    Before,
    /// `S` or `MI` behind.
    After,
    MinusAfter,
    /// `PR`: `<1>`.
    Brackets,
}

/// `value` (DuckDB's SQL of an exact number) in this format, as DuckDB's SQL.
///
/// # Errors
/// The pattern that is not known.
pub(super) fn writing(value: &str, format: &str) -> Result<String, String> {
    let format = read(format)?;
    let places = format.places.unwrap_or(0);
    let rounded = format!(
        "round(CAST({value} AS DECIMAL(38, {})), {places})",
        (places + 6).min(18)
    );
    // The number without its sign and its point: at least as many digits as the format demands.
    let digits = format!("replace(CAST(abs({rounded}) AS VARCHAR), '.', '')");
    let least = format.zeros.max(usize::from(format.places.is_none())) + places;
    let whole = format!("ltrim(left({digits}, -{places}), '0')");
    let whole = if places == 0 {
        format!("ltrim({digits}, '0')")
    } else {
        whole
    };
    let padded = format!(
        "CASE WHEN length({whole}) < {0} THEN lpad({whole}, {0}, '0') ELSE {whole} END",
        least - places
    );
    let grouped = grouped(&padded, &format.groups);
    let number = format!("({grouped} || {})", fraction(&digits, &format));
    let negative = format!("({rounded} < 0)");
    let around = |before: &str, after: &str, otherwise: (&str, &str)| {
        format!(
            "(CASE WHEN {negative} THEN '{before}' ELSE '{}' END || {number} || \
             CASE WHEN {negative} THEN '{after}' ELSE '{}' END)",
            otherwise.0, otherwise.1
        )
    };
    let signed = match format.sign {
        Sign::Plain => around("-", "", ("", "")),
        Sign::Before => around("-", "", ("+", "")),
        Sign::After => around("", "-", ("", "+")),
        Sign::MinusAfter => around("", "-", ("", " ")),
        Sign::Brackets => around("<", ">", (" ", " ")),
    };
    let brackets = usize::from(format.sign == Sign::Brackets);
    let width = format.whole + format.groups.len() + format.places.map_or(0, |places| places + 1) + 1 + brackets;
    let sized = if format.tight {
        format!("trim({signed})")
    } else {
        format!("lpad({signed}, {width}, ' ')")
    };
    let dollar = literal(if format.dollar { "$" } else { "" });
    // A number with more digits than the format is written as crosses.
    let crosses = "#".repeat(format.whole);
    let point = format
        .places
        .map_or(String::new(), |places| format!(".{}", "#".repeat(places)));
    Ok(format!(
        "CASE WHEN length({whole}) > {} THEN {dollar} || {} ELSE {dollar} || {sized} END",
        format.whole,
        literal(&format!(" {crosses}{point}"))
    ))
}

/// What stands after the point; with `FM` without the zeros that only fill places written as 9.
fn fraction(digits: &str, format: &Format) -> String {
    match format.places {
        None => "''".to_owned(),
        Some(0) => "'.'".to_owned(),
        Some(places) if format.tight => format!(
            "'.' || left(right({digits}, {places}), {0}) || rtrim(substring(right({digits}, {places}), {1}), '0')",
            format.kept,
            format.kept + 1
        ),
        Some(places) => format!("'.' || right({digits}, {places})"),
    }
}

/// Commas, from the right.
fn grouped(digits: &str, groups: &[usize]) -> String {
    let mut sql = digits.to_owned();
    // From the right, so that those which stand count for those to their left.
    for right in groups.iter().rev() {
        sql = format!(
            "CASE WHEN length(replace({sql}, ',', '')) > {right} \
             THEN left({sql}, -{0}) || ',' || right({sql}, {0}) ELSE {sql} END",
            right + groups.iter().filter(|other| *other < right).count()
        );
    }
    sql
}

fn read(format: &str) -> Result<Format, String> {
    let mut read = Format::default();
    let mut rest = format.to_ascii_uppercase();
    if let Some(after) = rest.strip_prefix("FM") {
        read.tight = true;
        rest = after.to_owned();
    }
    let mut seen_digit = false;
    let mut first_zero = None;
    let characters: Vec<char> = rest.chars().collect();
    let mut separators = Vec::new();
    let mut index = 0;
    while let Some(character) = characters.get(index) {
        index += 1;
        match character {
            '9' | '0' => {
                seen_digit = true;
                match &mut read.places {
                    Some(places) => {
                        *places += 1;
                        if *character == '0' {
                            read.kept = *places;
                        }
                    }
                    None => {
                        if *character == '0' && first_zero.is_none() {
                            first_zero = Some(read.whole);
                        }
                        read.whole += 1;
                    }
                }
            }
            ',' | 'G' if read.places.is_none() => separators.push(read.whole),
            '.' | 'D' if read.places.is_none() => read.places = Some(0),
            '$' | 'L' if !seen_digit => read.dollar = true,
            'S' if read.sign == Sign::Plain && !seen_digit => read.sign = Sign::Before,
            'S' if read.sign == Sign::Plain => read.sign = Sign::After,
            'P' if characters.get(index) == Some(&'R') && seen_digit && read.sign == Sign::Plain => {
                index += 1;
                read.sign = Sign::Brackets;
            }
            'M' if characters.get(index) == Some(&'I') && seen_digit && read.sign == Sign::Plain => {
                index += 1;
                read.sign = Sign::MinusAfter;
            }
            other => return Err(format!("{other} at its place in \"{format}\"")),
        }
    }
    if !seen_digit || read.whole + read.places.unwrap_or(0) > 31 {
        return Err(format!("\"{format}\""));
    }
    read.zeros = first_zero.map_or(0, |first| read.whole - first);
    read.groups = separators.iter().map(|position| read.whole - position).collect();
    Ok(read)
}
