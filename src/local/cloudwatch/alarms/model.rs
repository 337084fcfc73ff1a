//! What is kept of an alarm.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::local::cloudwatch::input::{Dimension, Metric, MetricStat, Query};
use crate::local::store::Table;

/// Key: name.
pub(in crate::local::cloudwatch) const ALARMS: Table<Alarm> = Table::new("cloudwatch.alarms");

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::local::cloudwatch) enum StateValue {
    Ok,
    Alarm,
    InsufficientData,
}

impl StateValue {
    pub const NAMES: [&str; 3] = ["OK", "ALARM", "INSUFFICIENT_DATA"];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }

    pub fn of(name: &str) -> Option<Self> {
        [Self::Ok, Self::Alarm, Self::InsufficientData]
            .into_iter()
            .find(|value| value.name() == name)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::local::cloudwatch) struct State {
    pub value: StateValue,
    pub reason: String,
    /// JSON.
    pub data: Option<String>,
    pub updated: Timestamp,
    pub transitioned: Timestamp,
    /// Until when a state that somebody set is left alone.
    pub held_until: Option<Timestamp>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::local::cloudwatch) struct Alarm {
    pub name: String,
    pub configured: Timestamp,
    pub settings: Settings,
    pub tags: BTreeMap<String, String>,
    pub state: State,
}

/// What PutMetricAlarm replaces as a whole, with its defaults filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::local::cloudwatch) struct Settings {
    pub description: Option<String>,
    pub actions_enabled: bool,
    pub ok_actions: Vec<String>,
    pub alarm_actions: Vec<String>,
    pub insufficient_data_actions: Vec<String>,
    pub metric_name: Option<String>,
    pub namespace: Option<String>,
    pub statistic: Option<String>,
    pub extended_statistic: Option<String>,
    pub dimensions: Vec<Dimension>,
    /// Seconds.
    pub period: Option<i64>,
    pub unit: Option<String>,
    pub evaluation_periods: i64,
    pub datapoints_to_alarm: Option<i64>,
    pub threshold: f64,
    pub comparison_operator: String,
    pub treat_missing_data: Option<String>,
    pub low_sample_count: Option<String>,
    pub metrics: Vec<Query>,
}

impl Settings {
    /// Actions of a state.
    pub fn actions(&self, value: StateValue) -> &[String] {
        match value {
            StateValue::Ok => &self.ok_actions,
            StateValue::Alarm => &self.alarm_actions,
            StateValue::InsufficientData => &self.insufficient_data_actions,
        }
    }

    /// The statistic of an alarm on one metric.
    pub fn stat(&self) -> Option<&str> {
        self.statistic.as_deref().or(self.extended_statistic.as_deref())
    }

    /// What is watched, as queries of which one returns data.
    pub fn queries(&self) -> Vec<Query> {
        let (Some(stat), Some(period)) = (self.stat(), self.period) else {
            return self.metrics.clone();
        };
        vec![Query {
            id: "m1".into(),
            metric_stat: Some(MetricStat {
                metric: Metric {
                    namespace: self.namespace.clone(),
                    metric_name: self.metric_name.clone(),
                    dimensions: Some(self.dimensions.clone()),
                },
                period,
                stat: stat.to_owned(),
                unit: self.unit.clone(),
            }),
            expression: None,
            label: None,
            return_data: Some(true),
            period: None,
            account_id: None,
        }]
    }

    /// Seconds between two datapoints of what is watched: with metrics of several periods the longest.
    pub fn seconds(&self) -> i64 {
        let of_metrics = self.metrics.iter().filter_map(|query| {
            let stat = query.metric_stat.as_ref().map(|stat| stat.period);
            stat.or(query.period)
        });
        self.period.or(of_metrics.max()).unwrap_or(60)
    }
}
