use serde_json::json;

use super::world::{World, interrupting, watching};
use crate::aws::{Clients, script::Answer as Wire, script::Script, sql_statements};
use crate::flow::{Answer, Cell, Error, Receipt, Warehouse, WarehouseName, query, receipts, write_receipt};

#[tokio::test]
async fn rows_come_with_their_columns_and_types() {
    let world = World::new();
    let warehouse = world.warehouse().await;
    world.state().ledger.push(Default::default());
    let script = "SELECT batch_id FROM hr.load_ledger";
    let statement = sql_statements(script).unwrap()[0];
    let answer = query(&warehouse, "q.sql", script, &statement, &watching().watch).await;
    let Answer::Rows(mut rows) = answer.unwrap() else {
        panic!("rows")
    };
    let page = rows.next().await.unwrap().unwrap();
    assert_eq!(page.columns[0].name, "batch_id");
    assert_eq!(page.rows[0][..2], [Cell::Text(String::new()), Cell::Long(0)]);
    assert!(rows.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_statement_without_a_result_says_how_many_rows_it_affected() {
    let world = World::new();
    let warehouse = world.warehouse().await;
    let script = "DELETE FROM t";
    let statement = sql_statements(script).unwrap()[0];
    let answer = query(&warehouse, "q.sql", script, &statement, &watching().watch).await;
    assert!(matches!(answer.unwrap(), Answer::Affected(Some(3))));
}

#[tokio::test]
async fn an_error_is_placed_in_its_file() {
    let world = World::new();
    let warehouse = world.warehouse().await;
    let script = "SELECT 1;\n\nSELECT *\n  FORM t;";
    let statement = sql_statements(script).unwrap()[1];
    let message = "ERROR: syntax error at or near \"FORM\"\n  Position: 12";
    world.state().next_load = ("FAILED", Some((0, message.into())));
    let answer = query(&warehouse, "q.sql", script, &statement, &watching().watch).await;
    let Err(Error::Sql(error)) = answer else {
        panic!("an error")
    };
    assert_eq!(error.message, "syntax error at or near \"FORM\"");
    assert_eq!((error.place.line, error.place.column), (4, 3));
}

#[tokio::test]
async fn an_interrupted_query_is_cancelled() {
    let world = World::new();
    let warehouse = world.warehouse().await;
    world.state().next_load = ("STARTED", None);
    let seen = interrupting(|_| false, false);
    seen.watch.cancel.cancel();
    let statement = sql_statements("VACUUM").unwrap()[0];
    let answer = query(&warehouse, "q.sql", "VACUUM", &statement, &seen.watch).await;
    assert!(matches!(answer, Err(Error::Interrupted(_))));
    assert_eq!(world.calls("CancelStatement").len(), 1);
}

async fn found(script: Script, name: WarehouseName) -> Result<Warehouse, Error> {
    let clients: Clients = script.clients().await;
    Warehouse::find(&clients, &name).await
}

#[tokio::test]
async fn a_workgroup_has_its_database_and_secret_from_its_namespace() {
    let script = Script::new(|request| {
        Wire::json(match request.operation.as_str() {
            "GetWorkgroup" => {
                json!({"workgroup": {"workgroupName": "w", "status": "AVAILABLE", "namespaceName": "n"}}).to_string()
            }
            _ => json!({"namespace": {"namespaceName": "n", "dbName": "employees", "adminPasswordSecretArn": "arn:s"}})
                .to_string(),
        })
    });
    let warehouse = found(script, WarehouseName::Workgroup("w".into())).await.unwrap();
    assert_eq!(warehouse.target.workgroup.as_deref(), Some("w"));
    assert_eq!(
        (
            warehouse.target.database.as_str(),
            warehouse.target.secret_arn.as_deref()
        ),
        ("employees", Some("arn:s"))
    );
}

#[tokio::test]
async fn a_warehouse_that_is_not_there_or_not_ready_is_named() {
    let missing = Script::new(|_| Wire::error("ResourceNotFoundException", "Workgroup w not found."));
    let error = found(missing, WarehouseName::Workgroup("w".into())).await.unwrap_err();
    assert_eq!(error.to_string(), "the workgroup w does not exist");
    let creating = Script::new(|_| Wire::json(json!({"workgroup": {"status": "CREATING"}}).to_string()));
    let error = found(creating, WarehouseName::Workgroup("w".into())).await.unwrap_err();
    assert_eq!(error.to_string(), "the workgroup w is CREATING, not AVAILABLE");
    let cluster = Script::new(|_| Wire::iam_error(404, "ClusterNotFound", "Cluster c not found."));
    let error = found(cluster, WarehouseName::Cluster("c".into())).await.unwrap_err();
    assert_eq!(error.to_string(), "the cluster c does not exist");
}

#[tokio::test]
async fn a_receipt_is_read_as_it_was_written() {
    let world = World::new();
    let clients = world.clients().await;
    let receipt = |at: &str| Receipt {
        version: 1,
        ingested_at: at.parse().unwrap(),
        rows_read: 3,
        rows_rejected: 1,
        rows_sent: 2,
        records: 1,
        finished_at: at.parse().unwrap(),
    };
    let written = [receipt("2026-11-25T08:30:00.5Z"), receipt("2026-11-24T08:30:00Z")];
    for receipt in &written {
        write_receipt(&clients.s3, super::world::RAW, "employees", receipt)
            .await
            .unwrap();
    }
    let read = receipts(&clients.s3, &super::world::places()).await.unwrap();
    assert_eq!(read, [written[1].clone(), written[0].clone()], "oldest first");
}
