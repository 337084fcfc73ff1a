//! Behaviour of the service through its JSON, on a clock that the tests move.

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use serde_json::{Value, json};

use super::{ManagedSecret, Secrets};
use crate::local::env::Env;
use crate::local::error::AwsError;
use crate::local::json::JsonService;
use crate::local::redshift::tests::Clock;
use crate::local::tagging::TagSource;

struct World {
    clock: Clock,
    env: Arc<Env>,
    service: Secrets,
}

impl World {
    fn new() -> Self {
        let clock = Clock::new();
        let env = clock.env();
        let service = Secrets::new(env.clone());
        Self { clock, env, service }
    }

    fn call(&self, operation: &str, input: Value) -> Result<Value, AwsError> {
        let called = self
            .service
            .call(operation, Bytes::from(input.to_string()))
            .now_or_never();
        let output = called.expect("the service never waits")?;
        Ok(serde_json::from_slice(&output).unwrap())
    }

    fn ok(&self, operation: &str, input: Value) -> Value {
        self.call(operation, input)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// Code and message of the error that the call must answer.
    fn err(&self, operation: &str, input: Value) -> (String, String) {
        let error = self.call(operation, input).expect_err(operation);
        (error.code.into_owned(), error.message)
    }

    /// The secret of an admin user, as Redshift makes it.
    fn managed(&self) -> ManagedSecret {
        let created = self
            .env
            .store
            .write(|tx| ManagedSecret::create(tx, &self.env, "redshift!hr-admin", "admin", None));
        created.unwrap()
    }
}

#[test]
fn a_managed_secret_is_read_like_others_and_changed_by_nobody() {
    let world = World::new();
    let secret = world.managed();
    let read = world.ok("GetSecretValue", json!({"SecretId": "redshift!hr-admin"}));
    let value: Value = serde_json::from_str(read["SecretString"].as_str().unwrap()).unwrap();
    assert_eq!(value, json!({"username": "admin", "password": secret.password}));
    assert_eq!(read["VersionStages"], json!(["AWSCURRENT"]));
    let described = world.ok("DescribeSecret", json!({"SecretId": secret.arn}));
    assert_eq!(described["OwningService"], "redshift");
    assert!(described.get("SecretString").is_none());
    for (operation, input) in [
        (
            "DeleteSecret",
            json!({"SecretId": secret.arn, "ForceDeleteWithoutRecovery": true}),
        ),
        ("PutSecretValue", json!({"SecretId": secret.arn, "SecretString": "x"})),
        ("UpdateSecret", json!({"SecretId": secret.arn, "Description": "x"})),
        (
            "TagResource",
            json!({"SecretId": secret.arn, "Tags": [{"Key": "a", "Value": "b"}]}),
        ),
    ] {
        let (code, message) = world.err(operation, input);
        assert_eq!(code, "InvalidRequestException", "{operation}");
        assert!(message.contains("managed by redshift"), "{message}");
    }
    let removed = world.env.store.write(|tx| ManagedSecret::remove(tx, &secret.arn));
    removed.unwrap();
    let (code, message) = world.err("GetSecretValue", json!({"SecretId": secret.arn}));
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret."
        )
    );
}

#[test]
fn versions_move_their_labels() {
    let world = World::new();
    let created = world.ok("CreateSecret", json!({"Name": "app/db", "SecretString": "one"}));
    let (arn, first) = (created["ARN"].clone(), created["VersionId"].clone());
    let put = world.ok("PutSecretValue", json!({"SecretId": "app/db", "SecretString": "two"}));
    assert_eq!(put["VersionStages"], json!(["AWSCURRENT"]));
    let read = |input: Value| world.ok("GetSecretValue", input)["SecretString"].clone();
    assert_eq!(read(json!({"SecretId": arn})), "two");
    assert_eq!(read(json!({"SecretId": arn, "VersionStage": "AWSPREVIOUS"})), "one");
    assert_eq!(read(json!({"SecretId": arn, "VersionId": first})), "one");
    // By the ARN without its random characters.
    let partial = arn.as_str().unwrap().rsplit_once('-').unwrap().0;
    assert_eq!(read(json!({"SecretId": partial})), "two");
    let back = json!({
        "SecretId": arn, "VersionStage": "AWSCURRENT",
        "MoveToVersionId": first, "RemoveFromVersionId": put["VersionId"],
    });
    world.ok("UpdateSecretVersionStage", back);
    assert_eq!(read(json!({"SecretId": arn})), "one");
    assert_eq!(read(json!({"SecretId": arn, "VersionStage": "AWSPREVIOUS"})), "two");
    let versions = world.ok("ListSecretVersionIds", json!({"SecretId": arn}));
    assert_eq!(versions["Versions"].as_array().unwrap().len(), 2);
    let both = json!({"SecretId": arn, "SecretString": "a", "SecretBinary": "YQ=="});
    assert_eq!(world.err("PutSecretValue", both).0, "InvalidParameterException");
    let again = json!({"Name": "app/db", "SecretString": "x"});
    assert_eq!(world.err("CreateSecret", again).0, "ResourceExistsException");
}

