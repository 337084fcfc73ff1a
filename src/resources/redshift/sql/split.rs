//! Cuts a script into statements, at semicolons outside of quotes and comments.
//!
//! Lexical rules of Redshift (<https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_reference.html>; its lexer is
//! PostgreSQL's of 8.0): `''` and `\'` inside `'text'`, `""` inside `"names"`, `-- to the end of the line`,
//! `/* comments /* in comments */ */`, and `$tag$ text $tag$`.

/// One statement of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// Without the semicolon and the blanks and comments before it.
    pub text: String,
    /// Line of its first character in the script, from 1.
    pub line: usize,
}

/// A quote or comment that is never closed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unclosed {
    /// Line on which it opens, from 1.
    pub line: usize,
    pub what: &'static str,
}

/// The statements in order; what holds nothing but blanks and comments is none.
pub(super) fn split(script: &str) -> Result<Vec<Statement>, Unclosed> {
    let mut statements = Vec::new();
    let mut start = None;
    let mut at = 0;
    while let Some(next) = script[at..].chars().next() {
        let rest = &script[at..];
        let token = token(rest, word_before(script, at)).map_err(|what| Unclosed {
            line: line_of(script, at),
            what,
        })?;
        match token {
            Token::Blank(length) => at += length,
            Token::End => {
                statements.extend(start.take().map(|start| statement(script, start, at)));
                at += next.len_utf8();
            }
            Token::Text(length) => {
                start.get_or_insert(at);
                at += length;
            }
        }
    }
    statements.extend(start.map(|start| statement(script, start, script.len())));
    Ok(statements)
}

fn statement(script: &str, start: usize, end: usize) -> Statement {
    Statement {
        text: script[start..end].trim_end().to_owned(),
        line: line_of(script, start),
    }
}

pub(super) fn line_of(script: &str, at: usize) -> usize {
    1 + script.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count()
}

/// Whether a name goes up to here, in which a `$` is a letter like any other.
fn word_before(script: &str, at: usize) -> bool {
    let before = script[..at].chars().next_back();
    before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}

/// The next piece of a script, with its length in bytes.
enum Token {
    /// White space or a comment.
    Blank(usize),
    Text(usize),
    /// A semicolon.
    End,
}

fn token(rest: &str, after_word: bool) -> Result<Token, &'static str> {
    let bytes = rest.as_bytes();
    Ok(match bytes {
        [b';', ..] => Token::End,
        [b'\'', ..] => Token::Text(quoted(bytes, b'\'', true).ok_or("a text (`'`)")?),
        [b'"', ..] => Token::Text(quoted(bytes, b'"', false).ok_or("a quoted name (`\"`)")?),
        [b'-', b'-', ..] => Token::Blank(rest.find('\n').unwrap_or(rest.len())),
        [b'/', b'*', ..] => Token::Blank(comment(bytes).ok_or("a comment (`/*`)")?),
        [b'$', ..] if !after_word => match dollar_tag(rest) {
            Some(tag) => {
                let body = &rest[tag.len()..];
                let end = body.find(tag).ok_or("a dollar-quoted text")?;
                Token::Text(tag.len() + end + tag.len())
            }
            None => Token::Text(1),
        },
        _ => {
            let c = rest.chars().next().unwrap_or(' ');
            match c.is_whitespace() {
                true => Token::Blank(c.len_utf8()),
                false => Token::Text(c.len_utf8()),
            }
        }
    })
}

