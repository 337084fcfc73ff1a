//! Metric data: put, kept by the minute, read as statistics.

mod data;
mod expression;
mod list;
mod put;
mod series;
mod statistic;
mod statistics;

pub(super) use data::{check, evaluate};
pub(super) use series::Window;
pub(super) use statistic::Statistic;

/// Most queries of one GetMetricData call. Source: its API reference.
const MAX_QUERIES: usize = 500;

/// Whether a dashboard's widget may have this period, in seconds.
pub(super) fn check_period_of_widget(seconds: i64) -> bool {
    matches!(seconds, 1 | 5 | 10 | 30) || seconds > 0 && seconds % 60 == 0
}
