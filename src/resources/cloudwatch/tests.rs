//! Alarms and dashboards on a scripted CloudWatch.

use serde_json::{Value, json};

use crate::aws::script::{Answer, Script};
use crate::engine::{Cx, Owner};
use crate::resources::testing::{assert_within, desired, our_tags, resource};

const ALARM: &str = "AWS::CloudWatch::Alarm";
const DASHBOARD: &str = "AWS::CloudWatch::Dashboard";

/// A CloudWatch with an alarm of ours.
fn with_alarm(alarm: Value) -> Script {
    Script::new(move |request| match request.operation.as_str() {
        "DescribeAlarms" => Answer::cbor(&json!({"MetricAlarms": [alarm]})),
        "ListTagsForResource" => Answer::cbor(&json!({"Tags": our_tags()})),
        _ => Answer::cbor(&json!({})),
    })
}

fn live_alarm() -> Value {
    json!({"AlarmName": "a", "AlarmArn": "arn:a", "AlarmDescription": "old", "ActionsEnabled": true,
        "MetricName": "M", "Namespace": "N", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 3,
        "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold", "OKActions": [], "AlarmActions": [],
        "Dimensions": [{"Name": "b", "Value": "2"}, {"Name": "a", "Value": "1"}]})
}

fn properties() -> Value {
    json!({"AlarmName": "a", "AlarmDescription": "old", "MetricName": "M", "Namespace": "N", "Statistic": "Sum",
        "Period": "60", "EvaluationPeriods": 3, "Threshold": "5", "ComparisonOperator": "GreaterThanThreshold",
        "Dimensions": [{"Name": "a", "Value": "1"}, {"Name": "b", "Value": "2"}], "TreatMissingData": "missing"})
}

#[tokio::test]
async fn an_alarm_is_read_as_it_is_written() {
    let script = with_alarm(live_alarm());
    let resource = resource(ALARM, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_within(&document, &live.document);
    assert_eq!((live.owner, live.attributes["Arn"].as_str()), (Owner::Ours, "arn:a"));
    // Defaults count: what is taken out of the configs goes back to them.
    assert_eq!(document["DatapointsToAlarm"], 3);
    assert_eq!(script.calls("DescribeAlarms")[0].cbor()["AlarmNames"], json!(["a"]));
}

#[tokio::test]
async fn tags_go_into_the_creation_and_are_added_to_what_exists() {
    let script = with_alarm(live_alarm());
    let mut wanted = properties();
    wanted["Tags"] = json!([{"Key": "team", "Value": "data"}]);
    wanted["EvaluateLowSampleCountPercentile"] = json!("evaluate");
    let resource = resource(ALARM, wanted, &script).await;
    let document = desired(&resource);
    resource.create(&document, &Cx::silent()).await.unwrap();
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    let puts: Vec<_> = script
        .calls("PutMetricAlarm")
        .iter()
        .map(|request| request.cbor())
        .collect();
    assert_eq!(puts[0]["Tags"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&puts[0]["Threshold"], &puts[0]["DatapointsToAlarm"]),
        (&json!(5.0), &json!(3))
    );
    assert_eq!(puts[0].get("EvaluateLowSampleCountPercentile"), None);
    assert_eq!(puts[1].get("Tags"), None);
    let tagged = script.calls("TagResource")[0].cbor();
    assert_eq!(
        tagged,
        json!({"ResourceARN": "arn:a", "Tags": [{"Key": "team", "Value": "data"}]})
    );
}

#[tokio::test]
async fn an_alarm_on_an_expression_round_trips() {
    let metrics = json!([
        {"Id": "m", "MetricStat": {"Metric": {"Namespace": "N", "MetricName": "M",
            "Dimensions": [{"Name": "a", "Value": "1"}]}, "Period": 60, "Stat": "p90"}, "ReturnData": false},
        {"Id": "e", "Expression": "m * 2", "Label": "twice", "ReturnData": true}]);
    let common = json!({"AlarmName": "a", "EvaluationPeriods": 1, "Threshold": 1.5, "Metrics": metrics,
        "ComparisonOperator": "LessThanThreshold"});
    let mut live = common.clone();
    live["AlarmArn"] = json!("arn:a");
    live["EvaluationWindow"] = json!({"WallClockWindow": {"Timezone": "UTC"}});
    live["WarmUpConfiguration"] = json!({"WarmUpPeriodDurationInMinutes": 5});
    let script = with_alarm(live);
    let mut wanted = common;
    wanted["EvaluationWindow"] = json!({"WallClockWindow": {}});
    wanted["WarmUpConfiguration"] = json!({"WarmUpPeriodDurationInMinutes": 5});
    let resource = resource(ALARM, wanted, &script).await;
    let document = desired(&resource);
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_within(&document, &live.document);
    resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("PutMetricAlarm")[0].cbor()["Metrics"], metrics);
}

