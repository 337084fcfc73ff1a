//! Dashboards: kept, shown and checked; nothing draws them here.

mod body;
mod metric_widget;
mod operations;

pub(super) use operations::{DASHBOARDS, Dashboard};
