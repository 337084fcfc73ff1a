//! Alarms from their creation to their history.

use aws_sdk_cloudwatch::operation::put_metric_alarm::builders::PutMetricAlarmFluentBuilder;
use aws_sdk_cloudwatch::types::{HistoryItemType, Metric, MetricDataQuery, MetricStat, ScanBy, Tag};

use super::*;

impl World {
    /// Sum of `N/M` a minute over 5, in 2 of 3 minutes.
    fn alarm_request(&self, name: &str) -> PutMetricAlarmFluentBuilder {
        let request = self
            .client
            .put_metric_alarm()
            .alarm_name(name)
            .namespace("N")
            .metric_name("M");
        request
            .dimensions(dimension("D", "d"))
            .statistic(Statistic::Sum)
            .period(60)
            .evaluation_periods(3)
            .datapoints_to_alarm(2)
            .threshold(5.0)
            .comparison_operator(ComparisonOperator::GreaterThanThreshold)
            .alarm_actions("arn:aws:sns:us-east-1:000000000000:topic")
    }

    async fn summaries(&self, name: &str) -> Vec<String> {
        let request = self.client.describe_alarm_history().alarm_name(name);
        let answer = request.scan_by(ScanBy::TimestampAscending).send().await.unwrap();
        let items = answer.alarm_history_items().iter();
        items.map(|item| item.history_summary().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn an_alarm_follows_its_data_and_says_why() {
    let world = World::new();
    world.alarm_request("a").send().await.unwrap();
    let fresh = world.alarm("a").await;
    assert_eq!(fresh.state_value(), Some(&StateValue::InsufficientData));
    assert_eq!(fresh.state_reason(), Some("Unchecked: Initial alarm creation"));
    world.put(3.0).await;
    world.pass(60);
    world.put(1.0).await;
    world.pass(60);
    world.put(2.0).await;
    let ok = world.alarm("a").await;
    assert_eq!(ok.state_value(), Some(&StateValue::Ok));
    for _ in 0..2 {
        world.pass(60);
        world.put(7.0).await;
    }
    let fired = world.alarm("a").await;
    assert_eq!(fired.state_value(), Some(&StateValue::Alarm));
    assert_eq!(
        fired.state_reason(),
        Some(
            "Threshold Crossed: 2 out of the last 3 datapoints [7.0 (25/11/26 10:04:00), 7.0 (25/11/26 10:03:00)] were \
             greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
        )
    );
    let data: serde_json::Value = serde_json::from_str(fired.state_reason_data().unwrap()).unwrap();
    assert_eq!(data["recentDatapoints"], serde_json::json!([2.0, 7.0, 7.0]));
    assert_eq!(data["startDate"], "2026-11-25T10:02:00.000+0000");
    let summaries = world.summaries("a").await;
    assert_eq!(
        summaries[..3],
        [
            "Alarm \"a\" created",
            "Alarm updated from INSUFFICIENT_DATA to OK",
            "Alarm updated from OK to ALARM",
        ]
    );
    assert!(
        summaries[3].starts_with("Failed to execute action arn:aws:sns"),
        "{summaries:?}"
    );
    // No data for long: it does not know any more.
    world.pass(3_600);
    let silent = world.alarm("a").await;
    assert_eq!(silent.state_value(), Some(&StateValue::InsufficientData));
    assert_eq!(
        silent.state_reason(),
        Some("Insufficient Data: 3 datapoints were unknown.")
    );
}

#[tokio::test]
async fn missing_data_can_be_good_or_bad() {
    let world = World::new();
    for (name, treatment, state, part) in [
        (
            "good",
            "notBreaching",
            StateValue::Ok,
            "3 missing datapoints were treated as [NonBreaching]",
        ),
        (
            "bad",
            "breaching",
            StateValue::Alarm,
            "no datapoints were received for 3 periods",
        ),
    ] {
        world
            .alarm_request(name)
            .treat_missing_data(treatment)
            .send()
            .await
            .unwrap();
        let alarm = world.alarm(name).await;
        assert_eq!(alarm.state_value(), Some(&state));
        assert!(alarm.state_reason().unwrap().contains(part), "{alarm:?}");
    }
}

#[tokio::test]
async fn a_state_that_is_set_lasts_until_the_next_evaluation() {
    let world = World::new();
    world
        .alarm_request("a")
        .treat_missing_data("notBreaching")
        .send()
        .await
        .unwrap();
    let set = world
        .client
        .set_alarm_state()
        .alarm_name("a")
        .state_value(StateValue::Alarm);
    set.clone().state_reason("test").send().await.unwrap();
    let alarm = world.alarm("a").await;
    assert_eq!(
        (alarm.state_value(), alarm.state_reason()),
        (Some(&StateValue::Alarm), Some("test"))
    );
    world.pass(61);
    assert_eq!(world.alarm("a").await.state_value(), Some(&StateValue::Ok));
    let json = set.clone().state_reason("test").state_reason_data("{").send().await;
    assert_eq!(refused(json).0, "InvalidFormat");
    let unknown = set.alarm_name("x").state_reason("test").send().await.unwrap_err();
    assert!(unknown.as_service_error().unwrap().is_resource_not_found());
}

#[tokio::test]
async fn an_update_replaces_all_but_state_and_tags() {
    let world = World::new();
    let tag = |value: &str| Tag::builder().key("team").value(value).build();
    world
        .alarm_request("a")
        .alarm_description("first")
        .tags(tag("data"))
        .send()
        .await
        .unwrap();
    world
        .alarm_request("a")
        .threshold(9.0)
        .tags(tag("other"))
        .send()
        .await
        .unwrap();
    let alarm = world.alarm("a").await;
    assert_eq!((alarm.alarm_description(), alarm.threshold()), (None, Some(9.0)));
    let arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:a";
    assert_eq!(alarm.alarm_arn(), Some(arn));
    let tags = world
        .client
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .unwrap();
    assert_eq!(tags.tags(), [tag("data")]);
    world
        .client
        .tag_resource()
        .resource_arn(arn)
        .tags(tag("new"))
        .send()
        .await
        .unwrap();
    world
        .client
        .disable_alarm_actions()
        .alarm_names("a")
        .send()
        .await
        .unwrap();
    assert_eq!(world.alarm("a").await.actions_enabled(), Some(false));
    let by_metric = world
        .client
        .describe_alarms_for_metric()
        .namespace("N")
        .metric_name("M");
    let without = by_metric.clone().send().await.unwrap();
    let with = by_metric.dimensions(dimension("D", "d")).send().await.unwrap();
    assert_eq!((without.metric_alarms().len(), with.metric_alarms().len()), (0, 1));
    world.client.delete_alarms().alarm_names("a").send().await.unwrap();
    assert!(
        world
            .client
            .describe_alarms()
            .send()
            .await
            .unwrap()
            .metric_alarms()
            .is_empty()
    );
    let gone = world.client.delete_alarms().alarm_names("a").send().await.unwrap_err();
    assert!(gone.as_service_error().unwrap().is_resource_not_found());
    let history = world
        .client
        .describe_alarm_history()
        .history_item_type(HistoryItemType::ConfigurationUpdate);
    assert_eq!(history.send().await.unwrap().alarm_history_items().len(), 3);
}

#[tokio::test]
async fn an_alarm_on_an_expression() {
    let world = World::new();
    let metric = Metric::builder()
        .namespace("N")
        .metric_name("M")
        .dimensions(dimension("D", "d"));
    let stat = MetricStat::builder().metric(metric.build()).period(60).stat("Maximum");
    let request = world
        .client
        .put_metric_alarm()
        .alarm_name("e")
        .evaluation_periods(1)
        .threshold(1.0);
    let request = request.comparison_operator(ComparisonOperator::LessThanOrEqualToThreshold);
    let metric = MetricDataQuery::builder()
        .id("m")
        .metric_stat(stat.build())
        .return_data(false);
    let request = request.metrics(metric.build());
    let watched = MetricDataQuery::builder().id("half").expression("m / 2");
    world.put(2.0).await;
    request.clone().metrics(watched.build()).send().await.unwrap();
    let alarm = world.alarm("e").await;
    assert_eq!(alarm.state_value(), Some(&StateValue::Alarm));
    assert!(
        alarm
            .state_reason()
            .unwrap()
            .contains("[1.0 (25/11/26 10:00:00)] was less than or equal to")
    );
    assert_eq!(alarm.metrics().len(), 2);
    let refusal = refused(request.namespace("N").send().await);
    assert_eq!(
        refusal,
        (
            "ValidationError".into(),
            "Namespace must not be specified with Metrics.".into()
        )
    );
}

#[tokio::test]
async fn alarms_that_cannot_be_are_refused() {
    let world = World::new();
    let request = || world.alarm_request("a");
    for (request, code, part) in [
        (request().period(90), "ValidationError", "multiple of 60"),
        (request().period(302_400), "ValidationError", "a week"),
        (request().datapoints_to_alarm(4), "ValidationError", "DatapointsToAlarm"),
        (
            request().extended_statistic("p9"),
            "ValidationError",
            "Exactly one of Statistic",
        ),
        (
            request().treat_missing_data("never"),
            "ValidationError",
            "Option never is not supported",
        ),
        (
            request().ok_actions("topic"),
            "ValidationError",
            "Invalid arn syntax: topic",
        ),
        (
            request().threshold_metric_id("ad1"),
            "NotImplemented",
            "anomaly detection",
        ),
        (request().set_threshold(None), "ValidationError", "'threshold'"),
    ] {
        let (found, message) = refused(request.send().await);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(part), "{message}");
    }
}
