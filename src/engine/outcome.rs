//! What came of a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::error::StepError;
use super::resource::Live;
use super::step::Action;

/// What came of carrying out a plan. Every resource of a complete run is counted, failed or skipped; of an
/// interrupted one, those that would have been changed and were not begun are in `left`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Outcome {
    pub created: usize,
    /// Changed in place or replaced.
    pub updated: usize,
    /// Of `updated`, those that were deleted and created anew.
    pub replaced: usize,
    pub unchanged: usize,
    pub deleted: usize,
    /// Retained ones that a teardown left in place.
    pub kept: usize,
    pub failed: Vec<Failure>,
    pub skipped: Vec<Skip>,
    /// Logical ids not started after the run was cancelled.
    pub left: Vec<String>,
    /// The run was cancelled before it was through.
    pub interrupted: bool,
    /// Our resources as they were last seen, by logical id. Of one that failed half way this may be older than the
    /// failure.
    #[serde(serialize_with = "names_and_states")]
    pub live: BTreeMap<String, Live>,
}

impl Outcome {
    /// Whether everything that was planned was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && self.left.is_empty() && !self.interrupted
    }
}

/// A resource that could not or must not be acted upon.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// What was attempted; [`Action::Refuse`] if the plan already refused it.
    pub action: Action,
    #[serde(serialize_with = "chain")]
    pub error: Arc<StepError>,
}

/// A resource that was not attempted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skip {
    pub id: String,
    /// Logical id of the resource whose failure it depended on.
    pub because: String,
}

fn chain<S: Serializer>(error: &Arc<StepError>, serializer: S) -> Result<S::Ok, S::Error> {
    error.as_ref().serialize(serializer)
}

#[derive(Serialize)]
struct Seen<'a> {
    physical_id: &'a str,
    state: &'a str,
}

fn names_and_states<S: Serializer>(live: &BTreeMap<String, Live>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(live.len()))?;
    for (id, live) in live {
        map.serialize_entry(
            id,
            &Seen {
                physical_id: &live.physical_id,
                state: &live.state,
            },
        )?;
    }
    map.end()
}
