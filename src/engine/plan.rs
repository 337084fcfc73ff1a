//! Reads the world and says what has to be done. Nothing here writes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::decide::{Verdict, for_deploy, for_teardown, with_pending};
use super::error::{Call, StepError, guard};
use super::event::{Event, EventSink};
use super::graph::{Direction, Graph};
use super::resource::{Cx, Desired, Live, Outputs, Owner, Resource, Unresolved};
use super::step::{Action, Plan, Step};
use super::walk::Walk;

/// What a plan is to bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Intent {
    /// Everything in the graph exists and is as desired.
    Deploy,
    /// Nothing in the graph exists, except what is retained.
    Teardown,
}

impl Intent {
    pub(super) fn direction(self) -> Direction {
        match self {
            Intent::Deploy => Direction::Forward,
            Intent::Teardown => Direction::Reverse,
        }
    }
}

/// How a run behaves.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many resources are worked on at a time; 0 counts as 1.
    pub concurrency: usize,
    /// Cancelled when nothing new should start.
    pub cancel: CancellationToken,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: 16,
            cancel: CancellationToken::new(),
        }
    }
}

/// Reads every resource, each as soon as what it depends on was read, and compares it with what it should be.
///
/// A resource that cannot be read, or is not ours, gets [`Action::Refuse`]; the others are still planned. Outputs of
/// resources that are still to be created or replaced are unknown: what refers to them is compared as far as it goes,
/// and the step says the rest is [conditional](Step::conditional). Dropping the future is safe at any time.
pub async fn plan(graph: &Graph, intent: Intent, options: &Options, events: &EventSink) -> Plan {
    let mut walk = Walk::new(graph, Direction::Forward);
    let mut steps: Vec<Option<Step>> = vec![None; graph.len()];
    let mut reads: JoinSet<(usize, Step)> = JoinSet::new();
    let mut interrupted = options.cancel.is_cancelled();
    while !interrupted {
        while reads.len() < options.concurrency.max(1)
            && let Some(node) = walk.next()
        {
            let upstream = Upstream::of(graph, node, &steps);
            let resource = graph.resource(node).clone();
            let events = events.clone();
            reads.spawn(async move { (node, read_step(resource, intent, upstream, &events).await) });
        }
        tokio::select! {
            biased;
            () = options.cancel.cancelled() => interrupted = true,
            read = reads.join_next() => match read {
                None => break,
                Some(Ok((node, step))) => {
                    steps[node] = Some(step);
                    walk.done(node);
                }
                // Calls of resources are guarded: only a panic of the event sink comes here.
                Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
            },
        }
    }
    let order = graph.order(intent.direction());
    Plan {
        intent,
        steps: order.into_iter().filter_map(|node| steps[node].take()).collect(),
        interrupted,
    }
}

/// What is known of the resources that one depends on.
#[derive(Default)]
struct Upstream {
    /// Outputs of all that exist now.
    now: Outputs,
    /// Outputs of those that will still be the same after the run.
    lasting: Outputs,
    /// Those that the run creates or replaces.
    renewed: BTreeSet<String>,
    /// Those that could not be read.
    unread: BTreeSet<String>,
}

impl Upstream {
    fn of(graph: &Graph, node: usize, steps: &[Option<Step>]) -> Self {
        let mut upstream = Self::default();
        for step in graph
            .upstream(node, Direction::Forward)
            .iter()
            .filter_map(|&node| steps[node].as_ref())
        {
            let renewed = matches!(step.action, Action::Create | Action::Replace);
            if renewed {
                upstream.renewed.insert(step.id.clone());
            }
            match &step.live {
                Some(live) => {
                    insert_outputs(&mut upstream.now, &step.id, live);
                    if !renewed && live.owner == Owner::Ours {
                        insert_outputs(&mut upstream.lasting, &step.id, live);
                    }
                }
                None if step.action == Action::Refuse => {
                    upstream.unread.insert(step.id.clone());
                }
                None => {}
            }
        }
        upstream
    }
}

/// Makes a live resource's attributes, and its physical id as `Ref`, available to those that refer to it.
pub(super) fn insert_outputs(outputs: &mut Outputs, id: &str, live: &Live) {
    let mut attributes = live.attributes.clone();
    attributes.insert("Ref".to_owned(), live.physical_id.clone());
    outputs.insert(id.to_owned(), attributes);
}

/// A context that reports into the event sink.
pub(super) fn context(id: &str, upstream_fresh: bool, started: Instant, events: &EventSink) -> Cx {
    let (id, events) = (id.to_owned(), events.clone());
    let report = move |state: &str| {
        events(Event::Waiting {
            id: id.clone(),
            state: state.to_owned(),
            elapsed: started.elapsed(),
        })
    };
    Cx::new(upstream_fresh, Arc::new(report))
}

async fn read_step(resource: Arc<dyn Resource>, intent: Intent, upstream: Upstream, events: &EventSink) -> Step {
    let mut step = Step {
        id: resource.id().to_owned(),
        kind: resource.kind().to_owned(),
        action: Action::Refuse,
        changed: Vec::new(),
        conditional: false,
        live: None,
        desired: Desired::default(),
        error: None,
    };
    match judge(resource.as_ref(), intent, &upstream, events, &mut step).await {
        Ok(verdict) => {
            step.action = verdict.action;
            step.changed = verdict.changed;
            step.conditional = verdict.conditional;
        }
        Err(error) => step.error = Some(Arc::new(error)),
    }
    step
}

/// Fills in what the step should be and what it is, as far as it gets, and decides what to do.
async fn judge(
    resource: &dyn Resource,
    intent: Intent,
    upstream: &Upstream,
    events: &EventSink,
    step: &mut Step,
) -> Result<Verdict, StepError> {
    // Reading and comparing use all outputs there are: those of a resource about to be replaced name its parts now.
    let now = guard(Call::Desired, async { resource.desired(&upstream.now) }).await?;
    step.desired = guard(Call::Desired, async { resource.desired(&upstream.lasting) }).await?;
    events(Event::Reading { id: step.id.clone() });
    let cx = context(&step.id, false, Instant::now(), events);
    step.live = guard(Call::Read, resource.read(&now.document, &cx)).await?;
    // Not found under a name that could not be worked out says nothing.
    if step.live.is_none()
        && let Some(unread) = now
            .unresolved
            .iter()
            .find(|path| upstream.unread.contains(&path.resource))
    {
        return Err(StepError::Hidden {
            path: unread.path.clone(),
            resource: unread.resource.clone(),
        });
    }
    match intent {
        Intent::Teardown => for_teardown(resource, step.live.as_ref()),
        Intent::Deploy => {
            let verdict = for_deploy(resource, &now, step.live.as_ref())?;
            let pending: Vec<&Unresolved> = step
                .desired
                .unresolved
                .iter()
                .filter(|path| upstream.renewed.contains(&path.resource))
                .collect();
            Ok(with_pending(verdict, resource, &pending))
        }
    }
}
