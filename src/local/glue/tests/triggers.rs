use aws_sdk_glue::types::{Action, Condition, Logical, Predicate, TriggerState, TriggerType, TriggerUpdate};

use super::*;
use crate::local::scheduler::Timetable;

fn action(job: &str) -> Action {
    Action::builder().job_name(job).arguments("--by", "trigger").build()
}

fn condition(job: &str, state: JobRunState) -> Condition {
    Condition::builder().job_name(job).state(state).build()
}

async fn runs(client: &Client, job: &str) -> Vec<JobRun> {
    client
        .get_job_runs()
        .job_name(job)
        .send()
        .await
        .unwrap()
        .job_runs
        .unwrap()
}

async fn until_runs(client: &Client, job: &str, count: usize) -> Vec<JobRun> {
    for _ in 0..2000 {
        let found = runs(client, job).await;
        let ended = found.iter().all(|run| run.completed_on().is_some());
        if found.len() >= count && ended {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{job} does not get {count} runs");
}

async fn state(client: &Client, name: &str) -> TriggerState {
    client
        .get_trigger()
        .name(name)
        .send()
        .await
        .unwrap()
        .trigger
        .unwrap()
        .state
        .unwrap()
}

#[tokio::test]
async fn a_scheduled_trigger_fires_when_it_is_due_and_only_while_it_is_activated() {
    let world = World::new();
    let client = world.job("succeed").await;
    let create = client
        .create_trigger()
        .name("t")
        .r#type(TriggerType::Scheduled)
        .schedule("cron(0 12 * * ? *)");
    create.actions(action("j")).send().await.unwrap();
    assert_eq!(state(&client, "t").await, TriggerState::Created);
    let at = |hours: i64| Timestamp::from_second(NOW + hours * 3600).unwrap();
    assert_eq!(world.glue().fire_due(at(0), at(3)).unwrap(), None);
    client.start_trigger().name("t").send().await.unwrap();
    assert_eq!(state(&client, "t").await, TriggerState::Activated);
    assert_eq!(world.glue().fire_due(at(0), at(1)).unwrap(), Some(at(2)));
    assert_eq!(world.glue().fire_due(at(1), at(2)).unwrap(), Some(at(26)));
    let run = until_runs(&client, "j", 1).await.remove(0);
    assert_eq!(
        (run.trigger_name(), run.arguments().unwrap()["--by"].as_str()),
        (Some("t"), "trigger")
    );
    client.stop_trigger().name("t").send().await.unwrap();
    assert_eq!(state(&client, "t").await, TriggerState::Deactivated);
    assert_eq!(world.glue().fire_due(at(2), at(50)).unwrap(), None);
    assert_eq!(runs(&client, "j").await.len(), 1);
}

#[tokio::test]
async fn the_schedule_is_watched_while_it_is_served() {
    let world = World::new();
    let client = world.job("succeed").await;
    world.glue().start_schedule();
    let create = client
        .create_trigger()
        .name("t")
        .r#type(TriggerType::Scheduled)
        .schedule("cron(0/5 * * * ? *)");
    create
        .actions(action("j"))
        .start_on_creation(true)
        .send()
        .await
        .unwrap();
    // The clock jumps, and a change wakes the watch: it sees that the trigger fell due meanwhile.
    world.clock.store(NOW + 301, Ordering::SeqCst);
    client.delete_trigger().name("other").send().await.unwrap();
    until_runs(&client, "j", 1).await;
    world.glue().stop().await;
}

#[tokio::test]
async fn a_trigger_on_demand_starts_its_jobs_now() {
    let world = World::new();
    let client = world.job("wait").await;
    let create = client
        .create_trigger()
        .name("t")
        .r#type(TriggerType::OnDemand)
        .actions(action("j"));
    create.send().await.unwrap();
    client.start_trigger().name("t").send().await.unwrap();
    assert_eq!(state(&client, "t").await, TriggerState::Created);
    let (code, _) = refused!(client.start_trigger().name("t"));
    assert_eq!(code, "ConcurrentRunsExceededException");
    assert_eq!(refused!(client.stop_trigger().name("t")).0, "InvalidInputException");
    world.cloud.gate.store(true, Ordering::SeqCst);
    until_runs(&client, "j", 1).await;
}

#[tokio::test]
async fn a_conditional_trigger_fires_once_all_its_conditions_are_met_by_triggered_runs() {
    let world = World::new();
    let client = world.client();
    for job in ["a", "b", "c", "d"] {
        new_job(&client, job).send().await.unwrap();
    }
    let both = Predicate::builder()
        .logical(Logical::And)
        .conditions(condition("a", JobRunState::Succeeded))
        .conditions(condition("b", JobRunState::Succeeded));
    let after = |name: &str| {
        client
            .create_trigger()
            .name(name)
            .r#type(TriggerType::Conditional)
            .start_on_creation(true)
    };
    after("then")
        .predicate(both.build())
        .actions(action("c"))
        .send()
        .await
        .unwrap();
    let any = Predicate::builder()
        .logical(Logical::Any)
        .conditions(condition("a", JobRunState::Failed))
        .conditions(condition("c", JobRunState::Succeeded));
    after("last")
        .predicate(any.build())
        .actions(action("d"))
        .send()
        .await
        .unwrap();
    for job in ["a", "b"] {
        let create = client
            .create_trigger()
            .name(job)
            .r#type(TriggerType::OnDemand)
            .actions(action(job));
        create.send().await.unwrap();
    }
    // Not started by a trigger: it sets nothing off.
    for job in ["a", "b"] {
        client.start_job_run().job_name(job).send().await.unwrap();
        until_runs(&client, job, 1).await;
    }
    client.start_trigger().name("a").send().await.unwrap();
    until_runs(&client, "a", 2).await;
    assert!(runs(&client, "c").await.is_empty());
    client.start_trigger().name("b").send().await.unwrap();
    let run = until_runs(&client, "c", 1).await.remove(0);
    assert_eq!(run.trigger_name(), Some("then"));
    let found = client
        .get_job_run()
        .job_name("c")
        .run_id(run.id().unwrap())
        .predecessors_included(true);
    let found = found.send().await.unwrap().job_run.unwrap();
    let jobs: Vec<_> = found.predecessor_runs().iter().map(|p| p.job_name().unwrap()).collect();
    assert_eq!(jobs, ["a", "b"]);
    until_runs(&client, "d", 1).await;
}

#[tokio::test]
async fn triggers_are_listed_updated_and_deleted() {
    let world = World::new();
    let client = world.job("succeed").await;
    new_job(&client, "other").send().await.unwrap();
    let create = |name: &str, job: &str| {
        client
            .create_trigger()
            .name(name)
            .r#type(TriggerType::Scheduled)
            .schedule("cron(0 2 * * ? *)")
            .actions(action(job))
    };
    create("t", "j").tags("team", "hr").send().await.unwrap();
    create("t", "j").tags("team", "hr").send().await.unwrap();
    assert_eq!(refused!(create("t", "other")).0, "IdempotentParameterMismatchException");
    create("u", "other").send().await.unwrap();
    assert_eq!(
        client
            .list_triggers()
            .tags("team", "hr")
            .send()
            .await
            .unwrap()
            .trigger_names(),
        ["t"]
    );
    let of_job = client.get_triggers().dependent_job_name("other").send().await.unwrap();
    assert_eq!((of_job.triggers().len(), of_job.triggers()[0].name()), (1, Some("u")));
    let update = TriggerUpdate::builder()
        .schedule("cron(0 3 * * ? *)")
        .actions(action("other"))
        .build();
    let updated = client
        .update_trigger()
        .name("t")
        .trigger_update(update)
        .send()
        .await
        .unwrap();
    assert_eq!(updated.trigger.unwrap().schedule(), Some("cron(0 3 * * ? *)"));
    let found = client
        .batch_get_triggers()
        .trigger_names("t")
        .trigger_names("x")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (found.triggers().len(), found.triggers_not_found()),
        (1, ["x".to_owned()].as_slice())
    );
    for _ in 0..2 {
        client.delete_trigger().name("t").send().await.unwrap();
    }
    assert_eq!(refused!(client.get_trigger().name("t")).0, "EntityNotFoundException");
}

#[tokio::test]
async fn triggers_that_could_never_fire_are_refused() {
    let world = World::new();
    let client = world.job("succeed").await;
    let create = |kind: TriggerType| client.create_trigger().name("t").r#type(kind).actions(action("j"));
    for (refused, code, part) in [
        (
            refused!(create(TriggerType::Scheduled)),
            "InvalidInputException",
            "Schedule is required",
        ),
        (
            refused!(create(TriggerType::Scheduled).schedule("cron(0 2 * * * *)")),
            "InvalidInputException",
            "one of Day-of-month and Day-of-week must be ?",
        ),
        (
            refused!(create(TriggerType::Conditional)),
            "InvalidInputException",
            "Predicate is required",
        ),
        (
            refused!(create(TriggerType::OnDemand).start_on_creation(true)),
            "InvalidInputException",
            "StartOnCreation is not supported",
        ),
        (
            refused!(create(TriggerType::OnDemand).actions(action("none"))),
            "EntityNotFoundException",
            "none not found",
        ),
        (
            refused!(create(TriggerType::Event)),
            "NotImplemented",
            "triggers of type EVENT",
        ),
        (
            refused!(create(TriggerType::OnDemand).workflow_name("w")),
            "NotImplemented",
            "workflows",
        ),
    ] {
        assert_eq!(refused.0, code, "{}", refused.1);
        assert!(refused.1.contains(part), "{}", refused.1);
    }
}
