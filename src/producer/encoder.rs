//! The parsing thread: rows in, requests' worth of records out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use super::check::{Problem, RowCheck};
use super::csv::{CsvReader, CsvRecord, Step};
use super::error::Error;
use super::header::Layout;
use super::input::{Format, Input};
use super::json::{JsonKeys, JsonReader};
use super::options::Options;
use super::outlet::{Outlet, Stop};
use super::preview::{ROW_BYTES, read_ahead, read_error, read_header};
use super::readahead::ReadAhead;
use super::rejects::{AlsoBroken, Reject, RejectedRow, Rejects};
use super::report::{Event, ProgressSink, Tally, add};
use super::rule::Rule;
use super::shards::ShardMap;
use super::sink::Entry;
use super::stamp::Stamp;

/// Most unknown JSON keys that are told of.
const UNKNOWN_KEYS: usize = 50;

/// What every part of an ingest shares.
#[derive(Clone)]
pub(super) struct Shared {
    pub check: Arc<RowCheck>,
    pub options: Arc<Options>,
    pub tally: Arc<Tally>,
    pub progress: ProgressSink,
    pub cancel: CancellationToken,
}

/// State of the parsing thread.
pub(super) struct Encoder {
    shared: Shared,
    outlet: Outlet,
    pub rejects: Rejects,
    stamp: Stamp,
    /// Rows of all inputs dealt with so far, rejected ones included.
    rows: u64,
    row: Vec<u8>,
    key: Vec<u8>,
}

/// The place of a row in its file.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    row: u64,
    line: u64,
}

impl Encoder {
    pub fn new(shared: Shared, shards: ShardMap, rejects: Rejects, stamp: Stamp, requests: Sender<Vec<Entry>>) -> Self {
        let outlet = Outlet::new(shards, &shared.options, requests);
        Self {
            shared,
            outlet,
            rejects,
            stamp,
            rows: 0,
            row: Vec::with_capacity(4096),
            key: Vec::new(),
        }
    }

    /// Encodes all inputs one after the other. Whatever was read is handed on, also on failure or cancellation.
    pub fn run(&mut self, inputs: &[Input]) -> Result<(), Stop> {
        let mut result = Ok(());
        for input in inputs {
            if self.shared.cancel.is_cancelled() {
                break;
            }
            result = self.encode(input);
            if result.is_err() {
                break;
            }
        }
        if !matches!(result, Err(Stop::Abandoned)) {
            let flushed = self.outlet.flush();
            result = result.and(flushed);
        }
        let finished = self.rejects.finish().map_err(Stop::from);
        result.and(finished)
    }

    fn encode(&mut self, input: &Input) -> Result<(), Stop> {
        let file = input.to_string();
        let opened = input.open(self.shared.tally.clone())?;
        let compressed = opened.compressed;
        let mut content = read_ahead(&file, opened, &self.shared.cancel)?;
        match Format::detect(input, &mut content)? {
            Format::Csv => self.encode_csv(&file, content, compressed),
            Format::JsonLines => self.encode_json(&file, content, compressed),
        }
    }

    fn encode_csv(&mut self, file: &str, content: ReadAhead, compressed: bool) -> Result<(), Stop> {
        let check = self.shared.check.clone();
        let mut reader = CsvReader::new(content, check.contract().delimiter, ROW_BYTES);
        let layout = read_header(file, &mut reader, &check)?;
        if !layout.unknown.is_empty() {
            let event = Event::UnknownColumns {
                file: file.into(),
                columns: layout.unknown.clone(),
            };
            (self.shared.progress)(event);
        }
        let mut row = 0;
        loop {
            if !reader.input().wait(Duration::ZERO) {
                self.linger(reader.input())?;
            }
            let step = match reader.advance() {
                Ok(step) => step,
                Err(_) if self.shared.cancel.is_cancelled() => return Ok(()),
                Err(source) => return Err(read_error(file, row, reader.offset(), compressed, source)),
            };
            let place = Place {
                file,
                row: row + 1,
                line: reader.line(),
            };
            match step {
                Step::End if row == 0 => return Err(Error::HeaderOnly { file: file.into() }.into()),
                Step::End => return Ok(()),
                Step::Oversized { bytes, at_end } => self.reject_oversized(place, reader.start(), bytes, at_end)?,
                Step::Record => self.encode_csv_row(place, &layout, &reader)?,
            }
            row += 1;
            self.count_row(row)?;
            if row & 63 == 0 && self.shared.cancel.is_cancelled() {
                return Ok(());
            }
        }
    }

