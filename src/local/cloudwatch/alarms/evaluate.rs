//! Alarms against the data of now.

use super::history;
use super::judge::{BEYOND, Datapoint, Rule, Treatment, judge};
use super::model::{ALARMS, Alarm, State, StateValue};
use super::reason;
use crate::local::cloudwatch::CloudWatch;
use crate::local::cloudwatch::fault::Fault;
use crate::local::cloudwatch::metrics::{Window, evaluate};
use crate::local::meters::minute;
use crate::local::store::Reads;

impl CloudWatch {
    /// Takes what the services counted and puts every alarm into the state that its data stand for.
    ///
    /// The last period ends with this minute if the minute has data already, else with the one before: a minute that
    /// is not over yet is not missing.
    pub(in crate::local::cloudwatch) fn evaluate_alarms(&self) -> Result<(), Fault> {
        self.take_meters()?;
        let read = self.env.store.read()?;
        let mut changed = Vec::new();
        for (name, alarm) in ALARMS.all(&read, "")? {
            if let Some(state) = self.next_state(&read, &alarm)? {
                changed.push((name, alarm.state.updated, state));
            }
        }
        drop(read);
        if changed.is_empty() {
            return Ok(());
        }
        self.env.store.write(|tx| {
            for (name, seen, state) in changed {
                // Unless somebody was faster.
                if let Some(alarm) = ALARMS.get(tx, &name)?.filter(|alarm| alarm.state.updated == seen) {
                    history::transition(tx, alarm, state)?;
                }
            }
            Ok(())
        })
    }

    /// `None` where it stays as it is.
    fn next_state(&self, tx: &impl Reads, alarm: &Alarm) -> Result<Option<State>, Fault> {
        let (settings, now) = (&alarm.settings, self.env.now());
        if alarm.state.held_until.is_some_and(|until| now < until) {
            return Ok(None);
        }
        let step = (settings.seconds() / 60).max(1);
        let this = minute(now);
        let periods = settings.evaluation_periods;
        let range = |until: i64| Window {
            from: until - (periods + BEYOND) * step,
            until,
        };
        let mut window = range(this + 1);
        let mut points = self.watched(tx, alarm, window)?;
        if points.last().is_none_or(|point| point.start + step <= this) {
            window = range(this);
            points = self.watched(tx, alarm, window)?;
        }
        let newest_first: Vec<_> = (0..periods + BEYOND)
            .map(|age| window.until - (age + 1) * step)
            .map(|start| points.iter().copied().find(|point| point.start == start))
            .collect();
        let threshold = settings.threshold;
        let breaches = |value: f64| match settings.comparison_operator.as_str() {
            "GreaterThanOrEqualToThreshold" => value >= threshold,
            "GreaterThanThreshold" => value > threshold,
            "LessThanThreshold" => value < threshold,
            _ => value <= threshold,
        };
        let n = usize::try_from(periods).unwrap_or(1);
        let m = settings.datapoints_to_alarm.and_then(|m| usize::try_from(m).ok());
        let rule = Rule {
            periods: n,
            to_alarm: m.unwrap_or(n),
            missing: Treatment::of(settings),
            breaches: &breaches,
        };
        let verdict = judge(&rule, &newest_first);
        let value = verdict.state.filter(|value| *value != alarm.state.value);
        let Some(value) = value.filter(|_| !too_few_samples(alarm, &verdict.considered)) else {
            return Ok(None);
        };
        Ok(Some(State {
            value,
            reason: reason::reason(settings, &rule, &verdict, alarm.state.value, value),
            data: Some(reason::data(settings, &verdict, now)),
            updated: now,
            transitioned: now,
            held_until: None,
        }))
    }

    /// The datapoints of what the alarm watches, oldest first.
    fn watched(&self, tx: &impl Reads, alarm: &Alarm, window: Window) -> Result<Vec<Datapoint>, Fault> {
        let queries = alarm.settings.queries();
        let Some(watched) = queries.iter().find(|query| query.return_data != Some(false)) else {
            return Ok(Vec::new());
        };
        let answer = evaluate(tx, &queries, window)?.remove(&watched.id);
        let points = answer.map_or(Vec::new(), |answer| answer.points);
        Ok(points
            .into_iter()
            .map(|(start, value, count)| Datapoint { start, value, count })
            .collect())
    }
}

/// `EvaluateLowSampleCountPercentile: ignore`: "the alarm state does not change during periods with too few data points
/// to be statistically significant", which are 10/(1-percentile) of them, below the median 10/percentile.
/// Source: user guide, "Percentile-based alarms and low data samples".
fn too_few_samples(alarm: &Alarm, considered: &[Datapoint]) -> bool {
    let settings = &alarm.settings;
    if settings.low_sample_count.as_deref() != Some("ignore") || alarm.state.value == StateValue::InsufficientData {
        return false;
    }
    let percent = settings.extended_statistic.as_deref().and_then(|name| name.get(1..));
    let Some(share) = percent
        .and_then(|percent| percent.parse::<f64>().ok())
        .map(|p| p / 100.0)
    else {
        return false;
    };
    let needed = if share >= 0.5 {
        10.0 / (1.0 - share)
    } else {
        10.0 / share
    };
    considered.iter().any(|datapoint| datapoint.count < needed)
}
