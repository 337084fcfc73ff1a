//! From submission to the end: states, waiting, cancelling, tokens, restarts, retention.

use super::*;

#[tokio::test]
async fn a_statement_runs_and_is_described_in_full() {
    let world = World::new().await;
    let submitted = world.execute("rows 2").statement_name("two").send().await.unwrap();
    assert_eq!(submitted.workgroup_name(), Some("hr-compute"));
    assert_eq!(submitted.db_user(), Some("admin"));
    assert!(submitted.status().is_none());
    let described = world.ended(submitted.id().unwrap()).await;
    assert_eq!(status(&described), "FINISHED");
    assert_eq!(described.query_string(), Some("rows 2"));
    assert_eq!(described.has_result_set(), Some(true));
    assert_eq!(described.result_rows(), 2);
    assert!(described.result_size() > 0 && described.duration() > 0);
    assert!(described.redshift_pid() > 0 && described.redshift_query_id() > 0);
    assert_eq!(described.secret_arn(), Some(world.secret.as_str()));
    let changed = world.run("insert").await;
    assert_eq!((changed.has_result_set(), changed.result_rows()), (Some(false), 3));
    assert_eq!(changed.result_size(), -1);
}

#[tokio::test]
async fn who_waits_at_submission_gets_the_end() {
    let world = World::new().await;
    let done = world.execute("rows 1").wait_time_seconds(30).send().await.unwrap();
    assert_eq!(done.status().unwrap().as_str(), "FINISHED");
    assert_eq!(done.has_result_set(), Some(true));
    assert_eq!(
        refused!(world.execute("rows 1").wait_time_seconds(31)).0,
        "ValidationException"
    );
    let waiting = world.execute("wait").wait_time_seconds(1).send().await.unwrap();
    assert_ne!(waiting.status().unwrap().as_str(), "FINISHED");
    world.log.release();
    assert_eq!(status(&world.ended(waiting.id().unwrap()).await), "FINISHED");
}

#[tokio::test]
async fn an_error_of_the_engine_is_the_statements_error() {
    let world = World::new().await;
    let failed = world.run("fail").await;
    assert_eq!(status(&failed), "FAILED");
    assert_eq!(failed.error(), Some("ERROR: relation \"x\" does not exist"));
    assert_eq!(failed.has_result_set(), Some(false));
    let panicked = world.run("panic").await;
    assert_eq!(status(&panicked), "FAILED");
    assert!(panicked.error().unwrap().contains("panicked"));
    assert_eq!(status(&world.run("rows 1").await), "FINISHED");
}

#[tokio::test]
async fn a_running_statement_is_cancelled_once() {
    let world = World::new().await;
    let id = world.submit("wait").await;
    world.asked("wait").await;
    assert_eq!(status(&world.describe(&id).await), "STARTED");
    let cancelled = world.client.cancel_statement().id(&id).send().await.unwrap();
    assert_eq!(cancelled.status(), Some(true));
    assert_eq!(status(&world.ended(&id).await), "ABORTED");
    assert_eq!(
        refused!(world.client.cancel_statement().id(&id)),
        (
            "ValidationException".into(),
            format!("Could not cancel a query that is already in ABORTED state with ID: {id}")
        )
    );
    let nobody = "00000000-0000-0000-0000-000000000000";
    assert_eq!(
        refused!(world.client.cancel_statement().id(nobody)),
        ("ResourceNotFoundException".into(), "Query does not exist.".into())
    );
    assert_eq!(
        refused!(world.client.describe_statement().id("x")).0,
        "ValidationException"
    );
}

#[tokio::test]
async fn statements_beyond_the_engines_turns_wait_submitted_and_can_be_cancelled() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..17 {
        ids.push(world.submit("wait").await);
    }
    while world.log.lines().iter().filter(|line| *line == "wait").count() < 16 {
        tokio::task::yield_now().await;
    }
    let mut waiting = Vec::new();
    for id in &ids {
        if status(&world.describe(id).await) == "SUBMITTED" {
            waiting.push(id);
        }
    }
    assert_eq!(waiting.len(), 1);
    world.client.cancel_statement().id(waiting[0]).send().await.unwrap();
    assert_eq!(status(&world.ended(waiting[0]).await), "ABORTED");
    world.log.release();
    for id in ids.iter().filter(|id| *id != waiting[0]) {
        assert_eq!(status(&world.ended(id).await), "FINISHED");
    }
}

