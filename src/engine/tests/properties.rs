//! What holds for every graph and at every point of failure.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::fake::{Edge, Node, graph};
use super::world::{Fault, World, orphans};
use super::{command, planned, run, silent};
use crate::engine::{Action, Condition, Graph, Intent, Options, Outcome, Step, StepError, execute};

fn ids(count: usize) -> Vec<String> {
    // Ids in another order than that of the dependencies.
    (0..count).map(|n| format!("n{:03}", (n * 37 + 11) % 101)).collect()
}

fn edge() -> impl Strategy<Value = Option<Edge>> {
    prop_oneof![
        5 => Just(None),
        2 => Just(Some(Edge::Value)),
        1 => Just(Some(Edge::Order)),
        1 => Just(Some(Edge::Identity)),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        Just(Condition::Steady),
        Just(Condition::Settling),
        Just(Condition::Lost)
    ]
}

/// A random acyclic graph of up to `most` nodes.
fn nodes(most: usize) -> impl Strategy<Value = Vec<Node>> {
    let node = (
        proptest::collection::vec(edge(), most),
        condition(),
        any::<bool>(),
        any::<bool>(),
    );
    proptest::collection::vec(node, 1..=most).prop_map(|drawn| {
        let ids = ids(drawn.len());
        let made = drawn
            .into_iter()
            .enumerate()
            .map(|(n, (edges, partial, stable, inside))| Node {
                edges: edges
                    .into_iter()
                    .take(n)
                    .enumerate()
                    .filter_map(|(m, e)| Some((ids[m].clone(), e?)))
                    .collect(),
                partial,
                stable,
                inside,
                ..Node::new(&ids[n], &[])
            });
        made.collect()
    })
}

/// The same graph before and after some settings changed.
fn revisions(most: usize) -> impl Strategy<Value = (Vec<Node>, Vec<Node>)> {
    (nodes(most), proptest::collection::vec(0..6_u8, most)).prop_map(|(before, changes)| {
        let mut after = before.clone();
        for (node, change) in after.iter_mut().zip(changes) {
            match change {
                0 => node.label = 2,
                1 | 2 => node.size = 2,
                _ => {}
            }
        }
        (before, after)
    })
}

/// Plans and executes with a fault at the `at`-th call; `None` if it killed the run. True if the fault was reached.
fn broken(world: &Arc<World>, graph: &Graph, intent: Intent, at: usize, fault: Fault) -> (Option<Outcome>, bool) {
    world.arm(Some((at, fault)));
    let outcome = run(async {
        tokio::select! {
            outcome = command(graph, intent) => Some(outcome),
            () = world.killed.notified() => None,
        }
    });
    let reached = world.state().calls >= at;
    world.arm(None);
    (outcome, reached)
}

/// Deploys, and proves that nothing is left to do.
fn settles(world: &Arc<World>, graph: &Graph) -> Result<(), TestCaseError> {
    let mut outcome = run(command(graph, Intent::Deploy));
    // A replacement that no plan could foresee is refused once, and is in the next plan.
    while !outcome.failed.is_empty()
        && outcome
            .failed
            .iter()
            .all(|failure| matches!(&*failure.error, StepError::Unplanned { .. }))
    {
        let refused: BTreeSet<String> = outcome.failed.iter().map(|failure| failure.id.clone()).collect();
        let plan = run(planned(graph, Intent::Deploy));
        let now_foreseen = |step: &Step| step.action == Action::Replace || !refused.contains(&step.id);
        prop_assert!(plan.steps.iter().all(now_foreseen));
        outcome = run(execute(graph, plan, &Options::default(), &silent()));
    }
    prop_assert!(outcome.is_complete(), "{:?} {:?}", outcome.failed, outcome.skipped);
    let plan = run(planned(graph, Intent::Deploy));
    prop_assert_eq!(plan.counts().unchanged, graph.len(), "{:?}", plan.steps);
    world.arm(None);
    let idle = run(execute(graph, plan, &Options::default(), &silent()));
    prop_assert_eq!((idle.unchanged, world.state().calls), (graph.len(), 0));
    Ok(())
}

fn vanishes(world: &Arc<World>, graph: &Graph) -> Result<(), TestCaseError> {
    let outcome = run(command(graph, Intent::Teardown));
    prop_assert!(outcome.is_complete(), "{:?} {:?}", outcome.failed, outcome.skipped);
    prop_assert!(world.state().objects.is_empty() && outcome.live.is_empty());
    prop_assert_eq!(run(planned(graph, Intent::Teardown)).changes().count(), 0);
    Ok(())
}

/// Breaks `command` at every call in turn, each time from the world that `prepare` makes, and then repeats it.
fn converges(
    prepare: impl Fn() -> (Arc<World>, Graph),
    intent: Intent,
    fault: &Fault,
    check: fn(&Arc<World>, &Graph) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    for at in 1.. {
        let (world, graph) = prepare();
        let (_, reached) = broken(&world, &graph, intent, at, fault.clone());
        if intent == Intent::Teardown {
            prop_assert!(
                orphans(&world).is_empty(),
                "something was deleted before what depends on it"
            );
        }
        check(&world, &graph)?;
        if !reached {
            break;
        }
    }
    Ok(())
}

