use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Condition, Cx, Owner};
use crate::resources::testing::{assert_within, desired, fresh, resource};

const DATABASE: &str = "AWS::Glue::Database";
const TABLE: &str = "AWS::Glue::Table";
const JOB: &str = "AWS::Glue::Job";
const TRIGGER: &str = "AWS::Glue::Trigger";

fn our_tags() -> Value {
    json!({"pipectl:pipeline": "employees", "pipectl:env": "dev", "pipectl:resource": "It"})
}

#[derive(Default)]
struct World {
    /// `database db`, `table db t`, `job j`, `trigger t`, as the API answers them.
    things: BTreeMap<String, Value>,
    /// By ARN.
    tags: BTreeMap<String, Value>,
}

impl World {
    fn get(&self, what: &str, member: &str) -> Answer {
        match self.things.get(what) {
            Some(thing) => Answer::json(json!({ member: thing }).to_string()),
            None => Answer::error("EntityNotFoundException", &format!("{what} not found.")),
        }
    }

    fn put(&mut self, what: &str, thing: Value) -> Answer {
        self.things.insert(what.to_owned(), thing);
        Answer::json("{}")
    }

    fn delete(&mut self, what: &str) -> Answer {
        match self.things.remove(what) {
            Some(_) => Answer::json("{}"),
            None => Answer::error("EntityNotFoundException", &format!("{what} not found.")),
        }
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let body = request.json();
        let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
        let database = format!("database {}", text("Name"));
        let table = format!("table {} {}", text("DatabaseName"), text("Name"));
        let job = format!("job {}", text("JobName"));
        let trigger = format!("trigger {}", text("Name"));
        let input = |input: &str, name: &str| {
            let mut thing = body[input].clone();
            thing["CatalogId"] = body["CatalogId"].clone();
            thing["DatabaseName"] = body["DatabaseName"].clone();
            (format!("{name} {}", thing["Name"].as_str().unwrap()), thing)
        };
        match request.operation.as_str() {
            "GetDatabase" => self.get(&database, "Database"),
            "GetTable" => self.get(&table, "Table"),
            "GetJob" => self.get(&job, "Job"),
            "GetTrigger" => self.get(&trigger, "Trigger"),
            "CreateDatabase" => {
                let (name, thing) = input("DatabaseInput", "database");
                self.tags.insert(arn(&name), body["Tags"].clone());
                self.put(&name, thing)
            }
            "UpdateDatabase" => {
                let (name, thing) = input("DatabaseInput", "database");
                self.put(&name, thing)
            }
            "CreateTable" | "UpdateTable" => {
                let (name, thing) = input("TableInput", &format!("table {}", text("DatabaseName")));
                self.put(&name, thing)
            }
            "CreateJob" => {
                let name = format!("job {}", text("Name"));
                self.tags.insert(arn(&name), body["Tags"].clone());
                let mut thing = body.clone();
                thing.as_object_mut().unwrap().remove("Tags");
                thing["CreatedOn"] = json!(1.7e9);
                // As Glue does for a job of workers.
                thing["MaxCapacity"] = thing["NumberOfWorkers"].clone();
                self.put(&name, thing)
            }
            "UpdateJob" => {
                let mut thing = body["JobUpdate"].clone();
                thing["Name"] = body["JobName"].clone();
                self.put(&job, thing)
            }
            "CreateTrigger" => {
                self.tags.insert(arn(&trigger), body["Tags"].clone());
                let mut thing = body.clone();
                let started = body["StartOnCreation"] == true;
                thing["State"] = json!(if started { "ACTIVATED" } else { "CREATED" });
                self.put(&trigger, thing)
            }
            "UpdateTrigger" => {
                let before = self.things[&trigger].clone();
                let mut thing = body["TriggerUpdate"].clone();
                for kept in ["Name", "Type", "State"] {
                    thing[kept] = before[kept].clone();
                }
                self.put(&trigger, thing)
            }
            "StartTrigger" | "StopTrigger" => {
                let state = ["DEACTIVATED", "ACTIVATED"][usize::from(request.operation == "StartTrigger")];
                self.things.get_mut(&trigger).unwrap()["State"] = json!(state);
                Answer::json("{}")
            }
            "DeleteDatabase" => self.delete(&database),
            "DeleteTable" => self.delete(&table),
            "DeleteJob" => self.delete(&job),
            "DeleteTrigger" => self.delete(&trigger),
            "GetTags" => {
                let tags = self.tags.get(&text("ResourceArn")).cloned().unwrap_or(json!({}));
                Answer::json(json!({ "Tags": tags }).to_string())
            }
            "TagResource" => {
                let tags = self.tags.entry(text("ResourceArn")).or_insert(json!({}));
                for (key, value) in body["TagsToAdd"].as_object().unwrap() {
                    tags[key] = value.clone();
                }
                Answer::json("{}")
            }
            other => panic!("{other}"),
        }
    }
}

