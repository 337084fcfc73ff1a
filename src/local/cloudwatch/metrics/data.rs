//! GetMetricData, and the evaluation of its queries, which alarms share.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::MAX_QUERIES;
use super::expression::{self, Value};
use super::series::{Key, Samples, Window};
use super::statistic::Statistic;
use super::statistics::at;
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::{Fault, constrain, validation};
use crate::local::cloudwatch::input::{Moment, Query, check_metric, check_period, check_unit, start, token_of};
use crate::local::cloudwatch::wire::{Item, Structure};
use crate::local::error::AwsError;
use crate::local::meters::minute;
use crate::local::store::Reads;

/// Source: its API reference.
const MAX_DATAPOINTS: i64 = 100_800;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(in crate::local::cloudwatch) struct GetMetricData {
    metric_data_queries: Vec<Query>,
    start_time: Moment,
    end_time: Moment,
    next_token: Option<String>,
    scan_by: Option<String>,
    max_datapoints: Option<i64>,
    /// Time zones of labels with dynamic parts, which are not filled in here.
    label_options: Option<LabelOptions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LabelOptions {
    #[serde(rename = "Timezone")]
    _timezone: Option<String>,
}

/// What became of a query.
#[derive(Clone, Debug)]
pub(in crate::local::cloudwatch) struct Answer {
    pub label: String,
    /// First minute of each period, its value, and of how many samples it is.
    pub points: Vec<(i64, f64, f64)>,
}

impl CloudWatch {
    pub(in crate::local::cloudwatch) fn get_metric_data(&self, input: &GetMetricData) -> Result<Item, Fault> {
        let most = input.max_datapoints.unwrap_or(MAX_DATAPOINTS);
        constrain(|constraints| {
            constraints.count("metricDataQueries", input.metric_data_queries.len(), 1, MAX_QUERIES);
            constraints.range("maxDatapoints", most, 1, MAX_DATAPOINTS);
            if let Some(scan) = &input.scan_by {
                constraints.one_of("scanBy", scan, &["TimestampDescending", "TimestampAscending"]);
            }
        })?;
        if input.label_options.is_some() {
            return Err(AwsError::not_implemented("LabelOptions: labels are given as they are written").into());
        }
        if input.start_time.0 >= input.end_time.0 {
            return Err(validation(
                "The parameter StartTime must be less than the parameter EndTime.",
            ));
        }
        check(&input.metric_data_queries)?;
        self.take_meters()?;
        let window = Window {
            from: minute(input.start_time.0).max(self.horizon()),
            until: minute(input.end_time.0 + jiff::SignedDuration::from_millis(59_999)),
        };
        let mut answers = evaluate(&self.env.store.read()?, &input.metric_data_queries, window)?;
        let ascending = input.scan_by.as_deref() == Some("TimestampAscending");
        let mut page = Page {
            skip: start(input.next_token.as_ref())?,
            left: usize::try_from(most).unwrap_or(usize::MAX),
            ascending,
            taken: 0,
        };
        let skipped = page.skip;
        let returned = input
            .metric_data_queries
            .iter()
            .filter(|query| query.return_data != Some(false));
        let mut results = Vec::new();
        let mut partial = false;
        for query in returned {
            let Some(answer) = answers.remove(&query.id) else {
                continue;
            };
            let (result, whole) = page.result(&query.id, answer)?;
            partial |= !whole;
            results.push(result);
        }
        Ok(Structure::new()
            .list("MetricDataResults", results)
            .optional("NextToken", partial.then(|| token_of(skipped + page.taken)))
            .list("Messages", Vec::<Item>::new())
            .into())
    }
}

/// Which datapoints of the whole answer are shown.
struct Page {
    skip: usize,
    left: usize,
    ascending: bool,
    taken: usize,
}

impl Page {
    /// The result's part of the page, and whether that is all of what is left of it.
    fn result(&mut self, id: &str, mut answer: Answer) -> Result<(Structure, bool), Fault> {
        if !self.ascending {
            answer.points.reverse();
        }
        let skipped = self.skip.min(answer.points.len());
        self.skip -= skipped;
        let rest = &answer.points[skipped..];
        let shown = &rest[..rest.len().min(self.left)];
        self.left -= shown.len();
        self.taken += shown.len();
        let whole = shown.len() == rest.len();
        let times = shown
            .iter()
            .map(|(start, ..)| at(*start))
            .collect::<Result<Vec<_>, _>>()?;
        let result = Structure::new()
            .with("Id", id)
            .with("Label", answer.label)
            .list("Timestamps", times)
            .list("Values", shown.iter().map(|(_, value, _)| *value))
            .with("StatusCode", if whole { "Complete" } else { "PartialData" });
        Ok((result, whole))
    }
}

/// Ids, and a metric or an expression in each. Source: MetricDataQuery's API reference.
pub(in crate::local::cloudwatch) fn check(queries: &[Query]) -> Result<(), Fault> {
    for (place, query) in queries.iter().enumerate() {
        let id = &query.id;
        let mut characters = id.chars();
        let valid = characters.next().is_some_and(|c| c.is_ascii_lowercase())
            && characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !valid {
            return Err(validation(format!(
                "The value {id} for parameter MetricDataQueries.member.{}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.",
                place + 1
            )));
        }
        if queries[..place].iter().any(|other| other.id == *id) {
            return Err(validation(format!(
                "The values for parameter id in MetricDataQueries are not unique: {id}."
            )));
        }
        if query.account_id.is_some() {
            return Err(AwsError::not_implemented("metrics of other accounts (AccountId)").into());
        }
        match (&query.metric_stat, &query.expression) {
            (Some(stat), None) => {
                let metric = &stat.metric;
                let (Some(namespace), Some(name)) = (&metric.namespace, &metric.metric_name) else {
                    return Err(validation(format!(
                        "The metric of query {id} needs a Namespace and a MetricName."
                    )));
                };
                check_metric(namespace, name, metric.dimensions.as_deref().unwrap_or_default())?;
                check_unit(stat.unit.as_ref())?;
                check_period("period", stat.period, &[1, 5, 10, 20, 30])?;
                Statistic::parse(&stat.stat)?;
            }
            (None, Some(text)) => drop(expression::parse(text)?),
            _ => {
                return Err(validation(format!(
                    "Query {id} must specify either MetricStat or Expression, but not both."
                )));
            }
        }
    }
    Ok(())
}

/// Each query's values over the window, whose first minute begins a period. The queries have been checked.
pub(in crate::local::cloudwatch) fn evaluate(
    tx: &impl Reads,
    queries: &[Query],
    window: Window,
) -> Result<BTreeMap<String, Answer>, Fault> {
    let mut known: BTreeMap<String, (Value, BTreeMap<i64, f64>)> = BTreeMap::new();
    let mut shortest: Option<i64> = None;
    for query in queries {
        let Some(stat) = &query.metric_stat else { continue };
        let minutes = (stat.period / 60).max(1);
        shortest = Some(shortest.map_or(minutes, |shortest| shortest.min(minutes)));
        let metric = &stat.metric;
        let (namespace, name) = (metric.namespace.as_deref(), metric.metric_name.as_deref());
        let dimensions = metric.dimensions.as_deref().unwrap_or_default();
        let key = Key::new(namespace.unwrap_or_default(), name.unwrap_or_default(), dimensions);
        let statistic = Statistic::parse(&stat.stat)?;
        let periods = Samples::read(tx, &key, window)?.periods(window.from, minutes, stat.unit.as_deref());
        let counts = periods
            .iter()
            .map(|(start, point)| (*start, point.statistics.count))
            .collect();
        let values = periods
            .iter()
            .filter_map(|(start, point)| Some((*start, statistic.of(point)?)));
        known.insert(query.id.clone(), (Value::Series(values.collect()), counts));
    }
    let step = shortest.unwrap_or(1);
    // Each expression once those that it names are known.
    let mut open: Vec<&Query> = queries.iter().filter(|query| query.expression.is_some()).collect();
    while !open.is_empty() {
        let before = open.len();
        let mut blocked = Vec::new();
        for query in open {
            let parsed = expression::parse(query.expression.as_deref().unwrap_or_default())?;
            let lookup = |id: &str| known.get(id).map(|(value, _)| value.clone());
            match parsed.names().iter().all(|name| known.contains_key(name)) {
                true => {
                    let value = parsed.value(&lookup, window, step)?;
                    known.insert(query.id.clone(), (value, BTreeMap::new()));
                }
                false => blocked.push(query),
            }
        }
        if blocked.len() == before {
            let query = blocked[0];
            return Err(validation(format!(
                "Error in expression '{}': it names a query that does not exist, or itself.",
                query.id
            )));
        }
        open = blocked;
    }
    let answers = queries.iter().filter_map(|query| {
        let (value, counts) = known.remove(&query.id)?;
        let points = value.points(window, step).into_iter();
        let points = points.map(|(start, value)| (start, value, counts.get(&start).copied().unwrap_or(1.0)));
        let metric = query
            .metric_stat
            .as_ref()
            .and_then(|stat| stat.metric.metric_name.as_ref());
        let label = query.label.as_ref().or(metric).unwrap_or(&query.id).clone();
        let points = points.collect();
        Some((query.id.clone(), Answer { label, points }))
    });
    Ok(answers.collect())
}
