//! What every embedded service shares: account, region, clock, limits, waiting times, the store.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::meters::Meters;
use super::store::Store;

/// How the embedded AWS is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// 12 digits.
    pub account: String,
    pub region: String,
    pub limits: Limits,
    pub timing: Timing,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            account: "000000000000".into(),
            region: "us-east-1".into(),
            limits: Limits::None,
            timing: Timing::fast(),
        }
    }
}

/// Whether AWS's throughput limits hold. Sizes of requests and records are enforced either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limits {
    /// As fast as the machine.
    None,
    /// 1 MiB/s and 1,000 records/s a shard, as in "Quotas and limits" of the Kinesis developer guide.
    Aws,
}

/// Waiting times. State changes are computed from timestamps when somebody looks, so none of them costs a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A stream is CREATING, UPDATING or DELETING for this long.
    pub stream: Duration,
    /// A delivery stream is CREATING or DELETING for this long.
    pub delivery_stream: Duration,
    /// Upper bound on a delivery stream's buffering interval; the configured one holds where it is shorter.
    pub buffer_interval: Duration,
    /// How long after its creation, or a change of its trust policy, a role cannot be assumed yet.
    pub iam_propagation: Duration,
    /// A job run is STARTING for this long.
    pub job_start: Duration,
    /// A Redshift cluster or serverless workgroup is creating, or a cluster resuming, for this long.
    pub warehouse_create: Duration,
    /// A cluster, namespace or workgroup is modifying, resizing, rebooting or pausing for this long.
    pub warehouse_modify: Duration,
    /// A cluster, namespace or workgroup is deleting for this long.
    pub warehouse_delete: Duration,
    /// A QuickSight data source, analysis or dashboard version is in progress, and an ingestion INITIALIZED, for this
    /// long.
    pub quicksight: Duration,
}

impl Timing {
    /// Short, so that a laptop does not wait; still long enough that every state can be seen.
    pub const fn fast() -> Self {
        Self {
            stream: Duration::from_millis(60),
            delivery_stream: Duration::from_millis(80),
            buffer_interval: Duration::from_secs(1),
            iam_propagation: Duration::ZERO,
            job_start: Duration::from_millis(40),
            warehouse_create: Duration::from_millis(100),
            warehouse_modify: Duration::from_millis(60),
            warehouse_delete: Duration::from_millis(60),
            quicksight: Duration::from_millis(40),
        }
    }

    /// As AWS takes: streams about 20 s, delivery streams 85-135 s, roles some seconds, job runs up to half a minute,
    /// warehouses minutes, QuickSight's resources a few seconds.
    pub const fn aws() -> Self {
        Self {
            stream: Duration::from_secs(20),
            delivery_stream: Duration::from_secs(100),
            buffer_interval: Duration::from_secs(900),
            iam_propagation: Duration::from_secs(8),
            job_start: Duration::from_secs(20),
            warehouse_create: Duration::from_secs(240),
            warehouse_modify: Duration::from_secs(90),
            warehouse_delete: Duration::from_secs(120),
            quicksight: Duration::from_secs(3),
        }
    }
}

/// Shared by all services.
pub(crate) struct Env {
    pub options: Options,
    /// Folder of the embedded AWS's data (`.pipectl/local`).
    pub dir: PathBuf,
    pub store: Store,
    /// What services count for CloudWatch.
    pub meters: Meters,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Env {
    pub fn new(dir: PathBuf, store: Store, options: Options) -> Self {
        Self {
            options,
            dir,
            store,
            meters: Meters::default(),
            clock: Arc::new(Timestamp::now),
        }
    }

    /// With another clock, for tests.
    #[cfg(test)]
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// An environment in a temporary folder; keep the folder alive as long as the environment.
    #[cfg(test)]
    pub fn temporary() -> (tempfile::TempDir, Arc<Self>) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(&dir.path().join("state.redb")).expect("a new store");
        let env = Self::new(dir.path().to_owned(), store, Options::default());
        (dir, Arc::new(env))
    }

    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub fn account(&self) -> &str {
        &self.options.account
    }

    pub fn region(&self) -> &str {
        &self.options.region
    }

    /// `arn:aws:<service>:<region>:<account>:<resource>`
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region(), self.account())
    }
}
