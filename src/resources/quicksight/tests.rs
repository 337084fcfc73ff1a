//! The lifecycle of each type against a QuickSight that answers from memory, as the service does: with members of its own
//! added, permissions in another order, states on the way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::aws::ErrorKind;
use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Condition, Cx, Owner};
use crate::resources::Error;
use crate::resources::testing::{assert_within, desired, our_tags, resource};

const SOURCE: &str = "AWS::QuickSight::DataSource";
const SET: &str = "AWS::QuickSight::DataSet";
const DASHBOARD: &str = "AWS::QuickSight::Dashboard";
const SCHEDULE: &str = "AWS::QuickSight::RefreshSchedule";

const ARN: &str = "arn:aws:quicksight:us-east-1:111122223333";
const USER: &str = "arn:aws:quicksight:us-east-1:111122223333:user/default/ana";

#[derive(Default)]
struct World {
    /// By path below the account: `data-sources/s`, `dashboards/d`, as Describe tells them.
    things: BTreeMap<String, Value>,
    /// By path, too.
    permissions: BTreeMap<String, Vec<Value>>,
    /// By ARN.
    tags: BTreeMap<String, Value>,
    /// Versions of the dashboard: (definition body, state).
    versions: Vec<Value>,
    published: usize,
    /// What a new data source, ingestion or version becomes, and why.
    failing: Option<Value>,
    /// Polls for which a new thing is still being made.
    slow: usize,
}

fn not_found() -> Answer {
    Answer::error("ResourceNotFoundException", "it is not there").status(404)
}

fn ok(body: Value) -> Answer {
    Answer::json(body.to_string())
}

impl World {
    fn state(&mut self) -> String {
        if self.slow > 0 {
            self.slow -= 1;
            return "CREATION_IN_PROGRESS".into();
        }
        if self.failing.is_some() {
            "CREATION_FAILED"
        } else {
            "CREATION_SUCCESSFUL"
        }
        .into()
    }

    fn answer(&mut self, request: &Request) -> Answer {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let path = request.path.clone();
        if path.starts_with("/account/") {
            return ok(
                json!({"AccountInfo": {"Edition": "ENTERPRISE", "AccountSubscriptionStatus": "ACCOUNT_CREATED"}}),
            );
        }
        if let Some(arn) = path
            .strip_prefix("/resources/")
            .and_then(|rest| rest.strip_suffix("/tags"))
        {
            return self.tagging(request, &arn.replace("%3A", ":").replace("%2F", "/"), &body);
        }
        let path = path.trim_start_matches("/accounts/111122223333/").to_owned();
        let (path, query) = path
            .split_once('?')
            .map_or((path.as_str(), ""), |(path, query)| (path, query));
        let parts: Vec<&str> = path.split('/').collect();
        match (request.method.as_str(), parts.as_slice()) {
            (method, [kind, id, "permissions"]) => self.permitting(method, &format!("{kind}/{id}"), &body),
            ("POST", ["data-sources"]) => self.create("data-sources", "DataSourceId", "datasource", body),
            ("POST", ["data-sets"]) => self.create("data-sets", "DataSetId", "dataset", body),
            ("PUT", [kind @ ("data-sources" | "data-sets"), id]) => self.change(kind, id, body),
            ("GET", ["data-sources", _]) => self.describe_source(path),
            ("GET", ["data-sets", _]) => self.get(path, "DataSet"),
            ("DELETE", [_, _] | [_, _, "refresh-schedules", _]) => match self.things.remove(path) {
                Some(_) => ok(json!({"Status": 200})),
                None => not_found(),
            },
            ("GET", ["data-sets", _, "ingestions", id]) => self.ingestion(id),
            ("POST" | "PUT", ["data-sets", set, "refresh-schedules"]) => {
                let id = body["Schedule"]["ScheduleId"].as_str().unwrap().to_owned();
                let path = format!("data-sets/{set}/refresh-schedules/{id}");
                let mut schedule = body["Schedule"].clone();
                schedule["Arn"] = json!(format!("{ARN}:dataset/{set}/refresh-schedule/{id}"));
                // As the service: when it is left out, it starts now.
                schedule["StartAfterDateTime"] = json!(1_700_000_000);
                self.things.insert(path, schedule);
                ok(json!({"ScheduleId": id, "Status": 200}))
            }
            ("GET", ["data-sets", _, "refresh-schedules", _]) => self.get(path, "RefreshSchedule"),
            ("POST", ["dashboards", id]) => {
                self.tags.insert(format!("{ARN}:dashboard/{id}"), body["Tags"].clone());
                let granted = body["Permissions"].as_array().cloned().unwrap_or_default();
                self.permissions.insert(path.to_owned(), granted);
                self.published = 1;
                self.version(id, path, body)
            }
            ("PUT", ["dashboards", id]) => self.version(id, path, body),
            ("PUT", ["dashboards", _, "versions", version]) => {
                self.published = version.parse().unwrap();
                ok(json!({"Status": 200}))
            }
            ("GET", ["dashboards", id]) => self.describe_dashboard(id, query),
            ("GET", ["dashboards", _, "definition"]) => match self.versions.get(self.published.wrapping_sub(1)) {
                Some(version) => ok(json!({
                    "Definition": with_defaults(&version["Definition"]),
                    "DashboardPublishOptions": version["DashboardPublishOptions"],
                })),
                None => not_found(),
            },
            other => panic!("{other:?} {}", request.path),
        }
    }

