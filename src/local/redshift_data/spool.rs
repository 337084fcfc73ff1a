//! Results as files: the columns in the first line, then a line a row, in the form that answers have. A page is a range
//! of bytes, so that reading one costs what it shows.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::columns;
use super::model::Format;
use super::ports::{Answer, Cell};

/// Source: Redshift management guide, "Considerations when calling the Amazon Redshift Data API": 100 MB a result. AWS
/// counts it compressed, here it is as it is.
const MAX_RESULT_BYTES: u64 = 100 << 20;

/// Source: Redshift management guide, "Troubleshooting issues for Amazon Redshift Data API": 64 KB a row.
const MAX_ROW_BYTES: usize = 64 << 10;

/// Bytes of rows in a page; a row more than fits begins none.
const PAGE_BYTES: u64 = 1 << 20;

/// Files of results.
pub(super) struct Spool(PathBuf);

/// A result could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpoolError {
    #[error("ERROR: The result of the statement is larger than 100 MB, the most that the Data API returns.")]
    TooLarge,
    #[error("Packet for query is too large: a row has {0} bytes, and the Data API returns 65536 at most.")]
    RowTooLarge(usize),
    #[error("ERROR: the embedded AWS could not keep the statement's result: {0}")]
    Io(#[from] io::Error),
}

/// Lines of a result.
pub(super) struct Page {
    /// JSON.
    pub columns: String,
    pub rows: Vec<String>,
    /// Where the next page begins, if there is one.
    pub next: Option<u64>,
}

impl Spool {
    pub fn new(dir: &Path) -> Self {
        Self(dir.join("redshift-data"))
    }

    /// `number` is the statement's in its batch, from 1.
    fn path(&self, id: &str, number: usize) -> PathBuf {
        self.0.join(format!("{id}.{number}"))
    }

    /// Writes a result; answers its size in bytes.
    pub fn write(&self, id: &str, number: usize, format: Format, answer: &Answer) -> Result<u64, SpoolError> {
        fs::create_dir_all(&self.0)?;
        let path = self.path(id, number);
        let written = self.write_to(&path, format, answer);
        if written.is_err() {
            remove(&path)?;
        }
        written
    }

    fn write_to(&self, path: &Path, format: Format, answer: &Answer) -> Result<u64, SpoolError> {
        let mut file = BufWriter::new(File::create(path)?);
        let columns: Vec<_> = answer.columns.iter().map(columns::metadata).collect();
        writeln!(file, "{}", json!(columns))?;
        let mut bytes = 0;
        for row in &answer.rows {
            let size = row.iter().map(bytes_of).sum();
            if size > MAX_ROW_BYTES {
                return Err(SpoolError::RowTooLarge(size));
            }
            let line = match format {
                Format::Json => json_row(row),
                Format::Csv => Value::String(csv_row(row)).to_string(),
            };
            bytes += line.len() as u64 + 1;
            if bytes > MAX_RESULT_BYTES {
                return Err(SpoolError::TooLarge);
            }
            file.write_all(line.as_bytes())?;
            file.write_all(b"\n")?;
        }
        file.flush()?;
        Ok(bytes)
    }

    /// The page that begins at `from`, which a page before has named; 0 is the first.
    pub fn read(&self, id: &str, number: usize, from: u64) -> io::Result<Page> {
        let mut file = BufReader::new(File::open(self.path(id, number))?);
        let mut columns = String::new();
        let header = file.read_line(&mut columns)? as u64;
        let mut at = from.max(header);
        file.seek(SeekFrom::Start(at))?;
        let limit = at + PAGE_BYTES;
        let (mut rows, mut line) = (Vec::new(), String::new());
        let next = loop {
            line.clear();
            let read = file.read_line(&mut line)? as u64;
            if read == 0 {
                break None;
            }
            if !rows.is_empty() && at + read > limit {
                break Some(at);
            }
            at += read;
            rows.push(line.trim_end_matches('\n').to_owned());
        };
        Ok(Page {
            columns: columns.trim_end().to_owned(),
            rows,
            next,
        })
    }

    /// Removes the results of a statement of `parts` parts.
    pub fn remove(&self, id: &str, parts: usize) -> io::Result<()> {
        (1..=parts).try_for_each(|number| remove(&self.path(id, number)))
    }