#[test]
fn a_deleted_secret_can_be_restored_until_its_window_ends() {
    let world = World::new();
    world.ok("CreateSecret", json!({"Name": "a", "SecretString": "one"}));
    world.ok("DeleteSecret", json!({"SecretId": "a", "RecoveryWindowInDays": 7}));
    let (code, message) = world.err("GetSecretValue", json!({"SecretId": "a"}));
    assert_eq!(code, "InvalidRequestException");
    assert!(message.contains("marked for deletion"), "{message}");
    let again = json!({"Name": "a", "SecretString": "x"});
    assert_eq!(world.err("CreateSecret", again.clone()).0, "InvalidRequestException");
    assert!(
        world.ok("ListSecrets", json!({}))["SecretList"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    world.ok("RestoreSecret", json!({"SecretId": "a"}));
    assert_eq!(
        world.ok("GetSecretValue", json!({"SecretId": "a"}))["SecretString"],
        "one"
    );
    world.ok("DeleteSecret", json!({"SecretId": "a", "RecoveryWindowInDays": 7}));
    world.clock.pass(7 * 24 * 3_600_000);
    assert_eq!(
        world.err("RestoreSecret", json!({"SecretId": "a"})).0,
        "ResourceNotFoundException"
    );
    world.ok("CreateSecret", again);
    world.ok(
        "DeleteSecret",
        json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true}),
    );
    assert_eq!(
        world.err("DescribeSecret", json!({"SecretId": "a"})).0,
        "ResourceNotFoundException"
    );
    world.ok(
        "DeleteSecret",
        json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true}),
    );
    let short = json!({"SecretId": "a", "RecoveryWindowInDays": 3});
    assert_eq!(world.err("DeleteSecret", short).0, "InvalidParameterException");
}

#[test]
fn secrets_are_listed_by_filters_in_order() {
    let world = World::new();
    world.managed();
    for name in ["app/a", "app/b", "other"] {
        world.clock.pass(1000);
        let input = json!({"Name": name, "SecretString": "x", "Tags": [{"Key": "app", "Value": name}]});
        world.ok("CreateSecret", input);
    }
    let names = |input: Value| -> Vec<String> {
        let listed = world.ok("ListSecrets", input);
        let listed = listed["SecretList"].as_array().unwrap();
        listed
            .iter()
            .map(|secret| secret["Name"].as_str().unwrap().to_owned())
            .collect()
    };
    let filter = |key: &str, value: &str| json!({"Filters": [{"Key": key, "Values": [value]}]});
    assert_eq!(names(filter("owning-service", "redshift")), ["redshift!hr-admin"]);
    assert_eq!(names(filter("name", "app/")), ["app/a", "app/b"]);
    assert_eq!(names(filter("name", "!app/")), ["redshift!hr-admin", "other"]);
    assert_eq!(names(filter("tag-value", "other")), ["other"]);
    assert_eq!(names(json!({"SortOrder": "desc", "MaxResults": 1})), ["other"]);
    let page = world.ok("ListSecrets", json!({"MaxResults": 3}));
    let rest = json!({"MaxResults": 3, "NextToken": page["NextToken"]});
    assert_eq!(names(rest), ["other"]);
    assert_eq!(world.err("ListSecrets", filter("colour", "x")).0, "ValidationException");
}

#[test]
fn tags_change_here_and_through_the_tagging_api() {
    let world = World::new();
    let created = world.ok("CreateSecret", json!({"Name": "a", "SecretString": "x"}));
    let arn = created["ARN"].as_str().unwrap();
    world.ok(
        "TagResource",
        json!({"SecretId": "a", "Tags": [{"Key": "k", "Value": "v"}]}),
    );
    assert!(world.service.untag(arn, &["none".into()]).unwrap());
    assert!(
        world
            .service
            .tag(arn, &[("l".to_owned(), "w".to_owned())].into())
            .unwrap()
    );
    world.ok("UntagResource", json!({"SecretId": arn, "TagKeys": ["k"]}));
    let described = world.ok("DescribeSecret", json!({"SecretId": "a"}));
    assert_eq!(described["Tags"], json!([{"Key": "l", "Value": "w"}]));
    let reserved = json!({"SecretId": "a", "Tags": [{"Key": "aws:x", "Value": "v"}]});
    assert_eq!(world.err("TagResource", reserved).0, "InvalidParameterException");
}

#[test]
fn random_passwords_have_what_was_asked_for() {
    let world = World::new();
    let password = |input: Value| {
        world.ok("GetRandomPassword", input)["RandomPassword"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(password(json!({})).len(), 32);
    let digits = password(
        json!({"PasswordLength": 8, "ExcludePunctuation": true, "ExcludeUppercase": true, "ExcludeLowercase": true}),
    );
    assert!(
        digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()),
        "{digits}"
    );
    assert_eq!(
        world.err("GetRandomPassword", json!({"PasswordLength": 0})).0,
        "ValidationException"
    );
}

#[test]
fn what_is_not_here_says_so() {
    let world = World::new();
    assert_eq!(world.err("RotateSecret", json!({})).0, "NotImplemented");
    assert_eq!(world.err("Nothing", json!({})).0, "UnknownOperationException");
    assert_eq!(
        world.err("CreateSecret", json!({"Name": "a b", "SecretString": "x"})).0,
        "ValidationException"
    );
    assert_eq!(
        world.err("CreateSecret", json!({"Name": "a", "Type": "x"})).0,
        "SerializationException"
    );
}
