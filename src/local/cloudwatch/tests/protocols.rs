//! One service in its three protocols.

use std::io::Write;

use http::Request;
use http_body_util::BodyExt;
use s3s::Body;

use super::*;
use crate::local::http::HttpService;
use crate::local::query::{Params, QueryService};

/// Status, header and body of an awsJson1.0 request's answer.
async fn json(world: &World, operation: &str, body: Vec<u8>, gzip: bool) -> (u16, Option<String>, serde_json::Value) {
    let mut request = Request::post("/").header("x-amz-target", format!("{TARGET}.{operation}"));
    if gzip {
        request = request.header("content-encoding", "gzip");
    }
    let response = HttpService::call(world.service.as_ref(), request.body(Body::from(body)).unwrap());
    let response = response.await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    let code = response
        .headers()
        .get("x-amzn-query-error")
        .map(|code| code.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, code, serde_json::from_slice(&bytes).unwrap())
}

async fn query(world: &World, action: &str, form: &str) -> Result<String, AwsError> {
    QueryService::call(world.service.as_ref(), action, &Params::parse(form.as_bytes())).await
}

#[tokio::test]
async fn json_answers_and_errors() {
    let world = World::new();
    let body = br#"{"Namespace": "N", "MetricData": [{"MetricName": "M", "Value": 2, "Timestamp": 1795600830.5}]}"#;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(body).unwrap();
    let packed = packed.finish().unwrap();
    assert_eq!(json(&world, "PutMetricData", packed, true).await.0, 200);
    let (_, _, listed) = json(&world, "ListMetrics", b"{}".to_vec(), false).await;
    assert_eq!(listed["Metrics"][0]["MetricName"], "M");
    let (status, code, error) = json(&world, "GetDashboard", br#"{"DashboardName": "x"}"#.to_vec(), false).await;
    assert_eq!((status, code.as_deref()), (404, Some("ResourceNotFound;Sender")));
    assert_eq!(error["__type"], "com.amazonaws.cloudwatch#DashboardNotFoundError");
    let (status, code, error) = json(&world, "GetDashboard", b"{}".to_vec(), false).await;
    assert_eq!((status, code.as_deref()), (400, Some("ValidationError;Sender")));
    assert!(error["message"].as_str().unwrap().contains("'dashboardName'"));
    let (status, _, error) = json(&world, "GetDashboard", br#"{"Name": "x"}"#.to_vec(), false).await;
    assert_eq!(
        (status, &error["__type"]),
        (400, &"com.amazonaws.cloudwatch#SerializationException".into())
    );
    let (status, _, _) = json(&world, "PutInsightRule", b"{}".to_vec(), false).await;
    assert_eq!(status, 501);
}

#[tokio::test]
async fn query_answers_and_errors() {
    let world = World::new();
    let put = "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=a&MetricName=M&Namespace=N&Statistic=Sum&Period=60&\
        EvaluationPeriods=1&Threshold=0.5&ComparisonOperator=GreaterThanThreshold&ActionsEnabled=true&OKActions=&\
        Dimensions.member.1.Name=D&Dimensions.member.1.Value=d&Tags.member.1.Key=k&Tags.member.1.Value=v";
    assert_eq!(query(&world, "PutMetricAlarm", put).await.unwrap(), "");
    let xml = query(&world, "DescribeAlarms", "AlarmNames.member.1=a").await.unwrap();
    for part in [
        "<MetricAlarms><member><AlarmName>a</AlarmName>",
        "<Threshold>0.5</Threshold>",
        "<Dimensions><member><Name>D</Name><Value>d</Value></member></Dimensions>",
        "<AlarmConfigurationUpdatedTimestamp>2026-11-25T10:00:30.000Z</AlarmConfigurationUpdatedTimestamp>",
        "<OKActions></OKActions>",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
    let times = "MetricName=M&Namespace=N&StartTime=2026-11-25T09:00:00Z&EndTime=2026-11-25T10:00:00Z&Period=60&\
        Statistics.member.1=Sum";
    let xml = query(&world, "GetMetricStatistics", times).await.unwrap();
    assert_eq!(xml, "<Label>M</Label><Datapoints></Datapoints>");
    let error = query(&world, "SetAlarmState", "AlarmName=x&StateValue=OK&StateReason=r")
        .await
        .unwrap_err();
    assert_eq!((error.status.as_u16(), &*error.code), (404, "ResourceNotFound"));
    let error = query(&world, "Nonsense", "").await.unwrap_err();
    assert_eq!(error.code, "InvalidAction");
}
