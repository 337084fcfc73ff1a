use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::aws::script::{Answer, Script};

fn workgroup() -> SqlTarget {
    SqlTarget {
        workgroup: Some("employees-dev".into()),
        database: "employees".into(),
        secret_arn: Some("arn:secret".into()),
        ..SqlTarget::default()
    }
}

fn statements(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A Data API whose statement goes through these descriptions.
fn service(descriptions: Vec<Value>) -> Script {
    let descriptions = Mutex::new(descriptions);
    Script::new(move |request| match request.operation.as_str() {
        "ExecuteStatement" | "BatchExecuteStatement" => Answer::json(json!({"Id": "s-1"}).to_string()),
        "DescribeStatement" => {
            let mut descriptions = descriptions.lock().unwrap();
            let shown = match descriptions.len() {
                1 => descriptions[0].clone(),
                _ => descriptions.remove(0),
            };
            Answer::json(shown.to_string())
        }
        "GetStatementResult" => match request.json().get("NextToken") {
            None => Answer::json(
                json!({"ColumnMetadata": [{"name": "n", "typeName": "int8"}], "TotalNumRows": 2,
                    "Records": [[{"longValue": 1}]], "NextToken": "more"})
                .to_string(),
            ),
            Some(_) => Answer::json(
                json!({"ColumnMetadata": [{"name": "n"}], "TotalNumRows": 2, "Records": [[{"isNull": true}]]})
                    .to_string(),
            ),
        },
        _ => Answer::json(json!({"Status": true}).to_string()),
    })
}

#[tokio::test]
async fn one_statement_is_executed_and_waited_for() {
    let script = service(vec![
        json!({"Id": "s-1", "Status": "SUBMITTED"}),
        json!({"Id": "s-1", "Status": "STARTED"}),
        json!({"Id": "s-1", "Status": "STARTED"}),
        json!({"Id": "s-1", "Status": "FINISHED", "ResultRows": 7, "HasResultSet": true}),
    ]);
    let client = script.clients().await.redshift_data;
    let told = Mutex::new(Vec::new());
    let parameters = [("batch".to_owned(), "b1".to_owned())];
    let finished = run(
        &client,
        &workgroup(),
        &statements(&["SELECT 1"]),
        &parameters,
        Some("t"),
        &|state| told.lock().unwrap().push(state.to_owned()),
    )
    .await
    .unwrap();
    assert_eq!((finished.rows, finished.has_result_set), (vec![7], true));
    assert_eq!(told.into_inner().unwrap(), ["SUBMITTED", "STARTED"]);
    let sent = script.calls("ExecuteStatement")[0].json();
    assert_eq!(
        sent,
        json!({"Sql": "SELECT 1", "WorkgroupName": "employees-dev", "Database": "employees", "SecretArn": "arn:secret",
            "Parameters": [{"name": "batch", "value": "b1"}], "ClientToken": "t"})
    );
    assert_eq!(script.calls("DescribeStatement")[0].json()["WaitTimeSeconds"], 10);
}

#[tokio::test]
async fn a_failed_batch_says_which_statement_and_what_redshift_says() {
    let script = service(vec![
        json!({"Id": "s-1", "Status": "STARTED", "SubStatements": [
            {"Id": "s-1:1", "Status": "FINISHED"}, {"Id": "s-1:2", "Status": "STARTED"}, {"Id": "s-1:3", "Status": "SUBMITTED"}]}),
        json!({"Id": "s-1", "Status": "FAILED", "Error": "Query #2 failed with ERROR: relation \"x\" does not exist",
            "SubStatements": [{"Id": "s-1:1", "Status": "FINISHED"},
                {"Id": "s-1:2", "Status": "FAILED", "Error": "ERROR: relation \"x\" does not exist"},
                {"Id": "s-1:3", "Status": "ABORTED"}]}),
    ]);
    let client = script.clients().await.redshift_data;
    let told = Mutex::new(Vec::new());
    let cluster = SqlTarget {
        workgroup: None,
        cluster: Some("employees-dev".into()),
        ..workgroup()
    };
    let failure = run(&client, &cluster, &statements(&["a", "b", "c"]), &[], None, &|state| {
        told.lock().unwrap().push(state.to_owned())
    })
    .await
    .unwrap_err();
    assert_eq!(failure.position, Some(1));
    assert_eq!(failure.message.as_deref(), Some("ERROR: relation \"x\" does not exist"));
    let text = failure.error.to_string();
    assert!(text.contains("statement 2 of 3: ERROR: relation"), "{text}");
    assert!(failure.error.hint().is_some());
    assert_eq!(told.into_inner().unwrap(), ["STARTED, statement 2 of 3"]);
    let sent = script.calls("BatchExecuteStatement")[0].json();
    assert_eq!(
        (&sent["ClusterIdentifier"], &sent["Sqls"]),
        (&json!("employees-dev"), &json!(["a", "b", "c"]))
    );
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_worth_repeating_only_after_a_fresh_attach() {
    let script = service(vec![json!({"Id": "s-1", "Status": "FAILED",
        "Error": "ERROR: User arn:x is not authorized to assume IAM Role arn:y. Detail: code: 8001"})]);
    let client = script.clients().await.redshift_data;
    let failure = run(&client, &workgroup(), &statements(&["COPY"]), &[], None, &|_| ())
        .await
        .unwrap_err();
    assert_eq!(
        (failure.error.kind, failure.position),
        (ErrorKind::Propagating, Some(0))
    );
    assert!(failure.error.retry.limit(true).is_some() && failure.error.retry.limit(false).is_none());
}

#[tokio::test]
async fn a_cancelled_statement_is_nobodys_mistake() {
    let script = service(vec![json!({"Id": "s-1", "Status": "ABORTED"})]);
    let client = script.clients().await.redshift_data;
    let failure = run(&client, &workgroup(), &statements(&["x"]), &[], None, &|_| ())
        .await
        .unwrap_err();
    assert_eq!((failure.position, failure.message), (None, None));
    assert!(failure.error.to_string().contains("cancelled"), "{}", failure.error);
}

#[tokio::test]
async fn too_many_statements_at_once_are_sent_again() {
    let busy = Answer::error(
        "ActiveStatementsExceededException",
        "The number of active statements exceeds the limit.",
    );
    let script = service(vec![json!({"Id": "s-1", "Status": "FINISHED"})]).refusing(vec![("ExecuteStatement", busy)]);
    let client = script.clients().await.redshift_data;
    run(&client, &workgroup(), &statements(&["x"]), &[], None, &|_| ())
        .await
        .unwrap();
    assert_eq!(script.calls("ExecuteStatement").len(), 2);
}

#[tokio::test]
async fn too_many_waiting_polls_are_no_news() {
    let busy = Answer::error("ActiveWaitingRequestsExceededException", "Too many waiting requests.");
    let script = service(vec![json!({"Id": "s-1", "Status": "FINISHED"})]).refusing(vec![("DescribeStatement", busy)]);
    let client = script.clients().await.redshift_data;
    run(&client, &workgroup(), &statements(&["x"]), &[], None, &|_| ())
        .await
        .unwrap();
}

#[tokio::test]
async fn quotas_are_checked_before_anything_is_sent() {
    let script = service(vec![]);
    let client = script.clients().await.redshift_data;
    let many = vec!["x".to_owned(); MOST_STATEMENTS + 1];
    let failure = run(&client, &workgroup(), &many, &[], None, &|_| ()).await.unwrap_err();
    assert!(failure.to_string().contains("41 statements"), "{failure}");
    let large = ["x".to_owned(), "y".repeat(LARGEST_STATEMENT + 1)];
    let failure = run(&client, &workgroup(), &large, &[], None, &|_| ())
        .await
        .unwrap_err();
    assert_eq!(failure.position, Some(1));
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn rows_come_page_by_page() {
    let script = service(vec![]);
    let client = script.clients().await.redshift_data;
    let mut rows = rows(&client, "s-1");
    let first = rows.next().await.unwrap().unwrap();
    assert_eq!((first.columns[0].name(), first.total), (Some("n"), 2));
    assert_eq!(first.records, [[Field::LongValue(1)]]);
    let second = rows.next().await.unwrap().unwrap();
    assert_eq!(second.records, [[Field::IsNull(true)]]);
    assert!(rows.next().await.unwrap().is_none());
    assert_eq!(script.calls("GetStatementResult")[1].json()["NextToken"], "more");
}

#[tokio::test]
async fn cancelling_what_has_ended_is_done() {
    let ended = Answer::error(
        "ValidationException",
        "Could not cancel a query that is already in FINISHED state",
    );
    let script = service(vec![]).refusing(vec![("CancelStatement", ended)]);
    let client = script.clients().await.redshift_data;
    cancel(&client, "s-1").await.unwrap();
    cancel(&client, "s-1").await.unwrap();
    assert_eq!(script.calls("CancelStatement").len(), 2);
}
