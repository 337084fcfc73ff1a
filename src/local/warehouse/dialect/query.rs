//! Reads queries.

use super::ast::{Alias, Body, Cte, Expr, Group, Into, Item, Join, Named, Query, Relation, Select, Step};
use super::call::order;
use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::expr::{expr, subscript};
use super::lex::Kind;
use super::names::table_name;
use super::reserved;

/// Whether a query starts here, after `parentheses` that must be there and any number more.
pub(super) fn starts(cursor: &Cursor, parentheses: usize) -> bool {
    let mut ahead = 0;
    while cursor.sign_ahead(ahead, "(") {
        ahead += 1;
    }
    let inside = ahead >= parentheses && (parentheses > 0 || ahead == 0);
    inside && matches!(cursor.ahead(ahead), Kind::Word(word) if word == "select" || word == "with")
}

/// `(query)`
pub(super) fn parenthesised(cursor: &mut Cursor) -> Result<Query, SyntaxError> {
    cursor.expect_sign("(")?;
    let query = query(cursor)?;
    cursor.expect_sign(")")?;
    Ok(query)
}

/// `[WITH ...] SELECT ... [ORDER BY ...] [LIMIT ...] [OFFSET ...]`
pub(super) fn query(cursor: &mut Cursor) -> Result<Query, SyntaxError> {
    cursor.enter()?;
    let (recursive, with) = with(cursor)?;
    let body = set_operations(cursor, 0)?;
    let order = if cursor.take_all(&["order", "by"]) {
        cursor.list(order)?
    } else {
        Vec::new()
    };
    let (mut limit, mut offset) = (None, None);
    loop {
        if limit.is_none() && cursor.take("limit") {
            limit = Some(if cursor.take("all") { Expr::Null } else { count(cursor)? });
        } else if offset.is_none() && cursor.take("offset") {
            offset = Some(count(cursor)?);
        } else {
            break;
        }
    }
    if cursor.is("for") || cursor.is("fetch") {
        return Err(cursor.unexpected());
    }
    cursor.leave();
    Ok(Query {
        with,
        recursive,
        body,
        order,
        limit,
        offset,
    })
}

fn count(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
    Ok(Expr::Number(cursor.integer()?.to_string()))
}

pub(super) fn with(cursor: &mut Cursor) -> Result<(bool, Vec<Cte>), SyntaxError> {
    if !cursor.take("with") {
        return Ok((false, Vec::new()));
    }
    let recursive = cursor.take("recursive");
    let ctes = cursor.list(|cursor| {
        let name = cursor.name()?;
        let columns = if cursor.is_sign("(") {
            cursor.listed(Cursor::name)?
        } else {
            Vec::new()
        };
        cursor.expect("as")?;
        let query = parenthesised(cursor)?;
        Ok(Cte { name, columns, query })
    })?;
    Ok((recursive, ctes))
}

/// `UNION` and `EXCEPT` bind alike, from the left; `INTERSECT` binds tighter.
fn set_operations(cursor: &mut Cursor, least: u8) -> Result<Body, SyntaxError> {
    let mut left = operand(cursor)?;
    let mut chain = 0;
    loop {
        let (op, power) = match cursor.kind() {
            Kind::Word(word) => match word.as_str() {
                "union" => ("UNION", 1),
                "except" | "minus" => ("EXCEPT", 1),
                "intersect" => ("INTERSECT", 2),
                _ => return Ok(left),
            },
            _ => return Ok(left),
        };
        if power <= least {
            return Ok(left);
        }
        cursor.link(&mut chain)?;
        cursor.advance();
        let op = match (op, cursor.is("all")) {
            ("UNION", true) => {
                cursor.advance();
                "UNION ALL"
            }
            (_, true) => return Err(failure(cursor.offset(), format_args!("{op} ALL is not supported"))),
            _ => op,
        };
        cursor.take("distinct");
        let right = set_operations(cursor, power)?;
        left = Body::Set(op, Box::new(left), Box::new(right));
    }
}

fn operand(cursor: &mut Cursor) -> Result<Body, SyntaxError> {
    if cursor.is_sign("(") {
        return Ok(Body::Nested(Box::new(parenthesised(cursor)?)));
    }
    Ok(Body::Select(Box::new(select(cursor)?)))
}

