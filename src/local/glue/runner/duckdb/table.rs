//! The relation `raw` as a table function of DuckDB: parsing and checking run on its threads, rows come typed.

use std::borrow::Cow;
use std::sync::Arc;

use duckdb::core::{DataChunkHandle, FlatVector, Inserter, ListVector, LogicalTypeHandle, LogicalTypeId};
use duckdb::vtab::{BindInfo, InitInfo, TableFunctionInfo, VTab};

use super::contract::Contract;
use super::json::{Found, Members};
use super::lines::{Block, Lines, Source};
use super::value::{Kind, Value};

/// Rows of a vector (DuckDB's STANDARD_VECTOR_SIZE).
const VECTOR: usize = 2048;
const NOT_UTF8: &str = "record: not valid UTF-8";
const NOT_AN_OBJECT: &str = "record: not a JSON object";

/// `raw_lines()`: the contract's columns, ingested_at, ingest_row, then [`EXTRA`].
pub(super) struct RawLines;

/// Columns that are not values of the row.
pub(super) const EXTRA: [&str; 4] = ["reason", "raw_record", "source_object", "arrival"];

/// What a table is made of.
pub(super) struct Plan {
    pub contract: Arc<Contract>,
    pub source: Arc<Source>,
    pub threads: usize,
}

/// One scan.
pub(super) struct Scan {
    plan: Arc<Plan>,
    members: Members,
    lines: Lines,
}

impl VTab for RawLines {
    type InitData = Scan;
    type BindData = ();

    fn bind(bind: &BindInfo) -> Result<(), Box<dyn std::error::Error>> {
        // Safety: registered with an `Arc<Plan>`, which DuckDB keeps as long as the function.
        let plan = unsafe { &*bind.get_extra_info::<Arc<Plan>>() };
        for column in &plan.contract.columns {
            bind.add_result_column(&column.name, logical_type(column.kind));
        }
        for name in &EXTRA[..3] {
            bind.add_result_column(name, LogicalTypeId::Varchar.into());
        }
        bind.add_result_column(EXTRA[3], LogicalTypeId::Bigint.into());
        Ok(())
    }

    fn init(init: &InitInfo) -> Result<Scan, Box<dyn std::error::Error>> {
        // Safety: as in `bind`.
        let plan = unsafe { &*init.get_extra_info::<Arc<Plan>>() }.clone();
        init.set_max_threads(plan.threads as u64);
        Ok(Scan {
            members: Members::new(plan.contract.columns.iter().map(|column| column.name.clone())),
            lines: Lines::open(plan.source.clone(), plan.threads),
            plan,
        })
    }

    fn func(info: &TableFunctionInfo<Self>, output: &mut DataChunkHandle) -> Result<(), Box<dyn std::error::Error>> {
        let scan = info.get_init_data();
        let mut rows = 0;
        // A chunk without rows would end the scan: a block of blank lines must not.
        while rows == 0 {
            let Some(mut block) = scan.lines.take()? else {
                break;
            };
            rows = scan.fill(&mut block, output);
            if block.at < block.text.len() {
                scan.lines.give_back(block);
            }
        }
        output.set_len(rows);
        Ok(())
    }
}

impl Scan {
    /// Turns the block's next lines into rows; answers how many.
    fn fill(&self, block: &mut Block, output: &DataChunkHandle) -> usize {
        let columns = &self.plan.contract.columns;
        let mut targets: Vec<Target<'_, '_>> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| Target::new(output, index, column.kind))
            .collect();
        let extra = |index: usize| output.flat_vector(columns.len() + index);
        let (mut reasons, mut records, sources, arrivals) = (extra(0), extra(1), extra(2), extra(3));
        let source = self.lines.name(block.object);
        let mut found = vec![Found::Nothing; columns.len()];
        let (mut rows, mut at) = (0, block.at);
        while rows < VECTOR && at < block.text.len() {
            let rest = &block.text[at..];
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let (line, number) = (&rest[..end], block.line);
            at += (end + 1).min(rest.len());
            block.line += 1;
            if line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r')) {
                continue;
            }
            let reason = self.row(line, &mut found, &mut targets, rows);
            match reason {
                Some(reason) => {
                    reasons.insert(rows, reason);
                    records.insert(rows, &*readable(line));
                }
                None => {
                    reasons.set_null(rows);
                    records.set_null(rows);
                }
            }
            sources.insert(rows, source);
            // Safety: the column is a BIGINT, and `rows` is below the vector's size.
            unsafe { arrivals.as_mut_ptr::<i64>().add(rows).write(number) };
            rows += 1;
        }
        for target in targets {
            target.finish();
        }
        block.at = at;
        rows
    }

    /// Writes the values of one line; answers the first rule it breaks.
    fn row<'a>(
        &self,
        line: &'a [u8],
        found: &mut [Found<'a>],
        targets: &mut [Target<'_, 'a>],
        row: usize,
    ) -> Option<&str> {
        let broken = match std::str::from_utf8(line) {
            Ok(text) => self.members.find(text, found).is_none().then_some(NOT_AN_OBJECT),
            Err(_) => Some(NOT_UTF8),
        };
        if broken.is_some() {
            for target in targets {
                target.put(row, Value::Null);
            }
            return broken;
        }
        let mut first = None;
        for ((column, found), target) in self.plan.contract.columns.iter().zip(found).zip(targets) {
            let (value, reason) = column.read(*found);
            first = first.or(reason);
            target.put(row, value);
        }
        first
    }
}

