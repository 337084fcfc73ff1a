//! A plan and its steps.

use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::error::StepError;
use super::plan::Intent;
use super::resource::{Desired, Live};

/// What is to be done with one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    /// Delete, then create under the same name.
    Replace,
    Delete,
    NoOp,
    /// Only read, because others refer to it.
    Observe,
    /// Left in place by its `DeletionPolicy`.
    Keep,
    /// It must not or cannot be acted upon; the step's error says why.
    Refuse,
}

impl Action {
    /// Whether it changes the world.
    pub fn is_change(self) -> bool {
        matches!(self, Action::Create | Action::Update | Action::Replace | Action::Delete)
    }
}

/// What is to be done with one resource, and why.
#[derive(Clone, Debug)]
pub struct Step {
    /// Logical id.
    pub id: String,
    /// Resource type.
    pub kind: String,
    pub action: Action,
    /// JSON pointers into the desired document that differ from the live one, or may: those in `desired.unresolved`
    /// are known only when the resources they refer to exist. Empty for an update that only waits for a resource to
    /// become usable, and for the replacement of one that never will.
    pub changed: Vec<String>,
    /// True if the action is taken, or goes as far as replacement, only should a value that is not known yet turn
    /// out to differ from the live one.
    pub conditional: bool,
    pub live: Option<Live>,
    pub desired: Desired,
    /// Set if, and only if, the action is [`Action::Refuse`].
    pub error: Option<Arc<StepError>>,
}

/// Desired documents are left out: they may hold secrets.
impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(8))?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("type", &self.kind)?;
        map.serialize_entry("action", &self.action)?;
        map.serialize_entry("changed", &self.changed)?;
        map.serialize_entry("conditional", &self.conditional)?;
        map.serialize_entry("physical_id", &self.live.as_ref().map(|live| &live.physical_id))?;
        map.serialize_entry("state", &self.live.as_ref().map(|live| &live.state))?;
        map.serialize_entry("error", &self.error.as_deref())?;
        map.end()
    }
}

/// What has to be done to bring a graph to what is intended.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Plan {
    pub intent: Intent,
    /// In dependency order, reversed for teardown. Complete unless `interrupted`.
    pub steps: Vec<Step>,
    /// Planning was cancelled: resources not read have no step, and executing the plan does nothing.
    pub interrupted: bool,
}

/// How many steps a plan has of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub delete: usize,
    pub unchanged: usize,
    pub observe: usize,
    pub keep: usize,
    pub refuse: usize,
}

impl Plan {
    /// The steps that change something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action.is_change())
    }

    /// The steps that must not or cannot be acted upon.
    pub fn refusals(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action == Action::Refuse)
    }

    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            *match step.action {
                Action::Create => &mut counts.create,
                Action::Update => &mut counts.update,
                Action::Replace => &mut counts.replace,
                Action::Delete => &mut counts.delete,
                Action::NoOp => &mut counts.unchanged,
                Action::Observe => &mut counts.observe,
                Action::Keep => &mut counts.keep,
                Action::Refuse => &mut counts.refuse,
            } += 1;
        }
        counts
    }
}