fn select(cursor: &mut Cursor) -> Result<Select, SyntaxError> {
    cursor.expect("select")?;
    // Redshift takes TOP before and after DISTINCT.
    let mut top = top(cursor)?;
    let distinct = cursor.take("distinct");
    if !distinct {
        cursor.take("all");
    } else if cursor.is("on") {
        return Err(failure(cursor.offset(), "SELECT DISTINCT ON is not supported"));
    }
    if top.is_none() {
        top = self::top(cursor)?;
    }
    let items = cursor.list(item)?;
    let into = into(cursor)?;
    let from = if cursor.take("from") {
        cursor.list(relation)?
    } else {
        Vec::new()
    };
    let filter = clause(cursor, "where")?;
    if cursor.is("start") || cursor.is("connect") {
        return Err(unsupported(cursor.offset(), "CONNECT BY", "it has WITH RECURSIVE"));
    }
    let group = if cursor.take_all(&["group", "by"]) {
        grouping(cursor)?
    } else {
        Vec::new()
    };
    let having = clause(cursor, "having")?;
    let qualify = clause(cursor, "qualify")?;
    Ok(Select {
        distinct,
        top,
        items,
        into,
        from,
        filter,
        group,
        having,
        qualify,
    })
}

fn top(cursor: &mut Cursor) -> Result<Option<u64>, SyntaxError> {
    if cursor.take("top") {
        cursor.integer().map(Some)
    } else {
        Ok(None)
    }
}

fn clause(cursor: &mut Cursor, word: &str) -> Result<Option<Expr>, SyntaxError> {
    if cursor.take(word) {
        expr(cursor).map(Some)
    } else {
        Ok(None)
    }
}

fn into(cursor: &mut Cursor) -> Result<Option<Into>, SyntaxError> {
    if !cursor.take("into") {
        return Ok(None);
    }
    let temporary = cursor.take("temp") || cursor.take("temporary");
    cursor.take("table");
    let at = cursor.offset();
    let name = table_name(cursor)?;
    Ok(Some(Into {
        temporary: temporary || name.name.starts_with('#'),
        name,
        at,
    }))
}

fn item(cursor: &mut Cursor) -> Result<Item, SyntaxError> {
    if cursor.take_sign("*") {
        return Ok(Item::Star {
            table: None,
            exclude: exclude(cursor)?,
        });
    }
    if cursor.sign_ahead(1, ".") && cursor.sign_ahead(2, "*") {
        let table = Some(cursor.name()?);
        cursor.advance();
        cursor.advance();
        return Ok(Item::Star {
            table,
            exclude: exclude(cursor)?,
        });
    }
    let value = expr(cursor)?;
    if cursor.is_sign(".") && cursor.sign_ahead(1, "*") {
        return Err(unsupported(
            cursor.offset(),
            "schema.table.*",
            "give the table an alias",
        ));
    }
    let alias = if cursor.take("as") {
        Some(cursor.label()?)
    } else {
        bare_alias(cursor)?
    };
    Ok(Item::Value { value, alias })
}

/// `EXCLUDE column` or `EXCLUDE (column, ...)`
fn exclude(cursor: &mut Cursor) -> Result<Vec<String>, SyntaxError> {
    if !cursor.take("exclude") {
        return Ok(Vec::new());
    }
    if cursor.is_sign("(") {
        return cursor.listed(Cursor::name);
    }
    Ok(vec![cursor.name()?])
}

/// A name without `AS`.
fn bare_alias(cursor: &mut Cursor) -> Result<Option<String>, SyntaxError> {
    if cursor.are(&["start", "with"]) || cursor.are(&["connect", "by"]) {
        return Ok(None);
    }
    match cursor.kind() {
        Kind::Quoted(_) => cursor.name().map(Some),
        Kind::Word(word) if !reserved::is_reserved(word) => cursor.name().map(Some),
        _ => Ok(None),
    }
}

pub(super) fn relation(cursor: &mut Cursor) -> Result<Relation, SyntaxError> {
    let mut left = single(cursor)?;
    let mut chain = 0;
    while let Some((kind, natural)) = join_kind(cursor)? {
        cursor.link(&mut chain)?;
        let right = single(cursor)?;
        let (mut on, mut using) = (None, Vec::new());
        if !natural && kind != "CROSS JOIN" {
            if cursor.take("using") {
                using = cursor.listed(Cursor::name)?;
            } else {
                cursor.expect("on")?;
                on = Some(expr(cursor)?);
            }
        }
        left = Relation::Join(Box::new(Join {
            kind,
            natural,
            left,
            right,
            on,
            using,
        }));
    }
    Ok(left)
}