/// The line as text; a run of bytes that are no UTF-8 is one U+FFFD, for how many it takes is a matter of the decoder.
fn readable(line: &[u8]) -> Cow<'_, str> {
    match String::from_utf8_lossy(line) {
        Cow::Borrowed(text) => Cow::Borrowed(text),
        Cow::Owned(text) => {
            let mut text: Vec<char> = text.chars().collect();
            text.dedup_by(|next, before| *next == '\u{fffd}' && next == before);
            Cow::Owned(text.into_iter().collect())
        }
    }
}

fn logical_type(kind: Kind) -> LogicalTypeHandle {
    match kind {
        Kind::Text => LogicalTypeId::Varchar.into(),
        Kind::TextList => LogicalTypeHandle::list(&LogicalTypeId::Varchar.into()),
        Kind::SmallInt => LogicalTypeId::Smallint.into(),
        Kind::Int => LogicalTypeId::Integer.into(),
        Kind::BigInt => LogicalTypeId::Bigint.into(),
        Kind::Decimal { precision, scale } => LogicalTypeHandle::decimal(precision, scale),
        Kind::Double => LogicalTypeId::Double.into(),
        Kind::Boolean => LogicalTypeId::Boolean.into(),
        Kind::Date => LogicalTypeId::Date.into(),
        Kind::Timestamp => LogicalTypeId::Timestamp.into(),
    }
}

/// A column of a chunk that is being filled.
enum Target<'o, 'a> {
    One {
        vector: FlatVector<'o>,
        kind: Kind,
    },
    /// Items go into one child vector, whose size must be known first.
    Many {
        vector: ListVector<'o>,
        items: Vec<Cow<'a, str>>,
    },
}

impl<'o, 'a> Target<'o, 'a> {
    fn new(output: &'o DataChunkHandle, index: usize, kind: Kind) -> Self {
        match kind {
            Kind::TextList => Target::Many {
                vector: output.list_vector(index),
                items: Vec::new(),
            },
            _ => Target::One {
                vector: output.flat_vector(index),
                kind,
            },
        }
    }

    fn put(&mut self, row: usize, value: Value<'a>) {
        match (self, value) {
            (Target::Many { vector, items }, Value::List(list)) => {
                vector.set_entry(row, items.len(), list.len());
                items.extend(list);
            }
            (Target::Many { vector, items }, _) => {
                vector.set_entry(row, items.len(), 0);
                vector.set_null(row);
            }
            (Target::One { vector, .. }, Value::Text(text)) => vector.insert(row, &*text),
            (Target::One { vector, kind }, value) => put_fixed(vector, *kind, row, &value),
        }
    }

    fn finish(self) {
        if let Target::Many { vector, items } = self {
            vector.set_len(items.len());
            let child = vector.child(items.len());
            for (index, item) in items.iter().enumerate() {
                child.insert(index, &**item);
            }
        }
    }
}

/// Writes a value of fixed width; what is not of the column's kind, as NULL.
fn put_fixed(vector: &mut FlatVector<'_>, kind: Kind, row: usize, value: &Value<'_>) {
    // Safety, of every call: `T` is the type that DuckDB stores for the column's kind, and `row` is below the
    // vector's size.
    unsafe fn write<T>(vector: &FlatVector<'_>, row: usize, value: T) {
        unsafe { vector.as_mut_ptr::<T>().add(row).write(value) }
    }
    unsafe {
        match (kind, value) {
            (Kind::SmallInt, Value::Integer(value)) => write(vector, row, *value as i16),
            (Kind::Int, Value::Integer(value)) => write(vector, row, *value as i32),
            (Kind::BigInt, Value::Integer(value)) => write(vector, row, *value),
            // DuckDB keeps decimals in the smallest integer that has room for their digits.
            (Kind::Decimal { precision: 0..=4, .. }, Value::Decimal(value)) => write(vector, row, *value as i16),
            (Kind::Decimal { precision: 5..=9, .. }, Value::Decimal(value)) => write(vector, row, *value as i32),
            (Kind::Decimal { precision: 10..=18, .. }, Value::Decimal(value)) => write(vector, row, *value as i64),
            (Kind::Decimal { .. }, Value::Decimal(value)) => write(vector, row, *value),
            (Kind::Double, Value::Double(value)) => write(vector, row, *value),
            (Kind::Boolean, Value::Boolean(value)) => write(vector, row, *value),
            (Kind::Date, Value::Date(value)) => write(vector, row, *value),
            (Kind::Timestamp, Value::Timestamp(value)) => write(vector, row, *value),
            _ => vector.set_null(row),
        }
    }
}
