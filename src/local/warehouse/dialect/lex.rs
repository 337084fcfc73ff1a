//! Redshift's tokens.

use super::error::{SyntaxError, failure, unsupported};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    /// In characters from the start of the script.
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A keyword or a name without quotes, in lower case. Names of temporary tables may start with `#`.
    Word(String),
    /// A name in double quotes. Redshift folds these too, unless `enable_case_sensitive_identifier` is set.
    Quoted(String),
    /// The value of a string literal.
    Text(String),
    Number(String),
    Sign(&'static str),
    /// `:name` of the Data API, or `$1` of a prepared statement.
    Parameter(String),
    End,
}

/// Longest first.
const SIGNS: &[&str] = &[
    "!~*", "!~", "~*", "<=", ">=", "<>", "!=", "||", "::", "<<", ">>", "|/", "(", ")", "[", "]", ",", ";", ".", "+",
    "-", "*", "/", "%", "^", "=", "<", ">", "~", "&", "|", "#", "@", "!", ":", "?", "{", "}",
];

/// The tokens of a script, ending with [`Kind::End`].
///
/// # Errors
/// An unterminated string, name or comment, and characters that start no token.
pub(super) fn lex(script: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer {
        characters: script.chars().collect(),
        at: 0,
    };
    let mut tokens = Vec::new();
    loop {
        let gap = lexer.at;
        lexer.skip_blanks()?;
        let start = lexer.at;
        let kind = lexer.token(gap < start || start == 0)?;
        let last = kind == Kind::End;
        tokens.push(Token {
            kind,
            start,
            end: lexer.at,
        });
        if last {
            return Ok(tokens);
        }
    }
}

