//! DROP, ALTER, TRUNCATE, COMMENT, REFRESH and CREATE SCHEMA: their grammar, and DuckDB's statement where it has one.

use super::create_table::{column, encoding};
use super::cursor::Cursor;
use super::error::{SyntaxError, unsupported};
use super::lex::Kind as Word;
use super::names::{literal, quote, quote_table, table_name};
use super::statement::{CreateTable, Kind, TableName, Type};
use super::types;

pub(super) fn define(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    if cursor.take("drop") {
        return drop(cursor);
    }
    if cursor.take("truncate") {
        cursor.take("table");
        let table = table_name(cursor)?;
        return Ok(Kind::Define(vec![format!("TRUNCATE {}", quote_table(&table))]));
    }
    if cursor.take("comment") {
        return comment(cursor);
    }
    if cursor.take("refresh") {
        cursor.expect_all(&["materialized", "view"])?;
        table_name(cursor)?;
        if !cursor.take("restrict") && cursor.is("cascade") {
            return Err(unsupported(
                cursor.offset(),
                "REFRESH ... CASCADE",
                "refresh each view it depends on first",
            ));
        }
        return Ok(Kind::Define(Vec::new()));
    }
    cursor.expect("alter")?;
    alter(cursor)
}

/// `CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION user] [QUOTA ...]`
pub(super) fn create_schema(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("schema")?;
    let quiet = cursor.take_all(&["if", "not", "exists"]);
    let name = if cursor.take("authorization") {
        cursor.name()?
    } else {
        let name = cursor.name()?;
        if cursor.take("authorization") {
            cursor.label()?;
        }
        name
    };
    if cursor.is("quota") {
        return Err(unsupported(
            cursor.offset(),
            "QUOTA of a schema",
            "it has schemas without quota",
        ));
    }
    if cursor.is("from") {
        return Err(unsupported(
            cursor.offset(),
            "CREATE SCHEMA FROM (zero-ETL)",
            "it has schemas of its own",
        ));
    }
    let quiet = if quiet { "IF NOT EXISTS " } else { "" };
    Ok(Kind::Define(vec![format!("CREATE SCHEMA {quiet}{}", quote(&name))]))
}

fn drop(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    let at = cursor.offset();
    let what = if cursor.take("table") {
        "TABLE"
    } else if cursor.take("view") {
        "VIEW"
    } else if cursor.take("schema") {
        "SCHEMA"
    } else if cursor.take_all(&["materialized", "view"]) {
        "MATERIALIZED VIEW"
    } else {
        return match cursor.kind() {
            Word::Word(word) => Err(unsupported(
                at,
                format_args!("DROP {}", word.to_ascii_uppercase()),
                "it has DROP SCHEMA, TABLE, VIEW and MATERIALIZED VIEW",
            )),
            _ => Err(cursor.unexpected()),
        };
    };
    let quiet = if cursor.take_all(&["if", "exists"]) {
        "IF EXISTS "
    } else {
        ""
    };
    let names = cursor.list(|cursor| {
        Ok(match what {
            "SCHEMA" => quote(&cursor.name()?),
            _ => quote_table(&table_name(cursor)?),
        })
    })?;
    let cascade = if cursor.take("cascade") { " CASCADE" } else { "" };
    if cascade.is_empty() {
        cursor.take("restrict");
    }
    // A materialized view's rows are a table.
    let kept = if what == "MATERIALIZED VIEW" { "TABLE" } else { what };
    let statements = names.iter().map(|name| format!("DROP {kept} {quiet}{name}{cascade}"));
    Ok(Kind::Define(statements.collect()))
}

