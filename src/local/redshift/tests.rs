//! Behaviour of the service through the SDK, on a clock that the tests move.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_redshift::Client;
use aws_sdk_redshift::error::ProvideErrorMetadata;
use aws_sdk_redshift::operation::create_cluster::builders::CreateClusterFluentBuilder;
use aws_sdk_redshift::types::{Cluster as Shown, Tag, UsageLimitFeatureType, UsageLimitLimitType};

use super::{Databases, Redshift};
use crate::local::env::{Env, Options};
use crate::local::error::AwsError;
use crate::local::secrets::Secrets;
use crate::local::store::Store;
use crate::local::tagging::TagSource;
use crate::local::testing::{Wired, sdk_config};

mod modify;
mod resources;

/// A warehouse that only knows which databases there are.
#[derive(Default)]
pub(crate) struct FakeDatabases {
    pub made: Mutex<BTreeMap<String, String>>,
    /// Fails to drop, as a process that dies in between would.
    pub stuck: Mutex<bool>,
}

impl Databases for FakeDatabases {
    fn create(&self, warehouse: &str, database: &str) -> Result<(), AwsError> {
        self.made
            .lock()
            .unwrap()
            .insert(warehouse.to_owned(), database.to_owned());
        Ok(())
    }

    fn drop_warehouse(&self, warehouse: &str) -> Result<(), AwsError> {
        if *self.stuck.lock().unwrap() {
            return Err(AwsError::internal("killed"));
        }
        self.made.lock().unwrap().remove(warehouse);
        Ok(())
    }
}

/// An environment whose clock the test moves.
pub(crate) struct Clock {
    pub dir: tempfile::TempDir,
    millis: Arc<AtomicI64>,
}

impl Clock {
    pub fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            millis: Arc::new(AtomicI64::new(1_790_000_000_000)),
        }
    }

    /// The environment; only one may be open at a time.
    pub fn env(&self) -> Arc<Env> {
        self.env_on(Store::open(&self.dir.path().join("state.redb")).unwrap())
    }

    pub fn env_on(&self, store: Store) -> Arc<Env> {
        let millis = self.millis.clone();
        let env = Env::new(self.dir.path().to_owned(), store, Options::default());
        Arc::new(env.with_clock(move || jiff::Timestamp::from_millisecond(millis.load(Ordering::SeqCst)).unwrap()))
    }

    pub fn pass(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::SeqCst);
    }
}

struct World {
    clock: Clock,
    databases: Arc<FakeDatabases>,
    service: Arc<Redshift>,
    secrets: Secrets,
    client: Client,
}

impl World {
    fn new() -> Self {
        let (clock, databases) = (Clock::new(), Arc::new(FakeDatabases::default()));
        let env = clock.env();
        let service = Arc::new(Redshift::new(env.clone(), databases.clone()).unwrap());
        let client = Client::new(&sdk_config(Wired::Query("2012-12-01", service.clone())));
        Self {
            clock,
            databases,
            service,
            secrets: Secrets::new(env),
            client,
        }
    }

    /// A cluster's minimal request.
    fn create(&self, id: &str) -> CreateClusterFluentBuilder {
        let request = self.client.create_cluster().cluster_identifier(id);
        request.node_type("ra3.large").master_username("hr_admin")
    }

    /// A cluster with a managed password, available.
    async fn cluster(&self, id: &str) -> Shown {
        self.create(id).manage_master_password(true).send().await.unwrap();
        self.clock.pass(200);
        self.describe(id).await
    }

    async fn describe(&self, id: &str) -> Shown {
        let described = self.client.describe_clusters().cluster_identifier(id).send().await;
        described.unwrap().clusters.unwrap().remove(0)
    }

    async fn status(&self, id: &str) -> String {
        self.describe(id).await.cluster_status.unwrap()
    }
}

/// Code and message of a failed call.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
    }};
}
use refused;

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

