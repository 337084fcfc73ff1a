//! Matches a CSV header to the record contract.

use std::collections::HashMap;

use super::error::{Error, MissingColumn};
use crate::template::Contract;

/// Names as similar as this (Jaro-Winkler, 0 to 1) are worth suggesting.
const SIMILAR: f64 = 0.75;

/// Where each of the contract's columns stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The file's headers in its order.
    pub headers: Vec<String>,
    /// For each column of the contract, its position in the file.
    pub positions: Vec<usize>,
    /// Headers that the contract does not know.
    pub unknown: Vec<String>,
}

impl Layout {
    /// `headers` as in `file` at `line`; surrounding spaces do not count.
    pub fn new<'a>(
        file: &str,
        line: u64,
        headers: impl Iterator<Item = &'a str>,
        contract: &Contract,
    ) -> Result<Self, Error> {
        let headers: Vec<String> = headers.map(|header| header.trim().to_owned()).collect();
        let mut found: HashMap<&str, usize> = HashMap::new();
        for (position, header) in headers.iter().enumerate().filter(|(_, header)| !header.is_empty()) {
            if let Some(first) = found.insert(header, position) {
                return Err(Error::DuplicateHeader {
                    file: file.into(),
                    line,
                    header: header.clone(),
                    first: first + 1,
                    second: position + 1,
                });
            }
        }
        let lookup = |column: &crate::template::Column| found.get(column.header.as_str()).copied();
        let missing: Vec<MissingColumn> = contract
            .columns
            .iter()
            .filter(|column| lookup(column).is_none())
            .map(|column| MissingColumn {
                header: column.header.clone(),
                nearest: nearest(&column.header, &headers),
            })
            .collect();
        if !missing.is_empty() {
            let delimiter = likely_delimiter(&headers, contract);
            return Err(Error::MissingColumns {
                file: file.into(),
                line,
                columns: missing,
                delimiter,
            });
        }
        let positions = contract.columns.iter().filter_map(lookup).collect();
        let is_known = |header: &str| contract.columns.iter().any(|column| column.header == header);
        let unknown = headers.iter().filter(|header| !is_known(header)).cloned().collect();
        Ok(Self {
            positions,
            unknown,
            headers,
        })
    }

    /// A name for the field at `position`; fields beyond the header and empty headers are called by number.
    pub fn name(&self, position: usize) -> String {
        match self.headers.get(position).map(String::as_str) {
            Some("") | None => format!("column {}", position + 1),
            Some(header) => header.to_owned(),
        }
    }
}

/// Up to three headers most like `name`, best first.
fn nearest(name: &str, headers: &[String]) -> Vec<String> {
    let mut scored: Vec<(f64, &String)> = headers
        .iter()
        .map(|header| {
            (
                strsim::jaro_winkler(&name.to_lowercase(), &header.to_lowercase()),
                header,
            )
        })
        .filter(|(score, _)| *score >= SIMILAR)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    scored.into_iter().take(3).map(|(_, header)| header.clone()).collect()
}

/// The delimiter the file seems to have, if its whole header came out as one field.
fn likely_delimiter(headers: &[String], contract: &Contract) -> Option<char> {
    let [only] = headers else { return None };
    [',', ';', '\t', '|'].into_iter().find(|&delimiter| {
        u32::from(delimiter) != u32::from(contract.delimiter)
            && contract.columns.len() > 1
            && only.split(delimiter).count() >= contract.columns.len()
    })
}
