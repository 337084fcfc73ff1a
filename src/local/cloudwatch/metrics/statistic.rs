//! One number of many values.
//! Source: user guide, "CloudWatch statistics definitions".

use super::series::{Point, Samples};
use crate::local::cloudwatch::fault::{Fault, validation};
use crate::local::error::AwsError;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::local::cloudwatch) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    /// 0 to 100.
    Percentile(f64),
}

/// Trimmed and winsorized means and the like.
const UNAVAILABLE: [&str; 6] = ["tm", "wm", "tc", "ts", "pr", "iqm"];

impl Statistic {
    pub fn parse(name: &str) -> Result<Self, Fault> {
        Ok(match name {
            "SampleCount" => Self::SampleCount,
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => return Self::extended(name),
        })
    }

    /// A percentile (`p99.9`).
    pub fn extended(name: &str) -> Result<Self, Fault> {
        let percent = name
            .strip_prefix(['p', 'P'])
            .and_then(|percent| percent.parse::<f64>().ok());
        if let Some(percent) = percent.filter(|percent| (0.0..=100.0).contains(percent)) {
            return Ok(Self::Percentile(percent));
        }
        let lower = name.to_ascii_lowercase();
        if UNAVAILABLE.iter().any(|start| lower.starts_with(start)) {
            let what = format_args!("the statistic {name}; it has SampleCount, Average, Sum, Minimum, Maximum and pNN");
            return Err(AwsError::not_implemented(what).into());
        }
        Err(validation(format!(
            "The value {name} for parameter ExtendedStatistic is not supported."
        )))
    }

    /// `None` where it cannot be told: no values, or percentiles of values that were not kept one by one.
    pub fn of(self, point: &Point) -> Option<f64> {
        let statistics = &point.statistics;
        if statistics.count <= 0.0 {
            return None;
        }
        match self {
            Self::SampleCount => Some(statistics.count),
            Self::Average => Some(statistics.sum / statistics.count),
            Self::Sum => Some(statistics.sum),
            Self::Minimum => Some(statistics.min),
            Self::Maximum => Some(statistics.max),
            Self::Percentile(percent) => percentile(percent, point.values.as_deref()?),
        }
    }
}

/// The least value that at least so many percent of the values do not exceed.
/// "Percentile statistics are not available for metrics when any of the metric values are negative numbers."
fn percentile(percent: f64, values: &[(f64, f64)]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    if sorted.first()?.0 < 0.0 {
        return None;
    }
    let total: f64 = sorted.iter().map(|(_, count)| count).sum();
    let mut seen = 0.0;
    let reached = |(_, count): &&(f64, f64)| {
        seen += count;
        seen >= total * percent / 100.0
    };
    sorted.iter().find(reached).or(sorted.last()).map(|(value, _)| *value)
}

impl Samples {
    /// The minutes of each period as one point, by the period's first minute. Of all units, or of one.
    /// `origin` is the first minute of some period.
    pub fn periods(&self, origin: i64, minutes: i64, unit: Option<&str>) -> Vec<(i64, Point)> {
        let mut periods: Vec<(i64, Point)> = Vec::new();
        for (minute, points) in &self.0 {
            let start = origin + (minute - origin).div_euclid(minutes) * minutes;
            for point in points.iter().filter(|point| unit.is_none_or(|unit| point.unit == unit)) {
                match periods.last_mut() {
                    Some((last, sum)) if *last == start => sum.add(point),
                    _ => periods.push((start, point.clone())),
                }
            }
        }
        periods
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::meters::Statistics;

    #[test]
    fn statistics_of_one_period() {
        let mut point = Point::of("Count", Statistics::of(1.0));
        for value in [2.0, 3.0, 3.0, 11.0] {
            point.add(&Point::of("Count", Statistics::of(value)));
        }
        let of = |name: &str| Statistic::parse(name).unwrap().of(&point);
        assert_eq!(
            [
                "SampleCount",
                "Sum",
                "Average",
                "Minimum",
                "Maximum",
                "p50",
                "p80",
                "p100",
                "p0"
            ]
            .map(of),
            [5.0, 20.0, 4.0, 1.0, 11.0, 3.0, 3.0, 11.0, 1.0].map(Some)
        );
        point.add(&Point::of(
            "Count",
            Statistics {
                count: 2.0,
                sum: 3.0,
                min: 1.0,
                max: 2.0,
            },
        ));
        assert_eq!(Statistic::Percentile(50.0).of(&point), None);
        assert_eq!(Statistic::Sum.of(&point), Some(23.0));
    }

    #[test]
    fn what_there_is_not_is_said() {
        assert_eq!(Statistic::parse("tm99").unwrap_err().error.code, "NotImplemented");
        assert_eq!(Statistic::parse("Median").unwrap_err().error.code, "ValidationError");
        assert_eq!(Statistic::parse("p101").unwrap_err().error.code, "ValidationError");
    }
}