struct Lexer {
    characters: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars()
            .enumerate()
            .all(|(index, character)| self.peek(index) == Some(character))
    }

    /// Blanks and comments; `/* */` nests, as in PostgreSQL.
    fn skip_blanks(&mut self) -> Result<(), SyntaxError> {
        loop {
            if self.peek(0).is_some_and(|c| c.is_whitespace() || c == '\u{feff}') {
                self.at += 1;
            } else if self.starts_with("--") {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            } else if self.starts_with("/*") {
                self.skip_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        let mut depth = 0;
        loop {
            if self.starts_with("/*") {
                depth += 1;
                self.at += 2;
            } else if self.starts_with("*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    return Ok(());
                }
            } else if self.peek(0).is_some() {
                self.at += 1;
            } else {
                return Err(failure(start, "unterminated /* comment"));
            }
        }
    }

    fn token(&mut self, after_blank: bool) -> Result<Kind, SyntaxError> {
        let Some(first) = self.peek(0) else {
            return Ok(Kind::End);
        };
        match first {
            '\'' => self.text(),
            '"' => self.quoted(),
            '$' => self.dollar(),
            '0'..='9' => Ok(self.number()),
            '.' if self.peek(1).is_some_and(|c| c.is_ascii_digit()) => Ok(self.number()),
            '#' if after_blank && self.peek(1).is_some_and(starts_name) => {
                self.at += 1;
                Ok(Kind::Word(format!("#{}", self.word())))
            }
            ':' if self.peek(1).is_some_and(starts_name) => {
                self.at += 1;
                let start = self.at;
                self.word();
                Ok(Kind::Parameter(self.characters[start..self.at].iter().collect()))
            }
            'e' | 'E' if self.peek(1) == Some('\'') => {
                self.at += 1;
                self.text()
            }
            'b' | 'B' | 'x' | 'X' if self.peek(1) == Some('\'') => Err(unsupported(
                self.at,
                "A bit or hexadecimal string literal",
                "write the value as a number or as text",
            )),
            c if starts_name(c) => Ok(Kind::Word(self.word())),
            _ => self.sign(first),
        }
    }

    fn sign(&mut self, first: char) -> Result<Kind, SyntaxError> {
        match SIGNS.iter().find(|sign| self.starts_with(sign)) {
            Some(sign) => {
                self.at += sign.len();
                Ok(Kind::Sign(sign))
            }
            None => Err(failure(self.at, format_args!("syntax error at or near \"{first}\""))),
        }
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(continues_name) {
            self.at += 1;
        }
        fold(&self.characters[start..self.at].iter().collect::<String>())
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        let digits = |lexer: &mut Self| {
            while lexer.peek(0).is_some_and(|c| c.is_ascii_digit()) {
                lexer.at += 1;
            }
        };
        digits(self);
        if self.peek(0) == Some('.') {
            self.at += 1;
            digits(self);
        }
        let signed = usize::from(matches!(self.peek(1), Some('+' | '-')));
        if matches!(self.peek(0), Some('e' | 'E')) && self.peek(1 + signed).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1 + signed;
            digits(self);
        }
        Kind::Number(self.characters[start..self.at].iter().collect())
    }

    /// Backslashes escape in every string literal, as in PostgreSQL 8.0 that Redshift comes from: AWS's own examples
    /// write `'\\d'` for a pattern of one backslash.
    fn text(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            match self.peek(0) {
                None => return Err(unterminated(start, "quoted string", &self.characters[start..])),
                Some('\'') if self.peek(1) == Some('\'') => {
                    value.push('\'');
                    self.at += 2;
                }
                Some('\'') => {
                    self.at += 1;
                    return Ok(Kind::Text(value));
                }
                Some('\\') => {
                    self.at += 1;
                    self.escape(start, &mut value)?;
                }
                Some(other) => {
                    value.push(other);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, start: usize, value: &mut String) -> Result<(), SyntaxError> {
        let Some(escaped) = self.peek(0) else {
            return Err(unterminated(start, "quoted string", &self.characters[start..]));
        };
        self.at += 1;
        match escaped {
            'b' => value.push('\u{8}'),
            'f' => value.push('\u{c}'),
            'n' => value.push('\n'),
            'r' => value.push('\r'),
            't' => value.push('\t'),
            '0'..='7' => {
                let mut code = escaped.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = self.peek(0).and_then(|c| c.to_digit(8)) else {
                        break;
                    };
                    code = code * 8 + digit;
                    self.at += 1;
                }
                match char::from_u32(code) {
                    Some(character) if code < 128 => value.push(character),
                    _ => return Err(failure(start, "invalid byte sequence for encoding \"UNICODE\"")),
                }
            }
            other => value.push(other),
        }
        Ok(())
    }

    fn quoted(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let mut name = String::new();
        loop {
            match self.peek(0) {
                None => return Err(unterminated(start, "quoted identifier", &self.characters[start..])),
                Some('"') if self.peek(1) == Some('"') => {
                    name.push('"');
                    self.at += 2;
                }
                Some('"') if name.is_empty() => {
                    return Err(failure(start, "zero-length delimited identifier at or near \"\"\"\""));
                }
                Some('"') => {
                    self.at += 1;
                    return Ok(Kind::Quoted(fold(&name)));
                }
                Some(other) => {
                    name.push(other);
                    self.at += 1;
                }
            }
        }
    }

    /// `$1`, or a string between `$tag$` and `$tag$`.
    fn dollar(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let tag_start = self.at;
        while self.peek(0).is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        let tag: String = self.characters[tag_start..self.at].iter().collect();
        if tag.starts_with(|c: char| c.is_ascii_digit()) {
            return Ok(Kind::Parameter(tag));
        }
        if self.peek(0) != Some('$') {
            return Err(failure(start, "syntax error at or near \"$\""));
        }
        self.at += 1;
        let body = self.at;
        let close = format!("${tag}$");
        while self.peek(0).is_some() {
            if self.starts_with(&close) {
                let value = self.characters[body..self.at].iter().collect();
                self.at += close.chars().count();
                return Ok(Kind::Text(value));
            }
            self.at += 1;
        }
        Err(unterminated(start, "dollar-quoted string", &self.characters[start..]))
    }
}

/// PostgreSQL quotes the rest of the text; that may be a row's values, so only its beginning is told.
fn unterminated(start: usize, what: &str, rest: &[char]) -> SyntaxError {
    let beginning: String = rest.iter().take(1).collect();
    failure(start, format_args!("unterminated {what} at or near \"{beginning}\""))
}

fn starts_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn continues_name(character: char) -> bool {
    starts_name(character) || character.is_ascii_digit() || matches!(character, '$' | '#')
}

/// Redshift folds ASCII letters only.
pub(super) fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}
