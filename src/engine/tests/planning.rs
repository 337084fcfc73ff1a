//! What plans say.

use std::sync::Arc;

use serde_json::json;

use super::fake::{Edge, Node, graph};
use super::world::{Fault, World};
use super::{command, planned, recorder, run};
use crate::engine::{Action, Condition, Event, Intent, Options, Owner, Plan, Step, StepError, plan};

fn step<'a>(plan: &'a Plan, id: &str) -> &'a Step {
    plan.steps.iter().find(|step| step.id == id).expect("a step")
}

/// a <- b <- c, deployed.
fn deployed() -> (Arc<World>, Vec<Node>) {
    let world = Arc::new(World::default());
    let nodes = vec![Node::new("a", &[]), Node::new("b", &["a"]), Node::new("c", &["b"])];
    assert!(run(command(&graph(&world, &nodes), Intent::Deploy)).is_complete());
    world.arm(None);
    (world, nodes)
}

#[test]
fn planning_reads_and_writes_nothing() {
    let (world, nodes) = deployed();
    let (sink, events) = recorder();
    let plan = run(plan(&graph(&world, &nodes), Intent::Deploy, &Options::default(), &sink));
    assert_eq!(plan.counts().unchanged, 3);
    assert_eq!(plan.changes().count(), 0);
    assert_eq!(world.made(), (3, 0));
    let reading = ["a", "b", "c"].map(|id| Event::Reading { id: id.to_owned() });
    assert_eq!(*events.lock().expect("events"), reading);
}

#[test]
fn a_changed_setting_is_an_update_and_nothing_else_is() {
    let (world, mut nodes) = deployed();
    nodes[1].size = 2;
    let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
    assert_eq!(step(&plan, "b").action, Action::Update);
    assert_eq!(step(&plan, "b").changed, ["/Size"]);
    assert!(!step(&plan, "b").conditional);
    assert_eq!(plan.changes().count(), 1);
}

#[test]
fn dependents_of_what_is_replaced_are_conditional() {
    let (world, mut nodes) = deployed();
    nodes[0].label = 2;
    nodes[1].edges.insert("a".to_owned(), Edge::Identity);
    nodes[1].size = 2;
    // It is found by the name of its parent, which is known as long as the parent stands.
    nodes[1].inside = true;
    world.state().objects.get_mut("b").expect("b").document =
        json!({"Size": 1, "Label": 1, "Parents": {"a": "arn:a:1"}});
    let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
    let actions: Vec<_> = plan
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.action, step.conditional))
        .collect();
    let expected = [
        ("a", Action::Replace, false),
        ("b", Action::Replace, true),
        ("c", Action::Update, true),
    ];
    assert_eq!(actions, expected);
    assert_eq!(step(&plan, "b").changed, ["/Parents/a", "/Size"]);
    assert_eq!(step(&plan, "c").changed, ["/Refs/b"]);
    // A retained resource is never threatened with replacement on suspicion.
    nodes[1].retained = true;
    let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
    assert_eq!(step(&plan, "b").action, Action::Update);
}

#[test]
fn a_dependent_of_something_missing_is_still_read() {
    let (world, nodes) = deployed();
    world.state().objects.remove("a");
    let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
    assert_eq!(step(&plan, "a").action, Action::Create);
    let b = step(&plan, "b");
    assert_eq!(
        (b.action, b.conditional, b.live.is_some()),
        (Action::Update, true, true)
    );
    assert_eq!(b.desired.document["Refs"]["a"], json!(null));
    assert_eq!(step(&plan, "c").action, Action::NoOp);
}

#[test]
fn what_is_foreign_is_refused_both_ways() {
    let (world, nodes) = deployed();
    world.state().objects.get_mut("b").expect("b").owner = Owner::Foreign {
        claim: "no tags".to_owned(),
    };
    for intent in [Intent::Deploy, Intent::Teardown] {
        let plan = run(planned(&graph(&world, &nodes), intent));
        let refused = step(&plan, "b");
        assert_eq!(refused.action, Action::Refuse);
        let error = refused.error.as_ref().expect("an error").to_string();
        assert!(
            error.contains("'b' exists already") && error.contains("no tags"),
            "{error}"
        );
        assert_eq!(
            step(&plan, "c").action,
            if intent == Intent::Deploy {
                Action::NoOp
            } else {
                Action::Delete
            }
        );
    }
}

