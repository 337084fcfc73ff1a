//! UNLOAD: the rows of a query into objects of S3 (<https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html>).

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::answer::Answer;
use super::dialect::{Type, Unload, UnloadFormat};
use super::error::{Result, SqlError};
use super::lineage::Output;
use super::role::s3_path;
use super::scratch::Scratch;
use super::session::Session;
use super::words::{literal, quote};

/// A file of an unload and the key it gets.
struct Part {
    path: PathBuf,
    key: String,
    /// Bytes.
    size: u64,
}

impl Session {
    pub(super) fn unload(&mut self, unload: &Unload) -> Result<Answer> {
        self.authorize(&unload.role)?;
        let (bucket, prefix) = s3_path(&unload.to)?;
        let present = self
            .outside
            .objects
            .list(bucket, prefix)
            .map_err(|error| self.s3_failed(&error))?;
        if !present.is_empty() && !unload.allow_overwrite && !unload.clean_path {
            let what = "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, manually \
                        removing the target files in S3, or using the ALLOWOVERWRITE option.";
            return Err(SqlError::new("XX000", what).into());
        }
        let scratch = Scratch::new(&self.database.scratch)?;
        let query = self.typed(&unload.query)?;
        let columns = self.shape(&query)?;
        let target = scratch.path().join("unloaded");
        let sql = statement(unload, &query, &columns, &target)?;
        let rows: usize = self.connection.execute(&sql, [])?;
        self.check_cancelled()?;
        let parts = parts(unload, prefix, &target)?;
        if unload.clean_path {
            for object in present {
                self.outside
                    .objects
                    .remove(bucket, &object.key)
                    .map_err(|error| self.s3_failed(&error))?;
            }
        }
        for part in &parts {
            let stored = self
                .outside
                .objects
                .store(bucket, &part.key, &part.path, "binary/octet-stream");
            stored.map_err(|error| self.s3_failed(&error))?;
        }
        if unload.manifest {
            self.write_manifest(bucket, prefix, &parts, &scratch)?;
        }
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.connection
            .execute_batch(&format!("SET VARIABLE rs_last_unload_count = {rows}::BIGINT"))?;
        Ok(Answer::changed(rows))
    }

    fn write_manifest(&self, bucket: &str, prefix: &str, parts: &[Part], scratch: &Scratch) -> Result<()> {
        let entries = parts
            .iter()
            .map(|part| json!({"url": format!("s3://{bucket}/{}", part.key), "meta": {"content_length": part.size}}));
        let manifest = json!({"entries": entries.collect::<Vec<_>>()});
        let path = scratch.path().join("manifest");
        fs::write(&path, manifest.to_string())?;
        let stored = self
            .outside
            .objects
            .store(bucket, &format!("{prefix}manifest"), &path, "application/json");
        Ok(stored.map_err(|error| self.s3_failed(&error))?)
    }
}

/// DuckDB's COPY TO.
fn statement(unload: &Unload, query: &str, columns: &[Output], target: &Path) -> std::result::Result<String, SqlError> {
    for name in &unload.partition_by {
        if !columns.iter().any(|column| column.name == *name) {
            return Err(SqlError::new("42703", format!("column \"{name}\" does not exist")));
        }
    }
    let text = |index: usize| as_text(&format!("c{index}"), columns[index].kind.as_ref());
    let named = |index: usize, value: String| format!("{value} AS {}", quote(&columns[index].name));
    let partitioned = |index: &usize| unload.partition_by.contains(&columns[*index].name);
    let every = 0..columns.len();
    let (values, mut options): (Vec<String>, Vec<String>) = match &unload.format {
        UnloadFormat::Parquet => (
            every
                .map(|index| named(index, as_parquet(index, columns[index].kind.as_ref())))
                .collect(),
            vec!["FORMAT parquet".into(), "COMPRESSION snappy".into()],
        ),
        UnloadFormat::Json => (
            every.map(|index| named(index, format!("c{index}"))).collect(),
            vec!["FORMAT json".into()],
        ),
        UnloadFormat::Csv { delimiter } => (
            every.map(|index| named(index, text(index))).collect(),
            vec![
                "FORMAT csv".into(),
                format!("HEADER {}", unload.header),
                format!("DELIMITER {}", literal(&delimiter.to_string())),
            ],
        ),
        UnloadFormat::Delimited {
            delimiter,
            add_quotes,
            escape,
        } => {
            // A line is one text, since DuckDB's CSV knows no such escapes.
            let kept = every
                .clone()
                .filter(|index| unload.include_partition_columns || !partitioned(index));
            let kept: Vec<_> = kept.collect();
            let fields = kept
                .iter()
                .map(|index| delimited(&text(*index), *delimiter, *add_quotes, *escape));
            let between = format!(" || {} || ", literal(&delimiter.to_string()));
            let line = fields.collect::<Vec<_>>().join(&between);
            let names: Vec<_> = kept.iter().map(|index| columns[*index].name.clone()).collect();
            let mut values = vec![format!("{line} AS {}", quote(&names.join(&delimiter.to_string())))];
            values.extend(every.filter(partitioned).map(|index| named(index, format!("c{index}"))));
            let header = format!("HEADER {}", unload.header);
            let plain = ["FORMAT csv", "QUOTE ''", "ESCAPE ''", "DELIMITER '\u{1}'", "NULLSTR ''"];
            (values, plain.into_iter().map(str::to_owned).chain([header]).collect())
        }
    };
    if unload.gzip {
        options.push("COMPRESSION gzip".into());
    }
    if !unload.partition_by.is_empty() {
        let names: Vec<_> = unload.partition_by.iter().map(|name| quote(name)).collect();
        options.push(format!("PARTITION_BY ({})", names.join(", ")));
        let whole_lines = matches!(unload.format, UnloadFormat::Delimited { .. });
        if unload.include_partition_columns && !whole_lines {
            options.push("WRITE_PARTITION_COLUMNS true".into());
        }
    }
    let aliases: Vec<_> = (0..columns.len()).map(|index| format!("c{index}")).collect();
    Ok(format!(
        "COPY (SELECT {} FROM ({query}\n) AS q({})) TO {} ({})",
        values.join(", "),
        aliases.join(", "),
        literal(&target.to_string_lossy()),
        options.join(", ")
    ))
}

