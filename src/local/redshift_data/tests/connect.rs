//! Where statements run, and as whom.

use super::*;

#[tokio::test]
async fn a_request_names_one_warehouse_one_database_and_one_way_to_log_in() {
    let world = World::new().await;
    let request = || world.client.execute_statement().sql("rows 1");
    let message = |refused: (String, String)| {
        assert_eq!(refused.0, "ValidationException");
        refused.1
    };
    assert_eq!(
        message(refused!(request().database("dev"))),
        "Either ClusterIdentifier or WorkgroupName needs to be specified."
    );
    let both = request()
        .database("dev")
        .cluster_identifier("hr")
        .workgroup_name("hr-compute");
    message(refused!(both));
    message(refused!(request().workgroup_name("hr-compute")));
    let user = request().database("dev").workgroup_name("hr-compute").db_user("x");
    message(refused!(user));
    let users = request()
        .database("dev")
        .cluster_identifier("hr")
        .db_user("x")
        .secret_arn("y");
    message(refused!(users));
    for nowhere in [
        request().database("dev").cluster_identifier("none"),
        request().database("dev").workgroup_name("none"),
    ] {
        assert_eq!(
            message(refused!(nowhere)),
            "Redshift endpoint doesn't exist in this region."
        );
    }
    message(refused!(request().database("dev").cluster_identifier("A_b")));
    assert!(world.log.lines().is_empty());
}

#[tokio::test]
async fn users_come_from_the_secret_the_request_or_the_caller() {
    let world = World::new().await;
    let at_cluster = || {
        world
            .client
            .execute_statement()
            .sql("rows 1")
            .cluster_identifier("hr")
            .database("dev")
    };
    for request in [world.execute("rows 1"), at_cluster().db_user("analyst"), at_cluster()] {
        request.wait_time_seconds(30).send().await.unwrap();
    }
    let connects: Vec<_> = world
        .log
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("connect"))
        .collect();
    assert_eq!(
        connects,
        ["connect employees admin", "connect dev analyst", "connect dev IAM:root"]
    );
}

#[tokio::test]
async fn a_secret_must_be_there_and_right() {
    let world = World::new().await;
    let with = |secret: &str| world.execute("rows 1").set_secret_arn(Some(secret.to_owned()));
    assert_eq!(
        refused!(with("arn:aws:secretsmanager:us-east-1:000000000000:secret:none-AAAAAA")),
        (
            "ResourceNotFoundException".into(),
            "Secrets Manager can't find the specified secret.".into()
        )
    );
    let make = |name: &str, value: Value| {
        call(
            &*world.secrets,
            "CreateSecret",
            json!({"Name": name, "SecretString": value.to_string()}),
        )
    };
    make("empty", json!({"user": "x"})).await;
    assert_eq!(
        refused!(with("empty")).1,
        "username and password in secret cannot be empty"
    );
    make("wrong", json!({"username": "admin", "password": "Wr0ngwrong"})).await;
    let submitted = with("wrong").wait_time_seconds(30).send().await.unwrap();
    let failed = world.describe(submitted.id().unwrap()).await;
    assert_eq!(status(&failed), "FAILED");
    assert_eq!(
        failed.error(),
        Some("FATAL: password authentication failed for user \"admin\"")
    );
    make(
        "other",
        json!({"username": "analyst", "password": "x", "dbClusterIdentifier": "else"}),
    )
    .await;
    let mismatch = world
        .client
        .execute_statement()
        .sql("rows 1")
        .cluster_identifier("hr")
        .database("dev");
    assert_eq!(refused!(mismatch.secret_arn("other")).0, "ValidationException");
    let submitted = with("other").wait_time_seconds(30).send().await.unwrap();
    assert_eq!(submitted.status().unwrap().as_str(), "FINISHED");
}

#[tokio::test]
async fn a_database_that_is_not_there_fails_the_statement() {
    let world = World::new().await;
    let request = world.execute("rows 1").database("none").wait_time_seconds(30);
    let failed = world.describe(request.send().await.unwrap().id().unwrap()).await;
    assert_eq!(failed.error(), Some("FATAL: database \"none\" does not exist"));
}

#[tokio::test]
async fn warehouses_that_are_not_available_take_no_statements() {
    let world = World::new().await;
    let at_cluster = || {
        world
            .client
            .execute_statement()
            .sql("rows 1")
            .cluster_identifier("hr")
            .database("dev")
    };
    let pause = Params::parse(b"ClusterIdentifier=hr");
    world.clusters.call("PauseCluster", &pause).await.unwrap();
    let (code, message) = refused!(at_cluster());
    assert_eq!(code, "ValidationException");
    assert!(message.contains("paused"), "{message}");
    call(
        &*world.workgroups,
        "DeleteWorkgroup",
        json!({"workgroupName": "hr-compute"}),
    )
    .await;
    let (_, message) = refused!(world.execute("rows 1"));
    assert_eq!(message, "Redshift endpoint doesn't exist in this region.");
}
