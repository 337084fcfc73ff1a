//! Creation, change and deletion of triggers; starting and stopping them.

use std::collections::BTreeMap;

use super::model::{Action, Condition, Definition, Kind, Predicate, Shown, State, TRIGGERS, Trigger, trigger};
use super::schedule::Schedule;
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{self, constrain, lines, name, optional_name};
use crate::local::glue::errors::{invalid, mismatch};
use crate::local::glue::jobs::check_timeout;
use crate::local::glue::shape::{input, output};

/// "Currently, the only job states that a trigger can listen for are SUCCEEDED, STOPPED, FAILED, and TIMEOUT."
const AWAITED: [&str; 4] = ["SUCCEEDED", "STOPPED", "FAILED", "TIMEOUT"];

input! {
    CreateTrigger {
        name: String,
        workflow_name: Option<String>,
        #[serde(rename = "Type")]
        kind: String,
        schedule: Option<String>,
        predicate: Option<Predicate>,
        actions: Vec<Action>,
        description: Option<String>,
        start_on_creation: Option<bool>,
        tags: Option<BTreeMap<String, String>>,
        event_batching_condition: Option<serde_json::Value>,
    }

    UpdateTrigger {
        name: String,
        trigger_update: Definition,
    }

    TriggerName {
        name: String,
    }
}

output! {
    Named {
        name: String,
    }

    Updated {
        trigger: Shown,
    }
}

fn kind(text: &str) -> Result<Kind, AwsError> {
    constrain(|constraints| {
        constraints.one_of("type", text, &["SCHEDULED", "CONDITIONAL", "ON_DEMAND", "EVENT"]);
    })?;
    match text {
        "SCHEDULED" => Ok(Kind::Scheduled),
        "CONDITIONAL" => Ok(Kind::Conditional),
        "ON_DEMAND" => Ok(Kind::OnDemand),
        _ => Err(AwsError::not_implemented("triggers of type EVENT")),
    }
}

impl Definition {
    fn check(&self, kind: Kind) -> Result<(), AwsError> {
        constrain(|constraints| lines(constraints, "description", self.description.as_deref(), 0, 2048))?;
        if self.event_batching_condition.is_some() {
            return Err(invalid("EventBatchingCondition is for triggers of type EVENT only."));
        }
        match (kind, &self.schedule) {
            (Kind::Scheduled, None) => return Err(invalid("Schedule is required for a trigger of type SCHEDULED.")),
            (Kind::Scheduled, Some(schedule)) => drop(Schedule::parse(schedule)?),
            (_, Some(_)) => return Err(invalid("Schedule is for triggers of type SCHEDULED only.")),
            (_, None) => {}
        }
        match (kind, &self.predicate) {
            (Kind::Conditional, Some(predicate)) => predicate.check()?,
            (Kind::Conditional, None) => {
                return Err(invalid("Predicate is required for a trigger of type CONDITIONAL."));
            }
            (_, Some(predicate)) if predicate.conditions.as_ref().is_some_and(|list| !list.is_empty()) => {
                return Err(invalid("Predicate is for triggers of type CONDITIONAL only."));
            }
            _ => {}
        }
        let actions = self.actions.as_deref().unwrap_or_default();
        if actions.is_empty() {
            return Err(invalid("Actions cannot be null or empty."));
        }
        actions.iter().try_for_each(Action::check)
    }
}

impl Action {
    fn check(&self) -> Result<(), AwsError> {
        constrain(|constraints| {
            optional_name(constraints, "actions.jobName", self.job_name.as_deref());
            let minutes = self.timeout.unwrap_or(1);
            constraints.range("actions.timeout", minutes, 1, i64::from(i32::MAX));
        })?;
        check_timeout(self.timeout)?;
        if self.crawler_name.is_some() {
            return Err(AwsError::not_implemented("crawlers (CrawlerName)"));
        }
        match self.job_name {
            Some(_) => Ok(()),
            None => Err(invalid("An action must name a job.")),
        }
    }
}

impl Predicate {
    fn check(&self) -> Result<(), AwsError> {
        let conditions = self.conditions.as_deref().unwrap_or_default();
        constrain(|constraints| {
            constraints.count("predicate.conditions", conditions.len(), 0, 500);
            if let Some(logical) = &self.logical {
                constraints.one_of("predicate.logical", logical, &["AND", "ANY"]);
            }
        })?;
        if conditions.is_empty() {
            return Err(invalid("A predicate must have conditions."));
        }
        if conditions.len() > 1 && self.logical.is_none() {
            return Err(invalid("Logical is required for a predicate of several conditions."));
        }
        conditions.iter().try_for_each(Condition::check)
    }
}

impl Condition {
    fn check(&self) -> Result<(), AwsError> {
        if self.crawler_name.is_some() || self.crawl_state.is_some() {
            return Err(AwsError::not_implemented("crawlers (CrawlerName, CrawlState)"));
        }
        let (operator, state) = (self.logical_operator.as_deref(), self.state.as_deref());
        constrain(|constraints| {
            constraints.one_of("logicalOperator", operator.unwrap_or("EQUALS"), &["EQUALS"]);
            optional_name(constraints, "jobName", self.job_name.as_deref());
        })?;
        match (&self.job_name, state) {
            (Some(_), Some(state)) if AWAITED.contains(&state) => Ok(()),
            (Some(_), _) => Err(invalid(format!(
                "A trigger can wait for the states {}.",
                AWAITED.join(", ")
            ))),
            (None, _) => Err(invalid("A condition must name a job.")),
        }
    }
}

