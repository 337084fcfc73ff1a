//! What is kept of a metric: a statistic set a minute and unit, and the values themselves where they were put one by
//! one and are not too many.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::input::Dimension;
use crate::local::error::AwsError;
use crate::local::meters::{Statistics, minute};
use crate::local::store::{Reads, StoreError, Table, Write};

/// Key: [`Key`].
pub(super) const METRICS: Table<Known> = Table::new("cloudwatch.metrics");
/// Key: metric, minute (12 digits).
const DATA: Table<Vec<Point>> = Table::new("cloudwatch.data");

/// How long data of one minute are kept (API_GetMetricStatistics).
pub(super) const RETENTION: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Distinct values that are kept of one minute; with more of them the minute has no percentiles.
const MAX_VALUES: usize = 1_000;

/// A metric's name in the store: namespace, name, dimensions in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::local::cloudwatch) struct Key(String);

impl Key {
    pub fn new(namespace: &str, name: &str, dimensions: &[Dimension]) -> Self {
        let mut sorted: Vec<_> = dimensions.iter().collect();
        sorted.sort();
        let dimensions = sorted
            .iter()
            .map(|dimension| format!("{}\u{1}{}\u{2}", dimension.name, dimension.value));
        Self(format!("{namespace}\0{name}\0{}", dimensions.collect::<String>()))
    }

    fn at(&self, minute: i64) -> String {
        format!("{}\0{:012}", self.0, minute.max(0))
    }
}

/// A metric that has data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Known {
    pub namespace: String,
    pub name: String,
    pub dimensions: Vec<Dimension>,
    /// Minute of the latest data.
    pub last: i64,
}

/// The data of one minute in one unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::local::cloudwatch) struct Point {
    pub unit: String,
    pub statistics: Statistics,
    /// Values and how often each occurs; `None` where they are not known one by one.
    pub values: Option<Vec<(f64, f64)>>,
}

impl Point {
    /// Of a statistic set. Where it can have had but one value, that is known.
    pub fn of(unit: &str, statistics: Statistics) -> Self {
        let single = statistics.min == statistics.max || statistics.count == 1.0;
        Self {
            unit: unit.to_owned(),
            values: single.then(|| vec![(statistics.min, statistics.count)]),
            statistics,
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.statistics.add(&other.statistics);
        self.values = match (self.values.take(), &other.values) {
            (Some(mut values), Some(more)) => {
                for (value, count) in more {
                    match values.iter_mut().find(|(known, _)| known == value) {
                        Some((_, known)) => *known += count,
                        None => values.push((*value, *count)),
                    }
                }
                (values.len() <= MAX_VALUES).then_some(values)
            }
            _ => None,
        };
    }
}

/// Minutes from one, included, to another, excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::local::cloudwatch) struct Window {
    pub from: i64,
    pub until: i64,
}

/// The data of a metric in a window, by minute.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::local::cloudwatch) struct Samples(pub Vec<(i64, Vec<Point>)>);

impl Samples {
    pub fn read(tx: &impl Reads, key: &Key, window: Window) -> Result<Self, StoreError> {
        let (prefix, mut found) = (format!("{}\0", key.0), Vec::new());
        let before = key.at(window.from.saturating_sub(1));
        let after = (window.from > 0).then_some(before.as_str());
        DATA.scan(tx, &prefix, after, |place, points| {
            let minute = place[prefix.len()..].parse().unwrap_or(i64::MAX);
            let inside = minute < window.until;
            if inside {
                found.push((minute, points));
            }
            inside
        })?;
        Ok(Self(found))
    }
}

/// Adds a minute's data of a metric to what is there.
pub(super) fn store(tx: &Write, known: &Known, point: &Point) -> Result<(), StoreError> {
    let key = Key::new(&known.namespace, &known.name, &known.dimensions);
    let place = key.at(known.last);
    let mut points = DATA.get(tx, &place)?.unwrap_or_default();
    match points.iter_mut().find(|other| other.unit == point.unit) {
        Some(other) => other.add(point),
        None => points.push(point.clone()),
    }
    DATA.put(tx, &place, &points)?;
    let earlier = METRICS.get(tx, &key.0)?;
    match earlier.is_some_and(|earlier| earlier.last >= known.last) {
        true => Ok(()),
        false => METRICS.put(tx, &key.0, known),
    }
}

impl CloudWatch {
    /// Stores what the services have counted since the last time.
    pub(in crate::local::cloudwatch) fn take_meters(&self) -> Result<(), AwsError> {
        let counted = self.env.meters.take();
        if counted.is_empty() {
            return Ok(());
        }
        self.env.store.write(|tx| {
            for (series, minute, statistics) in counted {
                let dimension = |(name, value): (&str, String)| Dimension {
                    name: name.to_owned(),
                    value,
                };
                let known = Known {
                    namespace: series.namespace.to_owned(),
                    name: series.name.to_owned(),
                    dimensions: series.dimensions.into_iter().map(dimension).collect(),
                    last: minute,
                };
                store(tx, &known, &Point::of(series.unit, statistics))?;
            }
            Ok(())
        })
    }

    /// First minute that is kept.
    pub(in crate::local::cloudwatch) fn horizon(&self) -> i64 {
        let horizon = self.env.now().checked_sub(RETENTION).unwrap_or(Timestamp::UNIX_EPOCH);
        minute(horizon)
    }

    /// Removes data that are too old, and metrics that have none left.
    pub(in crate::local::cloudwatch) fn expire(&self) -> Result<(), AwsError> {
        let horizon = self.horizon();
        self.env.store.write(|tx| {
            for (key, known) in METRICS.all(tx, "")? {
                let key = Key(key);
                DATA.remove_range(tx, &key.at(0), &key.at(horizon))?;
                if known.last < horizon {
                    METRICS.remove(tx, &key.0)?;
                }
            }
            Ok(())
        })
    }
}
