//! Reads calls of functions, with all that aggregates and window functions take.

use super::ast::{Call, Expr, Order, Window};
use super::cursor::Cursor;
use super::error::{SyntaxError, unsupported};
use super::expr::expr;
use super::query;

/// `name([DISTINCT] arguments) [WITHIN GROUP (...)] [IGNORE NULLS] [OVER (...)]`
pub(super) fn call(cursor: &mut Cursor) -> Result<Expr, SyntaxError> {
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