/// `job j` -> its ARN.
fn arn(what: &str) -> String {
    format!("arn:aws:glue:us-east-1:111122223333:{}", what.replacen(' ', "/", 1))
}

fn service_with(world: World) -> Script {
    let world = Mutex::new(world);
    Script::new(move |request| world.lock().unwrap().answer(request))
}

fn service() -> Script {
    service_with(World::default())
}

fn database() -> Value {
    json!({"CatalogId": "111122223333", "DatabaseInput": {"Name": "db", "Description": "d",
        "LocationUri": "s3://b/db/", "Parameters": {"team": "data", "tier": 1},
        "CreateTableDefaultPermissions": [{"Permissions": ["ALL"],
            "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}}]}})
}

fn table() -> Value {
    json!({"CatalogId": "111122223333", "DatabaseName": "db", "TableInput": {
        "Name": "t", "Description": "d", "Owner": "hr", "Retention": 7, "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet", "projection.enabled": true},
        "PartitionKeys": [{"Name": "dt", "Type": "date", "Comment": "day"}],
        "StorageDescriptor": {
            "Columns": [{"Name": "id", "Type": "bigint"}, {"Name": "skills", "Type": "array<string>"}],
            "Location": "s3://b/t/", "InputFormat": "in", "OutputFormat": "out", "Compressed": "false",
            "NumberOfBuckets": -1, "StoredAsSubDirectories": true, "BucketColumns": ["id"],
            "SortColumns": [{"Column": "id", "SortOrder": 1}], "Parameters": {"p": "q"},
            "SerdeInfo": {"Name": "s", "SerializationLibrary": "lib", "Parameters": {"serialization.format": 1}},
            "SkewedInfo": {"SkewedColumnNames": ["id"], "SkewedColumnValues": ["1"],
                "SkewedColumnValueLocationMaps": {"1": "s3://b/one/"}}}}})
}

fn job() -> Value {
    json!({"Name": "j", "Description": "d", "Role": "arn:aws:iam::111122223333:role/x/r", "GlueVersion": "5.0",
        "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py", "PythonVersion": 3},
        "DefaultArguments": {"--raw": "s3://b/", "--rows": 5, "--flag": true},
        "NonOverridableArguments": {"--fixed": "1"}, "Connections": {"Connections": ["vpc"]},
        "ExecutionProperty": {"MaxConcurrentRuns": 2}, "ExecutionClass": "FLEX", "WorkerType": "G.1X",
        "NumberOfWorkers": "2", "MaxRetries": 1, "Timeout": 60, "NotificationProperty": {"NotifyDelayAfter": 10},
        "SecurityConfiguration": "sec", "JobMode": "VISUAL", "JobRunQueuingEnabled": true,
        "MaintenanceWindow": "Sun:10", "LogUri": "s3://b/log/", "Tags": {"team": "data"}})
}

fn trigger() -> Value {
    json!({"Name": "n", "Type": "SCHEDULED", "Description": "d", "Schedule": "cron(15 2 * * ? *)",
        "StartOnCreation": "true", "Tags": {"team": "data"},
        "Actions": [{"JobName": "j", "Arguments": {"--full": true}, "Timeout": 5, "SecurityConfiguration": "sec",
            "NotificationProperty": {"NotifyDelayAfter": 10}}]})
}

fn conditional() -> Value {
    json!({"Name": "n", "Type": "CONDITIONAL", "WorkflowName": "w", "Actions": [{"CrawlerName": "c"}],
        "EventBatchingCondition": {"BatchSize": 2, "BatchWindow": 60},
        "Predicate": {"Logical": "ANY", "Conditions": [
            {"LogicalOperator": "EQUALS", "JobName": "a", "State": "SUCCEEDED"},
            {"LogicalOperator": "EQUALS", "CrawlerName": "b", "CrawlState": "FAILED"}]}})
}

#[tokio::test]
async fn everything_reads_back_as_it_was_written() {
    for (kind, properties) in [
        (DATABASE, database()),
        (TABLE, table()),
        (JOB, job()),
        (TRIGGER, trigger()),
        (TRIGGER, conditional()),
    ] {
        let script = service_with(World {
            tags: BTreeMap::from([(arn("database db"), our_tags())]),
            ..World::default()
        });
        let resource = resource(kind, properties, &script).await;
        let document = desired(&resource);
        assert!(
            resource.read(&document, &Cx::silent()).await.unwrap().is_none(),
            "{kind}"
        );
        let live = resource.create(&document, &Cx::silent()).await.unwrap();
        assert_within(&document, &live.document);
        assert_eq!(live.owner, Owner::Ours, "{kind}");
        let tagged = script.operations().iter().filter(|call| *call == "TagResource").count();
        assert_eq!(tagged, 0, "{kind}: the tags go with the creation");
        // Every member that a closed path forbids would show here.
        for path in resource.closed_paths().iter().filter(|path| !path.contains('*')) {
            assert_eq!(document.pointer(path), live.document.pointer(path), "{kind} {path}");
        }
        let live = resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
        assert_within(&document, &live.document);
        resource.delete(&live, &Cx::silent()).await.unwrap();
        assert!(
            resource.read(&document, &Cx::silent()).await.unwrap().is_none(),
            "{kind}"
        );
        let again = resource.delete(&live, &Cx::silent()).await;
        again.unwrap_or_else(|error| panic!("{kind}: gone counts as done: {error}"));
    }
}

#[tokio::test]
async fn what_is_taken_out_is_a_difference_and_goes() {
    let cases = [
        (
            DATABASE,
            database(),
            json!({"CatalogId": "111122223333", "DatabaseInput": {"Name": "db"}}),
        ),
        (
            TABLE,
            table(),
            json!({"CatalogId": "111122223333", "DatabaseName": "db", "TableInput": {"Name": "t"}}),
        ),
        (
            JOB,
            job(),
            json!({"Name": "j", "Role": "r", "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}}),
        ),
    ];
    for (kind, full, bare) in cases {
        let script = service();
        let full = resource(kind, full, &script).await;
        let live = full.create(&desired(&full), &Cx::silent()).await.unwrap();
        let bare = resource(kind, bare, &script).await;
        let document = desired(&bare);
        let live = bare.update(&live, &document, &[], &Cx::silent()).await.unwrap();
        assert_within(&document, &live.document);
        for path in bare.closed_paths() {
            let rest = live.document.pointer(path).and_then(Value::as_object);
            assert!(rest.is_none_or(serde_json::Map::is_empty), "{kind} {path}: {rest:?}");
        }
    }
}

#[tokio::test]
async fn permissions_that_the_configs_leave_out_survive_an_update() {
    let script = service();
    let with = resource(DATABASE, database(), &script).await;
    let live = with.create(&desired(&with), &Cx::silent()).await.unwrap();
    let without = json!({"CatalogId": "111122223333", "DatabaseInput": {"Name": "db", "Description": "other"}});
    let without = resource(DATABASE, without, &script).await;
    without
        .update(&live, &desired(&without), &[], &Cx::silent())
        .await
        .unwrap();
    let sent = &script.calls("UpdateDatabase")[0].json()["DatabaseInput"];
    assert_eq!(sent["Description"], "other");
    assert_eq!(sent["CreateTableDefaultPermissions"][0]["Permissions"], json!(["ALL"]));
    let calls = script.operations().len();
    without
        .update(&live, &desired(&without), &[], &Cx::silent())
        .await
        .unwrap();
    assert_eq!(
        script.operations().split_off(calls),
        ["GetDatabase", "GetTags", "GetDatabase", "GetTags"]
    );
}

#[tokio::test]
async fn a_name_stands_in_either_place() {
    let script = service();
    let outer = json!({"CatalogId": "1", "DatabaseName": "db", "DatabaseInput": {}});
    let outer = resource(DATABASE, outer, &script).await;
    let inner = json!({"CatalogId": "1", "DatabaseInput": {"Name": "db"}});
    let inner = resource(DATABASE, inner, &script).await;
    assert_eq!(desired(&outer), desired(&inner));
}

#[tokio::test]
async fn a_table_is_whose_its_database_is() {
    let other = json!({"pipectl:pipeline": "other", "pipectl:env": "dev"});
    for (tags, ours) in [(our_tags(), true), (other, false), (json!({}), false)] {
        let world = World {
            things: BTreeMap::from([("table db t".into(), json!({"Name": "t"}))]),
            tags: BTreeMap::from([(arn("database db"), tags)]),
        };
        let resource = resource(TABLE, table(), &service_with(world)).await;
        let live = resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(live.owner == Owner::Ours, ours);
    }
}

#[tokio::test]
async fn records_of_crawlers_are_no_difference_unless_configured() {
    let live = json!({"Name": "t", "Parameters": {"classification": "parquet", "projection.enabled": "true",
        "recordCount": "5", "UPDATED_BY_CRAWLER": "c", "stray": "x"}});
    let world = World {
        things: BTreeMap::from([("table db t".into(), live)]),
        ..World::default()
    };
    let script = service_with(world);
    let resource = resource(TABLE, table(), &script).await;
    let live = resource
        .read(&desired(&resource), &Cx::silent())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        live.document["TableInput"]["Parameters"],
        json!({"classification": "parquet", "projection.enabled": "true", "stray": "x"})
    );
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    for (kind, mut properties, path, name) in [
        (DATABASE, database(), "/DatabaseInput", "TargetDatabase"),
        (DATABASE, database(), "/DatabaseInput", "FederatedDatabase"),
        (TABLE, table(), "", "OpenTableFormatInput"),
        (TABLE, table(), "/TableInput", "TargetTable"),
        (TABLE, table(), "/TableInput", "ViewDefinition"),
        (TABLE, table(), "/TableInput/StorageDescriptor", "SchemaReference"),
        (JOB, job(), "", "AllocatedCapacity"),
    ] {
        properties.pointer_mut(path).unwrap()[name] = json!({});
        let resource = resource(kind, properties, &service()).await;
        let error = resource.desired(&Default::default()).unwrap_err().to_string();
        assert!(error.contains(name) && error.contains("does not support"), "{error}");
    }
}

#[tokio::test]
async fn defaults_of_a_job_are_glues() {
    let minimal = |version: &str| {
        json!({"Name": "j", "Role": "r", "GlueVersion": version,
            "Command": {"Name": "glueetl", "ScriptLocation": "s3://b/s.py"}})
    };
    let document = desired(&resource(JOB, minimal("5.0"), &service()).await);
    assert_eq!(
        (&document["Timeout"], &document["MaxRetries"]),
        (&json!(480), &json!(0))
    );
    assert_eq!(document["ExecutionProperty"]["MaxConcurrentRuns"], 1);
    let document = desired(&resource(JOB, minimal("4.0"), &service()).await);
    assert_eq!(document["Timeout"], 2880);
}

#[tokio::test]
async fn a_role_by_name_is_the_role_by_arn() {
    let live = json!({"Name": "j", "Role": "arn:aws:iam::111122223333:role/x/r"});
    for (role, same) in [
        ("r", true),
        ("other", false),
        ("arn:aws:iam::111122223333:role/r", false),
    ] {
        let world = World {
            things: BTreeMap::from([("job j".into(), live.clone())]),
            ..World::default()
        };
        let mut properties = job();
        properties["Role"] = json!(role);
        let resource = resource(JOB, properties, &service_with(world)).await;
        let live = resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(live.document["Role"] == json!(role), same, "{role}");
    }
}

#[tokio::test]
async fn a_role_still_spreading_is_waited_for_only_when_it_is_fresh() {
    let refused = || {
        let message = "Role r should be given assume role permissions for Glue Service.";
        ("CreateJob", Answer::error("InvalidInputException", message))
    };
    let script = service().refusing(vec![refused(), refused()]);
    let resource = resource(JOB, job(), &script).await;
    let (cx, told) = fresh();
    resource.create(&desired(&resource), &cx).await.unwrap();
    assert_eq!(script.calls("CreateJob").len(), 3);
    assert!(told.lock().unwrap()[0].contains("InvalidInputException"), "{told:?}");

    let script = service().refusing(vec![refused()]);
    let resource = crate::resources::testing::resource(JOB, job(), &script).await;
    let error = resource.create(&desired(&resource), &Cx::silent()).await.unwrap_err();
    assert!(error.to_string().contains("assume role permissions"), "{error}");
    assert_eq!(script.calls("CreateJob").len(), 1);
}

#[tokio::test]
async fn tags_that_a_creation_ignored_are_written_after_it() {
    let ignored = Answer::json(json!({"Tags": {"team": "data"}}).to_string());
    let script = service().refusing(vec![("GetTags", ignored)]);
    let resource = resource(JOB, job(), &script).await;
    resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    let call = script.calls("TagResource")[0].json();
    assert_eq!(call["ResourceArn"], arn("job j"));
    assert_eq!(call["TagsToAdd"], our_tags());
}

#[tokio::test]
async fn what_is_not_visible_yet_has_the_tags_that_it_was_made_with() {
    let unseen = Answer::error("EntityNotFoundException", "Entity not found");
    let script = service().refusing(vec![("GetTags", unseen)]);
    let resource = resource(JOB, job(), &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    assert_eq!(live.owner, Owner::Ours);
    assert!(script.calls("TagResource").is_empty());
}

#[tokio::test]
async fn a_trigger_is_started_and_stopped_as_configured() {
    let script = service();
    let mut properties = trigger();
    let on = resource(TRIGGER, properties.clone(), &script).await;
    let live = on.create(&desired(&on), &Cx::silent()).await.unwrap();
    assert_eq!(
        (live.state.as_str(), &live.document["StartOnCreation"]),
        ("ACTIVATED", &json!(true))
    );
    properties["StartOnCreation"] = json!(false);
    let off = resource(TRIGGER, properties.clone(), &script).await;
    let live = off.update(&live, &desired(&off), &[], &Cx::silent()).await.unwrap();
    assert_eq!(live.state, "DEACTIVATED");
    let live = on.update(&live, &desired(&on), &[], &Cx::silent()).await.unwrap();
    assert_eq!(live.state, "ACTIVATED");
    properties.as_object_mut().unwrap().remove("StartOnCreation");
    let free = resource(TRIGGER, properties, &script).await;
    let live = free.update(&live, &desired(&free), &[], &Cx::silent()).await.unwrap();
    assert_eq!(live.state, "ACTIVATED", "who started it may go on");
    assert!(script.calls("UpdateTrigger").is_empty());
}

/// To start a trigger on demand would run its jobs.
#[tokio::test]
async fn a_trigger_on_demand_is_never_started() {
    let script = service();
    let properties = json!({"Name": "n", "Type": "ON_DEMAND", "StartOnCreation": true, "Actions": [{"JobName": "j"}]});
    let resource = resource(TRIGGER, properties, &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("CreateTrigger")[0].json().get("StartOnCreation"), None);
    assert!(script.calls("StartTrigger").is_empty());
}

#[tokio::test]
async fn an_active_trigger_is_changed_also_where_that_needs_a_stop() {
    let refused = || {
        let message = "The operation is not allowed when trigger is in state: ACTIVATED";
        ("UpdateTrigger", Answer::error("InvalidInputException", message))
    };
    let mut changed = trigger();
    changed["Schedule"] = json!("cron(30 3 * * ? *)");
    for (refusals, succeeds) in [(0, true), (1, true), (2, false)] {
        let script = service().refusing((0..refusals).map(|_| refused()).collect());
        let before = resource(TRIGGER, trigger(), &script).await;
        let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
        let after = resource(TRIGGER, changed.clone(), &script).await;
        let updated = after.update(&live, &desired(&after), &[], &Cx::silent()).await;
        assert_eq!(updated.is_ok(), succeeds, "{refusals} refusals");
        assert_eq!(script.calls("StopTrigger").len(), refusals.min(1));
        let live = after.read(&desired(&after), &Cx::silent()).await.unwrap().unwrap();
        assert_eq!(live.state, "ACTIVATED", "{refusals} refusals: it goes on");
    }
}

#[tokio::test]
async fn states_of_a_trigger_are_told_apart() {
    let resource = resource(TRIGGER, trigger(), &service()).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    for (state, condition) in [
        ("CREATED", Condition::Steady),
        ("ACTIVATED", Condition::Steady),
        ("UPDATING", Condition::Settling),
        ("DELETING", Condition::Lost),
    ] {
        let live = crate::engine::Live {
            state: state.into(),
            ..live.clone()
        };
        assert_eq!(resource.condition(&live), condition, "{state}");
    }
}

#[tokio::test]
async fn deletion_of_a_trigger_waits_until_it_is_gone() {
    let script = service();
    let resource = resource(TRIGGER, trigger(), &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    let shown = Answer::json(json!({"Trigger": {"Name": "n", "Type": "SCHEDULED", "State": "DELETING"}}).to_string());
    let script = service().refusing(vec![("GetTrigger", shown.clone()), ("GetTrigger", shown)]);
    let resource = crate::resources::testing::resource(TRIGGER, trigger(), &script).await;
    let (cx, told) = fresh();
    resource.delete(&live, &cx).await.unwrap();
    assert!(script.calls("DeleteTrigger").is_empty(), "an earlier run asked for it");
    assert_eq!(*told.lock().unwrap(), ["DELETING"]);
}
