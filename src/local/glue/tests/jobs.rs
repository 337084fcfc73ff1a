use aws_sdk_glue::types::{JobUpdate, WorkerType};

use super::*;

#[tokio::test]
async fn a_job_shows_what_it_was_given_and_awss_defaults() {
    let world = World::new();
    let client = world.client();
    let create = new_job(&client, "etl")
        .worker_type(WorkerType::G2X)
        .number_of_workers(3);
    create
        .default_arguments("--x", "1")
        .tags("team", "hr")
        .send()
        .await
        .unwrap();
    let job = client.get_job().job_name("etl").send().await.unwrap().job.unwrap();
    assert_eq!((job.role(), job.glue_version()), (Some(ROLE), Some("5.0")));
    assert_eq!(
        (job.max_capacity(), job.timeout(), job.max_retries()),
        (Some(6.0), Some(480), 0)
    );
    assert_eq!(job.execution_property().unwrap().max_concurrent_runs(), 1);
    assert_eq!(job.command().unwrap().python_version(), Some("3"));
    assert_eq!(job.created_on().unwrap().secs(), NOW);

    client
        .create_job()
        .name("bare")
        .role("glue")
        .command(command())
        .send()
        .await
        .unwrap();
    let bare = client.get_job().job_name("bare").send().await.unwrap().job.unwrap();
    assert_eq!((bare.role(), bare.glue_version()), (Some("glue"), Some("6.0")));
    assert_eq!(
        (bare.worker_type(), bare.number_of_workers()),
        (Some(&WorkerType::G1X), Some(10))
    );
    assert_eq!(
        client.list_jobs().tags("team", "hr").send().await.unwrap().job_names(),
        ["etl"]
    );
    assert_eq!(client.get_jobs().send().await.unwrap().jobs().len(), 2);
    let batch = client
        .batch_get_jobs()
        .job_names("etl")
        .job_names("none")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (batch.jobs().len(), batch.jobs_not_found()),
        (1, ["none".to_owned()].as_slice())
    );
}

#[tokio::test]
async fn creation_is_idempotent_and_deletion_asks_nothing() {
    let world = World::new();
    let client = world.client();
    new_job(&client, "etl").send().await.unwrap();
    new_job(&client, "etl").send().await.unwrap();
    let (code, message) = refused!(new_job(&client, "etl").timeout(5));
    assert_eq!(code, "IdempotentParameterMismatchException");
    assert_eq!(
        message,
        "Job with name: etl already submitted with different configuration."
    );
    for _ in 0..2 {
        client.delete_job().job_name("etl").send().await.unwrap();
    }
    assert_eq!(refused!(client.get_job().job_name("etl")).0, "EntityNotFoundException");
}

#[tokio::test]
async fn an_update_overwrites_everything_but_the_version() {
    let world = World::new();
    let client = world.client();
    new_job(&client, "etl")
        .description("d")
        .default_arguments("--x", "1")
        .send()
        .await
        .unwrap();
    let update = JobUpdate::builder().role(ROLE).command(command()).timeout(7).build();
    client
        .update_job()
        .job_name("etl")
        .job_update(update)
        .send()
        .await
        .unwrap();
    let job = client.get_job().job_name("etl").send().await.unwrap().job.unwrap();
    assert_eq!((job.description(), job.default_arguments()), (None, None));
    assert_eq!((job.glue_version(), job.timeout()), (Some("5.0"), Some(7)));
    let without = JobUpdate::builder().command(command()).build();
    let (code, message) = refused!(client.update_job().job_name("etl").job_update(without));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("Value null at 'role'"), "{message}");
}

#[tokio::test]
async fn a_role_that_glue_may_not_assume_is_refused_in_awss_words() {
    let world = World::new();
    world.cloud.distrusting.store(true, Ordering::SeqCst);
    let (code, message) = refused!(new_job(&world.client(), "etl"));
    assert_eq!(code, "InvalidInputException");
    assert_eq!(
        message,
        format!("Role {ROLE} should be given assume role permissions for Glue Service.")
    );
}

#[tokio::test]
async fn definitions_that_break_a_rule_are_refused() {
    let world = World::new();
    let client = world.client();
    let job = || new_job(&client, "etl");
    let shell = JobCommand::builder()
        .name("pythonshell")
        .script_location("s3://a/b")
        .build();
    let (code, message) = refused!(job().command(shell));
    assert_eq!(
        (code.as_str(), message.contains("pythonshell")),
        ("NotImplemented", true)
    );
    let local = JobCommand::builder().name("glueetl").script_location("/etl.py").build();
    for (refused, part) in [
        (
            refused!(job().worker_type(WorkerType::G1X)),
            "set both Worker Type and Number of Workers",
        ),
        (
            refused!(job().max_capacity(10.0)),
            "Max Capacity cannot be set for Glue version 5.0",
        ),
        (refused!(job().timeout(20_000)), "Timeout must be at most 10080 minutes"),
        (refused!(job().max_retries(11)), "Max retries must be between 0 and 10"),
        (refused!(job().glue_version("7.0")), "Glue version 7.0 is not supported"),
        (refused!(job().command(local)), "Script location must be an S3 path"),
    ] {
        assert_eq!(refused.0, "InvalidInputException");
        assert!(refused.1.contains(part), "{}", refused.1);
    }
    let (code, message) = refused!(job().worker_type(WorkerType::from("G.3X")).number_of_workers(2));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("at 'workerType' failed to satisfy constraint: Member must satisfy enum value set"));
    let raw = br#"{"Name":"etl","Role":"r","Command":{"Name":"glueetl"},"Colour":"red"}"#;
    let unknown = world
        .glue()
        .call("CreateJob", Bytes::from_static(raw))
        .await
        .unwrap_err();
    assert_eq!(unknown.code, "SerializationException");
}
