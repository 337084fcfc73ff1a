//! What happens when a trigger fires, and which runs' ends make one fire.

use std::collections::BTreeMap;

use super::model::{Action, Kind, State, TRIGGERS, Trigger};
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::runs::{Launch, Overrides, Predecessor, State as RunState};

impl Glue {
    /// Starts the trigger's jobs. One that cannot be started does not keep the others back; the first error is the
    /// answer.
    pub(super) fn fire(&self, trigger: &Trigger, predecessors: &[Predecessor]) -> Result<(), AwsError> {
        let actions = trigger.definition.actions.iter().flatten();
        let starts: Vec<_> = actions
            .map(|action| self.launch(launch(trigger, action, predecessors)))
            .collect();
        starts.into_iter().try_for_each(|started| started.map(drop))
    }

    /// As `fire`, where nobody waits for the answer.
    pub(super) fn fire_unattended(&self, trigger: &Trigger, predecessors: &[Predecessor]) {
        if let Err(error) = self.fire(trigger, predecessors) {
            tracing::warn!(trigger = trigger.name, %error, "a trigger could not start a job");
        }
    }

    /// Fires the conditional triggers whose conditions this end of a run completes.
    ///
    /// "Dependent jobs are only started if the job which completes was started by a trigger (not run ad-hoc)."
    /// Source: "Starting jobs and crawlers using triggers" in the Glue developer guide.
    pub(in crate::local::glue) fn notify_triggers(
        &self,
        by_trigger: bool,
        job: &str,
        run: &str,
        state: RunState,
    ) -> Result<(), AwsError> {
        if !by_trigger || !self.has_conditional()? {
            return Ok(());
        }
        let fired = self.env.store.write(|tx| {
            let mut fired = Vec::new();
            for (name, mut trigger) in TRIGGERS.all(tx, "")? {
                if trigger.kind != Kind::Conditional || trigger.state != State::Activated {
                    continue;
                }
                let before = trigger.met.clone();
                let met = meet(&mut trigger, job, run, state);
                if let Some(met) = met {
                    fired.push((trigger.clone(), met));
                }
                if trigger.met != before {
                    TRIGGERS.put(tx, &name, &trigger)?;
                }
            }
            Ok::<_, AwsError>(fired)
        })?;
        for (trigger, met) in fired {
            let predecessors: Vec<_> = met.into_values().map(predecessor).collect();
            self.fire_unattended(&trigger, &predecessors);
        }
        Ok(())
    }

    fn has_conditional(&self) -> Result<bool, AwsError> {
        let mut found = false;
        TRIGGERS.scan(&self.env.store.read()?, "", None, |_, trigger| {
            found = trigger.kind == Kind::Conditional;
            !found
        })?;
        Ok(found)
    }
}

/// Notes which conditions the run meets. If the trigger fires, the answer is what made it, and all conditions are
/// to be met anew.
fn meet(trigger: &mut Trigger, job: &str, run: &str, state: RunState) -> Option<BTreeMap<usize, (String, String)>> {
    let mut met_now = false;
    let mut met = trigger.met.clone();
    for (place, condition) in trigger.conditions().iter().enumerate() {
        if condition.job_name.as_deref() != Some(job) {
            continue;
        }
        if condition.state.as_deref() == Some(state.name()) {
            met.insert(place, (job.to_owned(), run.to_owned()));
            met_now = true;
        } else {
            met.remove(&place);
        }
    }
    let predicate = trigger.definition.predicate.as_ref();
    let any = predicate.and_then(|predicate| predicate.logical.as_deref()) == Some("ANY");
    if met_now && (any || met.len() == trigger.conditions().len()) {
        trigger.met.clear();
        return Some(met);
    }
    trigger.met = met;
    None
}

fn predecessor((job, run): (String, String)) -> Predecessor {
    Predecessor {
        job_name: Some(job),
        run_id: Some(run),
    }
}

fn launch(trigger: &Trigger, action: &Action, predecessors: &[Predecessor]) -> Launch {
    Launch {
        job: action.job_name.clone().unwrap_or_default(),
        overrides: Overrides {
            arguments: action.arguments.clone().unwrap_or_default(),
            timeout: action.timeout,
            security_configuration: action.security_configuration.clone(),
            notification_property: action.notification_property.clone(),
            ..Overrides::default()
        },
        trigger: Some(trigger.name.clone()),
        predecessors: predecessors.to_vec(),
        previous: None,
    }
}
