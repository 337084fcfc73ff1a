//! Reads expressions. Operators bind as in PostgreSQL 8.0, which Redshift comes from.

use super::ast::{Base, Between, Binary, Expr, Like, LikeKind, Path, Step, Test};
use super::cursor::Cursor;
use super::error::{SyntaxError, unsupported};
use super::lex::Kind;
use super::primary::primary;
use super::query;
use super::types;

/// How tightly each operator binds.
mod power {
    pub const OR: u8 = 1;
    pub const AND: u8 = 2;
    pub const NOT: u8 = 3;
    pub const EQUALS: u8 = 4;
    pub const LESS: u8 = 5;
    pub const LIKE: u8 = 6;
    pub const BETWEEN: u8 = 7;
    pub const IN: u8 = 8;
    pub const OTHER: u8 = 9;
    pub const IS: u8 = 10;
    pub const SUM: u8 = 11;
    pub const PRODUCT: u8 = 12;
    pub const POWER: u8 = 13;
    pub const AT_TIME_ZONE: u8 = 14;
    pub const SIGN: u8 = 15;
}

/// Operators of [`power::OTHER`]. PostgreSQL 8.0 has `<=`, `>=` and `<>` among them.
const OTHER: &[&str] = &[
    "||", "<=", ">=", "<>", "!=", "~", "~*", "!~", "!~*", "&", "|", "#", "<<", ">>",
];
const COMPARING: &[&str] = &["<=", ">=", "<>", "!=", "~", "~*", "!~", "!~*"];

pub(super) fn expr(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    at_least(cursor, 0)
}

/// An operand of `IN`, which is no operator there: `POSITION(a IN b)`.
pub(super) fn before_in(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    at_least(cursor, power::IN + 1)
}

/// An expression of operators that bind at least as tightly as `least`.
fn at_least(cursor: &mut Cursor, least: u8) -> Result<Expr, SyntaxError> {
    cursor.enter()?;
    let mut left = prefix(cursor)?;
    let mut chain = 0;
    while let Some(power) = binding(cursor).filter(|power| *power >= least) {
        // AND and OR are flat.
        if power > power::AND {
            cursor.link(&mut chain)?;
        }
        left = infix(cursor, left, power)?;
    }
    cursor.leave();
    Ok(left)
}

/// How tightly the operator here binds.
fn binding(cursor: &Cursor) -> Option<u8> {
    let word = match cursor.kind() {
        Kind::Sign(sign) => return signed(sign),
        Kind::Word(word) => word.as_str(),
        _ => return None,
    };
    let word = match (word, cursor.ahead(1)) {
        ("not", Kind::Word(next)) => next.as_str(),
        ("not", _) => return None,
        _ => word,
    };
    match word {
        "or" => Some(power::OR),
        "and" => Some(power::AND),
        "like" | "ilike" | "similar" | "overlaps" => Some(power::LIKE),
        "between" => Some(power::BETWEEN),
        "in" => Some(power::IN),
        "is" | "isnull" | "notnull" => Some(power::IS),
        "at" if cursor.are(&["at", "time", "zone"]) => Some(power::AT_TIME_ZONE),
        "collate" => Some(power::AT_TIME_ZONE),
        _ => None,
    }
}

fn prefix(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    if cursor.take("not") {
        return Ok(Expr::Not(Box::new(at_least(cursor, power::NOT)?)));
    }
    if cursor.take_sign("-") {
        return Ok(Expr::Negative(Box::new(at_least(cursor, power::SIGN)?)));
    }
    if cursor.take_sign("+") {
        return at_least(cursor, power::SIGN);
    }
    if cursor.take_sign("~") {
        return Ok(Expr::BitNot(Box::new(at_least(cursor, power::OTHER + 1)?)));
    }
    if cursor.is_sign("|/") || cursor.is_sign("@") {
        return Err(unsupported(
            cursor.offset(),
            "The operator |/ or @",
            "it has SQRT() and ABS()",
        ));
    }
    let value = primary(cursor)?;
    postfix(cursor, value)
}

