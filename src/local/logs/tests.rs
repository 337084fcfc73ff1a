use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use aws_sdk_cloudwatchlogs::types::{InputLogEvent, OrderBy};
use jiff::Timestamp;

use crate::local::env::Options;
use crate::local::store::Store;
use crate::local::testing::{Wired, sdk_config};

use super::*;

const DAY: i64 = 86_400_000;
/// 2026-03-01T00:00:00Z
const NOW: i64 = 1_772_323_200_000;

/// A service whose clock the test sets.
struct Fixture {
    dir: tempfile::TempDir,
    now: Arc<AtomicI64>,
    logs: Arc<Logs>,
    client: Client,
}

impl Fixture {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::open(dir, Arc::new(AtomicI64::new(NOW)))
    }

    fn open(dir: tempfile::TempDir, now: Arc<AtomicI64>) -> Self {
        let store = Store::open(&dir.path().join("state.redb")).unwrap();
        let clock = now.clone();
        let env = Env::new(dir.path().to_owned(), store, Options::default())
            .with_clock(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap());
        let logs = Arc::new(Logs::new(Arc::new(env)));
        let client = Client::new(&sdk_config(Wired::Json("Logs_20140328", logs.clone())));
        Self { dir, now, logs, client }
    }

    /// With group `/g` and streams `a` and `b`.
    async fn with_streams() -> Self {
        let fixture = Self::new();
        fixture
            .client
            .create_log_group()
            .log_group_name("/g")
            .send()
            .await
            .unwrap();
        for name in ["a", "b"] {
            fixture
                .client
                .create_log_stream()
                .log_group_name("/g")
                .log_stream_name(name)
                .send()
                .await
                .unwrap();
        }
        fixture
    }

    async fn put(&self, stream: &str, events: &[(i64, &str)]) {
        let events = events.iter().map(|(time, message)| event(*time, message)).collect();
        let put = self
            .client
            .put_log_events()
            .log_group_name("/g")
            .log_stream_name(stream);
        put.set_log_events(Some(events)).send().await.unwrap();
    }
}

fn event(time: i64, message: &str) -> InputLogEvent {
    InputLogEvent::builder()
        .timestamp(time)
        .message(message)
        .build()
        .unwrap()
}

/// Code and message of a failed call.
macro_rules! refused {
    ($call:expr) => {{
        let error = $call.send().await.unwrap_err();
        (error.code().unwrap().to_owned(), error.message().unwrap().to_owned())
    }};
}

#[tokio::test]
async fn groups_are_created_described_and_deleted() {
    let f = Fixture::new();
    let key = "arn:aws:kms:us-east-1:000000000000:key/k";
    f.client
        .create_log_group()
        .log_group_name("/aws/firehose/d")
        .tags("env", "dev")
        .kms_key_id(key)
        .send()
        .await
        .unwrap();
    f.client
        .create_log_group()
        .log_group_name("other")
        .send()
        .await
        .unwrap();
    f.client
        .put_retention_policy()
        .log_group_name("/aws/firehose/d")
        .retention_in_days(14)
        .send()
        .await
        .unwrap();

    let found = f
        .client
        .describe_log_groups()
        .log_group_name_prefix("/aws")
        .send()
        .await
        .unwrap();
    let [group] = found.log_groups() else {
        panic!("{found:?}")
    };
    assert_eq!(
        group.arn(),
        Some("arn:aws:logs:us-east-1:000000000000:log-group:/aws/firehose/d:*")
    );
    assert_eq!(
        group.log_group_arn(),
        Some("arn:aws:logs:us-east-1:000000000000:log-group:/aws/firehose/d")
    );
    assert_eq!(
        (group.retention_in_days(), group.creation_time()),
        (Some(14), Some(NOW))
    );
    assert_eq!((group.kms_key_id(), group.stored_bytes()), (Some(key), Some(0)));
    let matching = f
        .client
        .describe_log_groups()
        .log_group_name_pattern("the")
        .send()
        .await
        .unwrap();
    assert_eq!(matching.log_groups()[0].log_group_name(), Some("other"));
    assert_eq!(matching.log_groups()[0].stored_bytes(), None);

    f.client
        .delete_retention_policy()
        .log_group_name("/aws/firehose/d")
        .send()
        .await
        .unwrap();
    f.client
        .disassociate_kms_key()
        .log_group_name("/aws/firehose/d")
        .send()
        .await
        .unwrap();
    let found = f
        .client
        .describe_log_groups()
        .log_group_name_prefix("/aws")
        .send()
        .await
        .unwrap();
    let group = &found.log_groups()[0];
    assert_eq!((group.retention_in_days(), group.kms_key_id()), (None, None));

    let again = f.client.create_log_group().log_group_name("other");
    assert!(
        again
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_resource_already_exists_exception()
    );
    f.client
        .delete_log_group()
        .log_group_name("other")
        .send()
        .await
        .unwrap();
    let gone = refused!(f.client.delete_log_group().log_group_name("other"));
    assert_eq!(
        gone,
        (
            "ResourceNotFoundException".into(),
            "The specified log group does not exist.".into()
        )
    );
}

