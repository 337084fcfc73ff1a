//! Which named parameters a statement refers to.

use std::collections::BTreeSet;

use super::errors::{constrain, validation};
use super::model::Parameter;
use crate::local::error::AwsError;

/// The names after a colon in `sql`, outside of strings, quoted names, comments and casts.
pub(super) fn names(sql: &str) -> BTreeSet<&str> {
    let bytes = sql.as_bytes();
    let mut names = BTreeSet::new();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &sql[at..];
        at += match bytes[at] {
            quote @ (b'\'' | b'"') => quoted(rest, char::from(quote)),
            b'-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'$' => dollar_quoted(rest),
            b':' if rest.starts_with("::") => 2,
            b':' => {
                let name = &rest[1..];
                let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let name = &name[..end.unwrap_or(name.len())];
                if !name.is_empty() {
                    names.insert(name);
                }
                1 + name.len()
            }
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    names
}

/// Length of a quoted text with its quotes; a doubled quote is part of it.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(end) = text[at..].find(quote) {
        at += end + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// Length of `$tag$ ... $tag$`, or of the dollar alone.
fn dollar_quoted(text: &str) -> usize {
    let Some(end) = text[1..].find('$') else { return 1 };
    let tag = &text[..end + 2];
    if !tag[1..tag.len() - 1]
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || c == '_')
    {
        return 1;
    }
    let closed = text[tag.len()..].find(tag);
    closed.map_or(text.len(), |end| 2 * tag.len() + end)
}

/// Names match `[0-9a-zA-Z_]+`, come once, and each is referred to by a statement: "Each provided parameter must be
/// referenced by at least one SQL statement in the batch".
pub(super) fn check(given: &[Parameter], sqls: &[String]) -> Result<(), AwsError> {
    constrain(|constraints| {
        for (place, parameter) in (1..).zip(given) {
            let matches = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let valid = !parameter.name.is_empty() && parameter.name.chars().all(matches);
            let member = format!("parameters.{place}.member.name");
            constraints.pattern(member, &parameter.name, "^[0-9a-zA-Z_]+$", valid);
            // The value stays out of the message.
            let member = format!("parameters.{place}.member.value");
            constraints.count(member, parameter.value.len(), 1, usize::MAX);
        }
    })?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = given.iter().find(|parameter| !seen.insert(&parameter.name)) {
        return Err(validation(format!(
            "Parameters list contains duplicate parameters: {}",
            twice.name
        )));
    }
    let used: BTreeSet<&str> = sqls.iter().flat_map(|sql| names(sql)).collect();
    let unused = given.iter().map(|parameter| parameter.name.as_str());
    let unused: Vec<_> = unused.filter(|name| !used.contains(name)).collect();
    match unused.is_empty() {
        true => Ok(()),
        false => Err(validation(format!(
            "Parameters list contains unused parameters. Unused parameters: [{}]",
            unused.join(", ")
        ))),
    }
}

/// Those that `sql` refers to.
pub(super) fn of(sql: &str, given: &[Parameter]) -> Vec<(String, Option<String>)> {
    let names = names(sql);
    let used = given.iter().filter(|parameter| names.contains(parameter.name.as_str()));
    used.map(|parameter| (parameter.name.clone(), Some(parameter.value.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_parameters_and_nothing_that_only_looks_like_one() {
        let sql = "select :a, 'x:no', \"q:no\", b::int, $$ :no $$, $t$ :no $t$ -- :no\n, /* :no */ :b_2 where c = 'it''s :no' and d=:a";
        assert_eq!(names(sql).into_iter().collect::<Vec<_>>(), ["a", "b_2"]);
        assert!(names("select '12:30").is_empty());
        assert_eq!(names("é:x").into_iter().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn every_parameter_must_be_used_somewhere() {
        let parameter = |name: &str| Parameter {
            name: name.into(),
            value: "1".into(),
        };
        let sqls = ["select :a".to_owned(), "select :b".to_owned()];
        assert!(check(&[parameter("a"), parameter("b")], &sqls).is_ok());
        let error = check(&[parameter("a"), parameter("c")], &sqls).unwrap_err();
        assert_eq!(
            error.message,
            "Parameters list contains unused parameters. Unused parameters: [c]"
        );
        assert_eq!(
            of(&sqls[0], &[parameter("a"), parameter("b")]),
            [("a".into(), Some("1".into()))]
        );
    }
}
