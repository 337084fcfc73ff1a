//! A run as it happens, and how it ended: for people and for programs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};

use super::error::CliError;
use super::human;
use super::output::Output;
use super::progress::rounded;
use crate::flow::{Difference, Event, EventSink, Hop, HopKind, LoadSummary, ProcessSummary, Reconciliation, Refreshed};

/// Shows the flow's events.
#[derive(Clone)]
pub(super) struct View {
    shared: Arc<Shared>,
}

struct Shared {
    output: Output,
    /// While something goes on.
    spinner: Mutex<Option<ProgressBar>>,
    /// The state last said, so that a log without a terminal has each once.
    said: Mutex<String>,
}

impl View {
    pub fn new(output: &Output) -> Self {
        Self {
            shared: Arc::new(Shared {
                output: output.clone(),
                spinner: Mutex::default(),
                said: Mutex::default(),
            }),
        }
    }

    pub fn sink(&self) -> EventSink {
        let shared = Arc::clone(&self.shared);
        Arc::new(move |event| shared.show(&event))
    }

    /// Asks on the terminal; no, where there is none.
    pub fn confirm(&self, question: &str) -> bool {
        let shared = &self.shared;
        shared.aside(|| shared.output.confirm(question)).unwrap_or(false)
    }

    /// A line between the others.
    pub fn note(&self, line: &str) {
        self.shared.aside(|| self.shared.output.status(line));
    }

    pub fn finish(&self) {
        self.shared.idle();
    }
}

impl Shared {
    fn show(&self, event: &Event) {
        if self.output.json() {
            if let Ok(event) = serde_json::to_value(event) {
                self.output.event(&event);
            }
            return;
        }
        match event {
            Event::JobState { state, .. } => self.busy(&format!("job run {state}"), &format!("  job run is {state}")),
            Event::LoadState { state, .. } => self.busy(&format!("load {state}"), ""),
            Event::RefreshState { state, .. } => self.busy(&format!("refresh of SPICE {state}"), ""),
            Event::SnapshotState { sheet, state, .. } => {
                let line = "  QuickSight draws the snapshot";
                self.busy(&format!("snapshot of sheet {sheet} {state}"), line);
            }
            Event::Loading { date, .. } => self.busy(&format!("loading {date}"), &format!("  {date}: loading")),
            Event::Buffering { seconds_left } => {
                let left = human::seconds(Duration::from_secs(*seconds_left));
                let text = "waiting for Firehose to deliver what it may have buffered";
                self.busy(&format!("{text}, {left} left,"), &format!("  {text}"));
            }
            event => {
                if matches!(event, Event::Processed { .. } | Event::Loaded { .. }) {
                    self.idle();
                }
                if let Some(line) = line(event) {
                    self.aside(|| self.output.status(&line));
                }
            }
        }
    }

    /// Something goes on: on a terminal a spinner with `state`, elsewhere `line` once.
    fn busy(&self, state: &str, line: &str) {
        if self.output.live() {
            let Ok(mut spinner) = self.spinner.lock() else { return };
            spinner.get_or_insert_with(spin).set_message(state.to_owned());
            return;
        }
        let Ok(mut said) = self.said.lock() else { return };
        if *said != line && !line.is_empty() {
            self.output.status(line);
            line.clone_into(&mut said);
        }
    }

    /// What went on has ended.
    fn idle(&self) {
        if let Some(spinner) = self.spinner.lock().ok().and_then(|mut spinner| spinner.take()) {
            spinner.finish_and_clear();
        }
    }

    /// Writes to the terminal while the spinner is out of the way.
    fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let spinner = self.spinner.lock().ok().and_then(|spinner| spinner.clone());
        match spinner {
            Some(spinner) => spinner.suspend(write),
            None => write(),
        }
    }
}

