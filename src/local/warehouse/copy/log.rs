//! What is kept of loads: the system tables of COPY are views over it.

use jiff::Timestamp;

use super::super::catalogue::{Relation, stamp};
use super::super::dialect::{Copy, CopyFormat};
use super::super::error::Result;
use super::super::session::Session;
use super::super::words::literal;
use super::File;

/// A load that runs or has run.
pub(super) struct Load {
    source: String,
    format: &'static str,
    start: Timestamp,
    pub files: Vec<File>,
    /// Lines read of each file.
    pub lines: Vec<u64>,
    /// Rows loaded.
    pub rows: i64,
    /// Fields that could not be loaded.
    pub faults: Vec<Fault>,
}

/// A field that could not be loaded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// Index of the file.
    pub file: usize,
    /// From 1.
    pub line: u64,
    pub column: String,
    /// `int4`, `varchar`, ...
    pub kind: String,
    pub length: String,
    /// Of the field in the line, in bytes.
    pub position: usize,
    pub raw_line: String,
    pub raw_field: String,
    pub code: u32,
    pub reason: String,
}

impl Load {
    pub fn new(copy: &Copy, start: Timestamp) -> Self {
        let format = match &copy.format {
            CopyFormat::Parquet { .. } => "parquet",
            CopyFormat::Json { .. } => "json",
            CopyFormat::Csv { .. } => "csv",
            CopyFormat::Delimited { .. } => "text",
        };
        Self {
            source: copy.from.clone(),
            format,
            start,
            files: Vec::new(),
            lines: Vec::new(),
            rows: 0,
            faults: Vec::new(),
        }
    }
}

impl Session {
    /// Writes a load that is done, and the rows it passed over, in the load's own transaction.
    pub(super) fn log_load(&self, relation: &Relation, load: &Load) -> Result<()> {
        Ok(self.connection.execute_batch(&self.log(relation, load, "completed"))?)
    }

    /// Writes a load that failed, outside of its transaction, which is undone.
    pub(super) fn log_failed_load(&self, relation: &Relation, load: &Load) {
        let sql = self.log(relation, load, "aborted");
        // The load's own error is what the user needs; losing a line of a log must not hide it.
        let _ = self.database.root().execute_batch(&format!("BEGIN; {sql} COMMIT;"));
    }

    fn log(&self, relation: &Relation, load: &Load, status: &str) -> String {
        let bytes: u64 = load.files.iter().map(|file| file.size).sum();
        let now = literal(&stamp(Timestamp::now()));
        let start = literal(&stamp(load.start));
        let (query, session, user) = (self.query, self.pid, literal(&self.login.user));
        let mut sql = format!(
            "INSERT INTO pipectl_catalog.loads VALUES ({query}, {session}, {}, {}, {user}, '{status}', {}, '{}', {start}, \
             {now}, {}, {}, {bytes}, {});",
            relation.id,
            literal(&relation.name),
            literal(&load.source),
            load.format,
            if status == "completed" { load.rows } else { 0 },
            load.files.len(),
            load.faults.len(),
        );
        let faults = load.faults.iter().map(|fault| {
            format!(
                "({query}, {session}, {}, {user}, {start}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
                relation.id,
                literal(&load.files.get(fault.file).map(File::url).unwrap_or_default()),
                fault.line,
                literal(&fault.column),
                literal(&fault.kind),
                literal(&fault.length),
                fault.position,
                literal(&fault.raw_line),
                literal(&fault.raw_field),
                fault.code,
                literal(&fault.reason)
            )
        });
        insert(&mut sql, "load_errors", faults);
        if status == "completed" {
            let files = load.files.iter().enumerate().map(|(index, file)| {
                let errors = load.faults.iter().filter(|fault| fault.file == index).count();
                format!(
                    "({query}, {session}, {}, {}, {}, {errors}, {now}, '{}')",
                    literal(&file.url()),
                    load.lines.get(index).copied().unwrap_or_default(),
                    file.size,
                    load.format
                )
            });
            insert(&mut sql, "load_files", files);
        }
        sql
    }
}

fn insert(sql: &mut String, table: &str, rows: impl Iterator<Item = String>) {
    let rows: Vec<_> = rows.collect();
    for rows in rows.chunks(500) {
        sql.push_str(&format!(
            "INSERT INTO pipectl_catalog.{table} VALUES {};",
            rows.join(", ")
        ));
    }
}
