//! CSV, delimited text and JSON into a table, record by record.

use std::fs;
use std::io::{BufRead, BufReader, Read};

use duckdb::{Appender, appender_params_from_iter};
use flate2::read::MultiGzDecoder;

use super::super::catalogue::{Field, Relation};
use super::super::dialect::{Copy, CopyFormat, Type};
use super::super::error::{Result, SqlError};
use super::super::role::s3_path;
use super::super::session::Session;
use super::convert::{Refused, Value, convert, decode, null_value, refused};
use super::fields::{Cut, Text};
use super::json::{self, Paths};
use super::log::{Fault, Load};

/// Column, position, raw field and reason of a record's first fault.
type RowFault = (Option<usize>, usize, Vec<u8>, Refused);

/// Length of `raw_line` and `raw_field_value` in stl_load_errors.
const RAW: usize = 1024;

/// A load of text on its way.
struct Loader<'a> {
    session: &'a Session,
    copy: &'a Copy,
    targets: &'a [Field],
    /// `None` if the data is only checked.
    appender: Option<Appender<'a>>,
    load: &'a mut Load,
    file: usize,
}

impl Session {
    pub(super) fn load_text(&self, copy: &Copy, relation: &Relation, targets: &[Field], load: &mut Load) -> Result<()> {
        let paths = self.paths(copy, targets)?;
        let appender = match copy.no_load {
            true => None,
            false => Some(self.appender(relation, targets)?),
        };
        let mut loader = Loader {
            session: self,
            copy,
            targets,
            appender,
            load,
            file: 0,
        };
        for file in 0..loader.load.files.len() {
            loader.file = file;
            loader.file(paths.as_ref())?;
        }
        let failed = loader.failed();
        if let (false, Some(appender)) = (failed, &mut loader.appender) {
            appender.flush()?;
        }
        drop(loader);
        if failed {
            return Err(self.load_failed(relation));
        }
        Ok(())
    }

    fn appender(&self, relation: &Relation, targets: &[Field]) -> Result<Appender<'_>> {
        let (name, columns) = (&relation.name, targets.iter().map(|field| field.name.as_str()));
        let columns: Vec<_> = columns.collect();
        Ok(match relation.schema.as_deref() {
            Some(schema) => self.connection.appender_with_columns_to_db(name, schema, &columns)?,
            None => self
                .connection
                .appender_with_columns_to_catalog_and_db(name, "temp", "main", &columns)?,
        })
    }

    fn paths(&self, copy: &Copy, targets: &[Field]) -> Result<Option<Paths>> {
        let CopyFormat::Json { paths } = &copy.format else {
            return Ok(None);
        };
        Ok(Some(match paths.as_str() {
            "auto" => Paths::Auto { ignore_case: false },
            "auto ignorecase" => Paths::Auto { ignore_case: true },
            "noshred" => {
                if targets.len() != 1 || targets[0].kind != Type::Super {
                    let what = "COPY JSON 'noshred' needs exactly one column, of the type SUPER";
                    return Err(SqlError::new("22023", what).into());
                }
                Paths::Whole
            }
            file => {
                let (bucket, key) = s3_path(file)?;
                let bytes = self.read_object(bucket, key).map_err(|code| {
                    let what = format!("Failed to read the JSONPaths file {file}");
                    SqlError::new("XX000", what).detail(8001, code.unwrap_or_default(), self.query)
                })?;
                let paths = Paths::read(&bytes).map_err(|what| SqlError::new("22023", what))?;
                if let Paths::Listed(listed) = &paths
                    && listed.len() != targets.len()
                {
                    let what = format!(
                        "Number of jsonpaths and the number of columns should match. JSONPath size: {}, Number of \
                         columns in table or column list: {}",
                        listed.len(),
                        targets.len()
                    );
                    return Err(SqlError::new("22023", &what).detail(8001, "", self.query).into());
                }
                paths
            }
        }))
    }
}

