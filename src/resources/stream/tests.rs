use std::sync::Mutex;

use serde_json::{Value, json};

use super::changes::step;
use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Condition, Cx, Owner};
use crate::resources::testing::{assert_within, desired, fresh, our_tags, resource};

const KIND: &str = "AWS::Kinesis::Stream";

/// A Kinesis with one stream, which is in a passing state for one Describe after each change.
fn service(summary: Value) -> Script {
    let state = Mutex::new((summary, 0));
    Script::new(move |request: &Request| {
        let mut state = state.lock().unwrap();
        let (summary, passing) = &mut *state;
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let operation = request.operation.as_str();
        match operation {
            "CreateStream" => {
                *summary = json!({
                    "StreamName": body["StreamName"], "StreamARN": "arn:stream", "StreamStatus": "ACTIVE",
                    "StreamModeDetails": body["StreamModeDetails"], "RetentionPeriodHours": 24,
                    "StreamCreationTimestamp": 1.7e9, "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
                    "EncryptionType": "NONE", "OpenShardCount": body["ShardCount"].as_i64().unwrap_or(4),
                });
            }
            "DescribeStreamSummary" if summary.is_null() => {
                return Answer::error("ResourceNotFoundException", "Stream not found");
            }
            "DescribeStreamSummary" => {
                let mut shown = summary.clone();
                if *passing > 0 {
                    *passing -= 1;
                    shown["StreamStatus"] = json!("UPDATING");
                }
                return Answer::json(json!({"StreamDescriptionSummary": shown}).to_string());
            }
            "ListTagsForStream" => {
                return Answer::json(json!({"Tags": our_tags(), "HasMoreTags": false}).to_string());
            }
            "UpdateShardCount" => summary["OpenShardCount"] = body["TargetShardCount"].clone(),
            "IncreaseStreamRetentionPeriod" | "DecreaseStreamRetentionPeriod" => {
                summary["RetentionPeriodHours"] = body["RetentionPeriodHours"].clone();
            }
            "StartStreamEncryption" => {
                summary["EncryptionType"] = json!("KMS");
                summary["KeyId"] = body["KeyId"].clone();
            }
            "StopStreamEncryption" => summary["EncryptionType"] = json!("NONE"),
            "UpdateStreamMode" => summary["StreamModeDetails"] = body["StreamModeDetails"].clone(),
            "UpdateMaxRecordSize" => summary["MaxRecordSizeInKiB"] = body["MaxRecordSizeInKiB"].clone(),
            "EnableEnhancedMonitoring" => {
                summary["EnhancedMonitoring"] = json!([{"ShardLevelMetrics": body["ShardLevelMetrics"]}]);
            }
            "DisableEnhancedMonitoring" => {
                let off = body["ShardLevelMetrics"].as_array().unwrap();
                let on = summary["EnhancedMonitoring"][0]["ShardLevelMetrics"]
                    .as_array_mut()
                    .unwrap();
                on.retain(|metric| !off.contains(metric));
            }
            "DeleteStream" => *summary = Value::Null,
            other => panic!("{other}"),
        }
        *passing = 1;
        Answer::json("{}")
    })
}

fn properties() -> Value {
    json!({
        "Name": "employees-dev-events", "ShardCount": "2", "RetentionPeriodHours": 48,
        "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"},
        "DesiredShardLevelMetrics": ["OutgoingBytes", "IncomingBytes"], "MaxRecordSizeInKiB": 2048,
    })
}

#[tokio::test]
async fn everything_reads_back_as_it_was_written() {
    let script = service(Value::Null);
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    // The record size goes with the creation; this Kinesis forgets it, so it is set again.
    assert_within(&document, &live.document);
    assert_eq!(
        (live.owner, live.attributes["Arn"].as_str()),
        (Owner::Ours, "arn:stream")
    );
    let created = script.calls("CreateStream")[0].json();
    assert_eq!(created["StreamModeDetails"], json!({"StreamMode": "PROVISIONED"}));
    assert_eq!(created["Tags"]["pipectl:pipeline"], "employees");
    let calls = script.operations().len();
    resource
        .update(&live_of(&document), &document, &[], &Cx::silent())
        .await
        .unwrap();
    let writes: Vec<_> = script.operations().split_off(calls);
    assert!(
        writes.iter().all(|operation| operation.starts_with(['D', 'L'])),
        "{writes:?}"
    );
}

fn live_of(document: &Value) -> crate::engine::Live {
    crate::engine::Live {
        physical_id: "employees-dev-events".into(),
        state: "ACTIVE".into(),
        document: document.clone(),
        attributes: Default::default(),
        owner: Owner::Ours,
        created_at: None,
    }
}

