//! `AWS::Glue::Trigger`.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-glue-trigger.html>

mod activation;
mod definition;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_glue::types as glue;
use serde::{Deserialize, Serialize};

use super::{Texts, arn, complete_tags, listed, non_empty, or_empty, own_tags, tags};
use crate::aws::{self, Backoff, Status, Wait, failure, wait_until};
use crate::engine::{Condition, Cx};
use crate::resources::error::Error;
use crate::resources::handler::{Handler, Observed, Scope, found, offered};
use crate::resources::ownership::{Tags, all_tags, owner};
use definition::{Action, EventBatchingCondition, Predicate};

/// Deletion takes a minute or two (aws-cloudformation/cloudformation-coverage-roadmap#2103).
const LIMIT: Duration = Duration::from_secs(15 * 60);

const GONE: &str = "GONE";

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(in crate::resources) struct Properties {
    name: Option<String>,
    r#type: Option<String>,
    /// Empty where there is none.
    description: Option<String>,
    workflow_name: Option<String>,
    schedule: Option<String>,
    predicate: Option<Predicate>,
    actions: Vec<Action>,
    event_batching_condition: Option<EventBatchingCondition>,
    start_on_creation: Option<bool>,
    tags: Texts,
}

impl Properties {
    /// Only these are ever ACTIVATED. To start a trigger on demand is to run its jobs, and one on events stays CREATED
    /// (<https://docs.aws.amazon.com/glue/latest/dg/about-triggers.html>).
    fn can_be_active(&self) -> bool {
        matches!(self.r#type.as_deref(), Some("SCHEDULED" | "CONDITIONAL"))
    }

    fn same_definition(&self, other: &Self) -> bool {
        let parts = |one: &Self| {
            (
                one.description.clone(),
                one.schedule.clone(),
                one.predicate.clone(),
                one.actions.clone(),
                one.event_batching_condition.clone(),
            )
        };
        parts(self) == parts(other)
    }
}

pub(in crate::resources) struct Trigger;

#[async_trait]
impl Handler for Trigger {
    type Properties = Properties;

    fn closed_paths(&self) -> &'static [&'static str] {
        &["/Actions/*/Arguments", "/Actions/*/NotificationProperty"]
    }

    /// Without `StartOnCreation` people start and stop the trigger, and nothing here changes that.
    fn normalise(&self, _: &Scope, trigger: &mut Properties) -> Result<(), Error> {
        or_empty(&mut trigger.description);
        Ok(())
    }

    fn condition(&self, state: &str) -> Condition {
        match state {
            "CREATING" | "ACTIVATING" | "DEACTIVATING" | "UPDATING" => Condition::Settling,
            "DELETING" => Condition::Lost,
            _ => Condition::Steady,
        }
    }

    async fn observe(&self, scope: &Scope, wanted: &Properties) -> Result<Option<Observed<Properties>>, Error> {
        let Some(name) = &wanted.name else { return Ok(None) };
        let Some(trigger) = find(scope, name).await? else {
            return Ok(None);
        };
        let tags = offered(tags(scope, &arn(scope, None, "trigger", name)).await)?.unwrap_or_default();
        Ok(Some(Observed {
            physical_id: name.clone(),
            state: state(&trigger),
            owner: owner(scope, &tags),
            attributes: BTreeMap::new(),
            created_at: None,
            properties: live_properties(trigger, wanted, &tags),
        }))
    }

    async fn create(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &wanted.name)?;
        let started = wanted
            .start_on_creation
            .filter(|started| *started && wanted.can_be_active());
        let update = sent(scope, wanted)?;
        let tags = listed(&wanted.tags);
        let request = scope
            .clients
            .glue
            .create_trigger()
            .name(name)
            .set_type(wanted.r#type.as_deref().map(Into::into))
            .set_workflow_name(wanted.workflow_name.clone())
            .set_description(non_empty(&wanted.description))
            .set_schedule(update.schedule)
            .set_predicate(update.predicate)
            .set_actions(update.actions)
            .set_event_batching_condition(update.event_batching_condition)
            .set_start_on_creation(started)
            .set_tags(Some(all_tags(scope, &tags).into_iter().collect()));
        scope
            .retrying(cx, async || {
                let answer = request.clone().send().await;
                answer.map_err(|e| failure("glue", "CreateTrigger", name, e))
            })
            .await?;
        settled(scope, name, cx).await?;
        complete_tags(scope, &arn(scope, None, "trigger", name), &tags, cx).await
    }