    fn encode_csv_row(&mut self, place: Place<'_>, layout: &Layout, reader: &CsvReader<ReadAhead>) -> Result<(), Stop> {
        let fields = || RejectedRow::Fields(reader.fields().enumerate().map(|(i, f)| (layout.name(i), f)).collect());
        let Some(record) = reader.utf8() else {
            let invalid = reader.fields().position(|field| std::str::from_utf8(field).is_err());
            let message = match invalid {
                Some(position) => format!("the field {:?} is not valid UTF-8", layout.name(position)),
                None => "is not valid UTF-8".into(),
            };
            return self.reject_row(place, Rule::Utf8, message, fields());
        };
        if record.len() != layout.headers.len() {
            let message = format!("has {} fields, the header has {}", record.len(), layout.headers.len());
            return self.reject_row(place, Rule::FieldCount, message, fields());
        }
        let record: CsvRecord<'_> = record.arranged(&layout.positions);
        self.accept(place, &record, fields)
    }

    fn encode_json(&mut self, file: &str, content: ReadAhead, compressed: bool) -> Result<(), Stop> {
        let keys = JsonKeys::new(self.shared.check.contract());
        let mut reader = JsonReader::new(content, ROW_BYTES);
        let mut unknown = BTreeSet::new();
        let mut row = 0;
        loop {
            if !reader.input().wait(Duration::ZERO) {
                self.linger(reader.input())?;
            }
            let step = match reader.advance() {
                Ok(step) => step,
                Err(_) if self.shared.cancel.is_cancelled() => return Ok(()),
                Err(source) => return Err(read_error(file, row, reader.offset(), compressed, source)),
            };
            let place = Place {
                file,
                row: row + 1,
                line: reader.line(),
            };
            match step {
                Step::End if row == 0 => return Err(Error::Empty { file: file.into() }.into()),
                Step::End => return Ok(()),
                Step::Oversized { bytes, .. } => self.reject_oversized(place, reader.start(), bytes, false)?,
                Step::Record => self.encode_json_row(place, &keys, reader.text(), &mut unknown)?,
            }
            row += 1;
            self.count_row(row)?;
            if row & 63 == 0 && self.shared.cancel.is_cancelled() {
                return Ok(());
            }
        }
    }

    fn encode_json_row(
        &mut self,
        place: Place<'_>,
        keys: &JsonKeys,
        line: &[u8],
        unknown: &mut BTreeSet<String>,
    ) -> Result<(), Stop> {
        let Ok(text) = std::str::from_utf8(line) else {
            return self.reject_row(
                place,
                Rule::Utf8,
                "the line is not valid UTF-8".into(),
                RejectedRow::Line(line),
            );
        };
        let mut news = Vec::new();
        let parsed = keys.parse(text, |key| {
            if unknown.len() < UNKNOWN_KEYS && !unknown.contains(key) {
                unknown.insert(key.to_owned());
                news.push(key.to_owned());
            }
        });
        if !news.is_empty() {
            (self.shared.progress)(Event::UnknownColumns {
                file: place.file.into(),
                columns: news,
            });
        }
        match parsed {
            Ok(record) => self.accept(place, &record, || match serde_json::from_str(text) {
                Ok(object) => RejectedRow::Json(object),
                Err(_) => RejectedRow::Line(line),
            }),
            Err(error) => {
                let message = format!("the line is not a JSON object (column {})", error.column());
                self.reject_row(place, Rule::Json, message, RejectedRow::Line(line))
            }
        }
    }