#[tokio::test]
async fn a_run_killed_after_create_stream_goes_on_with_the_rest() {
    let script = service(Value::Null);
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let bare = json!({"StreamName": "employees-dev-events", "ShardCount": 2, "StreamModeDetails": {"StreamMode": "PROVISIONED"}});
    let client = script.clients().await.kinesis;
    let request = client
        .create_stream()
        .stream_name(bare["StreamName"].as_str().unwrap())
        .shard_count(2);
    let mode = aws_sdk_kinesis::types::StreamModeDetails::builder()
        .stream_mode("PROVISIONED".into())
        .build()
        .unwrap();
    request.stream_mode_details(mode).send().await.unwrap();
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(resource.condition(&live), Condition::Settling);
    let live = resource.update(&live, &document, &[], &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
    assert_eq!(script.calls("CreateStream").len(), 1);
}

#[tokio::test]
async fn shards_grow_and_shrink_by_at_most_a_factor_of_two() {
    let script = service(Value::Null);
    let small = resource(KIND, json!({"Name": "s", "ShardCount": 3}), &script).await;
    let live = small.create(&desired(&small), &Cx::silent()).await.unwrap();
    let large = resource(KIND, json!({"Name": "s", "ShardCount": 20}), &script).await;
    let (cx, told) = fresh();
    let live = large
        .update(&live, &desired(&large), &["/ShardCount".into()], &cx)
        .await
        .unwrap();
    assert_eq!(live.document["ShardCount"], 20);
    small
        .update(&live, &desired(&small), &["/ShardCount".into()], &cx)
        .await
        .unwrap();
    let targets: Vec<_> = script
        .calls("UpdateShardCount")
        .iter()
        .map(|call| call.json()["TargetShardCount"].clone())
        .collect();
    assert_eq!(targets, [6, 12, 20, 10, 5, 3]);
    assert!(
        told.lock()
            .unwrap()
            .contains(&"UPDATING, 6 to 12 of 20 shards".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_step_never_leaves_what_the_service_takes() {
    for current in 1..200 {
        for target in 1..200 {
            let next = step(current, target);
            assert!(
                next * 2 >= current && next <= current * 2,
                "{current} to {target}: {next}"
            );
            assert!(next == target || next != current);
        }
    }
}

#[tokio::test]
async fn encryption_taken_out_is_stopped_with_the_key_it_had() {
    let script = service(Value::Null);
    let before = resource(KIND, properties(), &script).await;
    let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
    let after = resource(KIND, json!({"Name": "employees-dev-events", "ShardCount": 2}), &script).await;
    let live = after.update(&live, &desired(&after), &[], &Cx::silent()).await.unwrap();
    assert_within(&desired(&after), &live.document);
    assert_eq!(
        script.calls("StopStreamEncryption")[0].json()["KeyId"],
        "alias/aws/kinesis"
    );
    assert_eq!(
        script.calls("DecreaseStreamRetentionPeriod")[0].json()["RetentionPeriodHours"],
        24
    );
}

#[tokio::test]
async fn on_demand_needs_no_shard_count() {
    let script = service(Value::Null);
    let resource = resource(KIND, json!({"Name": "s"}), &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    let created = script.calls("CreateStream")[0].json();
    assert_eq!(
        (&created["StreamModeDetails"]["StreamMode"], created.get("ShardCount")),
        (&json!("ON_DEMAND"), None)
    );
    assert_eq!(live.document.get("ShardCount"), None);
}

#[tokio::test]
async fn deletion_takes_consumers_along_and_waits() {
    let script = service(Value::Null);
    let resource = resource(KIND, json!({"Name": "s"}), &script).await;
    let live = resource.create(&desired(&resource), &Cx::silent()).await.unwrap();
    resource.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(script.calls("DeleteStream")[0].json()["EnforceConsumerDeletion"], true);
    assert!(
        resource
            .read(&desired(&resource), &Cx::silent())
            .await
            .unwrap()
            .is_none()
    );
    resource
        .delete(&live, &Cx::silent())
        .await
        .unwrap_or_else(|error| panic!("gone counts as done: {error}"));
}

#[tokio::test]
async fn a_stream_busy_with_its_last_change_is_asked_again() {
    let busy = || {
        Answer::error(
            "ResourceInUseException",
            "Stream s under account 1 not ACTIVE, instead in state UPDATING",
        )
    };
    let script = service(Value::Null).refusing(vec![
        ("StartStreamEncryption", busy()),
        ("EnableEnhancedMonitoring", busy()),
    ]);
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    assert_within(&document, &live.document);
}

#[tokio::test]
async fn a_count_that_reads_as_before_for_a_moment_is_not_taken_for_the_new_one() {
    let script = service(Value::Null);
    let small = resource(KIND, json!({"Name": "s", "ShardCount": 2}), &script).await;
    let live = small.create(&desired(&small), &Cx::silent()).await.unwrap();
    let stale = Answer::json(
        json!({"StreamDescriptionSummary": {
            "StreamName": "s", "StreamARN": "arn:stream", "StreamStatus": "ACTIVE", "RetentionPeriodHours": 24,
            "StreamCreationTimestamp": 1.7e9, "EnhancedMonitoring": [], "OpenShardCount": 2,
            "StreamModeDetails": {"StreamMode": "PROVISIONED"}}})
        .to_string(),
    );
    // Two reads come before UpdateShardCount, the third sees nothing of it yet.
    let script = script.refusing(vec![
        ("DescribeStreamSummary", stale.clone()),
        ("DescribeStreamSummary", stale.clone()),
        ("DescribeStreamSummary", stale),
    ]);
    let large = resource(KIND, json!({"Name": "s", "ShardCount": 4}), &script).await;
    let live = large.update(&live, &desired(&large), &[], &Cx::silent()).await.unwrap();
    assert_eq!(live.document["ShardCount"], 4);
    assert_eq!(script.calls("UpdateShardCount").len(), 1);
}
