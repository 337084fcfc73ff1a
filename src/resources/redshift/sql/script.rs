//! A file or folder of SQL as statements in batches, each statement with the place it was written at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::aws::statement::{LARGEST_STATEMENT, MOST_STATEMENTS};
use crate::aws::{sql_place, sql_statements};
use crate::resources::error::Error;
use crate::resources::handler::Scope;

/// A statement and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub text: String,
    /// Relative to the project.
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
}

/// The files of a source with the variables in their places, in the order of their names.
pub(super) struct Script {
    files: Vec<(PathBuf, String)>,
}

impl Script {
    /// Reads a file, or the `.sql` files of a folder.
    ///
    /// # Errors
    /// It cannot be read, or it uses a variable that is not there.
    pub(super) fn read(scope: &Scope, source: &str, variables: &BTreeMap<String, String>) -> Result<Self, Error> {
        let mut files = Vec::new();
        for file in names(&scope.root, Path::new(source))? {
            let path = scope.root.join(&file);
            let text = std::fs::read_to_string(&path).map_err(|source| Error::Source { path, source })?;
            let text = substituted(&text, variables).map_err(|(at, name)| Error::Script {
                reason: format!("`${{{name}}}` is no variable of {}", scope.id),
                line: sql_place(&text, at).line,
                path: file.clone(),
            })?;
            files.push((file, text));
        }
        Ok(Self { files })
    }