impl Glue {
    /// A repetition with the same definition is answered like the first.
    pub(super) fn create_trigger(&self, input: CreateTrigger) -> Result<Named, AwsError> {
        let name = input.name;
        constrain(|constraints| {
            constraints::name(constraints, "name", &name);
            constraints::tags(constraints, "tags", input.tags.as_ref());
        })?;
        let kind = kind(&input.kind)?;
        if input.workflow_name.is_some() {
            return Err(AwsError::not_implemented("workflows (WorkflowName)"));
        }
        let definition = Definition {
            name: None,
            description: input.description,
            schedule: input.schedule,
            actions: Some(input.actions),
            predicate: input.predicate,
            event_batching_condition: input.event_batching_condition,
        };
        definition.check(kind)?;
        let start = input.start_on_creation == Some(true);
        if start && kind == Kind::OnDemand {
            return Err(invalid(
                "StartOnCreation is not supported for triggers of type ON_DEMAND.",
            ));
        }
        self.require_jobs(&definition)?;
        let new = Trigger {
            name: name.clone(),
            kind,
            state: if start { State::Activated } else { State::Created },
            since: self.env.now(),
            definition,
            tags: input.tags.unwrap_or_default(),
            met: BTreeMap::new(),
        };
        self.env.store.write(|tx| match TRIGGERS.get(tx, &name)? {
            Some(old) if old.kind == kind && old.definition == new.definition && old.tags == new.tags => Ok(()),
            Some(_) => Err(mismatch("Trigger", &name)),
            None => Ok(TRIGGERS.put(tx, &name, &new)?),
        })?;
        self.scheduler.changed();
        Ok(Named { name })
    }

    /// The jobs that it starts or waits for must exist.
    fn require_jobs(&self, definition: &Definition) -> Result<(), AwsError> {
        let actions = definition
            .actions
            .iter()
            .flatten()
            .filter_map(|action| action.job_name.as_deref());
        let conditions = definition
            .predicate
            .iter()
            .flat_map(|predicate| predicate.conditions.iter().flatten());
        let awaited = conditions.filter_map(|condition| condition.job_name.as_deref());
        actions.chain(awaited).try_for_each(|job| self.require_job(job))
    }

    /// "This object updates the previous trigger definition by overwriting it completely." It stays started or not.
    pub(super) fn update_trigger(&self, input: UpdateTrigger) -> Result<Updated, AwsError> {
        constrain(|constraints| name(constraints, "name", &input.name))?;
        let mut definition = input.trigger_update;
        definition.name = None;
        self.require_jobs(&definition)?;
        let trigger = self.change_trigger(&input.name, |trigger| {
            definition.check(trigger.kind)?;
            trigger.definition = definition;
            trigger.met.clear();
            trigger.since = self.env.now();
            Ok(())
        })?;
        Ok(Updated {
            trigger: trigger.shown(),
        })
    }

    /// "If the trigger is not found, no exception is thrown."
    pub(super) fn delete_trigger(&self, input: TriggerName) -> Result<Named, AwsError> {
        constrain(|constraints| name(constraints, "name", &input.name))?;
        self.env
            .store
            .write(|tx| TRIGGERS.remove(tx, &input.name).map_err(AwsError::from))?;
        self.scheduler.changed();
        Ok(Named { name: input.name })
    }

    /// One on demand starts its jobs now, and stays CREATED; the others are ACTIVATED.
    pub(super) fn start_trigger(&self, input: TriggerName) -> Result<Named, AwsError> {
        constrain(|constraints| name(constraints, "name", &input.name))?;
        let found = trigger(&self.env.store.read()?, &input.name)?;
        if found.kind == Kind::OnDemand {
            self.fire(&found, &[])?;
            return Ok(Named { name: input.name });
        }
        self.change_trigger(&input.name, |trigger| {
            if trigger.state != State::Activated {
                trigger.state = State::Activated;
                trigger.since = self.env.now();
                trigger.met.clear();
            }
            Ok(())
        })?;
        Ok(Named { name: input.name })
    }

    pub(super) fn stop_trigger(&self, input: TriggerName) -> Result<Named, AwsError> {
        constrain(|constraints| name(constraints, "name", &input.name))?;
        self.change_trigger(&input.name, |trigger| {
            if trigger.kind == Kind::OnDemand {
                return Err(invalid(format!(
                    "Trigger {} is of type ON_DEMAND and cannot be stopped.",
                    trigger.name
                )));
            }
            if trigger.state == State::Activated {
                trigger.state = State::Deactivated;
                trigger.since = self.env.now();
                trigger.met.clear();
            }
            Ok(())
        })?;
        Ok(Named { name: input.name })
    }

    fn change_trigger(
        &self,
        name: &str,
        change: impl FnOnce(&mut Trigger) -> Result<(), AwsError>,
    ) -> Result<Trigger, AwsError> {
        let trigger = self.env.store.write(|tx| {
            let mut trigger = trigger(tx, name)?;
            change(&mut trigger)?;
            TRIGGERS.put(tx, name, &trigger)?;
            Ok::<_, AwsError>(trigger)
        })?;
        self.scheduler.changed();
        Ok(trigger)
    }
}
