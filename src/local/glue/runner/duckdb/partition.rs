//! One date: raw objects in, Parquet and a report out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use duckdb::{Config, Connection};

use super::super::RunError;
use super::contract::{Contract, VERSION};
use super::input::Partition;
use super::lines::Source;
use super::refusal::Refusal;
use super::report::{Ingest, Part, Reason, Report, Table};
use super::table::{EXTRA, Plan, RawLines};

/// What DuckDB may take of memory; beyond it, it goes on in the run's folder.
const MEMORY: &str = "1GB";
/// As the script: AWS advises files of 128 MB and more (bytes).
const FILE: u64 = 256 << 20;

/// A database that lives as long as one partition is worked on.
pub(super) struct Workshop {
    connection: Connection,
    scratch: PathBuf,
}

/// A table's files, made and not yet stored.
pub(super) struct Made {
    pub name: String,
    pub rows: i64,
    pub files: Vec<PathBuf>,
}

/// All that a partition gives.
pub(super) struct Outcome {
    pub report: Report,
    /// Curated tables.
    pub tables: Vec<Made>,
    pub quarantine: Made,
}

/// Functions of Spark SQL that DuckDB has under other names.
pub(super) const FUNCTIONS: &str = "CREATE MACRO explode(list) AS unnest(list);
    CREATE MACRO array_join(list, delimiter) AS array_to_string(list, delimiter);";

impl Workshop {
    pub fn open(scratch: PathBuf, threads: usize) -> Result<Self, RunError> {
        let quoted = quote(&scratch);
        let config = Config::default()
            .enable_autoload_extension(false)?
            .with("autoinstall_known_extensions", "false")?
            .with("temp_directory", scratch.join("spill").to_string_lossy())?
            // Rows have an order of their own; keeping that of arrival would cost memory.
            .with("preserve_insertion_order", "false")?
            .max_memory(MEMORY)?
            .threads(threads as i64)?;
        let connection = Connection::open_with_flags(scratch.join("work.duckdb"), config)?;
        // The transformation reads what it is given and nothing else of this machine.
        connection.execute_batch(&format!(
            "SET allowed_directories = [{quoted}]; SET enable_external_access = false; {FUNCTIONS}"
        ))?;
        Ok(Self { connection, scratch })
    }

    pub fn interrupt_handle(&self) -> Arc<duckdb::InterruptHandle> {
        self.connection.interrupt_handle()
    }

    /// Works everything out. Nothing is stored. `transform` is the address of the transformation, and its text.
    pub fn work(
        &self,
        contract: &Arc<Contract>,
        transform: (&str, &str),
        partition: &Partition,
        source: Source,
        threads: usize,
    ) -> Result<Outcome, RunError> {
        self.load(contract, &partition.date, source, threads)?;
        self.transform(transform)?;
        let names = self.outputs(&contract.record)?;
        let mut tables = Vec::new();
        for name in &names {
            let made = self.write(name, &format!("curated_{name}"))?;
            if *name == contract.record {
                // The other tables usually read from the record's own: they take it from what was written.
                let files: Vec<_> = made.files.iter().map(|file| quote(file)).collect();
                self.connection.execute_batch(&format!(
                    "CREATE OR REPLACE TEMPORARY VIEW curated_{name} AS SELECT * FROM read_parquet([{}])",
                    files.join(", ")
                ))?;
            }
            tables.push(made);
        }
        let quarantine = self.write("quarantine", "quarantine")?;
        let report = self.report(partition, &contract.record, &tables)?;
        Ok(Outcome {
            report,
            tables,
            quarantine,
        })
    }

    fn transform(&self, (url, sql): (&str, &str)) -> Result<(), RunError> {
        self.connection.execute_batch(sql).map_err(|error| {
            let refusal = Refusal::of(sql, &error);
            RunError::failed(match refusal.line {
                Some(line) => format!("{url}, line {line}: {}", refusal.said),
                None => format!("{url}: {}", refusal.said),
            })
        })
    }

    /// The table `raw`: parsed once, read by every output.
    fn load(&self, contract: &Arc<Contract>, date: &str, source: Source, threads: usize) -> Result<(), RunError> {
        let plan = Plan {
            contract: contract.clone(),
            source: Arc::new(source),
            threads,
        };
        self.connection
            .register_table_function_with_extra_info::<RawLines, _>("raw_lines", &Arc::new(plan))?;
        let own = contract.columns[..contract.own()]
            .iter()
            .map(|column| column.name.as_str());
        let columns: Vec<_> = own.chain(EXTRA).map(|name| format!("\"{name}\"")).collect();
        let version = VERSION.map(|(name, _)| name).join(", ");
        let loaded = self.connection.execute_batch(&format!(
            "CREATE TABLE raw AS SELECT {}, DATE '{date}' AS dt, {version} FROM raw_lines()",
            columns.join(", ")
        ));
        // What goes wrong here are objects that cannot be read, in words of our own.
        loaded.map_err(|error| RunError::failed(Refusal::words(&error)))?;
        Ok(())
    }

