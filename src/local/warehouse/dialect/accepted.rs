//! Transactions, and statements that are valid in Redshift and mean nothing here.

use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::lex::Kind as Word;
use super::statement::Kind;

/// Settings that change nothing here, whatever their value.
const INDIFFERENT: &[&str] = &[
    "analyze_threshold_percent",
    "application_name",
    "client_encoding",
    "enable_result_cache_for_session",
    "enable_vacuum_boost",
    "max_concurrency_scaling_clusters",
    "mv_enable_aqmv_for_session",
    "query_group",
    "seed",
    "spectrum_query_maxerror",
    "stored_proc_log_min_messages",
    "use_fips_ssl",
    "wlm_query_slot_count",
];

/// Kept by the session, which reads the text of the statement.
const KEPT: &[&str] = &["search_path"];

/// Settings with the only value they have here.
const FIXED: &[(&str, &[&str])] = &[
    ("datestyle", &["ISO, MDY", "iso, mdy", "iso,mdy", "iso", "default"]),
    ("timezone", &["UTC", "utc", "gmt", "default"]),
    ("time zone", &["utc", "gmt", "default"]),
    ("enable_case_sensitive_identifier", &["false", "off", "default"]),
    ("enable_case_sensitive_super_attribute", &["false", "off", "default"]),
    ("downcase_delimited_identifier", &["true", "on", "default"]),
    ("describe_field_name_in_uppercase", &["false", "off", "default"]),
    ("json_serialization_enable", &["false", "off", "default"]),
    ("json_serialization_parse_nested_strings", &["false", "off", "default"]),
    ("default_geometry_encoding", &["1", "default"]),
    ("error_on_nondeterministic_update", &["false", "off", "default"]),
    ("extra_float_digits", &["0", "2", "default"]),
    ("navigate_super_null_on_error", &["true", "on", "default"]),
    ("cast_super_null_on_error", &["false", "off"]),
    ("statement_timeout", &["0", "default"]),
];

/// The value of a setting.
pub(super) fn setting(name: &str) -> Option<&'static str> {
    if INDIFFERENT.contains(&name) {
        return Some("default");
    }
    if KEPT.contains(&name) {
        return Some("$user, public");
    }
    let (_, values) = FIXED.iter().find(|(fixed, _)| *fixed == name)?;
    values.first().copied()
}

pub(super) fn accepted(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    let at = cursor.offset();
    let Word::Word(word) = cursor.kind() else {
        return Err(cursor.unexpected());
    };
    let rest = |cursor: &mut Cursor, kind| {
        while !cursor.at_end() {
            cursor.advance();
        }
        Ok(kind)
    };
    match word.as_str() {
        "begin" | "start" => begin(cursor),
        "commit" | "end" => finished(cursor, Kind::Commit),
        "rollback" | "abort" => finished(cursor, Kind::Rollback),
        "analyze" => rest(cursor, Kind::Accepted("ANALYZE")),
        "vacuum" => rest(cursor, Kind::Accepted("VACUUM")),
        "grant" => granted(cursor, "GRANT", "to"),
        "revoke" => granted(cursor, "REVOKE", "from"),
        "lock" => rest(cursor, Kind::Accepted("LOCK")),
        "set" => set(cursor),
        "reset" => reset(cursor),
        "call" | "cancel" | "close" | "deallocate" | "declare" | "execute" | "fetch" | "insert_external"
        | "prepare" | "use" | "values" | "desc" => Err(unsupported(at, word.to_ascii_uppercase(), "")),
        _ => Err(cursor.unexpected()),
    }
}

/// `BEGIN [WORK | TRANSACTION] [ISOLATION LEVEL ...] [READ WRITE | READ ONLY]`
fn begin(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    if cursor.take("start") {
        cursor.expect("transaction")?;
    } else {
        cursor.expect("begin")?;
        if !cursor.take("work") {
            cursor.take("transaction");
        }
    }
    loop {
        cursor.take_sign(",");
        if cursor.take_all(&["isolation", "level"]) {
            let levels = [
                &["serializable"][..],
                &["read", "committed"],
                &["read", "uncommitted"],
                &["repeatable", "read"],
                &["snapshot"],
            ];
            // Redshift runs all of them as one: so does this.
            if !levels.iter().any(|level| cursor.take_all(level)) {
                return Err(cursor.unexpected());
            }
        } else if cursor.take_all(&["read", "write"]) {
            continue;
        } else if cursor.are(&["read", "only"]) {
            return Err(unsupported(
                cursor.offset(),
                "READ ONLY",
                "it has transactions that read and write",
            ));
        } else {
            return Ok(Kind::Begin);
        }
    }
}

fn finished(cursor: &mut Cursor, kind: Kind) -> Result<Kind, SyntaxError> {
    cursor.advance();
    if !cursor.take("work") {
        cursor.take("transaction");
    }
    Ok(kind)
}

/// `GRANT ... TO ...`: everyone may everything here, so only that it looks like one.
fn granted(cursor: &mut Cursor, name: &'static str, word: &str) -> Result<Kind, SyntaxError> {
    let mut found = false;
    while !cursor.at_end() {
        found |= cursor.is(word);
        cursor.advance();
    }
    if found {
        Ok(Kind::Accepted(name))
    } else {
        Err(cursor.unexpected())
    }
}

/// `SET [SESSION | LOCAL] name {TO | =} value`
fn set(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("set")?;
    let at = cursor.offset();
    if cursor.take_all(&["session", "authorization"]) {
        return Err(unsupported(
            at,
            "SET SESSION AUTHORIZATION",
            "it has the user of the session",
        ));
    }
    if !cursor.take("session") {
        cursor.take("local");
    }
    let mut name = if cursor.take_all(&["time", "zone"]) {
        "time zone".to_owned()
    } else {
        cursor.label()?
    };
    while cursor.take_sign(".") {
        name = format!("{name}.{}", cursor.label()?);
    }
    if name != "time zone" && !cursor.take("to") {
        cursor.expect_sign("=")?;
    }
    let mut value = Vec::new();
    while !cursor.at_end() {
        match cursor.kind() {
            Word::Word(text) | Word::Text(text) | Word::Quoted(text) | Word::Number(text) => {
                value.push(text.to_ascii_lowercase());
            }
            Word::Sign(",") => {}
            _ => return Err(cursor.unexpected()),
        }
        cursor.advance();
    }
    if value.is_empty() {
        return Err(cursor.unexpected());
    }
    let value = value.join(", ");
    if INDIFFERENT.contains(&name.as_str()) || KEPT.contains(&name.as_str()) || name.contains('.') {
        return Ok(Kind::Accepted("SET"));
    }
    match FIXED.iter().find(|(fixed, _)| *fixed == name) {
        Some((_, values)) if values.contains(&value.as_str()) => Ok(Kind::Accepted("SET")),
        Some((_, values)) => Err(unsupported(
            at,
            format_args!("SET {name} TO {value}"),
            &format!("it has {}", values.first().copied().unwrap_or_default()),
        )),
        None => Err(failure(
            at,
            format_args!("unrecognized configuration parameter \"{name}\""),
        )),
    }
}

/// `RESET name` or `RESET ALL`
fn reset(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("reset")?;
    cursor.label()?;
    while cursor.take_sign(".") {
        cursor.label()?;
    }
    Ok(Kind::Accepted("RESET"))
}