    /// Removes results of statements that `is_known` does not know, for when the process died in between.
    pub fn remove_others(&self, is_known: impl Fn(&str) -> bool) -> io::Result<()> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for entry in entries {
            let path = entry?.path();
            let id = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if !is_known(id) {
                remove(&path)?;
            }
        }
        Ok(())
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn bytes_of(cell: &Cell) -> usize {
    match cell {
        Cell::Null => 0,
        Cell::Text(value) => value.len(),
        Cell::Blob(value) => value.len(),
        Cell::Boolean(_) | Cell::Long(_) | Cell::Double(_) => 8,
    }
}

/// A row as a list of `Field`s.
fn json_row(row: &[Cell]) -> String {
    let fields: Vec<_> = row.iter().map(field).collect();
    Value::Array(fields).to_string()
}

fn field(cell: &Cell) -> Value {
    match cell {
        Cell::Null => json!({"isNull": true}),
        Cell::Boolean(value) => json!({"booleanValue": value}),
        Cell::Long(value) => json!({"longValue": value}),
        // JSON has no numbers for these; awsJson writes NaN, Infinity and -Infinity as text.
        Cell::Double(value) if !value.is_finite() => json!({"doubleValue": special(*value)}),
        Cell::Double(value) => json!({"doubleValue": value}),
        Cell::Text(value) => json!({"stringValue": value}),
        Cell::Blob(value) => json!({"blobValue": base64_simd::STANDARD.encode_to_string(value)}),
    }
}

fn special(value: f64) -> &'static str {
    match value {
        _ if value.is_nan() => "NaN",
        _ if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

/// A row of comma-separated values, ended by CR LF; NULL is empty.
fn csv_row(row: &[Cell]) -> String {
    let mut line = String::new();
    for (place, cell) in row.iter().enumerate() {
        if place > 0 {
            line.push(',');
        }
        match cell {
            Cell::Null => {}
            Cell::Boolean(value) => line.push_str(if *value { "true" } else { "false" }),
            Cell::Long(value) => line.push_str(&value.to_string()),
            Cell::Double(value) => line.push_str(&value.to_string()),
            Cell::Text(value) => push_quoted(&mut line, value),
            Cell::Blob(value) => line.push_str(&value.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        }
    }
    line.push_str("\r\n");
    line
}

/// In quotes where the value needs them; an empty text is quoted to differ from NULL.
fn push_quoted(line: &mut String, value: &str) {
    if !value.is_empty() && !value.contains([',', '"', '\r', '\n']) {
        line.push_str(value);
        return;
    }
    line.push('"');
    line.push_str(&value.replace('"', "\"\""));
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_wire_form_of_their_format() {
        let row = [
            Cell::Null,
            Cell::Boolean(true),
            Cell::Long(-7),
            Cell::Double(f64::NAN),
            Cell::Text("a,\"b\"\n".into()),
            Cell::Text(String::new()),
            Cell::Blob(vec![1, 255]),
        ];
        assert_eq!(
            json_row(&row),
            r#"[{"isNull":true},{"booleanValue":true},{"longValue":-7},{"doubleValue":"NaN"},{"stringValue":"a,\"b\"\n"},{"stringValue":""},{"blobValue":"Af8="}]"#
        );
        assert_eq!(csv_row(&row), ",true,-7,NaN,\"a,\"\"b\"\"\n\",\"\",01ff\r\n");
    }

    #[test]
    fn pages_join_to_the_whole_and_end_with_none() {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::new(dir.path());
        let text = "x".repeat(60 << 10);
        let answer = Answer {
            rows: (0..50).map(|n| vec![Cell::Long(n), Cell::Text(text.clone())]).collect(),
            ..Answer::default()
        };
        spool.write("id", 1, Format::Json, &answer).unwrap();
        let (mut from, mut rows, mut pages) = (0, Vec::new(), 0);
        loop {
            let page = spool.read("id", 1, from).unwrap();
            assert_eq!(page.columns, "[]");
            rows.extend(page.rows);
            pages += 1;
            match page.next {
                Some(next) => from = next,
                None => break,
            }
        }
        assert_eq!(rows.len(), 50);
        assert!(rows[49].starts_with(r#"[{"longValue":49}"#));
        assert_eq!(pages, 3);
        spool.remove_others(|id| id == "id").unwrap();
        assert!(spool.read("id", 1, 0).is_ok());
        spool.remove("id", 1).unwrap();
        assert!(spool.read("id", 1, 0).is_err());
    }
}