fn spin() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// An event as a line.
fn line(event: &Event) -> Option<String> {
    Some(match event {
        Event::Partition { changed: false, .. } => return None,
        Event::Partition {
            date, objects, bytes, ..
        } => {
            let objects = human::counted(*objects as u64, "object");
            format!("  {date}: {objects} to process, {}", human::bytes(*bytes))
        }
        Event::Stray { objects, example } => {
            let objects = human::counted(*objects as u64, "object");
            format!("  {objects} left out: in no folder dt=YYYY-MM-DD, like {example}")
        }
        Event::JobRun {
            job,
            run,
            joined,
            partitions,
        } => {
            let what = if *joined { "is going already, joined" } else { "started" };
            let partitions = human::counted(*partitions as u64, "partition");
            format!("  {job} {what} for {partitions}: {run}")
        }
        Event::OtherJobRun { job, run } => format!("  another run of {job} is going, waiting for it: {run}"),
        Event::Processed {
            date,
            rows_in,
            rows_out,
            rows_quarantined,
            duplicates,
            ..
        } => format!(
            "  {date}: {} = {} curated + {} quarantined + {} duplicates",
            human::counted(*rows_in, "row"),
            human::count(*rows_out),
            human::count(*rows_quarantined),
            human::count(*duplicates),
        ),
        Event::Loaded { date, entry, seconds } => format!(
            "  {date}: {} loaded = {} inserted + {} updated + {} older or the same, in {}",
            human::counted(entry.rows_staged, "row"),
            human::count(entry.rows_inserted),
            human::count(entry.rows_updated),
            human::count(entry.rows_unchanged),
            human::seconds(Duration::from_secs_f64(*seconds)),
        ),
        Event::NothingToLoad { date, .. } => format!("  {date}: no curated rows, nothing to load"),
        Event::Refreshed { refreshed, seconds } => {
            let rows = human::counted(refreshed.rows, "row");
            let took = human::seconds(Duration::from_secs_f64(*seconds));
            format!("  {}: {rows} in SPICE, in {took}", refreshed.data_set)
        }
        Event::Snapshot {
            sheet, bytes, seconds, ..
        } => {
            let took = human::seconds(Duration::from_secs_f64(*seconds));
            format!("  sheet {sheet}: {}, in {took}", human::bytes(*bytes as u64))
        }
        Event::JobState { .. }
        | Event::Loading { .. }
        | Event::LoadState { .. }
        | Event::Buffering { .. }
        | Event::RefreshState { .. }
        | Event::SnapshotState { .. } => {
            return None;
        }
    })
}

/// What a run has done.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// `None` for steps that were not asked for, or not ended.
    pub process: Option<ProcessSummary>,
    pub load: Option<LoadSummary>,
    pub refreshed: Option<Vec<Refreshed>>,
    pub reconciliation: Option<Reconciliation>,
}

impl Done {
    /// Whether nothing is known to be wrong with the books.
    pub fn agrees(&self) -> bool {
        self.reconciliation.as_ref().is_none_or(Reconciliation::agrees)
    }

    /// The last event of a run.
    pub fn summary(&self, elapsed: Duration, interrupted: bool) -> Value {
        let processed = self.process.iter().flat_map(|process| &process.processed);
        let (mut rows_in, mut rows_out, mut quarantined, mut duplicates) = (0, 0, 0, 0);
        for report in processed {
            rows_in += report.rows_in;
            rows_out += report.rows_out;
            quarantined += report.rows_quarantined;
            duplicates += report.duplicates;
        }
        let loaded = self.load.iter().flat_map(|load| &load.loaded);
        let (mut staged, mut inserted, mut updated, mut unchanged) = (0, 0, 0, 0);
        for (_, entry) in loaded {
            staged += entry.rows_staged;
            inserted += entry.rows_inserted;
            updated += entry.rows_updated;
            unchanged += entry.rows_unchanged;
        }
        json!({
            "event": "summary",
            "process": {
                "rows_in": rows_in, "rows_out": rows_out, "rows_quarantined": quarantined, "duplicates": duplicates,
                "partitions": self.process.as_ref().map_or(0, |process| process.processed.len()),
                "partitions_unchanged": self.process.as_ref().map_or(0, |process| process.unchanged),
            },
            "load": {
                "rows_staged": staged, "rows_inserted": inserted, "rows_updated": updated, "rows_unchanged": unchanged,
                "batches": self.load.as_ref().map_or(0, |load| load.loaded.len()),
                "batches_unchanged": self.load.as_ref().map_or(0, |load| load.unchanged),
            },
            "refresh": {
                "data_sets": self.refreshed.as_ref().map_or(0, Vec::len),
                "rows": self.refreshed.iter().flatten().map(|set| set.rows).sum::<u64>(),
            },
            "reconciliation": self.reconciliation,
            "interrupted": interrupted,
            "seconds": rounded(elapsed),
        })
    }

