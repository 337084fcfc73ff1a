//! A place of the pipeline that says which columns a table has.

use std::path::PathBuf;

use super::Column;
use super::kind::Kind;
use crate::template::Diagnostic;

/// What one place says.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// For people: `table hr.employees`.
    pub what: String,
    pub file: File,
    /// Byte of the text where it begins; its columns are looked for from there on.
    pub start: usize,
    pub columns: Vec<(String, Kind)>,
}

/// A file of the project with its text.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// Relative to the project.
    pub path: PathBuf,
    pub text: String,
}

impl Place {
    /// `start` is a word that begins it; the file's beginning where it does not occur.
    pub fn new(what: impl Into<String>, file: &File, start: &str, columns: Vec<(String, Kind)>) -> Self {
        Self {
            what: what.into(),
            file: file.clone(),
            start: word(&file.text, start, 0).map_or(0, |span| span.start),
            columns,
        }
    }

    /// Columns whose types a database described.
    pub fn described(columns: &[Column]) -> Vec<(String, Kind)> {
        let parsed = columns.iter();
        parsed
            .map(|column| (column.name.clone(), Kind::parse(&column.kind)))
            .collect()
    }

    /// A mistake at one of its columns, or at the place itself.
    pub fn mistake(&self, column: Option<&str>, message: String) -> Diagnostic {
        Diagnostic::error_in(
            "types-disagree",
            &self.file.path,
            &self.file.text,
            self.span(column),
            message,
        )
    }

    /// Adds the place to a mistake at another one.
    pub fn note(&self, mistake: Diagnostic, column: Option<&str>, message: String) -> Diagnostic {
        mistake.also(&self.file.path, &self.file.text, self.span(column), message)
    }

    /// Where the column is named: in JSON as a value, for its name may also be a key (`name`).
    fn column(&self, name: &str) -> Option<std::ops::Range<usize>> {
        let text = &self.file.text;
        if self.file.path.extension().is_none_or(|extension| extension != "json") {
            return word(text, name, self.start);
        }
        let quoted = format!("\"{name}\"");
        let mut found = text[self.start..].match_indices(&quoted).map(|(at, _)| self.start + at);
        let at = found.find(|at| text[..*at].trim_end().ends_with(':'))?;
        Some(at + 1..at + 1 + name.len())
    }

    fn span(&self, column: Option<&str>) -> std::ops::Range<usize> {
        let found = column.and_then(|name| self.column(name));
        found.unwrap_or(self.start..self.start)
    }
}

/// The first whole word `wanted` from `start` on.
fn word(text: &str, wanted: &str, start: usize) -> Option<std::ops::Range<usize>> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = |at: usize| !text[..at].ends_with(part) && !text[at + wanted.len()..].starts_with(part);
    text[start..]
        .match_indices(wanted)
        .map(|(at, _)| start + at)
        .find(|at| whole(*at))
        .map(|at| at..at + wanted.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whole() {
        assert_eq!(word("age_band, age", "age", 0), Some(10..13));
        assert_eq!(word("\"age\"", "age", 0), Some(1..4));
        assert_eq!(word("page", "age", 0), None);
    }
}
