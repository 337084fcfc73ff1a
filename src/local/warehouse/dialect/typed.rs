//! Decides what depends on the types of a statement's columns: whether `/` divides integers, how many places an average
//! has, what TO_CHAR's format means.
//!
//! [`super::parse`] knows no tables, so it writes such calls as markers, `"rs:div:0"(a, b)`. DuckDB's binder knows every
//! type: asked to bind a function that takes no arguments, it refuses and names the types it was given. So each marker is
//! put to the binder and then replaced by what Redshift computes for these types. Nothing is executed, and an error of the
//! binder does not end a transaction.

use super::names::literal;
use super::rules;

const MARK: &str = "\"rs:";
/// Any function without arguments.
const PROBE: &str = "pi";

/// `sql` of [`super::parse`] with every marker replaced. `check` prepares a statement in the session it will run in, and
/// gives DuckDB's message where that fails.
///
/// # Errors
/// DuckDB's own message where the statement is wrong for another reason, and `ERROR: ...` where Redshift has no such
/// operation for these types.
pub(in crate::local::warehouse) fn typed(
    sql: &str,
    check: &mut dyn FnMut(&str) -> Result<(), String>,
) -> Result<String, String> {
    let mut sql = sql.to_owned();
    while sql.contains(MARK) {
        let calls = calls(&sql);
        if calls.is_empty() {
            break;
        }
        let Err(message) = check(&probe(&sql, &calls)) else {
            // What the binder never reached is never run.
            break;
        };
        let Some((name, types)) = answer(&message) else {
            return Err(message);
        };
        let resolved = resolve(&sql, &calls, &name, &types)?;
        if resolved == sql {
            return Err(message);
        }
        sql = resolved;
    }
    Ok(sql)
}

/// A marker in a statement, in bytes.
struct Call {
    /// `rs:div:0`
    name: String,
    start: usize,
    /// After the parenthesis that opens.
    inside: usize,
    arguments: Vec<(usize, usize)>,
    /// After the parenthesis that closes.
    end: usize,
}

/// All markers of a statement, outer ones before inner ones.
fn calls(sql: &str) -> Vec<Call> {
    let bytes = sql.as_bytes();
    let mut found: Vec<Call> = Vec::new();
    // Markers that are open: their place in `found` and the depth of their parentheses.
    let mut open: Vec<(usize, usize)> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\'' => {
                at = skip(bytes, at, b'\'');
                continue;
            }
            b'"' => {
                let end = skip(bytes, at, b'"');
                if sql[at..].starts_with(MARK) && bytes.get(end) == Some(&b'(') {
                    open.push((found.len(), depth));
                    found.push(Call {
                        name: sql[at + 1..end - 1].to_owned(),
                        start: at,
                        inside: end + 1,
                        arguments: vec![(end + 1, end + 1)],
                        end: end + 1,
                    });
                }
                at = end;
                continue;
            }
            b'(' | b'[' => depth += 1,
            b')' | b']' => {
                depth -= 1;
                if let Some((index, _)) = open.pop_if(|(_, outside)| *outside == depth)
                    && let Some(call) = found.get_mut(index)
                {
                    close(call, at);
                    call.end = at + 1;
                }
            }
            b',' => {
                if let Some((index, _)) = open.last().filter(|(_, outside)| outside + 1 == depth)
                    && let Some(call) = found.get_mut(*index)
                {
                    close(call, at);
                    call.arguments.push((at + 2, at + 2));
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

fn close(call: &mut Call, at: usize) {
    if let Some(last) = call.arguments.last_mut() {
        last.1 = at.max(last.0);
    }
}

/// Past a quoted text; doubled quotes are inside.
fn skip(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        if *byte == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 1;
        }
        at += 1;
    }
    at
}

/// The statement with every marker asking for the types of its arguments.
fn probe(sql: &str, calls: &[Call]) -> String {
    let mut probe = String::with_capacity(sql.len());
    let mut from = 0;
    for call in calls {
        probe.push_str(&sql[from..call.start]);
        probe.push_str(&format!("{PROBE}({{{}: 1}}, ", literal(&call.name)));
        from = call.inside;
    }
    probe.push_str(&sql[from..]);
    probe
}

/// The marker that the binder came to, and the types of its arguments.
fn answer(message: &str) -> Option<(String, Vec<String>)> {
    let start = format!("'{PROBE}(STRUCT(\"");
    let rest = &message[message.find(&start)? + start.len()..];
    let (name, rest) = rest.split_once('"')?;
    let (_, rest) = rest.split_once(')')?;
    let mut types = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (at, character) in rest.char_indices() {
        match character {
            ')' if depth == 0 => {
                types.push(rest[from..at].trim_start_matches(',').trim().to_owned());
                types.retain(|kind| !kind.is_empty());
                return name.starts_with("rs:").then(|| (name.to_owned(), types));
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                types.push(rest[from..at].trim().to_owned());
                from = at + 1;
            }
            _ => {}
        }
    }
    None
}

/// Replaces the markers of this name that have no marker inside: the binder has come to these only.
fn resolve(sql: &str, calls: &[Call], name: &str, types: &[String]) -> Result<String, String> {
    let mut resolved = String::with_capacity(sql.len());
    let mut from = 0;
    let kind = name.split(':').nth(1).unwrap_or_default();
    for call in calls.iter().filter(|call| call.name == name) {
        let arguments: Vec<_> = call.arguments.iter().map(|(start, end)| &sql[*start..*end]).collect();
        resolved.push_str(&sql[from..call.start]);
        resolved.push_str(&rules::apply(kind, types, &arguments)?);
        from = call.end;
    }
    resolved.push_str(&sql[from..]);
    Ok(resolved)
}
