//! CloudWatch alarms and dashboards.

use serde_json::Value;

use super::Subject;
use crate::template::node::{Data, Node, Part};
use crate::template::sink::{Finding, Sink};

/// API_PutMetricAlarm: "you must specify either MetricName, a Metrics array, or an EvaluationCriteria".
const WATCHED: [&str; 3] = ["MetricName", "Metrics", "EvaluationCriteria"];

/// Seconds. API_PutMetricAlarm: "Period multiplied by EvaluationPeriods can't be more than 604,800 seconds. For alarms
/// with a period of less than one hour (3,600 seconds), the total evaluation period can't be longer than one day".
const LONGEST: i64 = 604_800;
const LONGEST_OF_SHORT_PERIODS: i64 = 86_400;

/// Exactly one thing is watched.
pub(super) fn one_watched(subject: &Subject<'_>, sink: &mut Sink) {
    let given: Vec<_> = WATCHED
        .iter()
        .filter_map(|name| subject.properties.member(name))
        .collect();
    match given.as_slice() {
        [] => {
            let message = "an alarm needs `MetricName`, `Metrics` or `EvaluationCriteria`";
            sink.push(Finding::error("missing-property", subject.properties.span, message));
        }
        [_] => {}
        [first, second, ..] => {
            let message = format!("an alarm has either `{}` or `{}`, not both", first.key, second.key);
            let finding = Finding::error("conflicting-properties", second.key_span, message);
            sink.push(finding.related(first.key_span, format!("`{}`", first.key)));
        }
    }
}

/// What an alarm on one metric, and any alarm with a threshold, cannot do without.
pub(super) fn complete(subject: &Subject<'_>, sink: &mut Sink) {
    let given = |name: &str| subject.properties.member(name).is_some();
    let mut needed = Vec::new();
    if !given("EvaluationCriteria") {
        needed.extend(["ComparisonOperator", "EvaluationPeriods"]);
        if !given("ThresholdMetricId") {
            needed.push("Threshold");
        }
    }
    if given("MetricName") {
        needed.extend(["Namespace", "Period"]);
        if !given("ExtendedStatistic") {
            needed.push("Statistic");
        }
    }
    for name in needed.into_iter().filter(|name| !given(name)) {
        let message = format!("this alarm needs `{name}`");
        sink.push(Finding::error("missing-property", subject.properties.span, message));
    }
}

/// Periods of 10, 20, 30 and multiples of 60 seconds; not too many of them; and M of N with M at most N.
pub(super) fn periods(subject: &Subject<'_>, sink: &mut Sink) {
    let number = |name: &str| {
        subject
            .properties
            .get(name)
            .and_then(|node| Some((node, node.integer()?)))
    };
    let (period, count) = (number("Period"), number("EvaluationPeriods"));
    if let Some((node, seconds)) = period
        && ![10, 20, 30].contains(&seconds)
        && seconds % 60 != 0
    {
        let message = "`Period` must be 10, 20, 30 or a multiple of 60 seconds";
        sink.push(Finding::error("wrong-value", node.span, message));
    }
    if let (Some((_, seconds)), Some((node, count))) = (period, count) {
        let longest = if seconds < 3_600 {
            LONGEST_OF_SHORT_PERIODS
        } else {
            LONGEST
        };
        if seconds.saturating_mul(count) > longest {
            let message = format!(
                "{count} periods of {seconds} s are more than the {longest} s that an alarm of this period may look back"
            );
            sink.push(Finding::error("out-of-range", node.span, message));
        }
    }
    if let (Some((_, count)), Some((node, datapoints))) = (count, number("DatapointsToAlarm"))
        && datapoints > count
    {
        let message = format!("`DatapointsToAlarm` ({datapoints}) is more than `EvaluationPeriods` ({count})");
        sink.push(Finding::error("out-of-range", node.span, message));
    }
}

/// MetricDataQuery in PutMetricAlarm: each has a metric or an expression, ids are unique, and one of them is watched.
pub(super) fn queries(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(list) = subject.properties.get("Metrics") else {
        return;
    };
    let queries = list.list().unwrap_or_default();
    for (index, query) in queries.iter().enumerate() {
        if query.members().is_some() && query.get("MetricStat").is_some() == query.get("Expression").is_some() {
            let message = "a query has either `MetricStat` or `Expression`";
            sink.push(Finding::error("conflicting-properties", query.span, message));
        }
        let id = query.get("Id").and_then(Node::text);
        let earlier = queries.iter().take(index).filter_map(|other| other.get("Id"));
        if let Some(first) = earlier.into_iter().find(|other| id.is_some() && other.text() == id) {
            let message = format!("two queries have the id `{}`", id.unwrap_or_default());
            let finding = Finding::error("duplicate-value", query.span, message);
            sink.push(finding.related(first.span, "the other one"));
        }
    }
    let watched = queries
        .iter()
        .filter(|query| !matches!(query.get("ReturnData").map(|node| &node.data), Some(Data::Bool(false))));
    let (watched, bands) = (watched.count(), subject.properties.get("ThresholdMetricId").is_some());
    // An anomaly detection alarm returns its band, too.
    if !queries.is_empty() && !bands && watched != 1 {
        let message =
            format!("one query must have `ReturnData` true, the one that the alarm watches; here {watched} have it");
        let help = "ReturnData is true where it is left out: set it to false for the others";
        sink.push(Finding::error("wrong-value", list.span, message).help(help));
    }
}

/// PutDashboard: letters, digits, `-` and `_`, at most 255.
pub(super) fn dashboard_name(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("DashboardName") else {
        return;
    };
    let Some(name) = node.text() else { return };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if name.is_empty() || name.len() > 255 || !name.bytes().all(allowed) {
        let message = "a dashboard's name has 1 to 255 letters, digits, `-` and `_`";
        sink.push(Finding::error("bad-pattern", node.span, message));
    }
}

/// The body is JSON with a list of widgets
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>).
pub(super) fn dashboard_body(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("DashboardBody") else {
        return;
    };
    let Some(text) = written(node) else { return };
    let body = match serde_json::from_str::<Value>(&text) {
        Ok(body) => body,
        Err(error) => {
            let around: String = text
                .lines()
                .nth(error.line().saturating_sub(1))
                .unwrap_or_default()
                .chars()
                .skip(error.column().saturating_sub(30))
                .take(40)
                .collect();
            let message = format!("`DashboardBody` is not JSON: {error}, near `{around}`");
            sink.push(Finding::error("bad-json", node.span, message));
            return;
        }
    };
    if !body.get("widgets").is_some_and(Value::is_array) {
        let message = "`DashboardBody` needs a list of `widgets`";
        sink.push(Finding::error("missing-property", node.span, message));
    }
}

/// The text with a stand-in for each reference.
fn written(node: &Node) -> Option<String> {
    match &node.data {
        Data::Text(text) => Some(text.clone()),
        Data::Residual(residual) => {
            let parts = residual.0.iter().map(|part| match part {
                Part::Text(text) => text.as_str(),
                Part::Attribute(..) => "0",
            });
            Some(parts.collect())
        }
        _ => None,
    }
}
