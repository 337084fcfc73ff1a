use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::aws::script::{Answer, Request, Script};
use crate::engine::{Condition, Cx, Owner};
use crate::resources::testing::{assert_within, desired, fresh, our_tags, resource};

const KIND: &str = "AWS::KinesisFirehose::DeliveryStream";

fn properties() -> Value {
    json!({
        "DeliveryStreamName": "employees-dev-delivery",
        "KinesisStreamSourceConfiguration": {"KinesisStreamARN": "arn:stream", "RoleARN": "arn:role"},
        "ExtendedS3DestinationConfiguration": {
            "BucketARN": "arn:aws:s3:::raw", "RoleARN": "arn:role",
            "Prefix": "raw/!{timestamp:yyyy/MM/dd}/", "ErrorOutputPrefix": "errors/",
            "BufferingHints": {"IntervalInSeconds": "60", "SizeInMBs": 64}, "CompressionFormat": "GZIP",
            "CloudWatchLoggingOptions": {"Enabled": true, "LogGroupName": "g", "LogStreamName": "s"},
            "ProcessingConfiguration": {"Enabled": true, "Processors": [
                {"Type": "AppendDelimiterToRecord", "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]},
        },
    })
}

/// Describes what was last created, in a state.
fn description(created: &Value, state: &str) -> Answer {
    let mut destination = created["ExtendedS3DestinationConfiguration"].clone();
    destination["S3BackupMode"] = json!("Disabled");
    let source = &created["KinesisStreamSourceConfiguration"];
    Answer::json(
        json!({"DeliveryStreamDescription": {
            "DeliveryStreamName": created["DeliveryStreamName"], "DeliveryStreamARN": "arn:delivery",
            "DeliveryStreamStatus": state, "DeliveryStreamType": created["DeliveryStreamType"], "VersionId": "7",
            "FailureDescription": {"Type": "UNKNOWN_ERROR", "Details": "the reason"},
            "HasMoreDestinations": false, "CreateTimestamp": 1.7e9,
            "Source": {"KinesisStreamSourceDescription": source},
            "Destinations": [{"DestinationId": "d-1", "ExtendedS3DestinationDescription": destination}],
        }})
        .to_string(),
    )
}

fn tags() -> Answer {
    Answer::json(json!({"Tags": our_tags(), "HasMoreTags": false}).to_string())
}

fn not_found() -> Answer {
    Answer::error("ResourceNotFoundException", "no such delivery stream")
}

/// A Firehose that refuses the role `refusals` times and then creates.
fn service(refusals: usize, message: &'static str, state: &'static str) -> Script {
    let created = std::sync::Mutex::new(None::<Value>);
    let attempts = AtomicUsize::new(0);
    Script::new(move |request: &Request| {
        let mut created = created.lock().unwrap();
        match (request.operation.as_str(), &*created) {
            ("CreateDeliveryStream", _) if attempts.fetch_add(1, Ordering::Relaxed) < refusals => {
                Answer::error("InvalidArgumentException", message)
            }
            ("CreateDeliveryStream", _) => {
                *created = Some(request.json());
                Answer::json(r#"{"DeliveryStreamARN": "arn:delivery"}"#)
            }
            ("DescribeDeliveryStream", Some(created)) => description(created, state),
            ("ListTagsForDeliveryStream", Some(_)) => tags(),
            ("DeleteDeliveryStream", Some(_)) => {
                *created = None;
                Answer::json("{}")
            }
            ("UpdateDestination" | "TagDeliveryStream", Some(_)) => Answer::json("{}"),
            _ => not_found(),
        }
    })
}

const REFUSED: &str = "Firehose is unable to assume role arn:role. Please check the role provided.";

#[tokio::test]
async fn a_fresh_role_is_waited_for() {
    let script = service(1, REFUSED, "ACTIVE");
    let resource = resource(KIND, properties(), &script).await;
    let (cx, told) = fresh();
    let document = desired(&resource);
    let live = resource.create(&document, &cx).await.unwrap();
    assert_eq!(script.calls("CreateDeliveryStream").len(), 2);
    assert!(told.lock().unwrap()[0].contains("InvalidArgumentException"), "{told:?}");
    assert_eq!((live.owner, live.state.as_str()), (Owner::Ours, "ACTIVE"));
    assert_eq!(live.attributes["Arn"], "arn:delivery");
    assert_within(&document, &live.document);
    let request = script.calls("CreateDeliveryStream")[1].json();
    assert_eq!(request["DeliveryStreamType"], "KinesisStreamAsSource");
    assert_eq!(request["Tags"].as_array().unwrap().len(), 3);
    let destination = &request["ExtendedS3DestinationConfiguration"];
    assert_eq!(
        destination["BufferingHints"],
        json!({"IntervalInSeconds": 60, "SizeInMBs": 64})
    );
    assert!(
        destination.get("DynamicPartitioningConfiguration").is_none(),
        "{destination}"
    );
}

#[tokio::test]
async fn an_old_role_that_is_refused_is_wrong_and_not_waited_for() {
    let script = service(9, REFUSED, "ACTIVE");
    let resource = resource(KIND, properties(), &script).await;
    let error = resource.create(&desired(&resource), &Cx::silent()).await.unwrap_err();
    assert_eq!(script.calls("CreateDeliveryStream").len(), 1);
    assert!(
        error
            .to_string()
            .contains("CreateDeliveryStream on employees-dev-delivery"),
        "{error}"
    );
}

#[tokio::test]
async fn another_refusal_is_not_waited_for_even_with_a_fresh_role() {
    let script = service(9, "BucketARN is not valid", "ACTIVE");
    let resource = resource(KIND, properties(), &script).await;
    resource.create(&desired(&resource), &fresh().0).await.unwrap_err();
    assert_eq!(script.calls("CreateDeliveryStream").len(), 1);
}

#[tokio::test]
async fn a_failed_creation_stops_with_its_reason_and_is_deleted_before_the_next() {
    let script = service(0, "", "CREATING_FAILED");
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let error = resource.create(&document, &Cx::silent()).await.unwrap_err();
    assert!(
        error.to_string().contains("CREATING_FAILED") && error.to_string().contains("the reason"),
        "{error}"
    );
    assert_eq!(script.calls("CreateDeliveryStream").len(), 1);
    let live = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(resource.condition(&live), Condition::Lost);
    resource.delete(&live, &Cx::silent()).await.unwrap();
    assert_eq!(
        script.calls("DeleteDeliveryStream")[0].json().get("AllowForceDelete"),
        None
    );
    assert!(resource.read(&document, &Cx::silent()).await.unwrap().is_none());
}

#[tokio::test]
async fn an_update_sends_the_default_of_what_was_taken_out() {
    let script = service(0, "", "ACTIVE");
    let before = resource(KIND, properties(), &script).await;
    let live = before.create(&desired(&before), &Cx::silent()).await.unwrap();
    let mut fewer = properties();
    let destination = fewer["ExtendedS3DestinationConfiguration"].as_object_mut().unwrap();
    for property in [
        "Prefix",
        "ErrorOutputPrefix",
        "CompressionFormat",
        "CloudWatchLoggingOptions",
        "ProcessingConfiguration",
    ] {
        destination.shift_remove(property);
    }
    let script_resource = resource_on(&script, fewer).await;
    let wanted = desired(&script_resource);
    script_resource
        .update(&live, &wanted, &[], &Cx::silent())
        .await
        .unwrap();
    let update = script.calls("UpdateDestination")[0].json();
    assert_eq!(
        (&update["CurrentDeliveryStreamVersionId"], &update["DestinationId"]),
        (&json!("7"), &json!("d-1"))
    );
    let sent = &update["ExtendedS3DestinationUpdate"];
    assert_eq!(
        (&sent["Prefix"], &sent["ErrorOutputPrefix"], &sent["CompressionFormat"]),
        (&json!(""), &json!(""), &json!("UNCOMPRESSED"))
    );
    assert_eq!(sent["CloudWatchLoggingOptions"], json!({"Enabled": false}));
    assert_eq!(
        sent["ProcessingConfiguration"],
        json!({"Enabled": false, "Processors": []})
    );
    assert_eq!(sent.get("DynamicPartitioningConfiguration"), None);
}

#[tokio::test]
async fn dynamic_partitioning_needs_another_delivery_stream() {
    let resource = resource(KIND, properties(), &service(0, "", "ACTIVE")).await;
    let path = "/ExtendedS3DestinationConfiguration/DynamicPartitioningConfiguration/Enabled";
    assert!(resource.replacement_paths().iter().any(|fixed| fixed == path));
    assert_eq!(desired(&resource).pointer(path), Some(&json!(false)));
}

async fn resource_on(script: &Script, properties: Value) -> std::sync::Arc<dyn crate::engine::Resource> {
    resource(KIND, properties, script).await
}

#[tokio::test]
async fn nothing_is_written_when_nothing_differs() {
    let script = service(0, "", "ACTIVE");
    let resource = resource(KIND, properties(), &script).await;
    let document = desired(&resource);
    let live = resource.create(&document, &Cx::silent()).await.unwrap();
    resource
        .update(&live, &live.document, &[], &Cx::silent())
        .await
        .unwrap();
    let again = resource.read(&document, &Cx::silent()).await.unwrap().unwrap();
    assert_eq!(again, live);
    let writes = script
        .operations()
        .into_iter()
        .filter(|operation| !operation.starts_with(['D', 'L']))
        .count();
    assert_eq!(writes, 1, "{:?}", script.operations());
}

#[tokio::test]
async fn what_is_not_mapped_is_refused_by_name() {
    let mut properties = properties();
    properties["ExtendedS3DestinationConfiguration"]["S3BackupConfiguration"] = json!({"BucketARN": "b"});
    let resource = resource(KIND, properties, &service(0, "", "ACTIVE")).await;
    let error = resource.desired(&Default::default()).unwrap_err().to_string();
    assert!(error.contains("configs/ingestion/it.json:3"), "{error}");
    assert!(
        error.contains("ExtendedS3DestinationConfiguration.S3BackupConfiguration"),
        "{error}"
    );
    assert!(error.contains("`BufferingHints`"), "{error}");
}
