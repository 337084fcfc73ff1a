//! What services count of their own work, minute by minute, until CloudWatch takes it.
//!
//! Counting is on the hot path of every put: a service looks its meters up once, and adding to one is an uncontended
//! lock and a few additions in memory. CloudWatch takes what is counted each minute, before it answers a question, and
//! when the embedded AWS closes; a kill loses what was counted since, never data.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A metric and the unit of its values.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Series {
    pub namespace: &'static str,
    pub name: &'static str,
    /// Names and values.
    pub dimensions: Vec<(&'static str, String)>,
    pub unit: &'static str,
}

/// A statistic set: what CloudWatch keeps of values that nobody kept one by one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Statistics {
    pub count: f64,
    pub sum: f64,
    pub min: f64,
    pub max: f64,
}

impl Statistics {
    pub const NONE: Self = Self {
        count: 0.0,
        sum: 0.0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    pub fn of(value: f64) -> Self {
        Self::repeated(value, 1.0)
    }

    /// The same value so many times.
    pub fn repeated(value: f64, count: f64) -> Self {
        Self {
            count,
            sum: value * count,
            min: value,
            max: value,
        }
    }

    pub fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }
}

/// Minutes since 1970.
pub(crate) fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

/// One series being counted.
pub(crate) struct Meter(Mutex<Counted>);

/// By minute, the latest last; nearly always one.
type Counted = Vec<(i64, Statistics)>;

impl Meter {
    pub fn add(&self, at: Timestamp, value: f64) {
        self.add_all(at, &Statistics::of(value));
    }

    pub fn add_all(&self, at: Timestamp, statistics: &Statistics) {
        let minute = minute(at);
        let mut counted = lock(&self.0);
        match counted.last_mut() {
            Some((last, sum)) if *last == minute => sum.add(statistics),
            _ => counted.push((minute, *statistics)),
        }
    }

    fn take(&self) -> Counted {
        std::mem::take(&mut lock(&self.0))
    }
}

/// All meters of the embedded AWS.
#[derive(Default)]
pub(crate) struct Meters(Mutex<HashMap<Series, Arc<Meter>>>);

impl Meters {
    /// The meter of a series; services keep it.
    pub fn meter(&self, series: Series) -> Arc<Meter> {
        let mut meters = lock(&self.0);
        let meter = meters
            .entry(series)
            .or_insert_with(|| Arc::new(Meter(Mutex::default())));
        Arc::clone(meter)
    }

    /// For what happens seldom.
    pub fn add(&self, series: Series, at: Timestamp, value: f64) {
        self.meter(series).add(at, value);
    }

    /// Takes what was counted since the last time: series, minute, statistics. Forgets meters that nobody holds.
    pub fn take(&self) -> Vec<(Series, i64, Statistics)> {
        let mut taken = Vec::new();
        lock(&self.0).retain(|series, meter| {
            let held = Arc::strong_count(meter) > 1;
            let counted = meter.take().into_iter();
            taken.extend(counted.map(|(minute, statistics)| (series.clone(), minute, statistics)));
            held
        });
        taken
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &'static str) -> Series {
        Series {
            namespace: "Test",
            name,
            dimensions: vec![("Of", "x".into())],
            unit: "Count",
        }
    }

    #[test]
    fn counts_by_the_minute_and_forgets_what_nobody_holds() {
        let (meters, at) = (Meters::default(), |second| Timestamp::from_second(second).unwrap());
        let held = meters.meter(series("a"));
        held.add(at(59), 2.0);
        held.add(at(0), 3.0);
        held.add_all(at(61), &Statistics::repeated(1.0, 4.0));
        meters.add(series("b"), at(0), 7.0);
        let mut taken = meters.take();
        taken.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let first = Statistics {
            count: 2.0,
            sum: 5.0,
            min: 2.0,
            max: 3.0,
        };
        assert_eq!(taken[0], (series("a"), 0, first));
        assert_eq!(taken[1], (series("a"), 1, Statistics::repeated(1.0, 4.0)));
        assert_eq!(taken[2].2, Statistics::of(7.0));
        assert!(meters.take().is_empty());
        assert_eq!(lock(&meters.0).len(), 1);
    }
}