#[tokio::test]
async fn groups_are_listed_in_pages() {
    let f = Fixture::new();
    for n in 0..5 {
        f.client
            .create_log_group()
            .log_group_name(format!("g{n}"))
            .send()
            .await
            .unwrap();
    }
    let mut pages = f.client.describe_log_groups().into_paginator().page_size(2).send();
    let mut names = Vec::new();
    while let Some(page) = pages.next().await {
        names.extend(
            page.unwrap()
                .log_groups
                .unwrap()
                .into_iter()
                .filter_map(|group| group.log_group_name),
        );
    }
    assert_eq!(names, ["g0", "g1", "g2", "g3", "g4"]);
}

#[tokio::test]
async fn bad_requests_get_the_services_codes() {
    let f = Fixture::with_streams().await;
    let invalid = "InvalidParameterException";
    let refusal = refused!(
        f.client
            .put_retention_policy()
            .log_group_name("/g")
            .retention_in_days(2)
    );
    assert_eq!(refusal.0, invalid);
    assert!(refusal.1.contains("Value '2' at 'retentionInDays'"), "{}", refusal.1);
    assert_eq!(refused!(f.client.create_log_group().log_group_name("a b")).0, invalid);
    assert_eq!(refused!(f.client.create_log_group().log_group_name("aws/x")).0, invalid);
    assert_eq!(
        refused!(f.client.create_log_group().log_group_name("k").kms_key_id("mine")).0,
        invalid
    );
    let stream = f.client.create_log_stream().log_group_name("/g").log_stream_name("a:b");
    assert_eq!(refused!(stream).0, invalid);
    let stream = f.client.create_log_stream().log_group_name("/g").log_stream_name("a");
    assert_eq!(refused!(stream).0, "ResourceAlreadyExistsException");
    assert_eq!(refused!(f.client.describe_log_groups().limit(51)).0, invalid);
    assert_eq!(refused!(f.client.describe_log_groups().next_token("?")).0, invalid);
    assert_eq!(refused!(f.client.get_log_events().log_stream_name("a")).0, invalid);
    assert_eq!(refused!(f.client.list_anomalies()).0, "NotImplemented");

    let raw = async |operation: &str, body: &'static str| {
        f.logs
            .call(operation, Bytes::from_static(body.as_bytes()))
            .await
            .unwrap_err()
    };
    let missing = raw("DeleteLogGroup", "{}").await;
    assert_eq!(
        (
            missing.code.as_ref(),
            missing.message.contains("Value null at 'logGroupName'")
        ),
        (invalid, true)
    );
    assert_eq!(
        raw("DeleteLogGroup", r#"{"x": 1}"#).await.code,
        "SerializationException"
    );
    assert_eq!(raw("Nonsense", "{}").await.code, "UnknownOperationException");
}

#[tokio::test]
async fn a_protected_group_is_not_deleted() {
    let f = Fixture::new();
    f.client
        .create_log_group()
        .log_group_name("g")
        .deletion_protection_enabled(true)
        .send()
        .await
        .unwrap();
    assert_eq!(
        refused!(f.client.delete_log_group().log_group_name("g")).0,
        "ValidationException"
    );
    let protection = f.client.put_log_group_deletion_protection().log_group_identifier("g");
    protection.deletion_protection_enabled(false).send().await.unwrap();
    f.client.delete_log_group().log_group_name("g").send().await.unwrap();
}

