//! Records and fields of CSV and delimited text.

use std::borrow::Cow;
use std::io::{self, BufRead};

/// How text is cut into fields.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    Csv {
        delimiter: u8,
        quote: u8,
    },
    Delimited {
        delimiter: u8,
        remove_quotes: bool,
        escape: bool,
    },
}

/// A field: its bytes, and where it starts in the record.
#[derive(Debug, PartialEq)]
pub(super) struct Text<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub start: usize,
    /// A quoted field is not NULL, whatever it says.
    pub quoted: bool,
}

impl Cut {
    /// Reads the next record into `record`, without its line end; `false` at the end. A record may take several lines,
    /// which are counted in `lines`.
    pub fn read(self, from: &mut impl BufRead, record: &mut Vec<u8>, lines: &mut u64) -> io::Result<bool> {
        record.clear();
        loop {
            if from.read_until(b'\n', record)? == 0 {
                return Ok(!record.is_empty());
            }
            *lines += 1;
            let ended = record.last() == Some(&b'\n');
            if ended {
                record.pop();
            }
            let goes_on = match self {
                Self::Csv { quote, .. } => memchr::memchr_iter(quote, record).count() % 2 == 1,
                Self::Delimited { escape: true, .. } => {
                    record.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
                }
                Self::Delimited { .. } => false,
            };
            if !ended || !goes_on {
                if record.last() == Some(&b'\r') {
                    record.pop();
                }
                return Ok(true);
            }
            record.push(b'\n');
        }
    }

    /// Cuts a record. `Err` says what is wrong with it.
    pub fn cut<'a>(self, record: &'a [u8], fields: &mut Vec<Text<'a>>) -> Result<(), &'static str> {
        fields.clear();
        let mut at = 0;
        loop {
            let (text, end) = match self {
                Self::Csv { delimiter, quote } if record.get(at) == Some(&quote) => {
                    quoted(record, at, delimiter, quote)?
                }
                Self::Csv { delimiter, .. } => plain(record, at, delimiter),
                Self::Delimited {
                    delimiter,
                    remove_quotes,
                    escape,
                } => match record.get(at) {
                    Some(quote @ (b'"' | b'\'')) if remove_quotes => unquoted(record, at, delimiter, *quote)?,
                    _ if escape => escaped(record, at, delimiter),
                    _ => plain(record, at, delimiter),
                },
            };
            fields.push(text);
            if end >= record.len() {
                return Ok(());
            }
            at = end + 1;
        }
    }
}

fn plain(record: &[u8], start: usize, delimiter: u8) -> (Text<'_>, usize) {
    let end = memchr::memchr(delimiter, &record[start..]).map_or(record.len(), |length| start + length);
    let bytes = Cow::Borrowed(&record[start..end]);
    (
        Text {
            bytes,
            start,
            quoted: false,
        },
        end,
    )
}

/// A CSV field in quotes, in which a doubled quote is one.
fn quoted(record: &[u8], start: usize, delimiter: u8, quote: u8) -> Result<(Text<'_>, usize), &'static str> {
    let mut bytes = Vec::new();
    let mut at = start + 1;
    loop {
        let Some(length) = memchr::memchr(quote, &record[at..]) else {
            return Err("Invalid quote formatting for CSV");
        };
        bytes.extend_from_slice(&record[at..at + length]);
        at += length + 1;
        match record.get(at) {
            Some(byte) if *byte == quote => {
                bytes.push(quote);
                at += 1;
            }
            None => break,
            Some(byte) if *byte == delimiter => break,
            Some(_) => return Err("Invalid quote formatting for CSV"),
        }
    }
    let bytes = Cow::Owned(bytes);
    Ok((
        Text {
            bytes,
            start,
            quoted: true,
        },
        at,
    ))
}

/// A field in quotes that REMOVEQUOTES takes off.
fn unquoted(record: &[u8], start: usize, delimiter: u8, quote: u8) -> Result<(Text<'_>, usize), &'static str> {
    let mut at = start + 1;
    while let Some(length) = memchr::memchr(quote, &record[at..]) {
        let end = at + length + 1;
        if record.get(end).is_none_or(|byte| *byte == delimiter) {
            let bytes = Cow::Borrowed(&record[start + 1..end - 1]);
            return Ok((
                Text {
                    bytes,
                    start,
                    quoted: true,
                },
                end,
            ));
        }
        at = end;
    }
    Err("Missing closing quote")
}

/// A field in which a backslash takes the next byte as it is.
fn escaped(record: &[u8], start: usize, delimiter: u8) -> (Text<'_>, usize) {
    let mut bytes = Vec::new();
    let mut at = start;
    // `\N` is the default NULL AS, not an escaped N.
    while at < record.len() && record[at] != delimiter {
        if record[at] == b'\\' && at + 1 < record.len() && record[at + 1] != b'N' {
            at += 1;
        }
        bytes.push(record[at]);
        at += 1;
    }
    let bytes = Cow::Owned(bytes);
    (
        Text {
            bytes,
            start,
            quoted: false,
        },
        at,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(cut: Cut, text: &str) -> Vec<Result<Vec<String>, &'static str>> {
        let (mut from, mut record, mut lines) = (text.as_bytes(), Vec::new(), 0);
        let mut rows = Vec::new();
        while cut.read(&mut from, &mut record, &mut lines).unwrap() {
            let mut fields = Vec::new();
            let done = cut.cut(&record, &mut fields);
            let texts = fields
                .iter()
                .map(|field| String::from_utf8_lossy(&field.bytes).into_owned());
            rows.push(done.map(|()| texts.collect()));
        }
        rows
    }

    #[test]
    fn csv_keeps_delimiters_quotes_and_newlines_in_quotes() {
        let cut = Cut::Csv {
            delimiter: b',',
            quote: b'"',
        };
        let rows = rows(cut, "a,\"b,\"\"c\n\",\r\n1,,\n\"x\"y,2\n");
        assert_eq!(rows[0], Ok(vec!["a".into(), "b,\"c\n".into(), String::new()]));
        assert_eq!(rows[1], Ok(vec!["1".into(), String::new(), String::new()]));
        assert_eq!(rows[2], Err("Invalid quote formatting for CSV"));
    }

    #[test]
    fn delimited_text_knows_escapes_and_removed_quotes() {
        let cut = |remove_quotes, escape| Cut::Delimited {
            delimiter: b'|',
            remove_quotes,
            escape,
        };
        assert_eq!(
            rows(cut(false, true), "a\\|b|c\\\nd|\\N")[0],
            Ok(vec!["a|b".into(), "c\nd".into(), "\\N".into()])
        );
        assert_eq!(
            rows(cut(true, false), "\"a|b\"|'c'|d\"e")[0],
            Ok(vec!["a|b".into(), "c".into(), "d\"e".into()])
        );
        assert_eq!(
            rows(cut(false, false), "\"a|b\"")[0],
            Ok(vec!["\"a".into(), "b\"".into()])
        );
    }
}
