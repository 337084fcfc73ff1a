//! A place in a statement's tokens, and what may follow.

use super::error::{SyntaxError, failure};
use super::lex::{Kind, Token};
use super::reserved;

/// How deep expressions and queries may nest: far more than people write, far less than the stack takes.
const DEPTH: usize = 64;
/// How many operators, casts, joins or set operations may follow each other: each is a level of the statement's tree.
const CHAIN: usize = 500;

pub(super) struct Cursor<'a> {
    tokens: &'a [Token],
    script: &'a [char],
    at: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    /// `tokens` end with [`Kind::End`]; `script` is the text they were read from.
    pub fn new(tokens: &'a [Token], script: &'a [char]) -> Self {
        Self {
            tokens,
            script,
            at: 0,
            depth: 0,
        }
    }

    pub fn kind(&self) -> &'a Kind {
        self.ahead(0)
    }

    pub fn ahead(&self, count: usize) -> &'a Kind {
        self.tokens.get(self.at + count).map_or(&Kind::End, |token| &token.kind)
    }

    /// Of the token here, 0-based.
    pub fn offset(&self) -> usize {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        token.map_or(0, |token| token.start)
    }

    pub fn mark(&self) -> usize {
        self.at
    }

    pub fn back_to(&mut self, mark: usize) {
        self.at = mark;
    }

    pub fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len());
    }

    /// Guards recursion; [`Self::leave`] ends it.
    pub fn enter(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(failure(
                self.offset(),
                format_args!("the statement nests deeper than {DEPTH} levels"),
            ));
        }
        Ok(())
    }

    /// Guards loops that build a level of the tree each time.
    pub fn link(&self, chain: &mut usize) -> Result<(), SyntaxError> {
        *chain += 1;
        if *chain > CHAIN {
            return Err(failure(
                self.offset(),
                format_args!("more than {CHAIN} operators, casts, joins or set operations in a row"),
            ));
        }
        Ok(())
    }

    pub fn leave(&mut self) {
        self.depth -= 1;
    }

    /// As PostgreSQL words it.
    pub fn unexpected(&self) -> SyntaxError {
        self.unexpected_at(self.at)
    }

    pub fn unexpected_at(&self, mark: usize) -> SyntaxError {
        match self.tokens.get(mark) {
            Some(token) if token.kind != Kind::End => {
                let text: String = self.script[token.start..token.end].iter().collect();
                // A literal's value may be a row's: its quotes say enough.
                let text = match token.kind {
                    Kind::Text(_) => "'...'".to_owned(),
                    Kind::Parameter(_) => text.chars().take(1).collect(),
                    _ => text,
                };
                failure(token.start, format_args!("syntax error at or near \"{text}\""))
            }
            _ => failure(self.offset(), "syntax error at end of input"),
        }
    }

    pub fn at_end(&self) -> bool {
        *self.kind() == Kind::End
    }

    pub fn finish(&self) -> Result<(), SyntaxError> {
        if self.at_end() { Ok(()) } else { Err(self.unexpected()) }
    }

    pub fn is(&self, word: &str) -> bool {
        matches!(self.kind(), Kind::Word(text) if text == word)
    }

    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Whether the next words are these.
    pub fn are(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(index, word)| matches!(self.ahead(index), Kind::Word(text) if text == word))
    }

    pub fn take(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.advance();
        }
        found
    }

    pub fn take_all(&mut self, words: &[&str]) -> bool {
        let found = self.are(words);
        if found {
            words.iter().for_each(|_| self.advance());
        }
        found
    }

    pub fn expect(&mut self, word: &str) -> Result<(), SyntaxError> {
        if self.take(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub fn expect_all(&mut self, words: &[&str]) -> Result<(), SyntaxError> {
        words.iter().try_for_each(|word| self.expect(word))
    }

    pub fn is_sign(&self, sign: &str) -> bool {
        matches!(self.kind(), Kind::Sign(text) if *text == sign)
    }

    pub fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.advance();
        }
        found
    }

    pub fn expect_sign(&mut self, sign: &str) -> Result<(), SyntaxError> {
        if self.take_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub fn sign_ahead(&self, count: usize, sign: &str) -> bool {
        matches!(self.ahead(count), Kind::Sign(text) if *text == sign)
    }

    pub fn text(&mut self) -> Result<String, SyntaxError> {
        match self.kind() {
            Kind::Text(text) => {
                self.advance();
                Ok(text.clone())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// What stands between the quotes of a literal, backslashes and all: COPY's parameters name control characters so.
    pub fn raw_text(&mut self) -> Result<String, SyntaxError> {
        let raw: String = match self.tokens.get(self.at) {
            Some(token) if matches!(token.kind, Kind::Text(_)) => self.script[token.start..token.end].iter().collect(),
            _ => return Err(self.unexpected()),
        };
        self.advance();
        let inside = raw.strip_prefix('\'').and_then(|raw| raw.strip_suffix('\''));
        Ok(inside.map_or_else(|| raw.clone(), |inside| inside.replace("''", "'")))
    }

    /// A whole number without a sign.
    pub fn integer(&mut self) -> Result<u64, SyntaxError> {
        match self.kind() {
            Kind::Number(digits) => {
                let number = digits.parse().map_err(|_| self.unexpected())?;
                self.advance();
                Ok(number)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A name: quoted, or a word that is not reserved.
    pub fn name(&mut self) -> Result<String, SyntaxError> {
        match self.kind() {
            Kind::Word(word) if !reserved::is_reserved(word) => {
                self.advance();
                Ok(word.clone())
            }
            Kind::Quoted(name) => {
                self.advance();
                Ok(name.clone())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A name after `AS` or a dot: reserved words too.
    pub fn label(&mut self) -> Result<String, SyntaxError> {
        match self.kind() {
            Kind::Word(name) | Kind::Quoted(name) => {
                self.advance();
                Ok(name.clone())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// `item, item, ...`
    pub fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        let mut items = vec![item(self)?];
        while self.take_sign(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `( item, item, ... )`
    pub fn listed<T>(&mut self, item: impl FnMut(&mut Self) -> Result<T, SyntaxError>) -> Result<Vec<T>, SyntaxError> {
        self.expect_sign("(")?;
        let items = self.list(item)?;
        self.expect_sign(")")?;
        Ok(items)
    }
}