#[tokio::test]
#[expect(deprecated, reason = "the old operations are what is tested")]
async fn tags_by_arn_and_by_name() {
    let f = Fixture::with_streams().await;
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:/g";
    f.client
        .tag_resource()
        .resource_arn(arn)
        .tags("a", "1")
        .tags("b", "2")
        .send()
        .await
        .unwrap();
    f.client
        .tag_log_group()
        .log_group_name("/g")
        .tags("c", "3")
        .send()
        .await
        .unwrap();
    f.client
        .untag_resource()
        .resource_arn(format!("{arn}:*"))
        .tag_keys("b")
        .send()
        .await
        .unwrap();
    let tags = f
        .client
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .unwrap()
        .tags
        .unwrap();
    assert_eq!(
        tags,
        [("a", "1"), ("c", "3")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into()
    );
    let listed = f
        .client
        .list_tags_log_group()
        .log_group_name("/g")
        .send()
        .await
        .unwrap();
    assert_eq!(listed.tags.unwrap(), tags);
    let many = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
    let refusal = refused!(f.client.tag_resource().resource_arn(arn).set_tags(Some(many)));
    assert_eq!(refusal.0, "TooManyTagsException");
}

#[tokio::test]
async fn events_are_read_in_both_directions_with_no_gap() {
    let f = Fixture::with_streams().await;
    let messages: Vec<String> = (0..7).map(|n| format!("m{n}")).collect();
    // Two events share each time.
    let events: Vec<_> = messages
        .iter()
        .zip(0..)
        .map(|(m, n)| (NOW + n / 2, m.as_str()))
        .collect();
    f.put("a", &events).await;
    let get = || {
        f.client
            .get_log_events()
            .log_group_name("/g")
            .log_stream_name("a")
            .limit(3)
    };
    let texts = |page: &aws_sdk_cloudwatchlogs::operation::get_log_events::GetLogEventsOutput| {
        page.events()
            .iter()
            .map(|event| event.message().unwrap().to_owned())
            .collect::<Vec<_>>()
    };

    let newest = get().send().await.unwrap();
    assert_eq!(texts(&newest), ["m4", "m5", "m6"]);
    assert_eq!(newest.events()[0].ingestion_time(), Some(NOW));
    let older = get()
        .next_token(newest.next_backward_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(texts(&older), ["m1", "m2", "m3"]);
    let oldest = get()
        .next_token(older.next_backward_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(texts(&oldest), ["m0"]);
    let end = get()
        .next_token(oldest.next_backward_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (texts(&end).len(), end.next_backward_token()),
        (0, oldest.next_backward_token())
    );
    let forward = get()
        .next_token(end.next_forward_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(texts(&forward), ["m0", "m1", "m2"]);

    let mut page = get().start_from_head(true).send().await.unwrap();
    let mut seen = texts(&page);
    loop {
        let token = page.next_forward_token().unwrap().to_owned();
        page = get().start_from_head(true).next_token(&token).send().await.unwrap();
        seen.extend(texts(&page));
        if page.next_forward_token() == Some(&token) {
            break;
        }
    }
    assert_eq!(seen, messages);
    // An event that arrives later is found from the last token.
    f.put("a", &[(NOW + 3, "m7")]).await;
    let page = get()
        .next_token(page.next_forward_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(texts(&page), ["m7"]);

    let window = get()
        .start_time(NOW + 1)
        .end_time(NOW + 2)
        .start_from_head(true)
        .send()
        .await
        .unwrap();
    assert_eq!(texts(&window), ["m2", "m3"]);
    assert_eq!(
        texts(&get().start_time(NOW + 1).end_time(NOW + 2).send().await.unwrap()),
        ["m2", "m3"]
    );
    assert_eq!(refused!(get().next_token("f/1/s")).0, "InvalidParameterException");
}

#[tokio::test]
async fn batches_out_of_bounds_are_refused_or_cut() {
    let f = Fixture::with_streams().await;
    let put = |events: Vec<InputLogEvent>| {
        f.client
            .put_log_events()
            .log_group_name("/g")
            .log_stream_name("a")
            .set_log_events(Some(events))
    };
    let refusal = refused!(put(vec![event(NOW, "x"), event(NOW - 1, "y")]));
    assert_eq!(
        refusal.1,
        "Log events in a single PutLogEvents request must be in chronological order."
    );
    let refusal = refused!(put(vec![event(NOW - DAY - 1, "x"), event(NOW, "y")]));
    assert_eq!(refusal.0, "InvalidParameterException");
    let half = "x".repeat(600_000);
    let refusal = refused!(put(vec![event(NOW, &half), event(NOW, &half)]));
    assert_eq!(refusal.1, "Upload too large: 1200052 bytes exceeds limit of 1048576");
    assert_eq!(refused!(put(vec![event(NOW, "")])).0, "InvalidParameterException");
    assert_eq!(refused!(put(Vec::new())).0, "InvalidParameterException");
    let nowhere = f
        .client
        .put_log_events()
        .log_group_name("/g")
        .log_stream_name("none")
        .log_events(event(NOW, "x"));
    assert_eq!(refused!(nowhere).1, "The specified log stream does not exist.");

    f.client
        .put_retention_policy()
        .log_group_name("/g")
        .retention_in_days(3)
        .send()
        .await
        .unwrap();
    let batch = [NOW - 15 * DAY, NOW - 4 * DAY, NOW, NOW + 7_200_000, NOW + 7_200_001];
    let answer = put(batch.iter().map(|time| event(*time, "x")).collect())
        .send()
        .await
        .unwrap();
    let rejected = answer.rejected_log_events_info().unwrap();
    assert_eq!(rejected.too_old_log_event_end_index(), Some(1));
    assert_eq!(rejected.expired_log_event_end_index(), Some(2));
    assert_eq!(rejected.too_new_log_event_start_index(), Some(4));
    let stored = f
        .client
        .get_log_events()
        .log_group_name("/g")
        .log_stream_name("a")
        .send()
        .await
        .unwrap();
    assert_eq!(stored.events().len(), 2);
    let accepted = put(vec![event(NOW, "x")]).send().await.unwrap();
    assert!(accepted.rejected_log_events_info().is_none());
}

#[tokio::test]
async fn events_past_the_retention_are_not_read() {
    let f = Fixture::with_streams().await;
    f.put("a", &[(NOW, "old")]).await;
    f.client
        .put_retention_policy()
        .log_group_name("/g")
        .retention_in_days(1)
        .send()
        .await
        .unwrap();
    f.now.store(NOW + DAY + 1, Ordering::SeqCst);
    f.put("a", &[(NOW + DAY, "new")]).await;
    for head in [true, false] {
        let get = f
            .client
            .get_log_events()
            .log_group_name("/g")
            .log_stream_name("a")
            .start_from_head(head);
        let events = get.send().await.unwrap().events.unwrap();
        assert_eq!(
            events.iter().filter_map(|event| event.message()).collect::<Vec<_>>(),
            ["new"]
        );
    }
    let filtered = f.client.filter_log_events().log_group_name("/g").send().await.unwrap();
    assert_eq!(filtered.events().len(), 1);
}

#[tokio::test]
async fn filtered_events_are_merged_by_time_in_pages() {
    let f = Fixture::with_streams().await;
    f.put(
        "a",
        &[
            (NOW, "a0 ERROR"),
            (NOW + 2, "a2"),
            (NOW + 2, "a2 ERROR"),
            (NOW + 5, "a5 ERROR"),
        ],
    )
    .await;
    f.put("b", &[(NOW, "b0 ERROR"), (NOW + 2, "b2 ERROR"), (NOW + 3, "b3")])
        .await;
    let all = ["a0 ERROR", "b0 ERROR", "a2", "a2 ERROR", "b2 ERROR", "b3", "a5 ERROR"];
    for size in [1, 2, 3, 100] {
        let mut pages = f
            .client
            .filter_log_events()
            .log_group_name("/g")
            .into_paginator()
            .page_size(size)
            .send();
        let (mut texts, mut ids) = (Vec::new(), std::collections::BTreeSet::new());
        while let Some(page) = pages.next().await {
            for event in page.unwrap().events.unwrap() {
                ids.insert(event.event_id.unwrap());
                texts.push(event.message.unwrap());
            }
        }
        assert_eq!(texts, all, "pages of {size}");
        assert_eq!(ids.len(), all.len());
    }

    let filter = || f.client.filter_log_events().log_group_name("/g");
    let texts =
        async |call: aws_sdk_cloudwatchlogs::operation::filter_log_events::builders::FilterLogEventsFluentBuilder| {
            let events = call.send().await.unwrap().events.unwrap();
            events.into_iter().filter_map(|event| event.message).collect::<Vec<_>>()
        };
    assert_eq!(
        texts(filter().filter_pattern("ERROR").start_time(NOW + 1)).await,
        ["a2 ERROR", "b2 ERROR", "a5 ERROR"]
    );
    assert_eq!(texts(filter().end_time(NOW)).await, ["a0 ERROR", "b0 ERROR"]);
    assert_eq!(
        texts(filter().log_stream_names("b").filter_pattern("\"b2 ERROR\"")).await,
        ["b2 ERROR"]
    );
    assert_eq!(
        texts(filter().log_stream_name_prefix("a").filter_pattern("b3")).await,
        [""; 0]
    );
    assert_eq!(
        refused!(filter().log_stream_names("none")).0,
        "ResourceNotFoundException"
    );
    assert_eq!(
        refused!(filter().log_stream_names("a").log_stream_name_prefix("a")).0,
        "InvalidParameterException"
    );
    assert_eq!(refused!(filter().filter_pattern("{ $.x = 1 }")).0, "NotImplemented");
}

#[tokio::test]
async fn streams_are_described_by_name_or_by_last_event() {
    let f = Fixture::with_streams().await;
    f.client
        .create_log_stream()
        .log_group_name("/g")
        .log_stream_name("c")
        .send()
        .await
        .unwrap();
    f.put("a", &[(NOW, "x"), (NOW + 9, "x")]).await;
    f.put("b", &[(NOW + 5, "x")]).await;
    let names = async |order: OrderBy, descending: bool| {
        let describe = f.client.describe_log_streams().log_group_name("/g").order_by(order);
        let mut pages = describe.descending(descending).into_paginator().page_size(2).send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            names.extend(
                page.unwrap()
                    .log_streams
                    .unwrap()
                    .into_iter()
                    .filter_map(|stream| stream.log_stream_name),
            );
        }
        names.concat()
    };
    assert_eq!(names(OrderBy::LogStreamName, false).await, "abc");
    assert_eq!(names(OrderBy::LogStreamName, true).await, "cba");
    assert_eq!(names(OrderBy::LastEventTime, true).await, "abc");
    assert_eq!(names(OrderBy::LastEventTime, false).await, "cba");
    let found = f
        .client
        .describe_log_streams()
        .log_group_name("/g")
        .log_stream_name_prefix("a")
        .send()
        .await
        .unwrap();
    let stream = &found.log_streams()[0];
    assert_eq!(
        stream.arn(),
        Some("arn:aws:logs:us-east-1:000000000000:log-group:/g:log-stream:a")
    );
    assert_eq!(
        (stream.first_event_timestamp(), stream.last_event_timestamp()),
        (Some(NOW), Some(NOW + 9))
    );
}

#[tokio::test]
async fn deleting_a_stream_or_a_group_deletes_its_events() {
    let f = Fixture::with_streams().await;
    f.client
        .create_log_group()
        .log_group_name("/g/longer")
        .send()
        .await
        .unwrap();
    f.client
        .create_log_stream()
        .log_group_name("/g/longer")
        .log_stream_name("a")
        .send()
        .await
        .unwrap();
    f.logs.append("/g/longer", "a", &["kept".to_owned()]).unwrap();
    f.put("a", &[(NOW, "xx")]).await;
    f.put("b", &[(NOW, "xxx")]).await;
    let bytes = async || {
        let groups = f
            .client
            .describe_log_groups()
            .log_group_name_prefix("/g")
            .send()
            .await
            .unwrap();
        groups.log_groups()[0].stored_bytes()
    };
    assert_eq!(bytes().await, Some(57));
    f.client
        .delete_log_stream()
        .log_group_name("/g")
        .log_stream_name("a")
        .send()
        .await
        .unwrap();
    assert_eq!(bytes().await, Some(29));
    f.client
        .create_log_stream()
        .log_group_name("/g")
        .log_stream_name("a")
        .send()
        .await
        .unwrap();
    let empty = f
        .client
        .get_log_events()
        .log_group_name("/g")
        .log_stream_name("a")
        .send()
        .await
        .unwrap();
    assert!(empty.events().is_empty());
    f.client.delete_log_group().log_group_name("/g").send().await.unwrap();
    let kept = f
        .client
        .filter_log_events()
        .log_group_name("/g/longer")
        .send()
        .await
        .unwrap();
    assert_eq!(kept.events()[0].message(), Some("kept"));
}

#[tokio::test]
async fn what_services_append_is_there_after_a_restart() {
    let f = Fixture::with_streams().await;
    f.logs.append("/g", "a", &["one".to_owned(), "two".to_owned()]).unwrap();
    let missing = f.logs.append("/g", "none", &["x".to_owned()]).unwrap_err();
    assert_eq!(missing.code, "ResourceNotFoundException");
    let Fixture { dir, now, logs, client } = f;
    drop((logs, client));
    let f = Fixture::open(dir, now);
    let events = f
        .client
        .get_log_events()
        .log_group_name("/g")
        .log_stream_name("a")
        .send()
        .await
        .unwrap()
        .events
        .unwrap();
    assert_eq!(
        events.iter().filter_map(|event| event.message()).collect::<Vec<_>>(),
        ["one", "two"]
    );
}
