//! Why the engine could not or would not act on a resource.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use serde::{Serialize, Serializer};

use super::resource::BoxError;

/// A call of the [`Resource`](super::Resource) interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Desired,
    Read,
    Create,
    Update,
    Delete,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Call::Desired => "working out what it should be",
            Call::Read => "reading it",
            Call::Create => "creating it",
            Call::Update => "updating it",
            Call::Delete => "deleting it",
        })
    }
}

/// Why a step was refused or failed. The resource's own error is kept as [`Error::source`].
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    #[error("{call} failed")]
    Failed { call: Call, source: BoxError },
    /// A fault in the resource's code, not in the configs or the service.
    #[error("{call} stopped with an internal error: {message}")]
    Panicked { call: Call, message: String },
    #[error(
        "{kind} '{physical_id}' exists already and is not this pipeline's ({claim}); give '{id}' another name in the \
         configs, or hand '{physical_id}' over by giving it this pipeline's ownership tags"
    )]
    Foreign {
        id: String,
        kind: String,
        physical_id: String,
        claim: String,
    },
    #[error(
        "a change of {} cannot be made in place, and '{physical_id}' must be retained; undo the change, give '{id}' \
         another name, or lift its DeletionPolicy", changed.join(", ")
    )]
    Retained {
        id: String,
        physical_id: String,
        changed: Vec<String>,
    },
    #[error(
        "'{physical_id}' is in state {state}, out of which only deletion helps, and '{id}' must be retained; wait if \
         it is being deleted, or delete it by hand, then run again"
    )]
    RetainedLost {
        id: String,
        physical_id: String,
        state: String,
    },
    #[error(
        "'{physical_id}' would now have to be deleted and created anew{}, which the plan did not say; run again and \
         review the new plan",
        because(changed)
    )]
    Unplanned { physical_id: String, changed: Vec<String> },
    #[error("cannot tell whether it exists, as {path} refers to '{resource}', which could not be read")]
    Hidden { path: String, resource: String },
    #[error(
        "'{id}' belongs to a stage that was left out, and does not exist; deploy its stage first, or leave out --stage"
    )]
    NotThere { id: String },
    #[error("{path} refers to {attribute} of '{resource}', which has no such value")]
    Unresolved {
        path: String,
        resource: String,
        attribute: String,
    },
}

impl StepError {
    /// The message with those of all its causes, outermost first, joined by `": "`.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let message = error.to_string();
            // Some errors repeat their source's message as part of their own.
            if !text.ends_with(&message) {
                text.push_str(": ");
                text.push_str(&message);
            }
            cause = error.source();
        }
        text
    }
}

/// As one text, causes included.
impl Serialize for StepError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.chain())
    }
}

fn because(changed: &[String]) -> String {
    match changed {
        [] => String::new(),
        changed => format!(" for a change of {}", changed.join(", ")),
    }
}

/// Awaits a call of a resource; a panic in it becomes an error like any other.
pub(super) async fn guard<T>(call: Call, work: impl Future<Output = Result<T, BoxError>>) -> Result<T, StepError> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result.map_err(|source| StepError::Failed { call, source }),
        Err(payload) => Err(StepError::Panicked {
            call,
            message: panic_message(payload.as_ref()),
        }),
    }
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