    /// Of names and contents, as hex: what the tag on the warehouse remembers.
    pub(super) fn sha256(&self) -> String {
        let mut hash = Sha256::new();
        for (name, text) in &self.files {
            for part in [name.to_string_lossy().as_bytes(), text.as_bytes()] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The statements, cut into batches that the Data API takes. A batch is one transaction, never of two files.
    ///
    /// # Errors
    /// A quote or comment is not closed, or a statement is too large.
    pub(super) fn batches(&self) -> Result<Vec<Vec<Placed>>, Error> {
        let mut batches = Vec::new();
        for (file, text) in &self.files {
            let wrong = |line, reason| Error::Script {
                path: file.clone(),
                line,
                reason,
            };
            let statements = sql_statements(text).map_err(|error| wrong(error.line, error.to_string()))?;
            let mut batch: Vec<Placed> = Vec::new();
            let mut size = 0;
            for statement in statements {
                let length = statement.text.len();
                let line = sql_place(text, statement.offset).line;
                if length > LARGEST_STATEMENT {
                    let reason = format!("a statement of {length} bytes; {LARGEST_STATEMENT} are the most");
                    return Err(wrong(line, reason));
                }
                let alone = alone(statement.text);
                let full = batch.len() == MOST_STATEMENTS || size + length > LARGEST_STATEMENT;
                if !batch.is_empty() && (alone || full) {
                    batches.push(std::mem::take(&mut batch));
                    size = 0;
                }
                batch.push(Placed {
                    text: statement.text.to_owned(),
                    file: file.clone(),
                    line,
                });
                size += length;
                if alone {
                    batches.push(std::mem::take(&mut batch));
                    size = 0;
                }
            }
            if !batch.is_empty() {
                batches.push(batch);
            }
        }
        Ok(batches)
    }
}

/// The file itself, or the `.sql` files of a folder by name; relative to the project.
fn names(root: &Path, source: &Path) -> Result<Vec<PathBuf>, Error> {
    let path = root.join(source);
    if !path.is_dir() {
        return Ok(vec![source.to_path_buf()]);
    }
    let read = || -> std::io::Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(&path)?.collect::<std::io::Result<Vec<_>>>()?;
        let names = entries.into_iter().map(|entry| PathBuf::from(entry.file_name()));
        let mut names: Vec<_> = names
            .filter(|name| name.extension().is_some_and(|extension| extension == "sql"))
            .map(|name| source.join(name))
            .collect();
        names.sort();
        match names.is_empty() {
            true => Err(std::io::Error::other("the folder holds no .sql file")),
            false => Ok(names),
        }
    };
    read().map_err(|source| Error::Source {
        path: path.clone(),
        source,
    })
}

/// Puts variables in the place of `${Name}`; else the position and name of what is none.
fn substituted(text: &str, variables: &BTreeMap<String, String>) -> Result<String, (usize, String)> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(start) = text[at..].find("${").map(|offset| at + offset) {
        out.push_str(&text[at..start]);
        let rest = &text[start + 2..];
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
        match length.filter(|length| *length > 0 && rest[*length..].starts_with('}')) {
            Some(length) => {
                let name = &rest[..length];
                out.push_str(variables.get(name).ok_or_else(|| (start, name.to_owned()))?);
                at = start + 2 + length + 1;
            }
            // `${` of something else, such as a dollar-quoted text that starts with a brace.
            None => {
                out.push_str("${");
                at = start + 2;
            }
        }
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// Statements that Redshift refuses inside a transaction block, by their first words
/// (<https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html>, "Usage notes" of each).
const ALONE: [&[&str]; 8] = [
    &["VACUUM"],
    &["CREATE", "DATABASE"],
    &["DROP", "DATABASE"],
    &["ALTER", "DATABASE"],
    &["CREATE", "EXTERNAL", "TABLE"],
    &["ALTER", "EXTERNAL", "TABLE"],
    &["DROP", "EXTERNAL", "TABLE"],
    &["CREATE", "LIBRARY"],
];

fn alone(statement: &str) -> bool {
    let words: Vec<String> = statement
        .split_whitespace()
        .take(8)
        .map(str::to_ascii_uppercase)
        .collect();
    let appends = words.first().is_some_and(|word| word == "ALTER") && words.iter().any(|word| word == "APPEND");
    appends
        || ALONE
            .iter()
            .any(|start| words.len() >= start.len() && start.iter().zip(&words).all(|(a, b)| a == b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn script(files: &[(&str, &str)]) -> Script {
        let files = files
            .iter()
            .map(|(name, text)| (PathBuf::from(name), (*text).to_owned()));
        Script { files: files.collect() }
    }

    fn sizes(script: &Script) -> Vec<usize> {
        script.batches().unwrap().iter().map(Vec::len).collect()
    }

    #[test]
    fn batches_stay_within_the_quotas_and_within_a_file() {
        assert_eq!(
            sizes(&script(&[("a.sql", &"x;".repeat(95)), ("b.sql", "y")])),
            [40, 40, 15, 1]
        );
        let large = format!("{};", "x".repeat(60_000));
        assert_eq!(sizes(&script(&[("a.sql", &large.repeat(3))])), [1, 1, 1]);
        let error = script(&[("a.sql", &format!("x;\n{}", "x".repeat(100_001)))])
            .batches()
            .unwrap_err();
        assert!(
            error.to_string().starts_with("a.sql:2: a statement of 100001 bytes"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_in_a_transaction_runs_alone() {
        let text = "a; b; VACUUM t; c; create  database d; ALTER TABLE t APPEND FROM u; e; ALTER TABLE t ADD x int; f";
        assert_eq!(sizes(&script(&[("a.sql", text)])), [2, 1, 1, 1, 1, 3]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_statement_comes_once_in_order_within_the_quotas(
            files in prop::collection::vec(prop::collection::vec("[a-z]{1,9}( VACUUM)?|VACUUM t|'x;y'|q{4000}", 0..60), 0..3)
        ) {
            let named: Vec<_> = files.iter().enumerate().map(|(index, statements)| {
                (format!("{index}.sql"), statements.join(";\n"))
            }).collect();
            let named: Vec<_> = named.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            let batches = script(&named).batches().unwrap();
            for batch in &batches {
                prop_assert!((1..=MOST_STATEMENTS).contains(&batch.len()));
                prop_assert!(batch.iter().map(|placed| placed.text.len()).sum::<usize>() <= LARGEST_STATEMENT);
                prop_assert!(batch.iter().all(|placed| placed.file == batch[0].file));
                prop_assert!(batch.len() == 1 || batch.iter().all(|placed| !placed.text.starts_with("VACUUM")));
            }
            let ran: Vec<_> = batches.iter().flatten().map(|placed| (placed.text.as_str(), placed.line)).collect();
            let written: Vec<_> = files.iter().flat_map(|statements| {
                statements.iter().enumerate().map(|(index, text)| (text.as_str(), index + 1))
            }).collect();
            prop_assert_eq!(ran, written);
        }
    }

    #[test]
    fn variables_take_their_places() {
        let variables = BTreeMap::from([("Schema".to_owned(), "hr".to_owned()), ("A.b".into(), "1".into())]);
        assert_eq!(
            substituted("${Schema}.t ${A.b} $${ x }$$ ${ y", &variables),
            Ok("hr.t 1 $${ x }$$ ${ y".into())
        );
        assert_eq!(substituted("x ${Role}", &variables), Err((2, "Role".into())));
    }

    #[test]
    fn the_digest_tells_files_and_contents_apart() {
        let digests = [
            script(&[("a.sql", "x")]).sha256(),
            script(&[("a.sql", "y")]).sha256(),
            script(&[("b.sql", "x")]).sha256(),
            script(&[("a.sql", "x"), ("b.sql", "")]).sha256(),
        ];
        let distinct: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(distinct.len(), digests.len());
    }
}
