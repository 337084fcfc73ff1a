use std::sync::Mutex;

use serde_json::{Value, json};

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Condition, Cx, Owner};
use crate::resources::testing::{assert_within, desired, fresh, resource};

const NAMESPACE: &str = "AWS::RedshiftServerless::Namespace";
const WORKGROUP: &str = "AWS::RedshiftServerless::Workgroup";
const LIMIT: &str = "Pipectl::RedshiftServerless::UsageLimit";

fn our_tags() -> Value {
    json!([{"key": "pipectl:pipeline", "value": "employees"}, {"key": "pipectl:env", "value": "dev"},
        {"key": "pipectl:resource", "value": "It"}, {"key": "pipectl:sql:Schema", "value": "0123"}])
}

/// A service with one namespace and one workgroup. After each change, the resource reads as before for one Get, then
/// MODIFYING with the new values for another.
struct World {
    namespace: Value,
    workgroup: Value,
    limits: Vec<Value>,
    stale: Option<Value>,
    modifying: bool,
}

impl World {
    /// What a Get shows of `live`.
    fn shown(&mut self, key: &str) -> Answer {
        let live = match key {
            "namespace" => &self.namespace,
            _ => &self.workgroup,
        };
        if live.is_null() {
            return Answer::error("ResourceNotFoundException", "It does not exist.");
        }
        let mut shown = self.stale.take().unwrap_or_else(|| live.clone());
        if shown == *live && std::mem::take(&mut self.modifying) {
            shown["status"] = json!("MODIFYING");
        }
        Answer::json(json!({key: shown}).to_string())
    }

    fn change(&mut self, key: &str, body: &Value) {
        let live = match key {
            "namespace" => &mut self.namespace,
            _ => &mut self.workgroup,
        };
        self.stale = Some(live.clone()).filter(|live| !live.is_null());
        self.modifying = true;
        for (name, value) in body.as_object().unwrap() {
            live[name] = value.clone();
        }
        live["status"] = json!("AVAILABLE");
    }
}

fn service() -> Script {
    let world = Mutex::new(World {
        namespace: Value::Null,
        workgroup: Value::Null,
        limits: Vec::new(),
        stale: None,
        modifying: false,
    });
    Script::new(move |request: &Request| answer(&mut world.lock().unwrap(), request))
}

fn answer(world: &mut World, request: &Request) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    match request.operation.as_str() {
        "CreateNamespace" => {
            world.namespace =
                json!({"namespaceArn": "arn:namespace", "namespaceId": "id", "kmsKeyId": "AWS_OWNED_KMS_KEY"});
            world.change("namespace", &body);
            world.namespace["adminPasswordSecretArn"] = json!("arn:secret");
            world.namespace["iamRoles"] = described_roles(&body["iamRoles"]);
            world.stale = None;
        }
        "UpdateNamespace" => {
            world.change("namespace", &body);
            if body.get("iamRoles").is_some() {
                world.namespace["iamRoles"] = described_roles(&body["iamRoles"]);
            }
            let shown = world.namespace.clone();
            return Answer::json(json!({"namespace": shown}).to_string());
        }
        "GetNamespace" => return world.shown("namespace"),
        "DeleteNamespace" => world.namespace = Value::Null,
        "CreateWorkgroup" => {
            world.workgroup = json!({"workgroupArn": "arn:workgroup", "workgroupId": "id", "trackName": "current",
                "endpoint": {"address": "w.example", "port": 5439}, "securityGroupIds": ["sg-default1"],
                "configParameters": [{"parameterKey": "datestyle", "parameterValue": "ISO, MDY"}]});
            world.change("workgroup", &body);
            world.stale = None;
        }
        "UpdateWorkgroup" => {
            let mut body = body;
            if body["maxCapacity"] == -1 {
                body["maxCapacity"] = Value::Null;
            }
            assert_eq!(body.as_object().unwrap().len(), 2, "one parameter a call: {body}");
            world.change("workgroup", &body);
            let shown = world.workgroup.clone();
            return Answer::json(json!({"workgroup": shown}).to_string());
        }
        "GetWorkgroup" => return world.shown("workgroup"),
        "DeleteWorkgroup" => {
            let shown = std::mem::take(&mut world.workgroup);
            return Answer::json(json!({"workgroup": shown}).to_string());
        }
        "ListTagsForResource" => return Answer::json(json!({"tags": our_tags()}).to_string()),
        "CreateUsageLimit" => {
            let mut limit = body;
            limit["usageLimitId"] = json!(format!("l-{}", world.limits.len()));
            world.limits.push(limit);
        }
        "ListUsageLimits" => return Answer::json(json!({"usageLimits": world.limits}).to_string()),
        "UpdateUsageLimit" => {
            let limits = world.limits.iter_mut();
            limits
                .filter(|limit| limit["usageLimitId"] == body["usageLimitId"])
                .for_each(|limit| limit["amount"] = body["amount"].clone());
        }
        "DeleteUsageLimit" => world
            .limits
            .retain(|limit| limit["usageLimitId"] != body["usageLimitId"]),
        "TagResource" => {}
        other => panic!("{other}"),
    }
    let namespace = if world.namespace.is_null() {
        json!({})
    } else {
        world.namespace.clone()
    };
    Answer::json(json!({"namespace": namespace, "workgroup": {}}).to_string())
}

