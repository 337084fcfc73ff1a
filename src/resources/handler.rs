//! What one resource type has to provide.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use aws_smithy_types::DateTime;
use aws_smithy_types::error::operation::BuildError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Error;
use crate::aws::{self, Clients, ErrorKind};
use crate::engine::{Condition, Cx, Owner};

/// Where a resource lives and whose it is.
#[derive(Clone)]
pub(super) struct Scope {
    pub clients: Arc<Clients>,
    /// The project's folder.
    pub root: PathBuf,
    /// `DeletionPolicy: Snapshot`.
    pub snapshot: bool,
    pub pipeline: String,
    pub environment: String,
    /// Logical id.
    pub id: String,
    pub region: String,
    /// 12 digits.
    pub account: String,
}

impl Scope {
    /// The region's partition and the end of its services' names
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    pub(super) fn partition(&self) -> (&'static str, &'static str) {
        match self.region.as_str() {
            region if region.starts_with("cn-") => ("aws-cn", "amazonaws.com.cn"),
            region if region.starts_with("us-gov-") => ("aws-us-gov", "amazonaws.com"),
            _ => ("aws", "amazonaws.com"),
        }
    }

    /// A property without which no request can be made.
    pub(super) fn required<'a, T>(&self, property: &'static str, value: &'a Option<T>) -> Result<&'a T, Error> {
        value.as_ref().ok_or_else(|| Error::Missing {
            id: self.id.clone(),
            property,
        })
    }

    pub(super) fn built<T>(&self, built: Result<T, BuildError>) -> Result<T, Error> {
        built.map_err(|source| Error::Build {
            id: self.id.clone(),
            source,
        })
    }

    /// Calls, and repeats where the classification of the error says so.
    pub(super) async fn retrying<T, F>(&self, cx: &Cx, call: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, aws::Error>>,
    {
        Ok(aws::retrying(cx.upstream_fresh(), &|state| cx.report(state), call).await?)
    }
}

/// A live resource as its handler sees it.
pub(super) struct Observed<P> {
    /// Value of `Ref`.
    pub physical_id: String,
    /// The service's word, or [`AVAILABLE`].
    pub state: String,
    pub properties: P,
    /// `Fn::GetAtt` values.
    pub attributes: BTreeMap<String, String>,
    pub owner: Owner,
    pub created_at: Option<SystemTime>,
}

/// State of what has no states.
pub(super) const AVAILABLE: &str = "AVAILABLE";

/// One resource type.
///
/// Every call tolerates what an interrupted run left behind: `create` may find parts done, `update` compares with the
/// world itself instead of trusting a list of changes, `delete` takes not-found for done.
#[async_trait]
pub(super) trait Handler: Send + Sync + 'static {
    /// CloudFormation's properties of the type, as far as pipectl maps them. Unknown members are refused.
    type Properties: Serialize + DeserializeOwned + Default + Clone + Send + Sync;

    /// JSON pointers that cannot change in place although CloudFormation's schema does not say so.
    fn fixed_paths(&self) -> &'static [&'static str] {
        &[]
    }

    /// JSON pointers to objects whose member names are the person's own (see [`Resource::closed_paths`]).
    ///
    /// [`Resource::closed_paths`]: crate::engine::Resource::closed_paths
    fn closed_paths(&self) -> &'static [&'static str] {
        &[]
    }

    /// Fills in the service's defaults, so that taking a property out of the configs counts as a change back to its
    /// default, and brings lists whose order means nothing into one order. Left out are properties whose default is
    /// not a fixed value.
    fn normalise(&self, scope: &Scope, properties: &mut Self::Properties) -> Result<(), Error>;

    /// What a state means for those who depend on it.
    fn condition(&self, state: &str) -> Condition {
        let _ = state;
        Condition::Steady
    }

    /// What exists under the name in `wanted`; `None` if nothing does, or if the name is not known yet.
    async fn observe(
        &self,
        scope: &Scope,
        wanted: &Self::Properties,
    ) -> Result<Option<Observed<Self::Properties>>, Error>;

    async fn create(&self, scope: &Scope, wanted: &Self::Properties, cx: &Cx) -> Result<(), Error>;

    async fn update(&self, scope: &Scope, wanted: &Self::Properties, cx: &Cx) -> Result<(), Error>;

    /// `live` are the properties of what is to go, at least those that name it.
    async fn delete(&self, scope: &Scope, live: &Self::Properties, cx: &Cx) -> Result<(), Error>;
}

/// The Option of a lookup whose "not found" is an answer.
pub(super) fn found<T>(result: Result<T, aws::Error>) -> Result<Option<T>, aws::Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is(ErrorKind::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same, where an emulator may lack the call or answer it in a way of its own: what cannot be read counts as not
/// set. Writing it still fails.
pub(super) fn offered<T>(result: Result<T, aws::Error>) -> Result<Option<T>, aws::Error> {
    match result {
        Err(error) if matches!(error.kind, ErrorKind::Unsupported | ErrorKind::Unreadable) => Ok(None),
        result => found(result),
    }
}

pub(super) fn system_time(time: &DateTime) -> Option<SystemTime> {
    SystemTime::try_from(*time).ok()
}
