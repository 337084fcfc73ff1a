//! Carries out a plan: dispatch, failures, cancellation.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::JoinSet;

use super::apply::{Done, Job, is_young};
use super::error::StepError;
use super::event::{Event, EventSink};
use super::graph::{Direction, Graph};
use super::outcome::{Failure, Outcome, Skip};
use super::plan::{Options, context, insert_outputs};
use super::resource::{Outputs, Owner};
use super::step::{Action, Plan, Step};
use super::walk::Walk;

/// Carries out a plan of this graph. Each step starts the moment those it waits for are done.
///
/// A step that fails takes only those that wait for it, directly or not, with it; all others go on. After
/// `options.cancel` nothing new starts, what runs is awaited, and the rest is in [`Outcome::left`]. A step planned as
/// [`Action::NoOp`] makes no call at all unless something it depends on was changed by this run. Nothing is replaced
/// that the plan did not say: where that need comes to light only during the run (a part vanished with the whole that
/// was replaced, and had its own dependents), the step fails with [`StepError::Unplanned`] and the next plan shows it. Dropping the future stops the run where it stands; the same command again converges.
pub async fn execute(graph: &Graph, plan: Plan, options: &Options, events: &EventSink) -> Outcome {
    Run::new(graph, plan, options, events).drive().await
}

/// Where a node of the run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waiting,
    Running,
    /// Done, by this action.
    Done(Action),
    Failed,
    Skipped,
    /// Not started as the run was cancelled.
    Left,
}

struct Run<'a> {
    graph: &'a Graph,
    options: &'a Options,
    events: &'a EventSink,
    direction: Direction,
    walk: Walk,
    /// By node; taken when the step is begun.
    steps: Vec<Option<Step>>,
    fates: Vec<Fate>,
    running: JoinSet<(usize, Done)>,
    outcome: Outcome,
}

impl<'a> Run<'a> {
    fn new(graph: &'a Graph, plan: Plan, options: &'a Options, events: &'a EventSink) -> Self {
        let direction = plan.intent.direction();
        let mut outcome = Outcome {
            interrupted: plan.interrupted,
            ..Outcome::default()
        };
        let mut steps: Vec<Option<Step>> = vec![None; graph.len()];
        for step in plan.steps {
            if let Some(live) = step.live.as_ref().filter(|live| live.owner == Owner::Ours) {
                outcome.live.insert(step.id.clone(), live.clone());
            }
            if let Some(node) = graph.index(&step.id) {
                steps[node] = Some(step);
            }
        }
        Self {
            walk: Walk::new(graph, direction),
            fates: vec![Fate::Waiting; graph.len()],
            running: JoinSet::new(),
            graph,
            options,
            events,
            direction,
            steps,
            outcome,
        }
    }

    async fn drive(mut self) -> Outcome {
        let cancel = self.options.cancel.clone();
        let mut draining = false;
        loop {
            while self.running.len() < self.options.concurrency.max(1)
                && let Some(node) = self.walk.next()
            {
                self.begin(node);
            }
            if self.running.is_empty() {
                break;
            }
            tokio::select! {
                biased;
                () = cancel.cancelled(), if !draining => {
                    draining = true;
                    self.outcome.interrupted = true;
                    self.emit(Event::Draining { running: self.ids(Fate::Running) });
                }
                Some(joined) = self.running.join_next() => match joined {
                    Ok((node, done)) => self.settle(node, done),
                    // Calls of resources are guarded: only a panic of the event sink comes here.
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                },
            }
        }
        self.finish()
    }

    /// Settles a step that needs no call on the spot, and starts any other one.
    fn begin(&mut self, node: usize) {
        let Some(mut step) = self.steps[node].take() else {
            // Only an interrupted plan lacks steps.
            self.fates[node] = Fate::Left;
            return;
        };
        if let Some(error) = step.error.take() {
            self.fail(node, step.action, error, Duration::ZERO);
        } else if self.needs_no_call(node, &step) {
            self.succeed(node, step.action, None, Duration::ZERO);
        } else if self.outcome.interrupted || self.options.cancel.is_cancelled() {
            self.outcome.interrupted = true;
            self.fates[node] = Fate::Left;
        } else {
            self.fates[node] = Fate::Running;
            let job = self.job(node, step);
            self.running.spawn(async move { (node, job.run().await) });
        }
    }

    fn needs_no_call(&self, node: usize, step: &Step) -> bool {
        match step.action {
            Action::Keep | Action::Observe | Action::Refuse => true,
            Action::NoOp => self.direction == Direction::Reverse || !self.upstream_did(node, Action::is_change),
            _ => false,
        }
    }

