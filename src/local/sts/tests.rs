use aws_sdk_sts::Client;
use aws_sdk_sts::error::ProvideErrorMetadata;
use serde_json::json;

use crate::local::testing::{Wired, sdk_config};

use super::*;

async fn clients(env: &Arc<Env>, principal: serde_json::Value) -> Client {
    let iam = Arc::new(Iam::new(env.clone()));
    let trust = json!({"Version": "2012-10-17", "Statement":
        [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]});
    aws_sdk_iam::Client::new(&sdk_config(Wired::Query("2010-05-08", iam.clone())))
        .create_role()
        .role_name("r")
        .path("/p/")
        .assume_role_policy_document(trust.to_string())
        .send()
        .await
        .unwrap();
    let sts = Arc::new(Sts::new(env.clone(), iam));
    Client::new(&sdk_config(Wired::Query("2011-06-15", sts)))
}

#[tokio::test]
async fn the_caller_is_the_root_user() {
    let (_dir, env) = Env::temporary();
    let client = clients(&env, json!("*")).await;
    let identity = client.get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some("000000000000"));
    assert_eq!(identity.arn(), Some("arn:aws:iam::000000000000:root"));
    let session = client.get_session_token().send().await.unwrap();
    assert!(session.credentials().unwrap().access_key_id().starts_with("ASIA"));
}

#[tokio::test]
async fn a_role_that_trusts_the_account_gives_credentials() {
    let (_dir, env) = Env::temporary();
    let client = clients(&env, json!({"AWS": "000000000000"})).await;
    let arn = "arn:aws:iam::000000000000:role/p/r";
    let assumed = client
        .assume_role()
        .role_arn(arn)
        .role_session_name("me")
        .duration_seconds(900)
        .send()
        .await
        .unwrap();
    let user = assumed.assumed_role_user().unwrap();
    assert_eq!(user.arn(), "arn:aws:sts::000000000000:assumed-role/r/me");
    assert!(user.assumed_role_id().ends_with(":me"));
    let credentials = assumed.credentials().unwrap();
    assert_eq!(credentials.access_key_id().len(), 20);
    assert_eq!(credentials.secret_access_key().len(), 40);
    let left = credentials.expiration().secs() - env.now().as_second();
    assert!((895..=900).contains(&left), "{left}");

    let refused = async |seconds, name: &str| {
        let call = client
            .assume_role()
            .role_arn(arn)
            .role_session_name(name)
            .duration_seconds(seconds);
        call.send().await.unwrap_err().code().unwrap().to_owned()
    };
    assert_eq!(refused(7200, "me").await, "ValidationError");
    assert_eq!(refused(60, "me").await, "ValidationError");
    assert_eq!(refused(900, "m e").await, "ValidationError");
}

#[tokio::test]
async fn a_role_that_trusts_a_service_gives_the_account_nothing() {
    let (_dir, env) = Env::temporary();
    let client = clients(&env, json!({"Service": "firehose.amazonaws.com"})).await;
    for arn in [
        "arn:aws:iam::000000000000:role/p/r",
        "arn:aws:iam::000000000000:role/none",
    ] {
        let error = client
            .assume_role()
            .role_arn(arn)
            .role_session_name("me")
            .send()
            .await
            .unwrap_err();
        assert_eq!(error.code(), Some("AccessDenied"));
        assert_eq!(error.raw_response().unwrap().status().as_u16(), 403);
    }
}

#[tokio::test]
async fn other_actions_are_named_as_missing() {
    let (_dir, env) = Env::temporary();
    let sts = Sts::new(env.clone(), Arc::new(Iam::new(env)));
    let code = async |action| sts.call(action, &Params::default()).await.unwrap_err().code;
    assert_eq!(code("AssumeRoleWithSAML").await, "NotImplemented");
    assert_eq!(code("Nonsense").await, "InvalidAction");
}
