//! Carries out one step.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::decide::for_deploy;
use super::error::{Call, StepError, guard};
use super::event::{Event, EventSink};
use super::resource::{Cx, Desired, Live, Outputs, Resource};
use super::step::{Action, Step};

/// How long after its creation a resource may not have propagated to the services that use it.
const PROPAGATION: Duration = Duration::from_secs(120);

/// Whether a resource created at `created_at` may still be propagating. One from the future is: clocks differ.
pub(super) fn is_young(created_at: Option<SystemTime>, now: SystemTime) -> bool {
    created_at.is_some_and(|created| now.duration_since(created).is_ok_and(|age| age < PROPAGATION) || created > now)
}

/// One step with what the run knows by now.
pub(super) struct Job {
    pub resource: Arc<dyn Resource>,
    pub step: Step,
    /// Outputs of the resources it depends on.
    pub outputs: Outputs,
    /// One of these was created or replaced in this run.
    pub renewed_upstream: bool,
    pub cx: Cx,
    pub started: Instant,
    pub events: EventSink,
}

/// What a job came to: the action really taken or attempted, what is known to exist now, and how it went.
pub(super) struct Done {
    pub action: Action,
    pub live: Option<Live>,
    pub elapsed: Duration,
    pub result: Result<(), StepError>,
}

impl Job {
    pub async fn run(mut self) -> Done {
        let mut live = self.step.live.take();
        let mut action = self.step.action;
        let result = match action {
            Action::Delete => self.delete(&mut live).await,
            _ => self.deploy(&mut action, &mut live).await,
        };
        Done {
            action,
            live,
            elapsed: self.started.elapsed(),
            result,
        }
    }

    async fn delete(&self, live: &mut Option<Live>) -> Result<(), StepError> {
        self.announce(Action::Delete);
        if let Some(existing) = live.as_ref() {
            guard(Call::Delete, self.resource.delete(existing, &self.cx)).await?;
            *live = None;
        }
        Ok(())
    }

    async fn deploy(&self, action: &mut Action, live: &mut Option<Live>) -> Result<(), StepError> {
        let desired = self.resolve().await?;
        let mut changed = self.step.changed.clone();
        if self.is_outdated(&desired) {
            self.emit(Event::Reading {
                id: self.step.id.clone(),
            });
            *live = guard(Call::Read, self.resource.read(&desired.document, &self.cx)).await?;
            let verdict = for_deploy(self.resource.as_ref(), &desired, live.as_ref())?;
            (*action, changed) = (verdict.action, verdict.changed);
            if let (Action::Replace, Some(live)) = (*action, live.as_ref())
                && self.step.action != Action::Replace
            {
                return Err(StepError::Unplanned {
                    physical_id: live.physical_id.clone(),
                    changed,
                });
            }
        }
        if *action != Action::NoOp {
            self.announce(*action);
            self.bring_about(*action, &changed, &desired, live).await?;
        }
        Ok(())
    }

    /// The desired document with the outputs as they are now.
    async fn resolve(&self) -> Result<Desired, StepError> {
        let desired = guard(Call::Desired, async { self.resource.desired(&self.outputs) }).await?;
        match desired.unresolved.first() {
            None => Ok(desired),
            Some(missing) => Err(StepError::Unresolved {
                path: missing.path.clone(),
                resource: missing.resource.clone(),
                attribute: missing.attribute.clone(),
            }),
        }
    }

    /// Whether what the plan saw no longer decides what to do. A resource found missing with its whole document known
    /// is still missing.
    fn is_outdated(&self, desired: &Desired) -> bool {
        let planned_in_part = !self.step.desired.unresolved.is_empty();
        match self.step.action {
            Action::Create => planned_in_part,
            _ => planned_in_part || self.renewed_upstream || desired.document != self.step.desired.document,
        }
    }

    /// Replacement takes this one resource away and puts it back under the same name, with those that depend on it
    /// left as they are: they are looked at again afterwards. A service that refuses to delete something in use
    /// fails the step.
    async fn bring_about(
        &self,
        action: Action,
        changed: &[String],
        desired: &Desired,
        live: &mut Option<Live>,
    ) -> Result<(), StepError> {
        if let (Action::Update, Some(existing)) = (action, live.as_ref()) {
            let update = self.resource.update(existing, &desired.document, changed, &self.cx);
            *live = Some(guard(Call::Update, update).await?);
            return Ok(());
        }
        if let (Action::Replace, Some(existing)) = (action, live.as_ref()) {
            guard(Call::Delete, self.resource.delete(existing, &self.cx)).await?;
            *live = None;
        }
        *live = Some(guard(Call::Create, self.resource.create(&desired.document, &self.cx)).await?);
        Ok(())
    }

    fn announce(&self, action: Action) {
        self.emit(Event::Started {
            id: self.step.id.clone(),
            kind: self.step.kind.clone(),
            action,
        });
    }

    fn emit(&self, event: Event) {
        (self.events)(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_young_for_two_minutes() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        assert!(!is_young(None, now));
        assert!(is_young(Some(now), now));
        assert!(is_young(Some(now - Duration::from_secs(119)), now));
        assert!(!is_young(Some(now - PROPAGATION), now));
        assert!(is_young(Some(now + Duration::from_secs(5)), now));
    }
}