/// Subscripts, keys and `::` casts.
fn postfix(cursor: &mut Cursor, mut value: Expr) -> Result<Expr, SyntaxError> {
    let mut chain = 0;
    loop {
        cursor.link(&mut chain)?;
        let at = cursor.offset();
        if cursor.take_sign("::") {
            value = Expr::Cast(Box::new(value), types::kind(cursor)?, at);
        } else if cursor.is_sign("[") {
            let step = subscript(cursor)?;
            value = stepped(value, step, at);
        } else if cursor.is_sign(".") && !matches!(value, Expr::Number(_) | Expr::Text(_)) {
            cursor.advance();
            let step = Step::Key(cursor.label()?);
            value = stepped(value, step, at);
        } else {
            return Ok(value);
        }
    }
}

pub(super) fn subscript(cursor: &mut Cursor) -> Result<Step, SyntaxError> {
    cursor.expect_sign("[")?;
    let step = match cursor.kind() {
        Kind::Text(key) => {
            cursor.advance();
            Step::Key(key.clone())
        }
        _ => Step::Index(cursor.integer()?),
    };
    cursor.expect_sign("]")?;
    Ok(step)
}

fn stepped(value: Expr, step: Step, at: usize) -> Expr {
    match value {
        Expr::Path(mut path) => {
            path.steps.push(step);
            Expr::Path(path)
        }
        other => Expr::Path(Path {
            base: Base::Value(Box::new(other)),
            steps: vec![step],
            at,
        }),
    }
}

/// `left` and the operator that follows it.
fn infix(cursor: &mut Cursor, left: Expr, power: u8) -> Result<Expr, SyntaxError> {
    let word = match cursor.kind() {
        Kind::Sign(sign) => return operator(cursor, left, sign, power),
        Kind::Word(word) => word.as_str(),
        _ => return Err(cursor.unexpected()),
    };
    match word {
        "or" | "and" => {
            cursor.advance();
            let right = at_least(cursor, power + 1)?;
            Ok(joined(word == "or", left, right))
        }
        "is" => is(cursor, left),
        "isnull" | "notnull" => {
            cursor.advance();
            Ok(Expr::Is(Box::new(left), Test::Null, word == "notnull"))
        }
        "at" => Err(unsupported(
            cursor.offset(),
            "AT TIME ZONE",
            "it knows UTC only: TIMESTAMP values are taken as they are",
        )),
        "collate" => Err(unsupported(cursor.offset(), "COLLATE", "it has LOWER() and UPPER()")),
        "overlaps" => Err(unsupported(cursor.offset(), "OVERLAPS", "write the comparisons")),
        _ => matching(cursor, left, power),
    }
}

/// Chains of AND and OR are flat: generated statements have thousands.
fn joined(or: bool, left: Expr, right: Expr) -> Expr {
    match (or, left) {
        (true, Expr::Or(mut all)) => {
            all.push(right);
            Expr::Or(all)
        }
        (false, Expr::And(mut all)) => {
            all.push(right);
            Expr::And(all)
        }
        (true, left) => Expr::Or(vec![left, right]),
        (false, left) => Expr::And(vec![left, right]),
    }
}

/// How tightly a sign binds.
fn signed(sign: &str) -> Option<u8> {
    match sign {
        "=" => Some(power::EQUALS),
        "<" | ">" => Some(power::LESS),
        "+" | "-" => Some(power::SUM),
        "*" | "/" | "%" => Some(power::PRODUCT),
        "^" => Some(power::POWER),
        other if OTHER.contains(&other) => Some(power::OTHER),
        _ => None,
    }
}

