//! Reads expressions. Operators bind as in PostgreSQL 8.0, which Redshift comes from.

use super::ast::{Base, Between, Binary, Call, Case, Expr, Like, LikeKind, Order, Path, Step, Test, Window};
use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::lex::Kind;
use super::parts;
use super::query;
use super::reserved;
use super::statement::Type;
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

fn primary(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
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
    Ok(Some(Expr::Typed(kind, cursor.text()?)))
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
    let part = at_least(cursor, power::IN + 1)?;
    cursor.expect("in")?;
    let whole = at_least(cursor, power::IN + 1)?;
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

/// `name([DISTINCT] arguments) [WITHIN GROUP (...)] [IGNORE NULLS] [OVER (...)]`
fn call(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    let mut call = Call {
        at: cursor.offset(),
        name: cursor.label()?,
        ..Call::default()
    };
    cursor.expect_sign("(")?;
    if cursor.take_sign("*") {
        call.star = true;
    } else if !cursor.is_sign(")") {
        call.distinct = cursor.take("distinct");
        if !call.distinct {
            cursor.take("all");
        }
        call.arguments = if query::starts(cursor, 0) {
            return Err(unsupported(
                cursor.offset(),
                "A query as the argument of a function",
                "write it in parentheses",
            ));
        } else {
            cursor.list(expr)?
        };
        call.ignore_nulls = nulls(cursor)?;
    }
    cursor.expect_sign(")")?;
    if cursor.take_all(&["within", "group"]) {
        cursor.expect_sign("(")?;
        cursor.expect_all(&["order", "by"])?;
        call.within = Some(cursor.list(order)?);
        cursor.expect_sign(")")?;
    }
    if call.ignore_nulls.is_none() {
        call.ignore_nulls = nulls(cursor)?;
    }
    if cursor.is("over") && cursor.sign_ahead(1, "(") {
        cursor.advance();
        call.over = Some(window(cursor)?);
    }
    Ok(Expr::Call(Box::new(call)))
}

fn nulls(cursor: &mut Cursor) -> Result<Option<bool>, SyntaxError> {
    if !cursor.is_any(&["ignore", "respect"]) {
        return Ok(None);
    }
    let ignore = cursor.is("ignore");
    cursor.advance();
    cursor.expect("nulls")?;
    Ok(Some(ignore))
}

fn window(cursor: &mut Cursor) -> Result<Window, SyntaxError> {
    let mut window = Window::default();
    cursor.expect_sign("(")?;
    if cursor.take_all(&["partition", "by"]) {
        window.partition = cursor.list(expr)?;
    }
    if cursor.take_all(&["order", "by"]) {
        window.order = cursor.list(order)?;
    }
    if cursor.is("range") {
        return Err(unsupported(
            cursor.offset(),
            "RANGE in a window frame",
            "Redshift has ROWS only",
        ));
    }
    if cursor.take("rows") {
        window.frame = Some(frame(cursor)?);
    }
    cursor.expect_sign(")")?;
    Ok(window)
}

fn frame(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    if cursor.take("between") {
        let start = bound(cursor)?;
        cursor.expect("and")?;
        let end = bound(cursor)?;
        return Ok(format!("ROWS BETWEEN {start} AND {end}"));
    }
    Ok(format!("ROWS {}", bound(cursor)?))
}

fn bound(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    if cursor.take_all(&["current", "row"]) {
        return Ok("CURRENT ROW".to_owned());
    }
    let count = if cursor.take("unbounded") {
        "UNBOUNDED".to_owned()
    } else {
        cursor.integer()?.to_string()
    };
    if cursor.take("preceding") {
        return Ok(format!("{count} PRECEDING"));
    }
    cursor.expect("following")?;
    Ok(format!("{count} FOLLOWING"))
}

/// `expression [ASC | DESC] [NULLS FIRST | LAST]`
pub(super) fn order(cursor: &mut Cursor) -> Result<Order, SyntaxError> {
    let by = expr(cursor)?;
    let descending = cursor.take("desc");
    if !descending {
        cursor.take("asc");
    }
    let nulls_first = if cursor.take("nulls") {
        let first = cursor.is("first");
        if !first && !cursor.is("last") {
            return Err(cursor.unexpected());
        }
        cursor.advance();
        Some(first)
    } else {
        None
    };
    Ok(Order {
        by,
        descending,
        nulls_first,
    })
}
