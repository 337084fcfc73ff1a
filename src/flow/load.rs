//! Curated partitions into the warehouse: one transaction for each batch that its ledger does not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use tokio::time::{Instant, timeout};

use super::batch::fingerprint;
use super::copy_errors;
use super::error::Error;
use super::event::Event;
use super::ledger::{self, LedgerEntry};
use super::manifest;
use super::query::Rows;
use super::report::Report;
use super::script::{Script, Statement};
use super::sql_error::SqlError;
use super::warehouse::Warehouse;
use super::watch::Watch;
use crate::aws::statement::{self, Failure, Finished};
use crate::aws::{Clients, failure};

/// What a load needs to know besides the reports.
#[derive(Clone, Debug)]
pub struct Load<'a> {
    pub warehouse: &'a Warehouse,
    /// Bucket of the curated files and of the manifests.
    pub curated_bucket: &'a str,
    /// ARN of the role with which the warehouse reads that bucket.
    pub copy_role: &'a str,
    /// The load script: its name, relative to the project, and its text.
    pub script_file: &'a str,
    pub script: &'a str,
    /// `schema.table`
    pub ledger: &'a str,
}

/// What was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadSummary {
    /// Batches loaded now, in the order of their dates.
    pub loaded: Vec<(Date, LedgerEntry)>,
    /// Batches that the warehouse held already.
    pub unchanged: usize,
}

/// How often a statement that ended in an earlier run is begun anew.
const ATTEMPTS: usize = 50;
/// How long a cancelled statement is waited for.
const CANCELLING: Duration = Duration::from_secs(30);

/// Loads each report's batch that the ledger does not hold, oldest date first.
///
/// A statement of a killed pipectl that still runs is joined: its token follows from the batch and the script. Loading a
/// batch twice is harmless, as the script looks into the ledger itself.
///
/// # Errors
/// AWS refused, the script is wrong, or the warehouse refused it: then nothing of that batch was kept, and those before it
/// are loaded. On interruption the running statement is cancelled.
pub async fn load(clients: &Clients, load: &Load<'_>, reports: &[Report], watch: &Watch) -> Result<LoadSummary, Error> {
    let mut summary = LoadSummary::default();
    if reports.is_empty() {
        return Ok(summary);
    }
    let (held, asked) = ledger::read(load.warehouse, load.ledger).await?;
    let held: BTreeSet<&str> = held.iter().map(|entry| entry.batch.as_str()).collect();
    // By the warehouse's clock, not ours.
    let began = look(load.warehouse, &asked).await?.created;
    for report in reports {
        if held.contains(report.batch.as_str()) {
            summary.unchanged += 1;
        } else if report.tables.values().all(|table| table.objects.is_empty()) {
            watch.tell(Event::NothingToLoad {
                date: report.date,
                batch: report.batch.clone(),
            });
        } else {
            let one = One {
                clients,
                load,
                report,
                watch,
                began,
            };
            summary.loaded.push((report.date, one.run().await?));
        }
    }
    Ok(summary)
}

/// The load of one batch.
struct One<'a> {
    clients: &'a Clients,
    load: &'a Load<'a>,
    report: &'a Report,
    watch: &'a Watch,
    /// When this pipectl began to load, by the warehouse's clock.
    began: Option<Timestamp>,
}

