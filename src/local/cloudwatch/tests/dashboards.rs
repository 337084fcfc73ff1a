//! Dashboards: put, checked, listed, tagged, deleted.

use aws_sdk_cloudwatch::operation::put_dashboard::PutDashboardError;
use aws_sdk_cloudwatch::types::Tag;

use super::*;

#[tokio::test]
async fn a_dashboard_is_kept_as_it_was_put() {
    let world = World::new();
    let body = r#"{ "widgets": [ {"type": "text", "x": 0, "y": 0, "width": 24, "height": 1, "color": "red",
        "properties": {"markdown": "hello"}} ] }"#;
    let tag = Tag::builder().key("pipectl:env").value("dev").build();
    let put = world.client.put_dashboard().dashboard_name("d").dashboard_body(body);
    let answer = put.clone().tags(tag.clone()).send().await.unwrap();
    let warning = &answer.dashboard_validation_messages()[0];
    assert_eq!(warning.data_path(), Some("/widgets/0/color"));
    assert!(warning.message().unwrap().contains("will be ignored"));
    let other = Tag::builder().key("other").value("x").build();
    put.tags(other).send().await.unwrap();
    let got = world.client.get_dashboard().dashboard_name("d").send().await.unwrap();
    assert_eq!(got.dashboard_body(), Some(body));
    assert_eq!(
        got.dashboard_arn(),
        Some("arn:aws:cloudwatch::000000000000:dashboard/d")
    );
    let tags = world
        .client
        .list_tags_for_resource()
        .resource_arn(got.dashboard_arn().unwrap());
    assert_eq!(tags.send().await.unwrap().tags(), [tag]);
    let listed = world
        .client
        .list_dashboards()
        .dashboard_name_prefix("d")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.dashboard_entries()[0].size(), Some(body.len() as i64));
    world
        .client
        .delete_dashboards()
        .dashboard_names("d")
        .send()
        .await
        .unwrap();
    let gone = world
        .client
        .get_dashboard()
        .dashboard_name("d")
        .send()
        .await
        .unwrap_err();
    assert!(gone.as_service_error().unwrap().is_dashboard_not_found_error());
    assert_eq!(gone.code(), Some("ResourceNotFound"));
}

#[tokio::test]
async fn a_body_is_refused_with_every_place() {
    let world = World::new();
    let body = r#"{"widgets": [
        {"type": "metric", "width": 25, "properties": {"region": "us-east-1", "metrics": [
            ["AWS/Kinesis", "IncomingBytes", {"dimension": "x"}, {}], ["N", "M", "D"]]}},
        {"type": "metric", "properties": {}}, {"type": "alarm", "properties": {"alarms": []}}, {"type": "text"}]}"#;
    let request = world.client.put_dashboard().dashboard_name("d");
    let error = request.clone().dashboard_body(body).send().await.unwrap_err();
    let (code, message) = (error.code().unwrap().to_owned(), error.message().unwrap().to_owned());
    assert_eq!(code, "InvalidParameterInput");
    assert!(
        message.starts_with("The dashboard body is invalid, there are 9 validation errors:\n["),
        "{message}"
    );
    let Some(PutDashboardError::DashboardInvalidInputError(refusal)) = error.as_service_error() else {
        panic!("{error:?}");
    };
    let found: Vec<_> = refusal
        .dashboard_validation_messages()
        .iter()
        .filter_map(|m| m.data_path())
        .collect();
    assert_eq!(
        found,
        [
            "/widgets/0/width",
            "/widgets/0/properties/metrics/0/2",
            "/widgets/0/properties/metrics/0",
            "/widgets/0/properties/metrics/1",
            "/widgets/1/properties",
            "/widgets/1/properties",
            "/widgets/1/properties",
            "/widgets/2/properties/alarms",
            "/widgets/3",
        ]
    );
    let (code, message) = refused(request.dashboard_body("[1]").send().await);
    assert_eq!(
        (code.as_str(), message.as_str()),
        (
            "InvalidParameterInput",
            "The field DashboardBody must be a valid JSON object"
        )
    );
    let name = world
        .client
        .put_dashboard()
        .dashboard_name("a b")
        .dashboard_body("{}")
        .send()
        .await;
    assert_eq!(refused(name).0, "InvalidParameterValue");
}
