//! SQL cut into words, for what is decided without its grammar: names that must not be used, definitions of a few words.

use super::dialect::TableName;
use super::error::SqlError;

/// A word of SQL and where it stands, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Word {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// Folded to lower case unless quoted.
    Name {
        text: String,
        quoted: bool,
    },
    /// A string constant, without its quotes.
    Text(String),
    Number(String),
    Symbol(char),
}

/// Cuts `sql`; comments and blanks are left out. A string that does not end reaches to the end.
pub(super) fn words(sql: &str) -> Vec<Word> {
    let bytes = sql.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = sql[at..].find('\n').map_or(bytes.len(), |end| at + end);
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = sql[at + 2..].find("*/").map_or(bytes.len(), |end| at + 2 + end + 2);
                continue;
            }
            quote @ (b'\'' | b'"') => {
                let (text, end) = quoted(sql, at, quote);
                at = end;
                if quote == b'"' {
                    Kind::Name { text, quoted: true }
                } else {
                    Kind::Text(text)
                }
            }
            byte if byte.is_ascii_digit() => {
                at = end_of(bytes, at, |byte| byte.is_ascii_digit() || byte == b'.');
                Kind::Number(sql[start..at].to_owned())
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                at = end_of(bytes, at, |byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
                });
                Kind::Name {
                    text: sql[start..at].to_lowercase(),
                    quoted: false,
                }
            }
            byte => {
                at += 1;
                Kind::Symbol(char::from(byte))
            }
        };
        found.push(Word { kind, start, end: at });
    }
    found
}

fn end_of(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| !belongs(*byte))
        .map_or(bytes.len(), |length| from + length)
}

/// What stands between quotes from `start`, a doubled quote taken once, and where it ends.
fn quoted(sql: &str, start: usize, quote: u8) -> (String, usize) {
    let bytes = sql.as_bytes();
    let (mut text, mut from) = (String::new(), start + 1);
    loop {
        let Some(length) = bytes[from..].iter().position(|byte| *byte == quote) else {
            text.push_str(&sql[from..]);
            return (text, bytes.len());
        };
        text.push_str(&sql[from..from + length]);
        from += length + 1;
        if bytes.get(from) != Some(&quote) {
            return (text, from);
        }
        text.push(char::from(quote));
        from += 1;
    }
}

/// Reads words one after the other.
pub(super) struct Reader<'a> {
    sql: &'a str,
    words: Vec<Word>,
    next: usize,
}

impl<'a> Reader<'a> {
    pub fn new(sql: &'a str) -> Self {
        Self {
            sql,
            words: words(sql),
            next: 0,
        }
    }

    fn peek(&self) -> Option<&Kind> {
        self.words.get(self.next).map(|word| &word.kind)
    }

    pub fn at_end(&self) -> bool {
        self.peek().is_none() || (self.peek() == Some(&Kind::Symbol(';')) && self.next + 1 == self.words.len())
    }

    /// Takes `keywords` if they come next, all of them.
    pub fn takes(&mut self, keywords: &[&str]) -> bool {
        let come = keywords.iter().enumerate().all(|(ahead, keyword)| {
            matches!(
                self.words.get(self.next + ahead).map(|word| &word.kind),
                Some(Kind::Name { text, quoted: false }) if text == keyword
            )
        });
        if come {
            self.next += keywords.len();
        }
        come
    }

    pub fn symbol(&mut self, symbol: char) -> bool {
        let comes = self.peek() == Some(&Kind::Symbol(symbol));
        self.next += usize::from(comes);
        comes
    }

    pub fn name(&mut self) -> Result<String, SqlError> {
        match self.peek() {
            Some(Kind::Name { text, .. }) => {
                let name = text.clone();
                self.next += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `name`, `schema.name` or `database.schema.name`.
    pub fn table(&mut self) -> Result<TableName, SqlError> {
        let mut parts = vec![self.name()?];
        while self.symbol('.') {
            parts.push(self.name()?);
        }
        let name = parts.pop().unwrap_or_default();
        Ok(TableName {
            schema: parts.pop(),
            name,
        })
    }

    /// A string, a number or a name.
    pub fn value(&mut self) -> Result<String, SqlError> {
        let value = match self.peek() {
            Some(Kind::Name { text, .. } | Kind::Text(text) | Kind::Number(text)) => text.clone(),
            _ => return Err(self.unexpected()),
        };
        self.next += 1;
        Ok(value)
    }

    /// What is left, as written.
    pub fn rest(&self) -> &'a str {
        self.words
            .get(self.next)
            .map_or("", |word| self.sql[word.start..].trim_end_matches(';').trim_end())
    }

    /// A type's name with what is in parentheses behind it.
    pub fn kind(&mut self) -> String {
        let (start, mut depth) = (self.words.get(self.next).map_or(self.sql.len(), |word| word.start), 0);
        let mut end = start;
        while let Some(word) = self.words.get(self.next) {
            match word.kind {
                Kind::Symbol('(') => depth += 1,
                Kind::Symbol(')') => depth -= 1,
                Kind::Symbol(_) if depth == 0 => break,
                _ => {}
            }
            end = word.end;
            self.next += 1;
        }
        self.sql[start..end].to_owned()
    }

    /// Passes over one word; `None` at the end.
    pub fn skip(&mut self) -> Option<&Word> {
        let word = self.words.get(self.next);
        self.next += usize::from(word.is_some());
        word
    }

    /// `syntax error at or near ...`
    pub fn unexpected(&self) -> SqlError {
        match self.words.get(self.next) {
            Some(word) => SqlError::new(
                "42601",
                format!(
                    "syntax error at or near \"{}\"\n  Position: {}",
                    &self.sql[word.start..word.end],
                    self.sql[..word.start].chars().count() + 1
                ),
            ),
            None => SqlError::new("42601", "syntax error at end of input"),
        }
    }
}

/// `"name"`
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// `'text'`
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_names_and_comments_are_told_apart() {
        let sql = "select \"A\"\"b\", 'it''s', x1 -- from 'y'\n/* ' */ from HR.T where 1.5<>2";
        let kinds: Vec<_> = words(sql).into_iter().map(|word| word.kind).collect();
        let name = |text: &str, quoted| Kind::Name {
            text: text.into(),
            quoted,
        };
        assert_eq!(
            kinds,
            [
                name("select", false),
                name("A\"b", true),
                Kind::Symbol(','),
                Kind::Text("it's".into()),
                Kind::Symbol(','),
                name("x1", false),
                name("from", false),
                name("hr", false),
                Kind::Symbol('.'),
                name("t", false),
                name("where", false),
                Kind::Number("1.5".into()),
                Kind::Symbol('<'),
                Kind::Symbol('>'),
                Kind::Number("2".into()),
            ]
        );
        assert_eq!(words("'open").len(), 1);
    }

    #[test]
    fn a_reader_takes_keywords_names_and_what_is_left() {
        let mut reader = Reader::new("ALTER TABLE hr.\"T\" ADD COLUMN x varchar(10);");
        assert!(reader.takes(&["alter", "table"]) && !reader.takes(&["drop"]));
        let table = reader.table().unwrap();
        assert_eq!((table.schema.as_deref(), table.name.as_str()), (Some("hr"), "T"));
        assert!(reader.takes(&["add", "column"]));
        assert_eq!(reader.name().unwrap(), "x");
        assert_eq!(reader.rest(), "varchar(10)");
        let error = Reader::new("ä 1").unexpected();
        assert_eq!(error.message, "ERROR: syntax error at or near \"ä\"\n  Position: 1");
    }
}
