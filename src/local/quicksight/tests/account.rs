//! The subscription, users, permissions and tags.

use std::collections::BTreeMap;

use aws_sdk_quicksight::types::{IdentityType, Tag, UserRole};

use super::*;
use crate::local::tagging::TagSource;

#[tokio::test]
async fn the_account_is_subscribed_and_has_an_administrator() {
    let world = World::new();
    let subscription = world.client.describe_account_subscription().aws_account_id(ACCOUNT);
    let info = subscription.send().await.unwrap().account_info.unwrap();
    assert_eq!(info.edition().unwrap().as_str(), "ENTERPRISE");
    assert_eq!(info.account_subscription_status(), Some("ACCOUNT_CREATED"));
    let settings = world.client.describe_account_settings().aws_account_id(ACCOUNT);
    let settings = settings.send().await.unwrap().account_settings.unwrap();
    assert_eq!(settings.default_namespace(), Some("default"));
    let namespaces = world
        .client
        .list_namespaces()
        .aws_account_id(ACCOUNT)
        .send()
        .await
        .unwrap();
    assert_eq!(namespaces.namespaces()[0].capacity_region(), Some("us-east-1"));
    let user = world.client.describe_user().aws_account_id(ACCOUNT);
    let user = user
        .namespace("default")
        .user_name("admin")
        .send()
        .await
        .unwrap()
        .user
        .unwrap();
    assert_eq!(user.arn(), Some(ADMIN));
    assert_eq!(user.role().unwrap().as_str(), "ADMIN");
}

#[tokio::test]
async fn users_come_and_go() {
    let world = World::new();
    let register = || {
        world
            .client
            .register_user()
            .aws_account_id(ACCOUNT)
            .namespace("default")
            .email("ana@example.com")
            .user_role(UserRole::Author)
            .identity_type(IdentityType::Iam)
            .iam_arn("arn:aws:iam::000000000000:role/analysts")
            .session_name("ana")
    };
    let user = register().send().await.unwrap().user.unwrap();
    let arn = "arn:aws:quicksight:us-east-1:000000000000:user/default/analysts/ana";
    assert_eq!((user.arn(), user.active()), (Some(arn), true));
    let (code, _) = refused!(register());
    assert_eq!(code, "ResourceExistsException");
    let granted = world
        .new_source("source")
        .permissions(permission(arn, &["PassDataSource"]));
    granted.send().await.unwrap();
    let list = world.client.list_users().aws_account_id(ACCOUNT).namespace("default");
    assert_eq!(list.send().await.unwrap().user_list().len(), 2);
    let delete = || {
        let request = world.client.delete_user().aws_account_id(ACCOUNT).namespace("default");
        request.user_name("analysts/ana")
    };
    delete().send().await.unwrap();
    let error = delete().send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    let (code, _) = refused!(register().namespace("other"));
    assert_eq!(code, "ResourceNotFoundException");
}

#[tokio::test]
async fn permissions_are_granted_and_revoked_by_action() {
    let world = World::new();
    world.set("rows").await;
    let update = || {
        let request = world.client.update_data_set_permissions().aws_account_id(ACCOUNT);
        request.data_set_id("set")
    };
    let granted = permission(ADMIN, &["DescribeDataSet", "PassDataSet"]);
    update().grant_permissions(granted).send().await.unwrap();
    let revoked = permission(ADMIN, &["PassDataSet"]);
    update().revoke_permissions(revoked).send().await.unwrap();
    let describe = world.client.describe_data_set_permissions().aws_account_id(ACCOUNT);
    let shown = describe.data_set_id("set").send().await.unwrap();
    assert_eq!(shown.permissions(), [permission(ADMIN, &["DescribeDataSet"])]);
    let everybody = "arn:aws:quicksight:us-east-1:000000000000:namespace/default";
    let (code, message) = refused!(update().grant_permissions(permission(everybody, &["PassDataSet"])));
    assert_eq!(code, "InvalidParameterValueException");
    assert!(message.contains("users and groups only"), "{message}");
}

#[tokio::test]
async fn tags_are_seen_by_both_apis_and_survive_a_restart() {
    let world = World::new();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    world.new_source("source").tags(tag("team", "hr")).send().await.unwrap();
    let arn = "arn:aws:quicksight:us-east-1:000000000000:datasource/source";
    let more = world.client.tag_resource().resource_arn(arn).tags(tag("stage", "a b"));
    more.send().await.unwrap();
    let world = world.reopened();
    let tags = world
        .client
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags(), [tag("stage", "a b"), tag("team", "hr")]);
    let tagged = world.service.tagged().unwrap();
    let tags = BTreeMap::from([("stage".to_owned(), "a b".to_owned()), ("team".into(), "hr".into())]);
    assert!(tagged.contains(&(arn.to_owned(), tags)));
    let untag = world
        .client
        .untag_resource()
        .resource_arn(arn)
        .tag_keys("team")
        .tag_keys("stage");
    untag.send().await.unwrap();
    let tags = world
        .client
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .unwrap();
    assert!(tags.tags().is_empty());
    assert!(!world.service.tag("arn:aws:s3:::bucket", &BTreeMap::new()).unwrap());
    let (code, _) = refused!(world.client.list_tags_for_resource().resource_arn(format!("{arn}2")));
    assert_eq!(code, "ResourceNotFoundException");
}
