//! Behaviour of the service through the SDK, on a clock that the tests move.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_redshiftserverless::Client;
use aws_sdk_redshiftserverless::error::ProvideErrorMetadata;
use aws_sdk_redshiftserverless::types::{
    ConfigParameter, Namespace, Tag, UsageLimitPeriod, UsageLimitUsageType, Workgroup,
};

use super::RedshiftServerless;
use crate::local::redshift::tests::{Clock, FakeDatabases};
use crate::local::secrets::Secrets;
use crate::local::tagging::TagSource;
use crate::local::testing::{Wired, sdk_config};

struct World {
    clock: Clock,
    databases: Arc<FakeDatabases>,
    service: Arc<RedshiftServerless>,
    secrets: Secrets,
    client: Client,
}

impl World {
    fn new() -> Self {
        let (clock, databases) = (Clock::new(), Arc::new(FakeDatabases::default()));
        let env = clock.env();
        let service = Arc::new(RedshiftServerless::new(env.clone(), databases.clone()).unwrap());
        let client = Client::new(&sdk_config(Wired::Json("RedshiftServerless", service.clone())));
        Self {
            clock,
            databases,
            service,
            secrets: Secrets::new(env),
            client,
        }
    }

    async fn namespace(&self) -> Namespace {
        let request = self
            .client
            .create_namespace()
            .namespace_name("hr-data")
            .db_name("employees");
        let created = request
            .manage_admin_password(true)
            .admin_username("hr_admin")
            .send()
            .await;
        created.unwrap().namespace.unwrap()
    }

    /// A namespace with an available workgroup.
    async fn warehouse(&self) -> Workgroup {
        self.namespace().await;
        let request = self
            .client
            .create_workgroup()
            .namespace_name("hr-data")
            .workgroup_name("hr-compute");
        request.base_capacity(8).send().await.unwrap();
        self.clock.pass(150);
        self.workgroup().await
    }

    async fn workgroup(&self) -> Workgroup {
        let got = self.client.get_workgroup().workgroup_name("hr-compute").send().await;
        got.unwrap().workgroup.unwrap()
    }
}

/// Code and message of a failed call.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
    }};
}

fn status(workgroup: &Workgroup) -> &str {
    workgroup.status().unwrap().as_str()
}

#[tokio::test]
async fn a_namespace_has_a_database_and_a_secret_of_its_admin() {
    let world = World::new();
    let created = world.namespace().await;
    assert_eq!(created.status().unwrap().as_str(), "AVAILABLE");
    assert_eq!(created.db_name(), Some("employees"));
    let arn = created.admin_password_secret_arn().unwrap();
    assert!(arn.contains(":secret:redshift!hr-data-hr_admin-"), "{arn}");
    assert_eq!(world.secrets.credentials(arn).unwrap().unwrap().username, "hr_admin");
    let id = created.namespace_id().unwrap();
    assert_eq!(
        world.databases.made.lock().unwrap()[&format!("serverless-{id}")],
        "employees"
    );
    let got = world
        .client
        .get_namespace()
        .namespace_name("hr-data")
        .send()
        .await
        .unwrap();
    assert_eq!(got.namespace().unwrap().creation_date(), created.creation_date());
    assert_eq!(
        refused!(world.client.create_namespace().namespace_name("hr-data")).0,
        "ConflictException"
    );
    assert_eq!(
        refused!(world.client.get_namespace().namespace_name("none")),
        (
            "ResourceNotFoundException".into(),
            "Serverless namespace none not found.".into()
        )
    );
    let (code, message) = refused!(world.client.get_namespace().namespace_name("a_b"));
    assert_eq!(code, "ValidationException");
    assert!(message.contains("^[a-z0-9-]+$"), "{message}");
}

#[tokio::test]
async fn passwords_are_managed_or_given_and_good() {
    let world = World::new();
    let create = || world.client.create_namespace().namespace_name("hr-data");
    let both = create().manage_admin_password(true).admin_user_password("Passw0rd");
    assert_eq!(refused!(both).0, "ValidationException");
    let (code, message) = refused!(create().admin_user_password("short"));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value at 'adminUserPassword' failed to satisfy constraint: Member must have length greater than or equal to 8"
    );
    let created = create()
        .admin_user_password("Passw0rd")
        .send()
        .await
        .unwrap()
        .namespace
        .unwrap();
    assert_eq!(created.admin_username(), Some("admin"));
    assert!(created.admin_password_secret_arn().is_none());

    let update = || world.client.update_namespace().namespace_name("hr-data");
    assert_eq!(
        refused!(update().admin_user_password("Passw0rd2")).0,
        "ValidationException"
    );
    let managed = update()
        .manage_admin_password(true)
        .send()
        .await
        .unwrap()
        .namespace
        .unwrap();
    assert_eq!(managed.status().unwrap().as_str(), "MODIFYING");
    let arn = managed.admin_password_secret_arn().unwrap().to_owned();
    assert_eq!(refused!(update().manage_admin_password(true)).0, "ConflictException");
    world.clock.pass(100);
    let own = update()
        .manage_admin_password(false)
        .admin_username("admin")
        .admin_user_password("Passw0rd2");
    assert!(
        own.send()
            .await
            .unwrap()
            .namespace
            .unwrap()
            .admin_password_secret_arn()
            .is_none()
    );
    assert!(world.secrets.credentials(&arn).is_err());
}