/// Length of a quoted piece with its quotes; a doubled quote is part of it.
fn quoted(bytes: &[u8], quote: u8, escapes: bool) -> Option<usize> {
    let mut at = 1;
    loop {
        match *bytes.get(at)? {
            b'\\' if escapes => at += 2,
            byte if byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn comment(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (2, 1);
    while depth > 0 {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    Some(at)
}

/// `$$` or `$name$` at the start.
fn dollar_tag(rest: &str) -> Option<&str> {
    let end = 1 + rest[1..].find('$')?;
    let name = &rest[1..end];
    let good = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    good.then(|| &rest[..=end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(script: &str) -> Vec<String> {
        let statements = split(script).unwrap();
        statements.into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn semicolons_in_quotes_and_comments_end_nothing() {
        let cases: [(&str, &[&str]); 12] = [
            ("", &[]),
            (" ; ;\n-- nothing; here\n/* nor; here */;", &[]),
            ("SELECT 1", &["SELECT 1"]),
            ("SELECT 1;\nSELECT 2 ;", &["SELECT 1", "SELECT 2"]),
            ("SELECT ';' , 'it''s; fine';x", &["SELECT ';' , 'it''s; fine'", "x"]),
            (r"SELECT 'it\'s; fine';x", &[r"SELECT 'it\'s; fine'", "x"]),
            (r#"SELECT "a;""b" ; y"#, &[r#"SELECT "a;""b""#, "y"]),
            ("-- a; b\nSELECT 1 -- c; d\n + 2; z", &["SELECT 1 -- c; d\n + 2", "z"]),
            ("/* a /* ; */ ; */ SELECT /* ; */ 1; z", &["SELECT /* ; */ 1", "z"]),
            (
                "CREATE F AS $$ BEGIN; END; $$ LANGUAGE x; y",
                &["CREATE F AS $$ BEGIN; END; $$ LANGUAGE x", "y"],
            ),
            ("DO $a$ ; $$ ; $a$; y", &["DO $a$ ; $$ ; $a$", "y"]),
            ("SELECT a$b, $1; ü$x; $2", &["SELECT a$b, $1", "ü$x", "$2"]),
        ];
        for (script, expected) in cases {
            assert_eq!(texts(script), expected, "{script}");
        }
    }

    #[test]
    fn a_statement_knows_its_line() {
        let lines: Vec<_> = split("-- head\n\nSELECT 1;\n\n  /* c\n */ SELECT\n 2;").unwrap();
        assert_eq!(lines.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 6]);
    }

    #[test]
    fn what_is_never_closed_is_named() {
        for (script, line, what) in [
            ("SELECT 1;\nSELECT 'x;", 2, "a text (`'`)"),
            ("SELECT \"x", 1, "a quoted name (`\"`)"),
            ("\n\n/* x /* y */", 3, "a comment (`/*`)"),
            ("DO $a$ x $$", 1, "a dollar-quoted text"),
            (r"SELECT 'x\'", 1, "a text (`'`)"),
        ] {
            assert_eq!(split(script), Err(Unclosed { line, what }), "{script}");
        }
    }

    /// Pieces that hold no statement end, whatever is in them.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z0-9_+,.()= \n]{1,12}",
            "[^'\\\\]{0,8}".prop_map(|text| format!("'{text}'")),
            "[^\"]{0,8}".prop_map(|text| format!("\"{text}\"")),
            "[^\n]{0,8}".prop_map(|text| format!(" --{text}\n")),
            "[^*/]{0,8}".prop_map(|text| format!(" /*{text}*/")),
            "[^$]{0,8}".prop_map(|text| format!(" $q${text}$q$")),
        ]
    }

    proptest! {
        #[test]
        fn joined_statements_come_apart_again(
            statements in prop::collection::vec(prop::collection::vec(piece(), 0..6), 0..6)
        ) {
            let written: Vec<String> = statements.iter().map(|pieces| format!("x {} y", pieces.join(" "))).collect();
            prop_assert_eq!(texts(&written.join(";")), written);
        }

        #[test]
        fn nothing_but_blanks_comments_and_semicolons_is_lost(script in ".{0,60}") {
            if let Ok(statements) = split(&script) {
                for statement in &statements {
                    prop_assert!(script.contains(&statement.text));
                    prop_assert!(!statement.text.is_empty() && statement.line >= 1);
                }
            }
        }
    }
}