#[tokio::test]
async fn a_cluster_is_created_with_its_database_and_its_secret() {
    let world = World::new();
    let created = world
        .create("hr")
        .db_name("employees")
        .manage_master_password(true)
        .iam_roles("arn:aws:iam::000000000000:role/warehouse")
        .default_iam_role_arn("arn:aws:iam::000000000000:role/warehouse")
        .tags(tag("pipectl:env", "local"))
        .send()
        .await
        .unwrap()
        .cluster
        .unwrap();
    assert_eq!(created.cluster_status(), Some("creating"));
    assert_eq!(created.cluster_availability_status(), Some("Modifying"));
    assert!(created.endpoint().is_none());
    let arn = created.master_password_secret_arn().unwrap().to_owned();
    assert!(
        arn.starts_with("arn:aws:secretsmanager:us-east-1:000000000000:secret:redshift!hr-hr_admin-"),
        "{arn}"
    );
    let credentials = world.secrets.credentials(&arn).unwrap().unwrap();
    assert_eq!(credentials.username, "hr_admin");
    super::check_password(&credentials.password).unwrap();

    world.clock.pass(150);
    let cluster = world.describe("hr").await;
    assert_eq!(cluster.cluster_status(), Some("available"));
    assert_eq!(cluster.endpoint().unwrap().port(), Some(5439));
    assert_eq!(cluster.number_of_nodes(), Some(1));
    assert_eq!(cluster.encrypted(), Some(true));
    assert_eq!(cluster.db_name(), Some("employees"));
    assert_eq!(cluster.iam_roles()[0].apply_status(), Some("in-sync"));
    assert_eq!(cluster.tags()[0].key(), Some("pipectl:env"));
    let reached = world.service.reach("hr").unwrap().unwrap();
    assert_eq!(reached.password, credentials.password);
    assert_eq!(reached.roles, ["arn:aws:iam::000000000000:role/warehouse"]);
    assert_eq!(world.databases.made.lock().unwrap()[&reached.warehouse], "employees");

    let (code, _) = refused!(world.create("hr").manage_master_password(true));
    assert_eq!(code, "ClusterAlreadyExists");
}

#[tokio::test]
async fn passwords_are_managed_or_given_and_good() {
    let world = World::new();
    let (code, message) = refused!(world.create("a"));
    assert_eq!(code, "InvalidParameterValue");
    assert!(message.contains("MasterUserPassword must be provided"), "{message}");
    let both = world
        .create("a")
        .manage_master_password(true)
        .master_user_password("Passw0rd");
    assert_eq!(refused!(both).0, "InvalidParameterCombination");
    let (code, message) = refused!(world.create("a").master_user_password("weakweak"));
    assert_eq!(code, "InvalidParameterValue");
    assert!(!message.contains("weakweak"), "{message}");
    world.create("a").master_user_password("Passw0rd").send().await.unwrap();
    assert!(world.describe("a").await.master_password_secret_arn().is_none());
}

#[tokio::test]
async fn what_redshift_does_not_take_is_refused() {
    let world = World::new();
    let request = |id: &str| world.create(id).manage_master_password(true);
    assert_eq!(refused!(request("a").encrypted(false)).0, "InvalidParameterValue");
    assert_eq!(refused!(request("A")).0, "InvalidParameterValue");
    assert_eq!(refused!(request("a--b")).0, "InvalidParameterValue");
    assert_eq!(refused!(request("a").db_name("User")).0, "InvalidParameterValue");
    assert_eq!(refused!(request("a").port(80)).0, "InvalidParameterValue");
    assert_eq!(
        refused!(request("a").cluster_type("multi-node")).0,
        "InvalidParameterCombination"
    );
    assert_eq!(
        refused!(request("a").cluster_subnet_group_name("none")).0,
        "ClusterSubnetGroupNotFoundFault"
    );
    assert_eq!(refused!(request("a").iam_roles("warehouse")).0, "InvalidParameterValue");
    assert_eq!(
        refused!(request("a").automated_snapshot_retention_period(0)).0,
        "InvalidParameterValue"
    );
    let (code, message) = refused!(request("a").elastic_ip("1.2.3.4"));
    assert_eq!(code, "NotImplemented");
    assert!(message.contains("ElasticIp"), "{message}");
    assert!(world.databases.made.lock().unwrap().is_empty());
    let (code, message) = refused!(world.client.describe_clusters().cluster_identifier("a"));
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("ClusterNotFound", "Cluster a not found.")
    );
}

