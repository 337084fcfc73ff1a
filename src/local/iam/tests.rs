use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::Tag;
use jiff::Timestamp;
use serde_json::json;

use crate::local::env::{Env, Options, Timing};
use crate::local::store::Store;
use crate::local::testing::{Wired, sdk_config};

use super::*;

fn client(env: &Arc<Env>) -> (Client, Arc<Iam>) {
    let iam = Arc::new(Iam::new(env.clone()));
    (Client::new(&sdk_config(Wired::Query("2010-05-08", iam.clone()))), iam)
}

fn trust(service: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})
    .to_string()
}

fn permissions(resource: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": resource}]})
    .to_string()
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

async fn create(client: &Client, name: &str) {
    let request = client.create_role().role_name(name);
    request
        .assume_role_policy_document(trust("firehose.amazonaws.com"))
        .send()
        .await
        .unwrap();
}

/// Code and message of a failed call.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
    }};
}

fn decoded(document: &str) -> String {
    form_urlencoded::parse(format!("d={document}").as_bytes())
        .next()
        .unwrap()
        .1
        .into_owned()
}

#[tokio::test]
async fn a_role_reads_back_as_it_was_written() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    let document = trust("firehose.amazonaws.com");
    let created = client
        .create_role()
        .role_name("delivery")
        .path("/pipectl/employees/")
        .description("a <b> & \"c\"")
        .max_session_duration(7200)
        .assume_role_policy_document(&document)
        .tags(tag("pipectl:env", "local"))
        .tags(tag("empty", ""))
        .permissions_boundary("arn:aws:iam::aws:policy/PowerUserAccess")
        .send()
        .await
        .unwrap();
    let id = created.role().unwrap().role_id().to_owned();
    assert!(id.starts_with("AROA") && id.len() == 21, "{id}");

    let got = client
        .get_role()
        .role_name("delivery")
        .send()
        .await
        .unwrap()
        .role
        .unwrap();
    assert_eq!(got.arn(), "arn:aws:iam::000000000000:role/pipectl/employees/delivery");
    assert_eq!(got.role_id(), id);
    assert_eq!(got.path(), "/pipectl/employees/");
    assert_eq!(got.description(), Some("a <b> & \"c\""));
    assert_eq!(got.max_session_duration(), Some(7200));
    assert_eq!(decoded(got.assume_role_policy_document().unwrap()), document);
    let tags: Vec<_> = got.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("empty", ""), ("pipectl:env", "local")]);
    let boundary = got.permissions_boundary().unwrap();
    assert_eq!(
        boundary.permissions_boundary_arn(),
        Some("arn:aws:iam::aws:policy/PowerUserAccess")
    );

    client
        .update_role()
        .role_name("delivery")
        .description("new")
        .send()
        .await
        .unwrap();
    client
        .delete_role_permissions_boundary()
        .role_name("delivery")
        .send()
        .await
        .unwrap();
    let got = client
        .get_role()
        .role_name("delivery")
        .send()
        .await
        .unwrap()
        .role
        .unwrap();
    assert_eq!(
        (got.description(), got.max_session_duration()),
        (Some("new"), Some(7200))
    );
    assert!(got.permissions_boundary().is_none());
}

#[tokio::test]
async fn roles_are_listed_by_path_in_pages() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    for n in 0..5 {
        let role = client.create_role().role_name(format!("r{n}")).path("/a/");
        role.assume_role_policy_document(trust("glue.amazonaws.com"))
            .send()
            .await
            .unwrap();
    }
    create(&client, "elsewhere").await;
    let mut names = Vec::new();
    let mut pages = client
        .list_roles()
        .path_prefix("/a/")
        .into_paginator()
        .page_size(2)
        .send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += 1;
        names.extend(page.unwrap().roles.into_iter().map(|role| role.role_name));
    }
    assert_eq!(
        (names, count),
        (["r0", "r1", "r2", "r3", "r4"].map(String::from).to_vec(), 3)
    );
    assert_eq!(client.list_roles().send().await.unwrap().roles().len(), 6);
    assert_eq!(refused!(client.list_roles().marker("?")).0, "ValidationError");
}

