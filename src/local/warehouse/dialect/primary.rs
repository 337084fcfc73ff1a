//! Reads what operators work on: literals, names, and calls with a grammar of their own.

use super::ast::{Base, Call, Case, Expr, Path};
use super::call::call;
use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::expr::{before_in, expr};
use super::lex::Kind;
use super::parts;
use super::query;
use super::reserved;
use super::statement::Type;
use super::types;

pub(super) fn primary(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    match cursor.kind() {
        Kind::Number(number) => {
            cursor.advance();
            Ok(Expr::Number(number.clone()))
        }
        Kind::Text(text) if text.contains('\0') => Err(failure(
            cursor.offset(),
            "invalid byte sequence for encoding \"UNICODE\": 0x00",
        )),
        Kind::Text(text) => {
            cursor.advance();
            Ok(Expr::Text(text.clone()))
        }
        Kind::Sign("(") => parenthesised(cursor),
        Kind::Word(word) => word_expr(cursor, word),
        Kind::Quoted(_) if cursor.sign_ahead(1, "(") => call(cursor),
        Kind::Quoted(_) => names(cursor),
        _ => Err(cursor.unexpected()),
    }
}

fn parenthesised(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    if query::starts(cursor, 1) {
        let query = query::parenthesised(cursor)?;
        return Ok(Expr::Scalar(Box::new(query)));
    }
    let mut items = cursor.listed(expr)?;
    if items.len() > 1 {
        return Ok(Expr::Row(items));
    }
    match items.pop() {
        // Parentheses that decide what an operator takes must not be looked through.
        Some(item @ (Expr::Binary(_) | Expr::Is(..))) => Ok(Expr::Row(vec![item])),
        Some(item) => Ok(item),
        None => Err(cursor.unexpected()),
    }
}

fn word_expr(cursor: &mut Cursor, word: &str) -> Result<Expr, SyntaxError> {
    if let Some(literal) = typed_literal(cursor, word)? {
        return Ok(literal);
    }
    let calls = cursor.sign_ahead(1, "(");
    match word {
        "null" => Ok(take(cursor, Expr::Null)),
        "true" => Ok(take(cursor, Expr::Boolean(true))),
        "false" => Ok(take(cursor, Expr::Boolean(false))),
        "case" => case(cursor),
        "exists" if calls => {
            cursor.advance();
            Ok(Expr::Exists(Box::new(query::parenthesised(cursor)?)))
        }
        "cast" if calls => cast(cursor),
        "convert" if calls => convert(cursor),
        "extract" if calls => extract(cursor),
        "position" if calls => position(cursor),
        "substring" if calls => substring(cursor),
        "trim" if calls => trim(cursor),
        "try_cast" | "collate" if calls => Err(unsupported(
            cursor.offset(),
            word.to_ascii_uppercase(),
            "it has CAST, CONVERT and LOWER",
        )),
        "interval" => parts::interval(cursor),
        "approximate" if matches!(cursor.ahead(1), Kind::Word(_)) => {
            cursor.advance();
            match call(cursor)? {
                Expr::Call(mut call) => {
                    call.approximate = true;
                    Ok(Expr::Call(call))
                }
                other => Ok(other),
            }
        }
        "sysdate" | "current_date" | "current_user" | "session_user" | "user" | "current_user_id" if !calls => {
            bare(cursor, word)
        }
        "current_time" | "current_timestamp" | "localtime" | "localtimestamp" => Err(unsupported(
            cursor.offset(),
            word.to_ascii_uppercase(),
            "it has GETDATE(), SYSDATE and CURRENT_DATE",
        )),
        // Reserved, and functions nevertheless.
        "left" | "right" | "isnull" | "array" if calls => call(cursor),
        _ if reserved::is_reserved(word) => Err(cursor.unexpected()),
        _ if calls => call(cursor),
        "current_aws_account" | "current_namespace" => Err(unsupported(
            cursor.offset(),
            word.to_ascii_uppercase(),
            "it has CURRENT_USER and CURRENT_DATABASE()",
        )),
        _ => names(cursor),
    }
}

fn take(cursor: &mut Cursor, expr: Expr) -> Expr {
    cursor.advance();
    expr
}

/// A function without parentheses.
fn bare(cursor: &mut Cursor, name: &str) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    cursor.advance();
    Ok(Expr::Call(Box::new(Call {
        name: name.to_owned(),
        at,
        ..Call::default()
    })))
}