    fn tagging(&mut self, request: &Request, arn: &str, body: &Value) -> Answer {
        let tags = self.tags.entry(arn.to_owned()).or_insert(json!([]));
        if request.method == "POST" {
            for tag in body["Tags"].as_array().unwrap() {
                let list = tags.as_array_mut().unwrap();
                list.retain(|other| other["Key"] != tag["Key"]);
                list.push(tag.clone());
            }
        }
        ok(json!({"Tags": tags}))
    }

    fn permitting(&mut self, method: &str, of: &str, body: &Value) -> Answer {
        let list = self.permissions.entry(of.to_owned()).or_default();
        if method == "GET" {
            // In another order than they were given.
            let mut list = list.clone();
            for permission in &mut list {
                permission["Actions"].as_array_mut().unwrap().reverse();
            }
            return ok(json!({ "Permissions": list }));
        }
        for granted in body["GrantPermissions"].as_array().into_iter().flatten() {
            list.retain(|other| other["Principal"] != granted["Principal"]);
            list.push(granted.clone());
        }
        for revoked in body["RevokePermissions"].as_array().into_iter().flatten() {
            for permission in list
                .iter_mut()
                .filter(|other| other["Principal"] == revoked["Principal"])
            {
                let actions = permission["Actions"].as_array_mut().unwrap();
                actions.retain(|action| !revoked["Actions"].as_array().unwrap().contains(action));
            }
        }
        list.retain(|permission| {
            permission["Actions"]
                .as_array()
                .is_some_and(|actions| !actions.is_empty())
        });
        ok(json!({"Status": 200}))
    }

    fn create(&mut self, kind: &str, key: &str, arn_kind: &str, mut body: Value) -> Answer {
        let id = body[key].as_str().unwrap().to_owned();
        let path = format!("{kind}/{id}");
        let arn = format!("{ARN}:{arn_kind}/{id}");
        let members = body.as_object_mut().unwrap();
        self.tags.insert(arn.clone(), members.remove("Tags").unwrap());
        let granted = members.remove("Permissions").unwrap_or(json!([]));
        self.permissions
            .insert(path.clone(), granted.as_array().unwrap().clone());
        body["Arn"] = json!(arn);
        body["CreatedTime"] = json!(1.7e9);
        self.things.insert(path.clone(), told(body));
        match kind {
            "data-sets" => ok(json!({"Arn": arn, "IngestionId": "first", "Status": 201})),
            _ => ok(json!({"Arn": arn, "CreationStatus": "CREATION_IN_PROGRESS"})),
        }
    }

    fn change(&mut self, kind: &str, id: &str, mut body: Value) -> Answer {
        let path = format!("{kind}/{id}");
        let Some(before) = self.things.get(&path) else {
            return not_found();
        };
        for kept in ["DataSourceId", "DataSetId", "Type", "Arn", "CreatedTime"] {
            if let Some(value) = before.get(kept) {
                body[kept] = value.clone();
            }
        }
        self.things.insert(path, told(body));
        match kind {
            "data-sets" => ok(json!({"IngestionId": "next", "Status": 200})),
            _ => ok(json!({"UpdateStatus": "UPDATE_IN_PROGRESS"})),
        }
    }

