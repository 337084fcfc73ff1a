//! `pipectl run`

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::error::CliError;
use super::exit::Exit;
use super::flow_error::flow_error;
use super::output::Output;
use super::run_view::{Done, View};
use super::session::Session;
use super::{Global, human, interrupt, spice};
use crate::flow::{self, Books, Choice, Interruption, Load, Places, Scope, Warehouse, Watch};

/// Process what was ingested, load it into the warehouse and refresh QuickSight
///
/// Runs the Glue job on every partition that changed since it was last processed, loads what the warehouse does not have
/// yet, refreshes the data sets in SPICE, and ends with the books: rows read by the producer, confirmed by Kinesis, in S3,
/// curated, merged, in SPICE. A difference is an error that names where it happened. There is no state to lose: a run that was killed is finished by the next one.
#[derive(Debug, Default, Args)]
pub(super) struct Arguments {
    /// Only this step [default: all, one after the other]
    #[arg(value_enum, value_name = "STEP")]
    step: Option<Step>,
    /// Only the partition of this date, YYYY-MM-DD; may be given more than once
    #[arg(long = "date", value_name = "DATE")]
    dates: Vec<Date>,
    /// Process again what has not changed, too
    #[arg(long)]
    all: bool,
    /// What Ctrl-C does to a job run that is going [default: stop on the embedded AWS; elsewhere asks, or leaves it where
    /// there is no terminal]
    #[arg(long, value_enum, value_name = "WHAT")]
    on_interrupt: Option<OnInterrupt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Raw objects into curated files, by the Glue job
    Process,
    /// Curated files into the warehouse, one transaction a batch
    Load,
    /// QuickSight's data sets in SPICE
    Refresh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnInterrupt {
    /// Tell it to stop
    Stop,
    /// Let it go on, and the same command joins it; on the embedded AWS only where `pipectl local` runs it
    Leave,
}

pub(super) async fn run(global: &Global, arguments: &Arguments, output: &Output) -> Result<Exit, CliError> {
    let started = Instant::now();
    let cancel = interrupt::token(output);
    let session = tokio::select! {
        session = Session::open(global, output) => session?,
        () = cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    output.status(&format!("{}:", human::headline(&session.project)));
    let (ended, done) = work(&session, arguments, cancel, output).await;
    session.close().await;
    conclude(ended, &done, started, output)
}

/// Does what `arguments` say within a session; answers how it ended and what was done until then.
pub(super) async fn work(
    session: &Session,
    arguments: &Arguments,
    cancel: CancellationToken,
    output: &Output,
) -> (Result<(), Failed>, Done) {
    let view = View::new(output);
    let interruption = Ask {
        given: arguments.on_interrupt,
        embedded: session.is_embedded(),
        inside: session.is_inside(),
        view: view.clone(),
    };
    let watch = Watch {
        events: view.sink(),
        cancel,
        interruption: Arc::new(interruption),
    };
    let mut run = Run {
        session,
        arguments,
        view: view.clone(),
        watch,
        done: Done::default(),
    };
    let ended = run.steps().await;
    view.finish();
    (ended, run.done)
}

/// Says how it ended.
pub(super) fn conclude(
    ended: Result<(), Failed>,
    done: &Done,
    started: Instant,
    output: &Output,
) -> Result<Exit, CliError> {
    let (interrupted, error) = match ended {
        Ok(()) => (None, done.disagreement()),
        Err(Failed::Flow(error @ flow::Error::Interrupted(_))) => (Some(error), None),
        Err(Failed::Flow(error)) => (None, Some(flow_error(error))),
        Err(Failed::Other(error)) => (None, Some(error)),
    };
    if let (false, Some(books)) = (output.json(), &done.reconciliation) {
        output.data(&done.books(books));
    }
    let summary = done.summary(started.elapsed(), interrupted.is_some());
    if let Some(error) = error {
        return Err(error.after(summary));
    }
    if let Some(error) = &interrupted {
        output.status(&error.to_string());
        output.status(&format!("help: {}", error.hint().unwrap_or_default()));
        if output.json() {
            output.event(&json!({ "event": "interrupted", "message": error.to_string(), "hint": error.hint() }));
        }
    } else {
        output.status(&done.sentence(started.elapsed()));
    }
    if output.json() {
        output.event(&summary);
    }
    Ok(match interrupted {
        Some(_) => Exit::Interrupted,
        None => Exit::Done,
    })
}

/// Why a step did not end well.
pub(super) enum Failed {
    Flow(flow::Error),
    Other(CliError),
}

impl From<flow::Error> for Failed {
    fn from(error: flow::Error) -> Self {
        Self::Flow(error)
    }
}

impl From<CliError> for Failed {
    fn from(error: CliError) -> Self {
        Self::Other(error)
    }
}

struct Run<'a> {
    session: &'a Session,
    arguments: &'a Arguments,
    view: View,
    watch: Watch,
    done: Done,
}

impl Run<'_> {
    async fn steps(&mut self) -> Result<(), Failed> {
        let wants = |step| self.arguments.step.is_none_or(|only| only == step);
        let (process, load, refresh) = (wants(Step::Process), wants(Step::Load), wants(Step::Refresh));
        if process || load {
            // What is missing in the configs is said before anything is begun.
            let places = self.session.places()?;
            let loading = match load {
                true => Some(Loading::new(self.session).await?),
                false => None,
            };
            if process {
                self.process(&places).await?;
            }
            if let Some(loading) = &loading {
                self.load(&places, loading).await?;
            }
            self.reconcile(&places, process, loading.as_ref()).await?;
        }
        if refresh && self.done.agrees() {
            self.refresh().await?;
        }
        Ok(())
    }

