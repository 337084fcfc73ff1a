//! Reads CSV (RFC 4180) record by record with bounded memory.
//!
//! Built on the parser of the `csv` crate (`csv-core`), because a record can be cut off at a limit there: one quote
//! that is never closed must not pull the rest of a file into memory.

use std::io::{self, BufRead};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::record::{Field, Record};

/// Most fields kept of a record; Redshift tables have at most 1,600 columns.
const FIELDS: usize = 10_000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What reading on found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Record,
    /// A record over the limit. Its `bytes` of input were skipped.
    Oversized {
        bytes: u64,
        at_end: bool,
    },
    End,
}

/// Records of one CSV input. The current record's fields stand unquoted, one after the other, in one buffer.
pub(super) struct CsvReader<R> {
    input: R,
    parser: Reader,
    limit: usize,
    text: Vec<u8>,
    text_len: usize,
    ends: Vec<usize>,
    fields: usize,
    /// Line feeds skipped between records, which the parser did not see.
    skipped_lines: u64,
    line: u64,
    start: u64,
    offset: u64,
}

impl<R: BufRead> CsvReader<R> {
    /// `limit` is the most bytes of text a record may have. The first block of `input` must hold a byte order mark
    /// whole.
    pub fn new(input: R, delimiter: u8, limit: usize) -> Self {
        Self {
            input,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            limit,
            text: vec![0; 4096],
            text_len: 0,
            ends: vec![0; 64],
            fields: 0,
            skipped_lines: 0,
            line: 1,
            start: 0,
            offset: 0,
        }
    }

    pub fn input(&mut self) -> &mut R {
        &mut self.input
    }

    /// 1-based line the current record starts on.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Byte of the (decompressed) input the current record starts at.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// Bytes of the (decompressed) input read so far.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The current record's fields.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        (0..self.fields).map(|index| {
            let from = if index == 0 { 0 } else { self.ends[index - 1] };
            &self.text[from..self.ends[index]]
        })
    }

    /// The current record as text, or `None` if any field is not valid UTF-8.
    pub fn utf8(&self) -> Option<CsvRecord<'_>> {
        let text = std::str::from_utf8(&self.text[..self.text_len]).ok()?;
        let ends = &self.ends[..self.fields];
        // Two fields may be invalid apart and valid joined.
        ends.iter().all(|&end| text.is_char_boundary(end)).then_some(CsvRecord {
            text,
            ends,
            positions: &[],
        })
    }

    /// Reads the next record.
    pub fn advance(&mut self) -> io::Result<Step> {
        self.skip_line_ends()?;
        (self.text_len, self.fields, self.start) = (0, 0, self.offset);
        self.line = self.parser.line() + self.skipped_lines;
        let mut oversized = false;
        loop {
            let input = self.input.fill_buf()?;
            let at_end = input.is_empty();
            let (text_from, field_from) = if oversized {
                (0, 0)
            } else {
                (self.text_len, self.fields)
            };
            let (result, read, wrote, ended) =
                self.parser
                    .read_record(input, &mut self.text[text_from..], &mut self.ends[field_from..]);
            self.input.consume(read);
            self.offset += read as u64;
            if !oversized {
                self.text_len += wrote;
                self.fields += ended;
            }
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => oversized |= !grow(&mut self.text, self.limit),
                ReadRecordResult::OutputEndsFull => oversized |= !grow(&mut self.ends, FIELDS),
                ReadRecordResult::Record if oversized => {
                    return Ok(Step::Oversized {
                        bytes: self.offset - self.start,
                        at_end,
                    });
                }
                ReadRecordResult::Record => return Ok(Step::Record),
                ReadRecordResult::End => return Ok(Step::End),
            }
        }
    }

    /// Skips a byte order mark, the rest of a CRLF and empty lines, so that the position of the next record is exact.
    fn skip_line_ends(&mut self) -> io::Result<()> {
        if self.offset == 0 && self.input.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            self.input.consume(BYTE_ORDER_MARK.len());
            self.offset += BYTE_ORDER_MARK.len() as u64;
        }
        loop {
            let input = self.input.fill_buf()?;
            let count = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.skipped_lines += memchr::memchr_iter(b'\n', &input[..count]).count() as u64;
            let more = count > 0 && count == input.len();
            self.input.consume(count);
            self.offset += count as u64;
            if !more {
                return Ok(());
            }
        }
    }
}

