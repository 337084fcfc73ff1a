//! PutMetricData.

use jiff::SignedDuration;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::series::{Known, Point, store};
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain, invalid_combination, invalid_value, missing_parameter};
use crate::local::cloudwatch::input::{Dimension, Double, Moment, check_metric, check_unit};
use crate::local::error::AwsError;
use crate::local::meters::{Statistics, minute};

/// Source: PutMetricData's API reference, as the next ones.
const MAX_METRICS: usize = 1_000;
const MAX_VALUES: usize = 150;
/// "as much as two weeks before the current date, and as much as 2 hours after the current day and time"
const OLDEST: SignedDuration = SignedDuration::from_hours(14 * 24);
const NEWEST: SignedDuration = SignedDuration::from_hours(2);
/// "Values must be in the range of -2^360 to 2^360."
const GREATEST: f64 = 2.348_542_582_773_833_2e108;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct PutMetricData {
    namespace: String,
    metric_data: Option<Vec<Datum>>,
    entity_metric_data: Option<IgnoredAny>,
    #[serde(rename = "StrictEntityValidation")]
    _strict_entity_validation: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Datum {
    metric_name: String,
    dimensions: Option<Vec<Dimension>>,
    timestamp: Option<Moment>,
    value: Option<Double>,
    statistic_values: Option<StatisticSet>,
    values: Option<Vec<Double>>,
    counts: Option<Vec<Double>>,
    unit: Option<String>,
    storage_resolution: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StatisticSet {
    sample_count: Double,
    sum: Double,
    minimum: Double,
    maximum: Double,
}

impl CloudWatch {
    pub(in crate::local::cloudwatch) fn put_metric_data(&self, input: PutMetricData) -> Result<(), Fault> {
        if input.entity_metric_data.is_some() {
            return Err(AwsError::not_implemented("EntityMetricData; put the metrics as MetricData").into());
        }
        // "To avoid conflicts with Amazon Web Services service namespaces, you should not specify a namespace that
        // begins with AWS/", and the service refuses them.
        if input.namespace.starts_with("AWS/") {
            return Err(invalid_value("The value AWS/ for parameter Namespace is invalid."));
        }
        let data = input.metric_data.unwrap_or_default();
        if data.is_empty() {
            return Err(missing_parameter("MetricData"));
        }
        constrain(|constraints| constraints.count("metricData", data.len(), 1, MAX_METRICS))?;
        let mut points = Vec::new();
        for (place, datum) in (1..).zip(&data) {
            points.push(self.checked(&input.namespace, datum, place)?);
        }
        Ok(self.env.store.write(|tx| {
            points
                .iter()
                .try_for_each(|(known, point)| store(tx, known, point))
                .map_err(AwsError::from)
        })?)
    }

    fn checked(&self, namespace: &str, datum: &Datum, place: usize) -> Result<(Known, Point), Fault> {
        let member = |name: &str| format!("MetricData.member.{place}.{name}");
        let dimensions = datum.dimensions.clone().unwrap_or_default();
        check_metric(namespace, &datum.metric_name, &dimensions)?;
        check_unit(datum.unit.as_ref())?;
        match datum.storage_resolution {
            None | Some(60) => {}
            Some(1) => {
                let what = "metrics of one-second resolution; leave StorageResolution out, or set it to 60";
                return Err(AwsError::not_implemented(what).into());
            }
            Some(other) => {
                let message = format!(
                    "The value {other} for parameter {} must be 1 or 60.",
                    member("StorageResolution")
                );
                return Err(invalid_value(message));
            }
        }
        let now = self.env.now();
        let at = datum.timestamp.map_or(now, |at| at.0);
        if at.duration_since(now) > NEWEST || now.duration_since(at) > OLDEST {
            return Err(invalid_value(format!(
                "The parameter {} must specify a time no more than two weeks in the past and two hours in the future.",
                member("Timestamp")
            )));
        }
        let known = Known {
            namespace: namespace.to_owned(),
            name: datum.metric_name.clone(),
            dimensions,
            last: minute(at),
        };
        Ok((known, datum.point(&member)?))
    }
}

impl Datum {
    /// Exactly one of a value, values and a statistic set.
    fn point(&self, member: &dyn Fn(&str) -> String) -> Result<Point, Fault> {
        let unit = self.unit.as_deref().unwrap_or("None");
        let finite = |name: &str, number: Double| match number.0.is_finite() && number.0.abs() <= GREATEST {
            true => Ok(number.0),
            false => Err(invalid_value(format!(
                "The value {} for parameter {} is invalid.",
                number.0,
                member(name)
            ))),
        };
        match (self.value, &self.values, &self.statistic_values) {
            (Some(value), None, None) => Ok(Point::of(unit, Statistics::of(finite("Value", value)?))),
            (None, Some(values), None) => {
                let counts = match &self.counts {
                    Some(counts) if counts.len() != values.len() => {
                        let message = format!(
                            "The parameters {} and {} must be of the same size.",
                            member("Values"),
                            member("Counts")
                        );
                        return Err(invalid_combination(message));
                    }
                    Some(counts) => counts.clone(),
                    None => vec![Double(1.0); values.len()],
                };
                constrain(|constraints| constraints.count(member("values"), values.len(), 1, MAX_VALUES))?;
                let mut sum: Option<Point> = None;
                for (value, count) in values.iter().zip(counts) {
                    let statistics = Statistics::repeated(finite("Values", *value)?, finite("Counts", count)?);
                    let point = Point::of(unit, statistics);
                    match &mut sum {
                        Some(sum) => sum.add(&point),
                        None => sum = Some(point),
                    }
                }
                sum.ok_or_else(|| missing_parameter(&member("Values")))
            }
            (None, None, Some(set)) => {
                let statistics = Statistics {
                    count: finite("StatisticValues.SampleCount", set.sample_count)?,
                    sum: finite("StatisticValues.Sum", set.sum)?,
                    min: finite("StatisticValues.Minimum", set.minimum)?,
                    max: finite("StatisticValues.Maximum", set.maximum)?,
                };
                if statistics.min > statistics.max || statistics.count <= 0.0 {
                    let message = format!("The value for parameter {} is invalid.", member("StatisticValues"));
                    return Err(invalid_value(message));
                }
                Ok(Point::of(unit, statistics))
            }
            (None, None, None) => Err(missing_parameter(&member("Value"))),
            _ => Err(invalid_combination(format!(
                "The parameters {}, {} and {} are mutually exclusive and you have specified more than one.",
                member("Value"),
                member("Values"),
                member("StatisticValues")
            ))),
        }
    }
}