#[tokio::test]
async fn a_role_with_anything_left_on_it_cannot_be_deleted() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    create(&client, "r").await;
    let conflict = |message: &str| ("DeleteConflict".to_owned(), message.to_owned());

    client
        .put_role_policy()
        .role_name("r")
        .policy_name("p")
        .policy_document(permissions("*"))
        .send()
        .await
        .unwrap();
    let refusal = refused!(client.delete_role().role_name("r"));
    assert_eq!(refusal, conflict("Cannot delete entity, must delete policies first."));
    client
        .delete_role_policy()
        .role_name("r")
        .policy_name("p")
        .send()
        .await
        .unwrap();

    let aws = "arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole";
    client
        .attach_role_policy()
        .role_name("r")
        .policy_arn(aws)
        .send()
        .await
        .unwrap();
    let attached = client
        .list_attached_role_policies()
        .role_name("r")
        .send()
        .await
        .unwrap();
    assert_eq!(
        attached.attached_policies()[0].policy_name(),
        Some("AWSGlueServiceRole")
    );
    let refusal = refused!(client.delete_role().role_name("r"));
    assert_eq!(
        refusal,
        conflict("Cannot delete entity, must detach all policies first.")
    );
    client
        .detach_role_policy()
        .role_name("r")
        .policy_arn(aws)
        .send()
        .await
        .unwrap();

    client
        .create_instance_profile()
        .instance_profile_name("i")
        .send()
        .await
        .unwrap();
    client
        .add_role_to_instance_profile()
        .instance_profile_name("i")
        .role_name("r")
        .send()
        .await
        .unwrap();
    let profiles = client
        .list_instance_profiles_for_role()
        .role_name("r")
        .send()
        .await
        .unwrap();
    assert_eq!(profiles.instance_profiles()[0].roles()[0].role_name(), "r");
    let refusal = refused!(client.delete_role().role_name("r"));
    assert_eq!(
        refusal,
        conflict("Cannot delete entity, must remove roles from instance profile first.")
    );
    client
        .remove_role_from_instance_profile()
        .instance_profile_name("i")
        .role_name("r")
        .send()
        .await
        .unwrap();

    client.delete_role().role_name("r").send().await.unwrap();
    let gone = client
        .get_role()
        .role_name("r")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(gone.is_no_such_entity_exception());
}

#[tokio::test]
async fn inline_policies() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    create(&client, "r").await;
    let text = permissions("arn:aws:s3:::b/*");
    client
        .put_role_policy()
        .role_name("r")
        .policy_name("p")
        .policy_document(&text)
        .send()
        .await
        .unwrap();
    let got = client
        .get_role_policy()
        .role_name("r")
        .policy_name("p")
        .send()
        .await
        .unwrap();
    assert_eq!(decoded(got.policy_document()), text);
    assert_eq!(
        client
            .list_role_policies()
            .role_name("r")
            .send()
            .await
            .unwrap()
            .policy_names(),
        ["p"]
    );

    let long = permissions(&format!("arn:aws:s3:::{}", "x".repeat(6_000)));
    client
        .put_role_policy()
        .role_name("r")
        .policy_name("long")
        .policy_document(&long)
        .send()
        .await
        .unwrap();
    // Replacing a policy does not count it twice; a second one of that size is too much.
    client
        .put_role_policy()
        .role_name("r")
        .policy_name("long")
        .policy_document(&long)
        .send()
        .await
        .unwrap();
    let put = client
        .put_role_policy()
        .role_name("r")
        .policy_name("more")
        .policy_document(&long);
    let refusal = refused!(put);
    assert_eq!(refusal.0, "LimitExceeded");
    assert_eq!(refusal.1, "Maximum policy size of 10240 bytes exceeded for role r");

    let missing = refused!(client.get_role_policy().role_name("r").policy_name("x"));
    assert_eq!(
        missing,
        (
            "NoSuchEntity".into(),
            "The role policy with name x cannot be found.".into()
        )
    );
}

#[tokio::test]
async fn managed_policies() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    create(&client, "r").await;
    let text = permissions("*");
    let created = client
        .create_policy()
        .policy_name("p")
        .path("/x/")
        .policy_document(&text)
        .send()
        .await
        .unwrap();
    let arn = created.policy().unwrap().arn().unwrap().to_owned();
    assert_eq!(arn, "arn:aws:iam::000000000000:policy/x/p");
    client
        .attach_role_policy()
        .role_name("r")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    client
        .attach_role_policy()
        .role_name("r")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    let got = client
        .get_policy()
        .policy_arn(&arn)
        .send()
        .await
        .unwrap()
        .policy
        .unwrap();
    assert_eq!(
        (got.attachment_count(), got.default_version_id()),
        (Some(1), Some("v1"))
    );
    let version = client
        .get_policy_version()
        .policy_arn(&arn)
        .version_id("v1")
        .send()
        .await
        .unwrap();
    assert_eq!(decoded(version.policy_version().unwrap().document().unwrap()), text);
    assert_eq!(
        client
            .list_policy_versions()
            .policy_arn(&arn)
            .send()
            .await
            .unwrap()
            .versions()
            .len(),
        1
    );
    let listed = client
        .list_policies()
        .scope("Local".into())
        .only_attached(true)
        .send()
        .await
        .unwrap();
    assert_eq!(listed.policies()[0].arn(), Some(arn.as_str()));
    let used = client.list_entities_for_policy().policy_arn(&arn).send().await.unwrap();
    assert_eq!(used.policy_roles()[0].role_name(), Some("r"));

    let refusal = refused!(client.delete_policy().policy_arn(&arn));
    assert_eq!(refusal.1, "Cannot delete a policy attached to entities.");
    client
        .detach_role_policy()
        .role_name("r")
        .policy_arn(&arn)
        .send()
        .await
        .unwrap();
    client.delete_policy().policy_arn(&arn).send().await.unwrap();
    assert_eq!(refused!(client.get_policy().policy_arn(&arn)).0, "NoSuchEntity");
    let refusal = refused!(client.attach_role_policy().role_name("r").policy_arn(&arn));
    assert_eq!(refusal.1, format!("Policy {arn} does not exist or is not attachable."));
    let foreign = "arn:aws:iam::111122223333:policy/p";
    assert_eq!(
        refused!(client.attach_role_policy().role_name("r").policy_arn(foreign)).0,
        "NoSuchEntity"
    );
}

