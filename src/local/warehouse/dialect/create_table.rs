//! CREATE TABLE (<https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html>).

use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::expr::expr;
use super::labels;
use super::lex::Kind as Word;
use super::names::{quote_all, table_name};
use super::query::{self, query};
use super::statement::{Column, CreateTable, Kind};
use super::types;
use super::writer::Writer;

/// <https://docs.aws.amazon.com/redshift/latest/dg/c_Compression_encodings.html>
const ENCODINGS: &[&str] = &[
    "az64",
    "bytedict",
    "delta",
    "delta32k",
    "lzo",
    "mostly8",
    "mostly16",
    "mostly32",
    "raw",
    "runlength",
    "text255",
    "text32k",
    "zstd",
];

/// After CREATE.
pub(super) fn create_table(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.take("local");
    let temporary = cursor.take("temp") || cursor.take("temporary");
    cursor.expect("table")?;
    let if_not_exists = cursor.take_all(&["if", "not", "exists"]);
    let name = table_name(cursor)?;
    let mut table = CreateTable {
        temporary: temporary || name.name.starts_with('#'),
        name,
        if_not_exists,
        columns: Vec::new(),
        query: None,
        like: None,
        dist_style: None,
        dist_key: None,
        sort_keys: Vec::new(),
        primary_key: Vec::new(),
    };
    let names = if cursor.is_sign("(") && !names_only(cursor) {
        definitions(cursor, &mut table)?;
        None
    } else if cursor.is_sign("(") && !query::starts(cursor, 1) {
        Some(cursor.listed(Cursor::name)?)
    } else {
        Some(Vec::new())
    };
    attributes(cursor, &mut table)?;
    if let Some(names) = names {
        if if_not_exists {
            return Err(cursor.unexpected());
        }
        as_query(cursor, &mut table, names)?;
    }
    finish(&mut table);
    Ok(Kind::CreateTable(Box::new(table)))
}

/// `(a, b)`: names of the columns of `AS query`.
fn names_only(cursor: &Cursor) -> bool {
    cursor.sign_ahead(2, ",") || cursor.sign_ahead(2, ")") || query::starts(cursor, 1)
}

fn as_query(cursor: &mut Cursor, table: &mut CreateTable, mut names: Vec<String>) -> Result<(), SyntaxError> {
    cursor.expect("as")?;
    let at = cursor.offset();
    let query = query(cursor)?;
    let sql = Writer::default().query(&query)?;
    table.query = Some(if names.is_empty() {
        sql
    } else {
        format!("SELECT * FROM ({sql}) AS \"rs\"({})", quote_all(&names))
    });
    if names.is_empty() {
        names = labels::columns(&query).unwrap_or_default();
    }
    numbered(table, &names, at)
}

/// Keys that are named by the number of a column of the query: `SORTKEY (1, 3)`.
pub(super) fn numbered(table: &mut CreateTable, names: &[String], at: usize) -> Result<(), SyntaxError> {
    for key in table.dist_key.iter_mut().chain(&mut table.sort_keys) {
        if let Ok(number) = key.parse::<usize>() {
            match names.get(number.wrapping_sub(1)) {
                Some(name) => name.clone_into(key),
                None => {
                    return Err(unsupported(
                        at,
                        format_args!("The key {number} of this query"),
                        "name the column",
                    ));
                }
            }
        }
    }
    Ok(())
}

/// A column's name, or its number in `AS query`.
fn key(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    match cursor.kind() {
        Word::Number(_) => Ok(cursor.integer()?.to_string()),
        _ => cursor.name(),
    }
}

/// Keys are not enforced, except that a primary key has no NULLs.
fn finish(table: &mut CreateTable) {
    for column in &mut table.columns {
        column.not_null |= table.primary_key.contains(&column.name) || column.identity.is_some();
    }
}

