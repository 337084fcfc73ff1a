//! StateReason and StateReasonData as CloudWatch words them. Wording: alarms' history entries that people publish.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::judge::{Datapoint, Rule, Treatment, Verdict};
use super::model::{Settings, StateValue};

pub(super) fn reason(
    settings: &Settings,
    rule: &Rule<'_>,
    verdict: &Verdict,
    from: StateValue,
    to: StateValue,
) -> String {
    let (periods, filled) = (rule.periods, verdict.filled);
    let count = verdict.considered.len();
    let treatment = match rule.missing {
        Treatment::Breaching => Some("Breaching"),
        Treatment::NotBreaching => Some("NonBreaching"),
        Treatment::Ignore | Treatment::Missing => None,
    };
    match treatment.filter(|_| filled > 0) {
        _ if to == StateValue::InsufficientData => {
            format!("Insufficient Data: {} unknown.", were(periods, "datapoint"))
        }
        Some(treatment) => {
            let received = match count {
                0 => "no datapoints were received".to_owned(),
                count => format!("{} received", were(count, "datapoint")),
            };
            let missing = were(filled, "missing datapoint");
            format!(
                "Threshold Crossed: {received} for {} and {missing} treated as [{treatment}].",
                plural(periods, "period")
            )
        }
        None => {
            let breaching = to == StateValue::Alarm;
            let wanted = |datapoint: &&Datapoint| (rule.breaches)(datapoint.value) == breaching;
            let shown: Vec<_> = verdict.considered.iter().filter(wanted).map(listed).collect();
            let verb = if shown.len() == 1 { "was" } else { "were" };
            let needed = if breaching {
                rule.to_alarm
            } else {
                periods - rule.to_alarm + 1
            };
            let not = if breaching { "" } else { "not " };
            format!(
                "Threshold Crossed: {} out of the last {count} datapoints [{}] {verb} {not}{} the threshold ({:?}) (minimum {} for {} -> {} transition).",
                shown.len(),
                shown.join(", "),
                comparison(&settings.comparison_operator),
                settings.threshold,
                plural(needed, "datapoint"),
                // The service names the transition between OK and ALARM even where it begins elsewhere.
                if from == to || from == StateValue::InsufficientData {
                    opposite(to)
                } else {
                    from
                }
                .name(),
                to.name()
            )
        }
    }
}

fn opposite(state: StateValue) -> StateValue {
    match state {
        StateValue::Alarm => StateValue::Ok,
        _ => StateValue::Alarm,
    }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn were(count: usize, what: &str) -> String {
    format!("{} {}", plural(count, what), if count == 1 { "was" } else { "were" })
}

fn listed(datapoint: &Datapoint) -> String {
    format!(
        "{:?} ({})",
        datapoint.value,
        time(datapoint.start).strftime("%d/%m/%y %H:%M:%S")
    )
}

fn time(minute: i64) -> Timestamp {
    Timestamp::from_second(minute.saturating_mul(60)).unwrap_or(Timestamp::UNIX_EPOCH)
}

pub(super) fn comparison(operator: &str) -> &'static str {
    match operator {
        "GreaterThanOrEqualToThreshold" => "greater than or equal to",
        "GreaterThanThreshold" => "greater than",
        "LessThanThreshold" => "less than",
        _ => "less than or equal to",
    }
}

pub(super) fn data(settings: &Settings, verdict: &Verdict, now: Timestamp) -> String {
    let considered = &verdict.considered;
    let evaluated: Vec<_> = considered
        .iter()
        .map(|datapoint| {
            json!({"timestamp": date(time(datapoint.start)), "sampleCount": datapoint.count, "value": datapoint.value})
        })
        .collect();
    let recent: Vec<_> = considered.iter().rev().map(|datapoint| datapoint.value).collect();
    let mut data = json!({"version": "1.0", "queryDate": date(now)});
    if let Some(oldest) = considered.last() {
        data["startDate"] = date(time(oldest.start)).into();
    }
    if let Some(stat) = settings.stat() {
        data["statistic"] = stat.into();
    }
    if let Some(unit) = &settings.unit {
        data["unit"] = unit.as_str().into();
    }
    data["period"] = settings.seconds().into();
    data["recentDatapoints"] = recent.into();
    data["threshold"] = settings.threshold.into();
    if !evaluated.is_empty() {
        data["evaluatedDatapoints"] = Value::Array(evaluated);
    }
    data.to_string()
}

/// `2024-07-16T13:14:42.817+0000`
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}
