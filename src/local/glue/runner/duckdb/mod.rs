//! Runs jobs whose transformation is a SQL file in process, on DuckDB: the same contract, the same SQL, the same
//! outputs as `glue_scripts/employee_etl.py` under Spark, which documents them.

mod contract;
mod input;
mod json;
mod lines;
mod partition;
mod refusal;
mod report;
mod rules;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use self::contract::Contract;
use self::input::{Job, Partition, Place};
use self::lines::Source;
use self::partition::{Made, Outcome, Workshop};
pub(crate) use self::refusal::Refusal;
use self::report::Report;
use super::{Log, RunError, Runner, Stream, Task};
use crate::local::objects::Objects;

/// How long a stopped run may go on.
const STOP_CHECK: Duration = Duration::from_millis(20);

/// DuckDB's definitions of the functions of Spark SQL that a transformation may use.
pub(crate) fn functions_of_spark() -> &'static str {
    partition::FUNCTIONS
}

/// Runs transformations on DuckDB.
pub(crate) struct DuckDbRunner {
    objects: Arc<dyn Objects>,
}

impl DuckDbRunner {
    pub fn new(objects: Arc<dyn Objects>) -> Self {
        Self { objects }
    }
}

impl Runner for DuckDbRunner {
    fn run(&self, task: &Task, log: Log<'_>, stop: &CancellationToken) -> Result<(), RunError> {
        let mut job = Job::read(task, self.objects.as_ref())?;
        let say = |line: serde_json::Value| log(Stream::Output, &line.to_string());
        let partitions = std::mem::take(&mut job.partitions);
        let count = partitions.len();
        say(serde_json::json!({"event": "started", "record": job.contract.record, "partitions": count}));
        let run = Run {
            objects: &self.objects,
            contract: Arc::new(job.contract),
            transform: &job.transform,
            transform_url: &job.transform_url,
            places: Places {
                raw: job.raw,
                curated: job.curated,
                quarantine: job.quarantine,
                reports: job.reports,
            },
            task,
            stop,
        };
        for partition in &partitions {
            let started = Instant::now();
            let report = run.partition(partition)?;
            say(serde_json::json!({
                "event": "partition", "date": report.date, "rows_in": report.rows_in, "rows_out": report.rows_out,
                "rows_quarantined": report.rows_quarantined, "duplicates": report.duplicates,
                "seconds": started.elapsed().as_millis() as f64 / 1000.0,
            }));
        }
        say(serde_json::json!({"event": "finished", "partitions": count}));
        Ok(())
    }
}

struct Places {
    raw: Place,
    curated: Place,
    quarantine: Place,
    reports: Place,
}

/// One run.
struct Run<'a> {
    objects: &'a Arc<dyn Objects>,
    contract: Arc<Contract>,
    transform: &'a str,
    transform_url: &'a str,
    places: Places,
    task: &'a Task,
    stop: &'a CancellationToken,
}

impl Run<'_> {
    fn partition(&self, partition: &Partition) -> Result<Report, RunError> {
        let scratch = self.task.scratch.join(format!("dt={}", partition.date));
        std::fs::create_dir_all(&scratch).map_err(failed)?;
        let outcome = self.work(partition, &scratch)?;
        if self.stop.is_cancelled() {
            return Err(RunError::Stopped);
        }
        let report = self.publish(outcome)?;
        std::fs::remove_dir_all(&scratch).map_err(failed)?;
        Ok(report)
    }

    fn work(&self, partition: &Partition, scratch: &Path) -> Result<Outcome, RunError> {
        let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
        let workshop = Workshop::open(scratch.to_owned(), threads)?;
        let raw = &self.places.raw;
        let source = Source {
            objects: self.objects.clone(),
            bucket: raw.bucket.clone(),
            keys: partition
                .objects
                .iter()
                .map(|key| (raw.key(key), key.clone()))
                .collect(),
            scratch: scratch.to_owned(),
        };
        let handle = workshop.interrupt_handle();
        let transform = (self.transform_url, self.transform);
        let work = || workshop.work(&self.contract, transform, partition, source, threads);
        let worked = until_stopped(self.stop, || handle.interrupt(), work);
        match worked {
            Err(_) if self.stop.is_cancelled() => Err(RunError::Stopped),
            worked => worked,
        }
    }

    /// Puts the outputs in place of what the date had. The report goes first and comes back last: without one, the
    /// partition is to be processed again; with one, all that it names is there.
    fn publish(&self, outcome: Outcome) -> Result<Report, RunError> {
        let mut report = outcome.report;
        let name = format!("dt={}", report.date);
        let (reports, report_key) = (&self.places.reports, self.places.reports.key(&format!("{name}.json")));
        self.objects.remove(&reports.bucket, &report_key)?;
        for made in &outcome.tables {
            let folder = self.places.curated.key(&format!("{}/{name}/", made.name));
            let keys = self.keys(made, &folder);
            report
                .tables
                .insert(made.name.clone(), made.table(&keys).map_err(failed)?);
            self.replace(&self.places.curated.bucket, &folder, made, &keys)?;
        }
        let folder = self.places.quarantine.key(&format!("{}/{name}/", self.contract.record));
        let keys = self.keys(&outcome.quarantine, &folder);
        self.replace(&self.places.quarantine.bucket, &folder, &outcome.quarantine, &keys)?;
        let file = self.task.scratch.join("report.json");
        std::fs::write(&file, serde_json::to_vec_pretty(&report).map_err(failed)?).map_err(failed)?;
        self.objects
            .store(&reports.bucket, &report_key, &file, "application/json")?;
        Ok(report)
    }

    /// Names of this run's own, so that the old objects stay readable until the new ones are there.
    fn keys(&self, made: &Made, folder: &str) -> Vec<String> {
        let name = |index| format!("{folder}part-{index:05}-{}.parquet", self.task.run_id);
        (0..made.files.len()).map(name).collect()
    }

    fn replace(&self, bucket: &str, folder: &str, made: &Made, keys: &[String]) -> Result<(), RunError> {
        for (file, key) in made.files.iter().zip(keys) {
            self.objects
                .store(bucket, key, file, "application/vnd.apache.parquet")?;
        }
        for old in self.objects.list(bucket, folder)? {
            if !keys.contains(&old.key) {
                self.objects.remove(bucket, &old.key)?;
            }
        }
        Ok(())
    }
}

fn failed(error: impl std::fmt::Display) -> RunError {
    RunError::failed(error.to_string())
}

/// Does `work`, and `interrupt`s it once the run is stopped.
fn until_stopped<T>(stop: &CancellationToken, interrupt: impl Fn() + Sync, work: impl FnOnce() -> T) -> T {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let watch = scope.spawn(|| {
            while !done.load(Ordering::Acquire) {
                if stop.is_cancelled() {
                    // Again and again: one interrupt ends one statement.
                    interrupt();
                }
                std::thread::park_timeout(STOP_CHECK);
            }
        });
        // Also when the work panics, or the scope would wait for ever.
        let _ended = Ended(&done, watch.thread().clone());
        work()
    })
}

struct Ended<'a>(&'a AtomicBool, Thread);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
        self.1.unpark();
    }
}
