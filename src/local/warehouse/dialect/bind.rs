//! Named parameters of the Data API.

use super::error::{SyntaxError, failure};
use super::lex::{Kind, lex};

/// `sql` with every `:name` outside of quotes and comments replaced by its value as a literal; `None` is NULL.
///
/// # Errors
/// A parameter that the statement does not use, as AWS words it. A name without a value stays as it is: Redshift finds a
/// syntax error there.
pub(in crate::local::warehouse) fn bind(
    sql: &str,
    parameters: &[(String, Option<String>)],
) -> Result<String, SyntaxError> {
    if parameters.is_empty() {
        return Ok(sql.to_owned());
    }
    let characters: Vec<char> = sql.chars().collect();
    let mut bound = String::with_capacity(sql.len());
    let mut from = 0;
    let mut used = vec![false; parameters.len()];
    for token in lex(sql)? {
        let Kind::Parameter(name) = &token.kind else {
            continue;
        };
        let found = parameters.iter().position(|(parameter, _)| parameter == name);
        let Some((index, (_, value))) = found.and_then(|index| Some((index, parameters.get(index)?))) else {
            continue;
        };
        if let Some(slot) = used.get_mut(index) {
            *slot = true;
        }
        bound.extend(&characters[from..token.start]);
        bound.push_str(&literal(value.as_deref()));
        from = token.end;
    }
    bound.extend(&characters[from..]);
    let unused: Vec<_> = parameters
        .iter()
        .zip(used)
        .filter(|(_, used)| !used)
        .map(|((name, _), _)| name.as_str())
        .collect();
    if unused.is_empty() {
        return Ok(bound);
    }
    Err(SyntaxError {
        message: format!(
            "Parameters list contains unused parameters. Unused parameters: [{}]",
            unused.join(", ")
        ),
        ..failure(0, "")
    })
}

/// Backslashes escape in Redshift's literals.
fn literal(value: Option<&str>) -> String {
    match value {
        Some(value) => format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''")),
        None => "NULL".to_owned(),
    }
}
