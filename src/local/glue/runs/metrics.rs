//! What CloudWatch learns of a run's end.
//! Source: Glue developer guide, "Monitoring with AWS Glue Observability metrics": `glue.succeed.ALL` and
//! `glue.error.ALL`, which a job publishes with the argument `--enable-observability-metrics`, with its own run id and
//! with `ALL` in the dimension JobRunId.

use jiff::Timestamp;

use super::model::{Run, State};
use crate::local::meters::{Meters, Series};

/// A run that was stopped did neither.
pub(super) fn count(meters: &Meters, run: &Run, now: Timestamp) {
    let asked = run.effective.get("--enable-observability-metrics");
    if asked.is_none_or(|value| value != "true") {
        return;
    }
    let name = match run.state {
        State::Succeeded => "glue.succeed.ALL",
        State::Failed | State::Timeout | State::Error => "glue.error.ALL",
        _ => return,
    };
    for id in ["ALL", run.id.as_str()] {
        let series = Series {
            namespace: "Glue",
            name,
            dimensions: vec![
                ("JobName", run.job.clone()),
                ("JobRunId", id.to_owned()),
                ("ObservabilityGroup", "error".into()),
                ("Type", "count".into()),
            ],
            unit: "Count",
        };
        meters.add(series, now, 1.0);
    }
}