    fn get(&self, path: &str, member: &str) -> Answer {
        match self.things.get(path) {
            Some(thing) => ok(json!({ member: thing })),
            None => not_found(),
        }
    }

    fn describe_source(&mut self, path: &str) -> Answer {
        let Some(mut source) = self.things.get(path).cloned() else {
            return not_found();
        };
        source["Status"] = json!(self.state());
        if let Some(error) = &self.failing {
            source["ErrorInfo"] = error.clone();
        }
        ok(json!({ "DataSource": source }))
    }

    fn ingestion(&mut self, id: &str) -> Answer {
        let (status, error) = match (&self.failing, self.slow) {
            (_, 1..) => ("RUNNING", Value::Null),
            (Some(error), _) => ("FAILED", error.clone()),
            _ => ("COMPLETED", Value::Null),
        };
        self.slow = self.slow.saturating_sub(1);
        let mut ingestion = json!({"IngestionId": id, "IngestionStatus": status, "CreatedTime": 1.7e9});
        if !error.is_null() {
            ingestion["ErrorInfo"] = error;
        }
        ok(json!({ "Ingestion": ingestion }))
    }

    fn version(&mut self, id: &str, path: &str, body: Value) -> Answer {
        self.versions.push(body);
        self.things.insert(path.to_owned(), json!({}));
        let arn = format!("{ARN}:dashboard/{id}/version/{}", self.versions.len());
        ok(json!({"VersionArn": arn, "CreationStatus": "CREATION_IN_PROGRESS", "Status": 202}))
    }

    fn describe_dashboard(&mut self, id: &str, query: &str) -> Answer {
        if !self.things.contains_key(&format!("dashboards/{id}")) {
            return not_found();
        }
        let number = query
            .strip_prefix("version-number=")
            .map(|number| number.parse().unwrap());
        let number: usize = number.unwrap_or(self.published);
        let version = self.versions[number - 1].clone();
        let errors = self.failing.iter().cloned().collect::<Vec<_>>();
        ok(json!({"Dashboard": {
            "DashboardId": id, "Arn": format!("{ARN}:dashboard/{id}"), "Name": version["Name"], "CreatedTime": 1.7e9,
            "Version": {"VersionNumber": number, "Status": self.state(), "Errors": errors,
                "Description": version["VersionDescription"], "ThemeArn": version["ThemeArn"]}}}))
    }
}

/// What the service tells of a data source or data set: no credentials but the secret's name, and what it adds.
fn told(mut body: Value) -> Value {
    if let Some(credentials) = body.as_object_mut().unwrap().remove("Credentials") {
        body["SecretArn"] = credentials["SecretArn"].clone();
    }
    if body.get("PhysicalTableMap").is_some() {
        let logical = json!({"made-up": {"Alias": "x", "Source": {"PhysicalTableId": "employees"}}});
        if body.get("LogicalTableMap").is_none() {
            body["LogicalTableMap"] = logical;
        }
        body["OutputColumns"] = json!([{"Name": "salary", "Type": "DECIMAL"}]);
        body["ConsumedSpiceCapacityInBytes"] = json!(10);
        body["DataSetUsageConfiguration"] =
            json!({"DisableUseAsDirectQuerySource": false, "DisableUseAsImportedSource": false});
    }
    body
}

/// A definition as the service tells it.
fn with_defaults(definition: &Value) -> Value {
    let mut definition = definition.clone();
    definition["AnalysisDefaults"] = json!({"DefaultNewSheetConfiguration": {"SheetContentType": "INTERACTIVE"}});
    for sheet in definition["Sheets"].as_array_mut().into_iter().flatten() {
        sheet["ContentType"] = json!("INTERACTIVE");
    }
    definition
}

fn service_with(world: World) -> (Script, Arc<Mutex<World>>) {
    let world = Arc::new(Mutex::new(world));
    let seen = world.clone();
    (Script::new(move |request| seen.lock().unwrap().answer(request)), world)
}

fn service() -> (Script, Arc<Mutex<World>>) {
    let tags = BTreeMap::from([(format!("{ARN}:dataset/employees"), our_tags())]);
    service_with(World {
        tags,
        ..World::default()
    })
}

fn permissions(actions: &[&str]) -> Value {
    json!([{"Principal": USER, "Actions": actions}])
}