#[tokio::test]
async fn tags_are_merged_whatever_their_case() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    create(&client, "r").await;
    client
        .tag_role()
        .role_name("r")
        .tags(tag("Team", "a"))
        .tags(tag("b", "2"))
        .send()
        .await
        .unwrap();
    client
        .tag_role()
        .role_name("r")
        .tags(tag("team", "c"))
        .send()
        .await
        .unwrap();
    client.untag_role().role_name("r").tag_keys("B").send().await.unwrap();
    let tags = client.list_role_tags().role_name("r").send().await.unwrap().tags;
    assert_eq!(tags, [tag("team", "c")]);
    let refusal = refused!(client.tag_role().role_name("r").tags(tag("x", "1")).tags(tag("X", "2")));
    assert_eq!(
        refusal,
        (
            "InvalidInput".into(),
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.".into()
        )
    );
    let many = (0..50).map(|n| tag(&format!("k{n}"), "")).collect();
    assert_eq!(
        refused!(client.tag_role().role_name("r").set_tags(Some(many))).0,
        "LimitExceeded"
    );
}

#[tokio::test]
async fn bad_requests_get_iams_codes() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    create(&client, "Role").await;
    let ok = trust("firehose.amazonaws.com");
    let new = |name: &str| client.create_role().role_name(name).assume_role_policy_document(&ok);
    assert_eq!(
        refused!(new("role")),
        (
            "EntityAlreadyExists".into(),
            "Role with name role already exists.".into()
        )
    );
    assert_eq!(refused!(client.get_role().role_name("role")).0, "NoSuchEntity");
    assert!(
        refused!(new("a b"))
            .1
            .starts_with("The specified value for roleName is invalid.")
    );
    assert!(
        refused!(new(&"x".repeat(65)))
            .1
            .contains("length less than or equal to 64")
    );
    assert_eq!(refused!(new("r").path("/a")).0, "ValidationError");
    assert_eq!(refused!(new("r").max_session_duration(60)).0, "ValidationError");
    assert_eq!(
        refused!(new("r").permissions_boundary("arn:aws:iam::000000000000:policy/none")).0,
        "NoSuchEntity"
    );
    let long = trust(&format!("{}.amazonaws.com", "x".repeat(2_048)));
    let refusal = refused!(new("r").assume_role_policy_document(long));
    assert_eq!(
        refusal,
        (
            "LimitExceeded".into(),
            "Cannot exceed quota for ACLSizePerRole: 2048".into()
        )
    );
    let principal = |arn: &str| {
        json!({"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}})
        .to_string()
    };
    let nobody = principal("arn:aws:iam::000000000000:role/nobody");
    let refusal = refused!(new("r").assume_role_policy_document(nobody));
    assert_eq!(
        refusal.1,
        "Invalid principal in policy: \"AWS\":\"arn:aws:iam::000000000000:role/nobody\""
    );
    new("r")
        .assume_role_policy_document(principal("arn:aws:iam::000000000000:role/Role"))
        .send()
        .await
        .unwrap();

    assert_eq!(refused!(client.get_account_summary()).0, "NotImplemented");
    let unknown = Iam::new(env.clone())
        .call("Nonsense", &Params::default())
        .await
        .unwrap_err();
    assert_eq!(unknown.code, "InvalidAction");
    let missing = Iam::new(env).call("GetRole", &Params::default()).await.unwrap_err();
    assert_eq!(missing.code, "ValidationError");
    assert!(missing.message.contains("Value null at 'roleName'"), "{missing}");
}

#[tokio::test]
async fn the_account_is_its_root_user() {
    let (_dir, env) = Env::temporary();
    let (client, _) = client(&env);
    let user = client.get_user().send().await.unwrap().user.unwrap();
    assert_eq!(user.arn(), "arn:aws:iam::000000000000:root");
    assert!(
        client
            .list_account_aliases()
            .send()
            .await
            .unwrap()
            .account_aliases()
            .is_empty()
    );
    assert_eq!(refused!(client.get_user().user_name("x")).0, "NoSuchEntity");
}

#[tokio::test]
async fn everything_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let open = || {
        let store = Store::open(&dir.path().join("state.redb")).unwrap();
        Arc::new(Env::new(dir.path().to_owned(), store, Options::default()))
    };
    let id = {
        let env = open();
        let (client, _) = client(&env);
        create(&client, "r").await;
        client
            .put_role_policy()
            .role_name("r")
            .policy_name("p")
            .policy_document(permissions("*"))
            .send()
            .await
            .unwrap();
        client
            .get_role()
            .role_name("r")
            .send()
            .await
            .unwrap()
            .role
            .unwrap()
            .role_id
    };
    let env = open();
    let (client, iam) = client(&env);
    assert_eq!(
        client
            .get_role()
            .role_name("r")
            .send()
            .await
            .unwrap()
            .role
            .unwrap()
            .role_id,
        id
    );
    assert_eq!(
        client
            .list_role_policies()
            .role_name("r")
            .send()
            .await
            .unwrap()
            .policy_names(),
        ["p"]
    );
    assert!(
        iam.can_assume("arn:aws:iam::000000000000:role/r", "firehose.amazonaws.com", None)
            .unwrap()
    );
}

