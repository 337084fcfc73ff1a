//! What runs do.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fake::{Edge, Node, graph};
use super::world::{Fault, World};
use super::{command, planned, recorder, run, silent};
use crate::engine::{Action, Condition, Event, Intent, Options, Owner, StepError, execute};

fn chain() -> Vec<Node> {
    vec![
        Node::new("a", &[]),
        Node::new("b", &["a"]),
        Node::new("c", &["b"]),
        Node::new("x", &[]),
    ]
}

#[test]
fn a_second_deploy_makes_no_call_beyond_reading() {
    let world = Arc::new(World::default());
    let graph = graph(&world, &chain());
    let first = run(command(&graph, Intent::Deploy));
    assert_eq!((first.created, first.unchanged), (4, 0));
    assert!(first.is_complete());
    let plan = run(planned(&graph, Intent::Deploy));
    world.arm(None);
    let second = run(execute(&graph, plan, &Options::default(), &silent()));
    assert_eq!((second.created, second.unchanged, second.live.len()), (0, 4, 4));
    assert_eq!(world.made(), (0, 0));
}

#[test]
fn every_resource_ends_with_one_event() {
    let world = Arc::new(World::default());
    let graph = graph(&world, &chain());
    let plan = run(planned(&graph, Intent::Deploy));
    let (sink, events) = recorder();
    run(execute(&graph, plan, &Options::default(), &sink));
    let events = events.lock().expect("events");
    let of = |wanted: &str| -> Vec<&str> {
        let named = |event: &Event| match event {
            Event::Reading { .. } => "reading",
            Event::Started { .. } => "started",
            Event::Waiting { .. } => "waiting",
            Event::Finished { .. } => "finished",
            _ => "other",
        };
        events
            .iter()
            .filter(|event| {
                matches!(event, Event::Started { id, .. } | Event::Waiting { id, .. }
            | Event::Finished { id, .. } | Event::Reading { id } if id == wanted)
            })
            .map(named)
            .collect()
    };
    assert_eq!(of("a"), ["started", "waiting", "finished"]);
    // Its name may depend on what was missing at planning, so it is looked for again.
    assert_eq!(of("b"), ["reading", "started", "waiting", "finished"]);
    let last = serde_json::to_value(&events[events.len() - 1]).expect("JSON");
    assert_eq!(
        (&last["event"], &last["id"], &last["action"]),
        (&"finished".into(), &"c".into(), &"create".into())
    );
    assert!(last["seconds"].is_f64());
}

#[test]
fn a_failure_takes_its_descendants_and_nobody_else() {
    for fault in [Fault::Fail, Fault::Panic] {
        let world = Arc::new(World::default());
        let graph = graph(&world, &chain());
        let plan = run(planned(&graph, Intent::Deploy));
        world.arm(Some((1, fault)));
        let (sink, events) = recorder();
        let outcome = run(execute(&graph, plan, &Options::default(), &sink));
        assert_eq!(outcome.failed.len(), 1);
        assert_eq!(
            (outcome.failed[0].id.as_str(), outcome.failed[0].action),
            ("a", Action::Create)
        );
        assert!(outcome.failed[0].error.chain().ends_with("at call 1"));
        let skipped: Vec<_> = outcome
            .skipped
            .iter()
            .map(|s| (s.id.as_str(), s.because.as_str()))
            .collect();
        assert_eq!(skipped, [("b", "a"), ("c", "a")]);
        assert_eq!((outcome.created, outcome.is_complete()), (1, false));
        let skips = events
            .lock()
            .expect("events")
            .iter()
            .filter(|e| matches!(e, Event::Skipped { .. }))
            .count();
        assert_eq!(skips, 2);
        assert_eq!(
            serde_json::to_value(&outcome).expect("JSON")["live"]["x"]["physical_id"],
            "x"
        );
    }
}