fn source() -> Value {
    json!({"AwsAccountId": "111122223333", "DataSourceId": "warehouse", "Name": "Warehouse", "Type": "REDSHIFT",
        "DataSourceParameters": {"RedshiftParameters": {"Host": "h", "Port": "5439", "Database": "employees"}},
        "Credentials": {"SecretArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:s"},
        "VpcConnectionProperties": {"VpcConnectionArn": "arn:aws:quicksight:us-east-1:111122223333:vpcConnection/v"},
        "Permissions": permissions(&["quicksight:PassDataSource", "quicksight:DescribeDataSource"]),
        "Tags": [{"Key": "team", "Value": "data"}]})
}

fn set() -> Value {
    json!({"AwsAccountId": "111122223333", "DataSetId": "employees", "Name": "Employees", "ImportMode": "SPICE",
        "PhysicalTableMap": {"employees": {"CustomSql": {"DataSourceArn": format!("{ARN}:datasource/warehouse"),
            "Name": "employees", "SqlQuery": "SELECT department, salary FROM hr.employees",
            "Columns": [{"Name": "department", "Type": "STRING"}, {"Name": "salary", "Type": "DECIMAL"}]}}},
        "FieldFolders": {"pay": {"Description": "money", "Columns": ["salary"]}},
        "Permissions": permissions(&["quicksight:PassDataSet", "quicksight:DescribeDataSet"])})
}

fn dashboard() -> Value {
    json!({"AwsAccountId": "111122223333", "DashboardId": "employees", "Name": "Employees",
        "Definition": {
            "DataSetIdentifierDeclarations": [{"Identifier": "employees", "DataSetArn": format!("{ARN}:dataset/employees")}],
            "Sheets": [{"SheetId": "one", "Name": "One", "Visuals": []}],
            "FilterGroups": [{"FilterGroupId": "g", "CrossDataset": "SINGLE_DATASET", "ScopeConfiguration": {"AllSheets": {}},
                "Filters": [{"TimeRangeFilter": {"FilterId": "f", "NullOption": "NON_NULLS_ONLY",
                    "Column": {"DataSetIdentifier": "employees", "ColumnName": "hire_date"},
                    "RangeMinimumValue": {"StaticValue": "2020-01-01T00:00:00Z"}}}]}]},
        "DashboardPublishOptions": {"AdHocFilteringOption": {"AvailabilityStatus": "DISABLED"}},
        "Permissions": permissions(&["quicksight:QueryDashboard", "quicksight:DescribeDashboard"])})
}

fn schedule() -> Value {
    json!({"AwsAccountId": "111122223333", "DataSetId": "employees", "Schedule": {"ScheduleId": "daily",
        "RefreshType": "FULL_REFRESH", "ScheduleFrequency": {"Interval": "WEEKLY", "TimeOfTheDay": "04:15",
            "TimeZone": "UTC", "RefreshOnDay": {"DayOfWeek": "MONDAY"}}}})
}

