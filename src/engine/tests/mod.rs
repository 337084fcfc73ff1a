//! The engine against an in-memory world that breaks on request.

mod execution;
mod fake;
mod graphs;
mod planning;
mod properties;
mod world;

use std::future::Future;
use std::sync::{Arc, Mutex};

use super::{Event, EventSink, Graph, Intent, Options, Outcome, Plan, execute, plan};

/// Runs a future to its end on one thread, so that every run makes the same choices.
fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(work)
}

/// A sink that remembers.
fn recorder() -> (EventSink, Arc<Mutex<Vec<Event>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = seen.clone();
    (Arc::new(move |event| sink.lock().expect("events").push(event)), seen)
}

fn silent() -> EventSink {
    Arc::new(|_| {})
}

async fn planned(graph: &Graph, intent: Intent) -> Plan {
    plan(graph, intent, &Options::default(), &silent()).await
}

async fn command(graph: &Graph, intent: Intent) -> Outcome {
    let plan = planned(graph, intent).await;
    execute(graph, plan, &Options::default(), &silent()).await
}