    fn upstream_did(&self, node: usize, what: impl Fn(Action) -> bool) -> bool {
        let upstream = self.graph.upstream(node, self.direction);
        upstream
            .iter()
            .any(|&node| matches!(self.fates[node], Fate::Done(action) if what(action)))
    }

    fn job(&self, node: usize, step: Step) -> Job {
        let started = Instant::now();
        let mut outputs = Outputs::new();
        let mut fresh = self.upstream_did(node, Action::is_change);
        if self.direction == Direction::Forward {
            for &upstream in self.graph.upstream(node, self.direction) {
                if let Some(live) = self.outcome.live.get(self.graph.id(upstream)) {
                    insert_outputs(&mut outputs, self.graph.id(upstream), live);
                    fresh |= is_young(live.created_at, SystemTime::now());
                }
            }
        }
        Job {
            resource: self.graph.resource(node).clone(),
            cx: context(&step.id, fresh, started, self.events),
            renewed_upstream: self.upstream_did(node, |action| matches!(action, Action::Create | Action::Replace)),
            events: self.events.clone(),
            outputs,
            started,
            step,
        }
    }

    fn settle(&mut self, node: usize, done: Done) {
        let id = self.graph.id(node);
        let before = match done.live.filter(|live| live.owner == Owner::Ours) {
            Some(live) => self.outcome.live.insert(id.to_owned(), live),
            None => self.outcome.live.remove(id),
        };
        match done.result {
            Ok(()) => self.succeed(node, done.action, before.map(|live| live.physical_id), done.elapsed),
            Err(error) => self.fail(node, done.action, Arc::new(error), done.elapsed),
        }
    }

    /// `former` is the physical id it had before, the one to tell of what is gone.
    fn succeed(&mut self, node: usize, action: Action, former: Option<String>, elapsed: Duration) {
        let outcome = &mut self.outcome;
        match action {
            Action::Create => outcome.created += 1,
            Action::Update => outcome.updated += 1,
            Action::Replace => {
                outcome.updated += 1;
                outcome.replaced += 1;
            }
            Action::Delete => outcome.deleted += 1,
            Action::Keep => outcome.kept += 1,
            Action::Observe => {}
            Action::NoOp | Action::Refuse => outcome.unchanged += 1,
        }
        self.fates[node] = Fate::Done(action);
        self.walk.done(node);
        let (id, kind) = self.names(node);
        let physical_id = self
            .outcome
            .live
            .get(&id)
            .map(|live| live.physical_id.clone())
            .or(former);
        self.emit(Event::Finished {
            id,
            kind,
            action,
            physical_id,
            elapsed,
        });
    }

    /// The walk is never told that `node` is done, so nothing downstream becomes ready.
    fn fail(&mut self, node: usize, action: Action, error: Arc<StepError>, elapsed: Duration) {
        self.fates[node] = Fate::Failed;
        let (id, kind) = self.names(node);
        self.emit(Event::Failed {
            id: id.clone(),
            kind: kind.clone(),
            action,
            error: error.chain(),
            elapsed,
        });
        self.outcome.failed.push(Failure {
            id: id.clone(),
            kind,
            action,
            error,
        });
        let mut pending = self.graph.downstream(node, self.direction).to_vec();
        while let Some(next) = pending.pop() {
            if self.fates[next] == Fate::Waiting {
                self.fates[next] = Fate::Skipped;
                let skipped = self.graph.id(next).to_owned();
                self.emit(Event::Skipped {
                    id: skipped.clone(),
                    because: id.clone(),
                });
                self.outcome.skipped.push(Skip {
                    id: skipped,
                    because: id.clone(),
                });
                pending.extend_from_slice(self.graph.downstream(next, self.direction));
            }
        }
    }

    fn finish(mut self) -> Outcome {
        for node in 0..self.graph.len() {
            // Behind a step that was left; a no-op that was not reached is no work left.
            if self.fates[node] == Fate::Waiting && self.steps[node].as_ref().is_none_or(|step| step.action.is_change())
            {
                self.fates[node] = Fate::Left;
            }
        }
        self.outcome.left = self.ids(Fate::Left);
        self.outcome
    }

    fn ids(&self, fate: Fate) -> Vec<String> {
        let order = self.graph.order(self.direction).into_iter();
        order
            .filter(|&node| self.fates[node] == fate)
            .map(|node| self.graph.id(node).to_owned())
            .collect()
    }

    fn names(&self, node: usize) -> (String, String) {
        let resource = self.graph.resource(node);
        (resource.id().to_owned(), resource.kind().to_owned())
    }

    fn emit(&self, event: Event) {
        (self.events)(event)
    }
}
