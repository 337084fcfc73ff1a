//! What is kept of a trigger.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local::error::AwsError;
use crate::local::glue::errors::not_found;
use crate::local::glue::jobs::NotificationProperty;
use crate::local::glue::shape::shape;
use crate::local::store::{Reads, Table};

/// Key: name.
pub(in crate::local::glue) const TRIGGERS: Table<Trigger> = Table::new("glue.triggers");

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::local::glue) enum Kind {
    #[serde(rename = "SCHEDULED")]
    Scheduled,
    #[serde(rename = "CONDITIONAL")]
    Conditional,
    #[serde(rename = "ON_DEMAND")]
    OnDemand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in crate::local::glue) enum State {
    Created,
    Activated,
    Deactivated,
}

shape! {
    Action {
        job_name: String,
        arguments: BTreeMap<String, String>,
        /// Minutes.
        timeout: i64,
        security_configuration: String,
        notification_property: NotificationProperty,
        crawler_name: String,
    }

    Condition {
        logical_operator: String,
        job_name: String,
        state: String,
        crawler_name: String,
        crawl_state: String,
    }

    Predicate {
        logical: String,
        conditions: Vec<Condition>,
    }

    /// `TriggerUpdate`: everything of a trigger that can change.
    Definition {
        /// Reserved for future use.
        name: String,
        description: String,
        schedule: String,
        actions: Vec<Action>,
        predicate: Predicate,
        event_batching_condition: serde_json::Value,
    }

    /// `Trigger` of the API.
    Shown {
        name: String,
        #[serde(rename = "Type")]
        kind: Kind,
        state: State,
        description: String,
        schedule: String,
        actions: Vec<Action>,
        predicate: Predicate,
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::local::glue) struct Trigger {
    pub name: String,
    pub kind: Kind,
    pub state: State,
    /// Since when it has been in this state, or has had this schedule.
    pub since: Timestamp,
    pub definition: Definition,
    pub tags: BTreeMap<String, String>,
    /// Conditions that are met, by their place, and by which run. Those of a conditional trigger that has fired are
    /// to be met anew.
    pub met: BTreeMap<usize, (String, String)>,
}

impl Trigger {
    pub fn shown(self) -> Shown {
        Shown {
            name: Some(self.name),
            kind: Some(self.kind),
            state: Some(self.state),
            description: self.definition.description,
            schedule: self.definition.schedule,
            actions: self.definition.actions,
            predicate: self.definition.predicate,
        }
    }

    pub fn conditions(&self) -> &[Condition] {
        let predicate = self.definition.predicate.as_ref();
        predicate
            .and_then(|predicate| predicate.conditions.as_deref())
            .unwrap_or_default()
    }

    /// Whether it runs, or waits for, the job.
    pub fn depends_on(&self, job: &str) -> bool {
        let named = |name: &Option<String>| name.as_deref() == Some(job);
        let actions = self.definition.actions.iter().flatten();
        actions.map(|action| &action.job_name).any(named)
    }
}

pub(super) fn trigger(tx: &impl Reads, name: &str) -> Result<Trigger, AwsError> {
    TRIGGERS
        .get(tx, name)?
        .ok_or_else(|| not_found(format!("Trigger with name: {name} not found.")))
}