    async fn update(&self, scope: &Scope, wanted: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &wanted.name)?;
        let Some(trigger) = settled(scope, name, cx).await? else {
            return self.create(scope, wanted, cx).await;
        };
        let was_active = activation::is_active(&state(&trigger));
        let mut live = live_properties(trigger, wanted, &Tags::new());
        self.normalise(scope, &mut live)?;
        if !wanted.same_definition(&live) {
            activation::redefine(scope, name, sent(scope, wanted)?, was_active, cx).await?;
        }
        if wanted.can_be_active() {
            match (was_active, wanted.start_on_creation) {
                (false, Some(true)) => activation::start(scope, name, cx).await?,
                (true, Some(false)) => activation::stop(scope, name, cx).await?,
                _ => {}
            }
        }
        complete_tags(scope, &arn(scope, None, "trigger", name), &listed(&wanted.tags), cx).await
    }

    async fn delete(&self, scope: &Scope, live: &Properties, cx: &Cx) -> Result<(), Error> {
        let name = scope.required("Name", &live.name)?;
        if find(scope, name)
            .await?
            .is_some_and(|trigger| state(&trigger) != "DELETING")
        {
            scope
                .retrying(cx, async || {
                    let answer = scope.clients.glue.delete_trigger().name(name).send().await;
                    found(answer.map_err(|e| failure("glue", "DeleteTrigger", name, e)))
                })
                .await?;
        }
        // A trigger just deleted can read as it did before for a moment.
        let pending = [
            "DELETING",
            "ACTIVATED",
            "DEACTIVATED",
            "CREATED",
            "ACTIVATING",
            "DEACTIVATING",
            "UPDATING",
        ];
        let wait = waiting(name, &pending, &[GONE]);
        wait_until(wait, &|state| cx.report(state), async || {
            Ok(status(find(scope, name).await?))
        })
        .await?;
        Ok(())
    }
}

async fn find(scope: &Scope, name: &str) -> Result<Option<glue::Trigger>, aws::Error> {
    let answer = scope.clients.glue.get_trigger().name(name).send().await;
    let answer = found(answer.map_err(|e| failure("glue", "GetTrigger", name, e)))?;
    Ok(answer.and_then(|answer| answer.trigger))
}

fn state(trigger: &glue::Trigger) -> String {
    let state = trigger.state.as_ref();
    state.map(|state| state.as_str().to_owned()).unwrap_or_default()
}

fn status(trigger: Option<glue::Trigger>) -> Status<Option<glue::Trigger>> {
    let state = trigger.as_ref().map_or_else(|| GONE.to_owned(), state);
    Status::new(state, trigger)
}

fn waiting<'a>(name: &'a str, pending: &'a [&'a str], target: &'a [&'a str]) -> Wait<'a> {
    Wait {
        service: "glue",
        operation: "GetTrigger",
        resource: name,
        pending,
        target,
        pace: Backoff::POLL,
        limit: LIMIT,
    }
}

/// The trigger once it is in no passing state; `None` if it is not there.
async fn settled(scope: &Scope, name: &str, cx: &Cx) -> Result<Option<glue::Trigger>, Error> {
    let pending = ["CREATING", "ACTIVATING", "DEACTIVATING", "UPDATING"];
    let wait = waiting(name, &pending, &["CREATED", "ACTIVATED", "DEACTIVATED", GONE]);
    let poll = async || Ok(status(find(scope, name).await?));
    Ok(wait_until(wait, &|state| cx.report(state), poll).await?)
}

/// `StartOnCreation` is what the trigger's state shows, where the type has such states.
fn live_properties(trigger: glue::Trigger, wanted: &Properties, tags: &Tags) -> Properties {
    let active = activation::is_active(&state(&trigger));
    let mut live = Properties {
        name: trigger.name.or_else(|| wanted.name.clone()),
        r#type: trigger.r#type.map(|kind| kind.as_str().to_owned()),
        description: trigger.description,
        workflow_name: trigger.workflow_name.filter(|name| !name.is_empty()),
        schedule: trigger.schedule.filter(|schedule| !schedule.is_empty()),
        predicate: trigger.predicate.and_then(Predicate::read),
        actions: trigger.actions.into_iter().flatten().map(Action::read).collect(),
        event_batching_condition: trigger
            .event_batching_condition
            .as_ref()
            .map(EventBatchingCondition::read),
        start_on_creation: wanted.start_on_creation,
        tags: own_tags(tags),
    };
    if live.can_be_active() {
        live.start_on_creation = Some(active);
    }
    live
}

/// UpdateTrigger overwrites the whole definition (botocore glue: TriggerUpdate).
fn sent(scope: &Scope, wanted: &Properties) -> Result<glue::TriggerUpdate, Error> {
    let batching = wanted.event_batching_condition.as_ref();
    let batching = batching.map(|condition| condition.sent(scope)).transpose()?;
    Ok(glue::TriggerUpdate::builder()
        .set_description(wanted.description.clone())
        .set_schedule(wanted.schedule.clone())
        .set_predicate(wanted.predicate.as_ref().map(Predicate::sent))
        .set_actions(Some(wanted.actions.iter().map(Action::sent).collect()))
        .set_event_batching_condition(batching)
        .build())
}