/// As GetNamespace writes them.
fn described_roles(roles: &Value) -> Value {
    let roles = roles.as_array().into_iter().flatten();
    let described = roles.map(|role| {
        json!(format!(
            "IamRole(applyStatus=in-sync, iamRoleArn={})",
            role.as_str().unwrap()
        ))
    });
    described.collect()
}

fn namespace() -> Value {
    json!({"NamespaceName": "employees-dev", "DbName": "employees", "AdminUsername": "owner", "ManageAdminPassword": "true",
        "IamRoles": ["arn:aws:iam::111122223333:role/b", "arn:aws:iam::111122223333:role/a"],
        "DefaultIamRoleArn": "arn:aws:iam::111122223333:role/a", "LogExports": ["userlog"]})
}

fn workgroup() -> Value {
    json!({"WorkgroupName": "employees-dev", "NamespaceName": "employees-dev", "BaseCapacity": "8", "MaxCapacity": 16,
        "ConfigParameters": [{"ParameterKey": "require_ssl", "ParameterValue": "true"}],
        "Tags": [{"Key": "team", "Value": "data"}]})
}

#[tokio::test]
async fn a_namespace_reads_back_as_it_was_written() {
    let script = service();
    let resource = resource(NAMESPACE, namespace(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!(live.owner, Owner::Ours);
    assert_eq!(live.attributes["Namespace.AdminPasswordSecretArn"], "arn:secret");
    assert_eq!(live.attributes["Namespace.NamespaceArn"], "arn:namespace");
    let created = script.calls("CreateNamespace")[0].json();
    assert_eq!(created["manageAdminPassword"], true);
    assert!(created.get("kmsKeyId").is_none(), "{created}");
    // The tags by which a warehouse remembers SQL are nobody's configuration.
    assert_eq!(live.document["Tags"], json!([]));
}

#[tokio::test]
async fn roles_and_the_default_role_change_together() {
    let script = service();
    let before = resource(NAMESPACE, namespace(), &script).await;
    let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
    let mut changed = namespace();
    changed["IamRoles"] = json!(["arn:aws:iam::111122223333:role/a"]);
    changed["LogExports"] = json!(["userlog", "connectionlog"]);
    let after = resource(NAMESPACE, changed, &script).await;
    let live = after.update(&live, &desired(&after), &[], &Cx::silent()).await.unwrap();
    assert_within(&desired(&after), &live.document);
    let updates: Vec<_> = script.calls("UpdateNamespace").iter().map(Request::json).collect();
    assert_eq!(updates.len(), 2);
    assert_eq!(updates[0]["iamRoles"], json!(["arn:aws:iam::111122223333:role/a"]));
    assert_eq!(updates[0]["defaultIamRoleArn"], "arn:aws:iam::111122223333:role/a");
    assert_eq!(updates[1]["logExports"], json!(["connectionlog", "userlog"]));
}

#[tokio::test]
async fn a_namespace_goes_with_a_snapshot_where_the_configs_say_so() {
    let script = service();
    let mut properties = namespace();
    properties["FinalSnapshotName"] = json!("last");
    let resource = resource(NAMESPACE, properties, &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    let busy = Answer::error("ConflictException", "There is an operation running on the namespace.");
    let script = script.refusing(vec![("DeleteNamespace", busy)]);
    let resource = crate::resources::testing::resource(NAMESPACE, namespace(), &script).await;
    resource.delete(&live, &Cx::silent()).await.unwrap();
    let deletions = script.calls("DeleteNamespace");
    assert_eq!(
        (deletions.len(), &deletions[1].json()["finalSnapshotName"]),
        (2, &json!("last"))
    );
    resource.delete(&live, &Cx::silent()).await.unwrap();
}

#[tokio::test]
async fn a_workgroup_reads_back_as_it_was_written() {
    let script = service();
    let resource = resource(WORKGROUP, workgroup(), &script).await;
    let document = desired(&resource);
    let (cx, told) = fresh();
    let live = resource.create(&document, &cx).await.unwrap();
    let shown = json!({"Tags": []});
    let mut wanted = document.clone();
    wanted["Tags"] = shown["Tags"].clone();
    assert_within(&wanted, &live.document);
    assert_eq!(live.attributes["Workgroup.Endpoint.Address"], "w.example");
    assert_eq!(live.attributes["Workgroup.WorkgroupArn"], "arn:workgroup");
    let created = script.calls("CreateWorkgroup")[0].json();
    assert_eq!(
        (&created["baseCapacity"], &created["maxCapacity"]),
        (&json!(8), &json!(16))
    );
    assert_eq!(told.lock().unwrap().as_slice(), ["MODIFYING"]);
    // What the configs leave to the service is not compared.
    assert!(document.get("SecurityGroupIds").is_none());
}

#[tokio::test]
async fn a_workgroup_takes_one_parameter_a_call_and_each_is_waited_for() {
    let script = service();
    let before = resource(WORKGROUP, workgroup(), &script).await;
    let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
    let busy = || {
        Answer::error(
            "ConflictException",
            "There is an operation running on the workgroup employees-dev.",
        )
    };
    let script = script.refusing(vec![("UpdateWorkgroup", busy()), ("UpdateWorkgroup", busy())]);
    let mut changed = workgroup();
    changed["BaseCapacity"] = json!(32);
    changed["MaxCapacity"] = json!(64);
    changed["PubliclyAccessible"] = json!(true);
    changed["Port"] = json!(5440);
    changed["ConfigParameters"] = json!([{"ParameterKey": "datestyle", "ParameterValue": "ISO, DMY"},
        {"ParameterKey": "require_ssl", "ParameterValue": "true"}]);
    let after = resource(WORKGROUP, changed, &script).await;
    let (cx, told) = fresh();
    let live = after.update(&live, &desired(&after), &[], &cx).await.unwrap();
    assert_eq!(live.document["BaseCapacity"], 32);
    let updates: Vec<_> = script
        .calls("UpdateWorkgroup")
        .iter()
        .skip(2)
        .map(Request::json)
        .collect();
    let names = |update: &Value| -> String {
        let names = update.as_object().unwrap().keys();
        names.filter(|name| *name != "workgroupName").cloned().collect()
    };
    let parameters: Vec<_> = updates.iter().map(names).collect();
    // The maximum first: 32 is above the old one.
    let expected = [
        "maxCapacity",
        "baseCapacity",
        "configParameters",
        "port",
        "publiclyAccessible",
    ];
    assert_eq!(parameters, expected);
    assert_eq!(updates[2]["configParameters"].as_array().unwrap().len(), 2);
    let told = told.lock().unwrap().clone();
    assert!(
        told.contains(&super::NOT_CHANGED.to_owned()) && told.contains(&"MODIFYING".to_owned()),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_maximum_taken_out_is_lifted_once() {
    let script = service();
    let before = resource(WORKGROUP, workgroup(), &script).await;
    let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
    let mut changed = workgroup();
    changed.as_object_mut().unwrap().remove("MaxCapacity");
    let after = resource(WORKGROUP, changed, &script).await;
    let live = after.update(&live, &desired(&after), &[], &Cx::silent()).await.unwrap();
    after.update(&live, &desired(&after), &[], &Cx::silent()).await.unwrap();
    let updates = script.calls("UpdateWorkgroup");
    assert_eq!((updates.len(), &updates[0].json()["maxCapacity"]), (1, &json!(-1)));
}

#[tokio::test]
async fn a_workgroup_that_is_modifying_is_waited_out_before_it_is_deleted() {
    let script = service();
    let resource = resource(WORKGROUP, workgroup(), &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    let modifying =
        Answer::json(json!({"workgroup": {"workgroupName": "employees-dev", "status": "MODIFYING"}}).to_string());
    let script = script.refusing(vec![("GetWorkgroup", modifying.clone()), ("GetWorkgroup", modifying)]);
    let resource = crate::resources::testing::resource(WORKGROUP, workgroup(), &script).await;
    let (cx, told) = fresh();
    resource.delete(&live, &cx).await.unwrap();
    assert_eq!(told.lock().unwrap().first().map(String::as_str), Some("MODIFYING"));
    assert!(
        resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .is_none()
    );
    let busy = crate::engine::Live {
        state: "MODIFYING".into(),
        ..live.clone()
    };
    assert_eq!(resource.condition(&busy), Condition::Settling);
    let going = crate::engine::Live {
        state: "DELETING".into(),
        ..live
    };
    assert_eq!(resource.condition(&going), Condition::Lost);
}

#[tokio::test]
async fn a_usage_limit_is_found_by_what_it_is() {
    let script = service();
    let properties = |amount: i64, action: &str| {
        json!({"ResourceArn": "arn:workgroup", "UsageType": "serverless-compute", "Amount": amount, "Period": "daily",
            "BreachAction": action})
    };
    let warns = resource(LIMIT, properties(4, "log"), &script).await;
    let stops = resource(LIMIT, properties(8, "deactivate"), &script).await;
    assert!(stops.read(&desired(&stops), &Cx::silent()).await.unwrap().is_none());
    warns.create(&desired(&warns), &Cx::silent()).await.unwrap();
    let live = stops.create(&desired(&stops), &Cx::silent()).await.unwrap();
    assert_within(&desired(&stops), &live.document);
    assert_eq!((live.owner.clone(), live.physical_id.as_str()), (Owner::Ours, "l-1"));
    let more = resource(LIMIT, properties(9, "deactivate"), &script).await;
    let live = more.update(&live, &desired(&more), &[], &Cx::silent()).await.unwrap();
    assert_eq!(
        (live.document["Amount"].as_i64(), script.calls("CreateUsageLimit").len()),
        (Some(9), 2)
    );
    more.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("DeleteUsageLimit")[0].json()["usageLimitId"], "l-1");
    more.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("DeleteUsageLimit").len(), 1);
}

#[tokio::test]
async fn nothing_is_read_before_the_workgroup_exists() {
    let script = service();
    let resource = resource(LIMIT, json!({"UsageType": "serverless-compute", "Amount": 1}), &script).await;
    assert!(
        resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .is_none()
    );
    assert!(script.seen().is_empty());
}

#[test]
fn a_key_may_be_spelled_in_three_ways() {
    let arn = "arn:aws:kms:us-east-1:111122223333:key/k-1".to_owned();
    let spelled = |wanted: &str, live: &str| super::spelled(Some(&wanted.to_owned()), Some(live.to_owned())).unwrap();
    for wanted in [arn.as_str(), "k-1", "alias/warehouse"] {
        assert_eq!(spelled(wanted, &arn), wanted);
    }
    assert_eq!(spelled("k-2", &arn), arn);
    assert_eq!(spelled("alias/warehouse", "AWS_OWNED_KMS_KEY"), "AWS_OWNED_KMS_KEY");
}