fn definitions(cursor: &mut Cursor, table: &mut CreateTable) -> Result<(), SyntaxError> {
    cursor.expect_sign("(")?;
    loop {
        if cursor.is("like") {
            like(cursor, table)?;
        } else if cursor.is_any(&["unique", "primary", "foreign", "constraint"]) {
            table_constraint(cursor, table)?;
        } else {
            let column = column(cursor, table)?;
            table.columns.push(column);
        }
        if !cursor.take_sign(",") {
            return cursor.expect_sign(")");
        }
    }
}

/// `LIKE table [INCLUDING | EXCLUDING DEFAULTS]`
fn like(cursor: &mut Cursor, table: &mut CreateTable) -> Result<(), SyntaxError> {
    let at = cursor.offset();
    cursor.expect("like")?;
    if table.like.is_some() || !table.columns.is_empty() {
        return Err(unsupported(at, "LIKE beside other columns", "it has LIKE alone"));
    }
    table.like = Some(table_name(cursor)?);
    if cursor.take("including") || cursor.take("excluding") {
        cursor.expect("defaults")?;
    }
    if cursor.is_sign(",") {
        return Err(unsupported(at, "LIKE beside other columns", "it has LIKE alone"));
    }
    Ok(())
}

fn table_constraint(cursor: &mut Cursor, table: &mut CreateTable) -> Result<(), SyntaxError> {
    if cursor.take("constraint") {
        cursor.name()?;
    }
    if cursor.take("unique") {
        cursor.listed(Cursor::name)?;
    } else if cursor.take_all(&["primary", "key"]) {
        table.primary_key = cursor.listed(Cursor::name)?;
    } else {
        cursor.expect_all(&["foreign", "key"])?;
        cursor.listed(Cursor::name)?;
        references(cursor)?;
    }
    Ok(())
}

fn references(cursor: &mut Cursor) -> Result<(), SyntaxError> {
    cursor.expect("references")?;
    table_name(cursor)?;
    if cursor.is_sign("(") {
        cursor.listed(Cursor::name)?;
    }
    Ok(())
}

/// `name type [attributes] [constraints]`
pub(super) fn column(cursor: &mut Cursor, table: &mut CreateTable) -> Result<Column, SyntaxError> {
    let name = cursor.name()?;
    let mut column = Column {
        kind: types::kind(cursor)?,
        name,
        not_null: false,
        default: None,
        identity: None,
        encode: None,
    };
    while attribute(cursor, &mut column, table)? {}
    Ok(column)
}

fn attribute(cursor: &mut Cursor, column: &mut Column, table: &mut CreateTable) -> Result<bool, SyntaxError> {
    let at = cursor.offset();
    if cursor.take("default") {
        column.default = Some(Writer::default().expr(&expr(cursor)?)?);
    } else if cursor.take("identity") || cursor.take_all(&["generated", "by", "default", "as", "identity"]) {
        column.identity = Some(seed(cursor)?);
    } else if cursor.take("encode") {
        column.encode = Some(encoding(cursor)?);
    } else if cursor.take("distkey") {
        set(&mut table.dist_key, column.name.clone(), at)?;
    } else if cursor.take("sortkey") {
        table.sort_keys.push(column.name.clone());
    } else if cursor.is("collate") {
        return Err(unsupported(at, "COLLATE", "it compares case-sensitively"));
    } else if cursor.take_all(&["not", "null"]) {
        column.not_null = true;
    } else if cursor.take("null") || cursor.take("unique") {
        // The default, and not enforced.
    } else if cursor.take_all(&["primary", "key"]) {
        table.primary_key = vec![column.name.clone()];
    } else if cursor.is("references") {
        references(cursor)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn set(slot: &mut Option<String>, value: String, at: usize) -> Result<(), SyntaxError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(failure(at, "multiple DISTKEYs are not allowed")),
    }
}

