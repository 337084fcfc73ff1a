use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Cx, Owner, Resource};
use crate::resources::testing::{assert_within, desired, fresh, resource_at};

const KIND: &str = "Pipectl::Redshift::Sql";

/// A workgroup that is ours (or not), its tags, and a Data API that fails the statements that hold `BROKEN`.
fn service(ours: bool) -> Script {
    let owned = json!([{"key": "pipectl:pipeline", "value": "employees"}, {"key": "pipectl:env", "value": "dev"}]);
    let tags = Mutex::new(if ours { owned } else { json!([]) });
    let running = Mutex::new(Vec::<String>::new());
    Script::new(move |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let mut tags = tags.lock().unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match request.operation.as_str() {
            "GetWorkgroup" => Answer::json(
                json!({"workgroup": {"workgroupName": "w", "workgroupArn": "arn:w", "status": "AVAILABLE"}})
                    .to_string(),
            ),
            "ListTagsForResource" => Answer::json(json!({"tags": *tags}).to_string()),
            "TagResource" => {
                let list = tags.as_array_mut().unwrap();
                let added = body["tags"].as_array().unwrap();
                list.retain(|tag| added.iter().all(|new| new["key"] != tag["key"]));
                list.extend(added.iter().cloned());
                Answer::json("{}")
            }
            "UntagResource" => {
                let gone = &body["tagKeys"];
                tags.as_array_mut().unwrap().retain(|tag| tag["key"] != gone[0]);
                Answer::json("{}")
            }
            "ExecuteStatement" => {
                *running.lock().unwrap() = vec![text(&body["Sql"])];
                Answer::json(json!({"Id": "s"}).to_string())
            }
            "BatchExecuteStatement" => {
                *running.lock().unwrap() = body["Sqls"].as_array().unwrap().iter().map(text).collect();
                Answer::json(json!({"Id": "s"}).to_string())
            }
            "DescribeStatement" => Answer::json(outcome(&running.lock().unwrap()).to_string()),
            other => panic!("{other}"),
        }
    })
}

fn outcome(running: &[String]) -> Value {
    let message = "ERROR: syntax error at or near \"BROKEN\"\n  Position: 8";
    let one = |index: usize, sql: &String| match sql.contains("BROKEN") {
        true => json!({"Id": format!("s:{}", index + 1), "Status": "FAILED", "Error": message}),
        false => json!({"Id": format!("s:{}", index + 1), "Status": "FINISHED"}),
    };
    let failed = running.iter().any(|sql| sql.contains("BROKEN"));
    let mut outcome = json!({"Id": "s", "Status": if failed { "FAILED" } else { "FINISHED" }});
    if failed {
        outcome["Error"] = json!(message);
    }
    if running.len() > 1 {
        outcome["SubStatements"] = running.iter().enumerate().map(|(index, sql)| one(index, sql)).collect();
    }
    outcome
}

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

async fn sql(root: &Path, more: Value, script: &Script) -> Arc<dyn Resource> {
    let mut properties =
        json!({"Workgroup": "w", "Database": "employees", "SecretArn": "arn:secret", "Source": "sql/schema"});
    for (name, value) in more.as_object().unwrap() {
        properties[name] = value.clone();
    }
    resource_at(root, "us-east-1", KIND, properties, script).await
}

#[tokio::test]
async fn a_folder_runs_in_the_order_of_names_and_is_remembered() {
    let folder = project(&[
        (
            "sql/schema/20-tables.sql",
            "CREATE TABLE ${Schema}.t (a int); -- one\nCREATE TABLE u (b int);",
        ),
        ("sql/schema/10-schema.sql", "CREATE SCHEMA IF NOT EXISTS ${Schema};"),
        ("sql/schema/notes.txt", "BROKEN"),
    ]);
    let script = service(true);
    let resource = sql(folder.path(), json!({"Variables": {"Schema": "hr"}}), &script).await;
    let document = desired(&resource);
    assert!(resource.read(&document, &Cx::silent()).await.unwrap().is_none());
    let (cx, told) = fresh();
    let live = resource.create(&document, &cx).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!((live.owner, live.physical_id.as_str()), (Owner::Ours, "w/It"));
    let single = script.calls("ExecuteStatement")[0].json();
    assert_eq!(
        (&single["Sql"], &single["SecretArn"]),
        (&json!("CREATE SCHEMA IF NOT EXISTS hr"), &json!("arn:secret"))
    );
    let batch = script.calls("BatchExecuteStatement")[0].json();
    assert_eq!(
        batch["Sqls"],
        json!(["CREATE TABLE hr.t (a int)", "CREATE TABLE u (b int)"])
    );
    let tagged = script.calls("TagResource")[0].json();
    assert_eq!(
        tagged["tags"],
        json!([{"key": "pipectl:sql:It", "value": document["ContentSha256"]}])
    );
    // Everything finished at once: nothing to tell.
    assert!(told.lock().unwrap().is_empty(), "{told:?}");
    std::fs::write(folder.path().join("sql/schema/30-more.sql"), "SELECT 1").unwrap();
    let changed = desired(&resource);
    assert_ne!(changed["ContentSha256"], document["ContentSha256"]);
    let live = resource.read(&changed, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(live.document["ContentSha256"], document["ContentSha256"]);
}

#[tokio::test]
async fn a_failed_statement_is_named_by_file_and_line_and_nothing_is_remembered() {
    let folder = project(&[(
        "sql/schema/a.sql",
        "SELECT 1;\n\n-- next\nSELECT\n BROKEN\n FROM x;\nSELECT 2",
    )]);
    let script = service(true);
    let resource = sql(folder.path(), json!({}), &script).await;
    let error = resource
        .create(&desired(&resource), &Cx::silent())
        .await
        .unwrap_err()
        .to_string();
    // The statement begins on line 4; Redshift's position is on the line after.
    assert!(error.contains("sql/schema/a.sql:5: ERROR: syntax error"), "{error}");
    assert!(script.calls("TagResource").is_empty());
}

#[tokio::test]
async fn sql_does_not_run_in_a_warehouse_of_others() {
    let folder = project(&[("sql/schema/a.sql", "DROP TABLE x")]);
    let script = service(false);
    let resource = sql(folder.path(), json!({}), &script).await;
    let error = resource
        .create(&desired(&resource), &Cx::silent())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("not this pipeline's"), "{error}");
    assert!(script.calls("ExecuteStatement").is_empty());
}

