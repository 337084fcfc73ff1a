//! The load script: SQL whose `${...}` stand for what is known only when a batch is loaded.

use std::collections::BTreeMap;

use super::error::Error;
use crate::aws::{sql_place, sql_statements};

/// A load script as it is in the project.
#[derive(Clone, Debug)]
pub(super) struct Script<'a> {
    /// Relative to the project.
    pub file: &'a str,
    pub text: &'a str,
}

/// A statement ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub text: String,
    /// Where it starts in the file, in bytes.
    pub offset: usize,
}

impl Script<'_> {
    /// The statements with their variables replaced.
    ///
    /// # Errors
    /// A quote that is not closed, no statement at all, a variable that there is not, or a value that could end the
    /// quotes it stands in.
    pub fn render(&self, variables: &BTreeMap<String, String>) -> Result<Vec<Statement>, Error> {
        let wrong = |line, message| Error::Script {
            file: self.file.to_owned(),
            line,
            message,
        };
        let statements = sql_statements(self.text).map_err(|error| wrong(error.line, error.to_string()))?;
        if statements.is_empty() {
            return Err(wrong(1, "there is no statement in it".into()));
        }
        let render = |statement: crate::aws::SqlStatement<'_>| {
            let text = replaced(statement.text, variables);
            let text =
                text.map_err(|(at, message)| wrong(sql_place(self.text, statement.offset + at).line, message))?;
            Ok(Statement {
                text,
                offset: statement.offset,
            })
        };
        statements.into_iter().map(render).collect()
    }
}

/// `text` with its variables replaced; where it goes wrong, in bytes, and why.
fn replaced(text: &str, variables: &BTreeMap<String, String>) -> Result<String, (usize, String)> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let at = text.len() - rest.len() + start;
        let name = rest[start + 2..].split_once('}').map(|(name, _)| name);
        let name = name.ok_or_else(|| (at, "`${` without a `}`".to_owned()))?;
        let value = variables.get(name).ok_or_else(|| (at, unknown(name, variables)))?;
        if !is_plain(value) {
            return Err((at, format!("the value of ${{{name}}} cannot stand in quotes")));
        }
        out.push_str(&rest[..start]);
        out.push_str(value);
        rest = &rest[start + 2 + name.len() + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn unknown(name: &str, variables: &BTreeMap<String, String>) -> String {
    let names: Vec<_> = variables.keys().map(|name| format!("${{{name}}}")).collect();
    format!("there is no variable ${{{name}}}; there are {}", names.join(", "))
}

/// Characters of ARNs, URIs, dates and digits; none that ends a quote, escapes its end, or makes another variable.
fn is_plain(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./:=+@,".contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect()
    }

    fn render(text: &str, pairs: &[(&str, &str)]) -> Result<Vec<Statement>, String> {
        let script = Script { file: "load.sql", text };
        script.render(&variables(pairs)).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_are_replaced_statement_by_statement() {
        let text =
            "-- ${Not} here\nCOPY s FROM '${Manifest.e}'\n  IAM_ROLE '${Role}';\n\nSELECT '${Batch}', '${Batch}';";
        let pairs = [
            ("Manifest.e", "s3://c/manifests/0/e.json"),
            ("Role", "arn:aws:iam::1:role/x"),
            ("Batch", "0a"),
        ];
        let statements = render(text, &pairs).unwrap();
        assert_eq!(statements.len(), 2);
        assert_eq!(
            statements[0].text,
            "COPY s FROM 's3://c/manifests/0/e.json'\n  IAM_ROLE 'arn:aws:iam::1:role/x'"
        );
        assert!(text[statements[0].offset..].starts_with("COPY s"));
        assert!(text[statements[1].offset..].starts_with("SELECT"));
        assert_eq!(statements[1].text, "SELECT '0a', '0a'");
    }

    #[test]
    fn mistakes_have_a_line_and_say_what_there_is() {
        let pairs = [("Batch", "0a"), ("Date", "2026-11-25")];
        assert_eq!(
            render("SELECT 1;\nSELECT\n '${Btch}'", &pairs).unwrap_err(),
            "load.sql, line 3: there is no variable ${Btch}; there are ${Batch}, ${Date}"
        );
        assert_eq!(
            render("SELECT '${Batch'", &pairs).unwrap_err(),
            "load.sql, line 1: `${` without a `}`"
        );
        assert!(render("-- nothing", &pairs).unwrap_err().contains("no statement"));
        assert!(render("SELECT 'x", &pairs).unwrap_err().contains("never closed"));
    }

    proptest! {
        /// No value gets out of the quotes it stands in.
        #[test]
        fn a_value_stays_in_its_quotes(value in any::<String>()) {
            if let Ok(statements) = render("SELECT '${V}' AS v", &[("V", &value)]) {
                let inner = &statements[0].text["SELECT '".len()..statements[0].text.len() - "' AS v".len()];
                prop_assert_eq!(inner, &value);
                prop_assert!(!inner.contains(['\'', '\\', ';', '$', '\n']));
            }
        }
    }
}
