//! When an alarm evaluates what, and what its notifications carry. Each is empty where the alarm has none.

use aws_sdk_cloudwatch::types as cloudwatch;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One of the two; a sliding window is what an alarm has unless told otherwise, and so it is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct EvaluationWindow {
    /// An object without members.
    sliding_window: Option<Map<String, Value>>,
    wall_clock_window: Option<WallClockWindow>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct WallClockWindow {
    timezone: Option<String>,
}

impl EvaluationWindow {
    pub(super) fn normalise(&mut self) {
        self.sliding_window = None;
        if let Some(window) = &mut self.wall_clock_window {
            window.timezone.get_or_insert_with(|| "UTC".into());
        }
    }

    pub(super) fn read(window: &cloudwatch::EvaluationWindow) -> Self {
        let clock = window.as_wall_clock_window().ok();
        Self {
            sliding_window: None,
            wall_clock_window: clock.map(|window| WallClockWindow {
                timezone: window.timezone.clone(),
            }),
        }
    }

    pub(super) fn sent(&self) -> Option<cloudwatch::EvaluationWindow> {
        let clock = self.wall_clock_window.as_ref()?;
        let window = cloudwatch::WallClockWindow::builder().set_timezone(clock.timezone.clone());
        Some(cloudwatch::EvaluationWindow::WallClockWindow(window.build()))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct WarmUp {
    /// Minutes.
    warm_up_period_duration_in_minutes: Option<i32>,
    only_start_evaluating_after_warm_up_period_ends: Option<bool>,
}

impl WarmUp {
    pub(super) fn read(warm_up: &cloudwatch::WarmUpConfiguration) -> Self {
        Self {
            warm_up_period_duration_in_minutes: warm_up.warm_up_period_duration_in_minutes,
            only_start_evaluating_after_warm_up_period_ends: warm_up.only_start_evaluating_after_warm_up_period_ends,
        }
    }

    pub(super) fn sent(&self) -> Option<cloudwatch::WarmUpConfiguration> {
        let minutes = self.warm_up_period_duration_in_minutes?;
        let only = self.only_start_evaluating_after_warm_up_period_ends;
        let warm_up = cloudwatch::WarmUpConfiguration::builder()
            .warm_up_period_duration_in_minutes(minutes)
            .set_only_start_evaluating_after_warm_up_period_ends(only);
        Some(warm_up.build())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct EvaluationCriteria {
    #[serde(rename = "PromQLCriteria")]
    prom_ql_criteria: Option<PromQl>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct PromQl {
    query: Option<String>,
    /// Seconds.
    pending_period: Option<i32>,
    /// Seconds.
    recovery_period: Option<i32>,
}

impl EvaluationCriteria {
    pub(super) fn read(criteria: &cloudwatch::EvaluationCriteria) -> Self {
        let criteria = criteria.as_prom_ql_criteria().ok();
        Self {
            prom_ql_criteria: criteria.map(|criteria| PromQl {
                query: criteria.query.clone(),
                pending_period: criteria.pending_period,
                recovery_period: criteria.recovery_period,
            }),
        }
    }

    pub(super) fn sent(&self) -> Option<cloudwatch::EvaluationCriteria> {
        let criteria = self.prom_ql_criteria.as_ref()?;
        let criteria = cloudwatch::AlarmPromQlCriteria::builder()
            .set_query(criteria.query.clone())
            .set_pending_period(criteria.pending_period)
            .set_recovery_period(criteria.recovery_period);
        Some(cloudwatch::EvaluationCriteria::PromQlCriteria(criteria.build()))
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
pub(super) struct ActionConfiguration {
    alarm_tags_propagation: Option<TagsPropagation>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields, default)]
struct TagsPropagation {
    enabled: Option<bool>,
    included_tag_keys: Vec<String>,
    excluded_tag_keys: Vec<String>,
}

impl ActionConfiguration {
    pub(super) fn normalise(&mut self) {
        if let Some(propagation) = &mut self.alarm_tags_propagation {
            propagation.included_tag_keys.sort();
            propagation.excluded_tag_keys.sort();
        }
    }

    pub(super) fn read(configuration: &cloudwatch::ActionConfiguration) -> Self {
        let propagation = configuration.alarm_tags_propagation();
        Self {
            alarm_tags_propagation: propagation.map(|propagation| TagsPropagation {
                enabled: propagation.enabled,
                included_tag_keys: propagation.included_tag_keys().to_vec(),
                excluded_tag_keys: propagation.excluded_tag_keys().to_vec(),
            }),
        }
    }

    pub(super) fn sent(&self) -> Option<cloudwatch::ActionConfiguration> {
        let propagation = self.alarm_tags_propagation.as_ref()?;
        let list = |keys: &[String]| (!keys.is_empty()).then(|| keys.to_vec());
        let propagation = cloudwatch::AlarmTagsPropagation::builder()
            .set_enabled(propagation.enabled)
            .set_included_tag_keys(list(&propagation.included_tag_keys))
            .set_excluded_tag_keys(list(&propagation.excluded_tag_keys));
        let configuration = cloudwatch::ActionConfiguration::builder().alarm_tags_propagation(propagation.build());
        Some(configuration.build())
    }
}
