//! BatchExecuteStatement.

use aws_sdk_redshiftdata::operation::batch_execute_statement::builders::BatchExecuteStatementFluentBuilder;

use super::*;

fn batch(world: &World, sqls: &[&str]) -> BatchExecuteStatementFluentBuilder {
    let request = world
        .client
        .batch_execute_statement()
        .workgroup_name("hr-compute")
        .database("employees");
    sqls.iter()
        .fold(request.secret_arn(&world.secret), |request, sql| request.sqls(*sql))
}

#[tokio::test]
async fn a_batch_is_one_transaction_and_each_statement_has_its_result() {
    let world = World::new().await;
    let request = batch(&world, &["insert :a", "rows 2", "rows :b"]);
    let request = request.parameters(parameter("a", "1")).parameters(parameter("b", "2"));
    let id = request.send().await.unwrap().id.unwrap();
    let described = world.ended(&id).await;
    assert_eq!(status(&described), "FINISHED");
    let subs = described.sub_statements();
    assert_eq!(subs.len(), 3);
    assert_eq!(subs[1].id(), format!("{id}:2"));
    assert_eq!((subs[0].result_rows(), subs[1].result_rows()), (3, 2));
    assert_eq!(
        world.log.lines(),
        [
            "connect employees admin",
            "BEGIN",
            "insert :a a=1",
            "rows 2",
            "rows :b b=2",
            "COMMIT"
        ]
    );
    let result = world
        .client
        .get_statement_result()
        .id(format!("{id}:2"))
        .send()
        .await
        .unwrap();
    assert_eq!(result.records().len(), 2);
    let (code, message) = refused!(world.client.get_statement_result().id(&id));
    assert_eq!(code, "ResourceNotFoundException");
    assert!(message.starts_with("Query does not have result."), "{message}");
    let second = world.describe(&format!("{id}:2")).await;
    assert_eq!((second.query_string(), second.result_rows()), (Some("rows 2"), 2));
    assert_eq!(
        refused!(world.client.describe_statement().id(format!("{id}:4"))).0,
        "ResourceNotFoundException"
    );
    assert_eq!(
        refused!(world.client.cancel_statement().id(format!("{id}:2"))).0,
        "ValidationException"
    );
}

#[tokio::test]
async fn a_failure_rolls_the_batch_back() {
    let world = World::new().await;
    let id = batch(&world, &["rows 1", "fail", "insert"])
        .send()
        .await
        .unwrap()
        .id
        .unwrap();
    let described = world.ended(&id).await;
    assert_eq!(status(&described), "FAILED");
    assert_eq!(
        described.error(),
        Some("Query #2 failed with ERROR: relation \"x\" does not exist")
    );
    let statuses: Vec<_> = described
        .sub_statements()
        .iter()
        .map(|sub| sub.status().unwrap().as_str())
        .collect();
    assert_eq!(statuses, ["FINISHED", "FAILED", "ABORTED"]);
    assert_eq!(
        described.sub_statements()[2].error(),
        Some("Connection or an prior query failed.")
    );
    assert_eq!(world.log.lines()[1..], ["BEGIN", "rows 1", "fail", "ROLLBACK"]);
}

#[tokio::test]
async fn a_cancelled_batch_is_rolled_back() {
    let world = World::new().await;
    let id = batch(&world, &["insert", "wait", "insert"])
        .send()
        .await
        .unwrap()
        .id
        .unwrap();
    world.asked("wait").await;
    world.client.cancel_statement().id(&id).send().await.unwrap();
    let described = world.ended(&id).await;
    assert_eq!(status(&described), "ABORTED");
    assert_eq!(world.log.lines().last().map(String::as_str), Some("ROLLBACK"));
}

#[tokio::test]
async fn statements_that_commit_on_their_own_do_not_stop_each_other() {
    let world = World::new().await;
    let request = batch(&world, &["insert", "fail", "rows 1"]).execution_mode("AUTO_COMMIT".into());
    let id = request.send().await.unwrap().id.unwrap();
    let described = world.ended(&id).await;
    let statuses: Vec<_> = described
        .sub_statements()
        .iter()
        .map(|sub| sub.status().unwrap().as_str())
        .collect();
    assert_eq!(
        (status(&described), statuses),
        ("FAILED", vec!["FINISHED", "FAILED", "FINISHED"])
    );
    assert!(!world.log.lines().contains(&"BEGIN".to_owned()));
}

#[tokio::test]
async fn batches_have_limits() {
    let world = World::new().await;
    let many = vec!["insert"; 41];
    assert_eq!(refused!(batch(&world, &many)).0, "ValidationException");
    let unused = batch(&world, &["insert"]).parameters(parameter("a", "1"));
    assert!(refused!(unused).1.contains("unused parameters"));
    let long = "x".repeat((100 << 10) + 1);
    assert_eq!(refused!(world.execute(&long)).0, "ValidationException");
}
