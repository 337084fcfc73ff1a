//! What a trigger starts, and when.

use aws_sdk_glue::types as glue;
use serde::{Deserialize, Serialize};

use super::super::job::NotificationProperty;
use super::super::{Texts, read_texts, sent_texts};
use crate::resources::error::Error;
use crate::resources::handler::Scope;

/// A job or a crawler to start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Action {
    job_name: Option<String>,
    crawler_name: Option<String>,
    /// In place of the job's default arguments.
    arguments: Texts,
    /// Minutes.
    timeout: Option<i32>,
    security_configuration: Option<String>,
    notification_property: NotificationProperty,
}

/// What has to have happened before a conditional trigger fires.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct Predicate {
    logical: Option<String>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct Condition {
    logical_operator: Option<String>,
    job_name: Option<String>,
    state: Option<String>,
    crawler_name: Option<String>,
    crawl_state: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct EventBatchingCondition {
    batch_size: Option<i32>,
    /// Seconds.
    batch_window: Option<i32>,
}

impl Action {
    pub(super) fn read(action: glue::Action) -> Self {
        let property = action.notification_property.as_ref();
        Self {
            job_name: filled(action.job_name),
            crawler_name: filled(action.crawler_name),
            arguments: read_texts(action.arguments),
            timeout: action.timeout,
            security_configuration: filled(action.security_configuration),
            notification_property: property.map(NotificationProperty::read).unwrap_or_default(),
        }
    }

    pub(super) fn sent(&self) -> glue::Action {
        glue::Action::builder()
            .set_job_name(self.job_name.clone())
            .set_crawler_name(self.crawler_name.clone())
            .set_arguments(sent_texts(&self.arguments))
            .set_timeout(self.timeout)
            .set_security_configuration(self.security_configuration.clone())
            .set_notification_property(self.notification_property.sent())
            .build()
    }
}

impl Predicate {
    /// `None` where it says nothing.
    pub(super) fn read(predicate: glue::Predicate) -> Option<Self> {
        let conditions = predicate.conditions.into_iter().flatten();
        let read = Self {
            logical: predicate.logical.map(|logical| logical.as_str().to_owned()),
            conditions: conditions.map(Condition::read).collect(),
        };
        (!read.conditions.is_empty()).then_some(read)
    }

    pub(super) fn sent(&self) -> glue::Predicate {
        glue::Predicate::builder()
            .set_logical(self.logical.as_deref().map(Into::into))
            .set_conditions(Some(self.conditions.iter().map(Condition::sent).collect()))
            .build()
    }
}

impl Condition {
    fn read(condition: glue::Condition) -> Self {
        Self {
            logical_operator: condition.logical_operator.map(|operator| operator.as_str().to_owned()),
            job_name: filled(condition.job_name),
            state: condition.state.map(|state| state.as_str().to_owned()),
            crawler_name: filled(condition.crawler_name),
            crawl_state: condition.crawl_state.map(|state| state.as_str().to_owned()),
        }
    }

    fn sent(&self) -> glue::Condition {
        glue::Condition::builder()
            .set_logical_operator(self.logical_operator.as_deref().map(Into::into))
            .set_job_name(self.job_name.clone())
            .set_state(self.state.as_deref().map(Into::into))
            .set_crawler_name(self.crawler_name.clone())
            .set_crawl_state(self.crawl_state.as_deref().map(Into::into))
            .build()
    }
}

impl EventBatchingCondition {
    pub(super) fn read(condition: &glue::EventBatchingCondition) -> Self {
        Self {
            batch_size: Some(condition.batch_size),
            batch_window: condition.batch_window,
        }
    }

    pub(super) fn sent(&self, scope: &Scope) -> Result<glue::EventBatchingCondition, Error> {
        let condition = glue::EventBatchingCondition::builder()
            .set_batch_size(self.batch_size)
            .set_batch_window(self.batch_window);
        scope.built(condition.build())
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
