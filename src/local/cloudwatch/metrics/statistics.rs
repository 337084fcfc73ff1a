//! GetMetricStatistics.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::series::{Key, Point, Samples, Window};
use super::statistic::Statistic;
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain, invalid_combination, invalid_value, missing_parameter};
use crate::local::cloudwatch::input::{Dimension, Moment, check_metric, check_period, check_unit};
use crate::local::cloudwatch::wire::{Item, Structure};
use crate::local::error::AwsError;
use crate::local::meters::minute;

/// Source: its API reference.
const MAX_DATAPOINTS: i64 = 1_440;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct GetMetricStatistics {
    namespace: String,
    metric_name: String,
    dimensions: Option<Vec<Dimension>>,
    start_time: Moment,
    end_time: Moment,
    period: i64,
    statistics: Option<Vec<String>>,
    extended_statistics: Option<Vec<String>>,
    unit: Option<String>,
}

impl CloudWatch {
    pub(in crate::local::cloudwatch) fn get_metric_statistics(
        &self,
        input: &GetMetricStatistics,
    ) -> Result<Item, Fault> {
        input.check()?;
        let statistics = input.statistics.as_deref().unwrap_or_default();
        let extended = input.extended_statistics.as_deref().unwrap_or_default();
        let parsed = statistics
            .iter()
            .map(|name| Statistic::parse(name))
            .chain(extended.iter().map(|name| Statistic::extended(name)));
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        self.take_meters()?;
        let minutes = (input.period / 60).max(1);
        let window = Window {
            from: minute(input.start_time.0).max(self.horizon()),
            until: minute(input.end_time.0 + jiff::SignedDuration::from_millis(59_999)),
        };
        let dimensions = input.dimensions.as_deref().unwrap_or_default();
        let key = Key::new(&input.namespace, &input.metric_name, dimensions);
        let samples = Samples::read(&self.env.store.read()?, &key, window)?;
        // "If you omit Unit in your request, all data that was collected with any unit is returned, along with the
        // corresponding units".
        let units = samples
            .0
            .iter()
            .flat_map(|(_, points)| points)
            .map(|point| point.unit.clone());
        let units: BTreeMap<_, _> = units.map(|unit| (unit, ())).collect();
        let wanted = units
            .into_keys()
            .filter(|unit| input.unit.as_ref().is_none_or(|wanted| wanted == unit));
        let mut datapoints = Vec::new();
        for unit in wanted {
            let periods = samples.periods(window.from, minutes, Some(&unit));
            let shown = periods
                .iter()
                .map(|(start, point)| shown(*start, point, statistics, extended, &parsed));
            datapoints.extend(shown);
        }
        Ok(Structure::new()
            .with("Label", &input.metric_name)
            .list("Datapoints", datapoints)
            .into())
    }
}

impl GetMetricStatistics {
    fn check(&self) -> Result<(), Fault> {
        let count = |list: &Option<Vec<String>>| list.as_ref().map_or(0, Vec::len);
        let (statistics, extended) = (count(&self.statistics), count(&self.extended_statistics));
        check_metric(
            &self.namespace,
            &self.metric_name,
            self.dimensions.as_deref().unwrap_or_default(),
        )?;
        check_unit(self.unit.as_ref())?;
        check_period("period", self.period, &[1, 5, 10, 20, 30])?;
        match (statistics, extended) {
            (0, 0) => return Err(missing_parameter("Statistics")),
            (1.., 1..) => {
                return Err(invalid_combination(
                    "The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.",
                ));
            }
            _ => {}
        }
        constrain(|constraints| {
            constraints.count("statistics", statistics, 0, 5);
            constraints.count("extendedStatistics", extended, 0, 10);
            for name in self.statistics.iter().flatten() {
                constraints.one_of(
                    "statistics",
                    name,
                    &["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
                );
            }
        })?;
        if self.start_time.0 >= self.end_time.0 {
            return Err(invalid_value(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        let datapoints = self.end_time.0.duration_since(self.start_time.0).as_secs() / self.period.max(1);
        if datapoints > MAX_DATAPOINTS {
            return Err(invalid_combination(format!(
                "You have requested up to {datapoints} datapoints, which exceeds the limit of {MAX_DATAPOINTS}. You may \
                 reduce the datapoints requested by increasing Period, or decreasing the time range."
            )));
        }
        Ok(())
    }
}

fn shown(start: i64, point: &Point, names: &[String], extended: &[String], parsed: &[Statistic]) -> Structure {
    let mut datapoint = Structure::new()
        .optional("Timestamp", at(start).ok())
        .with("Unit", &point.unit);
    for (name, statistic) in ["SampleCount", "Average", "Sum", "Minimum", "Maximum"]
        .into_iter()
        .filter_map(|name| Some((name, names.iter().position(|wanted| wanted == name)?)))
    {
        datapoint = datapoint.optional(name, parsed[statistic].of(point));
    }
    let percentiles = extended.iter().zip(&parsed[names.len()..]);
    let percentiles: Vec<_> = percentiles
        .filter_map(|(name, statistic)| Some((name.clone(), statistic.of(point)?.into())))
        .collect();
    match percentiles.is_empty() {
        true => datapoint,
        false => datapoint.with("ExtendedStatistics", Item::Map(percentiles)),
    }
}

/// The time at which a minute begins.
pub(super) fn at(minute: i64) -> Result<Timestamp, AwsError> {
    Timestamp::from_second(minute.saturating_mul(60)).map_err(AwsError::internal)
}