#[tokio::test]
async fn a_service_assumes_a_role_that_trusts_it_once_that_has_propagated() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("state.redb")).unwrap();
    let seconds = Arc::new(AtomicI64::new(1_000));
    let clock = seconds.clone();
    let timing = Timing {
        iam_propagation: Duration::from_secs(8),
        ..Timing::fast()
    };
    let options = Options {
        timing,
        ..Options::default()
    };
    let env = Env::new(dir.path().to_owned(), store, options)
        .with_clock(move || Timestamp::from_second(clock.load(Ordering::SeqCst)).unwrap());
    let (client, iam) = client(&Arc::new(env));
    let (role, firehose) = ("arn:aws:iam::000000000000:role/r", "firehose.amazonaws.com");
    let can = |service: &str, source: Option<&str>| iam.can_assume(role, service, source).unwrap();

    assert!(!can(firehose, None));
    create(&client, "r").await;
    assert!(!can(firehose, None));
    seconds.fetch_add(7, Ordering::SeqCst);
    assert!(!can(firehose, None));
    seconds.fetch_add(1, Ordering::SeqCst);
    assert!(can(firehose, None));
    assert!(!can("glue.amazonaws.com", None));
    assert!(
        !iam.can_assume("arn:aws:iam::000000000000:role/x/r", firehose, None)
            .unwrap()
    );

    // Writing the same policy again changes nothing; another one has to propagate.
    let update = |document: String| {
        client
            .update_assume_role_policy()
            .role_name("r")
            .policy_document(document)
    };
    update(trust(firehose)).send().await.unwrap();
    assert!(can(firehose, None));
    let statement = json!({"Effect": "Allow", "Principal": {"Service": firehose}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000", "sts:ExternalId": "000000000000"},
            "ArnLike": {"aws:SourceArn": "arn:aws:firehose:*:000000000000:deliverystream/*"}}});
    update(json!({"Version": "2012-10-17", "Statement": [statement]}).to_string())
        .send()
        .await
        .unwrap();
    let source = Some("arn:aws:firehose:us-east-1:000000000000:deliverystream/d");
    assert!(!can(firehose, source));
    seconds.fetch_add(8, Ordering::SeqCst);
    assert!(can(firehose, source));
    assert!(!can(firehose, None));
}

#[tokio::test]
async fn the_tagging_api_sees_policies_and_no_roles() {
    let (_dir, env) = Env::temporary();
    let (client, iam) = client(&env);
    let role = client.create_role().role_name("r").tags(tag("a", "1"));
    role.assume_role_policy_document(trust("glue.amazonaws.com"))
        .send()
        .await
        .unwrap();
    let policy = client.create_policy().policy_name("p").tags(tag("A", "1"));
    policy.policy_document(permissions("*")).send().await.unwrap();
    let tags = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
    assert_eq!(
        iam.tagged().unwrap(),
        [("arn:aws:iam::000000000000:policy/p".to_owned(), tags)]
    );
}