/// Doubles `buffer` up to `limit`; false if it is there already.
fn grow<T: Clone + Default>(buffer: &mut Vec<T>, limit: usize) -> bool {
    if buffer.len() >= limit {
        return false;
    }
    buffer.resize((buffer.len() * 2).min(limit), T::default());
    true
}

/// A record of valid UTF-8, its columns found by a header's layout.
#[derive(Clone, Copy, Debug)]
pub(super) struct CsvRecord<'a> {
    text: &'a str,
    ends: &'a [usize],
    positions: &'a [usize],
}

impl<'a> CsvRecord<'a> {
    /// `positions[c]` is where the contract's column `c` stands; each must be a field of the record.
    pub fn arranged(self, positions: &'a [usize]) -> Self {
        Self { positions, ..self }
    }

    pub fn get(&self, position: usize) -> &'a str {
        let from = if position == 0 { 0 } else { self.ends[position - 1] };
        &self.text[from..self.ends[position]]
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }
}

impl Record for CsvRecord<'_> {
    fn field(&self, column: usize) -> Field<'_> {
        Field::Text(self.get(self.positions[column]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (line, fields) of each record; an oversized one has no fields.
    fn read(input: &[u8], block: usize, limit: usize) -> Vec<(u64, Vec<String>)> {
        let mut reader = CsvReader::new(io::BufReader::with_capacity(block, input), b',', limit);
        let mut records = Vec::new();
        loop {
            match reader.advance().unwrap() {
                Step::End => return records,
                Step::Oversized { .. } => records.push((reader.line(), vec![])),
                Step::Record => {
                    let fields = reader.fields().map(|field| String::from_utf8_lossy(field).into_owned());
                    let fields = fields.collect();
                    records.push((reader.line(), fields));
                }
            }
        }
    }

    #[test]
    fn records_and_lines_are_right_whatever_the_line_ends_quotes_and_block_size() {
        let text = "\u{feff}a,b\r\n1,\"x\r\ny\"\r\n\r\n2,\"say \"\"hi\"\", ok\"\n3,\n";
        let fields = |values: &[&str]| values.iter().map(|value| value.to_string()).collect::<Vec<_>>();
        let expected = vec![
            (1, fields(&["a", "b"])),
            (2, fields(&["1", "x\r\ny"])),
            (5, fields(&["2", "say \"hi\", ok"])),
            (6, fields(&["3", ""])),
        ];
        for block in [3, 4, 5, 7, 64, 4096] {
            assert_eq!(
                read(text.as_bytes(), block, 1 << 20),
                expected,
                "blocks of {block} bytes"
            );
        }
        assert_eq!(
            read(text.trim_end().as_bytes(), 64, 1 << 20),
            expected,
            "without a last line end"
        );
    }

    #[test]
    fn a_record_over_the_limit_is_skipped_and_the_next_one_read() {
        let text = format!("a,b\n1,\"{}\"\n2,ok\n", "x\n".repeat(20_000));
        let records = read(text.as_bytes(), 1000, 10_000);
        assert_eq!(records.len(), 3);
        assert_eq!(records[1], (2, vec![]));
        assert_eq!(records[2], (20_003, vec!["2".to_string(), "ok".to_string()]));
    }

    #[test]
    fn an_unclosed_quote_keeps_memory_bounded() {
        let text = format!("a\n\"{}", "x\n".repeat(100_000));
        let mut reader = CsvReader::new(text.as_bytes(), b',', 10_000);
        assert_eq!(reader.advance().unwrap(), Step::Record);
        assert_eq!(
            reader.advance().unwrap(),
            Step::Oversized {
                bytes: 200_001,
                at_end: true
            }
        );
        assert!(reader.text.capacity() <= 20_000);
        assert_eq!(reader.advance().unwrap(), Step::End);
    }

    #[test]
    fn fields_that_are_valid_utf8_only_together_are_not_text() {
        let mut reader = CsvReader::new(&b"\xc3,\xa9\n"[..], b',', 100);
        reader.advance().unwrap();
        assert!(reader.utf8().is_none());
    }
}
