//! The beginning of an input: opening it, and knowing whether it can be used before anything is sent.

use std::io;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::check::RowCheck;
use super::csv::{CsvReader, Step};
use super::error::Error;
use super::header::Layout;
use super::input::{Format, Input, Opened};
use super::json::JsonReader;
use super::options::REQUEST_BYTES;
use super::outlet::Stop;
use super::readahead::ReadAhead;
use super::report::Tally;

/// Most bytes of a row that are looked at: the largest record that any stream takes.
pub(super) const ROW_BYTES: usize = REQUEST_BYTES;
/// Opens an input as far as needed to know that it has a usable header and at least one row.
pub(super) fn preview(input: &Input, check: &RowCheck) -> Result<(), Error> {
    let file = input.to_string();
    let cancel = CancellationToken::new();
    let opened = input.open(Arc::new(Tally::default()))?;
    let compressed = opened.compressed;
    let mut content = read_ahead(&file, opened, &cancel)?;
    let unreadable = |offset, source| Error::Read {
        file: file.clone(),
        row: 0,
        offset,
        compressed,
        source,
    };
    match Format::detect(input, &mut content)? {
        Format::Csv => {
            let mut reader = CsvReader::new(content, check.contract().delimiter, ROW_BYTES);
            read_header(&file, &mut reader, check)?;
            match reader.advance() {
                Ok(Step::End) => Err(Error::HeaderOnly { file }),
                Ok(_) => Ok(()),
                Err(source) => Err(unreadable(reader.offset(), source)),
            }
        }
        Format::JsonLines => {
            let mut reader = JsonReader::new(content, ROW_BYTES);
            match reader.advance() {
                Ok(Step::End) => Err(Error::Empty { file }),
                Ok(_) => Ok(()),
                Err(source) => Err(unreadable(reader.offset(), source)),
            }
        }
    }
}

/// Starts reading an opened input ahead.
pub(super) fn read_ahead(file: &str, opened: Opened, cancel: &CancellationToken) -> Result<ReadAhead, Error> {
    let started = ReadAhead::new(opened.reader, cancel.clone());
    started.map_err(|source| Error::Open {
        file: file.to_owned(),
        source,
    })
}

/// Reads the header of a CSV and matches it to the contract.
pub(super) fn read_header(file: &str, reader: &mut CsvReader<ReadAhead>, check: &RowCheck) -> Result<Layout, Error> {
    let step = reader.advance().map_err(|source| Error::Open {
        file: file.into(),
        source,
    })?;
    let line = reader.line();
    match step {
        Step::End => return Err(Error::Empty { file: file.into() }),
        Step::Oversized { .. } => {
            return Err(Error::HeaderTooLong {
                file: file.into(),
                line,
                limit: ROW_BYTES,
            });
        }
        Step::Record => {}
    }
    let Some(record) = reader.utf8() else {
        return Err(Error::HeaderEncoding {
            file: file.into(),
            line,
        });
    };
    Layout::new(
        file,
        line,
        (0..record.len()).map(|position| record.get(position)),
        check.contract(),
    )
}

/// An input that failed while its rows were read.
pub(super) fn read_error(file: &str, row: u64, offset: u64, compressed: bool, source: io::Error) -> Stop {
    Error::Read {
        file: file.into(),
        row,
        offset,
        compressed,
        source,
    }
    .into()
}
