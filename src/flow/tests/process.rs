use serde_json::json;

use super::world::{CURATED, JOB, Run, World, interrupting, places, watching};
use crate::flow::{Choice, Error, Event, ProcessSummary, process};

async fn run(world: &World, choice: &Choice) -> Result<ProcessSummary, Error> {
    process(&world.clients().await, &places(), choice, &watching().watch).await
}

fn dates(summary: &ProcessSummary) -> Vec<String> {
    let dates = summary.processed.iter().map(|report| report.date.to_string());
    dates.collect()
}

fn only(date: &str) -> Choice {
    Choice {
        dates: vec![date.parse().unwrap()],
        all: false,
    }
}

#[tokio::test]
async fn what_changed_is_processed_and_nothing_else() {
    let world = World::new();
    let nothing = run(&world, &Choice::default()).await.unwrap();
    assert_eq!(nothing, ProcessSummary::default());
    world.raw("2026-11-24", "a");
    world.raw("2026-11-25", "b");
    let first = run(&world, &Choice::default()).await.unwrap();
    assert_eq!(dates(&first), ["2026-11-24", "2026-11-25"]);

    let second = run(&world, &Choice::default()).await.unwrap();
    assert_eq!((second.processed.len(), second.unchanged), (0, 2));
    assert_eq!(world.calls("StartJobRun").len(), 1);

    world.raw("2026-11-25", "c");
    let third = run(&world, &Choice::default()).await.unwrap();
    assert_eq!((dates(&third), third.unchanged), (vec!["2026-11-25".to_owned()], 1));
    assert_eq!(third.processed[0].rows_in, 4);

    // Another transformation makes everything anew, and so does asking for it.
    world.put(super::world::RAW, "code/employees.sql", "SELECT 2");
    assert_eq!(run(&world, &Choice::default()).await.unwrap().processed.len(), 2);
    let all = Choice {
        all: true,
        ..Choice::default()
    };
    assert_eq!(run(&world, &all).await.unwrap().processed.len(), 2);
}

#[tokio::test]
async fn the_input_names_partitions_batches_and_objects() {
    let world = World::new();
    world.raw("2026-11-25", "b");
    world.raw("2026-11-25", "a");
    let summary = run(&world, &Choice::default()).await.unwrap();
    let inputs = world.keys(CURATED, "runs/");
    assert_eq!(inputs.len(), 1);
    assert_eq!(
        world.json(CURATED, &inputs[0]),
        json!({"version": 1, "partitions": [{"date": "2026-11-25", "batch": summary.processed[0].batch,
            "objects": ["raw/employees/dt=2026-11-25/a.gz", "raw/employees/dt=2026-11-25/b.gz"]}]})
    );
    let started = world.calls("StartJobRun")[0].json();
    assert_eq!(
        (&started["JobName"], &started["Arguments"]),
        (
            &json!(JOB),
            &json!({"--input": format!("s3://{CURATED}/{}", inputs[0])})
        )
    );
}

#[tokio::test]
async fn states_are_told_as_they_change() {
    let world = World::new();
    world.raw("2026-11-25", "a");
    let seen = watching();
    process(&world.clients().await, &places(), &Choice::default(), &seen.watch)
        .await
        .unwrap();
    assert_eq!(seen.all("job_state", "state"), ["STARTING", "RUNNING", "SUCCEEDED"]);
    assert_eq!(seen.all("processed", "rows_in"), [2]);
    assert_eq!(seen.all("job_run", "joined"), [false]);
}

#[tokio::test]
async fn a_run_of_a_killed_pipectl_is_joined() {
    let world = World::new();
    world.raw("2026-11-25", "a");
    world.state().next_run = vec!["RUNNING"; 1_000];
    let killed = interrupting(|event| matches!(event, Event::JobState { .. }), false);
    let error = process(&world.clients().await, &places(), &Choice::default(), &killed.watch)
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::Interrupted(text) if text.contains("jr_1 goes on")),
        "{error}"
    );
    world.state().runs[0].states = vec!["RUNNING", "SUCCEEDED"];
    let seen = watching();
    let summary = process(&world.clients().await, &places(), &Choice::default(), &seen.watch)
        .await
        .unwrap();
    assert_eq!(summary.processed.len(), 1);
    assert_eq!(seen.all("job_run", "joined"), [true]);
    assert_eq!(world.calls("StartJobRun").len(), 1);
}

#[tokio::test]
async fn another_run_is_waited_for_and_what_it_did_is_not_done_again() {
    let world = World::new();
    world.raw("2026-11-25", "a");
    world.state().runs.push(Run {
        id: "jr_1".into(),
        input: None,
        states: vec!["RUNNING", "RUNNING", "FAILED"],
    });
    let seen = watching();
    let summary = process(&world.clients().await, &places(), &Choice::default(), &seen.watch)
        .await
        .unwrap();
    assert_eq!(seen.all("other_job_run", "run"), ["jr_1"]);
    assert_eq!(summary.processed.len(), 1);
    assert_eq!(world.calls("StartJobRun").len(), 2);
}