/// `COMMENT ON {TABLE | VIEW | COLUMN | ...} name IS {'text' | NULL}`
fn comment(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("on")?;
    let at = cursor.offset();
    let what = match cursor.kind() {
        Word::Word(word) => word.as_str(),
        _ => return Err(cursor.unexpected()),
    };
    cursor.advance();
    let name = match what {
        "table" | "view" => quote_table(&table_name(cursor)?),
        "column" => column_name(cursor)?,
        "database" | "schema" => {
            cursor.name()?;
            String::new()
        }
        "constraint" => {
            cursor.name()?;
            cursor.expect("on")?;
            table_name(cursor)?;
            String::new()
        }
        other => {
            return Err(unsupported(
                at,
                format_args!("COMMENT ON {}", other.to_ascii_uppercase()),
                "it has comments on tables, views and columns",
            ));
        }
    };
    cursor.expect("is")?;
    let text = if cursor.take("null") {
        "NULL".to_owned()
    } else {
        literal(&cursor.text()?)
    };
    if name.is_empty() {
        return Ok(Kind::Accepted("COMMENT"));
    }
    Ok(Kind::Define(vec![format!(
        "COMMENT ON {} {name} IS {text}",
        what.to_ascii_uppercase()
    )]))
}

/// `[schema.]table.column`
fn column_name(cursor: &mut Cursor) -> Result<String, SyntaxError> {
    let mut parts = vec![quote(&cursor.name()?)];
    while cursor.take_sign(".") {
        parts.push(quote(&cursor.label()?));
    }
    if !(2..=3).contains(&parts.len()) {
        return Err(cursor.unexpected());
    }
    Ok(parts.join("."))
}

fn alter(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    let at = cursor.offset();
    if cursor.take("table") {
        return alter_table(cursor);
    }
    if cursor.take_all(&["materialized", "view"]) {
        table_name(cursor)?;
        cursor.expect_all(&["auto", "refresh"])?;
        if !cursor.take("yes") && !cursor.take("no") {
            return Err(cursor.unexpected());
        }
        return Ok(Kind::Accepted("ALTER MATERIALIZED VIEW"));
    }
    if cursor.take_all(&["default", "privileges"]) {
        while !cursor.at_end() {
            cursor.advance();
        }
        return Ok(Kind::Accepted("ALTER DEFAULT PRIVILEGES"));
    }
    if cursor.take("schema") {
        let name = cursor.name()?;
        if cursor.take_all(&["owner", "to"]) {
            cursor.label()?;
            return Ok(Kind::Accepted("ALTER SCHEMA"));
        }
        return Err(unsupported(
            at,
            format_args!("ALTER SCHEMA {name} of this kind"),
            "it has OWNER TO",
        ));
    }
    match cursor.kind() {
        Word::Word(word) => Err(unsupported(
            at,
            format_args!("ALTER {}", word.to_ascii_uppercase()),
            "it has ALTER TABLE and ALTER MATERIALIZED VIEW",
        )),
        _ => Err(cursor.unexpected()),
    }
}

/// <https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE.html>. The warehouse alters by its own catalogue, so this
/// checks the grammar; DuckDB's statement is given where it has one of the same meaning.
fn alter_table(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    let at = cursor.offset();
    let table = table_name(cursor)?;
    let name = quote_table(&table);
    if cursor.take_all(&["rename", "to"]) {
        let new = quote(&cursor.name()?);
        return Ok(Kind::Define(vec![format!("ALTER TABLE {name} RENAME TO {new}")]));
    }
    if cursor.take("rename") {
        cursor.take("column");
        let old = quote(&cursor.name()?);
        cursor.expect("to")?;
        let new = quote(&cursor.name()?);
        return Ok(Kind::Define(vec![format!(
            "ALTER TABLE {name} RENAME COLUMN {old} TO {new}"
        )]));
    }
    if cursor.take_all(&["owner", "to"]) {
        cursor.label()?;
        return Ok(Kind::Define(Vec::new()));
    }
    if cursor.take("add") {
        return add(cursor, &table);
    }
    if cursor.take("drop") {
        if cursor.take("constraint") {
            cursor.name()?;
        } else {
            cursor.take("column");
            cursor.name()?;
        }
        if !cursor.take("cascade") {
            cursor.take("restrict");
        }
        return Ok(Kind::Define(Vec::new()));
    }
    if cursor.is("append") {
        return Err(unsupported(
            at,
            "ALTER TABLE APPEND",
            "it has INSERT INTO ... SELECT and TRUNCATE",
        ));
    }
    if cursor.is("alter") {
        cursor.list(alteration)?;
        return Ok(Kind::Define(Vec::new()));
    }
    match cursor.kind() {
        Word::Word(word) if matches!(word.as_str(), "set" | "partition" | "row" | "masking") => Err(unsupported(
            cursor.offset(),
            format_args!("ALTER TABLE ... {}", word.to_ascii_uppercase()),
            "it has ADD, DROP, RENAME, OWNER TO and ALTER",
        )),
        _ => Err(cursor.unexpected()),
    }
}