/// `(seed, step)`, or 1 and 1.
fn seed(cursor: &mut Cursor) -> Result<(i64, i64), SyntaxError> {
    let at = cursor.offset();
    if !cursor.is_sign("(") {
        return Ok((1, 1));
    }
    let numbers = cursor.listed(signed)?;
    match numbers[..] {
        [seed, step] if step != 0 => Ok((seed, step)),
        _ => Err(failure(at, "IDENTITY takes a seed and a step that is not zero")),
    }
}

fn signed(cursor: &mut Cursor) -> Result<i64, SyntaxError> {
    let negative = cursor.take_sign("-");
    let number = i64::try_from(cursor.integer()?).map_err(|_| cursor.unexpected())?;
    Ok(if negative { -number } else { number })
}

pub(super) fn encoding(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    match cursor.kind() {
        Word::Word(word) if ENCODINGS.contains(&word.as_str()) => {
            cursor.advance();
            Ok(word.clone())
        }
        Word::Word(word) => Err(failure(
            cursor.offset(),
            format_args!("invalid encoding type specified: \"{word}\""),
        )),
        _ => Err(cursor.unexpected()),
    }
}

/// `[BACKUP ...] [DISTSTYLE ...] [DISTKEY (...)] [SORTKEY (...)] [ENCODE AUTO]`
pub(super) fn attributes(cursor: &mut Cursor, table: &mut CreateTable) -> Result<(), SyntaxError> {
    loop {
        let at = cursor.offset();
        if cursor.take("backup") {
            if !cursor.take("yes") && !cursor.take("no") {
                return Err(cursor.unexpected());
            }
        } else if cursor.take("diststyle") {
            table.dist_style = Some(dist_style(cursor)?);
        } else if cursor.take("distkey") {
            let columns = cursor.listed(key)?;
            match <[String; 1]>::try_from(columns) {
                Ok([column]) => set(&mut table.dist_key, column, at)?,
                Err(_) => return Err(failure(at, "DISTKEY takes one column")),
            }
        } else if cursor.is_any(&["sortkey", "compound", "interleaved"]) {
            sort_key(cursor, table)?;
        } else if cursor.take("encode") {
            cursor.expect("auto")?;
        } else {
            return check(table, at);
        }
    }
}

fn dist_style(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    match cursor.kind() {
        Word::Word(word) if matches!(word.as_str(), "auto" | "even" | "key" | "all") => {
            cursor.advance();
            Ok(word.to_ascii_uppercase())
        }
        _ => Err(cursor.unexpected()),
    }
}

fn sort_key(cursor: &mut Cursor, table: &mut CreateTable) -> Result<(), SyntaxError> {
    let plain = !cursor.take("compound") && !cursor.take("interleaved");
    cursor.expect("sortkey")?;
    if plain && cursor.take("auto") {
        return Ok(());
    }
    table.sort_keys = cursor.listed(key)?;
    Ok(())
}

/// # Errors
/// A style that contradicts the key, and keys that are no columns.
fn check(table: &CreateTable, at: usize) -> Result<(), SyntaxError> {
    if table.dist_key.is_some() && table.dist_style.as_deref().is_some_and(|style| style != "KEY") {
        return Err(failure(at, "cannot specify DISTKEY with this DISTSTYLE"));
    }
    if table.dist_key.is_none() && table.dist_style.as_deref() == Some("KEY") {
        return Err(failure(at, "must specify DISTKEY with DISTSTYLE KEY"));
    }
    if table.columns.is_empty() {
        return Ok(());
    }
    let keys = table.dist_key.iter().chain(&table.sort_keys).chain(&table.primary_key);
    for key in keys {
        if !table.columns.iter().any(|column| column.name == *key) {
            return Err(failure(
                at,
                format_args!("column \"{key}\" named in key does not exist"),
            ));
        }
    }
    for (index, column) in table.columns.iter().enumerate() {
        if table.columns[..index].iter().any(|earlier| earlier.name == column.name) {
            return Err(failure(
                at,
                format_args!("column \"{}\" specified more than once", column.name),
            ));
        }
    }
    Ok(())
}
