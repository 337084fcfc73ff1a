//! Rules about alarms and dashboards.

use super::fragment_mistakes;

const ALARM: &str = "AWS::CloudWatch::Alarm";
const DASHBOARD: &str = "AWS::CloudWatch::Dashboard";

fn found(kind: &str, properties: &str) -> Vec<String> {
    let fragment = format!(r#"{{"Resources": {{"X": {{"Type": "{kind}", "Properties": {properties}}}}}}}"#);
    let found = fragment_mistakes(&fragment).into_iter();
    found.map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
}

fn alarm(more: &str) -> String {
    format!(r#"{{"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3, "Threshold": "1.5"{more}}}"#)
}

const METRIC: &str = r#", "MetricName": "M", "Namespace": "N", "Statistic": "Sum", "Period": 60"#;

#[test]
fn what_is_right_passes() {
    let math = r#", "Metrics": [
        {"Id": "a", "MetricStat": {"Metric": {"MetricName": "M", "Namespace": "N"}, "Period": 60, "Stat": "p90"}, "ReturnData": false},
        {"Id": "b", "Expression": "a * 100"}]"#;
    for (kind, properties) in [
        (ALARM, alarm(METRIC)),
        (ALARM, alarm(&METRIC.replace("\"Statistic\": \"Sum\"", "\"ExtendedStatistic\": \"p99\""))),
        (ALARM, alarm(math)),
        (ALARM, r#"{"EvaluationCriteria": {"PromQLCriteria": {"Query": "up == 0"}}, "EvaluationInterval": 60}"#.to_owned()),
        (DASHBOARD, r#"{"DashboardName": "a-b_C1", "DashboardBody": "{\"widgets\": []}"}"#.to_owned()),
        (DASHBOARD, r#"{"DashboardBody": {"Fn::Sub": "{\"widgets\": [{\"type\": \"text\", \"properties\": {\"markdown\": \"${AWS::Region}\"}}]}"}}"#.to_owned()),
    ] {
        assert_eq!(found(kind, &properties), Vec::<String>::new(), "{properties}");
    }
}

#[test]
fn what_cloudwatch_would_refuse_is_refused_before() {
    let query = r#"{"Id": "a", "Expression": "1"}"#;
    for (kind, properties, expected) in [
        (
            ALARM,
            alarm(""),
            "an alarm needs `MetricName`, `Metrics` or `EvaluationCriteria`",
        ),
        (
            ALARM,
            alarm(&format!(r#", "EvaluationCriteria": {{}}{METRIC}"#)),
            "either `MetricName` or `EvaluationCriteria`",
        ),
        (ALARM, alarm(r#", "MetricName": "M""#), "this alarm needs `Namespace`"),
        (
            ALARM,
            alarm(&METRIC.replace("60", "90")),
            "10, 20, 30 or a multiple of 60",
        ),
        (ALARM, alarm(&METRIC.replace("60", "302400")), "604800 s"),
        (
            ALARM,
            alarm(&format!(r#", "DatapointsToAlarm": 4{METRIC}"#)),
            "`DatapointsToAlarm` (4) is more than `EvaluationPeriods` (3)",
        ),
        (
            ALARM,
            alarm(r#", "Metrics": [{"Id": "a"}]"#),
            "either `MetricStat` or `Expression`",
        ),
        (
            ALARM,
            alarm(&format!(
                r#", "Metrics": [{query}, {}]"#,
                query.replace("\"a\"", "\"b\"")
            )),
            "here 2 have it",
        ),
        (
            ALARM,
            alarm(&format!(r#", "Metrics": [{query}, {query}]"#)),
            "two queries have the id `a`",
        ),
        (
            DASHBOARD,
            r#"{"DashboardName": "a b", "DashboardBody": "{\"widgets\": []}"}"#.to_owned(),
            "1 to 255 letters",
        ),
        (
            DASHBOARD,
            r#"{"DashboardBody": "{\"widgets\": [}"}"#.to_owned(),
            "`DashboardBody` is not JSON",
        ),
        (
            DASHBOARD,
            r#"{"DashboardBody": "{}"}"#.to_owned(),
            "needs a list of `widgets`",
        ),
    ] {
        let found = found(kind, &properties);
        assert!(
            found.iter().any(|line| line.contains(expected)),
            "{properties}: {found:?}"
        );
    }
}
