use std::sync::Mutex;

use serde_json::{Value, json};

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Cx, Owner};
use crate::resources::testing::{assert_within, desired, fresh, our_tags_xml, resource};

const KIND: &str = "AWS::IAM::Role";

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "firehose.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
}

fn properties() -> Value {
    json!({
        "RoleName": "employees-dev-delivery", "Description": "delivers", "AssumeRolePolicyDocument": trust(),
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/B", "arn:aws:iam::aws:policy/A"],
        "Policies": [{"PolicyName": "write", "PolicyDocument": {"Version": "2012-10-17", "Statement": []}}],
        "MaxSessionDuration": 7200,
    })
}

#[derive(Default)]
struct Account {
    role: Option<Request>,
    inline: Vec<(String, String)>,
    attached: Vec<String>,
    refusals: usize,
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// An IAM with one role; it refuses `refusals` trust policies for a principal it does not know yet.
fn service(refusals: usize) -> Script {
    let account = Mutex::new(Account {
        refusals,
        ..Account::default()
    });
    Script::new(move |request| {
        let account = &mut *account.lock().unwrap();
        let form = |name: &str| request.form(name).unwrap_or_default();
        let result = match request.operation.as_str() {
            "CreateRole" if account.refusals > 0 => {
                account.refusals -= 1;
                return Answer::iam_error(
                    400,
                    "MalformedPolicyDocument",
                    "Invalid principal in policy: \"AWS\":\"x\"",
                );
            }
            "CreateRole" => {
                account.role = Some(request.clone());
                role(request)
            }
            _ if account.role.is_none() => return Answer::iam_error(404, "NoSuchEntity", "no such role"),
            "GetRole" => role(account.role.as_ref().unwrap()),
            "PutRolePolicy" => {
                account.inline.push((form("PolicyName"), form("PolicyDocument")));
                String::new()
            }
            "AttachRolePolicy" => {
                account.attached.push(form("PolicyArn"));
                String::new()
            }
            "DeleteRolePolicy" => {
                account.inline.retain(|(name, _)| *name != form("PolicyName"));
                String::new()
            }
            "DetachRolePolicy" => {
                account.attached.retain(|arn| *arn != form("PolicyArn"));
                String::new()
            }
            "ListRolePolicies" => {
                let names: String = account
                    .inline
                    .iter()
                    .map(|(name, _)| format!("<member>{name}</member>"))
                    .collect();
                format!("<PolicyNames>{names}</PolicyNames>")
            }
            "GetRolePolicy" => {
                let document = &account
                    .inline
                    .iter()
                    .find(|(name, _)| *name == form("PolicyName"))
                    .unwrap()
                    .1;
                let document = escaped(document);
                format!("<RoleName>r</RoleName><PolicyName>p</PolicyName><PolicyDocument>{document}</PolicyDocument>")
            }
            "ListAttachedRolePolicies" => {
                let member = |arn: &String| format!("<member><PolicyArn>{arn}</PolicyArn></member>");
                format!(
                    "<AttachedPolicies>{}</AttachedPolicies>",
                    account.attached.iter().map(member).collect::<String>()
                )
            }
            "ListRoleTags" => format!("<Tags>{}</Tags>", our_tags_xml("member")),
            "ListInstanceProfilesForRole" => "<InstanceProfiles/>".into(),
            "DeleteRole" if !account.inline.is_empty() || !account.attached.is_empty() => {
                return Answer::iam_error(409, "DeleteConflict", "must detach all policies first");
            }
            "DeleteRole" => {
                account.role = None;
                String::new()
            }
            other => panic!("{other}"),
        };
        let operation = &request.operation;
        Answer::xml(format!(
            "<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
        ))
    })
}

fn role(created: &Request) -> String {
    let form = |name: &str| created.form(name).unwrap_or_default();
    format!(
        "<Role><RoleName>{}</RoleName><Path>{}</Path><RoleId>AROA</RoleId><Arn>arn:role</Arn>\
         <CreateDate>2026-01-01T00:00:00Z</CreateDate><Description>{}</Description>\
         <MaxSessionDuration>{}</MaxSessionDuration><AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument></Role>",
        form("RoleName"),
        form("Path"),
        form("Description"),
        form("MaxSessionDuration"),
        escaped(&form("AssumeRolePolicyDocument")),
    )
}

#[tokio::test]
async fn everything_reads_back_as_it_was_written() {
    let script = service(0);
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!(live.document["Path"], "/pipectl/employees/dev/");
    assert_eq!(live.document["AssumeRolePolicyDocument"], trust());
    assert_eq!(
        (live.owner.clone(), live.physical_id.as_str()),
        (Owner::Ours, "employees-dev-delivery")
    );
    assert_eq!(
        (live.attributes["Arn"].as_str(), live.attributes["RoleId"].as_str()),
        ("arn:role", "AROA")
    );
    assert_eq!(
        script.calls("CreateRole")[0].form("Tags.member.1.Key").unwrap(),
        "pipectl:env"
    );
    let calls = script.operations().len();
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    let operations = script.operations().split_off(calls);
    assert!(
        operations.iter().all(|operation| operation.starts_with(['G', 'L'])),
        "{operations:?}"
    );
}

#[tokio::test]
async fn a_principal_made_in_this_run_is_waited_for() {
    let script = service(1);
    let resource = resource(KIND, properties(), &script).await;
    resource.create(&desired(&resource), &fresh().0).await.unwrap();
    assert_eq!(script.calls("CreateRole").len(), 2);
}

#[tokio::test]
async fn a_run_killed_before_the_policies_converges() {
    let script = service(0);
    let whole = resource(KIND, properties(), &script).await;
    let mut bare = properties();
    bare.as_object_mut().unwrap().shift_remove("Policies");
    bare.as_object_mut().unwrap().shift_remove("ManagedPolicyArns");
    let bare = resource(KIND, bare, &script).await;
    bare.create(&desired(&bare), &Cx::silent()).await.unwrap();
    let document = desired(&whole);
    let live = whole.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(live.owner, Owner::Ours);
    let live = whole.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    // And back again: what is no longer wanted is detached.
    let live = bare.update(&live, &desired(&bare), &[], &Cx::silent()).await.unwrap();
    assert_eq!(
        (&live.document["Policies"], &live.document["ManagedPolicyArns"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn deletion_detaches_first_and_takes_not_found_for_done() {
    let script = service(0);
    let resource = resource(KIND, properties(), &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    resource.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("DeleteRole").len(), 1);
    resource.delete(&live, &Cx::silent()).await.unwrap();
}

#[tokio::test]
async fn a_role_that_is_not_known_everywhere_yet_is_waited_for() {
    let unknown = || {
        Answer::iam_error(
            404,
            "NoSuchEntity",
            "The role with name employees-dev-delivery cannot be found.",
        )
    };
    let busy = || Answer::iam_error(409, "ConcurrentModification", "another change is under way");
    let script = service(0).refusing(vec![
        ("PutRolePolicy", unknown()),
        ("AttachRolePolicy", busy()),
        ("ListRoleTags", unknown()),
    ]);
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
}

#[tokio::test]
async fn a_managed_policy_that_does_not_exist_is_not_waited_for() {
    let missing = Answer::iam_error(404, "NoSuchEntity", "Policy arn:aws:iam::aws:policy/A does not exist.");
    let script = service(0).refusing(vec![("AttachRolePolicy", missing)]);
    let resource = resource(KIND, properties(), &script).await;
    let error = resource.create(&desired(&resource), &Cx::silent()).await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    assert_eq!(script.calls("AttachRolePolicy").len(), 1);
}