#[tokio::test]
async fn a_workgroup_is_created_updated_one_setting_a_call_and_deleted_before_its_namespace() {
    let world = World::new();
    let client = &world.client;
    world.namespace().await;
    let create = || {
        client
            .create_workgroup()
            .namespace_name("hr-data")
            .workgroup_name("hr-compute")
    };
    assert_eq!(refused!(create().base_capacity(12)).0, "ValidationException");
    assert_eq!(refused!(create().port(80)).0, "ValidationException");
    let created = create().base_capacity(8).send().await.unwrap().workgroup.unwrap();
    assert_eq!(status(&created), "CREATING");
    assert!(created.endpoint().unwrap().address().is_none());
    assert_eq!(
        world.service.reach("hr-compute").unwrap().unwrap().state,
        super::ReachedState::NoEndpoint
    );
    let busy = refused!(client.delete_workgroup().workgroup_name("hr-compute"));
    assert_eq!(busy.0, "ConflictException");
    assert!(
        busy.1.starts_with("There is an operation running on the workgroup"),
        "{}",
        busy.1
    );
    world.clock.pass(150);
    let available = world.workgroup().await;
    assert_eq!(status(&available), "AVAILABLE");
    assert!(
        available
            .endpoint()
            .unwrap()
            .address()
            .unwrap()
            .starts_with("hr-compute.000000000000.us-east-1.")
    );
    let reached = world
        .service
        .reach(available.workgroup_arn().unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(reached.admin, "hr_admin");

    let update = || client.update_workgroup().workgroup_name("hr-compute");
    let (code, message) = refused!(update().base_capacity(16).port(5440));
    assert_eq!(code, "ValidationException");
    assert_eq!(
        message,
        "Can't update multiple configurations at the same time for workgroup hr-compute."
    );
    let modifying = update().base_capacity(16).send().await.unwrap().workgroup.unwrap();
    assert_eq!((status(&modifying), modifying.base_capacity()), ("MODIFYING", Some(8)));
    assert_eq!(refused!(update().port(5440)).0, "ConflictException");
    world.clock.pass(100);
    assert_eq!(world.workgroup().await.base_capacity(), Some(16));

    let delete = || client.delete_namespace().namespace_name("hr-data");
    let (code, message) = refused!(delete());
    assert_eq!(code, "ConflictException");
    assert!(message.contains("hr-compute"), "{message}");
    let deleting = client
        .delete_workgroup()
        .workgroup_name("hr-compute")
        .send()
        .await
        .unwrap();
    assert_eq!(status(deleting.workgroup().unwrap()), "DELETING");
    world.clock.pass(100);
    assert_eq!(
        refused!(client.get_workgroup().workgroup_name("hr-compute")).0,
        "ResourceNotFoundException"
    );
    assert_eq!(refused!(delete().final_snapshot_name("last")).0, "NotImplemented");
    let deleted = delete().send().await.unwrap().namespace.unwrap();
    assert_eq!(deleted.status().unwrap().as_str(), "DELETING");
    assert!(world.databases.made.lock().unwrap().is_empty());
    world.clock.pass(100);
    assert!(client.list_namespaces().send().await.unwrap().namespaces().is_empty());
    world.namespace().await;
}

#[tokio::test]
async fn a_namespace_has_one_workgroup_and_config_parameters_are_known() {
    let world = World::new();
    let workgroup = world.warehouse().await;
    let keys: Vec<_> = workgroup
        .config_parameters()
        .iter()
        .filter_map(|p| p.parameter_key())
        .collect();
    assert!(keys.contains(&"search_path"), "{keys:?}");
    let second = world
        .client
        .create_workgroup()
        .namespace_name("hr-data")
        .workgroup_name("second");
    assert_eq!(refused!(second).0, "ConflictException");
    let orphan = world
        .client
        .create_workgroup()
        .namespace_name("none")
        .workgroup_name("second");
    assert_eq!(refused!(orphan).0, "ResourceNotFoundException");
    let parameter = |key: &str, value: &str| {
        ConfigParameter::builder()
            .parameter_key(key)
            .parameter_value(value)
            .build()
    };
    let update = || world.client.update_workgroup().workgroup_name("hr-compute");
    assert_eq!(
        refused!(update().config_parameters(parameter("nothing", "1"))).0,
        "ValidationException"
    );
    assert_eq!(
        refused!(update().config_parameters(parameter("require_ssl", "yes"))).0,
        "ValidationException"
    );
    update()
        .config_parameters(parameter("max_query_execution_time", "60"))
        .send()
        .await
        .unwrap();
    world.clock.pass(100);
    let shown = world.workgroup().await;
    let shown = shown
        .config_parameters()
        .iter()
        .find(|p| p.parameter_key() == Some("max_query_execution_time"));
    assert_eq!(shown.unwrap().parameter_value(), Some("60"));
}

#[tokio::test]
async fn roles_of_a_namespace_go_together_with_the_default_one() {
    let world = World::new();
    world.warehouse().await;
    let (a, b) = ("arn:aws:iam::000000000000:role/a", "arn:aws:iam::000000000000:role/b");
    let update = || world.client.update_namespace().namespace_name("hr-data");
    assert_eq!(
        refused!(update().iam_roles(a).default_iam_role_arn(b)).0,
        "ValidationException"
    );
    assert_eq!(refused!(update().iam_roles(a).kms_key_id("k")).0, "ValidationException");
    update()
        .iam_roles(a)
        .iam_roles(b)
        .default_iam_role_arn(b)
        .send()
        .await
        .unwrap();
    world.clock.pass(100);
    let reached = world.service.reach("hr-compute").unwrap().unwrap();
    assert_eq!(
        (reached.roles, reached.default_role.as_deref()),
        (vec![a.into(), b.into()], Some(b))
    );
}

#[tokio::test]
async fn usage_limits_belong_to_a_workgroup() {
    let world = World::new();
    let arn = world.warehouse().await.workgroup_arn.unwrap();
    let client = &world.client;
    let create = || {
        client
            .create_usage_limit()
            .resource_arn(&arn)
            .usage_type(UsageLimitUsageType::ServerlessCompute)
    };
    assert_eq!(refused!(create().amount(0)).0, "ValidationException");
    let limit = create()
        .amount(8)
        .period(UsageLimitPeriod::Daily)
        .send()
        .await
        .unwrap()
        .usage_limit
        .unwrap();
    assert_eq!(limit.breach_action().unwrap().as_str(), "log");
    assert_eq!(
        refused!(create().amount(9).period(UsageLimitPeriod::Daily)).0,
        "ConflictException"
    );
    let id = limit.usage_limit_id().unwrap();
    client
        .update_usage_limit()
        .usage_limit_id(id)
        .amount(16)
        .send()
        .await
        .unwrap();
    let listed = client.list_usage_limits().resource_arn(&arn).send().await.unwrap();
    assert_eq!(listed.usage_limits()[0].amount(), Some(16));
    client
        .delete_workgroup()
        .workgroup_name("hr-compute")
        .send()
        .await
        .unwrap();
    assert_eq!(
        refused!(client.get_usage_limit().usage_limit_id(id)).0,
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn tags_are_changed_here_and_through_the_tagging_api() {
    let world = World::new();
    let arn = world.warehouse().await.workgroup_arn.unwrap();
    let client = &world.client;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    client
        .tag_resource()
        .resource_arn(&arn)
        .tags(tag("a", "1"))
        .tags(tag("b", "2"))
        .send()
        .await
        .unwrap();
    client
        .untag_resource()
        .resource_arn(&arn)
        .tag_keys("b")
        .send()
        .await
        .unwrap();
    assert!(
        world
            .service
            .tag(&arn, &BTreeMap::from([("c".into(), "3".into())]))
            .unwrap()
    );
    let listed = client.list_tags_for_resource().resource_arn(&arn).send().await.unwrap();
    let keys: Vec<_> = listed.tags().iter().map(|tag| tag.key()).collect();
    assert_eq!(keys, ["a", "c"]);
    let none = "arn:aws:redshift-serverless:us-east-1:000000000000:workgroup/none";
    assert_eq!(
        refused!(client.list_tags_for_resource().resource_arn(none)).0,
        "ResourceNotFoundException"
    );
}

#[tokio::test]
async fn credentials_are_for_the_root_user_and_expire() {
    let world = World::new();
    world.warehouse().await;
    let credentials = world
        .client
        .get_credentials()
        .workgroup_name("hr-compute")
        .duration_seconds(900);
    let credentials = credentials.send().await.unwrap();
    assert_eq!(credentials.db_user(), Some("IAM:root"));
    assert!(credentials.expiration().is_some());
    assert_eq!(refused!(world.client.list_snapshots()).0, "NotImplemented");
}
