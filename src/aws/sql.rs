//! An SQL script cut into the statements that the Data API takes one by one, each with its place in the script.

/// One statement of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlStatement<'a> {
    /// Without the semicolon, the comments before it and the space around it.
    pub text: &'a str,
    /// Where `text` starts, in bytes of the script.
    pub offset: usize,
}

/// A place in a script, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlPlace {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The whole line.
    pub text: String,
}

/// A quote or comment that is never closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the {what} that opens at line {line} is never closed")]
pub struct Unclosed {
    pub what: &'static str,
    /// From 1.
    pub line: usize,
    /// In bytes of the script.
    pub offset: usize,
}

/// Cuts a script at its semicolons, those in quotes, comments and bodies of procedures left alone. Parts without a
/// statement are left out.
///
/// Quotes as Redshift has them: `'it''s'`, `'it\'s'`, `"a""b"`, `$$ body $$`, `$tag$ body $tag$`; comments `-- line` and
/// `/* block /* nested */ */`.
///
/// # Errors
/// A quote or comment that is never closed: the rest of the script would silently be part of it.
pub fn sql_statements(script: &str) -> Result<Vec<SqlStatement<'_>>, Unclosed> {
    let mut statements = Vec::new();
    // The first byte of the statement under way that is neither space nor comment, and the end of its last.
    let mut current: Option<(usize, usize)> = None;
    let mut at = 0;
    while at < script.len() {
        let (piece, end) = piece(script, at)?;
        match piece {
            Piece::Space => {}
            Piece::Semicolon => statements.extend(current.take()),
            Piece::Text => current = Some((current.map_or(at, |(start, _)| start), end)),
        }
        at = end;
    }
    statements.extend(current);
    let statement = |(start, end): (usize, usize)| SqlStatement {
        text: &script[start..end],
        offset: start,
    };
    Ok(statements.into_iter().map(statement).collect())
}

enum Piece {
    Space,
    Semicolon,
    Text,
}

/// What stands at `at`, and where it ends.
fn piece(script: &str, at: usize) -> Result<(Piece, usize), Unclosed> {
    let rest = &script[at..];
    let unclosed = |what| Unclosed {
        what,
        line: line_of(script, at),
        offset: at,
    };
    let ends = |length: Option<usize>, what| length.map(|length| at + length).ok_or_else(|| unclosed(what));
    let first = rest.chars().next().unwrap_or_default();
    Ok(match first {
        ';' => (Piece::Semicolon, at + 1),
        '-' if rest.starts_with("--") => (Piece::Space, at + rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => (Piece::Space, ends(comment(rest), "comment")?),
        '\'' => (Piece::Text, ends(quoted(rest, '\'', true), "quote")?),
        '"' => (Piece::Text, ends(quoted(rest, '"', false), "double quote")?),
        '$' => match dollar_tag(script, at) {
            Some(tag) => {
                let body = rest[tag.len()..].find(tag).map(|body| body + 2 * tag.len());
                (Piece::Text, ends(body, "dollar quote")?)
            }
            None => (Piece::Text, at + 1),
        },
        space if space.is_whitespace() => (Piece::Space, at + space.len_utf8()),
        other => (Piece::Text, at + other.len_utf8()),
    })
}

/// Length of the quoted text that `rest` starts with. A doubled quote is part of it.
fn quoted(rest: &str, quote: char, backslashes: bool) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        if character == '\\' && backslashes {
            characters.next();
        } else if character == quote {
            match characters.peek() {
                Some((_, next)) if *next == quote => drop(characters.next()),
                _ => return Some(at + 1),
            }
        }
    }
    None
}

/// Length of the block comment that `rest` starts with.
fn comment(rest: &str) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    loop {
        let found = at + rest[at..].find(['/', '*'])?;
        if rest[found..].starts_with("/*") {
            depth += 1;
            at = found + 2;
        } else if rest[found..].starts_with("*/") {
            depth -= 1;
            at = found + 2;
        } else {
            at = found + 1;
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The `$$` or `$tag$` that stands at `at`. In a name (`a$b$c`) a dollar sign opens nothing.
fn dollar_tag(script: &str, at: usize) -> Option<&str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    if script[..at].ends_with(|c: char| word(c) || c == '$') {
        return None;
    }
    let tag = script[at + 1..].find('$')?;
    let name = &script[at + 1..at + 1 + tag];
    (name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())).then(|| &script[at..at + tag + 2])
}

fn line_of(script: &str, offset: usize) -> usize {
    script[..offset].matches('\n').count() + 1
}

/// The place of a byte of a script.
pub fn sql_place(script: &str, offset: usize) -> SqlPlace {
    let offset = (0..=offset.min(script.len()))
        .rev()
        .find(|&offset| script.is_char_boundary(offset))
        .unwrap_or_default();
    let start = script[..offset].rfind('\n').map_or(0, |at| at + 1);
    let text = script[start..].lines().next().unwrap_or_default();
    SqlPlace {
        line: line_of(script, offset),
        column: script[start..offset].chars().count() + 1,
        text: text.to_owned(),
    }
}