/// A value as Redshift unloads it as text.
fn as_text(column: &str, kind: Option<&Type>) -> String {
    match kind {
        Some(Type::Boolean) => format!("CASE WHEN {column} THEN 't' WHEN NOT {column} THEN 'f' END"),
        Some(Type::Char(length)) => format!("rpad(CAST({column} AS VARCHAR), {length}, ' ')"),
        _ => format!("CAST({column} AS VARCHAR)"),
    }
}

fn as_parquet(index: usize, kind: Option<&Type>) -> String {
    let kind = match kind {
        None | Some(Type::Super) => "VARCHAR".to_owned(),
        Some(kind) => kind.duck(),
    };
    format!("CAST(c{index} AS {kind})")
}

/// A field of delimited text; NULL is empty.
fn delimited(text: &str, delimiter: char, add_quotes: bool, escape: bool) -> String {
    let mut field = text.to_owned();
    if escape {
        let delimiter = delimiter.to_string();
        let mut marks = vec!["\\", "\n", "\r", delimiter.as_str()];
        if add_quotes {
            marks.extend(["\"", "'"]);
        }
        for mark in marks {
            field = format!("replace({field}, {}, {})", literal(mark), literal(&format!("\\{mark}")));
        }
    }
    if add_quotes {
        field = format!("'\"' || {field} || '\"'");
    }
    format!("coalesce({field}, '')")
}

/// The files DuckDB wrote, with their keys: `<prefix>0000_part_00.parquet`, in partitions
/// `<prefix>/column=value/0000_part_00.parquet`, with PARALLEL OFF `<prefix>000.parquet`.
fn parts(unload: &Unload, prefix: &str, target: &Path) -> Result<Vec<Part>> {
    let mut suffix = match unload.format {
        UnloadFormat::Parquet => ".parquet".to_owned(),
        UnloadFormat::Json => ".json".to_owned(),
        _ => String::new(),
    };
    if unload.gzip {
        suffix.push_str(".gz");
    }
    let name = |number: usize| match unload.parallel {
        true => format!("{number:04}_part_00{suffix}"),
        false => format!("{number:03}{suffix}"),
    };
    let mut parts = Vec::new();
    if target.is_file() {
        parts.push(part(target.to_owned(), format!("{prefix}{}", name(0)))?);
    } else if target.is_dir() {
        let root = format!("{}/", prefix.trim_end_matches('/'));
        walk(target, &root, &name, &mut parts)?;
    }
    Ok(parts)
}

fn part(path: PathBuf, key: String) -> std::io::Result<Part> {
    let size = fs::metadata(&path)?.len();
    Ok(Part { path, key, size })
}

fn walk(folder: &Path, key: &str, name: &dyn Fn(usize) -> String, parts: &mut Vec<Part>) -> std::io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut number = 0;
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            walk(
                &path,
                &format!("{key}{}/", entry.file_name().to_string_lossy()),
                name,
                parts,
            )?;
        } else {
            parts.push(part(path, format!("{key}{}", name(number)))?);
            number += 1;
        }
    }
    Ok(())
}