fn deployed(nodes: &[Node]) -> Arc<World> {
    let world = Arc::new(World::default());
    let outcome = run(command(&graph(&world, nodes), Intent::Deploy));
    assert!(outcome.is_complete(), "{outcome:?}");
    world.arm(None);
    world
}

/// Everything that can be reached from `id` along dependents (or dependencies, for teardown), `id` left out.
fn reachable(nodes: &[Node], id: &str, intent: Intent) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![id.to_owned()];
    while let Some(id) = pending.pop() {
        let next: Vec<String> = match intent {
            Intent::Deploy => nodes
                .iter()
                .filter(|n| n.edges.contains_key(&id))
                .map(|n| n.id.clone())
                .collect(),
            Intent::Teardown => nodes
                .iter()
                .filter(|n| n.id == id)
                .flat_map(|n| n.edges.keys().cloned())
                .collect(),
        };
        pending.extend(next.into_iter().filter(|id| found.insert(id.clone())));
    }
    found
}

/// The same few cases every time; with `PROPTEST_CASES` set, that many new ones.
fn config() -> ProptestConfig {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig {
            cases: 32,
            rng_seed: RngSeed::Fixed(1),
            ..config
        },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn apply_then_plan_is_a_no_op_and_teardown_leaves_nothing((before, after) in revisions(10)) {
        let world = Arc::new(World::default());
        settles(&world, &graph(&world, &before))?;
        settles(&world, &graph(&world, &after))?;
        vanishes(&world, &graph(&world, &after))?;
    }

    #[test]
    fn a_broken_first_deploy_converges(nodes in nodes(6)) {
        let prepare = || { let world = Arc::new(World::default()); let graph = graph(&world, &nodes); (world, graph) };
        for fault in [Fault::Kill, Fault::Fail] {
            converges(prepare, Intent::Deploy, &fault, settles)?;
        }
    }

    #[test]
    fn a_broken_change_converges((before, after) in revisions(5)) {
        let prepare = || { let world = deployed(&before); let graph = graph(&world, &after); (world, graph) };
        for fault in [Fault::Kill, Fault::Fail] {
            converges(prepare, Intent::Deploy, &fault, settles)?;
        }
    }

    #[test]
    fn a_broken_teardown_converges(nodes in nodes(6)) {
        let prepare = || { let world = deployed(&nodes); let graph = graph(&world, &nodes); (world, graph) };
        for fault in [Fault::Kill, Fault::Fail] {
            converges(prepare, Intent::Teardown, &fault, vanishes)?;
        }
    }

    #[test]
    fn a_broken_deploy_can_be_torn_down(nodes in nodes(6)) {
        let prepare = || { let world = Arc::new(World::default()); let graph = graph(&world, &nodes); (world, graph) };
        converges(prepare, Intent::Deploy, &Fault::Kill, vanishes)?;
    }

    #[test]
    fn failures_skip_exactly_the_descendants(nodes in nodes(10), pick in any::<prop::sample::Index>()) {
        for intent in [Intent::Deploy, Intent::Teardown] {
            let world = if intent == Intent::Deploy { Arc::new(World::default()) } else { deployed(&nodes) };
            let graph = graph(&world, &nodes);
            let plan = run(planned(&graph, intent));
            // Somewhere among the calls that a whole run makes.
            world.arm(Some((1 + pick.index(nodes.len() * 3), Fault::Fail)));
            let outcome = run(execute(&graph, plan, &Options::default(), &silent()));
            prop_assert_eq!(outcome.failed.len(), 1);
            let failed = outcome.failed[0].id.clone();
            let skipped: BTreeSet<String> = outcome.skipped.iter().map(|skip| skip.id.clone()).collect();
            prop_assert_eq!(&skipped, &reachable(&nodes, &failed, intent));
            prop_assert!(outcome.skipped.iter().all(|skip| skip.because == failed));
            prop_assert_eq!(outcome.created + outcome.deleted, nodes.len() - 1 - skipped.len());
        }
    }

    #[test]
    fn cancelling_starts_nothing_new(nodes in nodes(10), at in 1..30_usize, concurrency in 1..5_usize) {
        for intent in [Intent::Deploy, Intent::Teardown] {
            let world = if intent == Intent::Deploy { Arc::new(World::default()) } else { deployed(&nodes) };
            let graph = graph(&world, &nodes);
            let options = Options { concurrency, ..Options::default() };
            let plan = run(planned(&graph, intent));
            world.arm(Some((at, Fault::Cancel(options.cancel.clone()))));
            let outcome = run(execute(&graph, plan, &options, &silent()));
            prop_assert!(world.state().peak <= concurrency);
            prop_assert!(outcome.failed.is_empty() && outcome.skipped.is_empty());
            let done = outcome.created + outcome.deleted;
            prop_assert_eq!(done + outcome.left.len(), nodes.len(), "each is done or left, none half way");
            prop_assert!(outcome.left.is_empty() || outcome.interrupted);
            prop_assert_eq!(world.state().writes, done);
            if intent == Intent::Deploy { settles(&world, &graph)? } else { vanishes(&world, &graph)? }
        }
    }
}
