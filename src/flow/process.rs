//! Raw partitions into curated ones: finds what changed since it was last processed, and has the Glue job process it.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use tokio::time::{Instant, sleep};

use super::batch::batch;
use super::error::Error;
use super::event::Event;
use super::input::Input;
use super::job::Job;
use super::job_run::{JobRuns, Start};
use super::objects;
use super::places::Places;
use super::raw::{self, Partition};
use super::report::{self, Report};
use super::watch::Watch;
use crate::aws::{Backoff, Clients};

/// Which partitions to work on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Only these dates; all if there is none.
    pub dates: Vec<Date>,
    /// Also those that have not changed since they were processed.
    pub all: bool,
}

/// What was processed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProcessSummary {
    /// Of the partitions that were processed now, by date.
    pub processed: Vec<Report>,
    /// Partitions that were as they had been processed.
    pub unchanged: usize,
}

/// A job that is busy with a run that it does not list yet, or any more, is asked again this long.
const BUSY: Duration = Duration::from_secs(600);
const BUSY_PACE: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(15));

/// Processes every partition whose batch is not the one its report names. Once all are, there is nothing to do: then no
/// run is started.
///
/// A run with the same input that is going already, of a killed pipectl or of a colleague's, is joined. Another run of the
/// job is waited for, and what is left to do looked at again.
///
/// # Errors
/// AWS refused, the job run failed, its report is not there; or the person interrupted.
pub async fn process(
    clients: &Clients,
    places: &Places,
    choice: &Choice,
    watch: &Watch,
) -> Result<ProcessSummary, Error> {
    let job = Job::find(&clients.glue, &places.job).await?;
    let process = Process {
        clients,
        places,
        choice,
        watch,
        runs: JobRuns {
            clients,
            job: &job.name,
        },
        job: &job,
    };
    process.run().await
}

struct Process<'a> {
    clients: &'a Clients,
    places: &'a Places,
    choice: &'a Choice,
    watch: &'a Watch,
    job: &'a Job,
    runs: JobRuns<'a>,
}

/// Partitions with their batches, and how many need nothing.
#[derive(Default)]
struct Todo {
    changed: Vec<(Partition, String)>,
    unchanged: usize,
}

impl Process<'_> {
    async fn run(&self) -> Result<ProcessSummary, Error> {
        let mut told = false;
        loop {
            let todo = self.todo(!told).await?;
            told = true;
            if todo.changed.is_empty() {
                return Ok(ProcessSummary {
                    processed: Vec::new(),
                    unchanged: todo.unchanged,
                });
            }
            let input = Input::new(&todo.changed, &self.job.raw);
            let place = input.place(&self.places.curated_bucket);
            input.write(&self.clients.s3, &place).await?;
            if let Some((run, joined)) = self.begin(&place.to_string()).await? {
                self.watch.tell(Event::JobRun {
                    job: self.job.name.clone(),
                    run: run.clone(),
                    joined,
                    partitions: todo.changed.len(),
                });
                self.runs.follow(&run, self.watch).await?;
                let processed = self.outcome(&run, &todo.changed).await?;
                return Ok(ProcessSummary {
                    processed,
                    unchanged: todo.unchanged,
                });
            }
        }
    }

    /// Compares each partition with its report.
    async fn todo(&self, tell: bool) -> Result<Todo, Error> {
        let s3 = &self.clients.s3;
        let partitions = raw::partitions(s3, self.places, &self.choice.dates, self.watch).await?;
        if partitions.is_empty() {
            return Ok(Todo::default());
        }
        let (contract, transform, reports) = tokio::try_join!(
            objects::head(s3, &self.job.contract.bucket, &self.job.contract.key),
            objects::head(s3, &self.job.transform.bucket, &self.job.transform.key),
            report::read(s3, &self.job.reports),
        )?;
        let reported: BTreeMap<Date, String> = reports.into_iter().map(|one| (one.date, one.batch)).collect();
        let mut todo = Todo::default();
        for partition in partitions {
            let batch = batch(&partition, &contract, &transform);
            let changed = self.choice.all || reported.get(&partition.date) != Some(&batch);
            if tell {
                self.watch.tell(Event::Partition {
                    date: partition.date,
                    batch: batch.clone(),
                    objects: partition.objects.len(),
                    bytes: partition.objects.iter().map(|object| object.bytes).sum(),
                    changed,
                });
            }
            match changed {
                true => todo.changed.push((partition, batch)),
                false => todo.unchanged += 1,
            }
        }
        Ok(todo)
    }

    /// A run of this input, and whether it was going already. `None` after another run was waited for: what is to do may
    /// be less by now.
    async fn begin(&self, input: &str) -> Result<Option<(String, bool)>, Error> {
        let started = Instant::now();
        let mut delays = BUSY_PACE.delays();
        loop {
            let going = self.runs.going().await?;
            if let Some((run, _)) = going.iter().find(|(_, other)| other.as_deref() == Some(input)) {
                return Ok(Some((run.clone(), true)));
            }
            if let Start::Started(run) = self.runs.start(input).await? {
                return Ok(Some((run, false)));
            }
            if let Some((run, _)) = going.first() {
                self.watch.tell(Event::OtherJobRun {
                    job: self.job.name.clone(),
                    run: run.clone(),
                });
                self.runs.outlast(run, self.watch).await?;
                return Ok(None);
            }
            if started.elapsed() > BUSY {
                return Err(Error::JobBusy {
                    job: self.job.name.clone(),
                });
            }
            tokio::select! {
                () = sleep(delays.next().unwrap_or(BUSY_PACE.cap)) => {}
                () = self.watch.cancel.cancelled() => return Err(Error::Interrupted("nothing was started".into())),
            }
        }
    }

    /// The reports of what a run processed.
    async fn outcome(&self, run: &str, done: &[(Partition, String)]) -> Result<Vec<Report>, Error> {
        let reports = report::read(&self.clients.s3, &self.job.reports).await?;
        let mut found: BTreeMap<Date, Report> = reports.into_iter().map(|one| (one.date, one)).collect();
        let wrong = |what: String| Error::Report {
            run: run.to_owned(),
            what,
        };
        let mut processed = Vec::new();
        for (Partition { date, .. }, batch) in done {
            let report = found
                .remove(date)
                .ok_or_else(|| wrong(format!("there is no report dt={date}.json in {}", self.job.reports)))?;
            if report.batch != *batch {
                let what = format!("the report of {date} is of batch {}, not {batch}", report.batch);
                return Err(wrong(what));
            }
            self.watch.tell(Event::Processed {
                date: report.date,
                batch: report.batch.clone(),
                rows_in: report.rows_in,
                rows_out: report.rows_out,
                rows_quarantined: report.rows_quarantined,
                duplicates: report.duplicates,
            });
            processed.push(report);
        }
        Ok(processed)
    }
}