fn operator(cursor: &mut Cursor, left: Expr, op: &'static str, power: u8) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    if power == power::OTHER {
        mixed(at, op, &left)?;
    }
    cursor.advance();
    let op = if op == "!=" { "<>" } else { op };
    // `a || b IS NULL` means `a || (b IS NULL)` to PostgreSQL 8.0, and the reverse to later ones; see below.
    if cursor.is_any(&["any", "some", "all"]) && cursor.sign_ahead(1, "(") {
        let all = cursor.is("all");
        cursor.advance();
        let query = query::parenthesised(cursor)?;
        return Ok(Expr::Quantified(op, Box::new(left), all, Box::new(query)));
    }
    // `=` binds from the right.
    let right = at_least(cursor, if op == "=" { power } else { power + 1 })?;
    if power <= power::OTHER && matches!(right, Expr::Is(..)) {
        return Err(unsupported(
            at,
            format_args!("{op} followed by IS without parentheses"),
            "write parentheses around one of them",
        ));
    }
    Ok(Expr::Binary(Box::new(Binary { op, left, right, at })))
}

/// `a <> b || c` means `(a <> b) || c` to PostgreSQL 8.0 and the reverse to later ones: it must say which.
fn mixed(at: usize, op: &str, left: &Expr) -> Result<(), SyntaxError> {
    match left {
        Expr::Binary(binary) if COMPARING.contains(&binary.op) => Err(unsupported(
            at,
            format_args!("{} followed by {op} without parentheses", binary.op),
            "write parentheses around one of them",
        )),
        _ => Ok(()),
    }
}

fn is(cursor: &mut Cursor, left: Expr) -> Result<Expr, SyntaxError> {
    cursor.expect("is")?;
    let negated = cursor.take("not");
    let test = match cursor.kind() {
        Kind::Word(word) => match word.as_str() {
            "null" => Test::Null,
            "true" => Test::True,
            "false" => Test::False,
            "unknown" => Test::Unknown,
            _ => return Err(cursor.unexpected()),
        },
        _ => return Err(cursor.unexpected()),
    };
    cursor.advance();
    Ok(Expr::Is(Box::new(left), test, negated))
}

/// `[NOT] LIKE | ILIKE | SIMILAR TO | BETWEEN | IN`
fn matching(cursor: &mut Cursor, left: Expr, power: u8) -> Result<Expr, SyntaxError> {
    let at = cursor.offset();
    let negated = cursor.take("not");
    let kind = match cursor.kind() {
        Kind::Word(word) if word == "like" => LikeKind::Like,
        Kind::Word(word) if word == "ilike" => LikeKind::ILike,
        Kind::Word(word) if word == "similar" => LikeKind::SimilarTo,
        _ => {
            cursor.advance();
            return match power {
                power::IN => within(cursor, left, negated),
                _ => between(cursor, left, negated),
            };
        }
    };
    cursor.advance();
    if kind == LikeKind::SimilarTo {
        cursor.expect("to")?;
    }
    let pattern = at_least(cursor, power::LIKE + 1)?;
    let escape = if cursor.take("escape") {
        Some(at_least(cursor, power::LIKE + 1)?)
    } else {
        None
    };
    Ok(Expr::Like(Box::new(Like {
        kind,
        value: left,
        pattern,
        escape,
        negated,
        at,
    })))
}

fn between(cursor: &mut Cursor, value: Expr, negated: bool) -> Result<Expr, SyntaxError> {
    let low = at_least(cursor, power::BETWEEN + 1)?;
    cursor.expect("and")?;
    let high = at_least(cursor, power::BETWEEN + 1)?;
    Ok(Expr::Between(Box::new(Between {
        value,
        low,
        high,
        negated,
    })))
}

fn within(cursor: &mut Cursor, value: Expr, negated: bool) -> Result<Expr, SyntaxError> {
    if query::starts(cursor, 1) {
        let query = query::parenthesised(cursor)?;
        return Ok(Expr::InQuery(Box::new(value), Box::new(query), negated));
    }
    let list = cursor.listed(expr)?;
    Ok(Expr::In(Box::new(value), list, negated))
}