#[tokio::test]
async fn deletion_takes_the_databases_and_the_secret_and_leaves_the_snapshot() {
    let world = World::new();
    let arn = world.cluster("hr").await.master_password_secret_arn.unwrap();
    let delete = || world.client.delete_cluster().cluster_identifier("hr");
    let (code, message) = refused!(delete());
    assert_eq!(code, "InvalidParameterCombination");
    assert!(
        message.starts_with("FinalClusterSnapshotIdentifier is required"),
        "{message}"
    );
    let both = delete()
        .skip_final_cluster_snapshot(true)
        .final_cluster_snapshot_identifier("last");
    assert_eq!(refused!(both).0, "InvalidParameterCombination");

    let deleted = delete().final_cluster_snapshot_identifier("last").send().await.unwrap();
    assert_eq!(deleted.cluster().unwrap().cluster_status(), Some("final-snapshot"));
    assert!(world.databases.made.lock().unwrap().is_empty());
    assert_eq!(
        world.secrets.credentials(&arn).err().unwrap().code,
        "ResourceNotFoundException"
    );
    let again = delete().skip_final_cluster_snapshot(true);
    assert_eq!(
        refused!(again),
        (
            "InvalidClusterState".into(),
            "There is an operation running on the Cluster. Please try to delete it at a later time.".into()
        )
    );
    world.clock.pass(100);
    assert_eq!(
        refused!(world.client.describe_clusters().cluster_identifier("hr")).0,
        "ClusterNotFound"
    );

    let snapshots = world
        .client
        .describe_cluster_snapshots()
        .send()
        .await
        .unwrap()
        .snapshots
        .unwrap();
    assert_eq!(snapshots[0].snapshot_identifier(), Some("last"));
    assert_eq!(snapshots[0].status(), Some("available"));
    world.cluster("hr").await;
    let taken = delete().final_cluster_snapshot_identifier("last");
    assert_eq!(refused!(taken).0, "ClusterSnapshotAlreadyExists");
    world
        .client
        .delete_cluster_snapshot()
        .snapshot_identifier("last")
        .send()
        .await
        .unwrap();
    let gone = world.client.describe_cluster_snapshots().snapshot_identifier("last");
    assert_eq!(refused!(gone).0, "ClusterSnapshotNotFound");
}

#[tokio::test]
async fn a_deletion_that_was_interrupted_is_finished_by_the_next_start() {
    let World {
        clock,
        databases,
        service,
        secrets,
        client,
    } = World::new();
    let request = client.create_cluster().cluster_identifier("hr").node_type("ra3.large");
    request
        .master_username("admin")
        .manage_master_password(true)
        .send()
        .await
        .unwrap();
    clock.pass(200);
    *databases.stuck.lock().unwrap() = true;
    let delete = client
        .delete_cluster()
        .cluster_identifier("hr")
        .skip_final_cluster_snapshot(true);
    assert!(delete.send().await.is_err());
    assert_eq!(databases.made.lock().unwrap().len(), 1);
    drop((service, secrets, client));
    *databases.stuck.lock().unwrap() = false;
    clock.pass(100);
    let service = Redshift::new(clock.env(), databases.clone()).unwrap();
    assert!(databases.made.lock().unwrap().is_empty());
    assert!(service.reach("hr").unwrap().is_none());
}

#[tokio::test]
async fn pages_of_clusters_follow_each_other() {
    let world = World::new();
    for n in 0..21 {
        world.cluster(&format!("c{n:02}")).await;
    }
    let page = world.client.describe_clusters().max_records(20).send().await.unwrap();
    assert_eq!(page.clusters().len(), 20);
    let rest = world
        .client
        .describe_clusters()
        .max_records(20)
        .marker(page.marker().unwrap());
    let rest = rest.send().await.unwrap();
    assert_eq!(rest.clusters()[0].cluster_identifier(), Some("c20"));
    assert!(rest.marker().is_none());
    assert_eq!(
        refused!(world.client.describe_clusters().max_records(5)).0,
        "InvalidParameterValue"
    );
}