impl One<'_> {
    async fn run(&self) -> Result<LedgerEntry, Error> {
        let started = Instant::now();
        let manifests = manifest::write(&self.clients.s3, self.load.curated_bucket, self.report).await?;
        let mut variables = BTreeMap::from([
            ("Batch".to_owned(), self.report.batch.clone()),
            ("Date".to_owned(), self.report.date.to_string()),
            ("CopyRole".to_owned(), self.load.copy_role.to_owned()),
        ]);
        for (table, place) in manifests {
            variables.insert(format!("Manifest.{table}"), place.to_string());
        }
        let script = Script {
            file: self.load.script_file,
            text: self.load.script,
        };
        let statements = script.render(&variables)?;
        let finished = self.execute(&statements, started).await?;
        let entry = self.counts(&finished).await?;
        self.watch.tell(Event::Loaded {
            date: self.report.date,
            entry: entry.clone(),
            seconds: started.elapsed().as_secs_f64(),
        });
        Ok(entry)
    }

    /// Runs the statements as one transaction, or joins the one that runs them already.
    async fn execute(&self, statements: &[Statement], started: Instant) -> Result<Finished, Error> {
        let texts: Vec<String> = statements.iter().map(|statement| statement.text.clone()).collect();
        let Warehouse { client, target } = self.load.warehouse;
        let silent = |_: &str| ();
        for attempt in 0..ATTEMPTS {
            let token = token(&self.report.batch, &texts, attempt);
            let id = statement::submit(client, target, &texts, &[], Some(&token), &silent).await;
            let id = match id {
                Ok(id) => id,
                Err(failure) => return Err(self.refused(failure, statements, None).await),
            };
            // The token answers with the statement of an earlier run, even one that failed; or one that succeeded, and
            // the ledger has lost its batch since: restored, emptied, or of another warehouse.
            let found = look(self.load.warehouse, &id).await?;
            if found.ended && found.created < self.began {
                continue;
            }
            self.watch.tell(Event::Loading {
                date: self.report.date,
                batch: self.report.batch.clone(),
                statement: id.clone(),
            });
            return match self.follow(&id, started).await? {
                Ok(finished) => Ok(finished),
                Err(failure) => Err(self.refused(failure, statements, Some((&id, found.created))).await),
            };
        }
        let last = format!("batch {} was begun {ATTEMPTS} times within a day", self.report.batch);
        Err(Error::Unreadable {
            place: "the list of statements of the Data API".into(),
            reason: last,
        })
    }

    /// Waits for the end of a statement; the outer error is the interruption, which cancels it.
    async fn follow(&self, id: &str, started: Instant) -> Result<Result<Finished, Failure>, Error> {
        let Warehouse { client, target } = self.load.warehouse;
        let report = |state: &str| {
            self.watch.tell(Event::LoadState {
                batch: self.report.batch.clone(),
                state: state.to_owned(),
                seconds: started.elapsed().as_secs_f64(),
            });
        };
        tokio::select! {
            ended = statement::wait(client, target, id, &report) => Ok(ended),
            () = self.watch.cancel.cancelled() => {
                statement::cancel(client, id).await?;
                // What COPY has under way takes a moment to roll back; the ledger tells the next run how it ended.
                let ended = timeout(CANCELLING, statement::wait(client, target, id, &|_| ())).await;
                let date = self.report.date;
                Err(Error::Interrupted(match ended {
                    Ok(Ok(_)) => format!("the load of {date} was done already"),
                    Ok(Err(_)) => format!("the load of {date} was cancelled and rolled back"),
                    Err(_) => format!("the load of {date} was told to stop and is being rolled back"),
                }))
            }
        }
    }

    /// A failed load, with what the warehouse noted about rows since the statement that ran was created.
    async fn refused(
        &self,
        failure: Failure,
        statements: &[Statement],
        ran: Option<(&str, Option<Timestamp>)>,
    ) -> Error {
        let at = failure.position.and_then(|position| statements.get(position));
        let copies = at.is_some_and(|statement| {
            let word = statement.text.split_whitespace().next().unwrap_or_default();
            word.eq_ignore_ascii_case("copy")
        });
        let rows = match copies {
            true => copy_errors::since(self.load.warehouse, ran.and_then(|(_, created)| created)).await,
            false => Vec::new(),
        };
        let Load {
            script_file: file,
            script,
            ..
        } = self.load;
        let error = match at {
            // As it was sent, with its variables replaced, in its place in the file.
            Some(Statement { text, offset }) => {
                let script = format!("{}{text}", &script[..*offset]);
                SqlError::new(failure, file, &script, *offset, text)
            }
            None => SqlError::new(failure, file, "", 0, ""),
        };
        let error = match ran {
            Some((id, _)) => error.of_statement(id),
            None => error,
        };
        Error::Load {
            date: self.report.date,
            file: (*file).to_owned(),
            error: Box::new(error),
            rows,
        }
    }

    /// The row that the script ends with.
    async fn counts(&self, finished: &Finished) -> Result<LedgerEntry, Error> {
        let wrong = |reason: String| Error::Counts {
            date: self.report.date,
            file: self.load.script_file.to_owned(),
            reason,
        };
        let last = finished.sub_ids.last().unwrap_or(&finished.id);
        let page = Rows::of(&self.load.warehouse.client, last).all().await?;
        if page.rows.len() != 1 {
            return Err(wrong(format!(
                "its last statement returns {} rows, not one",
                page.rows.len()
            )));
        }
        LedgerEntry::of(&page, 0, self.report.batch.clone())
            .map_err(|column| wrong(format!("its last statement returns no count named {column}")))
    }
}

/// A statement as it is first seen.
struct Look {
    ended: bool,
    created: Option<Timestamp>,
}

async fn look(warehouse: &Warehouse, id: &str) -> Result<Look, Error> {
    let answer = warehouse.client.describe_statement().id(id).send().await;
    let answer = answer.map_err(|error| failure("redshift-data", "DescribeStatement", id, error))?;
    let created = answer.created_at().map(|time| time.as_nanos());
    let ended = |status: &str| matches!(status, "FINISHED" | "FAILED" | "ABORTED");
    Ok(Look {
        ended: answer.status().is_some_and(|status| ended(status.as_str())),
        created: created.and_then(|nanos| Timestamp::from_nanosecond(nanos).ok()),
    })
}

/// The same for the same work, so that a statement that runs already is joined; another once that has ended.
fn token(batch: &str, statements: &[String], attempt: usize) -> String {
    let attempt = attempt.to_string();
    let mut parts: Vec<&[u8]> = vec![b"pipectl load", batch.as_bytes(), attempt.as_bytes()];
    parts.extend(statements.iter().map(|statement| statement.as_bytes()));
    // 1 to 64 characters (botocore redshift-data: ClientToken).
    fingerprint(&parts, 64)
}
