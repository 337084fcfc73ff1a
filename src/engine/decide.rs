//! The one place that decides what to do with a resource, from what it should be and what it is.

use super::diff::differences;
use super::error::StepError;
use super::pointer::{covered, touches};
use super::resource::{Condition, Desired, Live, Owner, Resource, Unresolved};
use super::step::Action;

/// What to do, and which paths ask for it.
#[derive(Debug)]
pub(super) struct Verdict {
    pub action: Action,
    pub changed: Vec<String>,
    pub conditional: bool,
}

impl Verdict {
    fn sure(action: Action, changed: Vec<String>) -> Self {
        Self {
            action,
            changed,
            conditional: false,
        }
    }
}

/// What makes `live` match `desired`.
///
/// # Errors
/// The live resource is not ours, or is retained and cannot be changed in place.
pub(super) fn for_deploy(
    resource: &dyn Resource,
    desired: &Desired,
    live: Option<&Live>,
) -> Result<Verdict, StepError> {
    let Some(live) = live else {
        return match resource.observed() {
            true => Err(StepError::NotThere {
                id: resource.id().to_owned(),
            }),
            false => Ok(Verdict::sure(Action::Create, Vec::new())),
        };
    };
    refuse_foreign(resource, live)?;
    if resource.observed() {
        return Ok(Verdict::sure(Action::Observe, Vec::new()));
    }
    let condition = resource.condition(live);
    if condition == Condition::Lost {
        return match resource.retained() {
            false => Ok(Verdict::sure(Action::Replace, Vec::new())),
            true => Err(StepError::RetainedLost {
                id: resource.id().to_owned(),
                physical_id: live.physical_id.clone(),
                state: live.state.clone(),
            }),
        };
    }
    let mut skipped = resource.write_only_paths().to_vec();
    skipped.extend(desired.unresolved.iter().map(|unresolved| unresolved.path.clone()));
    let changed = differences(&desired.document, &live.document, &skipped, resource.closed_paths());
    let replacing: Vec<String> = changed
        .iter()
        .filter(|path| touches(resource.replacement_paths(), path))
        .cloned()
        .collect();
    if !replacing.is_empty() {
        return match resource.retained() {
            false => Ok(Verdict::sure(Action::Replace, changed)),
            true => Err(StepError::Retained {
                id: resource.id().to_owned(),
                physical_id: live.physical_id.clone(),
                changed: replacing,
            }),
        };
    }
    let action = match changed.is_empty() && condition == Condition::Steady {
        true => Action::NoOp,
        false => Action::Update,
    };
    Ok(Verdict::sure(action, changed))
}

/// Adds what may come on top once `pending` values, which this run is about to make, are known.
///
/// A retained resource is never said to be replaced on suspicion; should it come to that, execution refuses.
pub(super) fn with_pending(verdict: Verdict, resource: &dyn Resource, pending: &[&Unresolved]) -> Verdict {
    let Verdict {
        mut action,
        mut changed,
        mut conditional,
    } = verdict;
    if !matches!(action, Action::NoOp | Action::Update) {
        return Verdict {
            action,
            changed,
            conditional,
        };
    }
    for unresolved in pending
        .iter()
        .filter(|unresolved| !covered(resource.write_only_paths(), &unresolved.path))
    {
        changed.push(unresolved.path.clone());
        if touches(resource.replacement_paths(), &unresolved.path) && !resource.retained() {
            (action, conditional) = (Action::Replace, true);
        } else if action == Action::NoOp {
            (action, conditional) = (Action::Update, true);
        }
    }
    changed.sort();
    changed.dedup();
    Verdict {
        action,
        changed,
        conditional,
    }
}

/// What takes a resource away.
///
/// # Errors
/// The live resource is not ours.
pub(super) fn for_teardown(resource: &dyn Resource, live: Option<&Live>) -> Result<Verdict, StepError> {
    if resource.observed() {
        return Ok(Verdict::sure(Action::Observe, Vec::new()));
    }
    let Some(live) = live else {
        return Ok(Verdict::sure(Action::NoOp, Vec::new()));
    };
    refuse_foreign(resource, live)?;
    let action = if resource.retained() {
        Action::Keep
    } else {
        Action::Delete
    };
    Ok(Verdict::sure(action, Vec::new()))
}

fn refuse_foreign(resource: &dyn Resource, live: &Live) -> Result<(), StepError> {
    match &live.owner {
        Owner::Ours => Ok(()),
        Owner::Foreign { claim } => Err(StepError::Foreign {
            id: resource.id().to_owned(),
            kind: resource.kind().to_owned(),
            physical_id: live.physical_id.clone(),
            claim: claim.clone(),
        }),
    }
}