    async fn process(&mut self, places: &Places) -> Result<(), Failed> {
        self.deliver(places).await?;
        let choice = Choice {
            dates: self.arguments.dates.clone(),
            all: self.arguments.all,
        };
        let clients = &self.session.clients;
        let processed = flow::process(clients, places, &choice, &self.watch).await?;
        if processed.processed.is_empty() && processed.unchanged == 0 {
            self.view
                .note("  nothing to process: nothing was ingested yet (pipectl ingest FILE)");
        }
        self.done.process = Some(processed);
        Ok(())
    }

    /// On the embedded AWS Firehose delivers now; elsewhere its buffers are waited for.
    async fn deliver(&self, places: &Places) -> Result<(), Failed> {
        if self.session.drain().await?.is_some() {
            return Ok(());
        }
        let clients = &self.session.clients;
        let receipts = flow::receipts(&clients.s3, places).await?;
        let reports = flow::reports(clients, &places.job).await?;
        let left = flow::unsettled(&receipts, &reports, self.session.buffering(), Timestamp::now());
        flow::settle(left, &self.watch).await?;
        Ok(())
    }

    async fn load(&mut self, places: &Places, loading: &Loading) -> Result<(), Failed> {
        let clients = &self.session.clients;
        let mut reports = flow::reports(clients, &places.job).await?;
        let dates = &self.arguments.dates;
        let known: Vec<Date> = reports.iter().map(|report| report.date).collect();
        if let Some(&date) = dates.iter().find(|date| !known.contains(date)) {
            return Err(flow::Error::NotProcessed { date, known }.into());
        }
        reports.retain(|report| dates.is_empty() || dates.contains(&report.date));
        let load = Load {
            warehouse: &loading.warehouse,
            curated_bucket: &places.curated_bucket,
            copy_role: &loading.copy_role,
            script_file: &loading.script_file,
            script: &loading.script,
            ledger: &loading.ledger,
        };
        self.done.load = Some(flow::load(clients, &load, &reports, &self.watch).await?);
        Ok(())
    }

    /// Of what was worked on: all the way after a whole run, less after a part of one.
    async fn reconcile(&mut self, places: &Places, processed: bool, loading: Option<&Loading>) -> Result<(), Failed> {
        let clients = &self.session.clients;
        let dates = &self.arguments.dates;
        let scope = Scope {
            ingest: processed && dates.is_empty(),
            load: loading.is_some(),
        };
        let mut reports = flow::reports(clients, &places.job).await?;
        reports.retain(|report| dates.is_empty() || dates.contains(&report.date));
        let receipts = match scope.ingest {
            true => flow::receipts(&clients.s3, places).await?,
            false => Vec::new(),
        };
        let ledger = match loading {
            Some(loading) => flow::ledger(&loading.warehouse, &loading.ledger).await?,
            None => Vec::new(),
        };
        let books = Books {
            receipts: &receipts,
            reports: &reports,
            ledger: &ledger,
        };
        self.done.reconciliation = Some(flow::reconcile(books, scope));
        Ok(())
    }

    /// Brings the data sets in SPICE up to date, and adds them to the books.
    async fn refresh(&mut self) -> Result<(), Failed> {
        let sets = spice::data_sets(&self.session.project)?;
        if sets.is_empty() {
            if self.arguments.step == Some(Step::Refresh) {
                self.view
                    .note("  nothing to refresh: the project has no data set in SPICE");
            }
            return Ok(());
        }
        let (clients, account) = (&self.session.clients, &self.session.project.environment.account);
        let warehouse = self.session.warehouse().await?;
        let refreshed = flow::refresh(clients, account, &warehouse, &sets, &self.watch).await?;
        self.done.reconciliation.get_or_insert_default().add_spice(&refreshed);
        self.done.refreshed = Some(refreshed);
        Ok(())
    }
}

/// What a load needs, looked up before anything is begun.
struct Loading {
    warehouse: Warehouse,
    copy_role: String,
    script_file: String,
    script: String,
    ledger: String,
}

impl Loading {
    async fn new(session: &Session) -> Result<Self, CliError> {
        let flow = &session.project.flow;
        let unset =
            |part: &str| CliError::usage(format!("flow.{part} is not set")).hint("set it in configs/pipeline.json");
        let file = flow.load.as_ref().ok_or_else(|| unset("load"))?;
        let ledger = flow.ledger.clone().ok_or_else(|| unset("ledger"))?;
        let path = session.project.root.join(file);
        let script = std::fs::read_to_string(&path)
            .map_err(|error| CliError::usage(format!("{} cannot be read: {error}", path.display())))?;
        Ok(Self {
            warehouse: session.warehouse().await?,
            copy_role: session.copy_role().await?,
            script_file: file.display().to_string(),
            script,
            ledger,
        })
    }
}

/// What the person wants done with a job run when they interrupt.
struct Ask {
    given: Option<OnInterrupt>,
    embedded: bool,
    /// The embedded AWS is in this process: what it leaves ends with it.
    inside: bool,
    view: View,
}

#[async_trait]
impl Interruption for Ask {
    async fn stops(&self, run: &str) -> bool {
        match self.given {
            Some(OnInterrupt::Leave) if self.inside => {
                self.view.note(
                    "  the job run cannot be left: its embedded AWS ends with this command (with pipectl local running, it can)",
                );
                true
            }
            Some(given) => given == OnInterrupt::Stop,
            None if self.embedded => true,
            None => {
                let (view, question) = (self.view.clone(), format!("Stop the job run {run}?"));
                let asked = tokio::task::spawn_blocking(move || view.confirm(&question));
                asked.await.unwrap_or(false)
            }
        }
    }
}
