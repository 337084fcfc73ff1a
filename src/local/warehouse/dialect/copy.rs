//! COPY (<https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html>).

use super::cursor::Cursor;
use super::error::{SyntaxError, failure, unsupported};
use super::lex::Kind as Word;
use super::names::table_name;
use super::role::role;
use super::statement::{Copy, CopyFormat, CopyOptions, Kind, Role};

const MAX_ERRORS: u64 = 100_000;

/// What the parameters say, in whatever order.
#[derive(Default)]
struct Parameters {
    role: Option<Role>,
    format: Option<Format>,
    delimiter: Option<char>,
    quote: Option<char>,
    remove_quotes: bool,
    escape: bool,
    serialize_to_json: bool,
    manifest: bool,
    gzip: bool,
    region: Option<String>,
    max_error: Option<u32>,
    no_load: bool,
    options: CopyOptions,
    /// All that were given, for what may not stand together.
    given: Vec<&'static str>,
}

enum Format {
    Csv,
    Parquet,
    Json(String),
}

/// Parameters that AWS has and this has not, and what to do instead.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("avro", "it loads Parquet, JSON, CSV and delimited text"),
    ("orc", "it loads Parquet, JSON, CSV and delimited text"),
    ("shapefile", "it loads Parquet, JSON, CSV and delimited text"),
    ("fixedwidth", "it loads Parquet, JSON, CSV and delimited text"),
    ("bzip2", "it has GZIP"),
    ("lzop", "it has GZIP"),
    ("zstd", "it has GZIP"),
    ("encrypted", "it reads objects that S3 decrypts"),
    ("master_symmetric_key", "it reads objects that S3 decrypts"),
    ("readratio", "it loads from S3"),
    ("ssh", "it loads from S3"),
    ("roundec", "it rounds as Redshift does without ROUNDEC"),
    ("ignoreallerrors", "it has MAXERROR"),
    ("job", "it has COPY when it is told to"),
];

pub(super) fn copy(cursor: &mut Cursor) -> Result<Kind, SyntaxError> {
    cursor.expect("copy")?;
    let table = table_name(cursor)?;
    let columns = if cursor.is_sign("(") {
        cursor.listed(Cursor::name)?
    } else {
        Vec::new()
    };
    cursor.expect("from")?;
    let at = cursor.offset();
    let from = cursor.text()?;
    if !from.starts_with("s3://") {
        return Err(unsupported(
            at,
            "COPY from other than S3",
            "it has FROM 's3://bucket/prefix'",
        ));
    }
    let mut parameters = Parameters::default();
    while !cursor.at_end() {
        parameter(cursor, &mut parameters)?;
    }
    let format = format(&parameters, at)?;
    let Some(role) = parameters.role else {
        return Err(failure(
            at,
            "COPY needs authorization: IAM_ROLE default or IAM_ROLE 'arn:aws:iam::...:role/...'",
        ));
    };
    Ok(Kind::Copy(Box::new(Copy {
        table,
        columns,
        from,
        role,
        format,
        manifest: parameters.manifest,
        gzip: parameters.gzip,
        region: parameters.region,
        max_error: parameters.max_error.unwrap_or(0),
        no_load: parameters.no_load,
        options: parameters.options,
    })))
}

fn parameter(cursor: &mut Cursor, parameters: &mut Parameters) -> Result<(), SyntaxError> {
    if let Some(role) = role(cursor)? {
        parameters.role = Some(role);
        return Ok(());
    }
    let at = cursor.offset();
    if cursor.take("format") {
        cursor.take("as");
        if !cursor.is_any(&[
            "csv",
            "json",
            "parquet",
            "delimiter",
            "avro",
            "orc",
            "shapefile",
            "fixedwidth",
        ]) {
            return Err(cursor.unexpected());
        }
        if cursor.take("parquet") {
            return set_format(parameters, Format::Parquet, "PARQUET", at);
        }
    }
    let Word::Word(word) = cursor.kind() else {
        return Err(cursor.unexpected());
    };
    if let Some((_, has)) = UNSUPPORTED.iter().find(|(name, _)| name == word) {
        return Err(unsupported(
            cursor.offset(),
            format_args!("{} in COPY", word.to_ascii_uppercase()),
            has,
        ));
    }
    if data_format(cursor, parameters, word, at)? || conversion(cursor, parameters, word)? {
        return Ok(());
    }
    load(cursor, parameters, word)
}

fn set_format(parameters: &mut Parameters, format: Format, name: &'static str, at: usize) -> Result<(), SyntaxError> {
    if parameters.format.replace(format).is_some() {
        return Err(failure(at, "conflicting or redundant options"));
    }
    parameters.given.push(name);
    Ok(())
}