#[test]
fn a_failed_read_is_refused_with_its_cause_and_the_rest_is_planned() {
    for fault in [Fault::Fail, Fault::Panic] {
        let (world, nodes) = deployed();
        world.arm(Some((1, fault)));
        let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
        let error = step(&plan, "a").error.as_ref().expect("an error").chain();
        assert!(
            error.starts_with("reading it ") && error.ends_with("at call 1"),
            "{error}"
        );
        assert_eq!(
            plan.steps.iter().map(|step| step.action).collect::<Vec<_>>(),
            [Action::Refuse, Action::NoOp, Action::NoOp]
        );
    }
}

#[test]
fn a_part_is_not_missing_because_its_whole_could_not_be_read() {
    let (world, mut nodes) = deployed();
    nodes[1].edges.insert("a".to_owned(), Edge::Identity);
    nodes[1].inside = true;
    world.arm(Some((1, Fault::Fail)));
    let plan = run(planned(&graph(&world, &nodes), Intent::Teardown));
    assert!(matches!(step(&plan, "b").error.as_deref(), Some(StepError::Hidden { resource, .. }) if resource == "a"));
}

#[test]
fn retained_resources_are_kept_and_never_replaced() {
    let (world, mut nodes) = deployed();
    nodes[1].retained = true;
    let plan = run(planned(&graph(&world, &nodes), Intent::Teardown));
    let actions: Vec<_> = plan.steps.iter().map(|step| (step.id.as_str(), step.action)).collect();
    assert_eq!(
        actions,
        [("c", Action::Delete), ("b", Action::Keep), ("a", Action::Delete)]
    );
    nodes[1].label = 2;
    let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
    let error = step(&plan, "b").error.clone().expect("an error");
    assert!(matches!(&*error, StepError::Retained { changed, .. } if changed == &["/Label"]));
}

#[test]
fn passing_states_are_not_taken_for_finished() {
    for (condition, expected) in [
        (Condition::Settling, Action::Update),
        (Condition::Lost, Action::Replace),
    ] {
        let (world, mut nodes) = deployed();
        nodes[0].partial = condition;
        world.state().objects.get_mut("a").expect("a").state = "PARTIAL";
        let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
        assert_eq!((step(&plan, "a").action, step(&plan, "a").changed.len()), (expected, 0));
        nodes[0].retained = true;
        let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
        let refused = matches!(step(&plan, "a").error.as_deref(), Some(StepError::RetainedLost { .. }));
        assert_eq!(refused, condition == Condition::Lost);
    }
}

#[test]
fn a_cancelled_plan_says_so_and_does_nothing() {
    let (world, mut nodes) = deployed();
    nodes[0].size = 9;
    nodes[2].size = 9;
    let graph = graph(&world, &nodes);
    let options = Options::default();
    world.arm(Some((2, Fault::Cancel(options.cancel.clone()))));
    let (sink, _) = recorder();
    let plan = run(plan(&graph, Intent::Deploy, &options, &sink));
    assert!(plan.interrupted);
    assert_eq!((plan.steps.len(), plan.steps[0].action), (1, Action::Update));
    let outcome = run(crate::engine::execute(&graph, plan, &Options::default(), &sink));
    assert!(outcome.interrupted && outcome.left == ["a", "b", "c"]);
    assert_eq!(world.state().writes, 0);
}

#[test]
fn plans_serialise_without_documents() {
    let (world, mut nodes) = deployed();
    nodes[2].size = 77;
    let plan = run(planned(&graph(&world, &nodes), Intent::Deploy));
    let text = serde_json::to_value(&plan).expect("JSON");
    assert_eq!(text["intent"], "deploy");
    assert_eq!(
        text["steps"][2],
        json!({"id": "c", "type": "Test::Object", "action": "update", "changed": ["/Size"], "conditional": false,
            "physical_id": "c", "state": "ACTIVE", "error": null})
    );
}