impl Loader<'_> {
    fn failed(&self) -> bool {
        self.load.faults.len() as u64 > u64::from(self.copy.max_error)
    }

    fn file(&mut self, paths: Option<&Paths>) -> Result<()> {
        let file = &self.load.files[self.file];
        let url = file.url();
        let raw = fs::File::open(&file.path)?;
        let read: Box<dyn Read> = match self.copy.gzip {
            true => Box::new(MultiGzDecoder::new(BufReader::new(raw))),
            false => Box::new(raw),
        };
        let mut from = BufReader::with_capacity(256 * 1024, read);
        let mut lines = 0;
        let done = match (&self.copy.format, paths) {
            (_, Some(paths)) => self.json(&mut from, paths, &mut lines),
            (CopyFormat::Csv { delimiter, quote }, _) => {
                let cut = Cut::Csv {
                    delimiter: byte(*delimiter)?,
                    quote: byte(*quote)?,
                };
                self.records(&mut from, cut, &mut lines)
            }
            (
                CopyFormat::Delimited {
                    delimiter,
                    remove_quotes,
                    escape,
                },
                _,
            ) => {
                let cut = Cut::Delimited {
                    delimiter: byte(*delimiter)?,
                    remove_quotes: *remove_quotes,
                    escape: *escape,
                };
                self.records(&mut from, cut, &mut lines)
            }
            _ => Ok(Ok(())),
        };
        self.load.lines.push(lines);
        match done? {
            Ok(()) => Ok(()),
            Err(error) => {
                let what = match self.copy.gzip {
                    true => format!("The file could not be decompressed (GZIP): {error}"),
                    false => error.to_string(),
                };
                Err(SqlError::new("XX000", what)
                    .detail(8001, url, self.session.query)
                    .into())
            }
        }
    }

    fn records(&mut self, from: &mut impl BufRead, cut: Cut, lines: &mut u64) -> Result<std::io::Result<()>> {
        let mut record = Vec::new();
        let mut number = 0_u64;
        loop {
            let line = *lines + 1;
            match cut.read(from, &mut record, lines) {
                Ok(true) => {}
                Ok(false) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            }
            number += 1;
            if number <= self.copy.options.ignore_header {
                continue;
            }
            let blank = record.iter().all(u8::is_ascii_whitespace);
            if blank && (self.copy.options.ignore_blank_lines || record.is_empty() && self.targets.len() > 1) {
                continue;
            }
            if number.is_multiple_of(8192) {
                self.session.check_cancelled()?;
            }
            match self.row(&record, cut) {
                Ok(row) => self.append(&row)?,
                Err((column, position, raw, why)) => {
                    self.fault(line, column, position, &record, &raw, why);
                    if self.failed() {
                        return Ok(Ok(()));
                    }
                }
            }
        }
    }

    /// A record's values, or column, position, raw field and reason of its first fault.
    fn row<'r>(&self, record: &'r [u8], cut: Cut) -> std::result::Result<Vec<Value<'r>>, RowFault> {
        let options = &self.copy.options;
        let mut fields: Vec<Text<'r>> = Vec::with_capacity(self.targets.len() + 1);
        if let Err(why) = cut.cut(record, &mut fields) {
            return Err((None, 0, Vec::new(), refused(1216, why)));
        }
        let wanted = self.targets.len();
        // A delimiter after the last field is no field.
        if fields.len() == wanted + 1 && fields.last().is_some_and(|last| last.bytes.is_empty()) {
            fields.pop();
        }
        if fields.len() > wanted {
            let extra = &fields[wanted];
            return Err((
                None,
                extra.start,
                extra.bytes.to_vec(),
                refused(1202, "Extra column(s) found"),
            ));
        }
        if fields.len() < wanted && !options.fill_record {
            return Err((
                Some(fields.len()),
                record.len(),
                Vec::new(),
                refused(1214, "Delimiter not found"),
            ));
        }
        let mut row = Vec::with_capacity(wanted);
        let mut fields = fields.into_iter();
        for (index, target) in self.targets.iter().enumerate() {
            let Some(field) = fields.next() else {
                row.push(null_value(target).map_err(|why| (Some(index), record.len(), Vec::new(), why))?);
                continue;
            };
            let Text { bytes, start, quoted } = field;
            let at = |why, raw: &[u8]| (Some(index), start, raw.to_vec(), why);
            let value = match bytes {
                std::borrow::Cow::Borrowed(bytes) => {
                    let text = decode(bytes, options).map_err(|why| at(why, bytes))?;
                    convert(text, quoted, target, options).map_err(|why| at(why, bytes))?
                }
                std::borrow::Cow::Owned(bytes) => {
                    let text = decode(&bytes, options).map_err(|why| at(why, &bytes))?.into_owned();
                    convert(text.into(), quoted, target, options).map_err(|why| at(why, &bytes))?
                }
            };
            row.push(value);
        }
        Ok(row)
    }

    fn json(&mut self, from: &mut impl BufRead, paths: &Paths, lines: &mut u64) -> Result<std::io::Result<()>> {
        let (mut record, mut row) = (Vec::new(), Vec::new());
        let mut number = 0_u64;
        loop {
            let read = match json::read(from, &mut record, lines) {
                Ok(read) => read,
                Err(error) => return Ok(Err(error)),
            };
            number += 1;
            if number.is_multiple_of(8192) {
                self.session.check_cancelled()?;
            }
            let within = memchr::memchr_iter(b'\n', &record).count() as u64;
            let line = match read {
                Err((_, line)) => line,
                Ok(_) => *lines + 1 - within,
            };
            let made = match read {
                Ok(false) => return Ok(Ok(())),
                Err((why, _)) => Err((None, String::new(), refused(1216, why))),
                Ok(true) => match decode(&record, &self.copy.options) {
                    Err(why) => Err((None, String::new(), why)),
                    Ok(text) => json::values(&text, paths, self.targets, &self.copy.options, &mut row),
                },
            };
            match made {
                Ok(()) => self.append(&row)?,
                Err((column, raw, why)) => {
                    self.fault(line, column, 0, &record, raw.as_bytes(), why);
                    // What does not end cannot be read on from.
                    if self.failed() || (read.is_err() && record.len() > 1) {
                        return Ok(Ok(()));
                    }
                }
            }
        }
    }

    fn append(&mut self, row: &[Value<'_>]) -> Result<()> {
        if let Some(appender) = &mut self.appender {
            appender.append_row(appender_params_from_iter(row))?;
            self.load.rows += 1;
        }
        Ok(())
    }

    fn fault(&mut self, line: u64, column: Option<usize>, position: usize, record: &[u8], raw: &[u8], why: Refused) {
        let field = column.and_then(|column| self.targets.get(column));
        let length = field.and_then(|field| match field.kind {
            Type::Decimal { precision, scale } => Some(format!("{precision}, {scale}")),
            ref kind => kind.length().map(|length| length.to_string()),
        });
        let shown = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.chars()
                .take(RAW)
                .filter(|letter| *letter != '\0')
                .collect::<String>()
        };
        self.load.faults.push(Fault {
            file: self.file,
            line,
            column: field.map(|field| field.name.clone()).unwrap_or_default(),
            kind: field
                .map(|field| field.kind.short_name().to_owned())
                .unwrap_or_default(),
            length: length.unwrap_or_else(|| "0".into()),
            position,
            raw_line: shown(record),
            raw_field: shown(raw),
            code: why.code,
            reason: why.reason,
        });
    }
}

fn byte(letter: char) -> Result<u8> {
    match u8::try_from(letter) {
        Ok(byte) if byte.is_ascii() => Ok(byte),
        _ => Err(SqlError::new("22023", "COPY delimiter and quote must be a single ASCII character").into()),
    }
}
