//! Listing of triggers.

use std::collections::BTreeMap;

use super::model::{Shown, TRIGGERS, Trigger, trigger};
use crate::local::error::AwsError;
use crate::local::glue::Glue;
use crate::local::glue::constraints::{self, constrain, name, optional_name, page, page_size};
use crate::local::glue::shape::{input, output};

input! {
    GetTrigger {
        name: String,
    }

    GetTriggers {
        next_token: Option<String>,
        dependent_job_name: Option<String>,
        max_results: Option<i64>,
    }

    ListTriggers {
        next_token: Option<String>,
        dependent_job_name: Option<String>,
        max_results: Option<i64>,
        tags: Option<BTreeMap<String, String>>,
    }

    BatchGetTriggers {
        trigger_names: Vec<String>,
    }
}

output! {
    OneTrigger {
        trigger: Shown,
    }

    Triggers {
        triggers: Vec<Shown>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }

    TriggerNames {
        trigger_names: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }

    FoundTriggers {
        triggers: Vec<Shown>,
        triggers_not_found: Vec<String>,
    }
}

impl Glue {
    pub(super) fn get_trigger(&self, input: &GetTrigger) -> Result<OneTrigger, AwsError> {
        constrain(|constraints| name(constraints, "name", &input.name))?;
        let trigger = trigger(&self.env.store.read()?, &input.name)?;
        Ok(OneTrigger {
            trigger: trigger.shown(),
        })
    }

    /// Sorted by name.
    pub(super) fn get_triggers(&self, input: &GetTriggers) -> Result<Triggers, AwsError> {
        let limit = page_size(input.max_results, 200)?;
        let all = self.triggers_of(input.dependent_job_name.as_deref())?;
        let (page, next_token) = page(all, false, input.next_token.as_deref(), limit)?;
        Ok(Triggers {
            triggers: page.into_iter().map(Trigger::shown).collect(),
            next_token,
        })
    }

    /// Those that have all the tags asked for.
    pub(super) fn list_triggers(&self, input: &ListTriggers) -> Result<TriggerNames, AwsError> {
        let limit = page_size(input.max_results, 200)?;
        constrain(|constraints| constraints::tags(constraints, "tags", input.tags.as_ref()))?;
        let wanted = |trigger: &Trigger| {
            let tags = input.tags.iter().flatten();
            tags.into_iter()
                .all(|(key, value)| trigger.tags.get(key) == Some(value))
        };
        let mut all = self.triggers_of(input.dependent_job_name.as_deref())?;
        all.retain(|(_, trigger)| wanted(trigger));
        let (page, next_token) = page(all, false, input.next_token.as_deref(), limit)?;
        Ok(TriggerNames {
            trigger_names: page.into_iter().map(|trigger| trigger.name).collect(),
            next_token,
        })
    }

    pub(super) fn batch_get_triggers(&self, input: &BatchGetTriggers) -> Result<FoundTriggers, AwsError> {
        let tx = self.env.store.read()?;
        let (mut triggers, mut triggers_not_found) = (Vec::new(), Vec::new());
        for name in &input.trigger_names {
            match TRIGGERS.get(&tx, name)? {
                Some(trigger) => triggers.push(trigger.shown()),
                None => triggers_not_found.push(name.clone()),
            }
        }
        Ok(FoundTriggers {
            triggers,
            triggers_not_found,
        })
    }

    /// "The name of the job to retrieve triggers for. The trigger that can start this job is returned, and if there
    /// is no such trigger, all triggers are returned."
    fn triggers_of(&self, job: Option<&str>) -> Result<Vec<(String, Trigger)>, AwsError> {
        constrain(|constraints| optional_name(constraints, "dependentJobName", job))?;
        let mut all = TRIGGERS.all(&self.env.store.read()?, "")?;
        if let Some(job) = job
            && all.iter().any(|(_, trigger)| trigger.depends_on(job))
        {
            all.retain(|(_, trigger)| trigger.depends_on(job));
        }
        Ok(all)
    }
}