#[tokio::test]
async fn deletion_takes_the_tag_alone_or_runs_the_teardown_first() {
    let folder = project(&[
        ("sql/schema/a.sql", "SELECT 1"),
        ("sql/drop.sql", "DROP SCHEMA hr CASCADE"),
    ]);
    let script = service(true);
    let plain = sql(folder.path(), json!({}), &script).await;
    let live = plain.create(&desired(&plain), &Cx::silent()).await.unwrap();
    plain.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("ExecuteStatement").len(), 1);
    assert!(plain.read(&desired(&plain), &Cx::silent()).await.unwrap().is_none());
    let thorough = sql(folder.path(), json!({"Teardown": "sql/drop.sql"}), &script).await;
    let live = thorough.create(&desired(&thorough), &Cx::silent()).await.unwrap();
    thorough.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(
        script.calls("ExecuteStatement")[2].json()["Sql"],
        "DROP SCHEMA hr CASCADE"
    );
    assert_eq!(
        script.calls("UntagResource")[1].json()["tagKeys"],
        json!(["pipectl:sql:It"])
    );
}

#[tokio::test]
async fn a_warehouse_that_does_not_exist_yet_holds_nothing() {
    let folder = project(&[("sql/schema/a.sql", "SELECT 1")]);
    let script = service(true);
    let gone = || Answer::error("ResourceNotFoundException", "There is no workgroup w.");
    let script = script.refusing(vec![("GetWorkgroup", gone()), ("GetWorkgroup", gone())]);
    let resource = sql(folder.path(), json!({}), &script).await;
    assert!(
        resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .is_none()
    );
    let error = resource
        .create(&desired(&resource), &Cx::silent())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no such warehouse"), "{error}");
}

#[tokio::test]
async fn mistakes_in_the_files_name_the_place() {
    let folder = project(&[
        ("sql/schema/a.sql", "SELECT 1;\nSELECT '${Role}"),
        ("sql/open.sql", "SELECT 1;\nSELECT 'x"),
    ]);
    let script = service(true);
    let resource = sql(folder.path(), json!({}), &script).await;
    let error = resource.desired(&Default::default()).unwrap_err().to_string();
    assert_eq!(error, "sql/schema/a.sql:2: `${Role}` is no variable of It");
    let open = sql(folder.path(), json!({"Source": "sql/open.sql"}), &script).await;
    let error = open
        .create(&desired(&open), &Cx::silent())
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(error, "sql/open.sql:2: the quote that opens at line 2 is never closed");
    let missing = sql(folder.path(), json!({"Source": "sql/nowhere"}), &script).await;
    assert!(
        missing
            .desired(&Default::default())
            .unwrap_err()
            .to_string()
            .contains("sql/nowhere")
    );
}

#[tokio::test]
async fn a_cluster_is_tagged_by_its_arn_and_says_when_it_is_paused() {
    let folder = project(&[("sql/schema/a.sql", "SELECT 1")]);
    let status = Arc::new(Mutex::new("paused"));
    let shown = status.clone();
    let script = Script::new(move |request: &Request| match request.operation.as_str() {
        "DescribeClusters" => {
            let tags = crate::resources::testing::our_tags_xml("Tag");
            let status = *shown.lock().unwrap();
            Answer::xml(format!(
                "<DescribeClustersResponse><DescribeClustersResult><Clusters><Cluster><ClusterStatus>{status}</ClusterStatus>\
                 <Tags>{tags}<Tag><Key>pipectl:sql:It</Key><Value>old</Value></Tag></Tags></Cluster></Clusters>\
                 </DescribeClustersResult></DescribeClustersResponse>"
            ))
        }
        "ExecuteStatement" => Answer::json(json!({"Id": "s"}).to_string()),
        "DescribeStatement" => Answer::json(json!({"Id": "s", "Status": "FINISHED"}).to_string()),
        _ => Answer::xml("<CreateTagsResponse/>"),
    });
    let properties = json!({"Cluster": "c", "Database": "employees", "Source": "sql/schema"});
    let resource = resource_at(folder.path(), "us-east-1", KIND, properties, &script).await;
    let document = desired(&resource);
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(
        (live.owner.clone(), &live.document["ContentSha256"]),
        (Owner::Ours, &json!("old"))
    );
    let error = resource.update(&live, &document, &[], &Cx::silent()).await.unwrap_err();
    assert!(error.to_string().contains("paused"), "{error}");
    *status.lock().unwrap() = "available";
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    let tagged = &script.calls("CreateTags")[0];
    assert_eq!(
        tagged.form("ResourceName").as_deref(),
        Some("arn:aws:redshift:us-east-1:111122223333:cluster:c")
    );
    assert_eq!(
        tagged.form("Tags.Tag.1.Value").as_deref(),
        document["ContentSha256"].as_str()
    );
    assert_eq!(script.calls("ExecuteStatement")[0].json()["ClusterIdentifier"], "c");
}
