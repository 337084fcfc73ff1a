use aws_sdk_glue::types::ExecutionProperty;

use super::*;

#[tokio::test]
async fn a_run_goes_from_starting_to_succeeded_and_leaves_its_log() {
    let world = World::new();
    let client = world.client();
    let create = new_job(&client, "j")
        .default_arguments("--a", "1")
        .default_arguments("--b", "1");
    create.non_overridable_arguments("--c", "1").send().await.unwrap();
    let run = client
        .start_job_run()
        .job_name("j")
        .arguments("--b", "2")
        .arguments("--c", "2");
    let id = run.send().await.unwrap().job_run_id.unwrap();
    assert!(id.len() == 67 && id.starts_with("jr_") && id[3..].bytes().all(|b| b.is_ascii_hexdigit()));
    let run = world.ended(&id).await;
    assert_eq!((run.job_run_state(), run.attempt()), (Some(&JobRunState::Succeeded), 0));
    assert_eq!(
        (run.started_on().unwrap().secs(), run.completed_on().unwrap().secs()),
        (NOW, NOW)
    );
    assert_eq!((run.error_message(), run.timeout()), (None, Some(480)));
    assert_eq!(run.arguments().unwrap().len(), 2);
    let task = world.cloud.tasks().remove(0);
    let arguments: Vec<_> = task.arguments.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(arguments, ["--a=1", "--b=2", "--c=1"]);
    assert_eq!((task.script.as_str(), task.role.as_str()), ("s3://code/etl.py", ROLE));
    assert!(!task.scratch.exists());
    assert_eq!(world.cloud.lines("output", &id), ["begun"]);
    assert!(world.cloud.lines("error", &id).is_empty());
}

#[tokio::test]
async fn a_failed_run_says_why_and_is_retried_as_often_as_the_job_wants() {
    let world = World::new();
    let client = world.client();
    new_job(&client, "j")
        .default_arguments("--do", "fail")
        .max_retries(2)
        .send()
        .await
        .unwrap();
    let first = start(&client).await;
    let run = world.ended(&first).await;
    assert_eq!(run.job_run_state(), Some(&JobRunState::Failed));
    assert_eq!(run.error_message(), Some("ValueError: no such column"));
    // From Glue 5.0 on stderr is with stdout.
    let log = world.cloud.lines("output", &first);
    assert_eq!((log.len(), log[2].as_str()), (3, "ValueError: no such column"));
    assert!(world.cloud.lines("error", &first).is_empty());
    let second = world.ended(&format!("{first}_attempt_1")).await;
    assert_eq!((second.attempt(), second.previous_run_id()), (1, Some(first.as_str())));
    let third = world.ended(&format!("{first}_attempt_2")).await;
    assert_eq!(third.job_run_state(), Some(&JobRunState::Failed));
    let runs = client.get_job_runs().job_name("j").max_results(2).send().await.unwrap();
    let ids: Vec<_> = runs.job_runs().iter().map(|run| run.id().unwrap().to_owned()).collect();
    assert_eq!(ids, [format!("{first}_attempt_2"), format!("{first}_attempt_1")]);
    let rest = client
        .get_job_runs()
        .job_name("j")
        .set_next_token(runs.next_token)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (rest.job_runs()[0].id(), rest.job_runs().len()),
        (Some(first.as_str()), 1)
    );
}

#[tokio::test]
async fn before_glue_5_stderr_has_a_log_of_its_own() {
    let world = World::new();
    let client = world.client();
    let create = new_job(&client, "j").default_arguments("--do", "fail");
    create.glue_version("4.0").send().await.unwrap();
    let id = start(&client).await;
    world.ended(&id).await;
    assert_eq!(world.cloud.lines("output", &id), ["begun"]);
    assert_eq!(world.cloud.lines("error", &id).len(), 2);
}

#[tokio::test]
async fn what_kept_a_run_from_running_is_in_its_log_and_a_fault_of_ours_is_an_error() {
    let world = World::new();
    let client = world.job("refuse").await;
    let id = start(&client).await;
    assert_eq!(world.ended(&id).await.error_message(), Some("PySpark is not installed"));
    assert_eq!(world.cloud.lines("output", &id), ["begun", "PySpark is not installed"]);
    let run = client
        .start_job_run()
        .job_name("j")
        .arguments("--do", "panic")
        .send()
        .await
        .unwrap();
    let run = world.ended(run.job_run_id().unwrap()).await;
    assert_eq!(run.job_run_state(), Some(&JobRunState::Error));
}