#[test]
fn a_refused_step_fails_and_its_descendants_are_skipped() {
    let world = Arc::new(World::default());
    let nodes = chain();
    let graph = graph(&world, &nodes);
    run(command(&graph, Intent::Deploy));
    world.state().objects.get_mut("b").expect("b").owner = Owner::Foreign {
        claim: "no tags".to_owned(),
    };
    world.arm(None);
    let outcome = run(command(&graph, Intent::Teardown));
    assert_eq!(outcome.deleted, 2, "c and x");
    assert_eq!(outcome.failed[0].id, "b");
    assert!(matches!(&*outcome.failed[0].error, StepError::Foreign { .. }));
    assert_eq!(outcome.skipped[0].id, "a");
    assert!(!outcome.live.contains_key("b"), "not ours");
    assert!(world.state().objects.contains_key("b"));
}

#[test]
fn a_replaced_resource_moves_those_that_refer_to_it() {
    let world = Arc::new(World::default());
    let mut nodes = chain();
    nodes[3].edges.insert("a".to_owned(), Edge::Order);
    nodes[3].inside = true;
    run(command(&graph(&world, &nodes), Intent::Deploy));
    nodes[0].label = 2;
    world.arm(None);
    let graph = graph(&world, &nodes);
    let outcome = run(command(&graph, Intent::Deploy));
    // a is replaced, b follows its new attribute, c does not change, x went away with a and is made again.
    assert_eq!(
        (outcome.replaced, outcome.updated, outcome.created, outcome.unchanged),
        (1, 2, 1, 1)
    );
    assert!(world.state().fresh["b"]);
    assert!(outcome.is_complete());
    assert_eq!(run(planned(&graph, Intent::Deploy)).counts().unchanged, 4);
}

#[test]
fn a_conditional_change_that_does_not_come_true_is_no_change() {
    let world = Arc::new(World::default());
    let mut nodes = chain();
    nodes[0].stable = true;
    nodes[1].edges.insert("a".to_owned(), Edge::Identity);
    run(command(&graph(&world, &nodes), Intent::Deploy));
    world.state().objects.remove("a");
    let graph = graph(&world, &nodes);
    let plan = run(planned(&graph, Intent::Deploy));
    assert_eq!(plan.counts().replace, 1);
    world.arm(None);
    let outcome = run(execute(&graph, plan, &Options::default(), &silent()));
    assert_eq!((outcome.created, outcome.updated, outcome.unchanged), (1, 0, 3));
    assert_eq!(world.state().writes, 1);
}

#[test]
fn nothing_is_replaced_that_the_plan_did_not_say() {
    let world = Arc::new(World::default());
    let mut nodes = chain();
    nodes[1].retained = true;
    nodes[1].edges.insert("a".to_owned(), Edge::Identity);
    run(command(&graph(&world, &nodes), Intent::Deploy));
    nodes[0].label = 2;
    let outcome = run(command(&graph(&world, &nodes), Intent::Deploy));
    assert!(matches!(&*outcome.failed[0].error, StepError::Retained { .. }));
    // The same for one that is not retained, changed by another hand between plan and execution.
    nodes[1].retained = false;
    nodes[1].edges.insert("a".to_owned(), Edge::Value);
    let graph = graph(&world, &nodes);
    world.state().objects.remove("a");
    let plan = run(planned(&graph, Intent::Deploy));
    assert_eq!(plan.steps[1].action, Action::Update);
    world.state().objects.get_mut("b").expect("b").document["Label"] = 7.into();
    let outcome = run(execute(&graph, plan, &Options::default(), &silent()));
    assert!(matches!(&*outcome.failed[0].error, StepError::Unplanned { changed, .. } if changed[0] == "/Label"));
    assert!(world.state().objects.contains_key("b"));
}

#[test]
fn a_node_starts_when_its_own_dependencies_are_done() {
    let world = Arc::new(World::default());
    let mut nodes = chain();
    // Level barriers would wait for x before b, and x is done only after c.
    nodes[3].outlasts = Some("c".to_owned());
    let outcome = run(command(&graph(&world, &nodes), Intent::Deploy));
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
}

#[test]
fn the_bound_on_concurrency_is_used_and_held() {
    let nodes: Vec<Node> = (0..10).map(|n| Node::new(&format!("n{n}"), &[])).collect();
    for (concurrency, peak) in [(0, 1), (1, 1), (3, 3), (16, 10)] {
        let world = Arc::new(World::default());
        let graph = graph(&world, &nodes);
        let options = Options {
            concurrency,
            ..Options::default()
        };
        let plan = run(crate::engine::plan(&graph, Intent::Deploy, &options, &silent()));
        assert_eq!(world.state().peak, peak);
        world.arm(None);
        run(execute(&graph, plan, &options, &silent()));
        assert_eq!(world.state().peak, peak);
        assert_eq!(world.state().objects.len(), 10);
    }
}

