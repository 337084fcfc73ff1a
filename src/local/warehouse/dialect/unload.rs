//! UNLOAD (<https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html>).

use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::lex::{Kind as Word, lex};
use super::query::query;
use super::role::role;
use super::statement::{Kind, Role, Unload, UnloadFormat};
use super::writer::Writer;

#[derive(Default)]
struct Options {
    role: Option<Role>,
    format: Option<&'static str>,
    delimiter: Option<char>,
    add_quotes: bool,
    escape: bool,
    gzip: bool,
    header: bool,
    manifest: bool,
    allow_overwrite: bool,
    clean_path: bool,
    sequential: bool,
    partition_by: Vec<String>,
    include: bool,
}

/// Options that AWS has and this has not, and what to do instead.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("fixedwidth", "it has CSV, JSON, PARQUET and delimited text"),
    ("encrypted", "S3 encrypts what it stores"),
    ("kms_key_id", "S3 encrypts what it stores"),
    ("master_symmetric_key", "S3 encrypts what it stores"),
    ("bzip2", "it has GZIP"),
    ("zstd", "it has GZIP"),
    ("null", "use NVL() or COALESCE() in the query"),
    ("maxfilesize", "it decides the size of files itself"),
    ("rowgroupsize", "it decides the size of row groups itself"),
    ("extension", "it has the endings of the formats"),
];

pub(super) fn unload(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("unload")?;
    cursor.expect_sign("(")?;
    let at = cursor.offset();
    let text = cursor.text()?;
    cursor.expect_sign(")")?;
    let query = inner(&text, at)?;
    cursor.expect("to")?;
    let at = cursor.offset();
    let to = cursor.text()?;
    if !to.starts_with("s3://") {
        return Err(unsupported(
            at,
            "UNLOAD to other than S3",
            "it has TO 's3://bucket/prefix'",
        ));
    }
    let mut options = Options::default();
    while !cursor.at_end() {
        option(cursor, &mut options)?;
    }
    let format = format(&options, at)?;
    if options.clean_path && options.allow_overwrite {
        return Err(failure(at, "CLEANPATH cannot be used with ALLOWOVERWRITE"));
    }
    let Some(role) = options.role else {
        return Err(failure(
            at,
            "UNLOAD needs authorization: IAM_ROLE default or IAM_ROLE 'arn:aws:iam::...:role/...'",
        ));
    };
    Ok(Kind::Unload(Box::new(Unload {
        query,
        to,
        role,
        format,
        gzip: options.gzip,
        header: options.header,
        manifest: options.manifest,
        allow_overwrite: options.allow_overwrite,
        clean_path: options.clean_path,
        parallel: !options.sequential,
        partition_by: options.partition_by,
        include_partition_columns: options.include,
    })))
}

/// The query is a literal: what is wrong in it is told at the literal's place.
fn inner(text: &str, at: usize) -> Result<String, SyntaxError> {
    let placed = |error: SyntaxError| SyntaxError {
        position: at + 1,
        ..error
    };
    let tokens = lex(text).map_err(placed)?;
    let characters: Vec<char> = text.chars().collect();
    let mut cursor = Cursor::new(&tokens, &characters);
    let query = query(&mut cursor).map_err(placed)?;
    cursor.take_sign(";");
    cursor.finish().map_err(placed)?;
    if query.limit.is_some() {
        return Err(failure(
            at,
            "LIMIT clause is not supported in the outer SELECT of UNLOAD",
        ));
    }
    Writer::default().query(&query).map_err(placed)
}