#[tokio::test]
async fn a_run_is_stopped_and_stopping_it_again_is_refused() {
    let world = World::new();
    let client = world.job("wait").await;
    let id = start(&client).await;
    world.until(&id, |state| *state == JobRunState::Running).await;
    let stop = || {
        client
            .batch_stop_job_run()
            .job_name("j")
            .job_run_ids(&id)
            .job_run_ids("jr_none")
            .send()
    };
    let stopped = stop().await.unwrap();
    assert_eq!(stopped.successful_submissions()[0].job_run_id(), Some(id.as_str()));
    let code = |n: usize, answer: &aws_sdk_glue::operation::batch_stop_job_run::BatchStopJobRunOutput| {
        answer.errors()[n]
            .error_detail()
            .unwrap()
            .error_code()
            .unwrap()
            .to_owned()
    };
    assert_eq!(code(0, &stopped), "EntityNotFoundException");
    let run = world.ended(&id).await;
    assert_eq!(
        (run.job_run_state(), run.error_message()),
        (Some(&JobRunState::Stopped), None)
    );
    assert_eq!(code(0, &stop().await.unwrap()), "InvalidInputException");
}

#[tokio::test]
async fn no_more_runs_than_allowed_go_at_once_unless_they_may_queue() {
    let world = World::new();
    let client = world.client();
    let property = ExecutionProperty::builder().max_concurrent_runs(2).build();
    let create = new_job(&client, "j")
        .default_arguments("--do", "wait")
        .execution_property(property);
    create.send().await.unwrap();
    let (first, second) = (start(&client).await, start(&client).await);
    let (code, message) = refused!(client.start_job_run().job_name("j"));
    assert_eq!(code, "ConcurrentRunsExceededException");
    assert_eq!(message, "Concurrent runs exceeded for j");
    let queued = client
        .start_job_run()
        .job_name("j")
        .job_run_queuing_enabled(true)
        .send()
        .await
        .unwrap();
    let queued = queued.job_run_id.unwrap();
    let waiting = world.until(&queued, |_| true).await;
    assert_eq!(waiting.job_run_state(), Some(&JobRunState::Waiting));
    client
        .batch_stop_job_run()
        .job_name("j")
        .job_run_ids(&first)
        .send()
        .await
        .unwrap();
    world.until(&queued, |state| *state == JobRunState::Running).await;
    world.cloud.gate.store(true, Ordering::SeqCst);
    for id in [&second, &queued] {
        assert_eq!(world.ended(id).await.job_run_state(), Some(&JobRunState::Succeeded));
    }
}

#[tokio::test]
async fn a_run_that_takes_too_long_times_out_and_is_not_retried() {
    let world = World::with_minute(Duration::from_millis(20));
    let client = world.client();
    let create = new_job(&client, "j").default_arguments("--do", "wait").max_retries(3);
    create.timeout(2).send().await.unwrap();
    let run = world.ended(&start(&client).await).await;
    assert_eq!(run.job_run_state(), Some(&JobRunState::Timeout));
    assert_eq!(run.error_message(), Some("Job run exceeded its timeout of 2 minutes."));
    assert_eq!(
        client
            .get_job_runs()
            .job_name("j")
            .send()
            .await
            .unwrap()
            .job_runs()
            .len(),
        1
    );
}

#[tokio::test]
async fn closing_stops_what_goes_and_says_so() {
    let mut world = World::new();
    let id = start(&world.job("wait").await).await;
    world.until(&id, |state| *state == JobRunState::Running).await;
    world.glue().stop().await;
    world.glue = None;
    world.open();
    let run = world.ended(&id).await;
    assert_eq!(run.job_run_state(), Some(&JobRunState::Stopped));
    assert!(
        run.error_message()
            .unwrap()
            .starts_with("The embedded AWS was closed while this job run was going")
    );
}