#[test]
fn cancelling_drains_and_starts_nothing_new() {
    let world = Arc::new(World::default());
    let graph = graph(&world, &chain());
    let options = Options {
        concurrency: 1,
        ..Options::default()
    };
    let plan = run(planned(&graph, Intent::Deploy));
    world.arm(Some((2, Fault::Cancel(options.cancel.clone()))));
    let (sink, events) = recorder();
    let outcome = run(execute(&graph, plan, &options, &sink));
    assert!(outcome.interrupted);
    assert_eq!(
        (outcome.created, &outcome.left[..]),
        (1, &["b", "c", "x"].map(str::to_owned)[..])
    );
    assert_eq!(world.state().log, ["create a"]);
    assert_eq!(world.state().objects["a"].state, "ACTIVE", "drained, not dropped");
    let draining = Event::Draining {
        running: vec!["a".to_owned()],
    };
    assert!(events.lock().expect("events").contains(&draining));
}

#[test]
fn a_run_cancelled_beforehand_starts_nothing() {
    let world = Arc::new(World::default());
    let graph = graph(&world, &chain());
    let plan = run(planned(&graph, Intent::Deploy));
    world.arm(None);
    let options = Options::default();
    options.cancel.cancel();
    let outcome = run(execute(&graph, plan, &options, &silent()));
    assert!(outcome.interrupted);
    assert_eq!((outcome.left.len(), world.state().calls), (4, 0));
}

#[test]
fn an_update_that_changes_an_attribute_is_followed() {
    let world = Arc::new(World::default());
    let mut nodes = chain();
    nodes[0].versioned = true;
    run(command(&graph(&world, &nodes), Intent::Deploy));
    nodes[0].size = 2;
    let changed = graph(&world, &nodes);
    let plan = run(planned(&changed, Intent::Deploy));
    assert_eq!(
        plan.changes().count(),
        1,
        "that the attribute follows cannot be known before"
    );
    let outcome = run(execute(&changed, plan, &Options::default(), &silent()));
    assert_eq!((outcome.updated, outcome.unchanged), (2, 2));
    assert_eq!(run(planned(&changed, Intent::Deploy)).counts().unchanged, 4);
}

#[test]
fn freshness_reaches_those_that_depend_on_a_change() {
    let world = Arc::new(World::default());
    let mut nodes = chain();
    run(command(&graph(&world, &nodes), Intent::Deploy));
    let fresh: BTreeSet<String> = world
        .state()
        .fresh
        .iter()
        .filter(|(_, fresh)| **fresh)
        .map(|(id, _)| id.clone())
        .collect();
    assert_eq!(fresh, BTreeSet::from(["b".to_owned(), "c".to_owned()]));
    nodes[2].size = 5;
    run(command(&graph(&world, &nodes), Intent::Deploy));
    assert!(!world.state().fresh["c"], "b was not changed in this run");
}

#[test]
fn a_resource_left_half_way_is_finished_before_others_build_on_it() {
    for condition in [Condition::Steady, Condition::Settling, Condition::Lost] {
        let world = Arc::new(World::default());
        let mut nodes = chain();
        nodes[0].partial = condition;
        let graph = graph(&world, &nodes);
        let plan = run(planned(&graph, Intent::Deploy));
        world.arm(Some((3, Fault::Kill)));
        let (options, events) = (Options::default(), silent());
        run(async {
            tokio::select! {
                _ = execute(&graph, plan, &options, &events) => panic!("was killed"),
                () = world.killed.notified() => {}
            }
        });
        world.arm(None);
        assert_eq!(world.state().objects["a"].state, "PARTIAL");
        let outcome = run(command(&graph, Intent::Deploy));
        assert!(outcome.is_complete(), "{condition:?}: {outcome:?}");
        assert_eq!(world.state().objects["a"].state, "ACTIVE");
    }
}
