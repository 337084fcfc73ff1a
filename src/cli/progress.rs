//! Deploy and teardown as they happen, and how they ended: for people and for programs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::error::hint_of;
use super::exit::Exit;
use super::human;
use super::output::Output;
use crate::engine::{Action, Event, EventSink, Outcome, Plan};

/// Shows the engine's events.
pub(super) struct Progress {
    view: Arc<View>,
}

struct View {
    output: Output,
    bars: MultiProgress,
    running: Mutex<BTreeMap<String, ProgressBar>>,
}

impl Progress {
    pub fn new(output: &Output) -> Self {
        let bars = MultiProgress::new();
        Self {
            view: Arc::new(View {
                output: output.clone(),
                bars,
                running: Mutex::default(),
            }),
        }
    }

    /// Where the engine sends its events.
    pub fn sink(&self) -> EventSink {
        let view = Arc::clone(&self.view);
        Arc::new(move |event| view.show(&event))
    }

    /// Takes what is still drawn off the screen.
    pub fn finish(self) {
        let _ = self.view.bars.clear();
    }
}

impl View {
    fn show(&self, event: &Event) {
        if self.output.json() {
            if let Some(event) = to_json(event) {
                self.output.event(&event);
            }
            return;
        }
        match event {
            Event::Reading { .. } => {}
            Event::Started { id, kind, .. } => self.start(id, kind),
            Event::Waiting { id, state, .. } => self.wait(id, state),
            Event::Finished {
                action: Action::NoOp | Action::Observe,
                ..
            } => {}
            Event::Finished {
                id,
                kind,
                action,
                elapsed,
                ..
            } => {
                let done = done(*action);
                let line = format!(
                    "  {} {id} {kind} {done} in {}",
                    human::sign(*action),
                    human::seconds(*elapsed)
                );
                self.end(id, &line);
            }
            Event::Failed {
                id,
                kind,
                error,
                elapsed,
                ..
            } => {
                let line = format!("  ! {id} {kind} failed after {}: {error}", human::seconds(*elapsed));
                self.end(id, &line);
            }
            Event::Skipped { id, because } => self.end(id, &format!("  . {id} skipped: it needs {because}")),
            Event::Draining { running } => {
                self.say(&format!("  waiting for {} to finish", running.join(", ")));
            }
        }
    }

    fn start(&self, id: &str, kind: &str) {
        if !self.output.live() {
            return;
        }
        let style = ProgressStyle::with_template("  {spinner} {prefix} {msg} {elapsed}");
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = style {
            bar.set_style(style);
        }
        bar.set_prefix(format!("{id} {kind}"));
        bar.enable_steady_tick(Duration::from_millis(120));
        if let Ok(mut running) = self.running.lock() {
            running.insert(id.to_owned(), bar);
        }
    }

    fn wait(&self, id: &str, state: &str) {
        if let Ok(running) = self.running.lock()
            && let Some(bar) = running.get(id)
        {
            bar.set_message(state.to_owned());
        }
    }

    fn end(&self, id: &str, line: &str) {
        if let Ok(mut running) = self.running.lock()
            && let Some(bar) = running.remove(id)
        {
            bar.finish_and_clear();
            self.bars.remove(&bar);
        }
        self.say(line);
    }

    fn say(&self, line: &str) {
        self.bars.suspend(|| self.output.status(line));
    }
}

fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Replace => "replaced",
        Action::Delete => "deleted",
        Action::Keep => "kept",
        Action::NoOp | Action::Observe => "unchanged",
        Action::Refuse => "refused",
    }
}

fn to_json(event: &Event) -> Option<Value> {
    match event {
        Event::Reading { .. } => None,
        event => serde_json::to_value(event).ok(),
    }
}

/// For plans that nobody watches being made.
pub(super) fn unseen() -> EventSink {
    Arc::new(|_| ())
}

/// Seconds to the millisecond.
pub(super) fn rounded(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1000.0).round() / 1000.0
}

/// Says how it ended and what is left to do; the exit code follows from it.
pub(super) fn summary(outcome: &Outcome, elapsed: Duration, output: &Output) -> Exit {
    if output.json() {
        output.event(&summary_event(outcome, outcome.failed.len(), elapsed));
    } else {
        for hint in hints(outcome) {
            output.status(&format!("help: {hint}"));
        }
        output.status(&sentence(outcome, elapsed));
        if !outcome.left.is_empty() {
            output.status(&format!(
                "left undone: {}; run the same command again",
                outcome.left.join(", ")
            ));
        }
    }
    match (outcome.interrupted, outcome.failed.is_empty()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::Failed,
    }
}

/// The last event of a deploy or teardown.
fn summary_event(outcome: &Outcome, failed: usize, elapsed: Duration) -> Value {
    json!({
        "event": "summary",
        "created": outcome.created, "updated": outcome.updated, "unchanged": outcome.unchanged,
        "deleted": outcome.deleted, "failed": failed, "kept": outcome.kept,
        "skipped": outcome.skipped.len(), "interrupted": outcome.interrupted,
        "seconds": rounded(elapsed),
    })
}

fn sentence(outcome: &Outcome, elapsed: Duration) -> String {
    let counts = [
        (outcome.created, "created"),
        (outcome.updated, "updated"),
        (outcome.deleted, "deleted"),
        (outcome.kept, "kept"),
        (outcome.failed.len(), "failed"),
        (outcome.skipped.len(), "skipped"),
        (outcome.unchanged, "unchanged"),
    ];
    let parts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let what = if parts.is_empty() {
        "nothing to do".to_owned()
    } else {
        parts.join(", ")
    };
    format!("{what} in {}", human::seconds(elapsed))
}

fn hints(outcome: &Outcome) -> Vec<String> {
    let mut hints: Vec<String> = outcome
        .failed
        .iter()
        .filter_map(|failure| hint_of(failure.error.as_ref()))
        .collect();
    hints.dedup();
    hints
}

/// Ends a run that did not start because something stands in its way.
pub(super) fn refusals(plan: &Plan, output: &Output) {
    if !output.json() {
        output.status("nothing was changed");
        return;
    }
    for step in plan.refusals() {
        output.event(&json!({
            "event": "failed", "id": step.id, "type": step.kind, "action": step.action, "error": step.error.as_deref(), "seconds": 0.0,
        }));
    }
    let nothing = Outcome {
        unchanged: plan.counts().unchanged,
        ..Outcome::default()
    };
    output.event(&summary_event(&nothing, plan.refusals().count(), Duration::ZERO));
}
