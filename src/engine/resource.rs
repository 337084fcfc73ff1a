//! The lifecycle interface between the engine and everything it manages.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use serde_json::Value;

/// An error of a resource; the engine passes it on without looking inside.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What `Ref` and `Fn::GetAtt` of each live resource evaluate to: logical id -> attribute -> value.
/// `Ref` is stored under the attribute name `Ref`.
pub type Outputs = BTreeMap<String, BTreeMap<String, String>>;

/// A resource as it exists now.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// What the service calls it (bucket name, stream name, role name): the value of `Ref`.
    pub physical_id: String,
    /// The service's own word for its state (`ACTIVE`, `CREATING`), or `AVAILABLE` where it has none.
    pub state: String,
    /// The current settings in the shape of the desired document (CloudFormation property names),
    /// ownership tags left out.
    pub document: Value,
    /// `Fn::GetAtt` values by attribute name (`Arn`, ...).
    pub attributes: BTreeMap<String, String>,
    pub owner: Owner,
    /// When it was created, where the service tells: a young role may not have propagated yet.
    pub created_at: Option<SystemTime>,
}

/// Whose a live resource is, by its ownership tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// It carries this pipeline's and environment's tags (or, for parts that cannot carry tags, its parent does).
    Ours,
    /// It exists and is not ours. `claim` says whose, for a person: `"no pipectl tags"`,
    /// `"pipectl:pipeline=other"`.
    Foreign { claim: String },
}

/// The document a resource should match, with what could not be resolved yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Desired {
    pub document: Value,
    /// References to attributes that are known only after another resource was created.
    /// At their paths the document holds `null`.
    pub unresolved: Vec<Unresolved>,
}

/// One reference that has no value yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// JSON pointer into the desired document.
    pub path: String,
    /// Logical id of the resource it waits for.
    pub resource: String,
    pub attribute: String,
}

/// Whether a live resource can be used as it is, by its state. A run that was killed leaves resources in
/// passing states behind; the next run has to tell them from finished ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It can serve others now.
    Steady,
    /// On its way to that (`CREATING`, `UPDATING`): the engine calls `update`, possibly with no changed path, and
    /// `update` waits until it is usable.
    Settling,
    /// It will never be usable (`CREATING_FAILED`, `DELETING`): the engine calls `delete`, which waits until it is
    /// gone, then `create`.
    Lost,
}

/// What a lifecycle call may know about the run it is part of.
#[derive(Clone)]
pub struct Cx {
    upstream_fresh: bool,
    report: Arc<dyn Fn(&str) + Send + Sync>,
}

impl Cx {
    pub fn new(upstream_fresh: bool, report: Arc<dyn Fn(&str) + Send + Sync>) -> Self {
        Self { upstream_fresh, report }
    }

    /// A context that reports to nobody, for reads and tests.
    pub fn silent() -> Self {
        Self::new(false, Arc::new(|_| ()))
    }

    /// True if a resource this one depends on was created or changed in this run, or is younger
    /// than two minutes: only then is an "unable to assume role" worth retrying.
    pub fn upstream_fresh(&self) -> bool {
        self.upstream_fresh
    }

    /// The same for calls about something that this very call created moments ago, whatever it depends on.
    pub fn just_created(&self) -> Self {
        Self {
            upstream_fresh: true,
            ..self.clone()
        }
    }

    /// Tells the person watching what is being waited for (`"CREATING"`, `"emptying, 12,000 objects"`).
    pub fn report(&self, state: &str) {
        (self.report)(state)
    }
}

/// One node of the graph. Each lifecycle call returns only when its effect is visible to a reader.
#[async_trait]
pub trait Resource: Send + Sync {
    /// Logical id, unique in the project.
    fn id(&self) -> &str;
    /// Resource type, such as `AWS::Kinesis::Stream`.
    fn kind(&self) -> &str;
    /// Logical ids this one refers to.
    fn dependencies(&self) -> &BTreeSet<String>;
    /// `DeletionPolicy: Retain`.
    fn retained(&self) -> bool {
        false
    }
    /// True if it is only read, for what others refer to: it is outside what the run was asked to work on.
    fn observed(&self) -> bool {
        false
    }
    /// JSON pointers whose change cannot be made in place (`/Name`, `/S3DestinationConfiguration`).
    fn replacement_paths(&self) -> &[String];
    /// JSON pointers that the service never returns; they are not compared.
    fn write_only_paths(&self) -> &[String] {
        &[]
    }
    /// JSON pointers (`*` stands for any segment) to objects whose member names are the person's own, such as a job's
    /// arguments: what is live there and not desired is to go. Elsewhere it is left alone.
    fn closed_paths(&self) -> &'static [&'static str] {
        &[]
    }
    /// The document this resource should match, given what is known of the others.
    fn desired(&self, outputs: &Outputs) -> Result<Desired, BoxError>;

    /// Judges `live.state`. The default suits services that have no passing states.
    fn condition(&self, live: &Live) -> Condition {
        let _ = live;
        Condition::Steady
    }

    /// What exists under this resource's physical name, ours or not; `None` if nothing does. Does not wait for a
    /// passing state to end.
    ///
    /// `desired` holds `null` where it depends on something that does not exist yet. A `null` that is needed to find
    /// the resource (the bucket of a bucket policy) means that its parent does not exist: answer `None`.
    async fn read(&self, desired: &Value, cx: &Cx) -> Result<Option<Live>, BoxError>;
    async fn create(&self, desired: &Value, cx: &Cx) -> Result<Live, BoxError>;
    /// Brings `live` in place to `desired`. `changed` are the JSON pointers that differ.
    async fn update(&self, live: &Live, desired: &Value, changed: &[String], cx: &Cx) -> Result<Live, BoxError>;
    /// Not found counts as done.
    async fn delete(&self, live: &Live, cx: &Cx) -> Result<(), BoxError>;
}