fn all() -> [(&'static str, Value); 4] {
    [
        (SOURCE, source()),
        (SET, set()),
        (DASHBOARD, dashboard()),
        (SCHEDULE, schedule()),
    ]
}

#[tokio::test]
async fn everything_reads_back_as_it_was_written() {
    for (kind, properties) in all() {
        let (script, _) = service();
        let resource = resource(kind, properties, &script).await;
        let document = desired(&resource);
        assert!(
            resource.read(&document, &Cx::silent()).await.unwrap().is_none(),
            "{kind}"
        );
        let live = resource.create(&document, &Cx::silent()).await.unwrap();
        assert_within(&document, &live.document);
        assert_eq!(live.owner, Owner::Ours, "{kind}");
        assert_eq!(resource.condition(&live), Condition::Steady, "{kind}");
        assert!(live.attributes["Arn"].starts_with(ARN), "{kind}");
        let tagged = script
            .operations()
            .iter()
            .any(|call| call.starts_with("POST /resources/"));
        assert!(!tagged, "{kind}: the tags go with the creation");
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
async fn references_are_cloudformations() {
    let ids = [
        "111122223333|warehouse",
        "111122223333|employees",
        "111122223333|employees",
        "111122223333|employees|daily",
    ];
    for ((kind, properties), id) in all().into_iter().zip(ids) {
        let (script, _) = service();
        let resource = resource(kind, properties, &script).await;
        let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
        assert_eq!(live.physical_id, id, "{kind}");
    }
}

#[tokio::test]
async fn the_subscription_is_asked_about_before_anything_is_made() {
    for (kind, properties) in all() {
        let script = Script::new(|request| match request.path.as_str() {
            "/account/111122223333" => not_found(),
            path => panic!("{path}"),
        });
        let resource = resource(kind, properties, &script).await;
        let error = resource.create(&desired(&resource), &Cx::silent()).await.unwrap_err();
        let error = error.downcast_ref::<Error>().unwrap();
        assert!(
            error.to_string().contains("no QuickSight subscription"),
            "{kind}: {error}"
        );
        assert!(error.hint().unwrap().contains("sign up"));
    }
}

#[tokio::test]
async fn a_data_source_is_waited_for_and_gets_its_credentials_at_every_change() {
    let (script, world) = service();
    world.lock().unwrap().slow = 2;
    let resource = resource(SOURCE, source(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_eq!(live.state, "CREATION_SUCCESSFUL");
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    let created = script
        .calls("POST /accounts/111122223333/data-sources")
        .remove(0)
        .json();
    let changed = script
        .calls("PUT /accounts/111122223333/data-sources/warehouse")
        .remove(0)
        .json();
    for sent in [&created, &changed] {
        assert_eq!(sent["Credentials"]["SecretArn"], source()["Credentials"]["SecretArn"]);
        assert_eq!(sent["DataSourceParameters"]["RedshiftParameters"]["Port"], 5439);
    }
    assert!(changed.get("Type").is_none() && changed.get("Permissions").is_none());
    let keys: Vec<_> = created["Tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["Key"].clone())
        .collect();
    assert_eq!(keys, ["pipectl:env", "pipectl:pipeline", "pipectl:resource", "team"]);
}

#[tokio::test]
async fn a_failure_says_why_and_what_to_do() {
    let cases = [
        (SOURCE, source(), "UNKNOWN_HOST", "is the warehouse there?"),
        (SET, set(), "SQL_TABLE_NOT_FOUND", "pipectl deploy"),
        (
            DASHBOARD,
            dashboard(),
            "COLUMN_REPLACEMENT_MISSING",
            "correct ColumnName",
        ),
    ];
    for (kind, properties, error, hint) in cases {
        let (script, world) = service();
        world.lock().unwrap().failing = Some(json!({"Type": error, "Message": "because of that"}));
        let resource = resource(kind, properties, &script).await;
        let failed = resource.create(&desired(&resource), &Cx::silent()).await.unwrap_err();
        let Some(Error::Aws(failed)) = failed.downcast_ref::<Error>() else {
            panic!("{kind}: {failed}")
        };
        assert_eq!(failed.kind, ErrorKind::FailedState, "{kind}");
        let text = failed.to_string();
        assert!(text.contains(&format!("{error}: because of that")), "{kind}: {text}");
        assert!(failed.hint().unwrap().contains(hint), "{kind}: {:?}", failed.hint());
        // The next run takes what failed away, and makes it anew; a data set is there and only lacks its rows.
        let live = resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .unwrap();
        let expected = if kind == SET {
            Condition::Steady
        } else {
            Condition::Lost
        };
        assert_eq!(resource.condition(&live), expected, "{kind}");
    }
}

#[tokio::test]
async fn a_change_of_a_dashboard_is_published_once_its_version_is_made() {
    let (script, world) = service();
    let first = resource(DASHBOARD, dashboard(), &script).await;
    let live = first.create(&desired(&first), &Cx::silent()).await.unwrap();
    let mut changed = dashboard();
    changed["Definition"]["Sheets"][0]["Name"] = json!("Another");
    changed["Definition"].as_object_mut().unwrap().remove("FilterGroups");
    let second = resource(DASHBOARD, changed, &script).await;
    world.lock().unwrap().slow = 2;
    let calls = script.operations().len();
    let live = second
        .update(&live, &desired(&second), &[], &Cx::silent())
        .await
        .unwrap();
    assert_within(&desired(&second), &live.document);
    let operations = script.operations().split_off(calls);
    let at = |part: &str| {
        let found = operations.iter().position(|call| call.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {operations:?}"))
    };
    let (made, polled) = (
        at("PUT /accounts/111122223333/dashboards/employees"),
        at("?version-number=2"),
    );
    let published = at("PUT /accounts/111122223333/dashboards/employees/versions/2");
    assert!(made < polled && polled < published, "{operations:?}");
    assert_eq!(world.lock().unwrap().published, 2);
}

/// A version that is made but not published (the run was killed) is no change yet: the next run makes and publishes it.
#[tokio::test]
async fn a_version_that_nobody_sees_is_still_to_be_made() {
    let (script, world) = service();
    let one = resource(DASHBOARD, dashboard(), &script).await;
    let live = one.create(&desired(&one), &Cx::silent()).await.unwrap();
    let mut unpublished = world.lock().unwrap().versions[0].clone();
    unpublished["Name"] = json!("Later");
    world.lock().unwrap().versions.push(unpublished);
    let read = one.read(&desired(&one), &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(read.document["Name"], live.document["Name"]);
}

#[tokio::test]
async fn what_is_taken_out_of_a_definition_is_a_change() {
    let (script, _) = service();
    let full = resource(DASHBOARD, dashboard(), &script).await;
    let live = full.create(&desired(&full), &Cx::silent()).await.unwrap();
    let mut bare = dashboard();
    bare["Definition"].as_object_mut().unwrap().remove("FilterGroups");
    let bare = resource(DASHBOARD, bare, &script).await;
    let wanted = desired(&bare);
    assert_within(&wanted["Definition"], &live.document["Definition"]);
    assert_ne!(wanted["VersionDescription"], live.document["VersionDescription"]);
    // Its own words for the version stand for themselves.
    let mut named = dashboard();
    named["VersionDescription"] = json!("as of May");
    let named = resource(DASHBOARD, named, &script).await;
    assert_eq!(desired(&named)["VersionDescription"], "as of May");
}

#[tokio::test]
async fn moments_are_sent_as_the_api_has_them() {
    let (script, _) = service();
    let resource = resource(DASHBOARD, dashboard(), &script).await;
    resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    let sent = script
        .calls("POST /accounts/111122223333/dashboards/employees")
        .remove(0)
        .json();
    let filter = &sent["Definition"]["FilterGroups"][0]["Filters"][0]["TimeRangeFilter"];
    assert_eq!(filter["RangeMinimumValue"]["StaticValue"], 1_577_836_800);
    assert!(sent.get("ThemeArn").is_none() && sent.get("AwsAccountId").is_none());
}

#[tokio::test]
async fn permissions_are_granted_and_revoked() {
    let cases = [
        (SOURCE, source(), "data-sources/warehouse", "POST"),
        (SET, set(), "data-sets/employees", "POST"),
        (DASHBOARD, dashboard(), "dashboards/employees", "PUT"),
    ];
    for (kind, properties, path, method) in cases {
        let (script, world) = service();
        let before = resource(kind, properties.clone(), &script).await;
        let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
        let stranger =
            json!({"Principal": "arn:aws:quicksight:us-east-1:1:user/default/eve", "Actions": ["quicksight:X"]});
        world.lock().unwrap().permissions.get_mut(path).unwrap().push(stranger);
        let mut changed = properties.clone();
        changed["Permissions"][0]["Actions"] = json!(["quicksight:Y"]);
        let after = resource(kind, changed, &script).await;
        let live = after.update(&live, &desired(&after), &[], &Cx::silent()).await.unwrap();
        assert_within(&desired(&after), &live.document);
        let calls = script.calls(&format!("{method} /accounts/111122223333/{path}/permissions"));
        let sent = calls.last().unwrap().json();
        assert_eq!(
            sent["GrantPermissions"],
            json!([{"Principal": USER, "Actions": ["quicksight:Y"]}]),
            "{kind}"
        );
        assert_eq!(sent["RevokePermissions"].as_array().unwrap().len(), 2, "{kind}");

        // Without a word of the configs on permissions they are left alone.
        let mut silent = properties;
        silent.as_object_mut().unwrap().remove("Permissions");
        let silent = resource(kind, silent, &script).await;
        silent
            .update(&live, &desired(&silent), &[], &Cx::silent())
            .await
            .unwrap();
        let calls = script.calls(&format!("{method} /accounts/111122223333/{path}/permissions"));
        assert_eq!(calls.len(), 1, "{kind}");
    }
}

#[tokio::test]
async fn a_data_set_waits_for_its_rows_unless_told_not_to() {
    let (script, world) = service();
    world.lock().unwrap().slow = 2;
    let patient = resource(SET, set(), &script).await;
    patient.create(&desired(&patient), &Cx::silent()).await.unwrap();
    let polls = script.calls("GET /accounts/111122223333/data-sets/employees/ingestions/first");
    assert_eq!(polls.len(), 3);
    let sent = script.calls("POST /accounts/111122223333/data-sets").remove(0).json();
    assert_eq!(
        sent["FieldFolders"]["pay"],
        json!({"description": "money", "columns": ["salary"]})
    );
    assert!(sent.get("IngestionWaitPolicy").is_none());

    let (script, _) = service();
    let mut hasty = set();
    hasty["IngestionWaitPolicy"] = json!({"WaitForSpiceIngestion": "false"});
    let hasty = resource(SET, hasty, &script).await;
    let live = hasty.create(&desired(&hasty), &Cx::silent()).await.unwrap();
    assert_within(&desired(&hasty), &live.document);
    assert!(!script.operations().iter().any(|call| call.contains("ingestions")));
}

#[tokio::test]
async fn a_schedule_is_named_and_spelled_as_the_api_has_it() {
    let (script, _) = service();
    let mut properties = schedule();
    properties["Schedule"].as_object_mut().unwrap().remove("ScheduleId");
    properties["Schedule"]["StartAfterDateTime"] = json!("2023-11-14T22:13:20Z");
    let resource = resource(SCHEDULE, properties, &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    assert_within(&desired(&resource), &live.document);
    let calls = script.calls("POST /accounts/111122223333/data-sets/employees/refresh-schedules");
    let sent = calls[0].json();
    assert_eq!(
        sent["Schedule"],
        json!({"ScheduleId": "employees-dev-it", "RefreshType": "FULL_REFRESH", "StartAfterDateTime": 1_700_000_000,
            "ScheduleFrequency": {"Interval": "WEEKLY", "TimeOfTheDay": "04:15", "Timezone": "UTC",
                "RefreshOnDay": {"DayOfWeek": "MONDAY"}}})
    );
}

#[tokio::test]
async fn drift_shows() {
    let (script, world) = service();
    let one = resource(SET, set(), &script).await;
    let document = desired(&one);
    one.create(&document, &Cx::silent()).await.unwrap();
    world.lock().unwrap().things.get_mut("data-sets/employees").unwrap()["RowLevelPermissionDataSet"] =
        json!({"Arn": "a", "PermissionPolicy": "GRANT_ACCESS"});
    let live = one.read(&document, &Cx::silent()).await.unwrap().unwrap();
    // A closed path: what the configs do not have is to go.
    assert_eq!(document["RowLevelPermissionDataSet"], json!({}));
    assert_eq!(live.document["RowLevelPermissionDataSet"]["Arn"], "a");
    assert!(one.closed_paths().contains(&"/RowLevelPermissionDataSet"));
}

#[tokio::test]
async fn what_is_not_supported_is_refused_by_name() {
    let (script, _) = service();
    let cases = [
        (
            SOURCE,
            "Credentials",
            json!({"CredentialPair": {"Username": "u", "Password": "p"}}),
            "Credentials.CredentialPair",
        ),
        (SET, "FolderArns", json!(["a"]), "FolderArns"),
        (DASHBOARD, "SourceEntity", json!({}), "SourceEntity"),
    ];
    for (kind, member, value, path) in cases {
        let mut properties = all().into_iter().find(|(other, _)| *other == kind).unwrap().1;
        properties[member] = value;
        let resource = resource(kind, properties, &script).await;
        let error = resource
            .desired(&crate::engine::Outputs::new())
            .unwrap_err()
            .to_string();
        assert!(error.contains(&format!("`{path}`")), "{error}");
    }
}

/// moto has no permissions calls and tells moments as text.
#[tokio::test]
async fn an_emulator_that_tells_less_is_enough() {
    let world = Mutex::new(World::default());
    let script = Script::new(move |request| {
        let lacking = request.path.ends_with("/permissions") || request.path.starts_with("/account/");
        if lacking {
            return Answer::xml("<html>Not Found</html>").status(404);
        }
        let mut world = world.lock().unwrap();
        for source in world.things.values_mut() {
            source["CreatedTime"] = json!("2026-11-25T10:00:00");
        }
        world.answer(request)
    });
    let resource = resource(SOURCE, source(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!(live.attributes["CreatedTime"], "2026-11-25T10:00:00");
}
