//! From words to conditions: `OR` binds weakest, then `AND`, then `NOT`.

use super::lexer::{Token, tokens};
use super::value::{Kind, Value};
use super::{Expression, Operator};
use crate::local::error::AwsError;
use crate::local::glue::catalog::model::Column;
use crate::local::glue::errors::invalid;

/// Parentheses and NOTs may nest this deep.
const MAX_DEPTH: usize = 100;

struct Parser<'a> {
    text: &'a str,
    keys: &'a [Column],
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

pub(super) fn parse(text: &str, keys: &[Column]) -> Result<Expression, AwsError> {
    let mut parser = Parser {
        text,
        keys,
        tokens: tokens(text).map_err(|rest| unsupported(text, &format!("'{rest}' cannot be read")))?,
        at: 0,
        depth: 0,
    };
    let expression = parser.either()?;
    match parser.peek() {
        None => Ok(expression),
        Some(token) => Err(unsupported(
            text,
            &format!("{token:?} is not expected after a condition"),
        )),
    }
}

fn unsupported(text: &str, why: &str) -> AwsError {
    invalid(format!("Unsupported expression '{text}': {why}"))
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn unsupported(&self, why: &str) -> AwsError {
        unsupported(self.text, why)
    }

    /// Takes the keyword if it comes next.
    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(next)) if *next == sign);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, found: bool, what: &str) -> Result<(), AwsError> {
        match found {
            true => Ok(()),
            false => Err(self.unsupported(&format!("{what} is expected"))),
        }
    }

    fn either(&mut self) -> Result<Expression, AwsError> {
        let mut parts = vec![self.both()?];
        while self.keyword("OR") {
            parts.push(self.both()?);
        }
        Ok(one_or(parts, Expression::Or))
    }

    fn both(&mut self) -> Result<Expression, AwsError> {
        let mut parts = vec![self.negation()?];
        while self.keyword("AND") {
            parts.push(self.negation()?);
        }
        Ok(one_or(parts, Expression::And))
    }

    fn negation(&mut self) -> Result<Expression, AwsError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.unsupported("it is nested too deep"));
        }
        let parsed = if self.keyword("NOT") {
            self.negation().map(negated)
        } else if self.sign("(") {
            let inner = self.either()?;
            let closed = self.sign(")");
            self.expect(closed, "a closing parenthesis").map(|()| inner)
        } else {
            self.condition()
        };
        self.depth -= 1;
        parsed
    }

    fn condition(&mut self) -> Result<Expression, AwsError> {
        if let Some(literal) = self.literal() {
            let operator = self.operator()?.flipped();
            let (key, kind) = self.key()?;
            let with = self.value(&literal, kind)?;
            return Ok(Expression::Compare { key, operator, with });
        }
        let (key, kind) = self.key()?;
        if self.keyword("IS") {
            let not = self.keyword("NOT");
            let null = self.keyword("NULL");
            self.expect(null, "NULL")?;
            return Ok(negated_if(not, Expression::IsNull { key }));
        }
        let not = self.keyword("NOT");
        if self.keyword("IN") {
            let values = self.list(kind)?;
            return Ok(negated_if(not, Expression::In { key, values }));
        }
        if self.keyword("BETWEEN") {
            let low = self.typed(kind)?;
            let and = self.keyword("AND");
            self.expect(and, "AND")?;
            let high = self.typed(kind)?;
            return Ok(negated_if(not, Expression::Between { key, low, high }));
        }
        if self.keyword("LIKE") {
            return Ok(negated_if(not, self.like(key, kind)?));
        }
        if not {
            return Err(self.unsupported("IN, BETWEEN or LIKE is expected after NOT"));
        }
        let operator = self.operator()?;
        let with = self.typed(kind)?;
        Ok(Expression::Compare { key, operator, with })
    }

    fn like(&mut self, key: usize, kind: Kind) -> Result<Expression, AwsError> {
        if kind != Kind::Text {
            return Err(self.unsupported("LIKE compares keys of type string only"));
        }
        match self.next() {
            Some(Token::Text(pattern)) => Ok(Expression::Like { key, pattern }),
            _ => Err(self.unsupported("a pattern in quotes is expected after LIKE")),
        }
    }

    fn list(&mut self, kind: Kind) -> Result<Vec<Value>, AwsError> {
        let open = self.sign("(");
        self.expect(open, "a list in parentheses")?;
        let mut values = vec![self.typed(kind)?];
        while self.sign(",") {
            values.push(self.typed(kind)?);
        }
        let closed = self.sign(")");
        self.expect(closed, "a closing parenthesis")?;
        Ok(values)
    }

    fn operator(&mut self) -> Result<Operator, AwsError> {
        match self.next() {
            Some(Token::Sign("=")) => Ok(Operator::Equal),
            Some(Token::Sign("<>" | "!=")) => Ok(Operator::NotEqual),
            Some(Token::Sign("<")) => Ok(Operator::Less),
            Some(Token::Sign("<=")) => Ok(Operator::LessOrEqual),
            Some(Token::Sign(">")) => Ok(Operator::Greater),
            Some(Token::Sign(">=")) => Ok(Operator::GreaterOrEqual),
            _ => Err(self.unsupported("a comparison is expected after a key")),
        }
    }

    /// A partition key: its place among the keys, and how its values are compared.
    fn key(&mut self) -> Result<(usize, Kind), AwsError> {
        let (Some(Token::Word(name)) | Some(Token::Quoted(name))) = self.next() else {
            return Err(self.unsupported("a partition key is expected"));
        };
        let named = |column: &Column| column.name.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(&name));
        let Some(place) = self.keys.iter().position(named) else {
            return Err(self.unsupported(&format!("{name} is not a partition key of the table")));
        };
        let column_type = self.keys[place].kind.as_deref().unwrap_or_default();
        let kind = Kind::of(column_type);
        kind.map(|kind| (place, kind))
            .ok_or_else(|| self.unsupported(&format!("keys of type {column_type} cannot be filtered")))
    }

    /// Takes a literal if one comes next. `DATE '2026-01-01'` is one too.
    fn literal(&mut self) -> Option<String> {
        let typed = matches!(self.peek(), Some(Token::Word(word))
            if word.eq_ignore_ascii_case("date") || word.eq_ignore_ascii_case("timestamp"));
        let at = self.at + usize::from(typed);
        let literal = match self.tokens.get(at)? {
            Token::Text(text) => text.clone(),
            Token::Number(number) if !typed => number.clone(),
            _ => return None,
        };
        self.at = at + 1;
        Some(literal)
    }

    fn typed(&mut self, kind: Kind) -> Result<Value, AwsError> {
        match self.literal() {
            Some(literal) => self.value(&literal, kind),
            None => Err(self.unsupported("a number or a text in quotes is expected")),
        }
    }

    fn value(&self, literal: &str, kind: Kind) -> Result<Value, AwsError> {
        Value::new(literal, kind).ok_or_else(|| self.unsupported(&format!("'{literal}' is not of the key's type")))
    }
}

fn one_or(mut parts: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            parts.push(last);
            several(parts)
        }
        (_, None) => several(parts),
    }
}

fn negated(expression: Expression) -> Expression {
    Expression::Not(Box::new(expression))
}

fn negated_if(not: bool, expression: Expression) -> Expression {
    if not { negated(expression) } else { expression }
}