fn data_format(cursor: &mut Cursor, parameters: &mut Parameters, word: &str, at: usize) -> Result<bool, SyntaxError> {
    match word {
        "csv" => {
            cursor.advance();
            set_format(parameters, Format::Csv, "CSV", at)?;
        }
        "json" => {
            cursor.advance();
            cursor.take("as");
            let paths = if matches!(cursor.kind(), Word::Text(_)) {
                cursor.text()?
            } else {
                "auto".to_owned()
            };
            if !matches!(paths.as_str(), "auto" | "auto ignorecase" | "noshred") && !paths.starts_with("s3://") {
                return Err(failure(
                    at,
                    "JSON takes 'auto', 'auto ignorecase', 'noshred' or the S3 path of a JSONPaths file",
                ));
            }
            set_format(parameters, Format::Json(paths), "JSON", at)?;
        }
        "quote" => {
            given(cursor, parameters, "QUOTE");
            cursor.take("as");
            parameters.quote = Some(single(cursor)?);
        }
        "delimiter" => {
            given(cursor, parameters, "DELIMITER");
            cursor.take("as");
            parameters.delimiter = Some(single(cursor)?);
        }
        "serializetojson" => {
            given(cursor, parameters, "SERIALIZETOJSON");
            parameters.serialize_to_json = true;
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn given(cursor: &mut Cursor, parameters: &mut Parameters, name: &'static str) {
    cursor.advance();
    parameters.given.push(name);
}

/// Data conversion parameters
/// (<https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html>).
fn conversion(cursor: &mut Cursor, parameters: &mut Parameters, word: &str) -> Result<bool, SyntaxError> {
    let options = &mut parameters.options;
    let name = match word {
        "acceptanydate" => flag(&mut options.accept_any_date, "ACCEPTANYDATE"),
        "blanksasnull" => flag(&mut options.blanks_as_null, "BLANKSASNULL"),
        "emptyasnull" => flag(&mut options.empty_as_null, "EMPTYASNULL"),
        "explicit_ids" => flag(&mut options.explicit_ids, "EXPLICIT_IDS"),
        "fillrecord" => flag(&mut options.fill_record, "FILLRECORD"),
        "ignoreblanklines" => flag(&mut options.ignore_blank_lines, "IGNOREBLANKLINES"),
        "trimblanks" => flag(&mut options.trim_blanks, "TRIMBLANKS"),
        "truncatecolumns" => flag(&mut options.truncate_columns, "TRUNCATECOLUMNS"),
        "escape" => flag(&mut parameters.escape, "ESCAPE"),
        "removequotes" => flag(&mut parameters.remove_quotes, "REMOVEQUOTES"),
        _ => return valued(cursor, parameters, word),
    };
    given(cursor, parameters, name);
    Ok(true)
}

fn flag(slot: &mut bool, name: &'static str) -> &'static str {
    *slot = true;
    name
}

/// Data conversion parameters with a value.
fn valued(cursor: &mut Cursor, parameters: &mut Parameters, word: &str) -> Result<bool, SyntaxError> {
    match word {
        "acceptinvchars" => {
            given(cursor, parameters, "ACCEPTINVCHARS");
            let value = cursor.take("as") || matches!(cursor.kind(), Word::Text(_));
            parameters.options.accept_invalid_chars = Some(if value { single(cursor)? } else { '?' });
        }
        "dateformat" => {
            given(cursor, parameters, "DATEFORMAT");
            cursor.take("as");
            parameters.options.date_format = Some(cursor.text()?);
        }
        "timeformat" => {
            given(cursor, parameters, "TIMEFORMAT");
            cursor.take("as");
            parameters.options.time_format = Some(cursor.text()?);
        }
        "ignoreheader" => {
            given(cursor, parameters, "IGNOREHEADER");
            cursor.take("as");
            parameters.options.ignore_header = cursor.integer()?;
        }
        "null" => {
            given(cursor, parameters, "NULL AS");
            cursor.take("as");
            parameters.options.null_as = Some(unescaped(&cursor.raw_text()?));
        }
        "encoding" => {
            let at = cursor.offset();
            cursor.advance();
            cursor.take("as");
            let encoding = match cursor.kind() {
                Word::Word(name) | Word::Text(name) => name.to_ascii_lowercase(),
                _ => return Err(cursor.unexpected()),
            };
            cursor.advance();
            if encoding != "utf8" && encoding != "utf-8" {
                return Err(unsupported(
                    at,
                    format_args!("ENCODING {}", encoding.to_ascii_uppercase()),
                    "it has UTF8",
                ));
            }
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Data load and source parameters
/// (<https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-load.html>).
fn load(cursor: &mut Cursor, parameters: &mut Parameters, word: &str) -> Result<(), SyntaxError> {
    match word {
        "manifest" => {
            given(cursor, parameters, "MANIFEST");
            parameters.manifest = true;
        }
        "gzip" => {
            given(cursor, parameters, "GZIP");
            parameters.gzip = true;
        }
        "region" => {
            given(cursor, parameters, "REGION");
            cursor.take("as");
            parameters.region = Some(cursor.text()?);
        }
        "maxerror" => {
            given(cursor, parameters, "MAXERROR");
            cursor.take("as");
            let at = cursor.offset();
            let count = cursor.integer()?;
            match u32::try_from(count) {
                Ok(errors) if count <= MAX_ERRORS => parameters.max_error = Some(errors),
                _ => return Err(failure(at, format_args!("MAXERROR must be between 0 and {MAX_ERRORS}"))),
            }
        }
        "noload" => {
            given(cursor, parameters, "NOLOAD");
            parameters.no_load = true;
        }
        // They choose compression and gather statistics.
        "compupdate" | "statupdate" => {
            let compresses = word == "compupdate";
            given(cursor, parameters, if compresses { "COMPUPDATE" } else { "STATUPDATE" });
            let values = ["on", "off", "true", "false", "preset"];
            if cursor.is_any(&values) {
                cursor.advance();
            }
        }
        "comprows" => {
            given(cursor, parameters, "COMPROWS");
            cursor.integer()?;
        }
        _ => return Err(cursor.unexpected()),
    }
    Ok(())
}

/// One character, also named by its octal code or as a tab.
fn single(cursor: &mut Cursor) -> Result<char, SyntaxError> {
    let at = cursor.offset();
    let text = unescaped(&cursor.raw_text()?);
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) if character.is_ascii() => Ok(character),
        _ => Err(failure(at, "COPY takes a single ASCII character here")),
    }
}

/// `\t`, `\\t`, `\011` and `\0` are the characters they name; `\N` stays what it is.
fn unescaped(raw: &str) -> String {
    let name = raw.trim_start_matches('\\');
    if name.len() == raw.len() {
        return raw.to_owned();
    }
    match name {
        "" => "\\".to_owned(),
        "t" => "\t".to_owned(),
        "n" => "\n".to_owned(),
        "r" => "\r".to_owned(),
        octal if octal.len() <= 3 => match u32::from_str_radix(octal, 8).ok().and_then(char::from_u32) {
            Some(character) => character.to_string(),
            None => format!("\\{octal}"),
        },
        other => format!("\\{other}"),
    }
}

fn format(parameters: &Parameters, at: usize) -> Result<CopyFormat, SyntaxError> {
    let refused = |names: &[&str], format: &str| match parameters.given.iter().find(|name| names.contains(name)) {
        Some(name) => Err(failure(at, format_args!("{name} cannot be used with {format}"))),
        None => Ok(()),
    };
    if parameters.quote.is_some() && !matches!(parameters.format, Some(Format::Csv)) {
        return Err(failure(at, "QUOTE can be used with CSV only"));
    }
    if parameters.serialize_to_json && !matches!(parameters.format, Some(Format::Parquet)) {
        return Err(failure(at, "SERIALIZETOJSON can be used with PARQUET and ORC only"));
    }
    match &parameters.format {
        Some(Format::Parquet) => {
            let allowed = [
                "PARQUET",
                "SERIALIZETOJSON",
                "ACCEPTINVCHARS",
                "FILLRECORD",
                "STATUPDATE",
                "MANIFEST",
                "EXPLICIT_IDS",
            ];
            match parameters.given.iter().find(|name| !allowed.contains(name)) {
                Some(name) => Err(failure(
                    at,
                    format_args!("{name} argument is not supported for PARQUET based COPY"),
                )),
                None => Ok(CopyFormat::Parquet {
                    serialize_to_json: parameters.serialize_to_json,
                }),
            }
        }
        Some(Format::Json(paths)) => {
            let refusing = [
                "DELIMITER",
                "ESCAPE",
                "FILLRECORD",
                "IGNOREBLANKLINES",
                "NULL AS",
                "REMOVEQUOTES",
            ];
            refused(&refusing, "JSON")?;
            Ok(CopyFormat::Json { paths: paths.clone() })
        }
        Some(Format::Csv) => {
            refused(&["ESCAPE", "REMOVEQUOTES"], "CSV")?;
            Ok(CopyFormat::Csv {
                delimiter: parameters.delimiter.unwrap_or(','),
                quote: parameters.quote.unwrap_or('"'),
            })
        }
        None => Ok(CopyFormat::Delimited {
            delimiter: parameters.delimiter.unwrap_or('|'),
            remove_quotes: parameters.remove_quotes,
            escape: parameters.escape,
        }),
    }
}
