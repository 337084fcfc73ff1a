//! What the engine tells while it works.

use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::step::Action;

/// Where events go. It is called from several threads and must not block.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// One thing that happened. While a plan is carried out every resource that is reached ends with exactly one
/// `Finished`, `Failed` or `Skipped`; `elapsed` counts from the moment work on the resource began and is serialised
/// as `seconds`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The live resource is being read.
    Reading { id: String },
    /// The first call that changes something is about to be made.
    Started {
        id: String,
        #[serde(rename = "type")]
        kind: String,
        action: Action,
    },
    /// The resource reports what it waits for.
    Waiting {
        id: String,
        state: String,
        #[serde(rename = "seconds", serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// Done; `action` is what was really done. `physical_id` is `None` where nothing existed and nothing was created.
    Finished {
        id: String,
        #[serde(rename = "type")]
        kind: String,
        action: Action,
        physical_id: Option<String>,
        #[serde(rename = "seconds", serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// `error` is the message with all its causes.
    Failed {
        id: String,
        #[serde(rename = "type")]
        kind: String,
        action: Action,
        error: String,
        #[serde(rename = "seconds", serialize_with = "seconds")]
        elapsed: Duration,
    },
    /// Not attempted, as `because` failed.
    Skipped { id: String, because: String },
    /// The run was cancelled: nothing new starts, these are still running.
    Draining { running: Vec<String> },
}

fn seconds<S: Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}