#[tokio::test]
async fn a_script_that_raises_shows_its_traceback() {
    let world = World::new();
    world.raw("2026-11-25", "a");
    world.state().next_run = vec!["RUNNING", "FAILED"];
    world.state().log = vec![
        "INFO: started",
        "Traceback (most recent call last):\n  File \"employee_etl.py\", line 12, in <module>",
        "ValueError: no such column",
    ];
    let Error::Job(failure) = run(&world, &Choice::default()).await.unwrap_err() else {
        panic!("a job failure")
    };
    assert_eq!(
        failure.to_string(),
        "the Glue job employees-etl ended FAILED (run jr_1): ValueError: no such column"
    );
    assert_eq!(failure.trace.len(), 3);
    assert!(failure.trace[0].starts_with("Traceback"));
    let asked = world.calls("GetLogEvents")[0].json();
    assert_eq!(
        (&asked["logGroupName"], &asked["logStreamName"]),
        (&json!("/aws-glue/jobs/output"), &json!("jr_1"))
    );
    // It is no obstacle to the next run. Before Glue 5.0 stderr had a group of its own; streams may be named like drivers.
    world.state().log_place = Some(("/aws-glue/jobs/error", "jr_2-driver"));
    let Error::Job(failure) = run(&world, &Choice::default()).await.unwrap_err() else {
        panic!("a job failure")
    };
    assert_eq!(failure.trace.len(), 3);
    assert_eq!(failure.log, "/aws-glue/jobs/error, stream jr_2-driver,");
    world.state().next_run = vec!["SUCCEEDED"];
    assert_eq!(run(&world, &Choice::default()).await.unwrap().processed.len(), 1);
}

#[tokio::test]
async fn a_run_that_times_out_or_is_stopped_says_so() {
    for (state, hint) in [
        ("TIMEOUT", "Timeout"),
        ("STOPPED", "stopped it"),
        ("EXPIRED", "capacity"),
    ] {
        let world = World::new();
        world.raw("2026-11-25", "a");
        world.state().next_run = vec![state];
        let error = run(&world, &Choice::default()).await.unwrap_err();
        assert!(error.to_string().contains(state), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
    }
}

#[tokio::test]
async fn the_person_can_have_the_run_stopped() {
    let world = World::new();
    world.raw("2026-11-25", "a");
    world.state().next_run = vec!["RUNNING"; 1_000];
    let seen = interrupting(|event| matches!(event, Event::JobState { .. }), true);
    let error = process(&world.clients().await, &places(), &Choice::default(), &seen.watch)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "interrupted: the job run jr_1 is STOPPED; the same command starts another"
    );
    assert_eq!(world.calls("BatchStopJobRun").len(), 1);
}

#[tokio::test]
async fn dates_restrict_and_unknown_ones_name_those_there_are() {
    let world = World::new();
    world.raw("2026-11-24", "a");
    world.raw("2026-11-25", "b");
    assert_eq!(dates(&run(&world, &only("2026-11-25")).await.unwrap()), ["2026-11-25"]);
    let error = run(&world, &only("2026-11-26")).await.unwrap_err();
    assert!(error.to_string().contains("no partition dt=2026-11-26"), "{error}");
    assert_eq!(error.hint().unwrap(), "there are: 2026-11-25, 2026-11-24");
}

#[tokio::test]
async fn objects_in_no_partition_are_told_and_alone_they_are_an_error() {
    let world = World::new();
    world.put(super::world::RAW, "raw/employees/dt=2026/11/25/a.gz", "x");
    let error = run(&world, &Choice::default()).await.unwrap_err();
    assert!(error.to_string().contains("none of the 1 objects"), "{error}");
    assert!(error.hint().unwrap().contains("Prefix"));
    world.raw("2026-11-25", "a");
    let seen = watching();
    process(&world.clients().await, &places(), &Choice::default(), &seen.watch)
        .await
        .unwrap();
    assert_eq!(seen.all("stray", "objects"), [1]);
}

#[tokio::test]
async fn a_run_that_wrote_no_report_did_not_succeed() {
    let world = World::new();
    world.raw("2026-11-25", "a");
    world.state().reports = false;
    let error = run(&world, &Choice::default()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("SUCCEEDED but there is no report dt=2026-11-25.json"),
        "{error}"
    );
    let stale = super::world::report("2026-11-25", &"0".repeat(32), 2);
    world.put(CURATED, "reports/dt=2026-11-25.json", &stale.to_string());
    let error = run(&world, &Choice::default()).await.unwrap_err();
    assert!(error.to_string().contains("is of batch 000"), "{error}");
}

#[tokio::test]
async fn arguments_of_the_job_are_checked() {
    for (arguments, expected) in [
        (
            json!({}),
            "the Glue job employees-etl has no default argument --transform",
        ),
        (
            json!({"--transform": "s3://r/t.sql", "--contract": "s3://r/c.json", "--raw": "s3://r/", "--reports": "s3://c/reports"}),
            "the Glue job employees-etl: its default argument --reports is not the S3 URI of a folder, with a slash at the end",
        ),
    ] {
        let job = json!({"Job": {"Name": JOB, "DefaultArguments": arguments}}).to_string();
        let script = World::new()
            .script
            .refusing(vec![("GetJob", crate::aws::script::Answer::json(job))]);
        let ended = process(
            &script.clients().await,
            &places(),
            &Choice::default(),
            &watching().watch,
        )
        .await;
        assert_eq!(ended.unwrap_err().to_string(), expected);
    }
}

#[tokio::test]
async fn what_is_not_deployed_is_named() {
    let world = World::new();
    world.raw("2026-11-25", "a");
    let refusing = world.script.clone().refusing(vec![(
        "GetJob",
        crate::aws::script::Answer::error("EntityNotFoundException", "Job employees-etl not found."),
    )]);
    let error = process(
        &refusing.clients().await,
        &places(),
        &Choice::default(),
        &watching().watch,
    )
    .await
    .unwrap_err();
    assert_eq!(error.to_string(), "the Glue job employees-etl does not exist");
    assert_eq!(error.hint().unwrap(), "run pipectl deploy first");
    let key = (super::world::RAW.to_owned(), "code/employees.sql".to_owned());
    world.state().objects.remove(&key);
    let error = run(&world, &Choice::default()).await.unwrap_err();
    assert_eq!(error.to_string(), "s3://raw-bucket/code/employees.sql does not exist");
}