/// A CloudWatch that keeps one dashboard of ours, and answers PutDashboard so.
fn with_dashboard(body: &'static str, put: impl Fn() -> Answer + Send + Sync + 'static) -> Script {
    Script::new(move |request| match request.operation.as_str() {
        "GetDashboard" => Answer::cbor(&json!({"DashboardName": "d", "DashboardArn": "arn:d", "DashboardBody": body})),
        "ListTagsForResource" => Answer::cbor(&json!({"Tags": our_tags()})),
        "PutDashboard" => put(),
        _ => Answer::cbor(&json!({})),
    })
}

fn dashboard(body: &str) -> Value {
    json!({"DashboardName": "d", "DashboardBody": body})
}

#[tokio::test]
async fn a_dashboard_is_whose_its_tags_say() {
    let script = with_dashboard("{ \"widgets\": [] }", || Answer::cbor(&json!({})));
    let ours = resource(DASHBOARD, dashboard(r#"{"widgets":[]}"#), &script).await;
    let document = desired(&ours);
    let live = ours.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(live.owner, Owner::Ours);
    assert_eq!(live.document["DashboardBody"], "{ \"widgets\": [] }");
    ours.create(&document, &Cx::silent()).await.unwrap();
    assert_eq!(
        script.calls("PutDashboard")[0].cbor()["Tags"].as_array().unwrap().len(),
        3
    );
    let foreign = Script::new(|request| match request.operation.as_str() {
        "GetDashboard" => Answer::cbor(&json!({"DashboardName": "d", "DashboardArn": "arn:d", "DashboardBody": "{}"})),
        _ => Answer::cbor(&json!({"Tags": [{"Key": "team", "Value": "other"}]})),
    });
    let theirs = resource(DASHBOARD, dashboard("{}"), &foreign).await;
    let live = theirs.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert!(matches!(live.owner, Owner::Foreign { .. }));
}

#[tokio::test]
async fn a_refused_body_names_each_place() {
    let script = with_dashboard("{}", || {
        let messages = json!([{"DataPath": "/widgets/0/properties", "Message": "Should have required property 'region'"},
            {"DataPath": "", "Message": "Should have required property 'widgets'"}]);
        let body = json!({"__type": "com.amazonaws.cloudwatch#DashboardInvalidInputError",
            "message": "The dashboard body is invalid, there are 2 validation errors: [...]",
            "dashboardValidationMessages": messages});
        Answer::cbor_error(400, "InvalidParameterInput", &body)
    });
    let resource = resource(DASHBOARD, dashboard("{}"), &script).await;
    let error = resource
        .create(&desired(&resource), &Cx::silent())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(
            "the dashboard body is invalid: /widgets/0/properties: Should have required property 'region'; \
             /: Should have required property 'widgets'"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_dashboard_that_is_gone_is_no_error() {
    let script = Script::new(|request| match request.operation.as_str() {
        "GetDashboard" => Answer::cbor_error(
            404,
            "ResourceNotFound",
            &json!({"__type": "com.amazonaws.cloudwatch#DashboardNotFoundError", "message": "Dashboard d does not exist"}),
        ),
        _ => Answer::cbor(&json!({})),
    });
    let resource = resource(DASHBOARD, dashboard("{}"), &script).await;
    assert!(
        resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .is_none()
    );
}