/// `DATE '...'`, `TIMESTAMP '...'`, `TIME '...'`
fn typed_literal(cursor: &mut Cursor, word: &str) -> Result<Option<Expr>, SyntaxError> {
    let kind = match (word, cursor.ahead(1)) {
        ("date", Kind::Text(_)) => Type::Date,
        ("time", Kind::Text(_)) => Type::Time,
        ("timestamp", Kind::Text(_)) => Type::Timestamp,
        ("timetz" | "timestamptz", Kind::Text(_)) => {
            return Err(unsupported(
                cursor.offset(),
                format_args!("A {} literal", word.to_ascii_uppercase()),
                "it has TIMESTAMP, in UTC",
            ));
        }
        _ => return Ok(None),
    };
    cursor.advance();
    let at = cursor.offset();
    Ok(Some(Expr::Typed(kind, cursor.text()?, at)))
}

/// `a`, `a.b`, `a.b.c`
fn names(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    let mut names = vec![cursor.name()?];
    while cursor.is_sign(".") && !cursor.sign_ahead(1, "*") {
        cursor.advance();
        names.push(cursor.label()?);
    }
    if names.len() > 1 && cursor.is_sign("(") {
        return Err(unsupported(
            at,
            "A function with a schema",
            "it has no user-defined functions",
        ));
    }
    Ok(Expr::Path(Path {
        base: Base::Names(names),
        steps: Vec::new(),
        at,
    }))
}

fn case(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    cursor.expect("case")?;
    let operand = if cursor.is("when") { None } else { Some(expr(cursor)?) };
    let mut whens = Vec::new();
    while cursor.take("when") {
        let condition = expr(cursor)?;
        cursor.expect("then")?;
        whens.push((condition, expr(cursor)?));
    }
    if whens.is_empty() {
        return Err(cursor.unexpected());
    }
    let otherwise = if cursor.take("else") { Some(expr(cursor)?) } else { None };
    cursor.expect("end")?;
    Ok(Expr::Case(Box::new(Case {
        operand,
        whens,
        otherwise,
    })))
}

fn cast(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    cursor.advance();
    cursor.expect_sign("(")?;
    let value = expr(cursor)?;
    cursor.expect("as")?;
    let kind = types::kind(cursor)?;
    cursor.expect_sign(")")?;
    Ok(Expr::Cast(Box::new(value), kind, at))
}

/// `CONVERT(type, value)`
fn convert(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    cursor.advance();
    cursor.expect_sign("(")?;
    let kind = types::kind(cursor)?;
    cursor.expect_sign(",")?;
    let value = expr(cursor)?;
    cursor.expect_sign(")")?;
    Ok(Expr::Cast(Box::new(value), kind, at))
}

/// `EXTRACT(part FROM value)`
fn extract(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    cursor.advance();
    cursor.expect_sign("(")?;
    let part = match cursor.kind() {
        Kind::Text(part) => {
            cursor.advance();
            part.clone()
        }
        _ => cursor.label()?,
    };
    cursor.expect("from")?;
    let value = expr(cursor)?;
    cursor.expect_sign(")")?;
    Ok(built("extract", at, vec![Expr::Text(part), value]))
}

/// `POSITION(part IN whole)`
fn position(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    cursor.advance();
    cursor.expect_sign("(")?;
    let part = before_in(cursor)?;
    cursor.expect("in")?;
    let whole = before_in(cursor)?;
    cursor.expect_sign(")")?;
    Ok(built("position", at, vec![part, whole]))
}

/// `SUBSTRING(text FROM start [FOR length])`, or with commas.
fn substring(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    cursor.advance();
    cursor.expect_sign("(")?;
    let mut arguments = vec![expr(cursor)?];
    if cursor.take("from") {
        arguments.push(expr(cursor)?);
        if cursor.take("for") {
            arguments.push(expr(cursor)?);
        }
    } else {
        while cursor.take_sign(",") {
            arguments.push(expr(cursor)?);
        }
    }
    cursor.expect_sign(")")?;
    Ok(built("substring", at, arguments))
}

/// `TRIM([BOTH | LEADING | TRAILING] [characters FROM] text)`
fn trim(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    cursor.advance();
    cursor.expect_sign("(")?;
    let name = match cursor.kind() {
        Kind::Word(word) if word == "leading" => "ltrim",
        Kind::Word(word) if word == "trailing" => "rtrim",
        _ => "btrim",
    };
    if cursor.is_any(&["both", "leading", "trailing"]) {
        cursor.advance();
    }
    let mut arguments = if cursor.is("from") {
        Vec::new()
    } else {
        vec![expr(cursor)?]
    };
    if cursor.take("from") {
        arguments.insert(0, expr(cursor)?);
    } else if cursor.take_sign(",") {
        arguments.push(expr(cursor)?);
    }
    cursor.expect_sign(")")?;
    Ok(built(name, at, arguments))
}

fn built(name: &str, at: usize, arguments: Vec<Expr>) -> Expr {
    Expr::Call(Box::new(Call {
        name: name.to_owned(),
        at,
        arguments,
        ..Call::default()
    }))
}