    /// Checks a row; it goes on to the stream or to the rejects file.
    fn accept<'a>(
        &mut self,
        place: Place<'_>,
        record: &impl super::record::Record,
        kept: impl FnOnce() -> RejectedRow<'a>,
    ) -> Result<(), Stop> {
        self.row.clear();
        if let Err(problem) = self.shared.check.encode(record, &mut self.row, &mut self.key) {
            let problems = self.shared.check.problems(record);
            return self.reject(place, problem, &problems, kept());
        }
        self.stamp.close(self.rows + 1, &mut self.row);
        let limit = self.shared.options.max_record_bytes;
        if self.row.len() + self.key.len() > limit {
            let message = format!(
                "is {} bytes as JSON, a record of the stream has at most {limit}",
                self.row.len()
            );
            return self.reject_row(place, Rule::RecordBytes, message, kept());
        }
        // The key was taken from text.
        let key = std::str::from_utf8(&self.key).unwrap_or_default();
        self.outlet.add(key, &self.row)
    }

    fn reject(
        &mut self,
        place: Place<'_>,
        first: Problem,
        problems: &[Problem],
        record: RejectedRow<'_>,
    ) -> Result<(), Stop> {
        let check = self.shared.check.clone();
        let name = |problem: &Problem| {
            problem
                .column
                .map(|column| check.contract().columns[column].name.as_str())
        };
        let also = problems
            .iter()
            .filter(|problem| **problem != first)
            .filter_map(|problem| {
                Some(AlsoBroken {
                    column: name(problem)?,
                    rule: problem.rule,
                    message: check.explain(*problem),
                })
            });
        let reject = Reject {
            file: place.file,
            row: place.row,
            line: place.line,
            column: name(&first),
            rule: first.rule,
            message: check.explain(first),
            record,
            also: also.collect(),
        };
        self.write_reject(&reject)
    }

    /// Rejects a row for what it is as a whole.
    fn reject_row(
        &mut self,
        Place { file, row, line }: Place<'_>,
        rule: Rule,
        message: String,
        record: RejectedRow<'_>,
    ) -> Result<(), Stop> {
        self.write_reject(&Reject {
            file,
            row,
            line,
            column: None,
            rule,
            message,
            record,
            also: vec![],
        })
    }

    fn reject_oversized(&mut self, place: Place<'_>, offset: u64, bytes: u64, at_end: bool) -> Result<(), Stop> {
        let mut message = format!("the row is {bytes} bytes, more than the {ROW_BYTES} of the largest record");
        if at_end {
            message.push_str("; it runs to the end of the file, so a quote in it is likely never closed");
            (self.shared.progress)(Event::UnclosedQuote {
                file: place.file.into(),
                line: place.line,
            });
        }
        self.reject_row(place, Rule::RecordBytes, message, RejectedRow::Place { offset, bytes })
    }

    fn write_reject(&mut self, reject: &Reject<'_>) -> Result<(), Stop> {
        self.rejects.write(reject)?;
        add(&self.shared.tally.rows_rejected, 1);
        Ok(())
    }

    /// Counts a row that has been dealt with. A steady trickle of rows is flushed too.
    fn count_row(&mut self, row: u64) -> Result<(), Stop> {
        self.rows += 1;
        add(&self.shared.tally.rows_read, 1);
        if row & 1023 == 0 && self.outlet.age() > self.shared.options.linger * 10 {
            self.outlet.flush()?;
        }
        Ok(())
    }

    /// The input has nothing to read right now: waits, and closes open records rather than keep rows back.
    fn linger(&mut self, input: &mut ReadAhead) -> Result<(), Stop> {
        let waited = input.wait(self.shared.options.linger);
        if !waited && !self.shared.cancel.is_cancelled() {
            self.outlet.flush()
        } else {
            Ok(())
        }
    }
}
