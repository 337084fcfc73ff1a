//! Shapes that several operations take.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, Serialize};

use super::fault::{Fault, constrain, invalid_value, validation};
use super::wire::Structure;
use crate::local::paging;

/// A time: seconds since 1970, or ISO 8601 in Query requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment(pub Timestamp);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Moment;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }
            fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> Result<Moment, E> {
                Timestamp::from_second(seconds).map(Moment).map_err(E::custom)
            }
            fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> Result<Moment, E> {
                self.visit_i64(i64::try_from(seconds).map_err(E::custom)?)
            }
            fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> Result<Moment, E> {
                let millis = (seconds * 1000.0).round();
                Timestamp::from_millisecond(millis as i64)
                    .map(Moment)
                    .map_err(E::custom)
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Moment, E> {
                text.parse().map(Moment).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// A number, or the text that stands for one that JSON lacks, which no operation takes and each names in its refusal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(super) struct Double(pub f64);

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Double;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_i64<E>(self, number: i64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Double, E> {
                Ok(Double(number as f64))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Double, E> {
                Ok(Double(number))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Double, E> {
                text.parse()
                    .map(Double)
                    .map_err(|_| E::custom(format!("{text:?} is not a number")))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Dimension {
    pub name: String,
    pub value: String,
}

impl From<&Dimension> for super::wire::Item {
    fn from(dimension: &Dimension) -> Self {
        Structure::new()
            .with("Name", &dimension.name)
            .with("Value", &dimension.value)
            .into()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Tag {
    pub key: String,
    pub value: String,
}

/// `Metric`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Metric {
    pub namespace: Option<String>,
    pub metric_name: Option<String>,
    pub dimensions: Option<Vec<Dimension>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct MetricStat {
    pub metric: Metric,
    /// Seconds.
    pub period: i64,
    pub stat: String,
    pub unit: Option<String>,
}

/// `MetricDataQuery`: a metric, or an expression over others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Query {
    pub id: String,
    pub metric_stat: Option<MetricStat>,
    pub expression: Option<String>,
    pub label: Option<String>,
    pub return_data: Option<bool>,
    pub period: Option<i64>,
    pub account_id: Option<String>,
}

impl From<&Query> for super::wire::Item {
    fn from(query: &Query) -> Self {
        let stat = query.metric_stat.as_ref().map(|stat| {
            let metric = Structure::new()
                .optional("Namespace", stat.metric.namespace.as_ref())
                .optional("MetricName", stat.metric.metric_name.as_ref())
                .list("Dimensions", stat.metric.dimensions.iter().flatten());
            Structure::new()
                .with("Metric", metric)
                .with("Period", stat.period)
                .with("Stat", &stat.stat)
                .optional("Unit", stat.unit.as_ref())
        });
        Structure::new()
            .with("Id", &query.id)
            .optional("MetricStat", stat)
            .optional("Expression", query.expression.as_ref())
            .optional("Label", query.label.as_ref())
            .optional("ReturnData", query.return_data)
            .optional("Period", query.period)
            .optional("AccountId", query.account_id.as_ref())
            .into()
    }
}

/// Source: botocore `cloudwatch`, `StandardUnit`.
pub(super) const UNITS: [&str; 27] = [
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

pub(super) fn check_unit(unit: Option<&String>) -> Result<(), Fault> {
    match unit {
        Some(unit) => constrain(|constraints| constraints.one_of("unit", unit, &UNITS)),
        None => Ok(()),
    }
}

pub(super) fn check_metric(namespace: &str, name: &str, dimensions: &[Dimension]) -> Result<(), Fault> {
    constrain(|constraints| {
        constraints.length("namespace", namespace, 1, 255);
        constraints.pattern("namespace", namespace, "[^:].*", !namespace.starts_with(':'));
        constraints.length("metricName", name, 1, 255);
        constraints.count("dimensions", dimensions.len(), 0, 30);
        for (place, dimension) in (1..).zip(dimensions) {
            constraints.length(format!("dimensions.{place}.member.name"), &dimension.name, 1, 255);
            constraints.length(format!("dimensions.{place}.member.value"), &dimension.value, 1, 1024);
        }
    })?;
    // Dimension: "must contain only ASCII characters", and none of these "can contain ASCII control characters".
    let texts = dimensions
        .iter()
        .flat_map(|dimension| [&dimension.name, &dimension.value]);
    let texts = texts.map(String::as_str).chain([namespace, name]);
    if let Some(text) = texts.into_iter().find(|text| text.chars().any(char::is_control)) {
        return Err(invalid_value(format!(
            "The value {text:?} must not contain control characters."
        )));
    }
    let names = |place: usize| &dimensions[place].name;
    match (1..dimensions.len()).find(|place| (0..*place).any(|other| names(other) == names(*place))) {
        Some(place) => Err(invalid_value(format!(
            "No Metric may specify the same dimension twice: {}.",
            names(place)
        ))),
        None => Ok(()),
    }
}

/// 1, 5, 10, 20, 30 seconds or a multiple of 60.
pub(super) fn check_period(name: &str, seconds: i64, shortest: &[i64]) -> Result<(), Fault> {
    if shortest.contains(&seconds) || seconds > 0 && seconds % 60 == 0 {
        return Ok(());
    }
    let list: Vec<_> = shortest.iter().map(i64::to_string).collect();
    Err(validation(format!(
        "Value '{seconds}' at '{name}' failed to satisfy constraint: Period must be {} or a multiple of 60",
        list.join(", ")
    )))
}

/// The number of the first item of a page, from the token of the page before.
pub(super) fn start(token: Option<&String>) -> Result<usize, Fault> {
    let Some(token) = token else { return Ok(0) };
    let number = paging::key(token).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(super::fault::invalid_token)
}

/// A page of `items`, and the token of the next.
pub(super) fn page<T>(items: Vec<T>, token: Option<&String>, size: usize) -> Result<(Vec<T>, Option<String>), Fault> {
    let start = start(token)?;
    let next = (items.len() > start + size).then(|| token_of(start + size));
    Ok((items.into_iter().skip(start).take(size).collect(), next))
}

pub(super) fn token_of(number: usize) -> String {
    paging::token_of(&number.to_string())
}
