use std::sync::Mutex;

use serde_json::{Value, json};

use super::world::{interrupting, watching};
use crate::aws::script::{Answer, Request, Script};
use crate::aws::statement::SqlTarget;
use crate::flow::{Error, Event, HopKind, Reconciliation, Refreshed, SpiceDataSet, Warehouse, refresh};

const ACCOUNT: &str = "111122223333";

/// QuickSight whose ingestions go through `states`, with these last words; a warehouse that counts 982 rows.
fn services(states: Vec<&'static str>, ended: Value) -> Script {
    let states = Mutex::new(states);
    Script::new(move |request: &Request| {
        let id = request.path.rsplit('/').next().unwrap_or_default();
        match (request.operation.as_str(), request.method.as_str()) {
            ("ExecuteStatement", _) => Answer::json(json!({ "Id": "s-1" }).to_string()),
            ("DescribeStatement", _) => {
                Answer::json(json!({"Id": "s-1", "Status": "FINISHED", "HasResultSet": true}).to_string())
            }
            ("GetStatementResult", _) => Answer::json(
                json!({"ColumnMetadata": [{"name": "count"}], "Records": [[{"longValue": 982}]], "TotalNumRows": 1})
                    .to_string(),
            ),
            (_, "PUT") if request.path.contains("/missing/") => {
                Answer::json(json!({"Message": "not there"}).to_string())
                    .status(404)
                    .header("x-amzn-errortype", "ResourceNotFoundException")
            }
            (_, "PUT") => Answer::json(json!({"IngestionId": id, "IngestionStatus": "INITIALIZED"}).to_string()),
            (_, "DELETE") => Answer::json(json!({ "IngestionId": id }).to_string()),
            _ => {
                let mut states = states.lock().unwrap();
                let state = states[0];
                if states.len() > 1 {
                    states.remove(0);
                }
                let mut ingestion =
                    json!({"Arn": "arn", "IngestionId": id, "IngestionStatus": state, "CreatedTime": 1});
                if let (Some(all), Some(more)) = (ingestion.as_object_mut(), ended.as_object()) {
                    all.extend(more.clone());
                }
                Answer::json(json!({ "Ingestion": ingestion }).to_string())
            }
        }
    })
}

async fn refreshed(script: &Script, id: &str, seen: &super::world::Seen) -> Result<Vec<Refreshed>, Error> {
    let clients = script.clients().await;
    let warehouse = Warehouse {
        client: clients.redshift_data.clone(),
        target: SqlTarget {
            workgroup: Some("employees-dev".into()),
            database: "employees".into(),
            ..SqlTarget::default()
        },
    };
    let set = SpiceDataSet {
        id: "EmployeesData".into(),
        data_set_id: id.into(),
        count: "SELECT COUNT(*) AS count FROM hr.employees AS t".into(),
    };
    refresh(&clients, ACCOUNT, &warehouse, &[set], &seen.watch).await
}

#[tokio::test]
async fn a_refresh_is_waited_for_and_counted() {
    let rows = json!({"RowInfo": {"RowsIngested": 982, "RowsDropped": 0, "TotalRowsInDataset": 982}});
    let script = services(vec!["INITIALIZED", "QUEUED", "RUNNING", "COMPLETED"], rows);
    let seen = watching();
    let refreshed = refreshed(&script, "employees", &seen).await.unwrap();
    let expected = Refreshed {
        data_set: "EmployeesData".into(),
        rows_expected: 982,
        rows: 982,
        rows_dropped: 0,
    };
    assert_eq!(refreshed, [expected]);
    assert_eq!(
        seen.all("refresh_state", "state"),
        ["INITIALIZED", "QUEUED", "RUNNING", "COMPLETED"]
    );
    assert_eq!(seen.all("refreshed", "rows"), [982]);
}

#[tokio::test]
async fn a_failed_refresh_says_why_and_what_to_do() {
    let error = json!({"ErrorInfo": {"Type": "SQL_TABLE_NOT_FOUND", "Message": "relation \"hr.x\" does not exist"}});
    let script = services(vec!["RUNNING", "FAILED"], error);
    let failed = refreshed(&script, "employees", &watching()).await.unwrap_err();
    let text = failed.to_string();
    for part in [
        "EmployeesData",
        "FAILED",
        "SQL_TABLE_NOT_FOUND",
        "relation \"hr.x\" does not exist",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(failed.hint().is_some_and(|hint| !hint.is_empty()));
}

#[tokio::test]
async fn a_data_set_that_is_not_there_has_to_be_deployed() {
    let script = services(vec!["COMPLETED"], json!({}));
    let failed = refreshed(&script, "missing", &watching()).await.unwrap_err();
    assert!(matches!(failed, Error::NotDeployed { .. }), "{failed}");
}

#[tokio::test]
async fn an_interrupted_refresh_is_cancelled() {
    let script = services(vec!["RUNNING"], json!({}));
    let seen = interrupting(|event| matches!(event, Event::RefreshState { .. }), false);
    let ended = refreshed(&script, "employees", &seen).await;
    assert!(matches!(ended, Err(Error::Interrupted(_))));
    assert_eq!(
        script
            .seen()
            .iter()
            .filter(|request| request.method == "DELETE")
            .count(),
        1
    );
}

#[test]
fn rows_that_quicksight_dropped_are_missing_in_the_books() {
    let set = |data_set: &str, rows, rows_dropped| Refreshed {
        data_set: data_set.into(),
        rows_expected: 10,
        rows,
        rows_dropped,
    };
    let mut books = Reconciliation::default();
    books.add_spice(&[set("A", 10, 0), set("B", 8, 2)]);
    let hops: Vec<_> = books.hops.iter().map(|hop| (hop.hop, hop.rows)).collect();
    assert_eq!(hops, [(HopKind::Queried, 20), (HopKind::Spice, 18)]);
    let [difference] = books.differences.as_slice() else {
        panic!("one difference")
    };
    assert_eq!((difference.expected, difference.found), (10, 8));
    assert!(difference.about.contains('B'));
}