/// Where in its statement an error of Redshift is, in bytes: at `Position: 15` of its message, a character counted from 1,
/// or at the name that the message is about.
pub fn sql_error_offset(statement: &str, message: &str) -> Option<usize> {
    positioned(statement, message).or_else(|| named(statement, message))
}

fn positioned(statement: &str, message: &str) -> Option<usize> {
    let (_, rest) = message.rsplit_once("Position: ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    let position: usize = digits.parse().ok()?;
    let offset = statement.char_indices().nth(position.checked_sub(1)?);
    offset.map(|(offset, _)| offset)
}

/// Where the name stands that a message quotes, if it stands in the statement once only. Redshift tells the place of
/// syntax errors, and of unknown columns, tables and functions the name alone.
fn named(statement: &str, message: &str) -> Option<usize> {
    let name = ["at or near \"", "column \"", "relation \"", "schema \""]
        .iter()
        .find_map(|before| Some(message.split_once(before)?.1.split_once('"')?.0))
        .or_else(|| Some(message.split_once("function ")?.1.split_once('(')?.0))
        .filter(|name| !name.is_empty())?;
    // Unquoted names come back in lower case; that of ASCII letters keeps every byte in its place.
    let (statement, name) = (statement.to_ascii_lowercase(), name.to_ascii_lowercase());
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let alone = |at: &usize| {
        let (before, after) = (&statement[..*at], &statement[at + name.len()..]);
        !(name.starts_with(word) && before.ends_with(word) || name.ends_with(word) && after.starts_with(word))
    };
    let mut found = statement.match_indices(&name).map(|(at, _)| at).filter(alone);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(script: &str) -> Vec<&str> {
        sql_statements(script)
            .unwrap()
            .into_iter()
            .map(|statement| {
                assert!(script[statement.offset..].starts_with(statement.text));
                statement.text
            })
            .collect()
    }

    #[test]
    fn semicolons_end_statements_but_not_inside_quotes_and_comments() {
        let script = "-- first; really\nSELECT 'a;''b' , \"c;\"\"d\" ;\n\n/* no; /* nested; */ ; */ ;\
            SELECT 1 -- tail;\n;; CREATE PROCEDURE p() AS $$ BEGIN x; y; END $$ LANGUAGE plpgsql;\
            SELECT 'it\\'s; ok'; SELECT a$b, $body$ ;$$; $body$ ; last ";
        assert_eq!(
            texts(script),
            [
                "SELECT 'a;''b' , \"c;\"\"d\"",
                "SELECT 1",
                "CREATE PROCEDURE p() AS $$ BEGIN x; y; END $$ LANGUAGE plpgsql",
                "SELECT 'it\\'s; ok'",
                "SELECT a$b, $body$ ;$$; $body$",
                "last",
            ]
        );
        assert_eq!(texts(" -- nothing\n;"), [""; 0]);
        assert_eq!(texts("a /* x */ b -- c"), ["a /* x */ b"]);
    }

    #[test]
    fn what_is_never_closed_is_an_error() {
        for (script, what, line) in [
            ("SELECT 1;\nSELECT 'x", "quote", 2),
            ("\n\n/* x /* */", "comment", 3),
            ("SELECT \"x", "double quote", 1),
            ("$$ x;", "dollar quote", 1),
        ] {
            let unclosed = sql_statements(script).unwrap_err();
            assert_eq!((unclosed.what, unclosed.line), (what, line), "{script}");
        }
    }

    #[test]
    fn errors_are_found_in_the_script() {
        let script = "SELECT 1;\nSELECT 'é',\n  b FORM t;";
        let statement = sql_statements(script).unwrap()[1];
        let message = "ERROR: syntax error at or near \"FORM\"\n  Position: 17";
        let offset = sql_error_offset(statement.text, message).unwrap();
        let place = sql_place(script, statement.offset + offset);
        assert_eq!((place.line, place.column, place.text.as_str()), (3, 5, "  b FORM t;"));
        assert_eq!(sql_error_offset("x", "ERROR: no position"), None);
        assert_eq!(sql_error_offset("x", "Position: 99"), None);
    }

    proptest! {
        /// Whatever the script, nothing but space, comments and semicolons is left out.
        #[test]
        fn statements_are_parts_of_the_script_in_order(script in "[a;'\"$ \n*/-]{0,40}") {
            let Ok(statements) = sql_statements(&script) else { return Ok(()) };
            let mut end = 0;
            for statement in statements {
                prop_assert!(statement.offset >= end && !statement.text.is_empty());
                prop_assert_eq!(statement.text.trim(), statement.text);
                end = statement.offset + statement.text.len();
                prop_assert_eq!(&script[statement.offset..end], statement.text);
            }
        }
    }
}