/// The store as a killed process leaves it: a copy made while a run goes.
#[tokio::test]
async fn a_run_that_a_kill_interrupted_has_failed_and_is_not_repeated() {
    let world = World::new();
    let client = world.client();
    new_job(&client, "j")
        .default_arguments("--do", "wait")
        .max_retries(3)
        .send()
        .await
        .unwrap();
    let id = start(&client).await;
    world.until(&id, |state| *state == JobRunState::Running).await;
    let dir = tempfile::tempdir().unwrap();
    std::fs::copy(world.dir.path().join("state.redb"), dir.path().join("state.redb")).unwrap();
    std::fs::create_dir_all(dir.path().join("glue/runs").join(&id)).unwrap();
    let mut after = World::new();
    after.glue = None;
    after.dir = dir;
    after.open();
    let run = after.ended(&id).await;
    assert_eq!(run.job_run_state(), Some(&JobRunState::Failed));
    let message = run.error_message().unwrap();
    assert!(
        message.starts_with("The process of the embedded AWS ended while this job run was going"),
        "{message}"
    );
    assert!(!after.dir.path().join("glue/runs").exists());
    assert_eq!(
        after
            .client()
            .get_job_runs()
            .job_name("j")
            .send()
            .await
            .unwrap()
            .job_runs()
            .len(),
        1
    );
    world.glue().stop().await;
}

#[tokio::test]
async fn a_run_can_be_started_again_with_its_arguments() {
    let world = World::new();
    let client = world.job("fail").await;
    let run = client
        .start_job_run()
        .job_name("j")
        .arguments("--x", "1")
        .send()
        .await
        .unwrap();
    let first = run.job_run_id.unwrap();
    world.ended(&first).await;
    let again = client
        .start_job_run()
        .job_name("j")
        .job_run_id(&first)
        .send()
        .await
        .unwrap();
    let again = world.ended(again.job_run_id().unwrap()).await;
    assert_eq!(again.previous_run_id(), Some(first.as_str()));
    assert_eq!(again.arguments().unwrap()["--x"], "1");
    assert_eq!(
        refused!(client.start_job_run().job_name("none")).1,
        "Failed to start job run due to missing metadata"
    );
    let (code, _) = refused!(client.start_job_run().job_name("j").job_run_id("jr_none"));
    assert_eq!(code, "EntityNotFoundException");
}

#[tokio::test]
async fn a_deleted_jobs_runs_go_with_it() {
    let world = World::new();
    let client = world.job("wait").await;
    let id = start(&client).await;
    world.until(&id, |state| *state == JobRunState::Running).await;
    client.delete_job().job_name("j").send().await.unwrap();
    assert_eq!(
        refused!(client.get_job_run().job_name("j").run_id(&id)).0,
        "EntityNotFoundException"
    );
    let client = world.job("succeed").await;
    let run = world.ended(&start(&client).await).await;
    assert_eq!(run.job_run_state(), Some(&JobRunState::Succeeded));
    assert_eq!(
        client
            .get_job_runs()
            .job_name("j")
            .send()
            .await
            .unwrap()
            .job_runs()
            .len(),
        1
    );
}

#[tokio::test]
async fn a_failed_run_is_counted_where_the_job_asks_for_it() {
    let world = World::new();
    let client = world.client();
    for (job, asks) in [("quiet", "false"), ("j", "true")] {
        let create = new_job(&client, job).default_arguments("--do", "fail");
        create
            .default_arguments("--enable-observability-metrics", asks)
            .send()
            .await
            .unwrap();
        let run = client.start_job_run().job_name(job).send().await.unwrap();
        let id = run.job_run_id().unwrap().to_owned();
        let failed = || async {
            let run = client.get_job_run().job_name(job).run_id(&id).send().await.unwrap();
            run.job_run().unwrap().job_run_state() == Some(&JobRunState::Failed)
        };
        while !failed().await {
            tokio::task::yield_now().await;
        }
    }
    let mut found: Vec<_> = world
        .glue()
        .env
        .meters
        .take()
        .into_iter()
        .map(|(series, _, statistics)| (series.name, series.dimensions[1].1.clone(), statistics.sum))
        .collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], ("glue.error.ALL", "ALL".to_owned(), 1.0));
}