fn join_kind(cursor: &mut Cursor) -> Result<Option<(&'static str, bool)>, SyntaxError> {
    let natural = cursor.take("natural");
    let kind = if cursor.take("cross") {
        "CROSS JOIN"
    } else if cursor.take("inner") || (natural && cursor.is("join")) || cursor.is("join") {
        "INNER JOIN"
    } else {
        let outer = [("left", "LEFT JOIN"), ("right", "RIGHT JOIN"), ("full", "FULL JOIN")];
        match outer.into_iter().find(|(word, _)| cursor.take(word)) {
            Some((_, kind)) => {
                cursor.take("outer");
                kind
            }
            None if natural => return Err(cursor.unexpected()),
            None => return Ok(None),
        }
    };
    cursor.expect("join")?;
    Ok(Some((kind, natural)))
}

fn single(cursor: &mut Cursor) -> Result<Relation, SyntaxError> {
    let relation = if starts(cursor, 1) {
        let query = Box::new(parenthesised(cursor)?);
        let alias = alias(cursor)?;
        Relation::Derived { query, alias }
    } else if cursor.is_sign("(") {
        cursor.enter()?;
        cursor.advance();
        let inside = relation(cursor)?;
        cursor.expect_sign(")")?;
        cursor.leave();
        inside
    } else {
        Relation::Named(named(cursor)?)
    };
    if cursor.is_any(&["pivot", "unpivot"]) {
        return Err(unsupported(
            cursor.offset(),
            "PIVOT or UNPIVOT",
            "it has SUM(CASE WHEN ... THEN ... END) and UNION ALL",
        ));
    }
    Ok(relation)
}

fn named(cursor: &mut Cursor) -> Result<Named, SyntaxError> {
    let at = cursor.offset();
    if cursor.is("unpivot") || cursor.is("unnest") {
        return Err(unsupported(
            at,
            "UNPIVOT or UNNEST in FROM",
            "it has FROM t, t.array AS element",
        ));
    }
    let mut path = vec![cursor.name()?];
    let mut steps = Vec::new();
    loop {
        if cursor.is_sign("[") {
            steps.push(subscript(cursor)?);
        } else if cursor.take_sign(".") {
            let label = cursor.label()?;
            if steps.is_empty() {
                path.push(label);
            } else {
                steps.push(Step::Key(label));
            }
        } else {
            break;
        }
    }
    if cursor.is_sign("(") {
        let name = path.pop().unwrap_or_default();
        return Err(failure(
            at,
            format_args!("function {name}(...) does not exist in FROM: the embedded Redshift has no table functions"),
        ));
    }
    let alias = alias(cursor)?;
    let index = if cursor.take("at") { Some(cursor.name()?) } else { None };
    Ok(Named {
        path,
        steps,
        alias,
        index,
        at,
    })
}

fn alias(cursor: &mut Cursor) -> Result<Option<Alias>, SyntaxError> {
    let name = if cursor.take("as") {
        cursor.name()?
    } else if cursor.is("at") && matches!(cursor.ahead(1), Kind::Word(_) | Kind::Quoted(_)) {
        // `FROM t, t.items AT n`: AT is no reserved word, yet no alias here.
        return Ok(None);
    } else {
        match bare_alias(cursor)? {
            Some(name) => name,
            None => return Ok(None),
        }
    };
    let columns = if cursor.is_sign("(") {
        cursor.listed(Cursor::name)?
    } else {
        Vec::new()
    };
    Ok(Some(Alias { name, columns }))
}

fn grouping(cursor: &mut Cursor) -> Result<Vec<Group>, SyntaxError> {
    if cursor.take("all") {
        return Ok(vec![Group::All]);
    }
    cursor.list(|cursor| {
        if cursor.is("rollup") && cursor.sign_ahead(1, "(") {
            cursor.advance();
            return Ok(Group::Rollup(cursor.listed(grouping_set)?));
        }
        if cursor.is("cube") && cursor.sign_ahead(1, "(") {
            cursor.advance();
            return Ok(Group::Cube(cursor.listed(grouping_set)?));
        }
        if cursor.take_all(&["grouping", "sets"]) {
            return Ok(Group::Sets(cursor.listed(grouping_set)?));
        }
        Ok(Group::By(expr(cursor)?))
    })
}

/// `a`, `(a, b)` or `()`
fn grouping_set(cursor: &mut Cursor) -> Result<Vec<Expr>, SyntaxError> {
    if !cursor.is_sign("(") {
        return Ok(vec![expr(cursor)?]);
    }
    if cursor.sign_ahead(1, ")") {
        cursor.advance();
        cursor.advance();
        return Ok(Vec::new());
    }
    cursor.listed(expr)
}
