//! PutMetricAlarm and DeleteAlarms.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use super::history::{Entry, Kind};
use super::model::{ALARMS, Alarm, Settings, State, StateValue};
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain, not_found, validation};
use crate::local::cloudwatch::input::{Dimension, Double, Query, Tag, check_metric, check_period, check_unit};
use crate::local::cloudwatch::metrics::{Statistic, check};
use crate::local::cloudwatch::tags;
use crate::local::error::AwsError;

/// Seconds. Source: PutMetricAlarm's API reference, Period.
const LONGEST: i64 = 604_800;
const LONGEST_OF_SHORT_PERIODS: i64 = 86_400;

const OPERATORS: [&str; 4] = [
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
];
/// Of anomaly detection.
const BAND_OPERATORS: [&str; 3] = [
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct PutMetricAlarm {
    alarm_name: String,
    alarm_description: Option<String>,
    actions_enabled: Option<bool>,
    #[serde(rename = "OKActions")]
    ok_actions: Option<Vec<String>>,
    alarm_actions: Option<Vec<String>>,
    insufficient_data_actions: Option<Vec<String>>,
    metric_name: Option<String>,
    namespace: Option<String>,
    statistic: Option<String>,
    extended_statistic: Option<String>,
    dimensions: Option<Vec<Dimension>>,
    period: Option<i64>,
    unit: Option<String>,
    evaluation_periods: Option<i64>,
    datapoints_to_alarm: Option<i64>,
    threshold: Option<Double>,
    comparison_operator: Option<String>,
    treat_missing_data: Option<String>,
    evaluate_low_sample_count_percentile: Option<String>,
    metrics: Option<Vec<Query>>,
    tags: Option<Vec<Tag>>,
    threshold_metric_id: Option<IgnoredAny>,
    evaluation_window: Option<EvaluationWindow>,
    warm_up_configuration: Option<IgnoredAny>,
    evaluation_criteria: Option<IgnoredAny>,
    evaluation_interval: Option<IgnoredAny>,
    action_configuration: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EvaluationWindow {
    wall_clock_window: Option<IgnoredAny>,
    /// What an alarm has anyway.
    #[serde(rename = "SlidingWindow")]
    _sliding_window: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct AlarmNames {
    pub alarm_names: Vec<String>,
}

impl CloudWatch {
    /// A new alarm is INSUFFICIENT_DATA; one that exists keeps its state and its tags.
    pub(in crate::local::cloudwatch) fn put_metric_alarm(&self, input: PutMetricAlarm) -> Result<(), Fault> {
        input.refuse_unavailable()?;
        input.check()?;
        let tags = tags::checked(input.tags.as_deref().unwrap_or_default())?;
        let (name, now) = (input.alarm_name.clone(), self.env.now());
        let settings = input.settings()?;
        self.env.store.write(|tx| {
            let existing = ALARMS.get(tx, &name)?;
            let kind = if existing.is_some() { "updated" } else { "created" };
            let alarm = match existing {
                Some(existing) => Alarm {
                    configured: now,
                    settings,
                    ..existing
                },
                None => Alarm {
                    name: name.clone(),
                    configured: now,
                    settings,
                    tags,
                    state: State {
                        value: StateValue::InsufficientData,
                        reason: "Unchecked: Initial alarm creation".into(),
                        data: None,
                        updated: now,
                        transitioned: now,
                        held_until: None,
                    },
                },
            };
            ALARMS.put(tx, &name, &alarm)?;
            let data = json!({"version": "1.0", "type": if kind == "created" { "Create" } else { "Update" },
                format!("{kind}Alarm"): self.shown(&alarm).json()});
            let entry = Entry::new(Kind::ConfigurationUpdate, format!("Alarm \"{name}\" {kind}"), &data);
            Ok(super::history::add(tx, &name, now, &entry)?)
        })
    }

    /// "If you specify any incorrect alarm names, the alarms you specify with correct names are still deleted."
    pub(in crate::local::cloudwatch) fn delete_alarms(&self, input: &AlarmNames) -> Result<(), Fault> {
        constrain(|constraints| constraints.count("alarmNames", input.alarm_names.len(), 1, 100))?;
        let now = self.env.now();
        let unknown = self.env.store.write(|tx| {
            let mut unknown = Vec::new();
            for name in &input.alarm_names {
                if !ALARMS.remove(tx, name)? {
                    unknown.push(name.clone());
                    continue;
                }
                let data = json!({"version": "1.0", "type": "Delete"});
                let entry = Entry::new(Kind::ConfigurationUpdate, format!("Alarm \"{name}\" deleted"), &data);
                super::history::add(tx, name, now, &entry)?;
            }
            Ok::<_, Fault>(unknown)
        })?;
        match unknown.is_empty() {
            true => Ok(()),
            false => Err(not_found(format!("Unknown alarms: {}", unknown.join(", ")))),
        }
    }
}

impl PutMetricAlarm {
    fn refuse_unavailable(&self) -> Result<(), Fault> {
        let wall_clock = self
            .evaluation_window
            .as_ref()
            .and_then(|window| window.wall_clock_window.as_ref());
        let bands = self
            .comparison_operator
            .as_deref()
            .is_some_and(|operator| BAND_OPERATORS.contains(&operator));
        let lacking = [
            (self.threshold_metric_id.is_some() || bands, "anomaly detection alarms"),
            (
                self.evaluation_criteria.is_some(),
                "alarms on PromQL queries (EvaluationCriteria)",
            ),
            (
                self.evaluation_interval.is_some(),
                "alarms with an EvaluationInterval: it evaluates once a minute",
            ),
            (wall_clock.is_some(), "alarms with a WallClockWindow"),
            (
                self.warm_up_configuration.is_some(),
                "alarms with a WarmUpConfiguration",
            ),
            (
                self.action_configuration.is_some(),
                "alarms with an ActionConfiguration: it sends no notifications",
            ),
        ];
        match lacking.into_iter().find(|(asked, _)| *asked) {
            Some((_, what)) => Err(AwsError::not_implemented(what).into()),
            None => Ok(()),
        }
    }

    fn check(&self) -> Result<(), Fault> {
        constrain(|constraints| {
            constraints.length("alarmName", &self.alarm_name, 1, 255);
            if let Some(description) = &self.alarm_description {
                constraints.length("alarmDescription", description, 0, 1024);
            }
            for (name, list) in [
                ("okActions", &self.ok_actions),
                ("alarmActions", &self.alarm_actions),
                ("insufficientDataActions", &self.insufficient_data_actions),
            ] {
                let list = list.as_deref().unwrap_or_default();
                constraints.count(name, list.len(), 0, 5);
                list.iter().for_each(|action| constraints.length(name, action, 1, 1024));
            }
            if let Some(operator) = &self.comparison_operator {
                constraints.one_of("comparisonOperator", operator, &OPERATORS);
            }
            for (name, value) in [
                ("evaluationPeriods", self.evaluation_periods),
                ("datapointsToAlarm", self.datapoints_to_alarm),
            ] {
                if let Some(value) = value {
                    constraints.range(name, value, 1, i64::from(i32::MAX));
                }
            }
        })?;
        if self.alarm_name.chars().any(char::is_control) {
            return Err(validation("The alarm name must not contain ASCII control characters."));
        }
        self.check_actions()?;
        for (name, value, allowed) in [
            (
                "TreatMissingData",
                &self.treat_missing_data,
                &["breaching", "notBreaching", "ignore", "missing"][..],
            ),
            (
                "EvaluateLowSampleCountPercentile",
                &self.evaluate_low_sample_count_percentile,
                &["evaluate", "ignore"],
            ),
        ] {
            if let Some(value) = value.as_deref().filter(|value| !allowed.contains(value)) {
                return Err(validation(format!(
                    "Option {value} is not supported for parameter {name}: use one of {}.",
                    allowed.join(", ")
                )));
            }
        }
        self.check_watched()
    }

    fn check_actions(&self) -> Result<(), Fault> {
        let lists = [&self.ok_actions, &self.alarm_actions, &self.insufficient_data_actions];
        let mut actions = lists.into_iter().flatten().flatten();
        match actions.find(|action| !action.starts_with("arn:") || action.split(':').count() < 6) {
            Some(action) => Err(validation(format!("Invalid arn syntax: {action}"))),
            None => Ok(()),
        }
    }

    fn check_watched(&self) -> Result<(), Fault> {
        let of_one_metric = [
            ("Namespace", self.namespace.is_some()),
            ("Dimensions", self.dimensions.is_some()),
            ("Period", self.period.is_some()),
            ("Unit", self.unit.is_some()),
            ("Statistic", self.statistic.is_some()),
            ("ExtendedStatistic", self.extended_statistic.is_some()),
        ];
        let Some(metrics) = &self.metrics else {
            return self.check_metric();
        };
        let also = of_one_metric.iter().find(|(_, given)| *given).map(|(name, _)| *name);
        if let Some(name) = also.or(self.metric_name.as_ref().map(|_| "MetricName")) {
            return Err(validation(format!("{name} must not be specified with Metrics.")));
        }
        constrain(|constraints| constraints.count("metrics", metrics.len(), 1, 20))?;
        check(metrics)?;
        let watched = metrics.iter().filter(|query| query.return_data != Some(false)).count();
        match watched {
            1 => Ok(()),
            _ => Err(validation(
                "Exactly one element of the metrics list should return data.",
            )),
        }
    }

    fn check_metric(&self) -> Result<(), Fault> {
        let Some(name) = &self.metric_name else {
            return Err(validation(
                "MetricName, Metrics or EvaluationCriteria must be specified.",
            ));
        };
        constrain(|constraints| {
            constraints.required("namespace", &self.namespace);
            constraints.required("period", &self.period);
            if let Some(statistic) = &self.statistic {
                constraints.one_of(
                    "statistic",
                    statistic,
                    &["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
                );
            }
        })?;
        let namespace = self.namespace.as_deref().unwrap_or_default();
        check_metric(namespace, name, self.dimensions.as_deref().unwrap_or_default())?;
        check_unit(self.unit.as_ref())?;
        check_period("period", self.period.unwrap_or(60), &[10, 20, 30])?;
        match (&self.statistic, &self.extended_statistic) {
            (None, Some(extended)) => drop(Statistic::extended(extended)?),
            (Some(_), None) => {}
            _ => {
                return Err(validation(
                    "Exactly one of Statistic and ExtendedStatistic must be specified.",
                ));
            }
        }
        if self.evaluate_low_sample_count_percentile.is_some() && self.extended_statistic.is_none() {
            return Err(validation(
                "EvaluateLowSampleCountPercentile is only valid for alarms on percentile statistics.",
            ));
        }
        Ok(())
    }

    fn settings(self) -> Result<Settings, Fault> {
        constrain(|constraints| {
            constraints.required("evaluationPeriods", &self.evaluation_periods);
            constraints.required("threshold", &self.threshold);
            constraints.required("comparisonOperator", &self.comparison_operator);
        })?;
        let threshold = self.threshold.map_or(f64::NAN, |threshold| threshold.0);
        if !threshold.is_finite() {
            return Err(validation(format!("The threshold {threshold} is not a number.")));
        }
        let evaluation_periods = self.evaluation_periods.unwrap_or(1);
        if self
            .datapoints_to_alarm
            .is_some_and(|datapoints| datapoints > evaluation_periods)
        {
            return Err(validation(
                "DatapointsToAlarm must be less than or equal to EvaluationPeriods.",
            ));
        }
        let settings = Settings {
            description: self.alarm_description,
            actions_enabled: self.actions_enabled.unwrap_or(true),
            ok_actions: self.ok_actions.unwrap_or_default(),
            alarm_actions: self.alarm_actions.unwrap_or_default(),
            insufficient_data_actions: self.insufficient_data_actions.unwrap_or_default(),
            metric_name: self.metric_name,
            namespace: self.namespace,
            statistic: self.statistic,
            extended_statistic: self.extended_statistic,
            dimensions: self.dimensions.unwrap_or_default(),
            period: self.period,
            unit: self.unit,
            evaluation_periods,
            datapoints_to_alarm: self.datapoints_to_alarm,
            threshold,
            comparison_operator: self.comparison_operator.unwrap_or_default(),
            treat_missing_data: self.treat_missing_data,
            low_sample_count: self.evaluate_low_sample_count_percentile,
            metrics: self.metrics.unwrap_or_default(),
        };
        let seconds = settings.seconds();
        let longest = if seconds < 3_600 {
            LONGEST_OF_SHORT_PERIODS
        } else {
            LONGEST
        };
        if seconds.saturating_mul(evaluation_periods) > longest {
            return Err(validation(format!(
                "Metrics cannot be checked across more than {} (EvaluationPeriods * Period must be <= {longest}).",
                if longest == LONGEST { "a week" } else { "a day" }
            )));
        }
        Ok(settings)
    }
}
