//! The Kinesis sink through the real SDK, with answers made up instead of a network.

use std::collections::VecDeque;

use aws_sdk_kinesis::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use serde_json::{Value, json};

use super::*;

/// Gives prepared answers, status and body, and keeps the requests' bodies.
#[derive(Clone, Debug)]
struct Script {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    requests: Arc<Mutex<Vec<Value>>>,
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        self.requests.lock().unwrap().push(body);
        let (status, body) = self.answers.lock().unwrap().pop_front().expect("a request too many");
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()));
        response.headers_mut().insert("x-amzn-requestid", "r-1");
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl HttpClient for Script {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn script(answers: impl IntoIterator<Item = (u16, Value)>) -> (Script, aws_sdk_kinesis::Client) {
    let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
    let script = Script {
        answers,
        requests: Arc::default(),
    };
    let config = aws_sdk_kinesis::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(script.clone())
        .build();
    (script, aws_sdk_kinesis::Client::from_conf(config))
}

fn entry(key: &str) -> Entry {
    Entry {
        partition_key: key.into(),
        explicit_hash_key: Some("7".into()),
        data: Bytes::from_static(b"{}\n"),
        rows: 1,
    }
}

#[tokio::test]
async fn each_record_has_its_own_result() {
    let answer = json!({"FailedRecordCount": 1, "Records": [
        {"SequenceNumber": "1", "ShardId": "shardId-000000000000"},
        {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "Rate exceeded"},
        {},
    ]});
    let (script, client) = script([(200, answer)]);
    let results = KinesisSink::new(client, "people")
        .put(vec![entry("a"), entry("b"), entry("c")])
        .await
        .unwrap();
    assert_eq!(results[0], Ok(()));
    assert!(
        results[1]
            .as_ref()
            .is_err_and(|rejection| rejection.is_throttle() && rejection.message == "Rate exceeded")
    );
    assert!(
        results[2].is_err(),
        "a record without a sequence number is not counted as taken"
    );
    let request = script.requests.lock().unwrap()[0].clone();
    assert_eq!(request["StreamName"], "people");
    assert_eq!(
        request["Records"][1],
        json!({"Data": "e30K", "PartitionKey": "b", "ExplicitHashKey": "7"})
    );
}

#[tokio::test]
async fn failed_requests_are_classified_and_not_retried_by_the_sdk() {
    for (status, code, kind) in [
        (400, "ProvisionedThroughputExceededException", SinkErrorKind::Throttled),
        (400, "KMSThrottlingException", SinkErrorKind::Throttled),
        (500, "InternalFailure", SinkErrorKind::Transient),
        (503, "SomethingNew", SinkErrorKind::Transient),
        (400, "ResourceNotFoundException", SinkErrorKind::Fatal),
        (400, "ExpiredTokenException", SinkErrorKind::Fatal),
        (400, "SomethingNew", SinkErrorKind::Fatal),
    ] {
        let (script, client) = script([(status, json!({"__type": code, "message": "why"}))]);
        let error = KinesisSink::new(client, "people")
            .put(vec![entry("a")])
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{status} {code}");
        assert_eq!(
            error.message,
            format!("kinesis PutRecords on people: {code}: why (request r-1)")
        );
        assert_eq!(script.requests.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn shards_are_listed_page_by_page_and_closed_ones_left_out() {
    let shard = |id: &str, first: &str, last: &str, ended: Option<&str>| {
        let mut sequence = json!({"StartingSequenceNumber": "1"});
        if let Some(ended) = ended {
            sequence["EndingSequenceNumber"] = json!(ended);
        }
        let range = json!({"StartingHashKey": first, "EndingHashKey": last});
        json!({"ShardId": id, "HashKeyRange": range, "SequenceNumberRange": sequence})
    };
    let top = u128::MAX.to_string();
    let (script, client) = script([
        (
            200,
            json!({"Shards": [shard("a", "0", &top, Some("9")), shard("c", "100", &top, None)], "NextToken": "t"}),
        ),
        (200, json!({"Shards": [shard("b", "0", "99", None)]})),
    ]);
    let map = list_shards(&client, "people").await.unwrap();
    let ids: Vec<_> = map.shards().iter().map(|shard| shard.id.as_str()).collect();
    assert_eq!(ids, ["b", "c"]);
    assert_eq!((map.index_of(99), map.index_of(100)), (0, 1));
    let requests = script.requests.lock().unwrap();
    assert_eq!(
        requests[0],
        json!({"StreamName": "people", "ShardFilter": {"Type": "AT_LATEST"}})
    );
    assert_eq!(requests[1], json!({"NextToken": "t"}));
}
