//! The words of a filter.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A key's name or a keyword.
    Word(String),
    /// A name in double quotes or backticks, which is never a keyword.
    Quoted(String),
    /// In single quotes; a quote inside is doubled.
    Text(String),
    Number(String),
    /// An operator, a parenthesis, a comma.
    Sign(&'static str),
}

/// Longest first.
const SIGNS: [&str; 10] = ["<=", ">=", "<>", "!=", "=", "<", ">", "(", ")", ","];

/// Splits a filter; the error is the text from which on it is none.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = next(rest, first).ok_or_else(|| rest.to_owned())?;
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn next(text: &str, first: char) -> Option<(Token, &str)> {
    if let '\'' | '"' | '`' = first {
        let (inner, after) = quoted(text, first)?;
        let token = if first == '\'' {
            Token::Text(inner)
        } else {
            Token::Quoted(inner)
        };
        return Some((token, after));
    }
    if let Some(sign) = SIGNS.into_iter().find(|sign| text.starts_with(sign)) {
        return Some((Token::Sign(sign), &text[sign.len()..]));
    }
    let numeric = |c: char| c.is_ascii_digit() || c == '.';
    let signed = text.strip_prefix(['-', '+']).unwrap_or(text);
    if signed.starts_with(numeric) {
        let length = text.len() - signed.trim_start_matches(numeric).len();
        let (number, after) = text.split_at(length);
        return Some((Token::Number(number.to_owned()), after));
    }
    let after = text.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
    let word = &text[..text.len() - after.len()];
    (!word.is_empty()).then(|| (Token::Word(word.to_owned()), after))
}

/// What stands between quotes, and what comes after them.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut inner = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            inner.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            inner.push(quote);
        } else {
            return Some((inner, &text[at + 1..]));
        }
    }
    None
}
