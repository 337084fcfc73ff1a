//! DescribeAlarms and DescribeAlarmsForMetric.

use serde::Deserialize;

use super::model::{ALARMS, Alarm, StateValue};
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain, validation};
use crate::local::cloudwatch::input::{Dimension, page};
use crate::local::cloudwatch::wire::{Item, Structure};
use crate::local::error::AwsError;

/// Source: DescribeAlarms' API reference: MaxRecords is 1 to 100; the service shows 50 where it is left out.
const MOST: i64 = 100;
const USUAL: i64 = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct DescribeAlarms {
    alarm_names: Option<Vec<String>>,
    alarm_name_prefix: Option<String>,
    alarm_types: Option<Vec<String>>,
    children_of_alarm_name: Option<String>,
    parents_of_alarm_name: Option<String>,
    state_value: Option<String>,
    action_prefix: Option<String>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct DescribeAlarmsForMetric {
    metric_name: String,
    namespace: String,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    dimensions: Option<Vec<Dimension>>,
    period: Option<i64>,
    unit: Option<String>,
}

impl CloudWatch {
    pub(in crate::local::cloudwatch) fn describe_alarms(&self, input: &DescribeAlarms) -> Result<Item, Fault> {
        let most = input.max_records.unwrap_or(USUAL);
        constrain(|constraints| {
            constraints.range("maxRecords", most, 1, MOST);
            if let Some(names) = &input.alarm_names {
                constraints.count("alarmNames", names.len(), 0, 100);
            }
            if let Some(value) = &input.state_value {
                constraints.one_of("stateValue", value, &StateValue::NAMES);
            }
            for kind in input.alarm_types.iter().flatten() {
                constraints.one_of("alarmTypes", kind, &["CompositeAlarm", "MetricAlarm", "LogAlarm"]);
            }
        })?;
        if input.children_of_alarm_name.is_some() || input.parents_of_alarm_name.is_some() {
            return Err(AwsError::not_implemented("composite alarms").into());
        }
        if input.alarm_names.is_some() && input.alarm_name_prefix.is_some() {
            return Err(validation("AlarmNamePrefix and AlarmNames are mutually exclusive."));
        }
        // Alarms of the other types cannot be made here.
        let metric_alarms = input
            .alarm_types
            .as_ref()
            .is_none_or(|types| types.iter().any(|kind| kind == "MetricAlarm"));
        let prefix = input.alarm_name_prefix.as_deref().unwrap_or_default();
        let mut alarms = match metric_alarms {
            true => self.evaluated(prefix)?,
            false => Vec::new(),
        };
        alarms.retain(|alarm| {
            let named = input
                .alarm_names
                .as_ref()
                .is_none_or(|names| names.contains(&alarm.name));
            let state = alarm.state.value.name();
            let in_state = input.state_value.as_ref().is_none_or(|value| value == state);
            let settings = &alarm.settings;
            let lists = [
                &settings.ok_actions,
                &settings.alarm_actions,
                &settings.insufficient_data_actions,
            ];
            let mut actions = lists.into_iter().flatten();
            let prefix = input.action_prefix.as_deref();
            named && in_state && prefix.is_none_or(|prefix| actions.any(|action| action.starts_with(prefix)))
        });
        let (alarms, next) = page(alarms, input.next_token.as_ref(), usize::try_from(most).unwrap_or(1))?;
        let none = Vec::<Item>::new;
        Ok(Structure::new()
            .list("CompositeAlarms", none())
            .list("MetricAlarms", alarms.iter().map(|alarm| self.shown(alarm)))
            .list("LogAlarms", none())
            .optional("NextToken", next)
            .into())
    }

    /// "This operation retrieves only standard alarms that are based on the specified metric."
    pub(in crate::local::cloudwatch) fn describe_alarms_for_metric(
        &self,
        input: DescribeAlarmsForMetric,
    ) -> Result<Item, Fault> {
        let sorted = |dimensions: &[Dimension]| {
            let mut dimensions = dimensions.to_vec();
            dimensions.sort();
            dimensions
        };
        let dimensions = sorted(input.dimensions.as_deref().unwrap_or_default());
        let mut alarms = self.evaluated("")?;
        alarms.retain(|alarm| {
            let settings = &alarm.settings;
            let filtered = |wanted: &Option<String>, has: &Option<String>| wanted.is_none() || wanted == has;
            settings.metric_name.as_ref() == Some(&input.metric_name)
                && settings.namespace.as_ref() == Some(&input.namespace)
                && sorted(&settings.dimensions) == dimensions
                && filtered(&input.statistic, &settings.statistic)
                && filtered(&input.extended_statistic, &settings.extended_statistic)
                && filtered(&input.unit, &settings.unit)
                && (input.period.is_none() || input.period == settings.period)
        });
        let shown = alarms.iter().map(|alarm| self.shown(alarm));
        Ok(Structure::new().list("MetricAlarms", shown).into())
    }

    /// Alarms whose names begin with `prefix`, in the state of now.
    fn evaluated(&self, prefix: &str) -> Result<Vec<Alarm>, Fault> {
        self.evaluate_alarms()?;
        let alarms = ALARMS.all(&self.env.store.read()?, prefix)?;
        Ok(alarms.into_iter().map(|(_, alarm)| alarm).collect())
    }

    pub(in crate::local::cloudwatch) fn alarm_arn(&self, name: &str) -> String {
        self.env.arn("cloudwatch", &format!("alarm:{name}"))
    }

    /// `MetricAlarm`.
    pub(super) fn shown(&self, alarm: &Alarm) -> Item {
        let (settings, state) = (&alarm.settings, &alarm.state);
        let structure = Structure::new()
            .with("AlarmName", &alarm.name)
            .with("AlarmArn", self.alarm_arn(&alarm.name))
            .optional("AlarmDescription", settings.description.as_ref())
            .with("AlarmConfigurationUpdatedTimestamp", alarm.configured)
            .with("ActionsEnabled", settings.actions_enabled)
            .list("OKActions", &settings.ok_actions)
            .list("AlarmActions", &settings.alarm_actions)
            .list("InsufficientDataActions", &settings.insufficient_data_actions)
            .with("StateValue", state.value.name())
            .with("StateReason", &state.reason)
            .optional("StateReasonData", state.data.as_ref())
            .with("StateUpdatedTimestamp", state.updated)
            .optional("MetricName", settings.metric_name.as_ref())
            .optional("Namespace", settings.namespace.as_ref())
            .optional("Statistic", settings.statistic.as_ref())
            .optional("ExtendedStatistic", settings.extended_statistic.as_ref())
            .list("Dimensions", &settings.dimensions)
            .optional("Period", settings.period)
            .optional("Unit", settings.unit.as_ref())
            .with("EvaluationPeriods", settings.evaluation_periods)
            .optional("DatapointsToAlarm", settings.datapoints_to_alarm)
            .with("Threshold", settings.threshold)
            .with("ComparisonOperator", &settings.comparison_operator)
            .optional("TreatMissingData", settings.treat_missing_data.as_ref())
            .optional("EvaluateLowSampleCountPercentile", settings.low_sample_count.as_ref());
        match settings.metrics.is_empty() {
            true => structure,
            false => structure.list("Metrics", &settings.metrics),
        }
        .with("StateTransitionedTimestamp", state.transitioned)
        .into()
    }
}