#[tokio::test]
async fn a_token_makes_one_statement() {
    let world = World::new().await;
    let first = world.execute("rows 1").client_token("t").send().await.unwrap();
    let again = world.execute("rows 1").client_token("t").send().await.unwrap();
    assert_eq!(first.id(), again.id());
    let (code, message) = refused!(world.execute("rows 2").client_token("t"));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("ClientToken"), "{message}");
    world.ended(first.id().unwrap()).await;
    let world = world.reopen();
    let after = world.execute("rows 1").client_token("t").send().await.unwrap();
    assert_eq!(after.id(), first.id());
    world.clock.pass(8 * 3_600_000);
    let later = world.execute("rows 1").client_token("t").send().await.unwrap();
    assert_ne!(later.id(), first.id());
}

#[tokio::test]
async fn a_restart_keeps_results_and_fails_what_was_running() {
    let world = World::new().await;
    let done = world.run("rows 3").await.id;
    let running = world.submit("wait").await;
    world.asked("wait").await;
    // As a kill would leave it: STARTED in memory, submitted in the store.
    let stored = super::super::model::STATEMENTS
        .get(&world.env.store.read().unwrap(), &running)
        .unwrap();
    world.service.stop().await;
    let mut killed = stored.unwrap();
    killed.status = super::super::model::Status::Submitted;
    let put = world
        .env
        .store
        .write(|tx| super::super::model::STATEMENTS.put(tx, &running, &killed));
    put.unwrap();
    let world = world.reopen();
    let described = world.describe(&running).await;
    assert_eq!(status(&described), "FAILED");
    assert!(
        described.error().unwrap().contains("embedded AWS ended"),
        "{:?}",
        described.error()
    );
    let result = world.client.get_statement_result().id(&done).send().await.unwrap();
    assert_eq!(result.total_num_rows(), 3);
}

#[tokio::test]
async fn statements_and_results_are_gone_after_a_day() {
    let world = World::new().await;
    let id = world.run("rows 1").await.id;
    let spooled = world.clock.dir.path().join("redshift-data").join(format!("{id}.1"));
    assert!(spooled.exists());
    world.clock.pass(24 * 3_600_000);
    assert_eq!(
        refused!(world.client.describe_statement().id(&id)).0,
        "ResourceNotFoundException"
    );
    let listed = world.client.list_statements().send().await.unwrap();
    assert!(listed.statements().is_empty());
    world.run("rows 1").await;
    assert!(!spooled.exists());
}

#[tokio::test]
async fn statements_are_listed_newest_first_by_status_and_name() {
    let world = World::new().await;
    for (sql, name) in [("rows 1", "load-1"), ("fail", "load-2"), ("rows 2", "view-1")] {
        world.clock.pass(1000);
        let done = world.execute(sql).statement_name(name).wait_time_seconds(30);
        done.send().await.unwrap();
    }
    let list = || world.client.list_statements();
    let finished = list().send().await.unwrap();
    let names: Vec<_> = finished
        .statements()
        .iter()
        .filter_map(|s| s.statement_name())
        .collect();
    assert_eq!(names, ["view-1", "load-1"]);
    let loads = list().status("ALL".into()).statement_name("load").send().await.unwrap();
    assert_eq!(loads.statements().len(), 2);
    let page = list().status("ALL".into()).max_results(2).send().await.unwrap();
    let rest = list()
        .status("ALL".into())
        .max_results(2)
        .next_token(page.next_token().unwrap());
    let rest = rest.send().await.unwrap();
    assert_eq!(rest.statements()[0].statement_name(), Some("load-1"));
    assert!(rest.next_token().is_none());
    let elsewhere = list().cluster_identifier("hr").send().await.unwrap();
    assert!(elsewhere.statements().is_empty());
}

#[tokio::test]
async fn the_service_stops_what_runs() {
    let world = World::new().await;
    let id = world.submit("wait").await;
    world.asked("wait").await;
    world.service.stop().await;
    assert_eq!(status(&world.describe(&id).await), "ABORTED");
}