/// A column, or a constraint, which is not enforced.
fn add(cursor: &mut Cursor, table: &TableName) -> Result<Kind, SyntaxError> {
    if cursor.take("constraint") {
        cursor.name()?;
    }
    let keys = cursor.take("unique") || cursor.take_all(&["primary", "key"]);
    if keys || cursor.take_all(&["foreign", "key"]) {
        cursor.listed(Cursor::name)?;
        if cursor.take("references") {
            table_name(cursor)?;
            if cursor.is_sign("(") {
                cursor.listed(Cursor::name)?;
            }
        } else if !keys {
            return Err(cursor.unexpected());
        }
        return Ok(Kind::Define(Vec::new()));
    }
    if cursor.is_any(&["if", "partition"]) {
        return Err(unsupported(
            cursor.offset(),
            "ADD PARTITION",
            "it has tables of its own",
        ));
    }
    cursor.take("column");
    let mut altered = CreateTable {
        name: table.clone(),
        temporary: false,
        if_not_exists: false,
        columns: Vec::new(),
        query: None,
        like: None,
        dist_style: None,
        dist_key: None,
        sort_keys: Vec::new(),
        primary_key: Vec::new(),
    };
    let at = cursor.offset();
    let added = column(cursor, &mut altered)?;
    if added.identity.is_some() || altered.dist_key.is_some() || !altered.sort_keys.is_empty() {
        return Err(unsupported(
            at,
            "A key or identity column added later",
            "create the table anew",
        ));
    }
    Ok(Kind::Define(Vec::new()))
}

/// `ALTER COLUMN ...`, `ALTER DISTKEY ...`, `ALTER SORTKEY ...`
fn alteration(cursor: &mut Cursor) -> Result<(), SyntaxError> {
    cursor.expect("alter")?;
    if cursor.take("column") {
        cursor.name()?;
        if cursor.take("encode") {
            encoding(cursor)?;
            return Ok(());
        }
        cursor.expect("type")?;
        let at = cursor.offset();
        return match types::kind(cursor)? {
            Type::Varchar(_) => Ok(()),
            _ => Err(unsupported(
                at,
                "A new type other than VARCHAR",
                "Redshift alters the length of VARCHAR only",
            )),
        };
    }
    if cursor.take("distkey") {
        cursor.name()?;
        return Ok(());
    }
    if cursor.take("diststyle") {
        if cursor.take("key") {
            cursor.expect("distkey")?;
            cursor.name()?;
            return Ok(());
        }
        return match cursor.take("all") || cursor.take("even") || cursor.take("auto") {
            true => Ok(()),
            false => Err(cursor.unexpected()),
        };
    }
    if cursor.take("encode") {
        return cursor.expect("auto");
    }
    let compound = cursor.take("compound");
    cursor.expect("sortkey")?;
    if !compound && (cursor.take("auto") || cursor.take("none")) {
        return Ok(());
    }
    cursor.listed(Cursor::name)?;
    Ok(())
}
