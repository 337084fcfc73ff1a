use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::error::ProvideErrorMetadata;
use aws_sdk_resourcegroupstagging::types::TagFilter;

use crate::local::env::Env;
use crate::local::logs::Logs;
use crate::local::testing::{Wired, sdk_config};

use super::*;

/// Resources whose tags this API cannot change.
struct Fixed(Vec<(&'static str, &'static [(&'static str, &'static str)])>);

impl TagSource for Fixed {
    fn tagged(&self) -> Result<Vec<Tagged>, AwsError> {
        let owned = |tags: &[(&str, &str)]| tags.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Ok(self
            .0
            .iter()
            .map(|(arn, tags)| (arn.to_string(), owned(tags)))
            .collect())
    }
}

const BUCKET: &str = "arn:aws:s3:::raw";
const STREAM: &str = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const GROUP: &str = "arn:aws:logs:us-east-1:000000000000:log-group:/g";

fn client(sources: Vec<Arc<dyn TagSource>>) -> Client {
    Client::new(&sdk_config(Wired::Json(
        "ResourceGroupsTaggingAPI_20170126",
        Arc::new(Tagging::new(sources)),
    )))
}

fn sample() -> Client {
    let kinesis = Fixed(vec![
        (STREAM, &[("env", "dev"), ("team", "a")]),
        ("arn:aws:kinesis:us-east-1:0:stream/x", &[]),
    ]);
    let s3 = Fixed(vec![
        (BUCKET, &[("env", "local")]),
        ("arn:aws:s3:::other", &[("team", "b")]),
    ]);
    client(vec![Arc::new(kinesis), Arc::new(s3)])
}

fn filter(key: &str, values: &[&str]) -> TagFilter {
    let values = values.iter().map(|value| value.to_string()).collect();
    TagFilter::builder().key(key).set_values(Some(values)).build()
}

async fn arns(
    call: aws_sdk_resourcegroupstagging::operation::get_resources::builders::GetResourcesFluentBuilder,
) -> Vec<String> {
    let list = call.send().await.unwrap().resource_tag_mapping_list.unwrap_or_default();
    list.into_iter().filter_map(|mapping| mapping.resource_arn).collect()
}

#[tokio::test]
async fn resources_are_found_by_tag_type_and_arn() {
    let client = sample();
    let get = || client.get_resources();
    assert_eq!(arns(get()).await, [STREAM, "arn:aws:s3:::other", BUCKET]);
    assert_eq!(arns(get().tag_filters(filter("env", &[]))).await, [STREAM, BUCKET]);
    assert_eq!(arns(get().tag_filters(filter("env", &["x", "local"]))).await, [BUCKET]);
    assert_eq!(
        arns(
            get()
                .tag_filters(filter("env", &[]))
                .tag_filters(filter("team", &["a"]))
        )
        .await,
        [STREAM]
    );
    assert_eq!(arns(get().resource_type_filters("kinesis:stream")).await, [STREAM]);
    assert_eq!(arns(get().resource_type_filters("kinesis:consumer")).await, [""; 0]);
    assert_eq!(
        arns(get().resource_type_filters("s3").resource_type_filters("sqs")).await,
        ["arn:aws:s3:::other", BUCKET]
    );
    assert_eq!(
        arns(get().resource_type_filters("s3:bucket").tag_filters(filter("env", &[]))).await,
        [BUCKET]
    );
    assert_eq!(
        arns(get().resource_arn_list(BUCKET).resource_arn_list("arn:aws:s3:::gone")).await,
        [BUCKET]
    );
    let error = get()
        .resource_arn_list(BUCKET)
        .tag_filters(filter("env", &[]))
        .send()
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_invalid_parameter_exception());
}

#[tokio::test]
async fn resources_come_in_pages() {
    let client = sample();
    let mut pages = client.get_resources().resources_per_page(2).into_paginator().send();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        sizes.push(page.unwrap().resource_tag_mapping_list().len());
    }
    assert_eq!(sizes, [2, 1]);
    let error = client.get_resources().resources_per_page(101).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterException"));
    let error = client.get_resources().pagination_token("?").send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidParameterException"));
}

#[tokio::test]
async fn keys_and_values() {
    let client = sample();
    assert_eq!(client.get_tag_keys().send().await.unwrap().tag_keys(), ["env", "team"]);
    assert_eq!(
        client.get_tag_values().key("env").send().await.unwrap().tag_values(),
        ["dev", "local"]
    );
    assert!(
        client
            .get_tag_values()
            .key("none")
            .send()
            .await
            .unwrap()
            .tag_values()
            .is_empty()
    );
}

#[tokio::test]
async fn tags_are_changed_where_the_service_lets_them() {
    let (_dir, env) = Env::temporary();
    let logs = Arc::new(Logs::new(env));
    let groups = aws_sdk_cloudwatchlogs::Client::new(&sdk_config(Wired::Json("Logs_20140328", logs.clone())));
    groups.create_log_group().log_group_name("/g").send().await.unwrap();
    let client = client(vec![logs, Arc::new(Fixed(vec![(BUCKET, &[("env", "local")])]))]);

    let tagging = client
        .tag_resources()
        .resource_arn_list(GROUP)
        .resource_arn_list(BUCKET);
    let failed = tagging
        .tags("a", "1")
        .tags("b", "2")
        .send()
        .await
        .unwrap()
        .failed_resources_map
        .unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[BUCKET].status_code(), 400);
    let gone = format!("{GROUP}/gone");
    let failed = client
        .tag_resources()
        .resource_arn_list(&gone)
        .tags("a", "1")
        .send()
        .await
        .unwrap();
    let failed = failed.failed_resources_map.unwrap();
    assert_eq!(
        failed[&gone].error_message(),
        Some("The specified log group does not exist.")
    );

    client
        .untag_resources()
        .resource_arn_list(GROUP)
        .tag_keys("a")
        .send()
        .await
        .unwrap();
    let tags = groups
        .list_tags_for_resource()
        .resource_arn(GROUP)
        .send()
        .await
        .unwrap()
        .tags
        .unwrap();
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("b".to_owned(), "2".to_owned())]);
}

#[tokio::test]
async fn other_operations_are_named_as_missing() {
    let client = sample();
    let error = client.get_compliance_summary().send().await.unwrap_err();
    assert_eq!(error.code(), Some("NotImplemented"));
    let unknown = Tagging::new(Vec::new())
        .call("Nonsense", Bytes::new())
        .await
        .unwrap_err();
    assert_eq!(unknown.code, "UnknownOperationException");
}
