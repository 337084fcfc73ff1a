//! A script's statements, each as its kind.

use super::ast::{Body, Query};
use super::cursor::Cursor;
use super::error::{SyntaxError, unsupported};
use super::lex::{Kind as Word, lex};
use super::split::split;
use super::statement::{CreateTable, Kind, Statement};
use super::writer::Writer;
use super::{accepted, change, copy, create_table, create_view, define, merge, query, show, unload};

/// The statements of a script.
///
/// # Errors
/// The first thing that Redshift does not accept, or that is not translated.
pub(in crate::local::warehouse) fn parse(script: &str) -> Result<Vec<Statement>, SyntaxError> {
    let tokens = lex(script)?;
    let characters: Vec<char> = script.chars().collect();
    let mut statements = Vec::new();
    for tokens in split(&tokens) {
        let (Some(first), Some(last)) = (tokens.first(), tokens.iter().rev().nth(1)) else {
            continue;
        };
        let mut cursor = Cursor::new(&tokens, &characters);
        let kind = statement(&mut cursor)?;
        cursor.finish()?;
        statements.push(Statement {
            text: characters[first.start..last.end].iter().collect(),
            offset: first.start,
            kind,
        });
    }
    Ok(statements)
}

fn statement(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    if cursor.is_sign("(") {
        return select(cursor);
    }
    let Word::Word(word) = cursor.kind() else {
        return Err(cursor.unexpected());
    };
    match word.as_str() {
        "select" => select(cursor),
        "with" => with(cursor),
        "insert" => change::insert(cursor),
        "update" => change::update(cursor, Vec::new(), false),
        "delete" => change::delete(cursor, Vec::new(), false),
        "merge" => merge::merge(cursor),
        "create" => create(cursor),
        "drop" | "alter" | "truncate" | "comment" | "refresh" => define::define(cursor),
        "copy" => copy::copy(cursor),
        "unload" => unload::unload(cursor),
        "explain" => explain(cursor),
        "show" => show::show(cursor),
        _ => accepted::accepted(cursor),
    }
}

/// A query before UPDATE and DELETE belongs to them.
fn with(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    let mark = cursor.mark();
    let (recursive, ctes) = query::with(cursor)?;
    if cursor.is("update") {
        return change::update(cursor, ctes, recursive);
    }
    if cursor.is("delete") {
        return change::delete(cursor, ctes, recursive);
    }
    cursor.back_to(mark);
    select(cursor)
}

fn select(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    let mut query = query::query(cursor)?;
    match into(&mut query) {
        Some(into) => Ok(Kind::CreateTable(Box::new(CreateTable {
            name: into.name,
            temporary: into.temporary,
            if_not_exists: false,
            columns: Vec::new(),
            query: Some(Writer::default().query(&query)?),
            like: None,
            dist_style: None,
            dist_key: None,
            sort_keys: Vec::new(),
            primary_key: Vec::new(),
        }))),
        None => Ok(Kind::Query(Writer::default().query(&query)?)),
    }
}

/// `SELECT ... INTO table`: takes the INTO out.
fn into(query: &mut Query) -> Option<super::ast::Into> {
    match &mut query.body {
        Body::Select(select) => select.into.take(),
        _ => None,
    }
}

fn create(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    let at = cursor.offset();
    cursor.expect("create")?;
    let or_replace = cursor.take_all(&["or", "replace"]);
    if cursor.is("view") {
        return create_view::view(cursor, or_replace);
    }
    if or_replace {
        // Redshift replaces views, functions and procedures only.
        return match cursor.kind() {
            Word::Word(word) if matches!(word.as_str(), "function" | "procedure" | "library" | "model") => {
                Err(unsupported(
                    at,
                    format_args!("CREATE {}", word.to_ascii_uppercase()),
                    "it has views and SQL functions of Redshift",
                ))
            }
            _ => Err(cursor.unexpected()),
        };
    }
    if cursor.are(&["materialized", "view"]) {
        return create_view::materialized(cursor);
    }
    if cursor.is("schema") {
        return define::create_schema(cursor);
    }
    if cursor.is_any(&["table", "temp", "temporary", "local"]) {
        return create_table::create_table(cursor);
    }
    match cursor.kind() {
        Word::Word(word) => Err(unsupported(
            at,
            format_args!("CREATE {}", word.to_ascii_uppercase()),
            "it has CREATE SCHEMA, TABLE, VIEW and MATERIALIZED VIEW",
        )),
        _ => Err(cursor.unexpected()),
    }
}

fn explain(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("explain")?;
    cursor.take("verbose");
    if !cursor.is_sign("(") && !cursor.is_any(&["select", "with"]) {
        return Err(unsupported(
            cursor.offset(),
            "EXPLAIN of this statement",
            "it explains queries",
        ));
    }
    match select(cursor)? {
        Kind::Query(sql) => Ok(Kind::Query(format!("EXPLAIN {sql}"))),
        _ => Err(unsupported(
            cursor.offset(),
            "EXPLAIN of SELECT INTO",
            "it explains queries",
        )),
    }
}