fn option(cursor: &mut Cursor, options: &mut Options) -> Result<(), SyntaxError> {
    if let Some(role) = role(cursor)? {
        options.role = Some(role);
        return Ok(());
    }
    let at = cursor.offset();
    if cursor.take("format") {
        cursor.take("as");
        if !cursor.is_any(&["csv", "json", "parquet"]) {
            return Err(cursor.unexpected());
        }
    }
    let Word::Word(word) = cursor.kind() else {
        return Err(cursor.unexpected());
    };
    if let Some((_, has)) = UNSUPPORTED.iter().find(|(name, _)| name == word) {
        return Err(unsupported(
            at,
            format_args!("{} in UNLOAD", word.to_ascii_uppercase()),
            has,
        ));
    }
    cursor.advance();
    match word.as_str() {
        "csv" => set_format(options, "CSV", at)?,
        "json" => set_format(options, "JSON", at)?,
        "parquet" => set_format(options, "PARQUET", at)?,
        "delimiter" => {
            cursor.take("as");
            options.delimiter = Some(character(cursor)?);
        }
        "addquotes" => options.add_quotes = true,
        "escape" => options.escape = true,
        "gzip" => options.gzip = true,
        "header" => options.header = true,
        "manifest" => {
            options.manifest = true;
            if cursor.is("verbose") {
                return Err(unsupported(cursor.offset(), "MANIFEST VERBOSE", "it has MANIFEST"));
            }
        }
        "allowoverwrite" => options.allow_overwrite = true,
        "cleanpath" => options.clean_path = true,
        "parallel" => options.sequential = parallel(cursor)?,
        "partition" => {
            cursor.expect("by")?;
            options.partition_by = cursor.listed(Cursor::name)?;
            options.include = cursor.take("include");
        }
        // Buckets are found by their names.
        "region" => {
            cursor.take("as");
            cursor.text()?;
        }
        _ => {
            return Err(failure(
                at,
                format_args!("syntax error at or near \"{}\"", word.to_ascii_uppercase()),
            ));
        }
    }
    Ok(())
}

fn set_format(options: &mut Options, format: &'static str, at: usize) -> Result<(), SyntaxError> {
    match options.format.replace(format) {
        None => Ok(()),
        Some(_) => Err(failure(at, "conflicting or redundant options")),
    }
}

/// Whether it is off.
fn parallel(cursor: &mut Cursor) -> Result<bool, SyntaxError> {
    if cursor.take("off") || cursor.take("false") {
        return Ok(true);
    }
    if !cursor.take("on") {
        cursor.take("true");
    }
    Ok(false)
}

fn character(cursor: &mut Cursor) -> Result<char, SyntaxError> {
    let at = cursor.offset();
    let text = cursor.text()?;
    let text = if text == "\\t" { "\t".to_owned() } else { text };
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if character.is_ascii() => Ok(character),
        _ => Err(failure(at, "UNLOAD takes a single ASCII character here")),
    }
}

fn format(options: &Options, at: usize) -> Result<UnloadFormat, SyntaxError> {
    let conflict = |clashes: &[(bool, &str)], format: &str| match clashes.iter().find(|(given, _)| *given) {
        Some((_, name)) => Err(failure(at, format_args!("{name} cannot be used with {format}"))),
        None => Ok(()),
    };
    let text = [
        (options.delimiter.is_some(), "DELIMITER"),
        (options.add_quotes, "ADDQUOTES"),
        (options.escape, "ESCAPE"),
        (options.header, "HEADER"),
    ];
    match options.format {
        Some("PARQUET") => {
            conflict(&text, "PARQUET")?;
            conflict(&[(options.gzip, "GZIP")], "PARQUET")?;
            Ok(UnloadFormat::Parquet)
        }
        Some("JSON") => {
            conflict(&text, "JSON")?;
            Ok(UnloadFormat::Json)
        }
        Some(_) => {
            conflict(&[(options.add_quotes, "ADDQUOTES"), (options.escape, "ESCAPE")], "CSV")?;
            Ok(UnloadFormat::Csv {
                delimiter: options.delimiter.unwrap_or(','),
            })
        }
        None => Ok(UnloadFormat::Delimited {
            delimiter: options.delimiter.unwrap_or('|'),
            add_quotes: options.add_quotes,
            escape: options.escape,
        }),
    }
}
