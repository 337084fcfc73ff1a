//! The identity of a row: which ingest sent it, and its number there.
//!
//! A row of a stream can arrive more than once, and rows of one key arrive in any order. Its stamp makes a repeat
//! recognisable (the same ingest, the same number) and orders all rows of a key: the newest is the one with the greatest
//! `(ingested_at, ingest_row)`.

use jiff::Timestamp;

use super::encode::{write_count, write_text};
use crate::template::{INGEST_ROW, INGESTED_AT};

/// What closes each row of one ingest.
#[derive(Debug)]
pub(super) struct Stamp {
    /// `,"ingested_at":"2026-11-25T08:30:00.000Z","ingest_row":`
    suffix: Vec<u8>,
}

impl Stamp {
    /// `ingested_at` as [`moment`] writes it.
    pub fn new(ingested_at: &str) -> Self {
        let mut suffix = vec![b','];
        write_text(&mut suffix, INGESTED_AT);
        suffix.push(b':');
        write_text(&mut suffix, ingested_at);
        suffix.push(b',');
        write_text(&mut suffix, INGEST_ROW);
        suffix.push(b':');
        Self { suffix }
    }

    /// Closes the JSON object in `out`, which has a member already, with the stamp of the ingest's `row`th row (from 1).
    pub fn close(&self, row: u64, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.suffix);
        write_count(out, row);
        out.extend_from_slice(b"}\n");
    }
}

/// `2026-11-25T08:30:00.000Z`: UTC, always with milliseconds, so that its text sorts like the time.
pub(super) fn moment(time: Timestamp) -> String {
    format!("{time:.3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_the_last_two_members() {
        let mut row = b"{\"id\":1".to_vec();
        Stamp::new(&moment("2026-11-25T08:30:00.0129Z".parse().unwrap())).close(u64::MAX, &mut row);
        let expected = format!(
            "{{\"id\":1,\"ingested_at\":\"2026-11-25T08:30:00.012Z\",\"ingest_row\":{}}}\n",
            u64::MAX
        );
        assert_eq!(String::from_utf8(row).unwrap(), expected);
    }

    #[test]
    fn a_whole_second_has_its_milliseconds_too() {
        assert_eq!(
            moment("2026-11-25T08:30:00Z".parse().unwrap()),
            "2026-11-25T08:30:00.000Z"
        );
    }
}