    /// Tables to write, the record's own first.
    fn outputs(&self, record: &str) -> Result<Vec<String>, RunError> {
        let mut names: Vec<String> = self.rows(
            "SELECT substr(view_name, 9) FROM duckdb_views() WHERE temporary AND starts_with(view_name, 'curated_') \
             ORDER BY 1",
            |row| row.get(0),
        )?;
        let Some(own) = names.iter().position(|name| name == record) else {
            let message = format!("the transformation makes no view curated_{record}");
            return Err(RunError::failed(message));
        };
        names[..=own].rotate_right(1);
        Ok(names)
    }

    /// Writes a view as Parquet files. Without rows it is one file that says the columns: a load has something to name.
    fn write(&self, name: &str, view: &str) -> Result<Made, RunError> {
        let folder = self.scratch.join("out").join(name);
        std::fs::create_dir_all(&folder).map_err(|error| RunError::failed(error.to_string()))?;
        let written = self.connection.execute_batch(&format!(
            "COPY (SELECT * FROM {view}) TO {} (FORMAT parquet, COMPRESSION snappy, FILE_SIZE_BYTES {FILE})",
            quote(&folder)
        ));
        written.map_err(|error| RunError::failed(format!("the view {view}: {}", Refusal::of("", &error).said)))?;
        // Counted from what was written, not from the query that wrote it.
        let rows = self.count(&format!("read_parquet({})", quote(&folder.join("*.parquet"))))?;
        Ok(Made {
            name: name.to_owned(),
            rows,
            files: parquet_files(&folder).map_err(|error| RunError::failed(error.to_string()))?,
        })
    }

    fn report(&self, partition: &Partition, record: &str, tables: &[Made]) -> Result<Report, RunError> {
        let reasons = self.rows(
            "SELECT reason, count(*) AS rows FROM quarantine GROUP BY reason ORDER BY rows DESC, reason",
            |row| {
                Ok(Reason {
                    reason: row.get(0)?,
                    rows: row.get(1)?,
                })
            },
        )?;
        let report = Report {
            version: 1,
            date: partition.date.clone(),
            batch: partition.batch.clone(),
            rows_in: self.count("raw")?,
            rows_out: tables
                .iter()
                .find(|table| table.name == record)
                .map_or(0, |table| table.rows),
            rows_quarantined: reasons.iter().map(|reason| reason.rows).sum(),
            duplicates: self.count("duplicates")?,
            ingests: self.ingests()?,
            reasons,
            tables: BTreeMap::new(),
        };
        report.check().map_err(RunError::failed)?;
        Ok(report)
    }

    fn ingests(&self) -> Result<Vec<Ingest>, RunError> {
        // Milliseconds as the producer gives them; microseconds only where there are any.
        let sql = "SELECT strftime(ingested_at, '%Y-%m-%dT%H:%M:%S.')
                       || CASE WHEN extract(microseconds FROM ingested_at) % 1000 = 0
                          THEN strftime(ingested_at, '%g') ELSE strftime(ingested_at, '%f') END || 'Z',
                   count(DISTINCT ingest_row), count(*)
            FROM raw GROUP BY ingested_at ORDER BY ingested_at NULLS FIRST";
        self.rows(sql, |row| {
            Ok(Ingest {
                ingested_at: row.get(0)?,
                rows: row.get(1)?,
                deliveries: row.get(2)?,
            })
        })
    }

    fn count(&self, from: &str) -> Result<i64, RunError> {
        Ok(self
            .connection
            .query_row(&format!("SELECT count(*) FROM {from}"), [], |row| row.get(0))?)
    }

    fn rows<T>(&self, sql: &str, read: impl FnMut(&duckdb::Row<'_>) -> duckdb::Result<T>) -> Result<Vec<T>, RunError> {
        Ok(self
            .connection
            .prepare(sql)?
            .query_map([], read)?
            .collect::<Result<_, _>>()?)
    }
}

impl From<duckdb::Error> for RunError {
    fn from(error: duckdb::Error) -> Self {
        RunError::failed(Refusal::of("", &error).said)
    }
}

impl Made {
    /// What the report says of it, stored under these keys.
    pub fn table(&self, keys: &[String]) -> std::io::Result<Table> {
        let objects = self.files.iter().zip(keys).map(|(file, key)| {
            Ok(Part {
                key: key.clone(),
                bytes: file.metadata()?.len(),
            })
        });
        Ok(Table {
            rows: self.rows,
            objects: objects.collect::<std::io::Result<_>>()?,
        })
    }
}

fn parquet_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

fn quote(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "''"))
}