    /// How a run ended that went well.
    pub fn sentence(&self, elapsed: Duration) -> String {
        let mut parts = Vec::new();
        if let Some(process) = &self.process {
            parts.push(work(
                "partition",
                "processed",
                process.processed.len(),
                process.unchanged,
            ));
        }
        if let Some(load) = &self.load {
            parts.push(work("batch", "loaded", load.loaded.len(), load.unchanged));
        }
        if let Some(refreshed) = &self.refreshed {
            parts.push(work("data set", "refreshed", refreshed.len(), 0));
        }
        if self.reconciliation.is_some() {
            parts.push("every row accounted for".to_owned());
        }
        let what = match parts.is_empty() {
            true => "done".to_owned(),
            false => parts.join("; "),
        };
        format!("{what}; {}", human::seconds(elapsed))
    }

    /// The books as a table.
    pub fn books(&self, books: &Reconciliation) -> String {
        let header = ["WHERE", "ROWS", ""].map(str::to_owned);
        let rows: Vec<Vec<String>> = books.hops.iter().map(hop).collect();
        human::grid(&header, &rows, &[false, true, false])
    }

    /// The error of books that do not agree.
    pub fn disagreement(&self) -> Option<CliError> {
        let books = self.reconciliation.as_ref().filter(|books| !books.agrees())?;
        let lines: Vec<String> = books.differences.iter().map(difference).collect();
        let first = books.differences.first()?;
        let error = CliError::failed(format!("rows are not accounted for:\n{}", lines.join("\n")));
        Some(error.hint(first.advice.clone()))
    }
}

/// `2 partitions processed, 3 unchanged`
fn work(what: &str, done: &str, count: usize, unchanged: usize) -> String {
    let plural = |count: usize| match (count, what) {
        (1, what) => format!("1 {what}"),
        (count, "batch") => format!("{} batches", human::count(count as u64)),
        (count, what) => format!("{} {what}s", human::count(count as u64)),
    };
    match (count, unchanged) {
        (0, 0) => format!("no {what} to be {done}"),
        (0, unchanged) => format!("{} unchanged", plural(unchanged)),
        (count, 0) => format!("{} {done}", plural(count)),
        (count, unchanged) => format!("{} {done}, {} unchanged", plural(count), human::count(unchanged as u64)),
    }
}

fn hop(hop: &Hop) -> Vec<String> {
    let name = match hop.hop {
        HopKind::Rejected | HopKind::Quarantined | HopKind::Duplicates => format!("  {}", name(hop.hop)),
        kind => name(kind).to_owned(),
    };
    vec![name, human::count(hop.rows), hop.note.clone()]
}

fn name(hop: HopKind) -> &'static str {
    match hop {
        HopKind::Read => "read by the producer",
        HopKind::Rejected => "rejected by the contract",
        HopKind::Confirmed => "confirmed by Kinesis",
        HopKind::Delivered => "delivered to S3",
        HopKind::Lines => "lines in S3",
        HopKind::Curated => "curated",
        HopKind::Quarantined => "quarantined",
        HopKind::Duplicates => "duplicates",
        HopKind::Merged => "merged in the warehouse",
        HopKind::Queried => "data sets in the warehouse",
        HopKind::Spice => "data sets in SPICE",
    }
}

/// `  ingest 2026-...: 980 confirmed by Kinesis, 970 delivered to S3: 10 missing`
fn difference(one: &Difference) -> String {
    let (expected, found) = (one.expected, one.found);
    let verdict = match expected.checked_sub(found) {
        Some(missing) => format!("{} missing", human::count(missing)),
        None => format!("{} too many", human::count(found - expected)),
    };
    format!(
        "  {}: {} {}, {} {}: {verdict}",
        one.about,
        human::count(expected),
        name(one.from),
        human::count(found),
        name(one.to),
    )
}

#[cfg(test)]
mod tests;
