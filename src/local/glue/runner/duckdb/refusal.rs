//! What DuckDB says of a transformation that does not run: in one line, with its place, without values of rows.

/// An error of DuckDB as the person who wrote the SQL needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// One line, without values of rows.
    pub said: String,
    /// The line of the SQL at fault, from 1, where it is known.
    pub line: Option<usize>,
    /// In characters of that line, from 0.
    column: usize,
}

/// Kinds of errors whose messages quote the value at fault.
const OF_VALUES: [&str; 4] = [
    "Conversion Error",
    "Invalid Input Error",
    "Out of Range Error",
    "Constraint Error",
];

impl Refusal {
    /// Of an error that running `sql` gave.
    pub fn of(sql: &str, error: &duckdb::Error) -> Self {
        Self::read(sql, &Self::words(error))
    }

    /// The whole message, as DuckDB has it.
    pub fn words(error: &duckdb::Error) -> String {
        match error {
            duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        }
    }

    fn read(sql: &str, message: &str) -> Self {
        let (said, excerpt) = match message.split_once("\nLINE ") {
            Some((said, excerpt)) => (said, Some(excerpt)),
            None => (message, None),
        };
        let place = excerpt
            .and_then(|excerpt| marked(sql, excerpt))
            .or_else(|| named(sql, said));
        Self {
            said: without_value(&said.split_whitespace().collect::<Vec<_>>().join(" ")),
            line: place.map(|(line, _)| line),
            column: place.map_or(0, |(_, column)| column),
        }
    }

    /// Where in `sql`, in characters from its start.
    pub fn position(&self, sql: &str) -> Option<usize> {
        let before = sql.split_inclusive('\n').take(self.line? - 1);
        Some(before.flat_map(str::chars).count() + self.column)
    }
}

/// Line and column of `26: FORM accepted`, with a mark below. Of long lines DuckDB shows a part only: then the column is
/// that of the line's start.
fn marked(sql: &str, excerpt: &str) -> Option<(usize, usize)> {
    let (line, shown) = excerpt.split_once(": ")?;
    let mut rows = shown.lines();
    let (text, mark) = (rows.next()?, rows.next().unwrap_or_default());
    let (line, margin): (usize, usize) = (line.parse().ok()?, "LINE ".len() + line.len() + ": ".len());
    let whole = sql.lines().nth(line.checked_sub(1)?)?;
    let column = mark.find('^').and_then(|at| at.checked_sub(margin));
    Some((
        line,
        column
            .filter(|_| whole.trim_end() == text.trim_end())
            .unwrap_or_default(),
    ))
}

/// Line and column of the first name that the message quotes, if it stands in the SQL once only.
fn named(sql: &str, said: &str) -> Option<(usize, usize)> {
    let name = said.split('"').nth(1).filter(|name| !name.is_empty())?;
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = sql
        .match_indices(name)
        .map(|(at, _)| at)
        .filter(|at| !sql[..*at].ends_with(word) && !sql[at + name.len()..].starts_with(word));
    let first = found.next()?;
    if found.next().is_some() {
        return None;
    }
    let before = &sql[..first];
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    Some((before.matches('\n').count() + 1, column))
}

/// `Conversion Error: Could not convert string 'x' to INT32` without what the rows held.
fn without_value(said: &str) -> String {
    let Some(kind) = OF_VALUES.iter().find(|kind| said.starts_with(**kind)) else {
        return said.to_owned();
    };
    let target = ["destination type ", "to type ", " to "]
        .iter()
        .find_map(|before| said.rsplit_once(before))
        .and_then(|(_, rest)| rest.split([' ', '!', ':', '.']).next())
        .filter(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()));
    match target {
        Some(target) => format!("{kind}: a value does not fit type {target} (the value is not shown)"),
        None => format!("{kind}: a value is not what it must be (it is not shown)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "CREATE VIEW a AS\nSELECT salary, age\nFORM accepted;\n";

    #[test]
    fn the_place_is_that_of_the_mark_or_of_the_name() {
        let message = "Parser Error: syntax error at or near \"FORM\"\n\nLINE 3: FORM accepted;\n        ^";
        let found = Refusal::read(SQL, message);
        assert_eq!(found.said, "Parser Error: syntax error at or near \"FORM\"");
        assert_eq!((found.line, found.column), (Some(3), 0));
        assert!(SQL[found.position(SQL).unwrap()..].starts_with("FORM"));
        let message =
            "Binder Error: Referenced column \"age\" not found in FROM clause!\nCandidate bindings: \"salary\"";
        let found = Refusal::read(SQL, message);
        assert_eq!(
            found.said,
            "Binder Error: Referenced column \"age\" not found in FROM clause! Candidate bindings: \"salary\""
        );
        assert_eq!((found.line, found.column), (Some(2), 15));
        assert_eq!(Refusal::read(SQL, "Catalog Error: \"a\" and \"b\"").line, Some(1));
        assert_eq!(Refusal::read(SQL, "out of memory").position(SQL), None);
    }

    #[test]
    fn no_message_holds_a_value() {
        for (error, type_) in [
            ("Conversion Error: Could not convert string '4711' to INT32", "INT32"),
            (
                "Conversion Error: Casting value \"4711.1\" to type DECIMAL(5,2) failed: value is out of range!",
                "DECIMAL(5,2)",
            ),
            (
                "Conversion Error: Type INT64 with value 4711 can't be cast because the value is out of range for the \
                 destination type INT8",
                "INT8",
            ),
            (
                "Out of Range Error: Overflow in multiplication of INT32 (4711 * 4711)!",
                "",
            ),
            ("Invalid Input Error: Failed to parse 4711", ""),
        ] {
            let said = Refusal::read("", error).said;
            assert!(!said.contains("4711") && said.contains(type_), "{said}");
        }
    }
}
